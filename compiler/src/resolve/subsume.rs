//! Subsumption clauses.
//!
//! `r(k, a1, b1) <= r(k, a2, b2) :- a2 < a1 ; a2 = a1, b2 <= b1.` keeps, of the tuples with one `k`, the one that comes
//! first by `a`, then by `b`. Columns whose two sides are one variable are the key; where the conditions of all clauses of
//! a relation together are the steps of one lexicographic comparison, they are an order per key ([`Subsumption`]), which
//! can be maintained under change. All other clauses say of pairs of tuples which one goes ([`Domination`]).

use super::Resolver;
use super::draft::*;
use super::expand::Conjunct;
use crate::ast::{self, CompareOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::functor::Comparison;
use crate::program::{
    Constraint, Direction, Domination, Expr, Literal, Program, RelationId, Rule, Subsumption, Variable, VariableId,
};
use crate::span::Span;
use std::collections::BTreeSet;

/// One alternative of a condition: these columns are equal, and the right tuple's column is better.
struct Step {
    equal: BTreeSet<usize>,
    column: usize,
    direction: Direction,
    strict: bool,
}

/// The subsumption clauses of one relation.
struct Clauses {
    relation: RelationId,
    span: Span,
    /// The steps, or why the clauses are not an order per key.
    steps: Result<Vec<Step>, &'static str>,
    dominations: Vec<Rule>,
}

impl Resolver {
    /// All subsumption clauses of the program.
    pub(super) fn subsumptions(&mut self, clauses: &[(&ast::Subsumption, Span)]) {
        let mut relations: Vec<Clauses> = Vec::new();
        for (clause, span) in clauses {
            let Some(read) = self.clauses(clause, *span) else { continue };
            match relations.iter_mut().find(|known| known.relation == read.relation) {
                Some(known) => {
                    known.dominations.extend(read.dominations);
                    match (&mut known.steps, read.steps) {
                        (Ok(steps), Ok(more)) => steps.extend(more),
                        (steps, Err(reason)) => *steps = Err(reason),
                        (Err(_), Ok(_)) => {}
                    }
                }
                None => relations.push(read),
            }
        }
        for Clauses { relation, span, steps, dominations } in relations {
            self.dominable(relation, span);
            if let Err(reason) = steps.and_then(|steps| self.order(relation, span, steps)) {
                let domination = |rule| Domination { relation, rule, reason };
                self.program.dominations.extend(dominations.into_iter().map(domination));
            }
        }
    }

    /// Whether tuples of the relation may go in favour of others.
    fn dominable(&mut self, id: RelationId, span: Span) {
        let relation = self.program.relation(id);
        let other = match self.storage.get(&id) {
            Some(storage) if &*storage.text != "btree_delete" => {
                Some((format!("stored as `{storage}`"), storage.span()))
            }
            _ if !relation.choices.is_empty() => Some(("a choice domain".to_string(), relation.span)),
            _ => None,
        };
        if let Some((what, at)) = other {
            let message = format!("relation `{}` has subsumption clauses and is {what}", relation.name);
            let diagnostic = Diagnostic::error(codes::QUALIFIER_CONFLICT, message, span, "takes tuples away");
            self.report(diagnostic.also(at, "keeps them").help("drop the qualifier, or the subsumption"));
        }
    }

    /// What one clause says; none if something was reported.
    fn clauses(&mut self, clause: &ast::Subsumption, span: Span) -> Option<Clauses> {
        let alternatives = self.expand(&clause.body)?;
        if clause.left.name != clause.right.name {
            let message = "subsumption compares tuples of two relations";
            let help = "write the same relation on both sides of `<=`";
            self.report(Diagnostic::error(codes::SUBSUMPTION_SHAPE, message, clause.right.name.span(), "").help(help));
            return None;
        }
        let mut clauses: Option<Clauses> = None;
        for conjunction in &alternatives {
            // Both heads as atoms of a body: arities and types are checked, and names numbered, as in any rule.
            let mut all = vec![Conjunct::Atom(&clause.left, true), Conjunct::Atom(&clause.right, true)];
            all.extend(conjunction);
            let mut draft = self.draft(Some(&clause.left), &all, span);
            super::infer::infer(self, &mut draft);
            let nominal = super::nominal::nominal(self, &draft);
            if draft.broken {
                return None;
            }
            draft.head.iter_mut().for_each(|head| head.args.clear());
            let unsafe_parts = super::safety::check(&draft, super::safety::Kind::Rule);
            if !unsafe_parts.is_empty() {
                self.diagnostics.extend(unsafe_parts);
                return None;
            }
            let step = step(&draft);
            let relation = draft.head.as_ref()?.relation?;
            let lowered = super::lower::rule(self, draft, &nominal);
            if let Some((_, at)) = lowered.iter().flat_map(|(_, counters)| counters).next() {
                self.report(super::counter::misplaced(*at, "a subsumption"));
            }
            let rule = lowered.map(|(rule, _)| pairs(rule, &self.program));
            let clauses = clauses.get_or_insert(Clauses { relation, span, steps: Ok(vec![]), dominations: vec![] });
            clauses.dominations.extend(rule);
            match (&mut clauses.steps, step) {
                (Ok(steps), Ok(step)) => steps.push(step),
                (steps, Err(reason)) => *steps = Err(reason),
                (Err(_), Ok(_)) => {}
            }
        }
        clauses
    }

    /// Puts the steps of a relation together.
    fn order(&mut self, relation: RelationId, span: Span, mut steps: Vec<Step>) -> Result<(), &'static str> {
        const UNORDERED: &str = "it is not one lexicographic comparison";
        steps.sort_by_key(|step| step.equal.len());
        let key = steps.first().map(|first| first.equal.clone()).ok_or(UNORDERED)?;
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
                return Err(UNORDERED);
            }
            if !step.strict && index + 1 < steps.len() {
                return Err("it compares by `<=` where a further column decides");
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
        Ok(())
    }
}

