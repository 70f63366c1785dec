//! What part a device plays, from what it does and where it stands. SuzieQ does not say, and names prove nothing.
//!
//! - `firewall`: runs the system of one.
//! - `host`: a general-purpose system that no routing protocol teaches routes, or one that heard of others only.
//! - A general-purpose system that does learn routes is a `router`.
//! - `access`: a network device under which a host is attached: by cable, or by its MAC on a port that is cabled to no
//!   network device. Without any host in the data: one that is half of an MLAG pair.
//! - `distribution`: cabled to an access device. `core`: cabled to a distribution device.
//! - `router`: a network device beyond, or in no such tree, that routes. What is left is `other`.

use super::cables::Cables;
use super::ports::Ports;
use super::table::{Row, Table};
use super::{Scope, Tables, address};
use std::collections::{BTreeMap, BTreeSet};

/// The role of each device.
pub(super) fn roles<'d>(
    tables: &Tables,
    scope: &Scope,
    ports: &Ports,
    cables: &Cables,
    devices: impl Iterator<Item = &'d String>,
) -> BTreeMap<String, &'static str> {
    let systems: BTreeMap<String, Row> = tables.device.rows().map(|row| (scope.device(row), row)).collect();
    let routing = routing(&tables.routes, scope);
    let mut roles: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut open = BTreeSet::new();
    for device in devices {
        let system = systems.get(device);
        match system.map(|row| System::of(*row)) {
            Some(System::Firewall) => drop(roles.insert(device.clone(), "firewall")),
            Some(System::General) if routing.learned.contains(device) => drop(roles.insert(device.clone(), "router")),
            Some(System::General) => drop(roles.insert(device.clone(), "host")),
            Some(System::Network) | None => drop(open.insert(device.clone())),
        }
    }
    let neighbours = cables.neighbours();
    let cabled_to = |device: &String, tier: &BTreeSet<String>| {
        neighbours.get(device.as_str()).is_some_and(|n| n.iter().any(|n| tier.contains(*n)))
    };
    let hosts: BTreeSet<String> = roles.iter().filter(|(_, r)| **r == "host").map(|(d, _)| d.clone()).collect();
    let mut tier: BTreeSet<String> = above_hosts(tables, scope, ports, cables, &hosts);
    tier.extend(open.iter().filter(|d| cabled_to(d, &hosts)).cloned());
    if hosts.is_empty() {
        tier.extend(tables.mlag.rows().filter(|r| r.text("state") == "active").map(|r| scope.device(r)));
    }
    for role in ["access", "distribution", "core"] {
        let members: BTreeSet<String> = match role {
            "access" => open.iter().filter(|d| tier.contains(*d)).cloned().collect(),
            _ => open.iter().filter(|d| cabled_to(d, &tier)).cloned().collect(),
        };
        for device in &members {
            open.remove(device);
            roles.insert(device.clone(), role);
        }
        tier = members;
    }
    for device in open {
        roles.insert(device.clone(), if routing.any.contains(&device) { "router" } else { "other" });
    }
    roles
}

/// The kinds of systems that SuzieQ knows.
enum System {
    /// Linux and the like, which is no sign of a part in the network.
    General,
    /// The system of a firewall.
    Firewall,
    /// The system of a switch or router.
    Network,
}

impl System {
    fn of(row: Row) -> System {
        match row.text("os").to_ascii_lowercase().as_str() {
            "linux" | "windows" | "freebsd" | "esxi" => System::General,
            "panos" | "asa" | "ftd" | "fortios" | "junos-srx" => System::Firewall,
            _ => System::Network,
        }
    }
}

/// Which devices have routes, and which learn them from others.
struct Routing {
    any: BTreeSet<String>,
    learned: BTreeSet<String>,
}

fn routing(routes: &Table, scope: &Scope) -> Routing {
    let mut routing = Routing { any: BTreeSet::new(), learned: BTreeSet::new() };
    for row in routes.rows() {
        let device = scope.device(row);
        if !ORDINARY.contains(&row.text("protocol").to_ascii_lowercase().as_str()) {
            routing.learned.insert(device.clone());
        }
        routing.any.insert(device);
    }
    routing
}

/// Where routes come from on a system that speaks no routing protocol.
const ORDINARY: [&str; 11] =
    ["", "kernel", "boot", "static", "dhcp", "ra", "connected", "direct", "local", "redirect", "unspec"];

/// The devices that see the MAC of a host on a port that leads to no other network device.
fn above_hosts(
    tables: &Tables,
    scope: &Scope,
    ports: &Ports,
    cables: &Cables,
    hosts: &BTreeSet<String>,
) -> BTreeSet<String> {
    let macs: BTreeSet<&str> =
        hosts.iter().flat_map(|h| ports.of(h)).map(|(_, p)| p.mac.as_str()).filter(|m| !m.is_empty()).collect();
    let mut cabled = BTreeSet::new();
    for (a, b) in &cables.pairs {
        for ((device, port), (other, _)) in [(a, b), (b, a)] {
            if let Some(port) = ports.find(device, port).filter(|_| !hosts.contains(other)) {
                cabled.insert((device.clone(), ports.logical(device, port)));
            }
        }
    }
    let mut found = BTreeSet::new();
    for row in tables.macs.rows() {
        let device = scope.device(row);
        let Some(mac) = address::mac(row.text("macaddr")).filter(|m| macs.contains(m.as_str())) else { continue };
        let Some(port) = ports.bridge_port(&device, row.text("oif")).filter(|p| p.is_port()) else { continue };
        let local =
            row.text("remoteVtepIp").is_empty() && !cabled.contains(&(device.clone(), ports.logical(&device, port)));
        if local && !mac.is_empty() {
            found.insert(device);
        }
    }
    found
}
