//! Paths as one would find them by hand: a breadth-first search in each VLAN, and a walk along every path, one by one.
//!
//! Shares no evaluation with the rules: devices are numbers, paths are lists of devices.

use super::made_up::{Made, NEW_VLAN, State, VLANS, host_name, switch, vm_name};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// From where to where, and whether through a tunnel.
type Edge = (usize, usize, bool);

/// A machine: its host, where it is attached, and in which VLANs it is configured to be.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) host: usize,
    attached: BTreeSet<(usize, u32)>,
    configured: BTreeSet<u32>,
    /// Whether its address lies in the subnet of this VLAN.
    address: Option<u32>,
}

/// One path: the devices it visits, the routers among them, and its share.
struct Path {
    devices: Vec<usize>,
    routers: Vec<usize>,
    parts: u64,
}

/// What the rules must say about a pair.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) links: BTreeSet<(usize, String, String)>,
    pub(crate) distance: Option<usize>,
    pub(crate) routers: BTreeSet<String>,
    pub(crate) tiers: BTreeSet<String>,
    pub(crate) shares: BTreeMap<(String, String), u64>,
    pub(crate) missing: Option<String>,
}

pub(crate) struct Walker<'a> {
    made: &'a Made,
    /// Pairs of devices joined by a working cable.
    adjacent: BTreeSet<(usize, usize)>,
    edges: BTreeMap<u32, BTreeSet<Edge>>,
    pub(crate) machines: Vec<Machine>,
}

/// The distance of every device to the nearest of `ends`, along edges towards them.
fn distances(edges: impl Fn(usize) -> Vec<usize>, ends: impl IntoIterator<Item = usize>) -> BTreeMap<usize, usize> {
    let mut found: BTreeMap<usize, usize> = ends.into_iter().map(|end| (end, 0)).collect();
    let mut round: Vec<usize> = found.keys().copied().collect();
    let mut hops = 0;
    while !round.is_empty() {
        hops += 1;
        let mut next = Vec::new();
        for from in round.into_iter().flat_map(&edges) {
            if let Entry::Vacant(new) = found.entry(from) {
                new.insert(hops);
                next.push(from);
            }
        }
        round = next;
    }
    found
}

/// Splits parts over so many branches.
fn split(parts: u64, of: usize) -> impl Iterator<Item = u64> {
    let of = of as u64;
    (0..of).map(move |i| parts / of + u64::from(i < parts % of))
}

impl<'a> Walker<'a> {
    pub(crate) fn new(made: &'a Made) -> Self {
        let works = |trunk: &super::made_up::Trunk| {
            trunk.state == State::Works && trunk.ends.iter().all(|device| !made.failed[*device])
        };
        let both = |[a, b]: [usize; 2]| [(a, b), (b, a)];
        let adjacent: BTreeSet<_> = made.trunks.iter().filter(|t| works(t)).flat_map(|t| both(t.ends)).collect();
        let mut walker = Walker { made, adjacent, edges: BTreeMap::new(), machines: Vec::new() };
        for vid in VLANS.into_iter().chain([NEW_VLAN]) {
            let carries = |trunk: &&super::made_up::Trunk| {
                works(trunk)
                    && (vid == NEW_VLAN || trunk.vlans.iter().all(|v| v.contains(&vid)))
                    && !trunk.blocked.contains(&vid)
            };
            let trunks = made.trunks.iter().filter(carries).flat_map(|t| both(t.ends));
            let mut edges: BTreeSet<Edge> = trunks.map(|(a, b)| (a, b, false)).collect();
            if vid == 10 {
                edges.extend(walker.tunnels());
            }
            walker.edges.insert(vid, edges);
        }
        walker.machines = walker.find_machines();
        walker
    }

    fn neighbours(&self, device: usize) -> Vec<usize> {
        self.adjacent.iter().filter(|(a, _)| *a == device).map(|(_, b)| *b).collect()
    }

    fn tunnels(&self) -> Vec<Edge> {
        let ends = self.made.vteps.iter().flat_map(|a| self.made.vteps.iter().map(move |b| (*a, *b)));
        let reaches = |(a, b): &(usize, usize)| {
            a != b && !self.made.failed[*b] && distances(|d| self.neighbours(d), [*b]).contains_key(a)
        };
        ends.filter(reaches).map(|(a, b)| (a, b, true)).collect()
    }

