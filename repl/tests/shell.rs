//! The shell, driven without a terminal: what is typed, and what is said.

mod session;

use repl::shell::{Options, Shell};
use session::{fail, say};
use std::path::PathBuf;

/// A session with links and the paths along them.
fn paths() -> Shell {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".decl link(a: symbol, b: symbol)");
    say(&mut shell, ".decl path(a: symbol, b: symbol)");
    say(&mut shell, "path(x, y) :- link(x, y). path(x, z) :- link(x, y), path(y, z).");
    say(&mut shell, r#"+link("s1", "s2"). +link("s2", "s3")."#);
    shell
}

fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).expect("a scratch file is written");
    path
}

#[test]
fn rules_typed_at_the_prompt_are_in_force_at_once() {
    let mut shell = paths();
    assert_eq!(say(&mut shell, "?- path(\"s1\", x)."), "x\n──\ns2\ns3\n");
    assert_eq!(say(&mut shell, ".decl far(a: symbol)  far(x) :- path(\"s1\", x), !link(\"s1\", x)."), "far: 1 tuple\n");
    assert_eq!(say(&mut shell, "?- far(x)."), "x\n──\ns3\n");
}

#[test]
fn edits_on_a_line_are_one_epoch_and_are_counted() {
    let mut shell = paths();
    let told = say(&mut shell, r#"+link("s3", "s4"). -link("s1", "s2"). +link("s2", "s3")."#);
    assert!(told.ends_with("1 inserted, 1 retracted, 1 without effect\n"), "{told}");
    assert_eq!(say(&mut shell, "?- path(\"s1\", x)."), "no tuples\n");
    assert_eq!(say(&mut shell, "?- path(\"s2\", x)."), "x\n──\ns3\ns4\n");
}

#[test]
fn an_error_leaves_everything_as_it_was() {
    let mut shell = paths();
    let told = fail(&mut shell, "path(x, y) :- lnik(x, y).");
    assert!(told.contains("error[unknown-relation]") && told.contains("<prompt>:5:"), "{told}");
    let told = fail(&mut shell, "path(x, y) :- link(x, _).");
    assert!(told.contains("error[unbound-variable]"), "{told}");
    let told = fail(&mut shell, "+link(\"s1\").");
    assert!(told.contains("error[wrong-arity]"), "{told}");
    assert_eq!(say(&mut shell, "?- path(\"s1\", x)."), "x\n──\ns2\ns3\n");
}

#[test]
fn of_several_clauses_those_that_are_right_stand() {
    let mut shell = paths();
    let told = fail(&mut shell, ".decl far(a: symbol) far(x) :- path(\"s1\", x), !link(\"s1\", y). far(\"s9\").");
    assert_eq!(told.matches("error").count(), 1, "{told}");
    assert_eq!(say(&mut shell, "?- far(x)."), "x\n──\ns9\n");
    // Clauses that need each other may stand in any order.
    say(
        &mut shell,
        "odd(x) :- even(y), link(y, x). even(\"s1\"). even(x) :- odd(y), link(y, x). .decl odd(a: symbol) .decl even(a: symbol)",
    );
    assert_eq!(say(&mut shell, "?- even(x)."), "x\n──\ns1\ns3\n");
}

#[test]
fn an_edit_that_is_wrong_is_shown_as_it_was_typed() {
    let told = fail(&mut paths(), "+link(\"s1\", \"s9\"). -link(\"s2\").");
    assert!(told.contains("\n5 | +link(\"s1\", \"s9\"). -link(\"s2\").\n") && told.contains("<prompt>:5:21"), "{told}");
}

#[test]
fn edits_are_facts_of_relations_that_take_them() {
    let mut shell = paths();
    let told = fail(&mut shell, "+path(x, y) :- link(y, x).");
    assert!(told.contains("only facts can be inserted and retracted"), "{told}");
    let told = fail(&mut shell, "+path(\"s1\", \"s2\").");
    assert!(told.contains("relation `path` is derived by rules"), "{told}");
    assert_eq!(say(&mut shell, "?- path(\"s1\", x)."), "x\n──\ns2\ns3\n");
}

#[test]
fn a_fact_of_the_program_stays_retracted_when_rules_change() {
    let mut shell = paths();
    say(&mut shell, "link(\"s3\", \"s4\").");
    assert_eq!(say(&mut shell, "?- link(\"s3\", x)."), "x\n──\ns4\n");
    say(&mut shell, "-link(\"s3\", \"s4\").");
    say(&mut shell, ".decl other(a: symbol) other(x) :- link(x, _).");
    assert_eq!(say(&mut shell, "?- link(\"s3\", x)."), "no tuples\n");
}

#[test]
fn a_statement_may_take_many_lines() {
    let mut shell = paths();
    assert_eq!(say(&mut shell, "?- path(\"s1\", x),"), "");
    assert!(shell.is_waiting());
    assert_eq!(say(&mut shell, "   link(x, _)."), "x\n──\ns2\n");
    assert!(!shell.is_waiting());
}

#[test]
fn an_interrupt_abandons_the_statement() {
    let mut shell = paths();
    say(&mut shell, "path(x, y) :-");
    shell.interrupt();
    assert!(!shell.is_waiting());
    assert_eq!(say(&mut shell, "?- link(\"s1\", x)."), "x\n──\ns2\n");
}

#[test]
fn input_that_ends_within_a_statement_is_an_error() {
    let mut shell = paths();
    say(&mut shell, "path(x, y) :- link(x, y)");
    let response = shell.finish();
    assert!(response.failed() && response.to_string().contains("error[syntax-error]"), "{response}");
}

#[test]
fn a_query_without_variables_is_answered_by_yes_or_no() {
    let mut shell = paths();
    assert_eq!(say(&mut shell, "?- path(\"s1\", \"s3\")."), "yes\n");
    assert_eq!(say(&mut shell, "?- path(\"s3\", \"s1\")."), "no\n");
    assert_eq!(say(&mut shell, "?- path(_, _)."), "yes\n");
}

#[test]
fn a_variable_that_comes_twice_must_have_one_value() {
    let mut shell = paths();
    say(&mut shell, "+link(\"s4\", \"s4\").");
    assert_eq!(say(&mut shell, "?- link(x, x)."), "x\n──\ns4\n");
}

#[test]
fn long_answers_are_cut_and_say_so() {
    let mut shell = Shell::new(Options { limit: Some(2), ..Options::default() }).expect("a shell starts");
    say(&mut shell, ".decl n(x: number)");
    say(&mut shell, "n(3). n(1). n(2).");
    assert_eq!(
        say(&mut shell, "?- n(x)."),
        "x\n─\n1\n2\n… 1 more of 3 tuples; `.more` shows the next, `.limit all` does away with the limit\n"
    );
    assert_eq!(say(&mut shell, ".limit all"), "answers are shown whole\n");
    assert_eq!(say(&mut shell, "?- n(x)."), "x\n─\n1\n2\n3\n");
    assert_eq!(say(&mut shell, ".limit 1"), "answers are cut after 1 rows\n");
    assert!(fail(&mut shell, ".limit many").contains("expected a number of rows or `all`"));
}

#[test]
fn watched_relations_show_their_changes() {
    let mut shell = paths();
    assert_eq!(say(&mut shell, ".watch path"), "watching `path`, which has 3 tuples now\n");
    let told = say(&mut shell, "-link(\"s2\", \"s3\").");
    assert!(told.ends_with("-path(\"s1\", \"s3\")\n-path(\"s2\", \"s3\")\n"), "{told}");
    let told = say(&mut shell, "path(\"s9\", x) :- link(\"s1\", x).");
    assert!(told.ends_with("+path(\"s9\", \"s2\")\n"), "{told}");
    say(&mut shell, ".unwatch path");
    assert!(!say(&mut shell, "+link(\"s2\", \"s3\").").contains("+path"));
    assert!(fail(&mut shell, ".watch pth").contains("did you mean `path`?"));
}

#[test]
fn rules_can_be_dropped_and_loaded_again() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let rules = file(
        &directory,
        "reach.dl",
        ".decl link(a: symbol, b: symbol)\n.decl reach(a: symbol)\nreach(\"s1\").\nreach(y) :- reach(x), link(x, y).\n",
    );
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    let told = say(&mut shell, &format!(".load {}", rules.display()));
    assert!(told.contains("2 relations, 1 rule and 1 fact"), "{told}");
    say(&mut shell, "+link(\"s1\", \"s2\").");
    assert_eq!(say(&mut shell, "?- reach(x)."), "x\n──\ns1\ns2\n");
    assert_eq!(say(&mut shell, ".drop reach"), "dropped 1 rule and 1 fact of `reach`\n");
    assert_eq!(say(&mut shell, "?- reach(x)."), "no tuples\n");
    assert!(fail(&mut shell, ".drop reach").contains("no rules"));
    say(&mut shell, &format!(".load {}", rules.display()));
    assert_eq!(say(&mut shell, "?- reach(x)."), "x\n──\ns1\ns2\n");
}

