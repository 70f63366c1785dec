//! Folds: what stays of events when they have gone.
//!
//! Each shard adds up what its groups contribute, [`Deltas`]; at the end of an epoch they are added to the [`Fold`], and
//! the rows that have changed are stated anew. A contribution that is taken back is added with the opposite sign, which is
//! all that counts and sums need. The least and the greatest value need more: as long as events can be revised, each value
//! is kept with how often it was contributed; then the best of them alone.

use super::split::{From, Shape};
use crate::functor::Functors;
use crate::rows::equal;
use compiler::plan::AggregateOp;
use dataflow::hash;
use hashbrown::HashTable;
use std::collections::BTreeMap;

/// Groups by their columns, each with two words a value: how many contributions it has, and their sum.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    group: usize,
    slots: usize,
    places: HashTable<u32>,
    words: Vec<u64>,
}

impl Sums {
    pub(super) fn new(group: usize, slots: usize) -> Self {
        Sums { group, slots, ..Sums::default() }
    }

    fn width(&self) -> usize {
        self.group + 2 * self.slots
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The words of a group, new or known.
    #[inline]
    pub(super) fn entry(&mut self, group: &[u64]) -> (usize, &mut [u64]) {
        let (width, columns) = (self.width(), self.group);
        let words = &self.words;
        let of = |place: &u32| &words[*place as usize * width..][..columns];
        let hash_of = hash(group.iter().copied());
        let found = self.places.find(hash_of, |place| equal(of(place), group)).copied();
        let place = match found {
            Some(place) => place,
            None => {
                let place = self.places.len() as u32;
                self.places.insert_unique(hash_of, place, |place| hash(of(place).iter().copied()));
                self.words.extend_from_slice(group);
                self.words.resize(self.words.len() + 2 * self.slots, 0);
                place
            }
        };
        (place as usize, &mut self.words[place as usize * width + columns..][..2 * self.slots])
    }

    fn rows(&self) -> impl Iterator<Item = (&[u64], &[u64])> {
        let width = self.width();
        (0..self.places.len()).map(move |place| self.words[place * width..][..width].split_at(self.group))
    }

    fn clear(&mut self) {
        self.places.clear();
        self.words.clear();
    }
}

/// What a shard contributes to one fold in an epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Deltas {
    sums: Sums,
    /// Of values that are compared and not added: the place of the group in `sums`, the slot, the value, and the sign.
    compared: Vec<(u32, u32, u64, i64)>,
    /// By slot.
    is_compared: Vec<bool>,
}

impl Deltas {
    pub(super) fn new(shape: &Shape) -> Self {
        let is_compared = |op: AggregateOp| matches!(op, AggregateOp::Min(_) | AggregateOp::Max(_));
        let is_compared = shape.slots.iter().map(|slot| is_compared(slot.op)).collect();
        Deltas { sums: Sums::new(shape.group, shape.slots.len()), compared: Vec::new(), is_compared }
    }

    /// Adds a row's values to its group, or takes them back.
    #[inline]
    pub(super) fn add(&mut self, group: &[u64], values: impl Iterator<Item = (usize, u64)>, sign: i64) {
        let (place, words) = self.sums.entry(group);
        for (slot, value) in values {
            words[2 * slot] = words[2 * slot].wrapping_add(sign as u64);
            if self.is_compared[slot] {
                self.compared.push((place as u32, slot as u32, value, sign));
            } else {
                words[2 * slot + 1] = words[2 * slot + 1].wrapping_add(value.wrapping_mul(sign as u64));
            }
        }
    }

    /// Adds what another shard contributed to the same fold, so that a group to which several did is stated anew once.
    pub(super) fn absorb(&mut self, other: &Deltas) {
        let mut places = Vec::with_capacity(if other.compared.is_empty() { 0 } else { other.sums.len() });
        for (group, delta) in other.sums.rows() {
            let (place, words) = self.sums.entry(group);
            words.iter_mut().zip(delta).for_each(|(word, delta)| *word = word.wrapping_add(*delta));
            if !other.compared.is_empty() {
                places.push(place as u32);
            }
        }
        let moved = |(place, slot, value, sign): &(u32, u32, u64, i64)| (places[*place as usize], *slot, *value, *sign);
        self.compared.extend(other.compared.iter().map(moved));
    }

    pub(super) fn clear(&mut self) {
        self.sums.clear();
        self.compared.clear();
    }
}

/// One fold over all events there were.
pub(super) struct Fold {
    pub(super) shape: Shape,
    sums: Sums,
    /// The values that are compared, by group and slot.
    best: BTreeMap<(u32, u32), Values>,
    /// The rows that are stated, by group; none where a value is missing.
    row: Vec<u64>,
    before: Vec<u64>,
}

