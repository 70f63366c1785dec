//! Clauses: rules in the form that can be ordered and emitted.
//!
//! A clause has no aggregates, no wildcards under negation, no functors inside positive atoms and no equalities between
//! two variables. What it keeps are positive atoms (of variables, constants and wildcards), negations, constraints, and
//! ranges.

use crate::functor::Comparison;
use crate::plan::RelationId;
use crate::program::{Aggregate, Atom, Constraint, Expr, Literal, Range, Variable, VariableId};
use crate::span::Span;
use crate::value::Primitive;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One conjunction that derives tuples of `head`.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) head: RelationId,
    pub(super) args: Vec<Expr>,
    pub(super) body: Body,
    pub(super) span: Span,
    /// The rule that it comes from, for people.
    pub(super) text: Arc<str>,
    /// Which of the builder's rules it comes from. Clauses of one rule exclude each other: some aggregate has a
    /// value in one and none in the other, for the groups in `without`.
    pub(super) rule: usize,
}

/// A conjunction without aggregates.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub(super) atoms: Vec<Atom>,
    pub(super) negations: Vec<Atom>,
    pub(super) constraints: Vec<Constraint>,
    /// Variables that take each value of a range.
    pub(super) ranges: Vec<(VariableId, Range)>,
    /// The groups of the aggregates that have no value here.
    pub(super) without: Vec<Expr>,
}

/// A conjunction whose aggregates stand apart: each binds its variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    pub(super) body: Body,
    pub(super) aggregates: Vec<(VariableId, Aggregate)>,
}

/// The variables of one rule, to which lowering adds its own.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    variables: Vec<Variable>,
}

impl Scope {
    pub(super) fn new(variables: &[Variable]) -> Self {
        Scope { variables: variables.to_vec() }
    }

