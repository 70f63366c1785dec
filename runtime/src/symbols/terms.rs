//! Terms: tuples by number. Append-only and shared, as [`crate::symbols`] is; equal tuples have one number, and 0 is none.
//!
//! A term's number is its place in one long array of words: its length stands there, then its words. The array is made
//! of chunks that double and never move, so reading a field takes no lock. Making a term locks one of many small tables,
//! chosen by the words.

use super::Home;
use hashbrown::HashTable;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// The words of the first chunk; each further one is twice as long as the one before.
const FIRST: u64 = 1 << 12;

/// How many chunks there can be: enough for all memory.
const CHUNKS: usize = 36;

/// How many tables there are; a power of two.
const SHARDS: usize = 64;

/// An interner of tuples.
pub(crate) struct Terms {
    /// Where the next term goes.
    next: AtomicU64,
    chunks: [OnceLock<Box<[AtomicU64]>>; CHUNKS],
    shards: [Mutex<HashTable<u64>>; SHARDS],
    /// Where terms are given their numbers, if not here; who holds the lock asks.
    home: Option<Mutex<Arc<dyn Home>>>,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            next: AtomicU64::new(1),
            chunks: [const { OnceLock::new() }; CHUNKS],
            shards: std::array::from_fn(|_| Mutex::default()),
            home: None,
        }
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} words of terms", self.next.load(Ordering::Relaxed))
    }
}

impl Terms {
    /// Terms whose numbers are given out elsewhere.
    pub(crate) fn away_from(home: Arc<dyn Home>) -> Self {
        Terms { home: Some(Mutex::new(home)), ..Terms::default() }
    }

    /// The number of a tuple, new or known.
    pub(crate) fn pack(&self, words: &[u64]) -> u64 {
        match &self.home {
            None => self.pack_here(words),
            Some(home) => loop {
                if let Some(known) = self.find(words) {
                    return known;
                }
                self.learn(home, Some(words));
            },
        }
    }

    fn find(&self, words: &[u64]) -> Option<u64> {
        let hash = hash(words.iter().copied());
        let shard = self.shards[(hash >> 58) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner());
        shard.find(hash, |term| self.is(*term, words)).copied()
    }

    /// All words of whole terms from a place on, of so many words or a term more.
    pub(crate) fn since(&self, place: u64, most: usize) -> Vec<u64> {
        // While all tables are locked no term is half made.
        let _locks: Vec<_> = self.shards.iter().map(|s| s.lock().unwrap_or_else(|e| e.into_inner())).collect();
        let (mut at, end, mut words) = (place.max(1), self.next.load(Ordering::Acquire), Vec::new());
        while at < end && words.len() < most {
            let next = at + 1 + self.load(at).unwrap_or(0);
            words.extend((at..next).filter_map(|place| self.load(place)));
            at = next;
        }
        words
    }

    /// Asks home for the terms after those that are known, `wanted` being one of them.
    fn learn(&self, home: &Mutex<Arc<dyn Home>>, wanted: Option<&[u64]>) {
        let home = home.lock().unwrap_or_else(|e| e.into_inner());
        let mut at = self.next.load(Ordering::Acquire);
        let words = home.words(at, wanted);
        let mut rest = &words[..];
        while let Some((length, more)) = rest.split_first() {
            let (term, after) = more.split_at((*length as usize).min(more.len()));
            self.store(at, *length);
            term.iter().zip(at + 1..).for_each(|(word, place)| self.store(place, *word));
            let number = at;
            at += 1 + term.len() as u64;
            // From here on others may read it; only then may they find it.
            self.next.store(at, Ordering::Release);
            let hash = hash(term.iter().copied());
            let mut shard = self.shards[(hash >> 58) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner());
            shard.insert_unique(hash, number, |term| self.hash_of(*term));
            rest = after;
        }
    }

    /// Whether a number that came from elsewhere stands for a term that is here by now.
    #[inline]
    fn arrive(&self, term: u64) {
        if let Some(home) = &self.home {
            let mut known = self.next.load(Ordering::Acquire);
            while term >= known {
                self.learn(home, None);
                let now = self.next.load(Ordering::Acquire);
                if now == known {
                    return;
                }
                known = now;
            }
        }
    }

    fn hash_of(&self, term: u64) -> u64 {
        hash((0..self.length(term)).filter_map(|at| self.field(term, at)))
    }

