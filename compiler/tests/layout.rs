//! Layout: what is laid out says the same, keeps every comment, and is not laid out differently the second time.

use compiler::ast::File;
use compiler::layout::format;
use compiler::parse::parse;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What holds for the layout of any text that can be parsed.
fn check(name: &str, text: &str) {
    let Ok(once) = format(text) else { return };
    let before = parse(0, text).0;
    let (after, diagnostics) = parse(0, &once);
    assert!(diagnostics.iter().all(|d| !d.is_error()), "{name}: {diagnostics:?}\n{once}");
    assert!(after == before, "{name} says something else:\n{text}\n----\n{once}");
    assert_eq!(comments(&after), comments(&before), "{name}");
    let twice = format(&once).expect("what was laid out can be parsed");
    assert_eq!(twice, once, "{name} is laid out differently the second time");
    assert!(once.is_empty() || once.ends_with('\n') && !once.ends_with("\n\n"), "{name}: {once:?}");
    assert!(once.is_empty() || !once.starts_with('\n'), "{name}: {once:?}");
}

fn comments(file: &File) -> Vec<String> {
    file.comments.iter().map(|comment| comment.text.to_string()).collect()
}

/// All rule files under a folder.
fn rule_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            rule_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "dl") {
            found.push(path);
        }
    }
}

/// The rule files of the repository that can be read as text.
static ALL: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    rule_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut found);
    found.sort();
    let read = |path: &PathBuf| Some((path.display().to_string(), fs::read_to_string(path).ok()?));
    found.iter().filter_map(read).collect()
});

/// The words of a text, strings and comments whole, with the blanks between them left out.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '?' | '.' | '-');
        let length = if c.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len())
        } else if rest.starts_with("//") || rest.starts_with(".include <") || c == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |length| length + 2)
        } else if c == '"' {
            let escapes = |at: usize| rest[..at].chars().rev().take_while(|c| *c == '\\').count();
            let mut quotes = rest.char_indices().skip(1).filter(|(at, c)| *c == '"' && escapes(*at) % 2 == 0);
            quotes.next().map_or(rest.len(), |(at, _)| at + 1)
        } else if word(c) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            let two = rest.get(..2).is_some_and(|two| [":-", "?-", "!=", "<=", ">=", "<:"].contains(&two));
            if two { 2 } else { c.len_utf8() }
        };
        if !c.is_whitespace() {
            pieces.push(&rest[..length]);
        }
        at += length;
    }
    pieces
}

/// The text with other blanks, and other comments, between its words.
fn laid_out_at_random(text: &str, choices: &[u8]) -> String {
    let mut out = String::new();
    let mut choices = choices.iter().cycle();
    let mut choose = || *choices.next().unwrap_or(&0);
    for piece in pieces(text) {
        let line = piece.starts_with("//") || piece.starts_with('#') || piece.starts_with('.') && piece.len() > 1;
        let starts_line = out.is_empty() || out.trim_end_matches([' ', '\t']).ends_with('\n');
        if (line && !starts_line) && !(piece.starts_with("//") && choose() % 2 == 0) {
            out.push('\n');
        }
        out.push_str(piece);
        // The name of a branch stands at its `$`.
        if piece == "$" {
            continue;
        }
        out.push_str(match choose() % 24 {
            0 => "\n",
            1 => "\n\n\n",
            2 => "\t  ",
            3 => " // why\n",
            4 => "\n   // on a line of its own\n",
            5 => " /* in between */ ",
            6 => "\n/* two\n   lines */\n",
            7 => " /* behind */\n",
            8 => "\r\n",
            _ => " ",
        });
        if piece.starts_with("//") || piece.starts_with('#') {
            out.push('\n');
        }
    }
    out
}

