//! Orders of joins, and what rows carry between them.

use super::*;

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
