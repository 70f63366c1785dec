//! The judges' own functors and comparisons, written from the descriptions in `compiler::functor` and from nothing else.
//!
//! `None` is "no value": the rule does not fire for that binding.

use crate::database::Value;
use compiler::functor::{Comparison, Functor};
use compiler::program::AggregateOp;
use compiler::value::Primitive;
use regex::Regex;
use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::LazyLock;

use Value::{Float, Number, Record, Symbol, Unsigned};

/// A functor applied to values.
pub fn apply(functor: Functor, arguments: &[Value]) -> Option<Value> {
    use Functor::*;
    Some(match functor {
        Max(_) => arguments.iter().max_by(|a, b| compare(a, b))?.clone(),
        Min(_) => arguments.iter().min_by(|a, b| compare(a, b))?.clone(),
        Cat => Value::symbol(&arguments.iter().map(text).collect::<Option<String>>()?),
        Neg(_) => match arguments {
            [Number(a)] => Number(a.wrapping_neg()),
            [Unsigned(a)] => Unsigned(a.wrapping_neg()),
            [a] => Value::float(-float(a)?),
            _ => return None,
        },
        BitNot(_) => match arguments {
            [Number(a)] => Number(!a),
            [Unsigned(a)] => Unsigned(!a),
            _ => return None,
        },
        Not(p) => truth(!is_true(arguments.first()?), p),
        And(p) => truth(arguments.iter().all(is_true), p),
        Or(p) => truth(arguments.iter().any(is_true), p),
        Xor(p) => truth(arguments.iter().filter(|a| is_true(a)).count() == 1, p),
        StrLen => Number(text(arguments.first()?)?.len() as i64),
        SubStr => match arguments {
            [Symbol(s), Number(index), Number(length)] => Value::symbol(part(s, *index, *length)),
            _ => return None,
        },
        Ord => return None, // the number depends on the engine; no test asks for it
        ToText(_) => match arguments.first()? {
            Number(a) => Value::symbol(&a.to_string()),
            Unsigned(a) => Value::symbol(&a.to_string()),
            Float(a) if f64::from_bits(*a).is_nan() => Value::symbol("nan"),
            Float(a) => Value::symbol(&format!("{:.6}", f64::from_bits(*a))),
            Symbol(s) => Symbol(s.clone()),
            _ => return None,
        },
        Pack => Record(arguments.into()),
        Field(place) => match arguments {
            [Record(values)] => values.get(place as usize)?.clone(),
            _ => return None,
        },
        ToNumber(_) => Number(match arguments.first()? {
            Number(a) => *a,
            Unsigned(a) => *a as i64,
            Float(a) => f64::from_bits(*a) as i64,
            Symbol(s) => beginning(s, &WHOLE, |text| whole_text(text)?.try_into().ok())?,
            _ => return None,
        }),
        ToUnsigned(_) => Unsigned(match arguments.first()? {
            Number(a) => *a as u64,
            Unsigned(a) => *a,
            Float(a) => f64::from_bits(*a) as u64,
            Symbol(s) => beginning(s, &UNSIGNED, |text| whole_text(text)?.try_into().ok())?,
            _ => return None,
        }),
        ToFloat(_) => Value::float(match arguments.first()? {
            Number(a) => *a as f64,
            Unsigned(a) => *a as f64,
            Float(a) => f64::from_bits(*a),
            Symbol(s) => beginning(s, &FLOAT, |text| text.parse().ok().filter(|x: &f64| x.is_finite()))?,
            _ => return None,
        }),
        Reinterpret(_, to) => {
            let bits = match arguments.first()? {
                Number(a) => *a as u64,
                Unsigned(a) => *a,
                Float(a) => *a,
                _ => return None, // as with `ord`
            };
            match to {
                Primitive::Number => Number(bits as i64),
                Primitive::Unsigned => Unsigned(bits),
                Primitive::Float => Value::float(f64::from_bits(bits)),
                _ => return None,
            }
        }
        PrefixOf => match arguments {
            [Symbol(ip), length] => Value::symbol(&prefix(ip.parse().ok()?, whole(length)?)?),
            _ => return None,
        },
        PrefixLength => Number(split(&text(arguments.first()?)?)?.1 as i64),
        PrefixAddress => Value::symbol(&split(&text(arguments.first()?)?)?.0.to_string()),
        IpVersion => Number(if text(arguments.first()?)?.parse::<IpAddr>().ok()?.is_ipv4() { 4 } else { 6 }),
        _ => match arguments {
            [Number(a), Number(b)] => Number(signed(functor, *a, *b)?),
            [Unsigned(a), Unsigned(b)] => Unsigned(unsigned(functor, *a, *b)?),
            [Float(a), Float(b)] => Value::float(floating(functor, f64::from_bits(*a), f64::from_bits(*b))?),
            _ => return None,
        },
    })
}

