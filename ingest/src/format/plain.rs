//! The plain case, at the speed of the disk: a block of lines whose fields are unquoted numbers and symbols goes straight
//! into words, and its symbols are looked up together.
//!
//! Whatever is not plain (a quote, a form such as `0x1f`, a fault) makes [`Plain::parse`] give up on the block, and
//! [`super::rows`] reads it again, field by field, with places for messages. So this module needs to know no message,
//! and must only never accept what that one reads otherwise.

use super::delimited::Format;
use compiler::program::Column;
use compiler::value::{Form, Primitive};
use runtime::Symbols;

/// How the lines of a relation's file become words.
pub(crate) struct Plain {
    delimiter: u8,
    /// Bytes that make a block not plain.
    odd: Option<(u8, u8)>,
    /// The fields up to the last that is used, in the order of the file.
    fields: Vec<Field>,
    arity: usize,
}

/// One field of a line: the column that it fills, if any.
#[derive(Clone, Copy)]
enum Field {
    Skipped,
    Number(usize),
    Unsigned(usize),
    Float(usize),
    Symbol(usize),
}

/// The rows of a block.
pub(crate) struct Parsed {
    /// The columns, one row after the other.
    pub words: Vec<u64>,
    /// The number of rows; as many as the block has lines.
    pub count: usize,
    /// Symbols that had no number: which of the words they are, and where they stand in the block.
    pub unknown: Vec<(usize, std::ops::Range<usize>)>,
    /// Lines with more fields than are used.
    pub wider: usize,
}

impl Plain {
    /// How to read records of these columns, each in the field given; none if no block of theirs is plain.
    pub(crate) fn new(columns: &[Column], fields: &[usize], format: &Format) -> Option<Plain> {
        let [delimiter] = format.delimiter[..] else { return None };
        if columns.is_empty() || delimiter.is_ascii_alphanumeric() || b"+-.\r".contains(&delimiter) {
            return None;
        }
        let odd = match (format.quoted, delimiter) {
            (true, _) => Some((b'"', b'"')),
            // A comma within brackets does not delimit.
            (false, b',') => Some((b'[', b']')),
            (false, _) => None,
        };
        let mut plain = Plain { delimiter, odd, fields: Vec::new(), arity: columns.len() };
        plain.fields.resize(fields.iter().max()? + 1, Field::Skipped);
        for (number, (column, field)) in columns.iter().zip(fields).enumerate() {
            plain.fields[*field] = match (column.ty.primitive, column.ty.form) {
                (Primitive::Number, _) => Field::Number(number),
                (Primitive::Unsigned, _) => Field::Unsigned(number),
                (Primitive::Float, _) => Field::Float(number),
                (Primitive::Symbol, Form::Plain) => Field::Symbol(number),
                _ => return None,
            };
        }
        Some(plain)
    }

    /// Reads a block of whole lines; none if it is not plain.
    pub(crate) fn parse(&self, block: &[u8], symbols: &Symbols) -> Option<Parsed> {
        if self.odd.is_some_and(|(a, b)| memchr::memchr2(a, b, block).is_some()) {
            return None;
        }
        let text = std::str::from_utf8(block).ok()?;
        let mut parsed = Parsed { words: Vec::new(), count: 0, unknown: Vec::new(), wider: 0 };
        let mut texts: Vec<&str> = Vec::new();
        let mut at = 0;
        while at < block.len() {
            let row = parsed.words.len();
            parsed.words.resize(row + self.arity, 0);
            at = self.line(text, at, &mut parsed.words[row..], &mut texts, &mut parsed.wider)?;
            parsed.count += 1;
        }
        self.look_up(text, &texts, symbols, &mut parsed);
        Some(parsed)
    }

    /// Reads the line that starts at a place; where the next one starts.
    fn line<'a>(
        &self,
        text: &'a str,
        mut at: usize,
        row: &mut [u64],
        texts: &mut Vec<&'a str>,
        wider: &mut usize,
    ) -> Option<usize> {
        let bytes = text.as_bytes();
        for (number, field) in self.fields.iter().enumerate() {
            if number > 0 {
                if bytes.get(at) != Some(&self.delimiter) {
                    return None;
                }
                at += 1;
            }
            match *field {
                Field::Number(column) => (row[column], at) = signed(bytes, at)?,
                Field::Unsigned(column) => (row[column], at) = digits(bytes, at)?,
                Field::Skipped => at = self.end(bytes, at),
                Field::Float(column) => {
                    let end = self.end(bytes, at);
                    let float = text.get(at..end)?.parse::<f64>().ok().filter(|x| x.is_finite())?;
                    row[column] = float.to_bits();
                    at = end;
                }
                Field::Symbol(_) => {
                    let end = self.end(bytes, at);
                    texts.push(text.get(at..end)?);
                    at = end;
                }
            }
        }
        match bytes.get(at) {
            None => Some(at),
            Some(b'\n') => Some(at + 1),
            Some(b'\r') if matches!(bytes.get(at + 1), None | Some(b'\n')) => Some(at + 2),
            Some(byte) if *byte == self.delimiter => {
                *wider += 1;
                Some(memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length + 1))
            }
            Some(_) => None,
        }
    }

    /// Where the field that starts at a place ends: at a delimiter, or at the line's end.
    fn end(&self, bytes: &[u8], at: usize) -> usize {
        let rest = &bytes[at..];
        let length = rest.iter().position(|byte| *byte == self.delimiter || *byte == b'\n').unwrap_or(rest.len());
        let at_line_end = rest.get(length).is_none_or(|byte| *byte == b'\n');
        let carriage = at_line_end && self.delimiter != b'\r' && rest[..length].ends_with(b"\r");
        at + length - usize::from(carriage)
    }

    /// Puts the numbers of symbols where they belong; texts come row by row, in the order of the file.
    fn look_up(&self, text: &str, texts: &[&str], symbols: &Symbols, parsed: &mut Parsed) {
        let columns: Vec<usize> = self.fields.iter().filter_map(Field::symbol).collect();
        if columns.is_empty() {
            return;
        }
        let numbers = symbols.find_all(texts);
        let rows = numbers.chunks_exact(columns.len()).zip(texts.chunks_exact(columns.len()));
        for (row, (numbers, texts)) in rows.enumerate() {
            for ((number, field), column) in numbers.iter().zip(texts).zip(&columns) {
                let word = row * self.arity + column;
                parsed.words[word] = *number;
                if *number == Symbols::UNKNOWN {
                    let start = field.as_ptr() as usize - text.as_ptr() as usize;
                    parsed.unknown.push((word, start..start + field.len()));
                }
            }
        }
    }
}

impl Field {
    fn symbol(&self) -> Option<usize> {
        if let Field::Symbol(column) = self { Some(*column) } else { None }
    }
}

/// A number that surely fits, and where it ends.
fn signed(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    if bytes.get(at) == Some(&b'-') {
        let (value, end) = digits(bytes, at + 1)?;
        return Some((value.wrapping_neg(), end));
    }
    digits(bytes, at)
}

/// One to eighteen digits, and where they end.
fn digits(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    (1..=18).contains(&(end - at)).then_some((value, end))
}
