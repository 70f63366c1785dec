//! Forks: which counterfactuals there are, and of what.
//!
//! A fork is of the base or of another fork, its parent. In the dataflow it is a number, a *slot*, that times carry
//! ([`dataflow::ForkTime`]); there, forks are unordered, so a fork of a fork carries the edits of its parent once more
//! ([`crate::edits`]). A slot is never used again: when its fork is dropped the workers are told, and from then on nobody
//! sees what happened at its times ([`dataflow::forget`]).

use crate::error::Error;
use crate::scenario::Following;
use std::collections::{BTreeMap, BTreeSet};

/// A model: the base, or a counterfactual of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fork {
    /// Its number in the dataflow.
    pub(crate) slot: u32,
}

impl Fork {
    /// The model itself.
    pub const BASE: Fork = Fork { slot: 0 };
}

/// A fork that lives.
#[derive(Debug)]
struct Living {
    parent: u32,
    children: BTreeSet<u32>,
    following: Option<Following>,
}

/// All forks.
#[derive(Debug, Default)]
pub(crate) struct Forks {
    /// By slot, from 1.
    living: BTreeMap<u32, Living>,
    /// Slots of which the workers are yet to be told that their forks are gone.
    leaving: Vec<u32>,
    /// The last slot that was given to a fork.
    last: u32,
}

impl Forks {
    /// The slot of a fork that lives.
    pub(crate) fn slot(&self, fork: Fork) -> Result<u32, Error> {
        let lives = fork == Fork::BASE || self.living.contains_key(&fork.slot);
        if lives { Ok(fork.slot) } else { Err(Error::UnknownFork) }
    }

    /// The fork in a slot, if one lives there.
    pub(crate) fn fork(&self, slot: u32) -> Option<Fork> {
        (slot == 0 || self.living.contains_key(&slot)).then_some(Fork { slot })
    }

    /// The forks that live, by slot.
    pub(crate) fn all(&self) -> impl Iterator<Item = Fork> {
        self.living.keys().map(|slot| Fork { slot: *slot })
    }

    /// A new fork of the model in a slot.
    pub(crate) fn open(&mut self, parent: u32) -> Fork {
        self.last += 1;
        let slot = self.last;
        self.living.insert(slot, Living { parent, children: BTreeSet::new(), following: None });
        if let Some(parent) = self.living.get_mut(&parent) {
            parent.children.insert(slot);
        }
        Fork { slot }
    }

    /// The fork in a slot is gone; its children are its parent's.
    pub(crate) fn close(&mut self, slot: u32) {
        let Some(gone) = self.living.remove(&slot) else { return };
        for child in &gone.children {
            if let Some(child) = self.living.get_mut(child) {
                child.parent = gone.parent;
            }
        }
        if let Some(parent) = self.living.get_mut(&gone.parent) {
            parent.children.remove(&slot);
            parent.children.extend(&gone.children);
        }
        self.leaving.push(slot);
    }

    /// The slots of forks that were dropped since the last epoch closed.
    pub(crate) fn leaving(&self) -> &[u32] {
        &self.leaving
    }

    /// An epoch has closed: the workers know which forks were dropped before.
    pub(crate) fn epoch_closed(&mut self) {
        self.leaving.clear();
    }

    /// What a slot's fork is a fork of; 0 is the base.
    pub(crate) fn parent(&self, slot: u32) -> u32 {
        self.living.get(&slot).map_or(0, |living| living.parent)
    }

    /// The slot, its parent's, and so on, without the base.
    pub(crate) fn chain(&self, slot: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(slot), |slot| Some(self.parent(*slot))).take_while(|slot| *slot != 0)
    }

    /// The forks of a slot's fork.
    pub(crate) fn children(&self, slot: u32) -> impl Iterator<Item = u32> {
        self.living.get(&slot).into_iter().flat_map(|living| living.children.iter().copied())
    }

    /// What a slot's fork follows.
    pub(crate) fn following(&self, slot: u32) -> Option<&Following> {
        self.living.get(&slot)?.following.as_ref()
    }

    pub(crate) fn set_following(&mut self, slot: u32, following: Following) {
        if let Some(living) = self.living.get_mut(&slot) {
            living.following = Some(following);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_not_used_again() {
        let mut forks = Forks::default();
        let (a, b) = (forks.open(0), forks.open(0));
        forks.close(a.slot);
        assert_eq!((forks.slot(a), forks.leaving()), (Err(Error::UnknownFork), &[a.slot][..]));
        forks.epoch_closed();
        assert_eq!((forks.open(0).slot, forks.leaving().len()), (3, 0));
        assert_eq!((forks.slot(a), forks.slot(b)), (Err(Error::UnknownFork), Ok(b.slot)));
    }

    #[test]
    fn the_forks_of_a_fork_that_closes_are_its_parents() {
        let mut forks = Forks::default();
        let a = forks.open(0);
        let b = forks.open(a.slot);
        let c = forks.open(b.slot);
        assert_eq!(forks.chain(c.slot).collect::<Vec<_>>(), [c.slot, b.slot, a.slot]);
        forks.close(b.slot);
        assert_eq!(forks.chain(c.slot).collect::<Vec<_>>(), [c.slot, a.slot]);
        assert_eq!(forks.children(a.slot).collect::<Vec<_>>(), [c.slot]);
        forks.close(a.slot);
        assert_eq!((forks.parent(c.slot), forks.fork(c.slot)), (0, Some(c)));
    }
}
