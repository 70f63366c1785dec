//! The facts of a snapshot, and the lines that state them.

use crate::why::Place;
use compiler::program::{Program, RelationId};
use compiler::span::Sources;
use ingest::batch::Kept;
use runtime::{Rows, Symbols};
use std::cell::RefCell;
use std::collections::HashMap;

/// The places of rows, by row.
type Index = HashMap<Vec<u64>, Vec<u32>>;

/// Facts that were read; an index is made of a relation when one of its facts is looked up.
pub(crate) struct Evidence {
    facts: Kept,
    indexes: RefCell<HashMap<String, Index>>,
}

impl Evidence {
    pub(crate) fn new(facts: Kept) -> Self {
        Evidence { facts, indexes: RefCell::default() }
    }

    /// How many facts there are.
    pub(crate) fn facts(&self) -> usize {
        self.facts.relations.values().map(|(rows, _)| rows.len()).sum()
    }

    /// The facts by relation.
    pub(crate) fn relations(&self) -> impl Iterator<Item = (&str, &Rows)> {
        self.facts.relations.iter().map(|(name, (rows, _))| (name.as_str(), rows))
    }

    /// Whether a fact was read.
    pub(crate) fn holds(&self, relation: &str, row: &[u64]) -> bool {
        !self.find(relation, row).is_empty()
    }

    fn find(&self, relation: &str, row: &[u64]) -> Vec<u32> {
        let Some((rows, _)) = self.facts.relations.get(relation) else { return Vec::new() };
        let mut indexes = self.indexes.borrow_mut();
        let index = indexes.entry(relation.to_owned()).or_insert_with(|| {
            let mut index = Index::new();
            rows.iter().enumerate().for_each(|(at, row)| index.entry(row.to_vec()).or_default().push(at as u32));
            index
        });
        index.get(row).cloned().unwrap_or_default()
    }

    /// Where a fact stands, in the program's text or in files.
    pub(crate) fn places(
        &self,
        program: &Program,
        sources: &Sources,
        symbols: &Symbols,
        relation: RelationId,
        row: &[u64],
    ) -> Vec<Place> {
        let stated = program.facts.iter().filter(|fact| fact.relation == relation);
        let is = |values: &[compiler::value::Const]| {
            values.iter().map(|value| symbols.constant(value)).eq(row.iter().copied())
        };
        let stated = stated.filter(|fact| is(&fact.values)).map(|fact| {
            let (line, _) = sources.position(fact.span);
            Place { file: sources.get(fact.span.source).name.to_string(), line }
        });
        let mut places: Vec<Place> = stated.collect();
        let name = &*program.relation(relation).name;
        if let Some((_, origins)) = self.facts.relations.get(name) {
            places.extend(self.find(name, row).into_iter().filter_map(|at| {
                let origin = origins.get(at as usize)?;
                let file = self.facts.sources.get(origin.source as usize)?.clone();
                Some(Place { file, line: origin.record as usize })
            }));
        }
        places.dedup();
        places
    }
}
