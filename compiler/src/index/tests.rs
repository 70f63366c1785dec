//! What the index knows of a text, by the words that it is asked at.

use super::*;
use crate::{Analysis, NoFiles, analyse};

fn analysis(text: &str) -> Analysis {
    analyse(&[("test.dl", text)], &NoFiles)
}

/// The text without its last `|`, and where that stood.
fn cursor(text: &str) -> (String, u32) {
    let (before, behind) = text.rsplit_once('|').expect("a cursor");
    (format!("{before}{behind}"), before.len() as u32)
}

/// What hovering at the cursor says, in one line.
fn hovered(text: &str) -> String {
    let (text, at) = cursor(text);
    let index = analysis(&text).index;
    let found = index.at(0, at).map(|occurrence| hover(&index, occurrence.symbol)).unwrap_or_default();
    found.replace("```strata\n", "").replace("\n```", "").replace('\n', " ")
}

/// The labels that are offered at the cursor, of one kind.
fn offered(text: &str, kind: CompletionKind) -> Vec<String> {
    let (text, at) = cursor(text);
    let found = complete(&text, 0, at, &analysis(&text).index);
    found.into_iter().filter(|completion| completion.kind == kind).map(|completion| completion.label).collect()
}

/// The lines, from 1, on which the name at the cursor stands.
fn lines(text: &str) -> Vec<usize> {
    let (text, at) = cursor(text);
    let index = analysis(&text).index;
    let Some(found) = index.at(0, at) else { return Vec::new() };
    index.occurrences(found.symbol).map(|o| text[..o.span.start as usize].matches('\n').count() + 1).collect()
}

const LINKS: &str =
    ".type Host <: symbol\n/// A cable.\n.decl link(from: Host, to: Host)\n.decl far(a: Host, n: number)\n";

#[test]
fn a_relation_says_how_it_is_declared_and_documented() {
    let said = hovered(&format!("{LINKS}far(a, 1) :- li|nk(a, _).\n"));
    assert_eq!(said, ".decl link(from: Host, to: Host)  A cable.  `link` is defined in 0 places, used in 1 place.");
}

#[test]
fn a_variable_says_its_type() {
    assert_eq!(hovered(&format!("{LINKS}far(a, n) :- link(|a, _), n = 1.\n")), "a: Host");
    assert_eq!(hovered(&format!("{LINKS}far(a, |n) :- link(a, _), n = 1.\n")), "n: number");
    // In a clause with an error the rest is still known.
    assert_eq!(hovered(&format!("{LINKS}far(|a, n) :- link(a, _), n = strlem(a).\n")), "a: Host");
}

#[test]
fn functors_and_types_say_what_they_do() {
    assert_eq!(
        hovered(&format!("{LINKS}far(a, n) :- link(a, _), n = str|len(a).\n")),
        "strlen(text: symbol): number  The length of a text in bytes."
    );
    assert_eq!(hovered(".decl a(x: num|ber)"), "number (built in)  A whole number of 64 bits, with sign.");
    assert_eq!(hovered(&LINKS.replacen("from: H", "from: H|", 1)), ".type Host <: symbol");
}

#[test]
fn all_places_of_a_relation_are_known() {
    let text = format!("{LINKS}far(a, 1) :- l|ink(a, _).\n.output link\n?- link(x, x).\n");
    assert_eq!(lines(&text), [3, 5, 6, 7]);
}

#[test]
fn clauses_that_cannot_be_read_are_known_by_their_words() {
    let text = format!("{LINKS}far(a, 1) :- link(a, _.\nfar(a, 2) :- |link(a, _).\n");
    assert_eq!(lines(&text), [3, 5, 6]);
}

