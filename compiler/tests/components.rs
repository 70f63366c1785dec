//! Components: what instances consist of and how it is named, and what is wrong with them.

use compiler::render::render;
use compiler::{NoFiles, compile};

/// The expanded program as text; it must mean the same when it is read again.
fn expanded(text: &str) -> String {
    let compilation = compile(&[("test.dl", text)], &NoFiles);
    let said = render(&compilation.diagnostics, &compilation.sources, false);
    let program = compilation.program.unwrap_or_else(|| panic!("{text}\n{said}"));
    let printed = program.to_string();
    let again = compile(&[("printed.dl", &printed)], &NoFiles);
    let said = render(&again.diagnostics, &again.sources, false);
    assert_eq!(again.program.unwrap_or_else(|| panic!("{printed}\n{said}")).to_string(), printed);
    printed
}

/// What is said about a text.
fn said(text: &str) -> String {
    let compilation = compile(&[("test.dl", text)], &NoFiles);
    render(&compilation.diagnostics, &compilation.sources, false)
}

fn codes(text: &str) -> Vec<&'static str> {
    compile(&[("test.dl", text)], &NoFiles).diagnostics.iter().map(|d| d.code).collect()
}

/// Holds if the program has these lines, among others.
fn holds(text: &str, lines: &[&str]) {
    let printed = expanded(text);
    for line in lines {
        assert!(printed.lines().any(|printed| printed == *line), "no line\n{line}\nin\n{printed}");
    }
}

const GRAPH: &str = "
    .comp Graph<T> {
        .decl edge(a: T, b: T) overridable
        .decl path(a: T, b: T)
        path(a, b) :- edge(a, b).
        path(a, c) :- path(a, b), edge(b, c).
    }";

#[test]
fn an_instance_is_what_its_component_consists_of() {
    let text = format!("{GRAPH}\n.init g = Graph<symbol>\ng.edge(\"a\", \"b\").\n.output g.path");
    let expected = ".decl g.edge(a: symbol, b: symbol)\n.decl g.path(a: symbol, b: symbol)\n.output g.path\n\
                    g.edge(\"a\", \"b\").\ng.path(a, b) :- g.edge(a, b).\ng.path(a, c) :- g.path(a, b), g.edge(b, c).\n";
    assert_eq!(expanded(&text), expected);
}

#[test]
fn instances_are_independent_of_each_other() {
    let text =
        format!("{GRAPH}\n.init a = Graph<symbol>\n.init b = Graph<number>\nb.edge(1, 2).\na.edge(\"x\", \"y\").");
    holds(&text, &[".decl a.edge(a: symbol, b: symbol)", ".decl b.edge(a: number, b: number)", "b.edge(1, 2)."]);
}

#[test]
fn inherited_rules_can_be_overridden_and_others_stay() {
    let text = format!(
        "{GRAPH}
        .comp Both<T> : Graph<T> {{
            .override edge
            .decl raw(a: T, b: T)
            edge(a, b) :- raw(a, b) ; raw(b, a).
        }}
        .comp Only<T> : Both<T> {{ path(a, a) :- edge(a, _). }}
        .init g = Only<symbol>"
    );
    holds(&text, &["g.edge(a, b) :- g.raw(b, a).", "g.path(a, b) :- g.edge(a, b).", "g.path(a, a) :- g.edge(a, _)."]);
    let text =
        ".comp A { .decl r(x: number) overridable  .decl s(x: number)  r(1). s(x) :- r(x). r(x), s(x) :- x = 2. }
                .comp B : A { .override r  r(3). }
                .comp C : B { }
                .init c = C";
    let expected = ".decl c.r(x: number)\n.decl c.s(x: number)\nc.r(3).\nc.s(x) :- c.r(x).\nc.s(x) :- x = 2.\n";
    assert_eq!(expanded(text), expected);
}

#[test]
fn several_bases_and_bases_of_bases_come_together() {
    let text = ".comp A { .decl a(x: number) a(1). }
                .comp B { .decl b(x: number) }
                .comp C : A, B { b(x) :- a(x). }
                .comp D : C { .decl d(x: number) d(x) :- b(x), a(x). }
                .init i = D";
    holds(text, &["i.a(1).", "i.b(x) :- i.a(x).", "i.d(x) :- i.b(x), i.a(x)."]);
}

