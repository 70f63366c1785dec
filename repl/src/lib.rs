//! The `strata` binary, as a library that tests can call.
//!
//! [`main`] reads the command line ([`cli`]) and hands over to one module a command. The shell is in three parts:
//! [`input`] cuts what is typed into statements, [`shell`] does them on a [`model`] and responds with values, and
//! [`editor`] or [`script`] connect that to a terminal or a file. Only [`output`] knows what a terminal is; only
//! [`failure`] knows exit codes. `cluster` makes one shell of several processes.

pub mod answer;
pub mod bench;
mod catalog;
pub mod chart;
pub mod check;
pub mod cli;
mod cluster;
pub mod command;
pub mod compare;
pub mod compile;
pub mod complete;
pub mod demo;
pub mod doc;
pub mod editor;
pub mod edits;
pub mod explain;
pub mod facts;
pub mod failure;
pub mod fmt;
pub mod forks;
mod fragment;
mod given;
mod highlight;
pub mod import;
pub mod input;
pub mod lsp;
mod markup;
pub mod model;
mod near;
pub mod output;
pub mod package;
pub mod path;
mod profile;
mod progress;
pub mod report;
pub mod response;
mod rule_files;
pub mod run;
mod save;
pub mod script;
pub mod shell;
mod signals;
pub mod streams;
pub mod study;
pub mod sweep;
pub mod synth;
pub mod table;
pub mod test;
pub mod texts;
pub mod why;
pub mod wrap;

use clap::Parser;
use cli::{Cli, Command};
use failure::{Failure, Outcome, conclude};
use output::Output;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

/// How many rows of an answer a person is shown at first.
const ROWS_SHOWN: usize = 50;

/// Runs the command line and returns the exit code: 0 all went well, 1 the input is wrong, 2 Strata could not do it.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut output = Output::of_process();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version go to standard output and are no failure. If nobody reads it, nobody misses it.
            let _ = message.print();
            // Of `strata check`, 1 would be a verdict.
            let wrong = if arguments.get(1).is_some_and(|word| word == "check") { 2 } else { 1 };
            return if message.use_stderr() { ExitCode::from(wrong) } else { ExitCode::SUCCESS };
        }
    };
    let outcome = match cli.command {
        None => shell(&cli.shell, &mut output),
        Some(Command::Run(run)) => run::run(&run, &mut output),
        Some(Command::Diff(arguments)) => compare::diff(&arguments, &mut output),
        Some(Command::Whatif(arguments)) => compare::whatif(&arguments, &mut output),
        Some(Command::Check(arguments)) => return check::run(&arguments, &mut output),
        Some(Command::Script(arguments)) => script::transcribe(&arguments, &mut output),
        Some(Command::Fmt(arguments)) => fmt::run(&arguments, &mut io::stdin().lock(), &mut output),
        Some(Command::Test(arguments)) => test::run(&arguments, &mut output),
        Some(Command::Doc(arguments)) => doc::run(&arguments, &mut output),
        Some(Command::Import(import)) => import::run(&import, &mut output),
        Some(Command::Synth(arguments)) => synth::run(&arguments, &mut output),
        Some(Command::Study(arguments)) => study::run(&arguments, &mut output),
        Some(Command::Report(arguments)) => report::run(&arguments, &mut output),
        Some(Command::Demo(arguments)) => demo::run(&arguments, &mut output),
        Some(Command::Sweep(arguments)) => sweep::run(&arguments, &mut output),
        Some(Command::Explain(explain)) => {
            explain::page(explain.code.as_deref()).and_then(|page| Ok(output.data(page.trim_end())?))
        }
        Some(Command::Compile(arguments)) => package::run(&arguments, &mut output),
        Some(Command::Lsp(_)) => lsp::run(&mut output),
        Some(Command::Bench(arguments)) => bench::run(&arguments, &mut output),
    };
    conclude(outcome, &mut output)
}

/// `strata [FILES…] [--facts DIR]`
fn shell(arguments: &cli::Shell, output: &mut Output) -> Outcome {
    let Some(engine) = cluster::engine(arguments, output)? else { return Ok(()) };
    let person = io::stdin().is_terminal();
    let options = shell::Options {
        workers: usize::from(arguments.workers),
        name: if person { "<prompt>" } else { "<stdin>" },
        limit: person.then_some(ROWS_SHOWN),
    };
    let mut shell = shell::Shell::on(engine, options);
    let mut well = true;
    let mut starts = Vec::new();
    if !arguments.files.is_empty() {
        starts.push(shell.load(&arguments.files));
    }
    if let Some(directory) = &arguments.facts {
        starts.push(shell.facts(directory));
    }
    for response in starts {
        well &= !response.failed();
        response.write(output)?;
    }
    if person {
        return editor::talk(&mut shell, output);
    }
    // A script on a model that is not what it expects would only add to the confusion.
    let well = well && script::run(&mut shell, io::stdin().lock(), output)?;
    if well { Ok(()) } else { Err(Failure::Told) }
}
