//! `strata --hosts … --process …`: programs that work as one, and what they say when one of them is missing or lost.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

const SCRIPT: &str = r#"
.decl link(a: symbol, b: symbol)
.decl path(a: symbol, b: symbol)
.decl name(t: symbol)
.decl apart(a: symbol, b: symbol)
path(x, y) :- link(x, y).
path(x, z) :- path(x, y), link(y, z).
name(cat(x, cat("-", y))) :- path(x, y).
apart(x, y) :- link(x, _), link(_, y), !path(x, y).
+link("a", "b"). +link("b", "c"). +link("c", "d"). +link("e", "f").
?- path(x, y).
.watch path
-link("b", "c").
?- name(t).
?- apart(x, y).
+link("d", "e").
?- path("c", y).
link("f", "a").
?- path("f", y), name(t), t = cat(y, cat("-", z)), path(y, z).
.drop path
?- path(x, y).
"#;

/// So many addresses that were free a moment ago.
fn hosts(count: usize) -> Vec<String> {
    let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    listeners.iter().map(|l| l.local_addr().expect("an address").to_string()).collect()
}

fn strata(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

fn process(hosts: &[String], process: usize, more: &[&str]) -> Child {
    let (hosts, process) = (hosts.join(","), process.to_string());
    strata(&[&["--hosts", &hosts, "--process", &process][..], more].concat())
}

fn say(input: &mut ChildStdin, text: &str) {
    input.write_all(text.as_bytes()).expect("it listens");
    input.flush().expect("it listens");
}

fn end(mut child: Child) -> (Output, String) {
    drop(child.stdin.take());
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, errors)
}

fn alone() -> String {
    let mut child = strata(&[]);
    say(child.stdin.as_mut().expect("a pipe"), SCRIPT);
    let (output, errors) = end(child);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("text")
}

/// The script's answers from a cluster, whose processes all end well.
fn together(hosts: &[String], more: &[&str]) -> String {
    let followers: Vec<Child> = (1..hosts.len()).map(|i| process(hosts, i, more)).collect();
    let mut leader = process(hosts, 0, more);
    say(leader.stdin.as_mut().expect("a pipe"), SCRIPT);
    let (output, errors) = end(leader);
    assert!(output.status.success(), "{errors}");
    for follower in followers {
        let (output, errors) = end(follower);
        assert!(output.status.success() && output.stdout.is_empty(), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_script_has_the_same_answers_on_two_processes_and_three() {
    let expected = alone();
    assert!(expected.contains("a-b"), "{expected}");
    assert_eq!(together(&hosts(2), &[]), expected);
    assert_eq!(together(&hosts(3), &["--workers", "2"]), expected);
}

/// A cluster of two at work: the first answer has been read.
fn working(hosts: &[String]) -> (Child, Child, BufReader<std::process::ChildStdout>) {
    let (follower, mut leader) = (process(hosts, 1, &[]), process(hosts, 0, &[]));
    say(leader.stdin.as_mut().expect("a pipe"), ".decl p(x: number)\np(1).\n?- p(x).\n");
    let mut answers = BufReader::new(leader.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while line.trim() != "1" {
        line.clear();
        assert!(answers.read_line(&mut line).expect("an answer") > 0, "{}", end(leader).1);
    }
    (leader, follower, answers)
}

#[test]
fn a_lost_process_stops_the_cluster_with_a_message_and_it_starts_again() {
    let hosts = hosts(2);
    for lost in [0, 1] {
        let (leader, follower, _answers) = working(&hosts);
        let (mut gone, left) = if lost == 0 { (leader, follower) } else { (follower, leader) };
        gone.kill().expect("it lives");
        gone.wait().expect("it ends");
        let output = left.wait_with_output().expect("it ends");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        let message = format!("error: process {lost} at {} is gone: the cluster stops", hosts[lost]);
        assert!(errors.contains(&message), "{errors}");
        assert!(!errors.contains("panicked"), "{errors}");
    }
    assert_eq!(together(&hosts, &[]), alone());
}

#[test]
fn processes_that_do_not_fit_or_do_not_come_are_told_what_to_do() {
    let hosts = hosts(2);
    let fails = |child: Child, code: i32, message: &str| {
        let (output, errors) = end(child);
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains(message), "{errors}");
    };
    let (one, two) = (process(&hosts, 0, &["--workers", "2"]), process(&hosts, 1, &[]));
    fails(one, 2, "give all of them the same `--workers`");
    fails(two, 2, "refuses");
    fails(process(&hosts, 0, &["--wait", "0"]), 2, "start it with `--process 1`");
    fails(process(&hosts, 1, &["--wait", "0"]), 2, "start it with `--process 0`");
    fails(process(&hosts, 2, &[]), 1, "there are processes 0 to 1");
    fails(process(&["a".into()], 0, &[]), 1, "cannot read the hosts");
    let _taken = TcpListener::bind(&hosts[0]).expect("a free port");
    fails(process(&hosts, 0, &[]), 2, "another program listens there");
}