/// Contributed values: those that can be taken back, with the second of their last contribution; and the best of the rest.
#[derive(Debug, Default)]
struct Values {
    open: BTreeMap<u64, (i64, i64)>,
    settled: Option<u64>,
}

impl Fold {
    pub(super) fn new(shape: Shape) -> Self {
        let sums = Sums::new(shape.group, shape.slots.len());
        Fold { shape, sums, best: BTreeMap::new(), row: Vec::new(), before: Vec::new() }
    }

    /// Groups that are kept.
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    /// Values that are kept because they can still be taken back.
    pub(super) fn open_values(&self) -> usize {
        self.best.values().map(|values| values.open.len()).sum()
    }

    /// Adds what shards contributed in some second, and tells which rows go (-1) and come (1).
    pub(super) fn merge(
        &mut self,
        deltas: &Deltas,
        second: i64,
        functors: &Functors,
        changed: &mut impl FnMut(&[u64], i32) -> Result<(), crate::Error>,
    ) -> Result<(), crate::Error> {
        let mut compared: BTreeMap<u32, Vec<(u32, u64, i64)>> = BTreeMap::new();
        for (place, slot, value, sign) in &deltas.compared {
            compared.entry(*place).or_default().push((*slot, *value, *sign));
        }
        for (place, (group, delta)) in deltas.sums.rows().enumerate() {
            let compared = compared.remove(&(place as u32)).unwrap_or_default();
            if delta.iter().all(|word| *word == 0) && compared.is_empty() {
                continue;
            }
            let (at, _) = self.sums.entry(group);
            let had = self.read(at, functors);
            std::mem::swap(&mut self.row, &mut self.before);
            let (width, columns) = (self.sums.width(), self.sums.group);
            let words = &mut self.sums.words[at * width + columns..][..2 * self.sums.slots];
            words.iter_mut().zip(delta).for_each(|(word, delta)| *word = word.wrapping_add(*delta));
            for (slot, value, sign) in compared {
                let values = self.best.entry((at as u32, slot)).or_default();
                values.add(value, sign, second);
            }
            let has = self.read(at, functors);
            if had && has && self.row == self.before {
                continue;
            }
            if had {
                changed(&self.before, -1)?;
            }
            if has {
                changed(&self.row, 1)?;
            }
        }
        Ok(())
    }

    /// Fills `row` with the row of a group; false if a value is missing.
    fn read(&mut self, at: usize, functors: &Functors) -> bool {
        let (width, group) = (self.sums.width(), self.sums.group);
        let words = &self.sums.words[at * width..][..width];
        self.row.clear();
        if (0..self.sums.slots).any(|slot| words[group + 2 * slot] as i64 <= 0) {
            return false;
        }
        for from in &self.shape.row {
            self.row.push(match *from {
                From::Group(column) => words[column],
                From::Slot(slot) => match self.shape.slots[slot].op {
                    AggregateOp::Count => words[group + 2 * slot],
                    op @ (AggregateOp::Min(_) | AggregateOp::Max(_)) => {
                        let values = self.best.get(&(at as u32, slot as u32));
                        match values.and_then(|values| values.best(op, functors)) {
                            Some(value) => value,
                            None => return false,
                        }
                    }
                    _ => words[group + 2 * slot + 1],
                },
            });
        }
        true
    }

    /// Forgets apart what was contributed before a second: it can no longer be taken back.
    pub(super) fn settle(&mut self, before: i64, functors: &Functors) {
        for ((_, slot), values) in &mut self.best {
            let op = self.shape.slots[*slot as usize].op;
            values.settle(before, op, functors);
        }
    }
}

impl Values {
    fn add(&mut self, value: u64, sign: i64, second: i64) {
        let entry = self.open.entry(value).or_insert((0, second));
        entry.0 += sign;
        if sign > 0 {
            entry.1 = second;
        }
        if entry.0 == 0 {
            self.open.remove(&value);
        }
    }

    fn best(&self, op: AggregateOp, functors: &Functors) -> Option<u64> {
        let held = self.open.iter().filter(|(_, (count, _))| *count > 0).map(|(value, _)| *value);
        held.chain(self.settled).reduce(|a, b| better(op, a, b, functors))
    }

    fn settle(&mut self, before: i64, op: AggregateOp, functors: &Functors) {
        let settled = &mut self.settled;
        self.open.retain(|value, (count, second)| {
            if *second < before && *count > 0 {
                *settled = Some(settled.map_or(*value, |known| better(op, known, *value, functors)));
            }
            *second >= before
        });
    }
}

fn better(op: AggregateOp, a: u64, b: u64, functors: &Functors) -> u64 {
    let first = match op {
        AggregateOp::Min(p) => functors.compare(p, a, b).is_le(),
        AggregateOp::Max(p) => functors.compare(p, a, b).is_ge(),
        _ => true,
    };
    if first { a } else { b }
}
