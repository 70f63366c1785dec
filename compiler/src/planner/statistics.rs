//! What is known about the sizes of relations. Plans differ by it in speed, never in meaning.

use std::collections::BTreeMap;

/// Sizes of relations by name. Whatever is missing is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    relations: BTreeMap<String, Size>,
}

/// The size of one relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many tuples it holds.
    pub rows: u64,
    /// How many different values each column holds, where that is known; may be shorter than the relation is wide.
    pub distinct: Vec<Option<u64>>,
}

impl Statistics {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// States how many tuples a relation holds.
    pub fn set_rows(&mut self, relation: impl Into<String>, rows: u64) {
        self.relations.entry(relation.into()).or_default().rows = rows;
    }

    /// States how many different values a column of a relation holds.
    pub fn set_distinct(&mut self, relation: impl Into<String>, column: usize, values: u64) {
        let distinct = &mut self.relations.entry(relation.into()).or_default().distinct;
        if distinct.len() <= column {
            distinct.resize(column + 1, None);
        }
        distinct[column] = Some(values);
    }

    /// What is known about a relation.
    pub fn get(&self, relation: &str) -> Option<&Size> {
        self.relations.get(relation)
    }
}
