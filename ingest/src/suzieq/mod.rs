//! SuzieQ's tables: what a network poller saw, as facts of the model.
//!
//! SuzieQ (<https://github.com/netenglabs/suzieq>) logs into switches, routers and Linux hosts of many makers and keeps what
//! it sees in one normalised table a subject. This importer reads them as CSV: a directory with `device.csv`,
//! `interfaces.csv`, `lldp.csv`, … or with a folder `tables` that holds them. Any may be missing, and so may columns: what
//! a version of SuzieQ does not state is unknown, never guessed.
//!
//! | table | relations |
//! |---|---|
//! | device, and all others | `device` (the role: `roles`) |
//! | interfaces | `interface`, `subinterface`, `interface_vrf`, `lag_member`, `address`, `tunnel`, `vtep` |
//! | lldp | `lldp_neighbor`, and `cable` once both ends agree (`cables`) |
//! | vlan, interfaces | `vlan`, `interface_vlan` |
//! | macs | `mac_entry` |
//! | mlag | `mlag` |
//! | evpnVni | `vtep` |
//! | arpnd | `arp_entry` |
//! | routes | `route`, one tuple a next hop |
//!
//! Everything is mapped by what it means (the type of an interface, the table that it stands in), nothing by how somebody
//! named their devices. Where servers are attached is left to the rules: LLDP seldom reaches them, MAC tables do.

mod address;
mod cables;
mod layer2;
mod layer3;
mod ports;
mod roles;
mod table;

use crate::{Error, Facts, Importer, Rejected};
use ports::Ports;
use runtime::Origin;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use table::{Row, Table};

/// The importer `suzieq`.
#[derive(Clone, Copy, Debug)]
pub struct Suzieq;

impl Importer for Suzieq {
    fn name(&self) -> &'static str {
        "suzieq"
    }

    fn help(&self) -> &'static str {
        "tables of the network poller SuzieQ as CSV (a directory with device.csv, interfaces.csv, …)"
    }

    fn import(&self, paths: &[PathBuf], facts: &mut Facts, rejected: &mut Rejected) -> Result<(), Error> {
        paths.iter().try_for_each(|path| import(path, facts, rejected))
    }
}

fn import(path: &Path, facts: &mut Facts, rejected: &mut Rejected) -> Result<(), Error> {
    std::fs::read_dir(path).map_err(|cause| Error::io(path, cause))?;
    let nested = path.join("tables");
    let directory = if nested.is_dir() { nested } else { path.to_owned() };
    let tables = Tables::read(&directory, rejected)?;
    let scope = Scope::of(&tables);
    let ports = Ports::new(&tables.interfaces, &tables.mlag, |row| scope.device(row));
    let mut import = Import { tables: &tables, scope, ports, directory, facts, rejected, heard: BTreeSet::new() };
    import.interfaces();
    let cables = import.cables();
    import.layer2(&cables);
    import.layer3();
    import.devices(&cables);
    Ok(())
}

/// The tables that are read.
struct Tables {
    device: Table,
    interfaces: Table,
    lldp: Table,
    vlan: Table,
    macs: Table,
    mlag: Table,
    arpnd: Table,
    routes: Table,
    vni: Table,
}

impl Tables {
    fn read(directory: &Path, rejected: &mut Rejected) -> Result<Tables, Error> {
        let mut table = |name| Table::read(directory, name, rejected);
        let tables = Tables {
            device: table("device")?,
            interfaces: table("interfaces")?,
            lldp: table("lldp")?,
            vlan: table("vlan")?,
            macs: table("macs")?,
            mlag: table("mlag")?,
            arpnd: table("arpnd")?,
            routes: table("routes")?,
            vni: table("evpnVni")?,
        };
        if tables.device.is_empty() && tables.interfaces.is_empty() {
            let message = "expected tables of SuzieQ, found neither device.csv nor interfaces.csv with rows";
            return Err(Error::content(directory, message));
        }
        Ok(tables)
    }

    fn all(&self) -> [&Table; 9] {
        let Tables { device, interfaces, lldp, vlan, macs, mlag, arpnd, routes, vni } = self;
        [device, interfaces, lldp, vlan, macs, mlag, arpnd, routes, vni]
    }
}

/// By which names the devices are known. Of several namespaces, which may each have a `leaf01`, the namespace goes before
/// the name.
struct Scope {
    several: bool,
    devices: BTreeSet<String>,
}

impl Scope {
    fn of(tables: &Tables) -> Scope {
        let rows = || tables.all().into_iter().flat_map(Table::rows);
        let namespaces: BTreeSet<&str> = rows().map(|r| r.text("namespace")).collect();
        let mut scope = Scope { several: namespaces.len() > 1, devices: BTreeSet::new() };
        scope.devices = rows().filter(|r| !r.text("hostname").is_empty()).map(|r| scope.device(r)).collect();
        scope
    }

