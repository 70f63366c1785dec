//! The work of a change is that of what it changes: tuples touched are counted, operator by operator, in a model whose
//! first load touches thousands or tens of thousands. One fact is inserted and retracted again, in the base and in a fork.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use compiler::planner::{Statistics, plan};
use runtime::{Engine, Fork, Options, Origin};

/// How many groups the model has, and facts in each.
const GROUPS: u64 = 2000;
const GROUP: u64 = 10;

/// Facts `r(group, member, weight)`, `next(x, y)` along each group, `mark(x)` of every third member; `none(x)` of nobody.
const FACTS: &str = "
    .decl r(g: number, m: number, w: number)
    .decl next(x: number, y: number)
    .decl mark(x: number)
    .decl none(x: number)
";

struct Case {
    operator: &'static str,
    rules: &'static str,
    /// The fact that comes and goes: in the first group, but for what is said.
    change: (&'static str, &'static [u64]),
    /// How many tuples it may touch.
    most: u64,
}

const CASES: &[Case] = &[
    Case {
        operator: "filter and projection",
        rules: ".decl p(g: number) p(g) :- r(g, m, w), w > 2, m != g + 1.",
        change: ("r", &[0, 1000000, 9]),
        most: 4,
    },
    Case {
        operator: "union",
        rules: ".decl p(x: number) p(x) :- r(_, x, _). p(x) :- next(x, _). p(x) :- mark(x).",
        change: ("mark", &[1000000]),
        most: 4,
    },
    Case {
        operator: "join",
        rules: ".decl p(g: number, y: number) p(g, y) :- r(g, x, _), next(x, y).",
        change: ("next", &[3, 1000000]),
        most: 6,
    },
    Case {
        operator: "join of three",
        rules: ".decl p(g: number, z: number) p(g, z) :- r(g, x, _), next(x, y), next(y, z).",
        change: ("next", &[3, 7]),
        most: 16,
    },
    Case {
        operator: "negation",
        rules: ".decl p(g: number, x: number) p(g, x) :- r(g, x, _), !mark(x).",
        change: ("mark", &[4]),
        most: 6,
    },
    Case {
        operator: "negation of a projection",
        rules: ".decl p(x: number) p(x) :- mark(x), !next(x, _).",
        change: ("next", &[9, 1000000]),
        most: 8,
    },
    Case {
        operator: "count",
        rules: ".decl p(g: number, n: number) p(g, n) :- r(g, _, _), n = count : { r(g, _, _) }.",
        change: ("r", &[0, 1000000, 1]),
        most: 30,
    },
    Case {
        operator: "sum",
        rules: ".decl p(g: number, n: number) p(g, n) :- r(g, _, _), n = sum w : { r(g, _, w) }.",
        change: ("r", &[0, 1000000, 1]),
        most: 30,
    },
    Case {
        operator: "min and max",
        rules: ".decl p(g: number, a: number, b: number)
                p(g, a, b) :- r(g, _, _), a = min w : { r(g, _, w) }, b = max w : { r(g, _, w) }.",
        change: ("r", &[0, 1000000, 1000]),
        most: 60,
    },
    Case {
        operator: "mean",
        rules: ".decl p(g: number, n: float) p(g, n) :- r(g, _, _), n = mean to_float(w) : { r(g, _, w) }.",
        change: ("r", &[0, 1000000, 1]),
        most: 30,
    },
    Case {
        operator: "best",
        rules: ".decl p(g: number, w: number) p(g, w) :- r(g, _, w). p(g, a) <= p(g, b) :- b <= a.",
        change: ("r", &[0, 1000000, 0]),
        most: 8,
    },
    Case {
        operator: "recursion",
        rules: ".decl p(x: number, y: number) p(x, y) :- next(x, y). p(x, z) :- p(x, y), next(y, z).",
        change: ("next", &[9, 1000000]),
        most: 80,
    },
    Case {
        operator: "recursion on both sides",
        rules: ".decl p(x: number, y: number) p(x, y) :- next(x, y). p(x, z) :- p(x, y), p(y, z).",
        change: ("next", &[9, 1000000]),
        most: 250,
    },
    Case {
        operator: "recursive minimum",
        rules: ".decl p(x: number, y: number, d: number)
                p(x, y, 1) :- next(x, y). p(x, z, d + 1) :- p(x, y, d), next(y, z).
                p(x, y, d) <= p(x, y, e) :- e <= d.",
        change: ("next", &[9, 1000000]),
        most: 80,
    },
    Case {
        operator: "negation of a recursion",
        rules: ".decl p(x: number, y: number) p(x, y) :- next(x, y). p(x, z) :- p(x, y), next(y, z).
                .decl q(g: number, x: number) q(g, x) :- r(g, x, _), mark(y), r(g, y, _), !p(y, x).",
        change: ("next", &[9, 1000000]),
        most: 120,
    },
    Case {
        operator: "equivalence",
        rules: ".decl p(x: number, y: number) eqrel p(x, y) :- r(g, x, _), mark(x), r(g, y, _), mark(y).",
        change: ("mark", &[1]),
        most: 400,
    },
    Case {
        operator: "range",
        rules: ".decl p(x: number, y: number) p(x, y) :- mark(x), r(_, x, w), y = range(0, w).",
        change: ("mark", &[4]),
        most: 20,
    },
    Case {
        operator: "structured values and text",
        rules: ".type Pair = [a: number, b: number] .decl q(p: Pair) .decl p(a: number, t: symbol)
                q([x, y]) :- next(x, y). p(a, cat(\"n\", to_string(b))) :- q([a, b]).",
        change: ("next", &[9, 1000000]),
        most: 10,
    },
];

fn loaded(rules: &str) -> (Engine, u64) {
    let text = format!("{FACTS}{rules}");
    let compilation = compiler::compile(&[("a.dl", &text)], &compiler::NoFiles);
    let program = compilation.program.unwrap_or_else(|| panic!("{rules}: {:?}", compilation.diagnostics));
    let mut engine = Engine::new(Options::default()).unwrap();
    engine.set_plan(plan(&program, &Statistics::new())).unwrap();
    let mut insert = |relation: &str, row: &[u64]| {
        let base = engine.base(relation).unwrap();
        engine.insert(Fork::BASE, base, row, Origin::default()).unwrap();
    };
    for g in 0..GROUPS {
        for x in g * GROUP..(g + 1) * GROUP {
            insert("r", &[g, x, 1 + x % GROUP]);
            if x % GROUP + 1 < GROUP {
                insert("next", &[x, x + 1]);
            }
            if x % 3 == 0 {
                insert("mark", &[x]);
            }
        }
    }
    let produced = engine.commit().unwrap().produced;
    (engine, produced)
}

#[test]
fn one_change_touches_few_tuples_whatever_the_operator() {
    let mut wrong = Vec::new();
    for Case { operator, rules, change: (relation, row), most } in CASES {
        let (mut engine, load) = loaded(rules);
        assert!(load > 1_000, "{operator}: the first load touches {load} tuples");
        let base = engine.base(relation).unwrap();
        for fork in [Fork::BASE, engine.fork()] {
            for insert in [true, false] {
                match insert {
                    true => engine.insert(fork, base, row, Origin::default()).unwrap(),
                    false => engine.retract(fork, base, row).unwrap(),
                }
                let commit = engine.commit().unwrap();
                assert_eq!(commit.without_effect, 0, "{operator}");
                if commit.produced > *most || commit.produced == 0 {
                    wrong.push(format!("{operator}: {} tuples, insert: {insert}, in {fork:?}", commit.produced));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_change_that_nothing_depends_on_touches_itself_alone() {
    let (mut engine, _) = loaded(CASES[2].rules);
    let base = engine.base("none").unwrap();
    engine.insert(Fork::BASE, base, &[1], Origin::default()).unwrap();
    let produced = engine.commit().unwrap().produced;
    assert!(produced <= 1, "{produced}");
}
