use super::*;

/// Imports tables given as text and answers with the facts as `relation a b c`, and what was rejected.
fn facts(tables: &[(&str, &str)]) -> (BTreeSet<String>, Rejected) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, text) in tables {
        std::fs::write(directory.path().join(format!("{name}.csv")), text).expect("a table");
    }
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    Suzieq.import(&[directory.path().to_owned()], &mut facts, &mut rejected).expect("tables that can be read");
    let lines = facts.tables().flat_map(|(name, table)| {
        table.iter().map(move |row| format!("{name} {}", row.fields().collect::<Vec<_>>().join(" ")))
    });
    (lines.collect(), rejected)
}

fn of<'f>(facts: &'f BTreeSet<String>, relation: &str) -> Vec<&'f str> {
    facts.iter().filter_map(|f| f.strip_prefix(relation)?.strip_prefix(' ')).collect()
}

const INTERFACES: &str = "namespace,hostname,ifname,type,macaddr,vlan,master,ipAddressList,state,adminState,ifindex\n";

#[test]
fn both_ends_of_a_cable_are_one_fact() {
    let (facts, rejected) = facts(&[
        (
            "interfaces",
            &format!(
                "{INTERFACES}n,sw1,Ethernet1,ethernet,,0,,[],up,up,1\nn,r1,em1,ethernet,,0,,[],up,up,516\n\
                 n,r1,em1.0,subinterface,,0,,[],up,up,517\n"
            ),
        ),
        (
            "lldp",
            "namespace,hostname,ifname,peerHostname,peerIfname,peerIfindex\n\
             n,sw1,Ethernet1,r1.lab.example,-,516\nn,r1,em1.0,sw1,Eth1,0\n",
        ),
    ]);
    assert_eq!(of(&facts, "cable"), ["r1 em1 sw1 Ethernet1"]);
    assert_eq!(of(&facts, "lldp_neighbor"), ["r1 em1 sw1 Ethernet1", "sw1 Ethernet1 r1 em1"]);
    assert!(rejected.is_empty(), "{rejected}");
}

#[test]
fn a_port_without_a_name_is_told_by_the_other_end() {
    let (facts, _) = facts(&[
        ("interfaces", &format!("{INTERFACES}n,a,p1,ethernet,,0,,[],up,up,0\nn,b,q1,ethernet,,0,,[],up,up,0\n")),
        ("lldp", "namespace,hostname,ifname,peerHostname,peerIfname\nn,a,p1,b,-\nn,b,q1,a,p1\n"),
    ]);
    assert_eq!(of(&facts, "cable"), ["a p1 b q1"]);
}

#[test]
fn a_shared_segment_is_no_cable() {
    let (facts, rejected) = facts(&[
        ("device", "namespace,hostname,os\nn,a,eos\nn,b,eos\nn,c,eos\n"),
        ("lldp", "namespace,hostname,ifname,peerHostname,peerIfname\nn,a,m0,b,m0\nn,b,m0,c,m0\nn,c,p1,x,p9\n"),
    ]);
    assert_eq!(of(&facts, "cable"), ["c p1 x p9"]);
    assert_eq!(rejected.count("port that joins several others: a shared segment, not a cable"), 2);
    assert!(facts.contains("device x other "), "a neighbour that was not polled is a device");
}

