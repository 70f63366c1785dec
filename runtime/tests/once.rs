//! The one-shot evaluator on programs that are large enough to be shared between threads and to fill every form of set.

use compiler::planner::{Statistics, plan};
use runtime::{Once, Options, Symbols};

const CLOSURE: &str = "
.decl arc(x: number, y: number)
.input arc
.decl path(x: number, y: number)
path(x, y) :- arc(x, y).
path(x, z) :- path(x, y), arc(y, z).
.decl same(x: number, y: number)
same(x, y) :- arc(a, x), arc(a, y), x != y.
same(x, y) :- arc(a, x), same(a, b), arc(b, y).
";

const WIDE: &str = "
.decl arc(x: number, y: number)
.input arc
.decl role(r: number, s: number)
role(1, 2). role(2, 3). role(3, 1). role(0 - 7, 1).
.decl near(x: number, y: number)
near(x, y) :- arc(x, y).
near(x, z) :- near(x, y), near(y, z).
.decl edge(x: number, r: number, y: number)
edge(x, x % 3 - 1, y * 1000003) :- arc(x, y).
edge(x, s, y) :- edge(x, r, y), role(r, s).
edge(x, r, z) :- near(x, y), edge(y, r, z).
.decl reached(x: number, y: number)
reached(x, y) :- edge(x, 1, y), !near(y, x).
";

/// The rows of a relation, sorted.
fn rows(text: &str, relation: &str, workers: usize, nodes: u64, arcs: u64) -> Vec<Vec<u64>> {
    let program = compiler::compile(&[("program.dl", text)], &compiler::NoFiles).program.expect("nothing is wrong");
    let plan = plan(&program, &Statistics::new());
    let mut once = Once::new(plan, Symbols::default(), Options { workers });
    let base = once.base("arc").expect("arc takes facts");
    let mut columns = once.columns(base).expect("arc is known");
    let mut state = 1u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % nodes
    };
    (0..arcs).for_each(|_| columns.push(&[draw(), draw()]));
    once.add(base, columns).expect("the facts fit");
    let mut answers = once.evaluate();
    let rows = answers.rows(relation).expect("the relation is known");
    assert_eq!(answers.count(relation), Ok(rows.len()));
    let mut rows: Vec<Vec<u64>> = rows.iter().map(<[u64]>::to_vec).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn what_is_shared_between_threads_comes_out_the_same() {
    for (text, relation) in [(CLOSURE, "path"), (CLOSURE, "same"), (WIDE, "near"), (WIDE, "edge"), (WIDE, "reached")] {
        let alone = rows(text, relation, 1, 300, 900);
        assert!(alone.len() > 10_000, "{relation}: {}", alone.len());
        assert!(alone.windows(2).all(|pair| pair[0] != pair[1]), "{relation} is a set");
        for workers in 2..4 {
            assert!(rows(text, relation, workers, 300, 900) == alone, "{relation} on {workers} workers");
        }
    }
}

#[test]
fn a_closure_has_the_rows_that_a_search_from_every_node_finds() {
    let (nodes, arcs) = (300, 450);
    let next = rows(".decl arc(x: number, y: number)\n.input arc\n", "arc", 1, nodes, arcs);
    let mut expected = Vec::new();
    for start in 0..nodes {
        let (mut seen, mut open) = (std::collections::BTreeSet::new(), vec![start]);
        while let Some(node) = open.pop() {
            open.extend(next.iter().filter(|arc| arc[0] == node).map(|arc| arc[1]).filter(|y| seen.insert(*y)));
        }
        expected.extend(seen.into_iter().map(|end| vec![start, end]));
    }
    assert!(rows(CLOSURE, "path", 2, nodes, arcs) == expected);
}
