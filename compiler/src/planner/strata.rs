//! Strata: strongly connected components of the dependency graph, dependencies first (Tarjan 1972, without recursion).

use crate::plan::{Body, Definition, Stratum};

const UNSEEN: usize = usize::MAX;

/// The strongly connected components of a graph over `0..edges.len()`, each ascending, each after all it points to.
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut order = vec![UNSEEN; edges.len()];
    let mut low = order.clone();
    let mut open = vec![false; edges.len()];
    let mut stack = Vec::new();
    let mut seen = 0;
    let mut found = Vec::new();
    for start in 0..edges.len() {
        if order[start] != UNSEEN {
            continue;
        }
        let mut path = vec![(start, 0)];
        while let Some((node, edge)) = path.last_mut() {
            let node = *node;
            if order[node] == UNSEEN {
                order[node] = seen;
                low[node] = seen;
                seen += 1;
                stack.push(node);
                open[node] = true;
            }
            if let Some(&target) = edges[node].get(*edge) {
                *edge += 1;
                if order[target] == UNSEEN {
                    path.push((target, 0));
                } else if open[target] {
                    low[node] = low[node].min(order[target]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                let at = stack.iter().rposition(|n| *n == node).unwrap_or(0);
                let mut component = stack.split_off(at);
                component.iter().for_each(|n| open[*n] = false);
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    found
}

/// Calls `f` with every relation that a definition reads.
pub(super) fn reads(definition: &Definition, f: &mut dyn FnMut(usize)) {
    match &definition.body {
        Body::Aggregate(aggregate) => f(aggregate.input.0 as usize),
        Body::Union(pipelines, _) => {
            for pipeline in pipelines {
                pipeline.source.iter().for_each(|id| f(id.0 as usize));
                pipeline.stages.iter().for_each(|stage| f(stage.right.0 as usize));
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
    for component in components(&edges) {
        let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
        let definitions: Vec<Definition> = component.iter().filter_map(|&i| by_relation[i].take()).collect();
        if !definitions.is_empty() {
            strata.push(Stratum { definitions, recursive });
        }
    }
    strata
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn a_component_comes_after_all_that_it_points_to() {
        // 0 -> 1 <-> 2 -> 3, 4 -> 4, 5 -> 0
        let edges = vec![vec![1], vec![2], vec![1, 3], vec![], vec![4], vec![0]];
        assert_eq!(components(&edges), vec![vec![3], vec![1, 2], vec![0], vec![4], vec![5]]);
    }

    #[test]
    fn nested_cycles_are_one_component() {
        let edges = vec![vec![1], vec![2, 0], vec![3], vec![1, 4], vec![4]];
        assert_eq!(components(&edges), vec![vec![4], vec![0, 1, 2, 3]]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_does_not_overflow_the_stack() {
        let edges: Vec<Vec<usize>> = (0..100_000).map(|i| if i == 0 { vec![] } else { vec![i - 1] }).collect();
        assert_eq!(components(&edges).len(), 100_000);
    }
}
