//! Programs of `tests/run`, through the binary: what `strata run` writes, prints and rejects. Their form is described in
//! `tests/README.md`.
//!
//! Every case is run with one and with two workers. `STRATA_RUN=io/columns cargo test -p repl --test programs` runs those
//! whose name begins so, and `STRATA_BLESS=1` writes down what they do; read that diff.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory with a program, its input and what must come of it.
struct Case {
    name: String,
    path: PathBuf,
}

#[test]
fn every_program_writes_what_is_expected_of_it() {
    let cases = cases();
    assert!(!cases.is_empty(), "there is a case of that name");
    let bless = std::env::var_os("STRATA_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in &cases {
        for jobs in ["1", "2"] {
            let found = case.run(jobs);
            if bless && jobs == "1" {
                case.bless(&found);
            }
            wrong.extend(case.complaints(&found).into_iter().map(|what| format!("{} -j {jobs}: {what}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The cases, by name: every directory that holds a `program.dl`.
fn cases() -> Vec<Case> {
    let wanted = std::env::var("STRATA_RUN").unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/run");
    let mut cases = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        if directory.join("program.dl").is_file() {
            let name = directory.strip_prefix(&root).expect("a case is below the root").display().to_string();
            cases.push(Case { name, path: directory });
            continue;
        }
        directories.extend(entries(&directory).into_iter().filter(|entry| entry.is_dir()));
    }
    cases.retain(|case| case.name.starts_with(&wanted));
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// What a directory holds; nothing if it is not there.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry can be read").path()).collect()
}

/// What a case did.
struct Found {
    /// The files that were written, by name; none for what is not text.
    files: BTreeMap<String, Option<String>>,
    stdout: String,
    stderr: String,
    exit: Option<i32>,
}

impl Case {
    fn text(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.path.join(file)).ok()
    }

    /// Runs the program in a copy of its directory, and `then.dl`, if there is one, on the files that it wrote.
    fn run(&self, jobs: &str) -> Found {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        copy(&self.path, scratch.path());
        fs::create_dir_all(scratch.path().join("facts")).expect("a scratch directory");
        let mut output = self.strata(scratch.path(), "program.dl", "facts", jobs);
        if self.path.join("then.dl").is_file() && output.status.success() {
            let second = self.strata(scratch.path(), "then.dl", "out", jobs);
            output.stdout.extend(second.stdout);
            output.stderr.extend(second.stderr);
            output.status = second.status;
        }
        let text = |path: &Path| String::from_utf8(fs::read(path).expect("an output can be read")).ok();
        let files = entries(&scratch.path().join("out"));
        Found {
            files: files.iter().map(|path| (file_name(path), text(path))).collect(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            exit: output.status.code(),
        }
    }

    fn strata(&self, directory: &Path, program: &str, facts: &str, jobs: &str) -> Output {
        let stdin = match fs::File::open(self.path.join("stdin")) {
            Ok(file) => Stdio::from(file),
            Err(_) => Stdio::null(),
        };
        let flags = self.text("flags").unwrap_or_default();
        let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
        command.current_dir(directory).stdin(stdin).env_remove("NO_COLOR");
        command.args(["run", program, "-F", facts, "-j", jobs]);
        // A flag given twice is an error of the command line: a case may have its own -D.
        if !flags.lines().any(|flag| flag == "-D") {
            command.args(["-D", "out"]);
        }
        command.args(flags.lines()).output().expect("strata starts")
    }

    /// How what was found differs from what is expected.
    fn complaints(&self, found: &Found) -> Vec<String> {
        let mut wrong = Vec::new();
        let told = self.text("expected.err");
        let exit = exit(told.as_deref().unwrap_or_default());
        if found.exit != Some(exit) {
            wrong.push(format!("expected exit code {exit}, found {:?}", found.exit));
        }
        let mut rest = found.stderr.as_str();
        for line in told.iter().flat_map(|told| told.lines()).filter(|line| !line.starts_with("exit ")) {
            match rest.find(line.trim()) {
                Some(at) => rest = &rest[at + line.trim().len()..],
                None => wrong.push(format!("standard error lacks `{}`", line.trim())),
            }
        }
        if told.is_none() && found.stderr.lines().any(|line| line.starts_with("error")) {
            wrong.push("an error that is not expected".to_owned());
        }
        if !wrong.is_empty() {
            wrong.push(format!("standard error:\n{}", found.stderr));
        }
        if sorted(&self.text("expected.out").unwrap_or_default()) != sorted(&found.stdout) {
            wrong.push(format!("standard output:\n{}", found.stdout));
        }
        let expected = self.path.join("expected");
        let names: BTreeSet<String> = entries(&expected).iter().map(|path| file_name(path)).collect();
        for name in names.iter().filter(|name| !found.files.contains_key(*name)) {
            wrong.push(format!("{name} is not written"));
        }
        for (name, text) in &found.files {
            match (text, names.contains(name)) {
                // What is not text is looked at by a second program.
                (None, _) => {}
                (Some(_), false) => wrong.push(format!("{name} is written and not expected")),
                (Some(text), true) => {
                    let expected = fs::read_to_string(expected.join(name)).expect("an expectation is text");
                    if sorted(&expected) != sorted(text) {
                        wrong.push(format!("{name}: expected\n{expected}found\n{text}"));
                    }
                }
            }
        }
        wrong
    }

    /// Writes down what was found as what is expected from now on.
    fn bless(&self, found: &Found) {
        let expected = self.path.join("expected");
        if expected.is_dir() {
            fs::remove_dir_all(&expected).expect("old expectations can go");
        }
        for (name, text) in found.files.iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            fs::create_dir_all(&expected).expect("expectations can be written");
            fs::write(expected.join(name), text).expect("expectations can be written");
        }
        let code = found.exit.filter(|code| *code > 1).map(|code| format!("exit {code}\n"));
        let place = |line: &&str| ["error", "warning", "-->"].iter().any(|word| line.trim().starts_with(word));
        let told: String = found.stderr.lines().filter(place).map(|line| format!("{}\n", line.trim())).collect();
        for (file, text) in [("expected.out", &found.stdout), ("expected.err", &(code.unwrap_or_default() + &told))] {
            if text.is_empty() {
                let _ = fs::remove_file(self.path.join(file));
            } else {
                fs::write(self.path.join(file), text).expect("expectations can be written");
            }
        }
    }
}

/// The exit code that is expected: 1 if an error is, unless it is said; 0 otherwise.
fn exit(told: &str) -> i32 {
    let said = told.lines().find_map(|line| line.strip_prefix("exit "));
    match said.map(|code| code.trim().parse().expect("an exit code is a number")) {
        Some(code) => code,
        None => i32::from(told.lines().any(|line| line.starts_with("error"))),
    }
}

/// The lines of a text in order, since the order of tuples is nobody's promise.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.sort_unstable();
    lines
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Copies a directory with all below it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a scratch directory");
    for entry in entries(from) {
        let copied = to.join(file_name(&entry));
        if entry.is_dir() {
            copy(&entry, &copied);
        } else {
            fs::copy(&entry, &copied).expect("a file can be copied");
        }
    }
}
