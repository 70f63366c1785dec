//! What follows from how the data centre and its trace were made, worked out without any rule: the answers that the
//! standard rules must give.
//!
//! Where two machines stand says how far apart they are, since all racks and pods are alike:
//!
//! | they share | links between them | through the distribution layer |
//! |---|---|---|
//! | host and VLAN | 0 | no |
//! | rack and VLAN | 2 | no |
//! | pod | 4 | yes |
//! | nothing | 6 | yes, and through the core |

use super::centre::{DataCentre, Role};
use super::totals::{Flow, Load, Totals};
use fnv::{FnvHashMap, FnvHashSet};
use serde::Serialize;
use std::collections::BTreeMap;

/// The expected answers. Loads are in legs (`messages`) and bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Expected {
    /// What the data centre is made of.
    pub size: BTreeMap<&'static str, u64>,
    /// How many tuples derived relations have, where the construction says so.
    pub relations: BTreeMap<&'static str, u64>,
    /// What the trace holds.
    pub trace: BTreeMap<&'static str, u64>,
    /// `dirty(kind, n)`. Duplicates are counted once they are read.
    pub dirty: BTreeMap<&'static str, u64>,
    /// How many roots take less than 1, 2, 4, … milliseconds, and no less than the one before (Figure 1).
    pub root_milliseconds: Vec<(u64, u64)>,
    /// `calls(client_application, server_application, n, bytes)`.
    pub calls: Vec<(String, String, u64, u64)>,
    /// Bytes by the three measures, as things are.
    pub bytes: BTreeMap<&'static str, u64>,
    /// `reason_load(why, messages, bytes)` of all legs, and of those of a kind (Figure 4).
    pub reasons: BTreeMap<&'static str, BTreeMap<&'static str, Amount>>,
    /// What is carried as things are (`base`) and in the reference counterfactuals (Figures 5 and 6).
    pub scenarios: BTreeMap<&'static str, Scenario>,
}

/// A load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Legs.
    pub messages: u64,
    /// Leg bytes.
    pub bytes: u64,
}

/// The load of a scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scenario {
    /// All legs, and those of a kind: between processes of the ESB (`esb_esb`), between these and applications
    /// (`esb_application`), and `other` ones.
    pub legs: BTreeMap<&'static str, Amount>,
    /// Of these, the ones through the distribution layer.
    pub crossing: BTreeMap<&'static str, Amount>,
    /// `tier_load(tier, messages, bytes)`.
    pub tiers: BTreeMap<&'static str, Amount>,
    /// The sum of leg bytes times links: `link_load`'s parts by 5,040.
    pub link_bytes: u64,
}

/// A counterfactual: whether farms and applications choose the nearest replica, and whether the machines of both are in
/// one VLAN.
#[derive(Clone, Copy)]
struct What {
    farms: bool,
    applications: bool,
    flat: bool,
}

const SCENARIOS: [(&str, What); 4] = [
    ("base", What { farms: false, applications: false, flat: false }),
    ("flat", What { farms: false, applications: false, flat: true }),
    ("flat_nearby", What { farms: true, applications: true, flat: true }),
    ("nearby_esb", What { farms: true, applications: false, flat: false }),
];

type Flows = FnvHashMap<Flow, Load>;

impl Expected {
    /// Works out the answers for a data centre and what its trace came to.
    pub fn new(centre: &DataCentre, totals: &Totals) -> Expected {
        let places = Places { centre, flat: false };
        let scenarios = SCENARIOS.iter().map(|(name, what)| {
            let places = Places { centre, flat: what.flat };
            (*name, places.scenario(&places.carried(&totals.flows, *what)))
        });
        let scenarios: BTreeMap<_, _> = scenarios.collect();
        let leg_bytes = totals.flows.values().map(|load| load.bytes).sum();
        let link_bytes = scenarios["base"].link_bytes;
        let roots = totals.root_milliseconds.iter().enumerate();
        Expected {
            size: size(centre),
            relations: places.relations(totals),
            trace: trace(totals),
            dirty: dirty(totals),
            root_milliseconds: roots.map(|(n, count)| (1 << n, *count)).collect(),
            calls: calls(centre, totals),
            bytes: [("message", totals.message_bytes), ("leg", leg_bytes), ("link", link_bytes)].into(),
            reasons: places.reasons(&totals.flows),
            scenarios,
        }
    }
}

fn size(centre: &DataCentre) -> BTreeMap<&'static str, u64> {
    let size = &centre.size;
    [
        ("machines", u64::from(size.machines)),
        ("hosts", size.hosts().into()),
        ("vms", size.vms().into()),
        ("racks", size.racks().into()),
        ("pods", size.pods().into()),
        ("cores", size.cores().into()),
        ("zones", size.zones().into()),
        ("processes", centre.processes.len() as u64),
        ("minutes", size.minutes.into()),
        ("seed", size.seed),
        ("blocks", size.blocks),
        ("dirt", size.dirt.into()),
    ]
    .into()
}

