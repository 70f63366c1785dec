//! The network relations on networks small enough to see the answer, one a sentence of the model's definition.
//!
//! Facts are written as `relation field field …`, with `-` for an unknown.

#[path = "suzieq/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "ways/mod.rs"]
mod ways;

use network::{Network, Row};
use std::collections::BTreeSet;

/// Three access switches below two distribution switches, which are gateways of VLANs 10 and 20; nobody has a routing
/// table. h1 and h3 are in 10, h2 is in 20.
const CAMPUS: &str = "
    device h1 host -
    device h2 host -
    device h3 host -
    device a1 access -
    device a2 access -
    device a3 access -
    device d1 distribution -
    device d2 distribution -
    cable h1 e0 a1 p1
    cable h2 e0 a2 p1
    cable h3 e0 a3 p1
    cable a1 u1 d1 p1
    cable a1 u2 d2 p1
    cable a2 u1 d1 p2
    cable a2 u2 d2 p2
    cable a3 u1 d1 p3
    cable a3 u2 d2 p3
    interface_vlan a1 p1 10 untagged
    interface_vlan a2 p1 20 untagged
    interface_vlan a3 p1 10 untagged
    address d1 vlan10 default 10.1.0.1 24
    address d2 vlan10 default 10.1.0.2 24
    address d1 vlan20 default 10.2.0.1 24
    address d2 vlan20 default 10.2.0.2 24
    address h1 e0 default 10.1.0.11 24
    address h2 e0 default 10.2.0.12 24
    address h3 e0 default 10.1.0.13 24
";

/// The trunks of CAMPUS.
fn campus() -> BTreeSet<(String, Row)> {
    let mut facts = facts(CAMPUS);
    for access in 1..=3 {
        for distribution in 1..=2 {
            for vid in [10, 20] {
                facts.extend(self::facts(&format!("interface_vlan a{access} u{distribution} {vid} tagged")));
                facts.extend(self::facts(&format!("interface_vlan d{distribution} p{access} {vid} tagged")));
            }
        }
    }
    facts
}

fn facts(text: &str) -> BTreeSet<(String, Row)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let fact = |line: &str| {
        let mut words = line.split(' ').map(|word| if word == "-" { String::new() } else { word.to_owned() });
        (words.next().unwrap_or_default(), words.collect())
    };
    lines.map(fact).collect()
}

/// The campus with further facts and without some.
fn campus_with(more: &str, less: &str) -> Network {
    let mut all = campus();
    for fact in facts(less) {
        assert!(all.remove(&fact), "{fact:?} is a fact of the campus");
    }
    all.extend(facts(more));
    Network::new(&all)
}

/// The links of a pair as `seq from to`.
fn links(network: &mut Network, src: &str, dst: &str) -> Vec<String> {
    network.rows_of("path_link", &[src, dst]).into_iter().map(|row| row.join(" ")).collect()
}

fn column(network: &mut Network, relation: &str, start: &[&str]) -> Vec<String> {
    network.rows_of(relation, start).into_iter().map(|row| row.join(" ")).collect()
}

#[test]
fn within_a_vlan_the_shortest_paths_are_all_taken() {
    let mut n = campus_with("asked h1 h3", "");
    assert_eq!(links(&mut n, "h1", "h3"), ["1 h1 a1", "2 a1 d1", "2 a1 d2", "3 d1 a3", "3 d2 a3", "4 a3 h3"]);
    assert_eq!(column(&mut n, "distance", &["h1", "h3"]), ["4"]);
    assert!(column(&mut n, "l3_hop", &["h1", "h3"]).is_empty());
    assert_eq!(column(&mut n, "l2_next", &["a1", "a3", "10"]), ["d1", "d2"]);
}

