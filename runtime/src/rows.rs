//! What comes out of the engine: rows of a relation, and what an epoch changed.

use crate::engine::Fork;
use std::sync::Arc;

/// Rows of one relation, flat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    arity: usize,
    pub(crate) count: usize,
    pub(crate) words: Vec<u64>,
}

impl Rows {
    /// No rows, of so many columns.
    pub fn new(arity: usize) -> Self {
        Rows { arity, count: 0, words: Vec::new() }
    }

    /// So many rows, whose columns stand one row after the other.
    ///
    /// ```
    /// let rows = runtime::Rows::from_words(2, 3, vec![1, 2, 3, 4, 5, 6]);
    /// assert_eq!(rows.get(1), [3, 4]);
    /// ```
    pub fn from_words(arity: usize, count: usize, words: Vec<u64>) -> Self {
        assert_eq!(words.len(), arity * count, "as many words as the rows have columns");
        Rows { arity, count, words }
    }

    /// All columns of all rows, one row after the other.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Appends a row.
    pub fn push(&mut self, row: &[u64]) {
        self.words.extend_from_slice(row);
        self.count += 1;
    }
    /// How many rows.
    pub fn len(&self) -> usize {
        self.count
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Columns of a row.
    pub fn arity(&self) -> usize {
        self.arity
    }
    /// A row by its place.
    pub fn get(&self, index: usize) -> &[u64] {
        &self.words[index * self.arity..(index + 1) * self.arity]
    }
    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u64]> {
        (0..self.count).map(|i| self.get(i))
    }

    pub(crate) fn sorted(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.count).collect();
        order.sort_unstable_by(|a, b| self.get(*a).cmp(self.get(*b)));
        self.words = order.iter().flat_map(|i| self.get(*i).iter().copied()).collect();
        self
    }
}

/// What an epoch changed in one watched relation, consolidated. A change of the base is not repeated for the forks that
/// see it: the changes of a fork are what it adds to those of the base, a row of weight two standing twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The relation.
    pub relation: Arc<str>,
    /// In which model.
    pub fork: Fork,
    /// Rows that hold now and did not.
    pub inserted: Rows,
    /// Rows that held and do not now.
    pub retracted: Rows,
}

impl Changes {
    pub(crate) fn push(&mut self, row: &[u64], weight: i32) {
        let rows = if weight > 0 { &mut self.inserted } else { &mut self.retracted };
        (0..weight.abs()).for_each(|_| rows.push(row));
    }
}

/// What a commit did.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The epoch that is now visible.
    pub epoch: u32,
    /// Facts that were inserted, in any fork.
    pub inserted: usize,
    /// Facts that were retracted, in any fork.
    pub retracted: usize,
    /// Insertions of present facts and retractions of absent ones.
    pub without_effect: usize,
    /// The work it took: rows that operators produced, intermediate ones included.
    pub produced: u64,
    /// Of the watched relations, in the order in which they are watched; those without a change are left out.
    pub changes: Vec<Changes>,
}
