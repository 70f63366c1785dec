//! `strata demo`: what Strata does, shown on a real network and a real trace.

pub mod paths;

use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Runs the command.
pub fn run(_: &mut Output) -> Outcome {
    Err(Failure::Ours("the demonstration waits for the standard rules".into()))
}