#[test]
fn between_vlans_the_nearest_gateways_route() {
    let mut n = campus_with("asked h1 h2", "");
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 a1", "2 a1 d1", "2 a1 d2", "3 d1 a2", "3 d2 a2", "4 a2 h2"]);
    assert_eq!(column(&mut n, "l3_hop", &["h1", "h2"]), ["d1", "d2"]);
    assert_eq!(column(&mut n, "attached", &["h1"]), ["a1 10"]);
    assert_eq!(column(&mut n, "gateway", &["20"]), ["d1", "d2"]);
}

#[test]
fn what_spanning_tree_blocks_carries_nothing() {
    let mut n = campus_with("asked h1 h3\nstp_blocked a1 u2 10", "");
    assert_eq!(links(&mut n, "h1", "h3"), ["1 h1 a1", "2 a1 d1", "3 d1 a3", "4 a3 h3"]);
}

#[test]
fn both_ends_must_list_the_vlan_in_one_mode() {
    let untagged_at_one_end =
        campus_with("asked h1 h3\ninterface_vlan d2 p1 10 untagged", "interface_vlan d2 p1 10 tagged");
    let listed_at_one_end = campus_with("asked h1 h3", "interface_vlan d2 p1 10 tagged");
    for mut n in [untagged_at_one_end, listed_at_one_end] {
        assert_eq!(links(&mut n, "h1", "h3"), ["1 h1 a1", "2 a1 d1", "3 d1 a3", "4 a3 h3"]);
    }
}

#[test]
fn a_port_that_is_stated_down_takes_its_link_along() {
    let mut n = campus_with("asked h1 h2\ninterface d1 p1 - 0 down\ninterface d1 p2 - 0 up", "");
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 a1", "2 a1 d2", "3 d2 a2", "4 a2 h2"]);
    assert!(!n.rows("adjacent").contains(&vec!["a1".to_owned(), "d1".to_owned()]));
}

#[test]
fn a_failed_cable_or_device_stays_known_and_is_down() {
    let mut n = campus_with("asked h1 h2\nfailed a1:u1--d1:p1", "");
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 a1", "2 a1 d2", "3 d2 a2", "4 a2 h2"]);
    n.insert("failed", &["d2"]);
    n.commit();
    assert!(links(&mut n, "h1", "h2").is_empty());
    assert_eq!(column(&mut n, "unresolved", &["h1", "h2"]), ["gateway:10:20"]);
    n.retract("failed", &["a1:u1--d1:p1"]);
    n.commit();
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 a1", "2 a1 d1", "3 d1 a2", "4 a2 h2"]);
}

#[test]
fn a_lag_works_while_a_member_does() {
    let lag = "
        asked h1 h3
        cable a1 u3 d1 p9
        lag_member a1 lag1 u1
        lag_member a1 lag1 u3
        lag_member d1 lag1 p1
        lag_member d1 lag1 p9
        interface_vlan a1 lag1 10 tagged
        interface_vlan d1 lag1 10 tagged
        stp_blocked a1 u2 10
    ";
    let mut n = campus_with(lag, "interface_vlan a1 u1 10 tagged\ninterface_vlan d1 p1 10 tagged");
    let by_d1 = ["1 h1 a1", "2 a1 d1", "3 d1 a3", "4 a3 h3"];
    assert_eq!(links(&mut n, "h1", "h3"), by_d1);
    n.insert("interface", &["a1", "u1", "", "0", "down"]);
    n.commit();
    assert_eq!(links(&mut n, "h1", "h3"), by_d1);
    n.insert("interface", &["a1", "u3", "", "0", "down"]);
    n.commit();
    assert_eq!(column(&mut n, "unresolved", &["h1", "h3"]), ["l2_reachable:10"]);
    n.retract("interface", &["a1", "u3", "", "0", "down"]);
    n.insert("interface", &["d1", "lag1", "", "0", "down"]);
    n.commit();
    assert!(links(&mut n, "h1", "h3").is_empty(), "the LAG itself is down");
}

