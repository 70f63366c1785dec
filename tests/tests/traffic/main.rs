//! Traffic, policies, reasons and failures in small data centres made up at random: what the rules say, held against plain
//! loops over sets (`calculator`, `paths`), and what must hold of it.

mod calculator;
mod centre;
mod failures;
mod model;
mod paths;

use calculator::{Calculator, Leg, Load, ends, summed};
use centre::Centre;
use model::{Model, Row};
use runtime::Fork;
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: std::ops::Range<u64> = 0..40;

fn row<const N: usize>(fields: [&dyn ToString; N]) -> Row {
    fields.iter().map(|field| (*field).to_string()).collect()
}

fn leg_row(leg: &Leg) -> Row {
    row([&leg.0, &leg.1, &leg.2, &leg.3])
}

/// Loads as rows: the key, then messages and bytes.
fn rows_of(loads: &BTreeMap<Leg, Load>) -> BTreeSet<Row> {
    let rows = loads.iter().map(|(leg, load)| [leg_row(leg), row([&load.0, &load.1])].concat());
    rows.collect()
}

/// What is carried, as the rules say.
fn carried(model: &mut Model, fork: Fork) -> BTreeMap<Leg, Load> {
    let number = |text: &String| text.parse().expect("a number");
    let rows = model.rows(fork, "carried").into_iter();
    let read = |r: Row| ((r[0].clone(), r[1].clone(), r[2].clone(), r[3].clone()), (number(&r[4]), number(&r[5])));
    rows.map(read).collect()
}

#[test]
fn the_rules_say_of_traffic_what_plain_loops_say() {
    let mut crossing = 0;
    for seed in SEEDS {
        let centre = Centre::random(seed);
        let calculator = Calculator::new(&centre);
        let mut model = Model::new(&centre.facts());
        let mut says = |relation: &str| model.rows(Fork::BASE, relation);

        let loads = calculator.carried();
        assert_eq!(says("carried"), rows_of(&loads), "carried, seed {seed}");

        let by_pair = summed(loads.iter().map(|(leg, load)| ((leg.0.clone(), leg.1.clone()), *load)));
        let expected: BTreeSet<Row> = by_pair.iter().map(|((p, q), load)| row([p, q, &load.1])).collect();
        assert_eq!(says("leg_load"), expected, "leg_load, seed {seed}");

        let tiers = loads.iter().flat_map(|(leg, load)| calculator.tiers(leg).into_iter().map(|tier| (tier, *load)));
        let tiers = summed(tiers);
        let expected: BTreeSet<Row> = tiers.iter().map(|(tier, load)| row([tier, &load.0, &load.1])).collect();
        assert_eq!(says("tier_load"), expected, "tier_load, seed {seed}");

        links(&calculator, &loads, says("link_load"), seed);

        let reasons: Vec<(&Leg, &str)> = loads.keys().filter_map(|leg| Some((leg, calculator.reason(leg)?))).collect();
        let expected: BTreeSet<Row> = reasons.iter().map(|(leg, why)| [leg_row(leg), row([why])].concat()).collect();
        assert_eq!(says("reason"), expected, "reason, seed {seed}");

        let by_reason = summed(reasons.iter().map(|(leg, why)| (*why, loads[*leg])));
        let expected: BTreeSet<Row> = by_reason.iter().map(|(why, load)| row([why, &load.0, &load.1])).collect();
        assert_eq!(says("reason_load"), expected, "reason_load, seed {seed}");
        let add = |sum: Load, load: &Load| (sum.0 + load.0, sum.1 + load.1);
        let all = by_reason.values().fold((0, 0), add);
        assert_eq!(all, tiers.get("distribution").copied().unwrap_or_default(), "reasons add up, seed {seed}");
        crossing += reasons.len();
    }
    assert!(crossing > 100, "only {crossing} legs cross in all");
}

/// The links that legs cross, and link bytes: those of all legs, each by its links.
fn links(calculator: &Calculator<'_>, loads: &BTreeMap<Leg, Load>, link_load: BTreeSet<Row>, seed: u64) {
    let machines = &calculator.centre.processes;
    let (mut crossed, mut least, mut most) = (BTreeSet::new(), 0, 0);
    for (leg, load) in loads.iter().filter(|(_, load)| load.1 > 0) {
        let (Some(a), Some(b)) = (machines.get(&leg.0), machines.get(&leg.1)) else { continue };
        let Some(way) = calculator.paths.way(a, b) else { continue };
        crossed.extend(way.links.iter().map(|(_, from, to)| row([from, to])));
        let parts = |links: Option<&usize>| 5040 * load.1 * *links.expect("a path has a length") as u64;
        least += parts(way.lengths.first());
        most += parts(way.lengths.last());
    }
    let loaded: BTreeSet<Row> = link_load.iter().filter(|r| r[2] != "0").map(|r| r[..2].to_vec()).collect();
    assert_eq!(loaded, crossed, "links, seed {seed}");
    let sum: u64 = link_load.iter().map(|r| r[2].parse::<u64>().expect("a number")).sum();
    // Equal where all paths of each pair are equally long, which gateways alone can change.
    assert!(least <= sum && sum <= most, "{least} <= {sum} <= {most}, seed {seed}");
}

