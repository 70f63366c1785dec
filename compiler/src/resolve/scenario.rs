//! `.scenario` blocks: their edits, resolved like any other clause and kept apart from the program.
//!
//! `+up(h) :- host(h).` becomes a rule of a relation `@scenario:NAME:+up` of the columns of `up`. What an edit reads is
//! the model, so nothing that it does can change what it is derived from.

use super::inline::Bodies;
use super::test::Extent;
use super::types::duplicate;
use super::{BUDGET, Resolver, singleton};
use crate::ast::{self, Atom, Clause, ItemKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{DirectiveKind, Edit, Expr, RelationId, Rule, Scenario, Scenarios};
use crate::span::Span;
use std::sync::Arc;

impl Resolver {
    /// Resolves the scenarios of a program whose clauses have all been resolved.
    pub(super) fn scenarios<'a>(
        &mut self,
        scenarios: impl Iterator<Item = (&'a ast::Scenario, Span)>,
        inlined: &Bodies,
    ) {
        let before = Extent::of(&self.program);
        let mut all: Vec<Scenario> = Vec::new();
        for (scenario, span) in scenarios {
            if let Some(first) = all.iter().find(|known| known.name == scenario.name.text) {
                let first = first.span;
                self.report(duplicate("scenario", &scenario.name).also(first, "first defined here"));
                continue;
            }
            let edits = self.edits(scenario, &before);
            let name = scenario.name.text.clone();
            let doc = scenario.doc.as_ref().map_or("".into(), |doc| doc.value.clone());
            all.push(Scenario { name, doc, span, edits });
        }
        if all.is_empty() {
            return;
        }
        let mut rules = self.program.rules.split_off(before.rules);
        rules.extend(self.program.facts.split_off(before.facts).into_iter().map(|fact| {
            let args = fact.values.into_iter().map(Expr::Const).collect();
            Rule { head: fact.relation, args, body: Vec::new(), variables: Vec::new(), span: fact.span }
        }));
        let rules = self.all_expanded(rules, inlined);
        self.program.rules.extend(rules);
        let own = self.program.strata.clone();
        self.stratify();
        let strata = std::mem::replace(&mut self.program.strata, own);
        let rules = self.program.rules.split_off(before.rules);
        let relations = self.forget(&before);
        self.program.scenarios = Scenarios { all, relations, rules, strata };
    }

    fn edits(&mut self, scenario: &ast::Scenario, before: &Extent) -> Vec<Edit> {
        let mut edits = Vec::new();
        for ast::Edit { insert, item } in &scenario.edits {
            let ItemKind::Clause(clause) = &item.kind else { continue };
            singleton::check(item, &mut self.diagnostics);
            self.budget = BUDGET;
            for head in &clause.heads {
                let one = Clause { heads: vec![head.clone()], body: clause.body.clone() };
                self.edit(&scenario.name.text, *insert, head, &one, item.at.0, &mut edits, before);
            }
        }
        edits
    }

    /// The tuples of an edit are those of a relation of its own.
    #[allow(clippy::too_many_arguments, reason = "what an edit is made of, and what it is added to")]
    fn edit(
        &mut self,
        scenario: &Arc<str>,
        insert: bool,
        head: &Atom,
        clause: &Clause,
        span: Span,
        edits: &mut Vec<Edit>,
        before: &Extent,
    ) {
        let (rules, facts) = (self.program.rules.len(), self.program.facts.len());
        self.clause(clause, span);
        let Some(relation) = self.names.get(&head.name.text).copied() else { return };
        if let Err(diagnostic) = self.editable(relation, head, before) {
            self.report(*diagnostic);
            self.program.rules.truncate(rules);
            self.program.facts.truncate(facts);
            return;
        }
        let known = edits.iter().find(|edit| edit.insert == insert && edit.relation == relation);
        let tuples = known.map(|edit| edit.tuples).unwrap_or_else(|| {
            let columns = self.program.relation(relation).columns.iter().map(|column| column.name.clone());
            let columns = columns.zip(self.columns[relation.0 as usize].clone()).collect();
            let sign = if insert { '+' } else { '-' };
            let name = format!("@scenario:{scenario}:{sign}{}", head.name).into();
            let tuples = self.add_relation(name, columns, String::new(), span);
            edits.push(Edit { insert, relation, tuples });
            tuples
        });
        let of = |head: &RelationId| *head == relation;
        self.program.rules[rules..].iter_mut().filter(|r| of(&r.head)).for_each(|rule| rule.head = tuples);
        self.program.facts[facts..].iter_mut().filter(|f| of(&f.relation)).for_each(|fact| fact.relation = tuples);
    }

    /// Whether facts of a relation are given; otherwise what to say.
    fn editable(&self, relation: RelationId, head: &Atom, before: &Extent) -> Result<(), Box<Diagnostic>> {
        let program = &self.program;
        let name = &head.name;
        let rule = program.rules[..before.rules].iter().find(|rule| rule.head == relation);
        let reason = match rule {
            _ if self.inline.contains(&relation) => (program.relation(relation).span, "it is inline"),
            Some(rule) => (rule.span, "a rule derives it"),
            None => return Ok(()),
        };
        let input = |d: &crate::program::Directive| d.kind == DirectiveKind::Input && d.relation == relation;
        let stated = program.facts[..before.facts].iter().any(|fact| fact.relation == relation);
        if !self.inline.contains(&relation) && (stated || program.directives.iter().any(input)) {
            return Ok(());
        }
        let message = format!("scenario edits `{name}`, which has no facts");
        let diagnostic = Diagnostic::error(codes::NOT_EDITABLE, message, head.at.0, "")
            .also(reason.0, reason.1)
            .help("edit the facts that it follows from");
        Err(Box::new(diagnostic))
    }
}
