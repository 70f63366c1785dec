//! Where a study takes its data centre from: a snapshot, or straight from the generator.

use super::fold::{Folded, Folder, WIDTH};
use crate::facts::{OnceSink, unreadable};
use crate::failure::Outcome;
use compiler::plan::Plan;
use ingest::batch::Origins;
use ingest::synth::{DataCentre, Expected, Record, Trace};
use ingest::{Facts, Rejected, Schema, Sink, Snapshot};
use runtime::{Once, Options, Rows, Symbols};
use std::path::{Path, PathBuf};

/// A data centre and its messages.
pub(crate) enum Source {
    /// A directory with the facts.
    Snapshot(PathBuf),
    /// One that is made up.
    Synth(Box<DataCentre>),
}

impl Source {
    /// States everything but the messages.
    pub(crate) fn state(&self, once: &mut Once, schema: &Schema, rejected: &mut Rejected) -> Outcome {
        let symbols = once.symbols().clone();
        let mut sink = OnceSink::new(once);
        match self {
            Source::Snapshot(directory) => {
                let others = schema.relations().filter(|(name, _)| *name != "message");
                let others = Schema::new(others.map(|(name, columns)| (name.into(), columns.to_vec())));
                let snapshot = Snapshot::open(directory).map_err(unreadable)?;
                snapshot.read(&others, &symbols, &mut sink, rejected).map_err(unreadable)
            }
            Source::Synth(centre) => {
                let mut facts = Facts::default();
                centre.state(&mut |relation, fields| facts.push(relation, fields, Facts::at(0, 0)));
                ingest::feed(&facts, schema, &symbols, &mut sink, rejected).map_err(unreadable)
            }
        }
    }

    /// Folds the messages; and gives what the construction implies, where that is known. Records that cannot be read go to
    /// `rejected`.
    pub(super) fn fold(
        &self,
        plan: Plan,
        schema: &Schema,
        options: &Options,
        rejected: &mut Rejected,
        progress: &mut dyn FnMut(u64),
    ) -> Outcome<(Folded, Option<Expected>)> {
        let mut folder = Folder::new(plan, options)?;
        let made = match self {
            Source::Snapshot(directory) => {
                read(directory, schema, &mut folder, rejected)?;
                None
            }
            Source::Synth(centre) => Some(make(centre, &mut folder, progress)?),
        };
        Ok((folder.finish()?, made))
    }
}

// ---- from files ----

fn read(directory: &Path, schema: &Schema, folder: &mut Folder, rejected: &mut Rejected) -> Outcome {
    let symbols = folder.symbols().clone();
    let columns = schema.columns("message").unwrap_or_default().to_vec();
    let messages = Schema::new([("message".into(), columns)]);
    let snapshot = Snapshot::open(directory).map_err(unreadable)?;
    let mut reader = Reader { folder, outcome: Ok(()) };
    let read = snapshot.read(&messages, &symbols, &mut reader, rejected);
    reader.outcome?;
    // The other files are read with the state, and told if they are unknown to it.
    rejected.forget("unknown relation");
    read.map_err(unreadable)
}

struct Reader<'a> {
    folder: &'a mut Folder,
    outcome: Outcome,
}

impl Sink for Reader<'_> {
    fn source(&mut self, _: &str) -> u32 {
        0
    }

    fn take(&mut self, _: &str, rows: Rows, _: Origins) -> Result<(), ingest::Error> {
        let mut messages = rows.iter().filter_map(|row| row.try_into().ok());
        self.outcome = messages.try_for_each(|message| self.folder.push(message));
        // What failed is told by whoever reads; the rest need not be read.
        if self.outcome.is_ok() { Ok(()) } else { Err(ingest::Error::Stopped) }
    }
}

// ---- from the generator ----

fn make(centre: &DataCentre, folder: &mut Folder, progress: &mut dyn FnMut(u64)) -> Outcome<Expected> {
    let mut trace = Trace::new(centre);
    let words = Words::new(centre, trace.paths(), folder.symbols());
    let mut records = 0u64;
    while let Some(record) = trace.next() {
        folder.push(&words.of(&record))?;
        records += 1;
        if records.is_multiple_of(1 << 13) {
            progress(trace.done());
        }
    }
    Ok(Expected::new(centre, trace.totals()))
}

/// The words of records.
struct Words {
    paths: Vec<u64>,
    kinds: [u64; 2],
    processes: Vec<u64>,
    services: Vec<u64>,
    none: u64,
}

/// Words for sessions begin here: nobody asks for their text, so they have none.
const SESSIONS: u64 = 1 << 40;

impl Words {
    fn new(centre: &DataCentre, paths: &[String], symbols: &Symbols) -> Words {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let processes: Vec<&str> = centre.processes().collect();
        let services: Vec<&str> = centre.services().collect();
        Words {
            paths: symbols.intern_all(&paths),
            kinds: ["request", "reply"].map(|kind| symbols.intern(kind)),
            processes: symbols.intern_all(&processes),
            services: symbols.intern_all(&services),
            none: symbols.intern(""),
        }
    }

    fn of(&self, record: &Record) -> [u64; WIDTH] {
        let session = if record.session == 0 { self.none } else { SESSIONS + u64::from(record.session) };
        [
            session,
            self.paths[record.transaction as usize],
            self.paths[record.parent as usize],
            record.at,
            self.kinds[usize::from(record.reply)],
            self.processes[record.source as usize],
            self.processes[record.destination as usize],
            self.services[record.service as usize],
            u64::from(record.bytes),
        ]
    }
}
