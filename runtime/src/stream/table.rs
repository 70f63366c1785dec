//! Relations of one group: rows one after the other, most of them a dozen, all of them in the cache.
//!
//! A few rows are searched from end to end. From [`FEW`] on there are indexes: hash chains, which take in what was added
//! when they are next asked for. Clearing keeps the room.

use crate::rows::equal;
use dataflow::hash;
use hashbrown::HashTable;

/// So many rows are searched without an index.
const FEW: usize = 24;

/// Rows of a fixed width, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    arity: usize,
    len: usize,
    words: Vec<u64>,
    /// By all columns.
    members: Index,
    indexes: Vec<Index>,
}

/// The columns of an index, and where in the keys that are looked up each has its word. A key may have more words than that:
/// those in which all rows, and all that is looked for, agree anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    columns: Vec<usize>,
    words: Vec<usize>,
}

/// Chains of the rows that agree on some columns, youngest first.
#[derive(Clone, Debug, Default)]
struct Index {
    by: Columns,
    heads: HashTable<u32>,
    next: Vec<u32>,
}

/// No row.
const NONE: u32 = u32::MAX;

impl Columns {
    /// Columns in the order of the words of keys, but for one in which all agree.
    pub(super) fn new(columns: &[usize], same: Option<usize>) -> Self {
        let told_apart = columns.iter().enumerate().filter(|(_, column)| Some(**column) != same);
        let (words, columns) = told_apart.map(|(word, column)| (word, *column)).unzip();
        Columns { columns, words }
    }

    /// Whether a row has the words of a key; the last is looked at first, as in [`equal`].
    #[inline]
    fn agree(&self, row: &[u64], key: &[u64]) -> bool {
        self.columns.iter().zip(&self.words).rev().all(|(column, word)| row[*column] == key[*word])
    }

    #[inline]
    fn hash(&self, key: &[u64]) -> u64 {
        hash(self.words.iter().map(|word| key[*word]))
    }
}

impl Index {
    fn extend(&mut self, words: &[u64], arity: usize, len: usize) {
        for row in self.next.len()..len {
            let value = |row: u32, column: &usize| words[row as usize * arity + column];
            let of = |row: u32| hash(self.by.columns.iter().map(|column| value(row, column)));
            let same = |other: &u32| self.by.columns.iter().all(|c| value(*other, c) == value(row as u32, c));
            match self.heads.find_mut(of(row as u32), same) {
                Some(head) => self.next.push(std::mem::replace(head, row as u32)),
                None => {
                    self.heads.insert_unique(of(row as u32), row as u32, |row| of(*row));
                    self.next.push(NONE);
                }
            }
        }
    }

    fn clear(&mut self) {
        if !self.next.is_empty() {
            self.heads.clear();
            self.next.clear();
        }
    }
}