#[test]
fn facts_are_read_from_a_directory_and_what_cannot_be_used_is_listed() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    file(&directory, "link.facts", "s1\ts2\ns2\ts3\n");
    file(&directory, "cost.csv", "a,n\ns1,7\ns2,many\n");
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".decl link(a: symbol, b: symbol)\n.input link");
    let told = say(&mut shell, &format!(".facts {}", directory.path().display()));
    assert!(told.contains("link") && told.contains('2'), "{told}");
    assert_eq!(say(&mut shell, "?- link(x, \"s3\")."), "x\n──\ns2\n");
    let mut bare = Shell::new(Options::default()).expect("a shell starts");
    let told = say(&mut bare, &format!(".facts {}", directory.path().display()));
    assert!(told.starts_with("no relation is declared yet; the facts of "), "{told}");
    assert!(say(&mut bare, ".decl link(a: symbol, b: symbol)").contains("link 2"));
    // What is declared later is read then.
    let told = say(&mut shell, ".decl cost(a: symbol, n: number)");
    assert!(told.contains("1 row") && told.contains(".rejected"), "{told}");
    assert_eq!(say(&mut shell, "?- cost(x, n)."), "x   n\n─────\ns1  7\n");
    let told = say(&mut shell, ".rejected");
    assert!(told.contains("cost.csv"), "{told}");
    assert!(fail(&mut shell, ".facts /nowhere/at/all").contains("/nowhere/at/all"));
}