/// How many cases: more from the environment, for a long run.
fn config() -> ProptestConfig {
    let cases = std::env::var("STRATA_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let rng_seed = proptest::test_runner::RngSeed::Fixed(1);
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_layout_of_a_program_is_laid_out(which in any::<prop::sample::Index>(), choices in prop::collection::vec(any::<u8>(), 1..400)) {
        let (name, text) = which.get(&ALL);
        let other = laid_out_at_random(text, &choices);
        prop_assert!(format(text).is_err() || format(&other).is_ok(), "{}", other);
        check(name, &other);
    }
}

#[test]
fn every_rule_file_of_the_repository_is_laid_out() {
    assert!(ALL.len() > 60, "the rule files are found");
    let mut laid_out = 0;
    for (name, text) in &*ALL {
        check(name, text);
        laid_out += usize::from(format(text).is_ok());
    }
    assert!(laid_out > 50, "{laid_out} can be parsed");
}

#[test]
fn the_standard_rules_are_laid_out() {
    let loose =
        ALL.iter().filter(|(name, text)| name.contains("/rules/") && format(text).is_ok_and(|once| once != *text));
    let names: Vec<&str> = loose.map(|(name, _)| name.as_str()).collect();
    assert!(names.is_empty(), "`strata fmt rules` lays out {names:?}");
}

/// A text and its layout.
fn becomes(text: &str, expected: &str) {
    assert_eq!(format(text).expect("the text is right"), expected);
    check("a text of this test", text);
    check("a layout of this test", expected);
}

#[test]
fn words_have_the_blanks_that_the_house_gives_them() {
    becomes(
        ".decl a( x:number,y :symbol )brie\n.type T<:symbol .type U=T|V\n.input a( IO = \"file\" )a(1,-2).a(x,cat (\"a\",y)):-a(y,x),!a(x ,_),x!=- 1;x=(y-1)*2.",
        ".decl a(x: number, y: symbol) brie\n.type T <: symbol\n.type U = T | V\n.input a(IO=\"file\")\na(1, -2).\n\
         a(x, cat(\"a\", y)) :- a(y, x), !a(x, _), x != -1 ; x = (y - 1) * 2.\n",
    );
    becomes(
        "a(x):-x=count:{b(y,_)},y=sum z :{ b(z,_) ,(b(z,1);!b(_,2))},z= max(x,-y)bshl 2^-1.\n.plan 0 :( 2,1 )",
        "a(x) :- x = count : { b(y, _) }, y = sum z : { b(z, _), (b(z, 1) ; !b(_, 2)) }, z = max(x, -y) bshl 2 ^ -1.\n\
         .plan 0:(2, 1)\n",
    );
    becomes("?-a(x).\n?-a(bnot (x),x).", "?- a(x).\n?- a(bnot (x), x).\n");
    becomes("a(x,y)<=a(x,z):-z<y.", "a(x, y) <= a(x, z) :- z < y.\n");
}

#[test]
fn a_variable_that_is_called_gap_is_one() {
    becomes("p(x) :- q(gap), x=gap-1.", "p(x) :- q(gap), x = gap - 1.\n");
    becomes("p(x) :- x=gap t:{q(t)}.", "p(x) :- x = gap t : { q(t) }.\n");
}

#[test]
fn comments_and_paragraphs_stay_where_they_are() {
    let text =
        "// head\n\n.decl a(x: number) // why\n/// of b\n.decl b(x: number)\n\n/* block */\na(1). // one\n// end\n";
    becomes(text, text);
    let text = "a(x) :-\n    // first\n    b(x), // behind\n\n    // apart\n    c(x)\n    // , d(x)\n    .\n";
    becomes(text, text);
    becomes("a(1) // one\n  .\nb(2)  . // two\n\n\n\n// end", "a(1). // one\nb(2). // two\n\n// end\n");
    becomes("a(x) :- b(x) // b\n , c(x). // c", "a(x) :-\n    b(x), // b\n    c(x). // c\n");
    becomes("a(/* one */1, /* two */ 2 /* three */).", "a(/* one */ 1, /* two */ 2 /* three */).\n");
    becomes("", "");
    becomes("\n\n  // only this  \n\n", "// only this\n");
}

#[test]
fn documentation_stays_with_its_declaration() {
    let text = "/// The arcs.\n.decl e(\n    /// from\n    x: number,\n    y: number /// to\n)\n";
    becomes(text, text);
}

#[test]
fn a_long_clause_has_its_body_on_the_next_line_or_one_literal_a_line() {
    becomes(
        "path(source, destination, hops) :- link(source, intermediate), path(intermediate, destination, before), \
         hops = before + 1.",
        "path(source, destination, hops) :-\n    link(source, intermediate), path(intermediate, destination, before), \
         hops = before + 1.\n",
    );
    becomes(
        "path(source, destination, hops) :- link(source, intermediate, _), path(intermediate, destination, before), \
         !broken(source, intermediate), hops = before + 1, hops < 64.",
        "path(source, destination, hops) :-\n    link(source, intermediate, _),\n    \
         path(intermediate, destination, before),\n    !broken(source, intermediate),\n    hops = before + 1,\n    \
         hops < 64.\n",
    );
    let text = "a(x) :-\n    b(x),\n    c(x).\n";
    becomes(text, text);
    becomes("a(x) :-\n b(x), c(x).", "a(x) :-\n    b(x), c(x).\n");
    becomes("a(x) :-\n b(x) ;\nc(x), d(x).", "a(x) :-\n    b(x) ;\n    c(x), d(x).\n");
    becomes("a(x) :- b(x), // why\n c(x) ; d(x).", "a(x) :-\n    b(x), // why\n    c(x)\n    ;\n    d(x).\n");
}

#[test]
fn a_literal_that_is_too_long_is_broken_at_its_brackets() {
    let long = "a_relation_with_a_long_name(first_argument, second_argument)";
    becomes(
        &format!("total(n) :- n = count : {{ {long}, {long} }}, n > 1."),
        &format!("total(n) :-\n    n = count : {{\n        {long},\n        {long}\n    }},\n    n > 1.\n"),
    );
    becomes(
        ".decl a(\n x: number,\ny: number)\n.decl b(\n x: number, y: number)",
        ".decl a(\n    x: number,\n    y: number\n)\n.decl b(\n    x: number, y: number\n)\n",
    );
}

#[test]
fn preprocessor_lines_stay_where_they_are() {
    let text = "#define ARC(x, y) \\\n    arc(x,   y)\n.decl arc(x: number, y: number)\n\n#ifdef WIDE\n.decl b(x: number)\n\
                #endif\nb(x) :-\n    ARC(x, _),\n#ifdef WIDE\n    arc(_, x),\n#endif\n    x > 1.\n";
    becomes(text, text);
    becomes("  #define N 5\n.decl a(x:number)\na( N ).\n", "#define N 5\n.decl a(x: number)\na(N).\n");
}

#[test]
fn what_cannot_be_parsed_has_no_layout() {
    let diagnostics = format("a(x) :- b(x).\nc(x :- d(x).\n").expect_err("a bracket is open");
    assert_eq!(diagnostics[0].code, "syntax-error");
}
