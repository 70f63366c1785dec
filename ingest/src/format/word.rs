//! One field of text as one word of the declared type.

use compiler::form::{self, FormError};
use compiler::value::{Const, Form, Primitive, Type};
use runtime::Symbols;
use std::borrow::Cow;

/// Reads a field; an error says what was expected.
pub(crate) fn read(field: &[u8], ty: &Type, symbols: &Symbols) -> Result<u64, Cow<'static, str>> {
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
            float.map(f64::to_bits).ok_or("expected a float".into())
        }
        (Primitive::Symbol, form) => formed(text(field)?, form, symbols),
    }
}

/// A value whose text has a form of its own.
fn formed(text: &str, form: Form, symbols: &Symbols) -> Result<u64, Cow<'static, str>> {
    match form::read(form, text) {
        Ok(Const::Symbol(s)) => Ok(symbols.intern(&s)),
        Ok(Const::Number(n)) => Ok(n as u64),
        Ok(Const::Unsigned(n)) => Ok(n),
        Ok(Const::Float(x)) => Ok(x.to_bits()),
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
        for bad in ["", "-", "+", "--1", " 1", "1 ", "1.0", "0x1f", "9223372036854775808", "-9223372036854775809", "１"]
        {
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
