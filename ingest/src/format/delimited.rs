//! Delimited text: what Soufflé writes (fields between delimiters, nothing quoted) and RFC 4180 (`"…"` around a field
//! that holds delimiters, quotes as `""`, or line ends).
//!
//! Own code where the `csv` crate exists: every field must know its place for messages, an open quote must be an error
//! and not swallow the rest of the file, delimiters may be longer than a byte, and this is the path of the big files.

use super::lines::{LONGEST, Lines, without_end};
use super::{Fault, shown};
use crate::Error;
use crate::error::Place;

/// How records are cut into fields.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    /// Stands between two fields; not empty, and without a quote if `quoted`.
    pub delimiter: Vec<u8>,
    /// Whether a field may be quoted (RFC 4180).
    pub quoted: bool,
}

impl Format {
    /// Soufflé's default: tabs, no quotes.
    pub(crate) fn tabs() -> Format {
        Format { delimiter: b"\t".to_vec(), quoted: false }
    }

    /// RFC 4180 with commas.
    pub(crate) fn rfc4180() -> Format {
        Format { delimiter: b",".to_vec(), quoted: true }
    }
}

/// One field of a record.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// Where it starts in the record, its quote included.
    at: usize,
    /// Its content, in the record; in `unescaped` if it held a `""`.
    from: usize,
    to: usize,
    escaped: bool,
}

/// A delimited file, record by record.
pub(crate) struct Records {
    lines: Lines,
    format: Format,
    fields: Vec<Field>,
    unescaped: Vec<u8>,
}

/// One record; lives until the next is read.
pub(crate) struct Record<'a> {
    line: usize,
    bytes: &'a [u8],
    records: &'a Records,
}

impl Records {
    pub(crate) fn new(lines: Lines, format: Format) -> Records {
        Records { lines, format, fields: Vec::new(), unescaped: Vec::new() }
    }

    /// The number of the line that comes next.
    pub(crate) fn line(&self) -> usize {
        self.lines.number()
    }

    /// The next record; none after the last. A malformed one is passed over when the next is read.
    pub(crate) fn next(&mut self) -> Result<Option<Result<Record<'_>, Fault>>, Error> {
        let Some(mut length) = self.lines.peek(0)? else { return Ok(None) };
        let first = self.lines.number();
        let (mut count, first_length) = (1, length);
        let mut cut = Cut::default();
        self.fields.clear();
        self.unescaped.clear();
        let result = loop {
            let bytes = without_end(self.lines.bytes(length));
            match cut.run(&self.format, bytes, &mut self.fields, &mut self.unescaped) {
                Ok(true) => break Ok(bytes.len()),
                Ok(false) => {
                    // A quote is still open: the line end belongs to the field.
                    let more = if length < LONGEST / 2 { self.lines.peek(length)? } else { None };
                    if let Some(longer) = more {
                        (length, count) = (longer, count + 1);
                        continue;
                    }
                    let at = place(first, self.lines.bytes(length), cut.field);
                    // Only the line on which the quote opens is lost.
                    (length, count) = (first_length, 1);
                    let reason = "quoted field is not closed".to_owned();
                    break Err(Fault { place: at, reason, found: String::new() });
                }
                Err((at, reason)) => {
                    let found = shown(&bytes[cut.field..(cut.field + 200).min(bytes.len())]);
                    break Err(Fault { place: place(first, bytes, at), reason: reason.to_owned(), found });
                }
            }
        };
        let start = self.lines.position();
        self.lines.skip(length, count);
        Ok(Some(result.map(|end| Record { line: first, bytes: self.lines.slice(start, end), records: self })))
    }
}

/// How far a record has been cut into fields.
#[derive(Default)]
struct Cut {
    /// Where the present field starts.
    field: usize,
    /// Where to go on within a quoted field; 0 outside.
    inside: usize,
    /// Where the content of the present field starts in `unescaped`, if it held a `""`.
    escaped: Option<usize>,
    /// What of the present field is copied to `unescaped`, in the record.
    copied: usize,
}

