//! `strata script`, through the binary: a transcript, and where it ends.

use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn script(text: &str, arguments: &[&str]) -> (TempDir, Output) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(directory.path().join("a.strata"), text).expect("a scratch file is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(directory.path()).args(["script", "a.strata"]).args(arguments).stdin(Stdio::null());
    let output = command.env_remove("NO_COLOR").output().expect("strata starts");
    (directory, output)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

const QUESTION: &str = "\
.decl link(a: symbol, b: symbol)
+link(\"s1\", \"s2\").

?- link(x,
   y).
.fork cut
-link(\"s1\", \"s2\").
?- link(_, _).
";

#[test]
fn a_transcript_reads_as_if_the_lines_had_been_typed() {
    let (_directory, output) = script(QUESTION, &[]);
    let expected = "\
strata> .decl link(a: symbol, b: symbol)
strata> +link(\"s1\", \"s2\").
epoch 1: 1 inserted, 0 retracted

strata> ?- link(x,
   ...>    y).
x   y
──────
s1  s2
strata> .fork cut
fork `cut` of base
strata:cut> -link(\"s1\", \"s2\").
epoch 3 in cut: 0 inserted, 1 retracted
strata:cut> ?- link(_, _).
no
";
    assert_eq!(text(&output.stdout), expected);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn without_echo_answers_are_alone_on_standard_output() {
    let (_directory, output) = script(QUESTION, &["--no-echo"]);
    assert_eq!(text(&output.stdout), "x   y\n──────\ns1  s2\nno\n");
    assert!(text(&output.stderr).contains("epoch 1: 1 inserted"), "{}", text(&output.stderr));
}

#[test]
fn the_first_failure_ends_a_script_unless_it_is_to_go_on() {
    let wrong = format!("{QUESTION}?- lnik(x).\n.relations\n");
    let (_directory, output) = script(&wrong, &[]);
    let told = text(&output.stdout);
    assert!(told.contains("a.strata:9:4") && told.contains("did you mean `link`?"), "{told}");
    assert!(!told.contains(".relations"), "{told}");
    assert_eq!(output.status.code(), Some(1));
    let (_directory, output) = script(&wrong, &["--keep-going"]);
    assert!(text(&output.stdout).contains("strata:cut> .relations\nrelation"), "{}", text(&output.stdout));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_script_starts_with_rules_and_facts_and_ends_where_it_says() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).expect("it is written");
    write("a.dl", ".decl link(a: symbol, b: symbol)\n");
    write("link.facts", "s1\ts2\n");
    write("a.strata", "?- link(x, _).\n.quit\n?- nothing(x).\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(directory.path()).args(["script", "a.strata", "a.dl", "--facts", "."]);
    let output = command.stdin(Stdio::null()).output().expect("strata starts");
    assert_eq!(text(&output.stdout), "strata> ?- link(x, _).\nx\n──\ns1\nstrata> .quit\n");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    let output = command.args(["script", "no/such.strata"]).output().expect("strata starts");
    assert!(text(&output.stderr).contains("cannot read no/such.strata"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}
