//! Failures of a command, and the exit code that each one means.

use crate::output::{Output, Style};
use crate::wrap::wrapped;
use compiler::diagnostic::Diagnostic;
use compiler::span::Sources;
use std::io;
use std::io::Write;
use std::process::ExitCode;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// The rules are wrong.
    Rules(Vec<Diagnostic>, Sources),
    /// The user asked for something that cannot be: a file that is not there, a relation nobody knows.
    User(String),
    /// Not the user's mistake: a disk is full, a promise was broken.
    Ours(String),
    /// Whoever asked has stopped it; the model is as it was.
    Interrupted,
    /// Something failed before and has been told.
    Told,
    /// Whoever read our output has seen enough.
    Pipe,
}

/// What a command comes to.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Writing fails because the reader left, or because the world is broken.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Pipe,
            _ => Failure::Ours(format!("cannot write: {error}")),
        }
    }
}

/// For commands whose exit code is a verdict: that whoever reads has seen enough changes none.
pub(crate) fn unless_gone<E: Into<Failure>>(told: Result<(), E>) -> Outcome {
    match told.map_err(Into::into) {
        Err(Failure::Pipe) => Ok(()),
        told => told,
    }
}

impl From<runtime::Error> for Failure {
    fn from(error: runtime::Error) -> Self {
        use runtime::Error::*;
        match error {
            UnknownRelation(_) | NotABase(_) | Unsupported(_) | Arity { .. } | HasForks | UnknownScenario(_) => {
                Failure::User(error.to_string())
            }
            Interrupted => Failure::Interrupted,
            UnknownFork | Cluster(_) | Stopped => Failure::Ours(error.to_string()),
        }
    }
}

/// Tells the failure on standard error and returns the exit code: 1 for the user's mistakes, 2 for what we could not do.
pub fn conclude(outcome: Outcome, output: &mut Output) -> ExitCode {
    let flushed = output.out.flush().map_err(Failure::from);
    match outcome.and(flushed) {
        Ok(()) | Err(Failure::Pipe) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::from(1),
        Err(failure) => {
            let ours = matches!(failure, Failure::Ours(_));
            output.complain(&failure.render(output.err_style));
            ExitCode::from(if ours { 2 } else { 1 })
        }
    }
}

impl Failure {
    /// The failure as text, without a line break at the end.
    pub fn render(&self, style: Style) -> String {
        match self {
            Failure::Rules(diagnostics, sources) => render(diagnostics, sources, style),
            Failure::User(message) | Failure::Ours(message) => {
                // The colour takes no room on the screen, so it comes last.
                wrapped(&format!("error: {message}"), style.width).replacen("error:", &style.red("error:"), 1)
            }
            Failure::Interrupted => "stopped; the model is as it was".to_owned(),
            Failure::Told | Failure::Pipe => String::new(),
        }
    }
}

/// Diagnostics as text, without a line break at the end.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    compiler::render::render(diagnostics, sources, style.colour).trim_end().to_owned()
}
