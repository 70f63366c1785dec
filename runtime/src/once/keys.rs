//! Keys: the leading part of tuples, numbered in the order of appearance. Sets and indexes keep one entry a number.
//!
//! A key of one column is looked up in an array as long as its codes are small for their number, which takes a nanosecond
//! or two; one of two columns in a grid as long as that is not too empty; wider and sparser ones are hashed.

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
    /// Two columns, each of few codes.
    Grid(Grid),
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

#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    /// The first columns, which number the lines, and the second ones, which number the places in a line.
    sides: [One; 2],
    /// What has been numbered.
    codes: [Vec<Code>; 2],
    /// The number of each key; lines have room for `1 << bits`.
    cells: Vec<u32>,
    bits: u32,
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
            2 => Keys::Grid(Grid::default()),
            width => Keys::Many(Many { width, keys: Vec::new(), numbers: HashTable::new() }),
        }
    }

    /// The number of a key that has appeared.
    #[inline]
    pub(super) fn find(&self, key: &[Code]) -> Option<usize> {
        match (self, key) {
            (Keys::One(one), [code]) => one.find(*code),
            (Keys::Grid(grid), [a, b]) => grid.find(*a, *b),
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
        match (&mut *self, key) {
            (Keys::One(one), [code]) => one.number(*code),
            (Keys::Grid(grid), [a, b]) => match grid.number(*a, *b) {
                Some(number) => number,
                None => {
                    *self = Keys::Two(grid.hashed());
                    self.number(key)
                }
            },
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
            (Keys::One(_) | Keys::Grid(_) | Keys::Two(_), _) => unreachable!("a key is as wide as the keys"),
        }
    }
}

impl Keys {
    /// The bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Keys::Empty { .. } => 0,
            Keys::One(one) => one.bytes(),
            Keys::Grid(grid) => {
                let codes: usize = grid.codes.iter().map(Vec::capacity).sum();
                size_of::<Code>() * (codes + grid.cells.capacity()) + grid.sides.iter().map(One::bytes).sum::<usize>()
            }
            Keys::Two(table) => size_of::<(u64, u32)>() * table.capacity(),
            Keys::Many(many) => size_of::<Code>() * (many.keys.capacity() + many.numbers.capacity()),
        }
    }

    /// Every key with its number, in no order.
    pub(super) fn for_each(&self, mut f: impl FnMut(&[Code], usize)) {
        match self {
            Keys::Empty { present } => (0..usize::from(*present)).for_each(|number| f(&[], number)),
            Keys::One(one) => {
                let array = one.array.iter().enumerate().filter(|(_, number)| **number != NONE);
                array.for_each(|(code, number)| f(&[code as Code], *number as usize));
                one.sparse.iter().for_each(|(code, number)| f(&[*code], *number as usize));
            }
            Keys::Grid(grid) => grid.for_each(|a, b, number| f(&[a, b], number as usize)),
            Keys::Two(table) => {
                table.iter().for_each(|(word, number)| f(&[(word >> 32) as Code, *word as Code], *number as usize));
            }
            Keys::Many(many) => (0..many.numbers.len()).for_each(|number| f(many.key(number), number)),
        }
    }
}

impl One {
    fn bytes(&self) -> usize {
        size_of::<u32>() * self.array.capacity() + size_of::<(Code, u32)>() * self.sparse.capacity()
    }

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

impl Grid {
    #[inline]
    fn find(&self, a: Code, b: Code) -> Option<usize> {
        let (line, place) = (self.sides[0].find(a)?, self.sides[1].find(b)?);
        self.cells.get(line << self.bits | place).filter(|number| **number != NONE).map(|number| *number as usize)
    }

    /// The number of a key, new or known; none if it makes the grid too empty.
    #[inline]
    fn number(&mut self, a: Code, b: Code) -> Option<usize> {
        let (line, place) = (self.sides[0].number(a), self.sides[1].number(b));
        if line == self.codes[0].len() {
            self.codes[0].push(a);
        }
        if place == self.codes[1].len() {
            self.codes[1].push(b);
        }
        let cell = line << self.bits | place;
        if place >> self.bits != 0 || cell >= self.cells.len() {
            self.grow()?;
        }
        let cell = &mut self.cells[line << self.bits | place];
        if *cell == NONE {
            *cell = self.len as u32;
            self.len += 1;
        }
        Some(*cell as usize)
    }

    /// Makes room for all lines and for all places in them; none if that makes the grid too empty.
    #[cold]
    fn grow(&mut self) -> Option<()> {
        let bits = self.codes[1].len().next_power_of_two().ilog2();
        let len = self.codes[0].len() << bits;
        if len > SHORT + SPARSE * self.len {
            return None;
        }
        if bits == self.bits {
            self.cells.resize(len, NONE);
            return Some(());
        }
        let mut cells = vec![NONE; len];
        for (old, new) in self.cells.chunks(1 << self.bits).zip(cells.chunks_mut(1 << bits)) {
            new[..old.len()].copy_from_slice(old);
        }
        (self.cells, self.bits) = (cells, bits);
        Some(())
    }

    fn for_each(&self, mut f: impl FnMut(Code, Code, u32)) {
        for (first, line) in self.codes[0].iter().zip(self.cells.chunks(1 << self.bits)) {
            for (second, number) in self.codes[1].iter().zip(line).filter(|(_, number)| **number != NONE) {
                f(*first, *second, *number);
            }
        }
    }

    /// The same keys in a hash table.
    #[cold]
    fn hashed(&self) -> HashTable<(u64, u32)> {
        let mut table = HashTable::with_capacity(self.len);
        self.for_each(|first, second, number| {
            let word = pack(first, second);
            table.insert_unique(hash(word), (word, number), |(known, _)| hash(*known));
        });
        table
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
            let mut all = 0;
            keys.for_each(|key, number| {
                all += 1;
                assert_eq!(keys.find(key), Some(number));
            });
            assert_eq!(all, if width == 0 { 1 } else { made.len() });
        }
    }
}
