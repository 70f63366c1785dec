//! Symbols: text by number. Append-only, shared by all workers, readers and writers; a number means the same text for
//! as long as the engine lives.

use fnv::FnvHashMap;
use std::sync::{Arc, RwLock};

/// An interner. Cheap to clone: clones share the table.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    table: Arc<RwLock<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    numbers: FnvHashMap<Arc<str>, u64>,
    texts: Vec<Arc<str>>,
}

impl Symbols {
    /// The number of a text, new or known.
    pub fn intern(&self, text: &str) -> u64 {
        if let Some(number) = self.find(text) {
            return number;
        }
        let mut table = self.table.write().unwrap_or_else(|e| e.into_inner());
        if let Some(number) = table.numbers.get(text) {
            return *number;
        }
        let number = table.texts.len() as u64;
        let text: Arc<str> = text.into();
        table.texts.push(text.clone());
        table.numbers.insert(text, number);
        number
    }

    /// The number of a text, if it has one already.
    pub fn find(&self, text: &str) -> Option<u64> {
        self.table.read().unwrap_or_else(|e| e.into_inner()).numbers.get(text).copied()
    }

    /// The text behind a number; empty for a number that was never given out.
    pub fn text(&self, number: u64) -> Arc<str> {
        let table = self.table.read().unwrap_or_else(|e| e.into_inner());
        table.texts.get(number as usize).cloned().unwrap_or_else(|| "".into())
    }

    /// The order of two texts, by their bytes.
    pub fn compare(&self, a: u64, b: u64) -> std::cmp::Ordering {
        if a == b {
            return std::cmp::Ordering::Equal;
        }
        let table = self.table.read().unwrap_or_else(|e| e.into_inner());
        table.texts.get(a as usize).cmp(&table.texts.get(b as usize))
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.table.read().unwrap_or_else(|e| e.into_inner()).texts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
