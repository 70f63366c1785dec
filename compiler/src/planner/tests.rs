//! Programs made by hand, and the plans that they must get.

use super::fingerprint::literals_read;
use super::{Statistics, check, plan};
use crate::connected::strongly_connected;
use crate::functor::{Comparison, Functor};
use crate::plan::{Body, Plan, Reduction};
use crate::program::*;
use crate::span::Span;
use crate::value::{Const, Primitive, Type};
use std::collections::BTreeSet;

/// A program under construction. Arguments are `_`, numbers, `"text"`, or variables.
#[derive(Default)]
struct Text {
    program: Program,
    variables: Vec<String>,
}

enum L<'a> {
    Is(&'a str, &'a [&'a str]),
    Not(&'a str, &'a [&'a str]),
    Compare(&'a str, Comparison, &'a str),
    Let(&'a str, Functor, &'a [&'a str]),
    Fold(&'a str, AggregateOp, Option<&'a str>, &'a [&'a str], &'a [L<'a>]),
}
use L::*;

const N: Primitive = Primitive::Number;

impl Text {
    fn declare(mut self, name: &str, columns: &[&str]) -> Self {
        let ty = Type::plain(N);
        let columns = columns.iter().map(|c| Column { name: (*c).into(), ty: ty.clone() }).collect();
        self.program.relations.push(Relation { name: name.into(), columns, ..Relation::default() });
        self
    }

    fn id(&self, name: &str) -> RelationId {
        self.program.find(name).expect("a declared relation")
    }

    fn expr(&mut self, arg: &str) -> Expr {
        if arg == "_" {
            return Expr::Wildcard;
        }
        if let Ok(n) = arg.parse() {
            return Expr::Const(Const::Number(n));
        }
        if let Some(text) = arg.strip_prefix('"') {
            return Expr::Const(Const::Symbol(text.trim_end_matches('"').into()));
        }
        let at = self.variables.iter().position(|v| v == arg).unwrap_or_else(|| {
            self.variables.push(arg.to_string());
            self.variables.len() - 1
        });
        Expr::Variable(VariableId(at as u32))
    }

    fn exprs(&mut self, args: &[&str]) -> Vec<Expr> {
        args.iter().map(|a| self.expr(a)).collect()
    }

    fn literal(&mut self, literal: &L) -> Literal {
        let span = Span::default();
        let equal = |left, right| Literal::Constraint(Constraint { comparison: Comparison::Equal, left, right, span });
        match literal {
            Is(name, args) => Literal::Positive(Atom { relation: self.id(name), args: self.exprs(args), span }),
            Not(name, args) => Literal::Negative(Atom { relation: self.id(name), args: self.exprs(args), span }),
            Compare(a, comparison, b) => Literal::Constraint(Constraint {
                comparison: *comparison,
                left: self.expr(a),
                right: self.expr(b),
                span,
            }),
            Let(v, functor, args) => {
                let call = Expr::Call(*functor, self.exprs(args));
                equal(self.expr(v), call)
            }
            Fold(v, op, target, outer, body) => {
                let outer = outer.iter().map(|v| if let Expr::Variable(v) = self.expr(v) { v } else { unreachable!() });
                let aggregate = Aggregate {
                    op: *op,
                    outer: outer.collect(),
                    target: target.map(|t| self.expr(t)),
                    body: body.iter().map(|l| self.literal(l)).collect(),
                    span,
                };
                equal(self.expr(v), Expr::Aggregate(Box::new(aggregate)))
            }
        }
    }

    fn rule(mut self, head: &str, args: &[&str], body: &[L]) -> Self {
        self.variables.clear();
        let head = self.id(head);
        let args = self.exprs(args);
        let body = body.iter().map(|l| self.literal(l)).collect();
        let variables = self.variables.iter().map(|v| Variable { name: v.as_str().into(), primitive: N }).collect();
        self.program.rules.push(Rule { head, args, body, variables, span: Span::default() });
        self
    }

    fn fact(mut self, relation: &str, values: &[i64]) -> Self {
        let relation = self.id(relation);
        let values = values.iter().map(|n| Const::Number(*n)).collect();
        self.program.facts.push(Fact { relation, values, span: Span::default() });
        self
    }

    fn least(mut self, relation: &str, key: &[usize], order: usize) -> Self {
        let relation = self.id(relation);
        let order = vec![(order, Direction::Least)];
        self.program.subsumptions.push(Subsumption { relation, key: key.to_vec(), order, span: Span::default() });
        self
    }

    fn program(mut self) -> Program {
        let mut edges = vec![Vec::new(); self.program.relations.len()];
        for rule in &self.program.rules {
            literals_read(&rule.body, &mut |id| edges[rule.head.0 as usize].push(id.0 as usize));
        }
        for component in strongly_connected(&edges) {
            let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
            let relations = component.into_iter().map(|i| RelationId(i as u32)).collect();
            self.program.strata.push(Stratum { relations, recursive });
        }
        self.program
    }

    fn plan(self) -> Plan {
        self.plan_with(&Statistics::new())
    }

    fn plan_with(self, statistics: &Statistics) -> Plan {
        let plan = plan(&self.program(), statistics);
        assert_eq!(check(&plan), Vec::<String>::new(), "{plan}");
        plan
    }
}

fn expect(plan: &Plan, text: &str) {
    let expected: Vec<&str> = text.lines().map(str::trim_end).collect();
    let margin = expected.iter().filter(|l| !l.is_empty()).map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let expected = expected.iter().map(|l| l.get(margin..).unwrap_or("")).collect::<Vec<_>>().join("\n");
    assert_eq!(plan.to_string().trim(), expected.trim(), "\n{plan}");
}

#[test]
fn a_recursive_rule_joins_two_plain_indexes() {
    let plan = Text::default()
        .declare("link", &["from", "to"])
        .declare("path", &["from", "to"])
        .rule("path", &["x", "y"], &[Is("link", &["x", "y"])])
        .rule("path", &["x", "z"], &[Is("link", &["x", "y"]), Is("path", &["y", "z"])])
        .plan();
    expect(
        &plan,
        "
         path(from, to): distinct, recursive
           path(x, y) :- link(x, y).
             scan link(a, b) -> [a, b]
           path(x, z) :- link(x, y), path(y, z).
             scan link(a, b) -> [b | a]
             join path(b, c) -> [a, c]",
    );
}

#[test]
fn atoms_with_bound_columns_come_before_cross_products() {
    let plan = Text::default()
        .declare("a", &["x"])
        .declare("b", &["y", "z"])
        .declare("c", &["x", "y"])
        .declare("out", &["x", "z"])
        .rule("out", &["x", "z"], &[Is("a", &["x"]), Is("b", &["y", "z"]), Is("c", &["x", "y"])])
        .plan();
    expect(
        &plan,
        "
         out(x, z): distinct
           out(x, z) :- a(x), b(y, z), c(x, y).
             scan c(a, b) -> [a | b]
             join a(a) -> [b | a]
             join b(b, c) -> [a, c]",
    );
}

#[test]
fn the_smaller_relation_is_scanned_first() {
    let text = || {
        Text::default().declare("a", &["x", "y"]).declare("b", &["x", "y"]).declare("out", &["x"]).rule(
            "out",
            &["x"],
            &[Is("a", &["x", "y"]), Is("b", &["y", "x"]), Compare("y", Comparison::Less(N), "9")],
        )
    };
    let mut statistics = Statistics::new();
    statistics.set_rows("a", 1_000_000);
    statistics.set_rows("b", 10);
    expect(
        &text().plan_with(&statistics),
        "
         out(x): distinct
           out(x) :- a(x, y), b(y, x), y < 9.
             scan b(a, b) if a < 9 -> [b, a |]
             join a(b, a) -> [b]",
    );
    statistics.set_rows("b", 1_000_000_000);
    expect(
        &text().plan_with(&statistics),
        "
         out(x): distinct
           out(x) :- a(x, y), b(y, x), y < 9.
             scan a(a, b) if b < 9 -> [b, a |]
             join b(b, a) -> [a]",
    );
}

#[test]
fn constants_are_tests_of_the_source_and_keys_of_a_join() {
    let plan = Text::default()
        .declare("device", &["name", "role", "rack"])
        .declare("adjacent", &["a", "b"])
        .declare("out", &["a", "b"])
        .rule(
            "out",
            &["a", "b"],
            &[
                Is("device", &["a", "\"host\"", "_"]),
                Is("adjacent", &["a", "b"]),
                Is("device", &["b", "\"core\"", "_"]),
            ],
        )
        .plan();
    expect(
        &plan,
        r#"
           out(a, b): distinct
             out(a, b) :- device(a, "host", _), adjacent(a, b), device(b, "core", _).
               scan device(a, b, _) if b = "host" -> [a |]
               join adjacent(a, c) -> [c, "core" | a]
               join device(c, "core", _) -> [a, c]"#,
    );
}

#[test]
fn repeated_and_equal_variables_are_one() {
    let plan = Text::default()
        .declare("a", &["x", "y"])
        .declare("b", &["x", "y"])
        .declare("out", &["x", "y"])
        .rule(
            "out",
            &["x", "z"],
            &[
                Is("a", &["x", "x"]),
                Is("b", &["y", "y"]),
                Compare("x", Comparison::Equal, "y"),
                Compare("z", Comparison::Equal, "x"),
            ],
        )
        .plan();
    expect(
        &plan,
        "
         out(x, y): as it comes
           out(x, z) :- a(x, x), b(y, y), x = y, z = x.
             scan a(a, b) if b = a -> [a, a |]
             join b(a, a) -> [a, a]",
    );
}

#[test]
fn what_is_computed_is_carried_once_and_can_be_a_key() {
    let plan = Text::default()
        .declare("a", &["x", "y"])
        .declare("b", &["x", "y"])
        .declare("out", &["x", "y"])
        .rule("out", &["s", "z"], &[Is("b", &["s", "z"]), Let("s", Functor::Add(N), &["x", "y"]), Is("a", &["x", "y"])])
        .plan();
    expect(
        &plan,
        "
         out(x, y): distinct
           out(s, z) :- b(s, z), s = x + y, a(x, y).
             scan a(a, b) -> [c = a + b |]
             join b(c, d) -> [c, d]",
    );
}

#[test]
fn an_expression_that_may_fail_is_evaluated_even_if_nobody_reads_it() {
    let plan = Text::default()
        .declare("a", &["x", "y"])
        .declare("out", &["x"])
        .rule("out", &["x"], &[Is("a", &["x", "y"]), Let("q", Functor::Div(N), &["x", "y"])])
        .plan();
    expect(
        &plan,
        "
         out(x): distinct
           out(x) :- a(x, y), q = x / y.
             scan a(a, b) if a / b = a / b -> [a]",
    );
}

#[test]
fn wildcards_under_negation_share_a_projection() {
    let plan = Text::default()
        .declare("a", &["x"])
        .declare("b", &["x", "y"])
        .declare("out", &["x"])
        .declare("more", &["x"])
        .rule("out", &["x"], &[Is("a", &["x"]), Not("b", &["x", "_"])])
        .rule("more", &["x"], &[Is("a", &["x"]), Not("b", &["x", "_"]), Not("b", &["_", "_"])])
        .plan();
    expect(
        &plan,
        "
         @b:x(x): distinct
           @b:x :- b.
             scan b(a, _) -> [a]

         out(x): as it comes
           out(x) :- a(x), !b(x, _).
             scan a(a) -> [a |]
             not @b:x(a) -> [a]

         @b(): distinct
           @b :- b.
             scan b(_, _) -> []

         more(x): as it comes
           more(x) :- a(x), !b(x, _), !b(_, _).
             scan a(a) -> [a |]
             not @b:x(a) -> [| a]
             not @b() -> [a]",
    );
}

#[test]
fn a_count_has_an_input_a_fold_and_a_zero() {
    let plan = Text::default()
        .declare("server", &["name"])
        .declare("request", &["server", "at"])
        .declare("load", &["server", "n"])
        .rule(
            "load",
            &["s", "n"],
            &[Is("server", &["s"]), Fold("n", AggregateOp::Count, None, &["s"], &[Is("request", &["s", "_"])])],
        )
        .plan();
    expect(
        &plan,
        "
         @count:load(s, value): count of request by server

         @@count:load:s(s): as it comes
           @@count:load:s :- @count:load.
             scan @count:load(a, _) -> [a]

         load(server, n): as it comes
           load(s, n) :- server(s), n = count : { request(s, _) }.
             scan @count:load(a, b) -> [a | b]
             join server(a) -> [a, b]
           load(s, n) :- server(s), n = count : { request(s, _) }.
             scan server(a) -> [a |]
             not @@count:load:s(a) -> [a, 0]",
    );
}

#[test]
fn a_minimum_keeps_the_group_and_the_target_only() {
    let plan = Text::default()
        .declare("a", &["x", "y", "z", "w"])
        .declare("out", &["x", "y"])
        .rule(
            "out",
            &["x", "m"],
            &[
                Is("a", &["x", "_", "_", "_"]),
                Fold("m", AggregateOp::Min(N), Some("y"), &["x"], &[Is("a", &["x", "y", "_", "_"])]),
            ],
        )
        .plan();
    expect(
        &plan,
        "
         @input:out(x, value): distinct
           min y : { a(x, y, _, _) }
             scan a(a, b, _, _) -> [a, b]

         @min:out(x, value): min value of @input:out by x

         out(x, y): as it comes
           out(x, m) :- a(x, _, _, _), m = min y : { a(x, y, _, _) }.
             scan @min:out(a, b) -> [a, b]",
    );
}

#[test]
fn a_count_over_what_the_rule_has_already_seen_is_never_zero() {
    let plan = Text::default()
        .declare("call", &["from", "to", "bytes"])
        .declare("quiet", &["from"])
        .declare("out", &["from", "n"])
        .rule(
            "out",
            &["x", "n"],
            &[
                Is("call", &["x", "_", "_"]),
                Fold("n", AggregateOp::Count, None, &["x"], &[Is("call", &["x", "_", "b"])]),
                Is("quiet", &["x"]),
            ],
        )
        .plan();
    expect(
        &plan,
        "
         @count:out(x, value): count of call by from

         out(from, n): as it comes
           out(x, n) :- call(x, _, _), n = count : { call(x, _, b) }, quiet(x).
             scan @count:out(a, b) -> [a | b]
             join quiet(a) -> [a, b]",
    );
}

#[test]
fn a_count_of_fewer_tuples_than_the_rule_has_seen_may_be_zero() {
    let fold = |body: &[L]| {
        let text = Text::default().declare("call", &["from", "to"]).declare("out", &["from", "n"]);
        let count = Fold("n", AggregateOp::Count, None, &["x"], body);
        let plan = text.rule("out", &["x", "n"], &[Is("call", &["x", "_"]), count]).plan();
        plan.to_string().contains("-> [a, 0]")
    };
    assert!(!fold(&[Is("call", &["x", "y"])]));
    assert!(fold(&[Is("call", &["x", "7"])]));
    assert!(fold(&[Is("call", &["x", "x"])]));
    assert!(fold(&[Is("call", &["y", "x"])]));
    assert!(fold(&[Is("call", &["x", "y"]), Compare("y", Comparison::Less(N), "5")]));
}

#[test]
fn a_group_that_the_body_does_not_ground_comes_from_a_context() {
    let plan = Text::default()
        .declare("a", &["x"])
        .declare("b", &["y"])
        .declare("rank", &["x", "n"])
        .rule(
            "rank",
            &["x", "n"],
            &[
                Is("a", &["x"]),
                Fold("n", AggregateOp::Count, None, &["x"], &[Is("b", &["y"]), Compare("y", Comparison::Less(N), "x")]),
            ],
        )
        .plan();
    let text = plan.to_string();
    assert!(text.contains("@context:rank(x): as it comes"), "{text}");
    assert!(text.contains("scan b(a) -> [| a]\n    join @context:rank(b) if a < b -> [b, a]"), "{text}");
}

#[test]
fn counts_of_everything_do_not_multiply_clauses() {
    let fold = |v, r| Fold(v, AggregateOp::Count, None, &[], r);
    let plan = Text::default()
        .declare("a", &["x"])
        .declare("b", &["x"])
        .declare("out", &["a", "b"])
        .rule("out", &["n", "m"], &[fold("n", &[Is("a", &["_"])]), fold("m", &[Is("b", &["_"])])])
        .plan();
    let out = plan.find("out").and_then(|id| plan.definition(id)).expect("out is derived");
    let Body::Union(pipelines, reduction) = &out.body else { panic!("out is a union") };
    assert_eq!((pipelines.len(), reduction), (1, &Reduction::None), "{plan}");
}

#[test]
fn an_aggregate_whose_groups_only_the_recursion_binds_is_refused() {
    let refused = |extra: &str| {
        let text = format!(
            ".decl a(x: number) .decl h(x: number, n: number)
             h(x, n) :- h(y, _), x = y + 1, {extra} n = count : {{ a(b), b < x }}."
        );
        let compilation = crate::compile(&[("text.dl", &text)], &crate::NoFiles);
        compilation.diagnostics.iter().map(|d| d.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(refused(""), ["aggregate in a recursive rule takes `x` from the recursion"]);
    assert_eq!(refused("a(x),"), Vec::<String>::new());
}

#[test]
fn nested_aggregates_are_lowered_inside_out() {
    let inner = [Is("a", &["x", "y"]), Fold("n", AggregateOp::Count, None, &["y"], &[Is("b", &["y", "_"])])];
    let plan = Text::default()
        .declare("a", &["x", "y"])
        .declare("b", &["y", "z"])
        .declare("out", &["x", "n"])
        .rule("out", &["x", "m"], &[Is("a", &["x", "_"]), Fold("m", AggregateOp::Sum(N), Some("n"), &["x"], &inner)])
        .plan();
    let names: BTreeSet<&str> = plan.relations.iter().map(|r| &*r.name).collect();
    for name in ["@count:out", "@input:out", "@sum:out"] {
        assert!(names.contains(name), "{name} is missing: {names:?}\n{plan}");
    }
}

#[test]
fn facts_of_a_derived_relation_go_to_a_base_of_its_own() {
    let plan = Text::default()
        .declare("a", &["x"])
        .declare("b", &["x"])
        .rule("b", &["x"], &[Is("a", &["x"])])
        .fact("a", &[1])
        .fact("b", &[2])
        .plan();
    let id = |name| plan.find(name).expect("a relation");
    assert_eq!(plan.relation(id("a")).base, Some(id("a")));
    assert_eq!(plan.relation(id("b")).base, Some(id("@base:b")));
    assert_eq!(plan.facts[1].0, id("@base:b"));
    expect(
        &plan,
        "
         b(x): distinct
           b :- @base:b.
             scan @base:b(a) -> [a]
           b(x) :- a(x).
             scan a(a) -> [a]",
    );
}

#[test]
fn subsumption_keeps_the_best_per_key_also_of_given_tuples() {
    let plan = Text::default()
        .declare("arc", &["from", "to", "weight"])
        .declare("dist", &["node", "d"])
        .declare("seen", &["node", "d"])
        .rule(
            "dist",
            &["y", "d"],
            &[Is("dist", &["x", "c"]), Is("arc", &["x", "y", "w"]), Let("d", Functor::Add(N), &["c", "w"])],
        )
        .fact("dist", &[0, 0])
        .least("dist", &[0], 1)
        .least("seen", &[0], 1)
        .plan();
    expect(
        &plan,
        "
         dist(node, d): least d by node, recursive
           dist :- @base:dist.
             scan @base:dist(a, b) -> [a, b]
           dist(y, d) :- dist(x, c), arc(x, y, w), d = c + w.
             scan arc(a, b, c) -> [a | b, c]
             join dist(a, d) -> [b, d + c]

         seen(node, d): least d by node
           seen :- @base:seen.
             scan @base:seen(a, b) -> [a, b]",
    );
}

#[test]
fn a_dead_column_is_dropped_unless_the_index_exists_anyway() {
    let text = || {
        Text::default()
            .declare("a", &["x", "y"])
            .declare("b", &["x"])
            .declare("c", &["x", "y"])
            .declare("out", &["x"])
            .declare("all", &["x", "y"])
            .rule("out", &["x"], &[Is("a", &["x", "_"]), Is("b", &["x"])])
    };
    let mut statistics = Statistics::new();
    statistics.set_rows("a", 10);
    statistics.set_rows("c", 5);
    assert!(text().plan_with(&statistics).to_string().contains("scan a(a, _) -> [a |]"));
    let shared = text().rule("all", &["x", "z"], &[Is("c", &["x", "z"]), Is("a", &["x", "y"])]).plan_with(&statistics);
    assert!(shared.to_string().contains("scan a(a, b) -> [a | b]\n    join b(a) -> [a]"), "{shared}");
}

#[test]
fn fingerprints_follow_meaning_and_not_numbers() {
    let one = Text::default()
        .declare("a", &["x"])
        .declare("b", &["x"])
        .declare("c", &["x"])
        .rule("b", &["x"], &[Is("a", &["x"])])
        .rule("c", &["x"], &[Is("b", &["x"]), Not("a", &["x"])])
        .plan();
    let renumbered = Text::default()
        .declare("new", &["x"])
        .declare("c", &["x"])
        .declare("b", &["x"])
        .declare("a", &["x"])
        .rule("c", &["y"], &[Is("b", &["y"]), Not("a", &["y"])])
        .rule("b", &["z"], &[Is("a", &["z"])])
        .plan();
    let below_changed = Text::default()
        .declare("a", &["x"])
        .declare("b", &["x"])
        .declare("c", &["x"])
        .rule("b", &["x"], &[Is("a", &["x"]), Compare("x", Comparison::Less(N), "5")])
        .rule("c", &["x"], &[Is("b", &["x"]), Not("a", &["x"])])
        .plan();
    let print = |plan: &Plan, name: &str| plan.relation(plan.find(name).expect("a relation")).fingerprint;
    for name in ["a", "b", "c"] {
        assert_eq!(print(&one, name), print(&renumbered, name), "{name}");
    }
    assert_eq!(print(&one, "a"), print(&below_changed, "a"));
    for name in ["b", "c"] {
        assert_ne!(print(&one, name), print(&below_changed, name), "{name}");
    }
}

#[test]
fn mutually_recursive_relations_have_different_fingerprints() {
    let text = |more: bool| {
        let text = Text::default()
            .declare("a", &["x", "y"])
            .declare("odd", &["x", "y"])
            .declare("even", &["x", "y"])
            .rule("odd", &["x", "y"], &[Is("a", &["x", "y"])])
            .rule("odd", &["x", "z"], &[Is("even", &["x", "y"]), Is("a", &["y", "z"])])
            .rule("even", &["x", "z"], &[Is("odd", &["x", "y"]), Is("a", &["y", "z"])]);
        if more { text.rule("even", &["x", "x"], &[Is("a", &["x", "_"])]) } else { text }.plan()
    };
    let print = |plan: &Plan, name: &str| plan.relation(plan.find(name).expect("a relation")).fingerprint;
    let (one, two) = (text(false), text(true));
    assert_ne!(print(&one, "odd"), print(&one, "even"));
    assert_ne!(print(&one, "odd"), print(&two, "odd"));
}
