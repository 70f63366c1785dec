//! Text forms: how addresses, prefixes, times and durations are read and printed.
//!
//! A column's [`Form`] is a promise about the text of its values, kept by everybody who lets values in: literals of rules
//! (this crate) and fact files (`ingest`). Equal things then have equal text, so joins on them are joins on symbols.
//!
//! ```
//! use compiler::form::read;
//! use compiler::value::{Const, Form};
//! assert_eq!(read(Form::Ip, "2001:DB8:0:0::1"), Ok(Const::Symbol("2001:db8::1".into())));
//! assert_eq!(read(Form::Prefix, "10.1.2.3/8"), Ok(Const::Symbol("10.0.0.0/8".into())));
//! assert_eq!(read(Form::Duration, "1m30s"), Ok(Const::Number(90_000_000)));
//! assert!(read(Form::Mac, "aa:bb:cc").is_err());
//! ```

use crate::value::{Const, Form};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use std::fmt;
use std::net::IpAddr;

/// A text that is not in the form that its column demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    /// The form.
    pub form: Form,
    /// The text.
    pub text: String,
}

/// Reads a text in a form. `""`, the unknown value, is in every form of `symbol`.
pub fn read(form: Form, text: &str) -> Result<Const, FormError> {
    let symbol = |text: String| Const::Symbol(text.into());
    let value = match form {
        Form::Plain => Some(symbol(text.to_string())),
        Form::Ip | Form::Prefix | Form::Mac if text.is_empty() => Some(symbol(String::new())),
        Form::Ip => ip(text).map(|ip| symbol(ip.to_string())),
        Form::Prefix => prefix(text).map(|(ip, length)| symbol(format!("{ip}/{length}"))),
        Form::Mac => mac(text).map(symbol),
        Form::Time => time(text).map(Const::Number),
        Form::Duration => duration(text).map(Const::Number),
    };
    value.ok_or_else(|| FormError { form, text: text.to_string() })
}

/// Microseconds since the Unix epoch as RFC 3339; the number itself if it is no time of this calendar.
pub fn print_time(microseconds: i64) -> String {
    match Timestamp::from_microsecond(microseconds) {
        Ok(timestamp) => timestamp.to_string(),
        Err(_) => microseconds.to_string(),
    }
}

/// Microseconds as `1h 30m`, without parts that are zero; `0s` for none.
pub fn print_duration(microseconds: i64) -> String {
    if microseconds == 0 {
        return "0s".to_string();
    }
    format!("{:#}", SignedDuration::from_micros(microseconds))
}

/// An address.
pub fn ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A prefix: its network address and its length. An address alone is the prefix that holds nothing else.
pub fn prefix(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) if length.bytes().all(|b| b.is_ascii_digit()) => {
            (ip(address)?, Some(length.parse::<u8>().ok()?))
        }
        Some(_) => return None,
        None => (ip(text)?, None),
    };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(bits);
    (length <= bits).then(|| (network(address, length), length))
}

/// The network address of the prefix of this length around an address; the length must not exceed the address.
pub fn network(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let host = u32::MAX.checked_shr(u32::from(length)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & !host).into())
        }
        IpAddr::V6(v6) => {
            let host = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & !host).into())
        }
    }
}

/// Whether an address lies within a prefix of its own IP version.
pub fn in_prefix(address: IpAddr, (base, length): (IpAddr, u8)) -> bool {
    address.is_ipv4() == base.is_ipv4() && network(address, length) == network(base, length)
}

/// Six octets in hexadecimal, separated by `:` or `-`, in groups of four by `.`, or not at all.
fn mac(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split([':', '-', '.']).collect();
    let separators: Vec<char> = text.chars().filter(|c| matches!(c, ':' | '-' | '.')).collect();
    if separators.windows(2).any(|pair| pair[0] != pair[1]) {
        return None;
    }
    let digits = match (groups.len(), separators.first()) {
        (6, Some(':' | '-')) => 2,
        (3, Some('.')) => 4,
        (1, None) => 12,
        _ => return None,
    };
    if !groups.iter().all(|group| group.len() == digits && group.bytes().all(|b| b.is_ascii_hexdigit())) {
        return None;
    }
    let all: String = groups.concat().to_ascii_lowercase();
    let octets: Vec<&str> = (0..6).map(|octet| &all[2 * octet..2 * octet + 2]).collect();
    Some(octets.join(":"))
}

fn time(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond))
}

fn duration(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    i64::try_from(duration.as_micros()).ok()
}

