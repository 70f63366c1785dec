//! Readers survive any bytes: they give rows, rejected rows or an error, and never panic. `PROPTEST_CASES` says how many.

mod common;

use common::{columns, schema};
use ingest::batch::Kept;
use ingest::{Rejected, Snapshot, directive};
use proptest::prelude::*;
use runtime::Symbols;
use std::collections::BTreeMap;

const DECLARATION: &str = "s: symbol, n: number, u: unsigned, f: float, i: Ip, p: Prefix, m: Mac, t: Time";

/// Bytes that look like a file often enough to get far.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "\"", "\"\"", ",", "\t", "\n", "\r\n", "[", "]", "()", "{", "}", ":", "1", "-", "0x", "1e9", "é", "\u{feff}",
            "10.0.0.0/8", "::1", "00:11:22:33:44:55", "2024-07-11T01:14:00Z", "99999999999999999999", "\0",
            "{\"s\":\"a\",\"n\":1}", "s,n,u,f,i,p,m,t\n", "\x1f", "nan",
        ])
        .prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {

    #[test]
    fn directives_read_any_bytes(
        content in bytes(),
        delimiter in prop::sample::select(vec!["\t", ",", "::"]),
        rfc4180 in any::<bool>(),
        declaration in prop::sample::select(vec![DECLARATION, "", "s: symbol", "a: symbol, b: symbol"]),
    ) {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("R.facts"), &content)?;
        let mut parameters = BTreeMap::from([("delimiter".to_owned(), delimiter.to_owned())]);
        parameters.insert("rfc4180".to_owned(), rfc4180.to_string());
        let mut kept = Kept::default();
        let columns = columns(declaration);
        let read = directive::read("R", &columns, &parameters, directory.path(), &Symbols::default(), &mut kept);
        if let (Ok(count), Some((rows, origins))) = (read, kept.relations.get("R")) {
            prop_assert_eq!(count, rows.len());
            prop_assert_eq!(count, origins.len());
        }
    }

    #[test]
    fn snapshots_read_any_bytes(content in bytes(), origins in bytes()) {
        let directory = tempfile::tempdir()?;
        for name in ["R.csv", "R.facts", "R.jsonl", "S.csv"] {
            std::fs::write(directory.path().join(name), &content)?;
        }
        std::fs::write(directory.path().join("R.csv.origins"), &origins)?;
        // A sidecar whose head is right and whose lines are not.
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        let head = format!("{{\"bytes\":{},\"crc32\":{},\"sources\":[\"x\"]}}\n", content.len(), crc.sum());
        std::fs::write(directory.path().join("S.csv.origins"), [head.as_bytes(), &origins].concat())?;
        let schema = schema(&[("R", DECLARATION), ("S", "s: symbol")]);
        let (mut kept, mut rejected) = (Kept::default(), Rejected::default());
        // An error is allowed: content that starts as gzip does is taken for it.
        let _ = Snapshot::open(directory.path())
            .and_then(|s| s.read(&schema, &Symbols::default(), &mut kept, &mut rejected));
        for (rows, origins) in kept.relations.values() {
            prop_assert_eq!(rows.len(), origins.len());
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        texts in prop::collection::vec((".*", any::<i64>()), 0..20),
        rfc4180 in any::<bool>(),
    ) {
        // Without quotes, text that holds a tab or a line end cannot be told from two fields or two lines.
        let texts: Vec<(String, i64)> = match rfc4180 {
            true => texts,
            false => texts.into_iter().filter(|(s, _)| !s.contains(['\t', '\n', '\r'])).collect(),
        };
        let directory = tempfile::tempdir()?;
        let (columns, symbols) = (columns("s: symbol, n: number"), Symbols::default());
        let mut rows = runtime::Rows::new(2);
        texts.iter().for_each(|(s, n)| rows.push(&[symbols.intern(s), *n as u64]));
        let mut parameters = BTreeMap::from([("rfc4180".to_owned(), rfc4180.to_string())]);
        parameters.insert("filename".to_owned(), "R.facts".to_owned());
        let path = Some(directory.path());
        directive::write("R", &columns, &parameters, path, &rows, &symbols, &mut Vec::new()).unwrap();
        let mut kept = Kept::default();
        directive::read("R", &columns, &parameters, directory.path(), &symbols, &mut kept).unwrap();
        let mut expected: Vec<Vec<u64>> = rows.iter().map(<[u64]>::to_vec).collect();
        let found = kept.relations.get("R").map(|(rows, _)| rows.iter().map(<[u64]>::to_vec).collect());
        let mut found: Vec<Vec<u64>> = found.unwrap_or_default();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
