//! `.output` and `.printsize`

use super::options::Options;
use crate::format::delimited::Format;
use crate::{Error, order};
use compiler::program::Column;
use runtime::{Rows, Symbols, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

const KNOWN: &[&str] = &["IO", "filename", "delimiter", "rfc4180", "headers", "output-dir", "compress"];

/// Writes the tuples of a relation where an `.output` directive wants them: by default in a file of the directory, or on
/// `stdout` if there is no directory.
pub fn write(
    relation: &str,
    columns: &[Column],
    parameters: &BTreeMap<String, String>,
    directory: Option<&Path>,
    rows: &Rows,
    symbols: &Symbols,
    stdout: &mut dyn Write,
) -> Result<(), Error> {
    let options = Options::new(".output", relation, parameters, KNOWN)?;
    let format = options.format()?;
    let delimiter = String::from_utf8_lossy(&format.delimiter).into_owned();
    let header = match options.flag("headers")? {
        true => Some(columns.iter().map(|c| &*c.name).collect::<Vec<_>>().join(&delimiter)),
        false => None,
    };
    let body = |out: &mut dyn Write| tuples(out, columns, rows, symbols, &format);
    let directory = options.text("output-dir").map(Path::new).or(directory);
    match (options.text("IO").unwrap_or("file"), directory) {
        ("stdoutprintsize", _) => print_size(relation, rows.len(), stdout),
        ("stdout", _) | ("file", None) => {
            let mut framed = || -> io::Result<()> {
                writeln!(stdout, "---------------\n{relation}")?;
                if let Some(header) = &header {
                    writeln!(stdout, "{header}")?;
                }
                writeln!(stdout, "===============")?;
                body(stdout)?;
                writeln!(stdout, "===============")
            };
            framed().map_err(|e| Error::io(Path::new("<stdout>"), e))
        }
        ("file", Some(directory)) => {
            let compress = options.text("compress").is_some();
            let ending = if compress { ".csv.gz" } else { ".csv" };
            let name = options.text("filename").map_or_else(|| format!("{relation}{ending}"), str::to_owned);
            let path = directory.join(name);
            let save = || -> io::Result<()> {
                let mut out = io::BufWriter::new(File::create(&path)?);
                let whole = |out: &mut dyn Write| {
                    header.iter().try_for_each(|header| writeln!(out, "{header}"))?;
                    body(out)
                };
                if compress {
                    let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::default());
                    whole(&mut encoder)?;
                    encoder.finish()?;
                } else {
                    whole(&mut out)?;
                }
                out.flush()
            };
            save().map_err(|e| Error::io(&path, e))
        }
        (other, _) => Err(options.error(format!("IO={other:?} is not supported: use \"file\" or \"stdout\""))),
    }
}

/// Prints what `.printsize` asks for: the name and the number of tuples.
pub fn print_size(relation: &str, count: usize, stdout: &mut dyn Write) -> Result<(), Error> {
    writeln!(stdout, "{relation}\t{count}").map_err(|e| Error::io(Path::new("<stdout>"), e))
}

/// One tuple a line, sorted: numbers by size, symbols by their text.
fn tuples(out: &mut dyn Write, columns: &[Column], rows: &Rows, symbols: &Symbols, format: &Format) -> io::Result<()> {
    if columns.is_empty() {
        return if rows.is_empty() { Ok(()) } else { out.write_all(b"()\n") };
    }
    let value = |row: usize, column: usize| Value::of(rows.get(row)[column], columns[column].ty.primitive, symbols);
    for row in order::sorted(rows, columns, symbols) {
        for column in 0..columns.len() {
            if column > 0 {
                out.write_all(&format.delimiter)?;
            }
            match value(row, column) {
                Value::Float(x) => out.write_all(seventeen_digits(x).as_bytes())?,
                // Soufflé quotes every symbol, but escapes quotes so that it cannot read them back; this is RFC 4180.
                Value::Symbol(s) if format.quoted => write!(out, "\"{}\"", s.replace('"', "\"\""))?,
                other => write!(out, "{other}")?,
            }
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A float as Soufflé writes it: 17 significant digits, without trailing zeros (`%.17g`).
fn seventeen_digits(x: f64) -> String {
    if x.is_nan() {
        return if x.is_sign_negative() { "-nan".to_owned() } else { "nan".to_owned() };
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    let scientific = format!("{x:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if (-4..17).contains(&exponent) {
        trimmed(&format!("{x:.*}", (16 - exponent).max(0) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
    }
}
