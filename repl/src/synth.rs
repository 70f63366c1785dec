//! `strata synth`: a data centre made up, with its trace and the answers that follow from how it was made.

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::table::Table;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ingest::Schema;
use ingest::synth::{self, DataCentre, Expected, Size};
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

/// The arguments of `strata synth`.
#[derive(Debug, Args)]
#[command(after_help = "\
The data centre is calibrated to a real one: 7118 machines, and in 57 minutes 30 million sessions of 47 million trees of
197 million transactions. Smaller ones keep its ratios: the trace shrinks with the machines, with the minutes and with
--scale. One seed gives one data centre and one trace, on every machine. `expected.json` holds what follows from how both
are made, worked out without any rule: sizes of relations, loads, reasons, counterfactuals.

Examples:
  strata synth -o dc --machines 200 --minutes 5 --scale 0.1
  strata synth -o dc --machines 200 --minutes 5 --format facts     for `strata run RULES.dl -F dc`
  strata synth -o dc --dirt                         full size, as dirty as real logs")]
pub struct Arguments {
    /// Directory for the snapshot, new or empty
    #[arg(short = 'o', long = "output", value_name = "SNAPSHOT")]
    pub output: PathBuf,
    /// What is made up
    #[command(flatten)]
    pub size: SizeArguments,
    /// How facts are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
}

/// How large a data centre is made up, and how busy.
#[derive(Debug, Args)]
pub struct SizeArguments {
    /// Hosts and virtual machines
    #[arg(long, value_name = "N", default_value_t = synth::size::MACHINES)]
    pub machines: u32,
    /// Minutes of the trace
    #[arg(long, value_name = "N", default_value_t = synth::size::MINUTES)]
    pub minutes: u32,
    /// What the random choices start from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How much of the traffic that goes with this size and time
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub scale: f64,
    /// Records a second, on average, instead of the number that goes with the size
    #[arg(long, value_name = "RECORDS", conflicts_with = "scale")]
    pub rate: Option<f64>,
    /// Records without identifiers, disorder, duplicates, losses and clocks that run backwards, as real logs have them
    #[arg(long)]
    pub dirt: bool,
}

/// How facts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// R.csv, with a header, and messages in parts
    Csv,
    /// R.facts, tab-separated, as Soufflé and `strata run` read it
    Facts,
}

/// Runs the command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let centre = DataCentre::new(&arguments.size.size()?);
    let schema = Schema::from(&crate::compile::model()?);
    let format = match arguments.format {
        Format::Csv => synth::Format::Csv,
        Format::Facts => synth::Format::Facts,
    };
    let bar = progress();
    let written = synth::write(&arguments.output, &centre, &schema, format, &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    let written = written.map_err(|error| match error {
        ingest::Error::Io { path, cause } => Failure::Ours(format!("cannot write {}: {cause}", path.display())),
        error => Failure::User(error.to_string()),
    })?;
    let rows = written.facts.iter().map(|(relation, n)| [relation.clone(), n.to_string()]);
    output.note(&Table::text(["relation", "facts"], rows).draw(output.err_style, None))?;
    output.note(&summary(&written.expected))?;
    Ok(())
}

impl SizeArguments {
    /// The size that is asked for.
    pub(crate) fn size(&self) -> Outcome<Size> {
        let refused = |error: ingest::Error| Failure::User(error.to_string());
        let size = Size::new(self.machines, self.minutes, self.scale, self.seed).map_err(refused)?;
        let size = match self.rate {
            Some(rate) => size.at_rate(rate, synth::records_of_block()).map_err(refused)?,
            None => size,
        };
        Ok(Size { dirt: self.dirt, ..size })
    }
}

/// What the trace holds, in a line or two.
fn summary(expected: &Expected) -> String {
    let [records, transactions, trees, sessions] =
        ["records", "transactions", "trees", "sessions"].map(|what| expected.trace[what]);
    format!(
        "\n{records} records of {transactions} transactions in {trees} trees in {sessions} sessions; what follows from \
         them is in {}",
        synth::EXPECTED
    )
}

/// A bar for who waits at a terminal.
pub(crate) fn progress() -> ProgressBar {
    let target = if stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{wide_bar} {percent} % of the trace, {eta} to go");
    let bar = ProgressBar::with_draw_target(Some(1_000), target);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
