//! The order in which tuples are written: column by column, numbers by size, text and records by their bytes, `nil` before
//! all others. Words of symbols are in the order in which they were first seen, which is nobody's business.

use compiler::program::Column;
use compiler::value::Primitive;
use fnv::FnvHashMap;
use runtime::{Rows, Symbols, Value};

/// The places of the rows in that order; rows that are equal in the order of their places.
pub(crate) fn sorted(rows: &Rows, columns: &[Column], symbols: &Symbols) -> Vec<usize> {
    let Some(first) = columns.first() else { return (0..rows.len()).collect() };
    let ranks = ranks(rows, columns, symbols);
    let records = record_ranks(rows, columns, symbols);
    let key = |word: u64, column: &Column| match column.ty.primitive {
        Primitive::Number => word ^ (1 << 63),
        Primitive::Unsigned => word,
        // The order of `f64::total_cmp`: negative numbers grow downwards.
        Primitive::Float if word >> 63 == 1 => !word,
        Primitive::Float => word ^ (1 << 63),
        Primitive::Symbol => ranks.get(word as usize).copied().map_or(0, u64::from),
        Primitive::Record => records.get(&word).copied().unwrap_or(0),
    };
    let rest = |place: usize| rows.get(place).iter().zip(columns).skip(1).map(|(word, column)| key(*word, column));
    // The first column beside the place decides most comparisons without another look at the row.
    let mut places: Vec<(u64, usize)> = rows.iter().map(|row| key(row[0], first)).zip(0..).collect();
    let compare = |a: &(u64, usize), b: &(u64, usize)| a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(rest(b.1)));
    // What an evaluator gives is often in order.
    if !places.is_sorted_by(|a, b| compare(a, b).is_le()) {
        places.sort_unstable_by(|a, b| compare(a, b).then(a.1.cmp(&b.1)));
    }
    places.into_iter().map(|(_, place)| place).collect()
}

/// The place of each symbol of the rows among all of them, by its word; 0 for symbols that are not there.
fn ranks(rows: &Rows, columns: &[Column], symbols: &Symbols) -> Vec<u32> {
    let is_symbol = |column: &Column| column.ty.primitive == Primitive::Symbol;
    let text_columns: Vec<usize> = (0..columns.len()).filter(|i| is_symbol(&columns[*i])).collect();
    let words = || rows.iter().flat_map(|row| text_columns.iter().map(|i| row[*i] as usize));
    let Some(last) = words().max() else { return Vec::new() };
    let mut ranks = vec![0; last.min(symbols.len()) + 1];
    let mut texts: Vec<(u64, u64)> = Vec::new();
    for word in words() {
        if let Some(rank @ 0) = ranks.get_mut(word) {
            *rank = 1;
            texts.push((beginning(symbols.text(word as u64)), word as u64));
        }
    }
    texts.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| symbols.compare(a.1, b.1)));
    texts.into_iter().zip(0..).for_each(|((_, word), rank)| ranks[word as usize] = rank);
    ranks
}

/// The place of each record of the rows among all of them, by their text.
fn record_ranks(rows: &Rows, columns: &[Column], symbols: &Symbols) -> FnvHashMap<u64, u64> {
    let mut texts: FnvHashMap<u64, String> = FnvHashMap::default();
    for (i, column) in columns.iter().enumerate().filter(|(_, c)| c.ty.primitive == Primitive::Record) {
        for row in rows.iter() {
            let text = || if row[i] == 0 { String::new() } else { Value::of(row[i], &column.ty, symbols).to_string() };
            texts.entry(row[i]).or_insert_with(text);
        }
    }
    let mut texts: Vec<(String, u64)> = texts.into_iter().map(|(word, text)| (text, word)).collect();
    texts.sort();
    texts.into_iter().zip(0..).map(|((_, word), rank)| (word, rank)).collect()
}

/// The first eight bytes of a text as a number that is in the order of texts.
fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}
