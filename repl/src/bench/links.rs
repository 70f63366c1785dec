//! Links: distances and next hops from some 8,000 machines to all gateways, under changed links, in forks, and with
//! rules that are typed. The network is that of the engine's first measurements, scaled: 4 gateways, 4 core, 16
//! distribution and 200 access switches, and 39 hosts at each of these.

use super::measure::{Evaluator, Measured};
use super::twister::Twister;
use compiler::NoFiles;
use compiler::plan::Plan;
use compiler::planner::{Statistics, plan};
use runtime::{BaseId, Engine, Fork, Once, Options, Origin, Symbols};
use std::time::Instant;

const PROGRAM: &str = "
    .decl link(a: number, b: number)
    .decl gateway(g: number)
    .decl adjacent(a: number, b: number)
    adjacent(a, b) :- link(a, b).
    adjacent(b, a) :- link(a, b).
    .decl dist(x: number, g: number, d: number)
    dist(g, g, 0) :- gateway(g).
    dist(y, g, d + 1) :- dist(x, g, d), adjacent(x, y).
    dist(x, g, d) <= dist(x, g, e) :- e <= d.
    .decl next_hop(x: number, g: number, y: number)
    next_hop(x, g, y) :- dist(x, g, d), adjacent(x, y), dist(y, g, d - 1).
";

/// What somebody types: which machines have an equal choice on their way?
const TYPED: &str = "
    .decl choices(x: number, g: number, n: number)
    choices(x, g, n) :- dist(x, g, _), n = count : { next_hop(x, g, _) }, n > 1.
";

const RESULTS: [&str; 2] = ["dist", "next_hop"];

/// How many links are changed, and forks made, one after the other.
const CHANGES: usize = 200;

/// How many forks are made in one epoch.
const MANY: usize = 1000;

/// Names of what is measured.
pub(super) const LOAD: &str = "links, first load";
pub(super) const LINK: &str = "links, one changed link";
pub(super) const FORK: &str = "links, fork with one edit";
pub(super) const FORKS: &str = "links, 1,000 forks in one epoch";
pub(super) const UNDER: &str = "links, one changed link under 1,000 forks";
pub(super) const DROP: &str = "links, 1,000 forks dropped";
pub(super) const RULE: &str = "links, rule typed → answer";

type Link = [u64; 2];

/// Gateways and links.
fn network() -> (Vec<u64>, Vec<Link>) {
    let (gateways, core, distribution, access, hosts) = (4, 4, 16, 200, 39);
    let mut first = 0;
    let mut tier = |count: u64| {
        first += count;
        (first - count..first).collect::<Vec<u64>>()
    };
    let tiers = [tier(gateways), tier(core), tier(distribution), tier(access), tier(access * hosts)];
    let mut links = Vec::new();
    for pair in tiers[..3].windows(2) {
        links.extend(pair[0].iter().flat_map(|a| pair[1].iter().map(move |b| [*a, *b])));
    }
    for (i, switch) in (0..).zip(&tiers[3]) {
        // Two uplinks, to neighbours among the distribution switches.
        links.extend([2 * i, 2 * i + 1].map(|up| [tiers[2][up % tiers[2].len()], *switch]));
        links.extend((0..hosts).map(|host| [*switch, tiers[4][(i as u64 * hosts + host) as usize]]));
    }
    (tiers[0].clone(), links)
}

fn planned(text: &str) -> Result<Plan, String> {
    let program = compiler::compile(&[("links.dl", text)], &NoFiles)
        .program
        .ok_or("the program of the links does not compile")?;
    let mut statistics = Statistics::new();
    statistics.set_rows("link", 8_300);
    statistics.set_rows("gateway", 4);
    Ok(plan(&program, &statistics))
}

/// Measures one evaluator.
pub(super) fn measure(evaluator: Evaluator, workers: usize) -> Result<Measured, String> {
    match evaluator {
        Evaluator::Live => live(workers),
        _ => once(workers),
    }
}

fn failed(error: runtime::Error) -> String {
    error.to_string()
}

/// From scratch: after a link has changed, or with another rule, everything is evaluated again.
fn once(workers: usize) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let (gateways, links) = network();
    let mut evaluate = |text: &str, without: usize| -> Result<f64, String> {
        let start = Instant::now();
        let mut once = Once::new(planned(text)?, Symbols::default(), Options { workers });
        let (link, gateway) = (once.base("link").map_err(failed)?, once.base("gateway").map_err(failed)?);
        for (place, row) in links.iter().enumerate() {
            if place != without {
                once.insert(link, row).map_err(failed)?;
            }
        }
        gateways.iter().try_for_each(|g| once.insert(gateway, &[*g])).map_err(failed)?;
        let mut answers = once.evaluate();
        for name in RESULTS {
            let count = answers.count(name).map_err(failed)?;
            if without >= links.len() {
                measured.counts.insert(name.to_string(), count);
            }
        }
        Ok(start.elapsed().as_secs_f64() * 1000.0)
    };
    let whole = evaluate(PROGRAM, usize::MAX)?;
    let changed: Vec<f64> = (0..9).map(|i| evaluate(PROGRAM, i * 900)).collect::<Result<_, _>>()?;
    let typed = evaluate(&format!("{PROGRAM}{TYPED}"), usize::MAX)?;
    measured.values.insert(LOAD.to_string(), vec![whole]);
    for name in [LINK, FORK] {
        measured.values.insert(name.to_string(), changed.clone());
    }
    measured.values.insert(RULE.to_string(), vec![typed]);
    Ok(measured)
}

