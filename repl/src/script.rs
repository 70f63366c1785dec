//! The shell without a terminal: lines from a file or another program, answered until they end.
//!
//! Piped into the shell, there is no banner and no prompt, and nothing is cut. What fails does not stop the rest, but the
//! script as a whole has then failed. `strata script` shows a transcript instead, and the first failure ends it.

use crate::cli;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::response::Response;
use crate::shell::{Options, Shell};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

/// `strata script`: what stands in a file, line by line, as if it were typed.
pub fn transcribe(arguments: &cli::Script, output: &mut Output) -> Outcome {
    let is_stdin = arguments.file == Path::new("-");
    let name = if is_stdin { "<stdin>".to_owned() } else { arguments.file.display().to_string() };
    let input: Box<dyn BufRead> = match is_stdin {
        true => Box::new(io::stdin().lock()),
        false => {
            let unreadable = |e: io::Error| Failure::User(format!("cannot read {name}: {e}"));
            Box::new(BufReader::new(File::open(&arguments.file).map_err(unreadable)?))
        }
    };
    // There is one script a process, and its name is wanted as long as that lives.
    let options = Options { workers: usize::from(arguments.workers), name: name.clone().leak(), limit: None };
    let mut shell = Shell::new(options)?;
    let mut starts = Vec::new();
    if !arguments.rules.is_empty() {
        starts.push(shell.load(&arguments.rules));
    }
    if let Some(directory) = &arguments.facts {
        starts.push(shell.facts(directory));
    }
    for response in starts {
        response.write(output)?;
        if response.failed() {
            return Err(Failure::Told);
        }
    }
    let mut well = true;
    for line in input.lines() {
        let line = line.map_err(|error| unreadable(&error, shell.lines() + 1))?;
        if !arguments.no_echo {
            let shown = if line.trim().is_empty() { String::new() } else { format!("{}{line}", shell.prompt()) };
            output.data(shown.trim_end())?;
        }
        let response = shell.line(&line);
        say(&response, arguments, output)?;
        well &= !response.failed();
        if !(well || arguments.keep_going) {
            return Err(Failure::Told);
        }
        if response.quit {
            break;
        }
    }
    let response = shell.finish();
    say(&response, arguments, output)?;
    if well && !response.failed() { Ok(()) } else { Err(Failure::Told) }
}

/// In a transcript, remarks are a part of it.
fn say(response: &Response, arguments: &cli::Script, output: &mut Output) -> Outcome {
    match arguments.no_echo {
        true => response.write(output)?,
        false => response.transcribe(output)?,
    }
    Ok(())
}

/// A line that cannot be read.
fn unreadable(error: &io::Error, line: usize) -> Failure {
    match error.kind() {
        ErrorKind::InvalidData => Failure::User(format!("line {line} of the input is not UTF-8")),
        _ => Failure::Ours(format!("cannot read the input: {error}")),
    }
}

/// Answers all lines. Says whether all went well.
pub fn run(shell: &mut Shell, mut input: impl BufRead, output: &mut Output) -> Outcome<bool> {
    let mut well = true;
    let mut line = String::new();
    loop {
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(unreadable(&error, shell.lines() + 1)),
        }
        if shell.feed(line.strip_suffix('\n').unwrap_or(&line)) {
            let response = shell.run();
            well &= !response.failed();
            response.write(output)?;
            if response.quit {
                return Ok(well);
            }
        }
    }
    let response = shell.finish();
    well &= !response.failed();
    response.write(output)?;
    Ok(well)
}
