//! `strata diff` and `strata whatif`: what follows from a change.

mod scratch;

use clap::Parser;
use repl::cli::{Cli, Command};
use repl::compare::{diff, whatif};
use repl::output::Output;
use tempfile::TempDir;

const RULES: &str = "\
.decl link(a: symbol, b: symbol)
.input link
.decl path(a: symbol, b: symbol)
path(a, b) :- link(a, b).
path(a, c) :- path(a, b), link(b, c).
.output path
.decl degree(a: symbol, n: number)
degree(a, n) :- link(a, _), n = count : { link(a, _) }.
.output degree
.decl dead_end(a: symbol)
dead_end(b) :- link(_, b), !link(b, _), b != \"h2\".
.invariant dead_end(message = \"{a} leads nowhere\")
.scenario s1_down \"s1 fails\" { -link(a, b) :- link(a, b), a = \"s1\". +link(\"h1\", b) :- link(b, \"h2\"). }
";

fn world() -> TempDir {
    scratch::files(&[
        ("rules.dl", RULES),
        ("before/link.csv", "a,b\nh1,s1\ns1,s2\ns2,h2\n"),
        ("after/link.csv", "a,b\nh1,s1\nh1,s2\ns2,h2\n"),
    ])
}

/// Runs a command whose words that begin with `@` are names in the directory; gives both streams, or the failure.
fn say(directory: &TempDir, words: &[&str]) -> Result<(String, String), String> {
    let path = |name: &str| directory.path().join(name).display().to_string();
    let words = words.iter().map(|word| word.strip_prefix('@').map_or_else(|| word.to_string(), path));
    let cli = Cli::try_parse_from(std::iter::once("strata".to_string()).chain(words)).expect("a command line");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut output = Output::plain(&mut out, &mut err);
    let outcome = match &cli.command {
        Some(Command::Diff(arguments)) => diff(arguments, &mut output),
        Some(Command::Whatif(arguments)) => whatif(arguments, &mut output),
        _ => panic!("a comparison"),
    };
    drop(output);
    let style = repl::output::Style::PLAIN;
    outcome.map_err(|failure| failure.render(style))?;
    Ok((String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text")))
}

#[test]
fn a_difference_is_summarised_and_shown_on_request() {
    let world = world();
    let words =
        ["diff", "@before", "@after", "--no-standard", "--show", "path", "--show", "degree", "--rules", "@rules.dl"];
    let (out, err) = say(&world, &words).expect("it goes well");
    assert_eq!(
        out,
        "\
invariants
  broken    dead_end: s1 leads nowhere

relation  lost  gained  changed  now
────────────────────────────────────
path      2                      4
degree    1             1        2

-path(\"s1\", \"h2\")
-path(\"s1\", \"s2\")

-degree(\"s1\", 1)
 degree(\"h1\", 1 → 2)
"
    );
    let told = "1 fact went and 1 came; 2 of 2 output relations differ, 1 invariant violation broken, 0 mended";
    assert_eq!(err, format!("{told}; `--details` tells all\n"));
}

#[test]
fn a_scenario_is_compared_with_what_there_is() {
    let world = world();
    let words = ["whatif", "@before", "@rules.dl", "--no-standard", "--format", "json"];
    let (out, _) = say(&world, &words).expect("it goes well");
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["facts"]["link"], serde_json::json!({ "inserted": 1, "retracted": 1 }));
    assert_eq!(json["relations"][0]["lost"], serde_json::json!([["s1", "h2"], ["s1", "s2"]]));
    assert_eq!(json["relations"][1]["changed"][0], serde_json::json!({ "from": ["h1", 1], "to": 2 }));
    assert_eq!(json["broken"][0]["message"], "s1 leads nowhere");
    assert_eq!(json["summary"][0]["topic"], "invariants");
    assert_eq!(
        json["summary"][0]["events"],
        serde_json::json!([{ "what": "broken", "text": "dead_end: s1 leads nowhere" }])
    );
    // The same as the difference to the snapshot with these edits.
    let words = ["diff", "@before", "@after", "--no-standard", "--format", "json", "--rules", "@rules.dl"];
    let (diff, _) = say(&world, &words).expect("it goes well");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&diff).expect("JSON"), json);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let world = world();
    let fails = |words: &[&str]| say(&world, words).expect_err("it fails");
    let told = fails(&["whatif", "@before", "@rules.dl", "--no-standard", "--scenario", "s1_dwon"]);
    assert!(told.contains("there is no scenario `s1_dwon`; did you mean `s1_down`?"), "{told}");
    let told = fails(&["diff", "@before", "@nowhere", "--no-standard", "--rules", "@rules.dl"]);
    assert!(told.contains("cannot read"), "{told}");
    let told = fails(&["diff", "@before", "@after", "--no-standard", "--rules", "@rules.dl", "--show", "pth"]);
    assert!(told.contains("there is no output relation `pth`; did you mean `path`?"), "{told}");
}
