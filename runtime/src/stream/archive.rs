//! What has been evaluated and may have to be evaluated again: groups by the moment when they may go.
//!
//! The events of a group and what is known of it stand in blocks that are used again, so a steady stream asks for no memory;
//! all groups of a moment are forgotten together. A group is found by its key, in one of many tables, so that none is large
//! when it grows. Of a group that is closed there is no more than that: nothing that comes meanwhile meets it.

use super::record::{read, write, zigzag};
use dataflow::hash;
use hashbrown::HashTable;
use std::collections::BTreeMap;

/// A group that is closed: its key, the times of its first and last event, and its events, whose times are steps from the
/// origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed<'a> {
    pub(super) key: u64,
    pub(super) origin: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) bytes: &'a [u8],
}

/// Where a group stands: the slot of its moment, a block, and its first byte there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(u64);

/// Closed groups.
#[derive(Debug)]
pub(super) struct Archive {
    /// The slots of moments.
    moments: BTreeMap<i64, u32>,
    slots: Vec<Vec<Vec<u8>>>,
    free_slots: Vec<u32>,
    free: Vec<Vec<u8>>,
    /// By key, each with its place.
    tables: Vec<HashTable<(u64, Place)>>,
    groups: usize,
    bytes: usize,
}

/// The room of a block. What needs more has one of its own.
const BLOCK: usize = 1 << 16;

/// How many tables there are.
const TABLES: usize = 64;

impl Default for Archive {
    fn default() -> Self {
        Archive {
            moments: BTreeMap::new(),
            slots: Vec::new(),
            free_slots: Vec::new(),
            free: Vec::new(),
            tables: vec![HashTable::new(); TABLES],
            groups: 0,
            bytes: 0,
        }
    }
}

impl Place {
    fn new(slot: u32, block: usize, start: usize) -> Self {
        Place(u64::from(slot) << 40 | (block as u64) << 16 | start as u64)
    }

    fn parts(self) -> (usize, usize, usize) {
        ((self.0 >> 40) as usize, (self.0 >> 16 & 0xff_ffff) as usize, (self.0 & 0xffff) as usize)
    }
}

impl<'a> Closed<'a> {
    fn write(&self, block: &mut Vec<u8>) {
        write(self.key, block);
        write(zigzag(self.origin), block);
        write(zigzag(self.first.wrapping_sub(self.origin)), block);
        write(self.last.wrapping_sub(self.first) as u64, block);
        write(self.bytes.len() as u64, block);
        block.extend_from_slice(self.bytes);
    }

    /// The group at the start of some bytes, and those behind it.
    fn read(mut bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let key = read(&mut bytes);
        let mut step = || {
            let word = read(&mut bytes);
            (word >> 1) as i64 ^ -((word & 1) as i64)
        };
        let origin = step();
        let first = origin.wrapping_add(step());
        let last = first.wrapping_add(read(&mut bytes) as i64);
        let length = read(&mut bytes) as usize;
        let (own, rest) = bytes.split_at(length.min(bytes.len()));
        (Closed { key, origin, first, last, bytes: own }, rest)
    }
}

/// The table in which a key stands; not by the bits that other tables go by.
fn table_of(hash_of: u64) -> usize {
    (hash_of >> 46) as usize % TABLES
}

fn hash_key(key: u64) -> u64 {
    hash([key].into_iter())
}

