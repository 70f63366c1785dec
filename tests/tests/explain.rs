//! Explanations, over made-up programs: every proof is right in each step, of least height, and sufficient.

use compiler::planner::not_live;
use compiler::program::Program;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use runtime::Symbols;
use runtime::explain::{How, Proof, Why};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tests::cases::check;
use tests::compiled::{Compiled, compile};
use tests::database::{Database, Tuple, show};
use tests::evaluator::{Evaluator, Facts, Naive};
use tests::live::Live;
use tests::once::Explained;
use tests::proofs::Reading;
use tests::random::edits::nothing;
use tests::random::{Edit, Epochs, RandomProgram, raw_edits, raw_program};
use tests::rounds::{Heights, Rounds};

fn program_and_edits() -> impl Strategy<Value = (RandomProgram, Epochs)> {
    (raw_program(), raw_edits()).prop_map(|(program, edits)| {
        let program = program.read();
        let edits = edits.read(&program.inputs());
        (program, edits)
    })
}

fn compiled(text: &str) -> Compiled {
    compile(text).unwrap_or_else(|diagnostics| panic!("a random program is a right program:\n{text}\n{diagnostics}"))
}

/// A model to be explained, and what is known of it by other ways.
struct Judged<'a> {
    program: &'a Program,
    facts: Database,
    full: Database,
    rounds: Rounds,
    heights: Heights,
}

impl Judged<'_> {
    fn new(program: &Program, facts: Database, full: Database) -> Judged<'_> {
        let rounds = Rounds::new(program, full.clone());
        let heights = rounds.heights(&facts);
        Judged { program, facts, full, rounds, heights }
    }

    /// Holds what is said of every tuple against heights found by brute force, against the rules, and against what its
    /// facts alone derive.
    fn judge(&self, symbols: &Symbols, mut why: impl FnMut(&str, &Tuple) -> Why) -> TestCaseResult {
        for (name, tuples) in &self.full {
            for tuple in tuples {
                let shown = show(name, tuple);
                let height = self.heights.get(name).and_then(|heights| heights.get(tuple));
                match (why(name, tuple), height) {
                    (Why::Proof(proof), Some(height)) => {
                        prop_assert_eq!(proof.height, *height, "the height of {}", &shown);
                        self.judge_proof(symbols, &proof, name, tuple)
                            .map_err(|what| TestCaseError::fail(format!("{shown}: {what}")))?;
                    }
                    (Why::Displaced, None) => {}
                    (other, height) => prop_assert!(false, "{shown} of height {height:?}: {other:?}"),
                }
            }
        }
        Ok(())
    }

    fn judge_proof(&self, symbols: &Symbols, proof: &Proof, name: &str, tuple: &Tuple) -> Result<(), String> {
        let reading = Reading { program: self.program, full: &self.full, facts: &self.facts, symbols };
        reading.check(proof)?;
        let root = &proof.nodes[0];
        if reading.tuple(root.relation, &root.row) != *tuple {
            return Err("it proves another tuple".into());
        }
        let mut cited = Database::new();
        for node in proof.nodes.iter().filter(|node| matches!(node.how, How::Given(_))) {
            let relation = self.program.relation(node.relation).name.clone();
            cited.entry(relation).or_default().insert(reading.tuple(node.relation, &node.row));
        }
        let reached = self.rounds.heights(&cited);
        if reached.get(name).and_then(|heights| heights.get(tuple)) != Some(&proof.height) {
            return Err(format!("the facts that it cites do not derive it in {} rounds: {cited:?}", proof.height));
        }
        Ok(())
    }
}

fn without_auxiliaries(mut database: Database) -> Database {
    database.retain(|name, _| !name.starts_with('@'));
    database
}

/// What the edits amount to in the base.
fn facts_after(program: &Program, epochs: &Epochs) -> Database {
    let mut facts = Facts::stated(program);
    epochs.iter().flatten().for_each(|edit: &Edit| facts.apply(edit, &nothing));
    facts.facts(0, &nothing)
}

