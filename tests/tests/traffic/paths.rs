//! Paths by enumeration: every shortest walk over plain sets, as the model defines them for a network whose trunks carry all
//! VLANs and whose distribution switches are gateways of all.

use crate::centre::Centre;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// All equal-cost paths of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// `(seq, from, to)`
    pub links: BTreeSet<(usize, String, String)>,
    /// How many links the paths have.
    pub lengths: BTreeSet<usize>,
    /// The roles of the switches on them.
    pub tiers: BTreeSet<String>,
}

/// A network in which some elements have failed.
pub(crate) struct Paths<'a> {
    centre: &'a Centre,
    /// Working links between switches.
    links: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(centre: &'a Centre) -> Paths<'a> {
        let mut paths = Paths { centre, links: BTreeMap::new() };
        for cable in &centre.cables {
            let [a, _, b, _] = cable;
            if paths.works(cable) && centre.roles[a] != "host" && centre.roles[b] != "host" {
                paths.links.entry(a.clone()).or_default().insert(b.clone());
                paths.links.entry(b.clone()).or_default().insert(a.clone());
            }
        }
        paths
    }

    fn is_up(&self, device: &str) -> bool {
        !self.centre.failed.contains(device)
    }

    fn works(&self, cable: &[String; 4]) -> bool {
        let [a, _, b, _] = cable;
        self.is_up(a) && self.is_up(b) && !self.centre.failed.contains(&Centre::element(cable))
    }

    /// The switches that a machine is attached to, all in its one VLAN.
    pub(crate) fn switches(&self, machine: &str) -> BTreeSet<String> {
        let host = self.centre.host(machine);
        let of_host = self.centre.cables.iter().filter(|cable| self.works(cable));
        let far = |[a, _, b, _]: &[String; 4]| match () {
            () if a == host => Some(b.clone()),
            () if b == host => Some(a.clone()),
            () => None,
        };
        of_host.filter_map(far).collect()
    }

    /// How far every switch is from one.
    fn distances(&self, from: &str) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::from([(from.to_owned(), 0)]);
        let mut open = VecDeque::from([from.to_owned()]);
        while let Some(at) = open.pop_front() {
            let next = found[&at] + 1;
            for other in self.links.get(&at).into_iter().flatten() {
                if !found.contains_key(other) {
                    found.insert(other.clone(), next);
                    open.push_back(other.clone());
                }
            }
        }
        found
    }

    /// Every shortest walk between two switches, both included.
    fn walks(&self, from: &str, to: &str) -> Vec<Vec<String>> {
        let left = self.distances(to);
        let mut walks = vec![vec![from.to_owned()]];
        for step in (0..left.get(from).copied().unwrap_or(0)).rev() {
            let mut longer = Vec::new();
            for walk in &walks {
                let at = &walk[walk.len() - 1];
                for next in self.links[at].iter().filter(|next| left.get(*next) == Some(&step)) {
                    longer.push(walk.iter().cloned().chain([next.clone()]).collect());
                }
            }
            walks = longer;
        }
        walks
    }

    /// The pairs of the two sets that are least apart.
    fn nearest(&self, from: &BTreeSet<String>, to: &BTreeSet<String>) -> Vec<(String, String)> {
        let mut best = (usize::MAX, Vec::new());
        for a in from {
            let distances = self.distances(a);
            for b in to {
                let Some(distance) = distances.get(b) else { continue };
                if *distance < best.0 {
                    best = (*distance, Vec::new());
                }
                if *distance == best.0 {
                    best.1.push((a.clone(), b.clone()));
                }
            }
        }
        best.1
    }

    /// The paths from one machine to another.
    pub(crate) fn way(&self, a: &str, b: &str) -> Option<Way> {
        let (from, to) = (self.centre.host(a), self.centre.host(b));
        if !self.is_up(from) || !self.is_up(to) {
            return None;
        }
        let one_vlan = self.centre.vlans[a] == self.centre.vlans[b];
        if a == b || (from == to && one_vlan) {
            return Some(Way { lengths: [0].into(), ..Way::default() });
        }
        let (first, last) = (self.switches(a), self.switches(b));
        let mut walks: Vec<Vec<String>> = Vec::new();
        if one_vlan {
            for (s, t) in self.nearest(&first, &last) {
                walks.extend(self.walks(&s, &t));
            }
        } else {
            let gateways: BTreeSet<String> = self.centre.of_role("distribution").into_iter().collect();
            let knows =
                |gateway: &String| self.is_up(gateway) && !self.nearest(&[gateway.clone()].into(), &last).is_empty();
            let gateways: BTreeSet<String> = gateways.into_iter().filter(knows).collect();
            for (s, gateway) in self.nearest(&first, &gateways) {
                for (_, t) in self.nearest(&[gateway.clone()].into(), &last) {
                    for up in self.walks(&s, &gateway) {
                        walks.extend(self.walks(&gateway, &t).iter().map(|down| [&up[..], &down[1..]].concat()));
                    }
                }
            }
        }
        (!walks.is_empty()).then(|| self.joined(from, &walks, to))
    }

    fn joined(&self, from: &str, walks: &[Vec<String>], to: &str) -> Way {
        let mut way = Way::default();
        for walk in walks {
            let whole = [&[from.to_owned()], &walk[..], &[to.to_owned()]].concat();
            way.lengths.insert(whole.len() - 1);
            way.tiers.extend(walk.iter().map(|device| self.centre.roles[device].to_owned()));
            way.links.extend((1..).zip(whole.windows(2)).map(|(seq, w)| (seq, w[0].clone(), w[1].clone())));
        }
        way
    }
}
