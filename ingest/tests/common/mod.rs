//! Declared columns, and rows as text.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use compiler::program::Column;
use compiler::value::{Form, Primitive, Type};
use ingest::Schema;
use ingest::batch::Kept;
use runtime::{Symbols, Value};

/// Columns from `name: type` pairs.
pub fn columns(declaration: &str) -> Vec<Column> {
    let column = |pair: &str| {
        let (name, ty) = pair.split_once(": ").expect("name: type");
        let (primitive, form) = match ty {
            "number" => (Primitive::Number, Form::Plain),
            "unsigned" => (Primitive::Unsigned, Form::Plain),
            "float" => (Primitive::Float, Form::Plain),
            "symbol" => (Primitive::Symbol, Form::Plain),
            "Ip" => (Primitive::Symbol, Form::Ip),
            "Mac" => (Primitive::Symbol, Form::Mac),
            "Prefix" => (Primitive::Symbol, Form::Prefix),
            "Time" => (Primitive::Number, Form::Time),
            other => panic!("no type {other}"),
        };
        Column { name: name.into(), ty: Type { name: ty.into(), primitive, form } }
    };
    declaration.split(", ").filter(|p| !p.is_empty()).map(column).collect()
}

/// A schema of relations with their declarations.
pub fn schema(relations: &[(&str, &str)]) -> Schema {
    Schema::new(relations.iter().map(|(name, declaration)| ((*name).into(), columns(declaration))))
}

/// The kept rows of a relation, each with its values joined by `|` and its origin: `a|1 @ file:3`.
pub fn rows(kept: &Kept, relation: &str, columns: &[Column], symbols: &Symbols) -> Vec<String> {
    let Some((rows, origins)) = kept.relations.get(relation) else { return Vec::new() };
    assert_eq!(rows.len(), origins.len());
    let value = |(word, column): (&u64, &Column)| Value::of(*word, column.ty.primitive, symbols).to_string();
    rows.iter()
        .zip(origins)
        .map(|(row, origin)| {
            let texts: Vec<String> = row.iter().zip(columns).map(value).collect();
            let source = std::path::Path::new(&kept.sources[origin.source as usize]);
            let file = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{} @ {file}:{}", texts.join("|"), origin.record)
        })
        .collect()
}
