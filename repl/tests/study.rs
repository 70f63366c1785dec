//! A study finds what the construction of a data centre implies, and says so if it does not.

use clap::Parser;
use repl::cli::{Cli, Command};
use repl::output::Output;
use std::path::Path;

/// Runs a command line: whether all went well, and what it printed.
fn strata(arguments: &[&str]) -> (bool, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cli = Cli::try_parse_from(["strata"].iter().chain(arguments)).expect("the command line is right");
    let mut output = Output::plain(&mut out, &mut err);
    let outcome = match &cli.command {
        Some(Command::Synth(arguments)) => repl::synth::run(arguments, &mut output),
        Some(Command::Study(arguments)) => repl::study::run(arguments, &mut output),
        other => panic!("{other:?} is not asked for here"),
    };
    let well = outcome.is_ok();
    drop(output);
    (well, String::from_utf8_lossy(&out).into_owned() + &String::from_utf8_lossy(&err))
}

const SMALL: [&str; 6] = ["--machines", "120", "--minutes", "3", "--scale", "0.02"];

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

#[test]
fn every_number_is_what_the_construction_implies() {
    for more in [["--seed", "1"].as_slice(), &["--seed", "5", "--dirt", "-j", "2"]] {
        let (well, printed) = strata(&[&["study"], &SMALL[..], more].concat());
        assert!(well && printed.contains("numbers are what the construction"), "{more:?}\n{printed}");
    }
}

#[test]
fn a_snapshot_is_studied_as_it_was_made_and_a_wrong_number_is_told() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let snapshot = scratch.path().join("dc");
    let (well, printed) = strata(&[&["synth", "-o", text(&snapshot)], &SMALL[..]].concat());
    assert!(well, "{printed}");
    let (well, printed) = strata(&["study", text(&snapshot)]);
    assert!(well && printed.contains("numbers are what the construction"), "{printed}");
    // A record that is none is told with its file, and is none.
    let messages = snapshot.join("message-1.csv");
    let whole = std::fs::read_to_string(&messages).expect("it was written");
    std::fs::write(&messages, whole + "not,a,message\n").expect("it is written");
    let (well, printed) = strata(&["study", text(&snapshot)]);
    assert!(well && printed.contains("message-1.csv"), "{printed}");
    let expected = snapshot.join("expected.json");
    let json = std::fs::read_to_string(&expected).expect("it was written");
    let changed = json.replacen("\"trees\": ", "\"trees\": 1", 1);
    assert_ne!(json, changed);
    std::fs::write(&expected, changed).expect("it is written");
    let (well, printed) = strata(&["study", text(&snapshot)]);
    assert!(!well && printed.contains("  trees: found "), "{printed}");
}
