//! `strata test`: the `.test` blocks of rule files, each evaluated over the facts that it states.
//!
//! The rules of a file and of what it includes hold in its tests, and so do the facts that stand in their text; nothing is
//! read from fact files. The tests of a file that is included are that file's own affair.

mod evaluate;
mod report;

use crate::cli;
use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome, unless_gone};
use crate::output::Output;
use crate::rule_files;
use crate::texts::Texts;
use compiler::planner::Statistics;
use compiler::program::Test;
use report::Report;
use std::path::Path;
use std::time::Instant;

/// What became of a test.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file that it stands in.
    pub file: String,
    /// The line.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// What did not hold; nothing if it passed.
    pub failures: Vec<Unmet>,
}

/// An expectation that did not hold.
#[derive(Clone, Debug)]
pub struct Unmet {
    /// Its line.
    pub line: usize,
    /// As it is written.
    pub expectation: String,
    /// Why it does not hold, a line each.
    pub reasons: Vec<Reason>,
}

/// A remark on an expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A tuple that is missing.
    Missing(String),
    /// A tuple that should not be there.
    Unexpected(String),
    /// A remark.
    Note(String),
}

/// Runs the command.
pub fn run(arguments: &cli::Test, output: &mut Output) -> Outcome {
    let files = rule_files::find(&arguments.paths)?;
    let mut report = Report::new(arguments.format);
    let mut broken = false;
    for path in &files {
        match file(path, arguments.filter.as_deref(), &mut report, output) {
            Ok(()) => {}
            Err(failure @ (Failure::Rules(..) | Failure::User(_))) => {
                unless_gone(output.note(&failure.render(output.err_style)))?;
                broken = true;
            }
            Err(failure) => return Err(failure),
        }
    }
    unless_gone(report.finish(output))?;
    if let Some(path) = &arguments.junit {
        std::fs::write(path, report.junit())
            .map_err(|error| Failure::Ours(format!("cannot write {}: {error}", path.display())))?;
    }
    if broken || report.failed() > 0 { Err(Failure::Told) } else { Ok(()) }
}

/// Runs the tests of a file.
fn file(path: &Path, filter: Option<&str>, report: &mut Report, output: &mut Output) -> Outcome {
    let mut texts = Texts::new("<command line>");
    let name = ingest::file_name::text(path);
    let text = texts.read(path).map_err(|error| Failure::User(format!("cannot read {name}: {error}")))?;
    // Most rule files have no tests, and need not be compiled to know that.
    if !String::from_utf8_lossy(&text).contains(".test") {
        return Ok(());
    }
    texts.load(path);
    let compiled = compile(&texts, None, &Statistics::new())?;
    let own = |test: &&Test| *compiled.sources.get(test.span.source).name == *name;
    let wanted = |test: &&Test| filter.is_none_or(|part| test.name.contains(part));
    let tests: Vec<&Test> = compiled.program.tests.iter().filter(own).filter(wanted).collect();
    if tests.is_empty() {
        return Ok(());
    }
    for test in tests {
        let start = Instant::now();
        let failures = evaluate::unmet(&compiled, test)?;
        let case = Case {
            file: name.clone(),
            line: line(&compiled, test.span),
            name: test.name.to_string(),
            seconds: start.elapsed().as_secs_f64(),
            failures,
        };
        unless_gone(report.add(case, output))?;
    }
    Ok(())
}

/// The line of a span.
fn line(compiled: &Compiled, span: compiler::span::Span) -> usize {
    compiled.sources.position(span).0
}
