//! Functors over words: what `compiler::functor` promises, carried out.
//!
//! A functor without a value for its arguments gives `None`: the rule does not fire for that binding.

use crate::symbols::Symbols;
use crate::text;
use compiler::functor::{Comparison, Functor, has_bad_repeat};
use compiler::value::Primitive;
use fancy_regex::Regex;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

/// Applies functors and comparisons; holds what they need to be fast. One a worker.
#[derive(Clone)]
pub(crate) struct Functors {
    symbols: Symbols,
    patterns: Rc<RefCell<HashMap<u64, Option<Regex>>>>,
    addresses: Rc<RefCell<HashMap<u64, Option<Network>>>>,
}

/// An address with its prefix length (all of its bits for a plain address).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    length: u8,
}

impl Functors {
    pub(crate) fn new(symbols: Symbols) -> Self {
        Functors { symbols, patterns: Rc::default(), addresses: Rc::default() }
    }

    /// The value of a functor; none where it has none.
    pub(crate) fn apply(&self, functor: Functor, args: &[u64]) -> Option<u64> {
        use Functor as F;
        use Primitive::*;
        Some(match (functor, args) {
            (F::Add(p), [a, b]) => arithmetic(p, *a, *b, i64::wrapping_add, u64::wrapping_add, |a, b| a + b),
            (F::Sub(p), [a, b]) => arithmetic(p, *a, *b, i64::wrapping_sub, u64::wrapping_sub, |a, b| a - b),
            (F::Mul(p), [a, b]) => arithmetic(p, *a, *b, i64::wrapping_mul, u64::wrapping_mul, |a, b| a * b),
            (F::Div(Float), [a, b]) => float(f64::from_bits(*a) / f64::from_bits(*b)),
            (F::Rem(Float), [a, b]) => float(f64::from_bits(*a) % f64::from_bits(*b)),
            (F::Div(_) | F::Rem(_), [_, 0]) => return None,
            (F::Div(p), [a, b]) => arithmetic(p, *a, *b, i64::wrapping_div, |a, b| a / b, |a, b| a / b),
            (F::Rem(p), [a, b]) => arithmetic(p, *a, *b, i64::wrapping_rem, |a, b| a % b, |a, b| a % b),
            (F::Pow(p), [a, b]) => arithmetic(p, *a, *b, power, power_unsigned, f64::powf),
            (F::Neg(Float), [a]) => float(-f64::from_bits(*a)),
            (F::Neg(_), [a]) => a.wrapping_neg(),
            (F::BitAnd(_), [a, b]) => a & b,
            (F::BitOr(_), [a, b]) => a | b,
            (F::BitXor(_), [a, b]) => a ^ b,
            (F::BitNot(_), [a]) => !a,
            (F::ShiftLeft(_), [a, b]) => a << (b & 63),
            (F::ShiftRight(Number), [a, b]) => ((*a as i64) >> (b & 63)) as u64,
            (F::ShiftRight(_) | F::ShiftRightLogical(_), [a, b]) => a >> (b & 63),
            (F::And(p), [a, b]) => truth(is_true(p, *a) && is_true(p, *b), p),
            (F::Or(p), [a, b]) => truth(is_true(p, *a) || is_true(p, *b), p),
            (F::Xor(p), [a, b]) => truth(is_true(p, *a) != is_true(p, *b), p),
            (F::Not(p), [a]) => truth(!is_true(p, *a), p),
            (F::Max(p), [first, rest @ ..]) => self.extreme(p, *first, rest, Ordering::Greater),
            (F::Min(p), [first, rest @ ..]) => self.extreme(p, *first, rest, Ordering::Less),
            (F::Cat, parts) => {
                let mut text = String::new();
                parts.iter().for_each(|s| text.push_str(self.symbols.text(*s)));
                self.intern(&text)
            }
            (F::StrLen, [s]) => self.symbols.text(*s).len() as u64,
            (F::SubStr, [s, from, length]) => self.substring(*s, *from as i64, *length as i64),
            (F::Ord, [s]) => *s,
            (F::ToText(Symbol), [s]) => *s,
            (F::ToText(Number), [a]) => self.intern(&(*a as i64).to_string()),
            (F::ToText(Unsigned), [a]) => self.intern(&a.to_string()),
            (F::ToText(Float), [a]) => self.intern(&text::decimals(f64::from_bits(*a))),
            (F::ToNumber(Symbol), [s]) => text::number(self.symbols.text(*s))? as u64,
            (F::ToNumber(Float), [a]) => f64::from_bits(*a) as i64 as u64,
            (F::ToNumber(_) | F::ToUnsigned(Number | Unsigned), [a]) => *a,
            (F::ToUnsigned(Symbol), [s]) => text::unsigned(self.symbols.text(*s))?,
            (F::ToUnsigned(Float), [a]) => f64::from_bits(*a) as u64,
            (F::ToFloat(Symbol), [s]) => float(text::float(self.symbols.text(*s))?),
            (F::ToFloat(Number), [a]) => float(*a as i64 as f64),
            (F::ToFloat(Unsigned), [a]) => float(*a as f64),
            (F::ToFloat(Float), [a]) => *a,
            (F::Reinterpret(_, Symbol), [a]) => return self.symbols.is_symbol(*a).then_some(*a),
            (F::Reinterpret(from, Record), [a]) if from != Record => {
                return (*a == 0 || self.symbols.is_tuple(*a)).then_some(*a);
            }
            (F::Reinterpret(_, Float), [a]) => float(f64::from_bits(*a)),
            (F::Reinterpret(..), [a]) => *a,
            (F::PrefixOf, [ip, length]) => {
                let Network { address, .. } = self.network(*ip)?;
                let length = u8::try_from(*length as i64).ok().filter(|l| *l <= bits(address))?;
                self.intern(&format!("{}/{length}", masked(address, length)))
            }
            (F::PrefixLength, [prefix]) => u64::from(self.network(*prefix)?.length),
            (F::PrefixAddress, [prefix]) => self.intern(&self.network(*prefix)?.address.to_string()),
            (F::IpVersion, [ip]) => {
                if self.network(*ip)?.address.is_ipv4() {
                    4
                } else {
                    6
                }
            }
            (F::Pack, words) => self.symbols.pack(words),
            (F::Field(place), [tuple]) => self.symbols.field(*tuple, place as usize)?,
            _ => return None,
        })
    }

