//! The front door: one live model.
#![allow(unused_variables, missing_docs)]

use crate::symbols::Symbols;
use compiler::plan::Plan;
use std::sync::Arc;

/// How the engine runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads of the dataflow.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { workers: 1 }
    }
}

/// A model: the base, or a counterfactual of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fork(pub(crate) u32);

impl Fork {
    /// The model itself.
    pub const BASE: Fork = Fork(0);
}

/// A base relation of the engine; stays the same when rules change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BaseId(pub(crate) u32);

/// Where a fact comes from: a source (a file, a prompt, a stream), and a line or record of it, from 1; 0 if unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Origin {
    /// Numbered by [`Engine::source`].
    pub source: u32,
    /// Line or record.
    pub record: u32,
}

/// Rows of one relation, flat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    arity: usize,
    count: usize,
    words: Vec<u64>,
}

impl Rows {
    pub fn new(arity: usize) -> Self {
        Rows { arity, count: 0, words: Vec::new() }
    }
    pub fn push(&mut self, row: &[u64]) {
        self.words.extend_from_slice(row);
        self.count += 1;
    }
    pub fn len(&self) -> usize {
        self.count
    }
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    pub fn arity(&self) -> usize {
        self.arity
    }
    pub fn get(&self, index: usize) -> &[u64] {
        &self.words[index * self.arity..(index + 1) * self.arity]
    }
    pub fn iter(&self) -> impl Iterator<Item = &[u64]> {
        (0..self.count).map(|i| self.get(i))
    }
}

/// What an epoch changed in one watched relation: consolidated, no row twice, +1 or -1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub relation: Arc<str>,
    pub fork: u32,
    pub inserted: Rows,
    pub retracted: Rows,
}

/// What a commit did.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The epoch that is now visible.
    pub epoch: u32,
    /// Facts that are new, in any fork.
    pub inserted: usize,
    /// Facts that are gone, in any fork.
    pub retracted: usize,
    /// Insertions of present facts and retractions of absent ones.
    pub without_effect: usize,
    /// Of the watched relations, in the order they were watched; empty ones are left out.
    pub changes: Vec<Changes>,
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    UnknownRelation(String),
    NotABase(String),
    Arity { relation: String, expected: usize, found: usize },
    UnknownFork,
    Unsupported(String),
    /// The workers are gone: a panic in one of them.
    Stopped,
}

/// One live model.
pub struct Engine {}

impl Engine {
    pub fn new(options: Options) -> Result<Engine, Error> {
        todo!()
    }
    /// The table in which the engine's words for symbols stand. Clones share it.
    pub fn symbols(&self) -> &Symbols {
        todo!()
    }
    /// The plan that is maintained.
    pub fn plan(&self) -> &Plan {
        todo!()
    }
    /// Makes the model follow another plan. Relations whose fingerprint is unchanged are kept as they are, everything
    /// else is built, or dropped. The facts stated in the text of the plan replace those of the plan before it. Takes
    /// effect at once (commits an epoch). An error leaves the model as it was.
    pub fn set_plan(&mut self, plan: Plan) -> Result<Commit, Error> {
        todo!()
    }
    /// Names a source of facts.
    pub fn source(&mut self, name: &str) -> u32 {
        todo!()
    }
    pub fn source_name(&self, source: u32) -> &str {
        todo!()
    }
    /// The base relation under a relation's name (for a relation with rules and facts: its facts).
    pub fn base(&self, relation: &str) -> Result<BaseId, Error> {
        todo!()
    }
    /// Inserts a fact into the open epoch of a fork.
    pub fn insert(&mut self, fork: Fork, base: BaseId, row: &[u64], origin: Origin) -> Result<(), Error> {
        todo!()
    }
    /// Retracts a fact, whoever asserted it.
    pub fn retract(&mut self, fork: Fork, base: BaseId, row: &[u64]) -> Result<(), Error> {
        todo!()
    }
    /// Withdraws what one source asserted: the fact goes when no other source asserts it.
    pub fn withdraw(&mut self, base: BaseId, row: &[u64], source: u32) -> Result<(), Error> {
        todo!()
    }
    /// The origins of a fact that holds in the base model.
    pub fn origins(&self, base: BaseId, row: &[u64]) -> Vec<Origin> {
        todo!()
    }
    /// Closes the open epoch and waits until everything derived from it is up to date.
    pub fn commit(&mut self) -> Result<Commit, Error> {
        todo!()
    }
    /// The rows of a relation in a fork that agree with the pattern (one entry a column), sorted by their words.
    pub fn query(&mut self, fork: Fork, relation: &str, pattern: &[Option<u64>]) -> Result<Rows, Error> {
        todo!()
    }
    /// The number of rows of a relation.
    pub fn count(&mut self, fork: Fork, relation: &str) -> Result<usize, Error> {
        todo!()
    }
    /// Answers the queries of a plan over the facts of the model without keeping anything: what the plan derives and the
    /// model does not is built, read and dropped.
    pub fn ask(&mut self, fork: Fork, plan: &Plan) -> Result<Vec<Rows>, Error> {
        todo!()
    }
    /// From the next commit on, report the changes of a relation. The present rows come first, as insertions.
    pub fn watch(&mut self, relation: &str) -> Result<(), Error> {
        todo!()
    }
    pub fn unwatch(&mut self, relation: &str) {
        todo!()
    }
    /// A new counterfactual of the base. Costs nothing until it is edited.
    pub fn fork(&mut self) -> Result<Fork, Error> {
        todo!()
    }
    /// Forgets a fork and its edits at the next commit.
    pub fn drop_fork(&mut self, fork: Fork) -> Result<(), Error> {
        todo!()
    }
}
