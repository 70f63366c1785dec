//! Facts from delimited text: block by block on several threads where lines are plain, field by field where they are not.

use super::Request;
use super::input::{Read, Stream};
use super::options::Options;
use crate::batch::{Batch, Origins, Sink};
use crate::format::blocks::Blocks;
use crate::format::delimited::{Format, Records};
use crate::format::lines::Lines;
use crate::format::plain::{Parsed, Plain};
use crate::format::rows::Decoder;
use crate::ordered::in_order;
use crate::{Error, error::Place};
use runtime::{Origin, Rows, Symbols};
use std::io;
use std::path::Path;

/// Reads every record of a stream.
pub(super) fn read(
    request: &Request,
    options: &Options,
    stream: Stream,
    workers: usize,
    symbols: &Symbols,
    sink: &mut dyn Sink,
) -> Result<Read, Error> {
    let format = options.format()?;
    let mut decoder = Decoder::in_order(request.columns, symbols);
    decoder.width = None;
    if let Some(fields) = fields(request, options)? {
        decoder.fields = fields;
    }
    let plain = Plain::new(request.columns, &decoder.fields, &format);
    let source = sink.source(&crate::file_name::text(&stream.path));
    let mut file =
        File { path: &stream.path, relation: request.relation, decoder, source, sink, seen: Seen::default() };
    let mut blocks = Blocks::new(&stream.path, stream.reader);
    let mut header = options.flag("headers")?;
    file.seen.line = 1;
    // A quote may reach over the end of a block: from the first one on, what is left is read as one.
    let mut quoted: Option<Vec<u8>> = None;
    let next = || {
        let Some(mut block) = blocks.next()? else { return Ok(None) };
        if format.quoted && memchr::memchr(b'"', &block).is_some() {
            quoted = Some(block);
            return Ok(None);
        }
        if std::mem::take(&mut header) {
            // A line of its own that is no record: an empty one takes its place, so that lines keep their numbers.
            let end = memchr::memchr(b'\n', &block).map_or(block.len(), |end| end + 1);
            block.drain(..end);
            return Ok(Some((block, 1)));
        }
        Ok(Some((block, 0)))
    };
    let parse = |(block, skipped): (Vec<u8>, usize)| {
        let parsed = plain.as_ref().and_then(|plain| plain.parse(&block, symbols));
        (block, skipped, parsed)
    };
    in_order(workers, next, parse, |(block, skipped, parsed)| {
        file.seen.line += skipped;
        match parsed {
            Some(parsed) => file.take(&block, parsed),
            None => file.decode(Box::new(io::Cursor::new(block)), &format, false),
        }
    })?;
    if let Some(block) = quoted {
        let rest = io::Read::chain(io::Cursor::new(block), blocks.into_reader());
        file.decode(Box::new(rest), &format, header)?;
    }
    // Who names the fields knows that there are others.
    let chosen = options.text("columns").is_some();
    Ok(file.seen.report(&stream.path, if chosen { 0 } else { file.decoder.used() }))
}

/// The field of each column, if the directive says so.
fn fields(request: &Request, options: &Options) -> Result<Option<Vec<usize>>, Error> {
    let Some(text) = options.text("columns") else { return Ok(None) };
    let arity = request.columns.len();
    let fields: Option<Vec<usize>> = text.split(':').map(|field| field.parse().ok()).collect();
    let fields = fields.filter(|fields| {
        let distinct = fields.iter().enumerate().all(|(i, field)| !fields[..i].contains(field));
        distinct && fields.len() == arity && fields.iter().all(|field| *field < 1 << 16)
    });
    let wrong = || options.error(format!("expected columns=\"…\" with {arity} different numbers joined by colons"));
    fields.map(Some).ok_or_else(wrong)
}

/// A file that is being read.
struct File<'a> {
    path: &'a Path,
    relation: &'a str,
    decoder: Decoder<'a>,
    source: u32,
    sink: &'a mut dyn Sink,
    seen: Seen,
}

/// How far it has been read.
#[derive(Default)]
struct Seen {
    /// The line that comes next.
    line: usize,
    facts: usize,
    /// Lines with fields that nobody asked for.
    wider: usize,
}

impl File<'_> {
    /// Takes a block of plain lines, numbering its new symbols.
    fn take(&mut self, block: &[u8], mut parsed: Parsed) -> Result<(), Error> {
        let text = |range: &std::ops::Range<usize>| std::str::from_utf8(&block[range.clone()]).unwrap_or_default();
        let unknown: Vec<&str> = parsed.unknown.iter().map(|(_, range)| text(range)).collect();
        for (number, (word, _)) in self.decoder.symbols.intern_all(&unknown).into_iter().zip(&parsed.unknown) {
            parsed.words[*word] = number;
        }
        let first = u32::try_from(self.seen.line).unwrap_or(u32::MAX);
        self.seen.line += parsed.count;
        self.seen.facts += parsed.count;
        self.seen.wider += parsed.wider;
        if parsed.count == 0 {
            return Ok(());
        }
        let rows = Rows::from_words(self.decoder.columns.len(), parsed.count, parsed.words);
        self.sink.take(self.relation, rows, Origins::From(Origin { source: self.source, record: first }))
    }

    /// Reads records one by one, from the present line on.
    fn decode(&mut self, reader: Box<dyn io::Read>, format: &Format, header: bool) -> Result<(), Error> {
        let mut records = Records::new(Lines::from_line(self.path, reader, self.seen.line), format.clone());
        let mut batch = Batch::new(self.relation, self.decoder.columns.len(), self.sink);
        let mut row = Vec::new();
        let mut header = header;
        while let Some(record) = records.next()? {
            if std::mem::take(&mut header) {
                continue;
            }
            let fault = match record {
                Ok(record) => match self.decoder.decode(&record, &mut row) {
                    Ok(()) => {
                        self.seen.wider += usize::from(record.len() > self.decoder.used());
                        let record = u32::try_from(record.line()).unwrap_or(u32::MAX);
                        batch.push(&row, Origin { source: self.source, record })?;
                        continue;
                    }
                    Err(fault) => fault,
                },
                Err(fault) => fault,
            };
            let Place { line, column } = fault.place;
            return Err(Error::at(self.path, Place { line, column }, fault.message()));
        }
        self.seen.facts += batch.finish()?;
        self.seen.line = records.line();
        Ok(())
    }
}

impl Seen {
    fn report(&self, path: &Path, used: usize) -> Read {
        let (lines, have) = if self.wider == 1 { ("line", "has") } else { ("lines", "have") };
        let wider = format!(
            "{}: {} {lines} {have} more than {used} field{}; what is behind is passed over",
            path.display(),
            self.wider,
            if used == 1 { "" } else { "s" }
        );
        let odd = self.wider > 0 && used > 0;
        Read { facts: self.facts, notes: if odd { vec![wider] } else { Vec::new() } }
    }
}
