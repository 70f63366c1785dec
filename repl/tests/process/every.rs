//! What a seasoned user takes for granted of every subcommand: it ends quietly when nobody reads it, also with its streams
//! closed; names of files need not be text; it has no colour where none is wanted; an empty snapshot is told, and is no
//! success.

use crate::{RULES, ends, strata, told};
use clap::CommandFactory;
use repl::cli::Cli;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Write, pipe};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A command line, words with a `@` being names in a directory; what is typed into it; its exit code.
type Case = (&'static [&'static str], &'static str, i32);

/// At least one of every subcommand. The shell is the one without a name.
const CASES: &[Case] = &[
    (&["@rules.dl", "--facts", "@bad"], "?- owns(a, b).\n", 0),
    (&["run", "@pairs.dl", "-F", "@good", "-D", "-"], "", 0),
    (&["run", "@pairs.dl", "-F", "@good", "-D", "@out", "-I", "@rules", "--profile=@profile"], "", 0),
    (&["check", "@bad", "--no-standard", "--rules", "@rules", "--suppress", "@accepted", "--baseline", "@good"], "", 1),
    (&["diff", "@good", "@bad", "--no-standard", "--rules", "@rules.dl", "--format", "json"], "", 0),
    (&["whatif", "@bad", "@rules.dl", "--scenario", "gone", "--no-standard", "--show", "shared"], "", 0),
    (&["script", "@ask.strata", "@rules.dl", "--facts", "@bad"], "", 0),
    (&["fmt", "--check", "@rules/wild.dl"], "", 1),
    (&["fmt", "-"], "a(1).", 0),
    (&["test", "@rules.dl", "--junit", "@junit.xml"], "", 0),
    (&["test", "@failing.dl"], "", 1),
    (&["doc", "@rules", "-o", "@pages"], "", 0),
    (&["import", "nezha", "@trace.csv", "-o", "@snapshot", "--rejected", "@rejected"], "", 0),
    (&["import", "--list"], "", 0),
    (&["synth", "-o", "@made", "--machines", "120", "--minutes", "1", "--scale", "0.002"], "", 0),
    (&["study", "@dc"], "", 0),
    (&["report", "@dc", "-o", "@page.html", "--svg", "@figures"], "", 0),
    (&["sweep", "@dc", "--each", "core"], "", 0),
    (&["sweep", "@dc", "--pairs", "@pairs.csv", "-o", "@rows.csv"], "", 0),
    (&["sweep", "@bad", "gone_one", "--rules", "@rules.dl", "--each", "owns(host)"], "", 0),
    (&["explain"], "", 0),
    (&["compile", "@crate.dl", "-o", "@crate"], "", 0),
    (&["lsp"], "", 1),
    (&["--help"], "", 0),
];

/// Those that take too long to be tried in every way, or have no file to name.
const LONG: [&str; 2] = ["demo", "bench"];

