//! Codes: words of 64 bits in 32, so that columns, keys and bitmaps are narrow.
//!
//! A word below 2^31 (most numbers, all symbols) is its own code. Any other (negative numbers, floats, times) gets the next
//! code from 2^31 on, and keeps it. Equal words have equal codes; the codes of small words keep their order. Threads share
//! the table; reading it takes no lock.

use hashbrown::HashTable;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// A word in 32 bits.
pub(crate) type Code = u32;

/// Words from here on are numbered.
const WIDE: u64 = 1 << 31;

/// The first piece of the table of wide words holds this many; each further one twice as many.
const FIRST: u32 = 256;

/// The table of wide words. Cheap to clone: clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Codes {
    wide: Arc<Wide>,
}

#[derive(Debug, Default)]
struct Wide {
    /// Words by number, in pieces that never move.
    pieces: [OnceLock<Box<[AtomicU64]>>; 24],
    numbers: Mutex<HashTable<u32>>,
}

impl Codes {
    /// The code of a word.
    #[inline]
    pub(crate) fn encode(&self, word: u64) -> Code {
        if word < WIDE { word as Code } else { self.wide.number(word) + WIDE as Code }
    }

    /// The word of a code.
    #[inline]
    pub(crate) fn decode(&self, code: Code) -> u64 {
        if is_small(code) { u64::from(code) } else { self.wide.word(code - WIDE as Code) }
    }
}

/// Whether a code is its word.
#[inline]
pub(crate) fn is_small(code: Code) -> bool {
    code < WIDE as Code
}

impl Wide {
    /// The number of a word, new or known. There is room for 2^31, which would take 24 GiB.
    fn number(&self, word: u64) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(|e| e.into_inner());
        let hash = super::keys::hash(word);
        if let Some(number) = numbers.find(hash, |n| self.word(*n) == word) {
            return *number;
        }
        let number = numbers.len() as u32;
        let (piece, offset) = place(number);
        let words = self.pieces[piece].get_or_init(|| (0..FIRST << piece).map(|_| AtomicU64::new(0)).collect());
        words[offset].store(word, Ordering::Relaxed);
        numbers.insert_unique(hash, number, |n| super::keys::hash(self.word(*n)));
        number
    }

    fn word(&self, number: u32) -> u64 {
        let (piece, offset) = place(number);
        self.pieces[piece].get().and_then(|words| words.get(offset)).map_or(0, |word| word.load(Ordering::Relaxed))
    }
}

/// The piece that holds a number, and where in it.
fn place(number: u32) -> (usize, usize) {
    let from_first = u64::from(number) + u64::from(FIRST);
    let piece = from_first.ilog2() - FIRST.ilog2();
    (piece as usize, (from_first - (u64::from(FIRST) << piece)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_code_and_every_code_its_word() {
        let codes = Codes::default();
        let words = [0, 1, WIDE - 1, WIDE, u64::MAX, -5i64 as u64, 1.5f64.to_bits()];
        let found: Vec<Code> = words.iter().map(|w| codes.encode(*w)).collect();
        assert_eq!(found[..3], [0, 1, (WIDE - 1) as Code]);
        for (word, code) in words.iter().zip(&found) {
            assert_eq!((codes.decode(*code), codes.encode(*word)), (*word, *code));
        }
    }

    #[test]
    fn many_wide_words_fill_several_pieces() {
        let codes = Codes::default();
        let found: Vec<Code> = (0..10_000).map(|i| codes.encode(u64::MAX - i)).collect();
        assert!(found.iter().enumerate().all(|(i, code)| codes.decode(*code) == u64::MAX - i as u64));
    }
}