#[test]
fn variables_belong_to_their_clause_and_aggregates_have_their_own() {
    let text = format!("{LINKS}far(a|, 1) :- link(a, _).\nfar(a, 2) :- link(a, _).\n");
    assert_eq!(lines(&text), [5, 5]);
    // `x` of the aggregate is another one than `x` around it, because it is the target; `a` is the same.
    let clause = "far(a, x) :- link(a, _),\nx = sum x : {\nfar(a, x) }.\n";
    assert_eq!(lines(&format!("{LINKS}{}", clause.replacen("a, x) :-", "a, |x) :-", 1))), [5, 6]);
    assert_eq!(lines(&format!("{LINKS}{}", clause.replacen("sum x", "sum |x", 1))), [6, 7]);
    assert_eq!(lines(&format!("{LINKS}{}", clause.replacen("far(a, x) }", "far(|a, x) }", 1))), [5, 5, 7]);
}

#[test]
fn a_new_name_must_be_a_name_and_free() {
    let text = format!("{LINKS}far(a, b) :- link(a, c), far(c, b).\n");
    let index = analysis(&text).index;
    let at = |word: &str| index.at(0, text.rfind(word).expect("it is there") as u32).expect("a name").symbol;
    assert_eq!(rename(&index, at("link("), "cable"), Ok(()));
    assert_eq!(rename(&index, at("link("), "far"), Err(Unnamable::Taken("far".into())));
    assert_eq!(rename(&index, at("link("), "strlen"), Err(Unnamable::Taken("strlen".into())));
    assert_eq!(rename(&index, at("link("), "count"), Err(Unnamable::Keyword("count".into())));
    assert_eq!(rename(&index, at("link("), "1st"), Err(Unnamable::NotAName("1st".into())));
    assert_eq!(rename(&index, at("c, b)."), "b"), Err(Unnamable::Taken("b".into())));
    assert_eq!(rename(&index, at("c, b)."), "link"), Ok(()));
    assert_eq!(rename(&index, at("number"), "int"), Err(Unnamable::BuiltIn("number".into())));
}

#[test]
fn conditions_are_completed_with_relations_and_tests() {
    let (text, at) = cursor(&format!("{LINKS}far(a, 1) :- li|"));
    let found = complete(&text, 0, at, &analysis(&text).index);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].snippet, "link(${1:from}, ${2:to})");
    assert_eq!(found[0].detail, "(from: Host, to: Host)");
    assert_eq!(found[0].doc, "A cable.");
    assert_eq!(&text[found[0].start as usize..], "li");
    let body = format!("{LINKS}far(a, 1) :- |");
    assert_eq!(offered(&body, CompletionKind::Relation), ["link", "far"]);
    assert!(offered(&body, CompletionKind::Functor).contains(&"match".to_string()));
}

#[test]
fn arguments_are_completed_with_variables_and_the_column() {
    let text = format!("{LINKS}far(a, n) :- link(a, |), far(other, _).\n");
    assert_eq!(offered(&text, CompletionKind::Variable), ["a", "n", "other"]);
    assert_eq!(offered(&text, CompletionKind::Column), ["to"]);
    assert_eq!(offered(&text, CompletionKind::Relation), [""; 0]);
    assert!(offered(&text, CompletionKind::Functor).contains(&"cat".to_string()));
}

#[test]
fn types_are_completed_where_types_stand() {
    assert_eq!(offered(&format!("{LINKS}.decl b(x: |"), CompletionKind::Type)[..2], ["Host", "number"]);
    assert_eq!(offered(&format!("{LINKS}.type B <: sy|\n"), CompletionKind::Type), ["symbol"]);
    assert_eq!(offered(&format!("{LINKS}far(a, n) :- link(x, _), a = as(x, H|"), CompletionKind::Type), ["Host"]);
    assert_eq!(offered(&format!("{LINKS}.decl b(|"), CompletionKind::Type), [""; 0]);
}

#[test]
fn directives_and_their_parameters_are_completed() {
    assert_eq!(offered(&format!("{LINKS}.inp|"), CompletionKind::Directive), [".input"]);
    assert_eq!(offered(&format!("{LINKS}.input li|"), CompletionKind::Relation), ["link"]);
    assert_eq!(offered(&format!("{LINKS}.input link(file|"), CompletionKind::Parameter), ["filename"]);
    assert_eq!(offered(&format!("{LINKS}.input link(headers=|"), CompletionKind::Value), ["true", "false"]);
    assert_eq!(offered(&format!("{LINKS}.inv|"), CompletionKind::Directive), [".invariant"]);
    assert_eq!(offered(&format!("{LINKS}.invariant li|"), CompletionKind::Relation), ["link"]);
    assert_eq!(offered(&format!("{LINKS}.invariant link(m|"), CompletionKind::Parameter), ["message"]);
    assert_eq!(offered(&format!("{LINKS}.invariant link(severity = |"), CompletionKind::Value).len(), 3);
    assert_eq!(offered(".decl a(x: number) in|", CompletionKind::Keyword), ["inline", "input"]);
}

