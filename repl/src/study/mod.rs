//! `strata study`: the paper's study, from cables to reasons to counterfactuals, of a snapshot or of a data centre that is
//! made up on the way.
//!
//! First the messages pass as a stream (`fold`), and trees, sessions, calls and traffic by pair are folded of it. Then the rules about networks and traffic are evaluated on state and on what is left of the messages, once as
//! things are and once for each reference counterfactual (`scenario`). Where the data centre is a synthetic one, every
//! number is held against what follows from how it was made (`check`).

mod check;
mod fold;
mod scenario;
mod source;
pub(crate) mod tables;

pub(crate) use fold::Folded;
pub(crate) use scenario::{Found, SCENARIOS, program};
pub(crate) use source::Source;

use crate::facts::unreadable;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::synth;
use check::Checked;
use clap::Args;
use ingest::synth::DataCentre;
use ingest::{Rejected, Snapshot};
use runtime::{Answers, Options, Symbols};
use std::path::PathBuf;

/// The arguments of `strata study`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reconstructs sessions and transaction trees, maps every message to its physical path, says how much crosses the
distribution layer and why, and what of it would not if services were balanced or placed otherwise. Numbers are told in
three measures: message bytes, leg bytes, link bytes. Without a snapshot a data centre is made up as by `strata synth`, and
studied without being written. What `expected.json` says is held against what is found; exit 1 if anything differs.

Examples:
  strata study dc
  strata study --machines 200 --minutes 5 --scale 0.1
  strata study -j 2                                      the paper's size")]
pub struct Arguments {
    /// The snapshot; without one, a data centre is made up
    pub snapshot: Option<PathBuf>,
    /// What is made up without a snapshot
    #[command(flatten)]
    pub size: synth::SizeArguments,
    /// Write the report, too, as `strata report` does
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
}

/// What a study found.
pub(crate) struct Study {
    pub(crate) folded: Folded,
    /// By name, in the order of [`SCENARIOS`].
    pub(crate) scenarios: Vec<(&'static str, Found)>,
    /// All relations as things are.
    pub(crate) answers: Answers,
    pub(crate) symbols: Symbols,
    /// How what was found compares to what is expected, if anything is.
    pub(crate) checked: Option<Checked>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let source = match &arguments.snapshot {
        Some(directory) => Source::Snapshot(directory.clone()),
        None => Source::Synth(Box::new(DataCentre::new(&arguments.size.size()?))),
    };
    let mut study = Study::of(&source, usize::from(arguments.jobs), output)?;
    study.print(output)?;
    if let Some(path) = &arguments.report {
        crate::report::write(&mut study, &source, path)?;
    }
    study.verdict(output)
}

impl Study {
    /// Studies a data centre. What of its facts cannot be used is told.
    pub(crate) fn of(source: &Source, workers: usize, output: &mut Output) -> Outcome<Study> {
        if let Source::Snapshot(directory) = source
            && Snapshot::open(directory).map_err(unreadable)?.relations().is_empty()
        {
            return Err(Failure::User(format!("{} holds no facts that the rules read", directory.display())));
        }
        let options = Options { workers };
        let (_, plan, schema) = program(include_str!("trace.dl"), "<trace.dl>")?;
        let bar = synth::progress();
        let mut malformed = Rejected::default();
        let (folded, made) =
            source.fold(plan, &schema, &options, &mut malformed, &mut |done| bar.set_position(done))?;
        bar.finish_and_clear();
        if !malformed.is_empty() {
            output.note(malformed.to_string().trim_end())?;
        }
        let expected = match (source, made) {
            (Source::Snapshot(directory), _) => check::read(directory)?,
            (Source::Synth(_), made) => made.and_then(|made| serde_json::to_value(made).ok()),
        };
        let mut checked = expected.as_ref().map(|_| Checked::default());
        if let (Some(checked), Some(expected)) = (&mut checked, &expected) {
            checked.trace(&folded, expected);
        }
        let mut rejected = Rejected::default();
        let mut base = None;
        let mut scenarios = Vec::new();
        for scenario in &SCENARIOS {
            let mut again = Rejected::default();
            let (found, answers, symbols) = scenario::evaluate(scenario, source, &folded, &options, &mut again)?;
            if let (Some(checked), Some(expected)) = (&mut checked, &expected) {
                checked.scenario(scenario.name, &found, expected);
            }
            scenarios.push((scenario.name, found));
            base.get_or_insert((answers, symbols));
            rejected = again;
        }
        // Messages were read before, and are no file of state.
        let told = rejected.to_string();
        let told: Vec<&str> = told.lines().filter(|line| !line.contains("`message`")).collect();
        if !told.is_empty() {
            output.note(&told.join("\n"))?;
        }
        let Some((answers, symbols)) = base else { return Err(Failure::Ours("nothing was evaluated".to_owned())) };
        Ok(Study { folded, scenarios, answers, symbols, checked })
    }

    /// As things are.
    pub(crate) fn base(&self) -> &Found {
        &self.scenarios[0].1
    }

    /// Says whether everything is as it should be; it is a failure if not.
    pub(crate) fn verdict(&self, output: &mut Output) -> Outcome {
        let Some(Checked { numbers, wrong }) = &self.checked else { return Ok(()) };
        if wrong.is_empty() {
            output.data(&format!("\nAll {numbers} numbers are what the construction of the data centre implies."))?;
            return Ok(());
        }
        output.data(&format!("\n{} of {numbers} numbers differ from what the construction implies:", wrong.len()))?;
        wrong.iter().take(50).try_for_each(|wrong| output.data(&format!("  {wrong}")))?;
        Err(Failure::Told)
    }
}