#[test]
fn vms_on_one_host_meet_there_if_they_share_a_vlan() {
    let vms = "
        vm v1 h1
        vm v2 h1
        vm v3 h1
        interface_vlan v1 eth0 10 untagged
        interface_vlan v2 eth0 10 untagged
        interface_vlan v3 eth0 20 untagged
        interface_vlan a1 p1 20 tagged
        asked v1 v2
        asked v1 v3
    ";
    let mut n = campus_with(vms, "");
    assert!(links(&mut n, "v1", "v2").is_empty());
    assert_eq!(column(&mut n, "distance", &["v1", "v2"]), ["0"]);
    assert_eq!(column(&mut n, "attached", &["v3"]), ["a1 20"]);
    assert_eq!(links(&mut n, "v1", "v3"), ["1 h1 a1", "2 a1 d1", "2 a1 d2", "3 d1 a1", "3 d2 a1", "4 a1 h1"]);
    n.insert("failed", &["h1"]);
    n.commit();
    assert!(column(&mut n, "distance", &["v1", "v2"]).is_empty());
    assert_eq!(column(&mut n, "unresolved", &["v1", "v2"]), ["host:h1"]);
}

#[test]
fn a_vm_is_in_the_vlan_of_its_subnet_then_in_its_hosts() {
    let vms = "
        vm v1 h1
        vm v2 h1
        address v1 eth0 default 10.2.0.77 24
        interface_vlan a1 p1 20 tagged
    ";
    let mut n = campus_with(vms, "");
    assert_eq!(column(&mut n, "attached", &["v1"]), ["a1 20"]);
    assert_eq!(column(&mut n, "attached", &["v2"]), ["a1 10"]);
    n.insert("interface", &["v1", "eth0", "02:00:00:00:00:01", "0", "up"]);
    n.insert("mac_entry", &["a1", "10", "02:00:00:00:00:01", "p1"]);
    n.commit();
    assert_eq!(column(&mut n, "attached", &["v1"]), ["a1 10"], "where its MAC is seen counts more");
}

#[test]
fn a_host_is_in_a_tagged_vlan_only_with_an_address_there() {
    let mut n = campus_with("interface_vlan a1 p1 20 tagged", "");
    assert_eq!(column(&mut n, "attached", &["h1"]), ["a1 10"]);
    n.insert("address", &["h1", "vlan20", "default", "10.2.0.11", "24"]);
    n.commit();
    assert_eq!(column(&mut n, "attached", &["h1"]), ["a1 10", "a1 20"]);
}

#[test]
fn a_host_without_a_cable_is_where_its_mac_is_seen_on_no_trunk() {
    let seen = "
        interface h1 e0 02:00:00:00:00:01 0 up
        mac_entry a1 10 02:00:00:00:00:01 p7
        mac_entry d1 10 02:00:00:00:00:01 p1
        asked h1 h2
    ";
    let mut n = campus_with(seen, "cable h1 e0 a1 p1");
    assert_eq!(column(&mut n, "attached", &["h1"]), ["a1 10"]);
    assert_eq!(column(&mut n, "distance", &["h1", "h2"]), ["4"]);
}

#[test]
fn a_vlan_in_pieces_and_a_vlan_without_a_gateway_are_named() {
    let cut = "
        asked h1 h3
        asked h1 h2
        interface a3 u1 - 0 down
        interface a3 u2 - 0 down
    ";
    let mut n = campus_with(cut, "");
    assert_eq!(column(&mut n, "unresolved", &["h1"]), ["h3 l2_reachable:10"]);
    let without = "
        address d1 vlan10 default 10.1.0.1 24
        address d2 vlan10 default 10.1.0.2 24
    ";
    let mut n = campus_with("asked h1 h2", without);
    assert_eq!(column(&mut n, "unresolved", &["h1"]), ["h2 gateway:10:20"]);
}