/// The live engine with the network in it.
struct Model {
    engine: Engine,
    link: BaseId,
    links: Vec<Link>,
    draw: Twister,
    measured: Measured,
}

fn live(workers: usize) -> Result<Measured, String> {
    let (gateways, links) = network();
    let start = Instant::now();
    let mut engine = Engine::new(Options { workers }).map_err(failed)?;
    engine.set_plan(planned(PROGRAM)?).map_err(failed)?;
    let (link, gateway) = (engine.base("link").map_err(failed)?, engine.base("gateway").map_err(failed)?);
    let mut insert = |base, row: &[u64]| engine.insert(Fork::BASE, base, row, Origin::default()).map_err(failed);
    links.iter().try_for_each(|row| insert(link, row))?;
    gateways.iter().try_for_each(|g| insert(gateway, &[*g]))?;
    engine.commit().map_err(failed)?;
    let mut model = Model { engine, link, links, draw: Twister::new(7), measured: Measured::default() };
    model.add(LOAD, start);
    for name in RESULTS {
        let count = model.engine.count(Fork::BASE, name).map_err(failed)?;
        model.measured.counts.insert(name.to_string(), count);
    }
    model.change_links(LINK, CHANGES).map_err(failed)?;
    model.fork_one_by_one().map_err(failed)?;
    model.fork_many().map_err(failed)?;
    model.type_a_rule()?;
    Ok(model.measured)
}

impl Model {
    fn add(&mut self, name: &str, start: Instant) {
        let taken = start.elapsed().as_secs_f64() * 1000.0;
        self.measured.values.entry(name.to_string()).or_default().push(taken);
    }

    fn any(&mut self) -> Link {
        self.links[self.draw.below(self.links.len() as i64) as usize]
    }

    /// Links go and come back.
    fn change_links(&mut self, name: &str, count: usize) -> Result<(), runtime::Error> {
        for _ in 0..count / 2 {
            let row = self.any();
            let start = Instant::now();
            self.engine.retract(Fork::BASE, self.link, &row)?;
            self.engine.commit()?;
            self.add(name, start);
            let start = Instant::now();
            self.engine.insert(Fork::BASE, self.link, &row, Origin::default())?;
            self.engine.commit()?;
            self.add(name, start);
        }
        Ok(())
    }

    fn fork_one_by_one(&mut self) -> Result<(), runtime::Error> {
        for _ in 0..CHANGES {
            let row = self.any();
            let start = Instant::now();
            let fork = self.engine.fork();
            self.engine.retract(fork, self.link, &row)?;
            self.engine.commit()?;
            self.add(FORK, start);
            self.engine.drop_fork(fork)?;
            self.engine.commit()?;
        }
        Ok(())
    }

    fn fork_many(&mut self) -> Result<(), runtime::Error> {
        let rows: Vec<Link> = (0..MANY).map(|_| self.any()).collect();
        let start = Instant::now();
        let mut forks = Vec::new();
        for row in &rows {
            let fork = self.engine.fork();
            self.engine.retract(fork, self.link, row)?;
            forks.push(fork);
        }
        self.engine.commit()?;
        self.add(FORKS, start);
        self.change_links(UNDER, CHANGES / 4)?;
        let start = Instant::now();
        forks.into_iter().try_for_each(|fork| self.engine.drop_fork(fork))?;
        self.engine.commit()?;
        self.add(DROP, start);
        Ok(())
    }

    /// A rule comes, is read, and goes.
    fn type_a_rule(&mut self) -> Result<(), String> {
        for _ in 0..5 {
            let start = Instant::now();
            self.engine.set_plan(planned(&format!("{PROGRAM}{TYPED}"))?).map_err(failed)?;
            self.engine.query(Fork::BASE, "choices", &[None; 3]).map_err(failed)?;
            self.add(RULE, start);
            self.engine.set_plan(planned(PROGRAM)?).map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_network_is_of_the_size_that_is_claimed() {
        let (gateways, links) = network();
        let nodes: BTreeSet<u64> = links.iter().flatten().copied().collect();
        assert_eq!((gateways.len(), nodes.len(), links.len()), (4, 8024, 16 + 64 + 400 + 7800));
        assert_eq!(links.iter().collect::<BTreeSet<_>>().len(), links.len());
    }

    #[test]
    fn both_evaluators_find_the_same_distances() {
        let (live, once) = (measure(Evaluator::Live, 1), measure(Evaluator::Once, 1));
        let (live, once) = (live.expect("a measurement"), once.expect("a measurement"));
        assert_eq!(live.counts, once.counts);
        assert_eq!(live.counts["dist"], 4 * 8024);
        for name in [LOAD, LINK, FORK, FORKS, UNDER, DROP, RULE] {
            assert!(live.values.contains_key(name), "{name}");
        }
    }
}
