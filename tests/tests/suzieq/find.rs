//! `network find`: where an address or a MAC stands.

use crate::network::*;
use crate::reference::*;
use std::collections::BTreeSet;

/// `(device, vrf, ip, vid, mac, interface, bond members, kind)`
type Place = [String; 8];

/// The relation `located`, with the LAG's members.
fn places(network: &mut Network, ip: &str) -> BTreeSet<Place> {
    let members = network.rows("lag_member");
    let found = network.rows_of("located", &[ip]).into_iter().map(|row| {
        let [device, vrf, vid, interface, mac, kind] = row.try_into().expect("seven columns");
        let lag: Vec<String> =
            members.iter().filter(|m| m[0] == device && m[1] == interface).map(|m| m[2].clone()).collect();
        [device, vrf, ip.to_owned(), vid, mac, interface, lag.join(", "), kind]
    });
    found.collect()
}

/// A row of the reference in the names of the model: a VLAN interface is `vlan<vid>`, an unknown MAC empty.
fn place(row: &serde_json::Value) -> Place {
    let field = |name| text(row, name);
    let interface = match field("ifname") {
        name if name.starts_with("Vlan") => name.to_lowercase(),
        name => name,
    };
    let mac = field("macaddr").replace("00:00:00:00:00:00", "");
    [
        field("hostname"),
        field("vrf"),
        field("ipAddress"),
        field("vlan"),
        mac,
        interface,
        field("bondMembers"),
        field("type"),
    ]
}

/// A MAC in the form of the model.
fn canonical(mac: &str) -> String {
    let digits: String = mac.chars().filter(char::is_ascii_hexdigit).collect();
    (0..6).map(|i| digits[2 * i..2 * i + 2].to_lowercase()).collect::<Vec<_>>().join(":")
}

#[test]
fn addresses_stand_where_the_reference_finds_them() {
    let mut cases_seen = 0;
    for name in NETWORKS {
        let mut network = Network::new(&set(&import(name).0));
        for case in cases(name, "network find") {
            let asked = case.option("address").expect("an address");
            let is_ip = asked.parse::<std::net::IpAddr>().is_ok();
            // A MAC is found by the addresses that answer by it, or that stand on an interface with it.
            let addresses: BTreeSet<String> = if is_ip {
                [asked.clone()].into()
            } else {
                let mac = canonical(&asked);
                let resolved = network.rows("arp_entry").into_iter().filter(|r| r[2] == mac).map(|r| r[1].clone());
                let with_mac = network.rows("interface").into_iter().filter(|r| r[2] == mac);
                let own: BTreeSet<(String, String)> = with_mac.map(|r| (r[0].clone(), r[1].clone())).collect();
                let standing = network.rows("address").into_iter();
                let standing = standing.filter(|r| own.contains(&(r[0].clone(), r[1].clone()))).map(|r| r[3].clone());
                resolved.chain(standing).collect()
            };
            for ip in &addresses {
                network.insert("asked_address", &[ip]);
            }
            network.commit();
            let mut ours: BTreeSet<Place> = addresses.iter().flat_map(|ip| places(&mut network, ip)).collect();
            if !is_ip {
                ours.retain(|p| p[4] == canonical(&asked));
            }
            // SuzieQ names the machine that has the address only where no switch sees it; we always do.
            let hosts = network.rows("host");
            if ours.iter().any(|p| p[7] == "bridged") {
                ours.retain(|p| p[7] != "interface" || !hosts.contains(&vec![p[0].clone()]));
            }
            // A row with `l2miss` is no place: it says that this device resolved the address and has no MAC table in which
            // to look further (in ospf-ibgp the host server103).
            let expected = case.rows.iter().filter(|row| row["l2miss"] != true).map(place).collect();
            assert_eq!(ours, expected, "{name}: {}", case.command);
            for ip in &addresses {
                network.retract("asked_address", &[ip]);
            }
            cases_seen += 1;
        }
    }
    assert_eq!(cases_seen, 10);
}
