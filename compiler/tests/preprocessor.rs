//! The preprocessor: what macros stand for, what conditions leave out, what is included, and where findings point.

use compiler::render::render;
use compiler::{Compilation, Files, NoFiles, Options, compile, compile_with};
use std::collections::BTreeMap;

fn said(compilation: &Compilation) -> String {
    render(&compilation.diagnostics, &compilation.sources, false)
}

/// The facts of `a(x: number)` and `s(x: symbol)`, in order, that a text states.
fn facts(text: &str) -> Vec<String> {
    facts_with(text, &NoFiles, &Options::default())
}

fn facts_with(text: &str, files: &dyn Files, options: &Options) -> Vec<String> {
    let text = format!(".decl a(x: number)\n.decl s(x: symbol)\n{text}");
    let compilation = compile_with(&[("test.dl", &text)], files, options);
    let said = said(&compilation);
    let program = compilation.program.unwrap_or_else(|| panic!("{text}\n{said}"));
    program.to_string().lines().skip(2).map(str::to_string).collect()
}

fn codes(text: &str) -> Vec<&'static str> {
    compile(&[("test.dl", text)], &NoFiles).diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn macros_stand_for_their_bodies() {
    assert_eq!(facts("#define N 5\na(N)."), ["a(5)."]);
    assert_eq!(facts("#define N\ns(\"N\")."), ["s(\"N\")."]);
    assert_eq!(facts("#define ADD(x, y) (x + y)\na(ADD(1, (2)))."), ["a(1 + 2)."]);
    assert_eq!(facts("#define F(x) a(x).\nF(1) F(2)\nF(3)"), ["a(1).", "a(2).", "a(3)."]);
    assert_eq!(facts("#define TWO F(1) F(2)\n#define F(x) a(x).\nTWO"), ["a(1).", "a(2)."]);
    // Without parentheses a macro that has parameters is a name like any other.
    assert_eq!(facts("#define a(x) b(x)\n#define b(x) a(x)\na(1)."), ["a(1)."]);
    assert_eq!(facts("#define F() 7\na(F())."), ["a(7)."]);
    assert_eq!(facts("#define F(x, y) a(x y).\nF(1, ) F(, 2)"), ["a(1).", "a(2)."]);
    assert_eq!(facts("#define N 1\n#undef N\n#define N 2\n#undef M\na(N)."), ["a(2)."]);
}

#[test]
fn arguments_become_text_and_parts_of_names() {
    assert_eq!(
        facts("#define S(x) s(#x).\nS(one) S(a + b) S(\"q\")"),
        ["s(\"one\").", "s(\"a + b\").", "s(\"\\\"q\\\"\")."]
    );
    assert_eq!(facts("#define J(x, y) x##y\na(J(1, 2)). J(,a)(3). J(a,)(4)."), ["a(12).", "a(3).", "a(4)."]);
    assert_eq!(facts("#define N 5\n#define S(x) #x\n#define X(x) S(x)\ns(S(N)). s(X(N))."), ["s(\"N\").", "s(\"5\")."]);
    assert_eq!(
        facts("#define F(x, ...) a(x). G(__VA_ARGS__)\n#define G(x, y) a(x). a(y).\nF(1, 2, 3)"),
        ["a(1).", "a(2).", "a(3)."]
    );
    let text =
        "#define I(c) inst_##c\n#define R(c) inst_##c##.##r\n.comp C { .decl r(x: number) }\n.init I(x) = C\nR(x)(1).";
    assert_eq!(facts(text).last().map(String::as_str), Some("inst_x.r(1)."));
    let text = "#define I inst\n.comp C { .decl r(x: number) }\n.init I = C\nI.r(1).";
    assert_eq!(facts(text).last().map(String::as_str), Some("inst.r(1)."));
}

#[test]
fn no_macro_is_expanded_within_itself() {
    assert_eq!(facts("#define a a\na(1)."), ["a(1)."]);
    assert_eq!(facts("#define a b\n#define b a\na(1)."), ["a(1)."]);
    assert_eq!(facts("#define f(x) x\na(f(f(f(1))))."), ["a(1)."]);
    assert_eq!(facts("#define f(x) x + g(x)\n#define g(x) x\na(f(f(1)))."), ["a(((1 + 1) + 1) + 1)."]);
}

