//! A variable that occurs once joins nothing: it is either a misspelling or a wildcard.

use super::scope::{all_names, body_names};
use crate::ast::{Item, ItemKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use std::sync::Arc;

/// Warns about each variable that occurs once in its clause, unless its name starts with `_`.
pub(super) fn check(item: &Item, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: Vec<(Arc<str>, Span, usize)> = Vec::new();
    let mut places = fnv::FnvHashMap::default();
    let mut visit = |name: &Arc<str>, span: Span| {
        let place = *places.entry(name.clone()).or_insert(seen.len());
        match seen.get_mut(place) {
            Some(entry) => entry.2 += 1,
            None => seen.push((name.clone(), span, 1)),
        }
    };
    match &item.kind {
        // A query shows its variables, and a fact has none to speak of.
        ItemKind::Clause(clause) if clause.body.is_some() => {
            clause.heads.iter().flat_map(|head| &head.args).for_each(|arg| all_names(arg, &mut visit));
            if let Some(body) = &clause.body {
                body_names(body, &mut visit);
            }
        }
        ItemKind::Subsumption(subsumption) => {
            let heads = subsumption.left.args.iter().chain(&subsumption.right.args);
            heads.for_each(|arg| all_names(arg, &mut visit));
            body_names(&subsumption.body, &mut visit);
        }
        _ => return,
    }
    for (name, span, count) in seen {
        if count == 1 && !name.starts_with('_') {
            diagnostics.push(
                Diagnostic::warning(
                    codes::SINGLETON_VARIABLE,
                    format!("variable `{name}` occurs only once"),
                    span,
                    "joins nothing",
                )
                .help(format!("write `_` or `_{name}` if that is meant"))
                .fix(span, format!("_{name}")),
            );
        }
    }
}