#[test]
fn sources_of_other_kinds_fill_what_the_program_declares() {
    let network = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/suzieq-nxos"));
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".include <network/adjacent.dl>");
    let told = say(&mut shell, &format!(".import suzieq {}", network.display()));
    assert!(told.contains("facts of 16 relations"), "{told}");
    assert!(say(&mut shell, ".relations cable").lines().any(|l| l.starts_with("cable ") && l.ends_with(" 18")));
    assert_eq!(
        say(&mut shell, "?- adjacent(\"spine01\", leaf)."),
        "leaf\n──────\nexit01\nexit02\nleaf01\nleaf02\nleaf03\nleaf04\n"
    );
    let told = say(&mut shell, ".rejected");
    assert!(told.contains("no VLAN") && told.contains("152"), "{told}");
    assert!(say(&mut shell, ".rejected \"no VLAN\"").contains("00:00:00:11:12:10"));
    assert!(fail(&mut shell, ".rejected \"no VLNA\"").contains("did you mean `no VLAN`?"));
    assert!(fail(&mut shell, ".import suzeiq x").contains("did you mean `suzieq`?"));
    assert!(fail(&mut shell, ".import suzieq /nowhere").contains("/nowhere"));
}

#[test]
fn a_question_is_answered_the_same_by_looking_up_and_by_evaluating() {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".type Id <: number .decl at(id: Id, ip: Ip, x: float) .decl on() .decl off()");
    say(&mut shell, "+at(1, \"10.0.0.1\", 0.5). +at(2, \"10.0.0.1\", 0.5). +at(2, \"\", -1.0). +on().");
    let rows = [
        "at(x, y, z)",
        "at(2, y, _)",
        "at(_, \"10.0.0.1\", z)",
        "at(_, _, _)",
        "at(3, y, z)",
        "at(_, \"10.0.0.9\", z)",
        "at(x, _, -1.0)",
        "on()",
        "off()",
    ];
    for atom in rows {
        assert_eq!(say(&mut shell, &format!("?- {atom}.")), say(&mut shell, &format!("?- {atom}, true.")), "{atom}");
    }
}

/// Bytes that look like input, from a generator that is the same every time.
struct Scribbler(u64);