#[test]
fn conditions_choose_what_is_read() {
    assert_eq!(facts("#ifdef N\na(1).\n#else\na(2).\n#endif"), ["a(2)."]);
    assert_eq!(facts("#define N\n#ifndef N\na(1).\n#elif 1\na(2).\n#else\na(3).\n#endif"), ["a(2)."]);
    assert_eq!(facts("#if 0\n#if 1\na(1).\n#else\na(2).\n#endif\n\"' /* #endif */\n#else\na(3).\n#endif"), ["a(3)."]);
    let holds = |condition: &str| {
        facts(&format!("#define FIVE 5\n#define SQ(x) x * x\n#if {condition}\na(1).\n#endif")).len() == 1
    };
    for condition in [
        "1",
        "FIVE == 5",
        "FIVE > 4 && !(FIVE > 5)",
        "defined(FIVE) || defined NOPE",
        "!NOPE",
        "-1 < 0",
        "7 / 2 == 3 && 7 % 2 == 1",
        "1 << 3 == 8",
        "(0x10 | 1) == 17",
        "SQ(3) == 9",
        "0 ? 0 : 1",
        "~0 == -1",
        "1 ? 2 : 0 ? 0 : 0",
        "6 - 2 - 1 == 3",
        "true",
        "1u",
    ] {
        assert!(holds(condition), "{condition}");
    }
    for condition in ["0", "NOPE", "FIVE != 5", "defined(NOPE)", "defined FIVE && 0", "1 == 2", "false"] {
        assert!(!holds(condition), "{condition}");
    }
    assert_eq!(facts("a(\n#if 1\n1\n#else\n2\n#endif\n)."), ["a(1)."]);
}

#[test]
fn lines_go_on_behind_a_backslash() {
    assert_eq!(facts("#define F(x) \\\n  a(x). \\\n  a(x + 1).\nF(1)"), ["a(1).", "a(1 + 1)."]);
    assert_eq!(facts("a( \\\n1)."), ["a(1)."]);
    assert_eq!(facts("s(\"one \\\ntwo\")."), ["s(\"one two\")."]);
    assert_eq!(facts("#define N 1 /* two\nlines */ + 2 // rest\na(N)."), ["a(1 + 2)."]);
    assert_eq!(facts("#define N \\\r\n 3\r\na(N).\r\n"), ["a(3)."]);
}

#[test]
fn definitions_come_from_the_command_line() {
    let options = |definitions: &[&str], preprocess| Options {
        definitions: definitions.iter().map(|d| (*d).to_string()).collect(),
        preprocess,
    };
    let text = "#ifdef B\na(A).\n#endif\na(B). F(9)";
    assert_eq!(facts_with(text, &NoFiles, &options(&["A=5", "B", "F(x)=a(x)."], true)), ["a(5).", "a(1).", "a(9)."]);
    // Without the preprocessor its lines mean nothing.
    assert_eq!(facts_with("#define a b\n#if 0\na(1).\n#endif", &NoFiles, &options(&[], false)), ["a(1)."]);
}

#[test]
fn files_are_included_where_they_are_named() {
    let files = BTreeMap::from([
        ("n.dl".to_string(), "#define N 7\n".to_string()),
        ("f.dl".to_string(), "a(N).\n".to_string()),
        ("once.dl".to_string(), ".once\na(1).\n".to_string()),
        ("pragma.dl".to_string(), "#pragma once\na(2).\n".to_string()),
        ("r.dl".to_string(), ".decl r(x: number)\nr(N).\n".to_string()),
        ("open.dl".to_string(), "a(3".to_string()),
    ]);
    let facts = |text: &str| facts_with(text, &files, &Options::default());
    assert_eq!(
        facts("#include \"n.dl\"\n#include <f.dl>\n#undef N\n#define N 8\n#include \"f.dl\""),
        ["a(7).", "a(8)."]
    );
    assert_eq!(facts(".include \"n.dl\"\n.include \"f.dl\"\n.include \"f.dl\"\na(9)."), ["a(7).", "a(9)."]);
    assert_eq!(
        facts("#include \"once.dl\"\n#include \"once.dl\"\n#include \"pragma.dl\"\n#include \"pragma.dl\""),
        ["a(1).", "a(2)."]
    );
    assert_eq!(facts("#define PATH \"f.dl\"\n#define N 1\n#include PATH"), ["a(1)."]);
    assert_eq!(facts(".include \"open.dl\"\n)."), ["a(3)."]);
    // Within components each inclusion counts, as it is about another component.
    let text = "#define N 1\n.comp A { .include \"r.dl\" }\n.comp B { .include \"r.dl\" }\n.init i = A\n.init j = B";
    assert_eq!(facts(text).len(), 4);
}

#[test]
fn a_text_knows_its_name_and_lines() {
    assert_eq!(facts("s(__FILE__).\na(__LINE__).\n#define L a(__LINE__).\nL"), ["s(\"test.dl\").", "a(4).", "a(6)."]);
}

