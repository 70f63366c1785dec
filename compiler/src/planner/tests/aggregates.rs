//! Aggregates become relations of their own.

use super::*;

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
