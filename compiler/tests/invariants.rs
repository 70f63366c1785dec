//! `.invariant`: what it says of a program, in text and in components, and what it leaves alone.

use compiler::planner::{Statistics, restrict};
use compiler::program::{Program, Severity};
use compiler::{NoFiles, compile, layout::format, parse::parse};

fn program(text: &str) -> Program {
    let compilation = compile(&[("i.dl", text)], &NoFiles);
    compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

fn codes(text: &str) -> Vec<&'static str> {
    compile(&[("i.dl", text)], &NoFiles).diagnostics.iter().map(|d| d.code).collect()
}

/// Relation, severity and message of each invariant.
fn stated(program: &Program) -> Vec<(String, Severity, String)> {
    let one = |i: &compiler::program::Invariant| {
        (program.relation(i.relation).name.to_string(), i.severity, i.message.text().to_string())
    };
    program.invariants.iter().map(one).collect()
}

const TEXT: &str = "\
.decl a(x: symbol, n: number)
.decl b(y: symbol)
a(\"h\", 1).
.invariant a(severity = warning, message = \"{x} has \\\"{n}\\\" {{{x}}}\")
.invariant b
";

#[test]
fn an_invariant_has_a_relation_a_severity_and_a_message() {
    let program = program(TEXT);
    let expected = [("a", Severity::Warning, "{x} has \"{n}\" {{{x}}}"), ("b", Severity::Error, "b({y})")];
    assert_eq!(stated(&program), expected.map(|(r, s, m)| (r.to_string(), s, m.to_string())));
    let said = program.invariants[0].message.fill(|column| ["h", "1"][column].to_string());
    assert_eq!(said, "h has \"1\" {h}");
    let span = program.invariants[1].span;
    assert_eq!(&TEXT[span.range()], ".invariant b");
}

#[test]
fn a_printed_program_states_the_same_invariants() {
    let first = program(TEXT);
    let again = program(&first.to_string());
    assert_eq!(stated(&again), stated(&first));
    assert_eq!(again.to_string(), first.to_string());
}

#[test]
fn the_formatter_and_the_layout_keep_it() {
    let line = ".invariant a(severity = \"error\", message = \"{x}\"), b\n";
    let (file, diagnostics) = parse(0, line);
    assert_eq!((file.to_string().as_str(), diagnostics.len()), (line, 0));
    let wide = ".invariant  a( severity=\"error\" ,message= \"{x}\" ),b\n";
    assert_eq!(format(wide).as_deref(), Ok(line));
}

#[test]
fn each_instance_of_a_component_has_its_own() {
    let text = "\
.comp Empty<T> {
    .decl none(x: T)
    .invariant none(message = \"there is {x}\")
}
.init numbers = Empty<number>
.init names = Empty<symbol>
";
    let names: Vec<String> = stated(&program(text)).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["numbers.none", "names.none"]);
}

#[test]
fn what_has_no_tuples_cannot_be_an_invariant() {
    assert_eq!(codes(".decl a(x: number) inline\na(x) :- x = 1.\n.invariant a"), ["cannot-inline"]);
    assert_eq!(codes(".invariant none"), ["unknown-relation"]);
    assert_eq!(
        codes(".decl a(x: number)\n.invariant a(severity = \"error\", severity = \"info\")"),
        ["duplicate-name"]
    );
}

#[test]
fn restriction_to_a_query_leaves_invariants_whole() {
    let text = "\
.decl link(a: symbol, b: symbol)
link(\"h1\", \"s1\"). link(\"s1\", \"s1\").
.decl path(a: symbol, b: symbol)
path(a, b) :- link(a, b) ; link(a, c), path(c, b).
.decl cycle(a: symbol)
.invariant cycle
cycle(a) :- path(a, a).
.decl other(a: symbol, b: symbol)
other(a, b) :- link(a, b) ; link(a, c), other(c, b).
?- other(\"h1\", x).
";
    let whole = program(text);
    let restricted = restrict(&whole, &mut Statistics::new()).expect("the query names a constant");
    let rules = |program: &Program| {
        let cycle = program.find("cycle").expect("declared");
        let path = program.find("path").expect("declared");
        program.rules.iter().filter(|rule| rule.head == cycle || rule.head == path).count()
    };
    assert_eq!(rules(&restricted), rules(&whole));
    assert_eq!(stated(&restricted), stated(&whole));
}
