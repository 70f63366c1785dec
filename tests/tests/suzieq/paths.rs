//! `path show`: all equal-cost paths, device by device.

use crate::network::*;
use crate::reference::*;
use std::collections::{BTreeMap, BTreeSet};

/// Every way through the links of `path_link` from source to destination.
fn paths(network: &mut Network, src: &str, dst: &str) -> BTreeSet<Vec<String>> {
    let mut links: BTreeMap<(u64, String), Vec<String>> = BTreeMap::new();
    for row in network.rows_of("path_link", &[src, dst]) {
        let seq = row[0].parse().expect("a number");
        links.entry((seq, row[1].clone())).or_default().push(row[2].clone());
    }
    let mut open: Vec<Vec<String>> =
        links.keys().filter(|(seq, _)| *seq == 1).map(|(_, from)| vec![from.clone()]).collect();
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        match path.last().and_then(|last| links.get(&(path.len() as u64, last.clone()))) {
            Some(next) => open.extend(next.iter().map(|device| [path.clone(), vec![device.clone()]].concat())),
            None => drop(found.insert(path)),
        }
    }
    found
}

fn through(path: &[String], from: &str, to: &str) -> bool {
    path.windows(2).any(|link| link == [from, to])
}

/// Where our paths and SuzieQ's differ on purpose, and why. Every other case must agree exactly.
fn explained(
    network: &str,
    src: &str,
    dst: &str,
    expected: &BTreeSet<Vec<String>>,
    ours: &BTreeSet<Vec<String>>,
) -> bool {
    match (network, src, dst) {
        // 172.16.2.104 belongs to no device of this network. SuzieQ walks to the leaves that have its subnet and lets the
        // packet bounce between them until it notices ("L3 loop"). Without a machine there is no path.
        ("suzieq-nxos", "172.16.1.101", "172.16.2.104") => ours.is_empty(),
        // 172.16.1.104 belongs to no device either: SuzieQ begins at the gateways of its subnet. What it says of them is
        // held against the paths of a machine in that subnet in the next test.
        ("suzieq-nxos", "172.16.1.104", "172.16.3.202") => ours.is_empty(),
        // server101 has not resolved its IPv6 gateway 2001:db8:0:1::1 (arpnd has no such entry), so SuzieQ stops on the
        // server. The gateway's address stands on leaf01 and leaf02 (interfaces), and so we go on from either. Of leaf03
        // and leaf04, which both have the destination's subnet, only leaf03 announced it (routes of the spines).
        ("suzieq-cumulus-dual-bgp", "2001:db8:0:1::101", "2001:db8:0:4::104") => {
            let go_on =
                |leaf: &str, spine: &str| ["server101", leaf, spine, "leaf03", "server104"].map(str::to_owned).to_vec();
            let all: BTreeSet<Vec<String>> =
                [("leaf01", "spine01"), ("leaf01", "spine02"), ("leaf02", "spine01"), ("leaf02", "spine02")]
                    .map(|(leaf, spine)| go_on(leaf, spine))
                    .into();
            *expected == BTreeSet::from([vec!["server101".to_owned()]]) && *ours == all
        }
        // The leaves have two equal-cost next hops to 172.16.253.1 in the tenant's VRF, the tunnel ends of exit01 and of
        // exit02 (routes: 10.0.0.101, 10.0.0.102). SuzieQ keeps one tunnel a neighbouring spine, the last, and so loses
        // every path by exit01. We have its paths, and the same again by exit01.
        ("suzieq-cumulus-ospf-ibgp", "172.16.1.101", "172.16.253.1") => {
            let by = |exit: &str| -> BTreeSet<Vec<String>> {
                ours.iter().filter(|p| through(p, exit, "edge01")).cloned().collect()
            };
            let swapped = by("exit01").into_iter().map(|mut path| {
                let exit = path.iter().position(|d| d == "exit01").expect("it passes exit01");
                path[exit] = "exit02".to_owned();
                path
            });
            by("exit02") == *expected
                && swapped.collect::<BTreeSet<_>>() == *expected
                && ours.len() == 2 * expected.len()
        }
        _ => false,
    }
}

