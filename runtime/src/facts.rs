//! Facts: what is asserted of the base relations, by whom, and what each fork asserts otherwise.
//!
//! The dataflow needs sets: in every fork, each fact zero times or once. This table sees to it, together with what forks
//! say of facts ([`Edits`]). What a stream states of a relation is not in it: the fold that states it knows what it has
//! stated ([`folded`]). Cost: constant a change, and one step for each fork that sees something else for it.

mod folded;

use crate::edits::{Edits, Emit, Voice};
use crate::engine::Origin;
use crate::forks::Forks;
use crate::rows::equal;
use dataflow::hash;
use folded::Folded;
use hashbrown::HashTable;
use std::collections::HashMap;
use std::sync::Arc;

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
    /// What forks say of facts.
    edits: Edits,
    /// What a stream states beside all that.
    folded: Option<Box<Folded>>,
}

impl Facts {
    pub(crate) fn new(arity: usize) -> Self {
        Facts { arity, ..Facts::default() }
    }

    /// How many facts the base has.
    pub(crate) fn len(&self) -> usize {
        let folded = |folded: &Folded| folded.len(self.numbers.iter().map(|number| self.row(*number)));
        self.numbers.len() + self.folded.as_deref().map_or(0, folded)
    }

    fn row(&self, number: u32) -> &[u64] {
        &self.words[number as usize * self.arity..(number as usize + 1) * self.arity]
    }

    fn find(&self, row: &[u64]) -> Option<u32> {
        self.numbers.find(hash(row.iter().copied()), |n| equal(self.row(*n), row)).copied()
    }

    /// Whether a stream states a fact.
    fn is_folded(&self, row: &[u64]) -> bool {
        self.folded.as_ref().is_some_and(|folded| folded.states(row))
    }

    /// Whether a fact of the base holds.
    fn in_base(&self, row: &[u64]) -> bool {
        self.find(row).is_some() || self.is_folded(row)
    }

    /// Whether a fact holds in a slot's fork.
    pub(crate) fn holds(&self, slot: u32, row: &[u64], forks: &Forks) -> bool {
        self.edits.says(slot, row, forks).unwrap_or_else(|| self.in_base(row))
    }

    /// What forks say of facts.
    pub(crate) fn edits(&self) -> &Edits {
        &self.edits
    }

    /// Every fact that holds in a slot's fork, once.
    pub(crate) fn each(&self, slot: u32, forks: &Forks, mut f: impl FnMut(&[u64])) {
        let spoken = self.edits.spoken_of(slot, forks);
        let mut show = |row: &[u64]| {
            if spoken.is_empty() || self.edits.says(slot, row, forks).unwrap_or(true) {
                f(row);
            }
        };
        self.numbers.iter().for_each(|number| show(self.row(*number)));
        if let Some(folded) = &self.folded {
            folded.each(|row| {
                if self.find(row).is_none() {
                    show(row);
                }
            });
        }
        let own = spoken.into_iter().filter(|row| !self.in_base(row) && self.holds(slot, row, forks));
        own.for_each(|row| f(row));
    }

    /// Where a fact of the base comes from, in the order in which it was asserted.
    pub(crate) fn origins(&self, row: &[u64]) -> Vec<Origin> {
        let mut all = self.stated(row);
        all.extend(self.folded.as_ref().filter(|folded| folded.states(row)).map(|folded| folded.origin));
        all
    }

    /// The same, without what a stream states.
    fn stated(&self, row: &[u64]) -> Vec<Origin> {
        let Some(number) = self.find(row) else { return Vec::new() };
        let more = self.more.get(&number).into_iter().flatten().copied();
        std::iter::once(self.origins[number as usize]).chain(more).collect()
    }

    /// Asserts a fact of the base; false if it held already.
    pub(crate) fn insert(&mut self, row: &[u64], origin: Origin, forks: &Forks, emit: Emit<'_>) -> bool {
        if let Some(number) = self.find(row) {
            let more = self.more.entry(number).or_default();
            if self.origins[number as usize] != origin && !more.contains(&origin) {
                more.push(origin);
            }
            return false;
        }
        let held = self.is_folded(row);
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
        if !held {
            self.moves(row, 1, forks, emit);
        }
        !held
    }

