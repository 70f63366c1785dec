//! Batches: facts on their way from a file to an engine, never more than `Batch::LIMIT` at a time.

use crate::Error;
use runtime::{Origin, Rows};

/// Takes facts as they are read.
pub trait Sink {
    /// The number of a source of facts by its name. The same name has the same number.
    fn source(&mut self, name: &str) -> u32;

    /// Takes rows of a relation, and the origin of each. A fact with several origins comes once for each.
    fn take(&mut self, relation: &str, rows: Rows, origins: Origins) -> Result<(), Error>;
}

/// Where rows come from, one origin a row.
#[derive(Clone, Copy, Debug)]
pub enum Origins<'a> {
    /// One after the other.
    Each(&'a [Origin]),
    /// The first row's; each further row is one record further on.
    From(Origin),
}

impl Origins<'_> {
    /// The origin of a row by its place among the rows.
    pub fn get(&self, row: usize) -> Origin {
        match self {
            Origins::Each(origins) => origins[row],
            Origins::From(Origin { source, record }) => {
                let record = usize::try_from(*record).ok().and_then(|first| u32::try_from(first + row).ok());
                Origin { source: *source, record: record.unwrap_or(u32::MAX) }
            }
        }
    }

    /// The rows, each with its origin.
    pub fn zip<'r>(&'r self, rows: &'r Rows) -> impl Iterator<Item = (&'r [u64], Origin)> {
        rows.iter().enumerate().map(|(place, row)| (row, self.get(place)))
    }
}

/// Gathers rows of one relation and passes them on.
pub(crate) struct Batch<'a> {
    relation: &'a str,
    arity: usize,
    sink: &'a mut dyn Sink,
    rows: Rows,
    origins: Vec<Origin>,
    passed: usize,
}

impl<'a> Batch<'a> {
    /// How many rows are gathered before they are passed on.
    pub(crate) const LIMIT: usize = 1 << 16;

    pub(crate) fn new(relation: &'a str, arity: usize, sink: &'a mut dyn Sink) -> Self {
        Batch { relation, arity, sink, rows: Rows::new(arity), origins: Vec::new(), passed: 0 }
    }

    pub(crate) fn push(&mut self, row: &[u64], origin: Origin) -> Result<(), Error> {
        self.rows.push(row);
        self.origins.push(origin);
        if self.origins.len() == Self::LIMIT { self.pass() } else { Ok(()) }
    }

    /// Passes on what is left; the number of rows passed on in all.
    pub(crate) fn finish(mut self) -> Result<usize, Error> {
        self.pass()?;
        Ok(self.passed)
    }

    fn pass(&mut self) -> Result<(), Error> {
        if !self.origins.is_empty() {
            let rows = std::mem::replace(&mut self.rows, Rows::new(self.arity));
            self.sink.take(self.relation, rows, Origins::Each(&self.origins))?;
            self.passed += self.origins.len();
            self.origins.clear();
        }
        Ok(())
    }
}

/// Keeps everything, by relation; for tests and for small facts.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The names of the sources, by number.
    pub sources: Vec<String>,
    /// Rows and their origins by relation.
    pub relations: std::collections::BTreeMap<String, (Rows, Vec<Origin>)>,
}

impl Sink for Kept {
    fn source(&mut self, name: &str) -> u32 {
        let known = self.sources.iter().position(|s| s == name);
        known.unwrap_or_else(|| {
            self.sources.push(name.to_owned());
            self.sources.len() - 1
        }) as u32
    }

    fn take(&mut self, relation: &str, rows: Rows, origins: Origins) -> Result<(), Error> {
        let empty = || (Rows::new(rows.arity()), Vec::new());
        let (kept, kept_origins) = self.relations.entry(relation.to_owned()).or_insert_with(empty);
        for (row, origin) in origins.zip(&rows) {
            kept.push(row);
            kept_origins.push(origin);
        }
        Ok(())
    }
}
