//! What holds in every fork: of forks of forks, scenarios, merges and drops, while rules come and go.
//!
//! Programs, scenarios and edits are made up (`tests::random`), and every relation in every fork is what naive finds over
//! the facts of that fork. `STRATA_CASES=100000 cargo test --release -p tests --test forks` holds the long run.

use proptest::prelude::*;
use std::collections::BTreeSet;
use tests::against_naive::{apply, equal_at_every_epoch, equal_everywhere, right};
use tests::cases::check;
use tests::compiled::{Compiled, compile_with_scenarios};
use tests::evaluator::{Evaluator, Naive, PlanInterpreter};
use tests::live::Live;
use tests::once::{Loading, Once};
use tests::random::{Edit, Epochs, Liberties, RandomProgram, raw_edits, raw_program};

/// A program with edits that fit it: forks follow its scenarios, and are merged.
fn program_and_edits() -> impl Strategy<Value = (RandomProgram, Epochs)> {
    (raw_program(), raw_edits()).prop_map(|(program, edits)| {
        let program = program.read();
        let edits = edits.read_with(&program.inputs(), Liberties { merges: true, scenarios: 2 });
        (program, edits)
    })
}

fn compiled(text: &str) -> Compiled {
    right(compile_with_scenarios(text), text)
}

fn text(program: &RandomProgram) -> String {
    program.text() + &program.scenarios(u32::MAX)
}

#[test]
fn a_fork_is_its_parent_less_what_it_retracts_plus_what_it_inserts_at_every_epoch() {
    check(50, &(program_and_edits(), 1..=2usize), |((program, epochs), workers)| {
        let Compiled { program, plan } = compiled(&text(&program));
        let mut live = Live::new(plan, workers);
        live.watch_all();
        equal_at_every_epoch(&mut Naive::new(program), &mut live, &epochs)
    });
}

#[test]
fn a_scenario_means_the_same_to_whoever_evaluates_its_plan() {
    check(30, &program_and_edits(), |(program, epochs)| {
        let Compiled { program, plan } = compiled(&text(&program));
        equal_at_every_epoch(&mut Naive::new(program.clone()), &mut PlanInterpreter::new(plan.clone()), &epochs)?;
        equal_at_every_epoch(&mut Naive::new(program), &mut Once::new(plan, 1, Loading::AtOnce), &epochs)
    });
}

#[test]
fn forks_follow_rules_and_scenarios_that_come_and_go() {
    let masks = prop::collection::vec((any::<u32>(), any::<u32>()), 1..=6);
    check(40, &(program_and_edits(), masks, 1..=2usize), |((program, epochs), masks, workers)| {
        let text = |(clauses, edits)| program.with_clauses(clauses) + &program.scenarios(edits);
        let Compiled { program: all, plan } = compiled(&text((u32::MAX, u32::MAX)));
        let (mut live, mut naive) = (Live::new(plan, workers), Naive::new(all));
        live.watch_all();
        for (number, epoch) in epochs.iter().enumerate() {
            let mask = masks[number % masks.len()];
            let Compiled { program, plan } = compiled(&text(mask));
            live.set_plan(plan);
            naive.set_program(program);
            equal_everywhere(&mut naive, &mut live, &format!("before epoch {number} with {mask:x?}"))?;
            apply(&mut live, epoch);
            apply(&mut naive, epoch);
            equal_everywhere(&mut naive, &mut live, &format!("after epoch {number} with {mask:x?}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_diff_is_what_one_model_has_and_the_other_has_not() {
    check(20, &(program_and_edits(), 1..=2usize), |((program, epochs), workers)| {
        let mut live = Live::new(compiled(&text(&program)).plan, workers);
        epochs.iter().for_each(|epoch| apply(&mut live, epoch));
        for a in live.forks() {
            for b in live.forks() {
                let (from, to) = (live.read(a), live.read(b));
                for (name, old) in &from {
                    let new = &to[name];
                    let (inserted, retracted) = live.diff(a, b, name);
                    let expected: BTreeSet<_> = new.difference(old).cloned().collect();
                    prop_assert_eq!(inserted, expected, "`{}` of {} against {}", name, b, a);
                    let expected: BTreeSet<_> = old.difference(new).cloned().collect();
                    prop_assert_eq!(retracted, expected, "`{}` of {} against {}", name, b, a);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn forks_that_are_gone_hold_nothing() {
    check(30, &program_and_edits(), |(program, epochs)| {
        let mut live = Live::new(compiled(&text(&program)).plan, 1);
        epochs.iter().for_each(|epoch| apply(&mut live, epoch));
        let expected = live.read(0);
        // Forks of a fork were made after it.
        let drops: Vec<Edit> = live.forks().into_iter().rev().filter(|f| *f != 0).map(Edit::Drop).collect();
        apply(&mut live, &drops);
        prop_assert_eq!(live.held().edits, 0);
        prop_assert_eq!(live.read(0), expected.clone(), "a dropped fork leaves the base alone");
        // The numbers of dropped forks are used again: the next forks start from the base.
        apply(&mut live, &[Edit::Fork(0), Edit::Fork(0)]);
        for fork in live.forks() {
            prop_assert_eq!(live.read(fork), expected.clone(), "fork {} is the base", fork);
        }
        Ok(())
    });
}