/// The values of `range(from, to)` or `range(from, to, step)`.
pub fn range(arguments: &[Value]) -> Vec<Value> {
    let (from, to, step) = match arguments {
        [from, to] => (from, to, None),
        [from, to, step] => (from, to, Some(step)),
        _ => return Vec::new(),
    };
    let mut values = Vec::new();
    let mut next = Some(from.clone());
    while let Some(at) = next.filter(|at| numerically(at, to).is_some_and(Ordering::is_ne)) {
        let order = numerically(from, to);
        let towards = match step {
            None => order,
            Some(step) => match numerically(step, &zero(primitive(step))) {
                Some(Ordering::Less) => Some(Ordering::Greater),
                Some(Ordering::Greater) => Some(Ordering::Less),
                _ => order,
            },
        };
        if numerically(&at, to) != towards {
            break;
        }
        next = match (step, towards) {
            (Some(step), _) => advance(&at, step, false),
            (None, Some(Ordering::Less)) => advance(&at, &one(primitive(&at)), false),
            (None, _) => advance(&at, &one(primitive(&at)), true),
        };
        values.push(at);
    }
    values
}

/// The order of two numbers; none if one is not a number.
fn numerically(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Float(a), Float(b)) => f64::from_bits(*a).partial_cmp(&f64::from_bits(*b)),
        _ => Some(left.cmp(right)),
    }
}

/// The value after this one in a range; none if there is none that is further on.
fn advance(at: &Value, step: &Value, down: bool) -> Option<Value> {
    let next = match (at, step) {
        (Number(a), Number(b)) => Number(if down { a.checked_sub(*b)? } else { a.checked_add(*b)? }),
        (Unsigned(a), Unsigned(b)) => Unsigned(if down { a.checked_sub(*b)? } else { a.checked_add(*b)? }),
        (Float(a), Float(b)) if down => Value::float(f64::from_bits(*a) - f64::from_bits(*b)),
        (Float(a), Float(b)) => Value::float(f64::from_bits(*a) + f64::from_bits(*b)),
        _ => return None,
    };
    (next != *at).then_some(next)
}

fn primitive(value: &Value) -> Primitive {
    match value {
        Number(_) => Primitive::Number,
        Unsigned(_) => Primitive::Unsigned,
        Float(_) => Primitive::Float,
        Symbol(_) => Primitive::Symbol,
        _ => Primitive::Record,
    }
}

fn one(primitive: Primitive) -> Value {
    match primitive {
        Primitive::Unsigned => Unsigned(1),
        Primitive::Float => Value::float(1.0),
        Primitive::Number | Primitive::Symbol | Primitive::Record => Number(1),
    }
}

/// Whether a comparison holds; none if it has no answer.
pub fn holds(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    use Comparison::*;
    Some(match comparison {
        Equal => left == right,
        NotEqual => left != right,
        Less(_) => compare(left, right).is_lt(),
        LessEqual(_) => compare(left, right).is_le(),
        Greater(_) => compare(left, right).is_gt(),
        GreaterEqual(_) => compare(left, right).is_ge(),
        Match => matches(&text(left)?, &text(right)?)?,
        NotMatch => !matches(&text(left)?, &text(right)?)?,
        Contains => text(right)?.contains(&text(left)?),
        NotContains => !text(right)?.contains(&text(left)?),
        InPrefix => in_prefix(&text(left)?, &text(right)?),
        NotInPrefix => !in_prefix(&text(left)?, &text(right)?),
    })
}

