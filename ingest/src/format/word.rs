//! One field of text as one word of the declared type, and back.

use compiler::form::{self, FormError};
use compiler::value::{Form, Primitive, Type};
use runtime::Symbols;
use std::borrow::Cow;

/// Reads a field; an error says what was expected. As in Soufflé, there may be blanks before a number and none behind it.
pub(crate) fn read(field: &[u8], ty: &Type, symbols: &Symbols) -> Result<u64, Cow<'static, str>> {
    let field = if ty.primitive == Primitive::Symbol { field } else { field.trim_ascii_start() };
    match (ty.primitive, ty.form) {
        (Primitive::Symbol, Form::Plain) => Ok(symbols.intern(text(field)?)),
        (Primitive::Number, form) => match number(field) {
            Some(n) => Ok(n as u64),
            None if form == Form::Plain => Err("expected a number".into()),
            None => formed(text(field)?, form, symbols),
        },
        (Primitive::Unsigned, _) => unsigned(field).ok_or("expected an unsigned number".into()),
        (Primitive::Float, _) => {
            let float = std::str::from_utf8(field).ok().and_then(|t| t.parse::<f64>().ok());
            // `inf` is a float; digits that only round to it are out of range.
            let fits = float.filter(|x| x.is_finite() || !field.iter().any(u8::is_ascii_digit));
            fits.map(f64::to_bits).ok_or("expected a float".into())
        }
        (Primitive::Symbol, form) => formed(text(field)?, form, symbols),
        (Primitive::Record, _) => Ok(super::term::read(text(field)?, ty, symbols)?),
    }
}

/// Writes a word as a field: quoted, it is a field of RFC 4180, whose symbols are quoted whatever they hold. (Soufflé
/// quotes them too, but escapes their quotes so that it does not read them back.)
pub(crate) fn write(out: &mut Vec<u8>, word: u64, ty: &Type, symbols: &Symbols, quoted: bool) {
    match ty.primitive {
        Primitive::Number => out.extend_from_slice(itoa::Buffer::new().format(word as i64).as_bytes()),
        Primitive::Unsigned => out.extend_from_slice(itoa::Buffer::new().format(word).as_bytes()),
        Primitive::Float => out.extend_from_slice(seventeen_digits(f64::from_bits(word)).as_bytes()),
        Primitive::Symbol if quoted => {
            out.push(b'"');
            let mut parts = symbols.text(word).split('"');
            out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
            for part in parts {
                out.extend_from_slice(b"\"\"");
                out.extend_from_slice(part.as_bytes());
            }
            out.push(b'"');
        }
        Primitive::Symbol => out.extend_from_slice(symbols.text(word).as_bytes()),
        Primitive::Record => super::term::write(out, word, ty, symbols, quoted),
    }
}

/// A float as Soufflé writes it: 17 significant digits, without trailing zeros (`%.17g`).
pub(crate) fn seventeen_digits(x: f64) -> String {
    if x.is_nan() {
        return if x.is_sign_negative() { "-nan".to_owned() } else { "nan".to_owned() };
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    let scientific = format!("{x:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if (-4..17).contains(&exponent) {
        trimmed(&format!("{x:.*}", (16 - exponent).max(0) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
    }
}

/// A value whose text has a form of its own.
fn formed(text: &str, form: Form, symbols: &Symbols) -> Result<u64, Cow<'static, str>> {
    match form::read(form, text) {
        Ok(constant) => Ok(symbols.constant(&constant)),
        Err(error @ FormError { .. }) => Err(format!("expected {}", error.expectation()).into()),
    }
}

fn text(field: &[u8]) -> Result<&str, Cow<'static, str>> {
    std::str::from_utf8(field).map_err(|_| "expected text in UTF-8".into())
}

/// A signed number of 64 bits, in decimal.
fn number(field: &[u8]) -> Option<i64> {
    match field {
        [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(decimal(digits)?),
        [b'+', digits @ ..] | digits => decimal(digits)?.try_into().ok(),
    }
}

/// An unsigned number of 64 bits: decimal, or as Soufflé reads it `0x…` or `0b…`.
fn unsigned(field: &[u8]) -> Option<u64> {
    let in_base = |digits: &[u8], base| {
        let digits = std::str::from_utf8(digits).ok()?;
        if digits.starts_with('+') { None } else { u64::from_str_radix(digits, base).ok() }
    };
    match field {
        [b'0', b'x', digits @ ..] => in_base(digits, 16),
        [b'0', b'b', digits @ ..] => in_base(digits, 2),
        [b'+', digits @ ..] | digits => decimal(digits),
    }
}

/// Digits, at least one. By hand because it is most of the work of reading a big graph.
fn decimal(digits: &[u8]) -> Option<u64> {
    // 19 digits always fit.
    let (sure, rest) = digits.split_at(digits.len().min(19));
    let mut value = 0;
    for byte in sure {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (!digits.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_64_bits_and_nothing_beside_them() {
        assert_eq!(number(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(number(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(number(b"+7"), Some(7));
        assert_eq!(number(b"007"), Some(7));
        for bad in ["", "-", "+", "--1", "1 ", "1.0", "0x1f", "9223372036854775808", "-9223372036854775809", "１"] {
            assert_eq!(number(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn unsigned_numbers_also_come_in_base_two_and_sixteen() {
        assert_eq!(unsigned(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(unsigned(b"0xff"), Some(255));
        assert_eq!(unsigned(b"0b101"), Some(5));
        for bad in ["", "-1", "18446744073709551616", "0x", "0x+1", "0b2", "1e3"] {
            assert_eq!(unsigned(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
