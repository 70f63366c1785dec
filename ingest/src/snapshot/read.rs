//! Reading a snapshot.

use super::origins::{self, Sidecar};
use crate::batch::{Batch, Sink};
use crate::format::delimited::{Format, Record, Records};
use crate::format::lines::Lines;
use crate::format::{Fault, json, rows};
use crate::{Error, Rejected, Schema, parquet};
use compiler::program::Column;
use runtime::{Origin, Symbols};
use std::path::{Path, PathBuf};

/// A snapshot's files; nothing is read before [`Snapshot::read`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    files: Vec<SnapshotFile>,
    /// Files that are no facts, and why.
    odd: Vec<(PathBuf, &'static str)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SnapshotFile {
    relation: String,
    part: u64,
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Csv,
    Facts,
    JsonLines,
    Parquet,
}

impl Snapshot {
    /// Looks what a directory holds.
    pub fn open(directory: &Path) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot { files: Vec::new(), odd: Vec::new() };
        for entry in std::fs::read_dir(directory).map_err(|e| Error::io(directory, e))? {
            let path = entry.map_err(|e| Error::io(directory, e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() || name.starts_with('.') || name.ends_with(".origins") || name == EXPECTED {
                continue;
            }
            match recognise(&name) {
                Ok((relation, part, kind)) => snapshot.files.push(SnapshotFile { relation, part, path, kind }),
                Err(why) => snapshot.odd.push((path, why)),
            }
        }
        snapshot.files.sort();
        snapshot.odd.sort();
        Ok(snapshot)
    }

    /// The relations that have files, by name.
    pub fn relations(&self) -> Vec<&str> {
        let mut relations: Vec<&str> = self.files.iter().map(|f| f.relation.as_str()).collect();
        relations.dedup();
        relations
    }

    /// Leaves the files of some relations aside.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.files.retain(|file| wanted(&file.relation));
    }

    /// Reads every fact. What cannot be read is in `rejected`; an error is for a file that cannot be opened or read to
    /// its end.
    pub fn read(
        &self,
        schema: &Schema,
        symbols: &Symbols,
        sink: &mut dyn Sink,
        rejected: &mut Rejected,
    ) -> Result<(), Error> {
        for (path, why) in &self.odd {
            rejected.push(&crate::file_name::text(path), 0, "no file of facts", *why);
        }
        for file in &self.files {
            match schema.columns(&file.relation) {
                Some(columns) => file.read(columns, symbols, sink, rejected)?,
                None => {
                    let detail = format!("relation `{}` is not a declared base relation", file.relation);
                    rejected.push(&crate::file_name::text(&file.path), 0, "unknown relation", detail);
                }
            }
        }
        Ok(())
    }
}

/// What a synthetic data centre comes with, beside its facts.
const EXPECTED: &str = crate::synth::EXPECTED;

/// Relation, part and kind from a file name such as `message-12.csv.gz`.
fn recognise(name: &str) -> Result<(String, u64, Kind), &'static str> {
    let name = name.strip_suffix(".gz").filter(|name| !name.ends_with(".parquet")).unwrap_or(name);
    let (stem, kind) = match name.rsplit_once('.') {
        Some((stem, "csv")) => (stem, Kind::Csv),
        Some((stem, "facts")) => (stem, Kind::Facts),
        Some((stem, "jsonl")) => (stem, Kind::JsonLines),
        Some((stem, "parquet")) => (stem, Kind::Parquet),
        _ => return Err("expected .parquet, .csv, .facts or .jsonl, or one of the last three with .gz"),
    };
    // No relation has a dash in its name.
    match stem.rsplit_once('-') {
        Some((relation, part)) => {
            let part = part.parse().map_err(|_| "expected a number after the dash, as in message-1.csv")?;
            Ok((relation.to_owned(), part, kind))
        }
        None => Ok((stem.to_owned(), 0, kind)),
    }
}

impl SnapshotFile {
    fn read(
        &self,
        columns: &[Column],
        symbols: &Symbols,
        sink: &mut dyn Sink,
        rejected: &mut Rejected,
    ) -> Result<(), Error> {
        let name = crate::file_name::text(&self.path);
        let mut citations = Citations::open(&self.path, &name, sink, rejected)?;
        let mut batch = Batch::new(&self.relation, columns.len(), sink);
        if self.kind == Kind::Parquet {
            read_parquet(&self.path, &name, columns, symbols, &mut citations, &mut batch, rejected)?;
            batch.finish()?;
            return Ok(());
        }
        let lines = Lines::open(&self.path)?;
        if self.kind == Kind::JsonLines {
            read_json(lines, &name, columns, symbols, &mut citations, &mut batch, rejected)?;
        } else {
            let format = if self.kind == Kind::Csv { Format::rfc4180() } else { Format::tabs() };
            let mut records = Records::new(lines, format);
            let decoder = match self.kind {
                Kind::Csv => match header(&mut records, &name, columns, symbols, rejected)? {
                    Some(decoder) => decoder,
                    None => return Ok(()),
                },
                _ => rows::Decoder::in_order(columns, symbols),
            };
            read_delimited(records, &name, &decoder, &mut citations, &mut batch, rejected)?;
        }
        batch.finish()?;
        Ok(())
    }
}

fn read_delimited(
    mut records: Records,
    name: &str,
    decoder: &rows::Decoder,
    citations: &mut Citations,
    batch: &mut Batch,
    rejected: &mut Rejected,
) -> Result<(), Error> {
    let mut row = Vec::new();
    while let Some(record) = records.next()? {
        // An empty line holds nothing, unless the relation has one column: then it is that column, empty.
        if decoder.columns.len() > 1 && record.as_ref().is_ok_and(|r| r.bytes().is_empty()) {
            continue;
        }
        let line = record.as_ref().map_or_else(|fault| fault.place.line, Record::line);
        match record.and_then(|record| decoder.decode(&record, &mut row)) {
            Ok(()) => citations.cite(line, |origin| batch.push(&row, origin))?,
            Err(fault) => {
                citations.pass()?;
                reject(name, fault, rejected);
            }
        }
    }
    Ok(())
}

