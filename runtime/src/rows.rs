//! What comes out of the engine: rows of a relation, and what an epoch changed.

use crate::engine::Fork;
use std::collections::BTreeMap;
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

    /// The rows in the order of their words.
    pub(crate) fn sorted(mut self) -> Self {
        if self.arity == 0 || self.sort_packed() {
            return self;
        }
        match self.arity {
            1 => self.words.sort_unstable(),
            2 => self.words.as_chunks_mut::<2>().0.sort_unstable(),
            3 => self.words.as_chunks_mut::<3>().0.sort_unstable(),
            _ if self.iter().is_sorted() => {}
            _ => {
                let mut order: Vec<usize> = (0..self.count).collect();
                order.sort_unstable_by(|a, b| self.get(*a).cmp(self.get(*b)));
                self.words = order.iter().flat_map(|i| self.get(*i).iter().copied()).collect();
            }
        }
        self
    }

    /// Sorts rows that fit into one word each, which is several times quicker; says whether they do.
    fn sort_packed(&mut self) -> bool {
        let mut widths = vec![0; self.arity];
        for row in self.words.chunks_exact(self.arity) {
            widths.iter_mut().zip(row).for_each(|(width, word)| *width |= word);
        }
        let widths: Vec<u32> = widths.iter().map(|all| u64::BITS - all.leading_zeros()).collect();
        if widths.iter().sum::<u32>() > u64::BITS {
            return false;
        }
        let pack = |row: &[u64]| {
            row.iter().zip(&widths).fold(0_u64, |key, (word, width)| key.checked_shl(*width).unwrap_or(0) | word)
        };
        let mut keys: Vec<u64> = self.words.chunks_exact(self.arity).map(pack).collect();
        keys.sort_unstable();
        for (row, mut key) in self.words.chunks_exact_mut(self.arity).zip(keys) {
            for (word, width) in row.iter_mut().zip(&widths).rev() {
                let rest = key.checked_shr(*width).unwrap_or(0);
                *word = key ^ rest.checked_shl(*width).unwrap_or(0);
                key = rest;
            }
        }
        true
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
    fn consolidate(&mut self) {
        let mut weights: BTreeMap<Vec<u64>, i32> = BTreeMap::new();
        for (rows, sign) in [(&self.inserted, 1), (&self.retracted, -1)] {
            rows.iter().for_each(|row| *weights.entry(row.to_vec()).or_default() += sign);
        }
        let arity = self.inserted.arity();
        (self.inserted, self.retracted) = (Rows::new(arity), Rows::new(arity));
        weights.into_iter().for_each(|(row, weight)| self.push(&row, weight));
    }

    pub(crate) fn push(&mut self, row: &[u64], weight: i32) {
        let rows = if weight > 0 { &mut self.inserted } else { &mut self.retracted };
        (0..weight.abs()).for_each(|_| rows.push(row));
    }
}

/// Changes that came one after the other, as one: those of a relation in a fork are summed up.
pub(crate) fn added(all: Vec<Changes>) -> Vec<Changes> {
    let mut sums: Vec<Changes> = Vec::new();
    let mut several = false;
    for change in all {
        match sums.iter_mut().find(|sum| sum.relation == change.relation && sum.fork == change.fork) {
            Some(sum) => {
                several = true;
                change.inserted.iter().for_each(|row| sum.inserted.push(row));
                change.retracted.iter().for_each(|row| sum.retracted.push(row));
            }
            None => sums.push(change),
        }
    }
    if several {
        sums.iter_mut().for_each(Changes::consolidate);
        sums.retain(|sum| !(sum.inserted.is_empty() && sum.retracted.is_empty()));
    }
    sums
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
    /// How many layers were derived afresh, since to maintain them would have cost more ([`crate::afresh`]).
    pub afresh: usize,
    /// Of the watched relations, in the order in which they are watched; those without a change are left out.
    pub changes: Vec<Changes>,
}

/// Whether two rows are equal. They are compared from the end: of many rows with a common key the first columns, mostly,
/// tell none from another.
#[inline]
pub(crate) fn equal(a: &[u64], b: &[u64]) -> bool {
    a.iter().zip(b).rev().all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_by_their_words_whether_they_can_be_packed_or_not() {
        let mut draw = 1_u64;
        for arity in 0..=6_u32 {
            for bits in [1, 9, 20, 33, 64] {
                let mut word = || {
                    draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    draw >> (64 - bits)
                };
                let rows: Vec<Vec<u64>> = (0..200).map(|_| (0..arity).map(|_| word()).collect()).collect();
                let mut expected = rows.clone();
                expected.sort();
                let found = Rows::from_words(arity as usize, rows.len(), rows.concat()).sorted();
                assert_eq!(found.iter().map(<[u64]>::to_vec).collect::<Vec<_>>(), expected, "{arity} of {bits} bits");
            }
        }
    }
}
