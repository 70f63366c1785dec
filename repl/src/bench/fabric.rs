//! A data centre of the benchmark's size and shape: three tiers, with racks, organisations and traffic.
//!
//! Blocks of racks hang below a pair of distribution switches each, the blocks below the core. A rack has a pair of
//! access switches that act as one (MLAG); each host is bonded to both. Every organisation has a VLAN in each block, whose
//! gateways are the block's distribution switches. Machines are hosts and VMs, each with a process; clients talk to
//! routers of the service bus, and these to application servers. The same arguments give the same facts anywhere.
//!
//! ```
//! let fabric = repl::bench::Fabric::small();
//! let cables = fabric.facts().iter().filter(|(relation, _)| *relation == "cable").count();
//! assert_eq!(cables, fabric.cables().len());
//! ```

use super::twister::Twister;

/// A fact: its relation, and its fields as text.
pub type Fact = (&'static str, Vec<String>);

/// How large the data centre is.
#[derive(Clone, Copy, Debug)]
pub struct Fabric {
    /// Pairs of distribution switches, each with its racks.
    pub blocks: usize,
    /// Racks of a block, each with a pair of access switches.
    pub racks: usize,
    /// Core switches.
    pub cores: usize,
    /// Hosts of a rack.
    pub hosts: usize,
    /// Hosts and VMs together.
    pub machines: usize,
    /// Organisations; each has a VLAN in every block.
    pub organisations: usize,
    /// Pairs of processes that talk, directed.
    pub pairs: usize,
    /// What random choices start from.
    pub seed: u64,
}

/// How many organisations share a rack.
const TENANTS: usize = 4;

impl Fabric {
    /// 7,118 machines below 200 access switches, 20,000 pairs.
    pub const fn full() -> Fabric {
        Fabric { blocks: 4, racks: 25, cores: 2, hosts: 36, machines: 7118, organisations: 12, pairs: 20_000, seed: 1 }
    }

    /// A few dozen machines, of the same shape.
    pub const fn small() -> Fabric {
        Fabric { blocks: 2, racks: 3, cores: 2, hosts: 4, machines: 40, organisations: 6, pairs: 60, seed: 1 }
    }

    /// All facts.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        self.switches(&mut facts);
        self.vlans(&mut facts);
        self.machines_and_traffic(&mut facts);
        facts
    }

    /// The cables, as the facts have them.
    pub fn cables(&self) -> Vec<[String; 4]> {
        let mut cables = Vec::new();
        for block in 0..self.blocks {
            for side in 0..2 {
                for core in (1..=self.cores).map(|core| format!("c{core}")) {
                    let port = format!("p{}", 2 * block + side + 1);
                    cables.push([distribution(block, side), core.clone(), core, port]);
                }
            }
            cables.push([distribution(block, 0), "peer1".into(), distribution(block, 1), "peer1".into()]);
            for rack in 0..self.racks {
                for side in 0..2 {
                    for up in 0..2 {
                        let port = format!("p{}", 2 * rack + side + 1);
                        cables.push([access(block, rack, side), format!("u{}", up + 1), distribution(block, up), port]);
                    }
                }
                cables.push([access(block, rack, 0), "peer1".into(), access(block, rack, 1), "peer1".into()]);
                for host in 0..self.hosts {
                    for side in 0..2 {
                        let name = self.host(block, rack, host);
                        cables.push([name, format!("e{side}"), access(block, rack, side), format!("p{}", host + 1)]);
                    }
                }
            }
        }
        cables
    }

    /// The VLAN of an organisation in a block.
    pub fn vlan(&self, block: usize, organisation: usize) -> usize {
        100 + block * self.organisations + organisation
    }

    /// The organisation of a rack's tenant.
    pub fn tenant(&self, rack: usize, tenant: usize) -> usize {
        (rack * TENANTS + tenant) % self.organisations
    }

    /// A host's name.
    pub fn host(&self, block: usize, rack: usize, host: usize) -> String {
        format!("h{:05}", (block * self.racks + rack) * self.hosts + host + 1)
    }

    /// Every host, by its place: block, rack, number within the rack.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let racks = (0..self.blocks).flat_map(|b| (0..self.racks).map(move |r| (b, r)));
        racks.flat_map(|(b, r)| (0..self.hosts).map(move |h| (b, r, h)))
    }

    /// How many VMs there are; each has a number.
    pub fn vms(&self) -> usize {
        self.machines.saturating_sub(self.places().count())
    }

    /// The place of the host that a VM is on.
    pub fn vm_place(&self, vm: usize) -> (usize, usize, usize) {
        let hosts = self.blocks * self.racks * self.hosts;
        // A step that meets every host before it comes back to the first.
        let place = vm * 7 % hosts;
        (place / self.hosts / self.racks, place / self.hosts % self.racks, place % self.hosts)
    }

    /// The ports of a rack's switches that lead to a host.
    pub fn ports(&self, (block, rack, host): (usize, usize, usize)) -> [(String, String); 2] {
        [0, 1].map(|side| (access(block, rack, side), format!("lag{}", host + 1)))
    }

    /// The untagged VLAN of a host's ports, and the one of the rack's next tenant.
    pub fn next_vlan(&self, (block, rack, host): (usize, usize, usize)) -> (String, String) {
        let vlan = |tenant: usize| self.vlan(block, self.tenant(rack, tenant % TENANTS)).to_string();
        (vlan(host), vlan(host + 1))
    }

    fn switches(&self, facts: &mut Vec<Fact>) {
        for core in 1..=self.cores {
            state(facts, "device", &[&format!("c{core}"), "core", ""]);
        }
        for block in 0..self.blocks {
            for side in 0..2 {
                state(facts, "device", &[&distribution(block, side), "distribution", ""]);
            }
            state(facts, "mlag", &[&distribution(block, 0), &distribution(block, 1), "1"]);
            for rack in 0..self.racks {
                let place = format!("rack{block}-{rack}");
                for side in 0..2 {
                    state(facts, "device", &[&access(block, rack, side), "access", &place]);
                }
                state(facts, "mlag", &[&access(block, rack, 0), &access(block, rack, 1), "1"]);
                for side in 0..2 {
                    let (switch, port) = (access(block, rack, side), format!("p{}", 2 * rack + side + 1));
                    for up in 0..2 {
                        state(facts, "lag_member", &[&switch, "uplink", &format!("u{}", up + 1)]);
                        state(facts, "lag_member", &[&distribution(block, up), &format!("lag-{port}"), &port]);
                    }
                    for host in 1..=self.hosts {
                        state(facts, "lag_member", &[&switch, &format!("lag{host}"), &format!("p{host}")]);
                    }
                }
                for host in 0..self.hosts {
                    let name = self.host(block, rack, host);
                    state(facts, "device", &[&name, "host", &place]);
                    for side in ["e0", "e1"] {
                        state(facts, "lag_member", &[&name, "bond0", side]);
                    }
                }
            }
        }
        facts.extend(self.cables().into_iter().map(|cable| ("cable", cable.to_vec())));
    }

    /// Every trunk of a block carries all of the block's VLANs.
    fn vlans(&self, facts: &mut Vec<Fact>) {
        for block in 0..self.blocks {
            for vid in (0..self.organisations).map(|o| self.vlan(block, o)) {
                let tagged = |facts: &mut Vec<Fact>, device: &str, port: &str| {
                    state(facts, "interface_vlan", &[device, port, &vid.to_string(), "tagged"]);
                };
                for side in 0..2 {
                    let gateway = distribution(block, side);
                    let ip = address(vid, side + 1);
                    state(facts, "address", &[&gateway, &format!("vlan{vid}"), "default", &ip, "22"]);
                    tagged(facts, &gateway, "peer1");
                    for port in 1..=2 * self.racks {
                        tagged(facts, &gateway, &format!("lag-p{port}"));
                    }
                    for rack in 0..self.racks {
                        tagged(facts, &access(block, rack, side), "peer1");
                        tagged(facts, &access(block, rack, side), "uplink");
                    }
                }
            }
            for rack in 0..self.racks {
                for (host, tenant) in (0..self.hosts).flat_map(|h| (0..TENANTS).map(move |t| (h, t))) {
                    let vid = self.vlan(block, self.tenant(rack, tenant)).to_string();
                    let mode = if tenant == host % TENANTS { "untagged" } else { "tagged" };
                    for side in 0..2 {
                        let port = format!("lag{}", host + 1);
                        state(facts, "interface_vlan", &[&access(block, rack, side), &port, &vid, mode]);
                    }
                }
            }
        }
    }

    fn machines_and_traffic(&self, facts: &mut Vec<Fact>) {
        let mut used = std::collections::BTreeMap::new();
        let mut next = |vid: usize| {
            let number = used.entry(vid).or_insert(9);
            *number += 1;
            address(vid, *number)
        };
        let mut machines = Vec::new();
        for (block, rack, host) in self.places() {
            let vid = self.vlan(block, self.tenant(rack, host % TENANTS));
            let name = self.host(block, rack, host);
            state(facts, "address", &[&name, "bond0", "default", &next(vid), "22"]);
            machines.push(name);
        }
        for vm in 0..self.vms() {
            let (block, rack, host) = self.vm_place(vm);
            let vid = self.vlan(block, self.tenant(rack, vm % TENANTS));
            let name = format!("v{:05}", vm + 1);
            state(facts, "vm", &[&name, &self.host(block, rack, host)]);
            state(facts, "interface_vlan", &[&name, "eth0", &vid.to_string(), "untagged"]);
            state(facts, "address", &[&name, "eth0", "default", &next(vid), "22"]);
            machines.push(name);
        }
        let draw = &mut Twister::new(self.seed);
        shuffle(&mut machines, draw);
        for (number, machine) in machines.iter().enumerate() {
            state(facts, "process", &[&format!("p{number:05}"), machine, "other"]);
        }
        for (at, (from, to)) in self.talks(draw).into_iter().enumerate() {
            let (from, to) = (format!("p{from:05}"), format!("p{to:05}"));
            state(facts, "message", &["", "", "", &at.to_string(), "request", &from, &to, "", "1"]);
            state(facts, "message", &["", "", "", &at.to_string(), "reply", &to, &from, "", "1"]);
        }
    }

    /// Which processes talk, in one direction: clients to routers, routers to servers. Processes stand in random order,
    /// so the first can be the routers, the next the servers.
    fn talks(&self, draw: &mut Twister) -> std::collections::BTreeSet<(i64, i64)> {
        let machines = self.machines as i64;
        let routers = (machines / 60).max(1);
        let servers = (machines / 15).max(1);
        let mut talks = std::collections::BTreeSet::new();
        for client in routers + servers..machines {
            talks.insert((client, draw.below(routers)));
        }
        let most = (self.pairs / 2).min((routers * servers) as usize + talks.len());
        while talks.len() < most {
            talks.insert((draw.below(routers), routers + draw.below(servers)));
        }
        talks.into_iter().take(self.pairs / 2).collect()
    }
}

