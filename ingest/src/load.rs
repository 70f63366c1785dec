//! From a snapshot into an engine.

use crate::{Error, Rejected, Schema, Sink, Snapshot};
use fnv::FnvHashSet;
use runtime::{Engine, Fork, Origin, Rows};
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
    let schema = Schema::from(engine.plan());
    let symbols = engine.symbols().clone();
    let unknown = symbols.intern("");
    let mut loader =
        Loader { engine, unknown, loaded: Loaded::default(), seen: Default::default(), repeated: Default::default() };
    snapshot.read(&schema, &symbols, &mut loader, rejected)?;
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
