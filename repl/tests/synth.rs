//! What the standard rules find in synthetic data centres is what follows from how these were made, which
//! `ingest::synth::Expected` works out without any rule.

use ingest::Schema;
use ingest::synth::{DataCentre, Expected, Format, Size, write};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Writes a data centre, evaluates a program on it, and gives the directory of its outputs.
fn evaluate(size: &Size, program: &str, scratch: &Path) -> Expected {
    let schema = Schema::from(&repl::compile::model().expect("the model compiles"));
    let facts = scratch.join("facts");
    let written = write(&facts, &DataCentre::new(size), &schema, Format::Facts, &mut |_| ()).expect("it is written");
    let file = scratch.join("program.dl");
    std::fs::write(&file, program).expect("the program is written");
    let out = scratch.join("out");
    let arguments: [OsString; 7] =
        ["strata".into(), "run".into(), file.into(), "-F".into(), facts.into(), "-D".into(), out.into()];
    assert_eq!(repl::main(arguments), ExitCode::SUCCESS);
    written.expected
}

fn lines(scratch: &Path, relation: &str) -> Vec<String> {
    let text = std::fs::read_to_string(scratch.join(format!("out/{relation}.csv"))).expect("it was written");
    text.lines().map(str::to_owned).collect()
}

const COUNTED: &str = "
.include <network.dl>
.include <trace/tree.dl>
.include <trace/session.dl>
.include <trace/dirty.dl>
.include <traffic/calls.dl>
.output transaction
.output tree
.output session
.output calls
.output dirty
";

#[test]
fn the_rules_find_what_the_construction_implies() {
    for (machines, seed, dirt) in [(120, 1, false), (200, 2, true)] {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let size = Size { dirt, ..Size::new(machines, 3, 0.01, seed).expect("a size") };
        let expected = evaluate(&size, COUNTED, scratch.path());
        for (relation, n) in expected.relations.iter().filter(|(relation, _)| **relation != "carried") {
            assert_eq!(lines(scratch.path(), relation).len() as u64, *n, "{machines} machines: {relation}");
        }
        let calls = expected.calls.iter().map(|(client, server, n, bytes)| format!("{client}\t{server}\t{n}\t{bytes}"));
        let mut calls: Vec<String> = calls.collect();
        calls.sort();
        let mut found = lines(scratch.path(), "calls");
        found.sort();
        assert_eq!(found, calls);
        let dirty: Vec<String> = expected.dirty.iter().map(|(kind, n)| format!("{kind}\t{n}")).collect();
        assert_eq!(lines(scratch.path(), "dirty"), dirty);
    }
}
