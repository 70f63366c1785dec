//! Values, tuples and databases of the judges: by name and by text, never by number.

use compiler::value::{Const, Primitive};
use runtime::{Contents, Symbols};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A value. Two values are one if their words would be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A `number`.
    Number(i64),
    /// An `unsigned`.
    Unsigned(u64),
    /// A `float`, by its bits; [`Value::float`] makes one.
    Float(u64),
    /// A `symbol`.
    Symbol(Arc<str>),
    /// `nil`
    Nil,
    /// A record, or a value of an algebraic data type: then its tag stands first.
    Record(Arc<[Value]>),
    /// A branch.
    Tag(Arc<str>, u64),
}

/// A row.
pub type Tuple = Vec<Value>;

/// Relations by name.
pub type Database = BTreeMap<Arc<str>, BTreeSet<Tuple>>;

impl Value {
    /// A float: all NaNs are one value, and so are the two zeros.
    pub fn float(value: f64) -> Value {
        Value::Float(if value.is_nan() { f64::NAN } else { value + 0.0 }.to_bits())
    }

    /// A symbol.
    pub fn symbol(text: &str) -> Value {
        Value::Symbol(text.into())
    }

    /// What an engine's word means.
    pub fn of(value: runtime::Value) -> Value {
        match value {
            runtime::Value::Number(n) => Value::Number(n),
            runtime::Value::Unsigned(n) => Value::Unsigned(n),
            runtime::Value::Float(x) => Value::float(x),
            runtime::Value::Symbol(s) => Value::Symbol(s),
            runtime::Value::Record(term) => {
                let values = |fields: Vec<(Arc<str>, runtime::Value)>| fields.into_iter().map(|(_, v)| Value::of(v));
                match term.contents() {
                    Contents::Nil => Value::Nil,
                    Contents::Record(fields) => Value::Record(values(fields).collect()),
                    Contents::Branch(name, fields) => {
                        let branch = term.ty().structure().and_then(|structure| structure.branch(&name));
                        let tag = Value::Tag(name.clone(), branch.expect("a branch of its type").0);
                        Value::Record(std::iter::once(tag).chain(values(fields)).collect())
                    }
                }
            }
        }
    }

    /// The word that an engine has for it.
    pub fn word(&self, symbols: &Symbols) -> u64 {
        match self {
            Value::Number(n) => *n as u64,
            Value::Unsigned(n) | Value::Tag(_, n) => *n,
            Value::Float(bits) => *bits,
            Value::Symbol(text) => symbols.intern(text),
            Value::Nil => 0,
            Value::Record(values) => symbols.pack(&values.iter().map(|v| v.word(symbols)).collect::<Vec<u64>>()),
        }
    }

    /// Reads a value of a type from the text that it has in a file; none if it is not of the type, or a record.
    pub fn parse(text: &str, primitive: Primitive) -> Option<Value> {
        Some(match primitive {
            Primitive::Record => return None,
            Primitive::Number => Value::Number(text.parse().ok()?),
            Primitive::Unsigned => Value::Unsigned(text.parse().ok()?),
            Primitive::Float => Value::float(text.parse().ok()?),
            Primitive::Symbol => Value::symbol(text),
        })
    }
}

impl From<&Const> for Value {
    fn from(constant: &Const) -> Value {
        match constant {
            Const::Number(n) => Value::Number(*n),
            Const::Unsigned(n) => Value::Unsigned(*n),
            Const::Float(x) => Value::float(*x),
            Const::Symbol(s) => Value::Symbol(s.clone()),
            Const::Nil => Value::Nil,
            Const::Record(values) => Value::Record(values.iter().map(Value::from).collect()),
            Const::Tag(name, number) => Value::Tag(name.clone(), *number),
        }
    }
}

impl From<&Value> for Const {
    fn from(value: &Value) -> Const {
        match value {
            Value::Number(n) => Const::Number(*n),
            Value::Unsigned(n) => Const::Unsigned(*n),
            Value::Float(bits) => Const::Float(f64::from_bits(*bits)),
            Value::Symbol(s) => Const::Symbol(s.clone()),
            Value::Nil => Const::Nil,
            Value::Record(values) => Const::Record(values.iter().map(Const::from).collect()),
            Value::Tag(name, number) => Const::Tag(name.clone(), *number),
        }
    }
}

/// As in a rule.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Const::from(self).fmt(f)
    }
}

/// The tuple as a fact: `link("h1", "s1")`.
pub fn show(relation: &str, tuple: &[Value]) -> String {
    let values: Vec<String> = tuple.iter().map(Value::to_string).collect();
    format!("{relation}({})", values.join(", "))
}

/// What `found` has too much (`+`) and too little (`-`) against `expected`, a line each; empty if they are equal. A
/// relation that is missing is an empty one.
pub fn differences(expected: &Database, found: &Database) -> String {
    let empty = BTreeSet::new();
    let names: BTreeSet<&Arc<str>> = expected.keys().chain(found.keys()).collect();
    let mut lines = String::new();
    for name in names {
        let (before, after) = (expected.get(name).unwrap_or(&empty), found.get(name).unwrap_or(&empty));
        let missing = before.difference(after).map(|t| ('-', t));
        let extra = after.difference(before).map(|t| ('+', t));
        for (sign, tuple) in missing.chain(extra) {
            lines += &format!("{sign}{}\n", show(name, tuple));
        }
    }
    lines
}
