//! Measuring one evaluator in a process of its own: whatever it uses, it used for this.

use super::data::{Epoch, Kind, Row};
use super::files;
use super::suite::Suite;
use super::usage::{cpu_seconds, memory};
use compiler::NoFiles;
use compiler::plan::Plan;
use compiler::planner::{Statistics, plan};
use compiler::program::Program;
use rules::support::Twin;
use runtime::{BaseId, Engine, Fork, Once, Options, Origin, Symbols};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Evaluator {
    /// The incremental engine
    Live,
    /// The one-shot evaluator
    Once,
    /// The compiled twin
    Ascent,
}

/// What one process found out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Values by the name of what was measured; several for what was done several times.
    pub(super) values: BTreeMap<String, Vec<f64>>,
    /// How many tuples the results have.
    pub(super) counts: BTreeMap<String, usize>,
}

/// What can be measured, in the order in which it is shown, and its unit.
pub(super) const MEASURES: [(&str, &str); 7] = [
    (LOAD, "s"),
    (LOAD_CPU, "s"),
    ("peak memory", "MiB"),
    ("bytes per tuple", "B"),
    ("1 insert", "ms"),
    ("1 delete", "ms"),
    ("100 mixed changes", "ms"),
];
const LOAD: &str = "first load";
const LOAD_CPU: &str = "first load, cpu";

/// Evaluates a suite's program over the data in a directory.
pub(super) fn measure(
    suite: &Suite,
    evaluator: Evaluator,
    workers: usize,
    directory: &Path,
    patience: Duration,
) -> Result<Measured, String> {
    match evaluator {
        Evaluator::Live => live(suite, workers, directory, patience),
        Evaluator::Once => once(suite, workers, directory),
        Evaluator::Ascent => ascent(suite, directory),
    }
}

/// The program's given relations: name and number of columns.
fn given(program: &Program) -> Vec<(String, usize)> {
    let mut given: Vec<_> =
        program.directives.iter().filter(|d| d.kind == compiler::program::DirectiveKind::Input).collect();
    given.dedup_by_key(|d| d.relation);
    given.iter().map(|d| program.relation(d.relation)).map(|r| (r.name.to_string(), r.columns.len())).collect()
}

fn program(suite: &Suite) -> Result<Program, String> {
    let path = format!("bench/{}.dl", suite.name);
    let text = rules::text(&path).ok_or_else(|| format!("rules lack {path}"))?;
    let compilation = compiler::compile(&[(&path, text)], &NoFiles);
    compilation.program.ok_or_else(|| format!("{path} does not compile"))
}

/// Processor time, memory and wall time of a first load.
pub(super) struct Load {
    start: Instant,
    cpu: f64,
    resident: u64,
}

impl Load {
    pub(super) fn begin() -> Self {
        Load { resident: memory().map_or(0, |(now, _)| now), cpu: cpu_seconds(), start: Instant::now() }
    }

    pub(super) fn end(
        self,
        tuples: impl FnOnce() -> Result<usize, String>,
        measured: &mut Measured,
    ) -> Result<(), String> {
        let wall = self.start.elapsed().as_secs_f64();
        let cpu = cpu_seconds() - self.cpu;
        let memory = memory();
        measured.add(LOAD, wall);
        measured.add(LOAD_CPU, cpu);
        if let Some((now, peak)) = memory {
            measured.add("peak memory", peak as f64 / f64::from(1 << 20));
            let tuples = tuples()?.max(1) as f64;
            measured.add("bytes per tuple", now.saturating_sub(self.resident) as f64 / tuples);
        }
        Ok(())
    }
}

impl Measured {
    pub(super) fn add(&mut self, name: &str, value: f64) {
        self.values.entry(name.to_string()).or_default().push(value);
    }
}

/// A suite's plan, and its given relations.
fn planned(suite: &Suite, directory: &Path) -> Result<(Plan, Vec<(String, usize)>), String> {
    let program = program(suite)?;
    let given = given(&program);
    let mut statistics = Statistics::new();
    for (name, arity) in &given {
        statistics.set_rows(name, files::rows(directory, name, *arity).map_err(|e| e.to_string())?);
    }
    Ok((plan(&program, &statistics), given))
}

