//! What the interfaces of each device are, and by which names other tables call them.
//!
//! SuzieQ keeps the names of each operating system, and its tables do not always agree with each other: LLDP hears
//! `em1` where the interface table has `em1.0`, a MAC table says `Po3` for `port-channel3`. [`Ports`] knows the interfaces
//! of every device and answers with one name each, the one in the model:
//!
//! - a VLAN interface is `vlan<vid>` (NX-OS and EOS `Vlan10`, Junos `irb.10`, Linux `bridge.10`), as MODEL.md fixes it;
//! - Cumulus' virtual router `vlan13-v0` is `vlan13`: the VLAN interface that it stands on;
//! - everything else keeps the name that the device gives it.

use super::address;
use super::table::{Row, Table};
use std::collections::{BTreeMap, HashMap};

/// The interfaces of all devices.
#[derive(Debug, Default)]
pub(super) struct Ports {
    devices: BTreeMap<String, BTreeMap<String, Port>>,
    /// The port to an MLAG peer by device; some MAC tables speak of it by no name at all (`vPC Peer-Link`).
    peer_links: HashMap<String, String>,
}

/// One interface.
#[derive(Clone, Debug, Default)]
pub(super) struct Port {
    /// The name in the model.
    pub(super) name: String,
    /// What SuzieQ takes it for: `ethernet`, `bond`, `vlan`, `loopback`, …
    pub(super) kind: String,
    /// The LAG, bridge or VRF that it belongs to.
    pub(super) master: String,
    /// The VLAN of the interface: of a port, the untagged one.
    pub(super) vlan: u64,
    /// The number by which LLDP may call it.
    pub(super) index: u64,
    /// Its MAC.
    pub(super) mac: String,
    /// The port that it divides, if it is a subinterface.
    pub(super) parent: Option<String>,
    /// Whether it is a member of a LAG.
    member: bool,
    /// Its description.
    pub(super) description: String,
}

impl Ports {
    /// Learns all interfaces, and from the MLAG table the peer links.
    pub(super) fn new(interfaces: &Table, mlag: &Table, device: impl Fn(Row) -> String) -> Ports {
        let mut ports = Ports::default();
        for row in interfaces.rows() {
            let port = Port {
                kind: row.text("type").to_owned(),
                master: row.text("master").to_owned(),
                vlan: row.number("vlan").unwrap_or(0),
                index: row.number("ifindex").unwrap_or(0),
                mac: address::mac(row.text("macaddr")).unwrap_or_default(),
                description: row.text("description").to_owned(),
                ..Port::default()
            };
            ports.devices.entry(device(row)).or_default().insert(row.text("ifname").to_owned(), port);
        }
        for interfaces in ports.devices.values_mut() {
            let known: BTreeMap<String, String> =
                interfaces.iter().map(|(name, port)| (name.clone(), port.kind.clone())).collect();
            for (name, port) in interfaces.iter_mut() {
                port.parent = parent(name, &known);
                port.member = port.kind == "bond_slave" || known.get(&port.master).is_some_and(|kind| kind == "bond");
                port.name = model_name(name, port, &known);
            }
        }
        for row in mlag.rows() {
            ports.peer_links.insert(device(row), row.text("peerLink").to_owned());
        }
        ports
    }

    /// Whether the device's interfaces are known.
    pub(super) fn knows(&self, device: &str) -> bool {
        self.devices.contains_key(device)
    }

    /// An interface by the name that any table uses for it. Junos marks active ports (`xe-0/0/2.0*`), and tells with a
    /// VLAN interface the port behind it (`irb.10 [xe-0/0/2.0]`).
    pub(super) fn find(&self, device: &str, name: &str) -> Option<&Port> {
        let interfaces = self.devices.get(device)?;
        let name = name.split(" [").next().unwrap_or(name).trim_end_matches('*');
        let exact = interfaces.get(name);
        exact.or_else(|| spellings(name).iter().find_map(|s| interfaces.get(s))).or_else(|| {
            let is_peer_link = name.eq_ignore_ascii_case("vpc peer-link") || name.eq_ignore_ascii_case("peer-link");
            self.peer_links.get(device).filter(|_| is_peer_link).and_then(|link| interfaces.get(link))
        })
    }

