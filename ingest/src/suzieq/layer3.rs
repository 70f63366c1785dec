//! Neighbour caches and routing tables.

use super::table::Row;
use super::{Import, address};
use std::collections::BTreeSet;

impl Import<'_> {
    /// States `arp_entry` and `route`.
    pub(super) fn layer3(&mut self) {
        self.arp_entries();
        self.routes();
    }

    fn arp_entries(&mut self) {
        for row in self.tables.arpnd.rows() {
            let device = self.scope.device(row);
            let Some(ip) = address::ip(row.text("ipAddress")) else {
                self.reject(row, "no address", row.text("ipAddress"));
                continue;
            };
            let Some(mac) = address::mac(row.text("macaddr")) else {
                self.reject(row, "address that nobody answers for", ip);
                continue;
            };
            if matches!(row.text("state"), "failed" | "incomplete") {
                self.reject(row, "address that nobody answers for", ip);
                continue;
            }
            let interface = self.ports.name(&device, row.text("oif"));
            self.state("arp_entry", [&device, &ip, &mac, &interface], row);
        }
    }

    fn routes(&mut self) {
        for row in self.tables.routes.rows() {
            let device = self.scope.device(row);
            let Some(prefix) = address::prefix(row.text("prefix")) else {
                self.reject(row, "no prefix", row.text("prefix"));
                continue;
            };
            let vrf = match row.text("vrf") {
                "" => "default",
                vrf => vrf,
            };
            // Python writes large metrics as floats.
            let metric = row.number("metric").unwrap_or(0).to_string();
            for (next_hop, interface) in self.next_hops(row, &device) {
                let fields = [&device, vrf, &prefix, &next_hop, &interface, row.text("protocol"), &metric];
                self.state("route", fields, row);
            }
        }
    }

    /// Next hop and interface of each of the equal-cost ways; either may be unknown. A route without any (to `Null0`, or
    /// blackholed) still hides the shorter prefixes, so it is stated with its bare interface.
    fn next_hops(&mut self, row: Row, device: &str) -> BTreeSet<(String, String)> {
        let (ips, interfaces) = (row.list("nexthopIps"), row.list("oifs"));
        let mut hops = BTreeSet::new();
        for i in 0..ips.len().max(interfaces.len()).max(1) {
            let ip = ips.get(i).map_or("", String::as_str);
            let interface = match interfaces.get(i).map_or("", String::as_str) {
                // NX-OS: not an interface, but the VRF in which the next hop is found.
                vrf if vrf.starts_with("_nexthopVrf:") => "",
                "" | "-" => "",
                interface => interface,
            };
            let next_hop = match address::ip(ip) {
                Some(ip) => ip,
                None if ip.is_empty() || ip == "-" => String::new(),
                None => {
                    self.reject(row, "next hop that is no address", ip);
                    continue;
                }
            };
            hops.insert((next_hop, self.ports.name(device, interface)));
        }
        hops
    }
}
