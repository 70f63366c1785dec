//! Strata of a plan: its definitions by strongly connected components, dependencies first.

use crate::connected::strongly_connected;
use crate::plan::{Body, Definition, Reduction, Stage, Stratum};

/// Calls `f` with every relation that a definition reads, or waits for.
pub(super) fn reads(definition: &Definition, f: &mut dyn FnMut(usize)) {
    match &definition.body {
        Body::Aggregate(aggregate) => f(aggregate.input.0 as usize),
        Body::Union(pipelines, reduction) => {
            let pairs = match reduction {
                Reduction::Undominated { pairs } => pairs.as_slice(),
                Reduction::Numbered { after, .. } => {
                    after.iter().for_each(|id| f(id.0 as usize));
                    &[]
                }
                _ => &[],
            };
            for pipeline in pipelines.iter().chain(pairs) {
                pipeline.source.iter().for_each(|id| f(id.0 as usize));
                pipeline.stages.iter().filter_map(Stage::relation).for_each(|id| f(id.0 as usize));
            }
        }
    }
}

/// Puts definitions into strata. `relations` is how many relations the plan has.
pub(super) fn stratify(relations: usize, definitions: Vec<Definition>) -> Vec<Stratum> {
    let mut edges = vec![Vec::new(); relations];
    for definition in &definitions {
        let from = definition.relation.0 as usize;
        reads(definition, &mut |to| edges[from].push(to));
    }
    let mut by_relation: Vec<Option<Definition>> = vec![None; relations];
    for definition in definitions {
        let at = definition.relation.0 as usize;
        by_relation[at] = Some(definition);
    }
    let mut strata = Vec::new();
    for component in strongly_connected(&edges) {
        let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
        let definitions: Vec<Definition> = component.iter().filter_map(|&i| by_relation[i].take()).collect();
        if !definitions.is_empty() {
            strata.push(Stratum { definitions, recursive });
        }
    }
    strata
}
