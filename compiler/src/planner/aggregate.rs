//! Aggregates become relations.
//!
//! ```text
//! load(s, n) :- server(s), n = count : { request(s, _) }.
//!
//! @count:load(s, n)  is  count of request by s             the fold, `fold`
//! load(s, n) :- server(s), @count:load(s, n).
//! load(s, 0) :- server(s), !@@count:load:s(s).             count and sum of nothing are 0
//! ```
//!
//! A variable of the outer rule that the body does not ground by itself comes from a *context* relation (`context`).
//!
//! Two things that the outer rule says again are left out. Where a tuple of it is among those that are folded, as in
//! `load(s, n) :- request(s, _), n = count : { request(s, _) }`, there is no group without a value; and where the folded
//! group has a value, there is such a tuple, so that the outer atom need not be joined.
//!
//! Every `count` or `sum` doubles the clauses of its rule. From the third on, and where there is no group at all, the
//! zeros are put into a relation of their own (`@total`) instead.

use super::builder::{Builder, Definition};
use super::clause::{Body, Clause, Scope, atom_variables, grounded, name_calls, rename, split, unify};
use crate::functor::Comparison;
use crate::plan::RelationId;
use crate::program::{Aggregate, AggregateOp, Atom, Constraint, Expr, Literal, VariableId};
use crate::value::{Const, Primitive};
use std::collections::BTreeMap;

/// How many aggregates with a value for nothing may double the clauses of a rule.
const DOUBLING: usize = 2;

impl Builder<'_> {
    /// Lowers a rule, or the body of an aggregate: the clauses without aggregates that mean the same.
    pub(super) fn lower(&mut self, args: &[Expr], body: &[Literal], scope: &mut Scope) -> Vec<Clause> {
        let mut args = args.to_vec();
        let mut body = body.to_vec();
        let same = unify(&mut body);
        args.iter_mut().for_each(|e| rename(e, &same));
        let used = std::mem::replace(&mut self.used, uses(&args, &body));
        let mut split = split(&body);
        super::pattern::open(&mut split);
        // What holds in every clause that this rule becomes.
        let outside = split.body.atoms.clone();
        let mut variants = vec![split.body];
        let mut doubled = 0;
        while !split.aggregates.is_empty() {
            let next = self.next_aggregate(&variants, &split.aggregates);
            let (result, aggregate) = split.aggregates.remove(next);
            let shown = self.aggregate_text(&aggregate, scope).into();
            let text = std::mem::replace(&mut self.text, shown);
            self.lower_aggregate(result, aggregate, &outside, &mut variants, &mut doubled, scope);
            self.text = text;
        }
        self.used = used;
        for body in &mut variants {
            self.project_negations(body);
            name_calls(body, scope, &|id, column| self.relations[id.0 as usize].columns[column].ty.primitive);
        }
        let rule = self.next_rule();
        let clause = |body| Clause { args: args.clone(), body, ..self.clause(rule) };
        variants.into_iter().map(clause).collect()
    }

    /// Wildcards under negation mean that no tuple is there whatever stands in their place: a projection is negated.
    fn project_negations(&mut self, body: &mut Body) {
        for atom in body.negations.iter_mut().filter(|a| a.args.iter().any(|e| matches!(e, Expr::Wildcard))) {
            let kept: Vec<usize> = (0..atom.args.len()).filter(|&i| !matches!(atom.args[i], Expr::Wildcard)).collect();
            atom.relation = self.projection(atom.relation, &kept);
            atom.args.retain(|e| !matches!(e, Expr::Wildcard));
        }
    }

    /// The first aggregate whose context does not wait for the value of another.
    fn next_aggregate(&self, variants: &[Body], aggregates: &[(VariableId, Aggregate)]) -> usize {
        let outside = grounded(&variants[0], &[]);
        let ready = |(_, a): &(VariableId, Aggregate)| ungrounded(a).iter().all(|v| outside.contains(v));
        aggregates.iter().position(ready).unwrap_or(0)
    }

    fn lower_aggregate(
        &mut self,
        result: VariableId,
        mut aggregate: Aggregate,
        outside: &[Atom],
        variants: &mut Vec<Body>,
        doubled: &mut usize,
        scope: &mut Scope,
    ) {
        let span = aggregate.span;
        let atom = |relation: RelationId, vars: &[VariableId]| Atom {
            relation,
            args: vars.iter().map(|v| Expr::Variable(*v)).collect(),
            span,
        };
        let body = aggregate.body.clone();
        let missing = ungrounded(&aggregate);
        if !missing.is_empty() {
            if !variants.iter().all(|body| self.is_context(body, &missing)) {
                self.refused.push((span, scope.get(missing[0]).name.clone()));
            }
            let context = self.context(variants, &missing, scope);
            aggregate.body.insert(0, Literal::Positive(atom(context, &missing)));
        }
        let (folded, group) = self.fold(&aggregate, scope);
        let with_value: Vec<VariableId> = group.iter().copied().chain([result]).collect();
        let used = self.used.clone();
        let some = |variants: &mut Vec<Body>| {
            for variant in variants {
                variant.atoms.retain(|outer| !is_implied(outer, &body, &group, &used));
                variant.atoms.push(atom(folded, &with_value));
            }
        };
        let zero = zero(aggregate.op).filter(|_| !outside.iter().any(|outer| implies(outer, &body, &group)));
        let Some(zero) = zero else { return some(variants) };
        let present = self.projection(folded, &(0..group.len()).collect::<Vec<_>>());
        let absent = atom(present, &group);
        if group.is_empty() || (*doubled == DOUBLING && self.is_context(&variants[0], &group)) {
            let total = self.total(folded, absent, &group, zero, variants, scope);
            variants.iter_mut().for_each(|body| body.atoms.push(atom(total, &with_value)));
            return;
        }
        *doubled += 1;
        let mut without = variants.clone();
        some(variants);
        for body in &mut without {
            body.without.extend(absent.args.iter().cloned());
            body.negations.push(absent.clone());
            body.constraints.push(Constraint {
                comparison: Comparison::Equal,
                left: Expr::Variable(result),
                right: Expr::Const(zero.clone()),
                span,
            });
        }
        variants.append(&mut without);
    }

    /// The groups with their folded values, and zero for the groups of the outer rule that have none.
    fn total(
        &mut self,
        folded: RelationId,
        absent: Atom,
        group: &[VariableId],
        zero: Const,
        variants: &[Body],
        scope: &Scope,
    ) -> RelationId {
        let result = VariableId(group.iter().map(|v| v.0 + 1).max().unwrap_or(0));
        let variables = |ids: &[VariableId]| ids.iter().map(|v| Expr::Variable(*v)).collect::<Vec<_>>();
        let mut args = variables(group);
        args.push(Expr::Variable(result));
        let some =
            Body { atoms: vec![Atom { relation: folded, args: args.clone(), span: self.span }], ..Default::default() };
        let mut none = Body { negations: vec![absent], ..Default::default() };
        if !group.is_empty() {
            let context = self.context(variants, group, scope);
            none.atoms.push(Atom { relation: context, args: variables(group), span: self.span });
        }
        none.without = variables(group);
        let mut zeros = variables(group);
        zeros.push(Expr::Const(zero));
        let rule = self.next_rule();
        let clauses = vec![
            Clause { args, body: some, ..self.clause(rule) },
            Clause { args: zeros, body: none, ..self.clause(rule) },
        ];
        let columns = self.relation(folded).columns.clone();
        self.step("total", columns, Definition::Clauses(clauses))
    }
}

