//! `.sweep` over the model of a shell: the rows of the command, the worst first, in the base and in a fork.

use super::{FromScratch, arguments, centre, swept};
use repl::response::{Part, Response};
use repl::shell::{Options, Shell};
use repl::sweep::tally::Tally;
use repl::sweep::{Arguments, Format};
use repl::table::Table;
use runtime::Value;
use std::cmp::Reverse;
use std::path::Path;
use tempfile::TempDir;

/// A shell with the standard rules about failures, over a snapshot.
fn shell(snapshot: &Path) -> Shell {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    assert!(!shell.line(".include <failure.dl>").failed());
    let response = shell.facts(snapshot);
    assert!(!response.failed(), "{response}");
    shell
}

fn say(shell: &mut Shell, line: &str) -> Response {
    let response = shell.line(line);
    assert!(!response.failed(), "{line}\n{response}");
    response
}

/// The rows that are shown, in their order.
fn rows(response: &Response) -> Vec<Tally> {
    let tables = response.parts.iter().filter_map(|part| match part {
        Part::Answer(table, _) => Some(table),
        _ => None,
    });
    let row = |row: &Vec<Value>| {
        let cells: Vec<String> = row.iter().map(Value::to_string).collect();
        let number = |place: usize| cells[place].parse::<u64>().expect("a number");
        Tally {
            element: cells[0].clone(),
            kind: cells[1].clone(),
            services_down: number(2) as usize,
            sessions_lost: number(3),
            cut: number(4) as usize,
            overloaded: number(5) as usize,
            worst_percent: number(6),
            worst_from: cells[7].clone(),
            worst_to: cells[8].clone(),
        }
    };
    tables.flat_map(|table: &Table| table.rows.iter().map(row)).collect()
}

/// The rows of the command that do harm, the worst first.
fn harm(snapshot: &Path, directory: &TempDir, each: &str, pairs: Option<&str>) -> Vec<Tally> {
    let sweep = Arguments {
        snapshot: snapshot.to_owned(),
        scenario: None,
        rules: Vec::new(),
        each: each.into(),
        pairs: pairs.map(Into::into),
        format: Format::Json,
        batch: 16,
        ..arguments(directory)
    };
    let (out, _) = swept(&sweep).expect("it goes well");
    let rows = out.lines().map(|line| serde_json::from_str::<Tally>(line).expect("a row"));
    let mut harm: Vec<Tally> = rows.filter(|t| t.cut + t.services_down + t.overloaded > 0).collect();
    harm.sort_by_key(|t| {
        let weight = (t.services_down, t.sessions_lost, t.cut, t.overloaded, t.worst_percent);
        (Reverse(weight), t.element.clone())
    });
    harm
}

#[test]
fn the_shell_sweeps_as_the_command_does_and_shows_the_worst_first() {
    let directory = TempDir::new().expect("a scratch directory");
    let snapshot = centre(&directory, 1, 7);
    let mut shell = shell(&snapshot);
    for (line, each, pairs) in [(".sweep switch", "switch", None), (".sweep pairs core", "element", Some("core"))] {
        let response = say(&mut shell, line);
        let wanted = harm(&snapshot, &directory, each, pairs);
        assert_eq!(rows(&response), wanted, "{line}");
        let said = response.to_string();
        assert!(said.contains(&format!("{} of ", wanted.len())) || wanted.is_empty(), "{said}");
        assert!(said.contains("headroom, by the link that is used most:"), "{said}");
    }
    // What does not fit is cut, and the rest is there.
    let all = rows(&say(&mut shell, ".sweep switch"));
    assert!(all.len() > 3, "{} switches matter", all.len());
    say(&mut shell, ".limit 2");
    let first = say(&mut shell, ".sweep switch");
    assert_eq!(rows(&first), all[..2]);
    assert!(first.to_string().contains(&format!(
        "… {} more of {} tuples; `.more` shows the next",
        all.len() - 2,
        all.len()
    )));
    assert_eq!(rows(&say(&mut shell, ".more")), all[2..4]);
    say(&mut shell, ".limit all");
    let sorted = rows(&say(&mut shell, ".sort element"));
    assert!(sorted.is_sorted_by_key(|row| &row.element) && sorted.len() == all.len());
    let told = shell.line(".sweep swich").to_string();
    assert!(told.contains("no element is `swich`; did you mean `switch`?"), "{told}");
}

#[test]
fn in_a_fork_elements_fail_on_top_of_what_has_failed_there() {
    let directory = TempDir::new().expect("a scratch directory");
    let snapshot = centre(&directory, 1, 7);
    let mut shell = shell(&snapshot);
    let device = rows(&say(&mut shell, ".sweep switch"))[0].element.clone();
    say(&mut shell, ".watch cut");
    say(&mut shell, ".fork worse");
    say(&mut shell, &format!("+failed(\"{device}\")."));
    let response = say(&mut shell, ".sweep core");
    assert!(!response.parts.iter().any(|part| matches!(part, Part::Change(_))), "{response}");
    let (found, from_scratch) = (rows(&response), FromScratch::new(&snapshot));
    assert!(!found.is_empty());
    for row in found.iter().filter(|row| row.element != device) {
        let both = from_scratch.of(&format!("{} + {device}", row.element), &row.kind, None);
        assert_eq!(*row, Tally { element: row.element.clone(), ..both });
    }
    // The fork is as it was, and no other one is there.
    let forks = say(&mut shell, ".forks").to_string();
    assert_eq!(forks.lines().count(), 3, "{forks}");
}
