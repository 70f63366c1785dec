//! What holds for every program and every edit.
//!
//! Programs and edits are made up (`tests::random`). `STRATA_CASES=100000 cargo test --release -p tests --test properties`
//! holds the long run.

use compiler::planner::{Statistics, not_live, plan, restrict};
use proptest::prelude::*;
use runtime::Upkeep;
use std::sync::Arc;
use tests::against_naive::{apply, equal_at_every_epoch, right, same};
use tests::cases::check;
use tests::compiled::{Compiled, compile};
use tests::database::Database;
use tests::evaluator::{Evaluator, Facts, Naive, PlanInterpreter};
use tests::live::Live;
use tests::once::{Loading, Once};
use tests::random::{Edit, Epochs, RandomProgram, raw_edits, raw_program};

/// A program with edits that fit it.
fn program_and_edits() -> impl Strategy<Value = (RandomProgram, Epochs)> {
    (raw_program(), raw_edits()).prop_map(|(program, edits)| {
        let program = program.read();
        let edits = edits.read(&program.inputs());
        (program, edits)
    })
}

/// Compiles a random program.
fn compiled(text: &str) -> Compiled {
    right(compile(text), text)
}

/// Everything that can be read, in every fork.
fn everything(evaluator: &mut dyn Evaluator) -> Vec<(usize, Database)> {
    evaluator.forks().into_iter().map(|fork| (fork, evaluator.read(fork))).collect()
}

#[test]
fn a_plan_means_what_its_program_means() {
    check(100, &program_and_edits(), |(program, epochs)| {
        let Compiled { program, plan } = compiled(&program.text());
        let (mut naive, mut interpreter) = (Naive::new(program), PlanInterpreter::new(plan));
        equal_at_every_epoch(&mut naive, &mut interpreter, &epochs)
    });
}

#[test]
fn a_printed_program_means_the_same_when_it_is_parsed_again() {
    check(50, &program_and_edits(), |(program, epochs)| {
        let first = compiled(&program.text()).program;
        let printed = first.to_string();
        let again = compiled(&printed).program;
        prop_assert_eq!(&printed, &again.to_string());
        equal_at_every_epoch(&mut Naive::new(first), &mut Naive::new(again), &epochs)
    });
}

#[test]
fn a_program_restricted_to_its_queries_answers_them_alike() {
    check(100, &(program_and_edits(), any::<u8>()), |((program, epochs), choice)| {
        let whole = compiled(&program.pointed_questions(choice)).program;
        let mut statistics = Statistics::new();
        let Some(restricted) = restrict(&whole, &mut statistics) else { return Ok(()) };
        let queries: Vec<Arc<str>> = whole.queries.iter().map(|id| whole.relation(*id).name.clone()).collect();
        let plan = plan(&restricted, &statistics);
        let mut judges: Vec<Box<dyn Evaluator>> =
            vec![Box::new(Naive::new(restricted)), Box::new(PlanInterpreter::new(plan))];
        let mut naive = Naive::new(whole);
        for epoch in &epochs {
            apply(&mut naive, epoch);
            judges.iter_mut().for_each(|judge| apply(judge.as_mut(), epoch));
        }
        let answers =
            |database: Database| -> Database { queries.iter().map(|q| (q.clone(), database[q].clone())).collect() };
        let expected = answers(naive.read(0));
        for judge in &mut judges {
            same(&expected, &answers(judge.read(0)), "answers, + is too much and - too little")?;
        }
        Ok(())
    });
}

#[test]
fn the_live_engine_equals_naive_at_every_epoch_in_every_fork() {
    check(100, &(program_and_edits(), 1..=2usize), |((program, epochs), workers)| {
        let Compiled { program, plan } = compiled(&program.text());
        let mut live = Live::new(plan, workers);
        live.watch_all();
        equal_at_every_epoch(&mut Naive::new(program), &mut live, &epochs)
    });
}

#[test]
fn the_one_shot_evaluator_equals_naive_over_the_facts_of_every_epoch() {
    let loading = prop_oneof![Just(Loading::AtOnce), Just(Loading::FactByFact)];
    check(100, &(program_and_edits(), 1..=2usize, loading), |((program, epochs), workers, loading)| {
        let Compiled { program, plan } = compiled(&program.text());
        let mut once = Once::new(plan, workers, loading);
        equal_at_every_epoch(&mut Naive::new(program), &mut once, &epochs)
    });
}

