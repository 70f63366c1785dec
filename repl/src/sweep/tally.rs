//! What follows from the failure of one element: rows that are written as they come, and read again to go on from there.

use super::Format;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What follows from one failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// The device or cable, as the rules name it.
    pub element: String,
    /// A device's role, or `cable`.
    pub kind: String,
    /// Pairs of processes that lose their path.
    pub cut: usize,
    /// Services that are up without the failure and are not with it.
    pub services_down: usize,
    /// Sessions with a leg that is cut.
    pub sessions_lost: u64,
    /// Links that are to carry more than they can.
    pub overloaded: usize,
    /// How much of the link that is used most is used, in percent, rounded down.
    pub worst_percent: u64,
    /// From where that link leads.
    pub worst_from: String,
    /// And to where.
    pub worst_to: String,
}

impl Tally {
    pub(super) fn of(element: &str, kind: &str) -> Tally {
        Tally { element: element.to_owned(), kind: kind.to_owned(), ..Tally::default() }
    }
}

/// The rows of failures that a sweep wrote to a file, in either form.
///
/// # Errors
/// If the file cannot be read, or holds anything else.
pub(crate) fn read(path: &Path) -> Outcome<Vec<Tally>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::User(format!("cannot read {shown}: {error}")))?;
    let form = if text.starts_with('{') { Format::Json } else { Format::Csv };
    let help = "it must be what `strata sweep SNAPSHOT -o FILE` wrote";
    rows_of(&text, form).ok_or_else(|| Failure::User(format!("{shown} holds no rows of failures: {help}")))
}

fn rows_of(text: &str, format: Format) -> Option<Vec<Tally>> {
    match format {
        Format::Csv => csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::ok).collect(),
        Format::Json => text.lines().map(|line| serde_json::from_str(line).ok()).collect(),
    }
}

/// The rows that there are, and where new ones go.
pub(super) struct Written {
    path: Option<PathBuf>,
    format: Format,
    rows: Vec<Tally>,
    known: BTreeSet<String>,
    done: usize,
    headed: bool,
}

impl Written {
    /// Reads what a file has already; a last line that was not written to its end is cut off.
    pub(super) fn open(path: Option<&Path>, format: Format) -> Outcome<Written> {
        let path = path.map(Path::to_owned);
        let mut written = Written { path, format, rows: Vec::new(), known: BTreeSet::new(), done: 0, headed: false };
        let Some(path) = written.path.clone() else { return Ok(written) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(written),
            Err(error) => return Err(Failure::Ours(format!("cannot read {}: {error}", path.display()))),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let rows = rows_of(&text[..whole], format);
        let other = || format!("{} holds other rows: name another file, or remove this one", path.display());
        written.rows = rows.ok_or_else(|| Failure::User(other()))?;
        written.known = written.rows.iter().map(|row| row.element.clone()).collect();
        written.done = written.rows.len();
        written.headed = whole > 0;
        let failed = |error: std::io::Error| Failure::Ours(format!("cannot write {}: {error}", path.display()));
        OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(whole as u64)).map_err(failed)?;
        Ok(written)
    }

    pub(super) fn has(&self, element: &str) -> bool {
        self.known.contains(element)
    }

    /// How many rows there were before.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    pub(super) fn rows(&self) -> &[Tally] {
        &self.rows
    }

    /// Writes rows, so that they are in the file whatever comes.
    pub(super) fn write(&mut self, rows: Vec<Tally>, output: &mut Output) -> Outcome {
        let wrong = |error: &dyn std::fmt::Display| Failure::Ours(format!("cannot write a row: {error}"));
        let mut bytes = Vec::new();
        match self.format {
            Format::Csv => {
                let mut lines = csv::WriterBuilder::new().has_headers(!self.headed).from_writer(&mut bytes);
                rows.iter().try_for_each(|row| lines.serialize(row)).map_err(|error| wrong(&error))?;
                lines.flush().map_err(|error| wrong(&error))?;
            }
            Format::Json => {
                for row in &rows {
                    serde_json::to_writer(&mut bytes, row).map_err(|error| wrong(&error))?;
                    bytes.push(b'\n');
                }
            }
        }
        self.headed = true;
        self.rows.extend(rows);
        let Some(path) = &self.path else {
            return Ok(output.data(String::from_utf8_lossy(&bytes).trim_end())?);
        };
        let file = OpenOptions::new().create(true).append(true).open(path);
        let failed = |error: std::io::Error| Failure::Ours(format!("cannot write {}: {error}", path.display()));
        file.and_then(|mut file| file.write_all(&bytes)).map_err(failed)
    }
}
