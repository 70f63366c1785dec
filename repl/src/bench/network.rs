//! `strata bench network`: the network rules on a data centre of 7,118 machines, under single changes and in forks.
//!
//! Every change is made and undone, and both are measured: a random cable fails (nine in ten are those of hosts), a
//! host's port is put into another of its rack's VLANs, a VM moves to another host, a fork lets a cable fail. The kinds
//! take turns. At last a thousand forks (one for seven machines, if these are fewer) become visible in one epoch. After all
//! of it the sizes of results are what they were.

use super::fabric::{Fabric, Fact};
use super::measure::{Evaluator, Load, Measured};
use super::suite::Size;
use super::twister::Twister;
use super::usage::cpu_seconds;
use crate::compile::compile;
use crate::failure::{Failure, Outcome};
use crate::texts::Texts;
use compiler::plan::Plan;
use compiler::planner::Statistics;
use compiler::value::{Primitive, Type};
use runtime::{BaseId, Engine, Error, Fork, Once, Options, Origin, Symbols, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The suite's name.
pub(super) const NAME: &str = "network";

/// What is measured, in the order in which it is shown, and its unit.
pub(super) const MEASURES: [(&str, &str); 22] = [
    ("first load", "s"),
    ("first load, cpu", "s"),
    ("peak memory", "MiB"),
    ("bytes per tuple", "B"),
    (NOTHING[0], "ms"),
    (NOTHING[1], "ms"),
    (NOTHING[2], "rows"),
    (LINK[0], "ms"),
    (LINK[1], "ms"),
    (LINK[2], "rows"),
    (VLAN[0], "ms"),
    (VLAN[1], "ms"),
    (VLAN[2], "rows"),
    (PLACEMENT[0], "ms"),
    (PLACEMENT[1], "ms"),
    (PLACEMENT[2], "rows"),
    (FORK[0], "ms"),
    (FORK[1], "ms"),
    (FORK[2], "rows"),
    (FORKS[0], "ms"),
    (FORKS[1], "ms"),
    (FORKS_DROPPED, "ms"),
];
/// Of a change: its time, its processor time, and the rows that operators produced for it.
type Change = [&'static str; 3];
const NOTHING: Change = ["no change", "no change, cpu", "no change, produced"];
const LINK: Change = ["one link", "one link, cpu", "one link, produced"];
const VLAN: Change = ["one VLAN", "one VLAN, cpu", "one VLAN, produced"];
const PLACEMENT: Change = ["one placement", "one placement, cpu", "one placement, produced"];
const FORK: Change = ["one fork, one edit", "one fork, cpu", "one fork, produced"];
const FORKS: [&str; 2] = ["forks in one epoch", "forks in one epoch, cpu"];
const FORKS_DROPPED: &str = "those forks dropped";

/// The relations whose sizes are the result.
const RESULTS: [&str; 4] = ["attached", "l2_next", "path_link", "distance"];

/// Facts to insert (true) and to retract (false).
type Edit = Vec<(bool, Fact)>;

/// The data centre of a size.
fn fabric(size: Size) -> Fabric {
    match size {
        Size::S => Fabric::small(),
        Size::M => Fabric::full(),
    }
}

/// Measures one evaluator, with the rules in a file, or the standard ones.
pub(super) fn measure(
    evaluator: Evaluator,
    workers: usize,
    size: Size,
    rules: Option<&Path>,
    patience: Duration,
) -> Outcome<Measured> {
    let plan = planned(rules)?;
    let fabric = fabric(size);
    let measured = match evaluator {
        Evaluator::Live => live(plan, &fabric, workers, patience),
        Evaluator::Once => once(plan, &fabric, workers),
        Evaluator::Ascent => Err("the network rules are not measured as a twin".to_string()),
    };
    measured.map_err(Failure::Ours)
}

fn planned(rules: Option<&Path>) -> Outcome<Plan> {
    let mut texts = Texts::new("<bench>");
    texts.load(rules.unwrap_or(Path::new("<network.dl>")));
    Ok(compile(&texts, None, &Statistics::new())?.plan)
}

/// The words of facts, by relation.
struct Words<'a> {
    plan: &'a Plan,
    symbols: Symbols,
    types: BTreeMap<&'static str, Vec<Type>>,
}

impl<'a> Words<'a> {
    fn new(plan: &'a Plan, symbols: Symbols) -> Self {
        Words { plan, symbols, types: BTreeMap::new() }
    }

    fn of(&mut self, (relation, fields): &Fact) -> Result<Vec<u64>, String> {
        if !self.types.contains_key(relation) {
            let id = self.plan.find(relation).ok_or_else(|| format!("the rules have no relation {relation}"))?;
            let types = self.plan.relation(id).columns.iter().map(|c| c.ty.clone()).collect();
            self.types.insert(relation, types);
        }
        let value = |(text, ty): (&String, &Type)| match ty.primitive {
            Primitive::Symbol => Value::Symbol(text.as_str().into()).word(&self.symbols),
            _ => text.parse().map_or(0, |number: i64| number as u64),
        };
        Ok(fields.iter().zip(&self.types[relation]).map(value).collect())
    }
}

fn failed(error: Error) -> String {
    error.to_string()
}

fn once(plan: Plan, fabric: &Fabric, workers: usize) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let facts = fabric.facts();
    let load = Load::begin();
    let mut once = Once::new(plan.clone(), Symbols::default(), Options { workers });
    let mut words = Words::new(&plan, once.symbols().clone());
    for fact in &facts {
        let base = once.base(fact.0).map_err(failed)?;
        once.insert(base, &words.of(fact)?).map_err(failed)?;
    }
    let mut answers = once.evaluate();
    for name in RESULTS {
        measured.counts.insert(name.to_string(), answers.count(name).map_err(failed)?);
    }
    let names: Vec<String> = plan.relations.iter().map(|relation| relation.name.to_string()).collect();
    let tuples = || names.iter().map(|name| answers.count(name).map_err(failed)).sum();
    load.end(tuples, &mut measured)?;
    Ok(measured)
}

