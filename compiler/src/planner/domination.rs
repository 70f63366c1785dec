//! Subsumption that is no order per key: what the rules derive goes to an auxiliary relation, and what no tuple of that
//! dominates is the relation.

use super::builder::Builder;
use super::clause::{Clause, Scope};
use crate::plan::RelationId;
use crate::program::{Domination, Literal};

/// Moves the clauses of a relation to an auxiliary relation, lowers what says which of its tuples go, and returns the
/// copy of the auxiliary relation.
pub(super) fn dominated(
    builder: &mut Builder,
    id: RelationId,
    dominations: &[&Domination],
    derived: Vec<Clause>,
) -> Vec<Clause> {
    let all = builder.first("derived", id, derived);
    let mut pairs = Vec::new();
    for domination in dominations {
        let rule = &domination.rule;
        let mut body = rule.body.clone();
        for literal in body.iter_mut().take(2) {
            if let Literal::Positive(atom) = literal {
                atom.relation = all;
            }
        }
        builder.text = builder.program.domination_text(domination).into();
        builder.span = rule.span;
        pairs.extend(builder.lower(&rule.args, &body, &mut Scope::new(&rule.variables)));
    }
    builder.dominations.insert(id, pairs);
    vec![super::copy(builder, all, id, builder.program.relation(id).span)]
}