/// The order of two values of one type: numeric, or by the bytes of the text.
pub fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Float(a), Float(b)) => f64::from_bits(*a).total_cmp(&f64::from_bits(*b)),
        _ => left.cmp(right),
    }
}

/// The order of tuples: by the first column in which they differ.
pub fn compare_tuples(left: &[Value], right: &[Value]) -> Ordering {
    let columns = left.iter().zip(right).map(|(l, r)| compare(l, r));
    columns.fold(Ordering::Equal, Ordering::then)
}

/// A number as a `float`.
pub fn float(value: &Value) -> Option<f64> {
    match value {
        Number(a) => Some(*a as f64),
        Unsigned(a) => Some(*a as f64),
        Float(a) => Some(f64::from_bits(*a)),
        _ => None,
    }
}

/// An aggregate of `count` bindings whose targets have these values.
pub fn fold(op: AggregateOp, count: usize, mut values: Vec<Value>) -> Option<Value> {
    values.sort_by(compare);
    match op {
        AggregateOp::Count => Some(Number(count as i64)),
        AggregateOp::Sum(p) => values.into_iter().try_fold(zero(p), |sum, v| apply(Functor::Add(p), &[sum, v])),
        AggregateOp::Min(_) => values.first().cloned(),
        AggregateOp::Max(_) => values.last().cloned(),
        AggregateOp::Mean(_) if values.is_empty() => None,
        AggregateOp::Mean(_) => {
            let sum = values.iter().filter_map(float).fold(0.0, |sum, x| sum + x);
            Some(Value::float(sum / values.len() as f64))
        }
        AggregateOp::Gap(_) if values.is_empty() => None,
        AggregateOp::Gap(p) => {
            let between = |pair: &[Value]| apply(Functor::Sub(p), &[pair[1].clone(), pair[0].clone()]);
            let gaps: Option<Vec<Value>> = values.windows(2).map(between).collect();
            Some(gaps?.into_iter().max_by(compare).unwrap_or(zero(p)))
        }
    }
}

fn zero(primitive: Primitive) -> Value {
    match primitive {
        Primitive::Unsigned => Unsigned(0),
        Primitive::Float => Value::float(0.0),
        Primitive::Number | Primitive::Symbol | Primitive::Record => Number(0),
    }
}

fn signed(functor: Functor, a: i64, b: i64) -> Option<i64> {
    use Functor::*;
    let shift = b.rem_euclid(64) as u32;
    Some(match functor {
        Add(_) => a.wrapping_add(b),
        Sub(_) => a.wrapping_sub(b),
        Mul(_) => a.wrapping_mul(b),
        Div(_) if b != 0 => a.wrapping_div(b),
        Rem(_) if b != 0 => a.wrapping_rem(b),
        Pow(_) if b >= 0 => power(a as u64, b as u64) as i64,
        Pow(_) => match a {
            1 => 1,
            -1 => 1 - 2 * (b & 1),
            _ => 0,
        },
        BitAnd(_) => a & b,
        BitOr(_) => a | b,
        BitXor(_) => a ^ b,
        ShiftLeft(_) => a << shift,
        ShiftRight(_) => a >> shift,
        ShiftRightLogical(_) => ((a as u64) >> shift) as i64,
        _ => return None,
    })
}

fn unsigned(functor: Functor, a: u64, b: u64) -> Option<u64> {
    use Functor::*;
    let shift = (b % 64) as u32;
    Some(match functor {
        Add(_) => a.wrapping_add(b),
        Sub(_) => a.wrapping_sub(b),
        Mul(_) => a.wrapping_mul(b),
        Div(_) if b != 0 => a / b,
        Rem(_) if b != 0 => a % b,
        Pow(_) => power(a, b),
        BitAnd(_) => a & b,
        BitOr(_) => a | b,
        BitXor(_) => a ^ b,
        ShiftLeft(_) => a << shift,
        ShiftRight(_) | ShiftRightLogical(_) => a >> shift,
        _ => return None,
    })
}

