//! `.input` and `.output` as Soufflé has them.

mod common;

use common::{columns, input, output, rows};
use runtime::{Rows, Symbols};
use std::path::Path;

/// Reads `R.facts` with this content; the rows, or the message with the directory cut off.
fn read(declaration: &str, pairs: &[(&str, &str)], content: &[u8]) -> Result<Vec<String>, String> {
    read_with_notes(declaration, pairs, content).map(|(rows, _)| rows)
}

fn read_with_notes(
    declaration: &str,
    pairs: &[(&str, &str)],
    content: &[u8],
) -> Result<(Vec<String>, Vec<String>), String> {
    let directory = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(directory.path().join("R.facts"), content).expect("written");
    let (columns, symbols) = (columns(declaration), Symbols::default());
    let prefix = format!("{}/", directory.path().display());
    let (read, kept) =
        input(&columns, pairs, directory.path(), 2, &symbols).map_err(|e| e.to_string().replace(&prefix, ""))?;
    let notes = read.notes.iter().map(|note| note.replace(&prefix, "")).collect();
    Ok((rows(&kept, "R", &columns, &symbols), notes))
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
    let picked = [("columns", "2:0")];
    assert_eq!(read("a: symbol, n: number", &picked, b"1\tskipped\tx\n").unwrap(), ["x|1 @ R.facts:1"]);
    for wrong in ["0", "0:0", "0:1:2", "0:x", ""] {
        let error = read("a: symbol, n: number", &[("columns", wrong)], b"").unwrap_err();
        assert_eq!(error, ".input R: expected columns=\"…\" with 2 different numbers joined by colons");
    }
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
    let empty = read("a: symbol, b: symbol", &[], b"x\ty\n\n").unwrap_err();
    assert_eq!(empty, "R.facts:2:1: expected 2 columns, found 1");
}

#[test]
fn fields_that_nobody_asked_for_are_passed_over_and_told() {
    let (rows, notes) = read_with_notes("a: symbol, n: number", &[], b"x\t1\nx\t2\tmore\n").unwrap();
    assert_eq!(rows, ["x|1 @ R.facts:1", "x|2 @ R.facts:2"]);
    assert_eq!(notes, ["R.facts: 1 line has more than 2 fields; what is behind is passed over"]);
    let (rows, notes) = read_with_notes("u: unsigned", &[], b"1\t2\n0x1f\t2\t3\n").unwrap();
    assert_eq!(rows, ["1 @ R.facts:1", "31 @ R.facts:2"]);
    assert_eq!(notes, ["R.facts: 2 lines have more than 1 field; what is behind is passed over"]);
}

#[test]
fn blanks_may_stand_before_numbers_and_not_behind() {
    assert_eq!(read("n: number, f: float", &[], b" 1\t  2.5\n").unwrap(), ["1|2.5 @ R.facts:1"]);
    assert_eq!(
        read("n: number", &[], b"1 \n").unwrap_err(),
        "R.facts:1:1: column `n`: expected a number, found \"1 \""
    );
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
    let error = input(&columns("a: symbol"), &[], directory.path(), 1, &Symbols::default()).unwrap_err();
    assert!(error.to_string().ends_with("R.facts: No such file or directory (os error 2)"), "{error}");
}

#[test]
fn what_is_not_supported_is_rejected_by_name() {
    let error = read("a: symbol", &[("IO", "printer")], b"").unwrap_err();
    let known = "`file`, `stdin`, `jsonfile`, `json`, `sqlite`";
    assert_eq!(error, format!(".input R: IO=\"printer\" is not supported: it is one of {known}"));
    let error = read("a: symbol", &[("headers", "yes")], b"").unwrap_err();
    assert_eq!(error, ".input R: expected headers=true or headers=false, found \"yes\"");
    let error = read("a: symbol", &[("rfc4180", "true"), ("delimiter", "\"")], b"").unwrap_err();
    assert_eq!(error, ".input R: \"\\\"\" cannot be a delimiter here");
}

/// Reads `R.json` with this content.
fn read_json(declaration: &str, content: &str) -> Result<Vec<String>, String> {
    read(declaration, &[("IO", "jsonfile"), ("filename", "R.facts")], content.as_bytes())
}

#[test]
fn json_holds_arrays_or_objects() {
    let found = read_json("a: symbol, n: number", "[[\"x\", 1],\n{\"n\": \"-2\", \"a\": \"\\u00e9\"}]\n").unwrap();
    assert_eq!(found, ["x|1 @ R.facts:1", "é|-2 @ R.facts:2"]);
    assert_eq!(read_json("a: symbol", "[]").unwrap(), [] as [&str; 0]);
    assert_eq!(read_json("", "[null\n]\n").unwrap(), [" @ R.facts:1"]);
}