fn once(suite: &Suite, workers: usize, directory: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let (plan, given) = planned(suite, directory)?;
    let failed = |e: runtime::Error| e.to_string();

    let load = Load::begin();
    let mut once = Once::new(plan, Symbols::default(), Options { workers });
    let mut facts = 0;
    for (name, arity) in &given {
        let base = once.base(name).map_err(failed)?;
        let mut columns = once.columns(base).map_err(failed)?;
        let insert = |numbers: &[i64]| {
            let mut row = [0; std::mem::size_of::<Row>() / 8];
            for numbers in numbers.chunks_exact(*arity) {
                row[..*arity].iter_mut().zip(numbers).for_each(|(word, number)| *word = *number as u64);
                columns.push(&row[..*arity]);
            }
        };
        files::read(directory, name, *arity, insert).map_err(|e| e.to_string())?;
        facts += columns.len();
        once.add(base, columns).map_err(failed)?;
    }
    let mut answers = once.evaluate();
    let tuples = || {
        let mut tuples = facts;
        for name in suite.results {
            let count = answers.count(name).map_err(failed)?;
            measured.counts.insert(name.to_string(), count);
            tuples += count;
        }
        Ok(tuples)
    };
    let mut figures = Measured::default();
    load.end(tuples, &mut figures)?;
    measured.values = figures.values;
    Ok(measured)
}

fn live(suite: &Suite, workers: usize, directory: &Path, patience: Duration) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let (plan, given) = planned(suite, directory)?;
    let failed = |e: runtime::Error| e.to_string();

    let load = Load::begin();
    let mut engine = Engine::new(Options { workers }).map_err(failed)?;
    engine.set_plan(plan).map_err(failed)?;
    for (name, arity) in &given {
        let base = engine.base(name).map_err(failed)?;
        let mut outcome = Ok(());
        let insert = |numbers: &[i64]| {
            let mut row = [0; std::mem::size_of::<Row>() / 8];
            for numbers in numbers.chunks_exact(*arity) {
                row[..*arity].iter_mut().zip(numbers).for_each(|(word, number)| *word = *number as u64);
                let inserted = engine.insert(Fork::BASE, base, &row[..*arity], Origin::default());
                outcome = std::mem::replace(&mut outcome, Ok(())).and(inserted);
            }
        };
        files::read(directory, name, *arity, insert).map_err(|e| e.to_string())?;
        outcome.map_err(failed)?;
    }
    engine.commit().map_err(failed)?;
    let tuples = || {
        let mut tuples = engine.facts();
        for name in suite.results {
            let count = engine.count(Fork::BASE, name).map_err(failed)?;
            measured.counts.insert(name.to_string(), count);
            tuples += count;
        }
        Ok(tuples)
    };
    let mut figures = Measured::default();
    load.end(tuples, &mut figures)?;
    measured.values = figures.values;

    let arity = given.iter().find(|(name, _)| name == suite.changing).map_or(0, |(_, arity)| *arity);
    let base = engine.base(suite.changing).map_err(failed)?;
    let epochs = files::read_updates(directory).map_err(|e| e.to_string())?;
    let start = Instant::now();
    for epoch in &epochs {
        if epoch.kind == Kind::Insert && start.elapsed() > patience {
            break;
        }
        let name = match epoch.kind {
            Kind::Insert => "1 insert",
            Kind::Delete => "1 delete",
            Kind::Mixed => "100 mixed changes",
        };
        let took = change(&mut engine, base, arity, epoch).map_err(failed)?;
        measured.add(name, took.as_secs_f64() * 1000.0);
    }
    Ok(measured)
}

/// Makes the changes of an epoch and waits until everything derived is up to date.
fn change(engine: &mut Engine, base: BaseId, arity: usize, epoch: &Epoch) -> Result<Duration, runtime::Error> {
    let start = Instant::now();
    for (insert, row) in &epoch.changes {
        let words = row.map(|number| number as u64);
        match insert {
            true => engine.insert(Fork::BASE, base, &words[..arity], Origin::default())?,
            false => engine.retract(Fork::BASE, base, &words[..arity])?,
        }
    }
    engine.commit()?;
    Ok(start.elapsed())
}

fn ascent(suite: &Suite, directory: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let given = given(&program(suite)?);
    let name = format!("bench/{}", suite.name);
    let make = rules::twin(&name).ok_or_else(|| format!("{name} has no twin"))?;

    let load = Load::begin();
    let mut twin: Box<dyn Twin> = make();
    for (name, arity) in &given {
        let mut fits = true;
        let insert = |numbers: &[i64]| fits &= twin.insert_numbers(name, numbers);
        files::read(directory, name, *arity, insert).map_err(|e| e.to_string())?;
        if !fits {
            return Err(format!("the twin of {} does not take `{name}`", suite.name));
        }
    }
    twin.solve();
    let names = given.iter().map(|(name, _)| name.as_str()).chain(suite.results.iter().copied());
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let tuples = names.iter().map(|name| twin.count(name).unwrap_or(0)).sum();
    load.end(|| Ok(tuples), &mut measured)?;
    for name in suite.results {
        measured.counts.insert(name.to_string(), twin.count(name).unwrap_or(0));
    }
    Ok(measured)
}