impl Scribbler {
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        of[(self.0 >> 33) as usize % of.len()]
    }
}

#[test]
fn no_input_brings_the_shell_down() {
    const SCRAPS: &[&str] = &[
        "a",
        "b(",
        "x",
        ")",
        ", ",
        ".",
        ". ",
        ":-",
        "?- ",
        "+",
        "-",
        "\"",
        "\\",
        "//",
        "/*",
        "*/",
        "///",
        "\n",
        "{",
        "}",
        "[",
        ".decl a(x: number)",
        ".decl b(x: symbol, y: Ip)",
        ".type",
        ".plan",
        ".watch a",
        ".drop a",
        ".limit 3",
        ".help",
        "a(1)",
        "b(\"é\", \"10.0.0.1\")",
        "!",
        "=",
        "count : ",
        "_",
        "99999999999999999999",
        "\u{0}",
        "\u{1b}[2J",
        "𝔘",
        "#if",
    ];
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    let mut scribbler = Scribbler(7);
    for _ in 0..3_000 {
        let line: String =
            (0..scribbler.pick(&["i", "iiiii", "iiiiiiiiiii"]).len()).map(|_| scribbler.pick(SCRAPS)).collect();
        let _ = shell.line(&line).to_string();
        if scribbler.pick(&["go on", "stop"]) == "stop" {
            shell.interrupt();
        }
    }
    shell.interrupt();
    let said = shell.line(".decl fine(x: number) fine(1).  ?- fine(x).").to_string();
    assert!(said.ends_with("x\n─\n1\n"), "{said}");
}

#[test]
fn the_model_describes_itself() {
    let mut shell = paths();
    say(&mut shell, "/// Who can reach whom in one step.\n.decl near(a: symbol, b: symbol)");
    let told = say(&mut shell, ".relations");
    assert!(
        told.lines()
            .any(|l| l.split_whitespace().collect::<Vec<_>>()
                == ["path", "derived", "a:", "symbol,", "b:", "symbol", "3"]),
        "{told}"
    );
    assert!(told.lines().any(|l| l.starts_with("link") && l.contains("given") && l.ends_with('2')), "{told}");
    assert_eq!(
        say(&mut shell, ".schema near"),
        "/// Who can reach whom in one step.\n.decl near(a: symbol, b: symbol)\n"
    );
    assert_eq!(
        say(&mut shell, ".rules path"),
        "// <prompt>\npath(x, y) :- link(x, y).\npath(x, z) :- link(x, y), path(y, z).\n"
    );
    assert_eq!(say(&mut shell, ".rules link"), "no rules\n");
    let told = say(&mut shell, ".plan path");
    assert!(told.starts_with("path(a, b): ") && told.contains("join"), "{told}");
    assert!(say(&mut shell, ".plan").contains("path(a, b): "));
    assert_eq!(say(&mut shell, ".plan near"), "`near` is given: there is nothing to compute\n");
    say(&mut shell, ".decl ends(n: number) ends(n) :- n = count : { path(_, _) }.");
    let told = say(&mut shell, ".plan ends");
    assert!(told.contains("ends(n): ") && told.contains("count of ") && !told.contains("path(a, b): "), "{told}");
    assert!(fail(&mut shell, ".schema nera").contains("there is no relation `nera`; did you mean `near`?"));
}

#[test]
fn help_knows_every_command_and_a_slip_is_told_its_near_name() {
    let mut shell = paths();
    let overview = say(&mut shell, ".help");
    for command in repl::command::COMMANDS {
        assert!(overview.contains(command.usage), "{}", command.name);
        assert!(say(&mut shell, &format!(".help {}", command.name)).contains(command.usage));
    }
    assert!(fail(&mut shell, ".help laod").contains("did you mean `load`?"));
    assert!(fail(&mut shell, ".relatoins").contains("did you mean `.relations`?"));
}

#[test]
fn codes_are_explained() {
    let mut shell = paths();
    assert!(say(&mut shell, ".explain").contains("unbound-variable"));
    assert!(say(&mut shell, ".explain unbound-variable").starts_with("# unbound-variable"));
    assert!(fail(&mut shell, ".explain unbuond-variable").contains("did you mean `unbound-variable`?"));
}

