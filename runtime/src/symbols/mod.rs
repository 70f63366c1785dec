//! Symbols: text by number. Append-only, shared by all workers, readers and writers; a number means the same text for
//! as long as the table lives. Tuples of records have their numbers here, too.
//!
//! Numbers are given out in the order in which texts are first interned, from 0 and without gaps. Reading the text behind
//! a number takes no lock. Interning takes one, and a file has millions of fields: [`Symbols::find_all`] and
//! [`Symbols::intern_all`] take it once for all of them, and look them up so that the waits for memory overlap.
//!
//! ```
//! use runtime::Symbols;
//! let symbols = Symbols::default();
//! assert_eq!((symbols.intern("leaf1"), symbols.intern("leaf2"), symbols.intern("leaf1")), (0, 1, 0));
//! assert_eq!(symbols.intern_all(&["spine1", "leaf2", "spine1"]), [2, 1, 2]);
//! assert_eq!(symbols.text(2), "spine1");
//! ```

mod away;
mod cells;
mod index;
mod terms;

pub(crate) use away::Home;
use cells::Cells;
use compiler::value::Const;
use index::{Index, hash};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use terms::Terms;

/// An interner. Cheap to clone: clones share the table.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    table: Arc<Table>,
    terms: Arc<Terms>,
    /// Where numbers are given out, if not here.
    home: Option<Arc<dyn Home>>,
}

#[derive(Debug, Default)]
struct Table {
    /// Where each text stands, by number.
    places: Cells<Place>,
    /// Texts that were interned together stand together.
    blocks: Cells<Box<str>>,
    /// Whoever writes to any of the three holds this for writing.
    index: RwLock<Index>,
}

/// A stretch of a block.
#[derive(Clone, Copy, Debug)]
struct Place {
    block: u32,
    start: u32,
    length: u32,
}

/// How many texts are looked up side by side.
const ABREAST: usize = 256;

/// A block takes no more new text than this, so that its places fit their words.
const BLOCK: usize = 1 << 30;

impl Symbols {
    /// What [`Symbols::find_all`] says of a text that has no number.
    pub const UNKNOWN: u64 = u64::MAX;

    /// The number of a text, new or known.
    pub fn intern(&self, text: &str) -> u64 {
        let known = self.find(text);
        known.unwrap_or_else(|| self.intern_all(&[text])[0])
    }

    /// The number of a text, if it has one already.
    pub fn find(&self, text: &str) -> Option<u64> {
        let found = self.read().find(hash(text), |number| self.text(number.into()) == text);
        found.ok().map(u64::from)
    }

