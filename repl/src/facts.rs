//! Facts from files: into the one-shot evaluator as Soufflé reads them, or into the model of a session.

use crate::compile::Compiled;
use crate::failure::{Failure, Outcome};
use crate::model::{Changed, Model, counted};
use compiler::planner::Statistics;
use compiler::program::{Directive, DirectiveKind, Program, Relation};
use ingest::batch::Origins;
use ingest::directive::{self, Reading, Request};
use ingest::{Rejected, Sink, Snapshot};
use runtime::{Fork, Once, Rows, Symbols};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads what the `.input` directives of a program name, as Soufflé does: all of it, or it is an error that says where.
/// Gives what is to be remarked about them.
pub fn read_inputs(compiled: &Compiled, how: &Reading, symbols: &Symbols, sink: &mut dyn Sink) -> Outcome<Vec<String>> {
    let program = &compiled.program;
    let mut notes = Vec::new();
    for input in program.directives.iter().filter(|d| d.kind == DirectiveKind::Input) {
        let relation = program.relation(input.relation);
        let read = directive::read(&request(relation, input), how, symbols, sink).map_err(|error| {
            let (line, column) = compiled.sources.position(input.span);
            let file = &compiled.sources.get(input.span.source).name;
            let message = describe(error);
            Failure::User(format!("{message}\n  --> {file}:{line}:{column} asks for relation `{}`", relation.name))
        })?;
        notes.extend(read.notes);
    }
    Ok(notes)
}

/// What a directive asks for.
pub fn request<'a>(relation: &'a Relation, directive: &'a Directive) -> Request<'a> {
    Request { relation: &relation.name, columns: &relation.columns, parameters: &directive.parameters }
}

/// How large the inputs of a program are, judged by their files: the planner needs no more than the order of magnitude,
/// and needs it before they are read. What cannot be judged is left out.
pub fn judge_sizes(program: &Program, directory: &Path) -> Statistics {
    let mut sizes = Statistics::new();
    for input in program.directives.iter().filter(|d| d.kind == DirectiveKind::Input) {
        let relation = program.relation(input.relation);
        let file = input.parameters.get("filename").cloned().unwrap_or_else(|| format!("{}.facts", relation.name));
        let directory = input.parameters.get("fact-dir").map_or(directory, Path::new);
        if let Ok(file) = std::fs::metadata(directory.join(file)) {
            sizes.set_rows(&*relation.name, file.len() / (BYTES_A_VALUE * relation.columns.len().max(1) as u64));
        }
    }
    sizes
}

/// How long a value and the tab behind it are, more or less.
const BYTES_A_VALUE: u64 = 7;

/// States what is read to the one-shot evaluator, which asks for no origins.
pub struct OnceSink<'a> {
    once: &'a mut Once,
}

impl<'a> OnceSink<'a> {
    /// A sink that fills an evaluator.
    pub fn new(once: &'a mut Once) -> Self {
        OnceSink { once }
    }
}

impl Sink for OnceSink<'_> {
    fn source(&mut self, _: &str) -> u32 {
        0
    }

    fn take(&mut self, relation: &str, rows: Rows, _: Origins) -> Result<(), ingest::Error> {
        let refused = |e: runtime::Error| ingest::Error::Request(e.to_string());
        let base = self.once.base(relation).map_err(refused)?;
        let mut columns = self.once.columns(base).map_err(refused)?;
        rows.iter().for_each(|row| columns.push(row));
        self.once.add(base, columns).map_err(refused)
    }
}

impl Model {
    /// Reads the facts of a directory, also those of relations that are declared later.
    pub fn facts(&mut self, directory: &Path) -> Outcome<Changed> {
        let mut changed = Changed::default();
        let before = self.directory.replace(directory.to_owned());
        let read = std::mem::take(&mut self.read);
        if let Err(failure) = self.read_new_inputs(&mut changed) {
            (self.directory, self.read) = (before, read);
            return Err(failure);
        }
        if changed.notes.is_empty() {
            let directory = directory.display();
            changed.notes.push(match self.program.relations.is_empty() {
                true => {
                    format!("no relation is declared yet; the facts of {directory} are read as rules declare theirs")
                }
                false => format!("{directory} has no file for a declared relation"),
            });
        }
        Ok(changed)
    }