    fn find_machines(&self) -> Vec<Machine> {
        let mut machines = Vec::new();
        for (number, host) in self.made.hosts.iter().enumerate() {
            let up = |(side, at): &(usize, &usize)| {
                let works = *side > 0 || host.cable == State::Works;
                works && !host.failed && !self.down_by_ports(number) && !self.made.failed[**at]
            };
            let ports: Vec<usize> = host.switches.iter().enumerate().filter(up).map(|(_, at)| *at).collect();
            let mut add = |name: String, vlan: u32, address: Option<u32>| {
                let attached = ports.iter().map(|at| (*at, vlan)).collect();
                machines.push(Machine { name, host: number, attached, configured: [vlan].into(), address });
            };
            let vlan = host.moved_to.unwrap_or(host.vlan);
            add(host_name(number), vlan, host.has_address.then_some(host.vlan));
            for (n, vid) in host.vms.iter().enumerate() {
                add(vm_name(number, n), *vid, None);
            }
        }
        machines
    }

    /// All that is known of the host's ports is that they are down.
    fn down_by_ports(&self, host: usize) -> bool {
        let host = &self.made.hosts[host];
        host.cable == State::PortDown && host.switches.len() == 1
    }

    fn host_down(&self, host: usize) -> bool {
        self.made.hosts[host].failed || self.down_by_ports(host)
    }

    fn gateways(&self, vid: u32) -> BTreeSet<usize> {
        let of = |(_, v): &&(usize, u32)| vid == NEW_VLAN || *v == vid;
        self.made.gateways.iter().filter(of).map(|(device, _)| *device).collect()
    }

    /// Distances within a VLAN to the nearest of some devices.
    fn within(&self, vid: u32, ends: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
        let edges = &self.edges[&vid];
        let to = |device: usize| edges.iter().filter(|(_, b, _)| *b == device).map(|(a, _, _)| *a).collect();
        distances(to, ends.iter().copied())
    }

    fn is_subnet(&self, vid: u32) -> bool {
        self.made.gateways.iter().any(|(_, v)| *v == vid)
    }

    /// The sets of VLANs in which packets for each of a machine's targets are delivered.
    fn targets(&self, machine: &Machine) -> Vec<BTreeSet<u32>> {
        let vlans: BTreeSet<u32> = machine.attached.iter().map(|(_, v)| *v).collect();
        if let Some(home) = machine.address.filter(|v| vlans.contains(v) && self.is_subnet(*v)) {
            return vec![[home].into()];
        }
        let subnets: Vec<u32> = vlans.iter().copied().filter(|v| self.is_subnet(*v)).collect();
        match subnets.is_empty() {
            true => vec![vlans],
            false => subnets.into_iter().map(|v| [v].into()).collect(),
        }
    }

    /// `l2_next` to a device.
    pub(crate) fn next(&self, to: usize, vid: u32) -> BTreeSet<[String; 4]> {
        let found = self.within(vid, &[to].into());
        let closer = |(a, b, _): &&Edge| found.get(a).zip(found.get(b)).is_some_and(|(a, b)| *a == b + 1);
        let row = |(a, b, _): &Edge| [switch(*a), switch(to), vid.to_string(), switch(*b)];
        self.edges[&vid].iter().filter(closer).map(row).collect()
    }

    /// The devices to which `l2_next` is wanted, by VLAN.
    pub(crate) fn wanted(&self) -> BTreeSet<(usize, u32)> {
        let attached = self.machines.iter().flat_map(|m| m.attached.iter().copied());
        let new = self.machines.iter().any(|m| m.configured.contains(&NEW_VLAN));
        let news = self.made.gateways.iter().filter(|_| new).map(|(device, _)| (*device, NEW_VLAN));
        attached.chain(self.made.gateways.iter().copied()).chain(news).collect()
    }

    /// All about a pair.
    pub(crate) fn answer(&self, a: &Machine, b: &Machine) -> Answer {
        let mut answer = Answer::default();
        if a.host == b.host && !a.configured.is_disjoint(&b.configured) {
            answer.distance = (!self.host_down(a.host)).then_some(0);
        } else {
            for vlans in self.targets(b) {
                Way { walker: self, a, b, vlans }.paths().iter().for_each(|path| self.add(a, b, path, &mut answer));
            }
        }
        if answer.distance.is_none() {
            answer.missing = Some(self.missing(a, b));
        }
        answer
    }

