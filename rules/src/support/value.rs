//! Values: a few types that can be copied, hashed and sorted.

use super::term::{Tag, Term};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `number`
    Number,
    /// `unsigned`
    Unsigned,
    /// `float`
    Float,
    /// `symbol`
    Symbol,
    /// A record or an algebraic data type.
    Record,
}

/// A value with its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A `number`.
    Number(i64),
    /// An `unsigned`.
    Unsigned(u64),
    /// A `float`.
    Float(Float),
    /// A `symbol`.
    Symbol(Symbol),
    /// A record, or a value of an algebraic data type.
    Record(Term),
    /// What stands first in the tuple of a branch.
    Tag(Tag),
}

/// A `float`: equal by its bits, sorted as IEEE 754 sorts all floats. All NaNs are one value, and so are the two zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Float(u64);

impl Float {
    /// From a Rust float.
    pub fn new(x: f64) -> Self {
        let x = if x.is_nan() { f64::NAN } else { x + 0.0 };
        Float(x.to_bits())
    }

    /// From its bits.
    pub fn from_bits(bits: u64) -> Self {
        Float::new(f64::from_bits(bits))
    }

    /// The Rust float.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl PartialOrd for Float {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Float {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().total_cmp(&other.get())
    }
}

/// A `symbol`: text that is kept once and for ever, so that it is compared by its address and sorted by its bytes.
#[derive(Clone, Copy)]
pub struct Symbol(&'static str);

static TEXTS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

impl Symbol {
    /// The symbol of a text.
    pub fn new(text: &str) -> Self {
        let mut texts = TEXTS.lock().unwrap_or_else(|e| e.into_inner());
        let texts = texts.get_or_insert_default();
        if let Some(known) = texts.get(text) {
            return Symbol(known);
        }
        let kept: &'static str = Box::leak(text.to_string().into_boxed_str());
        texts.insert(kept);
        Symbol(kept)
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Symbol {}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
        self.0.len().hash(state);
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl fmt::Debug for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.get())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// As in an output file.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(n) => write!(f, "{n}"),
            Value::Unsigned(n) => write!(f, "{n}"),
            Value::Float(x) => write!(f, "{}", x.get()),
            Value::Symbol(s) => f.write_str(s.text()),
            Value::Record(term) => term.fmt(f),
            Value::Tag(Tag(_, name)) => write!(f, "${name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_nan_and_one_zero() {
        assert_eq!(Float::new(-0.0), Float::new(0.0));
        assert_eq!(Float::new(-f64::NAN), Float::new(f64::NAN));
    }

    #[test]
    fn equal_texts_are_one_symbol_and_symbols_sort_by_text() {
        let (b, a) = (Symbol::new("b"), Symbol::new("a"));
        assert_eq!(b, Symbol::new(&String::from("b")));
        assert!(a < b && a != b);
    }
}
