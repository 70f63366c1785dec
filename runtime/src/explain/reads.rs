//! Reads of a model: by pattern where the model has an index for it, and of a whole relation, once, where it has not.
//!
//! A read that looks at many rows to give few wastes work. When a relation's reads have wasted as much as reading it
//! whole would cost, it is read whole and indexed here. So no question costs more than a few times what it must.

use super::Model;
use crate::engine::Origin;
use crate::error::Error;
use crate::rows::Rows;
use compiler::program::{Program, RelationId};
use fnv::FnvHasher;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

/// What a read found.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The rows that agree with the pattern.
    pub rows: Rows,
    /// How many rows were looked at.
    pub scanned: usize,
}

/// How many rows may be looked at in vain before a relation is read whole.
const PATIENCE: usize = 4096;

/// The rows of a whole relation, with an index for each set of columns that was asked by.
struct Whole {
    rows: Rows,
    indexes: HashMap<Vec<usize>, Index>,
}

/// Rows by the hash of some columns: the last row of each hash, and before each row, the one before it of the same hash.
struct Index {
    last: HashMap<u64, u32, BuildHasherDefault<FnvHasher>>,
    before: Vec<u32>,
}

/// There is no row before.
const NONE: u32 = u32::MAX;

/// A relation, and what each column must be.
type Question = (RelationId, Vec<Option<u64>>);

/// A model, and what has been read of it.
pub(super) struct Reads<'m> {
    pub(super) model: &'m mut dyn Model,
    pub(super) program: &'m Program,
    known: HashMap<Question, Rc<Rows>>,
    wasted: HashMap<RelationId, usize>,
    whole: HashMap<RelationId, Whole>,
}

impl<'m> Reads<'m> {
    pub(super) fn new(model: &'m mut dyn Model, program: &'m Program) -> Self {
        let (known, wasted, whole) = (HashMap::new(), HashMap::new(), HashMap::new());
        Reads { model, program, known, wasted, whole }
    }

    /// The rows of a relation that agree with a pattern.
    pub(super) fn rows(&mut self, relation: RelationId, pattern: &[Option<u64>]) -> Result<Rc<Rows>, Error> {
        let question = (relation, pattern.to_vec());
        if let Some(rows) = self.known.get(&question) {
            return Ok(rows.clone());
        }
        let name = &self.program.relation(relation).name;
        let wasted = self.wasted.entry(relation).or_default();
        let rows = if *wasted < PATIENCE {
            let Read { rows, scanned } = self.model.rows(name, pattern)?;
            *wasted += scanned.saturating_sub(rows.len());
            rows.sorted()
        } else {
            if !self.whole.contains_key(&relation) {
                let rows = self.model.rows(name, &vec![None; pattern.len()])?.rows;
                self.whole.insert(relation, Whole { rows, indexes: HashMap::new() });
            }
            self.whole.get_mut(&relation).map(|whole| whole.select(pattern)).unwrap_or_default()
        };
        let rows = Rc::new(rows);
        self.known.insert(question, rows.clone());
        Ok(rows)
    }

    /// Where a fact comes from; none if no fact states the row.
    pub(super) fn given(&mut self, relation: RelationId, row: &[u64]) -> Result<Option<Vec<Origin>>, Error> {
        self.model.given(&self.program.relation(relation).name, row)
    }

    /// The pairs of an equivalence relation that rules and facts may state of a value.
    pub(super) fn stated_with(&mut self, relation: RelationId, value: u64) -> Result<Vec<(u64, u64)>, Error> {
        let name = format!("@given:{}", self.program.relation(relation).name);
        let stated = self.model.stores(&name);
        let mut pairs = Vec::new();
        for pattern in [[Some(value), None], [None, Some(value)]] {
            // Whoever does not keep them apart has the whole class, of which some are stated.
            let rows = match stated {
                true => Rc::new(self.model.rows(&name, &pattern)?.rows.sorted()),
                false => self.rows(relation, &pattern)?,
            };
            pairs.extend(rows.iter().filter_map(|row| Some((*row.first()?, *row.get(1)?))));
        }
        Ok(pairs)
    }

    /// Whether a relation holds a row.
    pub(super) fn holds(&mut self, relation: RelationId, row: &[u64]) -> Result<bool, Error> {
        let pattern: Vec<Option<u64>> = row.iter().copied().map(Some).collect();
        Ok(!self.rows(relation, &pattern)?.is_empty())
    }
}

impl Whole {
    /// The rows that agree with a pattern, in the order of their words.
    fn select(&mut self, pattern: &[Option<u64>]) -> Rows {
        let columns: Vec<usize> = (0..pattern.len()).filter(|c| pattern[*c].is_some()).collect();
        let all = &self.rows;
        let key = dataflow::hash(pattern.iter().filter_map(|word| *word));
        let index = self.indexes.entry(columns).or_insert_with_key(|columns| Index::new(all, columns));
        let mut rows = Rows::new(all.arity());
        let mut at = index.last.get(&key).copied().unwrap_or(NONE);
        while at != NONE {
            let row = all.get(at as usize);
            if pattern.iter().zip(row).all(|(wanted, word)| wanted.is_none_or(|w| w == *word)) {
                rows.push(row);
            }
            at = index.before[at as usize];
        }
        rows.sorted()
    }
}

impl Index {
    fn new(rows: &Rows, columns: &[usize]) -> Index {
        let mut index = Index { last: HashMap::default(), before: Vec::with_capacity(rows.len()) };
        for (at, row) in rows.iter().enumerate() {
            let key = dataflow::hash(columns.iter().map(|c| row[*c]));
            index.before.push(index.last.insert(key, at as u32).unwrap_or(NONE));
        }
        index
    }
}
