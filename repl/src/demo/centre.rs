//! The data centre of the demonstration: one of 200 machines, made up in the proportions of a real one.

use crate::failure::Outcome;
use crate::output::Output;
use crate::study::{Source, Study};
use ingest::synth::{DataCentre, Size};
use std::path::Path;

/// Asks the paper's questions of it, and draws the answers if that is wanted.
pub(super) fn show(report: Option<&Path>, output: &mut Output) -> Outcome {
    output.data(
        "\nFirst a data centre of 200 machines, made up in the proportions of one that was studied: applications talk to\n\
         each other through a service bus (ESB) of multiplexers and routers, and their messages are logged. Five minutes of\n\
         them are put together to transactions, trees and sessions, and each leg is mapped to the cables that it takes.\n\
         What goes through the distribution layer is dear. How much is it, why, and what would keep it below?",
    )?;
    let size = Size::new(200, 5, 0.05, 1).map_err(crate::facts::unreadable)?;
    let source = Source::Synth(Box::new(DataCentre::new(&size)));
    let mut study = Study::of(&source, 1, output)?;
    study.ask(output)?;
    study.verdict(output)?;
    match report {
        Some(path) => {
            crate::report::write(&mut study, &source, path)?;
            output.data(&format!("All this is drawn in {}.", path.display()))?;
        }
        None => output.data("`strata demo --report demo.html` draws all this, with the paths between machines.")?,
    }
    Ok(())
}