const PAIRS: &str = "\
.decl n(x: number)
n(x) :- x = range(0, 300).
.decl pair(x: number, y: number)
.output pair
pair(x, y) :- n(x), n(y).
.decl owns(host: symbol, ip: Ip)
.input owns(filename = \"owns.csv\", rfc4180 = \"true\", headers = \"true\")
?- owns(h, ip), pair(x, y), x < 300.
";

const MORE: &str = "\
.decl swept(host: symbol)
.scenario gone_one \"a host is switched off\" { -owns(h, ip) :- swept(h), owns(h, ip). }
.test \"two owners\" { owns(\"a\", \"10.0.0.1\"). owns(\"b\", \"10.0.0.1\"). expect duplicate(\"a\", \"b\", _). }
";

/// Fills a directory with what the cases name.
fn furnish(base: &Path) {
    let header = "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano\n";
    for (name, text) in [
        ("rules.dl", format!("{RULES}{MORE}").as_str()),
        ("rules/a.dl", ".include \"../rules.dl\"\n"),
        ("rules/wild.dl", ".decl  wild( x :number )\n"),
        ("pairs.dl", PAIRS),
        ("crate.dl", ".decl a(x: number)\n.decl b(x: number)\n.input a\n.output b\nb(x) :- a(x).\n"),
        ("failing.dl", ".decl a(x: number)\n.test \"no\" { expect a(1). }\n.test \"nor this\" { expect a(2). }\n"),
        ("ask.strata", "?- owns(a, _), owns(b, _).\n"),
        ("good/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.2\n"),
        ("bad/owns.csv", "host,ip\nh1,10.0.0.1\nh2,10.0.0.1\n"),
        ("accepted", "duplicate(\"h7\", _, _) because h7 is new\n"),
        ("trace.csv", &format!("{header}t,s,root,shop-0-0,get,1,2\n")),
        ("pairs.csv", "access001a,access001b\n"),
    ] {
        crate::write(base, name, text);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.args(["synth", "--machines", "120", "--minutes", "1", "--scale", "0.002", "-o"]).arg(base.join("dc"));
    assert!(command.output().expect("strata starts").status.success());
}

/// A word of a case, with the name of the directory in the place of `@`.
fn word(word: &str, base: &Path) -> OsString {
    match word.split_once('@') {
        None => word.into(),
        Some((before, name)) => [OsStr::new(before), base.join(name).as_os_str()].into_iter().collect(),
    }
}

/// The command of a case, somewhere else than in the directory.
fn command(case: &Case, base: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(std::env::temp_dir()).args(case.0.iter().map(|name| word(name, base)));
    command
}

/// Runs a case to its end.
fn run(mut command: Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("strata starts");
    // Who does not read ends before that, and does not mind.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

#[test]
fn every_subcommand_is_among_the_cases() {
    let cli = Cli::command();
    let all: BTreeSet<&str> = cli.get_subcommands().map(|command| command.get_name()).collect();
    let tried = CASES.iter().filter_map(|(words, ..)| words.first().copied()).chain(LONG);
    let missing: Vec<_> = all.difference(&tried.collect()).copied().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What is written goes nowhere: that changes no exit code, and is not worth a word.
#[test]
fn every_subcommand_ends_quietly_without_a_reader() {
    let world = TempDir::new().expect("a scratch directory");
    furnish(world.path());
    for case in CASES {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = command(case, world.path());
        command.stdout(writer);
        let output = run(command, case.1);
        let err = told(&output);
        assert_eq!(output.status.code(), Some(case.2), "{:?}: {err}", case.0);
        assert!(!err.contains("error:") && !err.contains("panicked"), "{:?}: {err}", case.0);
        clean(world.path());
    }
}

/// Removes what cases write.
fn clean(base: &Path) {
    for name in ["out", "pages", "snapshot", "made", "figures", "crate"] {
        let _ = fs::remove_dir_all(base.join(name));
    }
    let _ = fs::remove_file(base.join("rows.csv"));
}

/// The terminal is gone, and all three streams with it.
#[test]
fn every_subcommand_does_without_its_streams() {
    let world = TempDir::new().expect("a scratch directory");
    furnish(world.path());
    for (words, _, code) in CASES.iter().filter(|(_, input, _)| input.is_empty()) {
        let words: Vec<String> = words.iter().map(|name| format!("'{}'", word(name, world.path()).display())).collect();
        let line = format!("exec '{}' {} <&- >&- 2>&-", env!("CARGO_BIN_EXE_strata"), words.join(" "));
        let status = Command::new("sh").args(["-c", &line]).status().expect("sh starts");
        assert_eq!(status.code(), Some(*code), "{words:?}");
        clean(world.path());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn every_subcommand_reads_and_writes_files_whose_names_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let world = TempDir::new().expect("a scratch directory");
    let base = world.path().join(OsStr::from_bytes(b"d\xff"));
    furnish(&base);
    for case in CASES {
        let mut command = command(case, &base);
        command.stdout(Stdio::piped());
        let output = run(command, case.1);
        assert_eq!(output.status.code(), Some(case.2), "{:?}: {}", case.0, told(&output));
        // Nothing was written beside it, under a name that looks like it.
        assert_eq!(fs::read_dir(world.path()).expect("it is there").count(), 1, "{:?}", case.0);
    }
    for name in [
        "out/pair.csv",
        "profile",
        "junit.xml",
        "pages/index.html",
        "snapshot",
        "rejected",
        "made/device.csv",
        "page.html",
        "figures",
        "rows.csv",
        "crate/Cargo.toml",
    ] {
        assert!(base.join(name).exists(), "{name}");
    }
}

#[test]
fn no_subcommand_has_colours_where_they_are_not_wanted() {
    let world = TempDir::new().expect("a scratch directory");
    furnish(world.path());
    for case in CASES {
        let mut command = command(case, world.path());
        command.stdout(Stdio::piped()).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
        let output = run(command, case.1);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{:?}", case.0);
        clean(world.path());
    }
}

/// Whoever gives an empty snapshot has given the wrong one.
#[test]
fn an_empty_snapshot_is_told_by_every_subcommand_that_takes_one() {
    let world = TempDir::new().expect("a scratch directory");
    furnish(world.path());
    fs::create_dir(world.path().join("empty")).expect("it is made");
    for (words, code, said) in [
        (&["check", "empty"][..], 2, "empty holds no facts that an invariant reads"),
        (&["check", "bad", "--baseline", "empty"], 2, "empty holds no facts that an invariant reads"),
        (&["diff", "empty", "good"], 1, "empty holds no facts that the rules read"),
        (&["diff", "good", "empty"], 1, "empty holds no facts that the rules read"),
        (
            &["whatif", "empty", "rules.dl", "--scenario", "gone", "--no-standard"],
            1,
            "empty holds no facts that the rules read",
        ),
        (&["sweep", "empty"], 1, "empty holds no facts that the rules read"),
        (&["sweep", "empty", "gone_one", "--rules", "rules.dl", "--each", "owns(host)"], 1, "empty holds no facts"),
        (&["study", "empty"], 1, "empty holds no facts that the rules read"),
        (&["report", "empty", "-o", "page.html"], 1, "empty holds no facts that the rules read"),
        (&["rules.dl", "--facts", "empty"], 0, "empty has no file for a declared relation"),
        (&["script", "ask.strata", "rules.dl", "--facts", "empty"], 0, "empty has no file for a declared relation"),
        (&["run", "pairs.dl", "-F", "empty", "-D", "out"], 1, "owns.csv"),
        (&["import", "suzieq", "empty", "-o", "out"], 1, "empty"),
    ] {
        let needs_rules = ["check", "diff"].contains(&words[0]);
        let words = [words, if needs_rules { &["--no-standard", "--rules", "rules.dl"] } else { &[] }].concat();
        let (_, err) = ends(strata(&world, &words), code);
        assert!(err.contains(said), "{words:?}: {err}");
    }
}
