//! `.input` and `.output` as Soufflé has them.

mod common;

use common::{columns, rows};
use ingest::batch::Kept;
use ingest::directive;
use runtime::{Rows, Symbols};
use std::collections::BTreeMap;
use std::path::Path;

fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// Reads `R.facts` with this content; the rows, or the message with the directory cut off.
fn read(declaration: &str, pairs: &[(&str, &str)], content: &[u8]) -> Result<Vec<String>, String> {
    let directory = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(directory.path().join("R.facts"), content).expect("written");
    let (columns, symbols, mut kept) = (columns(declaration), Symbols::default(), Kept::default());
    let read = directive::read("R", &columns, &parameters(pairs), directory.path(), &symbols, &mut kept);
    let prefix = format!("{}/", directory.path().display());
    read.map_err(|e| e.to_string().replace(&prefix, ""))?;
    Ok(rows(&kept, "R", &columns, &symbols))
}

#[test]
fn facts_are_tab_separated_without_a_header() {
    let found = read("a: symbol, n: number", &[], b"x y\t-3\r\n\t7\n\"q\"\t0");
    assert_eq!(found.unwrap(), ["x y|-3 @ R.facts:1", "|7 @ R.facts:2", "\"q\"|0 @ R.facts:3"]);
}

#[test]
fn every_type_is_read_in_its_form() {
    let declaration = "u: unsigned, f: float, i: Ip, p: Prefix, m: Mac, t: Time";
    let content = "0xff\t1e3\t2001:DB8::1\t10.1.2.3/8\t001B.213C.4D5E\t1970-01-01T00:00:01Z\n";
    let found = read(declaration, &[], content.as_bytes()).unwrap();
    assert_eq!(found, ["255|1000|2001:db8::1|10.0.0.0/8|00:1b:21:3c:4d:5e|1000000 @ R.facts:1"]);
}

#[test]
fn parameters_say_how_fields_are_delimited() {
    let quoted = [("rfc4180", "true"), ("headers", "true")];
    assert_eq!(read("a: symbol, n: number", &quoted, b"a,n\n\"x,y\",1\n").unwrap(), ["x,y|1 @ R.facts:2"]);
    let bars = [("delimiter", "||")];
    assert_eq!(read("a: symbol, n: number", &bars, b"x|y||1\n").unwrap(), ["x|y|1 @ R.facts:1"]);
    let picked = [("columns", "0:2")];
    assert_eq!(read("a: symbol, n: number", &picked, b"x\tskipped\t1\tmore\n").unwrap(), ["x|1 @ R.facts:1"]);
}

#[test]
fn a_relation_without_columns_holds_if_its_file_says_so() {
    assert_eq!(read("", &[], b"()\n").unwrap(), [" @ R.facts:1"]);
    assert_eq!(read("", &[], b"").unwrap(), [] as [&str; 0]);
    assert_eq!(
        read("", &[], b"x\n").unwrap_err(),
        "R.facts:1:1: expected `()`, the tuple without columns, found \"x\""
    );
}

#[test]
fn a_wrong_arity_names_the_place_where_it_shows() {
    let short = read("a: symbol, b: symbol", &[], b"x\ty\nx\n").unwrap_err();
    assert_eq!(short, "R.facts:2:2: expected 2 columns, found 1");
    let long = read("a: symbol, b: symbol", &[], b"x\ty\tz\n").unwrap_err();
    assert_eq!(long, "R.facts:1:5: expected 2 columns, found 3");
    let empty = read("a: symbol, b: symbol", &[], b"x\ty\n\n").unwrap_err();
    assert_eq!(empty, "R.facts:2:1: expected 2 columns, found 1");
}

#[test]
fn a_value_of_another_type_names_column_and_expectation() {
    let found = read("a: symbol, n: number", &[], "x\t1\né\t2x\n".as_bytes()).unwrap_err();
    assert_eq!(found, "R.facts:2:3: column `n`: expected a number, found \"2x\"");
    let found = read("i: Ip", &[], b"10.0.0\n").unwrap_err();
    let expected = "expected an IPv4 or IPv6 address such as 10.0.0.1 or 2001:db8::1";
    assert_eq!(found, format!("R.facts:1:1: column `i`: {expected}, found \"10.0.0\""));
}

#[test]
fn text_that_is_not_utf8_names_its_place() {
    let found = read("a: symbol, b: symbol", &[], b"x\ty\nx\t\xff\xfe\n").unwrap_err();
    assert_eq!(found, "R.facts:2:3: column `b`: expected text in UTF-8, found \"\u{fffd}\u{fffd}\"");
}

#[test]
fn an_open_quote_names_its_place() {
    let found = read("a: symbol, b: symbol", &[("rfc4180", "true")], b"x,y\nx,\"y\nz,w\n").unwrap_err();
    assert_eq!(found, "R.facts:2:3: quoted field is not closed");
}

