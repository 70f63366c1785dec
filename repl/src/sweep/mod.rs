//! `strata sweep`: what follows if each element fails (`failures`), or any scenario happens to it.
//!
//! A scenario reads a relation `swept`, which is empty in the model. For each element there is a fork in which `swept`
//! holds it, and a fork of that one which follows the scenario: so the scenario's edits are derived from the model and
//! the element alone. What the outputs of that fork have otherwise than the model is counted, and both are dropped. Many
//! elements share an epoch. Cost: that of what each element changes.
//!
//! ```text
//! .decl swept(element: symbol)
//! .scenario failure "one element fails" { +failed(e) :- swept(e). }
//! ```

mod failures;
mod pairs;
pub mod ranking;
mod rows;
pub mod tally;

use crate::failure::{Failure, Outcome};
use crate::model::{Model, counted};
use crate::near::did_you_mean;
use crate::output::Output;
use crate::table::literal;
use clap::Args;
use compiler::program::{DirectiveKind, Program, RelationId};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rows::{Rows, Swept};
use runtime::{Engine, Fork, Origin, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::sync::Arc;

/// The relation that holds the element.
const SWEPT: &str = "swept";

/// The arguments of `strata sweep`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a scenario, each element fails: `--each element` (devices and cables), `device`, `host`, `switch`, `cable`, or a
role of devices. A row says how many pairs of processes are cut, services down, sessions lost and links overloaded, and
which link is used most after rerouting; the worst failures are ranked at the end, with the headroom between tiers. With
`--pairs`, two fail at once: `mlag`, every two of some kinds, or those of a file, two elements a line with a comma or a tab
between them. With `--load 1.5` there is half as much traffic again.

A scenario of --rules reads the relation `swept`, into which the sweep puts one element at a time:

  .decl swept(element: symbol)
  .scenario failure \"one element fails\" { +failed(e) :- swept(e). }

Then each row names an element, how many facts the scenario edits, and for each output how many tuples there are more and
less than in the model. With -o, what the file has already is not done again: an interrupted sweep goes on where it was.

Examples:
  strata sweep snapshot/ -o failures.csv
  strata sweep snapshot/ --each switch --rank 20
  strata sweep snapshot/ --each switch --load 1.5
  strata sweep snapshot/ --pairs core,distribution
  strata sweep snapshot/ --pairs mlag --load 2 -o pairs.csv
  strata sweep snapshot/ failure --rules rules.dl --each device -o devices.csv
  strata sweep snapshot/ failure --rules rules.dl --each 'element(name)' --count spof --count service_down
  strata sweep snapshot/ cut --rules rules.dl --each 'link(a, b)' --format json")]
pub struct Arguments {
    /// Directory with the facts
    pub snapshot: PathBuf,
    /// The scenario of the rules; otherwise each element fails
    #[arg(requires = "rules")]
    pub scenario: Option<String>,
    /// Rule files
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// The elements: a kind of those that can fail; or, for a scenario, all values of these columns (`device` is
    /// `device(name)`, `cable` all columns of it)
    #[arg(long, value_name = "KIND|RELATION(COLUMN)", default_value = "element")]
    pub each: String,
    /// Two elements fail at once: both of each MLAG pair, every two of some kinds, or the pairs of a file
    #[arg(long, value_name = "mlag|KIND,...|FILE", conflicts_with_all = ["each", "scenario"])]
    pub pairs: Option<String>,
    /// How many times the traffic links are to carry
    #[arg(long, value_name = "FACTOR", value_parser = load, conflicts_with = "scenario")]
    pub load: Option<u64>,
    /// How many of the worst failures are told
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub rank: u16,
    /// A relation whose changes are counted; may be repeated. Otherwise invariants and outputs are
    #[arg(long, value_name = "RELATION")]
    pub count: Vec<String>,
    /// File for the rows, which may hold some of them already; otherwise standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// How many elements share an epoch
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub batch: u16,
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
}

/// A factor of the load, as whole percent.
fn load(text: &str) -> Result<u64, String> {
    let factor: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    let percent = (factor * 100.0).round();
    if (percent - factor * 100.0).abs() > 1e-6 || !(1.0..=100_000.0).contains(&percent) {
        return Err("a factor of 0.01 to 1000 with at most two digits after the point is meant".into());
    }
    Ok(percent as u64)
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated, with a header
    Csv,
    /// A JSON object a line
    Json,
}

/// Runs the command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    match &arguments.scenario {
        None => failures::run(arguments, output),
        Some(scenario) => run_scenario(arguments, scenario, output),
    }
}

