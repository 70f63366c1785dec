//! Reductions: what it takes to make a set of a union of rows.
//!
//! Nothing, where no row can come twice: there is one clause, or clauses that exclude each other, and the head tells every
//! tuple that was joined. That is so
//! if each column of each positive atom is a constant or *determined*: a variable of the head, the value of an expression
//! over determined variables, or a column of a tuple whose *key* is determined; and if so is each value of a range. Keys are known of aggregates (the group)
//! and of relations with a subsumption that orders all other columns. Relations that are solved together always stay sets
//! on the way.

use super::clause::{Clause, close};
use crate::plan::{Reduction, RelationId};
use crate::program::{Atom, Expr, Subsumption, VariableId};
use std::collections::BTreeSet;

/// The columns of a relation that tell its tuples apart, where the planner knows some.
pub(super) type Keys<'a> = &'a dyn Fn(RelationId) -> Option<Vec<usize>>;

/// The reduction of a relation's clauses.
pub(super) fn reduction(
    clauses: &[Clause],
    subsumption: Option<&Subsumption>,
    recursive: bool,
    keys: Keys,
) -> Reduction {
    match (subsumption, clauses) {
        (Some(s), _) => Reduction::Best { key: s.key.clone(), order: s.order.clone() },
        (None, clauses) if !recursive && exclude_each_other(clauses) => {
            let told = clauses.iter().all(|clause| tells_its_bindings(clause, keys));
            if told { Reduction::None } else { Reduction::Distinct }
        }
        _ => Reduction::Distinct,
    }
}

/// Whether no row comes from two of the clauses: they are of one rule, and a row tells the groups in which they differ.
fn exclude_each_other(clauses: &[Clause]) -> bool {
    let of_one_rule = clauses.windows(2).all(|pair| pair[0].rule == pair[1].rule);
    let told = |clause: &Clause| {
        let told = head_variables(clause);
        clause.body.without.iter().all(|e| matches!(e, Expr::Variable(v) if told.contains(v)))
    };
    of_one_rule && (clauses.len() < 2 || clauses.iter().all(told))
}

fn head_variables(clause: &Clause) -> BTreeSet<VariableId> {
    clause.args.iter().filter_map(|e| if let Expr::Variable(v) = e { Some(*v) } else { None }).collect()
}

fn tells_its_bindings(clause: &Clause, keys: Keys) -> bool {
    let mut determined = head_variables(clause);
    let mut open: Vec<&Atom> = clause.body.atoms.iter().collect();
    loop {
        close(&mut determined, &clause.body.constraints);
        let is_determined = |arg: &Expr| match arg {
            Expr::Variable(v) => determined.contains(v),
            Expr::Const(_) => true,
            Expr::Wildcard | Expr::Call(..) | Expr::Aggregate(_) | Expr::Range(_) => false,
        };
        let told = |atom: &&Atom| {
            let key = keys(atom.relation).unwrap_or_else(|| (0..atom.args.len()).collect());
            key.iter().all(|column| is_determined(&atom.args[*column]))
        };
        let (done, rest): (Vec<&Atom>, Vec<&Atom>) = open.into_iter().partition(told);
        if done.is_empty() {
            return rest.is_empty() && clause.body.ranges.iter().all(|(v, _)| determined.contains(v));
        }
        determined.extend(done.into_iter().flat_map(super::clause::atom_variables));
        open = rest;
    }
}