    /// Whether a comparison holds.
    pub(crate) fn holds(&self, comparison: Comparison, a: u64, b: u64) -> bool {
        use Comparison::*;
        match comparison {
            Equal => a == b,
            NotEqual => a != b,
            Less(p) => self.compare(p, a, b).is_lt(),
            LessEqual(p) => self.compare(p, a, b).is_le(),
            Greater(p) => self.compare(p, a, b).is_gt(),
            GreaterEqual(p) => self.compare(p, a, b).is_ge(),
            Match => self.matches(a, b) == Some(true),
            NotMatch => self.matches(a, b) == Some(false),
            Contains => self.symbols.text(b).contains(self.symbols.text(a)),
            NotContains => !self.holds(Contains, a, b),
            InPrefix => self.in_prefix(a, b),
            NotInPrefix => !self.in_prefix(a, b),
        }
    }

    /// The order of two values: by number, or by the bytes of the text.
    pub(crate) fn compare(&self, primitive: Primitive, a: u64, b: u64) -> Ordering {
        match primitive {
            Primitive::Number => (a as i64).cmp(&(b as i64)),
            Primitive::Unsigned => a.cmp(&b),
            Primitive::Float => f64::from_bits(a).total_cmp(&f64::from_bits(b)),
            Primitive::Symbol => self.symbols.compare(a, b),
            // Rules do not order records.
            Primitive::Record => a.cmp(&b),
        }
    }

    fn extreme(&self, primitive: Primitive, first: u64, rest: &[u64], wanted: Ordering) -> u64 {
        rest.iter().fold(first, |best, next| if self.compare(primitive, *next, best) == wanted { *next } else { best })
    }

