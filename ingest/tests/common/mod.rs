//! Declared columns, and rows as text.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use compiler::program::Column;
use compiler::value::{Form, Primitive, Type};
use ingest::batch::Kept;
use ingest::directive::{self, Output, Reading, Request};
use ingest::{Error, Schema};
use runtime::{Rows, Symbols, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Parameters of a directive.
pub fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// `.input R` with these parameters, from a directory.
pub fn input(
    columns: &[Column],
    pairs: &[(&str, &str)],
    directory: &Path,
    workers: usize,
    symbols: &Symbols,
) -> Result<(directive::Read, Kept), Error> {
    let mut kept = Kept::default();
    let how = Reading { directory, workers, absent_is_empty: false };
    let request = Request { relation: "R", columns, parameters: &parameters(pairs) };
    directive::read(&request, &how, symbols, &mut kept).map(|read| (read, kept))
}

/// `.output R` with these parameters, to a directory; what goes to standard output.
pub fn output(
    columns: &[Column],
    pairs: &[(&str, &str)],
    directory: Option<&Path>,
    rows: &Rows,
    symbols: &Symbols,
) -> Result<String, Error> {
    let mut stdout = Vec::new();
    let request = Request { relation: "R", columns, parameters: &parameters(pairs) };
    Output::new(request, directory)?.write(rows, symbols, &mut stdout)?;
    Ok(String::from_utf8(stdout).expect("output is text"))
}

/// The rows of `R`, in the order of their words.
pub fn words(kept: &Kept) -> Vec<Vec<u64>> {
    let mut found: Vec<Vec<u64>> =
        kept.relations.get("R").iter().flat_map(|(rows, _)| rows.iter().map(<[u64]>::to_vec)).collect();
    found.sort();
    found
}

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
        Column { name: name.into(), ty: Type { name: ty.into(), form, ..Type::plain(primitive) } }
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
    let value = |(word, column): (&u64, &Column)| Value::of(*word, &column.ty, symbols).to_string();
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