#[test]
fn what_is_missing_is_named_for_processes_source_first() {
    let talk = "
        device h4 host -
        process p1 h1 client
        process p2 - other
        process p3 nowhere other
        process p4 h4 other
        message s t - 1 request p1 p2 - 10
        message s t - 2 request p3 p2 - 10
        message s t - 3 request p1 p4 - 10
        message s t - 4 request p1 p1 - 10
    ";
    let mut n = campus_with(talk, "");
    assert_eq!(column(&mut n, "unresolved", &[]), ["p1 p2 process:p2", "p1 p4 attached:h4", "p3 p2 process:p2"]);
}

#[test]
fn gateways_of_another_vrf_do_not_know_the_way() {
    let other_vrf = "
        asked h1 h2
        address d1 vlan20 blue 10.2.0.1 24
        address d2 vlan20 blue 10.2.0.2 24
    ";
    let default = "
        address d1 vlan20 default 10.2.0.1 24
        address d2 vlan20 default 10.2.0.2 24
    ";
    let mut n = campus_with(other_vrf, default);
    assert_eq!(column(&mut n, "unresolved", &["h1", "h2"]), ["gateway:10:20"]);
}

#[test]
fn an_overridden_machine_is_in_its_new_vlan_on_all_its_switches() {
    let mut n = campus_with("asked h1 h2\nvlan_override h1 4095\nvlan_override h2 4095", "");
    assert_eq!(column(&mut n, "attached", &["h1"]), ["a1 4095"]);
    // The new VLAN is carried by every link between switches: the pair needs no router any more.
    assert!(column(&mut n, "l3_hop", &["h1", "h2"]).is_empty());
    assert_eq!(column(&mut n, "distance", &["h1", "h2"]), ["4"]);
    n.retract("vlan_override", &["h2", "4095"]);
    n.commit();
    assert_eq!(column(&mut n, "l3_hop", &["h1", "h2"]), ["d1", "d2"], "every gateway is one of the new VLAN");
}

/// Two buildings: x1 is the gateway of 10, y1 that of 20, both below the core.
const BUILDINGS: &str = "
    device h1 host -
    device h2 host -
    device x1 access -
    device y1 access -
    device c1 core -
    device c2 core -
    cable h1 e0 x1 p1
    cable h2 e0 y1 p1
    cable x1 u1 c1 p1
    cable x1 u2 c2 p1
    cable y1 u1 c1 p2
    cable y1 u2 c2 p2
    interface_vlan x1 p1 10 untagged
    interface_vlan y1 p1 20 untagged
    address x1 vlan10 default 10.1.0.1 24
    address y1 vlan20 default 10.2.0.1 24
    address h2 e0 default 10.2.0.12 24
    asked h1 h2
";

#[test]
fn routers_without_tables_take_the_shortest_way() {
    let mut n = Network::new(&facts(BUILDINGS));
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c1", "2 x1 c2", "3 c1 y1", "3 c2 y1", "4 y1 h2"]);
    assert_eq!(column(&mut n, "l3_hop", &["h1", "h2"]), ["c1", "c2", "x1", "y1"]);
    n.insert("failed", &["c1"]);
    n.commit();
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c2", "3 c2 y1", "4 y1 h2"]);
}

/// The tables of BUILDINGS: x1 knows 10.2.0.0/16 by both cores, the single host by c2 alone.
const TABLES: &str = "
    address c1 p1 default 10.9.1.0 31
    address x1 u1 default 10.9.1.1 31
    address c2 p1 default 10.9.2.0 31
    address x1 u2 default 10.9.2.1 31
    address c1 p2 default 10.9.3.0 31
    address y1 u1 default 10.9.3.1 31
    address c2 p2 default 10.9.4.0 31
    address y1 u2 default 10.9.4.1 31
    route x1 default 10.2.0.0/16 10.9.1.0 u1 ospf 20
    route x1 default 10.2.0.0/16 10.9.2.0 u2 ospf 20
    route c1 default 10.2.0.0/24 10.9.3.1 p2 ospf 20
    route c2 default 10.2.0.0/24 10.9.4.1 p2 ospf 20
    route y1 default 10.2.0.0/24 - vlan20 connected 0
