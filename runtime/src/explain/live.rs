//! A live engine as a model that can be explained, in any of its forks.

use super::{Model, Read};
use crate::engine::{Engine, Fork, Origin};
use crate::error::Error;
use crate::live::worker::Command;
use crate::rows::Rows;
use crate::symbols::Symbols;

/// A fork of an engine, as of its last epoch.
pub struct Live<'e> {
    engine: &'e mut Engine,
    fork: Fork,
}

impl<'e> Live<'e> {
    /// The model, or a fork of it. What is in the open epoch should be committed first.
    pub fn new(engine: &'e mut Engine, fork: Fork) -> Self {
        Live { engine, fork }
    }
}

impl Model for Live<'_> {
    fn symbols(&self) -> &Symbols {
        self.engine.symbols()
    }

    fn rows(&mut self, relation: &str, pattern: &[Option<u64>]) -> Result<Read, Error> {
        self.check()?;
        let (node, at) = (self.engine.nodes[self.engine.find(relation)?.0 as usize], self.engine.now(self.fork)?);
        let mut read = Read { rows: Rows::new(pattern.len()), scanned: 0 };
        let command = |_| Command::Read { node, at, pattern: pattern.to_vec(), count_only: false };
        for answer in self.engine.tell(command)? {
            read.rows.count += answer.count;
            read.rows.words.extend(answer.rows);
            read.scanned += answer.produced as usize;
        }
        Ok(read)
    }

    fn given(&mut self, relation: &str, row: &[u64]) -> Result<Option<Vec<Origin>>, Error> {
        let base = match self.engine.base(relation) {
            Ok(base) => base,
            Err(Error::NotABase(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let holds = self.engine.bases[base.0 as usize].facts.holds(self.fork.slot, row, &self.engine.forks);
        Ok(holds.then(|| self.engine.origins(base, row)))
    }

    fn check(&self) -> Result<(), Error> {
        self.engine.interrupt().check()
    }

    fn stores(&self, relation: &str) -> bool {
        self.engine.find(relation).is_ok()
    }
}
