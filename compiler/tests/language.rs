//! What each form of the language means, stated by hand as the plain rules it stands for.

use compiler::program::{Direction, Program};
use compiler::{Files, NoFiles, compile, decode};
use std::collections::BTreeMap;

const DECLARATIONS: &str = "
    .decl link(a: symbol, b: symbol)
    .decl n(x: number, y: number)
    .decl u(x: unsigned)
    .decl f(x: float)
    .decl s(x: symbol)
    .decl flag()
    .decl address(host: symbol, ip: Ip, net: Prefix, mac: Mac)
    .decl event(at: Time, took: Duration)
    .decl out(x: number)
    .decl text(x: symbol)
    .decl pair(a: symbol, b: symbol)
";

fn program(text: &str) -> Program {
    let text = format!("{DECLARATIONS}\n{text}");
    let compilation = compile(&[("test.dl", &text)], &NoFiles);
    let rendered = compiler::render::render(&compilation.diagnostics, &compilation.sources, false);
    compilation.program.unwrap_or_else(|| panic!("{rendered}"))
}

/// The facts and rules that a text stands for.
fn means(text: &str) -> Vec<String> {
    let program = program(text).to_string();
    program.lines().filter(|line| !line.starts_with('.')).map(str::to_string).collect()
}

/// The columns of a query.
fn columns(program: &Program, query: usize) -> String {
    let columns = &program.relation(program.queries[query]).columns;
    columns.iter().map(|column| format!("{}: {}", column.name, column.ty.name)).collect::<Vec<_>>().join(", ")
}

/// The codes of what is wrong with a text.
fn codes(text: &str) -> Vec<&'static str> {
    let text = format!("{DECLARATIONS}\n{text}");
    compile(&[("test.dl", &text)], &NoFiles).diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn several_heads_and_alternatives_are_several_rules() {
    assert_eq!(
        means("s(a), text(a) :- link(a, _) ; link(_, a), flag()."),
        [
            "s(a) :- link(a, _).",
            "s(a) :- link(_, a), flag().",
            "text(a) :- link(a, _).",
            "text(a) :- link(_, a), flag().",
        ]
    );
}

#[test]
fn negation_goes_down_to_atoms_and_comparisons() {
    assert_eq!(
        means("text(a) :- link(a, b), !(link(b, a), !(a < b) ; s(b))."),
        ["text(a) :- link(a, b), !link(b, a), !s(b).", "text(a) :- link(a, b), a < b, !s(b)."]
    );
}

#[test]
fn a_rule_that_cannot_fire_is_checked_and_left_out() {
    assert_eq!(means("s(a) :- link(a, _), false. s(a) :- link(a, _), true."), ["s(a) :- link(a, _)."]);
    assert_eq!(codes("s(a) :- link(a, 1), false."), ["type-mismatch"]);
}

#[test]
fn numbers_take_the_type_of_their_place() {
    assert_eq!(
        means("f(1). f(-2). u(0x10). u(3u). n(0b11, -1)."),
        ["f(1.0).", "f(-2.0).", "u(16).", "u(3).", "n(3, -1)."]
    );
    assert_eq!(means("f(x) :- f(y), x = y + 1."), ["f(x) :- f(y), x = y + 1.0."]);
    assert_eq!(
        means("n(-9223372036854775808, 9223372036854775807)."),
        ["n(-9223372036854775808, 9223372036854775807)."]
    );
}

#[test]
fn an_equality_passes_types_and_bindings_on_in_any_order() {
    assert_eq!(means("f(x) :- x = y, y = z, z = 1, flag()."), ["f(x) :- x = y, y = z, z = 1.0, flag()."]);
    assert_eq!(codes("f(x) :- x = y, y = z, flag()."), ["unbound-variable"; 3]);
}

