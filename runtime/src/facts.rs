//! Facts: what is asserted of the base relations, by whom, and what each fork asserts otherwise.
//!
//! The dataflow needs sets: in every fork, each fact zero times or once. This table sees to it. A fork's edit of a fact
//! holds whatever the base does to that fact later; so when the base changes a fact that a fork has edited, a change that
//! cancels it goes to the fork. Cost: constant a change, and one step for each fork that has edited the same fact.

use crate::engine::{Fork, Origin};
use dataflow::hash;
use hashbrown::HashTable;
use std::collections::{BTreeMap, HashMap};

/// A change of one fact's presence in one fork: +1 or -1.
pub(crate) type Emit<'a> = &'a mut dyn FnMut(u32, &[u64], i32);

/// The facts of one base relation.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    arity: usize,
    /// Rows by number; those that are gone are reused.
    words: Vec<u64>,
    origins: Vec<Origin>,
    free: Vec<u32>,
    numbers: HashTable<u32>,
    /// Further origins of rows that several sources assert.
    more: HashMap<u32, Vec<Origin>>,
    /// For each fact that forks have edited: fork, and whether it holds there.
    edits: HashMap<Vec<u64>, BTreeMap<u32, bool>>,
}

impl Facts {
    pub(crate) fn new(arity: usize) -> Self {
        Facts { arity, ..Facts::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    fn row(&self, number: u32) -> &[u64] {
        &self.words[number as usize * self.arity..(number as usize + 1) * self.arity]
    }

    fn find(&self, row: &[u64]) -> Option<u32> {
        self.numbers.find(hash(row.iter().copied()), |n| self.row(*n) == row).copied()
    }

    /// Whether a fact holds in a fork.
    pub(crate) fn holds(&self, fork: Fork, row: &[u64]) -> bool {
        self.edits.get(row).and_then(|edits| edits.get(&fork.0)).copied().unwrap_or_else(|| self.find(row).is_some())
    }

    /// Where a fact of the base comes from, in the order in which it was asserted.
    pub(crate) fn origins(&self, row: &[u64]) -> Vec<Origin> {
        let Some(number) = self.find(row) else { return Vec::new() };
        let more = self.more.get(&number).into_iter().flatten().copied();
        std::iter::once(self.origins[number as usize]).chain(more).collect()
    }

    /// Asserts a fact of the base; false if it held already.
    pub(crate) fn insert(&mut self, row: &[u64], origin: Origin, emit: Emit<'_>) -> bool {
        if let Some(number) = self.find(row) {
            let more = self.more.entry(number).or_default();
            if self.origins[number as usize] != origin && !more.contains(&origin) {
                more.push(origin);
            }
            return false;
        }
        let number = match self.free.pop() {
            Some(number) => {
                self.words[number as usize * self.arity..][..self.arity].copy_from_slice(row);
                self.origins[number as usize] = origin;
                number
            }
            None => {
                self.words.extend_from_slice(row);
                self.origins.push(origin);
                (self.origins.len() - 1) as u32
            }
        };
        let (words, arity) = (&self.words, self.arity);
        let hash_of = |n: &u32| hash(words[*n as usize * arity..(*n as usize + 1) * arity].iter().copied());
        self.numbers.insert_unique(hash(row.iter().copied()), number, hash_of);
        self.moved(row, 1, emit);
        true
    }

    /// Withdraws a fact of the base, whoever asserted it; false if it did not hold.
    pub(crate) fn retract(&mut self, row: &[u64], emit: Emit<'_>) -> bool {
        let (words, arity) = (&self.words, self.arity);
        let same = |n: &u32| &words[*n as usize * arity..(*n as usize + 1) * arity] == row;
        let Ok(entry) = self.numbers.find_entry(hash(row.iter().copied()), same) else { return false };
        let (number, _) = entry.remove();
        self.more.remove(&number);
        self.free.push(number);
        self.moved(row, -1, emit);
        true
    }

    /// Withdraws what one source asserts; false if the fact still holds or did not.
    pub(crate) fn withdraw(&mut self, row: &[u64], source: u32, emit: Emit<'_>) -> bool {
        let Some(number) = self.find(row) else { return false };
        let mut left = self.origins(row);
        left.retain(|origin| origin.source != source);
        match left.split_first() {
            None => self.retract(row, emit),
            Some((first, rest)) => {
                self.origins[number as usize] = *first;
                self.more.insert(number, rest.to_vec());
                false
            }
        }
    }

    /// All facts of the base that a source asserts.
    pub(crate) fn asserted_by(&self, source: u32) -> Vec<Vec<u64>> {
        let all = self.numbers.iter().map(|n| self.row(*n));
        all.filter(|row| self.origins(row).iter().any(|o| o.source == source)).map(<[u64]>::to_vec).collect()
    }

    /// Lets a fact hold, or not, in a fork; false if that is so already.
    pub(crate) fn edit(&mut self, fork: Fork, row: &[u64], holds: bool, emit: Emit<'_>) -> bool {
        let before = self.holds(fork, row);
        self.edits.entry(row.to_vec()).or_default().insert(fork.0, holds);
        if before != holds {
            emit(fork.0, row, if holds { 1 } else { -1 });
        }
        before != holds
    }

    /// Forgets what a fork asserts; gives the number of its edits.
    pub(crate) fn forget(&mut self, fork: Fork, emit: Emit<'_>) -> usize {
        let edited: Vec<(Vec<u64>, bool)> =
            self.edits.iter().filter_map(|(row, by)| Some((row.clone(), *by.get(&fork.0)?))).collect();
        for (row, holds) in &edited {
            let base = self.find(row).is_some();
            if base != *holds {
                emit(fork.0, row, if *holds { -1 } else { 1 });
            }
            if let Some(by) = self.edits.get_mut(row) {
                by.remove(&fork.0);
                if by.is_empty() {
                    self.edits.remove(row);
                }
            }
        }
        edited.len()
    }

    /// The base has changed a fact: forks that have edited it must not see that.
    fn moved(&self, row: &[u64], diff: i32, emit: Emit<'_>) {
        emit(Fork::BASE.0, row, diff);
        for fork in self.edits.get(row).into_iter().flat_map(BTreeMap::keys) {
            emit(*fork, row, -diff);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Origin = Origin { source: 1, record: 1 };
    const B: Origin = Origin { source: 2, record: 7 };

    /// Applies the emitted changes, and checks that every fork's facts are a set.
    #[derive(Default)]
    struct Seen(BTreeMap<(u32, Vec<u64>), i32>);

    impl Seen {
        fn note(&mut self) -> impl FnMut(u32, &[u64], i32) + '_ {
            |fork, row, diff| *self.0.entry((fork, row.to_vec())).or_default() += diff
        }
        fn count(&self, fork: u32, row: &[u64]) -> i32 {
            let at = |fork| self.0.get(&(fork, row.to_vec())).copied().unwrap_or(0);
            at(0) + if fork == 0 { 0 } else { at(fork) }
        }
    }

    #[test]
    fn a_fact_holds_while_one_source_asserts_it() {
        let (mut facts, mut seen) = (Facts::new(1), Seen::default());
        assert!(facts.insert(&[5], A, &mut seen.note()));
        assert!(!facts.insert(&[5], B, &mut seen.note()));
        assert_eq!(facts.origins(&[5]), [A, B]);
        assert!(!facts.withdraw(&[5], A.source, &mut seen.note()));
        assert_eq!((facts.origins(&[5]), seen.count(0, &[5])), (vec![B], 1));
        assert!(facts.withdraw(&[5], B.source, &mut seen.note()));
        assert_eq!(seen.count(0, &[5]), 0);
    }

    #[test]
    fn a_forks_edit_holds_whatever_the_base_does() {
        let (mut facts, mut seen) = (Facts::new(1), Seen::default());
        let fork = Fork(3);
        facts.insert(&[5], A, &mut seen.note());
        assert!(facts.edit(fork, &[5], false, &mut seen.note()));
        assert_eq!((seen.count(0, &[5]), seen.count(3, &[5])), (1, 0));
        facts.retract(&[5], &mut seen.note());
        assert_eq!((seen.count(0, &[5]), seen.count(3, &[5])), (0, 0));
        facts.insert(&[5], A, &mut seen.note());
        assert_eq!((seen.count(0, &[5]), seen.count(3, &[5])), (1, 0));
        assert!(facts.edit(fork, &[5], true, &mut seen.note()));
        facts.retract(&[5], &mut seen.note());
        assert_eq!((seen.count(0, &[5]), seen.count(3, &[5])), (0, 1));
        assert_eq!(facts.forget(fork, &mut seen.note()), 1);
        assert_eq!(seen.count(3, &[5]), 0);
    }

    #[test]
    fn numbers_of_retracted_rows_are_reused() {
        let (mut facts, mut seen) = (Facts::new(2), Seen::default());
        for i in 0..100 {
            facts.insert(&[i, i], A, &mut seen.note());
            facts.retract(&[i, i], &mut seen.note());
        }
        assert_eq!((facts.len(), facts.words.len()), (0, 2));
        assert!(!facts.retract(&[1, 1], &mut seen.note()));
    }
}
