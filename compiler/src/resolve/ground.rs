//! Whether the variables of a finished rule are bound: what [`super::safety`] checks of drafts, after inlining.

use crate::functor::{Comparison, Functor};
use crate::program::{Expr, Literal, Rule, VariableId};
use fnv::FnvHashSet;

/// A variable of the rule that must have a value and is bound by nothing.
pub(super) fn unbound(rule: &Rule) -> Option<VariableId> {
    let bound = bind(&rule.body, FnvHashSet::default());
    let head = rule.args.iter().find_map(|arg| open(arg, &bound));
    head.or_else(|| open_in(&rule.body, &bound))
}

/// Calls `visit` for each variable of an expression, those within aggregates included.
pub(super) fn variables(expr: &Expr, visit: &mut impl FnMut(VariableId)) {
    // One type for all depths of the recursion.
    fn each(expr: &Expr, visit: &mut dyn FnMut(VariableId)) {
        match expr {
            Expr::Variable(v) => visit(*v),
            Expr::Wildcard | Expr::Const(_) => {}
            Expr::Call(_, args) => args.iter().for_each(|arg| each(arg, visit)),
            Expr::Range(range) => range.args().for_each(|arg| each(arg, visit)),
            Expr::Aggregate(aggregate) => {
                aggregate.target.iter().for_each(|target| each(target, visit));
                aggregate.body.iter().for_each(|literal| operands(literal).for_each(|e| each(e, visit)));
            }
        }
    }
    each(expr, visit);
}

/// The same for a literal.
pub(super) fn literal_variables(literal: &Literal, visit: &mut impl FnMut(VariableId)) {
    operands(literal).for_each(|expr| variables(expr, visit));
}

fn operands(literal: &Literal) -> impl Iterator<Item = &Expr> {
    let (args, sides) = match literal {
        Literal::Positive(atom) | Literal::Negative(atom) => (Some(&atom.args), None),
        Literal::Constraint(constraint) => (None, Some([&constraint.left, &constraint.right])),
    };
    args.into_iter().flatten().chain(sides.into_iter().flatten())
}

/// The variables that a conjunction binds, given those that are bound around it.
pub(super) fn bind(body: &[Literal], mut bound: FnvHashSet<VariableId>) -> FnvHashSet<VariableId> {
    for literal in body {
        if let Literal::Positive(atom) = literal {
            bound.extend(atom.args.iter().filter_map(variable));
        }
    }
    loop {
        let before = bound.len();
        for literal in body {
            let Literal::Constraint(constraint) = literal else { continue };
            if constraint.comparison != Comparison::Equal {
                continue;
            }
            for (target, value) in [(&constraint.left, &constraint.right), (&constraint.right, &constraint.left)] {
                if open(value, &bound).is_none() {
                    match target {
                        Expr::Variable(v) => {
                            bound.insert(*v);
                        }
                        Expr::Call(Functor::Pack, fields) => bound.extend(fields.iter().filter_map(variable)),
                        _ => {}
                    }
                }
            }
        }
        if bound.len() == before {
            return bound;
        }
    }
}

fn variable(expr: &Expr) -> Option<VariableId> {
    if let Expr::Variable(v) = expr { Some(*v) } else { None }
}

/// A variable without which the expression has no value.
fn open(expr: &Expr, bound: &FnvHashSet<VariableId>) -> Option<VariableId> {
    match expr {
        Expr::Variable(v) => (!bound.contains(v)).then_some(*v),
        Expr::Wildcard | Expr::Const(_) => None,
        Expr::Call(_, args) => args.iter().find_map(|arg| open(arg, bound)),
        Expr::Range(range) => range.args().find_map(|arg| open(arg, bound)),
        Expr::Aggregate(aggregate) => aggregate.outer.iter().copied().find(|v| !bound.contains(v)),
    }
}

fn open_in(body: &[Literal], bound: &FnvHashSet<VariableId>) -> Option<VariableId> {
    body.iter().find_map(|literal| {
        operands(literal).find_map(|expr| match expr {
            Expr::Aggregate(aggregate) => open(expr, bound).or_else(|| {
                let inner = bind(&aggregate.body, aggregate.outer.iter().copied().collect());
                let target = aggregate.target.as_ref().and_then(|target| open(target, &inner));
                target.or_else(|| open_in(&aggregate.body, &inner))
            }),
            expr => open(expr, bound),
        })
    })
}
