//! Values outside the engine: what a word means.

use crate::symbols::Symbols;
use compiler::value::{Const, Primitive};
use std::fmt;
use std::sync::Arc;

/// A value with its meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A `number`.
    Number(i64),
    /// An `unsigned`.
    Unsigned(u64),
    /// A `float`.
    Float(f64),
    /// A `symbol`.
    Symbol(Arc<str>),
}

impl Value {
    /// Reads a word.
    pub fn of(word: u64, primitive: Primitive, symbols: &Symbols) -> Value {
        match primitive {
            Primitive::Number => Value::Number(word as i64),
            Primitive::Unsigned => Value::Unsigned(word),
            Primitive::Float => Value::Float(f64::from_bits(word)),
            Primitive::Symbol => Value::Symbol(symbols.text(word).into()),
        }
    }

    /// The word, interning text.
    pub fn word(&self, symbols: &Symbols) -> u64 {
        match self {
            Value::Number(n) => *n as u64,
            Value::Unsigned(n) => *n,
            Value::Float(x) => x.to_bits(),
            Value::Symbol(s) => symbols.intern(s),
        }
    }
}

impl From<&Const> for Value {
    fn from(constant: &Const) -> Value {
        match constant {
            Const::Number(n) => Value::Number(*n),
            Const::Unsigned(n) => Value::Unsigned(*n),
            Const::Float(x) => Value::Float(*x),
            Const::Symbol(s) => Value::Symbol(s.clone()),
        }
    }
}

/// As in an output file: symbols without quotes, floats in shortest form.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(n) => write!(f, "{n}"),
            Value::Unsigned(n) => write!(f, "{n}"),
            Value::Float(x) => write!(f, "{x}"),
            Value::Symbol(s) => f.write_str(s),
        }
    }
}
