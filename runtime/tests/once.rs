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

const PARETO: &str = "
.decl arc(x: number, y: number)
.input arc
.decl best(x: number, hops: number, cost: number)
best(0, 0, 0).
best(y, n + 1, c + x % 3) :- best(x, n, c), arc(x, y).
best(x, n, c) <= best(x, m, d) :- m <= n, d <= c.
";

/// An evaluator with these arcs.
fn with_arcs(text: &str, arcs: impl Iterator<Item = [u64; 2]>) -> Once {
    let program = compiler::compile(&[("program.dl", text)], &compiler::NoFiles).program.expect("nothing is wrong");
    let mut once = Once::new(plan(&program, &Statistics::new()), Symbols::default(), Options { workers: 1 });
    let base = once.base("arc").expect("arc takes facts");
    arcs.for_each(|arc| once.insert(base, &arc).expect("the facts fit"));
    once
}

/// Each of the steps adds one tuple; none goes back to those before it.
#[test]
fn what_is_left_of_a_partial_order_costs_what_is_new_in_each_step() {
    let nodes = 400;
    let mut answers = with_arcs(PARETO, (0..nodes).map(|x| [x, x + 1])).evaluate();
    assert_eq!(answers.count("best"), Ok(nodes as usize + 1));
    let rows: u64 = answers.profile().iter().map(|rule| rule.rows).sum();
    assert!(rows < 10 * nodes, "{rows} rows were looked at");
}

/// Rows that stood for a while go when better ones come, and what was derived from them does, too.
#[test]
fn what_is_left_of_a_partial_order_is_what_no_row_dominates() {
    // Ways from 0 to x of n hops and cost c, over steps of one and of two.
    let nodes = 24;
    let arcs = (0..nodes).flat_map(|x| [[x, x + 1], [x, x + 2]]);
    let mut answers = with_arcs(PARETO, arcs).evaluate();
    let mut all: Vec<std::collections::BTreeSet<(u64, u64)>> = vec![Default::default(); nodes as usize + 2];
    all[0].insert((0, 0));
    for x in 0..nodes as usize {
        for (n, c) in all[x].clone() {
            for next in [x + 1, x + 2] {
                all[next].insert((n + 1, c + x as u64 % 3));
            }
        }
    }
    let mut expected = Vec::new();
    for (x, ways) in all.iter().enumerate() {
        let least = ways.iter().filter(|(n, c)| !ways.iter().any(|(m, d)| (m, d) != (n, c) && m <= n && d <= c));
        expected.extend(least.map(|(n, c)| vec![x as u64, *n, *c]));
    }
    let mut rows: Vec<Vec<u64>> = answers.rows("best").expect("it is known").iter().map(<[u64]>::to_vec).collect();
    rows.sort_unstable();
    assert_eq!(rows, expected);
}

/// A star has as many paths of two arcs as the square of its arms, and none of them leads below zero.
#[test]
fn a_rule_explodes_if_it_goes_through_far_more_than_comes_of_it() {
    let text = "
        .decl arc(x: number, y: number)
        .input arc
        .decl below(x: number)
        below(x) :- arc(x, y), arc(y, z), x + z < 0.
        .decl hop(x: number, z: number)
        hop(x, z) :- arc(x, y), arc(y, z), x < 10.
    ";
    let arms = 1200;
    let answers = with_arcs(text, (1..arms).flat_map(|n| [[n, 0], [0, n]])).evaluate();
    let explodes = |head: &str| {
        let of_head = |rule: &&runtime::RuleProfile| rule.rule.starts_with(head);
        answers.profile().iter().find(of_head).expect("the rule was run").explodes()
    };
    assert!(explodes("below") && !explodes("hop"));
    let below = answers.profile().iter().find(|rule| rule.rule.starts_with("below")).expect("it was run");
    assert!(below.bindings > arms * arms && below.results == 0, "{below:?}");
}

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

