//! Sets of tuples: the leading columns are a key, the last column's codes its [`Members`].

use super::code::Code;
use super::keys::Keys;
use super::members::Members;
use super::table::Table;

/// A set of tuples of a fixed width.
#[derive(Clone, Debug)]
pub(super) struct Set {
    keys: Keys,
    members: Vec<Members>,
}

/// Key and last column. The tuple without columns has a last column all the same.
#[inline]
fn split(tuple: &[Code]) -> (&[Code], Code) {
    tuple.split_last().map_or((&[], 0), |(last, key)| (key, *last))
}

impl Set {
    /// No tuples yet, of so many columns.
    pub(super) fn new(arity: usize) -> Self {
        Set { keys: Keys::new(arity.saturating_sub(1)), members: Vec::new() }
    }

    /// The members of a key, which may be new.
    #[inline]
    pub(super) fn members(&mut self, key: &[Code]) -> &mut Members {
        let number = self.keys.number(key);
        if number == self.members.len() {
            self.members.push(Members::default());
        }
        &mut self.members[number]
    }

    /// Adds a tuple; whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, tuple: &[Code]) -> bool {
        let (key, last) = split(tuple);
        self.members(key).insert(last)
    }

    /// Whether a tuple is in the set.
    #[inline]
    pub(super) fn contains(&self, tuple: &[Code]) -> bool {
        let (key, last) = split(tuple);
        self.keys.find(key).is_some_and(|number| self.members[number].contains(last))
    }

    /// Adds all rows of a table.
    pub(super) fn extend(&mut self, table: &Table) {
        let mut row = Vec::new();
        for at in 0..table.len() {
            table.read(at, &mut row);
            self.insert(&row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_of_any_width_are_there_once() {
        for arity in 0..5 {
            let mut set = Set::new(arity);
            let tuple = |n: Code| (0..arity as Code).map(|c| n / (c + 1)).collect::<Vec<Code>>();
            assert!(!set.contains(&tuple(5)));
            assert!(set.insert(&tuple(5)) && !set.insert(&tuple(5)));
            assert!(set.contains(&tuple(5)));
            assert_eq!(set.insert(&tuple(6)), arity > 0);
        }
    }
}