/// A live engine with the data centre in it.
struct Model<'a> {
    engine: Engine,
    words: Words<'a>,
    bases: BTreeMap<&'static str, BaseId>,
}

impl Model<'_> {
    fn apply(&mut self, fork: Fork, edit: &[(bool, Fact)]) -> Result<(), String> {
        for (insert, fact) in edit {
            let base = match self.bases.get(fact.0) {
                Some(base) => *base,
                None => {
                    let base = self.engine.base(fact.0).map_err(failed)?;
                    self.bases.insert(fact.0, base);
                    base
                }
            };
            let row = self.words.of(fact)?;
            match insert {
                true => self.engine.insert(fork, base, &row, Origin::default()),
                false => self.engine.retract(fork, base, &row),
            }
            .map_err(failed)?;
        }
        Ok(())
    }

    /// Makes a change and waits until everything is up to date.
    fn timed(
        &mut self,
        fork: Fork,
        name: Change,
        edit: &[(bool, Fact)],
        measured: &mut Measured,
    ) -> Result<(), String> {
        let (start, cpu) = (Instant::now(), cpu_seconds());
        self.apply(fork, edit)?;
        let commit = self.engine.commit().map_err(failed)?;
        measured.add(name[0], start.elapsed().as_secs_f64() * 1000.0);
        measured.add(name[1], (cpu_seconds() - cpu) * 1000.0);
        measured.add(name[2], commit.produced as f64);
        Ok(())
    }

    fn forked(&mut self, edit: &[(bool, Fact)], measured: &mut Measured) -> Result<(), String> {
        let fork = self.engine.fork();
        self.timed(fork, FORK, edit, measured)?;
        self.engine.drop_fork(fork).map_err(failed)?;
        self.engine.commit().map_err(failed)?;
        Ok(())
    }

    fn counts(&mut self) -> Result<BTreeMap<String, usize>, String> {
        let count = |name: &&str| Ok((name.to_string(), self.engine.count(Fork::BASE, name).map_err(failed)?));
        RESULTS.iter().map(count).collect()
    }
}

