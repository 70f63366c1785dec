//! JSON: tuples as objects, their keys the columns by name, or as arrays; and JSON Lines, an object a line.

use super::term::term_text;
use super::{Fault, shown, word};
use crate::error::Place;
use compiler::program::Column;
use compiler::structure::{Field, Structure};
use compiler::value::{Primitive, Type};
use runtime::{Contents, Symbols};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// Reads lines as tuples of one relation.
pub(crate) struct Decoder<'a> {
    pub columns: &'a [Column],
    pub symbols: &'a Symbols,
    /// Keys that are no column, and the first line that had them.
    pub unknown: BTreeMap<String, usize>,
}

impl Decoder<'_> {
    /// Replaces `row` by the words of the line.
    pub(crate) fn decode(&mut self, line: &[u8], number: usize, row: &mut Vec<u64>) -> Result<(), Fault> {
        row.clear();
        let at = |column| Place { line: number, column };
        let text = std::str::from_utf8(line).map_err(|e| Fault {
            place: at(String::from_utf8_lossy(&line[..e.valid_up_to()]).chars().count() + 1),
            reason: "expected text in UTF-8".to_owned(),
            found: shown(line),
        })?;
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|e| Fault {
            place: at(e.column().max(1)),
            reason: "expected a JSON object on one line".to_owned(),
            found: shown(line),
        })?;
        for key in object.keys() {
            if !self.columns.iter().any(|c| *c.name == **key) && !self.unknown.contains_key(key) {
                self.unknown.insert(key.clone(), number);
            }
        }
        for column in self.columns {
            let value = object.get(&*column.name).ok_or_else(|| Fault {
                place: at(text.chars().count() + 1),
                reason: format!("column `{}` is missing", column.name),
                found: String::new(),
            })?;
            let fault = |expected: Cow<str>| Fault {
                place: at(key_column(text, &column.name)),
                reason: format!("column `{}`: {expected}", column.name),
                found: shown(value.to_string().as_bytes()),
            };
            let word = self::value(value, &column.ty, self.symbols);
            row.push(word.map_err(fault)?);
        }
        Ok(())
    }
}

/// A value as a word of a type; an error says what was expected.
fn value(value: &Value, ty: &Type, symbols: &Symbols) -> Result<u64, Cow<'static, str>> {
    match value {
        value if ty.primitive == Primitive::Record => record(value, ty, symbols),
        Value::String(s) => word::read(s.as_bytes(), ty, symbols),
        Value::Number(n) if ty.primitive != Primitive::Symbol => word::read(n.to_string().as_bytes(), ty, symbols),
        _ if ty.primitive == Primitive::Symbol => Err("expected a string".into()),
        _ => Err("expected a number or a string".into()),
    }
}

/// A record, as an array of its fields, as an object, as `null`, or as its text; an algebraic data type as its text. (The
/// parser bounds how deep they are.)
fn record(value: &Value, ty: &Type, symbols: &Symbols) -> Result<u64, Cow<'static, str>> {
    let fields = match ty.structure() {
        Some(Structure::Record(fields)) => fields.as_slice(),
        _ => &[],
    };
    let values: Vec<&Value> = match value {
        Value::String(text) => return word::read(text.as_bytes(), ty, symbols),
        Value::Null if !fields.is_empty() => return Ok(0),
        Value::Array(values) if values.len() == fields.len() => values.iter().collect(),
        Value::Object(values) if values.len() == fields.len() => {
            let field = |field: &Field| {
                values.get(&*field.name).ok_or_else(|| Cow::from(format!("expected a field `{}`", field.name)))
            };
            fields.iter().map(field).collect::<Result<_, _>>()?
        }
        _ if fields.is_empty() => return Err(format!("expected a string with a value of `{}`", ty.name).into()),
        _ => return Err(format!("expected the {} fields of `{}`, or null", fields.len(), ty.name).into()),
    };
    let word = |(value, field): (&Value, &Field)| {
        self::value(value, &Type { structures: ty.structures.clone(), ..field.ty.clone() }, symbols)
    };
    let words = values.into_iter().zip(fields).map(word).collect::<Result<Vec<u64>, _>>()?;
    Ok(symbols.pack(&words))
}

/// Writes a value: a record as an array or an object of its fields, an algebraic data type as its text.
pub(crate) fn write(out: &mut dyn Write, value: runtime::Value, objects: bool) -> io::Result<()> {
    use runtime::Value::{Float, Record, Symbol};
    let mut left = vec![Piece::Value(value)];
    while let Some(piece) = left.pop() {
        match piece {
            Piece::Text(text) => out.write_all(text.as_bytes())?,
            Piece::Name(name) => {
                serde_json::to_writer(&mut *out, &*name)?;
                out.write_all(b": ")?;
            }
            Piece::Value(Symbol(text)) => serde_json::to_writer(&mut *out, &*text)?,
            // JSON has no numbers for these.
            Piece::Value(Float(x)) if !x.is_finite() => write!(out, "\"{x}\"")?,
            Piece::Value(Record(term)) => match term.contents() {
                Contents::Nil => out.write_all(b"null")?,
                Contents::Branch(..) => serde_json::to_writer(&mut *out, &term_text(&term, true))?,
                Contents::Record(fields) => {
                    out.write_all(if objects { b"{" } else { b"[" })?;
                    left.push(Piece::Text(if objects { "}" } else { "]" }));
                    for (at, (name, value)) in fields.into_iter().enumerate().rev() {
                        left.push(Piece::Value(value));
                        left.extend(objects.then_some(Piece::Name(name)));
                        left.extend((at > 0).then_some(Piece::Text(", ")));
                    }
                }
            },
            Piece::Value(other) => write!(out, "{other}")?,
        }
    }
    Ok(())
}

/// What is left to write, the last first.
enum Piece {
    Text(&'static str),
    Name(Arc<str>),
    Value(runtime::Value),
}

/// A tuple, as an array of its columns or as an object; an error says what was expected, and what was found.
pub(crate) fn tuple(tuple: &Value, columns: &[Column], symbols: &Symbols) -> Result<Vec<u64>, String> {
    let fields: Vec<&Value> = match tuple {
        Value::Null if columns.is_empty() => Vec::new(),
        Value::Array(fields) if fields.len() == columns.len() => fields.iter().collect(),
        Value::Array(fields) => {
            let (expected, plural) = (columns.len(), if columns.len() == 1 { "" } else { "s" });
            return Err(format!("expected {expected} column{plural}, found {}", fields.len()));
        }
        Value::Object(object) => {
            if let Some(key) = object.keys().find(|key| !columns.iter().any(|column| *column.name == ***key)) {
                return Err(format!("`{key}` is not the name of a column"));
            }
            let field =
                |column: &Column| object.get(&*column.name).ok_or(format!("column `{}` is missing", column.name));
            columns.iter().map(field).collect::<Result<_, _>>()?
        }
        other => return Err(format!("expected an array or an object, found {}", brief(other))),
    };
    let word = |(field, column): (&Value, &Column)| {
        value(field, &column.ty, symbols)
            .map_err(|expected| format!("column `{}`: {expected}, found {}", column.name, brief(field)))
    };
    fields.into_iter().zip(columns).map(word).collect()
}

/// A value for a message, not too long.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Where a key stands in a line, from 1; 1 if it is written with escapes.
fn key_column(text: &str, key: &str) -> usize {
    text.find(&format!("\"{key}\"")).map_or(1, |i| text[..i].chars().count() + 1)
}