    fn add(&self, a: &Machine, b: &Machine, path: &Path, answer: &mut Answer) {
        let inner = path.devices.iter().map(|device| switch(*device));
        let names: Vec<String> = std::iter::once(host_name(a.host)).chain(inner).chain([host_name(b.host)]).collect();
        for (i, link) in names.windows(2).enumerate() {
            answer.links.insert((i + 1, link[0].clone(), link[1].clone()));
            *answer.shares.entry((link[0].clone(), link[1].clone())).or_default() += path.parts;
        }
        let length = names.len() - 1;
        answer.distance = Some(answer.distance.map_or(length, |known| known.min(length)));
        answer.routers.extend(path.routers.iter().map(|device| switch(*device)));
        answer.tiers.extend(path.devices.iter().map(|device| self.made.roles[*device].to_owned()));
    }

    fn missing(&self, a: &Machine, b: &Machine) -> String {
        for machine in [a, b] {
            if self.host_down(machine.host) {
                return format!("host:{}", host_name(machine.host));
            }
        }
        for machine in [a, b] {
            if machine.attached.is_empty() {
                return format!("attached:{}", machine.name);
            }
        }
        if let Some(vid) = a.configured.intersection(&b.configured).next() {
            return format!("l2_reachable:{vid}");
        }
        let least = |machine: &Machine| machine.configured.first().map_or(0, |vid| *vid);
        format!("gateway:{}:{}", least(a), least(b))
    }
}

/// A start: the switch, the VLAN, and the gateway that the packet is brought to, if to one.
type Start = (usize, u32, Option<usize>);

/// The way to one target of a machine.
struct Way<'w> {
    walker: &'w Walker<'w>,
    a: &'w Machine,
    b: &'w Machine,
    vlans: BTreeSet<u32>,
}

