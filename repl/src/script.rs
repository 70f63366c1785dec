//! The shell without a terminal: lines from a file or another program, answered until they end.
//!
//! There is no banner and no prompt, and nothing is cut. What fails does not stop the rest, but the script as a whole has
//! then failed.

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::shell::Shell;
use std::io::{BufRead, ErrorKind};

/// Answers all lines. Says whether all went well.
pub fn run(shell: &mut Shell, mut input: impl BufRead, output: &mut Output) -> Outcome<bool> {
    let mut well = true;
    let mut line = String::new();
    loop {
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::InvalidData => {
                return Err(Failure::User(format!("line {} of the input is not UTF-8", shell.lines() + 1)));
            }
            Err(e) => return Err(Failure::Ours(format!("cannot read the input: {e}"))),
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
