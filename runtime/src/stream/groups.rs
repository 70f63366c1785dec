//! Groups: the events of each key, from the first to the last, and what is due when.
//!
//! A group is *open* while events come, and stands in the wheel under the moment when it will have been silent for long
//! enough; the moment is looked at again only when it has come, so an event costs no move. Then it is evaluated and goes
//! into the archive. A straggler takes it out again, and it is known how much of it was evaluated. When the horizon has
//! passed, it is forgotten. The tables in which events look for their groups hold those that are open alone: they stay small,
//! whatever the horizon.

use super::archive::{Archive, Closed};
use super::record::Layout;
use compiler::plan::Stream;
use dataflow::hash;
use hashbrown::HashTable;
use std::collections::{BTreeMap, VecDeque};

/// The events of one key that is open.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(super) struct Group {
    pub(super) key: u64,
    /// What times are written from.
    pub(super) origin: i64,
    /// The times of its first and last event.
    pub(super) first: i64,
    pub(super) last: i64,
    /// Its events.
    pub(super) bytes: Vec<u8>,
    /// How many of the bytes were evaluated before it was opened again.
    pub(super) evaluated: usize,
}

/// All groups of a shard.
pub(super) struct Groups {
    pub(super) layout: Layout,
    pub(super) stream: Stream,
    /// Those that are open.
    groups: Vec<Group>,
    free: Vec<u32>,
    by_key: HashTable<u32>,
    wheel: Wheel,
    /// Those that are closed.
    archive: Archive,
    /// So many microseconds are one moment of the archive.
    moment: i64,
    /// Room for the bytes of open groups.
    buffers: Vec<Vec<u8>>,
    /// The bytes of open groups.
    open_bytes: usize,
}

/// Groups by the slot of time in which they are to be looked at.
#[derive(Debug, Default)]
struct Wheel {
    /// How long a slot is, in microseconds.
    slot: i64,
    first: i64,
    slots: VecDeque<Vec<u32>>,
    /// Emptied slots.
    spare: Vec<Vec<u32>>,
}

/// A group is cut when it has lasted for so many horizons, however busy it is.
const LONGEST: i64 = 30;

/// How many buffers are kept for groups to come.
const BUFFERS: usize = 1 << 14;

/// The room that a kept buffer has at most. What a large group needed is given back.
const BUFFER: usize = 1 << 10;

impl Groups {
    pub(super) fn new(layout: Layout, stream: Stream) -> Self {
        let slot = (stream.idle / 64).clamp(1_000, 1_000_000);
        Groups {
            layout,
            stream,
            groups: Vec::new(),
            free: Vec::new(),
            by_key: HashTable::new(),
            wheel: Wheel { slot, ..Wheel::default() },
            archive: Archive::default(),
            // However long the horizon, the archive has a million moments at most.
            moment: (stream.horizon >> 20).max(1_000_000),
            buffers: Vec::new(),
            open_bytes: 0,
        }
    }

    /// The longest that events may be related over, in microseconds.
    pub(super) fn longest(&self) -> i64 {
        self.stream.horizon.saturating_mul(LONGEST)
    }

    /// The open group of a key, if there is one.
    #[inline]
    pub(super) fn find(&self, key: u64) -> Option<u32> {
        self.by_key.find(hash([key].into_iter()), |id| self.groups[*id as usize].key == key).copied()
    }

    /// Takes in an event of a group that is known or, if none is, to be looked for; whether it had been evaluated.
    #[inline]
    pub(super) fn take(&mut self, known: Option<u32>, key: u64, row: &[u64]) -> bool {
        let at = row[self.layout.time] as i64;
        let (id, again) = match known.or_else(|| self.find(key)) {
            Some(id) => (id, false),
            None => self.open(key, at),
        };
        let group = &mut self.groups[id as usize];
        group.first = group.first.min(at);
        group.last = group.last.max(at);
        let before = group.bytes.len();
        self.layout.write(row, group.origin, &mut group.bytes);
        self.open_bytes += group.bytes.len() - before;
        again
    }

