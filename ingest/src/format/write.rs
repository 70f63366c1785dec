//! Tuples as delimited text.

use super::delimited::Format;
use super::word;
use crate::order;
use compiler::program::Column;
use runtime::{Rows, Symbols};
use std::io::{self, Write};

/// How much text gathers before it is handed on.
const BUFFER: usize = 1 << 16;

/// One tuple a line, sorted: numbers by size, symbols by their text.
pub(crate) fn delimited(
    out: &mut dyn Write,
    columns: &[Column],
    rows: &Rows,
    symbols: &Symbols,
    format: &Format,
) -> io::Result<()> {
    if columns.is_empty() {
        return if rows.is_empty() { Ok(()) } else { out.write_all(b"()\n") };
    }
    let mut text = Vec::with_capacity(2 * BUFFER);
    for place in order::sorted(rows, columns, symbols) {
        for (i, (word, column)) in rows.get(place).iter().zip(columns).enumerate() {
            if i > 0 {
                text.extend_from_slice(&format.delimiter);
            }
            word::write(&mut text, *word, &column.ty, symbols, format.quoted);
        }
        text.push(b'\n');
        if text.len() >= BUFFER {
            out.write_all(&text)?;
            text.clear();
        }
    }
    out.write_all(&text)
}
