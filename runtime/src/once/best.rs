//! The best rows of each group: what a subsumption leaves of a relation (shortest paths, least labels).
//!
//! A row that comes in is compared with the best of its group: a worse one is dropped on the spot, a better one takes the
//! place. What improved in a round is the next round's delta. Rows that tie stay side by side.

use super::code::Code;
use super::keys::Keys;
use super::scalars::Scalars;
use super::table::Table;
use compiler::plan::Direction;
use compiler::value::Primitive;
use std::cmp::Ordering;
use std::collections::HashMap;

/// A column that decides which rows are best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    pub(super) column: usize,
    pub(super) direction: Direction,
    pub(super) primitive: Primitive,
}

/// A relation of best rows.
#[derive(Clone, Debug)]
pub(super) struct Best {
    arity: usize,
    key: Vec<usize>,
    order: Vec<Compared>,
    /// Whether key and order are all columns: then rows that tie are one.
    covers: bool,
    groups: Keys,
    /// The first best row of each group, one after the other.
    rows: Vec<Code>,
    /// Further ones.
    ties: HashMap<usize, Vec<Vec<Code>>>,
    /// The groups that have changed since the last [`Best::take`], and whether each has.
    changed: Vec<usize>,
    is_changed: Vec<bool>,
}

impl Best {
    /// No rows yet.
    pub(super) fn new(arity: usize, key: Vec<usize>, order: Vec<Compared>) -> Self {
        let groups = Keys::new(key.len());
        let covers = (0..arity).all(|c| key.contains(&c) || order.iter().any(|by| by.column == c));
        let (rows, ties, changed, is_changed) = Default::default();
        Best { arity, key, order, covers, groups, rows, ties, changed, is_changed }
    }

    /// Takes in a row.
    #[inline]
    pub(super) fn insert(&mut self, row: &[Code], scalars: &Scalars) {
        let group = with(row, &self.key, |key| self.groups.number(key));
        if group == self.is_changed.len() {
            self.rows.extend_from_slice(row);
            self.is_changed.push(false);
            return self.mark(group);
        }
        let best = &self.rows[group * self.arity..(group + 1) * self.arity];
        match self.compare(row, best, scalars) {
            Ordering::Greater => {}
            Ordering::Equal if self.covers || row == best => {}
            Ordering::Equal => {
                let ties = self.ties.entry(group).or_default();
                if !ties.iter().any(|tie| tie == row) {
                    ties.push(row.to_vec());
                    self.mark(group);
                }
            }
            Ordering::Less => {
                self.rows[group * self.arity..(group + 1) * self.arity].copy_from_slice(row);
                if !self.ties.is_empty() {
                    self.ties.remove(&group);
                }
                self.mark(group);
            }
        }
    }

    /// Whether a row is among the best of its group.
    #[inline]
    pub(super) fn contains(&self, row: &[Code]) -> bool {
        let Some(group) = with(row, &self.key, |key| self.groups.find(key)) else { return false };
        &self.rows[group * self.arity..(group + 1) * self.arity] == row
            || (!self.ties.is_empty() && self.ties.get(&group).is_some_and(|ties| ties.iter().any(|tie| tie == row)))
    }

    /// The rows of the groups that have changed since the last time.
    pub(super) fn take(&mut self, table: &mut Table) {
        let mut changed = std::mem::take(&mut self.changed);
        for group in changed.drain(..) {
            self.is_changed[group] = false;
            self.read(group, table);
        }
        self.changed = changed;
    }

    /// All rows.
    pub(super) fn all(&self, table: &mut Table) {
        (0..self.is_changed.len()).for_each(|group| self.read(group, table));
    }

    fn read(&self, group: usize, table: &mut Table) {
        table.push(&self.rows[group * self.arity..(group + 1) * self.arity]);
        self.ties.get(&group).into_iter().flatten().for_each(|tie| table.push(tie));
    }

    fn mark(&mut self, group: usize) {
        if !std::mem::replace(&mut self.is_changed[group], true) {
            self.changed.push(group);
        }
    }

    #[inline]
    fn compare(&self, a: &[Code], b: &[Code], scalars: &Scalars) -> Ordering {
        for by in &self.order {
            let ordering = scalars.compare(by.primitive, a[by.column], b[by.column]);
            match by.direction {
                _ if ordering.is_eq() => {}
                Direction::Least => return ordering,
                Direction::Greatest => return ordering.reverse(),
            }
        }
        Ordering::Equal
    }
}

/// Calls `f` with some columns of a row.
#[inline]
fn with<T>(row: &[Code], columns: &[usize], f: impl FnOnce(&[Code]) -> T) -> T {
    match columns {
        [a] => f(&[row[*a]]),
        [a, b] => f(&[row[*a], row[*b]]),
        columns => f(&columns.iter().map(|column| row[*column]).collect::<Vec<_>>()),
    }
}
