//! JSON: tuples as objects, their keys the columns by name, or as arrays; and JSON Lines, an object a line.

use super::{Fault, shown, word};
use crate::error::Place;
use compiler::program::Column;
use compiler::value::{Primitive, Type};
use runtime::Symbols;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

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
        Value::String(s) => word::read(s.as_bytes(), ty, symbols),
        Value::Number(n) if ty.primitive != Primitive::Symbol => word::read(n.to_string().as_bytes(), ty, symbols),
        _ if ty.primitive == Primitive::Symbol => Err("expected a string".into()),
        _ => Err("expected a number or a string".into()),
    }
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
