//! The rows of a sweep: written as they come, and read again to go on where an earlier sweep was interrupted.

use super::Format;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What became of one element.
pub(super) struct Happened {
    pub(super) element: Vec<String>,
    /// How many facts the scenario has edited.
    pub(super) edits: usize,
    /// Of each output, how many tuples there are more, and less.
    pub(super) changes: Vec<(usize, usize)>,
}

/// Where rows go, and which are there already.
pub(super) struct Rows {
    file: Option<(File, PathBuf)>,
    format: Format,
    columns: Vec<String>,
    outputs: Vec<Arc<str>>,
    done: BTreeSet<Vec<String>>,
    /// Whether the header is yet to be written.
    bare: bool,
}

impl Rows {
    /// Opens the file; what it holds must be rows of the same columns and outputs. A last line that was not written to
    /// its end is cut off.
    pub(super) fn open(
        path: Option<&Path>,
        format: Format,
        columns: Vec<String>,
        outputs: &[Arc<str>],
    ) -> Outcome<Self> {
        let mut rows =
            Rows { file: None, format, columns, outputs: outputs.to_vec(), done: BTreeSet::new(), bare: true };
        let Some(path) = path else { return Ok(rows) };
        let failed = |error: std::io::Error| Failure::Ours(format!("cannot write {}: {error}", path.display()));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::Ours(format!("cannot read {}: {error}", path.display()))),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        rows.read(&text[..whole], path)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        drop(file);
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        rows.bare = whole == 0;
        rows.file = Some((file, path.to_owned()));
        Ok(rows)
    }

    fn read(&mut self, text: &str, path: &Path) -> Outcome {
        let other = |what: &str| {
            let help = "name another file, or remove this one";
            Failure::User(format!("{} holds {what}: {help}", path.display()))
        };
        let mut lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        if self.format == Format::Json {
            for line in text.lines() {
                let row: Json = serde_json::from_str(line).map_err(|_| other("lines that are no rows of a sweep"))?;
                let element = self.columns.iter().map(|c| row["element"][c].as_str().map(str::to_owned));
                let element: Option<Vec<String>> = element.collect();
                let same = row["changes"].as_object().is_some_and(|changes| {
                    changes.len() == self.outputs.len() && self.outputs.iter().all(|o| changes.contains_key(&**o))
                });
                let element = element.filter(|_| same).ok_or_else(|| other("rows of another sweep"))?;
                self.done.insert(element);
            }
            return Ok(());
        }
        for (number, line) in lines.records().enumerate() {
            let line = line.map_err(|_| other("lines that are no rows of a sweep"))?;
            let cells: Vec<String> = line.iter().map(str::to_owned).collect();
            if number == 0 && cells != self.header() || cells.len() != self.header().len() {
                return Err(other("rows of another sweep"));
            }
            if number > 0 {
                self.done.insert(cells[..self.columns.len()].to_vec());
            }
        }
        Ok(())
    }

    fn header(&self) -> Vec<String> {
        let outputs = self.outputs.iter().flat_map(|output| [format!("{output} more"), format!("{output} less")]);
        self.columns.iter().cloned().chain(["edits".to_owned()]).chain(outputs).collect()
    }

    /// Whether an element is there already.
    pub(super) fn has(&self, element: &[String]) -> bool {
        self.done.contains(element)
    }

    /// How many elements were there already.
    pub(super) fn done(&self) -> usize {
        self.done.len()
    }

    /// Writes rows, so that they are in the file whatever comes.
    pub(super) fn write(&mut self, swept: &[Happened], output: &mut Output) -> Outcome {
        let text = match self.format {
            Format::Csv => self.as_csv(swept)?,
            Format::Json => swept.iter().map(|row| self.as_json(row).to_string() + "\n").collect(),
        };
        self.bare = false;
        match &mut self.file {
            Some((file, path)) => file
                .write_all(text.as_bytes())
                .map_err(|error| Failure::Ours(format!("cannot write {}: {error}", path.display()))),
            None => Ok(output.data(text.trim_end())?),
        }
    }

    fn as_csv(&self, swept: &[Happened]) -> Outcome<String> {
        let failed = |error: csv::Error| Failure::Ours(format!("cannot write a row: {error}"));
        let mut lines = csv::Writer::from_writer(Vec::new());
        if self.bare {
            lines.write_record(self.header()).map_err(failed)?;
        }
        for row in swept {
            let counts = row.changes.iter().flat_map(|(more, less)| [more.to_string(), less.to_string()]);
            let cells = row.element.iter().cloned().chain([row.edits.to_string()]).chain(counts);
            lines.write_record(cells).map_err(failed)?;
        }
        let bytes = lines.into_inner().map_err(|error| Failure::Ours(format!("cannot write a row: {error}")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn as_json(&self, row: &Happened) -> Json {
        let element: Map<String, Json> =
            self.columns.iter().zip(&row.element).map(|(c, value)| (c.clone(), json!(value))).collect();
        let count = |(output, (more, less)): (&Arc<str>, &(usize, usize))| {
            (output.to_string(), json!({ "more": more, "less": less }))
        };
        let changes: Map<String, Json> = self.outputs.iter().zip(&row.changes).map(count).collect();
        json!({ "element": element, "edits": row.edits, "changes": changes })
    }
}