    /// Opens the group of a key, new or once more: whether it had been evaluated.
    fn open(&mut self, key: u64, at: i64) -> (u32, bool) {
        let mut bytes = self.buffers.pop().unwrap_or_default();
        let (group, again) = match self.archive.take(key) {
            Some(Closed { origin, first, last, bytes: known, .. }) => {
                bytes.extend_from_slice(known);
                self.open_bytes += bytes.len();
                (Group { key, origin, first, last, evaluated: bytes.len(), bytes }, true)
            }
            None => (Group { key, origin: at, first: at, last: at, bytes, evaluated: 0 }, false),
        };
        let due = group.last.max(at).saturating_add(self.stream.idle);
        let id = match self.free.pop() {
            Some(id) => {
                self.groups[id as usize] = group;
                id
            }
            None => {
                self.groups.push(group);
                self.groups.len() as u32 - 1
            }
        };
        let groups = &self.groups;
        self.by_key.insert_unique(hash([key].into_iter()), id, |id| hash([groups[*id as usize].key].into_iter()));
        self.wheel.put(due, id);
        (id, again)
    }

    /// A group that has been silent for long enough when the watermark has come so far, and which is to be closed.
    pub(super) fn due(&mut self, watermark: i64) -> Option<u32> {
        while let Some(id) = self.wheel.next(watermark) {
            let group = &self.groups[id as usize];
            let due = group.last.saturating_add(self.stream.idle);
            if due < watermark || group.first.saturating_add(self.longest()) < watermark {
                return Some(id);
            }
            self.wheel.put(due, id);
        }
        None
    }

    /// The groups that are open.
    pub(super) fn all_open(&mut self) -> Vec<u32> {
        self.wheel.all()
    }

    pub(super) fn group(&self, id: u32) -> &Group {
        &self.groups[id as usize]
    }

    /// Closes a group whose bytes were taken out and are now these; without bytes it is forgotten. The times are those of its
    /// first and last event.
    pub(super) fn close(&mut self, id: u32, kept: Option<(&[u8], i64, i64)>) {
        let Group { key, origin, .. } = self.groups[id as usize];
        if let Ok(entry) = self.by_key.find_entry(hash([key].into_iter()), |other| *other == id) {
            entry.remove();
        }
        self.free.push(id);
        if let Some((bytes, first, last)) = kept {
            let moment = last.saturating_add(self.stream.horizon).div_euclid(self.moment);
            self.archive.put(moment, Closed { key, origin, first, last, bytes });
        }
    }

    /// Takes back the room of bytes that were taken out, for groups to come.
    pub(super) fn reuse(&mut self, mut bytes: Vec<u8>) {
        if self.buffers.len() < BUFFERS && bytes.capacity() <= BUFFER {
            bytes.clear();
            self.buffers.push(bytes);
        }
    }

    /// The bytes of an open group, taken out because it is evaluated and then closed.
    pub(super) fn bytes(&mut self, id: u32) -> Vec<u8> {
        let bytes = std::mem::take(&mut self.groups[id as usize].bytes);
        self.open_bytes -= bytes.len();
        bytes
    }

    /// Forgets groups whose horizon has passed, and gives the key of each.
    pub(super) fn release(&mut self, watermark: i64, f: impl FnMut(u64)) {
        self.archive.forget(watermark.div_euclid(self.moment), f);
    }

    /// A key's group, or all groups: their keys, the origins of their times, their bytes, and how many of these have been
    /// evaluated.
    pub(super) fn each(&self, key: Option<u64>, mut f: impl FnMut(u64, i64, &[u8], usize)) {
        let mut show = |id: u32| {
            let Group { key, origin, bytes, evaluated, .. } = &self.groups[id as usize];
            f(*key, *origin, bytes, *evaluated);
        };
        match key {
            None => self.by_key.iter().for_each(|id| show(*id)),
            Some(key) => self.find(key).into_iter().for_each(&mut show),
        }
        let show = |group: Closed<'_>| f(group.key, group.origin, group.bytes, group.bytes.len());
        match key {
            None => self.archive.each().for_each(show),
            Some(key) => self.archive.get(key).into_iter().for_each(show),
        }
    }

    /// How many groups are open, how many there are, and how many bytes their events take.
    pub(super) fn sizes(&self) -> (usize, usize, usize) {
        let (closed, bytes) = self.archive.len();
        (self.by_key.len(), self.by_key.len() + closed, self.open_bytes + bytes)
    }
}

impl Wheel {
    fn put(&mut self, due: i64, id: u32) {
        let slot = due.div_euclid(self.slot);
        if self.slots.is_empty() {
            self.first = slot;
        }
        while slot < self.first {
            self.slots.push_front(self.spare.pop().unwrap_or_default());
            self.first -= 1;
        }
        let place = (slot - self.first) as usize;
        while self.slots.len() <= place {
            self.slots.push_back(self.spare.pop().unwrap_or_default());
        }
        self.slots[place].push(id);
    }