#[test]
fn a_missing_file_is_an_error() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let (columns, symbols, mut kept) = (columns("a: symbol"), Symbols::default(), Kept::default());
    let error = directive::read("R", &columns, &parameters(&[]), directory.path(), &symbols, &mut kept).unwrap_err();
    assert!(error.to_string().ends_with("R.facts: No such file or directory (os error 2)"), "{error}");
}

#[test]
fn what_is_not_supported_is_rejected_by_name() {
    let error = read("a: symbol", &[("IO", "sqlite")], b"").unwrap_err();
    assert_eq!(error, ".input R: IO=\"sqlite\" is not supported: use \"file\" or \"stdin\"");
    let error = read("a: symbol", &[("delimeter", ",")], b"").unwrap_err();
    assert!(error.starts_with(".input R: parameter `delimeter` is not one of IO, filename, delimiter"), "{error}");
    let error = read("a: symbol", &[("headers", "yes")], b"").unwrap_err();
    assert_eq!(error, ".input R: expected headers=\"true\" or \"false\", found \"yes\"");
}

/// Writes rows; what stands in the file, and on the standard output.
fn write(declaration: &str, pairs: &[(&str, &str)], rows: &[&[u64]], symbols: &Symbols) -> (String, String) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let columns = columns(declaration);
    let mut flat = Rows::new(columns.len());
    rows.iter().for_each(|row| flat.push(row));
    let mut stdout = Vec::new();
    let path = Some(directory.path());
    directive::write("R", &columns, &parameters(pairs), path, &flat, symbols, &mut stdout).expect("can be written");
    let file = std::fs::read_to_string(directory.path().join("R.csv")).unwrap_or_default();
    (file, String::from_utf8(stdout).expect("is text"))
}

#[test]
fn output_is_tab_separated_and_sorted_by_value() {
    let symbols = Symbols::default();
    let [b, a] = ["b", "a\"x"].map(|s| symbols.intern(s));
    let rows: [&[u64]; 4] = [&[b, 2], &[a, 10], &[a, -3_i64 as u64], &[b, 2 << 40]];
    let (file, _) = write("s: symbol, n: number", &[], &rows, &symbols);
    assert_eq!(file, "a\"x\t-3\na\"x\t10\nb\t2\nb\t2199023255552\n");
    let (file, _) = write("s: symbol, n: number", &[("rfc4180", "true"), ("headers", "true")], &rows[..2], &symbols);
    assert_eq!(file, "s,n\n\"a\"\"x\",10\n\"b\",2\n");
}

#[test]
fn floats_have_the_seventeen_digits_that_souffle_prints() {
    let values = [0.1, 1.0, 1e17, -2.5e-5, 123456789.123, 1e16, f64::INFINITY, -0.0, 0.0001];
    let rows: Vec<[u64; 1]> = values.iter().map(|x: &f64| [x.to_bits()]).collect();
    let rows: Vec<&[u64]> = rows.iter().map(|r| r.as_slice()).collect();
    let (file, _) = write("f: float", &[], &rows, &Symbols::default());
    let expected = "-2.5000000000000001e-05\n-0\n0.0001\n0.10000000000000001\n1\n123456789.123\n10000000000000000\n\
                    1e+17\ninf\n";
    assert_eq!(file, expected);
}

#[test]
fn the_standard_output_has_a_frame() {
    let (file, stdout) = write("n: number", &[("IO", "stdout")], &[&[2], &[1]], &Symbols::default());
    assert_eq!((file.as_str(), stdout.as_str()), ("", "---------------\nR\n===============\n1\n2\n===============\n"));
    let (_, stdout) = write("n: number", &[("IO", "stdoutprintsize")], &[&[2], &[1]], &Symbols::default());
    assert_eq!(stdout, "R\t2\n");
}

#[test]
fn a_tuple_without_columns_is_a_pair_of_parentheses() {
    assert_eq!(write("", &[], &[&[]], &Symbols::default()).0, "()\n");
    assert_eq!(write("", &[], &[], &Symbols::default()).0, "");
}

#[test]
fn what_is_written_compressed_is_read_back() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let (columns, symbols) = (columns("n: number"), Symbols::default());
    let mut flat = Rows::new(1);
    flat.push(&[7]);
    let compressed = parameters(&[("compress", "true"), ("filename", "R.facts")]);
    let path = directory.path();
    directive::write("R", &columns, &compressed, Some(path), &flat, &symbols, &mut Vec::new()).unwrap();
    assert_eq!(std::fs::read(path.join("R.facts")).unwrap()[..2], [0x1f, 0x8b]);
    let mut kept = Kept::default();
    directive::read("R", &columns, &parameters(&[]), path, &symbols, &mut kept).unwrap();
    assert_eq!(rows(&kept, "R", &columns, &symbols), ["7 @ R.facts:1"]);
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let columns = columns("n: number");
    let nowhere = Some(Path::new("/nonexistent/directory"));
    let symbols = Symbols::default();
    let error = directive::write("R", &columns, &parameters(&[]), nowhere, &Rows::new(1), &symbols, &mut Vec::new());
    assert!(error.unwrap_err().to_string().starts_with("/nonexistent/directory/R.csv: "));
}
