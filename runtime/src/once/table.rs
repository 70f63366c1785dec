//! Tables: rows of codes, a column at a time.

use super::code::{Code, Codes};
use std::ops::Range;

/// Rows of a fixed width.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    columns: Vec<Vec<Code>>,
    len: usize,
}

impl Table {
    /// No rows yet, of so many columns.
    pub(super) fn new(arity: usize) -> Self {
        Table { columns: vec![Vec::new(); arity], len: 0 }
    }

    /// The number of columns.
    pub(super) fn arity(&self) -> usize {
        self.columns.len()
    }

    /// The bytes that its columns take.
    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(|column| size_of::<Code>() * column.capacity()).sum()
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// A column of all rows.
    #[inline]
    pub(super) fn column(&self, column: usize) -> &[Code] {
        &self.columns[column]
    }

    /// Appends a row.
    #[inline]
    pub(super) fn push(&mut self, row: &[Code]) {
        self.columns.iter_mut().zip(row).for_each(|(column, code)| column.push(*code));
        self.len += 1;
    }

    /// Appends a row for each code that `last` appends to the last column; the columns before hold `prefix`.
    #[inline]
    pub(super) fn extend(&mut self, prefix: &[Code], last: impl FnOnce(&mut Vec<Code>)) {
        let Some((tail, columns)) = self.columns.split_last_mut() else { return };
        last(tail);
        if tail.len() > self.len {
            self.len = tail.len();
            columns.iter_mut().zip(prefix).for_each(|(column, code)| column.resize(self.len, *code));
        }
    }

    /// Moves the rows of another table to the end of this one.
    pub(super) fn append(&mut self, other: &mut Table) {
        if self.len == 0 {
            std::mem::swap(self, other);
            return;
        }
        self.columns.iter_mut().zip(&mut other.columns).for_each(|(to, from)| to.append(from));
        self.len += std::mem::take(&mut other.len);
    }

    /// Writes a row over `row`.
    #[inline]
    pub(super) fn read(&self, at: usize, row: &mut Vec<Code>) {
        row.clear();
        row.extend(self.columns.iter().map(|column| column[at]));
    }

    /// The end of the rows from `at` on that agree with it on all columns but the last, not beyond `end`.
    #[inline]
    pub(super) fn run(&self, at: usize, end: usize) -> usize {
        let Some((_, key)) = self.columns.split_last() else { return end };
        let same = |row: &usize| key.iter().all(|column| column[*row] == column[at]);
        (at + 1..end).take_while(same).last().unwrap_or(at) + 1
    }

    /// The rows in other places: each run of them begins at the place that stands beside it.
    pub(super) fn moved(&self, places: impl Iterator<Item = (Range<usize>, usize)>) -> Table {
        let mut moved = Table { columns: vec![vec![0; self.len]; self.columns.len()], len: self.len };
        for (run, place) in places {
            for (to, from) in moved.columns.iter_mut().zip(&self.columns) {
                to[place..place + run.len()].copy_from_slice(&from[run.clone()]);
            }
        }
        moved
    }

    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
        self.len = 0;
    }

    /// Keeps the rows for which `keep` holds.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&[Code]) -> bool) {
        let (mut row, mut kept) = (Vec::new(), 0);
        for at in 0..self.len {
            self.read(at, &mut row);
            if keep(&row) {
                self.columns.iter_mut().for_each(|column| column[kept] = column[at]);
                kept += 1;
            }
        }
        self.columns.iter_mut().for_each(|column| column.truncate(kept));
        self.len = kept;
    }
}

/// Facts of one relation on their way in: gathered by one thread, of which there may be several, and handed over whole
/// ([`super::Once::add`]). A value takes four bytes.
#[derive(Clone, Debug)]
pub struct Columns {
    pub(super) table: Table,
    codes: Codes,
}

impl Columns {
    pub(super) fn new(arity: usize, codes: Codes) -> Self {
        Columns { table: Table::new(arity), codes }
    }

    /// Appends a row, which has as many words as there are columns.
    #[inline]
    pub fn push(&mut self, row: &[u64]) {
        debug_assert_eq!(row.len(), self.table.arity(), "a row is as wide as its relation");
        let Self { table, codes } = self;
        table.columns.iter_mut().zip(row).for_each(|(column, word)| column.push(codes.encode(*word)));
        table.len += 1;
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.table.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.table.len == 0
    }
}
