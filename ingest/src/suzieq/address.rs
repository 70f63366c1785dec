//! Canonical text of addresses, prefixes and MACs; what cannot be read has none.

use std::net::IpAddr;

/// The canonical text of an address. A zone (`fe80::1%eth0`) is dropped: the interface stands in a column of its own.
pub(super) fn ip(text: &str) -> Option<String> {
    let text = text.split('%').next().unwrap_or(text);
    text.parse::<IpAddr>().ok().map(|ip| ip.to_string())
}

/// Address and prefix length of `address/length`; without a length, the address alone.
pub(super) fn ip_and_length(text: &str) -> Option<(String, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(longest);
    (length <= longest).then(|| (address.to_string(), length))
}

/// The prefix of `address/length`, host bits cleared.
pub(super) fn prefix(text: &str) -> Option<String> {
    let (address, length) = ip_and_length(text)?;
    let network = match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::from((u32::from(ip) & mask).to_be_bytes())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::from((u128::from(ip) & mask).to_be_bytes())
        }
    };
    Some(format!("{network}/{length}"))
}

/// `aa:bb:cc:dd:ee:ff` from any of the usual forms; none for what is not a MAC, and for zeros, which mean unknown.
pub(super) fn mac(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) || digits.bytes().all(|b| b == b'0') {
        return None;
    }
    let digits = digits.to_ascii_lowercase();
    Some((0..6).map(|i| &digits[2 * i..2 * i + 2]).collect::<Vec<_>>().join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_of_a_mac_become_one() {
        for text in ["00:00:00:11:12:10", "0000.0011.1210", "00-00-00-11-12-10", "000000111210"] {
            assert_eq!(mac(text).as_deref(), Some("00:00:00:11:12:10"));
        }
        assert_eq!(mac("00:00:00:00:00:00"), None);
        assert_eq!(mac("*"), None);
    }

    #[test]
    fn a_prefix_loses_its_host_bits() {
        assert_eq!(prefix("172.16.1.101/24").as_deref(), Some("172.16.1.0/24"));
        assert_eq!(prefix("1.2.3.4/0").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(prefix("2001:db8:0:1::101/64").as_deref(), Some("2001:db8:0:1::/64"));
        assert_eq!(prefix("10.0.0.1").as_deref(), Some("10.0.0.1/32"));
        assert_eq!(prefix("10.0.0.1/33"), None);
    }

    #[test]
    fn a_zone_is_no_part_of_an_address() {
        assert_eq!(ip("fe80:0::1%eth0").as_deref(), Some("fe80::1"));
        assert_eq!(ip("link#4"), None);
    }
}