#[test]
fn paths_are_those_of_the_reference() {
    for name in NETWORKS {
        let mut network = Network::new(&set(&import(name).0));
        let cases = cases(name, "path show");
        assert!(cases.len() >= 2, "{name} has path cases");
        for case in cases.iter().filter(|case| !case.rows.is_empty()) {
            let (src, dst) = (case.option("src").expect("a source"), case.option("dest").expect("a destination"));
            // One case shows other columns of the same paths, without their numbers.
            if case.rows[0]["pathid"].is_null() {
                continue;
            }
            network.insert("asked", &[&src, &dst]);
            network.commit();
            let (expected, ours) = (case.paths(), paths(&mut network, &src, &dst));
            let same = expected == ours;
            assert_ne!(same, explained(name, &src, &dst, &expected, &ours), "{name}: {}\n{ours:#?}", case.command);
            network.retract("asked", &[&src, &dst]);
            network.commit();
            assert!(network.rows("path_link").is_empty(), "what nobody asks for is not kept");
        }
    }
}

#[test]
fn paths_from_a_gateway_on_are_those_of_the_reference() {
    let mut network = Network::new(&set(&import("suzieq-nxos").0));
    network.insert("asked", &["172.16.1.101", "172.16.3.202"]);
    network.commit();
    let from_gateway: BTreeSet<Vec<String>> =
        paths(&mut network, "172.16.1.101", "172.16.3.202").into_iter().map(|path| path[1..].to_vec()).collect();
    let cases = cases("suzieq-nxos", "path show");
    let case = cases.iter().find(|c| c.option("src").as_deref() == Some("172.16.1.104")).expect("the case");
    assert_eq!(from_gateway, case.paths());
}

#[test]
fn a_question_by_name_has_the_answer_of_the_one_by_address() {
    let by_name_and_address = [
        ("suzieq-nxos", ["server101", "server302"], ["172.16.1.101", "172.16.3.202"]),
        ("suzieq-nxos", ["leaf04", "leaf01"], ["10.0.0.14", "10.0.0.11"]),
        ("suzieq-cumulus-dual-bgp", ["server101", "server104"], ["172.16.1.101", "172.16.4.104"]),
        ("suzieq-cumulus-ospf-ibgp", ["server101", "server103"], ["172.16.1.101", "172.16.1.103"]),
    ];
    for (name, names, addresses) in by_name_and_address {
        let mut network = Network::new(&set(&import(name).0));
        network.insert("asked", &names);
        network.insert("asked", &addresses);
        network.commit();
        let [by_name, by_address] = [names, addresses].map(|[a, b]| paths(&mut network, a, b));
        assert!(!by_name.is_empty() && by_name == by_address, "{name}: {names:?}");
        let router = |[a, b]: [&str; 2]| network.rows_of("l3_hop", &[a, b]);
        assert_eq!([names, addresses].map(router).iter().collect::<BTreeSet<_>>().len(), 1);
    }
}

#[test]
fn routers_are_told_from_switches_and_from_the_underlay() {
    let mut network = Network::new(&set(&import("suzieq-nxos").0));
    let routed = [["server101", "server301"], ["server101", "server302"], ["server302", "server102"]];
    for pair in &routed {
        network.insert("asked", pair);
    }
    network.commit();
    let hops = routed.map(|[a, b]| network.rows_of("l3_hop", &[a, b]).into_iter().flatten().collect::<Vec<_>>());
    // By the tenant's routing at both ends of the tunnel; by the near end alone, which has VLAN 30 itself; not at all
    // within VLAN 30. The spines carry all three and route none.
    assert_eq!(hops[0], ["leaf01", "leaf02", "leaf03", "leaf04"]);
    assert_eq!(hops[1], ["leaf01", "leaf02"]);
    assert!(hops[2].is_empty());
}

#[test]
fn a_pair_without_a_path_says_what_is_missing() {
    let mut network = Network::new(&set(&import("suzieq-cumulus-dual-bgp").0));
    network.insert("asked", &["server101", "nowhere"]);
    network.insert("asked", &["server101", "server102"]);
    network.commit();
    let unresolved: Vec<Row> = network.rows("unresolved").into_iter().collect();
    assert_eq!(unresolved, [["server101", "nowhere", "machine:nowhere"].map(str::to_owned).to_vec()]);
    assert!(network.rows_of("distance", &["server101", "server102"]).contains(&vec!["2".to_owned()]));
}
