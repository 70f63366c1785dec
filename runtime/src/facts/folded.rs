//! What a stream states of a relation, beside what others assert of it.
//!
//! The fold that states the rows holds them; here is only what people did to them. A row that the stream states and
//! somebody retracts is taken back until the stream states another in its place. A fact holds while one asserts it: somebody
//! or the stream.

use super::Facts;
use crate::edits::Emit;
use crate::engine::Origin;
use crate::forks::Forks;
use crate::stream::{Deltas, Fold, Moment};
use crate::symbols::Symbols;
use std::collections::HashSet;

/// A fold, and what was taken back of it by hand.
#[derive(Debug)]
pub(super) struct Folded {
    fold: Fold,
    /// Where its rows come from.
    pub(super) origin: Origin,
    symbols: Symbols,
    taken_back: HashSet<Box<[u64]>>,
}

impl Folded {
    /// Whether the stream states a row, and nobody took that back.
    pub(super) fn states(&self, row: &[u64]) -> bool {
        !self.taken_back.contains(row) && self.fold.states(row, &self.symbols)
    }

    /// Every row of which that is so.
    pub(super) fn each(&self, mut f: impl FnMut(&[u64])) {
        self.fold.each(&self.symbols, |row| {
            if !self.taken_back.contains(row) {
                f(row);
            }
        });
    }

    /// How many rows these are, without some that others assert.
    pub(super) fn len<'a>(&self, others: impl Iterator<Item = &'a [u64]>) -> usize {
        self.fold.rows() - self.taken_back.len() - others.filter(|row| self.states(row)).count()
    }

    /// Somebody retracts a row that is stated.
    pub(super) fn take_back(&mut self, row: &[u64]) {
        self.taken_back.insert(row.into());
    }
}

impl Facts {
    /// The fold that states rows of the relation, if a stream does.
    pub(crate) fn fold(&self) -> Option<&Fold> {
        self.folded.as_ref().map(|folded| &folded.fold)
    }

    /// The same, to be changed without a change of what it states.
    pub(crate) fn fold_mut(&mut self) -> Option<&mut Fold> {
        self.folded.as_mut().map(|folded| &mut folded.fold)
    }

    /// From now on a fold states rows of the relation, which has stated none yet.
    pub(crate) fn set_fold(&mut self, fold: Fold, origin: Origin, symbols: &Symbols) {
        self.folded = Some(Box::new(Folded { fold, origin, symbols: symbols.clone(), taken_back: HashSet::new() }));
    }

    /// No fold states rows of the relation any more: what one has stated goes.
    pub(crate) fn drop_fold(&mut self, forks: &Forks, emit: Emit<'_>) {
        let Some(folded) = self.folded.take() else { return };
        folded.each(|row| {
            if self.find(row).is_none() {
                self.moves(row, -1, forks, emit);
            }
        });
    }

    /// Adds what was contributed to the fold in an epoch: the rows that have changed go and come.
    pub(crate) fn fold_in(&mut self, deltas: &[&Deltas], moment: Moment, forks: &Forks, emit: Emit<'_>) {
        let Some(mut folded) = self.folded.take() else { return };
        let Folded { fold, symbols, taken_back, .. } = &mut *folded;
        fold.merge(deltas, moment, symbols);
        for (row, sign) in fold.stated() {
            let was_taken_back = sign < 0 && !taken_back.is_empty() && taken_back.remove(row);
            if !was_taken_back && (self.numbers.is_empty() || self.find(row).is_none()) {
                self.moves(row, sign, forks, emit);
            }
        }
        self.folded = Some(folded);
    }
}