#[test]
fn nothing_is_offered_in_comments_and_strings() {
    for text in ["// li|", "/* li|", "far(a, \"li|", "far(a, \"li| \")."] {
        let (text, at) = cursor(&format!("{LINKS}{text}"));
        assert_eq!(complete(&text, 0, at, &analysis(&text).index), [], "{text}");
    }
}

#[test]
fn the_call_around_the_cursor_knows_its_argument() {
    let (text, at) = cursor(&format!("{LINKS}far(a, 1) :- link(cat(a, \"x\"), |"));
    let call = signature(&text, 0, at, &analysis(&text).index).expect("a call");
    assert_eq!((&*call.label, call.active), ("link(from: Host, to: Host)", 1));
    let (text, at) = cursor(&format!("{LINKS}far(a, 1) :- link(cat(a, \"x\", |"));
    let call = signature(&text, 0, at, &analysis(&text).index).expect("a call");
    assert_eq!((&*call.label, call.active), ("cat(a: symbol, b: symbol, …): symbol", 2));
}

#[test]
fn branches_and_keys_are_names() {
    let text = ".type Shape = Dot {} | Box {w: number}\n.decl s(x: Shape) choice-domain x\n.decl w(n: number)\nw(n) :- s($Bo|x(n)).\n";
    assert_eq!(hovered(text), "Box {w: number}  Branch of `Shape`.");
    assert_eq!(lines(text), [1, 4]);
    assert_eq!(lines(".decl s(x|: number)\nchoice-domain x\n"), [1, 2]);
}

const GRAPHS: &str = "\
.comp Graph<T> {
    .decl edge(a: T, b: T)
    .decl path(a: T, b: T)
    path(x, y) :- edge(x, y).
}
.comp Closed<T> : Graph<T> {
    path(x, z) :- path(x, y), edge(y, z).
}
.init net = Closed<number>
net.edge(1, 2).
";

#[test]
fn names_of_components_are_found_through_bases_and_instances() {
    let at = |word: &str, cursor: &str| lines(&GRAPHS.replacen(word, cursor, 1));
    assert_eq!(at("net.edge", "net.e|dge"), [2, 4, 7, 10]);
    assert_eq!(at("net.edge", "n|et.edge"), [9, 10]);
    assert_eq!(at("path(x, z)", "pa|th(x, z)"), [3, 4, 7, 7]);
    assert_eq!(at(": Graph<T>", ": Gr|aph<T>"), [1, 6]);
    assert_eq!(at("edge(a: T", "edge(a: |T"), [1, 2, 2, 3, 3]);
    assert_eq!(hovered(&GRAPHS.replacen("= Closed", "= Clo|sed", 1)), ".comp Closed<T> : Graph<T>");
    assert_eq!(offered(&GRAPHS.replacen("= Closed<number>", "= G|", 1), CompletionKind::Component), ["Graph"]);
}

#[test]
fn tests_of_rules_are_indexed() {
    let test = ".test \"a link\" {\n    link(\"a\", \"b\").\n    expect far(x, 1), x = \"a\".\n    expect only far(\"a\", 1).\n}\n";
    assert_eq!(lines(&format!("{LINKS}{}", test.replacen("expect far", "expect fa|r", 1))), [4, 7, 8]);
    assert_eq!(lines(&format!("{LINKS}{}", test.replacen("far(x", "far(|x", 1))), [7, 7]);
    assert_eq!(
        offered(&format!("{LINKS}{}", test.replacen("link(\"a\", \"b\").", "li|", 1)), CompletionKind::Relation),
        ["link"]
    );
}