#[test]
fn json_that_is_wrong_names_its_place() {
    let message = |content| read_json("a: symbol, n: number", content).unwrap_err();
    assert_eq!(message("[[\"x\", 1],\n[\"y\"]]"), "R.facts:2:6: expected 2 columns, found 1");
    assert_eq!(message("[[1, 1]]"), "R.facts:1:8: column `a`: expected a string, found 1");
    assert_eq!(message("[[\"x\", 1.5]]"), "R.facts:1:12: column `n`: expected a number, found 1.5");
    assert_eq!(message("[{\"a\": \"x\"}]"), "R.facts:1:12: column `n` is missing");
    assert_eq!(message("[{\"a\": \"x\", \"m\": 1, \"n\": 1}]"), "R.facts:1:28: `m` is not the name of a column");
    assert_eq!(message("[[\"x\", 1]"), "R.facts:1:9: EOF while parsing a list");
    assert_eq!(message("{}"), "R.facts:1:1: invalid type: map, expected an array of tuples");
}

/// Writes rows; what stands in the file, and on the standard output.
fn write(declaration: &str, pairs: &[(&str, &str)], rows: &[&[u64]], symbols: &Symbols) -> (String, String) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let columns = columns(declaration);
    let mut flat = Rows::new(columns.len());
    rows.iter().for_each(|row| flat.push(row));
    let stdout = output(&columns, pairs, Some(directory.path()), &flat, symbols).expect("can be written");
    let written = |ending| std::fs::read_to_string(directory.path().join(format!("R.{ending}"))).ok();
    (written("csv").or(written("json")).unwrap_or_default(), stdout)
}

#[test]
fn json_is_written_as_souffle_does() {
    let symbols = Symbols::default();
    let a = symbols.intern("a\"\n");
    let rows: [&[u64]; 2] = [&[a, 2, 1.5_f64.to_bits()], &[a, 1, f64::NAN.to_bits()]];
    let declaration = "s: symbol, n: number, f: float";
    let (file, stdout) = write(declaration, &[("IO", "jsonfile")], &rows, &symbols);
    assert_eq!(stdout, "");
    assert_eq!(file, "[[\"a\\\"\\n\", 1, \"NaN\"],\n[\"a\\\"\\n\", 2, 1.5]]\n");
    let (_, stdout) = write(declaration, &[("IO", "json"), ("format", "object")], &rows[..1], &symbols);
    assert_eq!(stdout, "[{\"s\": \"a\\\"\\n\", \"n\": 2, \"f\": 1.5}]\n");
    assert_eq!(write("", &[("IO", "jsonfile")], &[&[]], &symbols).0, "[null\n]\n");
    assert_eq!(write("", &[("IO", "jsonfile")], &[], &symbols).0, "[]\n");
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
fn names_can_be_given() {
    let named = [("IO", "stdout"), ("name", "S"), ("headers", "true"), ("attributeNames", "the number")];
    let (_, stdout) = write("n: number", &named, &[&[1]], &Symbols::default());
    assert_eq!(stdout, "---------------\nS\nthe number\n===============\n1\n===============\n");
}

#[test]
fn what_is_written_compressed_is_read_back() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let (columns, symbols) = (columns("n: number"), Symbols::default());
    let flat = Rows::from_words(1, 1, vec![7]);
    let compressed = [("compress", "true"), ("filename", "R.facts")];
    let path = directory.path();
    output(&columns, &compressed, Some(path), &flat, &symbols).unwrap();
    assert_eq!(std::fs::read(path.join("R.facts")).unwrap()[..2], [0x1f, 0x8b]);
    let (_, kept) = input(&columns, &[], path, 1, &symbols).unwrap();
    assert_eq!(rows(&kept, "R", &columns, &symbols), ["7 @ R.facts:1"]);
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let nowhere = Some(Path::new("/nonexistent/directory"));
    let error = output(&columns("n: number"), &[], nowhere, &Rows::new(1), &Symbols::default());
    assert!(error.unwrap_err().to_string().starts_with("/nonexistent/directory/R.csv: "));
}

#[test]
fn new_symbols_are_numbered_in_the_order_of_the_file_whatever_the_workers_do() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let texts: Vec<String> = (0..300_000).map(|i| format!("{}\tn{}\n", i * 79 % 100_003, i % 1000)).collect();
    std::fs::write(directory.path().join("R.facts"), texts.concat()).expect("written");
    let columns = columns("a: symbol, b: symbol");
    let of = |workers| {
        let symbols = Symbols::default();
        let (read, kept) = input(&columns, &[], directory.path(), workers, &symbols).unwrap();
        let (rows, origins) = &kept.relations["R"];
        assert_eq!((read.facts, origins[299_999].record), (300_000, 300_000));
        assert_eq!(symbols.text(rows.get(299_999)[1]), "n999");
        rows.words().to_vec()
    };
    let one = of(1);
    assert_eq!(one[..4], [0, 1, 2, 3]);
    assert!(of(2) == one && of(3) == one);
}
