//! From a snapshot, or straight from an importer, into an engine.

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
///
/// A message that was read before, exactly as it is, is dirt that a set would forget; it is counted in `set_aside`, if the
/// rules declare that relation.
pub fn load(snapshot: &Snapshot, engine: &mut Engine, rejected: &mut Rejected) -> Result<Loaded, Error> {
    into_engine(engine, |schema, symbols, loader| snapshot.read(schema, symbols, loader, rejected))
}

/// States imported facts in the open epoch of an engine, as [`load`] does once they are written as a snapshot.
pub fn state(facts: &Facts, engine: &mut Engine, rejected: &mut Rejected) -> Result<Loaded, Error> {
    into_engine(engine, |schema, symbols, loader| {
        for (relation, table) in facts.tables() {
            let Some(columns) = schema.columns(relation) else {
                reject_undeclared(relation, table, facts, rejected);
                continue;
            };
            let (rows, mut origins) = words(table, columns, symbols, facts, rejected);
            let sources: Vec<u32> = facts.sources().iter().map(|name| loader.source(name)).collect();
            origins.iter_mut().for_each(|o| o.source = sources.get(o.source as usize).copied().unwrap_or(0));
            loader.take(relation, &rows, &origins)?;
        }
        Ok(())
    })
}

/// Lets facts be read into the open epoch, and counts the messages that are repeated.
fn into_engine(
    engine: &mut Engine,
    read: impl FnOnce(&Schema, &Symbols, &mut Loader) -> Result<(), Error>,
) -> Result<Loaded, Error> {
    let schema = Schema::from(engine.plan());
    let symbols = engine.symbols().clone();
    let unknown = symbols.intern("");
    let mut loader =
        Loader { engine, unknown, loaded: Loaded::default(), seen: Default::default(), repeated: Default::default() };
    read(&schema, &symbols, &mut loader)?;
    let Loader { engine, loaded, repeated, .. } = loader;
    if schema.columns("set_aside").is_some_and(|columns| columns.len() == 3) {
        for (source, count) in repeated {
            let name = symbols.intern(engine.source_name(source));
            let row = [name, symbols.intern("duplicate"), count];
            let base = engine.base("set_aside").map_err(refused)?;
            engine.insert(Fork::BASE, base, &row, Origin { source, record: 0 }).map_err(refused)?;
        }
    }
    Ok(loaded)
}

struct Loader<'a> {
    engine: &'a mut Engine,
    /// The word of `""`.
    unknown: u64,
    loaded: Loaded,
    /// Messages with identifiers.
    seen: FnvHashSet<Box<[u64]>>,
    /// How many messages of a source were there already.
    repeated: BTreeMap<u32, u64>,
}

impl Sink for Loader<'_> {
    fn source(&mut self, name: &str) -> u32 {
        self.engine.source(name)
    }

    fn take(&mut self, relation: &str, rows: &Rows, origins: &[Origin]) -> Result<(), Error> {
        let base = self.engine.base(relation).map_err(refused)?;
        for (row, origin) in rows.iter().zip(origins) {
            self.engine.insert(Fork::BASE, base, row, *origin).map_err(refused)?;
            if relation == "message" && row.first() != Some(&self.unknown) && row.get(1) != Some(&self.unknown) {
                if !self.seen.insert(row.into()) {
                    *self.repeated.entry(origin.source).or_default() += 1;
                }
            }
        }
        *self.loaded.read.entry(relation.to_owned()).or_default() += rows.len();
        Ok(())
    }
}

fn refused(error: runtime::Error) -> Error {
    Error::Request(error.to_string())
}
