//! Snapshots: every format, dirt set aside, and what is written comes back.

mod common;

use common::{columns, rows, schema};
use ingest::batch::Kept;
use ingest::{Facts, Rejected, Snapshot, snapshot};
use runtime::Symbols;
use std::path::Path;

const DEVICE: &str = "name: symbol, rack: number";

/// A directory with these files.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).expect("written");
    }
    directory
}

/// The rows of `device`, and what was rejected, with the directory cut off.
fn read(directory: &Path) -> (Vec<String>, String) {
    let (symbols, mut kept, mut rejected) = (Symbols::default(), Kept::default(), Rejected::default());
    let schema = schema(&[("device", DEVICE), ("flag", ""), ("note", "text: symbol")]);
    Snapshot::open(directory)
        .expect("is there")
        .read(&schema, &symbols, &mut kept, &mut rejected)
        .expect("can be read");
    let rows = rows(&kept, "device", &columns(DEVICE), &symbols);
    (rows, rejected.listing().replace(&format!("{}/", directory.display()), ""))
}

#[test]
fn csv_columns_go_by_name() {
    let directory = directory(&[("device.csv", "\u{feff}rack,name\r\n3,\"a,b\"\r\n4,c\r\n")]);
    let (rows, rejected) = read(directory.path());
    assert_eq!(rows, ["a,b|3 @ device.csv:2", "c|4 @ device.csv:3"]);
    assert_eq!(rejected, "");
}

#[test]
fn every_format_and_every_part_is_read() {
    let directory = directory(&[
        ("device-10.csv", "name,rack\nten,10\n"),
        ("device-9.jsonl", "{\"rack\": 9, \"name\": \"nine\"}\n\n{\"rack\": \"8\", \"name\": \"eight\"}\n"),
        ("device.facts", "zero\t0\n"),
        ("flag.facts", "()\n"),
    ]);
    let (rows, rejected) = read(directory.path());
    assert_eq!(
        rows,
        [
            "zero|0 @ device.facts:1",
            "nine|9 @ device-9.jsonl:1",
            "eight|8 @ device-9.jsonl:3",
            "ten|10 @ device-10.csv:2"
        ]
    );
    assert_eq!(rejected, "");
}

#[test]
fn rows_that_cannot_be_read_are_set_aside_with_their_place() {
    let directory = directory(&[
        ("device.csv", "name,rack\na,1\nb,x\nc\nd,\"2\ne,5\n"),
        ("device.jsonl", "{\"name\": \"f\", \"rack\": true}\n{\"name\": 1, \"rack\": 1}\n[1]\n{\"name\": \"g\"}\n"),
    ]);
    let (rows, rejected) = read(directory.path());
    assert_eq!(rows, ["a|1 @ device.csv:2", "e|5 @ device.csv:6"]);
    assert_eq!(
        rejected,
        "device.csv:3: column `rack`: expected a number: column 3, found \"x\"\n\
         device.csv:4: expected 2 columns: column 2, found 1\n\
         device.csv:5: quoted field is not closed: column 3\n\
         device.jsonl:2: column `name`: expected a string: column 2, found \"1\"\n\
         device.jsonl:4: column `rack` is missing: column 14\n\
         device.jsonl:1: column `rack`: expected a number or a string: column 15, found \"true\"\n\
         device.jsonl:3: expected a JSON object on one line: column 1, found \"[1]\"\n"
    );
}

#[test]
fn columns_that_are_missing_or_unknown_are_reported() {
    let directory = directory(&[
        ("device.csv", "name,racks\na,1\n"),
        ("device-1.csv", "name,colour,rack\nb,red,2\n"),
        (
            "device-2.jsonl",
            "{\"name\": \"c\", \"rack\": 3, \"colour\": 1}\n{\"name\": \"d\", \"rack\": 3, \"colour\": 1}\n",
        ),
    ]);
    let (rows, rejected) = read(directory.path());
    assert_eq!(rows, ["b|2 @ device-1.csv:2", "c|3 @ device-2.jsonl:1", "d|3 @ device-2.jsonl:2"]);
    assert_eq!(
        rejected,
        "device-1.csv:1: unknown column: \"colour\" is left out\n\
         device-2.jsonl:1: unknown column: \"colour\" is left out\n\
         device.csv:1: missing column: `rack`; none of the file's rows can be used\n\
         device.csv:1: unknown column: \"racks\" is left out\n"
    );
}

