//! Reductions: what it takes to make a set of a union of rows.
//!
//! Nothing, where no row can come twice: there is one clause, and its head tells every tuple that was joined. That is so
//! if each column of each positive atom is a constant or *determined*: a variable of the head, or the value of an
//! expression over determined variables. Relations that are solved together always stay sets on the way.

use super::clause::{Clause, close};
use crate::plan::Reduction;
use crate::program::{Expr, Subsumption, VariableId};
use std::collections::BTreeSet;

/// The reduction of a relation's clauses.
pub(super) fn reduction(clauses: &[Clause], subsumption: Option<&Subsumption>, recursive: bool) -> Reduction {
    match (subsumption, clauses) {
        (Some(s), _) => Reduction::Best { key: s.key.clone(), order: s.order.clone() },
        (None, [clause]) if !recursive && tells_its_bindings(clause) => Reduction::None,
        (None, []) => Reduction::None,
        _ => Reduction::Distinct,
    }
}

fn tells_its_bindings(clause: &Clause) -> bool {
    let mut determined: BTreeSet<VariableId> =
        clause.args.iter().filter_map(|e| if let Expr::Variable(v) = e { Some(*v) } else { None }).collect();
    close(&mut determined, &clause.body.constraints);
    clause.body.atoms.iter().flat_map(|atom| &atom.args).all(|arg| match arg {
        Expr::Variable(v) => determined.contains(v),
        Expr::Const(_) => true,
        Expr::Wildcard | Expr::Call(..) | Expr::Aggregate(_) => false,
    })
}