impl Way<'_> {
    fn ends(&self, vid: u32) -> BTreeSet<usize> {
        let ends = self.b.attached.iter().filter(|(_, v)| *v == vid && self.vlans.contains(v));
        ends.map(|(device, _)| *device).collect()
    }

    /// The VLANs in which a gateway delivers.
    fn delivers(&self, gateway: usize) -> Vec<u32> {
        let in_vlan = |vid: &u32| {
            let found = self.walker.within(*vid, &self.ends(*vid));
            self.walker.gateways(*vid).contains(&gateway) && found.contains_key(&gateway)
        };
        self.vlans.iter().copied().filter(in_vlan).collect()
    }

    /// The links to the target from every device that could route, by gateways that deliver.
    fn routed(&self) -> BTreeMap<usize, usize> {
        let mut best: BTreeMap<usize, usize> = BTreeMap::new();
        for (gateway, _) in &self.walker.made.gateways {
            for vid in self.delivers(*gateway) {
                let last = self.walker.within(vid, &self.ends(vid))[gateway];
                for (device, hops) in distances(|d| self.walker.neighbours(d), [*gateway]) {
                    let entry = best.entry(device).or_insert(usize::MAX);
                    *entry = (*entry).min(hops + last);
                }
            }
        }
        best
    }

    fn offers(&self) -> Vec<(Start, usize)> {
        let mut offers = Vec::new();
        for (at, vid) in self.a.attached.iter().filter(|(_, v)| self.vlans.contains(v)) {
            let found = self.walker.within(*vid, &self.ends(*vid));
            offers.extend(found.get(at).map(|hops| ((*at, *vid, None), *hops)));
        }
        if !offers.is_empty() {
            return offers;
        }
        let shares = self.a.attached.iter().any(|(_, v)| self.vlans.contains(v));
        let routed = self.routed();
        for (at, vid) in &self.a.attached {
            for gateway in self.walker.gateways(*vid) {
                if self.delivers(gateway).is_empty() && (shares || !routed.contains_key(&gateway)) {
                    continue;
                }
                let found = self.walker.within(*vid, &[gateway].into());
                offers.extend(found.get(at).map(|hops| ((*at, *vid, Some(gateway)), *hops)));
            }
        }
        offers
    }

    fn starts(&self) -> BTreeSet<Start> {
        let offers = self.offers();
        let nearest = |at: Option<usize>| {
            let from = offers.iter().filter(move |((s, ..), _)| at.is_none_or(|at| at == *s));
            let least = from.clone().map(|(_, hops)| *hops).min();
            from.filter(move |(_, hops)| Some(*hops) == least).map(|(start, _)| *start).collect::<Vec<_>>()
        };
        let mut starts: BTreeSet<Start> = nearest(None).into_iter().collect();
        let host = &self.walker.made.hosts[self.a.host];
        for (at, ..) in starts.clone() {
            for (a, b) in &self.walker.made.mlag {
                let other = if at == *a { *b } else { *a };
                let both = [*a, *b].iter().all(|d| self.a.attached.iter().any(|(s, _)| s == d));
                if host.bonded && both && [*a, *b].contains(&at) {
                    starts.extend(nearest(Some(other)));
                }
            }
        }
        starts
    }

    fn paths(&self) -> Vec<Path> {
        let starts = self.starts();
        let switches: BTreeSet<String> = starts.iter().map(|(at, ..)| switch(*at)).collect();
        let mut done = Vec::new();
        for (name, parts) in switches.iter().zip(split(5040, switches.len())) {
            let mut here: Vec<&Start> = starts.iter().filter(|(at, ..)| switch(*at) == *name).collect();
            here.sort_by_key(|(_, vid, to)| (to.map(switch).unwrap_or_default(), vid.to_string()));
            for ((at, vid, to), parts) in here.iter().zip(split(parts, here.len())) {
                let path = Path { devices: vec![*at], routers: Vec::new(), parts };
                match to {
                    None => self.deliver(path, *vid, &mut done),
                    Some(gateway) => self.bring(path, *vid, *gateway, &mut done),
                }
            }
        }
        done
    }

    /// The paths by one step towards some devices of the VLAN, through a tunnel if need be.
    fn towards(&self, path: &Path, vid: u32, ends: &BTreeSet<usize>) -> Vec<Path> {
        let at = *path.devices.last().expect("a path starts somewhere");
        let found = self.walker.within(vid, ends);
        let closer = |(a, b, _): &&Edge| *a == at && found.get(b).is_some_and(|hops| hops + 1 == found[&at]);
        let mut next: Vec<&Edge> = self.walker.edges[&vid].iter().filter(closer).collect();
        next.sort_by_key(|(_, b, _)| switch(*b));
        let mut paths = Vec::new();
        for ((_, b, tunnel), parts) in next.iter().zip(split(path.parts, next.len())) {
            let step = Path { devices: path.devices.clone(), routers: path.routers.clone(), parts };
            match tunnel {
                false => paths.push(step.on_to(*b)),
                true => self.underlay(step, *b, &mut paths),
            }
        }
        paths
    }

    fn underlay(&self, path: Path, end: usize, done: &mut Vec<Path>) {
        let at = *path.devices.last().expect("a path starts somewhere");
        if at == end {
            return done.push(path);
        }
        let found = distances(|d| self.walker.neighbours(d), [end]);
        for next in self.walker.neighbours(at) {
            if found.get(&next).is_some_and(|hops| hops + 1 == found[&at]) {
                let step = Path { devices: path.devices.clone(), routers: path.routers.clone(), parts: path.parts };
                self.underlay(step.on_to(next), end, done);
            }
        }
    }

    fn deliver(&self, path: Path, vid: u32, done: &mut Vec<Path>) {
        let ends = self.ends(vid);
        if path.devices.last().is_some_and(|at| ends.contains(at)) {
            return done.push(path);
        }
        self.towards(&path, vid, &ends).into_iter().for_each(|path| self.deliver(path, vid, done));
    }

    fn bring(&self, path: Path, vid: u32, gateway: usize, done: &mut Vec<Path>) {
        if path.devices.last() == Some(&gateway) {
            return self.route(path, done);
        }
        self.towards(&path, vid, &[gateway].into()).into_iter().for_each(|path| self.bring(path, vid, gateway, done));
    }

    fn route(&self, mut path: Path, done: &mut Vec<Path>) {
        let at = *path.devices.last().expect("a path starts somewhere");
        path.routers.push(at);
        let vlans = self.delivers(at);
        if !vlans.is_empty() {
            let mut vlans: Vec<u32> = vlans;
            vlans.sort_by_key(u32::to_string);
            for (vid, parts) in vlans.iter().zip(split(path.parts, vlans.len())) {
                let step = Path { devices: path.devices.clone(), routers: path.routers.clone(), parts };
                self.deliver(step, *vid, done);
            }
            return;
        }
        let routed = self.routed();
        let closer = |next: &usize| routed.get(next).is_some_and(|hops| hops + 1 == routed[&at]);
        let mut next: Vec<usize> = self.walker.neighbours(at).into_iter().filter(closer).collect();
        next.sort_by_key(|device| switch(*device));
        for (device, parts) in next.iter().zip(split(path.parts, next.len())) {
            let step = Path { devices: path.devices.clone(), routers: path.routers.clone(), parts };
            self.route(step.on_to(*device), done);
        }
    }
}

impl Path {
    fn on_to(mut self, device: usize) -> Path {
        self.devices.push(device);
        self
    }
}
