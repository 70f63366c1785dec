//! Where a study takes its data centre from: a snapshot, or straight from the generator.

use super::fold::{Folded, Folder};
use super::sessions::{Event, Sessions};
use super::threads;
use crate::facts::{OnceSink, unreadable};
use crate::failure::Outcome;
use compiler::plan::Plan;
use fnv::FnvHashMap;
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

/// How many messages are evaluated at a time, more or less: so few that what is derived of them stays in the cache.
const BATCH: usize = 8_192;

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

    /// Folds the messages; and gives what the construction implies, where that is known.
    pub(super) fn fold(
        &self,
        plan: Plan,
        schema: &Schema,
        options: &Options,
        progress: &mut dyn FnMut(u64),
    ) -> Outcome<(Folded, Option<Expected>)> {
        // Batches are small, and there are many: each is evaluated by one thread.
        let folder = Folder::new(plan, Options { workers: 1 });
        match self {
            Source::Snapshot(directory) => Ok((fold_files(directory, &folder, options.workers, schema)?, None)),
            Source::Synth(centre) => {
                let (folded, expected) = fold_trace(centre, &folder, options.workers, progress)?;
                Ok((folded, Some(expected)))
            }
        }
    }
}

// ---- from files ----

#[derive(Clone, Copy)]
struct Row([u64; 9], bool);

impl Event for Row {
    fn session(&self) -> Option<u64> {
        self.1.then_some(self.0[0])
    }

    fn at(&self) -> u64 {
        self.0[3]
    }
}

fn fold_files(directory: &Path, folder: &Folder, threads: usize, schema: &Schema) -> Outcome<Folded> {
    let symbols = Symbols::default();
    let columns = schema.columns("message").unwrap_or_default().to_vec();
    let messages = Schema::new([("message".into(), columns)]);
    let none = symbols.intern("");
    let snapshot = Snapshot::open(directory).map_err(unreadable)?;
    let take = |folder: &mut Folder, batch: Vec<Row>| folder.batch(&symbols, batch.into_iter().map(|row| row.0));
    let (mut folded, reopened) = threads::fold(folder, threads, take, |give| {
        let mut reader = Reader { give, sessions: Sessions::new(BATCH), none, wanted: true };
        snapshot.read(&messages, &symbols, &mut reader, &mut Rejected::default()).map_err(unreadable)?;
        let Reader { give, sessions, wanted, .. } = reader;
        let reopened = sessions.reopened;
        if wanted {
            sessions.finish().all(give);
        }
        Ok(reopened)
    })?;
    if reopened > 0 {
        folded.dirty.insert("session_reopened".to_owned(), reopened);
    }
    Ok(folded)
}

struct Reader<'a> {
    give: &'a mut dyn FnMut(Vec<Row>) -> bool,
    sessions: Sessions<Row>,
    /// The word of `""`.
    none: u64,
    /// Whether anybody waits for more.
    wanted: bool,
}

impl Sink for Reader<'_> {
    fn source(&mut self, _: &str) -> u32 {
        0
    }

    fn take(&mut self, _: &str, rows: Rows, _: Origins) -> Result<(), ingest::Error> {
        for row in rows.iter().filter_map(|row| <[u64; 9]>::try_from(row).ok()) {
            let mut batch = self.sessions.push(Row(row, row[0] != self.none));
            while let (Some(full), true) = (batch, self.wanted) {
                self.wanted = (self.give)(full);
                batch = self.sessions.full();
            }
        }
        Ok(())
    }
}

// ---- from the generator ----

impl Event for Record {
    fn session(&self) -> Option<u64> {
        (self.session != 0).then_some(u64::from(self.session))
    }

    fn at(&self) -> u64 {
        self.at
    }
}

fn fold_trace(
    centre: &DataCentre,
    folder: &Folder,
    threads: usize,
    progress: &mut dyn FnMut(u64),
) -> Outcome<(Folded, Expected)> {
    let mut trace = Trace::new(centre);
    let paths = trace.paths().to_vec();
    let take = |folder: &mut Folder, batch: Vec<Record>| {
        // Names of sessions are many and of this batch alone, so the table of symbols is, too.
        let symbols = Symbols::default();
        let mut words = Words::new(centre, &paths, symbols.clone());
        folder.batch(&symbols, batch.into_iter().map(|record| words.of(&record)))
    };
    threads::fold(folder, threads, take, |give| {
        let mut sessions = Sessions::new(BATCH);
        while let Some(record) = trace.next() {
            let mut batch = sessions.push(record);
            while let Some(full) = batch {
                progress(trace.done());
                if !give(full) {
                    return Ok(Expected::new(centre, trace.totals()));
                }
                batch = sessions.full();
            }
        }
        sessions.finish().all(give);
        Ok(Expected::new(centre, trace.totals()))
    })
}

/// Records as rows of `message`.
struct Words<'a> {
    centre: &'a DataCentre,
    symbols: Symbols,
    paths: Vec<u64>,
    kinds: [u64; 2],
    processes: FnvHashMap<u32, u64>,
    services: FnvHashMap<u32, u64>,
    none: u64,
    session: (u32, u64),
}

impl<'a> Words<'a> {
    fn new(centre: &'a DataCentre, paths: &[String], symbols: Symbols) -> Words<'a> {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        Words {
            centre,
            paths: symbols.intern_all(&paths),
            kinds: ["request", "reply"].map(|kind| symbols.intern(kind)),
            processes: FnvHashMap::default(),
            services: FnvHashMap::default(),
            none: symbols.intern(""),
            session: (0, 0),
            symbols,
        }
    }

    fn of(&mut self, record: &Record) -> [u64; 9] {
        let Words { centre, symbols, processes, services, .. } = self;
        let mut process = |number| *processes.entry(number).or_insert_with(|| symbols.intern(centre.process(number)));
        let (source, destination) = (process(record.source), process(record.destination));
        let number = record.service;
        let service = *services.entry(number).or_insert_with(|| symbols.intern(centre.service(number)));
        if record.session == 0 {
            self.session = (0, self.none);
        } else if record.session != self.session.0 {
            // A batch has its sessions one after the other.
            self.session = (record.session, symbols.intern(&format!("s{}", record.session)));
        }
        [
            self.session.1,
            self.paths[record.transaction as usize],
            self.paths[record.parent as usize],
            record.at,
            self.kinds[usize::from(record.reply)],
            source,
            destination,
            service,
            u64::from(record.bytes),
        ]
    }
}