    pub(super) fn get(&self, id: VariableId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    pub(super) fn fresh(&mut self, primitive: Primitive) -> VariableId {
        let id = VariableId(self.variables.len() as u32);
        self.variables.push(Variable { name: format!("@{}", id.0).into(), primitive });
        id
    }
}

/// Sorts the literals of a conjunction by what they are.
pub(super) fn split(literals: &[Literal]) -> Split {
    let mut split = Split::default();
    for literal in literals {
        match literal {
            Literal::Positive(atom) => split.body.atoms.push(atom.clone()),
            Literal::Negative(atom) => split.body.negations.push(atom.clone()),
            Literal::Constraint(constraint) => match (&constraint.left, &constraint.right) {
                (Expr::Variable(v), Expr::Aggregate(a)) | (Expr::Aggregate(a), Expr::Variable(v)) => {
                    split.aggregates.push((*v, (**a).clone()));
                }
                (Expr::Variable(v), Expr::Range(r)) | (Expr::Range(r), Expr::Variable(v)) => {
                    split.body.ranges.push((*v, (**r).clone()));
                }
                _ => split.body.constraints.push(constraint.clone()),
            },
        }
    }
    split
}

/// Replaces variables that an equality makes the same by one of them, everywhere in `literals`, and drops those
/// equalities. Returns the replacement for what stands outside.
pub(super) fn unify(literals: &mut Vec<Literal>) -> impl Fn(VariableId) -> VariableId + use<> {
    let mut same: Vec<(VariableId, VariableId)> = Vec::new();
    let root = |same: &[(VariableId, VariableId)], v: VariableId| {
        same.iter().find(|(from, _)| *from == v).map_or(v, |(_, to)| *to)
    };
    literals.retain(|literal| {
        let Literal::Constraint(Constraint {
            comparison: Comparison::Equal,
            left: Expr::Variable(a),
            right: Expr::Variable(b),
            ..
        }) = literal
        else {
            return true;
        };
        let (a, b) = (root(&same, *a), root(&same, *b));
        let (keep, lose) = (a.min(b), a.max(b));
        if keep != lose {
            for (_, to) in same.iter_mut().filter(|(_, to)| *to == lose) {
                *to = keep;
            }
            same.push((lose, keep));
        }
        false
    });
    let replace = move |v: VariableId| root(&same, v);
    for literal in literals.iter_mut() {
        rename_literal(literal, &replace);
    }
    replace
}

fn rename_literal(literal: &mut Literal, to: &dyn Fn(VariableId) -> VariableId) {
    match literal {
        Literal::Positive(atom) | Literal::Negative(atom) => {
            atom.args.iter_mut().for_each(|e| rename(e, to));
        }
        Literal::Constraint(constraint) => {
            rename(&mut constraint.left, to);
            rename(&mut constraint.right, to);
        }
    }
}

/// Replaces variables throughout an expression.
pub(super) fn rename(expr: &mut Expr, to: &dyn Fn(VariableId) -> VariableId) {
    match expr {
        Expr::Variable(v) => *v = to(*v),
        Expr::Wildcard | Expr::Const(_) => {}
        Expr::Call(_, args) => args.iter_mut().for_each(|e| rename(e, to)),
        Expr::Range(range) => {
            [&mut range.from, &mut range.to].into_iter().chain(&mut range.step).for_each(|e| rename(e, to));
        }
        Expr::Aggregate(aggregate) => {
            aggregate.target.iter_mut().for_each(|e| rename(e, to));
            aggregate.body.iter_mut().for_each(|l| rename_literal(l, to));
            let mut outer: Vec<VariableId> = aggregate.outer.iter().map(|v| to(*v)).collect();
            let mut seen = BTreeSet::new();
            outer.retain(|v| seen.insert(*v));
            aggregate.outer = outer;
        }
    }
}

/// Calls `f` with every variable of an expression; not inside aggregates, which clauses do not have.
pub(super) fn variables(expr: &Expr, f: &mut dyn FnMut(VariableId)) {
    match expr {
        Expr::Variable(v) => f(*v),
        Expr::Call(_, args) => args.iter().for_each(|e| variables(e, f)),
        Expr::Range(range) => range.args().for_each(|e| variables(e, f)),
        Expr::Wildcard | Expr::Const(_) | Expr::Aggregate(_) => {}
    }
}

/// Calls `f` with every variable of an expression, aggregates included.
pub(super) fn all_variables(expr: &Expr, f: &mut dyn FnMut(VariableId)) {
    match expr {
        Expr::Aggregate(aggregate) => {
            aggregate.target.iter().for_each(|e| all_variables(e, f));
            aggregate.body.iter().for_each(|l| literal_variables(l, f));
        }
        Expr::Call(_, args) => args.iter().for_each(|e| all_variables(e, f)),
        expr => variables(expr, f),
    }
}

/// Calls `f` with every variable of a literal, aggregates included.
pub(super) fn literal_variables(literal: &Literal, f: &mut dyn FnMut(VariableId)) {
    match literal {
        Literal::Positive(atom) | Literal::Negative(atom) => atom.args.iter().for_each(|e| all_variables(e, f)),
        Literal::Constraint(c) => [&c.left, &c.right].into_iter().for_each(|e| all_variables(e, f)),
    }
}

/// Whether all variables of an expression are in `bound`.
pub(super) fn is_bound(expr: &Expr, bound: &BTreeSet<VariableId>) -> bool {
    let mut all = true;
    variables(expr, &mut |v| all &= bound.contains(&v));
    all
}

/// The variable that an equality binds once `bound` is: it stands alone on a side, and the other side is known.
pub(super) fn binds(constraint: &Constraint, bound: &BTreeSet<VariableId>) -> Option<(VariableId, bool)> {
    if constraint.comparison != Comparison::Equal {
        return None;
    }
    for (side, other, left) in
        [(&constraint.left, &constraint.right, true), (&constraint.right, &constraint.left, false)]
    {
        if let Expr::Variable(v) = side
            && !bound.contains(v)
            && is_bound(other, bound)
        {
            return Some((*v, left));
        }
    }
    None
}

/// Adds to `bound` what the equalities among `constraints` bind in turn.
pub(super) fn close(bound: &mut BTreeSet<VariableId>, constraints: &[Constraint]) {
    while let Some((v, _)) = constraints.iter().find_map(|c| binds(c, bound)) {
        bound.insert(v);
    }
}

/// The variables that a positive atom binds.
pub(super) fn atom_variables(atom: &Atom) -> impl Iterator<Item = VariableId> + '_ {
    atom.args.iter().filter_map(|e| if let Expr::Variable(v) = e { Some(*v) } else { None })
}

/// The variables that a conjunction binds by itself.
pub(super) fn grounded(body: &Body, aggregates: &[(VariableId, Aggregate)]) -> BTreeSet<VariableId> {
    let mut bound: BTreeSet<VariableId> = body.atoms.iter().flat_map(atom_variables).collect();
    bound.extend(aggregates.iter().map(|(v, _)| *v));
    loop {
        close(&mut bound, &body.constraints);
        let open = |(v, range): &&(VariableId, Range)| !bound.contains(v) && range_is_bound(range, &bound);
        let Some((v, _)) = body.ranges.iter().find(open) else { return bound };
        bound.insert(*v);
    }
}

/// Whether all arguments of a range are known.
pub(super) fn range_is_bound(range: &Range, bound: &BTreeSet<VariableId>) -> bool {
    range.args().all(|e| is_bound(e, bound))
}

/// Gives every functor inside a positive atom a variable of its own, so that atoms can be joined in any order.
pub(super) fn name_calls(body: &mut Body, scope: &mut Scope, column: &dyn Fn(RelationId, usize) -> Primitive) {
    for atom in &mut body.atoms {
        for (i, arg) in atom.args.iter_mut().enumerate() {
            if let Expr::Call(..) = arg {
                let v = scope.fresh(column(atom.relation, i));
                let call = std::mem::replace(arg, Expr::Variable(v));
                body.constraints.push(Constraint {
                    comparison: Comparison::Equal,
                    left: Expr::Variable(v),
                    right: call,
                    span: atom.span,
                });
            }
        }
    }
}