/// The groups of an aggregate that its body does not ground by itself.
fn ungrounded(aggregate: &Aggregate) -> Vec<VariableId> {
    let mut split = split(&aggregate.body);
    super::pattern::open(&mut split);
    let bound = grounded(&split.body, &split.aggregates);
    aggregate.outer.iter().copied().filter(|v| !bound.contains(v)).collect()
}

/// Whether a tuple that matches the outer atom is itself a binding of the body, so that its group is not empty. That
/// takes a body of one atom whose other arguments match anything.
fn implies(outer: &Atom, body: &[Literal], group: &[VariableId]) -> bool {
    let [Literal::Positive(inner)] = body else { return false };
    let locals: Vec<VariableId> = atom_variables(inner).filter(|v| !group.contains(v)).collect();
    let matches = |(inner, outer): (&Expr, &Expr)| match (inner, outer) {
        (Expr::Wildcard, _) => true,
        (Expr::Variable(a), _) if !group.contains(a) => locals.iter().filter(|v| *v == a).count() == 1,
        (Expr::Variable(a), Expr::Variable(b)) => a == b,
        (Expr::Const(a), Expr::Const(b)) => a == b,
        _ => false,
    };
    inner.relation == outer.relation && inner.args.iter().zip(&outer.args).all(matches)
}

/// Whether a group that has a value has a tuple that matches the outer atom, which says nothing more: its variables are
/// of the group, or stand nowhere else.
fn is_implied(outer: &Atom, body: &[Literal], group: &[VariableId], used: &BTreeMap<VariableId, usize>) -> bool {
    let matches = |(inner, outer): (&Expr, &Expr)| match (inner, outer) {
        (_, Expr::Wildcard) => true,
        (_, Expr::Variable(b)) if used.get(b) == Some(&1) => true,
        (Expr::Variable(a), Expr::Variable(b)) => a == b && group.contains(a),
        (Expr::Const(a), Expr::Const(b)) => a == b,
        _ => false,
    };
    body.iter().any(|literal| match literal {
        Literal::Positive(inner) => inner.relation == outer.relation && inner.args.iter().zip(&outer.args).all(matches),
        _ => false,
    })
}

/// How often each variable stands in a rule, aggregates included.
fn uses(args: &[Expr], body: &[Literal]) -> BTreeMap<VariableId, usize> {
    let mut found = BTreeMap::new();
    let mut count = |v: VariableId| *found.entry(v).or_insert(0) += 1;
    args.iter().for_each(|e| super::clause::all_variables(e, &mut count));
    body.iter().for_each(|l| super::clause::literal_variables(l, &mut count));
    found
}

/// The value for nothing, if there is one.
fn zero(op: AggregateOp) -> Option<Const> {
    match op {
        AggregateOp::Count | AggregateOp::Sum(Primitive::Number) => Some(Const::Number(0)),
        AggregateOp::Sum(Primitive::Unsigned) => Some(Const::Unsigned(0)),
        AggregateOp::Sum(Primitive::Float) => Some(Const::Float(0.0)),
        AggregateOp::Sum(Primitive::Symbol | Primitive::Record)
        | AggregateOp::Min(_)
        | AggregateOp::Max(_)
        | AggregateOp::Mean(_)
        | AggregateOp::Gap(_) => None,
    }
}
