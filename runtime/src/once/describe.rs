//! The order in which a version of a rule is evaluated, for people.

use super::factor::Way;
use super::order::Step;
use super::relation::Relation;
use compiler::plan::Plan;

/// The steps that read relations: `Sg(c0) > Arc by c0 > has Arc`. Of what is scanned first, a recursive rule takes the new
/// rows.
pub(super) fn describe(way: &Way, plan: &Plan, relations: &[Relation]) -> String {
    let steps = |steps: &[Step]| {
        steps.iter().filter_map(|step| describe_step(step, plan, relations)).collect::<Vec<_>>().join(" > ")
    };
    match &way.gather {
        Some(gather) => format!("{} ({} gathered)", steps(&way.steps), steps(gather)),
        None => steps(&way.steps),
    }
}

fn describe_step(step: &Step, plan: &Plan, relations: &[Relation]) -> Option<String> {
    let name = |relation: usize| plan.relations.get(relation).map_or("", |r| &r.name);
    let by = |relation: usize, index: usize| {
        let columns = plan.relations.get(relation).map_or(&[][..], |r| &r.columns);
        let key = relations[relation].indexes[index].key.iter().filter_map(|c| columns.get(*c).map(|c| &*c.name));
        match key.collect::<Vec<_>>().join(", ") {
            key if key.is_empty() => name(relation).to_string(),
            key => format!("{} by {key}", name(relation)),
        }
    };
    Some(match step {
        Step::Scan { relation, .. } => name(*relation).to_string(),
        Step::Groups { relation, .. } => format!("{} by key", name(*relation)),
        Step::Probe { relation, index, .. } | Step::Spread { relation, index, .. } => by(*relation, *index),
        Step::Meet { lists, .. } => {
            lists.iter().map(|list| by(list.relation, list.index)).collect::<Vec<_>>().join(" & ")
        }
        Step::Present { relation, index, .. } => format!("has {}", by(*relation, *index)),
        Step::Check { relation, holds, .. } => {
            format!("{} {}", if *holds { "has" } else { "not" }, name(*relation))
        }
        Step::Within(_) | Step::Each(..) => "range".to_string(),
        Step::Test(_) => "test".to_string(),
        Step::Let(..) | Step::Grouped(_) | Step::Pour(_) | Step::Emit(_) => return None,
    })
}
