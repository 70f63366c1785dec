//! Which variables occur where. An aggregate is a scope of its own: a name that also occurs around it is the variable
//! there, except in the aggregate's target, which is always within.

use super::expand::Conjunct;
use crate::ast::{Body, Expr, ExprKind};
use crate::span::Span;
use std::sync::Arc;

/// Calls `visit` for each variable of an expression, in order; aggregates are left out.
pub(super) fn names(expr: &Expr, visit: &mut impl FnMut(&Arc<str>, Span)) {
    match &expr.kind {
        ExprKind::Variable(name) => visit(name, expr.span()),
        _ => expr.parts().into_iter().for_each(|part| names(part, visit)),
    }
}

/// The same for a conjunction.
pub(super) fn conjunction_names(conjunction: &[Conjunct<'_>], visit: &mut impl FnMut(&Arc<str>, Span)) {
    for conjunct in conjunction {
        match conjunct {
            Conjunct::Atom(atom, _) => atom.args.iter().for_each(|arg| names(arg, visit)),
            Conjunct::Compare(compare, _) => {
                names(&compare.left, visit);
                names(&compare.right, visit);
            }
            Conjunct::False => {}
        }
    }
}

/// Calls `visit` for each variable of an expression, those within aggregates included.
pub(super) fn all_names(expr: &Expr, visit: &mut impl FnMut(&Arc<str>, Span)) {
    match &expr.kind {
        ExprKind::Aggregate(aggregate) => {
            if let Some(target) = &aggregate.target {
                all_names(target, visit);
            }
            body_names(&aggregate.body, visit);
        }
        ExprKind::Variable(name) => visit(name, expr.span()),
        _ => expr.parts().into_iter().for_each(|part| all_names(part, visit)),
    }
}

/// The same for a body.
pub(super) fn body_names(body: &Body, visit: &mut impl FnMut(&Arc<str>, Span)) {
    match body {
        Body::And(parts, _) | Body::Or(parts, _) => parts.iter().for_each(|part| body_names(part, visit)),
        Body::Not(inner, _) => body_names(inner, visit),
        Body::Atom(atom) => atom.args.iter().for_each(|arg| all_names(arg, visit)),
        Body::Compare(compare) => {
            all_names(&compare.left, visit);
            all_names(&compare.right, visit);
        }
        Body::Bool(..) => {}
    }
}