    fn intern(&self, text: &str) -> u64 {
        self.symbols.intern(text)
    }

    /// Bytes `from .. from + length`, cut at the end; `""` outside or within a character.
    fn substring(&self, symbol: u64, from: i64, length: i64) -> u64 {
        let text = self.symbols.text(symbol);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let from = usize::try_from(from).ok();
        let part = from.and_then(|from| text.get(from..from.saturating_add(length).min(text.len())));
        self.intern(part.unwrap_or(""))
    }

    /// None if the pattern is not a regular expression, or takes too long: then neither `match` nor its negation holds.
    fn matches(&self, pattern: u64, text: u64) -> Option<bool> {
        let mut patterns = self.patterns.borrow_mut();
        let compile = || {
            let pattern = self.symbols.text(pattern);
            if has_bad_repeat(pattern) { None } else { Regex::new(&format!("^(?:{pattern})$")).ok() }
        };
        let regex = patterns.entry(pattern).or_insert_with(compile);
        regex.as_ref()?.is_match(self.symbols.text(text)).ok()
    }

    fn in_prefix(&self, ip: u64, prefix: u64) -> bool {
        match (self.network(ip), self.network(prefix)) {
            (Some(ip), Some(prefix)) => {
                ip.address.is_ipv4() == prefix.address.is_ipv4()
                    && masked(ip.address, prefix.length) == masked(prefix.address, prefix.length)
            }
            _ => false,
        }
    }

    fn network(&self, symbol: u64) -> Option<Network> {
        *self.addresses.borrow_mut().entry(symbol).or_insert_with(|| read_network(self.symbols.text(symbol)))
    }
}

fn read_network(text: &str) -> Option<Network> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address.parse::<IpAddr>().ok()?, Some(length.parse::<u8>().ok()?)),
        None => (text.parse().ok()?, None),
    };
    let length = length.unwrap_or(bits(address));
    (length <= bits(address)).then_some(Network { address, length })
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with all but its first `length` bits zero.
fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(a) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            IpAddr::V4((a.to_bits() & mask).into())
        }
        IpAddr::V6(a) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            IpAddr::V6((a.to_bits() & mask).into())
        }
    }
}

fn arithmetic(
    primitive: Primitive,
    a: u64,
    b: u64,
    signed: impl Fn(i64, i64) -> i64,
    unsigned: impl Fn(u64, u64) -> u64,
    floats: impl Fn(f64, f64) -> f64,
) -> u64 {
    match primitive {
        Primitive::Float => float(floats(f64::from_bits(a), f64::from_bits(b))),
        Primitive::Unsigned => unsigned(a, b),
        Primitive::Number | Primitive::Symbol | Primitive::Record => signed(a as i64, b as i64) as u64,
    }
}

/// A float as a word; all NaNs are one value, and so are the two zeros.
pub(crate) fn float(x: f64) -> u64 {
    if x.is_nan() {
        f64::NAN.to_bits()
    } else if x == 0.0 {
        0
    } else {
        x.to_bits()
    }
}

fn power(a: i64, b: i64) -> i64 {
    match (a, b) {
        (1, _) => 1,
        (-1, b) => {
            if b % 2 == 0 {
                1
            } else {
                -1
            }
        }
        (_, b) if b < 0 => 0,
        (a, b) => power_unsigned(a as u64, b as u64) as i64,
    }
}

fn power_unsigned(mut a: u64, mut b: u64) -> u64 {
    let mut result = 1u64;
    while b > 0 {
        if b & 1 == 1 {
            result = result.wrapping_mul(a);
        }
        a = a.wrapping_mul(a);
        b >>= 1;
    }
    result
}

fn is_true(primitive: Primitive, word: u64) -> bool {
    if primitive == Primitive::Float { f64::from_bits(word) != 0.0 } else { word != 0 }
}

