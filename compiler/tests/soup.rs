//! Whatever the text, the front end answers: it never panics, and every finding points into the text.

use compiler::{NoFiles, codes::explain, compile, layout::format, parse::parse, render::render};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What holds for any text.
fn check(text: &str) {
    let files = BTreeMap::from([("self".to_string(), text.to_string())]);
    let compilation = compile(&[("soup.dl", text)], &files);
    for diagnostic in &compilation.diagnostics {
        assert!(explain(diagnostic.code).is_some(), "no page for {}", diagnostic.code);
        for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary) {
            let span = label.span;
            assert!(span.start <= span.end && span.end as usize <= text.len(), "{diagnostic:?}");
        }
    }
    render(&compilation.diagnostics, &compilation.sources, true);
    let failed = compilation.diagnostics.iter().any(|d| d.is_error());
    assert_eq!(compilation.program.is_none(), failed);
    let (file, diagnostics) = parse(0, text);
    if diagnostics.is_empty() {
        let printed = file.to_string();
        let (again, diagnostics) = parse(0, &printed);
        assert!(diagnostics.is_empty(), "printed: {printed}\n{diagnostics:?}");
        assert!(again == file, "printed: {printed}");
        let laid_out = format(text).expect("what can be parsed can be laid out");
        assert_eq!(format(&laid_out).as_ref(), Ok(&laid_out), "laid out twice: {text}");
    }
}

const WORDS: &[&str] = &[
    ".decl",
    ".type",
    ".input",
    ".output",
    ".include",
    ".pragma",
    ".plan",
    ".comp",
    ".functor",
    ".init",
    ".nonsense",
    "\n#define a b\n",
    "\n#define M(x, y) x##y #x (y)\n",
    "\n#define b(x) M(x, a)",
    "\n#if defined(a) && (M",
    "\n#ifdef a\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#undef a\n",
    "\n#include \"self\"\n",
    "M(",
    "M(x, y)",
    "##",
    "\\\n",
    "__LINE__",
    ".once",
    ".override",
    ".comp A { .decl a(x: number)",
    ".comp B<T> : A { .init a = A",
    ".init a = A",
    "a.a(x)",
    "}",
    "a",
    "b",
    "x",
    "y",
    "_",
    "_z",
    "gap",
    "min",
    "max",
    "count",
    "sum",
    "mean",
    "as",
    "true",
    "false",
    "nil",
    "match",
    "cat",
    "number",
    "symbol",
    "Ip",
    "Time",
    "brie",
    "eqrel",
    "choice-domain",
    "band",
    "lnot",
    "1",
    "0x1f",
    "2u",
    "1.5",
    "9e999",
    "\"s\"",
    "\"10.0.0.1\"",
    "\"",
    "\\",
    "(",
    ")",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ",",
    ".",
    ".",
    ":-",
    "?-",
    ":",
    ";",
    "!",
    "=",
    "!=",
    "<",
    "<=",
    "<:",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "|",
    "$",
    "@",
    "#",
    "//",
    "/*",
    "*/",
    "///",
    "\n",
    "é",
    "a(x)",
    "b(x, y)",
    "b(_, 1)",
    "a(x) :- b(x, y).",
    "[x, nil]",
    "$B(x, $A)",
    "\n.type L = [x: number, y: L]\n",
    "\n.type T = A {} | B {x: number, y: T}\n",
    "\n.decl l(x: L, y: T)\n",
    "l([x, _], $B(y, _))",
    "\n.decl a(x: number)\n",
    "\n.decl b(x: symbol, y: Ip) output\n",
    ".test",
    "expect",
    "only",
    "\n.test \"t\" { a(1). expect b(x, _). }\n",
    "count : { a(x) }",
    "sum y : { b(x, y) ; a(y) }",
];

fn source(name: &str) -> &'static str {
    match name {
        "language" => include_str!("programs/language.dl"),
        "andersen" => include_str!("programs/andersen.dl"),
        _ => include_str!("programs/sssp.dl"),
    }
}

