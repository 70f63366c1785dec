//! `.test` blocks: facts and expectations, resolved like any other clause and kept apart from the program.

use super::inline::Bodies;
use super::{BUDGET, Resolver};
use crate::ast::{self, Atom, Clause, ItemKind};
use crate::program::{Expectation, Program, Relation, RelationId, Test};
use crate::span::Span;
use std::sync::Arc;

/// How much there is of a program.
pub(super) struct Extent {
    relations: usize,
    pub(super) rules: usize,
    pub(super) facts: usize,
    queries: usize,
}

impl Extent {
    pub(super) fn of(program: &Program) -> Self {
        Extent {
            relations: program.relations.len(),
            rules: program.rules.len(),
            facts: program.facts.len(),
            queries: program.queries.len(),
        }
    }
}

impl Resolver {
    /// Resolves the tests of a program whose clauses have all been resolved.
    pub(super) fn tests<'a>(&mut self, tests: impl Iterator<Item = (&'a ast::Test, Span)>, inlined: &Bodies) {
        for (test, span) in tests {
            let before = Extent::of(&self.program);
            let expectations = self.expectations(test);
            let rules = self.program.rules.split_off(before.rules);
            let rules = self.all_expanded(rules, inlined);
            self.program.rules.extend(rules);
            let own = self.program.strata.clone();
            self.stratify();
            let strata = std::mem::replace(&mut self.program.strata, own);
            let relations = self.forget(&before);
            let program = &mut self.program;
            program.queries.truncate(before.queries);
            let rules = program.rules.split_off(before.rules);
            let facts = program.facts.split_off(before.facts);
            let name = test.name.value.clone();
            program.tests.push(Test { name, span, relations, rules, facts, strata, expectations });
        }
    }

    /// Takes the relations of a test, or of scenarios, out of the program again.
    pub(super) fn forget(&mut self, before: &Extent) -> Vec<Relation> {
        self.columns.truncate(before.relations);
        self.names.retain(|_, id| (id.0 as usize) < before.relations);
        self.program.relations.split_off(before.relations)
    }

    fn expectations(&mut self, test: &ast::Test) -> Vec<Expectation> {
        let mut expectations = Vec::new();
        for item in &test.items {
            self.budget = BUDGET;
            match &item.kind {
                ItemKind::Clause(clause) => self.clause(clause, item.at.0),
                ItemKind::Expect(ast::Expectation::Holds(body)) => {
                    let queries = self.program.queries.len();
                    self.query(body, item.at.0);
                    let found = self.program.queries.get(queries).copied();
                    expectations.extend(found.map(|query| Expectation::Holds { query, span: item.at.0 }));
                }
                ItemKind::Expect(ast::Expectation::Only(atoms)) => self.only(atoms, item.at.0, &mut expectations),
                _ => {}
            }
        }
        expectations
    }

    /// The tuples that a relation is to have are facts of a relation of their own.
    fn only(&mut self, atoms: &[Atom], span: Span, expectations: &mut Vec<Expectation>) {
        let mut pairs: Vec<(RelationId, RelationId)> = Vec::new();
        for atom in atoms {
            let (rules, facts) = (self.program.rules.len(), self.program.facts.len());
            self.clause(&Clause { heads: vec![atom.clone()], body: None }, atom.at.0);
            let Some(actual) = self.names.get(&atom.name.text).copied() else { continue };
            let expected = match pairs.iter().find(|(known, _)| *known == actual) {
                Some((_, expected)) => *expected,
                None => {
                    let expected = self.twin(actual, span);
                    pairs.push((actual, expected));
                    expected
                }
            };
            self.program.rules[rules..].iter_mut().for_each(|rule| rule.head = expected);
            self.program.facts[facts..].iter_mut().for_each(|fact| fact.relation = expected);
        }
        let only = |(actual, expected)| Expectation::Only { actual, expected, span };
        expectations.extend(pairs.into_iter().map(only));
    }

    /// A relation with the columns of another one.
    fn twin(&mut self, of: RelationId, span: Span) -> RelationId {
        let columns = self.program.relation(of).columns.iter().map(|column| column.name.clone());
        let columns = columns.zip(self.columns[of.0 as usize].clone()).collect();
        let name: Arc<str> = format!("@expected.{}", self.program.relations.len()).into();
        self.add_relation(name, columns, String::new(), span)
    }
}