impl Table {
    /// No rows, of so many columns, with room for indexes on these columns.
    pub(super) fn new(arity: usize, indexes: &[Columns]) -> Self {
        let index = |by: Columns| Index { by, ..Index::default() };
        let indexes = indexes.iter().cloned().map(index).collect();
        let all: Vec<usize> = (0..arity).collect();
        Table { arity, members: index(Columns::new(&all, None)), indexes, ..Table::default() }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.arity..(row + 1) * self.arity]
    }

    #[inline]
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [u64] {
        &mut self.words[row * self.arity..(row + 1) * self.arity]
    }

    pub(super) fn clear(&mut self) {
        if self.len > 0 {
            self.len = 0;
            self.words.clear();
            self.members.clear();
            self.indexes.iter_mut().for_each(Index::clear);
        }
    }

    /// Appends a row, known or not.
    #[inline]
    pub(super) fn push(&mut self, row: &[u64]) {
        self.words.extend_from_slice(row);
        self.len += 1;
    }

    /// Appends so many rows, known or not.
    #[inline]
    pub(super) fn append(&mut self, words: &[u64], rows: usize) {
        self.words.extend_from_slice(words);
        self.len += rows;
    }

    /// Appends a row unless it is there already; whether it was new.
    #[inline]
    pub(super) fn insert(&mut self, row: &[u64]) -> bool {
        let new = !self.contains(row);
        if new {
            self.push(row);
        }
        new
    }

    /// Whether a row is there.
    #[inline]
    pub(super) fn contains(&mut self, row: &[u64]) -> bool {
        if self.len <= FEW {
            return match self.arity {
                0 => self.len > 0,
                arity => self.words.chunks_exact(arity).any(|other| equal(other, row)),
            };
        }
        self.members.extend(&self.words, self.arity, self.len);
        let (words, arity) = (&self.words, self.arity);
        let same = |other: &u32| &words[*other as usize * arity..(*other as usize + 1) * arity] == row;
        self.members.heads.find(hash(row.iter().copied()), same).is_some()
    }

    /// Makes an index ready for all rows, if there are enough for one.
    #[inline]
    pub(super) fn prepare(&mut self, index: usize) {
        if self.len > FEW {
            self.indexes[index].extend(&self.words, self.arity, self.len);
        }
    }

    /// The first row that agrees with `key` on the columns of an index. It must be the only one, and rows must not have
    /// been changed in these columns.
    #[inline]
    pub(super) fn find(&mut self, index: usize, key: &[u64]) -> Option<usize> {
        self.prepare(index);
        self.youngest(index, key)
    }

    /// Whether a row agrees with `key` on the columns of an index, which is [`Table::prepare`]d.
    #[inline]
    pub(super) fn has(&self, index: usize, key: &[u64]) -> bool {
        self.youngest(index, key).is_some()
    }

    #[inline]
    fn youngest(&self, index: usize, key: &[u64]) -> Option<usize> {
        let Index { by, heads, .. } = &self.indexes[index];
        if self.len <= FEW {
            let mut rows = self.words.chunks_exact(self.arity.max(1));
            return match (&by.columns[..], &by.words[..]) {
                ([], _) => (self.len > 0).then_some(0),
                ([column], [word]) => rows.position(|row| row[*column] == key[*word]),
                _ => rows.position(|row| by.agree(row, key)),
            };
        }
        let same = |row: &u32| by.agree(self.row(*row as usize), key);
        heads.find(by.hash(key), same).map(|row| *row as usize)
    }

    /// Calls `f` with the place of each row within a range that agrees with `key` on the columns of an index, which is
    /// [`Table::prepare`]d. Without columns those are all rows.
    #[inline]
    pub(super) fn each(&self, index: usize, key: &[u64], range: std::ops::Range<usize>, f: &mut impl FnMut(usize)) {
        let Index { by, heads, next } = &self.indexes[index];
        if by.columns.is_empty() {
            range.for_each(f);
            return;
        }
        if self.len <= FEW {
            let few = &self.words[range.start * self.arity..range.end * self.arity];
            let rows = range.zip(few.chunks_exact(self.arity));
            match (&by.columns[..], &by.words[..]) {
                ([column], [word]) => {
                    let word = key[*word];
                    rows.filter(|(_, row)| row[*column] == word).for_each(|(at, _)| f(at));
                }
                _ => rows.filter(|(_, row)| by.agree(row, key)).for_each(|(at, _)| f(at)),
            }
            return;
        }
        let same = |row: &u32| by.agree(self.row(*row as usize), key);
        let mut at = heads.find(by.hash(key), same).copied().unwrap_or(NONE);
        while at != NONE {
            if range.contains(&(at as usize)) {
                f(at as usize);
            }
            at = next[at as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_and_many_are_found_alike() {
        for count in [3, 24, 25, 500] {
            let mut table =
                Table::new(2, &[Columns::new(&[0], None), Columns::new(&[], None), Columns::new(&[1, 0], Some(0))]);
            for _ in 0..2 {
                table.clear();
                (0..count).for_each(|i| assert!(table.insert(&[i % 5, i])));
                assert!((0..count).all(|i| !table.insert(&[i % 5, i])));
                table.prepare(0);
                let mut found = Vec::new();
                table.each(0, &[2], 1..table.len(), &mut |row| found.push(row as u64));
                found.sort_unstable();
                assert_eq!(found, (1..count).filter(|i| i % 5 == 2).collect::<Vec<_>>());
                let mut all = 0;
                table.each(1, &[], 0..table.len(), &mut |_| all += 1);
                assert_eq!(all, count);
                table.prepare(2);
                assert!(table.has(2, &[2, 7]) && !table.has(2, &[count, 2]));
                assert!(!table.contains(&[1, 0]));
            }
        }
    }

    #[test]
    fn a_relation_without_columns_holds_or_does_not() {
        let mut table = Table::new(0, &[]);
        assert!(!table.contains(&[]));
        assert!(table.insert(&[]) && !table.insert(&[]));
        assert_eq!(table.len(), 1);
    }
}
