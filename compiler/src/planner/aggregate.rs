//! Aggregates become relations.
//!
//! ```text
//! load(s, n) :- server(s), n = count : { request(s, _) }.
//!
//! @input:load(s, @1) :- request(s, @1).                     the bindings, group first
//! @count:load(s, n)   = count of @input:load by s           the fold
//! load(s, n) :- server(s), @count:load(s, n).
//! load(s, 0) :- server(s), !@@count:load(s)(s).             count and sum of nothing are 0
//! ```
//!
//! The input has one row a binding of all variables of the body, wildcards included, because that is what an aggregate
//! ranges over; what the other columns determine is left out, and `min`, `max` and `gap`, which do not care how often they see
//! a value, keep the group and the target only. A variable of the outer rule that the body does not ground by itself
//! comes from a *context* relation, made from as few literals of the outer rule as ground it.
//!
//! Two things that the outer rule says again are left out. Where a tuple of it is among those that are folded, as in
//! `load(s, n) :- request(s, _), n = count : { request(s, _) }`, there is no group without a value; and where the folded
//! group has a value, there is such a tuple, so that the outer atom need not be joined.
//!
//! Every `count` or `sum` doubles the clauses of its rule. From the third on, and where there is no group at all, the
//! zeros are put into a relation of their own (`@total`) instead.

use super::builder::{Builder, Definition, column};
use super::clause::{Body, Clause, Scope, atom_variables, grounded, is_bound, name_calls, rename, split, unify};
use crate::functor::Comparison;
use crate::plan::{self, RelationId};
use crate::program::{Aggregate, AggregateOp, Atom, Constraint, Expr, Literal, VariableId};
use crate::value::{Const, Primitive};
use std::collections::{BTreeMap, BTreeSet};

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
        let mut variants = vec![split.body];
        let mut doubled = 0;
        while !split.aggregates.is_empty() {
            let next = self.next_aggregate(&variants, &split.aggregates);
            let (result, aggregate) = split.aggregates.remove(next);
            self.lower_aggregate(result, aggregate, &mut variants, &mut doubled, scope);
        }
        self.used = used;
        let primitives: Vec<Vec<Primitive>> = self.relations.iter().map(|r| r.primitives().collect()).collect();
        for body in &mut variants {
            self.project_negations(body);
            name_calls(body, scope, &|id, column| primitives[id.0 as usize][column]);
        }
        let (head, span, text) = (self.head, self.span, self.text.clone());
        variants.into_iter().map(|body| Clause { head, args: args.clone(), body, span, text: text.clone() }).collect()
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
        let group = aggregate.outer.clone();
        let folded = self.fold(&aggregate, scope);
        let with_value: Vec<VariableId> = group.iter().copied().chain([result]).collect();
        let used = self.used.clone();
        let some = |variants: &mut Vec<Body>| {
            for variant in variants {
                variant.atoms.retain(|outer| !is_implied(outer, &body, &group, &used));
                variant.atoms.push(atom(folded, &with_value));
            }
        };
        let zero = zero(aggregate.op).filter(|_| !variants[0].atoms.iter().any(|outer| implies(outer, &body, &group)));
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

    /// The relation of the groups and their folded values.
    fn fold(&mut self, aggregate: &Aggregate, scope: &mut Scope) -> RelationId {
        let mut body = aggregate.body.clone();
        let group = aggregate.outer.clone();
        let mut columns = self.columns(scope, &group);
        let mut args: Vec<Expr> = group.iter().map(|v| Expr::Variable(*v)).collect();
        let target = aggregate.target.as_ref().map(|target| {
            let primitive = target_primitive(aggregate.op);
            columns.push(column("value", primitive));
            args.push(target.clone());
            group.len()
        });
        if !matches!(aggregate.op, AggregateOp::Min(_) | AggregateOp::Max(_) | AggregateOp::Gap(_)) {
            let rest = self.bindings(&mut body, &group, aggregate.target.as_ref(), scope);
            columns.extend(self.columns(scope, &rest));
            args.extend(rest.into_iter().map(Expr::Variable));
        }
        let clauses = self.lower(&args, &body, &mut scope.clone());
        let input = self.step("input", columns, Definition::Clauses(clauses));
        let mut columns = self.columns(scope, &group);
        columns.push(column("value", result_primitive(aggregate.op)));
        let fold = plan::Aggregate { input, group: group.len(), op: aggregate.op, target };
        self.step(super::text::operator(aggregate.op), columns, Definition::Aggregate(fold))
    }

    /// Names the wildcards of a body and returns the variables that, with the group and the target, tell its bindings
    /// apart.
    fn bindings(
        &self,
        body: &mut [Literal],
        group: &[VariableId],
        target: Option<&Expr>,
        scope: &mut Scope,
    ) -> Vec<VariableId> {
        let mut seen: BTreeSet<VariableId> = group.iter().copied().collect();
        if let Some(Expr::Variable(v)) = target {
            seen.insert(*v);
        }
        let mut rest = Vec::new();
        for literal in body.iter_mut() {
            let Literal::Positive(atom) = literal else { continue };
            for (i, arg) in atom.args.iter_mut().enumerate() {
                if let Expr::Wildcard = arg {
                    *arg = Expr::Variable(scope.fresh(self.relation(atom.relation).columns[i].ty.primitive));
                }
            }
            rest.extend(atom_variables(atom).filter(|v| seen.insert(*v)));
        }
        rest
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
        let (head, span, text) = (self.head, self.span, self.text.clone());
        let mut zeros = variables(group);
        zeros.push(Expr::Const(zero));
        let clauses = vec![
            Clause { head, args, body: some, span, text: text.clone() },
            Clause { head, args: zeros, body: none, span, text },
        ];
        let columns = self.relation(folded).columns.clone();
        self.step("total", columns, Definition::Clauses(clauses))
    }

    /// Whether the literals outside that do not depend on the rule's own head ground the variables.
    fn is_context(&self, body: &Body, wanted: &[VariableId]) -> bool {
        let atoms = body.atoms.iter().filter(|a| !self.is_recursive(a.relation)).cloned().collect();
        let body = Body { atoms, negations: Vec::new(), constraints: body.constraints.clone() };
        let grounded = grounded(&body, &[]);
        wanted.iter().all(|v| grounded.contains(v))
    }

    /// A relation that holds at least the values that the given variables take in the outer rule.
    fn context(&mut self, variants: &[Body], wanted: &[VariableId], scope: &Scope) -> RelationId {
        let args: Vec<Expr> = wanted.iter().map(|v| Expr::Variable(*v)).collect();
        let mut clauses: Vec<Clause> = Vec::new();
        for body in variants {
            let recursive = !self.is_context(body, wanted);
            let mut needed = Body {
                atoms: body.atoms.iter().filter(|a| recursive || !self.is_recursive(a.relation)).cloned().collect(),
                negations: Vec::new(),
                constraints: body.constraints.iter().filter(|c| c.comparison == Comparison::Equal).cloned().collect(),
            };
            let suffices = |body: &Body| {
                let grounded = grounded(body, &[]);
                wanted.iter().all(|v| grounded.contains(v))
            };
            for i in (0..needed.atoms.len()).rev() {
                let mut fewer = needed.clone();
                fewer.atoms.remove(i);
                if suffices(&fewer) {
                    needed = fewer;
                }
            }
            for i in (0..needed.constraints.len()).rev() {
                let mut fewer = needed.clone();
                fewer.constraints.remove(i);
                if suffices(&fewer) {
                    needed = fewer;
                }
            }
            let mut scope = scope.clone();
            let primitives: Vec<Vec<Primitive>> = self.relations.iter().map(|r| r.primitives().collect()).collect();
            name_calls(&mut needed, &mut scope, &|id, column| primitives[id.0 as usize][column]);
            drop_open_calls(&mut needed);
            let (head, span, text) = (self.head, self.span, self.text.clone());
            clauses.push(Clause { head, args: args.clone(), body: needed, span, text });
        }
        let columns = self.columns(scope, wanted);
        self.step("context", columns, Definition::Clauses(clauses))
    }
}