";

#[test]
fn routers_with_tables_do_what_these_say() {
    let mut all = facts(BUILDINGS);
    all.extend(facts(TABLES));
    let mut n = Network::new(&all);
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c1", "2 x1 c2", "3 c1 y1", "3 c2 y1", "4 y1 h2"]);
    n.insert("route", &["x1", "default", "10.2.0.12/32", "10.9.2.0", "u2", "static", "1"]);
    n.commit();
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c2", "3 c2 y1", "4 y1 h2"], "the longest prefix");
    n.retract("route", &["x1", "default", "10.2.0.12/32", "10.9.2.0", "u2", "static", "1"]);
    n.retract("route", &["x1", "default", "10.2.0.0/16", "10.9.1.0", "u1", "ospf", "20"]);
    n.insert("route", &["x1", "default", "10.2.0.0/16", "10.9.1.0", "u1", "ospf", "30"]);
    n.commit();
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c2", "3 c2 y1", "4 y1 h2"], "the least metric");
    assert_eq!(column(&mut n, "l3_next", &["x1", "default"]), ["10.2.0.0/16 c2"]);
}

#[test]
fn next_hops_without_an_interface_are_looked_up_until_they_have_one() {
    let mut all = facts(BUILDINGS);
    all.extend(facts(TABLES));
    all.remove(&(
        "route".to_owned(),
        ["x1", "default", "10.2.0.0/16", "10.9.1.0", "u1", "ospf", "20"].map(str::to_owned).to_vec(),
    ));
    all.remove(&(
        "route".to_owned(),
        ["x1", "default", "10.2.0.0/16", "10.9.2.0", "u2", "ospf", "20"].map(str::to_owned).to_vec(),
    ));
    all.extend(facts(
        "
        address y1 lo default 10.0.0.9 32
        route x1 default 10.2.0.0/16 10.0.0.9 - bgp 0
        route x1 default 10.0.0.9/32 10.9.2.0 - ospf 20
        route x1 default 10.9.2.0/31 - u2 connected 0
    ",
    ));
    let mut n = Network::new(&all);
    assert_eq!(column(&mut n, "l3_next", &["x1", "default", "10.2.0.0/16"]), ["c2"]);
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c2", "3 c2 y1", "4 y1 h2"]);
}

#[test]
fn a_loop_of_routes_is_no_path() {
    let mut all = facts(BUILDINGS);
    all.extend(facts(TABLES));
    let mut n = Network::new(&all);
    for (core, hop, port) in [("c1", "10.9.3.1", "p2"), ("c2", "10.9.4.1", "p2")] {
        n.retract("route", &[core, "default", "10.2.0.0/24", hop, port, "ospf", "20"]);
    }
    n.insert("route", &["c1", "default", "10.2.0.0/24", "10.9.1.1", "p1", "static", "1"]);
    n.insert("route", &["c2", "default", "10.2.0.0/24", "10.9.2.1", "p1", "static", "1"]);
    n.commit();
    assert!(links(&mut n, "h1", "h2").is_empty());
    assert_eq!(column(&mut n, "unresolved", &["h1", "h2"]), ["gateway:10:20"]);
}

/// VLAN 10 in both buildings, carried over the core by VXLAN.
const OVERLAY: &str = "
    vtep x1 10010 10 10.0.0.1
    vtep y1 10010 10 10.0.0.2
    address x1 lo default 10.0.0.1 32
    address y1 lo default 10.0.0.2 32
    interface_vlan y1 p1 10 untagged
";