const PATTERNS: &str = "
.decl arc(x: number, y: number)
.input arc
.decl link(x: number, y: number)
link(x, y) :- arc(x, y) ; arc(y, x).
.decl triangle(x: number, y: number, z: number)
triangle(x, y, z) :- link(x, y), link(y, z), link(x, z).
.decl clique(w: number, x: number, y: number, z: number)
clique(w, x, y, z) :- link(w, x), link(w, y), link(w, z), link(x, y), link(x, z), link(y, z), w < x, x < y, y < z.
.decl square(w: number, x: number, y: number, z: number)
square(w, x, y, z) :- link(w, x), link(x, y), link(y, z), link(z, w), w < x, x < z, w < y.
.decl corner(x: number, y: number, z: number)
corner(x, y, z) :- link(x, y), link(y, z), x < z.
.decl closed(x: number, y: number, z: number)
closed(x, y, z) :- link(x, y), corner(x, y, z), corner(x, z, _), link(x, z).
.decl near(x: number, y: number)
near(x, y) :- arc(x, y).
near(x, z) :- near(x, y), near(y, z), link(x, z), x != z.
";

/// Cliques, squares and recursion through triangles are what nested loops find, on a graph with hubs.
#[test]
fn lists_that_meet_have_what_nested_loops_find() {
    let arcs = || (0..40u64).flat_map(|x| [[x, (x * 7 + 1) % 40], [x, (x * x) % 40], [x, 0], [1, x]]);
    let mut answers = with_arcs(PATTERNS, arcs()).evaluate();
    let mut link = vec![[false; 40]; 40];
    arcs().for_each(|[x, y]| (link[x as usize][y as usize], link[y as usize][x as usize]) = (true, true));
    let all = || (0..40).flat_map(|x| (0..40).flat_map(move |y| (0..40).map(move |z| (x, y, z))));
    let corner = |x: usize, y: usize, z: usize| link[x][y] && link[y][z] && x < z;
    let triangles = all().filter(|(x, y, z)| link[*x][*y] && link[*y][*z] && link[*x][*z]);
    assert_eq!(answers.count("triangle"), Ok(triangles.count()));
    let fourth = |f: &dyn Fn(usize, usize, usize, usize) -> bool| {
        all().map(|(x, y, z)| (0..40).filter(|w| f(*w, x, y, z)).count()).sum::<usize>()
    };
    let joined = |nodes: &[usize]| nodes.iter().enumerate().all(|(n, a)| nodes[..n].iter().all(|b| link[*a][*b]));
    let cliques = fourth(&|w, x, y, z| w < x && x < y && y < z && joined(&[w, x, y, z]));
    assert_eq!(answers.count("clique"), Ok(cliques));
    let squares = |w: usize, x: usize, y: usize, z: usize| {
        w < x && x < z && w < y && link[w][x] && link[x][y] && link[y][z] && link[z][w]
    };
    assert_eq!(answers.count("square"), Ok(fourth(&squares)));
    let closed = all()
        .filter(|(x, y, z)| link[*x][*y] && corner(*x, *y, *z) && link[*x][*z] && (0..40).any(|w| corner(*x, *z, w)));
    assert_eq!(answers.count("closed"), Ok(closed.count()));
    let mut near = vec![[false; 40]; 40];
    arcs().for_each(|[x, y]| near[x as usize][y as usize] = true);
    let step = |near: &Vec<[bool; 40]>| {
        all().find(|(x, y, z)| near[*x][*y] && near[*y][*z] && link[*x][*z] && x != z && !near[*x][*z])
    };
    while let Some((x, _, z)) = step(&near) {
        near[x][z] = true;
    }
    assert_eq!(answers.count("near"), Ok(near.iter().flatten().filter(|near| **near).count()));
}

/// Two hubs, each linked with everything: from each link a search through a hub's links would be the square of them.
#[test]
fn a_triangle_costs_its_shorter_lists() {
    let nodes = 2_000;
    let mut answers = with_arcs(PATTERNS, (2..nodes).flat_map(|x| [[0, x], [1, x]]).chain([[0, 1]])).evaluate();
    assert_eq!(answers.count("triangle"), Ok(6 * (nodes as usize - 2)));
    let of = |name: &str| answers.profile().iter().find(|rule| rule.rule.starts_with(name)).expect("the rule was run");
    let bindings = of("triangle").bindings;
    assert!(bindings < 40 * nodes, "{bindings} bindings");
}
