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

/// Where a slot has its words behind those of a group.
#[derive(Clone, Copy, Debug)]
struct Words {
    /// How many contributions it has: one word for all slots of an input, of which one counts.
    count: usize,
    counts: bool,
    /// Their sum; a count has none, and what is compared.
    sum: Option<usize>,
}

/// The words of the slots of a shape, and how many those are.
fn words(shape: &Shape) -> (Vec<Words>, usize) {
    let (mut counts, mut all, mut used) = (BTreeMap::new(), Vec::new(), 0);
    for slot in &shape.slots {
        let counting = counts.len();
        let count = *counts.entry(slot.input).or_insert_with(|| {
            used += 1;
            used - 1
        });
        let sum = (!matches!(slot.op, AggregateOp::Count) && !is_compared(slot.op)).then(|| {
            used += 1;
            used - 1
        });
        all.push(Words { count, counts: counts.len() > counting, sum });
    }
    (all, used)
}

fn is_compared(op: AggregateOp) -> bool {
    matches!(op, AggregateOp::Min(_) | AggregateOp::Max(_))
}

/// Groups by their columns, each with so many words that are added up.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    group: usize,
    added: usize,
    places: HashTable<u32>,
    words: Vec<u64>,
}

impl Sums {
    fn new(group: usize, added: usize) -> Self {
        Sums { group, added, ..Sums::default() }
    }

    fn width(&self) -> usize {
        self.group + self.added
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The words of a group, new or known.
    #[inline]
    fn entry(&mut self, group: &[u64]) -> (usize, &mut [u64]) {
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
                self.words.resize(self.words.len() + self.added, 0);
                place
            }
        };
        (place as usize, &mut self.words[place as usize * width + columns..][..self.added])
    }

    /// The group at a place, and its words.
    #[inline]
    fn row(&self, place: usize) -> (&[u64], &[u64]) {
        let width = self.width();
        self.words[place * width..][..width].split_at(self.group)
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
    slots: Vec<Words>,
    /// By slot.
    is_compared: Vec<bool>,
}

impl Deltas {
    pub(super) fn new(shape: &Shape) -> Self {
        let is_compared = shape.slots.iter().map(|slot| is_compared(slot.op)).collect();
        let (slots, added) = words(shape);
        Deltas { sums: Sums::new(shape.group, added), compared: Vec::new(), slots, is_compared }
    }

    /// Adds a row's values to its group, or takes them back: those of all slots of its relation.
    #[inline]
    pub(super) fn add(&mut self, group: &[u64], values: impl Iterator<Item = (usize, u64)>, sign: i64) {
        let (place, words) = self.sums.entry(group);
        for (slot, value) in values {
            let Words { count, counts, sum } = self.slots[slot];
            if counts {
                words[count] = words[count].wrapping_add(sign as u64);
            }
            if let Some(sum) = sum {
                words[sum] = words[sum].wrapping_add(value.wrapping_mul(sign as u64));
            } else if self.is_compared[slot] {
                self.compared.push((place as u32, slot as u32, value, sign));
            }
        }
    }