    /// The name in the model of what a table calls so; unknown names stay as they are.
    pub(super) fn name(&self, device: &str, name: &str) -> String {
        self.find(device, name).map_or_else(|| name.to_owned(), |port| port.name.clone())
    }

    /// The physical port under a name: of a subinterface or logical unit, the port that it divides.
    pub(super) fn physical(&self, device: &str, name: &str) -> Option<&Port> {
        let mut port = self.find(device, name)?;
        while let Some(parent) = &port.parent {
            port = self.devices.get(device)?.get(parent)?;
        }
        Some(port)
    }

    /// The port that frames of a VLAN go through: the one under a logical unit that is nothing else (`xe-0/0/2.0`).
    pub(super) fn bridge_port(&self, device: &str, name: &str) -> Option<&Port> {
        let port = self.find(device, name)?;
        if port.vlan == 0 && port.parent.is_some() { self.physical(device, name) } else { Some(port) }
    }

    /// Another port of the device by what LLDP may say instead of a name: index, MAC or description. Only if it is one.
    pub(super) fn identify(&self, device: &str, name: &str, index: u64, mac: &str) -> Option<&Port> {
        let by_mac = address::mac(name).unwrap_or_else(|| mac.to_owned());
        let physical = || self.devices.get(device).into_iter().flat_map(|d| d.values()).filter(|p| p.parent.is_none());
        let only = |matches: &dyn Fn(&Port) -> bool| {
            let mut found = physical().filter(|p| matches(p));
            let first = found.next()?;
            found.next().is_none().then_some(first)
        };
        let by_index = |p: &Port| index != 0 && p.index == index;
        let by_mac = |p: &Port| !by_mac.is_empty() && p.mac == by_mac && p.is_port();
        let by_description = |p: &Port| !name.is_empty() && name != "-" && p.description == name;
        only(&by_index).or_else(|| only(&by_mac)).or_else(|| only(&by_description))
    }

    /// The LAG of a port, by its name in the model; otherwise the port itself.
    pub(super) fn logical(&self, device: &str, port: &Port) -> String {
        match self.find(device, &port.master) {
            Some(lag) if port.is_member() => lag.name.clone(),
            _ => port.name.clone(),
        }
    }

    /// The VRF of an interface.
    pub(super) fn vrf(&self, device: &str, port: &Port) -> String {
        if port.kind == "vrf" {
            return port.name.clone();
        }
        let master = port.master.as_str();
        let is_vrf = match self.devices.get(device).and_then(|d| d.get(master)) {
            Some(master) => master.kind == "vrf",
            // Some systems do not list their VRFs among the interfaces; a bridge without a row is called so.
            None => !master.is_empty() && master != "bridge",
        };
        if is_vrf && !port.is_member() { master.to_owned() } else { "default".to_owned() }
    }

    /// All interfaces of a device with the names that it gives them.
    pub(super) fn of(&self, device: &str) -> impl Iterator<Item = (&str, &Port)> {
        self.devices.get(device).into_iter().flatten().map(|(name, port)| (name.as_str(), port))
    }
}

impl Port {
    /// Whether frames enter and leave the device here: a port or a LAG.
    pub(super) fn is_port(&self) -> bool {
        matches!(self.kind.as_str(), "ethernet" | "bond" | "bond_slave" | "")
    }

    /// Whether it is a member of a LAG.
    pub(super) fn is_member(&self) -> bool {
        self.member
    }

    /// Whether VXLAN tunnels end here.
    pub(super) fn is_tunnel(&self) -> bool {
        matches!(self.kind.as_str(), "vxlan" | "vtep")
    }
}

/// The VLAN behind a name in the model.
pub(super) fn vid_of(name: &str) -> Option<u64> {
    name.strip_prefix("vlan").and_then(|vid| vid.parse().ok())
}