/// How many cases: more from the environment, for a long run.
fn config() -> ProptestConfig {
    let cases = std::env::var("STRATA_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    ProptestConfig {
        cases,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_ascii_text_is_answered(text in "[ -~\n]{0,200}") {
        check(&text);
    }

    #[test]
    fn any_words_are_answered(words in prop::collection::vec(prop::sample::select(WORDS), 0..60), gap in "( |\n|)") {
        check(&words.join(&gap));
    }

    /// A canonical text is read as itself.
    #[test]
    fn any_text_in_a_form_is_canonical_after_one_reading(text in "[0-9a-fA-F:./ hmsTZ-]{0,30}|\\PC{0,20}") {
        use compiler::value::{Const, Form};
        for form in [Form::Ip, Form::Prefix, Form::Mac, Form::Time, Form::Duration] {
            match compiler::form::read(form, &text) {
                Ok(Const::Symbol(once)) => {
                    assert_eq!(compiler::form::read(form, &once), Ok(Const::Symbol(once.clone())));
                }
                Ok(Const::Number(once)) if form == Form::Time => {
                    let printed = compiler::form::print_time(once);
                    assert_eq!(compiler::form::read(form, &printed), Ok(Const::Number(once)), "{printed}");
                }
                Ok(Const::Number(once)) => {
                    let printed = compiler::form::print_duration(once);
                    assert_eq!(compiler::form::read(form, &printed), Ok(Const::Number(once)), "{printed}");
                }
                Ok(other) => panic!("{other}"),
                Err(error) => assert_eq!(error.text, text),
            }
        }
    }

    /// Close to a real program, past the first checks.
    #[test]
    fn a_damaged_program_is_answered(
        name in prop::sample::select(&["language", "andersen", "sssp"][..]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::sample::select(WORDS)), 1..6),
    ) {
        let mut text: Vec<char> = source(name).chars().collect();
        for (at, length, word) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, word.chars());
        }
        check(&text.into_iter().collect::<String>());
    }

    /// The order of whole lines does not matter much, their loss does.
    #[test]
    fn a_program_with_lines_lost_or_moved_is_answered(
        order in Just((0..source("language").lines().count()).collect::<Vec<_>>()).prop_shuffle(),
        keep in 0usize..60,
    ) {
        let lines: Vec<&str> = source("language").lines().collect();
        let text: Vec<&str> = order.into_iter().take(keep).map(|line| lines[line]).collect();
        check(&text.join("\n"));
    }
}

/// What random words once brought down.
#[test]
fn texts_that_were_answered_wrongly_once_are_answered() {
    for text in ["///\n.decl a(x: number)\n///\na", "/// x\na(\n/// y\n1). /// z\n.decl a(x: number)"] {
        check(text);
    }
}

/// On a thread with the stack that tests have by default, so that recursion which follows the text would be noticed.
#[test]
fn depth_is_refused_before_it_overflows_the_stack() {
    for text in nested(100_000) {
        let text = format!(".decl a(x: number)\n.decl b(x: number)\n{text}\nb(2).\n");
        let compilation = compile(&[("deep.dl", &text)], &NoFiles);
        let codes: Vec<&str> = compilation.diagnostics.iter().map(|d| d.code).collect();
        assert!(codes.contains(&"too-deep") || codes.contains(&"not-supported"), "{codes:?} {}", &text[..80]);
        assert!(codes.len() < 3, "{codes:?} {}", &text[..80]);
    }
    // What is deep and still accepted.
    for depth in [60, 95, 130, 195] {
        for text in nested(depth) {
            check(&format!(".decl a(x: number)\n.decl b(x: number)\n{text}\nb(2).\n"));
        }
    }
}

/// Each way to nest, so many levels deep.
fn nested(deep: usize) -> Vec<String> {
    vec![
        format!("a({}1{}).", "(".repeat(deep), ")".repeat(deep)),
        format!("a({}1).", "(".repeat(deep)),
        format!("a(x) :- {}b(x).", "!".repeat(deep)),
        format!("a({}1).", "-".repeat(deep)),
        format!("a(1{}).", " + 1".repeat(deep)),
        format!("a(1{}).", " ^ 1".repeat(deep)),
        format!("a(x) :- x = {}1.", "count : { x = ".repeat(deep)),
        format!("a(x) :- {}b(x){}.", "(b(x) ; ".repeat(deep), ")".repeat(deep)),
        format!("a({}1{}).", "cat(".repeat(deep), ")".repeat(deep)),
        format!("a({}1{}).", "min(1, ".repeat(deep), ")".repeat(deep)),
        format!("a({}1{}).", "[".repeat(deep), "]".repeat(deep)),
        format!("a(x) :- x = 1{}.", " + count : b(x)".repeat(deep)),
        format!("a(x) :- x = {}y{}.", "sum ".repeat(deep), " : b(y)".repeat(deep)),
        format!(".comp A {}", "{".repeat(deep)),
    ]
}

#[test]
fn the_greatest_depth_that_is_accepted_is_compiled() {
    for (open, close) in [("(1 + ", ")"), ("-(", ")"), ("min(1, ", ")"), ("cat(\"a\", ", ")")] {
        let n = 90;
        let last = if open.starts_with("cat") { "\"b\"" } else { "1" };
        let ty = if open.starts_with("cat") { "symbol" } else { "number" };
        let text = format!(".decl a(x: {ty})\na({}{last}{}).", open.repeat(n), close.repeat(n));
        let compilation = compile(&[("deep.dl", &text)], &NoFiles);
        assert!(compilation.program.is_some(), "{:?}", compilation.diagnostics);
    }
}

#[test]
fn long_lists_are_no_depth() {
    let n = 20_000;
    let facts: String = (0..n).map(|i| format!("a({i}).\n")).collect();
    let body: Vec<String> = (0..2_000).map(|i| format!("a({i})")).collect();
    let choice: Vec<String> = (0..900).map(|i| format!("x = {i}")).collect();
    let text = format!(
        ".decl a(x: number)\n.decl b(x: number)\n{facts}b(1) :- {}.\nb(x) :- {}.\n",
        body.join(", "),
        choice.join(" ; ")
    );
    let compilation = compile(&[("long.dl", &text)], &NoFiles);
    let program = compilation.program.expect("nothing is wrong");
    assert_eq!((program.facts.len(), program.rules.len()), (n, 901));
}
