//! Subsumption clauses that are an order per key.
//!
//! `r(k, a1, b1) <= r(k, a2, b2) :- a2 < a1 ; a2 = a1, b2 <= b1.` keeps, of the tuples with one `k`, the one that comes
//! first by `a`, then by `b`. Columns whose two sides are one variable are the key; the conditions of all clauses of a
//! relation together must be the steps of one lexicographic comparison. Such an order can be maintained under change;
//! anything else is refused.

use super::Resolver;
use super::draft::*;
use super::expand::Conjunct;
use crate::ast::{self, CompareOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{Direction, RelationId, Subsumption};
use crate::span::Span;
use std::collections::BTreeSet;

/// One alternative of a condition: these columns are equal, and the right tuple's column is better.
struct Step {
    equal: BTreeSet<usize>,
    column: usize,
    direction: Direction,
    strict: bool,
    span: Span,
}

impl Resolver {
    /// All subsumption clauses of the program.
    pub(super) fn subsumptions(&mut self, clauses: &[(&ast::Subsumption, Span)]) {
        let mut relations: Vec<(RelationId, Span, Vec<Step>)> = Vec::new();
        for (clause, span) in clauses {
            let Some((relation, steps)) = self.steps(clause, *span) else { continue };
            match relations.iter_mut().find(|(known, _, _)| *known == relation) {
                Some((_, _, all)) => all.extend(steps),
                None => relations.push((relation, *span, steps)),
            }
        }
        for (relation, span, steps) in relations {
            self.order(relation, span, steps);
        }
    }

    fn shape(&mut self, span: Span, what: &str) {
        self.report(Diagnostic::error(codes::SUBSUMPTION_SHAPE, format!("subsumption {what}"), span, "").help(
            "supported is one comparison per key, `r(k, a) <= r(k, b) :- b <= a.`, or a lexicographic one, \
                 `... :- b1 < a1 ; b1 = a1, b2 <= a2.`",
        ));
    }

    /// The steps of one clause; none if something was reported.
    fn steps(&mut self, clause: &ast::Subsumption, span: Span) -> Option<(RelationId, Vec<Step>)> {
        let alternatives = self.expand(&clause.body)?;
        if clause.left.name != clause.right.name {
            self.shape(clause.right.name.span(), "compares tuples of two relations");
            return None;
        }
        let mut steps = Vec::new();
        let mut relation = None;
        for conjunction in &alternatives {
            // Both heads as atoms of a body: arities and types are checked, and names numbered, as in any rule.
            let mut all = vec![Conjunct::Atom(&clause.left, true), Conjunct::Atom(&clause.right, true)];
            all.extend(conjunction);
            let mut draft = self.draft(&clause.left.name.text, None, &all, span);
            super::infer::infer(self, &mut draft);
            super::nominal::nominal(self, &draft);
            if draft.broken {
                return None;
            }
            let unsafe_parts = super::safety::check(&draft, super::safety::Kind::Rule);
            if !unsafe_parts.is_empty() {
                self.diagnostics.extend(unsafe_parts);
                return None;
            }
            let [DraftLiteral::Atom(left, _), DraftLiteral::Atom(right, _), body @ ..] = draft.body.as_slice() else {
                return None;
            };
            relation = left.relation;
            let mut equal = self.key(left, right)?;
            let columns = Columns { left, right };
            let mut compared = Vec::new();
            for literal in body {
                match columns.comparison(literal) {
                    Some((column, None, _)) => {
                        equal.insert(column);
                    }
                    Some((column, Some(direction), strict)) => compared.push((column, direction, strict)),
                    None => {
                        self.shape(
                            literal_span(literal),
                            "has a condition that does not compare the two tuples' columns",
                        );
                        return None;
                    }
                }
            }
            match compared.as_slice() {
                [(column, direction, strict)] => {
                    steps.push(Step { equal, column: *column, direction: *direction, strict: *strict, span });
                }
                [] => {
                    self.shape(clause.body.span(), "has an alternative without a comparison");
                    return None;
                }
                _ => {
                    self.shape(
                        clause.body.span(),
                        "compares several columns at once, which leaves some tuples unordered",
                    );
                    return None;
                }
            }
        }
        Some((relation?, steps))
    }

    /// Columns whose two sides are one variable.
    fn key(&mut self, left: &DraftAtom, right: &DraftAtom) -> Option<BTreeSet<usize>> {
        let mut key = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for (column, (l, r)) in left.args.iter().zip(&right.args).enumerate() {
            match (&l.kind, &r.kind) {
                (DraftKind::Variable(a), DraftKind::Variable(b)) if a == b && seen.insert(*a) => {
                    key.insert(column);
                }
                (DraftKind::Variable(a), DraftKind::Variable(b)) if a != b && seen.insert(*a) && seen.insert(*b) => {}
                (DraftKind::Wildcard, DraftKind::Wildcard) => {}
                (DraftKind::Variable(a), DraftKind::Wildcard) | (DraftKind::Wildcard, DraftKind::Variable(a))
                    if seen.insert(*a) => {}
                _ => {
                    self.shape(l.span.to(r.span), "has heads that are not plain variables, each in one column");
                    return None;
                }
            }
        }
        Some(key)
    }

    /// Puts the steps of a relation together.
    fn order(&mut self, relation: RelationId, span: Span, mut steps: Vec<Step>) {
        steps.sort_by_key(|step| step.equal.len());
        let key: BTreeSet<usize> = match steps.first() {
            Some(first) => first.equal.clone(),
            None => return,
        };
        let mut expected = key.clone();
        let mut order: Vec<(usize, Direction)> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if order.last() == Some(&(step.column, step.direction))
                && step.strict
                && steps[index - 1].equal == step.equal
            {
                continue;
            }
            if step.equal != expected || expected.contains(&step.column) {
                self.shape(step.span, "is not one lexicographic comparison");
                return;
            }
            if !step.strict && index + 1 < steps.len() {
                self.shape(step.span, "compares by `<=` where a further column decides: write `<` there");
                return;
            }
            order.push((step.column, step.direction));
            expected.insert(step.column);
        }
        let strict = steps.last().is_some_and(|step| step.strict);
        let columns = self.program.relation(relation).columns.len();
        if !strict && expected.len() < columns {
            let open = (0..columns).find(|column| !expected.contains(column)).unwrap_or(0);
            let column = self.program.relation(relation).columns[open].name.clone();
            self.report(
                Diagnostic::warning(
                    codes::SUBSUMPTION_TIES,
                    format!("subsumption by `<=` does not say which of two tuples goes that differ in `{column}` only"),
                    span,
                    "both stay",
                )
                .help(format!("write `<` if both shall stay, or compare `{column}`, too")),
            );
        }
        self.program.subsumptions.push(Subsumption { relation, key: key.into_iter().collect(), order, span });
    }
}