#[test]
fn operators_bind_as_in_souffle() {
    assert_eq!(means("out(1 + 2 * 3 - 4 / 5 % 6)."), ["out((1 + (2 * 3)) - ((4 / 5) % 6))."]);
    assert_eq!(means("out(x) :- n(x, y), x = -y ^ 2."), ["out(x) :- n(x, y), x = -(y ^ 2)."]);
    assert_eq!(means("out(2 ^ 3 ^ 4)."), ["out(2 ^ (3 ^ 4))."]);
    assert_eq!(means("out(1 bor 2 band 3 bxor 4)."), ["out(1 bor ((2 band 3) bxor 4))."]);
    assert_eq!(means("out(1 lor 2 land 3 lxor 4)."), ["out(1 lor ((2 land 3) lxor 4))."]);
    assert_eq!(means("out(1 bshl 2 + 3 band 4)."), ["out((1 bshl (2 + 3)) band 4)."]);
    assert_eq!(means("out(bnot 1 + lnot 2)."), ["out(bnot 1 + lnot 2)."]);
}

#[test]
fn aliases_are_the_functors_they_name() {
    assert_eq!(
        means("u(itou(x)) :- n(x, _). f(stof(t)) :- s(t). text(itos(x)) :- n(x, _). out(ston(t)) :- s(t)."),
        [
            "u(to_unsigned(x)) :- n(x, _).",
            "f(to_float(t)) :- s(t).",
            "text(to_string(x)) :- n(x, _).",
            "out(to_number(t)) :- s(t).",
        ]
    );
    assert_eq!(means("out(min(x, y, 3)) :- n(x, y)."), ["out(min(x, y, 3)) :- n(x, y)."]);
    assert_eq!(means("u(as(x, unsigned)) :- n(x, _)."), ["u(to_unsigned(x)) :- n(x, _)."]);
}

#[test]
fn an_aggregate_within_an_expression_is_lifted_to_an_equality() {
    assert_eq!(
        means("out(1 + count : link(a, _)) :- s(a), 3 < sum x : { n(x, _) }."),
        ["out(1 + _2) :- s(a), _1 = sum x : { n(x, _) }, 3 < _1, _2 = count : { link(a, _) }."]
    );
    assert_eq!(means("out(n) :- count : { s(_) } = n."), ["out(n) :- n = count : { s(_) }."]);
}