#[test]
fn vxlan_joins_what_the_underlay_reaches() {
    let mut all = facts(BUILDINGS);
    all.remove(&("interface_vlan".to_owned(), ["y1", "p1", "20", "untagged"].map(str::to_owned).to_vec()));
    all.remove(&("address".to_owned(), ["h2", "e0", "default", "10.2.0.12", "24"].map(str::to_owned).to_vec()));
    all.extend(facts(OVERLAY));
    let mut n = Network::new(&all);
    assert_eq!(column(&mut n, "l2_next", &["x1", "y1", "10"]), ["y1"], "one hop of layer 2");
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 x1", "2 x1 c1", "2 x1 c2", "3 c1 y1", "3 c2 y1", "4 y1 h2"]);
    assert!(column(&mut n, "l3_hop", &["h1", "h2"]).is_empty());
    n.insert("failed", &["c1"]);
    n.insert("failed", &["c2"]);
    n.commit();
    assert_eq!(column(&mut n, "unresolved", &["h1", "h2"]), ["l2_reachable:10"]);
}

#[test]
fn a_lag_to_an_mlag_pair_does_not_know_which_switch_is_nearer() {
    let mlag = "
        device h1 host -
        device h2 host -
        device l1 access -
        device l2 access -
        cable h1 e0 l1 p1
        cable h1 e1 l2 p1
        cable h2 e0 l2 p2
        cable l1 p9 l2 p9
        mlag l1 l2 7
        lag_member h1 bond0 e0
        lag_member h1 bond0 e1
        lag_member l1 lag1 p1
        lag_member l2 lag1 p1
        interface_vlan l1 lag1 10 untagged
        interface_vlan l2 lag1 10 untagged
        interface_vlan l2 p2 10 untagged
        interface_vlan l1 p9 10 tagged
        interface_vlan l2 p9 10 tagged
        asked h1 h2
        asked h2 h1
    ";
    let mut n = Network::new(&facts(mlag));
    assert_eq!(links(&mut n, "h1", "h2"), ["1 h1 l1", "1 h1 l2", "2 l1 l2", "2 l2 h2", "3 l2 h2"]);
    assert_eq!(links(&mut n, "h2", "h1"), ["1 h2 l2", "2 l2 h1"], "a switch delivers on its own port");
    assert_eq!(column(&mut n, "distance", &["h1", "h2"]), ["2"]);
}

#[test]
fn paths_that_meet_again_are_split_one_by_one() {
    // h1 – s0 ={a1, b1}= s1 … ={a6, b6}= s6 – h2, all in one VLAN.
    let mut text = String::from(
        "
        device h1 host -
        device h2 host -
        cable h1 e0 s0 p1
        cable h2 e0 s6 p1
        interface_vlan s0 p1 10 untagged
        interface_vlan s6 p1 10 untagged
        asked h1 h2
    ",
    );
    for stage in 0..=6 {
        text += &format!("device s{stage} access -\n");
    }
    for stage in 1..=6 {
        for side in ["a", "b"] {
            let between = format!("{side}{stage}");
            text += &format!("device {between} other -\n");
            for (switch, port) in [(stage - 1, "up"), (stage, "down")] {
                text += &format!("cable s{switch} {port}-{between} {between} {port}\n");
                text += &format!("interface_vlan s{switch} {port}-{between} 10 tagged\n");
                text += &format!("interface_vlan {between} {port} 10 tagged\n");
            }
        }
    }
    let mut n = Network::new(&facts(&text));
    let shares = |n: &mut Network, from: &str| column(n, "link_share", &["h1", "h2", from]);
    assert_eq!(shares(&mut n, "h1"), ["s0 5040"]);
    assert_eq!(shares(&mut n, "s0"), ["a1 2520", "b1 2520"]);
    assert_eq!(shares(&mut n, "s3"), ["a4 2520", "b4 2520"], "eight paths of 630, each 315 and 315");
    assert_eq!(shares(&mut n, "s4"), ["a5 2528", "b5 2512"], "sixteen paths of 315, each 158 and 157");
    assert_eq!(shares(&mut n, "s5"), ["a6 2528", "b6 2512"], "158 is 79 and 79, 157 is 79 and 78");
    assert_eq!(shares(&mut n, "s6"), ["h2 5040"]);
}
