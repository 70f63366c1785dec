//! VLANs, forwarding tables, MLAG pairs and tunnel end points.

use super::cables::Cables;
use super::table::Row;
use super::{Import, address};
use std::collections::{BTreeMap, BTreeSet};

impl Import<'_> {
    /// States `vlan`, `interface_vlan`, `mac_entry`, `mlag` and `vtep`.
    pub(super) fn layer2(&mut self, cables: &Cables) {
        self.vlans();
        self.mac_entries();
        self.mlag_pairs(cables);
        self.tunnel_end_points();
    }

    /// The VLAN table tells which ports carry a VLAN, the interface table which VLAN is untagged; some systems state
    /// only one of the two. A port in one VLAN alone is an access port. A trunk whose untagged VLAN nobody states uses
    /// VLAN 1, if it carries that, as IEEE 802.1Q has it.
    fn vlans(&mut self) {
        let mut carried: BTreeMap<(String, String), BTreeMap<u64, Row>> = BTreeMap::new();
        let mut untagged: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in self.tables.vlan.rows() {
            let device = self.scope.device(row);
            let Some(vid) = row.number("vlan").filter(|v| (1..=4094).contains(v)) else {
                self.reject(row, "no VLAN", row.text("vlan"));
                continue;
            };
            self.state("vlan", [&vid.to_string(), row.text("vlanName")], row);
            for name in row.list("interfaces").into_iter().filter(|n| !n.is_empty()) {
                match self.ports.bridge_port(&device, &name) {
                    // A VLAN over a tunnel is a `vtep`, one on a VLAN interface an `address`.
                    Some(port) if port.is_tunnel() || super::ports::vid_of(&port.name).is_some() => {}
                    Some(port) => {
                        let port = self.ports.logical(&device, port);
                        carried.entry((device.clone(), port)).or_default().insert(vid, row);
                    }
                    None => {
                        self.reject(row, "VLAN on a port that the device does not have", format!("{device} {name}"))
                    }
                }
            }
        }
        for row in self.tables.interfaces.rows() {
            let device = self.scope.device(row);
            let Some(port) = self.ports.find(&device, row.text("ifname")) else { continue };
            if port.is_port() && port.parent.is_none() && (1..=4094).contains(&port.vlan) {
                let name = self.ports.logical(&device, port);
                let stated = port.vlan;
                // What the LAG states itself counts more than what its members do.
                if !port.is_member() || !untagged.contains_key(&(device.clone(), name.clone())) {
                    untagged.insert((device.clone(), name.clone()), stated);
                }
                carried.entry((device, name)).or_default().entry(stated).or_insert(row);
            }
        }
        for ((device, port), vids) in carried {
            let stated = untagged.get(&(device.clone(), port.clone())).copied();
            let native = stated.or((vids.len() == 1).then(|| vids.keys().next().copied()).flatten()).unwrap_or(1);
            for (vid, row) in vids {
                let mode = if vid == native { "untagged" } else { "tagged" };
                self.state("interface_vlan", [&device, &port, &vid.to_string(), mode], row);
            }
        }
    }

    fn mac_entries(&mut self) {
        let mut tunnels = BTreeSet::new();
        for row in self.tables.macs.rows() {
            let (device, oif) = (self.scope.device(row), row.text("oif"));
            let Some(mac) = address::mac(row.text("macaddr")) else {
                self.reject(row, "no MAC", row.text("macaddr"));
                continue;
            };
            let Some(vid) = row.number("vlan").filter(|v| *v > 0) else {
                self.reject(row, "no VLAN", mac);
                continue;
            };
            if oif.is_empty() {
                self.reject(row, "no interface", mac);
                continue;
            }
            let port = self.ports.bridge_port(&device, oif);
            let is_known_tunnel = port.is_some_and(super::ports::Port::is_tunnel);
            let name = port.map_or_else(|| oif.to_owned(), |p| self.ports.logical(&device, p));
            if !row.text("remoteVtepIp").is_empty()
                && !is_known_tunnel
                && tunnels.insert((device.clone(), name.clone()))
            {
                self.state("tunnel", [&device, &name], row);
            }
            self.state("mac_entry", [&device, &vid.to_string(), &mac, &name], row);
        }
    }

    /// The two of a pair share an identity on the wire (the system MAC), or at least the number of their domain. A number
    /// that several pairs use is told apart by the cables of the peer link.
    fn mlag_pairs(&mut self, cables: &Cables) {
        let mut domains: BTreeMap<String, Vec<(String, Row)>> = BTreeMap::new();
        for row in self.tables.mlag.rows() {
            let state = row.text("state");
            let system = address::mac(row.text("systemId")).unwrap_or_default();
            let domain = row.text("domainId").trim_end_matches(".0");
            let key = if system.is_empty() { domain.to_owned() } else { system };
            if matches!(state, "disabled" | "inactive" | "down") || key.is_empty() || key == "0" {
                self.reject(row, "MLAG that is not in use", format!("{} {state}", row.text("hostname")));
                continue;
            }
            domains.entry(key).or_default().push((self.scope.device(row), row));
        }
        for (key, members) in domains {
            for (device, row) in &members {
                let others = members.iter().map(|(other, _)| other).filter(|other| *other != device);
                let peers: Vec<&String> = others.filter(|o| members.len() == 2 || cables.join(device, o)).collect();
                let domain = match row.text("domainId").trim_end_matches(".0") {
                    "" | "0" => key.as_str(),
                    domain => domain,
                };
                if peers.is_empty() {
                    self.reject(*row, "MLAG peer is not among the devices", device);
                }
                for peer in peers {
                    self.state("mlag", [device, peer, domain], *row);
                }
            }
        }
    }

    /// A VNI's end point is the address that the pair shares, where there is one: that is what others send to.
    fn tunnel_end_points(&mut self) {
        let mut stated = BTreeSet::new();
        for row in self.tables.vni.rows() {
            let device = self.scope.device(row);
            let Some(vni) = row.number("vni").filter(|v| *v > 0) else {
                self.reject(row, "no VNI", row.text("ifname"));
                continue;
            };
            let ip = [row.text("secVtepIp"), row.text("priVtepIp")].into_iter().find_map(usable_ip);
            let Some(ip) = ip else {
                self.reject(row, "no address of the tunnel end point", format!("{device} VNI {vni}"));
                continue;
            };
            if row.text("state") == "down" {
                self.reject(row, "VNI that is down", format!("{device} VNI {vni}"));
                continue;
            }
            let interface = self.ports.find(&device, row.text("ifname"));
            let vid = row.number("vlan").filter(|v| *v > 0).or(interface.map(|p| p.vlan)).unwrap_or(0);
            stated.insert((device.clone(), vni));
            self.state("vtep", [&device, &vni.to_string(), &vid.to_string(), &ip], row);
        }
        for row in self.tables.interfaces.rows() {
            let device = self.scope.device(row);
            let tunnel = self.ports.find(&device, row.text("ifname")).is_some_and(super::ports::Port::is_tunnel);
            let (vni, ip) = (row.number("vni").filter(|v| *v > 0), usable_ip(row.text("srcVtepIp")));
            if let (true, Some(vni), Some(ip)) = (tunnel, vni, ip)
                && stated.insert((device.clone(), vni))
            {
                let vid = row.number("vlan").unwrap_or(0).to_string();
                self.state("vtep", [&device, &vni.to_string(), &vid, &ip], row);
            }
        }
    }
}

fn usable_ip(text: &str) -> Option<String> {
    address::ip(text).filter(|ip| ip != "0.0.0.0" && ip != "::")
}