impl Cut {
    /// Cuts what is there; false if it ends within quotes and more is needed. An error is a place and a reason.
    fn run(
        &mut self,
        format: &Format,
        bytes: &[u8],
        fields: &mut Vec<Field>,
        unescaped: &mut Vec<u8>,
    ) -> Result<bool, (usize, &'static str)> {
        loop {
            let (at, end);
            if self.inside > 0 || (format.quoted && bytes.get(self.field) == Some(&b'"')) {
                let Some(field) = self.quoted(bytes, unescaped) else { return Ok(false) };
                fields.push(field);
                (at, end) = (self.inside, self.inside);
                if end < bytes.len() && !bytes[end..].starts_with(&format.delimiter) {
                    return Err((at, "expected the delimiter after a quoted field"));
                }
                self.inside = 0;
                self.escaped = None;
            } else {
                at = self.field;
                end = plain(format, bytes, at)?;
                fields.push(Field { at, from: at, to: end, escaped: false });
            }
            if end == bytes.len() {
                return Ok(true);
            }
            self.field = end + format.delimiter.len();
        }
    }

    /// A quoted field, from where it was left; none if its closing quote is not there yet. `inside` is then where to go
    /// on, else one past the closing quote.
    fn quoted(&mut self, bytes: &[u8], unescaped: &mut Vec<u8>) -> Option<Field> {
        if self.inside == 0 {
            self.inside = self.field + 1;
            self.copied = self.inside;
        }
        loop {
            let Some(quote) = memchr::memchr(b'"', &bytes[self.inside..]).map(|i| self.inside + i) else {
                self.inside = bytes.len();
                return None;
            };
            self.inside = quote + 1;
            if bytes.get(quote + 1) == Some(&b'"') {
                self.escaped.get_or_insert(unescaped.len());
                unescaped.extend_from_slice(&bytes[self.copied..=quote]);
                self.inside = quote + 2;
                self.copied = quote + 2;
                continue;
            }
            return Some(match self.escaped {
                None => Field { at: self.field, from: self.field + 1, to: quote, escaped: false },
                Some(from) => {
                    unescaped.extend_from_slice(&bytes[self.copied..quote]);
                    Field { at: self.field, from, to: unescaped.len(), escaped: true }
                }
            });
        }
    }
}

/// The end of the unquoted field that starts at `at`. As in Soufflé, a comma within brackets is not a delimiter, unless
/// fields are quoted.
fn plain(format: &Format, bytes: &[u8], at: usize) -> Result<usize, (usize, &'static str)> {
    let rest = &bytes[at..];
    let next = |from: usize| match format.delimiter.as_slice() {
        [byte] => memchr::memchr(*byte, &rest[from..]),
        delimiter => memchr::memmem::find(&rest[from..], delimiter),
    };
    let Some(mut end) = next(0) else { return Ok(bytes.len()) };
    if format.quoted || !format.delimiter.contains(&b',') {
        return Ok(at + end);
    }
    let (mut depth, mut seen) = (0_usize, 0);
    loop {
        for (i, byte) in rest[seen..end].iter().enumerate() {
            match byte {
                b'[' => depth += 1,
                b']' if depth == 0 => return Err((at + seen + i, "expected `[` before `]`")),
                b']' => depth -= 1,
                _ => {}
            }
        }
        if depth == 0 {
            return Ok(at + end);
        }
        if end == rest.len() {
            return Err((at, "expected `]` after `[`"));
        }
        seen = end;
        end = next(end + 1).map_or(rest.len(), |more| end + 1 + more);
    }
}

/// Line and column of a byte of a record that starts on the line `first`.
fn place(first: usize, bytes: &[u8], at: usize) -> Place {
    let before = &bytes[..at.min(bytes.len())];
    let line = first + memchr::memchr_iter(b'\n', before).count();
    let last = memchr::memrchr(b'\n', before).map_or(before, |i| &before[i + 1..]);
    Place { line, column: String::from_utf8_lossy(last).chars().count() + 1 }
}