fn whole(program: &Program, facts: &Database) -> Database {
    let mut bare = program.clone();
    bare.facts.clear();
    let mut full = without_auxiliaries(tests::naive::evaluate(&bare, facts));
    for relation in &program.relations {
        full.entry(relation.name.clone()).or_default();
    }
    full
}

#[test]
fn proofs_over_the_answers_of_once_are_right_of_least_height_and_sufficient() {
    check(100, &program_and_edits(), |(program, epochs)| {
        let Compiled { program, plan } = compiled(&program.text());
        let facts = facts_after(&program, &epochs);
        let judged = Judged::new(&program, facts.clone(), whole(&program, &facts));
        let mut once = Explained::new(plan, &facts);
        let symbols = once.symbols().clone();
        judged.judge(&symbols, |name, tuple| once.why(&program, name, tuple))
    });
}

#[test]
fn equivalences_choices_and_partial_orders_are_explained_too() {
    check(100, &(program_and_edits(), any::<[u8; 4]>()), |((program, epochs), marks)| {
        let Compiled { program, plan } = compiled(&program.marked(&marks));
        let facts = facts_after(&program, &epochs);
        let judged = Judged::new(&program, facts.clone(), whole(&program, &facts));
        let mut once = Explained::new(plan, &facts);
        let symbols = once.symbols().clone();
        judged.judge(&symbols, |name, tuple| once.why(&program, name, tuple))
    });
}

#[test]
fn the_live_engine_is_explained_in_every_fork() {
    check(50, &(program_and_edits(), any::<[u8; 4]>(), 1..=2usize), |((program, epochs), marks, workers)| {
        let mut text = program.text();
        let marked = compiled(&program.marked(&marks));
        if not_live(&marked.program).is_empty() {
            text = program.marked(&marks);
        }
        let Compiled { program, plan } = compiled(&text);
        let (mut live, mut naive) = (Live::new(plan, workers), Naive::new(program.clone()));
        let mut facts = Facts::stated(&program);
        for epoch in &epochs {
            epoch.iter().for_each(|edit| {
                live.edit(edit);
                naive.edit(edit);
                facts.apply(edit, &nothing);
            });
            live.commit();
        }
        for fork in naive.forks() {
            let mut full = naive.read(fork);
            for relation in &program.relations {
                full.entry(relation.name.clone()).or_default();
            }
            let judged = Judged::new(&program, facts.facts(fork, &nothing), full);
            let symbols = live.symbols();
            judged.judge(&symbols, |name, tuple| live.why(fork, &program, name, tuple))?;
        }
        Ok(())
    });
}

#[test]
fn the_facts_of_a_proof_alone_derive_its_tuple_where_nothing_is_negated_or_folded() {
    let seen = std::cell::Cell::new(0);
    check(100, &program_and_edits(), |(program, epochs)| {
        let Compiled { program, plan } = compiled(&program.text());
        let facts = facts_after(&program, &epochs);
        let full = whole(&program, &facts);
        let monotone = monotone(&program);
        let mut once = Explained::new(plan, &facts);
        let symbols = once.symbols().clone();
        for (name, tuples) in full.iter().filter(|(name, _)| monotone.contains(*name)) {
            for tuple in tuples {
                let Why::Proof(proof) = once.why(&program, name, tuple) else {
                    return Err(TestCaseError::fail(format!("{} has no proof", show(name, tuple))));
                };
                let reading = Reading { program: &program, full: &full, facts: &facts, symbols: &symbols };
                let mut cited: BTreeMap<Arc<str>, BTreeSet<Tuple>> = BTreeMap::new();
                for node in proof.nodes.iter().filter(|node| matches!(node.how, How::Given(_))) {
                    let relation = program.relation(node.relation).name.clone();
                    cited.entry(relation).or_default().insert(reading.tuple(node.relation, &node.row));
                }
                prop_assert!(whole(&program, &cited)[name].contains(tuple), "{} from {:?}", show(name, tuple), cited);
                seen.set(seen.get() + 1);
            }
        }
        Ok(())
    });
    assert!(seen.get() > 1000, "only {} tuples were of such relations", seen.get());
}