fn distribution(block: usize, side: usize) -> String {
    format!("d{}{}", block + 1, ["a", "b"][side % 2])
}

fn access(block: usize, rack: usize, side: usize) -> String {
    format!("a{}-{:02}{}", block + 1, rack + 1, ["a", "b"][side % 2])
}

/// An address in the VLAN's subnet of 1,022.
fn address(vid: usize, number: usize) -> String {
    format!("10.{}.{}.{}", vid / 64, vid % 64 * 4 + number / 256, number % 256)
}

fn state(facts: &mut Vec<Fact>, relation: &'static str, fields: &[&str]) {
    facts.push((relation, fields.iter().map(|field| field.to_string()).collect()));
}

fn shuffle(all: &mut [String], draw: &mut Twister) {
    for last in (1..all.len()).rev() {
        all.swap(last, draw.below(last as i64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn count(facts: &[Fact], relation: &str) -> usize {
        facts.iter().filter(|(name, _)| *name == relation).count()
    }

    #[test]
    fn the_full_data_centre_has_the_size_that_it_says() {
        let facts = Fabric::full().facts();
        assert_eq!(count(&facts, "device"), 2 + 8 + 200 + 3600);
        assert_eq!(count(&facts, "vm"), 7118 - 3600);
        assert_eq!(count(&facts, "process"), 7118);
        assert_eq!(count(&facts, "message"), 20_000);
        assert_eq!(count(&facts, "cable"), 16 + 4 + 100 * (4 + 1) + 7200);
    }

    #[test]
    fn no_fact_is_stated_twice_and_no_port_holds_two_cables() {
        for fabric in [Fabric::small(), Fabric::full()] {
            let facts = fabric.facts();
            assert_eq!(facts.iter().collect::<BTreeSet<_>>().len(), facts.len());
            let ends = fabric.cables().into_iter().flat_map(|[a, ai, b, bi]| [(a, ai), (b, bi)]);
            let ends: Vec<_> = ends.collect();
            assert_eq!(ends.iter().collect::<BTreeSet<_>>().len(), ends.len());
        }
    }
}
