//! `strata bench`: the evaluators measured on the programs of the benchmark suites.
//!
//! Each measurement runs in a fresh process of its own, so that processor time and peak memory are those of the
//! evaluation and nothing else; evaluators take turns, so that a busy moment of the machine hits them all. Making the
//! data is not measured, reading it is, from flat files. Sizes of results must agree between all runs.
//!
//! - *first load*: from an empty evaluator to the complete result, in wall and in processor seconds.
//! - *peak memory* of the process by then, and *bytes per tuple*: what the process has grown by, over all given and
//!   derived tuples.
//! - *1 insert*, *1 delete*, *100 mixed changes*: wall time of an epoch until everything derived is up to date.

mod bars;
mod data;
mod fabric;
mod files;
mod links;
mod measure;
mod messages;
mod network;
mod report;
mod stream;
mod suite;
mod twister;
mod usage;

pub use fabric::{Fabric, Fact};

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::table::Table;
use compiler::value::Primitive;
use measure::{Evaluator, MEASURES, Measured, measure};
use report::{Column, Figure, Figures};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use suite::{SUITES, Size, Suite, find};

/// The arguments of `strata bench`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Suites: tc, reach, sg, csda, andersen, galen, sssp, cc, and by their names only: network, stream. And `live`: what the live engine
is asked to hold, in first loads, changes, forks and rules, against evaluating from scratch.

Examples:
  strata bench live                                is everything as quick as it must be?
  strata bench tc                                  one suite
  strata bench --size s --runs 1                   all of them, quickly
  strata bench reach --format json > reach.json    for machines
  strata bench network --runs 1 --jobs 1           changes and forks of a data centre
  strata bench stream --seconds 600 --jobs 2       messages as they come, ten minutes of them")]
pub struct Arguments {
    /// The suite; all of them without it
    pub suite: Option<String>,
    /// How the figures are printed
    #[arg(long, default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
    /// How much data
    #[arg(long, default_value = "m")]
    pub size: Size,
    /// How often each evaluator takes its turn
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub runs: u16,
    /// Numbers of workers of the live engine and of the one-shot evaluator
    #[arg(short = 'j', long = "jobs", value_delimiter = ',', default_value = "1,2", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Vec<u16>,
    /// How many seconds of a run may go into changes
    #[arg(long, default_value_t = 60)]
    pub patience: u64,
    /// Measure these network rules instead of the standard ones
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Of the suite `stream`: how many seconds of event time
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Of the suite `stream`: how many messages a second of event time has
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
    /// Of the suite `stream`: for how long what is folded by the minute is kept
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub keep: String,
    /// Be the process that is measured
    #[arg(long, hide = true)]
    pub measure: Option<Evaluator>,
    /// Where that process finds its data
    #[arg(long, hide = true)]
    pub data: Option<PathBuf>,
}

/// How many rounds of changes there are.
const ROUNDS: usize = 9;

/// Runs the command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    if arguments.suite.as_deref() == Some(network::NAME) {
        return network_rules(arguments, output);
    }
    if arguments.suite.as_deref() == Some(stream::NAME) {
        let workers = arguments.jobs.last().map_or(1, |n| usize::from(*n));
        let (rate, seconds) = (arguments.rate as usize, arguments.seconds as usize);
        let load = stream::Load { rate, seconds, keep: &arguments.keep };
        return stream::run(&load, workers, arguments.format == "json", output);
    }
    if let Some(name) = arguments.suite.as_deref() {
        let workers = arguments.jobs.first().map_or(1, |n| usize::from(*n));
        match arguments.measure {
            Some(evaluator) if bars::is_links(name) => {
                return tell(&links::measure(evaluator, workers).map_err(Failure::Ours)?, output);
            }
            None if name == "live" => return bars::run(arguments, output),
            _ => {}
        }
    }
    let suites: Vec<&Suite> = match &arguments.suite {
        None => SUITES.iter().collect(),
        Some(name) => vec![find(name).ok_or_else(|| unknown(name))?],
    };
    if let (Some(evaluator), Some(data), [suite]) = (arguments.measure, &arguments.data, &suites[..]) {
        let workers = arguments.jobs.first().map_or(1, |n| usize::from(*n));
        let patience = Duration::from_secs(arguments.patience);
        return tell(&measure(suite, evaluator, workers, data, patience).map_err(Failure::Ours)?, output);
    }
    let mut figures = Vec::new();
    for suite in suites {
        let found = bench(suite, arguments, output)?;
        figures.extend(show(&found, &title(suite.name, arguments.size), arguments, output)?);
    }
    print_json(&figures, arguments, output)
}

