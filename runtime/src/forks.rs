//! Forks: which counterfactuals there are, and of what.
//!
//! A fork is of the base or of another fork, its parent. In the dataflow it is a number, a *slot*, that times carry
//! ([`dataflow::ForkTime`]); there, forks are unordered, so a fork of a fork carries the edits of its parent once more
//! ([`crate::edits`]). A slot is used again once the epoch has closed in which its last fork was dropped: from then on
//! what was at its times adds up to nothing.

use crate::error::Error;
use crate::scenario::Following;
use std::collections::BTreeSet;

/// A model: the base, or a counterfactual of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fork {
    /// Its number in the dataflow.
    pub(crate) slot: u32,
    /// Tells it from others that have had the same number.
    made: u32,
}

impl Fork {
    /// The model itself.
    pub const BASE: Fork = Fork { slot: 0, made: 0 };
}

/// A fork that lives.
#[derive(Debug)]
struct Living {
    fork: Fork,
    parent: u32,
    children: BTreeSet<u32>,
    following: Option<Following>,
}

/// All forks.
#[derive(Debug, Default)]
pub(crate) struct Forks {
    /// By slot, from 1.
    living: Vec<Option<Living>>,
    /// Slots that can be used again, and those that can when the open epoch has closed.
    free: Vec<u32>,
    leaving: Vec<u32>,
    made: u32,
}

impl Forks {
    fn get(&self, slot: u32) -> Option<&Living> {
        self.living.get(slot.checked_sub(1)? as usize)?.as_ref()
    }

    fn get_mut(&mut self, slot: u32) -> Option<&mut Living> {
        self.living.get_mut(slot.checked_sub(1)? as usize)?.as_mut()
    }

    /// The slot of a fork that lives.
    pub(crate) fn slot(&self, fork: Fork) -> Result<u32, Error> {
        let lives = fork == Fork::BASE || self.get(fork.slot).is_some_and(|living| living.fork == fork);
        if lives { Ok(fork.slot) } else { Err(Error::UnknownFork) }
    }

    /// The fork in a slot, if one lives there.
    pub(crate) fn fork(&self, slot: u32) -> Option<Fork> {
        if slot == 0 { Some(Fork::BASE) } else { self.get(slot).map(|living| living.fork) }
    }

    /// The forks that live, by slot.
    pub(crate) fn all(&self) -> impl Iterator<Item = Fork> {
        self.living.iter().flatten().map(|living| living.fork)
    }

    /// A new fork of the model in a slot.
    pub(crate) fn open(&mut self, parent: u32) -> Fork {
        self.made += 1;
        let slot = self.free.pop().unwrap_or(self.living.len() as u32 + 1);
        let fork = Fork { slot, made: self.made };
        let living = Some(Living { fork, parent, children: BTreeSet::new(), following: None });
        match self.living.get_mut(slot as usize - 1) {
            Some(place) => *place = living,
            None => self.living.push(living),
        }
        if let Some(parent) = self.get_mut(parent) {
            parent.children.insert(slot);
        }
        fork
    }

    /// The fork in a slot is gone; its children are its parent's.
    pub(crate) fn close(&mut self, slot: u32) {
        let Some(gone) = self.living.get_mut(slot as usize - 1).and_then(Option::take) else { return };
        for child in &gone.children {
            if let Some(child) = self.get_mut(*child) {
                child.parent = gone.parent;
            }
        }
        if let Some(parent) = self.get_mut(gone.parent) {
            parent.children.remove(&slot);
            parent.children.extend(&gone.children);
        }
        self.leaving.push(slot);
    }

    /// Whether forks were dropped since the last epoch closed.
    pub(crate) fn are_leaving(&self) -> bool {
        !self.leaving.is_empty()
    }

    /// An epoch has closed: slots of forks that were dropped before can be used again.
    pub(crate) fn epoch_closed(&mut self) {
        self.free.append(&mut self.leaving);
    }

    /// What a slot's fork is a fork of; 0 is the base.
    pub(crate) fn parent(&self, slot: u32) -> u32 {
        self.get(slot).map_or(0, |living| living.parent)
    }

    /// The slot, its parent's, and so on, without the base.
    pub(crate) fn chain(&self, slot: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(slot), |slot| Some(self.parent(*slot))).take_while(|slot| *slot != 0)
    }

    /// The forks of a slot's fork.
    pub(crate) fn children(&self, slot: u32) -> impl Iterator<Item = u32> {
        self.get(slot).into_iter().flat_map(|living| living.children.iter().copied())
    }

    /// What a slot's fork follows.
    pub(crate) fn following(&self, slot: u32) -> Option<&Following> {
        self.get(slot)?.following.as_ref()
    }

    pub(crate) fn set_following(&mut self, slot: u32, following: Following) {
        if let Some(living) = self.get_mut(slot) {
            living.following = Some(following);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_after_the_epoch_and_by_another_fork() {
        let mut forks = Forks::default();
        let (a, b) = (forks.open(0), forks.open(0));
        forks.close(a.slot);
        assert_eq!(forks.slot(a), Err(Error::UnknownFork));
        assert_eq!(forks.open(0).slot, 3);
        forks.epoch_closed();
        let again = forks.open(0);
        assert_eq!((again.slot, again == a), (a.slot, false));
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
