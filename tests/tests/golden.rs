//! Every case in every mode, with one expectation.
//!
//! `STRATA_BLESS=1 cargo test -p tests --test golden` rewrites the expectations from the naive evaluator; read that diff.
//! `tests::golden` tells the form of a case.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tests::compiled::{Compiled, compile};
use tests::evaluator::{Evaluator, Naive, PlanInterpreter};
use tests::golden::{Script, read_script, run};
use tests::live::Live;

/// A case: its name, its program, its script.
struct Case {
    name: String,
    path: PathBuf,
    text: String,
    compiled: Compiled,
    script: Script,
}

impl Case {
    fn outputs(&self) -> Vec<Arc<str>> {
        self.compiled.outputs()
    }

    fn expected(&self) -> String {
        fs::read_to_string(self.path.with_extension("expected")).unwrap_or_default()
    }

    /// The complaint, if the evaluator says something else than what is expected.
    fn complaint(&self, mode: &str, evaluator: &mut dyn Evaluator) -> Option<String> {
        let (expected, found) = (self.expected(), run(&self.script, &self.outputs(), evaluator));
        (expected != found).then(|| format!("{} ({mode})\nexpected:\n{expected}found:\n{found}", self.name))
    }
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut paths = Vec::new();
    for topic in fs::read_dir(&root).expect("there are golden cases") {
        let topic = topic.expect("the directory can be read").path();
        paths.extend(fs::read_dir(topic).expect("a topic is a directory").map(|e| e.expect("an entry").path()));
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == "dl"));
    paths.sort();
    assert!(paths.len() >= 50, "the golden cases are there");
    paths.into_iter().map(|path| case(&root, path)).collect()
}

fn case(root: &Path, path: PathBuf) -> Case {
    let name = path.strip_prefix(root).unwrap_or(&path).with_extension("").display().to_string();
    let text = fs::read_to_string(&path).expect("the program can be read");
    let compiled = compile(&text).unwrap_or_else(|diagnostics| panic!("{name}\n{diagnostics}"));
    let script = fs::read_to_string(path.with_extension("script")).unwrap_or_default();
    let script = read_script(&script, &|relation| compiled.columns(relation))
        .unwrap_or_else(|complaint| panic!("{name}.script: {complaint}"));
    Case { name, path, text, compiled, script }
}

/// Holds every case against its expectation in one mode.
fn all(mode: &str, evaluator: impl Fn(&Case) -> Box<dyn Evaluator>) {
    let complaints: Vec<String> =
        cases().iter().filter_map(|case| case.complaint(mode, evaluator(case).as_mut())).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn naive() {
    if std::env::var_os("STRATA_BLESS").is_some() {
        for case in cases() {
            let text = run(&case.script, &case.outputs(), &mut Naive::new(case.compiled.program.clone()));
            fs::write(case.path.with_extension("expected"), text).expect("the expectation can be written");
        }
    }
    all("naive", |case| Box::new(Naive::new(case.compiled.program.clone())));
}

#[test]
fn plan_interpreter() {
    all("plan interpreter", |case| Box::new(PlanInterpreter::new(case.compiled.plan.clone())));
}

#[test]
fn live_on_one_worker() {
    all("live, one worker", |case| {
        let mut live = Live::new(case.compiled.plan.clone(), 1);
        live.watch_all();
        Box::new(live)
    });
}

#[test]
fn live_on_four_workers() {
    all("live, four workers", |case| Box::new(Live::new(case.compiled.plan.clone(), 4)));
}

#[test]
fn live_with_rules_that_came_late() {
    // The facts of the script are there before the rules are, and the rules went away in between.
    all("live, rules set again", |case| {
        let nothing = compile("").expect("nothing is a program").plan;
        let mut live = Live::new(case.compiled.plan.clone(), 1);
        live.set_plan(nothing);
        live.set_plan(case.compiled.plan.clone());
        Box::new(live)
    });
}

#[test]
fn printed_and_parsed_again() {
    all("printed and parsed again", |case| {
        let printed = case.compiled.program.to_string();
        let again = compile(&printed).unwrap_or_else(|e| panic!("{}\n{printed}\n{e}", case.name));
        Box::new(Naive::new(again.program))
    });
}

#[test]
fn formatted() {
    all("formatted", |case| {
        let formatted = tests::compiled::format(&case.text);
        let again = compile(&formatted).unwrap_or_else(|e| panic!("{}\n{formatted}\n{e}", case.name));
        Box::new(Naive::new(again.program))
    });
}
