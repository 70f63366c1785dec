//! Values and their types: what one column of one tuple can hold.
//!
//! At run time every value is one 64-bit word ([`Primitive`] says how to read it). Symbols are interned by the
//! evaluator; the compiler only knows their text. A column's [`Form`] is a further promise about the text of the value:
//! an `Ip` column holds a symbol in the canonical text form of an address, a `Time` column microseconds since the Unix
//! epoch.

use crate::structure::{Structure, Structures};
use std::fmt;
use std::sync::Arc;

/// How the word of a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Primitive {
    /// `number`: a signed 64-bit integer, two's complement; arithmetic wraps.
    Number,
    /// `unsigned`: an unsigned 64-bit integer; arithmetic wraps.
    Unsigned,
    /// `float`: an IEEE 754 double, by its bits.
    Float,
    /// `symbol`: interned text.
    Symbol,
    /// A record or a value of an algebraic data type: an interned tuple of words; 0 is `nil`.
    Record,
}

/// What the text of a value looks like, beyond its primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// Any value of the primitive type.
    Plain,
    /// A symbol: an IPv4 or IPv6 address in canonical text (RFC 5952), or `""` if unknown.
    Ip,
    /// A symbol: `address/length` with the host bits zero and the address canonical, or `""`.
    Prefix,
    /// A symbol: `aa:bb:cc:dd:ee:ff`, lower case, or `""`.
    Mac,
    /// A number: microseconds since the Unix epoch, UTC; read from integers or RFC 3339 text.
    Time,
    /// A number: microseconds; read from integers or text such as `120s`, `1h30m`.
    Duration,
}

/// The type of a column or an expression: its declared name, and what that means at run time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    /// The name in the source: `number`, `Ip`, or a declared subtype.
    pub name: Arc<str>,
    /// How the word is read.
    pub primitive: Primitive,
    /// What its text looks like.
    pub form: Form,
    /// What values of [`Primitive::Record`] are made of, this type's and those of the types within it.
    pub structures: Option<Arc<Structures>>,
}

impl Type {
    /// The type that a primitive is by itself.
    pub fn plain(primitive: Primitive) -> Type {
        Type { name: primitive.to_string().into(), primitive, form: Form::Plain, structures: None }
    }

    /// What a word of the type is: equal for two types only if words mean the same in both.
    pub fn layout(&self) -> String {
        match &self.structures {
            Some(structures) => structures.describe(&self.name),
            None => self.primitive.to_string(),
        }
    }

    /// What the values are made of, if they are tuples and the type is known.
    pub fn structure(&self) -> Option<&Structure> {
        self.structures.as_ref()?.get(&self.name)
    }
}

/// A constant of the source text.
#[derive(Clone, Debug)]
pub enum Const {
    /// A `number`.
    Number(i64),
    /// An `unsigned`.
    Unsigned(u64),
    /// A `float`.
    Float(f64),
    /// A `symbol`, already in the canonical text of its form.
    Symbol(Arc<str>),
    /// `nil`: no record.
    Nil,
    /// The tuple of a record, or of a branch: then the first is its [`Const::Tag`].
    Record(Arc<[Const]>),
    /// A branch by its name and its number, which is the word. It stands first in the tuple of its values.
    Tag(Arc<str>, u64),
}

impl Const {
    /// The primitive type of the constant.
    pub fn primitive(&self) -> Primitive {
        match self {
            Const::Number(_) => Primitive::Number,
            Const::Unsigned(_) => Primitive::Unsigned,
            Const::Float(_) => Primitive::Float,
            Const::Symbol(_) => Primitive::Symbol,
            Const::Nil | Const::Record(_) => Primitive::Record,
            Const::Tag(..) => Primitive::Unsigned,
        }
    }
}

/// Floats are equal when their bits are: a constant is a name for a word.
impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Const::Number(a), Const::Number(b)) => a == b,
            (Const::Unsigned(a), Const::Unsigned(b)) => a == b,
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (Const::Symbol(a), Const::Symbol(b)) => a == b,
            (Const::Nil, Const::Nil) => true,
            (Const::Record(a), Const::Record(b)) => a == b,
            (Const::Tag(_, a), Const::Tag(_, b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Const {}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Primitive::Number => "number",
            Primitive::Unsigned => "unsigned",
            Primitive::Float => "float",
            Primitive::Symbol => "symbol",
            Primitive::Record => "record",
        })
    }
}

/// As it would be written in a rule: symbols are quoted and escaped, floats keep a decimal point.
impl fmt::Display for Const {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Const::Number(n) => write!(f, "{n}"),
            Const::Unsigned(n) => write!(f, "{n}"),
            Const::Float(x) => write!(f, "{x:?}"),
            Const::Nil => f.write_str("nil"),
            Const::Tag(name, _) => write!(f, "${name}"),
            Const::Record(values) => {
                let (tag, fields) = match &values[..] {
                    [Const::Tag(name, _), fields @ ..] => (Some(name), fields),
                    fields => (None, fields),
                };
                let list = fields.iter().map(Const::to_string).collect::<Vec<_>>().join(", ");
                match tag {
                    None => write!(f, "[{list}]"),
                    Some(name) if fields.is_empty() => write!(f, "${name}"),
                    Some(name) => write!(f, "${name}({list})"),
                }
            }
            Const::Symbol(s) => {
                f.write_str("\"")?;
                for c in s.chars() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\t' => f.write_str("\\t")?,
                        '\r' => f.write_str("\\r")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"")
            }
        }
    }
}
