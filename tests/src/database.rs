//! Values, tuples and databases of the judges: by name and by text, never by number.

use compiler::value::{Const, Primitive};
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
        }
    }

    /// The value as the engine takes it.
    pub fn to_runtime(&self) -> runtime::Value {
        match self {
            Value::Number(n) => runtime::Value::Number(*n),
            Value::Unsigned(n) => runtime::Value::Unsigned(*n),
            Value::Float(bits) => runtime::Value::Float(f64::from_bits(*bits)),
            Value::Symbol(s) => runtime::Value::Symbol(s.clone()),
        }
    }

    /// Reads a value of a type from the text that it has in a file; none if it is not of the type.
    pub fn parse(text: &str, primitive: Primitive) -> Option<Value> {
        Some(match primitive {
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
        }
    }
}

/// As in a rule.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let constant = match self {
            Value::Number(n) => Const::Number(*n),
            Value::Unsigned(n) => Const::Unsigned(*n),
            Value::Float(bits) => Const::Float(f64::from_bits(*bits)),
            Value::Symbol(s) => Const::Symbol(s.clone()),
        };
        constant.fmt(f)
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