#[test]
fn time_is_told_when_asked_for() {
    let mut shell = paths();
    assert_eq!(say(&mut shell, ".time on"), "time is on\n");
    assert!(say(&mut shell, "?- path(\"s1\", \"s3\").").contains("took "));
    assert_eq!(say(&mut shell, ".time off"), "time is off\n");
    assert!(fail(&mut shell, ".time maybe").contains("expected `on` or `off`"));
}

#[test]
fn a_file_that_is_not_there_changes_nothing() {
    let mut shell = paths();
    assert!(fail(&mut shell, ".load nowhere.dl").contains("nowhere.dl"));
    assert_eq!(say(&mut shell, "?- path(\"s1\", x)."), "x\n──\ns2\ns3\n");
}

#[test]
fn quitting_ends_the_session_and_what_follows_is_not_done() {
    let mut shell = paths();
    let response = shell.line(".quit\n?- path(x, y).");
    assert!(response.quit && response.to_string().is_empty(), "{response}");
}

#[test]
fn types_with_a_text_form_are_read_and_compared_in_it() {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".decl owns(device: symbol, ip: Ip)");
    say(&mut shell, r#"+owns("r1", "2001:DB8::0:1")."#);
    assert_eq!(say(&mut shell, r#"?- owns(d, "2001:db8::1")."#), "d\n──\nr1\n");
    let told = fail(&mut shell, r#"+owns("r1", "10.0.0.256")."#);
    assert!(told.contains("error[malformed-value]"), "{told}");
}

#[test]
fn what_cannot_be_kept_current_is_refused_with_its_place_and_its_reason() {
    let mut shell = paths();
    say(&mut shell, ".decl tree(a: symbol, b: symbol) choice-domain b");
    say(&mut shell, "tree(a, b) :- link(a, b).");
    let told = fail(&mut shell, "tree(a, b) :- tree(_, a), link(a, b).");
    assert!(told.contains("error[not-live]") && told.contains("<prompt>:"), "{told}");
    assert!(told.contains("what it has taken decides what it can take next"), "{told}");
    assert_eq!(say(&mut shell, "?- tree(x, \"s2\")."), "x\n──\ns1\n");
}

#[test]
fn events_pass_and_what_is_folded_of_them_stays() {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".decl message(session: symbol, at: Time, bytes: number)");
    say(&mut shell, ".stream message(time=at, horizon=\"60s\", lateness=\"2s\")");
    say(&mut shell, ".decl first(session: symbol, at: Time)");
    say(&mut shell, "first(s, at) :- message(s, at, _), s != \"\".");
    say(&mut shell, "first(s, a) <= first(s, b) :- b <= a.");
    say(&mut shell, ".decl sessions(n: number)");
    say(&mut shell, "sessions(n) :- n = count : { first(_, _) }.");
    say(&mut shell, "+message(\"s1\", 1000000, 10).");
    let told = say(&mut shell, ".streams on");
    assert!(told.contains("message"), "{told}");
    say(&mut shell, "+message(\"s1\", 2000000, 5).");
    assert!(say(&mut shell, "?- message(s, at, _).").contains("2000000"));
    assert!(say(&mut shell, "?- first(s, at).").contains("1000000"));
    assert!(say(&mut shell, "?- sessions(n).").contains('0'));
    say(&mut shell, ".streams settle");
    assert!(say(&mut shell, "?- sessions(n).").contains('1'));
    // Much later: the session has gone, and has been counted.
    say(&mut shell, "+message(\"s2\", 200000000, 1).");
    assert_eq!(say(&mut shell, "?- first(s, _)."), "s\n──\ns2\n");
    say(&mut shell, ".streams settle");
    assert!(say(&mut shell, "?- sessions(n).").contains('2'));
    say(&mut shell, "+message(\"s3\", 3000000, 1).");
    let told = say(&mut shell, ".streams");
    assert!(told.contains("late") && told.contains('1'), "{told}");
    assert!(fail(&mut shell, "-message(\"s2\", 200000000, 1).").contains("cannot be retracted"));
    assert!(fail(&mut shell, ".streams off").contains("expected `on` or `settle`"));
    let told = fail(&mut shell, "sessions(n) :- first(s, _), first(t, _), s != t, n = 1.");
    assert!(told.contains("error[unbounded-stream]"), "{told}");
}
