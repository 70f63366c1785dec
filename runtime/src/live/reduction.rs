//! Reductions: from many rows to the ones that count.

use super::indexes::Index;
use crate::fold::folded;
use crate::functor::Functors;
use compiler::plan::{Aggregate, AggregateOp, Direction, Reduction};
use compiler::value::Primitive;
use dataflow::{Diff, Live, Operators, Rows, Words};
use std::cmp::Ordering;

/// Every row once, or of each group the best rows once.
pub(crate) fn distinct_or_best<'scope, T: Operators>(
    rows: Rows<'scope, T>,
    arity: usize,
    reduction: &Reduction,
    primitives: &[Primitive],
    functors: &Functors,
    name: &str,
) -> (Live<'scope, T>, Index) {
    match reduction {
        Reduction::None | Reduction::Distinct => {
            let index = Index::whole(arity);
            let arranged = T::arrange(rows, &index.columns, index.key, &format!("set {name}"));
            (T::distinct(arranged, name), index)
        }
        Reduction::Best { key, order } => {
            let index = Index::on(key, arity);
            let arranged = T::arrange(rows, &index.columns, index.key, &format!("best {name}"));
            let places = index.places();
            let order: Vec<Compared> = order
                .iter()
                .map(|(column, direction)| Compared {
                    place: places[*column] - key.len(),
                    primitive: primitives[*column],
                    direction: *direction,
                })
                .collect();
            let functors = functors.clone();
            let logic =
                move |_: &[u64], values: &[(Words<'_>, Diff)], out: &mut Vec<_>| best(values, &order, &functors, out);
            let reduced = T::reduce(arranged, name, Box::new(logic));
            (reduced, index)
        }
        Reduction::Choice { .. } | Reduction::Undominated { .. } | Reduction::Numbered { .. } => {
            unreachable!("the engine refuses a plan that it cannot keep current")
        }
    }
}

/// A column of a value that decides which rows are best.
struct Compared {
    place: usize,
    primitive: Primitive,
    direction: Direction,
}

/// All values that no other precedes.
fn best(values: &[(Words<'_>, Diff)], order: &[Compared], functors: &Functors, out: &mut Vec<(Vec<u64>, Diff)>) {
    let compare = |a: &[u64], b: &[u64]| {
        order.iter().fold(Ordering::Equal, |so_far, by| {
            so_far.then_with(|| {
                let ordering = functors.compare(by.primitive, a[by.place], b[by.place]);
                if by.direction == Direction::Least { ordering } else { ordering.reverse() }
            })
        })
    };
    let mut winners: Vec<&[u64]> = Vec::new();
    for value in values.iter().filter(|(_, count)| *count > 0).map(|(value, _)| value.0) {
        match winners.first().map_or(Ordering::Less, |winner| compare(value, winner)) {
            Ordering::Less => {
                winners.clear();
                winners.push(value);
            }
            Ordering::Equal => winners.push(value),
            Ordering::Greater => {}
        }
    }
    out.extend(winners.into_iter().map(|value| (value.to_vec(), 1)));
}

/// Whether a fold adds up what each row says, so that it changes by what a changed row says ([`dataflow::totals`]). Sums of
/// floats depend on the order.
pub(super) fn is_total(fold: &Aggregate) -> bool {
    match fold.op {
        AggregateOp::Count => true,
        AggregateOp::Sum(primitive) => primitive != Primitive::Float,
        _ => false,
    }
}

/// One value a group: the fold of a column over the group's rows.
pub(crate) fn aggregate<'scope, T: Operators>(
    input: Live<'scope, T>,
    fold: &Aggregate,
    functors: &Functors,
    name: &str,
) -> Live<'scope, T> {
    let (op, group, target, functors) = (fold.op, fold.group, fold.target, functors.clone());
    let logic = move |key: &[u64], values: &[(Words<'_>, Diff)], out: &mut Vec<(Vec<u64>, Diff)>| {
        let column = |value: &[u64]| match target {
            Some(column) if column < group => key[column],
            Some(column) => value[column - group],
            None => 0,
        };
        let mut present = values.iter().filter(|(_, count)| *count > 0).map(|(value, _)| column(value.0)).peekable();
        if present.peek().is_some() {
            out.extend(folded(op, present, &functors).map(|word| (vec![word], 1)));
        }
    };
    T::reduce(input, name, Box::new(logic))
}