#[test]
fn the_vlans_of_a_lag_stand_under_its_name() {
    let (facts, _) = facts(&[
        (
            "interfaces",
            &format!(
                "{INTERFACES}n,l1,Ethernet5,bond_slave,,1,Port-Channel5,[],up,up,0\n\
                 n,l1,Port-Channel5,bond,,1,bridge,[],up,up,0\nn,l1,Ethernet7,ethernet,,10,bridge,[],notConnected,up,0\n\
                 n,l1,Vlan10,vlan,,10,blue,\"[\"\"10.1.0.1/24\"\"]\",up,up,0\nn,l1,blue,vrf,,0,,[],up,up,0\n"
            ),
        ),
        (
            "vlan",
            "namespace,hostname,vlan,vlanName,interfaces\n\
             n,l1,1,default,\"[\"\"Po5\"\"]\"\nn,l1,10,web,\"[\"\"Ethernet5\"\",\"\"Ethernet7\"\",\"\"Cpu\"\"]\"\n",
        ),
        ("macs", "namespace,hostname,vlan,macaddr,oif\nn,l1,10,0000.0000.0001,Po5\nn,l1,0,0000.0000.0002,Po5\n"),
    ]);
    assert_eq!(
        of(&facts, "interface_vlan"),
        ["l1 Ethernet7 10 untagged", "l1 Port-Channel5 1 untagged", "l1 Port-Channel5 10 tagged"]
    );
    assert_eq!(of(&facts, "mac_entry"), ["l1 10 00:00:00:00:00:01 Port-Channel5"]);
    assert_eq!(of(&facts, "address"), ["l1 vlan10 blue 10.1.0.1 24"]);
    assert!(facts.contains("interface l1 Ethernet7  0 down"));
}

#[test]
fn frames_go_through_the_port_under_a_logical_unit() {
    let (facts, rejected) = facts(&[
        (
            "interfaces",
            &format!(
                "{INTERFACES}n,l1,xe-0/0/2,ethernet,,0,,[],up,up,0\nn,l1,xe-0/0/2.0,subinterface,,0,,[],up,up,0\n\
                 n,l1,vtep,vtep,,0,,[],up,up,0\nn,l1,vtep.32769,vtep,,0,,[],errDisabled,up,0\n"
            ),
        ),
        (
            "vlan",
            "namespace,hostname,vlan,vlanName,interfaces\nn,l1,10,v,\"[\"\"xe-0/0/2.0*\"\",\"\"vtep.32769*\"\"]\"\n",
        ),
        (
            "macs",
            "namespace,hostname,vlan,macaddr,oif,remoteVtepIp\nn,l1,10,0000.0000.0001,xe-0/0/2.0,\n\
             n,l1,10,0000.0000.0002,vtep.32769,10.0.0.12\n",
        ),
    ]);
    assert_eq!(of(&facts, "interface_vlan"), ["l1 xe-0/0/2 10 untagged"]);
    let seen = ["l1 10 00:00:00:00:00:01 xe-0/0/2", "l1 10 00:00:00:00:00:02 vtep"];
    assert_eq!(of(&facts, "mac_entry"), seen);
    assert_eq!(of(&facts, "tunnel"), ["l1 vtep", "l1 vtep.32769"]);
    assert!(facts.contains("interface l1 vtep.32769  0 down"), "what is neither up nor unknown is down");
    assert!(rejected.is_empty(), "{rejected}");
}

#[test]
fn each_equal_cost_next_hop_is_a_route() {
    let (facts, rejected) = facts(&[
        ("interfaces", &format!("{INTERFACES}n,l1,Vlan10,vlan,,10,,[],up,up,0\n")),
        (
            "routes",
            "namespace,hostname,vrf,prefix,nexthopIps,oifs,protocol,metric\n\
             n,l1,,10.0.0.1/8,\"[\"\"10.9.0.1\"\",\"\"10.9.0.2\"\"]\",\"[\"\"e1\"\",\"\"e2\"\"]\",ospf,20\n\
             n,l1,blue,0.0.0.0/0,\"[\"\"10.9.0.3\"\"]\",\"[\"\"_nexthopVrf:default\"\"]\",bgp,0\n\
             n,l1,default,10.1.0.0/24,\"[\"\"\"\"]\",\"[\"\"Vlan10\"\"]\",kernel,0\n\
             n,l1,default,junk,[],[],bgp,0\n",
        ),
    ]);
    assert_eq!(
        of(&facts, "route"),
        [
            "l1 blue 0.0.0.0/0 10.9.0.3  bgp 0",
            "l1 default 10.0.0.0/8 10.9.0.1 e1 ospf 20",
            "l1 default 10.0.0.0/8 10.9.0.2 e2 ospf 20",
            "l1 default 10.1.0.0/24  vlan10 kernel 0",
        ]
    );
    assert_eq!(rejected.count("no prefix"), 1);
}

