//! Addresses and prefixes, by their text.

use super::value::Symbol;
use std::net::IpAddr;

/// The address of an address, or of a prefix.
fn address(ip: Symbol) -> Option<IpAddr> {
    prefix(ip).map(|(ip, _)| ip)
}

/// The bits of an address, on the left of 128, and how many it has.
fn bits(ip: IpAddr) -> (u128, u32) {
    match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()) << 96, 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    }
}

/// A prefix; an address is one of full length.
fn prefix(prefix: Symbol) -> Option<(IpAddr, u32)> {
    let Some((ip, length)) = prefix.text().split_once('/') else {
        let ip = prefix.text().parse().ok()?;
        return Some((ip, bits(ip).1));
    };
    let (ip, length) = (ip.parse().ok()?, length.parse().ok()?);
    (length <= bits(ip).1).then_some((ip, length))
}

/// The first `length` of 128 bits.
fn mask(length: u32) -> u128 {
    u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

/// `in_prefix(ip, prefix)`: same version, and the address lies within.
pub fn in_prefix(ip: Symbol, within: Symbol) -> bool {
    let (Some(ip), Some((network, length))) = (address(ip), prefix(within)) else { return false };
    let ((ip, width), (network, network_width)) = (bits(ip), bits(network));
    width == network_width && (ip ^ network) & mask(length) == 0
}

/// `prefix_of(ip, length)`; none if the length does not fit the address.
pub fn prefix_of(ip: Symbol, length: i64) -> Option<Symbol> {
    let ip = address(ip)?;
    let (word, width) = bits(ip);
    let length = u32::try_from(length).ok().filter(|n| *n <= width)?;
    let network = word & mask(length);
    let network = match ip {
        IpAddr::V4(_) => IpAddr::V4(((network >> 96) as u32).into()),
        IpAddr::V6(_) => IpAddr::V6(network.into()),
    };
    Some(Symbol::new(&format!("{network}/{length}")))
}

/// `prefix_length(prefix)`
pub fn prefix_length(p: Symbol) -> Option<i64> {
    prefix(p).map(|(_, length)| i64::from(length))
}

/// `prefix_address(prefix)`
pub fn prefix_address(p: Symbol) -> Option<Symbol> {
    prefix(p).map(|(ip, _)| Symbol::new(&ip.to_string()))
}

/// `ip_version(ip)`
pub fn ip_version(ip: Symbol) -> Option<i64> {
    address(ip).map(|ip| if ip.is_ipv4() { 4 } else { 6 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(text: &str) -> Symbol {
        Symbol::new(text)
    }

    #[test]
    fn an_address_is_in_a_prefix_of_its_own_version_only() {
        let is = |ip, within| in_prefix(symbol(ip), symbol(within));
        assert!(is("10.1.2.3", "10.1.0.0/16") && is("10.1.2.3", "0.0.0.0/0") && is("fe80::1", "fe80::/10"));
        assert!(
            !is("10.2.0.0", "10.1.0.0/16") && !is("::1", "0.0.0.0/0") && !is("", "0.0.0.0/0") && !is("1.1.1.1", "")
        );
    }

    #[test]
    fn the_prefix_around_an_address_has_no_host_bits() {
        let of = |ip, length| prefix_of(symbol(ip), length).map(|p| p.text());
        assert_eq!(of("10.1.2.3", 16), Some("10.1.0.0/16"));
        assert_eq!(of("2001:db8::ff", 127), Some("2001:db8::fe/127"));
        assert_eq!(
            (of("10.1.2.3", 0), of("10.1.2.3", 33), of("10.1.2.3", -1), of("", 8)),
            (Some("0.0.0.0/0"), None, None, None)
        );
    }
}
