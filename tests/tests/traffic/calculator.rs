//! Traffic, policies, reasons and loads, calculated by plain loops over sets. No rule and no engine has a part in it.

use crate::centre::{Centre, Message};
use crate::paths::Paths;
use std::collections::{BTreeMap, BTreeSet};

/// Source, destination, service, kind.
pub(crate) type Leg = (String, String, String, String);

/// Messages and bytes.
pub(crate) type Load = (u64, u64);

pub(crate) struct Calculator<'a> {
    pub centre: &'a Centre,
    pub paths: Paths<'a>,
}

/// The policy under which a farm or application works.
type Group = (&'static str, String);

impl<'a> Calculator<'a> {
    pub(crate) fn new(centre: &'a Centre) -> Calculator<'a> {
        Calculator { centre, paths: Paths::new(centre) }
    }

    /// The records that count: of a leg the first, and every one without a session.
    pub(crate) fn legs(&self) -> Vec<&'a Message> {
        let mut first: BTreeMap<_, &Message> = BTreeMap::new();
        let mut legs = Vec::new();
        for m in &self.centre.messages {
            if m.session.is_empty() || m.transaction.is_empty() {
                legs.push(m);
                continue;
            }
            let key = (&m.session, &m.transaction, m.kind, &m.source, &m.destination);
            let order = |m: &Message| (m.at, m.parent.clone(), m.service.clone(), m.bytes);
            let known = first.entry(key).or_insert(m);
            if order(m) < order(known) {
                *known = m;
            }
        }
        legs.extend(first.into_values());
        legs
    }

    /// What was observed, over all minutes.
    pub(crate) fn observed(&self) -> BTreeMap<Leg, Load> {
        let mut sums: BTreeMap<Leg, Load> = BTreeMap::new();
        for m in self.legs() {
            let leg = (m.source.clone(), m.destination.clone(), m.service.clone(), m.kind.to_owned());
            let load = sums.entry(leg).or_default();
            *load = (load.0 + 1, load.1 + m.bytes);
        }
        sums
    }

    fn group(&self, process: &str) -> Option<Group> {
        let least = |of: &BTreeSet<(String, String)>| {
            of.iter().filter(|(_, member)| member == process).map(|(group, _)| group.clone()).min()
        };
        let farm = least(&self.centre.farms).map(|farm| ("farm", farm));
        farm.or_else(|| least(&self.centre.applications).map(|application| ("application", application)))
    }

    fn members(&self, (kind, name): &Group) -> BTreeSet<String> {
        let of = if *kind == "farm" { &self.centre.farms } else { &self.centre.applications };
        of.iter().filter(|(group, _)| group == name).map(|(_, member)| member.clone()).collect()
    }

    /// The fewest links between two processes.
    pub(crate) fn distance(&self, p: &str, q: &str) -> Option<usize> {
        let (a, b) = (self.centre.processes.get(p)?, self.centre.processes.get(q)?);
        self.paths.way(a, b)?.lengths.first().copied()
    }

    /// The nearest replicas of a group, in the order of their names.
    fn nearest(&self, asker: &str, group: &Group) -> Vec<String> {
        let others = self.members(group).into_iter().filter(|member| member != asker);
        let reached: Vec<(usize, String)> = others.filter_map(|m| Some((self.distance(asker, &m)?, m))).collect();
        let least = reached.iter().map(|(distance, _)| *distance).min();
        reached.into_iter().filter(|(distance, _)| Some(*distance) == least).map(|(_, member)| member).collect()
    }

    /// Traffic under the policies in force.
    pub(crate) fn carried(&self) -> BTreeMap<Leg, Load> {
        let mut carried: BTreeMap<Leg, Load> = BTreeMap::new();
        let mut add = |leg: Leg, messages: u64, bytes: u64| {
            if messages + bytes > 0 {
                let load = carried.entry(leg).or_default();
                *load = (load.0 + messages, load.1 + bytes);
            }
        };
        let mut shared: BTreeMap<(String, Group, String, String), Load> = BTreeMap::new();
        for (leg, load) in self.observed() {
            let (asker, server) = ends(&leg);
            let nearby = |(_, name): &Group| self.centre.policies.contains(&(name.clone(), "nearby"));
            match self.group(server).filter(nearby) {
                Some(group) if !self.nearest(asker, &group).is_empty() => {
                    let sum = shared.entry((asker.to_owned(), group, leg.2.clone(), leg.3.clone())).or_default();
                    *sum = (sum.0 + load.0, sum.1 + load.1);
                }
                _ => add(leg.clone(), load.0, load.1),
            }
        }
        for ((asker, group, service, kind), (messages, bytes)) in shared {
            let nearest = self.nearest(&asker, &group);
            let of = nearest.len() as u64;
            for (place, server) in (0..).zip(nearest) {
                let part = |whole: u64| whole / of + u64::from(place < whole % of);
                let leg = match &*kind {
                    "reply" => (server, asker.clone(), service.clone(), kind.clone()),
                    _ => (asker.clone(), server, service.clone(), kind.clone()),
                };
                add(leg, part(messages), part(bytes));
            }
        }
        carried
    }

    /// The tiers that a leg visits.
    pub(crate) fn tiers(&self, leg: &Leg) -> BTreeSet<String> {
        let machine = |process: &String| self.centre.processes.get(process);
        let (Some(a), Some(b)) = (machine(&leg.0), machine(&leg.1)) else { return BTreeSet::new() };
        self.paths.way(a, b).unwrap_or_default().tiers
    }

    /// Whether a replica of a service's application is attached and, if it is published, some router has a path to one.
    fn is_up(&self, service: &str) -> bool {
        let farms: BTreeSet<&String> =
            self.centre.published.iter().filter(|(name, _)| name == service).map(|(_, farm)| farm).collect();
        let application = self.centre.services.iter().filter(|(name, _)| name == service).map(|(_, a)| a).min();
        let members = |of: &BTreeSet<(String, String)>, group: &String| -> Vec<String> {
            of.iter().filter(|(name, _)| name == group).map(|(_, member)| member.clone()).collect()
        };
        let replicas = application.map(|a| members(&self.centre.applications, a)).unwrap_or_default();
        let attached = |replica: &String| {
            self.centre.processes.get(replica).is_some_and(|machine| !self.paths.switches(machine).is_empty())
        };
        let mut replicas = replicas.into_iter().filter(attached);
        if farms.is_empty() {
            return replicas.next().is_some();
        }
        let routers: Vec<String> = farms.into_iter().flat_map(|farm| members(&self.centre.farms, farm)).collect();
        replicas.any(|q| routers.iter().any(|p| self.distance(p, &q).is_some()))
    }

    /// The services that are up.
    pub(crate) fn up(&self) -> BTreeSet<String> {
        let services = self.centre.services.iter().map(|(service, _)| service.clone());
        services.filter(|service| self.is_up(service)).collect()
    }

    /// The access switches of a process, each with its VLAN.
    fn places(&self, process: &str) -> BTreeSet<(String, u32)> {
        let Some(machine) = self.centre.processes.get(process) else { return BTreeSet::new() };
        let access = |switch: &String| self.centre.roles[switch] == "access";
        self.paths.switches(machine).into_iter().filter(access).map(|s| (s, self.centre.vlans[machine])).collect()
    }

    /// Why a leg crosses the distribution layer, if it does.
    pub(crate) fn reason(&self, leg: &Leg) -> Option<&'static str> {
        if !self.tiers(leg).contains("distribution") {
            return None;
        }
        let (asker, server) = ends(leg);
        let (s, d) = (self.places(asker), self.places(server));
        let one_switch = |x: &BTreeSet<(String, u32)>, y: &BTreeSet<(String, u32)>| {
            x.iter().any(|(a, _)| y.iter().any(|(b, _)| a == b))
        };
        let one_vlan =
            |x: &BTreeSet<(String, u32)>, y: &BTreeSet<(String, u32)>| x.iter().any(|place| y.contains(place));
        let replicas = self.group(server).map(|group| self.members(&group)).unwrap_or_default();
        let others: Vec<_> = replicas.iter().filter(|r| *r != asker && *r != server).map(|r| self.places(r)).collect();
        let beside = others.iter().any(|r| one_vlan(&s, r));
        let under = others.iter().any(|r| one_switch(&s, r));
        Some(match (one_switch(&s, &d), one_vlan(&s, &d)) {
            (_, true) => "path",
            (true, false) if beside => "balancing",
            (true, false) => "vlan",
            (false, false) if beside => "balancing",
            (false, false) if under => "balancing+vlan",
            (false, false) => "placement",
        })
    }

    /// Another replica than the server in one VLAN with the asker, or at least under one switch.
    pub(crate) fn replica(&self, leg: &Leg, in_vlan: bool) -> Option<String> {
        let (asker, server) = ends(leg);
        let s = self.places(asker);
        let fits = |r: &String| {
            let mut places = self.places(r).into_iter();
            places.any(|(switch, vid)| s.iter().any(|(a, v)| *a == switch && (!in_vlan || *v == vid)))
        };
        let replicas = self.members(&self.group(server)?);
        replicas.into_iter().find(|r| r != asker && r != server && fits(r))
    }

    /// The access switches that the asker of a leg is attached to.
    pub(crate) fn access_of_asker(&self, leg: &Leg) -> BTreeSet<(String, u32)> {
        self.places(ends(leg).0)
    }
}

/// Who asks, and who answers.
pub(crate) fn ends(leg: &Leg) -> (&str, &str) {
    if leg.3 == "reply" { (&leg.1, &leg.0) } else { (&leg.0, &leg.1) }
}

/// Loads by some key.
pub(crate) fn summed<K: Ord>(loads: impl IntoIterator<Item = (K, Load)>) -> BTreeMap<K, Load> {
    let mut sums: BTreeMap<K, Load> = BTreeMap::new();
    for (key, (messages, bytes)) in loads {
        let sum = sums.entry(key).or_default();
        *sum = (sum.0 + messages, sum.1 + bytes);
    }
    sums
}
