//! Scenarios: `.scenario name "text" { … }` blocks are cut out of the words of a file before the grammar sees them. Their
//! statements are clauses with a sign before them; the sign is taken off here and given back to the clause that was read.

use super::Counted;
use super::places::Places;
use super::test::inside;
use super::token::Token;
use crate::ast::{At, Edit, Item, ItemKind, Name, Scenario, Text};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// A block whose inside is yet to be parsed.
pub(super) struct Block {
    name: Name,
    doc: Option<Text>,
    /// From its directive to its closing brace.
    span: Span,
    /// What stands in its braces, without the signs.
    pub(super) tokens: Vec<Counted>,
    signs: Vec<Sign>,
}

/// The sign before a statement.
struct Sign {
    insert: bool,
    at: Span,
    /// The first word behind it.
    before: Span,
}

impl Block {
    /// The scenario, from what its inside says.
    pub(super) fn scenario(self, items: Vec<Item>, diagnostics: &mut Vec<Diagnostic>) -> Item {
        let mut edits = Vec::new();
        for mut item in items {
            let sign = self.signs.iter().find(|sign| sign.before.start == item.at.0.start);
            if !matches!(item.kind, ItemKind::Clause(_)) {
                diagnostics.push(
                    Diagnostic::error(codes::SYNTAX_ERROR, "only edits stand in a scenario", item.at.0, "")
                        .also(self.span, "the scenario")
                        .help("an edit is written `+head :- body.` or `-head :- body.`; declarations belong outside"),
                );
            } else if let Some(sign) = sign {
                item.at = At(sign.at.to(item.at.0));
                edits.push(Edit { insert: sign.insert, item });
            } else {
                let start = Span { end: item.at.0.start, ..item.at.0 };
                diagnostics.push(
                    Diagnostic::error(codes::SYNTAX_ERROR, "edit without a sign", item.at.0, "")
                        .help("write `+` before what the scenario inserts, `-` before what it retracts")
                        .fix(start, "+"),
                );
            }
        }
        let kind = ItemKind::Scenario(Scenario { name: self.name, doc: self.doc, edits });
        Item { doc: String::new(), kind, at: At(self.span), layout: Default::default() }
    }
}

/// Cuts the blocks out of the words of a text.
pub(super) fn cut(
    places: &Places,
    tokens: Vec<Counted>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Counted>, Vec<Block>) {
    if !tokens.iter().any(|(_, token, _)| token.is(".scenario")) {
        return (tokens, Vec::new());
    }
    let (mut rest, mut blocks) = (Vec::with_capacity(tokens.len()), Vec::new());
    let mut at = 0;
    while let Some((start, token, end)) = tokens.get(at) {
        if !token.is(".scenario") {
            rest.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let head = places.span(*start, *end);
        let place = |index: usize| tokens.get(index).map(|(from, _, to)| At(places.span(*from, *to)));
        let name = match (tokens.get(at + 1), place(at + 1)) {
            (Some((_, Token::Name(text), _)), Some(at)) => Some(Name { text: text.clone(), at }),
            _ => None,
        };
        let doc = match (tokens.get(at + 2), place(at + 2)) {
            (Some((_, Token::Text(value), _)), Some(at)) => Some(Text { value: value.clone(), at }),
            _ => None,
        };
        let open = at + 2 + usize::from(doc.is_some());
        let braced = tokens.get(open).is_some_and(|(_, token, _)| token.is("{"));
        let (Some(name), true) = (name, braced) else {
            diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, "scenario without a name and a block", head, "")
                    .help("write `.scenario name \"what it is\" { +head :- body. -head :- body. }`"),
            );
            // What stands in its braces would be misread.
            let brace = (at + 1..tokens.len().min(at + 4)).find(|index| tokens[*index].1.is("{"));
            at = brace.map_or(at + 1, |open| open + 2 + inside(&tokens[open + 1..], ".scenario"));
            continue;
        };
        let close = open + 1 + inside(&tokens[open + 1..], ".scenario");
        let closed = tokens.get(close).is_some_and(|(_, token, _)| token.is("}"));
        if !closed {
            let span = places.span(tokens[open].0, tokens[open].2);
            diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, "scenario is not closed", span, "opened here")
                    .help("add `}` where the scenario ends"),
            );
        }
        let last = tokens[..tokens.len().min(close + usize::from(closed))].last();
        let span = last.map_or(head, |(_, _, last)| places.span(*start, *last));
        let (words, signs) = unsigned(places, &tokens[open + 1..close]);
        blocks.push(Block { name, doc, span, tokens: words, signs });
        at = close + usize::from(closed);
    }
    (rest, blocks)
}

/// The words of statements without the signs before them, and those.
fn unsigned(places: &Places, tokens: &[Counted]) -> (Vec<Counted>, Vec<Sign>) {
    let (mut words, mut signs) = (Vec::with_capacity(tokens.len()), Vec::new());
    for (index, (start, token, end)) in tokens.iter().enumerate() {
        let starts = index == 0 || tokens[index - 1].1.is(".");
        match tokens.get(index + 1) {
            Some((from, _, to)) if starts && (token.is("+") || token.is("-")) => {
                let (at, before) = (places.span(*start, *end), places.span(*from, *to));
                signs.push(Sign { insert: token.is("+"), at, before });
            }
            _ => words.push(tokens[index].clone()),
        }
    }
    (words, signs)
}
