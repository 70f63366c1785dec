//! Values outside the engine: what a word means.

use crate::symbols::Symbols;
use crate::term::Term;
use compiler::value::{Primitive, Type};
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
    /// A record or a value of an algebraic data type.
    Record(Term),
}

impl Value {
    /// Reads a word of this type.
    pub fn of(word: u64, ty: &Type, symbols: &Symbols) -> Value {
        match ty.primitive {
            Primitive::Number => Value::Number(word as i64),
            Primitive::Unsigned => Value::Unsigned(word),
            Primitive::Float => Value::Float(f64::from_bits(word)),
            Primitive::Symbol => Value::Symbol(symbols.text(word).into()),
            Primitive::Record => Value::Record(Term::new(word, ty, symbols)),
        }
    }

    /// The word, interning text. A record has its word already, in the table that it was read with.
    pub fn word(&self, symbols: &Symbols) -> u64 {
        match self {
            Value::Number(n) => *n as u64,
            Value::Unsigned(n) => *n,
            Value::Float(x) => x.to_bits(),
            Value::Symbol(s) => symbols.intern(s),
            Value::Record(term) => term.word(),
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
            Value::Record(term) => term.fmt(f),
        }
    }
}
