//! Small networks made up at random: switches in three tiers with MLAG pairs, trunks that do not fit, blocked ports,
//! things that are down, machines in other VLANs, a VXLAN. Nobody has a routing table.

use proptest::prelude::*;

/// A working or failing cable between two switches, and what its ends carry.
#[derive(Clone, Debug)]
pub(crate) struct Trunk {
    pub(crate) ends: [usize; 2],
    /// VLANs that each end lists.
    pub(crate) vlans: [Vec<u32>; 2],
    /// VLANs that the first end is blocked for.
    pub(crate) blocked: Vec<u32>,
    pub(crate) state: State,
}

/// What is wrong with a cable, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Works,
    Failed,
    /// The port at the first end is stated to be down.
    PortDown,
}

/// A host with its cables, and the VMs on it.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// Switches it is cabled to, one or two.
    pub(crate) switches: Vec<usize>,
    /// Whether two cables are one LAG.
    pub(crate) bonded: bool,
    pub(crate) vlan: u32,
    pub(crate) has_address: bool,
    pub(crate) cable: State,
    pub(crate) failed: bool,
    pub(crate) moved_to: Option<u32>,
    /// The VLAN of each VM.
    pub(crate) vms: Vec<u32>,
}

/// A network.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) roles: Vec<&'static str>,
    pub(crate) failed: Vec<bool>,
    pub(crate) mlag: Vec<(usize, usize)>,
    pub(crate) trunks: Vec<Trunk>,
    /// Device and VLAN.
    pub(crate) gateways: Vec<(usize, u32)>,
    pub(crate) hosts: Vec<Host>,
    /// Devices with a tunnel end for VLAN 10.
    pub(crate) vteps: Vec<usize>,
}

/// The VLANs that there are; 4095 is in no port's list.
pub(crate) const VLANS: [u32; 3] = [10, 20, 30];
pub(crate) const NEW_VLAN: u32 = 4095;

fn state() -> impl Strategy<Value = State> {
    prop_oneof![8 => Just(State::Works), 1 => Just(State::Failed), 1 => Just(State::PortDown)]
}

fn vlans() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![5 => Just(VLANS.to_vec()), 2 => prop::sample::subsequence(VLANS.to_vec(), 0..=3)]
}

fn trunk(devices: usize) -> impl Strategy<Value = Trunk> {
    let blocked = prop_oneof![5 => Just(Vec::new()), 1 => prop::sample::subsequence(VLANS.to_vec(), 1..=2)];
    (0..devices, 0..devices, vlans(), vlans(), 0..4u8, blocked, state()).prop_map(
        |(a, b, near, far, fits, blocked, state)| Trunk {
            ends: [a, b],
            vlans: [near.clone(), if fits > 0 { near } else { far }],
            blocked,
            state,
        },
    )
}

fn host(devices: usize) -> impl Strategy<Value = Host> {
    let vlan = || prop::sample::select(VLANS.to_vec());
    let moved = prop_oneof![6 => Just(None), 1 => Just(Some(NEW_VLAN)), 1 => vlan().prop_map(Some)];
    let vms = prop::collection::vec(vlan(), 0..=2);
    let switches = prop::sample::subsequence((0..devices).collect::<Vec<_>>(), 1..=2);
    (switches, any::<bool>(), vlan(), any::<bool>(), state(), 0..10u8, moved, vms).prop_map(
        |(switches, bonded, vlan, has_address, cable, fails, moved_to, vms)| Host {
            switches,
            bonded,
            vlan,
            has_address,
            cable,
            failed: fails == 0,
            moved_to,
            vms,
        },
    )
}

/// Any network.
pub(crate) fn network() -> impl Strategy<Value = Made> {
    (3..=7usize).prop_flat_map(|devices| {
        let role = prop::sample::select(vec!["access", "access", "distribution", "core"]);
        let pairs = prop_oneof![1 => Just(Vec::new()), 2 => Just(vec![(0, 1)])];
        let vteps = prop_oneof![
            2 => Just(Vec::new()),
            1 => prop::sample::subsequence((0..devices).collect::<Vec<_>>(), 2..=3)
        ];
        (
            prop::collection::vec(role, devices),
            prop::collection::vec((0..12u8).prop_map(|n| n == 0), devices),
            pairs,
            prop::collection::vec(trunk(devices), devices..=2 * devices),
            prop::collection::vec((0..devices, prop::sample::select(VLANS.to_vec())), 0..=5),
            prop::collection::vec(host(devices), 2..=4),
            vteps,
        )
            .prop_map(|(roles, failed, mlag, trunks, mut gateways, hosts, vteps)| {
                gateways.sort_unstable();
                gateways.dedup();
                let trunks = trunks.into_iter().filter(|trunk| trunk.ends[0] != trunk.ends[1]).collect();
                Made { roles, failed, mlag, trunks, gateways, hosts, vteps }
            })
    })
}

