//! What `strata check` writes for machines: true to the schemas, and to the files and lines that it cites.

mod junit;
mod schema;
#[path = "../scratch/mod.rs"]
mod scratch;

use clap::Parser;
use repl::check::run;
use repl::cli::{Cli, Command};
use repl::output::Output;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

const SARIF: &str = include_str!("sarif/sarif-2.1.0.json");

/// Rules with every severity, and one whose evidence stands in the rule file itself.
const RULES: &str = "\
/// Two hosts answer to one address.
.decl owns(host: symbol, ip: Ip)
.input owns
.decl duplicate(a: symbol, b: symbol, ip: Ip)
duplicate(a, b, ip) :- owns(a, ip), owns(b, ip), a < b.
.invariant duplicate(severity = \"error\", message = \"{a} & {b} <both> own \\\"{ip}\\\"\")
.decl many(n: number)
many(n) :- n = count : { owns(_, _) }, n > 2.
.invariant many(severity = \"warning\", message = \"{n} owners: 100%\")
.decl banned(ip: Ip)
banned(\"10.0.0.9\").
.decl is_banned(ip: Ip)
is_banned(ip) :- banned(ip).
.invariant is_banned(severity = \"info\", message = \"{ip} is banned\")
.decl none(ip: Ip)
none(ip) :- owns(_, ip), ip = \"10.9.9.9\".
.invariant none(message = \"{ip} is there\")
";

/// A directory with rules and two snapshots, one of them with a blank and an umlaut in its name.
fn world() -> TempDir {
    scratch::files(&[
        ("rules.dl", RULES),
        ("jetzt für alle/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\nh3,10.0.0.1\nh4,10.0.0.2\n"),
        ("before/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\nh5,10.0.0.2\n"),
        ("accepted", "duplicate(\"h2\", _, _) because h4 takes over \"soon\"\n"),
    ])
}

/// What is written to standard output; words that begin with `@` are names in the directory.
fn said(directory: &Path, words: &[&str]) -> String {
    let path = |name: &str| directory.join(name).display().to_string();
    let words = words.iter().map(|word| word.strip_prefix('@').map_or_else(|| word.to_string(), path));
    let cli = Cli::try_parse_from(["strata".into(), "check".into()].into_iter().chain(words)).expect("a command line");
    let Some(Command::Check(arguments)) = cli.command else { panic!("strata check") };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    run(&arguments, &mut Output::plain(&mut out, &mut err));
    assert!(!out.is_empty(), "{}", String::from_utf8_lossy(&err));
    String::from_utf8(out).expect("text")
}

const SNAPSHOT: [&str; 4] = ["@jetzt für alle", "--no-standard", "--rules", "@rules.dl"];

/// Ways to ask that give reports of every kind: with and without a baseline, and what is accepted.
const WAYS: [&[&str]; 4] = [
    &[],
    &["--baseline", "@before"],
    &["--suppress", "@accepted"],
    &["--fail-on", "warning", "--suppress", "@accepted"],
];

#[test]
fn sarif_is_true_to_its_schema() {
    let (world, schema) = (world(), serde_json::from_str(SARIF).expect("the schema is JSON"));
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/suzieq-cumulus-dual-bgp");
    let real = format!("suzieq:{}", real.display());
    let mut texts: Vec<String> =
        WAYS.iter().map(|way| said(world.path(), &[&SNAPSHOT[..], way, &["--format", "sarif"]].concat())).collect();
    texts.push(said(world.path(), &[&real, "--format", "sarif"]));
    for text in texts {
        let log: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(schema::faults(&schema, &log), Vec::<String>::new(), "{text}");
        assert!(log["runs"][0]["results"].as_array().is_some_and(|results| results.len() >= 3), "{text}");
    }
}

#[test]
fn junit_is_true_to_its_schema_and_fails_what_fails_the_command() {
    let world = world();
    let failures = |way: &[&str]| {
        let text = said(world.path(), &[&SNAPSHOT[..], way, &["--format", "junit"]].concat());
        assert_eq!(junit::faults(&text), Vec::<String>::new(), "{text}");
        text.matches("<failure ").count()
    };
    assert_eq!(WAYS.map(failures), [1, 1, 1, 2]);
    assert_eq!(failures(&["--fail-on", "never"]), 0);
    assert_eq!(failures(&["--fail-on", "info"]), 3);
}

#[test]
fn tap_has_a_point_an_invariant_and_todo_where_the_command_does_not_fail() {
    let text = said(world().path(), &[&SNAPSHOT[..], &["--format", "tap", "--suppress", "@accepted"]].concat());
    let points: Vec<&str> = text.lines().filter(|line| line.starts_with("ok") || line.starts_with("not")).collect();
    assert_eq!(
        points,
        [
            "not ok 1 - duplicate",
            "ok 2 - none",
            "not ok 3 - many # TODO does not fail the check",
            "not ok 4 - is_banned # TODO does not fail the check",
        ]
    );
    assert!(text.starts_with("TAP version 14\n1..4\n"));
    // Each YAML block is opened and closed.
    assert_eq!(text.matches("\n  ---\n").count(), text.matches("\n  ...\n").count());
    assert!(text.contains("  suppressed:\n    - message: \"h2 & h4"), "{text}");
}

/// The lines that SARIF's locations and GitHub's annotations name must hold the fact that they are cited for.
#[test]
fn regions_and_annotations_point_at_the_offending_lines_of_raw_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let data = root.join("tests/data/suzieq-cumulus-dual-bgp/tables");
    let given = format!("suzieq:{}", data.display());
    let table = std::fs::read_to_string(data.join("interfaces.csv")).expect("the table is there");
    let line = |number: u64| table.lines().nth(number as usize - 1).expect("there is such a line");
    let sarif: Value = serde_json::from_str(&said(&root, &[&given, "--format", "sarif"])).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 3, "{results:#?}");
    for result in results {
        let (first, second) = (&result["locations"][0], &result["relatedLocations"][0]);
        let text = result["message"]["text"].as_str().expect("a text");
        for (place, device) in [(first, &text[..6]), (second, &text[11..17])] {
            let place = &place["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().expect("a text");
            assert!(uri.ends_with("tests/data/suzieq-cumulus-dual-bgp/tables/interfaces.csv"), "{uri}");
            let cited = line(place["region"]["startLine"].as_u64().expect("a line"));
            assert!(cited.contains(&format!(",{device},")) && cited.contains("2001:db8::12/128"), "{text}: {cited}");
        }
    }
    for annotation in said(&root, &[&given, "--format", "github"]).lines() {
        let number = annotation.split("line=").nth(1).and_then(|rest| rest.split(',').next()).expect("a line");
        let device = annotation.split("::").nth(2).and_then(|text| text.split(' ').next()).expect("a device");
        let cited = line(number.parse().expect("a number"));
        assert!(cited.contains(&format!(",{device},")), "{annotation}: {cited}");
    }
}

#[test]
fn names_that_are_no_references_are_escaped_and_lead_back_to_the_file() {
    let world = world();
    let text = said(world.path(), &[&SNAPSHOT[..], &["--format", "sarif"]].concat());
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
    let uri = uri.and_then(|uri| uri.strip_prefix("file://")).expect("an absolute path");
    assert!(uri.ends_with("/jetzt%20f%C3%BCr%20alle/owns.csv"), "{uri}");
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        bytes.push(*first);
        if *first == b'%' {
            let (two, others) = rest.split_at(2);
            let number = u8::from_str_radix(std::str::from_utf8(two).expect("digits"), 16);
            (*bytes.last_mut().expect("a byte"), rest) = (number.expect("digits"), others);
        }
    }
    assert!(Path::new(std::str::from_utf8(&bytes).expect("text")).exists());
}

#[test]
fn a_change_is_told_with_what_it_came_with() {
    let world = world();
    let github = said(world.path(), &[&SNAPSHOT[..], &["--baseline", "@before", "--format", "github"]].concat());
    let first = github.lines().next().expect("an annotation");
    assert!(first.contains("h1 & h3 <both> own \"10.0.0.1\"%0Asince +owns(\"h3\", \"10.0.0.1\")"), "{first}");
    let sarif = said(world.path(), &[&SNAPSHOT[..], &["--baseline", "@before", "--format", "sarif"]].concat());
    let log: Value = serde_json::from_str(&sarif).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let states: Vec<&str> = results.iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert_eq!(states, ["new", "new", "absent", "new", "absent"], "{results:#?}");
    let cause = results[0]["properties"]["causes"][0].as_str().expect("a text");
    assert!(cause.starts_with("+owns(\"h3\", \"10.0.0.1\")"), "{cause}");
}