/// The interface that a dotted name divides, if there is one and it is a port: the units of `irb` and the VLANs of a
/// Linux bridge are VLAN interfaces, not parts of a port.
fn parent(name: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let (base, unit) = name.rsplit_once('.')?;
    let kind = known.get(base)?;
    let divides = !matches!(kind.as_str(), "bridge" | "irb") && base != "irb" && base != "vlan";
    (divides && unit.bytes().all(|b| b.is_ascii_digit())).then(|| base.to_owned())
}

fn model_name(name: &str, port: &Port, known: &BTreeMap<String, String>) -> String {
    if let Some((base, _)) = name.rsplit_once("-v").filter(|_| port.kind == "macvlan")
        && known.contains_key(base)
    {
        return vlan_interface(base, 0).unwrap_or_else(|| base.to_owned());
    }
    if port.parent.is_some() {
        return name.to_owned();
    }
    vlan_interface(name, port.vlan).unwrap_or_else(|| name.to_owned())
}

/// `vlan<vid>`, if the name is that of a VLAN interface. A stated VLAN counts more than a unit's number.
fn vlan_interface(name: &str, vlan: u64) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let unit = ["irb.", "bridge.", "vlan.", "vlan"].iter().find_map(|p| lower.strip_prefix(p))?.parse::<u64>().ok()?;
    Some(format!("vlan{}", if vlan > 0 { vlan } else { unit }))
}

/// Other spellings of a port's name that tables of the same system use.
fn spellings(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let digit = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (word, number) = name.split_at(digit);
    let full: &[&str] = match word.to_ascii_lowercase().as_str() {
        "po" | "port-channel" | "portchannel" => &["port-channel", "Port-Channel", "Port-channel", "PortChannel"],
        "eth" | "et" | "ethernet" => &["Ethernet"],
        "gi" | "gigabitethernet" => &["GigabitEthernet"],
        "te" | "tengigabitethernet" => &["TenGigabitEthernet"],
        "vl" | "vlan" => &["Vlan", "vlan"],
        "vx" | "vxlan" => &["Vxlan"],
        "lo" | "loopback" => &["Loopback", "loopback"],
        "ma" | "management" => &["Management"],
        _ => &[],
    };
    found.extend(full.iter().map(|word| format!("{word}{number}")));
    match name.rsplit_once('.') {
        // The unit may be stated in one table and not in the other.
        Some((base, "0")) => found.push(base.to_owned()),
        _ => found.push(format!("{name}.0")),
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[(&str, &str)]) -> BTreeMap<String, String> {
        names.iter().map(|(n, k)| ((*n).to_owned(), (*k).to_owned())).collect()
    }

    fn name(name: &str, kind: &str, vlan: u64, others: &[(&str, &str)]) -> String {
        let known = known(others);
        let port = Port { kind: kind.into(), vlan, parent: parent(name, &known), ..Port::default() };
        model_name(name, &port, &known)
    }

    #[test]
    fn vlan_interfaces_of_every_system_have_one_name() {
        assert_eq!(name("Vlan10", "vlan", 10, &[]), "vlan10");
        assert_eq!(name("vlan13", "vlan", 0, &[]), "vlan13");
        assert_eq!(name("irb.20", "vlan", 0, &[("irb", "internal")]), "vlan20");
        assert_eq!(name("bridge.30", "vlan", 30, &[("bridge", "bridge")]), "vlan30");
        assert_eq!(name("vlan13-v0", "macvlan", 0, &[("vlan13", "vlan")]), "vlan13");
    }

    #[test]
    fn a_divided_port_is_no_vlan_interface() {
        assert_eq!(name("eth1.2", "vlan", 2, &[("eth1", "ethernet")]), "eth1.2");
        assert_eq!(parent("eth1.2", &known(&[("eth1", "ethernet")])).as_deref(), Some("eth1"));
        assert_eq!(parent("irb.20", &known(&[("irb", "internal")])), None);
        assert_eq!(parent("Ethernet1/3", &known(&[("Ethernet1/3", "ethernet")])), None);
    }

    #[test]
    fn loopbacks_and_bonds_keep_their_names() {
        assert_eq!(name("loopback0", "loopback", 0, &[]), "loopback0");
        assert_eq!(name("vlan_trunk", "bond", 0, &[]), "vlan_trunk");
    }
}
