//! Forks that are gone: nothing of them is seen any more, at once, wherever it still stands.
//!
//! To drop a fork by taking its updates back would cost as much again as it has cost. Instead each worker is told which
//! forks are gone, and cursors pass over their updates ([`crate::batch`]): for whoever reads an arrangement they are not
//! there. No other time is affected, since no other fork, nor the base, sees what happens in a fork. It must be told
//! between two epochs, when nothing is on its way but what inputs hold back for the open one, which an arrangement then
//! takes in and nobody sees. A fork's number is never used again. What is stored of such forks is left out when a trace is
//! written anew ([`crate::trace`]); how much that is, is counted here.
//!
//! Cost: of telling, nothing; of every look at an update of a fork, one at a bit.

use crate::time::{BASE, TOP};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

thread_local! {
    /// A bit a fork.
    static GONE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    /// How many updates of each fork have been stored that is not gone.
    static STORED: RefCell<HashMap<u32, u64>> = RefCell::default();
    /// How many of those that are gone.
    static GARBAGE: Cell<u64> = const { Cell::new(0) };
    /// Whether traces are to be written anew, and for the how manieth time.
    static COLLECTING: Cell<bool> = const { Cell::new(false) };
    static ROUND: Cell<u32> = const { Cell::new(0) };
}

/// Tells the worker of this thread that forks are gone, for good. Not the base.
pub fn forget(forks: &[u32]) {
    GONE.with_borrow_mut(|gone| {
        for fork in forks {
            debug_assert!(*fork != BASE && *fork != TOP);
            let place = *fork as usize / 64;
            if gone.len() <= place {
                gone.resize(place + 1, 0);
            }
            gone[place] |= 1 << (fork % 64);
        }
    });
    let stored = STORED.with_borrow_mut(|stored| forks.iter().filter_map(|fork| stored.remove(fork)).sum::<u64>());
    GARBAGE.set(GARBAGE.get() + stored);
}

/// How many updates of forks that are gone the traces of this thread hold.
pub fn garbage() -> u64 {
    GARBAGE.get()
}

/// Whether traces that hold many updates of forks are to be written anew, without those of forks that are gone, when their
/// operators work next; afterwards it is to be said that they are not.
pub fn collect(garbage: bool) {
    if garbage {
        GARBAGE.set(0);
        ROUND.set(ROUND.get().wrapping_add(1));
    }
    COLLECTING.set(garbage);
}

/// The number of the collection that is going on.
pub(crate) fn round() -> Option<u32> {
    COLLECTING.get().then(|| ROUND.get())
}

/// A trace is not worth being written anew for so many updates of forks.
pub(crate) fn left(updates: usize) {
    GARBAGE.set(GARBAGE.get() + updates as u64);
}

#[inline]
pub(crate) fn is_gone(fork: u32) -> bool {
    fork != BASE
        && GONE.with_borrow(|gone| gone.get(fork as usize / 64).is_some_and(|bits| bits >> (fork % 64) & 1 == 1))
}

/// An update of a fork, not of the base, has been stored.
pub(crate) fn count(fork: u32) {
    if is_gone(fork) {
        GARBAGE.set(GARBAGE.get() + 1);
    } else {
        STORED.with_borrow_mut(|stored| *stored.entry(fork).or_default() += 1);
    }
}
