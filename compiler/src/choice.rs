//! Choice domains: which of them are an order per key.
//!
//! Where all candidates are there at once and there is one key, the candidate that comes first is the least by the other
//! columns. Such an order is a subsumption like others, and is kept current under change; everything else is taken step
//! by step ([`crate::plan::Reduction::Choice`]).

use crate::program::{Direction, DirectiveKind, Program, RelationId, Subsumption};

/// Of a relation with a choice domain that is an order per key, the subsumption that it means.
pub(crate) fn as_order(program: &Program, id: RelationId) -> Option<Subsumption> {
    let relation = program.relation(id);
    let [key] = relation.choices.as_slice() else { return None };
    if needs_steps(program, id).is_some() {
        return None;
    }
    let rest = (0..relation.columns.len()).filter(|column| !key.contains(column));
    let order = rest.map(|column| (column, Direction::Least)).collect();
    Some(Subsumption { relation: id, key: key.clone(), order, span: relation.span })
}

/// Why the tuples of a choice domain must be taken step by step; none if they need not.
pub(crate) fn needs_steps(program: &Program, id: RelationId) -> Option<&'static str> {
    let recursive = program.strata.iter().any(|s| s.recursive && s.relations.contains(&id));
    let derived = program.rules.iter().any(|rule| rule.head == id);
    let read = program.directives.iter().any(|d| d.kind == DirectiveKind::Input && d.relation == id);
    let given = read || program.facts.iter().any(|fact| fact.relation == id);
    match program.relation(id).choices.len() {
        0 => None,
        1 if recursive => Some("what it has taken decides what it can take next"),
        1 if derived && given => Some("what is given comes before what is derived"),
        1 => None,
        _ => Some("a tuple that one key lets go frees the others"),
    }
}