/// The relations that have what they have whatever else there is: nothing that they depend on is negated, folded or
/// subsumed.
fn monotone(program: &Program) -> BTreeSet<Arc<str>> {
    use compiler::program::{Expr, Literal, RelationId};
    let mut monotone: BTreeSet<RelationId> = (0..program.relations.len() as u32).map(RelationId).collect();
    let subsumed: BTreeSet<RelationId> = program.subsumptions.iter().map(|s| s.relation).collect();
    monotone.retain(|id| !subsumed.contains(id));
    let fine = |literal: &Literal, monotone: &BTreeSet<RelationId>| match literal {
        Literal::Positive(atom) => monotone.contains(&atom.relation),
        Literal::Negative(_) => false,
        Literal::Constraint(c) => [&c.left, &c.right].iter().all(|side| !matches!(side, Expr::Aggregate(_))),
    };
    loop {
        let wrong = program
            .rules
            .iter()
            .find(|rule| monotone.contains(&rule.head) && !rule.body.iter().all(|literal| fine(literal, &monotone)));
        match wrong {
            Some(rule) => {
                monotone.remove(&rule.head);
            }
            None => return monotone.iter().map(|id| program.relation(*id).name.clone()).collect(),
        }
    }
}

/// Facts with edits made.
fn edited(program: &Program, facts: &Database, edits: &[runtime::explain::Edit], reading: &Reading<'_>) -> Database {
    let mut facts = facts.clone();
    for edit in edits {
        let tuple = reading.tuple(edit.relation, &edit.row);
        let of = facts.entry(program.relation(edit.relation).name.clone()).or_default();
        if edit.insert {
            of.insert(tuple);
        } else {
            of.remove(&tuple);
        }
    }
    facts
}

#[test]
fn remedies_do_what_they_should_and_no_smaller_removal_was_missed() {
    let found = std::cell::Cell::new(0);
    check(25, &(program_and_edits(), any::<[u8; 4]>()), |((program, epochs), choices)| {
        let shapes = program.shapes.clone();
        let Compiled { program, plan } = compiled(&program.text());
        let facts = facts_after(&program, &epochs);
        let full = whole(&program, &facts);
        let mut live = Live::new(plan, 1);
        epochs.iter().flatten().for_each(|edit| live.edit(edit));
        live.commit();
        let symbols = live.symbols();
        let reading = Reading { program: &program, full: &full, facts: &facts, symbols: &symbols };
        for choice in choices {
            let shape = &shapes[choice as usize % shapes.len()];
            let there: Vec<&Tuple> = full[&*shape.name].iter().collect();
            let present = choice & 1 == 1 && !there.is_empty();
            let tuple = match present {
                true => there[choice as usize / 3 % there.len()].clone(),
                false => shape.tuple(&[choice, choice / 5, choice / 7]),
            };
            if present != full[&*shape.name].contains(&tuple) {
                continue;
            }
            let remedies = live.how_to(&program, &shape.name, &tuple, !present);
            for edits in &remedies.found {
                let after = whole(&program, &edited(&program, &facts, edits, &reading));
                let what = format!("{edits:?} for {}", show(&shape.name, &tuple));
                prop_assert_eq!(after[&*shape.name].contains(&tuple), !present, "{}", what);
                found.set(found.get() + 1);
            }
            // A removal is found wherever one retraction is enough.
            if present && remedies.found.first().is_none_or(|edits| edits.len() > 1) && !remedies.stopped {
                for (name, tuples) in &facts {
                    for fact in tuples {
                        let mut without = facts.clone();
                        without.entry(name.clone()).or_default().remove(fact);
                        let holds = whole(&program, &without)[&*shape.name].contains(&tuple);
                        prop_assert!(holds, "retracting {} removes {}", show(name, fact), show(&shape.name, &tuple));
                    }
                }
            }
        }
        Ok(())
    });
    assert!(found.get() > 50, "only {} remedies were found", found.get());
}
