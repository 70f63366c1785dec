//! Small data centres at random, as plain sets: racks under access switches, pods under distribution switches, a core;
//! hosts, virtual machines, processes, farms, applications, policies, messages, and what has failed.

use std::collections::{BTreeMap, BTreeSet};

/// A record of `message`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Message {
    pub session: String,
    pub transaction: String,
    pub parent: String,
    pub at: i64,
    pub kind: &'static str,
    pub source: String,
    pub destination: String,
    pub service: String,
    pub bytes: u64,
}

/// A data centre. All trunks carry all VLANs, and all distribution switches are gateways of all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Centre {
    /// Devices and their roles.
    pub roles: BTreeMap<String, &'static str>,
    /// Device, port, device, port; the lesser device first.
    pub cables: BTreeSet<[String; 4]>,
    /// The VLAN of each machine.
    pub vlans: BTreeMap<String, u32>,
    /// Virtual machines and their hosts.
    pub vms: BTreeMap<String, String>,
    /// Processes and their machines.
    pub processes: BTreeMap<String, String>,
    pub farms: BTreeSet<(String, String)>,
    pub applications: BTreeSet<(String, String)>,
    pub policies: BTreeSet<(String, &'static str)>,
    /// Services and their applications.
    pub services: BTreeSet<(String, String)>,
    /// Services and the farms that route them.
    pub published: BTreeSet<(String, String)>,
    pub messages: BTreeSet<Message>,
    pub failed: BTreeSet<String>,
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub(crate) struct Random(pub u64);

impl Random {
    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const VLANS: [u32; 3] = [10, 20, 30];

impl Centre {
    /// The data centre of a seed.
    pub(crate) fn random(seed: u64) -> Centre {
        let mut random = Random(seed);
        let mut centre = Centre::default();
        centre.network(&mut random);
        centre.machines(&mut random);
        centre.services(&mut random);
        centre.trace(&mut random);
        for _ in 0..random.below(3) {
            let elements = centre.elements();
            centre.failed.insert(random.pick(&elements).clone());
        }
        for (service, application) in [("v0", "app0"), ("v1", "app1"), ("v2", "app0"), ("v2", "app1"), ("v3", "app1")] {
            centre.services.insert((service.into(), application.into()));
            if service != "v3" {
                centre.published.insert((service.into(), format!("f{}", random.below(2))));
            }
        }
        centre
    }

    fn cable(&mut self, a: &str, b: &str) {
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        self.cables.insert([a.into(), format!("to_{b}"), b.into(), format!("to_{a}")]);
    }

    fn network(&mut self, random: &mut Random) {
        self.roles.insert("c1".into(), "core");
        for pod in 0..1 + random.below(2) {
            let tops: Vec<String> = (0..1 + random.below(2)).map(|n| format!("d{pod}{n}")).collect();
            for top in &tops {
                self.roles.insert(top.clone(), "distribution");
                self.cable(top, "c1");
            }
            for rack in 0..1 + random.below(3) {
                for side in 0..1 + random.below(2) {
                    let access = format!("a{pod}{rack}{side}");
                    self.roles.insert(access.clone(), "access");
                    tops.iter().for_each(|top| self.cable(&access, top));
                }
            }
        }
    }

    /// The devices of a role.
    pub(crate) fn of_role(&self, role: &str) -> Vec<String> {
        self.roles.iter().filter(|(_, known)| **known == role).map(|(device, _)| device.clone()).collect()
    }

    fn machines(&mut self, random: &mut Random) {
        let racks: BTreeSet<String> = self.of_role("access").iter().map(|a| a[..3].to_owned()).collect();
        let racks: Vec<String> = racks.into_iter().collect();
        for number in 0..4 + random.below(6) {
            let host = format!("h{number}");
            let rack = random.pick(&racks).clone();
            let both = random.below(2) == 0;
            for access in self.of_role("access").into_iter().filter(|a| a.starts_with(&rack)) {
                if both || access.ends_with('0') {
                    self.cable(&host, &access);
                }
            }
            self.roles.insert(host.clone(), "host");
            self.vlans.insert(host.clone(), *random.pick(&VLANS));
            for vm in 0..random.below(2) {
                let vm = format!("v{number}{vm}");
                self.vms.insert(vm.clone(), host.clone());
                self.vlans.insert(vm, *random.pick(&VLANS));
            }
        }
    }

    fn services(&mut self, random: &mut Random) {
        let machines: Vec<String> = self.vlans.keys().cloned().collect();
        for number in 0..6 + random.below(8) {
            let process = format!("p{number:02}");
            self.processes.insert(process.clone(), random.pick(&machines).clone());
            if random.below(2) == 0 {
                self.farms.insert((format!("f{}", random.below(2)), process.clone()));
            }
            if random.below(3) == 0 {
                self.applications.insert((format!("app{}", random.below(2)), process.clone()));
            }
        }
        self.farms.insert(("f1".into(), "unplaced".into()));
        for group in ["f0", "f1", "app0", "app1"] {
            let policy = *random.pick(&["nearby", "nearby", "round_robin", "fastest"]);
            self.policies.insert((group.into(), policy));
        }
    }

    fn trace(&mut self, random: &mut Random) {
        let mut processes: Vec<String> = self.processes.keys().cloned().collect();
        processes.push("unplaced".into());
        for _ in 0..10 + random.below(20) {
            let source = random.pick(&processes).clone();
            let destination = random.pick(&processes).clone();
            self.messages.insert(Message {
                session: ["", "s1", "s2"][random.below(3)].into(),
                transaction: format!("t{}", random.below(9)),
                parent: String::new(),
                at: 59_000_000 + random.below(3) as i64 * 1_000_000,
                kind: ["request", "reply"][random.below(2)],
                source,
                destination,
                service: format!("v{}", random.below(2)),
                bytes: random.below(1000) as u64,
            });
        }
    }

    /// The name of a cable as an element.
    pub(crate) fn element([a, ai, b, bi]: &[String; 4]) -> String {
        format!("{a}:{ai}--{b}:{bi}")
    }

    /// All that can fail.
    pub(crate) fn elements(&self) -> Vec<String> {
        self.roles.keys().cloned().chain(self.cables.iter().map(Centre::element)).collect()
    }

    /// The host of a machine: itself, or that of the virtual machine.
    pub(crate) fn host<'a>(&'a self, machine: &'a str) -> &'a str {
        self.vms.get(machine).map_or(machine, String::as_str)
    }

    /// The cables of a device, from its end: port, other device, its port.
    pub(crate) fn cables_of(&self, device: &str) -> Vec<(String, String, String)> {
        let far = |[a, ai, b, bi]: &[String; 4]| match () {
            () if a == device => Some((ai.clone(), b.clone(), bi.clone())),
            () if b == device => Some((bi.clone(), a.clone(), ai.clone())),
            () => None,
        };
        self.cables.iter().filter_map(far).collect()
    }

    /// The facts in the relations of the model.
    pub(crate) fn facts(&self) -> BTreeSet<(String, Vec<String>)> {
        let mut facts = BTreeSet::new();
        let mut add = |relation: &str, fields: &[&dyn ToString]| {
            facts.insert((relation.to_owned(), fields.iter().map(|field| (*field).to_string()).collect::<Vec<_>>()));
        };
        self.roles.iter().for_each(|(device, role)| add("device", &[device, role, &""]));
        self.cables.iter().for_each(|[a, ai, b, bi]| add("cable", &[a, ai, b, bi]));
        for [a, ai, b, bi] in &self.cables {
            if self.roles[a] != "host" && self.roles[b] != "host" {
                for vid in VLANS {
                    add("interface_vlan", &[a, ai, &vid, &"tagged"]);
                    add("interface_vlan", &[b, bi, &vid, &"tagged"]);
                }
            }
        }
        for (number, (machine, vid)) in (10..).zip(&self.vlans) {
            add("address", &[machine, &"eth0", &"default", &format!("10.{vid}.0.{number}"), &24]);
            let host = self.host(machine);
            for (_, switch, port) in self.cables_of(host) {
                let mode = if machine == host { "untagged" } else { "tagged" };
                if machine == host || *vid != self.vlans[host] {
                    add("interface_vlan", &[&switch, &port, vid, &mode]);
                }
            }
        }
        for (number, gateway) in (1..).zip(self.of_role("distribution")) {
            for vid in VLANS {
                let ip = format!("10.{vid}.0.{number}");
                add("address", &[&gateway, &format!("vlan{vid}"), &"default", &ip, &24]);
            }
        }
        self.vms.iter().for_each(|(vm, host)| add("vm", &[vm, host]));
        self.processes.iter().for_each(|(process, machine)| add("process", &[process, machine, &"other"]));
        self.farms.iter().for_each(|(farm, process)| add("esb_farm", &[farm, process]));
        self.applications.iter().for_each(|(application, process)| add("app_server", &[application, process]));
        self.services.iter().for_each(|(service, application)| add("service", &[service, application]));
        self.published.iter().for_each(|(service, farm)| add("published", &[service, farm]));
        self.policies.iter().for_each(|(group, policy)| add("balancing", &[group, policy]));
        for m in &self.messages {
            let (at, bytes) = (m.at, m.bytes);
            let fields: [&dyn ToString; 9] =
                [&m.session, &m.transaction, &m.parent, &at, &m.kind, &m.source, &m.destination, &m.service, &bytes];
            add("message", &fields);
        }
        self.failed.iter().for_each(|element| add("failed", &[element]));
        facts
    }
}
