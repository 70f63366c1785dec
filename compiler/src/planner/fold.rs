//! Folds: the relation that an aggregate ranges over, and the aggregate of it.
//!
//! An aggregate ranges over the distinct bindings of all variables of its body, wildcards included. Where the body is one
//! atom whose leading columns are the group, the bindings are the tuples, and the relation itself is folded. Everything
//! else gets an input relation with one row a binding:
//!
//! ```text
//! load(s, n) :- n = sum b : { request(i, s, b, _), urgent(i) }.
//!
//! @input:load(s, b, i, @1) :- request(i, s, b, @1), urgent(i).
//! @sum:load(s, n)  is  sum b of @input:load by s
//! ```
//!
//! Group and target come first, then what tells bindings apart: of a relation whose key is known the key, of any other
//! all columns. `min`, `max` and `gap` do not care how often they see a value and keep the group and the target only.

use super::builder::{Builder, Definition, column};
use super::clause::{Scope, atom_variables};
use crate::plan::{self, RelationId};
use crate::program::{Aggregate, AggregateOp, Atom, Constraint, Expr, Literal, VariableId};
use crate::text::{self, Names};
use crate::value::Primitive;
use std::collections::BTreeSet;

/// How many columns that are not needed a relation may have to be folded as it is.
const SPARE: usize = 1;

impl Builder<'_> {
    /// The relation of the groups and their folded values, and the variables of its group columns.
    pub(super) fn fold(&mut self, aggregate: &Aggregate, scope: &mut Scope) -> (RelationId, Vec<VariableId>) {
        let (group, input, target) = match self.folded_as_is(aggregate) {
            Some(found) => found,
            None => self.input(aggregate, scope),
        };
        let mut columns = self.columns(scope, &group);
        columns.push(column("value", result_primitive(aggregate.op)));
        let fold = plan::Aggregate { input, group: group.len(), op: aggregate.op, target };
        (self.step(text::operator(aggregate.op), columns, Definition::Aggregate(fold)), group)
    }

    /// The group as it stands in the relation, the relation, and the place of the target, if the body is one atom that
    /// can be folded as it is.
    fn folded_as_is(&self, aggregate: &Aggregate) -> Option<(Vec<VariableId>, RelationId, Option<usize>)> {
        let [Literal::Positive(atom)] = &aggregate.body[..] else { return None };
        let variables: Vec<VariableId> = atom_variables(atom).collect();
        let distinct: BTreeSet<VariableId> = variables.iter().copied().collect();
        let plain = atom.args.iter().all(|e| matches!(e, Expr::Variable(_) | Expr::Wildcard));
        let (group, rest) = atom.args.split_at_checked(aggregate.outer.len())?;
        let group: Vec<VariableId> =
            group.iter().filter_map(|e| if let Expr::Variable(v) = e { Some(*v) } else { None }).collect();
        let leads = group.len() == aggregate.outer.len() && aggregate.outer.iter().all(|v| group.contains(v));
        if !plain || !leads || distinct.len() < variables.len() {
            return None;
        }
        let target = match &aggregate.target {
            None => None,
            Some(Expr::Variable(v)) => Some(atom.args.iter().position(|e| matches!(e, Expr::Variable(a) if a == v))?),
            Some(_) => return None,
        };
        let needed = usize::from(target.is_some_and(|at| at >= group.len()));
        if ignores_repetition(aggregate.op) && rest.len() > needed + SPARE {
            return None;
        }
        Some((group, atom.relation, target))
    }

    /// An input relation, its group, and the place of the target.
    fn input(&mut self, aggregate: &Aggregate, scope: &mut Scope) -> (Vec<VariableId>, RelationId, Option<usize>) {
        let mut body = aggregate.body.clone();
        let group = aggregate.outer.clone();
        let mut columns = self.columns(scope, &group);
        let mut args: Vec<Expr> = group.iter().map(|v| Expr::Variable(*v)).collect();
        let target = aggregate.target.as_ref().map(|target| {
            columns.push(column("value", target_primitive(aggregate.op)));
            args.push(target.clone());
            group.len()
        });
        if !ignores_repetition(aggregate.op) {
            let mut told: BTreeSet<VariableId> = group.iter().copied().collect();
            told.extend(
                aggregate.target.iter().filter_map(|e| if let Expr::Variable(v) = e { Some(*v) } else { None }),
            );
            let rest = self.bindings(&mut body, told, scope);
            columns.extend(self.columns(scope, &rest));
            args.extend(rest.into_iter().map(Expr::Variable));
        }
        let clauses = self.lower(&args, &body, &mut scope.clone());
        (group, self.step("input", columns, Definition::Clauses(clauses)), target)
    }

    /// The variables that, with those `told` already, tell the bindings of a body apart. Wildcards among them get names.
    fn bindings(&self, body: &mut [Literal], mut told: BTreeSet<VariableId>, scope: &mut Scope) -> Vec<VariableId> {
        let mut rest = Vec::new();
        for literal in body.iter_mut() {
            if let Literal::Constraint(constraint) = literal {
                rest.extend(ranging(constraint).filter(|v| told.insert(*v)));
            }
            let Literal::Positive(atom) = literal else { continue };
            let key = self.key(atom.relation).unwrap_or_else(|| (0..atom.args.len()).collect());
            for i in key {
                if let Expr::Wildcard = atom.args[i] {
                    let primitive = self.relation(atom.relation).columns[i].ty.primitive;
                    atom.args[i] = Expr::Variable(scope.fresh(primitive));
                }
                rest.extend(column_variable(atom, i).filter(|v| told.insert(*v)));
            }
        }
        rest
    }

    /// The aggregate as text, for people.
    pub(super) fn aggregate_text(&self, aggregate: &Aggregate, scope: &Scope) -> String {
        let mut out = String::new();
        text::aggregate(&mut Source { builder: self, scope }, aggregate, &mut out);
        out
    }
}

/// Names as in the source.
struct Source<'a, 'b> {
    builder: &'a Builder<'b>,
    scope: &'a Scope,
}

impl Names for Source<'_, '_> {
    fn relation(&mut self, id: RelationId) -> String {
        self.builder.relation(id).name.to_string()
    }

    fn variable(&mut self, id: VariableId) -> String {
        self.scope.get(id).name.to_string()
    }
}

/// The variable that takes each value of a range.
fn ranging(constraint: &Constraint) -> Option<VariableId> {
    match (&constraint.left, &constraint.right) {
        (Expr::Variable(v), Expr::Range(_)) | (Expr::Range(_), Expr::Variable(v)) => Some(*v),
        _ => None,
    }
}

fn column_variable(atom: &Atom, column: usize) -> Option<VariableId> {
    if let Expr::Variable(v) = atom.args[column] { Some(v) } else { None }
}

/// Whether the value is the same however often each target is seen.
fn ignores_repetition(op: AggregateOp) -> bool {
    matches!(op, AggregateOp::Min(_) | AggregateOp::Max(_) | AggregateOp::Gap(_))
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