/// Prints the figures of a suite as a table, or gives them back to be printed with the others.
fn show(found: &Figures, title: &str, arguments: &Arguments, output: &mut Output) -> Outcome<Vec<Figure>> {
    if arguments.format == "json" {
        return Ok(found.json(title));
    }
    let text = |cell: String| runtime::Value::Symbol(cell.into());
    let table = Table {
        columns: found.header().into_iter().map(|name| (name, Primitive::Symbol)).collect(),
        rows: found.rows().into_iter().map(|row| row.into_iter().map(text).collect()).collect(),
    };
    output.data(&format!("{title}\n{}\n", table.draw(output.out_style, None)))?;
    Ok(Vec::new())
}

fn print_json(figures: &[Figure], arguments: &Arguments, output: &mut Output) -> Outcome {
    if arguments.format == "json" {
        output.data(&serde_json::to_string_pretty(figures).map_err(|e| Failure::Ours(e.to_string()))?)?;
    }
    Ok(())
}

/// The suite of the network rules: its evaluators in turn, or one of them in this process.
fn network_rules(arguments: &Arguments, output: &mut Output) -> Outcome {
    if let Some(evaluator) = arguments.measure {
        let workers = arguments.jobs.first().map_or(1, |n| usize::from(*n));
        let patience = Duration::from_secs(arguments.patience);
        let measured = network::measure(evaluator, workers, arguments.size, arguments.rules.as_deref(), patience)?;
        return tell(&measured, output);
    }
    let jobs = arguments.jobs.iter().map(|n| usize::from(*n));
    let columns: Vec<Column> = jobs.flat_map(|n| [(Evaluator::Live, n), (Evaluator::Once, n)]).collect();
    let mut figures = Figures::new(&columns, &network::MEASURES);
    let mut more: Vec<&OsStr> = Vec::new();
    if arguments.size == Size::S {
        more.extend(["--size".as_ref(), "s".as_ref()] as [&OsStr; 2]);
    }
    if let Some(rules) = &arguments.rules {
        more.extend(["--rules".as_ref(), rules.as_os_str()] as [&OsStr; 2]);
    }
    in_turn(network::NAME, &mut figures, &columns, &more, arguments, output)?;
    let shown = show(&figures, &title(network::NAME, arguments.size), arguments, output)?;
    print_json(&shown, arguments, output)
}

/// Hands a measurement to the process that asked for it.
fn tell(measured: &Measured, output: &mut Output) -> Outcome {
    Ok(output.data(&serde_json::to_string(measured).map_err(|e| Failure::Ours(e.to_string()))?)?)
}

fn unknown(name: &str) -> Failure {
    let names: Vec<&str> = SUITES.iter().map(|s| s.name).chain([network::NAME, "live"]).collect();
    Failure::User(format!("there is no suite `{name}`; there are {}", names.join(", ")))
}

fn title(suite: &str, size: Size) -> String {
    match size {
        Size::M => suite.to_string(),
        Size::S => format!("{suite}/s"),
    }
}