fn floating(functor: Functor, a: f64, b: f64) -> Option<f64> {
    use Functor::*;
    Some(match functor {
        Add(_) => a + b,
        Sub(_) => a - b,
        Mul(_) => a * b,
        Div(_) => a / b,
        Rem(_) => a % b,
        Pow(_) => a.powf(b),
        _ => return None,
    })
}

/// The low 64 bits of a power; the same for signed and unsigned.
fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1u64;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Number(0) | Unsigned(0)) && float(value).is_none_or(|x| x != 0.0)
}

fn truth(value: bool, primitive: Primitive) -> Value {
    match primitive {
        Primitive::Unsigned => Unsigned(value.into()),
        Primitive::Float => Value::float(f64::from(u8::from(value))),
        Primitive::Number | Primitive::Symbol | Primitive::Record => Number(value.into()),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Symbol(s) => Some(s.to_string()),
        _ => None,
    }
}

fn part(s: &str, index: i64, length: i64) -> &str {
    let Ok(from) = usize::try_from(index) else { return "" };
    let to = if length < 0 { s.len() } else { from.saturating_add(length as usize).min(s.len()) };
    s.get(from..to).unwrap_or("")
}

/// What a whole number looks like at the beginning of a text.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| form(r"^(?:-?0x[0-9a-fA-F]+|-?0b[01]+|\s*[+-]?[0-9]+)"));
static UNSIGNED: LazyLock<Regex> = LazyLock::new(|| form(r"^(?:0x[0-9a-fA-F]+|0b[01]+|\s*[+]?[0-9]+)"));
static FLOAT: LazyLock<Regex> = LazyLock::new(|| form(r"^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"));

fn form(text: &str) -> Regex {
    Regex::new(text).expect("a regular expression")
}

/// Reads the beginning of a text that has this form.
fn beginning<T>(text: &str, form: &Regex, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    read(form.find(text)?.as_str().trim())
}

fn whole_text(text: &str) -> Option<i128> {
    for (prefix, radix) in [("0x", 16), ("0b", 2)] {
        if text.contains(prefix) {
            return i128::from_str_radix(&text.replacen(prefix, "", 1), radix).ok();
        }
    }
    text.parse().ok()
}

fn matches(pattern: &str, text: &str) -> Option<bool> {
    // A brace outside of escapes and classes says how often.
    let rest = fancy_regex::Regex::new(r"\\.|\[[^\]]*\]|\{\d+(,\d*)?\}").ok()?.replace_all(pattern, "").into_owned();
    if rest.contains('{') {
        return None;
    }
    fancy_regex::Regex::new(&format!(r"\A(?:{pattern})\z")).ok()?.is_match(text).ok()
}

fn whole(value: &Value) -> Option<u32> {
    match value {
        Number(n) => u32::try_from(*n).ok(),
        Unsigned(n) => u32::try_from(*n).ok(),
        _ => None,
    }
}

/// The prefix of a length around an address, in canonical text.
fn prefix(ip: IpAddr, length: u32) -> Option<String> {
    Some(match ip {
        IpAddr::V4(ip) => {
            let hosts = 32u32.checked_sub(length)?;
            let mask = u32::MAX.checked_shl(hosts).unwrap_or(0);
            format!("{}/{length}", std::net::Ipv4Addr::from(u32::from(ip) & mask))
        }
        IpAddr::V6(ip) => {
            let hosts = 128u32.checked_sub(length)?;
            let mask = u128::MAX.checked_shl(hosts).unwrap_or(0);
            format!("{}/{length}", std::net::Ipv6Addr::from(u128::from(ip) & mask))
        }
    })
}

/// The address and the length of a prefix.
fn split(prefix: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = prefix.split_once('/')?;
    Some((address.parse().ok()?, length.parse().ok()?))
}

fn in_prefix(ip: &str, within: &str) -> bool {
    let (Ok(ip), Some((network, length))) = (ip.parse::<IpAddr>(), split(within)) else { return false };
    ip.is_ipv4() == network.is_ipv4() && prefix(ip, length).is_some() && prefix(ip, length) == prefix(network, length)
}