#[test]
fn instances_stand_within_components_under_their_own_names() {
    let text = format!(
        "{GRAPH}
        .comp Net {{
            .init l2 = Graph<symbol>
            .init l3 = Graph<number>
            .decl sizes(a: number, b: number)
            sizes(count : {{ l2.path(_, _) }}, count : {{ l3.path(_, _) }}).
        }}
        .init net = Net
        net.l3.edge(1, 2).
        .decl up(x: number)
        up(x) :- net.l3.path(x, _), !net.l3.edge(_, x)."
    );
    holds(&text, &["net.l3.edge(1, 2).", "up(x) :- net.l3.path(x, _), !net.l3.edge(_, x)."]);
}

#[test]
fn a_name_is_looked_for_in_the_instance_then_around_it_then_outside() {
    let text = ".decl r, s, t(x: number)
                .comp Outer {
                    .decl s, t(x: number)
                    .comp Inner { .decl t, out(x: number)  out(x) :- r(x), s(x), t(x). }
                    .init inner = Inner
                }
                .init outer = Outer";
    holds(text, &["outer.inner.out(x) :- r(x), outer.s(x), outer.inner.t(x)."]);
    // What counts is where the instance stands, not where the component is declared.
    let text = ".comp Reader { .decl out(x: number)  out(x) :- in(x). }
                .comp Pair { .decl in(x: number)  in(1).  .init reader = Reader }
                .init pair = Pair";
    holds(text, &["pair.reader.out(x) :- pair.in(x)."]);
}

#[test]
fn rules_for_relations_outside_stay_outside() {
    let text = ".decl all(x: number)
                .comp A { .decl r(x: number)  all(x) :- r(x). }
                .init a = A
                .init b = A
                a.r(x) :- b.r(x).";
    holds(text, &["all(x) :- a.r(x).", "all(x) :- b.r(x).", "a.r(x) :- b.r(x)."]);
}

