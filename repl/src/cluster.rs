//! One shell over several processes: `--hosts`, `--process` and `--wait`.
//!
//! Process 0 has the shell; the others lend it their workers and end when it does. When one of them is lost, the others say
//! so and end with exit code 2.

use crate::cli;
use crate::failure::{Failure, Outcome, conclude};
use crate::output::Output;
use runtime::{Cluster, Engine, Options, follow};
use std::time::Duration;

/// The engine that the arguments ask for; none if this process followed another one, which is now done.
pub(crate) fn engine(arguments: &cli::Shell, output: &mut Output) -> Outcome<Option<Engine>> {
    let options = Options { workers: usize::from(arguments.workers) };
    let (Some(hosts), Some(process)) = (&arguments.hosts, arguments.process) else {
        return Ok(Some(Engine::new(options)?));
    };
    let hosts = read_hosts(hosts)?;
    let count = hosts.len();
    let cluster = Cluster::new(hosts, process, lost).patience(Duration::from_secs(arguments.wait));
    if process == 0 {
        let engine = Engine::lead(options, cluster)?;
        output.note(&format!("{count} processes work together"))?;
        return Ok(Some(engine));
    }
    if !arguments.files.is_empty() || arguments.facts.is_some() {
        return Err(Failure::User("rule files and facts are for process 0: it hands out what the others need".into()));
    }
    output.note(&format!("process {process} of {count}: working until process 0 is done"))?;
    follow(options, cluster)?;
    Ok(None)
}

/// Ends this process: nothing can be done without the share of the one that is gone.
fn lost(message: &str) {
    let _ = conclude(Err(Failure::Ours(message.to_owned())), &mut Output::of_process());
    std::process::exit(2);
}

/// The hosts in a file, or in the text itself.
fn read_hosts(argument: &str) -> Outcome<Vec<String>> {
    if argument.contains(':') && !std::path::Path::new(argument).exists() {
        return Ok(argument.split(',').map(|host| host.trim().to_owned()).collect());
    }
    let text = std::fs::read_to_string(argument)
        .map_err(|e| Failure::User(format!("cannot read the hosts in `{argument}`: {e}")))?;
    Ok(hosts_in(&text))
}

/// One host a line; `#` begins a comment.
fn hosts_in(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stand_in_a_file_or_on_the_command_line() {
        assert_eq!(hosts_in("# ours\na:1  # the first\n\n b:2\n"), ["a:1", "b:2"]);
        assert_eq!(read_hosts("a:1, b:2").unwrap(), ["a:1", "b:2"]);
        assert!(read_hosts("no/such/file").is_err());
    }
}
