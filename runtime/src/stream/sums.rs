//! Groups and what is added up for each: what shards contribute to a fold in an epoch, and how a fold holds it.

use super::split::Shape;
use crate::rows::equal;
use compiler::plan::AggregateOp;
use dataflow::hash;
use hashbrown::HashTable;
use std::collections::BTreeMap;

/// Where a slot has its words behind those of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// How many contributions it has: one word for all slots of an input, of which one counts.
    pub(super) count: usize,
    counts: bool,
    /// Their sum; a count has none, and what is compared.
    pub(super) sum: Option<usize>,
}

/// The words of the slots of a shape, and how many those are.
pub(super) fn words(shape: &Shape) -> (Vec<Words>, usize) {
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

/// Whether values are compared, and not added.
pub(super) fn is_compared(op: AggregateOp) -> bool {
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
    pub(super) fn new(group: usize, added: usize) -> Self {
        Sums { group, added, ..Sums::default() }
    }

    fn width(&self) -> usize {
        self.group + self.added
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The place of a group that has this hash, if it is known.
    #[inline]
    pub(super) fn find(&self, hash_of: u64, group: &[u64]) -> Option<usize> {
        let (width, columns) = (self.width(), self.group);
        let of = |place: &u32| &self.words[*place as usize * width..][..columns];
        self.places.find(hash_of, |place| equal(of(place), group)).map(|place| *place as usize)
    }

    /// The place of a group that has this hash, new or known.
    #[inline]
    pub(super) fn entry(&mut self, hash_of: u64, group: &[u64]) -> usize {
        if let Some(place) = self.find(hash_of, group) {
            return place;
        }
        let (width, columns, words) = (self.width(), self.group, &self.words);
        let place = self.places.len() as u32;
        let of = |place: &u32| hash(words[*place as usize * width..][..columns].iter().copied());
        self.places.insert_unique(hash_of, place, of);
        self.words.extend_from_slice(group);
        self.words.resize(self.words.len() + self.added, 0);
        place as usize
    }

    /// The group at a place, and its words.
    #[inline]
    pub(super) fn row(&self, place: usize) -> (&[u64], &[u64]) {
        let width = self.width();
        self.words[place * width..][..width].split_at(self.group)
    }

    /// The words of the group at a place.
    #[inline]
    pub(super) fn words_mut(&mut self, place: usize) -> &mut [u64] {
        let start = place * self.width() + self.group;
        &mut self.words[start..][..self.added]
    }

    /// Gives back the room that was for more groups.
    pub(super) fn shrink(&mut self) {
        let (width, columns) = (self.width(), self.group);
        self.words.shrink_to_fit();
        let words = &self.words;
        let of = |place: &u32| hash(words[*place as usize * width..][..columns].iter().copied());
        self.places.shrink_to_fit(of);
    }

    fn clear(&mut self) {
        self.places.clear();
        self.words.clear();
    }
}

/// What is contributed to one slot of a group, where values are compared: the slot, the value, and the sign.
pub(super) type Compared = (u32, u64, i64);

/// What a shard contributes to one fold in an epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deltas {
    pub(super) sums: Sums,
    /// Of values that are compared and not added: the place of the group in `sums`, and what is contributed.
    compared: Vec<(u32, Compared)>,
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
        let place = self.sums.entry(hash(group.iter().copied()), group);
        self.add_at(place, values, sign);
    }

    /// Adds values to the group at a place, or takes them back.
    #[inline]
    fn add_at(&mut self, place: usize, values: impl Iterator<Item = (usize, u64)>, sign: i64) {
        let words = self.sums.words_mut(place);
        for (slot, value) in values {
            let Words { count, counts, sum } = self.slots[slot];
            if counts {
                words[count] = words[count].wrapping_add(sign as u64);
            }
            if let Some(sum) = sum {
                words[sum] = words[sum].wrapping_add(value.wrapping_mul(sign as u64));
            } else if self.is_compared[slot] {
                self.compared.push((place as u32, (slot as u32, value, sign)));
            }
        }
    }

    /// What is contributed where values are compared, by the place of the group.
    pub(super) fn compared(&self) -> BTreeMap<u32, Vec<Compared>> {
        let mut all: BTreeMap<u32, Vec<Compared>> = BTreeMap::new();
        for (place, one) in &self.compared {
            all.entry(*place).or_default().push(*one);
        }
        all
    }

    pub(super) fn clear(&mut self) {
        self.sums.clear();
        self.compared.clear();
    }
}

/// So many contributions gather before their groups are looked up: the processor waits for several of them at once.
const AHEAD: usize = 128;

/// Contributions of one input of a fold that have not been added yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead {
    group: usize,
    slots: Vec<usize>,
    /// The columns of the group, and a value a slot.
    words: Vec<u64>,
    signs: Vec<i64>,
    places: Vec<u32>,
}

impl Ahead {
    pub(super) fn new(group: usize, slots: Vec<usize>) -> Self {
        Ahead { group, slots, ..Ahead::default() }
    }

    #[inline]
    pub(super) fn push(&mut self, group: &[u64], values: impl Iterator<Item = u64>, sign: i64) {
        self.words.extend_from_slice(group);
        self.words.extend(values);
        self.signs.push(sign);
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.signs.len() >= AHEAD
    }

    pub(super) fn add_to(&mut self, deltas: &mut Deltas) {
        let rows = || self.words.chunks_exact((self.group + self.slots.len()).max(1));
        self.places.clear();
        self.places.extend(rows().map(|row| {
            let group = &row[..self.group];
            deltas.sums.entry(hash(group.iter().copied()), group) as u32
        }));
        for ((row, place), sign) in rows().zip(&self.places).zip(&self.signs) {
            let values = self.slots.iter().copied().zip(row[self.group..].iter().copied());
            deltas.add_at(*place as usize, values, *sign);
        }
        self.words.clear();
        self.signs.clear();
    }
}