#[test]
fn equivalences_choices_and_partial_orders_mean_the_same_to_every_evaluator() {
    check(100, &(program_and_edits(), any::<[u8; 4]>()), |((program, epochs), marks)| {
        let text = program.marked(&marks);
        let Compiled { program, plan } = compiled(&text);
        let loading = Loading::AtOnce;
        let mut judged: Vec<(&str, Box<dyn Evaluator>)> = vec![
            ("plan interpreter", Box::new(PlanInterpreter::new(plan.clone()))),
            ("one-shot evaluator", Box::new(Once::new(plan.clone(), 1, loading))),
        ];
        if not_live(&program).is_empty() {
            judged.push(("live engine", Box::new(Live::new(plan, 1))));
        }
        for (name, evaluator) in &mut judged {
            let mut naive = Naive::new(program.clone());
            equal_at_every_epoch(&mut naive, evaluator.as_mut(), &epochs)
                .map_err(|error| TestCaseError::fail(format!("{name}: {error}\n{text}")))?;
        }
        Ok(())
    });
}

#[test]
fn insert_then_retract_leaves_nothing() {
    check(30, &program_and_edits(), |(program, epochs)| {
        let mut live = Live::new(compiled(&program.text()).plan, 1);
        // What the last epoch inserts into the base is inserted anew, and then taken back.
        let (last, before) = epochs.split_last().expect("there is a first epoch");
        let inserts = |e: &&Edit| matches!(e, Edit::Insert(0, ..));
        let inserted: Vec<Edit> = epochs.concat().iter().chain(last).filter(inserts).cloned().collect();
        before.iter().for_each(|epoch| apply(&mut live, epoch));
        let back = |e: &Edit| match e {
            Edit::Insert(fork, name, tuple) => Edit::Retract(*fork, name.clone(), tuple.clone()),
            other => other.clone(),
        };
        let retracted: Vec<Edit> = inserted.iter().map(back).collect();
        apply(&mut live, &retracted);
        let without = everything(&mut live);
        apply(&mut live, &inserted);
        apply(&mut live, &retracted);
        for ((fork, expected), (_, found)) in without.iter().zip(everything(&mut live)) {
            same(expected, &found, &format!("fork {fork}"))?;
        }
        Ok(())
    });
}

