//! Choice: of rows that agree on a key, the first one stays.

use super::code::Code;
use super::keys::Keys;
use super::relation::Relation;
use super::scalars::Scalars;
use super::table::Table;
use compiler::value::Primitive;
use std::cmp::Ordering;

/// What was taken, and of the candidates, given ones first and in ascending order, each that agrees on no key with a taken
/// one.
pub(super) fn choose(
    taken: &Table,
    candidates: &Table,
    keys: &[Vec<usize>],
    primitives: &[Primitive],
    given: Option<&Relation>,
    scalars: &Scalars,
) -> Table {
    let rows = |table: &Table| {
        let mut row = Vec::new();
        (0..table.len())
            .map(|at| {
                table.read(at, &mut row);
                row.clone()
            })
            .collect::<Vec<_>>()
    };
    let is_given = |row: &[Code]| given.is_some_and(|given| given.contains(row));
    let mut sorted: Vec<(bool, Vec<Code>)> = rows(candidates).into_iter().map(|row| (!is_given(&row), row)).collect();
    let compared = |a: &[Code], b: &[Code]| {
        let columns = a.iter().zip(b).zip(primitives);
        columns.fold(Ordering::Equal, |order, ((a, b), p)| order.then_with(|| scalars.compare(*p, *a, *b)))
    };
    sorted.sort_by(|(late, a), (later, b)| late.cmp(later).then_with(|| compared(a, b)));
    let mut chosen = Table::new(taken.arity());
    let mut seen: Vec<Keys> = keys.iter().map(|key| Keys::new(key.len())).collect();
    let on = |key: &[usize], row: &[Code]| key.iter().map(|column| row[*column]).collect::<Vec<_>>();
    for row in rows(taken).into_iter().chain(sorted.into_iter().map(|(_, row)| row)) {
        let free = keys.iter().zip(&seen).all(|(key, seen)| seen.find(&on(key, &row)).is_none());
        if free {
            for (key, seen) in keys.iter().zip(&mut seen) {
                seen.number(&on(key, &row));
            }
            chosen.push(&row);
        }
    }
    chosen
}
