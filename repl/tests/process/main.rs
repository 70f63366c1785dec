//! `strata check` and its neighbours as a process among others: exit codes, readers that leave, disks that are full, names
//! that are no text.

mod every;
mod hook;
#[path = "../scratch/mod.rs"]
mod scratch;

use scratch::write;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const RULES: &str = "\
.decl owns(host: symbol, ip: Ip)
.input owns
.decl duplicate(a: symbol, b: symbol, ip: Ip)
duplicate(a, b, ip) :- owns(a, ip), owns(b, ip), a < b.
.invariant duplicate(severity = \"error\", message = \"{a} and {b} both own {ip}\")
.decl shared(ip: Ip)
shared(ip) :- duplicate(_, _, ip).
.output shared
.scenario gone \"h1 is switched off\" { -owns(h, ip) :- owns(h, ip), h = \"h1\". }
";

/// A directory with rules and some snapshots.
fn world() -> TempDir {
    let many: String = (0..120).map(|host| format!("h{host:03},10.0.0.1\n")).collect();
    scratch::files(&[
        ("rules.dl", RULES),
        ("good/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\n"),
        ("bad/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.1\n"),
        ("many/owns.csv", &format!("host,ip\n{many}")),
    ])
}

/// The command, in the directory; standard input is closed.
fn strata(world: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(world.path()).args(words).stdin(Stdio::null());
    command
}

fn check(world: &TempDir, words: &[&str]) -> Command {
    strata(world, &[&["check"], words, &["--no-standard", "--rules", "rules.dl"]].concat())
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Runs to the end, which must be this exit code; gives both streams.
fn ends(mut command: Command, code: i32) -> (String, String) {
    let output = command.output().expect("strata starts");
    assert_eq!(output.status.code(), Some(code), "{}", told(&output));
    (String::from_utf8(output.stdout.clone()).expect("text"), told(&output))
}

#[test]
fn exit_codes_say_whether_invariants_hold_are_violated_or_could_not_be_checked() {
    let world = world();
    ends(check(&world, &["good"]), 0);
    ends(check(&world, &["bad"]), 1);
    ends(check(&world, &["bad", "--fail-on", "never"]), 0);
    for (words, said) in [
        (&["nowhere"][..], "cannot read nowhere"),
        (&["suzeiq:nowhere"], "did you mean `suzieq`?"),
        (&["suzieq:nowhere"], "cannot read nowhere"),
        (&["good", "--suppress", "nowhere"], "cannot read nowhere"),
        (&["good", "--baseline", "nowhere"], "cannot read nowhere"),
    ] {
        let (out, err) = ends(check(&world, words), 2);
        assert!(out.is_empty() && err.starts_with("error: ") && err.contains(said), "{words:?}: {err}");
    }
    for words in [&["--format", "html", "good"][..], &[], &["good", "--today", "soon"], &["good", "--no-such-flag"]] {
        let (out, err) = ends(check(&world, words), 2);
        assert!(out.is_empty() && err.starts_with("error: "), "{words:?}: {err}");
    }
    write(world.path(), "broken.dl", ".decl a(x: symbol)\na(x) :- b(x).\n");
    let (_, err) = ends(strata(&world, &["check", "good", "--rules", "broken.dl"]), 2);
    assert!(err.contains("broken.dl:2:9"), "{err}");
    // A difference is no failure; that it cannot be told is.
    let rules = ["--no-standard", "--rules", "rules.dl"];
    ends(strata(&world, &[&["diff", "good", "bad"], &rules[..]].concat()), 0);
    ends(strata(&world, &[&["diff", "good", "nowhere"], &rules[..]].concat()), 1);
    ends(strata(&world, &["whatif", "bad", "rules.dl", "--no-standard"]), 0);
    ends(strata(&world, &["whatif", "bad", "nowhere.dl", "--no-standard"]), 1);
}

#[test]
fn an_empty_snapshot_could_not_be_checked() {
    let world = world();
    fs::create_dir(world.path().join("empty")).expect("it is made");
    for format in ["human", "json", "junit", "sarif", "github", "tap"] {
        let (out, err) = ends(check(&world, &["empty", "--format", format]), 2);
        assert_eq!((&*out, &*err), ("", "error: empty holds no facts that an invariant reads\n"));
    }
    // A file with a header and no row states nothing, either.
    write(world.path(), "empty/owns.csv", "host,ip\n");
    ends(check(&world, &["empty"]), 2);
}

#[test]
fn a_malformed_line_is_told_with_its_place_and_the_others_are_checked() {
    let world = world();
    write(world.path(), "odd/owns.csv", "host,ip\nh1,10.0.0.1\nh3\nh4,nowhere\nh2,10.0.0.1\n");
    let (out, err) = ends(check(&world, &["odd"]), 1);
    assert!(out.contains("odd/owns.csv:2") && out.contains("odd/owns.csv:5"), "{out}");
    assert!(err.contains("2 rows of odd could not be used:"), "{err}");
    assert!(err.contains("record 3") && err.contains("record 4"), "{err}");
    let (out, _) = ends(check(&world, &["odd", "--format", "json"]), 1);
    assert!(out.contains("\"rejected\": 2"), "{out}");
}

/// Like `strata check … | head -1`.
#[test]
fn a_reader_that_has_seen_enough_changes_no_verdict_and_is_not_complained_of() {
    let world = world();
    for format in ["human", "json", "sarif", "junit", "tap", "github"] {
        let (first, err, code) = first_line(check(&world, &["many", "--format", format]));
        assert_eq!(code, Some(1), "{format}: {err}");
        assert!(!first.is_empty() && !err.contains("error:") && !err.contains("panicked"), "{format}: {err}");
    }
}

/// The terminal is gone: nothing can be said, and the verdict stands all the same.
#[test]
fn closed_streams_change_no_verdict() {
    let world = world();
    let closed = |rest: &str| {
        let mut command = Command::new("sh");
        let strata = env!("CARGO_BIN_EXE_strata");
        let line = format!("exec '{strata}' check bad --no-standard --rules rules.dl {rest}");
        command.current_dir(world.path()).args(["-c", &line]).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("sh starts").code()
    };
    assert_eq!(closed("2>&-"), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_verdict() {
    let world = world();
    for words in [&["check", "bad"][..], &["diff", "good", "bad"], &["check", "bad", "--format", "sarif"]] {
        let mut command = strata(&world, &[words, &["--no-standard", "--rules", "rules.dl"]].concat());
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("there is such a device");
        let output = command.stdout(full).output().expect("strata starts");
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert!(told(&output).contains("error: cannot write: No space left on device"), "{}", told(&output));
    }
    let import = ["import", "nezha", "trace.csv", "-o", "/proc/nowhere"];
    write(
        world.path(),
        "trace.csv",
        "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano\n",
    );
    let (_, err) = ends(strata(&world, &import), 2);
    assert!(err.contains("cannot write /proc/nowhere"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let world = world();
    let name = OsStr::from_bytes(b"sn\xffp");
    fs::rename(world.path().join("bad"), world.path().join(name)).expect("it has another name");
    for format in ["human", "json", "junit", "sarif", "github", "tap"] {
        let mut command = check(&world, &["--format", format]);
        let (out, _) = ends(
            {
                command.arg("--").arg(name);
                command
            },
            1,
        );
        assert!(out.contains("h1 and h2 both own 10.0.0.1"), "{format}: {out}");
    }
    // So may be the names of what else lies in a snapshot, and of a raw source.
    fs::write(world.path().join("good").join(OsStr::from_bytes(b"own\xfes.csv")), "host,ip\n").expect("it is written");
    let (_, err) = ends(check(&world, &["good"]), 0);
    assert!(err.contains("own"), "{err}");
    fs::create_dir(world.path().join(OsStr::from_bytes(b"tab\xff"))).expect("it is made");
    let mut command = check(&world, &[]);
    let output = command.arg("--").arg(OsStr::from_bytes(b"suzieq:tab\xff")).output().expect("strata starts");
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(!told(&output).contains("there is no kind of source"), "{}", told(&output));
}

#[test]
fn enormous_results_are_cut_for_people_and_whole_for_machines() {
    let world = world();
    let (out, err) = ends(check(&world, &["many"]), 1);
    assert!(out.lines().count() < 300, "{} lines", out.lines().count());
    assert!(out.contains("… 7110 more of `duplicate`; `--format json` lists them all\n"), "{out}");
    assert_eq!(err, "0 invariants hold, 1 violated, 7140 errors\n");
    let (out, _) = ends(check(&world, &["many", "--format", "json"]), 1);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let violations = json["invariants"][0]["violations"].as_array().expect("violations");
    assert_eq!(violations.len(), 120 * 119 / 2);
    // The first thousand with their proofs, all with their tuples.
    assert_eq!(violations.iter().filter(|violation| !violation["proof"].is_null()).count(), 1000);
    assert!(violations.iter().all(|violation| violation["tuple"].is_string()));
}

#[test]
fn what_is_no_terminal_gets_no_colour_whatever_the_environment_says() {
    let world = world();
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "xterm-256color"), ("CLICOLOR", "1")] {
        let mut command = check(&world, &["bad"]);
        let output = command.env(name, value).output().expect("strata starts");
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{name}");
    }
}

/// Runs until a line has been read, and goes away then; gives that line, what was said, and the exit code.
fn first_line(mut command: Command) -> (String, String, Option<i32>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("strata starts");
    let mut first = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().expect("a pipe"));
    reader.read_line(&mut first).expect("a line");
    drop(reader);
    let mut err = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut err).expect("text");
    (first, err, child.wait().expect("it ends").code())
}

/// Like `strata … | head -1`: with more to say than a pipe holds.
#[test]
fn every_command_ends_quietly_when_its_reader_has_seen_enough() {
    let world = world();
    let pairs = ".decl n(x: number)\nn(x) :- x = range(0, 1000).\n.decl pair(x: number, y: number)\n.output pair\n\
                 pair(x, y) :- n(x), n(y).\n";
    write(world.path(), "pairs.dl", pairs);
    write(world.path(), "ask.strata", "?- owns(a, _), owns(b, _).\n");
    let many: String = (0..200).map(|host| format!("h{host:03},10.0.0.1\n")).collect();
    write(world.path(), "more/owns.csv", &format!("host,ip\n{many}"));
    let rules = ["--no-standard", "--rules", "rules.dl"];
    for (words, code) in [
        (&["run", "pairs.dl", "-D", "-"][..], 0),
        (&["script", "ask.strata", "rules.dl", "--facts", "more"], 0),
        (&[&["diff", "good", "more", "--format", "json"], &rules[..]].concat(), 0),
        (&["explain"], 0),
        (&["--help"], 0),
    ] {
        let (first, err, ended) = first_line(strata(&world, words));
        assert_eq!(ended, Some(code), "{words:?}: {err}");
        assert!(!first.is_empty() && !err.contains("error:") && !err.contains("panicked"), "{words:?}: {err}");
    }
}

/// A million rows of which one is wanted: what is written is not gathered first.
#[cfg(target_os = "linux")]
#[test]
fn an_enormous_answer_is_written_as_it_is_read() {
    let world = world();
    let pairs = ".decl n(x: number)\nn(x) :- x = range(0, 1000).\n.decl pair(x: number, y: number)\n\
                 pair(x, y) :- n(x), n(y).\n?- pair(x, y).\n";
    write(world.path(), "pairs.dl", pairs);
    let mut command = strata(&world, &["run", "pairs.dl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("strata starts");
    let mut first = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().expect("a pipe"));
    reader.read_line(&mut first).expect("a line");
    // It waits for its reader now, with all that it holds.
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it is there");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < 500_000, "{peak} kB for a million rows of two numbers");
    drop(reader);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
}

#[test]
fn colours_are_forced_and_forbidden_by_the_environment_for_check_and_diff() {
    let world = world();
    let rules = ["--no-standard", "--rules", "rules.dl"];
    for words in [&["check", "bad"][..], &["diff", "good", "bad", "--show", "shared"]] {
        for (variables, wanted) in [
            (&[("CLICOLOR_FORCE", "1")][..], true),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (&[("CLICOLOR_FORCE", "0")], false),
            (&[("CLICOLOR", "1")], false),
        ] {
            let mut command = strata(&world, &[words, &rules[..]].concat());
            let output = command.envs(variables.iter().copied()).output().expect("strata starts");
            let coloured = output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b);
            assert_eq!(coloured, wanted, "{words:?} {variables:?}: {}", String::from_utf8_lossy(&output.stdout));
        }
        // What machines read has no colours, whatever is forced.
        let mut command = strata(&world, &[words, &rules[..], &["--format", "json"]].concat());
        let output = command.env("CLICOLOR_FORCE", "1").output().expect("strata starts");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON");
    }
}

#[test]
fn an_empty_snapshot_is_told_by_the_shell_and_by_comparisons() {
    let world = world();
    fs::create_dir(world.path().join("empty")).expect("it is made");
    write(world.path(), "ask.strata", "?- owns(a, b).\n");
    let (out, _) = ends(strata(&world, &["script", "ask.strata", "rules.dl", "--facts", "empty"]), 0);
    assert!(out.contains("no tuples"), "{out}");
    let rules = ["--no-standard", "--rules", "rules.dl"];
    let (_, err) = ends(strata(&world, &[&["diff", "empty", "good"], &rules[..]].concat()), 1);
    assert_eq!(err, "error: empty holds no facts that the rules read\n");
}