impl FormError {
    /// What a text of this form looks like.
    pub fn expectation(&self) -> &'static str {
        match self.form {
            Form::Plain => "any text",
            Form::Ip => "an IPv4 or IPv6 address such as 10.0.0.1 or 2001:db8::1",
            Form::Prefix => "a prefix such as 10.0.0.0/8 or 2001:db8::/32",
            Form::Mac => "a MAC address such as 00:1b:21:3c:4d:5e",
            Form::Time => "microseconds since 1970 or an RFC 3339 time such as 2024-07-11T01:14:00Z",
            Form::Duration => "microseconds or a duration such as 120s or 1h30m",
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}", self.text, self.expectation())
    }
}

impl std::error::Error for FormError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(form: Form, text: &str) -> Option<String> {
        match read(form, text) {
            Ok(Const::Symbol(symbol)) => Some(symbol.to_string()),
            Ok(Const::Number(number)) => Some(number.to_string()),
            _ => None,
        }
    }

    #[test]
    fn addresses_take_their_canonical_text() {
        assert_eq!(text(Form::Ip, "10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(text(Form::Ip, "2001:0DB8::0001:0").as_deref(), Some("2001:db8::1:0"));
        assert_eq!(text(Form::Ip, "2001:db8:0:1:1:1:1:1").as_deref(), Some("2001:db8:0:1:1:1:1:1"));
        assert_eq!(text(Form::Ip, "").as_deref(), Some(""));
        for bad in ["10.0.0", "10.0.0.256", "010.0.0.1", "fe80::1%eth0", "10.0.0.1/8", " 10.0.0.1"] {
            assert_eq!(text(Form::Ip, bad), None, "{bad}");
        }
    }

    #[test]
    fn the_host_bits_of_a_prefix_are_zero() {
        assert_eq!(text(Form::Prefix, "10.1.2.3/16").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(text(Form::Prefix, "10.1.2.3/0").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(text(Form::Prefix, "10.1.2.3").as_deref(), Some("10.1.2.3/32"));
        assert_eq!(text(Form::Prefix, "2001:DB8::1/32").as_deref(), Some("2001:db8::/32"));
        assert_eq!(text(Form::Prefix, "::1/128").as_deref(), Some("::1/128"));
        for bad in ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "/8", "10.0.0.0/8/8"] {
            assert_eq!(text(Form::Prefix, bad), None, "{bad}");
        }
    }

    #[test]
    fn macs_are_lower_case_with_colons() {
        for good in ["00:1B:21:3c:4d:5E", "00-1b-21-3c-4d-5e", "001b.213c.4d5e", "001b213c4d5e"] {
            assert_eq!(text(Form::Mac, good).as_deref(), Some("00:1b:21:3c:4d:5e"), "{good}");
        }
        for bad in ["00:1b:21:3c:4d", "00:1b-21:3c:4d:5e", "00:1b:21:3c:4d:5g", "0:1b:21:3c:4d:5e", "é01b213c4d5"] {
            assert_eq!(text(Form::Mac, bad), None, "{bad}");
        }
    }

    #[test]
    fn times_are_microseconds_or_rfc_3339() {
        assert_eq!(text(Form::Time, "1720660440000000").as_deref(), Some("1720660440000000"));
        assert_eq!(text(Form::Time, "2024-07-11T01:14:00Z").as_deref(), Some("1720660440000000"));
        assert_eq!(text(Form::Time, "2024-07-11T03:14:00.5+02:00").as_deref(), Some("1720660440500000"));
        assert_eq!(text(Form::Time, "2024-07-11"), None);
        assert_eq!(print_time(1_720_660_440_500_000), "2024-07-11T01:14:00.5Z");
    }

    #[test]
    fn durations_are_microseconds_or_units() {
        assert_eq!(text(Form::Duration, "120s").as_deref(), Some("120000000"));
        assert_eq!(text(Form::Duration, "1h30m").as_deref(), Some("5400000000"));
        assert_eq!(text(Form::Duration, "2d").as_deref(), Some("172800000000"));
        assert_eq!(text(Form::Duration, "250ms").as_deref(), Some("250000"));
        assert_eq!(text(Form::Duration, "17").as_deref(), Some("17"));
        assert_eq!(text(Form::Duration, "1 month"), None);
        assert_eq!(text(Form::Duration, "fast"), None);
        assert_eq!(print_duration(5_400_000_000), "1h 30m");
        assert_eq!(print_duration(0), "0s");
    }
}
