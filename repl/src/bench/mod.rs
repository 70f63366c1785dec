//! `strata bench`: the evaluators measured on the programs of the benchmark suites.

use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// The arguments of `strata bench`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The suite; all of them without it
    pub suite: Option<String>,
    /// How the figures are printed
    #[arg(long, default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments, _: &mut Output) -> Outcome {
    Err(Failure::Ours(format!("the suites are not there yet ({:?} as {})", arguments.suite, arguments.format)))
}