    /// A group of a slot that ends before the watermark.
    fn next(&mut self, watermark: i64) -> Option<u32> {
        loop {
            let slot = self.slots.front_mut()?;
            if (self.first + 1).saturating_mul(self.slot) > watermark {
                return None;
            }
            if let Some(id) = slot.pop() {
                return Some(id);
            }
            self.first += 1;
            if let Some(slot) = self.slots.pop_front()
                && self.spare.len() < 1024
            {
                self.spare.push(slot);
            }
        }
    }

    fn all(&mut self) -> Vec<u32> {
        self.slots.drain(..).flatten().collect()
    }
}

/// The room of so many seconds is kept for others.
const SPARE: usize = 4;

/// Events without a key that may be read again: an event is a duplicate of one that is the same in every column, and none
/// comes that is older than the watermark.
#[derive(Debug, Default)]
pub(super) struct Seen {
    seconds: BTreeMap<i64, Rows>,
    /// Room for seconds to come.
    spare: Vec<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    bytes: Vec<u8>,
    places: HashTable<(u32, u32)>,
}

impl Seen {
    /// Whether an event is new.
    #[inline]
    pub(super) fn is_new(&mut self, layout: Layout, row: &[u64], bytes: &mut Vec<u8>) -> bool {
        let second = (row[layout.time] as i64).div_euclid(1_000_000);
        bytes.clear();
        Layout { key: None, ..layout }.write(row, second * 1_000_000, bytes);
        let spare = &mut self.spare;
        let Rows { bytes: kept, places } =
            self.seconds.entry(second).or_insert_with(|| spare.pop().unwrap_or_default());
        let of = hash_bytes(bytes);
        let text = |place: &(u32, u32)| &kept[place.0 as usize..place.0 as usize + place.1 as usize];
        if places.find(of, |place| text(place) == &bytes[..]).is_some() {
            return false;
        }
        places.insert_unique(of, (kept.len() as u32, bytes.len() as u32), |place| hash_bytes(text(place)));
        kept.extend_from_slice(bytes);
        true
    }

    pub(super) fn release(&mut self, watermark: i64) {
        while let Some(first) = self.seconds.first_entry()
            && *first.key() < watermark.div_euclid(1_000_000)
        {
            let mut rows = first.remove();
            rows.bytes.clear();
            rows.places.clear();
            if self.spare.len() < SPARE {
                self.spare.push(rows);
            }
        }
    }

    pub(super) fn len(&self) -> (usize, usize) {
        let rows = self.seconds.values();
        rows.fold((0, 0), |(rows, bytes), second| (rows + second.places.len(), bytes + second.bytes.len()))
    }
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let last = rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    hash(words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Groups {
        let stream = Stream { time: 1, horizon: 100_000_000, lateness: 0, idle: 5_000_000, ..Stream::default() };
        Groups::new(Layout { arity: 2, key: Some(0), time: 1 }, stream)
    }

    #[test]
    fn a_group_is_due_when_it_has_been_silent_and_no_sooner() {
        let mut groups = groups();
        groups.take(None, 7, &[7, 1_000_000]);
        groups.take(None, 7, &[7, 4_000_000]);
        assert_eq!(groups.due(6_500_000), None);
        assert_eq!(groups.due(9_000_000), None);
        let id = groups.due(9_200_000).expect("it is due");
        let bytes = groups.bytes(id);
        groups.close(id, Some((&bytes, 1_000_000, 4_000_000)));
        assert_eq!(groups.sizes().0, 0);
        assert!(groups.take(None, 7, &[7, 50_000_000]));
        assert_eq!(groups.group(id).evaluated, bytes.len());
        let (id, bytes) = (groups.due(60_000_000).expect("it is due again"), groups.bytes(id));
        groups.close(id, Some((&bytes, 1_000_000, 50_000_000)));
        groups.release(149_000_000, drop);
        assert_eq!(groups.sizes().1, 1);
        groups.release(151_000_001, drop);
        assert_eq!((groups.sizes().1, groups.sizes().2), (0, 0));
        assert!(!groups.take(None, 7, &[7, 200_000_000]));
    }

    #[test]
    fn an_event_without_a_key_is_a_duplicate_once_it_has_been_seen() {
        let (mut seen, layout, mut bytes) = (Seen::default(), Layout { arity: 2, key: Some(0), time: 1 }, Vec::new());
        assert!(seen.is_new(layout, &[0, 5], &mut bytes));
        assert!(!seen.is_new(layout, &[0, 5], &mut bytes));
        assert!(seen.is_new(layout, &[0, 6], &mut bytes));
        assert_eq!(seen.len().0, 2);
        seen.release(1_000_000);
        assert_eq!(seen.len(), (0, 0));
    }
}
