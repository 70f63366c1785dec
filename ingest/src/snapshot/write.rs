//! Writing a snapshot of imported facts.

use super::{csv, origins};
use crate::facts::Table;
use crate::format::{shown, word};
use crate::{Error, Facts, Rejected, Schema, order};
use compiler::program::Column;
use runtime::{Origin, Rows, Symbols, Value};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes `R.csv` and its origins for every relation with facts, in a directory that is new or empty. Facts are sorted,
/// each once, values in canonical text. A fact that its relation's declaration does not admit goes to `rejected`. Gives
/// the number of facts a relation.
pub fn write(
    directory: &Path,
    facts: &Facts,
    schema: &Schema,
    rejected: &mut Rejected,
) -> Result<Vec<(String, usize)>, Error> {
    std::fs::create_dir_all(directory).map_err(|e| Error::io(directory, e))?;
    if std::fs::read_dir(directory).map_err(|e| Error::io(directory, e))?.next().is_some() {
        return Err(Error::content(directory, "the directory is not empty: name a new one, or remove what is in it"));
    }
    let mut written = Vec::new();
    for (relation, table) in facts.tables() {
        let Some(columns) = schema.columns(relation) else {
            reject_undeclared(relation, table, facts, rejected);
            continue;
        };
        let symbols = Symbols::default();
        let (rows, stated) = words(table, columns, &symbols, facts, rejected);
        let order = order::sorted(&rows, columns, &symbols);
        let distinct: Vec<&[usize]> = order.chunk_by(|&a, &b| rows.get(a) == rows.get(b)).collect();
        let path = directory.join(format!("{relation}.csv"));
        let first = distinct.iter().map(|places| rows.get(places[0]));
        save(&path, columns, first, &symbols).map_err(|e| Error::io(&path, e))?;
        let origins = distinct.iter().map(|places| places.iter().map(|&i| stated[i]).collect());
        origins::write(&path, facts.sources(), origins)?;
        written.push((relation.to_owned(), distinct.len()));
    }
    Ok(written)
}

/// Counts the facts of a relation that nobody declares.
pub(crate) fn reject_undeclared(relation: &str, table: &Table, facts: &Facts, rejected: &mut Rejected) {
    for row in table.iter() {
        let Origin { source, record } = row.origin();
        let detail = format!("relation `{relation}` is not a declared base relation");
        rejected.push(facts.source_name(source), record as usize, "unknown relation", detail);
    }
}

/// The facts of a table as words, and where each is stated.
pub(crate) fn words(
    table: &Table,
    columns: &[Column],
    symbols: &Symbols,
    facts: &Facts,
    rejected: &mut Rejected,
) -> (Rows, Vec<Origin>) {
    let (mut rows, mut stated) = (Rows::new(columns.len()), Vec::with_capacity(table.len()));
    let mut words = Vec::new();
    for row in table.iter() {
        let origin = row.origin();
        let mut reject = |reason: &str, detail: String| {
            rejected.push(facts.source_name(origin.source), origin.record as usize, reason, detail);
        };
        let fields = row.fields();
        if fields.len() != columns.len() {
            reject("wrong number of columns", format!("expected {}, found {}", columns.len(), fields.len()));
            continue;
        }
        words.clear();
        for (field, column) in fields.zip(columns) {
            match word::read(field.as_bytes(), &column.ty, symbols) {
                Ok(word) => words.push(word),
                Err(expected) => {
                    let found = format!("found {}", shown(field.as_bytes()));
                    reject(&format!("column `{}`: {expected}", column.name), found);
                    break;
                }
            }
        }
        if words.len() == columns.len() {
            rows.push(&words);
            stated.push(origin);
        }
    }
    (rows, stated)
}

fn save<'a>(
    path: &Path,
    columns: &[Column],
    rows: impl Iterator<Item = &'a [u64]>,
    symbols: &Symbols,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(File::create(path)?);
    csv::write(&mut out, columns.iter().map(|c| &*c.name))?;
    for row in rows {
        if columns.is_empty() {
            out.write_all(b"()\n")?;
            continue;
        }
        let text = |(word, column): (&u64, &Column)| Value::of(*word, &column.ty, symbols).to_string();
        let texts: Vec<String> = row.iter().zip(columns).map(text).collect();
        csv::write(&mut out, texts.iter().map(String::as_str))?;
    }
    out.flush()
}
