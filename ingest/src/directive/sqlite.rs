//! Facts in a SQLite database, laid out as Soufflé does: `_R` holds the tuples, with numbers in the place of text;
//! `__SymbolTable` holds the text of all relations; and `R` is a view of `_R` with its text, under the names of the
//! columns. Input is the view or table `R`, whoever made it.
//!
//! Unlike Soufflé's, records are text, with their symbols in quotes; floats are written as numbers of SQLite and not as their bits, and an empty text is read as one.

use super::input::Read;
use super::{Request, options::Options};
use crate::batch::{Batch, Sink};
use crate::format::{shown, term, word};
use crate::{Error, order};
use compiler::value::{Form, Primitive, Type};
use fnv::FnvHashMap;
use runtime::{Origin, Rows, Symbols};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Statement, params, params_from_iter, types::Value};
use std::borrow::Cow;
use std::path::Path;

/// Reads every tuple of the view or table that is called as the relation is.
pub(super) fn read(
    request: &Request,
    options: &Options,
    path: &Path,
    symbols: &Symbols,
    sink: &mut dyn Sink,
) -> Result<Read, Error> {
    let wrong = |error: rusqlite::Error| Error::content(path, error.to_string());
    let metadata = std::fs::metadata(path).map_err(|e| Error::io(path, e))?;
    if !metadata.is_file() {
        return Err(Error::io(path, "it is not a file"));
    }
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(wrong)?;
    let mut statement = database.prepare(&format!("SELECT * FROM {}", quoted(options.name()))).map_err(wrong)?;
    let (arity, found) = (request.columns.len(), statement.column_count());
    if found < arity {
        let plural = if arity == 1 { "" } else { "s" };
        let message = format!("`{}`: expected {arity} column{plural}, found {found}", options.name());
        return Err(Error::content(path, message));
    }
    let source = sink.source(&crate::file_name::text(path));
    let mut batch = Batch::new(request.relation, arity, sink);
    let mut tuples = statement.query([]).map_err(wrong)?;
    let (mut row, mut record) = (Vec::with_capacity(arity), 0_u32);
    while let Some(tuple) = tuples.next().map_err(wrong)? {
        record = record.saturating_add(1);
        row.clear();
        for (i, column) in request.columns.iter().enumerate() {
            let value = tuple.get_ref(i).map_err(wrong)?;
            row.push(of_value(value, &column.ty, symbols).map_err(|message| {
                let message = format!("`{}`, tuple {record}, column `{}`: {message}", options.name(), column.name);
                Error::content(path, message)
            })?);
        }
        batch.push(&row, Origin { source, record })?;
    }
    Ok(Read { facts: batch.finish()?, notes: Vec::new() })
}

/// A value as a word of a type; an error says what was expected, and what was found.
fn of_value(value: ValueRef, ty: &Type, symbols: &Symbols) -> Result<u64, String> {
    let read =
        |text: &[u8]| word::read(text, ty, symbols).map_err(|expected| format!("{expected}, found {}", shown(text)));
    match (value, ty.primitive, ty.form) {
        (ValueRef::Integer(n), Primitive::Number | Primitive::Unsigned, _) => Ok(n as u64),
        (ValueRef::Integer(n), Primitive::Float, _) => Ok((n as f64).to_bits()),
        (ValueRef::Real(x), Primitive::Float, _) => Ok(x.to_bits()),
        // SQLite keeps what is no number as no value.
        (ValueRef::Null, Primitive::Float, _) => Ok(f64::NAN.to_bits()),
        (ValueRef::Null, Primitive::Symbol, Form::Plain) => Ok(symbols.intern("n/a")),
        (ValueRef::Text(text) | ValueRef::Blob(text), ..) => read(text),
        (ValueRef::Integer(n), ..) => read(n.to_string().as_bytes()),
        (ValueRef::Real(x), ..) => read(x.to_string().as_bytes()),
        (ValueRef::Null, ..) => read(b"NULL"),
    }
}

/// Writes the tuples, in the place of those that are there.
pub(super) fn write(
    request: &Request,
    options: &Options,
    path: &Path,
    rows: &Rows,
    symbols: &Symbols,
) -> Result<(), Error> {
    save(request, options.name(), path, rows, symbols).map_err(|error| Error::io(path, error))
}

