//! Aggregates that wait for each other, as Soufflé sees it: each takes a variable from outside that the other one's body
//! would bind.
//!
//! ```text
//! r(i, j) :- a(i, j), 0 = count : { a(i, y), y < j }, 0 = count : { a(x, j), x < i }.      refused
//! ```
//!
//! Soufflé refuses such a rule whatever else binds the variables, and so does Strata, since what is accepted here is to
//! run there.

use super::draft::{Draft, DraftAggregate, DraftLiteral};
use super::safety;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use fnv::FnvHashSet;

/// One diagnostic for each aggregate that waits for an earlier one which waits for it.
pub(super) fn check(draft: &Draft) -> Vec<Diagnostic> {
    let waiting: Vec<Waiting> = draft.body.iter().filter_map(Waiting::of).collect();
    let mut found = Vec::new();
    for (at, one) in waiting.iter().enumerate() {
        let waits = |a: &Waiting, b: &Waiting| a.takes.iter().copied().find(|v| b.binds.contains(v));
        let mutual = |other: &&Waiting| waits(one, other).zip(waits(other, one));
        let Some((other, (takes, gives))) = waiting[..at].iter().find_map(|other| Some((other, mutual(&other)?)))
        else {
            continue;
        };
        let name = |variable: usize| &draft.variables[variable].name;
        let message = format!("aggregates take `{}` and `{}` from each other", name(gives), name(takes));
        found.push(
            Diagnostic::error(codes::MUTUAL_AGGREGATES, message, one.span, format!("takes `{}`", name(takes)))
                .also(other.span, format!("takes `{}`", name(gives)))
                .help("put one of them into a relation of its own"),
        );
    }
    found
}

/// A conjunct with aggregates.
struct Waiting {
    /// What it needs from elsewhere.
    takes: Vec<usize>,
    /// What it would bind by itself.
    binds: FnvHashSet<usize>,
    span: Span,
}

impl Waiting {
    fn of(literal: &DraftLiteral) -> Option<Waiting> {
        let mut found: Vec<&DraftAggregate> = Vec::new();
        literal.exprs().for_each(|expr| expr.aggregates(&mut |aggregate| found.push(aggregate)));
        let span = found.first()?.span;
        let mut binds = safety::bind(std::slice::from_ref(literal), FnvHashSet::default(), &|_, _| true);
        let mut takes = Vec::new();
        literal.exprs().for_each(|expr| expr.variables(&mut |variable, _| takes.push(variable)));
        for aggregate in found {
            takes.extend(aggregate.outer.iter().copied());
            bodies(aggregate, &mut |body| binds.extend(safety::bind(body, FnvHashSet::default(), &|_, _| true)));
        }
        takes.retain(|variable| !binds.contains(variable));
        Some(Waiting { takes, binds, span })
    }
}

/// The bodies of an aggregate and of those within it.
fn bodies(aggregate: &DraftAggregate, visit: &mut impl FnMut(&[DraftLiteral])) {
    visit(&aggregate.body);
    for expr in aggregate.body.iter().flat_map(DraftLiteral::exprs) {
        let mut inner = Vec::new();
        expr.aggregates(&mut |aggregate| inner.push(aggregate));
        for aggregate in inner {
            bodies_of(aggregate, visit);
        }
    }
}

fn bodies_of(aggregate: &DraftAggregate, visit: &mut dyn FnMut(&[DraftLiteral])) {
    bodies(aggregate, &mut |body| visit(body));
}