    /// The device that a row is about.
    fn device(&self, row: Row) -> String {
        self.named(row, row.text("hostname"))
    }

    /// A neighbour that a row names, if need be by its host name without the domain. One that was not polled keeps the
    /// name that it was heard by.
    fn neighbour(&self, row: Row, name: &str) -> String {
        let full = self.named(row, name);
        let short = self.named(row, name.split('.').next().unwrap_or(name));
        if !self.devices.contains(&full) && self.devices.contains(&short) { short } else { full }
    }

    fn named(&self, row: Row, name: &str) -> String {
        if self.several { format!("{}/{name}", row.text("namespace")) } else { name.to_owned() }
    }
}

/// The import of one directory.
struct Import<'a> {
    tables: &'a Tables,
    scope: Scope,
    ports: Ports,
    directory: PathBuf,
    facts: &'a mut Facts,
    rejected: &'a mut Rejected,
    /// Neighbours that were heard of and not polled.
    heard: BTreeSet<String>,
}

impl Import<'_> {
    /// States a fact that a row tells.
    fn state<const N: usize>(&mut self, relation: &str, fields: [&str; N], row: Row) {
        let origin = self.origin(row);
        self.facts.push(relation, fields, origin);
    }

    fn origin(&mut self, row: Row) -> Origin {
        let path = self.directory.join(row.source());
        Facts::at(self.facts.source(&crate::file_name::text(&path)), row.record())
    }

    /// Counts a row that cannot be used.
    fn reject(&mut self, row: Row, reason: &str, detail: impl Into<String>) {
        self.rejected.push(row.source(), row.record(), reason, detail);
    }

    fn interfaces(&mut self) {
        for row in self.tables.interfaces.rows() {
            let (device, raw) = (self.scope.device(row), row.text("ifname"));
            let Some(port) = self.ports.find(&device, raw).filter(|_| !raw.is_empty()).cloned() else {
                self.reject(row, "no interface name", device);
                continue;
            };
            // Besides up and down there is notConnected, errDisabled and more of the kind: nothing goes through.
            let enabled = match (row.text("adminState"), row.text("state")) {
                ("down", _) => "down",
                (_, "up") => "up",
                (_, "" | "unknown") => "",
                _ => "down",
            };
            // All ones is what a driver answers that does not know its speed.
            let speed = row.number("speed").filter(|&s| s != u64::from(u32::MAX)).unwrap_or(0).to_string();
            self.state("interface", [&device, &port.name, &port.mac, &speed, enabled], row);
            if let Some(parent) = &port.parent {
                let parent = self.ports.name(&device, parent);
                self.state("subinterface", [&device, &port.name, &parent, &port.vlan.to_string()], row);
            }
            if port.is_member() {
                match self.ports.find(&device, &port.master).map(|lag| lag.name.clone()) {
                    Some(lag) => self.state("lag_member", [&device, &lag, &port.name], row),
                    None => self.reject(row, "member of a LAG that the device does not have", &port.master),
                }
            }
            if port.is_tunnel() {
                self.state("tunnel", [&device, &port.name], row);
            }
            let vrf = self.ports.vrf(&device, &port);
            if vrf != "default" {
                self.state("interface_vrf", [&device, &port.name, &vrf], row);
            }
            self.addresses(row, &device, &port.name, &vrf);
        }
    }

    fn addresses(&mut self, row: Row, device: &str, interface: &str, vrf: &str) {
        for text in row.list("ipAddressList").into_iter().chain(row.list("ip6AddressList")) {
            match address::ip_and_length(&text) {
                Some((ip, _)) if ip.starts_with("127.") || ip == "::1" => {
                    self.reject(row, "address that every device has for itself", text);
                }
                Some((ip, length)) => {
                    self.state("address", [device, interface, vrf, &ip, &length.to_string()], row);
                }
                None if text.is_empty() || text == "-" => {}
                None => self.reject(row, "no address", text),
            }
        }
    }

    /// Devices come last: a role follows from everything else.
    fn devices(&mut self, cables: &cables::Cables) {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for row in self.tables.all().into_iter().flat_map(Table::rows).filter(|r| !r.text("hostname").is_empty()) {
            rows.entry(self.scope.device(row)).or_insert(row);
        }
        let roles = roles::roles(self.tables, &self.scope, &self.ports, cables, rows.keys());
        for (device, row) in rows {
            let role = roles.get(&device).copied().unwrap_or("other");
            self.state("device", [&device, role, ""], row);
        }
        let polled = &self.scope.devices;
        let heard: Vec<&String> = self.heard.iter().filter(|d| !polled.contains(*d)).collect();
        let lldp = self.facts.source(&crate::file_name::text(&self.directory.join("lldp.csv")));
        for device in heard {
            self.facts.push("device", [device, "other", ""], Facts::at(lldp, 0));
        }
    }
}

#[cfg(test)]
mod tests;