fn read_json(
    mut lines: Lines,
    name: &str,
    columns: &[Column],
    symbols: &Symbols,
    citations: &mut Citations,
    batch: &mut Batch,
    rejected: &mut Rejected,
) -> Result<(), Error> {
    let mut decoder = json::Decoder { columns, symbols, unknown: Default::default() };
    let mut row = Vec::new();
    while let Some((number, line)) = lines.line()? {
        let line = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
        if line.trim_ascii().is_empty() {
            continue;
        }
        match decoder.decode(line, number, &mut row) {
            Ok(()) => citations.cite(number, |origin| batch.push(&row, origin))?,
            Err(fault) => {
                citations.pass()?;
                reject(name, fault, rejected);
            }
        }
    }
    for (key, line) in decoder.unknown {
        rejected.push(name, line, "unknown column", format!("{key:?} is left out"));
    }
    Ok(())
}

fn read_parquet(
    path: &Path,
    name: &str,
    columns: &[Column],
    symbols: &Symbols,
    citations: &mut Citations,
    batch: &mut Batch,
    rejected: &mut Rejected,
) -> Result<(), Error> {
    parquet::read(path, columns, symbols, &mut |number, row| match row {
        Ok(row) => citations.cite(number, |origin| batch.push(row, origin)),
        // What is wrong with the file is of no row.
        Err(fault) if number == 0 => {
            rejected.push(name, 0, &fault.reason, fault.found);
            Ok(())
        }
        Err(fault) => {
            rejected.push(name, number, &fault.reason, format!("found {}", fault.found));
            citations.pass()
        }
    })
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the header of a file; none if its rows cannot be used.
fn header<'a>(
    records: &mut Records,
    name: &str,
    columns: &'a [Column],
    symbols: &'a Symbols,
    rejected: &mut Rejected,
) -> Result<Option<rows::Decoder<'a>>, Error> {
    let names: Vec<String> = match records.next()? {
        None => {
            rejected.push(name, 0, "no header", "the file is empty");
            return Ok(None);
        }
        Some(Err(fault)) => {
            reject(name, fault, rejected);
            return Ok(None);
        }
        Some(Ok(record)) => (0..record.len())
            .map(|i| record.get(i).strip_prefix(BYTE_ORDER_MARK).unwrap_or(record.get(i)))
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect(),
    };
    if columns.is_empty() {
        return Ok(Some(rows::Decoder::in_order(columns, symbols)));
    }
    for (i, field) in names.iter().enumerate() {
        if names[..i].contains(field) {
            rejected.push(name, 1, "repeated column", format!("{field:?}, the first counts"));
        } else if !columns.iter().any(|c| *c.name == **field) {
            rejected.push(name, 1, "unknown column", format!("{field:?} is left out"));
        }
    }
    let mut fields = Vec::new();
    let mut missing = Vec::new();
    for column in columns {
        match names.iter().position(|n| *n == *column.name) {
            Some(field) => fields.push(field),
            None => missing.push(format!("`{}`", column.name)),
        }
    }
    if !missing.is_empty() {
        let detail = format!("{}; none of the file's rows can be used", missing.join(", "));
        rejected.push(name, 1, "missing column", detail);
        return Ok(None);
    }
    Ok(Some(rows::Decoder { columns, fields, width: Some(names.len()), symbols }))
}

fn reject(name: &str, fault: Fault, rejected: &mut Rejected) {
    let found = if fault.found.is_empty() { String::new() } else { format!(", found {}", fault.found) };
    rejected.push(name, fault.place.line, &fault.reason, format!("column {}{found}", fault.place.column));
}

/// Where the facts of a file come from: its own lines, or what its sidecar says.
struct Citations {
    own: u32,
    sidecar: Option<origins::Reader>,
    /// The sink's numbers of the sidecar's sources.
    sources: Vec<u32>,
    origins: Vec<Origin>,
}

impl Citations {
    fn open(path: &Path, name: &str, sink: &mut dyn Sink, rejected: &mut Rejected) -> Result<Citations, Error> {
        let own = sink.source(name);
        let mut citations = Citations { own, sidecar: None, sources: Vec::new(), origins: Vec::new() };
        match origins::open(path)? {
            Sidecar::Absent => {}
            Sidecar::Stale => {
                let detail = "the file was changed since its import: its facts are cited by its own lines";
                rejected.push(&crate::file_name::text(&origins::path_of(path)), 0, "stale origins", detail);
            }
            Sidecar::Present(reader) => {
                citations.sources = reader.sources.iter().map(|s| sink.source(s)).collect();
                citations.sidecar = Some(reader);
            }
        }
        Ok(citations)
    }

    /// Gives each origin of the fact on this line.
    fn cite(&mut self, line: usize, mut give: impl FnMut(Origin) -> Result<(), Error>) -> Result<(), Error> {
        if let Some(reader) = &mut self.sidecar {
            reader.next(&mut self.origins)?;
            for origin in &self.origins {
                give(Origin { source: self.sources[origin.source as usize], record: origin.record })?;
            }
            if !self.origins.is_empty() {
                return Ok(());
            }
        }
        give(Origin { source: self.own, record: u32::try_from(line).unwrap_or(u32::MAX) })
    }

    /// Passes over a record that is no fact.
    fn pass(&mut self) -> Result<(), Error> {
        self.sidecar.as_mut().map_or(Ok(()), |reader| reader.next(&mut self.origins))
    }
}
