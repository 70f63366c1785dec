//! Functors: the built-in functions and comparisons of rules, with their types resolved.
//!
//! Every functor is pure. A functor that has no value for its arguments (division by zero, `to_number("x")`, a prefix
//! length past the address) makes the rule not fire for that binding; evaluators count such bindings.

use crate::value::Primitive;
use std::fmt;

/// A function from words to a word. The primitive says which arithmetic is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Functor {
    /// `a + b`, wrapping for integers.
    Add(Primitive),
    /// `a - b`, wrapping for integers.
    Sub(Primitive),
    /// `a * b`, wrapping for integers.
    Mul(Primitive),
    /// `a / b`, towards zero for integers; no value for an integer divided by zero.
    Div(Primitive),
    /// `a % b`, the sign of `a`; no value for zero `b`.
    Rem(Primitive),
    /// `a ^ b`: power. A negative exponent of an integer gives 0, but for bases 1 and -1.
    Pow(Primitive),
    /// `-a`, wrapping.
    Neg(Primitive),
    /// `a band b`.
    BitAnd(Primitive),
    /// `a bor b`.
    BitOr(Primitive),
    /// `a bxor b`.
    BitXor(Primitive),
    /// `bnot a`.
    BitNot(Primitive),
    /// `a bshl b`; `b` modulo 64.
    ShiftLeft(Primitive),
    /// `a bshr b`: arithmetic for `number`, logical for `unsigned`; `b` modulo 64.
    ShiftRight(Primitive),
    /// `a bshru b`: logical; `b` modulo 64.
    ShiftRightLogical(Primitive),
    /// `a land b`: 1 if both are not zero, else 0.
    And(Primitive),
    /// `a lor b`.
    Or(Primitive),
    /// `a lxor b`.
    Xor(Primitive),
    /// `lnot a`.
    Not(Primitive),
    /// `max(a, b, …)`; symbols by their text.
    Max(Primitive),
    /// `min(a, b, …)`; symbols by their text.
    Min(Primitive),
    /// `cat(s, t, …)`: concatenation.
    Cat,
    /// `strlen(s)`: bytes, a `number`.
    StrLen,
    /// `substr(s, index, length)` in bytes, cut at the end of the text, where a negative length goes; `""` where the range
    /// starts outside of the text or splits a character.
    SubStr,
    /// `ord(s)`: the number under which the symbol is interned. Stable within one engine only.
    Ord,
    /// `to_string(x)` of the given primitive, and `itos`, `utos`, `ftos`. A float has six decimals: `1.500000`.
    ToText(Primitive),
    /// `to_number(x)` from the given primitive: `ston`, `utoi`, `ftoi` (towards zero, saturating). Text is read as far as
    /// it is a number: white space, a sign and decimal digits, or `0x…` or `0b…` with at most a minus before it; no value
    /// if that is nothing, or out of range.
    ToNumber(Primitive),
    /// `to_unsigned(x)` from the given primitive. Text is read as for a number, without minus.
    ToUnsigned(Primitive),
    /// `to_float(x)` from the given primitive. Text is read as far as it is a decimal number, with or without exponent;
    /// `inf` and `nan` have no value.
    ToFloat(Primitive),
    /// `as(x, type)`, from one primitive to another: the same bits. A symbol or record counts as its number in the run, as
    /// with [`Functor::Ord`]; no value for a number that is no symbol's.
    Reinterpret(Primitive, Primitive),
    /// `prefix_of(ip, length)`: the Prefix of that length around the address; no value if longer than the address.
    PrefixOf,
    /// `prefix_length(prefix)`: a `number`.
    PrefixLength,
    /// `prefix_address(prefix)`: the network address, an Ip.
    PrefixAddress,
    /// `ip_version(ip)`: 4 or 6; no value for `""`.
    IpVersion,
    /// `[a, b, …]` and `$B(a, …)`: the tuple of these words, interned. A branch's comes with its tag in front.
    Pack,
    /// A word of a tuple, by its place; no value for `nil` and beyond the end. Plans have it, where a program has an
    /// equality with a [`Functor::Pack`] of variables that it binds.
    Field(u32),
}

