//! Lattices for subsumption: the least order, with all rows that tie for it.

use ascent::Lattice;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The least value of the compared columns so far, and the other columns of the rows that have it. What should be
/// greatest stands in [`std::cmp::Reverse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Best<O, R: Ord> {
    order: O,
    ties: Ties<R>,
}

/// Usually there is one row, and nothing in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Ties<R: Ord> {
    One(R),
    Many(BTreeSet<R>),
}

impl<O: Ord + Clone, R: Ord + Clone> Best<O, R> {
    /// Of one row.
    pub fn new(order: O, rest: R) -> Self {
        Best { order, ties: Ties::One(rest) }
    }

    /// The compared columns.
    pub fn order(&self) -> &O {
        &self.order
    }

    /// The other columns of the best rows.
    pub fn ties(&self) -> impl Iterator<Item = &R> {
        let (one, many) = match &self.ties {
            Ties::One(row) => (Some(row), None),
            Ties::Many(rows) => (None, Some(rows.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

/// Higher in the lattice is better: a lesser order, or more ties.
impl<O: Ord, R: Ord> PartialOrd for Best<O, R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let subset = |a: &Ties<R>, b: &Ties<R>| match (a, b) {
            (Ties::One(a), Ties::One(b)) => a == b,
            (Ties::One(a), Ties::Many(b)) => b.contains(a),
            (Ties::Many(a), Ties::One(b)) => a.iter().all(|row| row == b),
            (Ties::Many(a), Ties::Many(b)) => a.is_subset(b),
        };
        match other.order.cmp(&self.order) {
            Ordering::Equal => match (subset(&self.ties, &other.ties), subset(&other.ties, &self.ties)) {
                (true, true) => Some(Ordering::Equal),
                (true, false) => Some(Ordering::Less),
                (false, true) => Some(Ordering::Greater),
                (false, false) => None,
            },
            different => Some(different),
        }
    }
}

impl<O: Ord + Clone, R: Ord + Clone> Lattice for Best<O, R> {
    fn join_mut(&mut self, other: Self) -> bool {
        match other.order.cmp(&self.order) {
            Ordering::Less => {
                *self = other;
                true
            }
            Ordering::Equal => {
                let before = self.ties().count();
                if self.ties != other.ties {
                    let all: BTreeSet<R> = self.ties().chain(other.ties()).cloned().collect();
                    self.ties = Ties::Many(all);
                }
                self.ties().count() != before
            }
            Ordering::Greater => false,
        }
    }

    /// Never asked for by rules, which only join.
    fn meet_mut(&mut self, other: Self) -> bool {
        match other.order.cmp(&self.order) {
            Ordering::Greater => {
                *self = other;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;

    #[test]
    fn the_least_order_stays_and_equal_orders_tie() {
        let mut best = Best::new((3, Reverse(1)), ("a",));
        assert!(!best.join_mut(Best::new((3, Reverse(1)), ("a",))));
        assert!(best.join_mut(Best::new((3, Reverse(1)), ("b",))));
        assert_eq!(best.ties().collect::<Vec<_>>(), [&("a",), &("b",)]);
        assert!(!best.join_mut(Best::new((3, Reverse(0)), ("c",))));
        assert!(best.join_mut(Best::new((3, Reverse(2)), ("d",))));
        assert_eq!(best.ties().collect::<Vec<_>>(), [&("d",)]);
    }
}
