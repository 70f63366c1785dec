//! Commands of the shell that show, draw and write: what they say, in the model and in a fork of it.

mod session;

use repl::failure::Failure;
use repl::response::Part;
use repl::shell::{Options, Shell};
use session::{fail, say};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A session with loads of links.
fn loads() -> Shell {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".decl load(from: symbol, to: symbol, bytes: number)");
    say(&mut shell, r#"+load("s1", "s2", 40). +load("s1", "s3", 10). +load("s2", "s3", 30). +load("s3", "s1", 20)."#);
    shell
}

/// A small network of three layers, with two ways over its middle.
const NETWORK: &str = r#"
+device("h1", "host", ""). +device("h2", "host", ""). +device("a1", "access", ""). +device("a2", "access", "").
+device("d1", "distribution", ""). +device("d2", "distribution", "").
+cable("h1", "e", "a1", "1"). +cable("h2", "e", "a2", "1"). +cable("a1", "2", "d1", "1"). +cable("a1", "3", "d2", "1").
+cable("a2", "2", "d1", "2"). +cable("a2", "3", "d2", "2").
+interface_vlan("a1", "1", 10, "untagged"). +interface_vlan("a2", "1", 10, "untagged").
+interface_vlan("a1", "2", 10, "tagged"). +interface_vlan("a1", "3", 10, "tagged").
+interface_vlan("a2", "2", 10, "tagged"). +interface_vlan("a2", "3", 10, "tagged").
+interface_vlan("d1", "1", 10, "tagged"). +interface_vlan("d1", "2", 10, "tagged").
+interface_vlan("d2", "1", 10, "tagged"). +interface_vlan("d2", "2", 10, "tagged").
+process("shop", "h1", "client"). +process("till", "h2", "app_server").
"#;

