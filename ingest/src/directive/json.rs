//! JSON: an array of tuples, each an array of its columns or an object with their names as keys.

use super::Request;
use super::input::{Read, Stream};
use crate::batch::{Batch, Sink};
use crate::error::Place;
use crate::format::json;
use crate::{Error, order};
use compiler::program::Column;
use runtime::{Origin, Rows, Symbols, Value};
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use std::fmt;
use std::io::{self, Write};

/// Reads every tuple of a stream; both forms may stand in one file.
pub(super) fn read(request: &Request, stream: Stream, symbols: &Symbols, sink: &mut dyn Sink) -> Result<Read, Error> {
    let source = sink.source(&crate::file_name::text(&stream.path));
    let batch = Batch::new(request.relation, request.columns.len(), sink);
    let mut tuples = Tuples { columns: request.columns, symbols, batch, source, number: 0, failed: None };
    let mut reader = serde_json::Deserializer::from_reader(io::BufReader::new(stream.reader));
    let read = reader.deserialize_seq(&mut tuples).and_then(|()| reader.end());
    if let Some(failed) = tuples.failed.take() {
        return Err(failed);
    }
    read.map_err(|error| {
        if error.is_io() {
            return Error::io(&stream.path, error);
        }
        let Place { line, column } = Place { line: error.line().max(1), column: error.column().max(1) };
        let message = error.to_string();
        // Its own place at the end of a message is said in front.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        Error::at(&stream.path, Place { line, column }, message)
    })?;
    Ok(Read { facts: tuples.batch.finish()?, notes: Vec::new() })
}

/// Reads the array, and each tuple in it as it comes.
struct Tuples<'a> {
    columns: &'a [Column],
    symbols: &'a Symbols,
    batch: Batch<'a>,
    source: u32,
    /// How many tuples have been read.
    number: u32,
    /// Why the sink took no more.
    failed: Option<Error>,
}

impl<'de> Visitor<'de> for &mut Tuples<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array of tuples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut tuples: A) -> Result<(), A::Error> {
        while tuples.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Tuples<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, tuple: D) -> Result<(), D::Error> {
        let tuple: serde_json::Value = serde::Deserialize::deserialize(tuple)?;
        let row = json::tuple(&tuple, self.columns, self.symbols).map_err(D::Error::custom)?;
        self.number = self.number.saturating_add(1);
        let pushed = self.batch.push(&row, Origin { source: self.source, record: self.number });
        pushed.map_err(|error| {
            let message = error.to_string();
            self.failed = Some(error);
            D::Error::custom(message)
        })
    }
}

/// Writes the tuples, sorted, one a line.
pub(super) fn write(
    out: &mut dyn Write,
    columns: &[Column],
    rows: &Rows,
    symbols: &Symbols,
    objects: bool,
) -> io::Result<()> {
    out.write_all(b"[")?;
    if columns.is_empty() && !rows.is_empty() {
        out.write_all(b"null\n")?;
    }
    let (open, close) = if objects { (b"{", b"}") } else { (b"[", b"]") };
    let places = if columns.is_empty() { Vec::new() } else { order::sorted(rows, columns, symbols) };
    for (i, place) in places.into_iter().enumerate() {
        if i > 0 {
            out.write_all(b",\n")?;
        }
        out.write_all(open)?;
        for (i, (word, column)) in rows.get(place).iter().zip(columns).enumerate() {
            if i > 0 {
                out.write_all(b", ")?;
            }
            if objects {
                serde_json::to_writer(&mut *out, &*column.name)?;
                out.write_all(b": ")?;
            }
            json::write(out, Value::of(*word, &column.ty, symbols), objects)?;
        }
        out.write_all(close)?;
    }
    out.write_all(b"]\n")
}