/// A switch's name.
pub(crate) fn switch(number: usize) -> String {
    format!("s{number}")
}

/// A host's name.
pub(crate) fn host_name(number: usize) -> String {
    format!("h{number}")
}

/// A VM's name.
pub(crate) fn vm_name(host: usize, number: usize) -> String {
    format!("v{host}{number}")
}

impl Made {
    /// All machines: name and host.
    pub(crate) fn machines(&self) -> Vec<(String, usize)> {
        let hosts = (0..self.hosts.len()).map(|h| (host_name(h), h));
        let vms = |h: usize| (0..self.hosts[h].vms.len()).map(move |n| (vm_name(h, n), h));
        hosts.chain((0..self.hosts.len()).flat_map(vms)).collect()
    }

    /// The facts, one a line, with `-` for an unknown.
    pub(crate) fn facts(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (n, role) in self.roles.iter().enumerate() {
            lines.push(format!("device {} {role} -", switch(n)));
            if self.failed[n] {
                lines.push(format!("failed {}", switch(n)));
            }
        }
        lines.extend(self.mlag.iter().map(|(a, b)| format!("mlag {} {} 1", switch(*a), switch(*b))));
        for (n, trunk) in self.trunks.iter().enumerate() {
            let port = format!("t{n}");
            let [a, b] = trunk.ends.map(switch);
            cable(&mut lines, (&a, &port), (&b, &port), trunk.state);
            for (end, vlans) in [&a, &b].into_iter().zip(&trunk.vlans) {
                lines.extend(vlans.iter().map(|v| format!("interface_vlan {end} {port} {v} tagged")));
            }
            lines.extend(trunk.blocked.iter().map(|v| format!("stp_blocked {a} {port} {v}")));
        }
        for (device, vid) in &self.gateways {
            lines.push(format!("address {} vlan{vid} default 10.{vid}.0.{} 24", switch(*device), device + 1));
        }
        for (number, host) in self.hosts.iter().enumerate() {
            self.host_facts(number, host, &mut lines);
        }
        for (a, b) in self.pairs() {
            lines.push(format!("asked {a} {b}"));
        }
        for device in &self.vteps {
            lines.push(format!("vtep {} 7 10 10.99.0.{}", switch(*device), device + 1));
        }
        lines.join("\n")
    }

    fn host_facts(&self, number: usize, host: &Host, lines: &mut Vec<String>) {
        let name = host_name(number);
        lines.push(format!("device {name} host -"));
        if host.failed {
            lines.push(format!("failed {name}"));
        }
        for (side, at) in host.switches.iter().enumerate() {
            let (port, at) = (format!("p{number}"), switch(*at));
            let state = if side == 0 { host.cable } else { State::Works };
            cable(lines, (&name, &format!("e{side}")), (&at, &port), state);
            if host.bonded {
                lines.push(format!("lag_member {name} bond e{side}"));
                lines.push(format!("lag_member {at} lag{number} {port}"));
            }
            let port = if host.bonded { format!("lag{number}") } else { port };
            lines.push(format!("interface_vlan {at} {port} {} untagged", host.vlan));
            let tagged = VLANS.iter().filter(|v| **v != host.vlan && host.vms.contains(v));
            lines.extend(tagged.map(|v| format!("interface_vlan {at} {port} {v} tagged")));
        }
        if host.has_address {
            lines.push(format!("address {name} bond default 10.{}.0.{} 24", host.vlan, 100 + number));
        }
        lines.extend(host.moved_to.map(|vid| format!("vlan_override {name} {vid}")));
        for (n, vid) in host.vms.iter().enumerate() {
            lines.push(format!("vm {} {name}", vm_name(number, n)));
            lines.push(format!("interface_vlan {} eth0 {vid} untagged", vm_name(number, n)));
        }
    }

    /// Every ordered pair of machines.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let machines = self.machines();
        let all = machines.iter().flat_map(|(a, _)| machines.iter().map(move |(b, _)| (a.clone(), b.clone())));
        all.filter(|(a, b)| a != b).collect()
    }
}

fn cable(lines: &mut Vec<String>, a: (&str, &str), b: (&str, &str), state: State) {
    lines.push(format!("cable {} {} {} {}", a.0, a.1, b.0, b.1));
    match state {
        State::Works => {}
        State::Failed => {
            let (a, b) = if a < b { (a, b) } else { (b, a) };
            lines.push(format!("failed {}:{}--{}:{}", a.0, a.1, b.0, b.1));
        }
        State::PortDown => lines.push(format!("interface {} {} - 0 down", a.0, a.1)),
    }
}