#[test]
fn a_path_is_drawn_layer_by_layer_and_in_a_fork_as_it_is_there() {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    assert!(fail(&mut shell, ".path h1 h2").contains(".include <network.dl>"));
    say(&mut shell, ".include <network.dl>");
    NETWORK.trim().lines().for_each(|line| drop(say(&mut shell, line)));
    let both = "\
step  host  access  distribution
   0  h1
   1        a1
   2                d1
                    d2
   3        a2
   4  h2
2 equal-cost ways of 4 links from h1 to h2
";
    assert_eq!(say(&mut shell, ".path h1 h2"), both);
    assert!(say(&mut shell, ".path shop till").ends_with("ways of 4 links from shop on h1 to till on h2\n"));
    // What was asked leaves no trace.
    assert_eq!(say(&mut shell, "?- asked(x, y)."), "no tuples\n");
    assert_eq!(say(&mut shell, ".forks"), "no forks; `.fork NAME` opens one\n");

    say(&mut shell, ".fork cut");
    say(&mut shell, r#"-cable("a1", "2", "d1", "1")."#);
    let one = say(&mut shell, ".path h1 h2");
    assert!(one.ends_with("one way of 4 links from h1 to h2\n") && !one.contains("d1"), "{one}");
    say(&mut shell, r#"-cable("a1", "3", "d2", "1")."#);
    assert_eq!(say(&mut shell, ".path h1 h2"), "no way from h1 to h2 over links: VLAN 10 is in pieces between them\n");
    say(&mut shell, ".use base");
    assert_eq!(say(&mut shell, ".path h1 h2"), both);

    let told = fail(&mut shell, ".path h1 h22");
    assert!(told.contains("there is no machine, address or process `h22` in the model; did you mean `h2`?"), "{told}");
}

#[test]
fn charts_draw_relations_and_queries_of_the_current_model() {
    let mut shell = loads();
    let drawn = say(&mut shell, ".bars load");
    assert!(
        drawn.starts_with("s1 s2  40 ████") && drawn.ends_with("bytes by from to: 4 rows, 100 in all\n"),
        "{drawn}"
    );
    let drawn = say(&mut shell, ".bars ?- load(\"s1\", to, bytes).");
    assert!(drawn.starts_with("s2  40 ███") && drawn.ends_with("bytes by to: 2 rows, 50 in all\n"), "{drawn}");
    let drawn = say(&mut shell, ".cdf load(_, _, n)");
    assert!(drawn.contains("half have at most 20, 90 % 40"), "{drawn}");
    let drawn = say(&mut shell, ".heatmap load");
    assert!(drawn.contains("s1  ██░░   50\n") && drawn.contains("bytes of from (down) and to (across)"), "{drawn}");
    say(&mut shell, ".fork more");
    say(&mut shell, r#"+load("s9", "s1", 100)."#);
    assert!(say(&mut shell, ".bars load").contains("5 rows, 200 in all"));
    say(&mut shell, ".use base");
    assert!(say(&mut shell, ".bars load").contains("4 rows, 100 in all"));
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let mut shell = loads();
    let told = fail(&mut shell, ".bars load(from, _, _)");
    assert!(told.contains("the last column, `from`, is no number; no other column is one either"), "{told}");
    let told = fail(&mut shell, ".bars load(from, _, bytes), from != \"s1\", to = from");
    assert!(told.contains("ask for `bytes` last"), "{told}");
    let told = fail(&mut shell, ".heatmap load(_, to, bytes)");
    assert!(told.contains("the drawing needs two columns before the number `bytes`"), "{told}");
    assert!(fail(&mut shell, ".cdf laod").contains("did you mean `load`?"));
    assert!(fail(&mut shell, ".cdf").contains("`.cdf` needs an argument"));
    assert!(fail(&mut shell, ".bars load(x, y)").contains("error[wrong-arity]"));
}

#[test]
fn answers_are_written_in_the_format_that_the_name_says() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let mut shell = loads();
    let mut saved = |question: &str, name: &str| {
        let path = directory.path().join(name);
        let told = say(&mut shell, &format!(".save {question} \"{}\"", path.display()));
        assert!(told.contains(name) && told.trim_end().ends_with(" tuples"), "{told}");
        std::fs::read_to_string(path).unwrap_or_default()
    };
    let csv = "from,to,bytes\n\"s1\",\"s2\",40\n\"s1\",\"s3\",10\n\"s2\",\"s3\",30\n\"s3\",\"s1\",20\n";
    assert_eq!(saved("load", "load.csv"), csv);
    assert_eq!(saved("load", "with a blank.facts"), "s1\ts2\t40\ns1\ts3\t10\ns2\ts3\t30\ns3\ts1\t20\n");
    let lines = saved("?- load(\"s1\", to, n).", "to.jsonl");
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, [r#"{"n":10,"to":"s3"}"#, r#"{"n":40,"to":"s2"}"#]);
    let json: serde_json::Value = serde_json::from_str(&saved("load(\"s1\", to, n)", "to.json")).expect("it is JSON");
    assert_eq!(json[0]["to"], "s2");
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 4, "nothing half-written stays: {left:?}");
    // What was saved can be read again.
    say(&mut shell, ".fork empty");
    say(&mut shell, r#"-load("s1", "s2", 40)."#);
    say(&mut shell, &format!(".save load \"{}\"", directory.path().join("load.csv").display()));
    let left = std::fs::read_to_string(directory.path().join("load.csv")).unwrap();
    assert_eq!(left, csv.replace("\"s1\",\"s2\",40\n", ""), "in a fork, what holds there");
}

/// A relation with a column of every type, and rows of it: with what text formats have to quote, and with extremes.
#[cfg(feature = "parquet")]
const EVERY: &str = r#"
.type Pair = [name: symbol, at: Time]
.type Tree = Leaf {} | Node { left: Tree, name: symbol }
.type Vlan <: number
.decl every(n: number, u: unsigned, x: float, s: symbol, v: Vlan, i: Ip, p: Prefix, m: Mac, t: Time, d: Duration, r: Pair, tree: Tree)
"#;
#[cfg(feature = "parquet")]
const ROWS: [&str; 3] = [
    r#"+every(-7, 18446744073709551615, 0.1, "a\tb, \"c\"", 10, "10.0.0.1", "10.0.0.0/8", "00:11:22:33:44:55", 1700000000000001, -5, ["x, y] \"z\"", 3], $Node($Node($Leaf(), "("), "l, r"))."#,
    r#"+every(9223372036854775807, 0, -1.5e300, "", 0, "2001:db8::1", "2001:db8::/32", "", 0, 0, nil, $Leaf())."#,
    r#"+every(-9223372036854775808, 1, 0.0, "größer", -1, "", "", "ff:ff:ff:ff:ff:ff", -1, 9000000000, ["", -1], $Leaf())."#,
];

#[cfg(feature = "parquet")]
#[test]
fn what_is_written_as_parquet_is_read_again_with_every_type() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, EVERY);
    ROWS.iter().for_each(|row| drop(say(&mut shell, row)));
    let path = directory.path().join("every.parquet");
    let told = say(&mut shell, &format!(".save every {}", path.display()));
    assert_eq!(told, format!("{}: 3 tuples\n", path.display()));
    let all = "?- every(n, u, x, s, v, i, p, m, t, d, r, tree).";
    let before = say(&mut shell, all);
    assert_eq!(before.lines().count(), 5, "{before}");

    let mut again = Shell::new(Options::default()).expect("a shell starts");
    say(&mut again, EVERY);
    say(&mut again, &format!(".facts {}", directory.path().display()));
    assert_eq!(say(&mut again, ".rejected"), "no rows were rejected\n");
    assert_eq!(say(&mut again, all), before);

    // The columns of a query have its names; one without any is no table.
    say(
        &mut shell,
        &format!(".save ?- every(k, _, _, text, 10, _, _, _, _, _, _, _). {}/part.parquet", directory.path().display()),
    );
    say(&mut again, ".decl part(text: symbol, k: number)");
    assert_eq!(say(&mut again, "?- part(_, k)."), " k\n──\n-7\n");
    let told = fail(
        &mut shell,
        &format!(".save ?- every(_, _, _, _, 10, _, _, _, _, _, _, _). {}/yes.parquet", directory.path().display()),
    );
    assert!(told.contains("yes.parquet: the answer has no columns: ask for a variable"), "{told}");
    assert!(!directory.path().join("yes.parquet").exists());
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so_and_writes_nothing() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let told = fail(&mut loads(), &format!(".save load {}/load.parquet", directory.path().display()));
    assert!(told.contains("this build cannot write Parquet: build it with the feature `parquet`"), "{told}");
    assert_eq!(std::fs::read_dir(directory.path()).expect("it is there").count(), 0);
}

#[test]
fn what_cannot_be_written_is_told_and_leaves_the_file_as_it_was() {
    let mut shell = loads();
    let told = fail(&mut shell, ".save load out.xls");
    assert!(told.contains("names end in .csv, .facts, .json, .jsonl, .parquet, .sqlite"), "{told}");
    assert!(fail(&mut shell, ".save load no/such/place.csv").contains("cannot write no/such/place.csv"));
    assert!(fail(&mut shell, ".save out.csv").contains("`.save` needs an argument: .save RELATION|QUERY FILE"));
    assert!(fail(&mut shell, ".save laod out.csv").contains("did you mean `load`?"));
    assert!(!Path::new("out.csv").exists());
}

#[test]
fn an_answer_is_shown_page_by_page_and_sorted_on_request() {
    let mut shell = loads();
    assert!(fail(&mut shell, ".more").contains("ask something first"));
    say(&mut shell, ".limit 2");
    let more = "… 2 more of 4 tuples; `.more` shows the next, `.limit all` does away with the limit\n";
    let first = say(&mut shell, "?- load(from, to, bytes).");
    assert_eq!(first, format!("from  to  bytes\n───────────────\ns1    s2     40\ns1    s3     10\n{more}"));
    assert_eq!(say(&mut shell, ".more"), "from  to  bytes\n───────────────\ns2    s3     30\ns3    s1     20\n");
    assert_eq!(say(&mut shell, ".more"), "that was all; `.sort` starts again\n");
    let sorted = say(&mut shell, ".sort -bytes");
    assert_eq!(sorted, format!("from  to  bytes\n───────────────\ns1    s2     40\ns2    s3     30\n{more}"));
    assert!(fail(&mut shell, ".sort byte").contains("did you mean `bytes`?"));
}

#[test]
fn a_profile_says_what_each_rule_takes_in_the_current_model() {
    let mut shell = loads();
    say(&mut shell, ".decl far(a: symbol, b: symbol)");
    say(&mut shell, "far(a, c) :-\n  load(a, b, _),   // once\n  load(b, c, _).");
    let tuples = |shell: &mut Shell| {
        let told = say(shell, ".profile");
        // As it was written, below its numbers and its place.
        let rule = "
    // <prompt>:4
    far(a, c) :-
      load(a, b, _),   // once
      load(b, c, _).
    order: load > load by from
";
        let (above, _) = told.split_once(rule).unwrap_or_else(|| panic!("{told}"));
        let numbers: Vec<&str> = above.lines().last().expect("numbers").split_whitespace().collect();
        assert!(told.starts_with(" ") && told.contains("  new tuples  KiB held\n"), "{told}");
        assert_eq!(numbers.len(), 6, "{told}");
        numbers[4].to_owned()
    };
    let before = say(&mut shell, "?- far(_, _).");
    assert_eq!((before.as_str(), tuples(&mut shell).as_str()), ("yes\n", "5"));
    say(&mut shell, ".fork none");
    say(&mut shell, r#"-load("s1", "s2", 40). -load("s1", "s3", 10)."#);
    assert_eq!(tuples(&mut shell), "1");
}

#[test]
fn a_profile_calls_what_is_derived_for_scenarios_by_the_names_of_the_author() {
    let mut shell = loads();
    say(&mut shell, ".decl far(a: symbol, b: symbol)  far(a, c) :- load(a, b, _), load(b, c, _).");
    say(&mut shell, ".scenario near \"no load goes far\" { -load(a, b, n) :- load(a, b, n), far(a, b). }");
    let told = say(&mut shell, ".profile");
    assert!(told.contains("// <prompt>:4, for scenario near\n") && told.contains("load(a, b, n), far(a, b)"), "{told}");
    assert!(!told.contains("@") && !told.contains("_scenario"), "{told}");
    say(&mut shell, ".limit 4");
    let told = say(&mut shell, ".profile");
    assert!(told.ends_with("… 1 more of 2 rules; `.limit all` shows them all\n"), "{told}");
}

#[test]
fn facts_of_a_fork_are_explained_in_it() {
    let mut shell = loads();
    say(&mut shell, ".decl busy(a: symbol)  busy(a) :- load(a, _, n), n > 50.");
    say(&mut shell, ".fork more");
    say(&mut shell, r#"+load("s9", "s1", 100)."#);
    let why = say(&mut shell, ".why busy(\"s9\")");
    assert!(why.contains("load(\"s9\", \"s1\", 100)"), "{why}");
    assert!(say(&mut shell, ".whynot busy(\"s9\")").contains("holds"));
    assert!(say(&mut shell, ".howto -busy(\"s9\")").contains("-load(\"s9\", \"s1\", 100)."));
    say(&mut shell, ".use base");
    assert!(say(&mut shell, ".why busy(\"s9\")").contains("no tuple of `busy` is so"));
    assert!(say(&mut shell, ".howto -busy(\"s9\")").contains("no"), "it does not hold here");
}

/// A question that would take for ever.
const ENDLESS: &str = "?- endless(x).";

fn endless() -> Shell {
    let mut shell = loads();
    say(&mut shell, ".decl seed(x: number)  .decl endless(x: number)  +seed(1).");
    shell
}

/// Stops the shell while it works on a line.
fn stopped(shell: &mut Shell, line: &str) {
    let stopper = shell.stopper();
    let (done, wait) = channel::<()>();
    let stop = std::thread::spawn(move || {
        // However early it comes, it must be heard.
        let _ = wait.recv_timeout(Duration::from_millis(50));
        stopper.raise();
        let _ = wait.recv();
        stopper.clear();
    });
    let response = shell.line(line);
    drop(done);
    stop.join().expect("it only waits");
    assert!(
        response.parts.iter().any(|part| matches!(part, Part::Failure(Failure::Interrupted))),
        "{line}\n{response}"
    );
}

#[test]
fn an_interrupt_stops_rules_and_leaves_the_model_as_it_was() {
    for workers in [1, 2] {
        let mut shell = Shell::new(Options { workers, ..Options::default() }).expect("a shell starts");
        say(&mut shell, ".decl seed(x: number)  .decl endless(x: number)  +seed(1).");
        say(&mut shell, "endless(x) :- seed(x).");
        stopped(&mut shell, "endless(x + 1) :- endless(x), x < 1000000000000.");
        assert_eq!(say(&mut shell, ENDLESS), "x\n─\n1\n");
        say(&mut shell, "+seed(7).");
        assert_eq!(say(&mut shell, ENDLESS), "x\n─\n1\n7\n");
    }
}

#[test]
fn an_interrupt_stops_a_query_and_what_stands_behind_it() {
    let mut shell = endless();
    say(&mut shell, "endless(x) :- seed(x).");
    // Two thousand rows, and no column in common: each atom more is two thousand times as many.
    say(&mut shell, ".decl wide(x: number)  wide(x) :- x = range(0, 2001).");
    stopped(&mut shell, "?- wide(a), wide(b), wide(c), wide(d), a + b + c + d < 0. -seed(1).");
    // With a constant, only what is asked for is derived, by the other evaluator.
    stopped(&mut shell, "?- wide(1), wide(b), wide(c), wide(d), b + c + d < 0. -seed(1).");
    assert_eq!(say(&mut shell, "?- seed(1)."), "yes\n");
}

#[test]
fn an_interrupt_stops_a_search_for_remedies() {
    let mut shell = endless();
    let stopper = shell.stopper();
    stopper.raise();
    let response = shell.line(".why load(\"s1\", \"s2\", 40)");
    assert!(response.failed(), "{response}");
    let response = shell.line(".howto load(\"s1\", \"s2\", 41)");
    assert!(response.failed(), "{response}");
    stopper.clear();
    assert!(say(&mut shell, ".howto load(\"s1\", \"s2\", 41)").contains("+load(\"s1\", \"s2\", 41)."));
}

/// Does a line while the flag is raised, and lowers it again.
fn while_raised(shell: &mut Shell, line: &str) -> repl::response::Response {
    let stopper = shell.stopper();
    stopper.raise();
    let response = shell.line(line);
    stopper.clear();
    response
}

fn is_stopped(response: &repl::response::Response) -> bool {
    response.parts.iter().any(|part| matches!(part, Part::Failure(Failure::Interrupted)))
}

#[test]
fn an_interrupt_stops_a_profile_and_the_reading_of_facts() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(directory.path().join("more.csv"), "a\nx\ny\n").expect("it is written");
    let mut shell = loads();
    say(&mut shell, ".decl far(a: symbol)  far(a) :- load(a, _, _).  .decl more(a: symbol)");
    assert!(is_stopped(&while_raised(&mut shell, ".profile")));
    assert!(say(&mut shell, ".profile").contains("far(a) :- load(a, _, _)."));
    let facts = format!(".facts {}", directory.path().display());
    assert!(is_stopped(&while_raised(&mut shell, &facts)));
    assert_eq!(say(&mut shell, "?- more(x)."), "no tuples\n");
    // Nothing of it comes with the next commit either.
    assert!(say(&mut shell, "+more(\"z\").").contains(": 1 inserted, 0 retracted\n"));
    assert_eq!(say(&mut shell, "?- more(x)."), "x\n─\nz\n");
    assert!(say(&mut shell, &facts).contains("more 3"));
    // Rules that were loaded stand; that facts were not read behind them is told.
    say(&mut shell, ".decl other(a: symbol)");
    std::fs::write(directory.path().join("last.csv"), "a\nx\n").expect("it is written");
    let told = while_raised(&mut shell, ".decl last(a: symbol)").to_string();
    assert!(told.contains("stopped: facts of the relations that are new were not read; `.facts "), "{told}");
    assert_eq!(say(&mut shell, "?- last(x)."), "no tuples\n");
    assert!(say(&mut shell, &facts).contains("last 1"));
}

#[test]
fn a_commit_is_finished_and_what_stands_behind_it_is_not_done() {
    let mut shell = endless();
    let told = while_raised(&mut shell, "+seed(2).\n+seed(3).").to_string();
    assert!(told.contains(": 1 inserted, 0 retracted\nwhat stands behind it was not done\n"), "{told}");
    assert_eq!(say(&mut shell, "?- seed(x)."), "x\n─\n1\n2\n");
}

#[test]
fn facts_that_cannot_be_read_to_their_end_leave_nothing_behind() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(directory.path().join("a.csv"), "x\n1\n2\n").expect("it is written");
    std::fs::write(directory.path().join("b.parquet"), "no such file").expect("it is written");
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    say(&mut shell, ".decl a(x: number)  .decl b(x: number)");
    assert!(fail(&mut shell, &format!(".facts {}", directory.path().display())).contains("b.parquet"));
    assert!(say(&mut shell, "+b(7).").contains(": 1 inserted, 0 retracted\n"));
    assert_eq!(say(&mut shell, "?- a(x)."), "no tuples\n");
}
