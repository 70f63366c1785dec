//! Fact files of a program that stands alone: delimited text, as Soufflé reads and writes it.

use super::value::{Float, Kind, Symbol, Value};
use std::fmt::Write as _;
use std::io::{self, Write};

/// How a file is cut into fields.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Stands between two fields.
    pub delimiter: &'static str,
    /// Whether a field may be quoted, as in RFC 4180, and symbols are.
    pub quoted: bool,
    /// Whether the first line names the columns.
    pub header: bool,
}

/// The rows of a text; an error says in which line, from 1, and why. `fields` says which field holds each column.
pub fn read(text: &str, format: &Format, kinds: &[Kind], fields: &[usize]) -> Result<Vec<Vec<Value>>, String> {
    let mut rows = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let (record, behind) = record(rest, format).map_err(|reason| format!("line {line}: {reason}"))?;
        if !format.header || line > 1 {
            let row = row(&record, kinds, fields).map_err(|reason| format!("line {line}: {reason}"))?;
            rows.push(row);
        }
        line += rest[..rest.len() - behind.len()].matches('\n').count();
        rest = behind;
    }
    Ok(rows)
}

/// The fields of the first record of a text, and the text behind it.
fn record<'t>(text: &'t str, format: &Format) -> Result<(Vec<String>, &'t str), String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) if format.quoted => quoted_field(quoted)?,
            _ => plain_field(rest, format)?,
        };
        fields.push(field);
        match behind.strip_prefix(format.delimiter) {
            Some(next) => rest = next,
            None => {
                let end = behind.strip_prefix("\r\n").or(behind.strip_prefix('\n'));
                let end = end.or(behind.is_empty().then_some(behind));
                return Ok((fields, end.ok_or("expected the delimiter after a quoted field")?));
            }
        }
    }
}

fn quoted_field(mut rest: &str) -> Result<(String, &str), String> {
    let mut field = String::new();
    loop {
        let (part, behind) = rest.split_once('"').ok_or("quoted field is not closed")?;
        field += part;
        match behind.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Ok((field, behind)),
        }
    }
}

/// A field without quotes. A comma within brackets does not delimit it.
fn plain_field<'t>(text: &'t str, format: &Format) -> Result<(String, &'t str), String> {
    let line = text.split('\n').next().unwrap_or(text);
    let line = if line.len() < text.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
    let brackets = !format.quoted && format.delimiter.contains(',');
    let mut depth = 0_usize;
    let mut end = line.len();
    for (at, c) in line.char_indices() {
        if depth == 0 && line[at..].starts_with(format.delimiter) {
            end = at;
            break;
        }
        match c {
            '[' if brackets => depth += 1,
            ']' if brackets => depth = depth.checked_sub(1).ok_or("expected `[` before `]`")?,
            _ => {}
        }
    }
    if depth > 0 {
        return Err("expected `]` after `[`".to_owned());
    }
    Ok((line[..end].to_owned(), &text[end..]))
}

fn row(record: &[String], kinds: &[Kind], fields: &[usize]) -> Result<Vec<Value>, String> {
    // A relation without columns has one tuple at most, which is written `()`.
    let value = |(kind, field): (&Kind, &usize)| {
        let text =
            record.get(*field).ok_or_else(|| format!("expected {} fields, found {}", field + 1, record.len()))?;
        value(text, *kind).ok_or_else(|| format!("`{text}` is no {kind:?}").to_lowercase())
    };
    kinds.iter().zip(fields).map(value).collect()
}

