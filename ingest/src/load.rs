//! From a snapshot, or straight from an importer, into an engine.

use crate::batch::Origins;
use crate::snapshot::{reject_undeclared, words};
use crate::{Error, Facts, Rejected, Schema, Sink, Snapshot};
use fnv::FnvHashSet;
use runtime::{Engine, Fork, Origin, Rows, Symbols};
use std::collections::BTreeMap;

/// What was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Facts by relation as they were read, the repeated ones too.
    pub read: BTreeMap<String, usize>,
}

/// Reads a snapshot into the open epoch of an engine, whose plan says which relations there are. The caller commits.
/// Everything is read before the first fact is stated, so an error leaves the engine as it was, and so does its interrupt,
/// which is heard until then. Cost: the facts as words, while they are read.
///
/// A message that was read before, exactly as it is, is what a set forgets. If it has identifiers it is a duplicate and
/// counted in `set_aside`, where the rules declare that; if not, it may well be another message, and is in `rejected`.
pub fn load(snapshot: &Snapshot, engine: &mut Engine, rejected: &mut Rejected) -> Result<Loaded, Error> {
    into_engine(engine, rejected, |schema, loader, rejected| {
        let symbols = loader.engine.symbols().clone();
        snapshot.read(schema, &symbols, loader, rejected)
    })
}

/// States imported facts in the open epoch of an engine, as [`load`] does once they are written as a snapshot.
pub fn state(facts: &Facts, engine: &mut Engine, rejected: &mut Rejected) -> Result<Loaded, Error> {
    into_engine(engine, rejected, |schema, loader, rejected| {
        let symbols = loader.engine.symbols().clone();
        feed(facts, schema, &symbols, loader, rejected)
    })
}

/// States imported facts to a sink, without the counting that a model does; the rows that a declaration does not admit go
/// to `rejected`.
pub fn feed(
    facts: &Facts,
    schema: &Schema,
    symbols: &Symbols,
    sink: &mut dyn Sink,
    rejected: &mut Rejected,
) -> Result<(), Error> {
    let sources: Vec<u32> = facts.sources().iter().map(|name| sink.source(name)).collect();
    for (relation, table) in facts.tables() {
        match schema.columns(relation) {
            Some(columns) => {
                let (rows, mut origins) = words(table, columns, symbols, facts, rejected);
                origins.iter_mut().for_each(|o| o.source = sources.get(o.source as usize).copied().unwrap_or(0));
                sink.take(relation, rows, Origins::Each(&origins))?;
            }
            None => reject_undeclared(relation, table, facts, rejected),
        }
    }
    Ok(())
}

/// Lets facts be read into the open epoch, and counts the messages that are repeated.
fn into_engine(
    engine: &mut Engine,
    rejected: &mut Rejected,
    read: impl FnOnce(&Schema, &mut Loader, &mut Rejected) -> Result<(), Error>,
) -> Result<Loaded, Error> {
    let schema = Schema::from(engine.plan());
    let unknown = engine.symbols().intern("");
    let mut loader = Loader { engine, read: Vec::new() };
    read(&schema, &mut loader, rejected)?;
    let Loader { engine, read } = loader;
    let _held = engine.interrupt().hold();
    let mut stating = Stating { engine, unknown, loaded: Loaded::default(), seen: None, repeated: Vec::new() };
    if schema.columns("set_aside").is_some_and(|columns| columns.len() == 3) {
        stating.seen = Some(FnvHashSet::default());
    }
    for batch in read {
        stating.state(batch)?;
    }
    let Stating { engine, loaded, repeated, .. } = stating;
    let mut duplicates: BTreeMap<u32, u64> = BTreeMap::new();
    for (origin, identified) in repeated {
        if identified {
            *duplicates.entry(origin.source).or_default() += 1;
        } else {
            let detail = "a set of facts holds it once";
            let source = engine.source_name(origin.source);
            rejected.push(source, origin.record as usize, "message without identifiers that equals another", detail);
        }
    }
    for (source, count) in duplicates {
        let symbols = engine.symbols();
        let row = [symbols.intern(engine.source_name(source)), symbols.intern("duplicate"), count];
        let base = engine.base("set_aside").map_err(refused)?;
        engine.insert(Fork::BASE, base, &row, Origin { source, record: 0 }).map_err(refused)?;
    }
    Ok(loaded)
}

/// Gathers what is read.
struct Loader<'a> {
    engine: &'a mut Engine,
    read: Vec<Batch>,
}

/// Facts of a relation, each with its origin.
struct Batch {
    relation: String,
    rows: Rows,
    origins: Vec<Origin>,
}

impl Sink for Loader<'_> {
    fn source(&mut self, name: &str) -> u32 {
        self.engine.source(name)
    }

    fn take(&mut self, relation: &str, rows: Rows, origins: Origins) -> Result<(), Error> {
        self.engine.interrupt().check().map_err(|_| Error::Stopped)?;
        self.engine.base(relation).map_err(refused)?;
        let origins = origins.zip(&rows).map(|(_, origin)| origin).collect();
        self.read.push(Batch { relation: relation.to_owned(), rows, origins });
        Ok(())
    }
}

/// States what was read.
struct Stating<'a> {
    engine: &'a mut Engine,
    /// The word of `""`.
    unknown: u64,
    loaded: Loaded,
    /// The messages that were read, if those that are repeated are to be counted.
    seen: Option<FnvHashSet<Box<[u64]>>>,
    /// Messages that were there already, and whether they have identifiers.
    repeated: Vec<(Origin, bool)>,
}

impl Stating<'_> {
    fn state(&mut self, Batch { relation, rows, origins }: Batch) -> Result<(), Error> {
        let base = self.engine.base(&relation).map_err(refused)?;
        let mut seen = self.seen.as_mut().filter(|_| relation == "message");
        for (row, origin) in rows.iter().zip(origins) {
            self.engine.insert(Fork::BASE, base, row, origin).map_err(refused)?;
            if seen.as_mut().is_some_and(|seen| !seen.insert(row.into())) {
                let identified = row.iter().take(2).all(|word| *word != self.unknown);
                self.repeated.push((origin, identified));
            }
        }
        *self.loaded.read.entry(relation).or_default() += rows.len();
        Ok(())
    }
}

fn refused(error: runtime::Error) -> Error {
    Error::Request(error.to_string())
}
