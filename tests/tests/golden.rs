//! Every case in every mode, with one expectation.
//!
//! `STRATA_BLESS=1 cargo test -p tests --test golden` rewrites the expectations from the naive evaluator; read that diff.
//! `tests::golden` tells the form of a case.

use compiler::planner::not_live;
use runtime::{Engine, Options};
use std::fs;
use tests::cases_on_disk::{Case, cases};
use tests::compiled::compile;
use tests::evaluator::{Evaluator, Naive, PlanInterpreter};
use tests::golden::run;
use tests::live::Live;
use tests::once::{Loading, Once};

/// Holds every case against its expectation in one mode.
fn all(mode: &str, evaluator: impl Fn(&Case) -> Box<dyn Evaluator>) {
    let complaints: Vec<String> =
        cases().iter().filter_map(|case| case.complaint(mode, evaluator(case).as_mut())).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The same for the live engine, which refuses what it cannot keep current.
fn all_live(mode: &str, evaluator: impl Fn(&Case) -> Box<dyn Evaluator>) {
    let complaints: Vec<String> = cases()
        .iter()
        .filter(|case| not_live(&case.compiled.program).is_empty())
        .filter_map(|case| case.complaint(mode, evaluator(case).as_mut()))
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn what_is_not_live_is_refused_by_the_engine() {
    let mut refused = 0;
    for case in cases() {
        let said = !not_live(&case.compiled.program).is_empty();
        let engine = &mut Engine::new(Options { workers: 1 }).expect("an engine starts");
        let taken = engine.set_plan(case.compiled.plan.clone());
        assert_eq!(said, taken.is_err(), "{}: {:?}", case.name, taken.err());
        refused += usize::from(said);
    }
    assert!(refused > 0, "some cases are for `strata run` alone");
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
    all_live("live, one worker", |case| {
        let mut live = Live::new(case.compiled.plan.clone(), 1);
        live.watch_all();
        Box::new(live)
    });
}

#[test]
fn live_on_four_workers() {
    all_live("live, four workers", |case| Box::new(Live::new(case.compiled.plan.clone(), 4)));
}

#[test]
fn live_with_rules_that_came_late() {
    // The facts of the script are there before the rules are, and the rules went away in between.
    all_live("live, rules set again", |case| {
        let nothing = compile("").expect("nothing is a program").plan;
        let mut live = Live::new(case.compiled.plan.clone(), 1);
        live.set_plan(nothing);
        live.set_plan(case.compiled.plan.clone());
        Box::new(live)
    });
}

#[test]
fn once_on_one_worker() {
    all("once, one worker", |case| Box::new(Once::new(case.compiled.plan.clone(), 1, Loading::AtOnce)));
}

#[test]
fn once_on_two_workers() {
    all("once, two workers", |case| Box::new(Once::new(case.compiled.plan.clone(), 2, Loading::AtOnce)));
}

#[test]
fn once_loaded_fact_by_fact() {
    all("once, fact by fact", |case| Box::new(Once::new(case.compiled.plan.clone(), 1, Loading::FactByFact)));
}

#[test]
fn printed_and_parsed_again() {
    all("printed and parsed again", |case| {
        // What scenarios edit is no part of the program that is printed.
        if !case.compiled.program.scenarios.all.is_empty() {
            return Box::new(Naive::new(case.compiled.program.clone()));
        }
        let printed = case.compiled.program.to_string();
        let again = compile(&printed).unwrap_or_else(|e| panic!("{}\n{printed}\n{e}", case.name));
        Box::new(Naive::new(again.program))
    });
}
