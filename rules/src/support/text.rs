//! Text, and the way between text and numbers.

use super::value::{Float, Symbol};
use fancy_regex::Regex;
use std::collections::HashMap;
use std::sync::Mutex;

/// What has a text form and is a number of some kind.
pub trait Plain: Copy {
    /// `to_string`
    fn to_text(self) -> Symbol;
    /// `to_number`: towards zero, saturating.
    fn to_number(self) -> i64;
    /// `to_unsigned`
    fn to_unsigned(self) -> u64;
    /// `to_float`
    fn to_float(self) -> Float;
}

macro_rules! plain {
    ($type:ty, |$x:ident| $text:expr, $number:expr, $unsigned:expr, $float:expr) => {
        impl Plain for $type {
            fn to_text(self) -> Symbol {
                let $x = self;
                Symbol::new(&$text)
            }
            fn to_number(self) -> i64 {
                let $x = self;
                $number
            }
            fn to_unsigned(self) -> u64 {
                let $x = self;
                $unsigned
            }
            fn to_float(self) -> Float {
                let $x = self;
                Float::new($float)
            }
        }
    };
}

plain!(i64, |x| x.to_string(), x, x as u64, x as f64);
plain!(u64, |x| x.to_string(), x as i64, x, x as f64);
plain!(Float, |x| decimals(x.get()), x.get() as i64, x.get() as u64, x.get());

/// `to_string(s)` of a symbol is the symbol.
impl Plain for Symbol {
    fn to_text(self) -> Symbol {
        self
    }
    fn to_number(self) -> i64 {
        text_to_number(self).unwrap_or(0)
    }
    fn to_unsigned(self) -> u64 {
        text_to_unsigned(self).unwrap_or(0)
    }
    fn to_float(self) -> Float {
        text_to_float(self).unwrap_or(Float::new(0.0))
    }
}

/// `to_string(x)`
pub fn to_text<T: Plain>(x: T) -> Symbol {
    x.to_text()
}

/// `to_number(x)`
pub fn to_number<T: Plain>(x: T) -> i64 {
    x.to_number()
}

/// `to_unsigned(x)`
pub fn to_unsigned<T: Plain>(x: T) -> u64 {
    x.to_unsigned()
}

/// `to_float(x)`
pub fn to_float<T: Plain>(x: T) -> Float {
    x.to_float()
}

/// Six decimals.
fn decimals(x: f64) -> String {
    if x.is_nan() { "nan".to_string() } else { format!("{x:.6}") }
}

/// `to_number(s)` of text: the number that it begins with.
pub fn text_to_number(s: Symbol) -> Option<i64> {
    i64::try_from(whole(s.text())?).ok()
}

/// `to_unsigned(s)` of text.
pub fn text_to_unsigned(s: Symbol) -> Option<u64> {
    if s.text().trim_start().starts_with('-') { None } else { u64::try_from(whole(s.text())?).ok() }
}

/// `to_float(s)` of text: the longest beginning that is a float.
pub fn text_to_float(s: Symbol) -> Option<Float> {
    let text = s.text().trim_start();
    let plain = text.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(text.len());
    let read = |length: usize| text[..length].parse().ok();
    let value: f64 = (0..=plain).rev().find_map(read)?;
    value.is_finite().then(|| Float::new(value))
}

/// Digits after white space and a sign, or after `0x` or `0b`.
fn whole(text: &str) -> Option<i128> {
    let (sign, magnitude) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    for (prefix, radix) in [("0x", 16), ("0b", 2)] {
        if let Some(value) = magnitude.strip_prefix(prefix).and_then(|digits| leading(digits, radix)) {
            return Some(sign * value);
        }
    }
    let text = text.trim_start();
    match text.strip_prefix('-') {
        Some(digits) => Some(-leading(digits, 10)?),
        None => leading(text.strip_prefix('+').unwrap_or(text), 10),
    }
}

fn leading(text: &str, radix: u32) -> Option<i128> {
    let digits: String = text.chars().take_while(|c| c.is_digit(radix)).collect();
    i128::from_str_radix(&digits, radix).ok()
}

