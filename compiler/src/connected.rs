//! Strongly connected components of a dependency graph, dependencies first (Tarjan, SIAM J. Comput. 1972), without
//! recursion.

const UNSEEN: usize = usize::MAX;

/// The strongly connected components of a graph over `0..edges.len()`, each ascending, each after all it points to.
pub(crate) fn strongly_connected(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
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

#[cfg(test)]
mod tests {
    use super::strongly_connected;

    #[test]
    fn a_component_comes_after_all_that_it_points_to() {
        // 0 -> 1 <-> 2 -> 3, 4 -> 4, 5 -> 0
        let edges = vec![vec![1], vec![2], vec![1, 3], vec![], vec![4], vec![0]];
        assert_eq!(strongly_connected(&edges), vec![vec![3], vec![1, 2], vec![0], vec![4], vec![5]]);
    }

    #[test]
    fn nested_cycles_are_one_component() {
        let edges = vec![vec![1], vec![2, 0], vec![3], vec![1, 4], vec![4]];
        assert_eq!(strongly_connected(&edges), vec![vec![4], vec![0, 1, 2, 3]]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_does_not_overflow_the_stack() {
        let edges: Vec<Vec<usize>> = (0..100_000).map(|i| if i == 0 { vec![] } else { vec![i - 1] }).collect();
        assert_eq!(strongly_connected(&edges).len(), 100_000);
    }
}
