//! What the page's script draws from: the layers, the ways between machines, the cells of the heatmaps.

use crate::failure::Outcome;
use crate::study::{Found, SCENARIOS, Scenario, Study};
use runtime::Symbols;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Names are places in `names` throughout.
#[derive(Serialize)]
pub(super) struct Data {
    names: Vec<String>,
    layers: Vec<Layer>,
    /// What stands on, or hangs below, what.
    joins: Joins,
    /// The ways that packets take: steps of (number, from, to); -1 is the host of the source, -2 that of the destination.
    ways: Vec<Way>,
    /// Source, destination, way.
    pairs: Pairs,
    heatmaps: Vec<Heatmap>,
}

#[derive(Serialize)]
struct Layer {
    name: &'static str,
    items: Vec<u32>,
}

/// One figure, before and after.
#[derive(Serialize)]
struct Heatmap {
    kind: String,
    scenario: &'static str,
    text: &'static str,
    rows: Vec<u32>,
    columns: Vec<u32>,
    /// Row, column, bytes.
    cells: Vec<(u32, u32, u64)>,
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

/// The data of a study.
pub(super) fn of(study: &mut Study) -> Outcome<Data> {
    let mut names = Names { texts: Vec::new(), numbers: HashMap::new() };
    let symbols = study.symbols.clone();
    let (layers, joins, hosts) = layers(study, &symbols, &mut names)?;
    let (ways, pairs) = ways(study, &symbols, &hosts, &mut names)?;
    let mut heatmaps = Vec::new();
    for kind in ["esb_esb", "esb_application"] {
        heatmaps.extend(heat(study, kind, &mut names));
    }
    Ok(Data { names: names.texts, layers, joins, ways, pairs, heatmaps })
}

/// Bytes by source and destination.
type Cells = BTreeMap<(String, String), u64>;
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

/// The heatmaps of a kind of legs: all scenarios over the same rows and columns, farms and applications side by side.
fn heat(study: &Study, kind: &str, names: &mut Names) -> Vec<Heatmap> {
    let cells = |found: &Found| found.heat.get(kind).cloned().unwrap_or_default();
    let all: Vec<_> = study.scenarios.iter().map(|(_, found)| cells(found)).collect();
    let mut rows: Vec<String> = all.iter().flatten().map(|((source, _), _)| source.clone()).collect();
    let mut columns: Vec<String> = all.iter().flatten().map(|((_, destination), _)| destination.clone()).collect();
    for ends in [&mut rows, &mut columns] {
        ends.sort();
        ends.dedup();
    }
    let place = |ends: &[String]| -> HashMap<String, u32> { ends.iter().cloned().zip(0..).collect() };
    let (row, column) = (place(&rows), place(&columns));
    let numbers = |ends: &[String], names: &mut Names| -> Vec<u32> { ends.iter().map(|end| names.of(end)).collect() };
    let (rows, columns) = (numbers(&rows, names), numbers(&columns, names));
    let of = |(cells, scenario): (Cells, &Scenario)| Heatmap {
        kind: kind.to_owned(),
        scenario: scenario.name,
        text: scenario.text,
        rows: rows.clone(),
        columns: columns.clone(),
        cells: cells.iter().map(|((source, destination), n)| (row[source], column[destination], *n)).collect(),
    };
    all.into_iter().zip(&SCENARIOS).map(of).collect()
}