fn live(plan: Plan, fabric: &Fabric, workers: usize, patience: Duration) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let facts = fabric.facts();
    let load = Load::begin();
    let mut engine = Engine::new(Options { workers }).map_err(failed)?;
    engine.set_plan(plan.clone()).map_err(failed)?;
    let words = Words::new(&plan, engine.symbols().clone());
    let mut model = Model { engine, words, bases: BTreeMap::new() };
    let all: Edit = facts.into_iter().map(|fact| (true, fact)).collect();
    model.apply(Fork::BASE, &all)?;
    drop(all);
    model.engine.commit().map_err(failed)?;
    let names: Vec<String> = plan.relations.iter().map(|relation| relation.name.to_string()).collect();
    let engine = &mut model.engine;
    let tuples = || names.iter().map(|name| engine.count(Fork::BASE, name).map_err(failed)).sum();
    load.end(tuples, &mut measured)?;
    measured.counts = model.counts()?;

    let draw = &mut Twister::new(fabric.seed + 1);
    let cables: Vec<[String; 4]> = fabric.cables();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        if start.elapsed() > patience {
            break;
        }
        model.timed(Fork::BASE, NOTHING, &[], &mut measured)?;
        let edits = [(LINK, link(&cables, draw)), (VLAN, vlan(fabric, draw)), (PLACEMENT, placement(fabric, draw))];
        for (name, edit) in edits {
            model.timed(Fork::BASE, name, &edit, &mut measured)?;
            let undo: Edit = edit.into_iter().map(|(insert, fact)| (!insert, fact)).collect();
            model.timed(Fork::BASE, name, &undo, &mut measured)?;
        }
        model.forked(&link(&cables, draw), &mut measured)?;
    }
    forks(&mut model, (fabric.machines / 7).min(1000), &cables, draw, &mut measured)?;
    let now = model.counts()?;
    if now != measured.counts {
        return Err(format!("before the changes there were {:?}, after undoing them {now:?}", measured.counts));
    }
    Ok(measured)
}

/// How often every change is made.
const ROUNDS: usize = 100;

/// Forks, each without another cable, become visible at once.
fn forks(
    model: &mut Model<'_>,
    count: usize,
    cables: &[[String; 4]],
    draw: &mut Twister,
    measured: &mut Measured,
) -> Result<(), String> {
    let edits: Vec<Edit> = (0..count).map(|_| link(cables, draw)).collect();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut open = Vec::new();
    for edit in &edits {
        let fork = model.engine.fork();
        model.apply(fork, edit)?;
        open.push(fork);
    }
    model.engine.commit().map_err(failed)?;
    measured.add(FORKS[0], start.elapsed().as_secs_f64() * 1000.0);
    measured.add(FORKS[1], (cpu_seconds() - cpu) * 1000.0);
    let start = Instant::now();
    for fork in open {
        model.engine.drop_fork(fork).map_err(failed)?;
    }
    model.engine.commit().map_err(failed)?;
    measured.add(FORKS_DROPPED, start.elapsed().as_secs_f64() * 1000.0);
    Ok(())
}

/// Some cable fails.
fn link(cables: &[[String; 4]], draw: &mut Twister) -> Edit {
    let [a, ai, b, bi] = &cables[draw.below(cables.len() as i64) as usize];
    let ((a, ai), (b, bi)) = if (a, ai) < (b, bi) { ((a, ai), (b, bi)) } else { ((b, bi), (a, ai)) };
    vec![(true, ("failed", vec![format!("{a}:{ai}--{b}:{bi}")]))]
}

/// Some host's ports are put into the next VLAN of the rack.
fn vlan(fabric: &Fabric, draw: &mut Twister) -> Edit {
    let hosts: Vec<_> = fabric.places().collect();
    let place = hosts[draw.below(hosts.len() as i64) as usize];
    let (before, after) = fabric.next_vlan(place);
    let ports = fabric.ports(place);
    let state = |insert, (switch, port): &(String, String), vid: &str, mode: &str| {
        (insert, ("interface_vlan", vec![switch.clone(), port.clone(), vid.to_string(), mode.to_string()]))
    };
    let change = |port| {
        [
            state(false, port, &before, "untagged"),
            state(false, port, &after, "tagged"),
            state(true, port, &before, "tagged"),
            state(true, port, &after, "untagged"),
        ]
    };
    ports.iter().flat_map(change).collect()
}

/// Some VM moves to the next host.
fn placement(fabric: &Fabric, draw: &mut Twister) -> Edit {
    let vm = draw.below(fabric.vms() as i64) as usize;
    let (block, rack, host) = fabric.vm_place(vm);
    let fact = |host: usize| ("vm", vec![format!("v{:05}", vm + 1), fabric.host(block, rack, host)]);
    vec![(false, fact(host)), (true, fact((host + 1) % fabric.hosts))]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One whole measurement of each evaluator, in this process.
    #[test]
    fn evaluators_agree_on_a_small_data_centre_and_every_measure_is_taken() {
        let taken = |evaluator, patience| {
            measure(evaluator, 1, Size::S, None, Duration::from_secs(patience)).expect("a measurement")
        };
        let (live, once) = (taken(Evaluator::Live, 1), taken(Evaluator::Once, 0));
        assert_eq!(live.counts, once.counts);
        assert!(live.counts.values().all(|count| *count > 0), "{:?}", live.counts);
        for (measure, _) in MEASURES {
            assert!(live.values.get(measure).is_some_and(|values| !values.is_empty()), "{measure}");
        }
    }
}
