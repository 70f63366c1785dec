//! `.test` blocks: what they say, what is wrong with them, and that they change nothing in the program.

use compiler::program::{Expectation, Program, Test};
use compiler::{NoFiles, compile, layout};

const RULES: &str = "\
.decl link(a: symbol, b: symbol)
.input link
.decl path(a: symbol, b: symbol)
path(a, b) :- link(a, b) ; link(a, c), path(c, b).
path(\"x\", \"x\").
";

fn program(text: &str) -> Program {
    let compilation = compile(&[("t.dl", text)], &NoFiles);
    compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

fn codes(test: &str) -> Vec<(&'static str, String)> {
    let text = format!("{RULES}{test}");
    let diagnostics = compile(&[("t.dl", &text)], &NoFiles).diagnostics;
    let place = |d: &compiler::diagnostic::Diagnostic| text[d.primary.span.range()].to_string();
    diagnostics.iter().map(|d| (d.code, place(d))).collect()
}

#[test]
fn a_test_holds_facts_and_expectations_and_the_program_does_not() {
    let tests = "\
.test \"two links\" {
    link(\"a\", \"b\").
    link(\"b\", \"c\").
    expect path(\"a\", \"c\").
    expect !path(\"c\", _), count : { path(_, _) } = 4.
    expect only link(\"a\", \"b\"), link(\"b\", \"c\"), path(\"a\", \"b\").
}
.test nothing {}
";
    let (alone, both) = (program(RULES), program(&format!("{RULES}{tests}")));
    assert_eq!(both.to_string(), alone.to_string());
    assert_eq!((both.relations.len(), both.strata.clone()), (alone.relations.len(), alone.strata.clone()));
    let [test, nothing] = &both.tests[..] else { panic!("two tests") };
    assert_eq!((&*test.name, &*nothing.name), ("two links", "nothing"));
    assert_eq!(kinds(test), ["holds", "holds", "only", "only"]);
    assert_eq!((test.facts.len(), nothing.expectations.len()), (5, 0));
    let together = both.with(test);
    assert_eq!(together.facts.len(), 1 + 5);
    assert!(together.directives.is_empty() && together.queries.is_empty());
    let mut stratified: Vec<u32> = together.strata.iter().flat_map(|s| &s.relations).map(|r| r.0).collect();
    stratified.sort_unstable();
    assert_eq!(stratified, (0..together.relations.len() as u32).collect::<Vec<_>>());
}

fn kinds(test: &Test) -> Vec<&'static str> {
    let kind = |expectation: &Expectation| match expectation {
        Expectation::Holds { .. } => "holds",
        Expectation::Only { .. } => "only",
    };
    test.expectations.iter().map(kind).collect()
}

#[test]
fn what_is_wrong_in_a_test_is_told_as_anywhere_else() {
    let wrong = |inside: &str| codes(&format!(".test t {{ {inside} }}"));
    let is = |code: &'static str, place: &str| vec![(code, place.to_string())];
    assert_eq!(wrong("lnik(\"a\", \"b\")."), is("unknown-relation", "lnik"));
    assert_eq!(wrong("link(\"a\")."), is("wrong-arity", "link(\"a\")"));
    assert_eq!(wrong("link(\"a\", 1)."), is("type-mismatch", "1"));
    assert_eq!(wrong("link(\"a\", x)."), is("unbound-variable", "x"));
    assert_eq!(wrong("expect path(x, 1)."), is("type-mismatch", "1"));
    assert_eq!(wrong("expect !path(x, \"a\")."), is("unbound-variable", "x"));
    assert_eq!(wrong("expect only path(\"a\", x)."), is("unbound-variable", "x"));
    assert_eq!(wrong("expect only paht(\"a\", \"b\")."), is("unknown-relation", "paht"));
    assert_eq!(wrong("path(a, b) :- link(b, a)."), is("syntax-error", "path(a, b) :- link(b, a)."));
    assert_eq!(wrong("expect link(\"a\" \"b\"). link(1, 2)."), {
        let mut both = is("syntax-error", "\"b\"");
        both.extend([("type-mismatch", "1".to_string()), ("type-mismatch", "2".to_string())]);
        both
    });
    assert_eq!(codes(".test { link(\"a\", \"b\"). }")[0].0, "syntax-error");
    assert_eq!(codes(".test t { link(\"a\", \"b\").\n.decl q(x: number)\nq(1).\n"), is("syntax-error", "{"));
}

#[test]
fn an_inline_relation_stands_for_its_body_in_a_test_too() {
    let text = ".decl a(x: number)\n.decl small(x: number) inline\nsmall(x) :- a(x), x < 3.\n\
                .test t { a(1). a(5). expect small(1), !small(5). }\n";
    let program = program(text);
    let whole = program.with(&program.tests[0]);
    let small = program.find("small").expect("it is declared");
    assert!(!whole.rules.is_empty());
    for literal in whole.rules.iter().flat_map(|rule| &rule.body) {
        use compiler::program::Literal::{Negative, Positive};
        assert!(!matches!(literal, Positive(atom) | Negative(atom) if atom.relation == small), "{}", whole);
    }
}

#[test]
fn the_words_of_tests_are_names_elsewhere() {
    let text = ".decl expect(only: number)\nexpect(1).\nexpect(only + 1) :- expect(only), only < 3.\n\
                .test t { expect expect(2). expect only expect(1), expect(2), expect(3). }\n";
    assert_eq!(program(text).tests[0].expectations.len(), 2);
}

#[test]
fn tests_are_laid_out() {
    let text = ".test  \"a lost uplink\"{link(\"a\",\"b\"). // fact\n expect(path(\"a\",x);link(x,_)).\nexpect only path(\"a\",\"b\").}";
    let expected = ".test \"a lost uplink\" {\n    link(\"a\", \"b\"). // fact\n    expect (path(\"a\", x) ; link(x, _)).\n    \
                    expect only path(\"a\", \"b\").\n}\n";
    assert_eq!(layout::format(text).expect("the text is right"), expected);
    assert_eq!(layout::format(expected).expect("the text is right"), expected);
}