#[test]
fn files_that_are_no_relation_are_reported() {
    let files =
        [("README.md", ""), ("gadget.csv", "x\n"), ("device.parquet.gz", ""), ("device-x.csv", ""), ("device.csv", "")];
    let (_, rejected) = read(directory(&files).path());
    assert_eq!(
        rejected,
        "README.md:0: no file of facts: expected .parquet, .csv, .facts or .jsonl, or one of the last three with .gz\n\
         device-x.csv:0: no file of facts: expected a number after the dash, as in message-1.csv\n\
         device.csv:0: no header: the file is empty\n\
         device.parquet.gz:0: no file of facts: expected .parquet, .csv, .facts or .jsonl, or one of the last three with .gz\n\
         gadget.csv:0: unknown relation: relation `gadget` is not a declared base relation\n"
    );
}

#[test]
fn a_missing_directory_is_an_error() {
    let error = Snapshot::open(Path::new("/nonexistent/snapshot")).unwrap_err().to_string();
    assert_eq!(error, "/nonexistent/snapshot: No such file or directory (os error 2)");
}

/// Facts of two sources, one stated by both.
fn facts() -> Facts {
    let mut facts = Facts::default();
    let (a, b) = (facts.source("a.csv"), facts.source("b.csv"));
    facts.push("device", ["z \"quoted\"\nline", "10"], Facts::at(a, 7));
    facts.push("device", ["common", "9"], Facts::at(b, 3));
    facts.push("device", ["common", "009"], Facts::at(a, 5));
    facts.push("device", ["bad", "x"], Facts::at(b, 4));
    facts.push("device", ["short"], Facts::at(b, 5));
    facts.push("note", [""], Facts::at(b, 6));
    facts.push("gadget", ["x"], Facts::at(b, 8));
    facts
}

#[test]
fn what_is_written_comes_back_with_its_origins() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let mut rejected = Rejected::default();
    let schema = schema(&[("device", DEVICE), ("note", "text: symbol")]);
    let written = snapshot::write(directory.path(), &facts(), &schema, &mut rejected).unwrap();
    assert_eq!(written, [("device".to_owned(), 2), ("note".to_owned(), 1)]);
    assert_eq!(
        rejected.listing(),
        "b.csv:4: column `rack`: expected a number: found \"x\"\n\
         b.csv:8: unknown relation: relation `gadget` is not a declared base relation\n\
         b.csv:5: wrong number of columns: expected 2, found 1\n"
    );
    let text = std::fs::read_to_string(directory.path().join("device.csv")).unwrap();
    assert_eq!(text, "name,rack\ncommon,9\n\"z \"\"quoted\"\"\nline\",10\n");

    let (symbols, mut kept, mut rejected) = (Symbols::default(), Kept::default(), Rejected::default());
    Snapshot::open(directory.path()).unwrap().read(&schema, &symbols, &mut kept, &mut rejected).unwrap();
    assert!(rejected.is_empty(), "{rejected}");
    let device = rows(&kept, "device", &columns(DEVICE), &symbols);
    assert_eq!(device, ["common|9 @ b.csv:3", "common|9 @ a.csv:5", "z \"quoted\"\nline|10 @ a.csv:7"]);
    assert_eq!(rows(&kept, "note", &columns("text: symbol"), &symbols), [" @ b.csv:6"]);
}

#[test]
fn an_edited_file_is_cited_by_its_own_lines() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let mut rejected = Rejected::default();
    snapshot::write(directory.path(), &facts(), &schema(&[("device", DEVICE)]), &mut rejected).unwrap();
    let path = directory.path().join("device.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    // Of the same length, so that only the checksum can tell.
    std::fs::write(&path, text.replace("common,9", "common,8")).unwrap();
    let (rows, rejected) = read(directory.path());
    assert_eq!(rows, ["common|8 @ device.csv:2", "z \"quoted\"\nline|10 @ device.csv:3"]);
    assert!(rejected.starts_with("device.csv.origins:0: stale origins: "), "{rejected}");
}

#[test]
fn a_directory_with_something_in_it_is_not_written_to() {
    let directory = directory(&[("other.csv", "")]);
    let error = snapshot::write(directory.path(), &facts(), &schema(&[]), &mut Rejected::default()).unwrap_err();
    assert!(error.to_string().contains("the directory is not empty"), "{error}");
}
