//! A synthetic data centre as a snapshot: a file for each base relation, its messages in parts, and the expected answers.

use super::centre::DataCentre;
use super::expected::Expected;
use super::trace::{Record, Trace};
use crate::{Error, Schema};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// How facts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `R.csv`, with a header.
    Csv,
    /// `R.facts`, tab-separated, as Soufflé and `strata run` read it.
    Facts,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Facts => "facts",
        }
    }

    fn delimiter(self) -> u8 {
        match self {
            Format::Csv => b',',
            Format::Facts => b'\t',
        }
    }
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The number of facts by relation.
    pub facts: BTreeMap<String, u64>,
    /// What the rules must find in them.
    pub expected: Expected,
}

/// Messages of one file. Soufflé's form knows no parts.
const PART: u64 = 4_000_000;

/// Writes a data centre, its trace and `expected.json` into a directory that is new or empty; `progress` is told the
/// share of the trace that is written, in thousandths. Relations of the schema without facts have a file, too, since
/// `strata run` asks for one.
pub fn write(
    directory: &Path,
    centre: &DataCentre,
    schema: &Schema,
    format: Format,
    progress: &mut dyn FnMut(u64),
) -> Result<Written, Error> {
    std::fs::create_dir_all(directory).map_err(|e| Error::io(directory, e))?;
    if std::fs::read_dir(directory).map_err(|e| Error::io(directory, e))?.next().is_some() {
        return Err(Error::content(directory, "the directory is not empty: name a new one, or remove what is in it"));
    }
    let mut writer = Writer { directory, schema, format, files: BTreeMap::new(), counts: BTreeMap::new() };
    writer.state(centre)?;
    let expected = writer.messages(centre, progress)?;
    let path = directory.join(EXPECTED);
    let text = serde_json::to_string_pretty(&expected).map_err(|e| Error::io(&path, e))?;
    std::fs::write(&path, text + "\n").map_err(|e| Error::io(&path, e))?;
    Ok(Written { facts: writer.counts, expected })
}

/// The file with the expected answers. Whoever reads a snapshot's facts passes over it.
pub const EXPECTED: &str = "expected.json";

struct Writer<'a> {
    directory: &'a Path,
    schema: &'a Schema,
    format: Format,
    files: BTreeMap<String, (PathBuf, BufWriter<File>)>,
    counts: BTreeMap<String, u64>,
}

impl Writer<'_> {
    fn open(&self, relation: &str, part: Option<u64>) -> Result<(PathBuf, BufWriter<File>), Error> {
        let stem = part.map_or(relation.to_owned(), |part| format!("{relation}-{part}"));
        let path = self.directory.join(format!("{stem}.{}", self.format.extension()));
        let open = || -> io::Result<BufWriter<File>> {
            let mut out = BufWriter::with_capacity(1 << 18, File::create(&path)?);
            if self.format == Format::Csv {
                let columns = self.schema.columns(relation).unwrap_or_default();
                let header: Vec<&str> = columns.iter().map(|c| &*c.name).collect();
                writeln!(out, "{}", header.join(","))?;
            }
            Ok(out)
        };
        let out = open().map_err(|e| Error::io(&path, e))?;
        Ok((path, out))
    }

    fn state(&mut self, centre: &DataCentre) -> Result<(), Error> {
        let relations: Vec<String> = self.schema.relations().map(|(relation, _)| relation.to_owned()).collect();
        for relation in relations.into_iter().filter(|relation| relation != "message") {
            let file = self.open(&relation, None)?;
            self.files.insert(relation, file);
        }
        let delimiter = [self.format.delimiter()];
        let (files, counts) = (&mut self.files, &mut self.counts);
        let mut failed = Ok(());
        centre.state(&mut |relation, fields| {
            let Some((path, out)) = files.get_mut(relation).filter(|_| failed.is_ok()) else { return };
            *counts.entry(relation.to_owned()).or_default() += 1;
            let line = || -> io::Result<()> {
                for (i, field) in fields.iter().enumerate() {
                    if i > 0 {
                        out.write_all(&delimiter)?;
                    }
                    out.write_all(field.as_bytes())?;
                }
                out.write_all(b"\n")
            };
            failed = { line }().map_err(|e| Error::io(path, e));
        });
        failed?;
        for (path, mut out) in std::mem::take(&mut self.files).into_values() {
            out.flush().map_err(|e| Error::io(&path, e))?;
        }
        Ok(())
    }

    fn messages(&mut self, centre: &DataCentre, progress: &mut dyn FnMut(u64)) -> Result<Expected, Error> {
        let part = |number: u64| (self.format == Format::Csv).then_some(number);
        let mut trace = Trace::new(centre);
        let mut line = Line::new(centre, &trace, self.format.delimiter());
        let (mut path, mut out) = self.open("message", part(1))?;
        let mut written: u64 = 0;
        while let Some(record) = trace.next() {
            if written > 0 && written.is_multiple_of(PART) && self.format == Format::Csv {
                out.flush().map_err(|e| Error::io(&path, e))?;
                (path, out) = self.open("message", part(written / PART + 1))?;
            }
            if written.is_multiple_of(1 << 16) {
                progress(trace.done());
            }
            out.write_all(line.of(&record)).map_err(|e| Error::io(&path, e))?;
            written += 1;
        }
        out.flush().map_err(|e| Error::io(&path, e))?;
        progress(1_000);
        self.counts.insert("message".to_owned(), written);
        Ok(Expected::new(centre, trace.totals()))
    }
}

/// Records as lines of text.
struct Line<'a> {
    centre: &'a DataCentre,
    paths: Vec<String>,
    delimiter: u8,
    text: Vec<u8>,
}

impl<'a> Line<'a> {
    fn new(centre: &'a DataCentre, trace: &Trace, delimiter: u8) -> Line<'a> {
        Line { centre, paths: trace.paths().to_vec(), delimiter, text: Vec::new() }
    }

    fn of(&mut self, record: &Record) -> &[u8] {
        let mut digits = itoa::Buffer::new();
        let text = &mut self.text;
        text.clear();
        if record.session != 0 {
            text.push(b's');
            text.extend_from_slice(digits.format(record.session).as_bytes());
        }
        let mut field = |bytes: &[u8]| {
            text.push(self.delimiter);
            text.extend_from_slice(bytes);
        };
        field(self.paths[record.transaction as usize].as_bytes());
        field(self.paths[record.parent as usize].as_bytes());
        field(digits.format(record.at).as_bytes());
        field(if record.reply { b"reply" } else { b"request" });
        field(self.centre.process(record.source).as_bytes());
        field(self.centre.process(record.destination).as_bytes());
        field(self.centre.service(record.service).as_bytes());
        field(digits.format(record.bytes).as_bytes());
        text.push(b'\n');
        text
    }
}
