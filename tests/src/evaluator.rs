//! The evaluators, seen alike: edits go in, an epoch closes, relations are read, in the base and in every fork.

use crate::database::Database;
use crate::random::Edit;
pub use crate::random::edits::Facts;
use crate::random::edits::nothing;
use crate::{naive, plan_interpreter};
use compiler::plan::Plan;
use compiler::program::Program;
use std::sync::Arc;

/// One way to find out what a program derives.
pub trait Evaluator {
    /// Takes an edit into the open epoch.
    fn edit(&mut self, edit: &Edit);

    /// Closes the epoch.
    fn commit(&mut self);

    /// All relations of the program in a fork (0 is the base), without auxiliary ones.
    fn read(&mut self, fork: usize) -> Database;

    /// The forks that live, with the base.
    fn forks(&self) -> Vec<usize>;
}

/// [`naive`], from scratch each time.
pub struct Naive {
    program: Program,
    facts: Facts,
}

impl Naive {
    /// Over the facts of the program's text, which from here on are facts like others and can be retracted.
    pub fn new(program: Program) -> Naive {
        let facts = Facts::stated(&program);
        Naive::over(program, facts)
    }

    /// Other rules, and other facts of the text, from now on.
    pub fn set_program(&mut self, program: Program) {
        self.facts.restate(&program);
        self.program = program;
        self.program.facts.clear();
    }

    /// Over given facts, and none of the text.
    pub fn over(mut program: Program, facts: Facts) -> Naive {
        program.facts.clear();
        Naive { program, facts }
    }
}

impl Evaluator for Naive {
    fn edit(&mut self, edit: &Edit) {
        self.facts.apply(edit, &|facts| naive::evaluate(&self.program, facts));
    }

    fn commit(&mut self) {}

    fn read(&mut self, fork: usize) -> Database {
        let derive = |facts: &Database| naive::evaluate(&self.program, facts);
        without_auxiliaries(derive(&self.facts.facts(fork, &derive)))
    }

    fn forks(&self) -> Vec<usize> {
        std::iter::once(0).chain(self.facts.forks()).collect()
    }
}

/// [`plan_interpreter`], from scratch each time.
pub struct PlanInterpreter {
    plan: Plan,
    facts: Facts,
}

impl PlanInterpreter {
    /// Over the facts of the plan, which from here on are facts like others and can be retracted.
    pub fn new(mut plan: Plan) -> PlanInterpreter {
        let facts = stated(&mut plan);
        PlanInterpreter { plan, facts }
    }
}

/// Takes the facts out of a plan.
pub(crate) fn stated(plan: &mut Plan) -> Facts {
    let mut facts = Facts::default();
    for (id, values) in std::mem::take(&mut plan.facts) {
        let tuple = values.iter().map(Into::into).collect();
        facts.apply(&Edit::Insert(0, given_as(plan, id), tuple), &nothing);
    }
    facts
}

/// The name under which users give the facts of a base relation.
fn given_as(plan: &Plan, base: compiler::plan::RelationId) -> Arc<str> {
    let relation = plan.relations.iter().find(|r| r.base == Some(base) && !r.name.starts_with('@'));
    relation.unwrap_or(plan.relation(base)).name.clone()
}

impl Evaluator for PlanInterpreter {
    fn edit(&mut self, edit: &Edit) {
        self.facts.apply(edit, &|facts| plan_interpreter::evaluate(&self.plan, facts));
    }

    fn commit(&mut self) {}

    fn read(&mut self, fork: usize) -> Database {
        let derive = |facts: &Database| plan_interpreter::evaluate(&self.plan, facts);
        without_auxiliaries(derive(&self.facts.facts(fork, &derive)))
    }

    fn forks(&self) -> Vec<usize> {
        std::iter::once(0).chain(self.facts.forks()).collect()
    }
}

/// The relations that a program names, without those that evaluating it needs besides.
pub fn without_auxiliaries(mut database: Database) -> Database {
    database.retain(|name, _| !name.starts_with('@'));
    database
}
