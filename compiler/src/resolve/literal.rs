//! The value of a literal, once its type is known.

use super::draft::Literal;
use crate::diagnostic::{Diagnostic, codes};
use crate::form;
use crate::span::Span;
use crate::value::{Const, Form, Primitive};

/// How a string is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// In a form.
    As(Form),
    /// As a duration, else as a time: the operand of an addition to a time.
    DurationOrTime,
}

/// The constant that a literal stands for.
pub(super) fn constant(
    literal: &Literal,
    primitive: Primitive,
    reading: Reading,
    span: Span,
) -> Result<Const, Box<Diagnostic>> {
    match literal {
        Literal::Text(text) => read_text(text, primitive, reading, span),
        Literal::Unsigned(text) => {
            digits(text.trim_end_matches('u')).map(Const::Unsigned).ok_or_else(|| bad_number(text, "unsigned", span))
        }
        Literal::Float(text, negative) => float(text, *negative, span),
        Literal::Integer(text, negative) => match primitive {
            Primitive::Float => float_of_digits(text, *negative, span),
            Primitive::Unsigned if !negative => {
                digits(text).map(Const::Unsigned).ok_or_else(|| bad_number(text, "unsigned", span))
            }
            Primitive::Unsigned => Err(bad_number(&format!("-{text}"), "unsigned", span)),
            _ => {
                // An address is a number of 32 bits with a sign, as in Soufflé.
                let address = address(text).map(|address| i128::from(address as i32));
                let value =
                    address.or(digits(text).map(i128::from)).map(|value| if *negative { -value } else { value });
                let number = value.and_then(|value| i64::try_from(value).ok());
                number.map(Const::Number).ok_or_else(|| bad_number(text, "number", span))
            }
        },
    }
}

fn read_text(text: &str, primitive: Primitive, reading: Reading, span: Span) -> Result<Const, Box<Diagnostic>> {
    let read = |form| {
        form::read(form, text).map_err(|error| {
            let message = format!("\"{text}\" is not of type `{form:?}`");
            let diagnostic = Diagnostic::error(codes::MALFORMED_VALUE, message, span, "");
            Box::new(diagnostic.help(format!("write {}", error.expectation())))
        })
    };
    match (primitive, reading) {
        (Primitive::Number, Reading::DurationOrTime) => {
            read(Form::Duration).or_else(|e| read(Form::Time).map_err(|_| e))
        }
        (Primitive::Number, Reading::As(form @ (Form::Time | Form::Duration))) => read(form),
        (Primitive::Symbol, Reading::As(form @ (Form::Ip | Form::Prefix | Form::Mac))) => read(form),
        (Primitive::Symbol, _) => Ok(Const::Symbol(text.into())),
        _ => {
            let message = format!("a string stands where a {primitive} is needed");
            Err(Box::new(Diagnostic::error(codes::TYPE_MISMATCH, message, span, "")))
        }
    }
}

/// `10.0.0.1`
fn address(text: &str) -> Option<u32> {
    text.parse::<std::net::Ipv4Addr>().ok().map(u32::from)
}

/// Decimal, `0x…` or `0b…`, or an address.
fn digits(text: &str) -> Option<u64> {
    if let Some(address) = address(text) {
        return Some(u64::from(address));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    match text.strip_prefix("0b") {
        Some(binary) => u64::from_str_radix(binary, 2).ok(),
        None => text.parse().ok(),
    }
}

fn float_of_digits(text: &str, negative: bool, span: Span) -> Result<Const, Box<Diagnostic>> {
    match digits(text) {
        Some(value) if text.starts_with('0') || address(text).is_some() => float(&value.to_string(), negative, span),
        _ => float(text, negative, span),
    }
}

fn float(text: &str, negative: bool, span: Span) -> Result<Const, Box<Diagnostic>> {
    match text.parse::<f64>() {
        // The two zeros are one value.
        Ok(value) if value.is_finite() => Ok(Const::Float(0.0 + if negative { -value } else { value })),
        _ => Err(bad_number(text, "float", span)),
    }
}

fn bad_number(text: &str, ty: &str, span: Span) -> Box<Diagnostic> {
    let (article, range) = match ty {
        "unsigned" => ("an", "0 to 18446744073709551615"),
        "float" => ("a", "what an IEEE 754 double can hold"),
        _ => ("a", "-9223372036854775808 to 9223372036854775807"),
    };
    let diagnostic = Diagnostic::error(codes::BAD_NUMBER, format!("`{text}` is not {article} {ty}"), span, "");
    Box::new(diagnostic.help(format!("the range is {range}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(text: &str, negative: bool, primitive: Primitive) -> Option<Const> {
        let literal = Literal::Integer(text.into(), negative);
        constant(&literal, primitive, Reading::As(Form::Plain), Span::default()).ok()
    }

    #[test]
    fn an_integer_literal_has_the_type_of_its_place() {
        assert_eq!(integer("12", false, Primitive::Number), Some(Const::Number(12)));
        assert_eq!(integer("12", false, Primitive::Unsigned), Some(Const::Unsigned(12)));
        assert_eq!(integer("12", true, Primitive::Float), Some(Const::Float(-12.0)));
        assert_eq!(integer("0xff", false, Primitive::Number), Some(Const::Number(255)));
        assert_eq!(integer("0b101", false, Primitive::Unsigned), Some(Const::Unsigned(5)));
        assert_eq!(integer("10.0.0.1", false, Primitive::Number), Some(Const::Number(0x0a00_0001)));
        assert_eq!(integer("192.168.0.1", false, Primitive::Number), Some(Const::Number(-0x3f57_ffff)));
        assert_eq!(integer("192.168.0.1", false, Primitive::Unsigned), Some(Const::Unsigned(0xc0a8_0001)));
    }

    #[test]
    fn literals_out_of_range_are_refused() {
        assert_eq!(integer("9223372036854775807", false, Primitive::Number), Some(Const::Number(i64::MAX)));
        assert_eq!(integer("9223372036854775808", false, Primitive::Number), None);
        assert_eq!(integer("9223372036854775808", true, Primitive::Number), Some(Const::Number(i64::MIN)));
        assert_eq!(integer("18446744073709551615", false, Primitive::Unsigned), Some(Const::Unsigned(u64::MAX)));
        assert_eq!(integer("18446744073709551616", false, Primitive::Unsigned), None);
        assert_eq!(integer("1", true, Primitive::Unsigned), None);
    }
}
