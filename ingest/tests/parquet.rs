//! Parquet: what is written comes back, by name and with the number of its row; what is no file of that kind is an error.
#![cfg(feature = "parquet")]

mod common;

use common::{columns, rows, schema};
use ingest::batch::Kept;
use ingest::parquet::Writer;
use ingest::{Rejected, Snapshot};
use runtime::{Symbols, Value};
use std::path::Path;

/// What a directory holds of `R`, and what was rejected.
fn read(directory: &Path, declared: &str) -> Result<(Vec<String>, String), ingest::Error> {
    let (symbols, mut kept, mut rejected) = (Symbols::default(), Kept::default(), Rejected::default());
    Snapshot::open(directory)?.read(&schema(&[("R", declared)]), &symbols, &mut kept, &mut rejected)?;
    let found = rows(&kept, "R", &columns(declared), &symbols);
    Ok((found, rejected.listing().replace(&format!("{}/", directory.display()), "")))
}

/// Writes two rows of text and a number.
fn written(directory: &Path, file: &str) {
    let symbols = Symbols::default();
    let mut writer = Writer::create(&directory.join(file), &columns("t: symbol, n: number")).expect("is created");
    for (text, n) in [("a", -1_i64), ("", 7)] {
        let row = [Value::Symbol(text.into()).word(&symbols), n as u64];
        writer.push(&row, &symbols).expect("is taken");
    }
    writer.finish().expect("is written");
}

#[test]
fn what_is_written_comes_back_by_name_and_cites_its_row() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    written(scratch.path(), "R-2.parquet");
    let (found, rejected) = read(scratch.path(), "n: number, t: symbol").expect("is read");
    assert_eq!(found, ["-1|a @ R-2.parquet:1", "7| @ R-2.parquet:2"]);
    assert_eq!(rejected, "");
}

#[test]
fn a_value_that_is_not_admitted_sets_its_row_aside() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    written(scratch.path(), "R.parquet");
    let (found, rejected) = read(scratch.path(), "t: symbol, n: unsigned").expect("is read");
    assert_eq!(found, ["|7 @ R.parquet:2"]);
    assert_eq!(rejected, "R.parquet:1: column `n`: expected an unsigned number: found -1\n");
    let (found, rejected) = read(scratch.path(), "t: symbol, m: number").expect("is read");
    assert!(found.is_empty() && rejected.contains("missing column: `m`"), "{rejected}");
    assert!(rejected.contains("unknown column: \"n\" is left out"), "{rejected}");
}

#[test]
fn a_file_that_is_cut_off_is_an_error() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    written(scratch.path(), "R.parquet");
    let path = scratch.path().join("R.parquet");
    let bytes = std::fs::read(&path).expect("is there");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("is written");
    let error = read(scratch.path(), "t: symbol, n: number").expect_err("half a file is none").to_string();
    assert!(error.contains("cannot be read as Parquet"), "{error}");
}