/// One scenario, and each element in turn.
fn run_scenario(arguments: &Arguments, scenario: &str, output: &mut Output) -> Outcome {
    let mut model = Model::new("<sweep>", usize::from(arguments.jobs))?;
    let loaded = model.load(&arguments.rules)?;
    if let Some((warnings, sources)) = &loaded.warnings {
        output.note(&crate::failure::render(warnings, sources, output.err_style))?;
    }
    if model.program.scenario(scenario).is_none() {
        let scenarios = model.program.scenarios.all.iter().map(|scenario| &*scenario.name);
        let near = did_you_mean(scenario, scenarios);
        return Err(Failure::User(format!("there is no scenario `{scenario}`{near}")));
    }
    let (relation, columns) = columns(&model.program, &arguments.each)?;
    check_swept(&model.program, relation, &columns)?;
    let outputs = outputs(&model, &arguments.count)?;
    for note in model.facts(&arguments.snapshot)?.notes {
        output.note(&note)?;
    }
    let elements = elements(&mut model, relation, &columns)?;
    let names = columns.iter().map(|c| model.program.relation(relation).columns[*c].name.to_string()).collect();
    let mut rows = Rows::open(arguments.output.as_deref(), arguments.format, names, &outputs)?;
    let open: Vec<(Vec<String>, Vec<u64>)> = elements.into_iter().filter(|(name, _)| !rows.has(name)).collect();
    if rows.done() > 0 {
        output.note(&format!("{} done before", counted(rows.done(), "element")))?;
    }
    let bar = progress(open.len());
    for relation in &outputs {
        model.engine.watch(relation)?;
    }
    model.engine.commit()?;
    for batch in open.chunks(usize::from(arguments.batch)) {
        let swept = sweep(&mut model.engine, scenario, batch, &outputs)?;
        rows.write(&swept, output)?;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    output.note(&format!("{} swept", counted(open.len(), "element")))?;
    Ok(())
}

/// One epoch: the forks of some elements, and what they have otherwise than the model.
fn sweep(
    engine: &mut Engine,
    scenario: &str,
    batch: &[(Vec<String>, Vec<u64>)],
    outputs: &[Arc<str>],
) -> Outcome<Vec<Swept>> {
    let base = engine.base(SWEPT)?;
    let mut forks = Vec::with_capacity(batch.len());
    for (_, row) in batch {
        let around = engine.fork();
        engine.insert(around, base, row, Origin::default())?;
        forks.push((around, engine.fork_following(around, scenario)?));
    }
    let mut counts: BTreeMap<(Fork, Arc<str>), (usize, usize)> = BTreeMap::new();
    for change in engine.commit()?.changes {
        counts.insert((change.fork, change.relation), (change.inserted.len(), change.retracted.len()));
    }
    let mut swept = Vec::with_capacity(batch.len());
    for ((name, _), (around, fork)) in batch.iter().zip(forks) {
        let effect = engine.effect(fork)?;
        let count = |relation: &Arc<str>| counts.get(&(fork, relation.clone())).copied().unwrap_or_default();
        let changes = outputs.iter().map(count).collect();
        swept.push(Swept { element: name.clone(), edits: effect.inserted + effect.retracted, changes });
        engine.drop_fork(fork)?;
        engine.drop_fork(around)?;
    }
    engine.commit()?;
    Ok(swept)
}

/// The relation and the columns that `RELATION(COLUMN, …)` names; without columns, all of them.
fn columns(program: &Program, each: &str) -> Outcome<(RelationId, Vec<usize>)> {
    let each = if each == "device" { "device(name)" } else { each };
    let (name, named) = each.split_once('(').map_or((each, None), |(name, rest)| (name, Some(rest)));
    let name = name.trim();
    let declared = program.relations.iter().map(|r| &*r.name).filter(|n| !n.starts_with(['@', '?']));
    let unknown = || Failure::User(format!("there is no relation `{name}`{}", did_you_mean(name, declared)));
    let id = program.find(name).ok_or_else(unknown)?;
    let relation = program.relation(id);
    let Some(named) = named else { return Ok((id, (0..relation.columns.len()).collect())) };
    let named = named.trim().strip_suffix(')').ok_or_else(|| Failure::User(format!("`)` is missing in `{each}`")))?;
    let column = |column: &str| {
        let near = || did_you_mean(column, relation.columns.iter().map(|c| &*c.name));
        let found = relation.columns.iter().position(|c| &*c.name == column);
        found.ok_or_else(|| Failure::User(format!("relation `{name}` has no column `{column}`{}", near())))
    };
    Ok((id, named.split(',').map(|name| column(name.trim())).collect::<Outcome<Vec<usize>>>()?))
}

/// Whether elements fit the relation that is to hold them.
fn check_swept(program: &Program, relation: RelationId, columns: &[usize]) -> Outcome {
    let wanted = || {
        let all = &program.relation(relation).columns;
        let declared: Vec<String> = columns.iter().map(|c| format!("{}: {}", all[*c].name, all[*c].ty.name)).collect();
        format!("`.decl {SWEPT}({})`", declared.join(", "))
    };
    let Some(swept) = program.find(SWEPT).map(|id| program.relation(id)) else {
        return Err(Failure::User(format!("the scenario has nothing to sweep over: declare {}", wanted())));
    };
    let primitives = |columns: Vec<&compiler::program::Column>| -> Vec<_> {
        columns.into_iter().map(|column| column.ty.primitive).collect()
    };
    let all = &program.relation(relation).columns;
    if primitives(swept.columns.iter().collect()) != primitives(columns.iter().map(|c| &all[*c]).collect()) {
        return Err(Failure::User(format!("the elements do not fit the columns of `{SWEPT}`: declare {}", wanted())));
    }
    if program.rules.iter().any(|rule| program.relation(rule.head).name == swept.name) {
        return Err(Failure::User(format!("relation `{SWEPT}` has rules; the sweep fills it")));
    }
    Ok(())
}

/// The relations whose changes are counted.
fn outputs(model: &Model, named: &[String]) -> Outcome<Vec<Arc<str>>> {
    let program = &model.program;
    let name = |id: RelationId| program.relation(id).name.clone();
    if !named.is_empty() {
        return named.iter().map(|relation| Ok(name(model.relation(relation)?))).collect();
    }
    let invariants = program.invariants.iter().map(|invariant| invariant.relation);
    let outputs = program.directives.iter().filter(|d| d.kind == DirectiveKind::Output).map(|d| d.relation);
    let mut seen = BTreeSet::new();
    let all: Vec<Arc<str>> = invariants.chain(outputs).filter(|id| seen.insert(*id)).map(name).collect();
    if all.is_empty() {
        return Err(Failure::User("the rules have no invariant and no output: name one by `--count`".into()));
    }
    Ok(all)
}

/// All elements as text and as words, by their text.
fn elements(model: &mut Model, relation: RelationId, columns: &[usize]) -> Outcome<Vec<(Vec<String>, Vec<u64>)>> {
    let all = model.program.relation(relation).columns.clone();
    let name = model.program.relation(relation).name.clone();
    let rows = model.engine.query(Fork::BASE, &name, &vec![None; all.len()])?;
    let symbols = model.engine.symbols();
    let text = |row: &[u64], column: usize| match Value::of(row[column], &all[column].ty, symbols) {
        Value::Symbol(text) => text.to_string(),
        value => literal(&value),
    };
    let one = |row: &[u64]| -> (Vec<String>, Vec<u64>) {
        columns.iter().map(|column| (text(row, *column), row[*column])).unzip()
    };
    let distinct: BTreeSet<(Vec<String>, Vec<u64>)> = rows.iter().map(one).collect();
    Ok(distinct.into_iter().collect())
}

fn progress(elements: usize) -> ProgressBar {
    let target = if stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(elements as u64), target);
    let template = "{bar:40} {pos}/{len} elements, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