#[test]
fn how_changes_are_cut_into_epochs_does_not_alter_the_end() {
    check(30, &program_and_edits(), |(program, epochs)| {
        let plan = compiled(&program.text()).plan;
        let all = epochs.concat();
        let one_by_one: Epochs = all.iter().map(|e| vec![e.clone()]).collect();
        let at_once: Epochs = vec![all];
        let ends: Vec<_> = [&epochs, &one_by_one, &at_once]
            .into_iter()
            .map(|epochs| {
                let mut live = Live::new(plan.clone(), 1);
                epochs.iter().for_each(|epoch| apply(&mut live, epoch));
                everything(&mut live)
            })
            .collect();
        for end in &ends[1..] {
            for ((fork, expected), (_, found)) in ends[0].iter().zip(end) {
                same(expected, found, &format!("fork {fork}"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_dropped_fork_leaves_no_trace() {
    check(30, &program_and_edits(), |(program, epochs)| {
        let plan = compiled(&program.text()).plan;
        let (mut with, mut without) = (Live::new(plan.clone(), 1), Live::new(plan, 1));
        let of_base = |e: &&Edit| matches!(e, Edit::Insert(0, ..) | Edit::Retract(0, ..));
        for epoch in &epochs {
            apply(&mut with, epoch);
            apply(&mut without, &epoch.iter().filter(of_base).cloned().collect::<Vec<_>>());
        }
        // Forks of a fork were made after it.
        let drops: Vec<Edit> = with.forks().into_iter().rev().filter(|f| *f != 0).map(Edit::Drop).collect();
        apply(&mut with, &drops);
        apply(&mut with, &[Edit::Fork(0)]);
        let expected = without.read(0);
        for (fork, found) in everything(&mut with) {
            same(&expected, &found, &format!("fork {fork}"))?;
        }
        Ok(())
    });
}

#[test]
fn rules_that_come_and_go_on_the_live_model_mean_what_they_mean_from_scratch() {
    let masks = prop::collection::vec(any::<u32>(), 1..=6);
    check(60, &(program_and_edits(), masks, 1..=2usize), |((program, epochs), masks, workers)| {
        let text = |mask| program.with_clauses(mask);
        let Compiled { program: all, plan } = compiled(&text(u32::MAX));
        let (mut live, mut naive) = (Live::new(plan, workers), Naive::new(all));
        live.watch_all();
        for (number, epoch) in epochs.iter().enumerate() {
            let mask = masks[number % masks.len()];
            let Compiled { program, plan } = compiled(&text(mask));
            live.set_plan(plan);
            naive.set_program(program);
            apply(&mut live, epoch);
            apply(&mut naive, epoch);
            for fork in naive.forks() {
                let what = format!("after epoch {number} with clauses {mask:b} in fork {fork}");
                same(&naive.read(fork), &live.read(fork), &what)?;
            }
        }
        Ok(())
    });
}

#[test]
fn what_is_derived_afresh_or_halted_half_way_is_what_is_maintained() {
    let way = prop_oneof![Just(Upkeep::Maintain), Just(Upkeep::Afresh), (0..40u64).prop_map(Upkeep::Within)];
    let (ways, masks) = (prop::collection::vec(way, 1..=5), prop::collection::vec(any::<u32>(), 1..=3));
    check(100, &(program_and_edits(), masks, ways, 1..=2usize), |((program, epochs), masks, ways, workers)| {
        // A made-up program is now and then refused: two aggregates share a name.
        let Ok(Compiled { program: all, plan }) = compile(&program.text()) else { return Ok(()) };
        let (mut live, mut naive) = (Live::new(plan, workers), Naive::new(all));
        live.watch_all();
        live.vary_upkeep(ways.clone());
        for (number, epoch) in epochs.iter().enumerate() {
            if number % 3 == 2 {
                let Ok(part) = compile(&program.with_clauses(masks[number % masks.len()])) else { return Ok(()) };
                live.set_plan(part.plan);
                naive.set_program(part.program);
            }
            apply(&mut live, epoch);
            apply(&mut naive, epoch);
            for fork in naive.forks() {
                let what = format!("after epoch {number} in fork {fork}, kept current by {ways:?}");
                same(&naive.read(fork), &live.read(fork), &what)?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_question_asked_on_the_spot_has_the_answer_of_rules_that_were_always_there() {
    check(30, &(program_and_edits(), any::<u32>()), |((program, epochs), mask)| {
        let Compiled { program: part, plan } = compiled(&program.with_clauses(mask));
        let mut live = Live::new(plan, 1);
        epochs.iter().for_each(|epoch| apply(&mut live, epoch));
        // The question brings the rules that the model lacks; the facts are the model's.
        let questions = format!("{}{}", program.with_clauses(u32::MAX), program.questions());
        let asked = compiled(&questions);
        let mut naive = Naive::over(compiled(&program.with_clauses(u32::MAX)).program, Facts::stated(&part));
        epochs.iter().for_each(|epoch| apply(&mut naive, epoch));
        let before = everything(&mut live);
        for fork in naive.forks() {
            let expected = naive.read(fork);
            for (shape, answer) in program.shapes.iter().zip(live.ask(fork, &asked.plan)) {
                let expected = expected.get(&*shape.name).cloned().unwrap_or_default();
                prop_assert_eq!(answer, expected, "`{}` in fork {}", shape.name, fork);
            }
        }
        for ((fork, expected), (_, found)) in before.iter().zip(everything(&mut live)) {
            same(expected, &found, &format!("asking altered fork {fork}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_pattern_selects_the_rows_that_agree_with_it() {
    let choices = (any::<u8>(), any::<[u8; 3]>(), any::<u8>());
    check(30, &(program_and_edits(), choices), |((program, epochs), (relation, values, columns))| {
        let mut live = Live::new(compiled(&program.text()).plan, 2);
        epochs.iter().for_each(|epoch| apply(&mut live, epoch));
        let shape = &program.shapes[relation as usize % program.shapes.len()];
        let chosen = |(i, value)| (columns >> i & 1 == 1).then_some(value);
        let pattern: Vec<_> = shape.tuple(&values).into_iter().enumerate().map(chosen).collect();
        for fork in live.forks() {
            let agrees = |t: &Vec<_>| t.iter().zip(&pattern).all(|(v, p)| p.as_ref().is_none_or(|p| p == v));
            let all = live.read(fork).remove(&*shape.name).unwrap_or_default();
            let expected = all.into_iter().filter(agrees).collect();
            prop_assert_eq!(live.select(fork, &shape.name, &pattern), expected);
        }
        Ok(())
    });
}
