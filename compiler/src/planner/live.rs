//! What of a program cannot be kept current under change.
//!
//! The list is short on purpose. Each entry is a feature whose result depends on the order in which tuples are derived:
//! one changed fact may change every later step, so keeping it current costs what evaluating it anew costs. `strata run`
//! does that.

use crate::choice;
use crate::codes::NOT_LIVE;
use crate::diagnostic::Diagnostic;
use crate::plan::{Body, Definition, Plan, Reduction, RelationId};
use crate::program::Program;
use std::sync::Arc;

/// Everything that the live engine refuses in a program, each with its place and the reason.
pub fn not_live(program: &Program) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (at, relation) in program.relations.iter().enumerate().filter(|(_, r)| !r.choices.is_empty()) {
        if let Some(reason) = choice::needs_steps(program, RelationId(at as u32)) {
            let message = format!("choice domain of `{}` cannot be kept current under change", relation.name);
            found.push(refuse(message, relation.span, reason));
        }
    }
    let mut subsumed: Vec<RelationId> = Vec::new();
    for domination in &program.dominations {
        if !subsumed.contains(&domination.relation) {
            subsumed.push(domination.relation);
            let name = &program.relation(domination.relation).name;
            let message = format!("subsumption of `{name}` cannot be kept current under change");
            found.push(refuse(message, domination.rule.span, domination.reason));
        }
    }
    let recursive = program.strata.iter().filter(|s| s.recursive).flat_map(|s| &s.relations);
    for relation in recursive.map(|id| program.relation(*id)).filter(|r| r.limit.is_some()) {
        let message = format!("size limit of `{}` cannot be kept current under change", relation.name);
        found.push(refuse(message, relation.span, "what the recursion has when it stops depends on its rounds"));
    }
    for relation in program.relations.iter().filter(|r| r.counters > 0) {
        let message = "numbers of `autoinc` cannot be kept current under change";
        found.push(refuse(message.to_string(), relation.span, "one row more gives new numbers to all behind it"));
    }
    found
}

fn refuse(message: String, span: crate::span::Span, reason: &str) -> Diagnostic {
    Diagnostic::error(NOT_LIVE, message, span, reason).help("`strata run` evaluates it once")
}

/// The first relation of a plan that cannot be kept current; none if all can.
pub fn not_live_plan(plan: &Plan) -> Option<Arc<str>> {
    let mut definitions = plan.strata.iter().flat_map(|s| &s.definitions);
    let unordered = |d: &Definition| match &d.body {
        Body::Union(_, Reduction::Choice { .. } | Reduction::Undominated { .. } | Reduction::Numbered { .. }) => true,
        _ => plan.relation(d.relation).limit.is_some(),
    };
    let refused = definitions.find(|d| unordered(d))?;
    Some(plan.relation(refused.relation).name.clone())
}