    /// Reads the facts of relations that have not been read yet.
    pub(crate) fn read_new_inputs(&mut self, changed: &mut Changed) -> Outcome {
        let Some(directory) = &self.directory else { return Ok(()) };
        let snapshot = Snapshot::open(directory).map_err(unreadable)?;
        let declared = |name: &str| self.program.relations.iter().any(|r| &*r.name == name);
        let new: Vec<String> = snapshot.relations().iter().map(|r| r.to_string()).collect();
        let new: Vec<String> = new.into_iter().filter(|r| declared(r) && !self.read.contains(&**r)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut rejected = Rejected::default();
        let loaded = ingest::load(&snapshot, &mut self.engine, &mut rejected).map_err(unreadable)?;
        let commit = self.engine.commit()?;
        let directory = directory.display().to_string();
        let read = self.contents(new.iter().map(String::as_str))?;
        changed.notes.push(format!("read {directory}: {read}"));
        loaded.read.iter().for_each(|(relation, rows)| self.sizes.set_rows(relation, *rows as u64));
        self.reject(rejected, changed);
        self.read.extend(new.into_iter().map(Arc::from));
        let changes = self.changes(commit.changes);
        changed.changes.extend(changes);
        Ok(())
    }

    /// The same behind a change of the program, which stands if the reading is stopped.
    pub(crate) fn read_inputs_of_change(&mut self, changed: &mut Changed) -> Outcome {
        match (self.read_new_inputs(changed), &self.directory) {
            (Err(Failure::Interrupted), Some(directory)) => {
                let again = format!("`.facts {}` reads them", directory.display());
                changed.notes.push(format!("stopped: facts of the relations that are new were not read; {again}"));
                Ok(())
            }
            (read, _) => read,
        }
    }

    /// Reads facts from a source of another kind.
    pub fn import(&mut self, kind: &str, paths: &[PathBuf]) -> Outcome<Changed> {
        let (facts, mut rejected) = crate::import::read(kind, paths)?;
        let stated = ingest::state(&facts, &mut self.engine, &mut rejected).map_err(unreadable)?;
        let commit = self.engine.commit()?;
        let mut changed = Changed::default();
        changed.notes.push(match self.contents(stated.read.keys().map(String::as_str))? {
            read if read.is_empty() => "the program declares no relation that this source fills".into(),
            read => format!("read {read}"),
        });
        stated.read.iter().for_each(|(relation, rows)| self.sizes.set_rows(relation, *rows as u64));
        self.reject(rejected, &mut changed);
        changed.changes = self.changes(commit.changes);
        Ok(changed)
    }

    /// What some relations hold, in words: each of a few, the sum of many.
    fn contents<'a>(&mut self, relations: impl Iterator<Item = &'a str>) -> Outcome<String> {
        let counts = relations.map(|name| Ok((name, self.engine.count(Fork::BASE, name)?)));
        let counts: Vec<(&str, usize)> = counts.collect::<Outcome<_>>()?;
        if counts.len() <= 4 {
            return Ok(counts.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", "));
        }
        let sum: usize = counts.iter().map(|(_, n)| n).sum();
        Ok(format!("{} of {}; `.relations` shows them", counted(sum, "fact"), counted(counts.len(), "relation")))
    }

    /// Keeps the rows that could not be used, and says how many there were.
    fn reject(&mut self, rejected: Rejected, changed: &mut Changed) {
        if !rejected.is_empty() {
            changed.notes.push(format!("{} rejected; `.rejected` lists them", counted(rejected.len(), "row")));
        }
        self.rejected = rejected;
    }
}

/// A file that cannot be read is for the user to mend.
pub fn unreadable(error: ingest::Error) -> Failure {
    match error {
        ingest::Error::Stopped => Failure::Interrupted,
        error => Failure::User(describe(error)),
    }
}

fn describe(error: ingest::Error) -> String {
    match error {
        ingest::Error::Io { path, cause } => format!("cannot read {}: {cause}", path.display()),
        error => error.to_string(),
    }
}
