//! Keys: the leading part of tuples, numbered in the order of appearance. Sets and indexes keep one entry a number.
//!
//! A key of one column is looked up in an array as long as its codes are small for their number, which takes a nanosecond
//! or two; two columns are one 64-bit word in a hash table; wider keys are hashed where they stand.

use super::code::Code;
use hashbrown::HashTable;

/// Numbers for keys of a fixed width.
#[derive(Clone, Debug)]
pub(super) enum Keys {
    /// No column: one key.
    Empty {
        /// Whether it has appeared.
        present: bool,
    },
    /// One column.
    One(One),
    /// Two columns, the first in the upper half.
    Two(HashTable<(u64, u32)>),
    /// More.
    Many(Many),
}

/// No number.
const NONE: u32 = u32::MAX;

/// The array of [`One`] may always have this many entries.
const SHORT: usize = 1 << 12;

/// And this many for each key.
const SPARSE: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct One {
    /// The number of each code that is below the length.
    array: Vec<u32>,
    /// The others.
    sparse: HashTable<(Code, u32)>,
    len: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Many {
    width: usize,
    keys: Vec<Code>,
    numbers: HashTable<u32>,
}

/// A hash of one word: high bits and low bits both depend on all of it.
#[inline]
pub(super) fn hash(word: u64) -> u64 {
    word.wrapping_mul(0xf135_7aea_2e62_a9c5).rotate_left(26)
}

fn hash_all(key: &[Code]) -> u64 {
    key.iter().fold(0, |state, code| hash(state ^ u64::from(*code)))
}

#[inline]
fn pack(a: Code, b: Code) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

impl Keys {
    /// No keys yet, of so many columns.
    pub(super) fn new(width: usize) -> Self {
        match width {
            0 => Keys::Empty { present: false },
            1 => Keys::One(One::default()),
            2 => Keys::Two(HashTable::new()),
            width => Keys::Many(Many { width, keys: Vec::new(), numbers: HashTable::new() }),
        }
    }

    /// The number of a key that has appeared.
    #[inline]
    pub(super) fn find(&self, key: &[Code]) -> Option<usize> {
        match (self, key) {
            (Keys::One(one), [code]) => one.find(*code),
            (Keys::Two(table), [a, b]) => {
                let word = pack(*a, *b);
                table.find(hash(word), |(known, _)| *known == word).map(|(_, n)| *n as usize)
            }
            (Keys::Empty { present }, _) => present.then_some(0),
            (Keys::Many(many), _) => {
                many.numbers.find(hash_all(key), |n| many.key(*n as usize) == key).map(|n| *n as usize)
            }
            _ => None,
        }
    }

    /// The number of a key, new or known; a new one is the number of keys before.
    #[inline]
    pub(super) fn number(&mut self, key: &[Code]) -> usize {
        match (self, key) {
            (Keys::One(one), [code]) => one.number(*code),
            (Keys::Two(table), [a, b]) => {
                let (word, next) = (pack(*a, *b), table.len() as u32);
                let entry = table.entry(hash(word), |(known, _)| *known == word, |(known, _)| hash(*known));
                entry.or_insert((word, next)).get().1 as usize
            }
            (Keys::Empty { present }, _) => {
                *present = true;
                0
            }
            (Keys::Many(many), _) => many.number(key),
            (Keys::One(_) | Keys::Two(_), _) => unreachable!("a key is as wide as the keys"),
        }
    }
}

impl One {
    #[inline]
    fn find(&self, code: Code) -> Option<usize> {
        match self.array.get(code as usize) {
            Some(&NONE) => None,
            Some(number) => Some(*number as usize),
            None if self.sparse.is_empty() => None,
            None => self.sparse.find(hash(code.into()), |(known, _)| *known == code).map(|(_, n)| *n as usize),
        }
    }

    #[inline]
    fn number(&mut self, code: Code) -> usize {
        if let Some(number) = self.find(code) {
            return number;
        }
        let number = self.len;
        self.len += 1;
        if code as usize >= self.array.len() && (code as usize) < SHORT + SPARSE * number {
            self.lengthen(code as usize + 1);
        }
        match self.array.get_mut(code as usize) {
            Some(place) => *place = number as u32,
            None => {
                let entry = (code, number as u32);
                self.sparse.insert_unique(hash(code.into()), entry, |(known, _)| hash((*known).into()));
            }
        }
        number
    }

    #[cold]
    fn lengthen(&mut self, least: usize) {
        self.array.resize(least.next_power_of_two().max(SHORT), NONE);
        let Self { array, sparse, .. } = self;
        sparse.retain(|(code, number)| match array.get_mut(*code as usize) {
            Some(place) => {
                *place = *number;
                false
            }
            None => true,
        });
    }
}

impl Many {
    fn key(&self, number: usize) -> &[Code] {
        &self.keys[number * self.width..(number + 1) * self.width]
    }

    fn number(&mut self, key: &[Code]) -> usize {
        let Self { width, keys, numbers } = self;
        let key_of = |keys: &[Code], n: u32| hash_all(&keys[n as usize * *width..(n as usize + 1) * *width]);
        let same = |n: &u32| &keys[*n as usize * *width..(*n as usize + 1) * *width] == key;
        if let Some(number) = numbers.find(hash_all(key), same) {
            return *number as usize;
        }
        let number = numbers.len() as u32;
        keys.extend_from_slice(key);
        numbers.insert_unique(hash_all(key), number, |n| key_of(keys, *n));
        number as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_any_width_are_numbered_in_order_and_found_again() {
        for width in 0..5 {
            let mut keys = Keys::new(width);
            let made: Vec<Vec<Code>> = (0..3000u32)
                .map(|i| (0..width as u32).map(|c| if i % 3 == 0 { i * 1_000_003 + c } else { i + c }).collect())
                .collect();
            assert_eq!(keys.find(&made[0]), None);
            for (n, key) in made.iter().enumerate() {
                assert_eq!(keys.number(key), if width == 0 { 0 } else { n });
            }
            for (n, key) in made.iter().enumerate() {
                assert_eq!(keys.find(key), Some(if width == 0 { 0 } else { n }));
            }
        }
    }
}