/// A comparison of two values of one type, or a test on text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`: numeric, or by the bytes of the text.
    Less(Primitive),
    /// `<=`
    LessEqual(Primitive),
    /// `>`
    Greater(Primitive),
    /// `>=`
    GreaterEqual(Primitive),
    /// `match(pattern, text)`: the whole text matches the regular expression.
    Match,
    /// `!match(pattern, text)`
    NotMatch,
    /// `contains(needle, text)`
    Contains,
    /// `!contains(needle, text)`
    NotContains,
    /// `in_prefix(ip, prefix)`: same IP version, and the address lies within.
    InPrefix,
    /// `!in_prefix(ip, prefix)`
    NotInPrefix,
}

impl Comparison {
    /// The comparison that holds exactly when this one does not.
    pub fn negated(self) -> Self {
        use Comparison::*;
        match self {
            Equal => NotEqual,
            NotEqual => Equal,
            Less(p) => GreaterEqual(p),
            LessEqual(p) => Greater(p),
            Greater(p) => LessEqual(p),
            GreaterEqual(p) => Less(p),
            Match => NotMatch,
            NotMatch => Match,
            Contains => NotContains,
            NotContains => Contains,
            InPrefix => NotInPrefix,
            NotInPrefix => InPrefix,
        }
    }

    /// The operator or functor name as written.
    pub fn symbol(self) -> &'static str {
        use Comparison::*;
        match self {
            Equal => "=",
            NotEqual => "!=",
            Less(_) => "<",
            LessEqual(_) => "<=",
            Greater(_) => ">",
            GreaterEqual(_) => ">=",
            Match => "match",
            NotMatch => "!match",
            Contains => "contains",
            NotContains => "!contains",
            InPrefix => "in_prefix",
            NotInPrefix => "!in_prefix",
        }
    }
}

impl Functor {
    /// The name or operator as written in rules.
    pub fn symbol(self) -> &'static str {
        use Functor::*;
        match self {
            Add(_) => "+",
            Sub(_) | Neg(_) => "-",
            Mul(_) => "*",
            Div(_) => "/",
            Rem(_) => "%",
            Pow(_) => "^",
            BitAnd(_) => "band",
            BitOr(_) => "bor",
            BitXor(_) => "bxor",
            BitNot(_) => "bnot",
            ShiftLeft(_) => "bshl",
            ShiftRight(_) => "bshr",
            ShiftRightLogical(_) => "bshru",
            And(_) => "land",
            Or(_) => "lor",
            Xor(_) => "lxor",
            Not(_) => "lnot",
            Max(_) => "max",
            Min(_) => "min",
            Cat => "cat",
            StrLen => "strlen",
            SubStr => "substr",
            Ord => "ord",
            ToText(_) => "to_string",
            ToNumber(_) => "to_number",
            ToUnsigned(_) => "to_unsigned",
            ToFloat(_) => "to_float",
            Reinterpret(..) => "as",
            PrefixOf => "prefix_of",
            PrefixLength => "prefix_length",
            PrefixAddress => "prefix_address",
            IpVersion => "ip_version",
            Pack => "pack",
            Field(_) => "field",
        }
    }

    /// Whether the functor is written between its two arguments.
    pub fn is_infix(self) -> bool {
        use Functor::*;
        matches!(
            self,
            Add(_)
                | Sub(_)
                | Mul(_)
                | Div(_)
                | Rem(_)
                | Pow(_)
                | BitAnd(_)
                | BitOr(_)
                | BitXor(_)
                | ShiftLeft(_)
                | ShiftRight(_)
                | ShiftRightLogical(_)
                | And(_)
                | Or(_)
                | Xor(_)
        )
    }
}

impl fmt::Display for Functor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

/// Whether a brace of a regular expression says no number of times, `a{x}`: an error in ECMAScript, and so in Soufflé,
/// though not in Rust.
pub fn has_bad_repeat(pattern: &str) -> bool {
    let (mut escaped, mut class) = (false, false);
    for (at, c) in pattern.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '{' if !class => {
                let times = pattern[at + 1..].split_once('}').map_or("", |(times, _)| times);
                let (least, most) = times.split_once(',').unwrap_or((times, ""));
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                if least.is_empty() || !digits(least) || !digits(most) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