    /// Adds what another shard contributed to the same fold, so that a group to which several did is stated anew once.
    pub(super) fn absorb(&mut self, other: &Deltas) {
        let mut places = Vec::with_capacity(if other.compared.is_empty() { 0 } else { other.sums.len() });
        for (group, delta) in (0..other.sums.len()).map(|place| other.sums.row(place)) {
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
    slots: Vec<Words>,
    sums: Sums,
    /// The values that are compared, by group and slot.
    best: BTreeMap<(u32, u32), Values>,
    /// The row of a group, now and before.
    row: Vec<u64>,
    before: Vec<u64>,
    stated: Stated,
}

/// Rows of one relation that go and come, some hundred at most.
#[derive(Debug, Default)]
pub(crate) struct Stated {
    arity: usize,
    words: Vec<u64>,
    signs: Vec<i32>,
}

impl Stated {
    /// The rows, with -1 or 1.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[u64], i32)> {
        self.signs.iter().enumerate().map(|(at, sign)| (&self.words[at * self.arity..][..self.arity], *sign))
    }

    fn push(&mut self, row: &[u64], sign: i32) {
        self.words.extend_from_slice(row);
        self.signs.push(sign);
    }

    fn clear(&mut self) {
        self.words.clear();
        self.signs.clear();
    }
}

/// So many groups are looked up before the first of them is changed: the processor waits for several of them at once.
const AHEAD: usize = 256;

/// Contributed values: those that can be taken back, with the second of their last contribution; and the best of the rest.
#[derive(Debug, Default)]
struct Values {
    open: BTreeMap<u64, (i64, i64)>,
    settled: Option<u64>,
}

impl Fold {
    pub(super) fn new(shape: Shape) -> Self {
        let (slots, added) = words(&shape);
        let (sums, stated) = (Sums::new(shape.group, added), Stated { arity: shape.row.len(), ..Stated::default() });
        Fold { shape, slots, sums, best: BTreeMap::new(), row: Vec::new(), before: Vec::new(), stated }
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
        changed: &mut impl FnMut(&Stated) -> Result<(), crate::Error>,
    ) -> Result<(), crate::Error> {
        let mut compared: BTreeMap<u32, Vec<(u32, u64, i64)>> = BTreeMap::new();
        for (place, slot, value, sign) in &deltas.compared {
            compared.entry(*place).or_default().push((*slot, *value, *sign));
        }
        let mut found = Vec::with_capacity(AHEAD);
        for start in (0..deltas.sums.len()).step_by(AHEAD) {
            let places = start..deltas.sums.len().min(start + AHEAD);
            found.clear();
            found.extend(places.clone().map(|place| {
                let (group, delta) = deltas.sums.row(place);
                let moves = delta.iter().any(|word| *word != 0) || compared.contains_key(&(place as u32));
                moves.then(|| self.sums.entry(group).0)
            }));
            for (place, at) in places.zip(&found).filter_map(|(place, at)| Some((place, (*at)?))) {
                let compared = compared.remove(&(place as u32)).unwrap_or_default();
                self.add(at, deltas.sums.row(place).1, compared, second, functors);
            }
            changed(&self.stated)?;
            self.stated.clear();
        }
        Ok(())
    }

    /// Adds to a group, and notes its row if that changes.
    fn add(&mut self, at: usize, delta: &[u64], compared: Vec<(u32, u64, i64)>, second: i64, functors: &Functors) {
        let had = self.read(at, functors);
        std::mem::swap(&mut self.row, &mut self.before);
        let (width, columns) = (self.sums.width(), self.sums.group);
        let words = &mut self.sums.words[at * width + columns..][..self.sums.added];
        words.iter_mut().zip(delta).for_each(|(word, delta)| *word = word.wrapping_add(*delta));
        for (slot, value, sign) in compared {
            let values = self.best.entry((at as u32, slot)).or_default();
            values.add(value, sign, second);
        }
        let has = self.read(at, functors);
        if had && has && self.row == self.before {
            return;
        }
        if had {
            self.stated.push(&self.before, -1);
        }
        if has {
            self.stated.push(&self.row, 1);
        }
    }

    /// Fills `row` with the row of a group; false if a value is missing.
    fn read(&mut self, at: usize, functors: &Functors) -> bool {
        let (group, words) = self.sums.row(at);
        self.row.clear();
        if self.slots.iter().any(|slot| words[slot.count] as i64 <= 0) {
            return false;
        }
        for from in &self.shape.row {
            self.row.push(match *from {
                From::Group(column) => group[column],
                From::Slot(slot) => match self.shape.slots[slot].op {
                    AggregateOp::Count => words[self.slots[slot].count],
                    op @ (AggregateOp::Min(_) | AggregateOp::Max(_)) => {
                        let values = self.best.get(&(at as u32, slot as u32));
                        match values.and_then(|values| values.best(op, functors)) {
                            Some(value) => value,
                            None => return false,
                        }
                    }
                    _ => words[self.slots[slot].sum.unwrap_or(self.slots[slot].count)],
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