#[test]
fn roles_follow_from_what_devices_do() {
    let (facts, _) = facts(&[
        (
            "device",
            "namespace,hostname,os\nn,red,cumulus\nn,green,cumulus\nn,blue,cumulus\nn,srv,linux\nn,vyos,linux\nn,wall,panos\n",
        ),
        (
            "interfaces",
            &format!("{INTERFACES}n,srv,e0,ethernet,0000.0000.00aa,0,,[],up,up,0\nn,red,p9,ethernet,,0,,[],up,up,0\n"),
        ),
        ("macs", "namespace,hostname,vlan,macaddr,oif\nn,red,10,0000.0000.00aa,p9\n"),
        ("lldp", "namespace,hostname,ifname,peerHostname,peerIfname\nn,red,p1,green,p1\nn,green,p2,blue,p1\n"),
        ("routes", "namespace,hostname,vrf,prefix,nexthopIps,oifs,protocol\nn,vyos,default,10.0.0.0/8,[],[],bgp\n"),
    ]);
    let expected = ["blue core ", "green distribution ", "red access ", "srv host ", "vyos router ", "wall firewall "];
    assert_eq!(of(&facts, "device"), expected);
}

#[test]
fn devices_of_several_namespaces_are_told_apart() {
    let (facts, _) = facts(&[("device", "namespace,hostname,os\nn,a,eos\nm,a,eos\n")]);
    assert_eq!(of(&facts, "device"), ["m/a other ", "n/a other "]);
}

#[test]
fn a_pair_is_known_by_its_system_mac() {
    let (facts, _) = facts(&[
        ("device", "namespace,hostname,os\nn,a,eos\nn,b,eos\nn,c,eos\n"),
        (
            "mlag",
            "namespace,hostname,systemId,domainId,state\nn,a,0000.0000.0101,7,active\nn,b,0000.0000.0101,7,active\n\
             n,c,0000.0000.0102,,disabled\n",
        ),
    ]);
    assert_eq!(of(&facts, "mlag"), ["a b 7", "b a 7"]);
}

#[test]
fn rows_that_no_longer_hold_are_left_out_and_counted() {
    let (facts, rejected) = facts(&[("device", "namespace,hostname,os,active\nn,a,eos,True\nn,b,eos,False\n")]);
    assert_eq!(of(&facts, "device"), ["a other "]);
    assert_eq!(rejected.count("no longer active"), 1);
}

#[test]
fn a_directory_without_tables_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let error = Suzieq.import(&[directory.path().to_owned()], &mut Facts::default(), &mut Rejected::default());
    let message = error.expect_err("nothing to read").to_string();
    assert!(
        message.starts_with(&directory.path().display().to_string()) && message.contains("device.csv"),
        "{message}"
    );
}

#[test]
fn a_row_is_cited_by_the_line_on_which_it_starts_whatever_ends_its_lines() {
    for end in ["\n", "\r\n"] {
        let rows = ["hostname,x", "leaf1,\"two", "lines\"", "leaf2,one", "leaf3,one"];
        let text: String = rows.iter().map(|row| format!("{row}{end}")).collect();
        let directory = tempfile::tempdir().expect("a scratch directory");
        std::fs::write(directory.path().join("device.csv"), text).expect("it is written");
        let table =
            super::table::Table::read(directory.path(), "device", &mut Rejected::default()).expect("it is read");
        assert_eq!(table.rows().map(|row| row.record()).collect::<Vec<_>>(), [2, 4, 5], "{end:?}");
    }
}
