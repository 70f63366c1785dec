//! What the topology is drawn from: the layers, what joins them, and the ways between machines.

use crate::failure::Outcome;
use crate::study::Study;
use runtime::Symbols;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Names are places in `names` throughout.
#[derive(Serialize)]
pub(super) struct Topology {
    names: Vec<String>,
    layers: Vec<Layer>,
    /// What stands on, or hangs below, what.
    joins: Joins,
    /// The ways that packets take: steps of (number, from, to); -1 is the host of the source, -2 that of the destination.
    ways: Vec<Way>,
    /// Source, destination, way.
    pairs: Pairs,
}

#[derive(Serialize)]
struct Layer {
    name: &'static str,
    items: Vec<u32>,
}

struct Names {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    fn of(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), self.texts.len() as u32 - 1);
        self.texts.len() as u32 - 1
    }
}

/// The topology of a study.
pub(super) fn of(study: &mut Study) -> Outcome<Topology> {
    let mut names = Names { texts: Vec::new(), numbers: HashMap::new() };
    let symbols = study.symbols.clone();
    let (layers, joins, hosts) = layers(study, &symbols, &mut names)?;
    let (ways, pairs) = ways(study, &symbols, &hosts, &mut names)?;
    Ok(Topology { names: names.texts, layers, joins, ways, pairs })
}

type Hosts = HashMap<u64, u64>;
/// Steps of a way: number, from, to.
type Way = Vec<(i64, i64, i64)>;
/// Source, destination, and the number of their way.
type Pairs = Vec<(u32, u32, u32)>;
/// Two names.
type Joins = Vec<(u32, u32)>;

/// The layers, from the core down to applications, and what joins them.
fn layers(study: &mut Study, symbols: &Symbols, names: &mut Names) -> Outcome<(Vec<Layer>, Joins, Hosts)> {
    let answers = &mut study.answers;
    let tiers = ["core", "router", "firewall", "distribution", "access", "host"];
    let titles = ["core", "routers", "firewalls", "distribution", "access", "hosts"];
    let mut by_tier: Vec<Vec<String>> = vec![Vec::new(); tiers.len()];
    for row in answers.rows("device")?.iter() {
        if let Some(tier) = tiers.iter().position(|tier| *tier == symbols.text(row[1])) {
            by_tier[tier].push(symbols.text(row[0]).to_owned());
        }
    }
    let mut hosts = Hosts::new();
    let (mut vms, mut joins) = (Vec::new(), Vec::new());
    for row in answers.rows("runs_on")?.iter() {
        hosts.insert(row[0], row[1]);
        if row[0] != row[1] {
            vms.push(symbols.text(row[0]).to_owned());
            joins.push((row[1], row[0]));
        }
    }
    let (mut processes, mut groups) = (Vec::new(), Vec::new());
    for row in answers.rows("placed")?.iter() {
        processes.push(symbols.text(row[0]).to_owned());
        joins.push((row[1], row[0]));
    }
    for row in answers.rows("replica")?.iter() {
        groups.push(symbols.text(row[1]).to_owned());
        joins.push((row[2], row[1]));
    }
    for row in answers.rows("adjacent")?.iter().filter(|row| row[0] < row[1]) {
        joins.push((row[0], row[1]));
    }
    by_tier.extend([vms, processes, groups]);
    let titles = titles.into_iter().chain(["virtual machines", "processes", "farms and applications"]);
    let layers = titles.zip(by_tier).filter(|(_, items)| !items.is_empty()).map(|(name, mut items)| {
        items.sort();
        items.dedup();
        Layer { name, items: items.iter().map(|item| names.of(item)).collect() }
    });
    let layers = layers.collect();
    let joins = joins.into_iter().map(|(a, b)| (names.of(symbols.text(a)), names.of(symbols.text(b)))).collect();
    Ok((layers, joins, hosts))
}

/// The ways between machines that talk. Machines that are attached alike have the same ways but for their hosts.
fn ways(study: &mut Study, symbols: &Symbols, hosts: &Hosts, names: &mut Names) -> Outcome<(Vec<Way>, Pairs)> {
    let mut steps: BTreeMap<(u64, u64), Way> = BTreeMap::new();
    for row in study.answers.rows("path_link")?.iter() {
        let [src, dst, seq, from, to] = [row[0], row[1], row[2], row[3], row[4]];
        let mut end = |name: u64| match () {
            () if hosts.get(&src) == Some(&name) => -1,
            () if hosts.get(&dst) == Some(&name) => -2,
            () => i64::from(names.of(symbols.text(name))),
        };
        steps.entry((src, dst)).or_default().push((seq as i64, end(from), end(to)));
    }
    let (mut ways, mut numbers, mut pairs) = (Vec::new(), HashMap::new(), Vec::new());
    for ((src, dst), mut way) in steps {
        way.sort_unstable();
        let number = *numbers.entry(way).or_insert_with_key(|way| {
            ways.push(way.clone());
            ways.len() as u32 - 1
        });
        pairs.push((names.of(symbols.text(src)), names.of(symbols.text(dst)), number));
    }
    Ok((ways, pairs))
}