/// `cat(s, t)`
pub fn cat(s: Symbol, t: Symbol) -> Symbol {
    Symbol::new(&[s.text(), t.text()].concat())
}

/// `strlen(s)`, in bytes.
pub fn strlen(s: Symbol) -> i64 {
    s.text().len() as i64
}

/// `substr(s, index, length)` in bytes, cut at the end, where a negative length goes; `""` where the range starts outside
/// or splits a character.
pub fn substr(s: Symbol, index: i64, length: i64) -> Symbol {
    let range = || {
        let start = usize::try_from(index).ok()?;
        let end = start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        s.text().get(start..end.min(s.text().len()))
    };
    Symbol::new(range().unwrap_or(""))
}

/// `contains(needle, text)`
pub fn contains(needle: Symbol, text: Symbol) -> bool {
    text.text().contains(needle.text())
}

static PATTERNS: Mutex<Option<HashMap<Symbol, Option<Regex>>>> = Mutex::new(None);

/// `match(pattern, text)`: the whole text matches. Of a pattern that is no regular expression neither this nor its
/// negation holds.
pub fn matches(pattern: Symbol, text: Symbol) -> bool {
    is_match(pattern, text) == Some(true)
}

/// `!match(pattern, text)`
pub fn matches_not(pattern: Symbol, text: Symbol) -> bool {
    is_match(pattern, text) == Some(false)
}

fn is_match(pattern: Symbol, text: Symbol) -> Option<bool> {
    let mut patterns = PATTERNS.lock().unwrap_or_else(|e| e.into_inner());
    let compiled = patterns.get_or_insert_default().entry(pattern).or_insert_with(|| {
        let pattern = pattern.text();
        if has_bad_repeat(pattern) { None } else { Regex::new(&format!("^(?:{pattern})$")).ok() }
    });
    compiled.as_ref()?.is_match(text.text()).ok()
}

/// Whether a brace says no number of times, `a{x}`: an error in ECMAScript, whose patterns these are.
fn has_bad_repeat(pattern: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(text: &str) -> Symbol {
        Symbol::new(text)
    }

    #[test]
    fn a_range_is_cut_at_the_end_and_empty_if_it_starts_outside_or_splits_a_character() {
        let part = |s, i, n| substr(symbol(s), i, n).text();
        assert_eq!((part("abc", 1, 1), part("abc", 1, 3), part("abc", -1, 1), part("aé", 1, 1)), ("b", "bc", "", ""));
        assert_eq!(part("abc", 1, -1), "bc");
        assert_eq!(part("abc", 4, 1), "");
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        let is = |p, t| matches(symbol(p), symbol(t));
        assert!(is("a|ab", "ab") && is("a.*", "abc") && !is("b", "abc") && !is("(", "("));
        assert!(matches_not(symbol("b"), symbol("abc")) && !matches_not(symbol("("), symbol("(")));
    }

    #[test]
    fn text_that_begins_with_no_number_has_no_value() {
        assert_eq!((text_to_number(symbol("x5")), text_to_number(symbol("-"))), (None, None));
        assert_eq!((text_to_unsigned(symbol("-5")), text_to_float(symbol("e5"))), (None, None));
    }

    #[test]
    fn text_is_read_as_far_as_it_is_a_number() {
        assert_eq!((text_to_number(symbol(" -5")), text_to_number(symbol("5x"))), (Some(-5), Some(5)));
        assert_eq!((text_to_number(symbol("-0xcafe")), text_to_unsigned(symbol("0b100"))), (Some(-0xcafe), Some(4)));
        assert_eq!(text_to_float(symbol("1.5e3kB")), Some(Float::new(1500.0)));
        assert_eq!(text_to_float(symbol("1e+")), Some(Float::new(1.0)));
    }

    #[test]
    fn floats_become_numbers_towards_zero_within_the_range() {
        assert_eq!((to_number(Float::new(-2.9)), to_number(Float::new(1e300))), (-2, i64::MAX));
        assert_eq!(to_text(Float::new(1.0)).text(), "1.000000");
    }
}
