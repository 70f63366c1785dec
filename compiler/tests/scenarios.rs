//! `.scenario` blocks: what they say, what is wrong with them, and that they change nothing in the program.

use compiler::parse::parse;
use compiler::planner::{Statistics, plan};
use compiler::program::Program;
use compiler::{NoFiles, compile, layout};

const RULES: &str = "\
.decl farm(g: symbol, p: symbol)
.input farm
.decl esb(g: symbol)
.decl size(g: symbol, n: number)
size(g, n) :- farm(g, _), n = count : { farm(g, _) }.
.decl near(g: symbol, p: symbol) inline
near(g, p) :- farm(g, p), p != \"far\".
";

const NEARBY: &str = "\
.scenario nearby \"an ESB near each client\" {
    -farm(G, P) :- esb(G), farm(G, P).
    +farm(G, \"nearby\") :- esb(G), !near(G, \"nearby\").
    -farm(G, \"b\"), esb(G) :- size(G, n), n > 1.
    +farm(\"x\", \"y\").
}
";

fn program(text: &str) -> Program {
    let compilation = compile(&[("s.dl", text)], &NoFiles);
    compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

fn found(scenario: &str) -> Vec<(&'static str, String, String)> {
    let text = format!("{RULES}{scenario}");
    let diagnostics = compile(&[("s.dl", &text)], &NoFiles).diagnostics;
    let place = |d: &compiler::diagnostic::Diagnostic| text[d.primary.span.range()].to_string();
    diagnostics.iter().map(|d| (d.code, d.message.clone(), place(d))).collect()
}

#[test]
fn a_scenario_is_edits_that_relations_of_its_own_hold() {
    let (alone, both) = (program(RULES), program(&format!("{RULES}{NEARBY}")));
    assert_eq!(both.to_string(), alone.to_string());
    assert_eq!((both.relations.len(), both.strata.clone()), (alone.relations.len(), alone.strata.clone()));
    let scenario = both.scenario("nearby").expect("it is there");
    assert_eq!(&*scenario.doc, "an ESB near each client");
    let together = both.with_scenarios();
    let edits: Vec<(String, String)> = scenario
        .edits
        .iter()
        .map(|edit| {
            let name = |id| together.relation(id).name.to_string();
            assert_eq!(name(edit.tuples).contains(":+"), edit.insert);
            (name(edit.relation), name(edit.tuples))
        })
        .collect();
    let edit = |relation: &str, sign: char| (relation.to_string(), format!("@scenario:nearby:{sign}{relation}"));
    assert_eq!(edits, [edit("farm", '-'), edit("farm", '+'), edit("esb", '-')]);
    let mut stratified: Vec<u32> = together.strata.iter().flat_map(|s| &s.relations).map(|r| r.0).collect();
    stratified.sort_unstable();
    assert_eq!(stratified, (0..together.relations.len() as u32).collect::<Vec<_>>());
    let plan = plan(&together, &Statistics::new());
    assert!(edits.iter().all(|(_, tuples)| plan.find(tuples).is_some_and(|id| plan.definition(id).is_some())));
    assert!(plan.facts.is_empty(), "the facts of a scenario are not the model's");
}

#[test]
fn a_scenario_is_printed_and_laid_out_as_it_was() {
    let text = format!("{RULES}\n{NEARBY}.scenario nothing {{}}\n");
    let (file, diagnostics) = parse(0, &text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let printed = file.to_string();
    assert_eq!(parse(0, &printed).0, file, "{printed}");
    assert_eq!(layout::format(&text).expect("it is right"), text);
    let narrow = text.replace("    -farm", " - farm").replace("    +farm", "+ farm");
    assert_eq!(layout::format(&narrow).expect("it is right"), text);
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_with_its_place() {
    let one = |scenario: &str, code: &str, message: &str, place: &str| {
        assert_eq!(found(scenario), [(code, message.to_string(), place.to_string())], "{scenario}");
    };
    let syntax = "syntax-error";
    one(".scenario a { esb(\"x\"). }", syntax, "edit without a sign", "esb(\"x\").");
    one(".scenario a { +esb(\"x\"). ?- esb(_). }", syntax, "only edits stand in a scenario", "?- esb(_).");
    one(".scenario { +esb(\"x\"). }", syntax, "scenario without a name and a block", ".scenario");
    one(".scenario a \"b\" { +esb(\"x\").", syntax, "scenario is not closed", "{");
    one(".scenario a {} .scenario a {}", "duplicate-name", "scenario `a` is declared twice", "a");
    one(".scenario a { +ebs(\"x\"). }", "unknown-relation", "unknown relation `ebs`", "ebs");
    one(
        ".scenario a { -size(g, n) :- size(g, n). }",
        "not-editable",
        "scenario edits `size`, which has no facts",
        "size(g, n)",
    );
    one(
        ".scenario a { -near(g, g) :- esb(g). }",
        "not-editable",
        "scenario edits `near`, which has no facts",
        "near(g, g)",
    );
    one(
        ".scenario a { +esb(g) :- !esb(g). }",
        "unbound-variable",
        "variable `g` is in the head but in no positive atom of the body",
        "g",
    );
    assert_eq!(found(".scenario a { +esb(1). }")[0].0, "type-mismatch");
    assert_eq!(found(".scenario a { +esb(x, x) :- esb(x). }")[0].0, "wrong-arity");
    assert_eq!(found(".scenario a { -esb(x) :- farm(x, y). }")[0].0, "singleton-variable");
}

#[test]
fn a_relation_with_rules_can_be_edited_where_facts_of_it_are_given() {
    let scenario = ".scenario a { -size(g, n) :- size(g, n). }";
    assert_eq!(found(&format!("size(\"s\", 1). {scenario}")), []);
    assert_eq!(found(&format!(".input size {scenario}")), []);
}

#[test]
fn editors_find_the_names_in_a_scenario() {
    let text = format!("{RULES}{NEARBY}");
    let index = compiler::analyse(&[("s.dl", &text)], &NoFiles).index;
    let at = text.find("-farm(G").expect("an edit") as u32 + 1;
    let symbol = index.symbol(index.at(0, at).expect("a name").symbol);
    assert_eq!(&*symbol.name, "farm");
    let at = text.find("G, P) :- esb").expect("a variable") as u32;
    assert_eq!(index.symbol(index.at(0, at).expect("a name").symbol).declaration, "G: symbol");
}