impl Archive {
    /// Keeps a group until a moment has passed. Its key must not be there.
    pub(super) fn put(&mut self, moment: i64, group: Closed<'_>) {
        let slot = *self.moments.entry(moment).or_insert_with(|| {
            self.free_slots.pop().unwrap_or_else(|| {
                self.slots.push(Vec::new());
                self.slots.len() as u32 - 1
            })
        });
        let blocks = &mut self.slots[slot as usize];
        // What is known of a group takes fifty bytes at most.
        let fits = blocks.last().is_some_and(|block| block.len() + group.bytes.len() + 50 <= BLOCK);
        if !fits {
            blocks.push(self.free.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK)));
        }
        let at = blocks.len() - 1;
        let start = blocks[at].len();
        group.write(&mut blocks[at]);
        self.bytes += blocks[at].len() - start;
        self.groups += 1;
        let hash_of = hash_key(group.key);
        let place = Place::new(slot, at, start);
        self.tables[table_of(hash_of)].insert_unique(hash_of, (group.key, place), |(key, _)| hash_key(*key));
    }

    fn at(&self, place: Place) -> Closed<'_> {
        let (slot, block, start) = place.parts();
        Closed::read(&self.slots[slot][block][start..]).0
    }

    /// The group of a key.
    pub(super) fn get(&self, key: u64) -> Option<Closed<'_>> {
        let hash_of = hash_key(key);
        let (_, place) = self.tables[table_of(hash_of)].find(hash_of, |(other, _)| *other == key)?;
        Some(self.at(*place))
    }

    /// Takes the group of a key out.
    pub(super) fn take(&mut self, key: u64) -> Option<Closed<'_>> {
        let hash_of = hash_key(key);
        let entry = self.tables[table_of(hash_of)].find_entry(hash_of, |(other, _)| *other == key).ok()?;
        let ((_, place), _) = entry.remove();
        self.groups -= 1;
        Some(self.at(place))
    }

    /// All groups.
    pub(super) fn each(&self) -> impl Iterator<Item = Closed<'_>> {
        self.tables.iter().flatten().map(|(_, place)| self.at(*place))
    }

    /// Forgets the groups whose moment is before another, and gives the key of each.
    pub(super) fn forget(&mut self, before: i64, mut f: impl FnMut(u64)) {
        while let Some(first) = self.moments.first_entry().filter(|first| *first.key() < before) {
            let slot = first.remove();
            for (number, mut block) in std::mem::take(&mut self.slots[slot as usize]).into_iter().enumerate() {
                let mut rest = &block[..];
                while !rest.is_empty() {
                    let place = Place::new(slot, number, block.len() - rest.len());
                    let (group, behind) = Closed::read(rest);
                    let hash_of = hash_key(group.key);
                    // Unless it was taken out again.
                    let table = &mut self.tables[table_of(hash_of)];
                    if let Ok(entry) = table.find_entry(hash_of, |(key, at)| *key == group.key && *at == place) {
                        entry.remove();
                        self.groups -= 1;
                        f(group.key);
                    }
                    rest = behind;
                }
                self.bytes -= block.len();
                block.clear();
                // Blocks that were too small for one group are not worth keeping.
                if block.capacity() <= 2 * BLOCK {
                    self.free.push(block);
                }
            }
            self.free_slots.push(slot);
        }
    }

    /// How many groups there are, and the bytes in use.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.groups, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(key: u64, bytes: &[u8]) -> Closed<'_> {
        Closed { key, origin: -7, first: -9, last: 1 << 60, bytes }
    }

    #[test]
    fn a_moment_goes_as_a_whole_and_its_blocks_are_used_again() {
        let mut archive = Archive::default();
        let large = [7; 3 * BLOCK];
        archive.put(5, group(1, b"abc"));
        archive.put(5, group(2, &large));
        archive.put(5, group(4, b""));
        archive.put(6, group(3, b"d"));
        assert_eq!(
            [1, 2, 3, 4].map(|key| archive.get(key).map(|group| group.bytes.len())),
            [3, 3 * BLOCK, 1, 0].map(Some)
        );
        assert_eq!(archive.get(1), Some(group(1, b"abc")));
        // It comes again, and is closed later.
        assert_eq!(archive.take(1), Some(group(1, b"abc")));
        assert_eq!(archive.take(1), None);
        assert_eq!(archive.each().count(), 3);
        archive.put(6, group(1, b"abcd"));
        let mut gone = Vec::new();
        archive.forget(5, |key| gone.push(key));
        assert!(gone.is_empty());
        archive.forget(6, |key| gone.push(key));
        assert_eq!((gone, archive.len().0), (vec![2, 4], 2));
        assert_eq!((archive.get(2), archive.get(1)), (None, Some(group(1, b"abcd"))));
        let free = archive.free.len();
        archive.put(7, group(9, b"x"));
        assert_eq!((archive.free.len() + 1, archive.slots.len()), (free, 2));
        archive.forget(i64::MAX, drop);
        assert_eq!(archive.len(), (0, 0));
    }
}
