//! Records of delimited text as rows of words.

use super::delimited::Record;
use super::{Fault, shown, word};
use compiler::program::Column;
use runtime::Symbols;

/// Reads records as tuples of one relation.
pub(crate) struct Decoder<'a> {
    pub columns: &'a [Column],
    /// For each column the field that holds it.
    pub fields: Vec<usize>,
    /// How many fields a record must have; none if more than those that are used may be there.
    pub width: Option<usize>,
    pub symbols: &'a Symbols,
}

impl<'a> Decoder<'a> {
    /// A decoder of files whose fields are the columns, in order.
    pub(crate) fn in_order(columns: &'a [Column], symbols: &'a Symbols) -> Self {
        Decoder { columns, fields: (0..columns.len()).collect(), width: Some(columns.len()), symbols }
    }

    /// Replaces `row` by the words of the record.
    pub(crate) fn decode(&self, record: &Record, row: &mut Vec<u64>) -> Result<(), Fault> {
        row.clear();
        if self.columns.is_empty() {
            // A relation without columns holds or does not; Soufflé writes `()` if it does.
            let fault = || Fault {
                place: record.place(0),
                reason: "expected `()`, the tuple without columns".to_owned(),
                found: shown(record.bytes()),
            };
            return if matches!(record.bytes(), b"()" | b"") { Ok(()) } else { Err(fault()) };
        }
        if self.width.is_some_and(|width| width != record.len()) {
            return Err(self.width_fault(record));
        }
        for (column, &field) in self.columns.iter().zip(&self.fields) {
            if field >= record.len() {
                return Err(self.width_fault(record));
            }
            let text = record.get(field);
            let value = word::read(text, &column.ty, self.symbols).map_err(|expected| Fault {
                place: record.place(field),
                reason: format!("column `{}`: {expected}", column.name),
                found: shown(text),
            })?;
            row.push(value);
        }
        Ok(())
    }

    /// How many fields are looked at, counted from the first.
    pub(crate) fn used(&self) -> usize {
        self.fields.iter().max().map_or(0, |last| last + 1)
    }

    fn width_fault(&self, record: &Record) -> Fault {
        let expected = self.width.unwrap_or_else(|| self.used());
        Fault {
            place: record.place(expected),
            reason: format!("expected {expected} column{}", if expected == 1 { "" } else { "s" }),
            found: record.len().to_string(),
        }
    }
}
