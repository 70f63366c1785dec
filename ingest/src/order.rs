//! The order in which tuples are written: column by column, numbers by size, text by its bytes. Words of symbols are in
//! the order in which they were first seen, which is nobody's business.

use compiler::program::Column;
use compiler::value::Primitive;
use fnv::FnvHashMap;
use runtime::{Rows, Symbols};
use std::sync::Arc;

/// The places of the rows in that order; rows that are equal in the order of their places.
pub(crate) fn sorted(rows: &Rows, columns: &[Column], symbols: &Symbols) -> Vec<usize> {
    let ranks = ranks(rows, columns, symbols);
    let key = |(word, column): (&u64, &Column)| match column.ty.primitive {
        Primitive::Number => word ^ (1 << 63),
        Primitive::Unsigned => *word,
        // The order of `f64::total_cmp`: negative numbers grow downwards.
        Primitive::Float if word >> 63 == 1 => !word,
        Primitive::Float => word ^ (1 << 63),
        Primitive::Symbol => ranks[word],
    };
    let keys: Vec<u64> = rows.iter().flat_map(|row| row.iter().zip(columns).map(key)).collect();
    let of = |row: usize| &keys[row * columns.len()..(row + 1) * columns.len()];
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by(|&a, &b| of(a).cmp(of(b)));
    places
}

/// The place of each symbol of the rows among all of them.
fn ranks(rows: &Rows, columns: &[Column], symbols: &Symbols) -> FnvHashMap<u64, u64> {
    let mut ranks = FnvHashMap::default();
    for (i, _) in columns.iter().enumerate().filter(|(_, c)| c.ty.primitive == Primitive::Symbol) {
        for row in rows.iter() {
            ranks.insert(row[i], 0);
        }
    }
    let mut texts: Vec<(Arc<str>, u64)> = ranks.keys().map(|&word| (symbols.text(word), word)).collect();
    texts.sort();
    for (rank, (_, word)) in texts.into_iter().enumerate() {
        ranks.insert(word, rank as u64);
    }
    ranks
}
