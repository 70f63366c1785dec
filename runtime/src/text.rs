//! The way between text and numbers, as [`compiler::functor`] describes it: the number that a text begins with.

/// A float with six decimals.
pub(crate) fn decimals(x: f64) -> String {
    if x.is_nan() { "nan".to_string() } else { format!("{x:.6}") }
}

/// The `number` that a text begins with.
pub(crate) fn number(text: &str) -> Option<i64> {
    i64::try_from(whole(text)?).ok()
}

/// The `unsigned` that a text begins with.
pub(crate) fn unsigned(text: &str) -> Option<u64> {
    if text.trim_start().starts_with('-') { None } else { u64::try_from(whole(text)?).ok() }
}

/// White space, a sign and digits; or `0x` or `0b` and digits, with at most a minus before it.
fn whole(text: &str) -> Option<i128> {
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let marked = |mark: &str, radix: u32| {
        let digits = magnitude.strip_prefix(mark)?;
        digits.starts_with(|c: char| c.is_digit(radix)).then_some((magnitude.len() < text.len(), digits, radix))
    };
    let (negative, digits, radix) = marked("0x", 16).or_else(|| marked("0b", 2)).unwrap_or_else(|| {
        let text = text.trim_start();
        (text.starts_with('-'), text.strip_prefix(['+', '-']).unwrap_or(text), 10)
    });
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let magnitude = i128::from_str_radix(&digits[..end], radix).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// The `float` that a text begins with: a sign, digits with or without a point, an exponent.
pub(crate) fn float(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let after = |at: usize, set: &[char]| at + usize::from(text[at..].starts_with(set));
    let digits = |at: usize| text[at..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |length| at + length);
    let start = after(0, &['+', '-']);
    let point = digits(start);
    let mut end = if text[point..].starts_with('.') { digits(point + 1) } else { point };
    let exponent = after(end, &['e', 'E']);
    let power = after(exponent, &['+', '-']);
    if exponent > end && digits(power) > power {
        end = digits(power);
    }
    text[..end].parse().ok().filter(|x: &f64| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_far_as_it_goes() {
        assert_eq!(
            (number("12"), number(" -5 "), number("+7x"), number("12abc")),
            (Some(12), Some(-5), Some(7), Some(12))
        );
        assert_eq!((number("0xcafe"), number("-0xBEEF"), number("-0b100")), (Some(0xcafe), Some(-0xbeef), Some(-4)));
        assert_eq!(
            (number(""), number("x1"), number("-"), number("0x"), number("--1")),
            (None, None, None, Some(0), None)
        );
        assert_eq!((number("9223372036854775808"), number("-9223372036854775808")), (None, Some(i64::MIN)));
        assert_eq!(
            (unsigned("18446744073709551615"), unsigned("-1"), unsigned("0b11")),
            (Some(u64::MAX), None, Some(3))
        );
    }

    #[test]
    fn a_float_is_read_as_far_as_it_goes() {
        assert_eq!(
            (float("1.5"), float(" -2e3x"), float("1e"), float(".5")),
            (Some(1.5), Some(-2e3), Some(1.0), Some(0.5))
        );
        assert_eq!((float(""), float("e5"), float("inf"), float("1e999")), (None, None, None, None));
    }

    #[test]
    fn a_float_has_six_decimals() {
        assert_eq!(
            (decimals(1.5), decimals(-0.1), decimals(1e20)),
            ("1.500000".into(), "-0.100000".into(), "100000000000000000000.000000".into())
        );
        assert_eq!((decimals(f64::NAN), decimals(f64::INFINITY)), ("nan".into(), "inf".into()));
    }
}
