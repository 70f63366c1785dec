//! Explanations in the shell, written down.

use repl::response::Part;
use repl::shell::{Options, Shell};

const NETWORK: &str = "
.decl link(a: symbol, b: symbol)
.decl down(device: symbol)
.decl path(a: symbol, b: symbol)
path(x, y) :- link(x, y), !down(y).
path(x, z) :- path(x, y), link(y, z), !down(z).
.decl degree(device: symbol, n: number)
degree(x, n) :- link(x, _), n = count : { link(x, _) }.
.decl least(n: number)
least(n) :- n = min m : { degree(_, m) }.
";

fn shell() -> Shell {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    assert!(!shell.line(NETWORK).failed());
    assert!(!shell.line("+link(\"h1\", \"s1\"). +link(\"s1\", \"s2\"). +link(\"s1\", \"s3\").").failed());
    assert!(!shell.line("+link(\"s2\", \"h2\"). +link(\"s3\", \"h3\"). +down(\"s3\").").failed());
    shell
}

#[track_caller]
fn says(shell: &mut Shell, line: &str, expected: &str) {
    assert_eq!(shell.line(line).to_string().trim_end(), expected.trim(), "{line}");
}

#[test]
fn a_tuple_is_explained_down_to_the_lines_that_state_its_facts() {
    says(
        &mut shell(),
        ".why path(\"h1\", \"h2\")",
        "\
path(\"h1\", \"h2\")           <prompt>:6
├─ path(\"h1\", \"s2\")        <prompt>:6
│  ├─ path(\"h1\", \"s1\")     <prompt>:5
│  │  ├─ link(\"h1\", \"s1\")  <prompt>:12
│  │  └─ no down(\"s1\")
│  ├─ link(\"s1\", \"s2\")     <prompt>:12
│  └─ no down(\"s2\")
├─ link(\"s2\", \"h2\")        <prompt>:13
└─ no down(\"h2\")

<prompt>:6  path(x, z) :- path(x, y), link(y, z), !down(z).
<prompt>:5  path(x, y) :- link(x, y), !down(y).",
    );
}

#[test]
fn a_pattern_explains_the_first_tuple_that_agrees_with_it() {
    let response = shell().line(".why path(\"s1\", x)").to_string();
    assert!(response.starts_with("path(\"s1\", \"h2\")"), "{response}");
    assert!(response.ends_with("the first of 2 tuples that agree\n"), "{response}");
}

#[test]
fn an_aggregate_cites_what_it_folds() {
    let mut shell = shell();
    says(
        &mut shell,
        ".why degree(\"s1\", n).",
        "\
degree(\"s1\", 2)                   <prompt>:8
├─ link(\"s1\", \"s2\")               <prompt>:12
└─ 2 = count : { link(\"s1\", _) }
   ├─ link(\"s1\", \"s2\")            <prompt>:12
   └─ link(\"s1\", \"s3\")            <prompt>:12

<prompt>:8  degree(x, n) :- link(x, _), n = count : { link(x, _) }.",
    );
    says(
        &mut shell,
        ".why least(x)",
        "\
least(1)                                 <prompt>:10
└─ 1 = min m : { degree(_, m) }  (of 4)
   └─ degree(\"h1\", 1)                    <prompt>:8
      ├─ link(\"h1\", \"s1\")                <prompt>:12
      └─ 1 = count : { link(\"h1\", _) }
         └─ link(\"h1\", \"s1\")             <prompt>:12

<prompt>:10  least(n) :- n = min m : { degree(_, m) }.
<prompt>:8  degree(x, n) :- link(x, _), n = count : { link(x, _) }.",
    );
}

#[test]
fn an_absent_tuple_is_explained_by_the_nearest_rule() {
    let mut shell = shell();
    says(
        &mut shell,
        ".whynot path(\"h1\", \"s3\")",
        "\
✗ path(\"h1\", \"s3\")     <prompt>:6
├─ ✓ path(\"h1\", \"s1\")
├─ ✓ link(\"s1\", \"s3\")
└─ ✗ !down(\"s3\")
   └─ ✓ down(\"s3\")

<prompt>:6  path(x, z) :- path(x, y), link(y, z), !down(z).
the nearest of 2 rules of `path`",
    );
    let response = shell.line(".whynot path(\"h1\", \"h22\")").to_string();
    assert!(response.contains("no `link` has \"h22\" as `b`; did you mean \"h2\"?"), "{response}");
    says(
        &mut shell,
        ".whynot path(\"h1\", \"h2\")",
        "path(\"h1\", \"h2\") holds; `.why path(\"h1\", \"h2\")` says why",
    );
    says(
        &mut shell,
        ".why down(\"h1\")",
        "✗ down(\"h1\")\nno tuple of `down` is so\nno rule derives `down`, and no fact states it\nno `down` has \"h1\" as `device`",
    );
}

#[test]
fn the_smallest_edits_are_found_and_can_be_typed() {
    let mut shell = shell();
    let response = shell.line(".howto path(\"h1\", \"h3\") with down").to_string();
    assert!(response.starts_with("-down(\"s3\").\n"), "{response}");
    let response = shell.line(".howto -path(\"h1\", \"h2\") with link").to_string();
    let lines: Vec<&str> = response.lines().take(3).collect();
    assert_eq!(lines, ["-link(\"h1\", \"s1\").", "-link(\"s1\", \"s2\").", "-link(\"s2\", \"h2\")."]);
    // Nothing has happened to the model; now it does.
    assert_eq!(shell.line("?- path(\"h1\", \"h2\").").to_string(), "yes\n");
    shell.line(lines[1]);
    assert_eq!(shell.line("?- path(\"h1\", \"h2\").").to_string(), "no\n");
    let response = shell.line(".howto path(\"h1\", \"h2\")").to_string();
    assert!(response.lines().any(|line| line == "+link(\"s1\", \"s2\")."), "{response}");
}

#[test]
fn two_ways_round_take_two_edits() {
    let mut shell = shell();
    shell.line("+link(\"s1\", \"s4\"). +link(\"s4\", \"h2\").");
    let response = shell.line(".howto -path(\"s1\", \"h2\") with link").to_string();
    let first = response.lines().next().unwrap_or_default();
    assert_eq!(first.matches('-').count(), 2, "{response}");
    assert!(response.contains("no smaller set was found"), "{response}");
}

#[test]
fn what_is_asked_wrongly_is_told_what_a_tuple_looks_like() {
    let mut shell = shell();
    let response = shell.line(".why path(\"h1\")").to_string();
    assert_eq!(response, "error: `path(\"h1\")` is not a tuple of `path(a: symbol, b: symbol)`\n");
    let response = shell.line(".why pth(\"h1\", x)").to_string();
    assert!(response.contains("did you mean `path`?"), "{response}");
    let response = shell.line(".howto path(\"h1\", \"h3\") with path").to_string();
    assert!(response.contains("relation `path` takes no facts"), "{response}");
}

#[test]
fn a_long_explanation_is_cut_and_says_so() {
    let mut shell = shell();
    shell.line(".limit 3");
    let response = shell.line(".why path(\"h1\", \"h2\")").to_string();
    assert!(response.contains("… 6 more of 9 lines; `.limit all` shows them all"), "{response}");
}

#[test]
fn machines_are_told_the_same() {
    let response = shell().line(".why path(\"h1\", \"s1\")");
    let [Part::Explanation(explanation, _)] = &response.parts[..] else { panic!("{response}") };
    let nodes = explanation.json["nodes"].as_array().expect("a list");
    assert_eq!(nodes.len(), 2);
    assert_eq!(nodes[0]["tuple"], "path(\"h1\", \"s1\")");
    assert_eq!(nodes[0]["literals"][1]["absent"], "down(\"s1\")");
    assert_eq!(nodes[1]["given"][0]["line"], 12);
}
