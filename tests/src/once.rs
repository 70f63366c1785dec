//! The one-shot evaluator, driven by names and values: from scratch at each reading.

use crate::database::{Database, Tuple, Value};
use crate::evaluator::{Evaluator, Facts, stated, without_auxiliaries};
use crate::random::Edit;
use compiler::plan::Plan;
use compiler::program::{Column, Program};
use runtime::explain::{Evaluated, Limits, Why, why};
use runtime::{Answers, Options, Symbols};

/// How facts are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loading {
    /// A relation at once, in columns.
    AtOnce,
    /// One by one.
    FactByFact,
}

/// A plan and its facts.
pub struct Once {
    plan: Plan,
    facts: Facts,
    workers: usize,
    loading: Loading,
}

impl Once {
    /// Over the facts of the plan, which from here on are facts like others and can be retracted.
    pub fn new(mut plan: Plan, workers: usize, loading: Loading) -> Once {
        let facts = stated(&mut plan);
        Once { plan, facts, workers, loading }
    }
}

/// All relations of a plan over some facts.
fn evaluate(plan: &Plan, facts: &Database, workers: usize, loading: Loading) -> Database {
    let symbols = Symbols::default();
    let mut once = runtime::Once::new(plan.clone(), symbols.clone(), Options { workers });
    for (name, tuples) in facts {
        let base = once.base(name).expect("facts may be given");
        let mut columns = once.columns(base).expect("the relation is known");
        for tuple in tuples {
            let row: Vec<u64> = tuple.iter().map(|v| v.word(&symbols)).collect();
            match loading {
                Loading::AtOnce => columns.push(&row),
                Loading::FactByFact => once.insert(base, &row).expect("the fact fits"),
            }
        }
        once.add(base, columns).expect("the facts fit");
    }
    let mut answers = once.evaluate();
    let mut database = Database::new();
    let read = |name: &str| !name.starts_with('@') || name.starts_with("@scenario:");
    for relation in plan.relations.iter().filter(|r| read(&r.name)) {
        let value = |(word, c): (&u64, &Column)| Value::of(runtime::Value::of(*word, &c.ty, &symbols));
        let rows = answers.rows(&relation.name).expect("the relation is known");
        let set = rows.iter().map(|row| row.iter().zip(&relation.columns).map(value).collect()).collect();
        let count = database.entry(relation.name.clone()).insert_entry(set).get().len();
        assert_eq!(count, rows.len(), "`{}` is a set", relation.name);
    }
    database
}

impl Evaluator for Once {
    fn edit(&mut self, edit: &Edit) {
        self.facts.apply(edit, &|facts| evaluate(&self.plan, facts, self.workers, self.loading));
    }

    fn commit(&mut self) {}

    fn read(&mut self, fork: usize) -> Database {
        let derive = |facts: &Database| evaluate(&self.plan, facts, self.workers, self.loading);
        without_auxiliaries(derive(&self.facts.facts(fork, &derive)))
    }

    fn forks(&self) -> Vec<usize> {
        std::iter::once(0).chain(self.facts.forks()).collect()
    }
}

/// Answers that can be explained.
pub struct Explained {
    answers: Answers,
    symbols: Symbols,
}

impl Explained {
    /// A plan evaluated over facts, and none of its text.
    pub fn new(mut plan: Plan, facts: &Database) -> Explained {
        plan.facts.clear();
        let symbols = Symbols::default();
        let mut once = runtime::Once::new(plan, symbols.clone(), Options::default());
        for (name, tuples) in facts {
            let base = once.base(name).expect("facts may be given");
            for tuple in tuples {
                let row: Vec<u64> = tuple.iter().map(|v| v.word(&symbols)).collect();
                once.insert(base, &row).expect("the fact fits");
            }
        }
        Explained { answers: once.evaluate(), symbols }
    }

    /// The table of symbols.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Why a tuple holds.
    pub fn why(&mut self, program: &Program, name: &str, tuple: &Tuple) -> Why {
        let row: Vec<u64> = tuple.iter().map(|v| v.word(&self.symbols)).collect();
        let relation = program.find(name).expect("the relation is known");
        let mut model = Evaluated::new(&mut self.answers, self.symbols.clone());
        why(program, &mut model, relation, &row, &Limits::default()).expect("the answers can be read")
    }
}
