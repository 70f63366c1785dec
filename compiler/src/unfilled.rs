//! Relations that are read and never filled: no rule derives them, no fact states them, no file is read into them. And
//! those that are filled and never read.
//!
//! That is as it should be in a library, or where facts come later. In a program that is evaluated once it is a mistake,
//! and `strata run` warns of it.

use crate::codes::{MISSING_FACTS, UNUSED_RELATION};
use crate::diagnostic::Diagnostic;
use crate::program::{DirectiveKind, Expr, Literal, Program, Relation, RelationId};
use crate::span::Span;
use fnv::FnvHashSet;

/// A warning for each relation that some rule reads and nothing fills, with a place that reads it.
pub fn missing_facts(program: &Program) -> Vec<Diagnostic> {
    let mut filled: FnvHashSet<RelationId> = program.rules.iter().map(|rule| rule.head).collect();
    filled.extend(program.facts.iter().map(|fact| fact.relation));
    filled.extend(program.directives.iter().filter(|d| d.kind == DirectiveKind::Input).map(|d| d.relation));
    let mut found: Vec<(RelationId, Span)> = Vec::new();
    let mut read = |relation: RelationId, span: Span| {
        if !filled.contains(&relation) && found.iter().all(|(known, _)| *known != relation) {
            found.push((relation, span));
        }
    };
    // What is supposed may well be nothing.
    let supposed =
        |id: RelationId| program.relation(id).name.starts_with('@') && program.relation(id).name.contains(':');
    program.rules.iter().filter(|rule| !supposed(rule.head)).for_each(|rule| conjunction(&rule.body, &mut read));
    let warning = |(id, span): &(RelationId, Span)| {
        let relation = program.relation(*id);
        let message = format!("relation `{}` has no rules and no facts", relation.name);
        Diagnostic::warning(MISSING_FACTS, message, relation.span, "stays empty")
            .also(*span, "read here")
            .help(format!("read it from a file, `.input {}`, or drop what reads it", relation.name))
    };
    found.iter().map(warning).collect()
}

/// A warning for each relation of one text that is filled, and that nothing else reads or writes. Of a program that writes
/// nothing at all nothing is said.
pub fn unused_relations(program: &Program, text: u32) -> Vec<Diagnostic> {
    let written = program.directives.iter().filter(|d| d.kind != DirectiveKind::Input).map(|d| d.relation);
    let mut used: FnvHashSet<RelationId> = written.chain(program.queries.iter().copied()).collect();
    if used.is_empty() {
        return Vec::new();
    }
    used.extend(program.invariants.iter().map(|invariant| invariant.relation));
    let dominations = program.dominations.iter().map(|domination| (domination.relation, &domination.rule.body));
    let bodies = program.rules.iter().map(|rule| (rule.head, &rule.body)).chain(dominations);
    for (head, body) in bodies {
        conjunction(body, &mut |relation, _| {
            if relation != head {
                used.insert(relation);
            }
        });
    }
    let mut filled: FnvHashSet<RelationId> = program.rules.iter().map(|rule| rule.head).collect();
    filled.extend(program.facts.iter().map(|fact| fact.relation));
    filled.extend(program.directives.iter().map(|directive| directive.relation));
    let warning = |(at, relation): (usize, &Relation)| {
        let id = RelationId(at as u32);
        let mine = relation.span.source == text && !relation.name.starts_with(['@', '?', '_']);
        (mine && filled.contains(&id) && !used.contains(&id)).then(|| {
            let message = format!("relation `{}` is never used", relation.name);
            Diagnostic::warning(UNUSED_RELATION, message, relation.span, "nothing reads or writes it")
                .help(format!("write it to a file, `.output {}`, or drop it", relation.name))
        })
    };
    program.relations.iter().enumerate().filter_map(warning).collect()
}

/// Calls `read` for each atom of a conjunction, those of its aggregates included.
fn conjunction(body: &[Literal], read: &mut dyn FnMut(RelationId, Span)) {
    for literal in body {
        match literal {
            Literal::Positive(atom) | Literal::Negative(atom) => read(atom.relation, atom.span),
            Literal::Constraint(constraint) => {
                for side in [&constraint.left, &constraint.right] {
                    if let Expr::Aggregate(aggregate) = side {
                        conjunction(&aggregate.body, read);
                    }
                }
            }
        }
    }
}
