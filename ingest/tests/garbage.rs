//! Readers survive any bytes: they give rows, rejected rows or an error, and never panic. `PROPTEST_CASES` says how many, and
//! `PROPTEST_RNG_SEED` where they start; without it the same ones are made up each time.

mod common;

use common::{columns, input, output, schema, words};
use ingest::batch::Kept;
use ingest::{Rejected, Snapshot};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use runtime::Symbols;

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

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    let rng_seed = if config.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { config.rng_seed };
    ProptestConfig { rng_seed, failure_persistence: None, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn directives_read_any_bytes(
        content in bytes(),
        delimiter in prop::sample::select(vec!["\t", ",", "::"]),
        rfc4180 in any::<bool>(),
        declaration in prop::sample::select(vec![DECLARATION, "", "s: symbol", "a: symbol, b: symbol"]),
    ) {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("R.facts"), &content)?;
        let pairs = [("delimiter", delimiter), ("rfc4180", if rfc4180 { "true" } else { "false" })];
        if let Ok((read, kept)) = input(&columns(declaration), &pairs, directory.path(), 1, &Symbols::default())
            && let Some((rows, origins)) = kept.relations.get("R")
        {
            prop_assert_eq!(read.facts, rows.len());
            prop_assert_eq!(read.facts, origins.len());
        }
    }

    /// Blocks of plain lines are read at once, everything else field by field, as is what has a delimiter of two bytes.
    #[test]
    fn plain_lines_are_read_as_field_by_field(
        content in lines(),
        rfc4180 in any::<bool>(),
        pick in prop::sample::select(vec!["0:1:2:3", "3:1:0:2", "0:2:4:5"]),
    ) {
        let rfc4180 = if rfc4180 { "true" } else { "false" };
        let columns = columns("s: symbol, n: number, u: unsigned, f: float");
        let read = |content: &str, delimiter: &str| {
            let directory = tempfile::tempdir().expect("a scratch directory");
            std::fs::write(directory.path().join("R.facts"), content).expect("written");
            let symbols = Symbols::default();
            let pairs = [("delimiter", delimiter), ("columns", pick), ("rfc4180", rfc4180)];
            let found = input(&columns, &pairs, directory.path(), 1, &symbols).map_err(|e| e.to_string())?;
            Ok((found.0.facts, found.0.notes.len(), words(&found.1)))
        };
        let line = |outcome: Result<_, String>| {
            outcome.map_err(|e| e.split_once("R.facts:").and_then(|(_, e)| e.split(':').next().map(str::to_owned)))
        };
        prop_assert_eq!(line(read(&content, "|")), line(read(&content.replace('|', "::"), "::")));
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
        tuples in prop::collection::vec((".*", any::<i64>(), any::<u64>(), any::<f64>()), 0..20),
        form in prop::sample::select(FORMS.to_vec()),
    ) {
        // Without quotes, text that holds a tab or a line end cannot be told from two fields or two lines.
        let plain = form.contains(&("rfc4180", "false"));
        let fits = |text: &str| !plain || !text.contains(['\t', '\n', '\r']);
        let directory = tempfile::tempdir()?;
        let (columns, symbols) = (columns("s: symbol, n: number, u: unsigned, f: float"), Symbols::default());
        let mut rows = runtime::Rows::new(4);
        for (s, n, u, f) in tuples.iter().filter(|(s, ..)| fits(s)) {
            // SQLite has one zero.
            rows.push(&[symbols.intern(s), *n as u64, *u, (f + 0.0).to_bits()]);
        }
        output(&columns, form, Some(directory.path()), &rows, &symbols).expect("it can be written");
        let (_, kept) = input(&columns, form, directory.path(), 1, &symbols).expect("it can be read");
        let mut expected: Vec<Vec<u64>> = rows.iter().map(<[u64]>::to_vec).collect();
        expected.sort();
        prop_assert_eq!(words(&kept), expected);
    }
}

/// The forms of output that are also forms of input.
const FORMS: &[&[(&str, &str)]] = &[
    &[("rfc4180", "false"), ("filename", "R")],
    &[("rfc4180", "true"), ("filename", "R")],
    &[("rfc4180", "true"), ("delimiter", "; "), ("filename", "R"), ("compress", "true")],
    &[("rfc4180", "true"), ("headers", "true"), ("filename", "R")],
    &[("IO", "jsonfile")],
    &[("IO", "jsonfile"), ("format", "object")],
    #[cfg(feature = "sqlite")]
    &[("IO", "sqlite")],
];

/// Lines of fields that are mostly as they should be.
fn lines() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "1",
        "-1",
        "0",
        "18446744073709551615",
        "9223372036854775807",
        "-9223372036854775808",
        "",
        "1.5",
        "abc",
        "é",
        " 7",
        "+3",
        "0x1f",
        "inf",
        "1e400",
        "\r",
        "[",
        "123456789012345678",
        "\"a\"",
        "7 ",
    ]);
    let simple = prop::sample::select(vec!["1", "2", "33"]);
    let field = prop_oneof![4 => simple, 1 => field];
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", ""]);
    let line = (prop::collection::vec(field, 3..8), end).prop_map(|(fields, end)| fields.join("|") + end);
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat())
}