#[test]
fn what_an_asker_exchanges_for_a_service_is_the_same_under_every_policy() {
    let mut moved = 0;
    for seed in SEEDS {
        let centre = Centre::random(seed);
        let mut model = Model::new(&centre.facts());
        let by_asker = |loads: BTreeMap<Leg, Load>| {
            let key = |leg: &Leg| (ends(leg).0.to_owned(), leg.2.clone(), leg.3.clone());
            summed(loads.iter().map(|(leg, load)| (key(leg), *load)))
        };
        let observed = Calculator::new(&centre).observed();
        let before = carried(&mut model, Fork::BASE);
        for policy in ["round_robin", "nearby"] {
            let fork = model.fork();
            for (group, old) in &centre.policies {
                model.retract(fork, "balancing", &[group, *old]);
                model.insert(fork, "balancing", &[group, policy]);
            }
            model.commit();
            let loads = carried(&mut model, fork);
            moved += usize::from(loads != before);
            if policy == "round_robin" {
                assert_eq!(loads, observed, "seed {seed}");
            }
            assert_eq!(by_asker(loads), by_asker(observed.clone()), "{policy}, seed {seed}");
            model.drop_fork(fork);
        }
        assert_eq!(by_asker(before), by_asker(observed), "seed {seed}");
    }
    assert!(moved > 10, "policies change {moved} data centres");
}

/// Makes the change that a reason names, and says which machines then exchange the leg's messages.
fn apply(model: &mut Model, fork: Fork, centre: &Centre, leg: &Leg, why: &str) -> (String, String) {
    let calculator = Calculator::new(centre);
    let (asker, server) = ends(leg);
    let mut pair = (centre.processes[asker].clone(), centre.processes[server].clone());
    if why.starts_with("balancing") {
        let other = calculator.replica(leg, why == "balancing").expect("another replica");
        pair.1 = centre.processes[&other].clone();
    }
    if why.ends_with("vlan") {
        model.insert(fork, "vlan_override", &[&pair.0, "4094"]);
        model.insert(fork, "vlan_override", &[&pair.1, "4094"]);
    }
    if why == "placement" {
        let (switch, vid) = calculator.access_of_asker(leg).pop_first().expect("an access switch");
        model.insert(fork, "device", &["beside", "host", ""]);
        model.insert(fork, "cable", &["beside", "eth0", &switch, "new"]);
        model.insert(fork, "interface_vlan", &[&switch, "new", &vid.to_string(), "untagged"]);
        model.insert(fork, "address", &["beside", "eth0", "default", &format!("10.{vid}.0.250"), "24"]);
        pair.1 = "beside".into();
    }
    if leg.3 == "reply" { (pair.1, pair.0) } else { pair }
}

#[test]
fn the_change_that_a_reason_names_keeps_the_leg_below() {
    let mut applied: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in SEEDS {
        let centre = Centre::random(seed);
        let calculator = Calculator::new(&centre);
        let mut model = Model::new(&centre.facts());
        for leg in calculator.carried().keys().take(8) {
            let Some(why) = calculator.reason(leg).filter(|why| *why != "path") else { continue };
            if calculator.access_of_asker(leg).is_empty() {
                continue;
            }
            let fork = model.fork();
            let (src, dst) = apply(&mut model, fork, &centre, leg, why);
            model.insert(fork, "asked", &[&src, &dst]);
            model.commit();
            let reached = src == dst || model.has(fork, "distance", &[&src, &dst]);
            assert!(reached, "{leg:?} for {why}, seed {seed}");
            let crosses = model.has(fork, "crosses", &[&src, &dst, "distribution"]);
            assert!(!crosses, "{leg:?} for {why} still crosses, seed {seed}");
            *applied.entry(why).or_default() += 1;
            model.drop_fork(fork);
        }
    }
    let kinds: Vec<&str> = applied.keys().copied().collect();
    assert_eq!(kinds, ["balancing", "balancing+vlan", "placement", "vlan"], "{applied:?}");
}

#[test]
fn an_element_that_fails_and_is_mended_or_comes_and_goes_leaves_no_trace() {
    for seed in SEEDS.step_by(8) {
        let centre = Centre::random(seed);
        let mut model = Model::new(&centre.facts());
        let whole = model.everything();
        for element in centre.elements().iter().step_by(3).filter(|element| !centre.failed.contains(*element)) {
            model.insert(Fork::BASE, "failed", &[element]);
            model.commit();
            model.retract(Fork::BASE, "failed", &[element]);
            model.commit();
        }
        assert!(model.everything() == whole, "after failures, seed {seed}");
        for cable in centre.cables.iter().step_by(4) {
            model.retract(Fork::BASE, "cable", cable);
            model.commit();
            model.insert(Fork::BASE, "cable", cable);
            model.commit();
        }
        assert!(model.everything() == whole, "after cables came back, seed {seed}");
        let new: [(&str, &[&str]); 3] = [
            ("device", &["new", "access", ""]),
            ("cable", &["c1", "to_new", "new", "to_c1"]),
            ("interface_vlan", &["new", "to_c1", "10", "tagged"]),
        ];
        new.iter().for_each(|(relation, row)| model.insert(Fork::BASE, relation, row));
        model.commit();
        new.iter().for_each(|(relation, row)| model.retract(Fork::BASE, relation, row));
        model.commit();
        assert!(model.everything() == whole, "after a switch came and went, seed {seed}");
    }
}
