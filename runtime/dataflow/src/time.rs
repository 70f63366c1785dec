//! Logical time: an epoch and a fork.
//!
//! The root time of every dataflow is [`ForkTime`]. `(e1, f1) <= (e2, f2)` iff `e1 <= e2` and either `f1 == f2`, or `f1`
//! is the base, or `f2` is [`TOP`]. So a fork sees what the base did and what it did itself, and nothing of another fork.
//! The join of two different forks is `TOP`: no reader ever looks there, since the down-set of `(e, k)` holds base and
//! fork-`k` times only. Whatever would happen at `TOP` may therefore be dropped, and must be: two forks that retract one
//! fact give it multiplicity -1 at `TOP`, and a loop over such data need not end.

use differential_dataflow::lattice::Lattice;
use serde::{Deserialize, Serialize};
use timely::order::{PartialOrder, Product};
use timely::progress::Timestamp;
use timely::progress::timestamp::{PathSummary, Refines};

/// The fork coordinate of the model itself.
pub const BASE: u32 = 0;
/// The fork coordinate at which different forks meet, and which nobody reads.
pub const TOP: u32 = u32::MAX;

/// An epoch of the base or of a fork.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForkTime {
    /// The epoch.
    pub epoch: u32,
    /// The fork, or [`BASE`], or [`TOP`].
    pub fork: u32,
}

impl ForkTime {
    /// An epoch of a fork.
    pub fn new(epoch: u32, fork: u32) -> Self {
        ForkTime { epoch, fork }
    }

    /// An epoch of the base.
    pub fn base(epoch: u32) -> Self {
        ForkTime { epoch, fork: BASE }
    }
}

impl PartialOrder for ForkTime {
    #[inline]
    fn less_equal(&self, other: &Self) -> bool {
        self.epoch <= other.epoch && (self.fork == other.fork || self.fork == BASE || other.fork == TOP)
    }
}

impl Lattice for ForkTime {
    #[inline]
    fn join(&self, other: &Self) -> Self {
        let fork = match (self.fork, other.fork) {
            (a, b) if a == b => a,
            (BASE, f) | (f, BASE) => f,
            _ => TOP,
        };
        ForkTime { epoch: self.epoch.max(other.epoch), fork }
    }

    #[inline]
    fn meet(&self, other: &Self) -> Self {
        let fork = match (self.fork, other.fork) {
            (a, b) if a == b => a,
            (TOP, f) | (f, TOP) => f,
            _ => BASE,
        };
        ForkTime { epoch: self.epoch.min(other.epoch), fork }
    }
}

impl Timestamp for ForkTime {
    type Summary = u32;
    fn minimum() -> Self {
        ForkTime::default()
    }
}

/// A path through the dataflow advances the epoch, never the fork.
impl PathSummary<ForkTime> for u32 {
    #[inline]
    fn results_in(&self, time: &ForkTime) -> Option<ForkTime> {
        time.epoch.checked_add(*self).map(|epoch| ForkTime { epoch, fork: time.fork })
    }
    #[inline]
    fn followed_by(&self, other: &Self) -> Option<Self> {
        self.checked_add(*other)
    }
}

impl Refines<()> for ForkTime {
    fn to_inner(_: ()) -> Self {
        ForkTime::default()
    }
    fn to_outer(self) {}
    fn summarize(_: u32) {}
}

/// The time within a recursive stratum: the root time and the round.
pub type LoopTime = Product<ForkTime, u32>;

/// What operators need of a time: its fork coordinate, and how to carry it between processes.
pub trait Time: Timestamp + Lattice + Copy + Refines<ForkTime> {
    /// The fork.
    fn fork(&self) -> u32;
    /// The same time in the base.
    fn in_base(&self) -> Self;
    /// As words, and back.
    fn to_words(self) -> [u64; 2];
    /// The inverse of [`Time::to_words`].
    fn from_words(words: [u64; 2]) -> Self;
}

impl Time for ForkTime {
    #[inline]
    fn fork(&self) -> u32 {
        self.fork
    }
    #[inline]
    fn in_base(&self) -> Self {
        ForkTime { epoch: self.epoch, fork: BASE }
    }
    fn to_words(self) -> [u64; 2] {
        [u64::from(self.epoch) << 32 | u64::from(self.fork), 0]
    }
    fn from_words(words: [u64; 2]) -> Self {
        ForkTime { epoch: (words[0] >> 32) as u32, fork: words[0] as u32 }
    }
}

impl Time for LoopTime {
    #[inline]
    fn fork(&self) -> u32 {
        self.outer.fork
    }
    #[inline]
    fn in_base(&self) -> Self {
        Product::new(self.outer.in_base(), self.inner)
    }
    fn to_words(self) -> [u64; 2] {
        [self.outer.to_words()[0], u64::from(self.inner)]
    }
    fn from_words(words: [u64; 2]) -> Self {
        Product::new(ForkTime::from_words(words), words[1] as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<ForkTime> {
        let forks = [BASE, 1, 2, TOP];
        (0..3).flat_map(|e| forks.iter().map(move |f| ForkTime::new(e, *f))).collect()
    }

    #[test]
    fn joins_are_least_upper_bounds_and_meets_greatest_lower_ones() {
        for a in some() {
            for b in some() {
                let (join, meet) = (a.join(&b), a.meet(&b));
                assert!(a.less_equal(&join) && b.less_equal(&join));
                assert!(meet.less_equal(&a) && meet.less_equal(&b));
                for c in some() {
                    assert!(!(a.less_equal(&c) && b.less_equal(&c)) || join.less_equal(&c));
                    assert!(!(c.less_equal(&a) && c.less_equal(&b)) || c.less_equal(&meet));
                }
            }
        }
    }

    #[test]
    fn the_total_order_extends_the_partial_order() {
        for a in some() {
            for b in some() {
                assert!(!a.less_equal(&b) || a <= b, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_fork_sees_the_base_and_itself_only() {
        assert!(ForkTime::base(1).less_equal(&ForkTime::new(1, 7)));
        assert!(!ForkTime::new(1, 7).less_equal(&ForkTime::base(9)));
        assert!(!ForkTime::new(1, 7).less_equal(&ForkTime::new(9, 8)));
    }

    #[test]
    fn times_survive_the_way_through_words() {
        for time in some() {
            assert_eq!(ForkTime::from_words(time.to_words()), time);
            let inner = Product::new(time, 5);
            assert_eq!(LoopTime::from_words(inner.to_words()), inner);
        }
    }
}