/// Measures a suite: every evaluator in turn, as often as asked for.
fn bench(suite: &Suite, arguments: &Arguments, output: &mut Output) -> Outcome<Figures> {
    let directory = tempfile::tempdir().map_err(|e| Failure::User(format!("cannot make a scratch directory: {e}")))?;
    let data = suite.data(arguments.size);
    let updates = suite.updates(&data, ROUNDS);
    files::write(directory.path(), &data, &updates)?;
    drop((data, updates));
    let mut columns: Vec<Column> = arguments.jobs.iter().map(|n| (Evaluator::Live, usize::from(*n))).collect();
    columns.extend(arguments.jobs.iter().map(|n| (Evaluator::Once, usize::from(*n))));
    columns.push((Evaluator::Ascent, 1));
    let mut figures = Figures::new(&columns, &MEASURES);
    let more = ["--data".as_ref(), directory.path().as_os_str()];
    in_turn(suite.name, &mut figures, &columns, &more, arguments, output)?;
    Ok(figures)
}

/// Measures every column in turn, as often as asked for. Sizes of results must agree.
fn in_turn(
    suite: &str,
    figures: &mut Figures,
    columns: &[Column],
    more: &[&OsStr],
    arguments: &Arguments,
    output: &mut Output,
) -> Outcome {
    let mut counts = None;
    for turn in 1..=arguments.runs {
        for column in columns {
            output.note(&format!("{suite}: {:?}, {} workers, run {turn} of {}", column.0, column.1, arguments.runs))?;
            let measured = child(suite, *column, more, arguments)?;
            match &counts {
                None => counts = Some(measured.counts.clone()),
                Some(known) if *known == measured.counts => {}
                Some(known) => {
                    let found = &measured.counts;
                    return Err(Failure::Ours(format!("{suite}: {column:?} has {found:?}, others have {known:?}")));
                }
            }
            figures.add(*column, &measured.values);
        }
    }
    Ok(())
}

/// Measures in a fresh process.
fn child(suite: &str, (evaluator, workers): Column, more: &[&OsStr], arguments: &Arguments) -> Outcome<Measured> {
    let ours = |what: String| Failure::Ours(format!("{suite}: {what}"));
    let evaluator = match evaluator {
        Evaluator::Live => "live",
        Evaluator::Once => "once",
        Evaluator::Ascent => "ascent",
    };
    let strata = std::env::current_exe().map_err(|e| ours(format!("cannot find this program: {e}")))?;
    let mut command = Command::new(strata);
    command.args(["bench", suite, "--measure", evaluator, "--jobs", &workers.to_string()]);
    command.args(["--patience", &arguments.patience.to_string()]).args(more);
    let done = command.stderr(Stdio::inherit()).output().map_err(|e| ours(format!("cannot start a process: {e}")))?;
    if !done.status.success() {
        return Err(ours(format!("{evaluator} failed: {}", done.status)));
    }
    serde_json::from_slice(&done.stdout).map_err(|e| ours(format!("{evaluator} said something strange: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One whole measurement of each evaluator, in this process.
    #[test]
    fn evaluators_agree_and_every_measure_is_taken() {
        for name in ["reach", "csda", "sssp", "cc"] {
            let suite = find(name).expect("a suite");
            let directory = tempfile::tempdir().expect("a scratch directory");
            let data = suite.data(Size::S);
            files::write(directory.path(), &data, &suite.updates(&data, 1)).expect("to write");
            let taken = |evaluator| {
                measure(suite, evaluator, 2, directory.path(), Duration::from_secs(60)).expect("a measurement")
            };
            let (live, ascent) = (taken(Evaluator::Live), taken(Evaluator::Ascent));
            assert_eq!(live.counts, ascent.counts, "{name}");
            assert_eq!(live.counts, taken(Evaluator::Once).counts, "{name}");
            assert!(live.counts.values().all(|count| *count > 0), "{name}");
            for (measure, _) in MEASURES {
                assert!(live.values.get(measure).is_some_and(|v| !v.is_empty()), "{name}: {measure}");
            }
        }
    }
}