#[test]
fn variables_of_an_aggregate_are_its_own_unless_they_also_stand_around_it() {
    let program = program("out(n) :- link(a, b), n = count : { link(a, x), link(x, b), !link(x, y), s(y) }.");
    let rule = &program.rules[0];
    let compiler::program::Literal::Constraint(constraint) = &rule.body[1] else { panic!("not a constraint") };
    let compiler::program::Expr::Aggregate(aggregate) = &constraint.right else { panic!("not an aggregate") };
    let name = |id: &compiler::program::VariableId| rule.variables[id.0 as usize].name.to_string();
    assert_eq!(aggregate.outer.iter().map(name).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn the_target_of_an_aggregate_is_never_the_variable_around_it() {
    let program = program("n(x, m) :- out(x), m = max x : { out(x) }.");
    let rule = &program.rules[0];
    assert_eq!(rule.variables.iter().filter(|v| &*v.name == "x").count(), 2);
    let compiler::program::Literal::Constraint(constraint) = &rule.body[1] else { panic!("not a constraint") };
    let compiler::program::Expr::Aggregate(aggregate) = &constraint.right else { panic!("not an aggregate") };
    assert!(aggregate.outer.is_empty());
}

#[test]
fn sibling_aggregates_share_no_variable() {
    let program = program("out(n + m) :- n = count : { link(x, _), s(x) }, m = count : { n(x, _), n(_, x) }.");
    let names = program.rules[0].variables.iter().filter(|v| &*v.name == "x");
    assert_eq!(names.map(|v| v.primitive.to_string()).collect::<Vec<_>>(), ["symbol", "number"]);
}

#[test]
fn gap_is_an_aggregate_only_where_a_target_follows() {
    assert_eq!(
        means("out(gap) :- gap = gap x : { n(x, _) }, n(gap, _)."),
        ["out(gap) :- gap = gap x : { n(x, _) }, n(gap, _)."]
    );
}

/// The columns of a query, as a declaration would have them.
#[test]
fn a_query_is_a_relation_of_its_named_variables() {
    let program = program("?- link(a, b), n(_x, 3), 2 < count : { s(c), c != a }. ?- flag().");
    assert_eq!(columns(&program, 0), "a: symbol, b: symbol");
    assert_eq!(columns(&program, 1), "");
}

#[test]
fn a_query_keeps_the_declared_types_of_its_columns() {
    let program = program("?- address(h, i, _, _), event(t, _), x = 1.5.");
    assert_eq!(columns(&program, 0), "h: symbol, i: Ip, t: Time, x: float");
}

#[test]
fn literals_are_read_in_the_form_of_their_place() {
    assert_eq!(
        means("address(\"h\", \"2001:DB8::1\", \"10.1.2.3/8\", \"AA-BB-CC-DD-EE-FF\")."),
        ["address(\"h\", \"2001:db8::1\", \"10.0.0.0/8\", \"aa:bb:cc:dd:ee:ff\")."]
    );
}

#[test]
fn literals_beside_a_variable_are_read_in_its_form() {
    assert_eq!(
        means("s(h) :- address(h, i, p, _), i != \"2001:DB8::1\", in_prefix(\"::0001\", p), \"10.0.0.9/24\" = p."),
        ["s(h) :- address(h, i, p, _), i != \"2001:db8::1\", in_prefix(\"::1\", p), \"10.0.0.0/24\" = p."]
    );
    assert_eq!(
        means(
            "event(t + \"1s\", d * 2) :- event(t, d), t - \"2024-07-11T01:14:00Z\" < \"1h\", d = e, e > \"1ms\", max(d, \"3s\") = e."
        ),
        [
            "event(t + 1000000, d * 2) :- event(t, d), t - 1720660440000000 < 3600000000, d = e, e > 1000, max(d, 3000000) = e."
        ]
    );
}

#[test]
fn a_variable_that_only_a_head_gives_a_form_is_read_in_it() {
    assert_eq!(
        means("address(\"h\", i, p, \"\") :- i = \"10.0.0.1\", p = prefix_of(i, 24)."),
        ["address(\"h\", i, p, \"\") :- i = \"10.0.0.1\", p = prefix_of(i, 24)."]
    );
}

#[test]
fn text_put_together_is_no_address_until_somebody_says_so() {
    assert_eq!(codes("address(h, i, \"\", \"\") :- s(h), i = cat(h, \".1\")."), ["type-mismatch"]);
    assert_eq!(codes("address(h, cat(h, \".1\"), \"\", \"\") :- s(h)."), ["type-mismatch"]);
    assert_eq!(codes("address(h, as(cat(h, \".1\"), Ip), \"\", \"\") :- s(h)."), [] as [&str; 0]);
}

#[test]
fn declared_types_are_kept_apart_and_come_together_in_their_union() {
    let types = ".type Host <: symbol .type Switch <: symbol .type Device = Host | Switch
        .decl host(x: Host) .decl switch(x: Switch) .decl device(x: Device) .decl both(x: Host)";
    assert_eq!(codes(&format!("{types} device(x) :- host(x) ; switch(x).")), [] as [&str; 0]);
    assert_eq!(codes(&format!("{types} host(x) :- device(x).")), ["type-mismatch"]);
    assert_eq!(codes(&format!("{types} both(x) :- device(x), host(x).")), [] as [&str; 0]);
    assert_eq!(codes(&format!("{types} both(x) :- switch(x), host(x).")), ["type-mismatch"]);
    assert_eq!(codes(&format!("{types} device(x) :- s(x).")), ["type-mismatch"]);
    assert_eq!(codes(&format!("{types} s(x) :- device(x), !host(x), x != \"h\".")), [] as [&str; 0]);
}

#[test]
fn a_program_may_have_its_own_type_of_a_built_in_name() {
    let text = ".type Ip <: number .decl mine(x: Ip) mine(7).";
    assert_eq!(means(text), ["mine(7)."]);
}

#[test]
fn subsumption_is_an_order_per_key() {
    let text = ".decl best(k: symbol, a: number, b: number, c: symbol)";
    let order = |clauses: &str| {
        let program = program(&format!("{text}\n{clauses}"));
        let subsumption = program.subsumptions[0].clone();
        (program.subsumptions.len(), subsumption.key, subsumption.order)
    };
    use Direction::{Greatest, Least};
    assert_eq!(order("best(k, a, _, c) <= best(k, b, _, c) :- b < a."), (1, vec![0, 3], vec![(1, Least)]));
    assert_eq!(order("best(k, a, _, c) <= best(k, b, _, c) :- a < b."), (1, vec![0, 3], vec![(1, Greatest)]));
    assert_eq!(order("best(k, a, _, c) <= best(k, b, _, c) :- !(a <= b)."), (1, vec![0, 3], vec![(1, Least)]));
    assert_eq!(
        order("best(k, a1, b1, c) <= best(k, a2, b2, c) :- a1 > a2 ; (a1 = a2, b1 < b2)."),
        (1, vec![0, 3], vec![(1, Least), (2, Greatest)])
    );
    // The same in two clauses, the second of which has `a` in both heads.
    assert_eq!(
        order("best(k, a1, _, c) <= best(k, a2, _, c) :- a2 < a1. best(k, a, b1, c) <= best(k, a, b2, c) :- b2 >= b1."),
        (1, vec![0, 3], vec![(1, Least), (2, Greatest)])
    );
}

#[test]
fn every_relation_is_in_one_stratum_behind_what_it_reads() {
    let program = program(
        "pair(a, b) :- link(a, b). pair(a, c) :- pair(a, b), pair(b, c). text(a) :- s(a), !pair(a, a).
         out(n) :- n = count : { text(_) }.",
    );
    let mut seen = Vec::new();
    for stratum in &program.strata {
        for relation in &stratum.relations {
            assert!(!seen.contains(relation));
            seen.push(*relation);
        }
    }
    assert_eq!(seen.len(), program.relations.len());
    let place = |name: &str| {
        let id = program.find(name).expect("declared");
        program.strata.iter().position(|stratum| stratum.relations.contains(&id))
    };
    assert!(place("link") < place("pair") && place("pair") < place("text") && place("text") < place("out"));
    let recursive = |name: &str| program.strata[place(name).expect("in a stratum")].recursive;
    assert!(recursive("pair") && !recursive("text") && !recursive("link"));
}

#[test]
fn strata_print_themselves() {
    let text = ".decl a(x: number) .decl b(x: number) .decl c(x: number) b(x) :- a(x) ; c(x). c(x) :- b(x), a(x).";
    let program = compile(&[("test.dl", text)], &NoFiles).program.expect("nothing is wrong");
    assert_eq!(program.strata_text(), "1: a\n2: b, c (recursive)\n");
}

#[test]
fn the_cycle_of_a_negation_through_recursion_is_shown() {
    let text = format!("{DECLARATIONS} s(a) :- link(a, _), !text(a). text(a) :- pair(a, _). pair(a, a) :- s(a).");
    let compilation = compile(&[("test.dl", &text)], &NoFiles);
    assert_eq!(compilation.diagnostics[0].message, "relation `s` depends on its own negation: s -> !text -> pair -> s");
}

#[test]
fn subsumption_may_go_through_recursion() {
    let text = ".decl d(x: symbol, n: number) d(x, 0) :- s(x). d(y, n + 1) :- d(x, n), link(x, y).
        d(x, a) <= d(x, b) :- b < a.";
    assert_eq!(codes(text), [] as [&str; 0]);
}

#[test]
fn old_style_qualifiers_are_directives() {
    let program = program(".decl old(x: number) input output brie\n.input link(filename=\"l.csv\"), s");
    let directives: Vec<String> =
        program.directives.iter().map(|d| format!("{:?} {}", d.kind, program.relation(d.relation).name)).collect();
    assert_eq!(directives, ["Input old", "Output old", "Input link", "Input s"]);
    assert_eq!(program.directives[2].parameters["filename"], "l.csv");
}

#[test]
fn documentation_belongs_to_the_declaration_behind_it() {
    let program = program("/// What is up.\n///\n/// By ping.\n.decl up(a: symbol)\n// no doc\n.decl down(a: symbol)");
    let doc = |name: &str| program.relation(program.find(name).expect("declared")).doc.clone();
    assert_eq!(doc("up"), "What is up.\n\nBy ping.");
    assert_eq!(doc("down"), "");
}

#[test]
fn a_file_is_included_once_where_it_is_first_named() {
    let files = BTreeMap::from([
        ("a.dl".to_string(), ".include \"b.dl\"\n.decl a(x: number)\na(1).".to_string()),
        ("main.dl".to_string(), String::new()),
        ("b.dl".to_string(), ".include \"a.dl\"\n.include \"main.dl\"\n.decl b(x: number)\nb(1).".to_string()),
    ]);
    let text = ".include \"a.dl\"\n.include <b.dl>\na(2).";
    let program = compile(&[("main.dl", text)], &files).program.expect("nothing is wrong");
    assert_eq!(program.to_string(), ".decl b(x: number)\n.decl a(x: number)\nb(1).\na(1).\na(2).\n");
}

#[test]
fn an_error_in_an_included_file_names_that_file() {
    let files = BTreeMap::from([("a.dl".to_string(), "\na(x.".to_string())]);
    let compilation = compile(&[("main.dl", ".include \"a.dl\"")], &files);
    let text = compiler::render::render(&compilation.diagnostics, &compilation.sources, false);
    assert!(text.contains("--> a.dl:2:4"), "{text}");
}

#[test]
fn a_chain_of_includes_is_followed_to_its_end() {
    struct Chain;
    impl Files for Chain {
        fn read(&self, path: &str, _: &str) -> Result<(String, String), String> {
            let number: usize = path.parse().map_err(|_| "not a number".to_string())?;
            let next = if number < 5_000 { format!(".include \"{}\"", number + 1) } else { String::new() };
            Ok((path.to_string(), format!("{next}\n.decl r{number}(x: number)")))
        }
    }
    let program = compile(&[("main.dl", ".include \"0\"")], &Chain).program.expect("nothing is wrong");
    assert_eq!((program.relations.len(), &*program.relations[0].name), (5_001, "r5000"));
}

#[test]
fn several_entries_are_one_program() {
    let library = ".decl link(a: symbol, b: symbol)\n.decl path(a: symbol, b: symbol)\npath(a, b) :- link(a, b).";
    let entries =
        [("lib.dl", library), ("<prompt>", "path(a, c) :- path(a, b), link(b, c)."), ("<prompt>", "?- path(x, _).")];
    let compilation = compile(&entries, &NoFiles);
    assert_eq!(compilation.program.expect("nothing is wrong").rules.len(), 3);
    let wrong = compile(&[("lib.dl", library), ("<prompt>", "path(a) :- link(a, _).")], &NoFiles);
    let text = compiler::render::render(&wrong.diagnostics, &wrong.sources, false);
    assert!(text.contains("--> <prompt>:1:1") && text.contains("::: lib.dl:2:1"), "{text}");
}

#[test]
fn one_broken_declaration_is_one_message() {
    assert_eq!(codes(".decl up(a symbol)\nup(\"x\").\n.output up\ntext(a) :- up(a)."), ["syntax-error"]);
    assert_eq!(codes(".type Rack <:\n.decl at(r: Rack)\nat(\"x\")."), ["syntax-error"]);
}

#[test]
fn each_malformed_clause_has_its_own_message() {
    let text = "s(a :- link(a, _).\ntext(a) :- link(a, _), .\nout(1)).\nn(1, 2) :- .\ns(\"fine\").";
    assert_eq!(codes(text), ["syntax-error"; 4]);
}

#[test]
fn wrong_bytes_are_placed_by_line_and_column() {
    let (diagnostic, _) = decode("facts.dl", b"s(\"a\").\n\ns(\"\xc3\xa9\xff\").").expect_err("not UTF-8");
    assert_eq!(diagnostic.message, "file is not UTF-8: byte 0xff at line 3, column 5");
    assert_eq!(decode("facts.dl", "s(\"é\").".as_bytes()).expect("is UTF-8"), "s(\"é\").");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_text() {
    assert_eq!(means("\u{feff}s(\"a\").\r\ntext(\"b\").\r\n"), ["s(\"a\").", "text(\"b\")."]);
}

#[test]
fn a_relation_hides_a_test_of_its_name() {
    assert_eq!(means(".decl in_prefix(x: number)\nout(x) :- in_prefix(x)."), ["out(x) :- in_prefix(x)."]);
}
