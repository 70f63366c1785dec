//! Tests of a program's rules: what `.test` blocks state and expect. They are no part of the program: whoever evaluates it
//! sees nothing of them.

use super::{Fact, Program, Relation, RelationId, Rule, Stratum};
use crate::span::Span;
use std::sync::Arc;

/// A `.test` block. The numbers of its own relations follow those of the program's.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows, as its author calls it.
    pub name: Arc<str>,
    /// The block.
    pub span: Span,
    /// Relations that hold what is asked for, and what is expected.
    pub relations: Vec<Relation>,
    /// The rules of these, and facts that are to be computed.
    pub rules: Vec<Rule>,
    /// What is stated, and what is expected.
    pub facts: Vec<Fact>,
    /// The strata of the program together with the test.
    pub strata: Vec<Stratum>,
    /// What must hold, in source order.
    pub expectations: Vec<Expectation>,
}

/// What must hold once everything is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `expect body.`: the relation of the body's answers has a tuple.
    Holds {
        /// The relation of its answers.
        query: RelationId,
        /// The statement.
        span: Span,
    },
    /// `expect only a(1), a(2).`: two relations have the same tuples.
    Only {
        /// The one that is tested.
        actual: RelationId,
        /// The one that holds what is expected.
        expected: RelationId,
        /// The statement.
        span: Span,
    },
}

impl Expectation {
    /// The statement.
    pub fn span(&self) -> Span {
        match self {
            Expectation::Holds { span, .. } | Expectation::Only { span, .. } => *span,
        }
    }
}

impl Program {
    /// The program together with a test of it: its rules over its own facts and those of the test, and no input or output.
    pub fn with(&self, test: &Test) -> Program {
        let mut program = Program { directives: Vec::new(), tests: Vec::new(), invariants: Vec::new(), ..self.clone() };
        program.relations.extend(test.relations.iter().cloned());
        program.rules.extend(test.rules.iter().cloned());
        program.facts.extend(test.facts.iter().cloned());
        program.strata = test.strata.clone();
        program
    }
}