/// A field as a value. There may be blanks before a number and none behind it.
fn value(text: &str, kind: Kind) -> Option<Value> {
    let number = text.trim_ascii_start();
    match kind {
        Kind::Symbol => Some(Value::Symbol(Symbol::new(text))),
        // What its fields are is not known here.
        Kind::Record => None,
        Kind::Number => number.parse().ok().map(Value::Number),
        Kind::Unsigned => {
            let based = |prefix, base| {
                let digits: &str = number.strip_prefix(prefix)?;
                if digits.starts_with('+') { None } else { u64::from_str_radix(digits, base).ok() }
            };
            based("0x", 16).or_else(|| based("0b", 2)).or_else(|| number.parse().ok()).map(Value::Unsigned)
        }
        Kind::Float => {
            let float: f64 = number.parse().ok()?;
            // `inf` is a float; digits that only round to it are out of range.
            let fits = float.is_finite() || !number.bytes().any(|byte| byte.is_ascii_digit());
            fits.then_some(Value::Float(Float::new(float)))
        }
    }
}

/// Writes rows, one a line.
pub fn write(out: &mut dyn Write, rows: &[Vec<Value>], format: &Format) -> io::Result<()> {
    let mut line = String::new();
    for row in rows {
        line.clear();
        if row.is_empty() {
            line += "()";
        }
        for (place, value) in row.iter().enumerate() {
            line += if place == 0 { "" } else { format.delimiter };
            match value {
                Value::Symbol(symbol) if format.quoted => {
                    let _ = write!(line, "\"{}\"", symbol.text().replace('"', "\"\""));
                }
                Value::Float(float) => line += &seventeen_digits(float.get()),
                value => {
                    let _ = write!(line, "{value}");
                }
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// A float with 17 significant digits, without zeros at the end: C's `%.17g`.
fn seventeen_digits(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{x:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = match exponent {
        -4..17 => format!("{x:.*}", (16 - exponent).max(0) as usize),
        _ => mantissa.to_owned(),
    };
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    match exponent {
        ..-4 => format!("{digits}e-{:02}", -exponent),
        -4..17 => digits.to_owned(),
        17.. => format!("{digits}e+{exponent:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABS: Format = Format { delimiter: "\t", quoted: false, header: false };
    const CSV: Format = Format { delimiter: ",", quoted: true, header: true };

    fn there_and_back(text: &str, format: &Format, kinds: &[Kind]) -> Result<String, String> {
        let rows = read(text, format, kinds, &(0..kinds.len()).collect::<Vec<_>>())?;
        let mut out = Vec::new();
        write(&mut out, &rows, format).expect("memory takes it");
        Ok(String::from_utf8(out).expect("it was text"))
    }

    #[test]
    fn rows_are_read_and_written() {
        let kinds = [Kind::Symbol, Kind::Number, Kind::Float];
        assert_eq!(
            there_and_back("a b\t-1\t0.5\r\nc\t 2\t1e300", &TABS, &kinds).as_deref(),
            Ok("a b\t-1\t0.5\nc\t2\t1.0000000000000001e+300\n")
        );
        assert_eq!(
            there_and_back("x,y\n\"a \"\"b\"\", c\",0x1f\n", &CSV, &[Kind::Symbol, Kind::Unsigned]).as_deref(),
            Ok("\"a \"\"b\"\", c\",31\n")
        );
        assert_eq!(there_and_back("()\n", &TABS, &[]).as_deref(), Ok("()\n"));
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_line() {
        let told = |text, format, kinds| there_and_back(text, format, kinds).unwrap_err();
        assert_eq!(told("1\n2x\n", &TABS, &[Kind::Number]), "line 2: `2x` is no number");
        assert_eq!(told("1\n", &TABS, &[Kind::Number, Kind::Number]), "line 1: expected 2 fields, found 1");
        assert_eq!(told("x\n\"a\nb\"\n\"c", &CSV, &[Kind::Symbol]), "line 4: quoted field is not closed");
    }

    #[test]
    fn a_comma_within_brackets_does_not_delimit() {
        let commas = Format { delimiter: ",", ..TABS };
        assert_eq!(there_and_back("[1, 2],3\n", &commas, &[Kind::Symbol, Kind::Number]).as_deref(), Ok("[1, 2],3\n"));
        assert!(there_and_back("[1, 2\n", &commas, &[Kind::Symbol]).is_err());
    }
}