impl<'a> Record<'a> {
    /// The line on which the record starts.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// The number of fields; a line without anything has one, which is empty.
    pub(crate) fn len(&self) -> usize {
        self.records.fields.len()
    }

    /// The content of a field.
    pub(crate) fn get(&self, field: usize) -> &'a [u8] {
        let Field { from, to, escaped, .. } = self.records.fields[field];
        if escaped { &self.records.unescaped[from..to] } else { &self.bytes[from..to] }
    }

    /// Where a field starts; the end of the record for one that is missing.
    pub(crate) fn place(&self, field: usize) -> Place {
        let at = self.records.fields.get(field).map_or(self.bytes.len(), |f| f.at);
        place(self.line, self.bytes, at)
    }

    /// The whole record.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use std::path::Path;

    /// Records as fields joined by `|`, faults as their message with place.
    fn cut(format: Format, text: &str) -> Vec<String> {
        let lines = Lines::new(Path::new("t"), Box::new(Cursor::new(text.as_bytes().to_vec())));
        let mut records = Records::new(lines, format);
        let mut found = Vec::new();
        while let Some(record) = records.next().unwrap() {
            found.push(match record {
                Ok(r) => (0..r.len()).map(|i| String::from_utf8_lossy(r.get(i))).collect::<Vec<_>>().join("|"),
                Err(f) => format!("{}:{}: {}", f.place.line, f.place.column, f.message()),
            });
        }
        found
    }

    #[test]
    fn tabs_delimit_and_quotes_are_text() {
        assert_eq!(cut(Format::tabs(), "a\t\"b\n\t\n\nc"), ["a|\"b", "|", "", "c"]);
    }

    #[test]
    fn a_delimiter_may_be_longer_than_a_byte() {
        let format = Format { delimiter: b"::".to_vec(), quoted: false };
        assert_eq!(cut(format, "a::b:c::\n"), ["a|b:c|"]);
    }

    #[test]
    fn commas_within_brackets_do_not_delimit() {
        let format = || Format { delimiter: b",".to_vec(), quoted: false };
        assert_eq!(cut(format(), "a,[1,[2,3]],b\n"), ["a|[1,[2,3]]|b"]);
        assert_eq!(cut(format(), "[1,2]\n"), ["[1,2]"]);
        assert_eq!(cut(format(), "x,[1,2\ny,z\n"), ["1:3: expected `]` after `[`, found \"[1,2\"", "y|z"]);
        assert_eq!(cut(format(), "x],y\n"), ["1:2: expected `[` before `]`, found \"x],y\""]);
    }

    #[test]
    fn quoted_fields_hold_delimiters_quotes_and_line_ends() {
        let text = "\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\nx,5\" disk\n";
        assert_eq!(cut(Format::rfc4180(), text), ["a,b|say \"hi\"", "two\nlines|", "x|5\" disk"]);
    }

    #[test]
    fn an_open_quote_costs_its_line_and_not_the_rest() {
        let text = "a,b\nc,\"open\nd,e\n";
        assert_eq!(cut(Format::rfc4180(), text), ["a|b", "2:3: quoted field is not closed", "d|e"]);
    }

    #[test]
    fn text_after_a_closing_quote_is_a_fault() {
        let text = "é,\"b\"c,d\ne,f\n";
        let fault = "1:6: expected the delimiter after a quoted field, found \"\\\"b\\\"c,d\"";
        assert_eq!(cut(Format::rfc4180(), text), [fault, "e|f"]);
    }

    #[test]
    fn a_field_within_a_record_of_several_lines_has_its_own_line() {
        let lines = Lines::new(Path::new("t"), Box::new(Cursor::new(b"x\n\"1\n2\",ab,c\n".to_vec())));
        let mut records = Records::new(lines, Format::rfc4180());
        records.next().unwrap();
        let record = records.next().unwrap().unwrap().unwrap();
        assert_eq!(record.line(), 2);
        assert_eq!(record.place(1), Place { line: 3, column: 4 });
        assert_eq!(record.place(9), Place { line: 3, column: 8 });
    }
}