    /// Withdraws a fact of the base, whoever asserted it; false if it did not hold.
    pub(crate) fn retract(&mut self, row: &[u64], forks: &Forks, emit: Emit<'_>) -> bool {
        let held = self.is_folded(row);
        if let (true, Some(folded)) = (held, &mut self.folded) {
            folded.take_back(row);
        }
        let held = self.remove(row) || held;
        if held {
            self.moves(row, -1, forks, emit);
        }
        held
    }

    /// The base has changed.
    fn moves(&self, row: &[u64], sign: i32, forks: &Forks, emit: Emit<'_>) {
        emit(0, row, sign);
        self.edits.moved(row, sign, forks, emit);
    }

    /// Nobody but perhaps a stream asserts a fact any more; false if nobody did.
    fn remove(&mut self, row: &[u64]) -> bool {
        let (words, arity) = (&self.words, self.arity);
        let same = |n: &u32| equal(&words[*n as usize * arity..(*n as usize + 1) * arity], row);
        let Ok(entry) = self.numbers.find_entry(hash(row.iter().copied()), same) else { return false };
        let (number, _) = entry.remove();
        self.more.remove(&number);
        self.free.push(number);
        true
    }

    /// Withdraws what one source asserts; false if the fact still holds or did not.
    pub(crate) fn withdraw(&mut self, row: &[u64], source: u32, forks: &Forks, emit: Emit<'_>) -> bool {
        let Some(number) = self.find(row) else { return false };
        let mut left = self.stated(row);
        left.retain(|origin| origin.source != source);
        match left.split_first() {
            None => {
                let held = self.is_folded(row);
                self.remove(row);
                if !held {
                    self.moves(row, -1, forks, emit);
                }
                !held
            }
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
        all.filter(|row| self.stated(row).iter().any(|o| o.source == source)).map(<[u64]>::to_vec).collect()
    }

    /// Somebody says something of a fact in a slot's fork; false if that changes nothing there.
    pub(crate) fn edit(&mut self, slot: u32, row: &[u64], voice: Voice, forks: &Forks, emit: Emit<'_>) -> bool {
        let base = self.in_base(row);
        self.edits.say(slot, row, voice, base, forks, emit)
    }

    /// The difference of a slot's fork to the base.
    pub(crate) fn difference(&self, slot: u32, forks: &Forks, emit: Emit<'_>) {
        for row in self.edits.spoken_of(slot, forks) {
            let (base, holds) = (self.in_base(row), self.holds(slot, row, forks));
            if base != holds {
                emit(slot, row, if holds { 1 } else { -1 });
            }
        }
    }

    /// The facts of which a slot's fork itself speaks: whether each holds there, and in the fork's parent.
    pub(crate) fn spoken(&self, slot: u32, forks: &Forks) -> Vec<(Arc<[u64]>, bool, bool)> {
        let parent = forks.parent(slot);
        let both = |row: Arc<[u64]>| {
            let (holds, above) = (self.holds(slot, &row, forks), self.holds(parent, &row, forks));
            (row, holds, above)
        };
        self.edits.own(slot).into_iter().map(both).collect()
    }

    /// A slot's fork says nothing any more.
    pub(crate) fn forget(&mut self, slot: u32) {
        self.edits.forget(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

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
        let (mut facts, mut seen, forks) = (Facts::new(1), Seen::default(), &Forks::default());
        assert!(facts.insert(&[5], A, forks, &mut seen.note()));
        assert!(!facts.insert(&[5], B, forks, &mut seen.note()));
        assert_eq!(facts.origins(&[5]), [A, B]);
        assert!(!facts.withdraw(&[5], A.source, forks, &mut seen.note()));
        assert_eq!((facts.origins(&[5]), seen.count(0, &[5])), (vec![B], 1));
        assert!(facts.withdraw(&[5], B.source, forks, &mut seen.note()));
        assert_eq!(seen.count(0, &[5]), 0);
    }

    #[test]
    fn a_forks_edit_holds_whatever_the_base_does() {
        let (mut facts, mut seen, mut forks) = (Facts::new(1), Seen::default(), Forks::default());
        let fork = forks.open(0).slot;
        facts.insert(&[5], A, &forks, &mut seen.note());
        assert!(facts.edit(fork, &[5], Voice::Hand(false), &forks, &mut seen.note()));
        assert_eq!((seen.count(0, &[5]), seen.count(fork, &[5])), (1, 0));
        facts.retract(&[5], &forks, &mut seen.note());
        assert_eq!((seen.count(0, &[5]), seen.count(fork, &[5])), (0, 0));
        facts.insert(&[5], A, &forks, &mut seen.note());
        assert_eq!((seen.count(0, &[5]), seen.count(fork, &[5])), (1, 0));
        assert!(facts.edit(fork, &[5], Voice::Hand(true), &forks, &mut seen.note()));
        facts.retract(&[5], &forks, &mut seen.note());
        assert_eq!((seen.count(0, &[5]), seen.count(fork, &[5])), (0, 1));
        let mut told = Seen::default();
        facts.difference(fork, &forks, &mut told.note());
        assert_eq!(told.0, BTreeMap::from([((fork, vec![5]), 1)]), "it is what the workers know already");
        assert_eq!(seen.0[&(fork, vec![5])], 1);
        facts.forget(fork);
        assert_eq!(facts.edits().len(), 0);
    }

    /// All that four forks (one of the base, one of that, one of that, and another of the base) can see of one fact is
    /// what the nearest says who speaks, after any few statements.
    #[test]
    fn the_nearest_who_speaks_is_believed() {
        let mut forks = Forks::default();
        let a = forks.open(0).slot;
        let b = forks.open(a).slot;
        let c = forks.open(b).slot;
        let d = forks.open(0).slot;
        let (row, slots) = (&[5][..], [a, b, c, d]);
        let voices = |has: bool| [Voice::Hand(has), Voice::Inserted(has), Voice::Retracted(has)];
        for case in 0..4000usize {
            let (mut facts, mut seen) = (Facts::new(1), Seen::default());
            let mut said: BTreeMap<u32, [Option<bool>; 3]> = BTreeMap::new();
            let (mut base, mut dice) = (false, case);
            for _ in 0..6 {
                dice = dice.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let roll = dice >> 33;
                if roll & 3 == 0 {
                    base = !base;
                    match base {
                        true => facts.insert(row, A, &forks, &mut seen.note()),
                        false => facts.retract(row, &forks, &mut seen.note()),
                    };
                } else {
                    let (slot, kind) = (slots[roll / 4 % 4], roll / 16 % 3);
                    let has = roll & 64 == 0;
                    said.entry(slot).or_default()[kind] = Some(has);
                    facts.edit(slot, row, voices(has)[kind], &forks, &mut seen.note());
                }
                for slot in slots {
                    let one = |s: u32| {
                        let [hand, inserted, retracted] = said.get(&s).copied().unwrap_or_default();
                        hand.or(inserted.filter(|has| *has)).or(retracted.filter(|has| *has).map(|_| false))
                    };
                    let expected = forks.chain(slot).find_map(one).unwrap_or(base);
                    assert_eq!(seen.count(slot, row), i32::from(expected), "case {case}, fork {slot}: {said:?}");
                    assert_eq!(facts.holds(slot, row, &forks), expected);
                }
            }
        }
    }

    #[test]
    fn numbers_of_retracted_rows_are_reused() {
        let (mut facts, mut seen, forks) = (Facts::new(2), Seen::default(), &Forks::default());
        for i in 0..100 {
            facts.insert(&[i, i], A, forks, &mut seen.note());
            facts.retract(&[i, i], forks, &mut seen.note());
        }
        assert_eq!((facts.len(), facts.words.len()), (0, 2));
        assert!(!facts.retract(&[1, 1], forks, &mut seen.note()));
    }
}
