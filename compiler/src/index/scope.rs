//! The variables of a clause. An aggregate is a scope of its own: a name that also occurs around it is the variable there,
//! except in the aggregate's target, which is always within.

use super::SymbolId;
use crate::span::Span;
use fnv::FnvHashMap;
use std::sync::Arc;

/// The scopes that are open at a place of a clause, the innermost last.
pub(super) struct Frames {
    item: Span,
    frames: Vec<FnvHashMap<Arc<str>, SymbolId>>,
    only_innermost: bool,
}

impl Frames {
    /// The scope of a clause.
    pub(super) fn new(item: Span) -> Frames {
        Frames { item, frames: vec![FnvHashMap::default()], only_innermost: false }
    }

    /// The clause.
    pub(super) fn item(&self) -> Span {
        self.item
    }

    /// An aggregate begins.
    pub(super) fn open(&mut self) {
        self.frames.push(FnvHashMap::default());
    }

    /// An aggregate ends.
    pub(super) fn close(&mut self) {
        self.frames.pop();
    }

    /// Whether names of the scopes around the innermost one are not seen.
    pub(super) fn only_innermost(&mut self, only: bool) {
        self.only_innermost = only;
    }

    /// The variable of this name.
    pub(super) fn find(&self, name: &str) -> Option<SymbolId> {
        let seen = if self.only_innermost { 1 } else { self.frames.len() };
        self.frames.iter().rev().take(seen).find_map(|frame| frame.get(name)).copied()
    }

    /// A variable that occurs in the innermost scope for the first time.
    pub(super) fn declare(&mut self, name: Arc<str>, symbol: SymbolId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name, symbol);
        }
    }
}
