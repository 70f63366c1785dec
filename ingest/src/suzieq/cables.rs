//! Cables from what ports hear (LLDP).
//!
//! Each end of a cable tells about the other, in its own words; both tellings are brought to one cable between physical
//! ports. A telling that names no port of the peer (`-`, an index, a MAC, a description) is completed from the peer's
//! interfaces, or from what the peer itself hears. A port that joins several others hears a shared segment through some
//! switch that does not speak LLDP (most management networks are such): that is no cable, and is counted.

use super::Import;
use super::table::Row;
use std::collections::{BTreeMap, BTreeSet};

/// A port of a device.
pub(super) type End = (String, String);

/// All cables, the lesser end first.
#[derive(Debug, Default)]
pub(super) struct Cables {
    pub(super) pairs: BTreeSet<(End, End)>,
}

/// What one row of the LLDP table tells.
struct Telling<'a> {
    row: Row<'a>,
    here: End,
    peer: String,
    /// The peer's port, if it can be told which.
    port: Option<String>,
}

impl Cables {
    /// The devices that a device is cabled to.
    pub(super) fn neighbours(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((a, _), (b, _)) in self.pairs.iter().filter(|((a, _), (b, _))| a != b) {
            found.entry(a).or_default().insert(b);
            found.entry(b).or_default().insert(a);
        }
        found
    }

    /// Whether two devices are cabled to each other.
    pub(super) fn join(&self, a: &str, b: &str) -> bool {
        self.pairs.iter().any(|((x, _), (y, _))| (x == a && y == b) || (x == b && y == a))
    }
}

impl<'a> Import<'a> {
    /// States `lldp_neighbor` and `cable`.
    pub(super) fn cables(&mut self) -> Cables {
        let mut tellings = self.tellings();
        complete_from_the_other_end(&mut tellings);
        let mut links: BTreeMap<(End, End), Vec<Row>> = BTreeMap::new();
        for telling in &tellings {
            let port = telling.port.clone().unwrap_or_default();
            self.state("lldp_neighbor", [&telling.here.0, &telling.here.1, &telling.peer, &port], telling.row);
            if port.is_empty() {
                self.reject(telling.row, "peer does not say which port it is", &telling.peer);
                continue;
            }
            let there = (telling.peer.clone(), port);
            let here = telling.here.clone();
            links.entry(if here <= there { (here, there) } else { (there, here) }).or_default().push(telling.row);
        }
        let shared = ports_of_several_links(links.keys());
        let mut cables = Cables::default();
        for ((a, b), rows) in links {
            if shared.contains(&a) || shared.contains(&b) {
                for row in rows {
                    let detail = format!("{} {} and {} {}", a.0, a.1, b.0, b.1);
                    self.reject(row, "port that joins several others: a shared segment, not a cable", detail);
                }
                continue;
            }
            for row in rows {
                self.state("cable", [&a.0, &a.1, &b.0, &b.1], row);
            }
            cables.pairs.insert((a, b));
        }
        cables
    }

    fn tellings(&mut self) -> Vec<Telling<'a>> {
        let mut tellings = Vec::new();
        for row in self.tables.lldp.rows() {
            let (device, peer) = (self.scope.device(row), row.text("peerHostname"));
            if peer.is_empty() || row.text("ifname").is_empty() {
                self.reject(row, "neighbour without a name", row.text("ifname"));
                continue;
            }
            let peer = self.scope.neighbour(row, peer);
            self.heard.insert(peer.clone());
            let port = self.ports.physical(&device, row.text("ifname"));
            let here = port.map_or_else(|| row.text("ifname").to_owned(), |p| p.name.clone());
            let port = self.peer_port(&peer, row);
            tellings.push(Telling { row, here: (device, here), peer, port });
        }
        tellings
    }

    /// Which port of the peer a row means, by the peer's own interfaces where they are known.
    fn peer_port(&self, peer: &str, row: Row) -> Option<String> {
        let name = row.text("peerIfname");
        if !self.ports.knows(peer) {
            return (!name.is_empty() && name != "-").then(|| name.to_owned());
        }
        let index = row.number("peerIfindex").unwrap_or(0);
        let mac = super::address::mac(row.text("peerMacaddr")).unwrap_or_default();
        let port = self.ports.physical(peer, name);
        let port = port.or_else(|| self.ports.identify(peer, name, index, &mac));
        // An index or a MAC may belong to a logical unit; the cable is in its port.
        port.map(|p| p.name.clone())
    }
}

/// A port that hears us, and that nobody else has named, is the one we hear.
fn complete_from_the_other_end(tellings: &mut [Telling]) {
    let mut hears: BTreeMap<(End, String), BTreeSet<String>> = BTreeMap::new();
    for telling in tellings.iter() {
        if let Some(port) = &telling.port {
            let heard = (telling.peer.clone(), port.clone());
            hears.entry((heard, telling.here.0.clone())).or_default().insert(telling.here.1.clone());
        }
    }
    for telling in tellings.iter_mut().filter(|t| t.port.is_none()) {
        let ports = hears.get(&(telling.here.clone(), telling.peer.clone()));
        telling.port = ports.filter(|p| p.len() == 1).and_then(|p| p.first().cloned());
    }
}

fn ports_of_several_links<'l>(links: impl Iterator<Item = &'l (End, End)>) -> BTreeSet<End> {
    let mut uses: BTreeMap<&End, usize> = BTreeMap::new();
    for (a, b) in links {
        *uses.entry(a).or_default() += 1;
        *uses.entry(b).or_default() += 1;
    }
    uses.into_iter().filter(|(_, n)| *n > 1).map(|(end, _)| end.clone()).collect()
}
