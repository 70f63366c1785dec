//! One table of SuzieQ as CSV: rows by column name, whatever the order or the version's set of columns.

use crate::{Error, Rejected};
use std::collections::HashMap;
use std::path::Path;

/// A table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The file's name, as rows are counted and cited under it.
    pub(super) name: String,
    columns: HashMap<String, usize>,
    rows: Vec<Record>,
}

#[derive(Debug)]
struct Record {
    number: usize,
    fields: csv::StringRecord,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    table: &'a Table,
    record: &'a Record,
}

impl Table {
    /// Reads `NAME.csv` in a directory. A table that is not there is empty: no network has all of them.
    pub(super) fn read(directory: &Path, name: &str, rejected: &mut Rejected) -> Result<Table, Error> {
        let path = directory.join(format!("{name}.csv"));
        let mut table = Table { name: format!("{name}.csv"), ..Table::default() };
        if !path.exists() {
            return Ok(table);
        }
        let bytes = std::fs::read(&path).map_err(|cause| Error::io(&path, cause))?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
        let header = reader.headers().map_err(|cause| Error::content(&path, cause.to_string()))?.clone();
        table.columns = header.iter().enumerate().map(|(i, c)| (c.trim().to_owned(), i)).collect();
        if !table.columns.contains_key("hostname") {
            return Err(Error::content(&path, "expected a table of SuzieQ, found no column `hostname`"));
        }
        for (index, record) in reader.records().enumerate() {
            // A quoted field may go on over several lines: the reader knows where a record starts. It is still before
            // the line feed of a carriage return.
            let place = record.as_ref().ok().and_then(|fields| fields.position());
            let line = place.map(|place| {
                let is_before = bytes.get(place.byte() as usize) == Some(&b'\n');
                place.line() as usize + usize::from(is_before)
            });
            let number = line.unwrap_or(index + 2);
            match record {
                Ok(fields) if fields.len() == header.len() => table.rows.push(Record { number, fields }),
                Ok(fields) => {
                    let detail = format!("{} fields, the header has {}", fields.len(), header.len());
                    rejected.push(&table.name, number, "wrong number of fields", detail);
                }
                Err(cause) if cause.is_io_error() => return Err(Error::io(&path, cause)),
                Err(cause) => rejected.push(&table.name, number, "not readable as CSV", cause.to_string()),
            }
        }
        table.keep_active(rejected);
        Ok(table)
    }

    /// SuzieQ marks what it has seen go away; such rows are history, not the present.
    fn keep_active(&mut self, rejected: &mut Rejected) {
        let Some(&active) = self.columns.get("active") else { return };
        let name = &self.name;
        self.rows.retain(|r| {
            let gone = r.fields.get(active).is_some_and(|a| a.eq_ignore_ascii_case("false"));
            if gone {
                rejected.push(
                    name,
                    r.number,
                    "no longer active",
                    r.fields.iter().take(2).collect::<Vec<_>>().join(" "),
                );
            }
            !gone
        });
    }

    /// All rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(move |record| Row { table: self, record })
    }

    /// Whether there is no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<'a> Row<'a> {
    /// The text of a column; `""` where the table has no such column, or where Python wrote that it has no value.
    pub(super) fn text(self, column: &str) -> &'a str {
        let field = self.table.columns.get(column).and_then(|&i| self.record.fields.get(i)).unwrap_or("").trim();
        match field {
            "None" | "nan" | "NaN" | "null" | "<NA>" => "",
            field => field,
        }
    }

    /// A whole number that is stated and not negative. SuzieQ writes 0 or -1 for what it does not know.
    pub(super) fn number(self, column: &str) -> Option<u64> {
        let text = self.text(column);
        // Pandas turns integers with gaps into floats: `13.0`.
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }

    /// The elements of a list, which stands as JSON; a bare word is a list of one.
    pub(super) fn list(self, column: &str) -> Vec<String> {
        let text = self.text(column);
        match serde_json::from_str::<Vec<serde_json::Value>>(text) {
            Ok(elements) => elements
                .into_iter()
                .map(|e| match e {
                    serde_json::Value::String(s) => s.trim().to_owned(),
                    serde_json::Value::Null => String::new(),
                    other => other.to_string(),
                })
                .collect(),
            Err(_) if text.is_empty() => Vec::new(),
            Err(_) => vec![text.to_owned()],
        }
    }

    /// The line of its file on which the record starts, from 1, the header's.
    pub(super) fn record(self) -> usize {
        self.record.number
    }

    /// The name of the file.
    pub(super) fn source(self) -> &'a str {
        &self.table.name
    }
}
