//! Patterns: `v = [x, y]` binds `x` and `y` where something else binds `v`, and `v` where nothing does.
//!
//! ```text
//! sum(l, n) :- list(l), l = [x, m], sum(m, k), n = x + k.     l is taken apart: x = l.0, m = l.1
//! longer(m) :- list(l), m = [0, l].                           m is put together
//! ```
//!
//! A pattern that is taken apart is one equality a field. `nil` has no fields, so none of them holds of it; of an
//! algebraic data type the first field is the branch's tag, which keeps other branches out.

use super::clause::{Split, grounded};
use crate::functor::{Comparison, Functor};
use crate::program::{Constraint, Expr, VariableId};
use crate::value::Const;

/// Takes apart the patterns of a conjunction whose tuple is bound.
pub(super) fn open(split: &mut Split) {
    let mut at = 0;
    while let Some(constraint) = split.body.constraints.get(at) {
        let Some((tuple, fields)) = pattern(constraint) else {
            at += 1;
            continue;
        };
        let opened = equalities(tuple, fields, constraint);
        let mut others = split.body.clone();
        others.constraints.remove(at);
        if grounded(&others, &split.aggregates).contains(&tuple) {
            split.body.constraints.splice(at..=at, opened);
            // What it binds may ground the tuples of others.
            at = 0;
        } else {
            at += 1;
        }
    }
}

/// The variable and the fields of `v = [x, y]`.
fn pattern(constraint: &Constraint) -> Option<(VariableId, &[Expr])> {
    if constraint.comparison != Comparison::Equal {
        return None;
    }
    match (&constraint.left, &constraint.right) {
        (Expr::Variable(v), Expr::Call(Functor::Pack, fields))
        | (Expr::Call(Functor::Pack, fields), Expr::Variable(v)) => Some((*v, fields)),
        _ => None,
    }
}

fn equalities(tuple: VariableId, fields: &[Expr], constraint: &Constraint) -> Vec<Constraint> {
    let tuple = Expr::Variable(tuple);
    if fields.is_empty() {
        let (left, right) = (tuple, Expr::Const(Const::Nil));
        return vec![Constraint { comparison: Comparison::NotEqual, left, right, span: constraint.span }];
    }
    let equality = |(place, field): (usize, &Expr)| Constraint {
        comparison: Comparison::Equal,
        left: field.clone(),
        right: Expr::Call(Functor::Field(place as u32), vec![tuple.clone()]),
        span: constraint.span,
    };
    fields.iter().enumerate().map(equality).collect()
}
