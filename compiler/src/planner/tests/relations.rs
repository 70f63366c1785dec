//! Facts, subsumption, and what tells relations apart.

use super::*;

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
