//! `strata check`: do the invariants hold over a snapshot, or over what other tools wrote, and if not, why not?
//!
//! The standard invariants and those of the given rule files are evaluated once, with no more of the rules and no more of
//! the snapshot than they need. Each violation is explained by its proof, down to the facts with the file and line that
//! they come from; only what is shown is explained. Exit codes: 0 they hold, 1 one is violated, 2 that could not be checked.

mod evaluate;
mod evidence;
mod report;
mod suppress;
mod verdict;

use crate::cli;
use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome, render};
use crate::given::named;
use crate::output::Output;
use crate::rule_files;
use crate::texts::Texts;
use compiler::planner::Statistics;
use compiler::program::RelationId;
pub(crate) use evaluate::Evaluated;
pub(crate) use evidence::Evidence;
use runtime::Symbols;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use suppress::Suppressions;
pub(crate) use suppress::is_date;
pub use verdict::{Report, Verdict, Violation};

/// The standard rule file that states the invariants.
const STANDARD: &str = "<invariants.dl>";

/// Runs the command. Whatever keeps it from checking is exit code 2, also where it is the user's to mend.
pub fn run(arguments: &cli::Check, output: &mut Output) -> ExitCode {
    match check(arguments, output) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(1),
        Err(failure) => {
            output.complain(&failure.render(output.err_style));
            ExitCode::from(2)
        }
    }
}

/// Checks, shows what was found, and says whether it is bad enough to fail.
fn check(arguments: &cli::Check, output: &mut Output) -> Outcome<bool> {
    let compiled = compiled(arguments, output)?;
    let today = match &arguments.today {
        Some(date) => date.clone(),
        None => suppress::today(),
    };
    let symbols = Symbols::default();
    let wanted: Vec<RelationId> = compiled.program.invariants.iter().map(|invariant| invariant.relation).collect();
    let workers = usize::from(arguments.jobs);
    let mut now = Evaluated::read(&compiled, &arguments.snapshot, &wanted, &symbols, workers)?;
    if now.is_empty() {
        let given = named(&arguments.snapshot);
        return Err(Failure::User(format!("{given} holds no facts that an invariant reads")));
    }
    now.tell_rejected(&arguments.snapshot, output)?;
    let before = match &arguments.baseline[..] {
        [] => None,
        baseline => Some(Evaluated::read(&compiled, baseline, &wanted, &symbols, workers)?),
    };
    if let Some(before) = &before {
        if before.is_empty() {
            let given = named(&arguments.baseline);
            return Err(Failure::User(format!("{given} holds no facts that an invariant reads")));
        }
        before.tell_rejected(&arguments.baseline, output)?;
    }
    let suppressions = match &arguments.suppress {
        Some(file) => Suppressions::read(file, &compiled.program, &symbols, &today)?,
        None => Suppressions::default(),
    };
    let report = verdict::report(arguments, &compiled, &symbols, &mut now, before, &suppressions)?;
    let text = report::draw(&report, arguments.format, output.out_style)?;
    let written = output.out.write_all(text.as_bytes()).and_then(|()| {
        report.notes.iter().chain([&report.summary()]).try_for_each(|note| output.note(note))?;
        output.out.flush()
    });
    match written.map_err(Failure::from) {
        // Whoever has seen enough has not made the invariants hold.
        Ok(()) | Err(Failure::Pipe) => Ok(report.verdicts.iter().any(Verdict::fails)),
        Err(failure) => Err(failure),
    }
}

/// The invariants, standard and given, as one program.
fn compiled(arguments: &cli::Check, output: &mut Output) -> Outcome<Compiled> {
    let mut texts = Texts::new("<command line>");
    if !arguments.no_standard {
        texts.load(Path::new(STANDARD));
    }
    rule_files::find(&arguments.rules)?.iter().for_each(|file| texts.load(file));
    let compiled = compile(&texts, None, &Statistics::new())?;
    if !compiled.warnings.is_empty() {
        output.note(&render(&compiled.warnings, &compiled.sources, output.err_style))?;
    }
    match compiled.program.invariants.is_empty() {
        true => Err(Failure::User("the rules state no `.invariant`".into())),
        false => Ok(compiled),
    }
}
