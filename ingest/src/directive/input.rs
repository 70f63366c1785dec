//! `.input`

use super::options::Options;
use super::{Request, json, sqlite, text};
use crate::batch::Sink;
use crate::{Error, format::lines};
use runtime::Symbols;
use std::io;
use std::path::{Path, PathBuf};

/// How input is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Where files are that are not named by a whole path.
    pub directory: &'a Path,
    /// How many threads may parse.
    pub workers: usize,
    /// Whether a file that is not there holds no facts, instead of being an error.
    pub absent_is_empty: bool,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The number of facts, repeated ones too.
    pub facts: usize,
    /// What whoever asked for them may want to know.
    pub notes: Vec<String>,
}

/// Where records come from.
pub(super) struct Stream {
    pub path: PathBuf,
    pub reader: Box<dyn io::Read>,
}

/// Reads the facts that an `.input` directive names.
pub fn read(request: &Request, how: &Reading, symbols: &Symbols, sink: &mut dyn Sink) -> Result<Read, Error> {
    let options = Options::new(".input", request);
    let directory = options.text("fact-dir").map_or(how.directory, Path::new);
    let standard = || Stream { path: "<stdin>".into(), reader: Box::new(io::stdin()) };
    let file = |ending: &str| -> Result<Option<Stream>, Error> {
        let path = options.file(&["filename"], ending, directory);
        if how.absent_is_empty && !path.exists() {
            return Ok(None);
        }
        let reader = lines::open(&path)?;
        Ok(Some(Stream { path, reader }))
    };
    let (stream, as_json) = match options.text("IO").unwrap_or("file") {
        "file" => (file(".facts")?, false),
        "stdin" => (Some(standard()), false),
        "jsonfile" => (file(".json")?, true),
        "json" => (Some(standard()), true),
        "sqlite" => {
            let path = options.file(&["filename", "dbname", "db"], ".sqlite", directory);
            return match how.absent_is_empty && !path.exists() {
                true => Ok(Read::default()),
                false => sqlite::read(request, &options, &path, symbols, sink),
            };
        }
        other => return Err(options.unknown_kind(other, &["file", "stdin", "jsonfile", "json", "sqlite"])),
    };
    match stream {
        None => Ok(Read::default()),
        Some(stream) if as_json => json::read(request, stream, symbols, sink),
        Some(stream) => text::read(request, &options, stream, how.workers, symbols, sink),
    }
}
