//! Edits: what forks say of the facts of one relation.
//!
//! A fork says of a fact that it holds, or that it does not, or nothing; by hand, or because its scenario inserts or
//! retracts it. In a fork a fact holds if the first says so who says anything: what was edited by hand, what the scenario
//! inserts, what it retracts, the parent, and so on up to the base. What is said stays said, whatever the base does.
//!
//! In the dataflow a fork is the base and a difference to it. So when the base changes a fact of which forks speak, they,
//! and the forks of these, get a change that cancels it; and what a fork says is a change to each fork of it that says
//! nothing itself. Cost: that of those forks, and none where no fork speaks of a fact.

use crate::forks::Forks;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A change of one fact's presence in one fork, by its slot: +1 or -1.
pub(crate) type Emit<'a> = &'a mut dyn FnMut(u32, &[u64], i32);

/// Who says something of a fact in a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Whoever edits the fork: this holds, or does not.
    Hand(bool),
    /// The scenario's insertions: they have it, or do not.
    Inserted(bool),
    /// The scenario's retractions: they have it, or do not.
    Retracted(bool),
}

/// What a fork says of a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Opinion {
    by_hand: Option<bool>,
    inserted: bool,
    retracted: bool,
}

impl Opinion {
    fn says(self) -> Option<bool> {
        self.by_hand.or(self.inserted.then_some(true)).or(self.retracted.then_some(false))
    }
}

/// What all forks say of the facts of one relation.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// By fact and slot.
    said: HashMap<Arc<[u64]>, BTreeMap<u32, Opinion>>,
    /// The facts of which a slot's fork says something.
    spoken_of: HashMap<u32, HashSet<Arc<[u64]>>>,
}

impl Edits {
    /// How many opinions there are, of all forks.
    pub(crate) fn len(&self) -> usize {
        self.said.values().map(BTreeMap::len).sum()
    }

    /// What a fork, or the nearest of those that it is a fork of, says of a fact.
    pub(crate) fn says(&self, slot: u32, row: &[u64], forks: &Forks) -> Option<bool> {
        let said = self.said.get(row)?;
        forks.chain(slot).find_map(|slot| said.get(&slot).and_then(|opinion| opinion.says()))
    }

    /// The base has changed a fact: forks that speak of it must not see that, nor forks of these.
    pub(crate) fn moved(&self, row: &[u64], diff: i32, forks: &Forks, emit: Emit<'_>) {
        if self.said.is_empty() {
            return;
        }
        let Some(said) = self.said.get(row) else { return };
        let mut seen = BTreeSet::new();
        let mut open: Vec<u32> = said.iter().filter(|(_, o)| o.says().is_some()).map(|(slot, _)| *slot).collect();
        while let Some(slot) = open.pop() {
            if seen.insert(slot) {
                emit(slot, row, -diff);
                open.extend(forks.children(slot));
            }
        }
    }

    /// Somebody in a fork says something of a fact, of which the base says `base`. Gives whether it changes the fork.
    pub(crate) fn say(
        &mut self,
        slot: u32,
        row: &[u64],
        voice: Voice,
        base: bool,
        forks: &Forks,
        emit: Emit<'_>,
    ) -> bool {
        let before = self.says(slot, row, forks).unwrap_or(base);
        self.note(slot, row, voice);
        let after = self.says(slot, row, forks).unwrap_or(base);
        if before != after {
            self.pass_on(slot, row, if after { 1 } else { -1 }, forks, emit);
        }
        before != after
    }

    fn note(&mut self, slot: u32, row: &[u64], voice: Voice) {
        let key = self.said.get_key_value(row).map_or_else(|| row.into(), |(key, _)| key.clone());
        let opinion = self.said.entry(key.clone()).or_default().entry(slot).or_default();
        match voice {
            Voice::Hand(holds) => opinion.by_hand = Some(holds),
            Voice::Inserted(has) => opinion.inserted = has,
            Voice::Retracted(has) => opinion.retracted = has,
        }
        if *opinion == Opinion::default() {
            self.unsay(slot, &key);
        } else {
            self.spoken_of.entry(slot).or_default().insert(key);
        }
    }

    fn unsay(&mut self, slot: u32, row: &Arc<[u64]>) {
        if let Some(rows) = self.spoken_of.get_mut(&slot) {
            rows.remove(row);
            if rows.is_empty() {
                self.spoken_of.remove(&slot);
            }
        }
        if let Some(said) = self.said.get_mut(row) {
            said.remove(&slot);
            if said.is_empty() {
                self.said.remove(row);
            }
        }
    }

    /// A fork has changed, and with it the forks of it that say nothing themselves.
    fn pass_on(&self, slot: u32, row: &[u64], diff: i32, forks: &Forks, emit: Emit<'_>) {
        emit(slot, row, diff);
        let said = self.said.get(row);
        for child in forks.children(slot) {
            let speaks = said.and_then(|said| said.get(&child)).is_some_and(|opinion| opinion.says().is_some());
            if !speaks {
                self.pass_on(child, row, diff, forks, emit);
            }
        }
    }

    /// The facts of which a fork, or those that it is a fork of, say something.
    pub(crate) fn spoken_of(&self, slot: u32, forks: &Forks) -> BTreeSet<&Arc<[u64]>> {
        forks.chain(slot).filter_map(|slot| self.spoken_of.get(&slot)).flatten().collect()
    }

    /// The facts of which a fork itself says something.
    pub(crate) fn own(&self, slot: u32) -> Vec<Arc<[u64]>> {
        self.spoken_of.get(&slot).into_iter().flatten().cloned().collect()
    }

    /// The facts that a fork's scenario inserts, or retracts.
    pub(crate) fn of_scenario(&self, slot: u32, insert: bool) -> Vec<Arc<[u64]>> {
        let has = |opinion: &Opinion| if insert { opinion.inserted } else { opinion.retracted };
        let mut rows = self.own(slot);
        rows.retain(|row| self.said.get(row).and_then(|said| said.get(&slot)).is_some_and(has));
        rows
    }

    /// A fork says nothing any more.
    pub(crate) fn forget(&mut self, slot: u32) {
        for row in self.own(slot) {
            self.unsay(slot, &row);
        }
    }
}