#[test]
fn types_are_local_to_an_instance() {
    let text = ".comp Named<T> { .type Name <: T  .decl r(n: Name)  r(as(\"x\", Name)). }
                .init a = Named<symbol>
                .decl s(n: a.Name)
                s(n) :- a.r(n).
                s(as(\"y\", a.Name)).";
    holds(text, &[".decl a.r(n: a.Name)", ".decl s(n: a.Name)", "s(n) :- a.r(n)."]);
}

#[test]
fn type_parameters_may_stand_for_components() {
    let text = ".comp Up { .decl r(x: number)  r(1). }
                .comp Down { .decl r(x: number)  r(2). }
                .comp Use<T> { .init t = T  .decl out(x: number)  out(x) :- t.r(x). }
                .comp Base<T> : T { .decl all(x: number)  all(x) :- r(x). }
                .init up = Use<Up>
                .init down = Use<Down>
                .init is = Base<Up>";
    holds(text, &["up.t.r(1).", "down.t.r(2).", "down.out(x) :- down.t.r(x).", "is.all(x) :- is.r(x)."]);
}

#[test]
fn components_are_found_in_what_is_inherited_and_around() {
    let text = ".comp A { .comp Part { .decl r(x: number)  r(1). } }
                .comp Part { .decl r(x: number)  r(2). }
                .comp B : A { .init p = Part }
                .init b = B
                .init p = Part";
    holds(text, &["b.p.r(1).", "p.r(2)."]);
}

#[test]
fn directives_are_those_of_the_instance() {
    let text = ".comp A { .decl r(x: number)  .input r(IO=file, filename=\"r.csv\")  .output r  .printsize r }
                .init a = A
                .init b = A
                .output a.r(filename=\"x\")";
    let printed = expanded(text);
    assert_eq!(printed.matches(".output").count(), 3, "{printed}");
    assert!(printed.contains(".printsize b.r"), "{printed}");
}

#[test]
fn what_is_wrong_within_a_component_is_said_once_with_its_instance() {
    let text = ".comp Bad {
    .decl r(x: number)
    r(x) :- missing(x).
}
.comp Outer { .init inner = Bad }
.init one = Outer
.init two = Bad";
    let expected = "error[unknown-relation]: unknown relation `missing`
 --> test.dl:3:13
  |
3 |     r(x) :- missing(x).
  |             ^^^^^^^
4 | }
5 | .comp Outer { .init inner = Bad }
  |               ----------------- instantiated here as `one.inner`
6 | .init one = Outer
  | ----------------- instantiated here as `one`
  |
  = help: declare it: `.decl missing(...)`

";
    assert_eq!(said(text), expected);
}

#[test]
fn a_finding_names_the_instance_that_it_is_about() {
    let text = ".comp Sum<T> {\n    .decl in, out(x: T)\n    out(x) :- in(x).\n    out(1).\n}\n\
                .init good = Sum<number>\n.init bad = Sum<symbol>";
    let text = said(text);
    assert!(text.contains("type-mismatch") && text.contains("instantiated here as `bad`"), "{text}");
}

#[test]
fn references_are_checked_whether_or_not_anything_is_instantiated() {
    assert_eq!(codes(".comp A : B {}"), ["unknown-component"]);
    assert_eq!(codes(".comp A { .init b = B }"), ["unknown-component"]);
    assert_eq!(codes(".comp A<T> {}\n.comp B : A {}"), ["wrong-arity"]);
    assert_eq!(codes(".comp A<T, U> {}\n.init a = A<number>"), ["wrong-arity"]);
    assert_eq!(codes(".comp A<T> { .init t = T<number> }\n.comp B {}\n.init a = A<B>"), ["wrong-arity"]);
    assert_eq!(codes(".comp A<T> { .init t = T }\n.init a = A<number>"), ["unknown-component"]);
    assert_eq!(codes(".comp A {}\n.comp A {}"), ["duplicate-name"]);
    assert_eq!(codes(".comp A {}\n.init a = A\n.init a = A"), ["duplicate-name"]);
    assert_eq!(codes(".decl A(x: number)\n.comp A {}"), ["duplicate-name"]);
    assert_eq!(codes(".decl a(x: number)\n.comp A {}\n.init a = A"), ["duplicate-name"]);
    assert_eq!(codes(".comp A : B {}\n.comp B : A {}"), ["cyclic-component"; 2]);
    assert_eq!(codes(".comp A { .decl r(x: number) .override r }"), ["bad-override"]);
    assert_eq!(
        codes(".comp A { .decl r(x: number) }\n.comp B : A { .decl r(x: number) }\n.init b = B"),
        ["duplicate-name"]
    );
}

#[test]
fn a_component_that_cannot_be_made_hides_no_other_error_and_adds_none() {
    let text = ".init a = Nope\n.decl r(x: number)\nr(x) :- a.r(x), a.b.s(x).\nr(x) :- nope(x).";
    assert_eq!(codes(text), ["unknown-component", "unknown-relation"]);
    assert_eq!(codes(".comp A { .decl up(a symbol) }\n.init a = A\na.up(\"x\")."), ["syntax-error"]);
    assert_eq!(codes(".comp A {\n.decl up(a: symbol)\nup(\"x\" }\n.init a = A\na.up(\"x\")."), ["syntax-error"]);
    assert_eq!(codes(".comp A<1> { .decl up(a: symbol)\nup(\"x\"). }"), ["syntax-error"]);
    assert_eq!(codes(".comp A { .decl a(x: number) a(x y). a(1). a(. a(2). }\n.init i = A"), ["syntax-error"; 2]);
}

#[test]
fn instances_without_end_are_refused() {
    assert_eq!(codes(".comp A { .init a = A  .init b = A }\n.init a = A"), ["cyclic-component"]);
    assert_eq!(codes(".comp A { .init b = B }\n.comp B { .init a = A }\n.init a = A"), ["cyclic-component"]);
    assert_eq!(codes(".comp A<T> : T<T> {}\n.init a = A<A>"), ["cyclic-component"]);
    // That a component holds another of its kind is no circle by itself.
    holds(
        ".comp A<T> { .init t = T<Leaf> }\n.comp Leaf<T> { .decl r(x: number)  r(1). }\n.init a = A<A>",
        &["a.t.t.r(1)."],
    );
}

#[test]
fn components_nest_so_deep_and_not_deeper() {
    let nested = |n: usize| {
        let open: String = (0..n).map(|i| format!(".comp C{i} {{ ")).collect();
        format!("{open}.decl r(x: number){}", "}".repeat(n))
    };
    assert_eq!(codes(&nested(50)), [""; 0]);
    assert_eq!(codes(&nested(51)), ["too-deep"]);
    assert_eq!(codes(&nested(100_000)), ["too-deep"]);
}

#[test]
fn the_formatter_keeps_what_stands_in_a_component() {
    let text = "\
// head
/// A graph.
.comp Graph<T> : Base<T>, Other { // of what
    // inside
    /// Its edges.
    .decl edge(a: T, b: T) overridable // why

    .comp Inner {}
    .init inner = Inner
    .override path
    path(a, b) :- edge(a, b).
    // last
} // behind

.init g = Graph<symbol>
";
    let (file, diagnostics) = compiler::parse::parse(0, text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let printed = file.to_string();
    let expected = text.replace(" { // of what\n", " {\n    // of what\n");
    assert_eq!(printed, expected);
    assert_eq!(compiler::parse::parse(0, &printed).0.to_string(), printed);
}
