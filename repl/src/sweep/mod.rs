//! `strata sweep` and `.sweep`: what follows if each element fails, or any scenario happens to it.
//!
//! `intact` lets elements fail in forks of a model and counts what follows; `failures` makes that model of a snapshot, and
//! `scenario` does the like for a scenario. `live` does both over the model that a shell holds. `beyond` sees to it that a
//! sweep leaves no fork and no watch behind.

mod beyond;
mod failures;
mod intact;
mod live;
mod pairs;
pub mod ranking;
mod rows;
mod scenario;
pub mod tally;

pub(crate) use failures::Model;
pub use live::Swept;

use crate::failure::Outcome;
use crate::output::Output;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

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
    pub pairs: Option<PathBuf>,
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

impl Arguments {
    /// Those of a sweep in which each element of a kind or role fails.
    pub(crate) fn each(snapshot: PathBuf, each: &str, jobs: u16) -> Arguments {
        Arguments {
            snapshot,
            scenario: None,
            rules: Vec::new(),
            each: each.to_owned(),
            pairs: None,
            load: None,
            rank: 10,
            count: Vec::new(),
            output: None,
            format: Format::Csv,
            batch: 64,
            jobs,
        }
    }
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
        Some(scenario) => scenario::run(arguments, scenario, output),
    }
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