    fn pack_here(&self, words: &[u64]) -> u64 {
        let hash = hash(words.iter().copied());
        let mut shard = self.shards[(hash >> 58) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner());
        if let Some(known) = shard.find(hash, |term| self.is(*term, words)) {
            return *known;
        }
        let term = self.next.fetch_add(1 + words.len() as u64, Ordering::Relaxed);
        // Whoever learns the number of a term learns it through a lock or a channel, and sees these words.
        self.store(term, words.len() as u64);
        for (at, word) in words.iter().enumerate() {
            self.store(term + 1 + at as u64, *word);
        }
        shard.insert_unique(hash, term, |term| self.hash_of(*term));
        term
    }

    /// A word of a tuple; none beyond its end, and none of `nil`.
    #[inline]
    pub(crate) fn field(&self, term: u64, at: u64) -> Option<u64> {
        if at < self.length(term) { self.load(term + 1 + at) } else { None }
    }

    /// How many words a tuple has; `nil` has none.
    #[inline]
    pub(crate) fn length(&self, term: u64) -> u64 {
        if term == 0 {
            return 0;
        }
        self.arrive(term);
        self.load(term).unwrap_or(0)
    }

    /// Whether a number is that of a tuple.
    pub(crate) fn contains(&self, number: u64) -> bool {
        let length = self.length(number);
        let fits = number.checked_add(length).is_some_and(|last| last < self.next.load(Ordering::Acquire));
        if number == 0 || !fits {
            return false;
        }
        let hash = self.hash_of(number);
        let shard = self.shards[(hash >> 58) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner());
        shard.find(hash, |term| *term == number).is_some()
    }

    fn is(&self, term: u64, words: &[u64]) -> bool {
        self.length(term) == words.len() as u64
            && words.iter().enumerate().all(|(at, word)| self.load(term + 1 + at as u64) == Some(*word))
    }

    #[inline]
    fn load(&self, place: u64) -> Option<u64> {
        let (chunk, at) = locate(place);
        Some(self.chunks.get(chunk)?.get()?.get(at)?.load(Ordering::Relaxed))
    }

    fn store(&self, place: u64, word: u64) {
        let (chunk, at) = locate(place);
        let words = || (0..FIRST << chunk).map(|_| AtomicU64::new(0)).collect();
        self.chunks[chunk].get_or_init(words)[at].store(word, Ordering::Relaxed);
    }
}

/// The chunk in which a word stands, and its place there.
#[inline]
fn locate(place: u64) -> (usize, usize) {
    // Chunk `c` starts at `FIRST * (2^c - 1)`.
    let shifted = place / FIRST + 1;
    let chunk = 63 - shifted.leading_zeros();
    (chunk as usize, (place - FIRST * ((1 << chunk) - 1)) as usize)
}

fn hash(words: impl Iterator<Item = u64>) -> u64 {
    let mix = |hash: u64, word: u64| (hash.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = words.fold(0x243f_6a88_85a3_08d3, mix);
    // The low bits choose the place in a table, the high ones the table.
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_out_is_the_number_of_a_tuple() {
        let terms = Terms::default();
        let (one, other) = (terms.pack(&[1 << 40, 3]), terms.pack(&[]));
        assert!(terms.contains(one) && terms.contains(other));
        assert!((0..100).chain([1 << 40, u64::MAX]).all(|n| terms.contains(n) == (n == one || n == other)));
    }

    #[test]
    fn equal_tuples_have_one_number_and_none_is_nil() {
        let terms = Terms::default();
        let (a, b, empty) = (terms.pack(&[1, 2]), terms.pack(&[1, 2, 3]), terms.pack(&[]));
        assert_eq!((terms.pack(&[1, 2]), terms.pack(&[])), (a, empty));
        assert!(a != b && a != 0 && empty != 0 && empty != a);
        assert_eq!((terms.field(b, 2), terms.field(a, 2), terms.field(0, 0)), (Some(3), None, None));
        assert_eq!(terms.length(empty), 0);
    }

    #[test]
    fn every_word_has_a_place_of_its_own() {
        let mut last = (0, 0);
        for place in 1..20 * FIRST {
            let here = locate(place);
            assert!(here == (last.0, last.1 + 1) || here == (last.0 + 1, 0), "{place}: {here:?} after {last:?}");
            assert!(here.1 < (FIRST << here.0) as usize);
            last = here;
        }
    }

    #[test]
    fn many_threads_agree_on_the_numbers() {
        let terms = Terms::default();
        let list = |last: u64| (1..=5000).fold(0, |tail, head| terms.pack(&[head % last, tail]));
        let lists: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| list(7))).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        assert_eq!(lists, [lists[0]; 4]);
        let (mut at, mut length) = (lists[0], 0);
        while let Some(tail) = terms.field(at, 1) {
            (at, length) = (tail, length + 1);
        }
        assert_eq!(length, 5000);
    }
}
