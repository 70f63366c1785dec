//! What happens to rows between the operators: closures that form a row from rows.

use crate::range;
use crate::scalar::Emitter;
use compiler::value::Primitive;
use dataflow::{Diff, Forming, Operators, Pairing, Rows, UpdatesBuilder, WIDEST};
use differential_dataflow::Collection;
use timely::dataflow::Scope;
use timely::dataflow::operators::Concatenate;

/// The combined row of a match, run through an emitter. The sign says whether it is added or taken away.
pub(super) fn combine<T: Operators>(emitter: &Emitter, sign: Diff) -> Pairing<T> {
    let emitter = emitter.clone();
    let (mut slots, mut row) = ([0; 2 * WIDEST], [0; WIDEST]);
    Box::new(move |key, left, right, time, diff, out| {
        let (k, l, r) = (key.len(), left.len(), right.len());
        slots[..k].copy_from_slice(key);
        slots[k..k + l].copy_from_slice(left);
        slots[k + l..k + l + r].copy_from_slice(right);
        if let Some(row) = emitter.run(&slots[..k + l + r], &mut row) {
            out.push(row, time, sign * diff);
        }
    })
}

pub(super) fn emit_rows<'scope, T: Operators>(rows: Rows<'scope, T>, emitter: Emitter) -> Rows<'scope, T> {
    let mut buffer = [0; WIDEST];
    let emit = move |row: &[u64], time, diff, out: &mut UpdatesBuilder<T>| {
        if let Some(row) = emitter.run(row, &mut buffer) {
            out.push(row, time, diff);
        }
    };
    T::flat_map(rows, "emit", Box::new(emit))
}

/// Each row with each value of the range whose arguments are its first `key` columns.
pub(super) fn each<'scope, T: Operators>(
    rows: Rows<'scope, T>,
    primitive: Primitive,
    key: usize,
    emitter: Emitter,
) -> Rows<'scope, T> {
    let (mut slots, mut buffer) = ([0; WIDEST + 1], [0; WIDEST]);
    let emit = move |row: &[u64], time: T, diff, out: &mut UpdatesBuilder<T>| {
        slots[..row.len()].copy_from_slice(row);
        range::each(primitive, &row[..key], &mut |value| {
            slots[row.len()] = value;
            if let Some(row) = emitter.run(&slots[..=row.len()], &mut buffer) {
                out.push(row, time, diff);
            }
        });
    };
    T::flat_map(rows, "range", Box::new(emit))
}

pub(super) fn union<'scope, T: Operators>(scope: Scope<'scope, T>, parts: Vec<Rows<'scope, T>>) -> Rows<'scope, T> {
    match <[_; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => Collection::new(scope.concatenate(parts.into_iter().map(|p| p.inner))),
    }
}

/// Forms a row of a stored key and value by taking the words at `places`.
pub(super) fn at_places<T: Operators>(places: &[usize]) -> Forming<T> {
    let places = places.to_vec();
    let mut row = [0; WIDEST];
    Box::new(move |key, value, time, diff, out| {
        for (word, place) in row.iter_mut().zip(&places) {
            *word = if *place < key.len() { key[*place] } else { value[*place - key.len()] };
        }
        out.push(&row[..places.len()], time, diff);
    })
}

/// Forms a row of a stored key and value as they stand.
pub(super) fn as_stored<T: Operators>() -> Forming<T> {
    let mut row = [0; WIDEST];
    Box::new(move |key, value, time, diff, out| {
        row[..key.len()].copy_from_slice(key);
        row[key.len()..key.len() + value.len()].copy_from_slice(value);
        out.push(&row[..key.len() + value.len()], time, diff);
    })
}
