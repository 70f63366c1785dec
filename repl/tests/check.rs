//! `strata check`: what it says of a snapshot, in each format, and how it ends.

use clap::Parser;
use repl::check::run;
use repl::cli::{Cli, Command};
use repl::output::Output;
use std::path::PathBuf;
use std::process::ExitCode;
use tempfile::TempDir;

const RULES: &str = "\
/// Two hosts answer to one address.
.decl owns(host: symbol, ip: Ip)
.input owns
.decl retired(host: symbol)
.input retired
.decl duplicate(a: symbol, b: symbol, ip: Ip)
duplicate(a, b, ip) :- owns(a, ip), owns(b, ip), a < b, !retired(a), !retired(b).
.invariant duplicate(severity = \"error\", message = \"{a} and {b} both own {ip}\")
.decl lonely(host: symbol)
lonely(h) :- owns(h, _), count : { owns(_, _) } = 1.
.invariant lonely(severity = \"info\", message = \"{host} is alone\")
";

/// A directory with rules and snapshots.
struct World {
    directory: TempDir,
}

impl World {
    fn new() -> World {
        let world = World { directory: tempfile::tempdir().expect("a scratch directory") };
        world.write("rules.dl", RULES);
        world.write("now/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\nh3,10.0.0.1\n");
        world.write("now/retired.csv", "host\n");
        world.write("before/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\n");
        world.write("before/retired.csv", "host\n");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
        std::fs::write(path, text).expect("it is written");
    }

    /// Checks a snapshot; gives the exit code and what was said on both streams, with the directory's name left out.
    fn check(&self, snapshot: &str, more: &[&str]) -> (ExitCode, String, String) {
        let path = |name: &str| self.path(name).display().to_string();
        let more = more.iter().map(|word| word.strip_prefix('@').map_or_else(|| word.to_string(), path));
        let words = ["strata".into(), "check".into(), path(snapshot), "--no-standard".into()];
        let rules = ["--rules".into(), path("rules.dl")];
        let cli = Cli::try_parse_from(words.into_iter().chain(more).chain(rules)).expect("a command line");
        let Some(Command::Check(arguments)) = cli.command else { panic!("strata check") };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&arguments, &mut Output::plain(&mut out, &mut err));
        let here = format!("{}/", self.directory.path().display());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text").replace(&here, "");
        (code, text(out), text(err))
    }
}

fn is(code: ExitCode, number: u8) -> bool {
    format!("{code:?}") == format!("{:?}", ExitCode::from(number))
}

#[test]
fn a_violation_is_explained_down_to_its_lines_and_repaired() {
    let (code, out, err) = World::new().check("now", &[]);
    assert!(is(code, 1));
    assert_eq!(
        out,
        "\
error[duplicate]: h1 and h3 both own 10.0.0.1
  duplicate(\"h1\", \"h3\", \"10.0.0.1\")  rules.dl:7
  ├─ owns(\"h1\", \"10.0.0.1\")          now/owns.csv:2
  ├─ owns(\"h3\", \"10.0.0.1\")          now/owns.csv:4
  ├─ \"h1\" < \"h3\"
  ├─ no retired(\"h1\")
  └─ no retired(\"h3\")

  rules.dl:7  duplicate(a, b, ip) :- owns(a, ip), owns(b, ip), a < b, !retired(a), !retired(b).
  repair: +retired(\"h1\").
       or -owns(\"h1\", \"10.0.0.1\").
       or -owns(\"h3\", \"10.0.0.1\").

"
    );
    assert_eq!(err, "1 invariant holds, 1 violated, 1 error\n");
}

#[test]
fn invariants_that_hold_are_success_and_what_cannot_be_checked_is_another_thing() {
    let world = World::new();
    let (code, out, _) = world.check("before", &[]);
    assert!(is(code, 0) && out.is_empty());
    let (code, _, err) = world.check("nowhere", &[]);
    assert!(is(code, 2) && err.contains("cannot read"), "{err}");
    std::fs::create_dir(world.path("empty")).expect("it is made");
    let (code, _, err) = world.check("empty", &[]);
    assert!(is(code, 2) && err.contains("holds no facts that an invariant reads"), "{err}");
    world.write("rules.dl", "duplicate(a) :- ");
    let (code, _, err) = world.check("now", &[]);
    assert!(is(code, 2) && err.contains("rules.dl:1"), "{err}");
}

#[test]
fn a_severity_below_the_one_that_fails_is_told_and_does_not_fail() {
    let world = World::new();
    world.write("one/owns.csv", "host,ip\nh1,10.0.0.1\n");
    let (code, out, _) = world.check("one", &[]);
    assert!(is(code, 0) && out.starts_with("info[lonely]: h1 is alone\n"), "{out}");
    assert!(is(world.check("one", &["--fail-on", "info"]).0, 1));
    assert!(is(world.check("now", &["--fail-on", "never"]).0, 0));
}

#[test]
fn of_two_snapshots_what_is_new_is_told_with_its_cause_and_what_was_fixed() {
    let world = World::new();
    let (code, out, err) = world.check("now", &["--baseline", "@before"]);
    assert!(is(code, 1));
    assert!(out.contains("\n  since +owns(\"h3\", \"10.0.0.1\")  now/owns.csv:4\n"), "{out}");
    assert!(err.ends_with("1 new error, 0 fixed\n"), "{err}");
    let (code, out, err) = world.check("before", &["--baseline", "@now"]);
    assert!(is(code, 0));
    assert_eq!(out, "fixed duplicate: h1 and h3 both own 10.0.0.1\n");
    assert!(err.ends_with("1 fixed\n"), "{err}");
    // What is in both is nobody's news.
    assert!(is(world.check("now", &["--baseline", "@now"]).0, 0));
    // An absence is a cause, too.
    world.write("before/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\nh3,10.0.0.1\n");
    world.write("before/retired.csv", "host\nh3\n");
    let (_, out, _) = world.check("now", &["--baseline", "@before"]);
    assert!(out.contains("\n  since -retired(\"h3\")  before/retired.csv:2\n"), "{out}");
}

/// What a change breaks is told with the facts of that change alone which it comes from, and what it mends beside it.
#[test]
fn each_new_violation_names_the_change_that_caused_it() {
    let world = World::new();
    world.write("before/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\nh5,10.0.0.2\nh6,10.0.0.6\nh7,10.0.0.6\n");
    let now = "host,ip\nh1,10.0.0.1\nh3,10.0.0.1\nh2,10.0.0.2\nh4,10.0.0.2\nh5,10.0.0.9\nh6,10.0.0.6\nh7,10.0.0.6\n";
    world.write("now/owns.csv", now);
    let (code, out, err) = world.check("now", &["--baseline", "@before"]);
    assert!(is(code, 1));
    let parts: Vec<&str> = out.split("error[duplicate]: ").skip(1).collect();
    let causes = |part: &str| -> Vec<String> {
        part.lines().filter_map(|line| Some(line.trim().strip_prefix("since ")?.to_owned())).collect()
    };
    assert_eq!(parts.len(), 2, "{out}");
    assert!(
        parts[0].starts_with("h1 and h3 both own 10.0.0.1\n") && parts[1].starts_with("h2 and h4 both own"),
        "{out}"
    );
    assert_eq!(causes(parts[0]), ["+owns(\"h3\", \"10.0.0.1\")  now/owns.csv:3"]);
    assert_eq!(causes(parts[1]), ["+owns(\"h4\", \"10.0.0.2\")  now/owns.csv:5"]);
    assert!(out.ends_with("fixed duplicate: h2 and h5 both own 10.0.0.2\n") && !out.contains("h7"), "{out}");
    assert!(err.ends_with("2 new errors, 1 fixed\n"), "{err}");
    let (_, json, _) = world.check("now", &["--baseline", "@before", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let duplicate = &json["invariants"][0];
    assert_eq!(duplicate["fixed"][0], "h2 and h5 both own 10.0.0.2", "{json}");
    assert!(duplicate["violations"][1]["causes"][0].as_str().is_some_and(|cause| cause.contains("h4")), "{json}");
    // What is accepted is no news, with its reason; what is left fails.
    world.write("known", "duplicate(\"h1\", _, _) because h3 takes over\n");
    let (code, out, err) = world.check("now", &["--baseline", "@before", "--suppress", "@known"]);
    assert!(
        is(code, 1) && out.contains("suppressed duplicate: h1 and h3 both own 10.0.0.1 (h3 takes over)\n"),
        "{out}"
    );
    assert!(err.contains("1 new error, 1 suppressed, 1 fixed"), "{err}");
    world.write("known", "duplicate(_, _, _) because all is being rebuilt\n");
    assert!(is(world.check("now", &["--baseline", "@before", "--suppress", "@known"]).0, 0));
}

#[test]
fn what_is_suppressed_has_a_reason_and_an_end() {
    let world = World::new();
    world.write("known", "# known\nduplicate(\"h1\", _, _) until 2026-12-31 because h1 is being replaced\n");
    let (code, out, err) = world.check("now", &["--suppress", "@known", "--today", "2026-11-25"]);
    assert!(is(code, 0), "{out}{err}");
    assert_eq!(out, "suppressed duplicate: h1 and h3 both own 10.0.0.1 (h1 is being replaced)\n");
    // Until that day, the day included.
    assert!(is(world.check("now", &["--suppress", "@known", "--today", "2026-12-31"]).0, 0));
    let (code, _, err) = world.check("now", &["--suppress", "@known", "--today", "2027-01-01"]);
    assert!(is(code, 1) && err.contains("known:2: the suppression of duplicate(\"h1\", _, _) has expired"), "{err}");
    // What nothing needs any more is told, so that the file does not grow.
    let (code, _, err) = world.check("before", &["--suppress", "@known", "--today", "2026-11-25"]);
    assert!(
        is(code, 0) && err.contains("duplicate(\"h1\", _, _) accepts nothing that is violated, and can go"),
        "{err}"
    );
    for (line, said) in
        [("duplicate(_, _, _)", "because REASON"), ("duplicate(_) because so", "is no tuple of `duplicate`")]
    {
        world.write("known", &format!("{line}\n"));
        let (code, _, err) = world.check("now", &["--suppress", "@known"]);
        assert!(is(code, 2) && err.contains("known:1: ") && err.contains(said), "{err}");
    }
    world.write("known", "dupliacte(_, _, _) because so\n");
    let (code, _, err) = world.check("now", &["--suppress", "@known"]);
    assert!(
        is(code, 2) && err.contains("known:1: there is no invariant `dupliacte`; did you mean `duplicate`?"),
        "{err}"
    );
}

#[test]
fn machines_get_true_files_and_lines() {
    let world = World::new();
    let json = |format: &str| -> serde_json::Value {
        serde_json::from_str(&world.check("now", &["--format", format]).1).expect("JSON")
    };
    let all = json("json");
    assert_eq!(all["violations"]["error"], 1);
    assert_eq!(all["invariants"][0]["violations"][0]["places"][1]["line"], 4);
    assert_eq!(all["invariants"][0]["violations"][0]["proof"]["height"], 1);
    let sarif = json("sarif");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((sarif["version"].as_str(), result["level"].as_str()), (Some("2.1.0"), Some("error")));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 4);
    let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a text");
    assert!(uri.ends_with("now/owns.csv"), "{uri}");
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"], "duplicate");
    let (_, github, _) = world.check("now", &["--format", "github"]);
    assert_eq!(github, "::error file=now/owns.csv,line=2,title=duplicate::h1 and h3 both own 10.0.0.1\n");
    let (_, tap, _) = world.check("now", &["--format", "tap"]);
    assert!(tap.starts_with("TAP version 14\n1..2\nnot ok 1 - duplicate\n  ---\n  severity: error\n"), "{tap}");
    assert!(tap.ends_with("      at: \"now/owns.csv:2\"\n  ...\nok 2 - lonely\n"), "{tap}");
    let (_, junit, _) = world.check("now", &["--format", "junit"]);
    assert!(junit.contains("<testsuite name=\"now\"") || junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert!(junit.contains("<failure message=\"h1 and h3 both own 10.0.0.1\" type=\"error\">"), "{junit}");
}

#[test]
fn rows_that_cannot_be_used_are_told() {
    let world = World::new();
    world.write("now/owns.csv", "host,ip\nh1,10.0.0.1\nh2,nowhere\n");
    let (_, _, err) = world.check("now", &[]);
    assert!(err.contains("1 row of now could not be used") && err.contains("owns.csv"), "{err}");
}

#[test]
fn the_standard_invariants_are_checked_where_nothing_else_is_said() {
    let world = World::new();
    let path = world.path("now").display().to_string();
    let cli = Cli::try_parse_from(["strata", "check", &path, "--format", "tap"]).expect("a command line");
    let Some(Command::Check(arguments)) = cli.command else { panic!("strata check") };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&arguments, &mut Output::plain(&mut out, &mut err));
    let err = String::from_utf8_lossy(&err);
    // No file of this snapshot is one of the standard model's.
    assert!(is(code, 2) && err.contains("holds no facts that an invariant reads"), "{err}");
}