    /// The number of each text, new ones being numbered in their order.
    pub fn intern_all(&self, texts: &[&str]) -> Vec<u64> {
        let mut numbers = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let mut length = 0;
            let fits = rest.iter().take_while(|text| {
                length += text.len();
                length <= BLOCK
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            self.intern_block(now, &mut numbers);
            rest = later;
        }
        numbers
    }

    /// Interns texts whose new ones fit one block.
    fn intern_block(&self, texts: &[&str], numbers: &mut Vec<u64>) {
        let mut index = self.table.index.write().unwrap_or_else(|e| e.into_inner());
        if let Some(home) = &self.home {
            self.learn(&mut index, home, texts);
        }
        self.number(&mut index, texts, numbers);
    }

    /// Numbers texts whose new ones fit one block.
    fn number(&self, index: &mut Index, texts: &[&str], numbers: &mut Vec<u64>) {
        let (block, mut new) = (self.table.blocks.len() as u32, String::new());
        let known = self.table.places.len();
        for text in texts {
            let hash = hash(text);
            let is = |number: u32| match self.table.places.get(number as usize) {
                Some(place) if place.block == block => new.get(place.range()) == Some(*text),
                _ => self.text(number.into()) == *text,
            };
            let number = match index.find(hash, is) {
                Ok(number) => number,
                Err(free) => {
                    let number = self.table.places.len() as u32;
                    let (start, length) = (new.len() as u32, text.len() as u32);
                    self.table.places.push(Place { block, start, length });
                    new.push_str(text);
                    index.insert(free, hash, number);
                    number
                }
            };
            numbers.push(number.into());
        }
        if self.table.places.len() > known {
            self.table.blocks.push(new.into_boxed_str());
        }
    }

    /// The number of each text, [`Symbols::UNKNOWN`] for those that have none.
    pub fn find_all(&self, texts: &[&str]) -> Vec<u64> {
        let index = self.read();
        let mut numbers = Vec::with_capacity(texts.len());
        let mut found = [(0, None); ABREAST];
        let mut places = [None; ABREAST];
        for texts in texts.chunks(ABREAST) {
            // Within a loop no load waits for another: that is the point of having three.
            for (text, found) in texts.iter().zip(&mut found) {
                let hash = hash(text);
                *found = (hash, index.first(hash));
            }
            for ((_, number), place) in found.iter().zip(&mut places).take(texts.len()) {
                *place = number.and_then(|number| self.table.places.get(number as usize).copied());
            }
            for ((text, (hash, number)), place) in texts.iter().zip(&found).zip(&places) {
                let number = match (number, place) {
                    (Some(number), Some(place)) if self.bytes(*place) == text.as_bytes() => Ok(*number),
                    _ => index.find(*hash, |number| self.text(number.into()) == *text),
                };
                numbers.push(number.map_or(Symbols::UNKNOWN, u64::from));
            }
        }
        numbers
    }

    /// The number of a record's tuple, new or known; never 0, which is `nil`.
    pub fn pack(&self, words: &[u64]) -> u64 {
        self.terms.pack(words)
    }

    /// A word of a record's tuple; none beyond its end, and none of `nil`.
    #[inline]
    pub fn field(&self, tuple: u64, place: usize) -> Option<u64> {
        self.terms.field(tuple, place as u64)
    }

    /// Whether a number is that of a record's tuple.
    pub(crate) fn is_tuple(&self, number: u64) -> bool {
        self.terms.contains(number)
    }

    /// All words of a record's tuple; none of `nil`.
    pub fn fields(&self, tuple: u64) -> Vec<u64> {
        (0..self.terms.length(tuple)).filter_map(|place| self.terms.field(tuple, place)).collect()
    }

    /// The word of a constant.
    pub fn constant(&self, constant: &Const) -> u64 {
        match constant {
            Const::Number(n) => *n as u64,
            Const::Unsigned(n) | Const::Tag(_, n) => *n,
            Const::Float(x) => x.to_bits(),
            Const::Symbol(text) => self.intern(text),
            Const::Nil => 0,
            // As deep as the text of a rule, which is bounded.
            Const::Record(values) => {
                let words: Vec<u64> = values.iter().map(|value| self.constant(value)).collect();
                self.pack(&words)
            }
        }
    }

    /// Whether both are one table.
    pub(crate) fn is(&self, other: &Symbols) -> bool {
        Arc::ptr_eq(&self.terms, &other.terms)
    }

    /// The text behind a number; empty for a number that was never given out.
    pub fn text(&self, number: u64) -> &str {
        self.text_here(number).unwrap_or_else(|| self.text_from_home(number))
    }

    fn text_here(&self, number: u64) -> Option<&str> {
        let place = self.table.places.get(number as usize)?;
        self.table.blocks.get(place.block as usize).and_then(|block| block.get(place.range()))
    }

    /// Whether a number is that of a text.
    pub(crate) fn is_symbol(&self, number: u64) -> bool {
        self.text_here(number).is_some() || {
            // Another process may have numbered it.
            self.text_from_home(number);
            self.text_here(number).is_some()
        }
    }

    /// The bytes at a place.
    fn bytes(&self, place: Place) -> &[u8] {
        let block = self.table.blocks.get(place.block as usize);
        block.and_then(|block| block.as_bytes().get(place.range())).unwrap_or_default()
    }

    /// The order of two texts, by their bytes.
    pub fn compare(&self, a: u64, b: u64) -> std::cmp::Ordering {
        if a == b { std::cmp::Ordering::Equal } else { self.text(a).cmp(self.text(b)) }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        let _unchanged = self.read();
        self.table.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.table.index.read().unwrap_or_else(|e| e.into_inner())
    }
}

impl Place {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.length as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Texts of all lengths, many of them twice.
    fn texts() -> Vec<String> {
        (0..20_000_u64).map(|i| format!("{:x}", i.wrapping_mul(i) % 7919).repeat((i % 5) as usize)).collect()
    }

    #[test]
    fn numbers_are_given_out_in_the_order_of_first_sight() {
        let texts = texts();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut expected = HashMap::new();
        let numbers: Vec<u64> = texts
            .iter()
            .map(|text| {
                let next = expected.len() as u64;
                *expected.entry(*text).or_insert(next)
            })
            .collect();
        let (one_by_one, in_batches) = (Symbols::default(), Symbols::default());
        assert_eq!(texts.iter().map(|text| one_by_one.intern(text)).collect::<Vec<_>>(), numbers);
        let batches: Vec<u64> = texts.chunks(777).flat_map(|texts| in_batches.intern_all(texts)).collect();
        assert_eq!(batches, numbers);
        assert_eq!((one_by_one.len(), in_batches.len()), (expected.len(), expected.len()));
        for (text, number) in expected {
            assert_eq!((one_by_one.text(number), in_batches.text(number)), (text, text));
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let symbols = Symbols::default();
        assert_eq!((symbols.find("a"), symbols.text(0), symbols.len()), (None, "", 0));
        assert_eq!(symbols.find_all(&["a", ""]), [Symbols::UNKNOWN; 2]);
        assert_eq!(symbols.intern_all(&["", "a", ""]), [0, 1, 0]);
        assert_eq!(symbols.find_all(&["a", "b", ""]), [1, Symbols::UNKNOWN, 0]);
        assert_eq!(symbols.text(Symbols::UNKNOWN), "");
    }

    #[test]
    fn threads_that_intern_the_same_texts_agree() {
        let (symbols, texts) = (Symbols::default(), texts());
        let found: Vec<Vec<u64>> = std::thread::scope(|scope| {
            let interning = || texts.iter().map(|text| symbols.intern(text)).collect();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(interning)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no thread fails")).collect()
        });
        assert!(found.iter().all(|numbers| *numbers == found[0]));
        assert!(texts.iter().zip(&found[0]).all(|(text, number)| symbols.text(*number) == text));
    }
}