fn save(request: &Request, name: &str, path: &Path, rows: &Rows, symbols: &Symbols) -> rusqlite::Result<()> {
    let mut database = Connection::open(path)?;
    // A program that does not end leaves nothing that anybody wants.
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
    let database = database.transaction()?;
    database.execute_batch(&layout(request, name))?;
    {
        // A relation without columns has one here, since a table must.
        let marks: Vec<&str> = (0..request.columns.len().max(1)).map(|_| "?").collect();
        let insert = format!("INSERT INTO {} VALUES ({})", quoted(&format!("_{name}")), marks.join(","));
        let mut insert = database.prepare(&insert)?;
        let mut texts = Texts::new(&database)?;
        for place in order::sorted(rows, request.columns, symbols) {
            let mut tuple = Vec::with_capacity(request.columns.len());
            for (word, column) in rows.get(place).iter().zip(request.columns) {
                tuple.push(match column.ty.primitive {
                    Primitive::Number | Primitive::Unsigned => Value::Integer(*word as i64),
                    Primitive::Float => Value::Real(f64::from_bits(*word)),
                    _ => Value::Integer(texts.number(*word, &column.ty, symbols)?),
                });
            }
            if tuple.is_empty() {
                tuple.push(Value::Integer(0));
            }
            insert.execute(params_from_iter(tuple))?;
        }
    }
    database.commit()
}

/// The tables of a relation, new.
fn layout(request: &Request, name: &str) -> String {
    let (view, table) = (quoted(name), quoted(&format!("_{name}")));
    let (mut kinds, mut shown, mut from, mut joins) = (Vec::new(), Vec::new(), vec![table.clone()], Vec::new());
    for (i, column) in request.columns.iter().enumerate() {
        kinds.push(format!("\"{i}\" {}", if column.ty.primitive == Primitive::Float { "REAL" } else { "INTEGER" }));
        let title = quoted(&column.name);
        if is_text(&column.ty) {
            shown.push(format!("\"_symtab_{i}\".symbol AS {title}"));
            from.push(format!("\"__SymbolTable\" AS \"_symtab_{i}\""));
            joins.push(format!("{table}.\"{i}\" = \"_symtab_{i}\".id"));
        } else {
            shown.push(format!("{table}.\"{i}\" AS {title}"));
        }
    }
    if kinds.is_empty() {
        kinds.push("\"0\" INTEGER".to_owned());
        shown.push(format!("{table}.\"0\""));
    }
    let joins = if joins.is_empty() { String::new() } else { format!(" WHERE {}", joins.join(" AND ")) };
    format!(
        "DROP VIEW IF EXISTS {view};
         DROP TABLE IF EXISTS {table};
         CREATE TABLE {table} ({kinds});
         CREATE TABLE IF NOT EXISTS \"__SymbolTable\" (id INTEGER PRIMARY KEY, symbol TEXT UNIQUE);
         CREATE VIEW {view} AS SELECT {shown} FROM {from}{joins};",
        kinds = kinds.join(", "),
        shown = shown.join(", "),
        from = from.join(", "),
    )
}

/// Whether values are text in a database.
fn is_text(ty: &Type) -> bool {
    !matches!(ty.primitive, Primitive::Number | Primitive::Unsigned | Primitive::Float)
}

/// A name within a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The texts of a database, and their numbers there.
struct Texts<'a> {
    find: Statement<'a>,
    insert: Statement<'a>,
    known: FnvHashMap<u64, i64>,
}

impl<'a> Texts<'a> {
    fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        let find = database.prepare("SELECT id FROM \"__SymbolTable\" WHERE symbol = ?")?;
        let insert = database.prepare("INSERT INTO \"__SymbolTable\" (symbol) VALUES (?)")?;
        Ok(Texts { find, insert, known: FnvHashMap::default() })
    }

    /// The number of the text of a word, new or known.
    fn number(&mut self, word: u64, ty: &Type, symbols: &Symbols) -> rusqlite::Result<i64> {
        // Words of different types may be equal and mean different texts.
        let cached = ty.primitive == Primitive::Symbol;
        if let Some(number) = self.known.get(&word).filter(|_| cached) {
            return Ok(*number);
        }
        let text = match cached {
            true => Cow::from(symbols.text(word)),
            false => Cow::from(term::text(word, ty, symbols, true)),
        };
        let found = self.find.query_row(params![text], |row| row.get(0)).optional()?;
        let number = match found {
            Some(number) => number,
            None => self.insert.insert(params![text])?,
        };
        if cached {
            self.known.insert(word, number);
        }
        Ok(number)
    }
}