fn trace(totals: &Totals) -> BTreeMap<&'static str, u64> {
    [
        ("records", totals.records),
        ("transactions", totals.transactions),
        ("trees", totals.trees),
        ("sessions", totals.sessions),
        ("deepest", totals.deepest),
        ("roots_under_2s", totals.quick_roots),
        ("trees_with_gap_over_1min", totals.gaps),
    ]
    .into()
}

fn dirty(totals: &Totals) -> BTreeMap<&'static str, u64> {
    let all = [
        ("no_identifier", totals.unidentified),
        ("duplicate", totals.duplicates),
        ("no_reply", totals.no_reply),
        ("missing_parent", totals.missing_parents),
        ("reply_before_request", totals.backwards),
    ];
    all.into_iter().filter(|(_, n)| *n > 0).collect()
}

fn calls(centre: &DataCentre, totals: &Totals) -> Vec<(String, String, u64, u64)> {
    let mut calls: BTreeMap<(String, String), Load> = BTreeMap::new();
    for ((asker, service), load) in &totals.calls {
        let group = centre.processes[*asker as usize].group.map(|group| &centre.groups[group as usize]);
        let client = group.filter(|g| !g.is_farm).map_or(String::new(), |g| g.name.clone());
        let server = centre.groups[centre.services[*service as usize].application as usize].name.clone();
        *calls.entry((client, server)).or_default() += *load;
    }
    calls.into_iter().map(|((client, server), load)| (client, server, load.messages, load.bytes)).collect()
}

/// Where machines stand, as they are or with those of farms and applications in one VLAN.
struct Places<'a> {
    centre: &'a DataCentre,
    flat: bool,
}

