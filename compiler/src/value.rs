//! Values and their types: what one column of one tuple can hold.
//!
//! At run time every value is one 64-bit word ([`Primitive`] says how to read it). Symbols are interned by the
//! evaluator; the compiler only knows their text. A column's [`Form`] is a further promise about the text of the value:
//! an `Ip` column holds a symbol in the canonical text form of an address, a `Time` column microseconds since the Unix
//! epoch.

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
}

impl Const {
    /// The primitive type of the constant.
    pub fn primitive(&self) -> Primitive {
        match self {
            Const::Number(_) => Primitive::Number,
            Const::Unsigned(_) => Primitive::Unsigned,
            Const::Float(_) => Primitive::Float,
            Const::Symbol(_) => Primitive::Symbol,
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
