//! `strata run` and its neighbours, through the binary.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn strata() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR");
    command
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

fn file(directory: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).expect("a scratch file is written");
    path
}

fn run(directory: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = strata();
    command.current_dir(directory).args(["run", program, "-F", ".", "-D", "out"]).args(arguments);
    command.output().expect("strata starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

const REACH: &str = "\
.decl link(a: symbol, b: number)
.input link
.decl twice(a: symbol, b: number)
.output twice
.printsize twice
twice(a, 2 * b) :- link(a, b).
?- twice(x, 4).
";

#[test]
fn a_program_reads_writes_and_prints_as_souffle_does() {
    let directory = scratch();
    file(&directory, "reach.dl", REACH);
    file(&directory, "link.facts", "b\t2\na\t1\nc\t2\n");
    for workers in ["1", "2"] {
        let output = run(directory.path(), "reach.dl", &["-j", workers]);
        assert_eq!(text(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
        let answer = "---------------\n?- twice(x, 4).\n===============\nb\nc\n===============\n";
        assert_eq!(text(&output.stdout), format!("twice\t3\n{answer}"));
        let written = std::fs::read_to_string(directory.path().join("out/twice.csv")).expect("the output is there");
        assert_eq!(written, "a\t2\nb\t4\nc\t4\n");
    }
}

#[test]
fn outputs_go_to_standard_output_where_asked() {
    let directory = scratch();
    file(&directory, "p.dl", ".decl p(x: number)\n.output p\np(1).\n");
    let output =
        strata().current_dir(directory.path()).args(["run", "p.dl", "-D", "-"]).output().expect("strata starts");
    assert_eq!(text(&output.stdout), "---------------\np\nx\n===============\n1\n===============\n");
}

/// What is wrong with a program or its facts, and what must be said about it.
fn is_told(rules: impl AsRef<[u8]>, facts: Option<&[u8]>, expected: &[&str]) {
    let directory = scratch();
    file(&directory, "reach.dl", rules);
    if let Some(facts) = facts {
        file(&directory, "link.facts", facts);
    }
    let output = run(directory.path(), "reach.dl", &[]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(told.lines().filter(|l| l.starts_with("error")).count(), 1, "one message: {told}");
    for expected in expected {
        assert!(told.contains(expected), "{expected:?} in {told}");
    }
    assert!(!told.contains("panicked"), "{told}");
}

#[test]
fn a_malformed_rule_is_told_with_its_place() {
    is_told(".decl a(x: number)\na(1) :- :- a(2).\n", None, &["error[syntax-error]", "reach.dl:2:9"]);
}

#[test]
fn an_unterminated_string_is_told_with_its_place() {
    is_told(".decl a(x: symbol)\na(\"x).\n", None, &["error[unterminated-string]", "reach.dl:2:3"]);
}

#[test]
fn a_rule_file_that_is_not_utf8_is_told_with_its_place() {
    is_told(b".decl a(x: symbol)\na(\"\xff\").\n", None, &["error[invalid-utf8]", "reach.dl:2:4"]);
}

#[test]
fn a_rule_file_that_is_not_there_is_told() {
    let output = run(scratch().path(), "nowhere.dl", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("nowhere.dl"));
}

#[test]
fn a_missing_fact_file_is_told_with_the_directive_that_asks_for_it() {
    is_told(REACH, None, &["link.facts", "reach.dl:2:"]);
}

#[test]
fn a_fact_of_the_wrong_width_is_told_with_its_place() {
    is_told(REACH, Some(b"a\t1\nb\n"), &["link.facts:2:", "2 columns"]);
}

#[test]
fn a_fact_of_the_wrong_type_is_told_with_its_place() {
    is_told(REACH, Some(b"a\t1\nb\tx\n"), &["link.facts:2:3", "expected a number", "x"]);
}

#[test]
fn a_fact_that_is_not_utf8_is_told_with_its_place() {
    is_told(REACH, Some(b"a\t1\n\xff\t2\n"), &["link.facts:2:1", "UTF-8"]);
}

#[test]
fn a_wrong_arity_in_a_rule_is_told_with_its_place() {
    is_told(
        ".decl a(x: number)\n.decl b(x: number)\na(1).\nb(x) :- a(x, x).\n",
        None,
        &["error[wrong-arity]", "reach.dl:4:9"],
    );
}

#[test]
fn a_wrong_type_in_a_rule_is_told_with_its_place() {
    is_told(".decl a(x: number)\na(\"one\").\n", None, &["error[type-mismatch]", "reach.dl:2:3"]);
}

#[test]
fn an_unknown_command_line_flag_is_the_users_mistake() {
    let output = strata().args(["run", "--nonsense"]).output().expect("strata starts");
    assert_eq!(output.status.code(), Some(1));
    let output = strata().arg("--help").output().expect("strata starts");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("strata demo"));
}

#[test]
fn an_output_that_cannot_be_written_is_no_mistake_of_the_user() {
    let directory = scratch();
    file(&directory, "p.dl", ".decl p(x: number)\n.output p\np(1).\n");
    file(&directory, "out", "in the way");
    let output = run(directory.path(), "p.dl", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let directory = scratch();
    file(&directory, "p.dl", ".decl p(x: number)\n.output p(IO=stdout)\np(1).\np(x + 1) :- p(x), x < 20000.\n");
    let mut child = strata()
        .current_dir(directory.path())
        .args(["run", "p.dl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strata starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("strata ends");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_script_on_standard_input_is_answered_without_banner_or_prompt() {
    let directory = scratch();
    let rules = file(&directory, "p.dl", ".decl p(x: number)\np(1).\n");
    let script = |text: &str| {
        let mut child = strata()
            .arg(&rules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strata starts");
        child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("the script is read");
        child.wait_with_output().expect("strata ends")
    };
    let output = script("q(x) :- p(x).\n.decl q(x: number)\n?- q(x).\n");
    assert_eq!(text(&output.stdout), "x\n─\n1\n");
    assert_eq!(output.status.code(), Some(0));
    let output = script("?- p(x).\n?- nothing(x).\n?- p(x).\n");
    assert_eq!(text(&output.stdout), "x\n─\n1\nx\n─\n1\n");
    assert!(text(&output.stderr).contains("<stdin>:2:4"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_profile_says_what_each_rule_found() {
    let directory = scratch();
    let rules = "p(x, y) :- e(x, y).\np(x, z) :- p(x, y), e(y, z).\n";
    let text_of =
        format!(".decl e(a: number, b: number)\n.input e\n.decl p(a: number, b: number)\n.printsize p\n{rules}");
    file(&directory, "path.dl", text_of);
    file(&directory, "e.facts", "1\t2\n2\t3\n3\t4\n");
    let output = run(directory.path(), "path.dl", &["--profile"]);
    assert_eq!(text(&output.stdout), "p\t6\n");
    let shown = text(&output.stderr);
    for (rule, found, order) in rules.lines().zip(["3", "3"]).zip(["e", "p > e by a"]).map(|((a, b), c)| (a, b, c)) {
        let line = shown.lines().find(|line| line.contains(rule)).unwrap_or_else(|| panic!("{rule} is in:\n{shown}"));
        let numbers: Vec<&str> = line.split_whitespace().take(6).collect();
        assert_eq!(numbers[4], found, "{shown}");
        assert!(numbers[5].parse::<u64>().is_ok(), "the memory that `p` holds: {shown}");
        assert!(line.trim_end().ends_with(order), "{shown}");
    }
    assert!(!shown.contains("warning"), "{shown}");
}

#[test]
fn a_profile_goes_to_a_file_if_one_is_named() {
    let directory = scratch();
    file(&directory, "p.dl", ".decl p(x: number)\np(1).\np(x + 1) :- p(x), x < 3.\n.printsize p\n");
    for flags in [&["-p", "log"][..], &["--profile=log"]] {
        let output = run(directory.path(), "p.dl", flags);
        assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("p\t3\n", ""), "{flags:?}");
        let log = std::fs::read_to_string(directory.path().join("log")).expect("the log");
        assert!(log.contains("p(x + 1) :- p(x), x < 3."), "{log}");
        std::fs::remove_file(directory.path().join("log")).expect("it was there");
    }
}

#[test]
fn a_relation_of_which_nothing_comes_is_named() {
    let directory = scratch();
    file(&directory, "lib.dl", ".decl b(x: number)\nb(1).\n.decl unread(x: number)\nunread(1).\n");
    let program = ".include \"lib.dl\"\n.decl a(x: number)\na(1).\n.decl c(x: number)\nc(x) :- b(x).\n.printsize c\n";
    file(&directory, "p.dl", program);
    let shown = text(&run(directory.path(), "p.dl", &[]).stderr);
    assert!(shown.starts_with("warning[unused-relation]: relation `a` is never used\n --> "), "{shown}");
    assert!(!shown.contains("unread"), "{shown}");
    assert_eq!(text(&run(directory.path(), "p.dl", &["--wno", "unused-relation"]).stderr), "");
}

#[test]
fn a_rule_whose_intermediate_result_explodes_is_named() {
    let directory = scratch();
    let rule = "t(x) :- e(x, y), e(y, z), x + z < 0.";
    let text_of = format!(".decl e(a: number, b: number)\n.input e\n.decl t(a: number)\n.printsize t\n{rule}\n");
    file(&directory, "star.dl", text_of);
    let star: String = (1..1500).map(|n| format!("{n}\t0\n0\t{n}\n")).collect();
    file(&directory, "e.facts", star);
    let output = run(directory.path(), "star.dl", &[]);
    assert_eq!(text(&output.stdout), "t\t0\n");
    let warning = format!("warning: rule `{rule}` goes through ");
    assert!(text(&output.stderr).starts_with(&warning), "{}", text(&output.stderr));
    let output = run(directory.path(), "star.dl", &["-w"]);
    assert_eq!(text(&output.stderr), "");
}
