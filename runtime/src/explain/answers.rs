//! The answers of *once* as a model that can be explained. They know which facts were given, and not from where: whoever
//! shows them looks that up in the files.

use super::{Model, Read};
use crate::engine::Origin;
use crate::error::Error;
use crate::once::Answers;
use crate::rows::Rows;
use crate::symbols::Symbols;
use std::collections::HashMap;

/// Answers, with what has been read of them.
pub struct Evaluated<'a> {
    answers: &'a mut Answers,
    symbols: Symbols,
    relations: HashMap<String, Rows>,
}

impl<'a> Evaluated<'a> {
    /// Over answers; the symbols are those that the facts were given with.
    pub fn new(answers: &'a mut Answers, symbols: Symbols) -> Self {
        Evaluated { answers, symbols, relations: HashMap::new() }
    }

    fn whole(&mut self, relation: &str) -> Result<&Rows, Error> {
        if !self.relations.contains_key(relation) {
            let rows = self.answers.rows(relation)?.sorted();
            self.relations.insert(relation.to_owned(), rows);
        }
        self.relations.get(relation).ok_or_else(|| Error::UnknownRelation(relation.to_owned()))
    }
}

impl Model for Evaluated<'_> {
    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn rows(&mut self, relation: &str, pattern: &[Option<u64>]) -> Result<Read, Error> {
        let all = self.whole(relation)?;
        let mut rows = Rows::new(pattern.len());
        // They are sorted: what the first columns must be is found by halving.
        let prefix: Vec<u64> = pattern.iter().map_while(|word| *word).collect();
        let from = partition(all, |row| row[..prefix.len()] < prefix[..]);
        let to = partition(all, |row| row[..prefix.len()] <= prefix[..]);
        for row in (from..to).map(|at| all.get(at)) {
            if pattern.iter().zip(row).all(|(wanted, word)| wanted.is_none_or(|w| w == *word)) {
                rows.push(row);
            }
        }
        Ok(Read { rows, scanned: to - from })
    }

    fn given(&mut self, relation: &str, row: &[u64]) -> Result<Option<Vec<Origin>>, Error> {
        let plan = self.answers.plan();
        let id = plan.find(relation).ok_or_else(|| Error::UnknownRelation(relation.to_owned()))?;
        let Some(base) = plan.relation(id).base else { return Ok(None) };
        let name = plan.relation(base).name.to_string();
        let pattern: Vec<Option<u64>> = row.iter().copied().map(Some).collect();
        Ok((!self.rows(&name, &pattern)?.rows.is_empty()).then(Vec::new))
    }

    fn stores(&self, relation: &str) -> bool {
        self.answers.plan().find(relation).is_some()
    }
}

/// How many of the rows, which are sorted, come first.
fn partition(rows: &Rows, first: impl Fn(&[u64]) -> bool) -> usize {
    let (mut low, mut high) = (0, rows.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if first(rows.get(middle)) { low = middle + 1 } else { high = middle }
    }
    low
}
