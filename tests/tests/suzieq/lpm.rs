//! `route lpm`: the route that each router uses for an address.

use crate::network::*;
use crate::reference::*;
use std::collections::{BTreeMap, BTreeSet};

/// Device, VRF, prefix.
type Route = (String, String, String);

#[test]
fn routes_are_those_of_the_reference() {
    let mut cases_seen = 0;
    for name in NETWORKS {
        let mut network = Network::new(&set(&import(name).0));
        let mut hops: BTreeMap<Route, BTreeSet<(String, String)>> = BTreeMap::new();
        for row in network.rows("route") {
            let [device, vrf, prefix, next_hop, _, protocol, _] = row.try_into().expect("seven columns");
            hops.entry((device, vrf, prefix)).or_default().insert((next_hop, protocol));
        }
        for case in cases(name, "route lpm") {
            let asked = case.option("address").expect("an address");
            network.insert("asked_address", &[&asked]);
            network.commit();
            let devices = case.option("hostname");
            let vrf = case.option("vrf");
            let wanted = |route: &Route| {
                devices.as_ref().is_none_or(|d| d.split_whitespace().any(|d| d == route.0))
                    && vrf.as_ref().is_none_or(|v| *v == route.1)
            };
            let rows = network.rows_of("longest_match", &[&asked]).into_iter();
            let ours: BTreeSet<Route> =
                rows.map(|r| (r[0].clone(), r[1].clone(), r[2].clone())).filter(wanted).collect();
            assert_eq!(ours.len(), case.rows.len(), "{name}: {}", case.command);

            // Some cases show fewer columns; what they show is compared.
            let shown = |route: &Route| -> (Option<Route>, BTreeSet<String>, Option<String>) {
                let has = |column| case.rows.first().is_some_and(|row| !row[column].is_null());
                let of = &hops[route];
                let next_hops = of.iter().map(|(hop, _)| hop.clone()).filter(|hop| !hop.is_empty()).collect();
                let protocol = of.first().map(|(_, protocol)| protocol.clone());
                let only_device = || (route.0.clone(), String::new(), String::new());
                (
                    Some(if has("prefix") { route.clone() } else { only_device() }),
                    next_hops,
                    protocol.filter(|_| has("protocol")),
                )
            };
            let mut found: Vec<_> = ours.iter().map(shown).collect();
            let mut expected: Vec<_> = case
                .rows
                .iter()
                .map(|row| {
                    let route = (text(row, "hostname"), text(row, "vrf"), text(row, "prefix"));
                    let hops = list(row, "nexthopIps").into_iter().filter(|hop| !hop.is_empty()).collect();
                    (Some(route), hops, row["protocol"].as_str().map(str::to_owned))
                })
                .collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{name}: {}", case.command);
            network.retract("asked_address", &[&asked]);
            cases_seen += 1;
        }
    }
    assert_eq!(cases_seen, 9);
}