/// A context may hold more than the outer rule asks for: equalities whose variables it does not ground are let go.
fn drop_open_calls(body: &mut Body) {
    let bound = grounded(body, &[]);
    body.constraints.retain(|c| is_bound(&c.left, &bound) && is_bound(&c.right, &bound));
}

/// The groups of an aggregate that its body does not ground by itself.
fn ungrounded(aggregate: &Aggregate) -> Vec<VariableId> {
    let split = split(&aggregate.body);
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
        AggregateOp::Sum(Primitive::Symbol)
        | AggregateOp::Min(_)
        | AggregateOp::Max(_)
        | AggregateOp::Mean(_)
        | AggregateOp::Gap(_) => None,
    }
}

fn target_primitive(op: AggregateOp) -> Primitive {
    match op {
        AggregateOp::Count => Primitive::Number,
        AggregateOp::Sum(p)
        | AggregateOp::Min(p)
        | AggregateOp::Max(p)
        | AggregateOp::Mean(p)
        | AggregateOp::Gap(p) => p,
    }
}

fn result_primitive(op: AggregateOp) -> Primitive {
    match op {
        AggregateOp::Count => Primitive::Number,
        AggregateOp::Sum(p) | AggregateOp::Min(p) | AggregateOp::Max(p) | AggregateOp::Gap(p) => p,
        AggregateOp::Mean(_) => Primitive::Float,
    }
}