impl Places<'_> {
    fn machine(&self, process: u32) -> u32 {
        self.centre.processes[process as usize].machine
    }

    /// The VLAN of a process's machine. In a zone nobody shares a machine, so that is the process's affair.
    fn vlan(&self, process: u32) -> u32 {
        let flattened = self.flat && self.centre.processes[process as usize].group.is_some();
        if flattened { 4095 } else { self.centre.vid_of(self.machine(process)) }
    }

    fn rack(&self, process: u32) -> u32 {
        self.centre.machines[self.machine(process) as usize].rack
    }

    fn pod(&self, process: u32) -> u32 {
        self.centre.machines[self.machine(process) as usize].pod
    }

    /// The links between two processes.
    fn hops(&self, a: u32, b: u32) -> u64 {
        let host = |process: u32| self.centre.machines[self.machine(process) as usize].host;
        let one_vlan = self.vlan(a) == self.vlan(b);
        match () {
            () if self.machine(a) == self.machine(b) || (host(a) == host(b) && one_vlan) => 0,
            () if self.rack(a) == self.rack(b) && one_vlan => 2,
            () if self.pod(a) == self.pod(b) => 4,
            () => 6,
        }
    }

    /// Traffic under the policies of a scenario.
    fn carried(&self, flows: &Flows, what: What) -> Flows {
        let mut carried = Flows::default();
        let mut chosen_anew: FnvHashMap<(u32, u32, u32, bool), Load> = FnvHashMap::default();
        for (flow, load) in flows {
            let (asker, server) = ends(flow);
            let group = self.centre.processes[server as usize].group;
            let nearby = |group: &u32| {
                if self.centre.groups[*group as usize].is_farm { what.farms } else { what.applications }
            };
            match group.filter(nearby) {
                Some(group) => {
                    *chosen_anew.entry((asker, group, flow.service, flow.reply)).or_default() += *load;
                }
                None => *carried.entry(*flow).or_default() += *load,
            }
        }
        for ((asker, group, service, reply), load) in chosen_anew {
            let members = self.centre.groups[group as usize].members.iter().copied().filter(|m| *m != asker);
            let least = members.clone().map(|m| self.hops(asker, m)).min().unwrap_or(0);
            let nearest: Vec<u32> = members.filter(|m| self.hops(asker, *m) == least).collect();
            for (i, server) in (0..).zip(&nearest) {
                let share = |whole: u64| {
                    let parts = nearest.len() as u64;
                    whole / parts + u64::from(i < whole % parts)
                };
                let (source, destination) = if reply { (*server, asker) } else { (asker, *server) };
                let load = Load { messages: share(load.messages), bytes: share(load.bytes) };
                *carried.entry(Flow { source, destination, service, reply }).or_default() += load;
            }
        }
        carried
    }

    fn scenario(&self, flows: &Flows) -> Scenario {
        let mut scenario = Scenario::default();
        let add = |to: &mut BTreeMap<_, Amount>, key, load: &Load| {
            let amount = to.entry(key).or_default();
            amount.messages += load.messages;
            amount.bytes += load.bytes;
        };
        for (flow, load) in flows {
            let hops = self.hops(flow.source, flow.destination);
            let kind = self.kind(flow);
            scenario.link_bytes += hops * load.bytes;
            for (tier, from) in [("access", 2), ("distribution", 4), ("core", 6)] {
                if hops >= from {
                    add(&mut scenario.tiers, tier, load);
                }
            }
            for key in ["all", kind] {
                add(&mut scenario.legs, key, load);
                scenario.crossing.entry(key).or_default();
                if hops >= 4 {
                    add(&mut scenario.crossing, key, load);
                }
            }
        }
        scenario
    }

    /// What a leg is between.
    fn kind(&self, flow: &Flow) -> &'static str {
        let role = |process: u32| self.centre.processes[process as usize].role;
        let (a, b) = (role(flow.source), role(flow.destination));
        match (a.is_esb(), b.is_esb()) {
            (true, true) => "esb_esb",
            (true, false) if b == Role::Server => "esb_application",
            (false, true) if a == Role::Server => "esb_application",
            _ => "other",
        }
    }

    /// Why legs cross, in all and by kind.
    fn reasons(&self, flows: &Flows) -> BTreeMap<&'static str, BTreeMap<&'static str, Amount>> {
        let mut reasons: BTreeMap<_, BTreeMap<_, Amount>> = BTreeMap::new();
        for (flow, load) in flows.iter().filter(|(flow, _)| self.hops(flow.source, flow.destination) >= 4) {
            let why = self.reason(flow);
            for kind in ["all", self.kind(flow)] {
                let amount = reasons.entry(kind).or_default().entry(why).or_default();
                amount.messages += load.messages;
                amount.bytes += load.bytes;
            }
        }
        reasons
    }

    /// The smallest change that would have kept the leg below the distribution layer.
    fn reason(&self, flow: &Flow) -> &'static str {
        let (asker, server) = ends(flow);
        let one_rack = |a: u32, b: u32| self.rack(a) == self.rack(b);
        let replicas = match self.centre.processes[server as usize].group {
            Some(group) => self.centre.groups[group as usize].members.as_slice(),
            None => &[],
        };
        let mut others = replicas.iter().filter(|r| **r != asker && **r != server && one_rack(asker, **r)).peekable();
        let any = others.peek().is_some();
        let in_one_vlan = others.any(|r| self.vlan(*r) == self.vlan(asker));
        match (one_rack(asker, server), in_one_vlan, any) {
            (true, true, _) | (false, true, _) => "balancing",
            (true, false, _) => "vlan",
            (false, false, true) => "balancing+vlan",
            (false, false, false) => "placement",
        }
    }

    /// The sizes of derived relations.
    fn relations(&self, totals: &Totals) -> BTreeMap<&'static str, u64> {
        let size = &self.centre.size;
        let [machines, hosts, racks, pods, cores] =
            [size.machines, size.hosts(), size.racks(), size.pods(), size.cores()].map(u64::from);
        let mut pairs = FnvHashSet::default();
        let (mut path_links, mut routers) = (0, 0);
        for flow in totals.flows.keys() {
            let (a, b) = (flow.source, flow.destination);
            if !pairs.insert((self.machine(a), self.machine(b))) {
                continue;
            }
            let routed = self.vlan(a) != self.vlan(b);
            // To two access switches, from each to two distribution switches, from each of these to every core switch,
            // and down again.
            let (links, through) = match self.hops(a, b) {
                0 => (0, 0),
                2 => (4, 0),
                4 => (12, 2),
                _ => (12 + 4 * cores, 4 + cores),
            };
            path_links += links;
            routers += if routed { through } else { 0 };
        }
        let joined = 2 * hosts + 5 * racks + pods + 2 * pods * cores;
        let organisations = super::centre::ORGANISATIONS.len() as u64;
        [
            ("runs_on", machines),
            ("adjacent", 2 * joined),
            ("attached", 2 * machines),
            ("gateway", 2 * pods * organisations),
            ("pair", pairs.len() as u64),
            ("distance", pairs.len() as u64),
            ("path_link", path_links),
            ("l3_hop", routers),
            ("unresolved", 0),
            ("transaction", totals.transactions),
            ("tree", totals.trees),
            ("session", totals.sessions),
            ("carried", totals.flows.len() as u64),
            ("calls", calls(self.centre, totals).len() as u64),
        ]
        .into()
    }
}

/// Who asks, and who answers.
fn ends(flow: &Flow) -> (u32, u32) {
    if flow.reply { (flow.destination, flow.source) } else { (flow.source, flow.destination) }
}