struct Columns<'a> {
    left: &'a DraftAtom,
    right: &'a DraftAtom,
}

impl Columns<'_> {
    fn side(&self, expr: &DraftExpr) -> Option<(usize, bool)> {
        let DraftKind::Variable(variable) = expr.kind else { return None };
        let find = |atom: &DraftAtom| {
            atom.args.iter().position(|arg| matches!(arg.kind, DraftKind::Variable(v) if v == variable))
        };
        match (find(self.left), find(self.right)) {
            (Some(column), None) => Some((column, false)),
            (None, Some(column)) => Some((column, true)),
            _ => None,
        }
    }

    /// A comparison of a column of both tuples: in which direction the right tuple is better (none for equality), and
    /// whether strictly.
    fn comparison(&self, literal: &DraftLiteral) -> Option<(usize, Option<Direction>, bool)> {
        let DraftLiteral::Test(DraftTest { test: Test::Compare(operator), positive, left, right, .. }) = literal else {
            return None;
        };
        let ((a, a_right), (b, b_right)) = (self.side(left)?, self.side(right)?);
        if a != b || a_right == b_right {
            return None;
        }
        use CompareOperator::*;
        let operator = match (operator, positive) {
            (Less, true) | (GreaterEqual, false) => Less,
            (LessEqual, true) | (Greater, false) => LessEqual,
            (Greater, true) | (LessEqual, false) => Greater,
            (GreaterEqual, true) | (Less, false) => GreaterEqual,
            (Equal, true) | (NotEqual, false) => return Some((a, None, false)),
            _ => return None,
        };
        let right_is_less = matches!(operator, Less | LessEqual) == a_right;
        let direction = if right_is_less { Direction::Least } else { Direction::Greatest };
        Some((a, Some(direction), matches!(operator, Less | Greater)))
    }
}

fn literal_span(literal: &DraftLiteral) -> Span {
    match literal {
        DraftLiteral::Atom(atom, _) => atom.span,
        DraftLiteral::Test(test) => test.span,
    }
}