#[test]
fn findings_in_what_a_macro_stands_for_point_at_its_use_and_name_its_definition() {
    let text = ".decl a(x: number)\n#define BAD(x) a(x, y).\na(1).\nBAD(2)\na(z).";
    let expected = "error[wrong-arity]: relation `a` has 1 column, not 2
 --> test.dl:4:1
  |
1 | .decl a(x: number)
  | ------------------ declared here
2 | #define BAD(x) a(x, y).
  |         --- in what macro `BAD` stands for
3 | a(1).
4 | BAD(2)
  | ^^^^^^

error[unbound-variable]: variable `z` occurs in a fact
";
    let found = said(&compile(&[("test.dl", text)], &NoFiles));
    assert!(found.starts_with(expected.split("\n\nerror[unbound").next().expect("text")), "{found}");
    // What stands in an argument is the author's.
    let text = ".decl a(x: number)\n#define FACT(x) a(x).\nFACT(\"one\")";
    let found = said(&compile(&[("test.dl", text)], &NoFiles));
    assert!(found.contains("test.dl:3:6"), "{found}");
}

#[test]
fn what_is_wrong_with_lines_is_said() {
    assert_eq!(codes("#if 1"), ["bad-condition"]);
    assert_eq!(codes("#endif"), ["bad-condition"]);
    assert_eq!(codes("#if 1\n#else\n#else\n#endif"), ["bad-condition"]);
    assert_eq!(codes("#if 1 +\n#endif"), ["bad-condition"]);
    assert_eq!(codes("#if 1 / 0\n#endif"), ["bad-condition"]);
    assert_eq!(codes("#if 1 2\n#endif"), ["bad-condition"]);
    assert_eq!(codes("#if \"a\"\n#endif"), ["bad-condition"]);
    assert_eq!(codes("#ifdef\n#endif"), ["bad-condition"]);
    assert_eq!(codes(&format!("#if {}1{}\n#endif", "(".repeat(100_000), ")".repeat(100_000))), ["bad-condition"]);
    assert_eq!(codes("#define"), ["bad-macro"]);
    assert_eq!(codes("#define F(x"), ["bad-macro"]);
    assert_eq!(codes("#define F(x, x) x"), ["bad-macro"]);
    assert_eq!(codes("#define F(1) x"), ["bad-macro"]);
    assert_eq!(codes("#define F ## x"), ["bad-macro"]);
    assert_eq!(codes(".decl a(x: number)\n#define F(x) a(x).\nF(1"), ["bad-macro"]);
    assert_eq!(codes("#error no good"), ["author-error"]);
    assert_eq!(codes("#warning hm"), ["author-warning"]);
    assert_eq!(codes("#defnie A"), ["unknown-directive"]);
    assert_eq!(codes("#include nothing"), ["include-failed"]);
    assert_eq!(codes("#include \"nothing\""), ["include-failed"]);
    // Of what is left out nothing is said.
    assert_eq!(codes("#if 0\n#error no\n#nonsense\n\"open\n$$\n#endif"), [""; 0]);
}

#[test]
fn expansion_is_bounded() {
    let double: String = (1..40).map(|i| format!("#define M{i} M{} M{}\n", i - 1, i - 1)).collect();
    assert!(codes(&format!("#define M0 a(1).\n.decl a(x: number)\n{double}M39")).contains(&"expansion-limit"));
    let double: String = (1..40).map(|i| format!("#define M{i}(x) M{}(x x)\n", i - 1)).collect();
    assert!(codes(&format!("#define M0(x) x\n.decl a(x: number)\n{double}M39(a(1).)")).contains(&"expansion-limit"));
    let chain: String = (1..100_000).map(|i| format!("#define M{i} M{}\n", i - 1)).collect();
    assert!(codes(&format!("{chain}.decl a(x: number)\na(M99999).")).contains(&"too-deep"));
    let nested = format!("#define F(x) x\n.decl a(x: number)\na({}1{}).", "F(".repeat(50_000), ")".repeat(50_000));
    assert!(codes(&nested).contains(&"too-deep"));
    let files = BTreeMap::from([("self".to_string(), "#include \"self\"\n#include \"self\"\n".to_string())]);
    let found = compile(&[("test.dl", "#include \"self\"")], &files).diagnostics;
    assert_eq!(found.iter().map(|d| d.code).collect::<Vec<_>>(), ["too-deep"]);
}

#[test]
fn pragmas_switch_warnings_off() {
    let rules = ".decl a(x: number)\n.input a\n.decl b(x: number)\n.output b\nb(1) :- a(x).";
    assert_eq!(codes(rules), ["singleton-variable"]);
    assert_eq!(codes(&format!(".pragma \"no-warn\"\n{rules}")), [""; 0]);
    assert_eq!(codes(&format!(".pragma \"no-warn\" \"plan-ignored, singleton-variable\"\n{rules}")), [""; 0]);
    assert_eq!(codes(&format!(".pragma \"no-warn\" \"plan-ignored\"\n{rules}")), ["singleton-variable"]);
    assert_eq!(codes(".pragma \"magic-transform\" \"*\""), [""; 0]);
    assert_eq!(codes(".pragma \"nothing-known\""), ["unknown-pragma"]);
}