/// The step of an order that one conjunction is, or why it is none.
fn step(draft: &Draft) -> Result<Step, &'static str> {
    let [DraftLiteral::Atom(left, _), DraftLiteral::Atom(right, _), body @ ..] = draft.body.as_slice() else {
        return Err("its condition never holds");
    };
    let mut equal = key(left, right)?;
    let columns = Columns { left, right };
    let mut compared = Vec::new();
    for literal in body {
        match columns.comparison(literal) {
            Some((column, None, _)) => {
                equal.insert(column);
            }
            Some((column, Some(direction), strict)) => compared.push((column, direction, strict)),
            None => return Err("it has a condition that does not compare the two tuples' columns"),
        }
    }
    match compared.as_slice() {
        _ if draft.never => Err("its condition never holds"),
        [(column, direction, strict)] => Ok(Step { equal, column: *column, direction: *direction, strict: *strict }),
        [] => Err("it has an alternative without a comparison"),
        _ => Err("it compares several columns at once, which leaves some tuples unordered"),
    }
}

/// The rule that derives the pairs: its first two atoms have a variable in each column, and these are its head's.
fn pairs(mut rule: Rule, program: &Program) -> Rule {
    let mut args = Vec::new();
    let mut equalities = Vec::new();
    // What takes a record apart stands before its atom.
    for place in 0..2 {
        let atom = |literal: &Literal| matches!(literal, Literal::Positive(_));
        if let Some(found) = rule.body.iter().skip(place).position(atom) {
            rule.body[place..=place + found].rotate_right(1);
        }
    }
    for literal in rule.body.iter_mut().take(2) {
        let Literal::Positive(atom) = literal else { continue };
        for (column, arg) in atom.args.iter_mut().enumerate() {
            if !matches!(arg, Expr::Variable(_)) {
                let named = Expr::Variable(VariableId(rule.variables.len() as u32));
                let primitive = program.relation(atom.relation).columns[column].ty.primitive;
                rule.variables.push(Variable { name: format!("@{}", rule.variables.len()).into(), primitive });
                let right = std::mem::replace(arg, named.clone());
                if !matches!(right, Expr::Wildcard) {
                    let (comparison, left, span) = (Comparison::Equal, named, atom.span);
                    equalities.push(Literal::Constraint(Constraint { comparison, left, right, span }));
                }
            }
            args.push(arg.clone());
        }
    }
    rule.body.extend(equalities);
    Rule { args, ..rule }
}

/// Columns whose two sides are one variable.
fn key(left: &DraftAtom, right: &DraftAtom) -> Result<BTreeSet<usize>, &'static str> {
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
            _ => return Err("its heads are not plain variables, each in one column"),
        }
    }
    Ok(key)
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