fn truth(holds: bool, primitive: Primitive) -> u64 {
    match (holds, primitive) {
        (true, Primitive::Float) => 1f64.to_bits(),
        (holds, _) => u64::from(holds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Primitive::*;

    fn functors() -> Functors {
        Functors::new(Symbols::default())
    }

    fn text(f: &Functors, functor: Functor, args: &[u64]) -> Option<String> {
        f.apply(functor, args).map(|word| f.symbols.text(word).to_string())
    }

    #[test]
    fn integers_wrap_and_division_by_zero_has_no_value() {
        let f = functors();
        assert_eq!(f.apply(Functor::Add(Number), &[i64::MAX as u64, 1]), Some(i64::MIN as u64));
        assert_eq!(f.apply(Functor::Div(Number), &[-7i64 as u64, 2]), Some(-3i64 as u64));
        assert_eq!(f.apply(Functor::Rem(Number), &[-7i64 as u64, 2]), Some(-1i64 as u64));
        assert_eq!(f.apply(Functor::Div(Number), &[i64::MIN as u64, -1i64 as u64]), Some(i64::MIN as u64));
        assert_eq!(f.apply(Functor::Div(Unsigned), &[7, 0]), None);
    }

    #[test]
    fn powers_of_integers_are_exact_modulo_two_to_the_64() {
        let f = functors();
        assert_eq!(f.apply(Functor::Pow(Number), &[-2i64 as u64, 3]), Some(-8i64 as u64));
        assert_eq!(f.apply(Functor::Pow(Number), &[2, -1i64 as u64]), Some(0));
        assert_eq!(f.apply(Functor::Pow(Unsigned), &[2, 64]), Some(0));
    }

    #[test]
    fn substrings_stay_within_the_text_and_its_characters() {
        let f = functors();
        let s = f.intern("grün");
        assert_eq!(text(&f, Functor::SubStr, &[s, 0, 2]).as_deref(), Some("gr"));
        assert_eq!(text(&f, Functor::SubStr, &[s, 1, 99]).as_deref(), Some("rün"));
        assert_eq!(text(&f, Functor::SubStr, &[s, 0, 3]).as_deref(), Some(""));
        assert_eq!(text(&f, Functor::SubStr, &[s, 1, -1i64 as u64]).as_deref(), Some("rün"));
        assert_eq!(text(&f, Functor::SubStr, &[s, -1i64 as u64, 3]).as_deref(), Some(""));
    }

    #[test]
    fn prefixes_mask_the_host_bits_of_both_versions() {
        let f = functors();
        let (v4, v6) = (f.intern("10.1.2.3"), f.intern("2001:db8::1"));
        assert_eq!(text(&f, Functor::PrefixOf, &[v4, 16]).as_deref(), Some("10.1.0.0/16"));
        assert_eq!(text(&f, Functor::PrefixOf, &[v4, 0]).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(text(&f, Functor::PrefixOf, &[v6, 32]).as_deref(), Some("2001:db8::/32"));
        assert_eq!(f.apply(Functor::PrefixOf, &[v4, 33]), None);
        assert!(f.holds(Comparison::InPrefix, v4, f.intern("10.0.0.0/8")));
        assert!(!f.holds(Comparison::InPrefix, v6, f.intern("0.0.0.0/0")));
        assert_eq!(f.apply(Functor::IpVersion, &[f.intern("")]), None);
    }

    #[test]
    fn symbols_compare_by_their_text_and_not_by_their_number() {
        let f = functors();
        let (b, a) = (f.intern("b"), f.intern("a"));
        assert!(f.holds(Comparison::Less(Symbol), a, b));
        assert_eq!(f.apply(Functor::Max(Symbol), &[a, b, a]), Some(b));
    }

    #[test]
    fn a_pattern_must_match_the_whole_text() {
        let f = functors();
        let (pattern, bad) = (f.intern("a.c"), f.intern("("));
        assert!(f.holds(Comparison::Match, pattern, f.intern("abc")));
        assert!(f.holds(Comparison::NotMatch, pattern, f.intern("abcd")));
        assert!(!f.holds(Comparison::Match, bad, bad) && !f.holds(Comparison::NotMatch, bad, bad));
    }
}
