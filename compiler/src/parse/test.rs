//! Tests of rules: `.test "name" { … }` blocks are cut out of the words of a file before the grammar sees them, and their
//! insides are parsed like any other text. `expect` and `only` are words of the language nowhere else.

use super::Counted;
use super::places::Places;
use super::token::Token;
use crate::ast::{At, Item, ItemKind, Test, Text};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// A block whose inside is yet to be parsed.
pub(super) struct Block {
    name: Text,
    /// From its directive to its closing brace.
    span: Span,
    /// What stands in its braces.
    pub(super) tokens: Vec<Counted>,
}

impl Block {
    /// The test, from what its inside says.
    pub(super) fn test(self, items: Vec<Item>, diagnostics: &mut Vec<Diagnostic>) -> Item {
        let belongs = |item: &Item| match &item.kind {
            ItemKind::Clause(clause) => clause.body.is_none(),
            ItemKind::Expect(_) => true,
            _ => false,
        };
        let (items, others): (Vec<Item>, Vec<Item>) = items.into_iter().partition(belongs);
        diagnostics.extend(others.iter().map(|item| {
            Diagnostic::error(codes::SYNTAX_ERROR, "only facts and expectations stand in a test", item.at.0, "")
                .also(self.span, "the test")
                .help("rules and declarations belong outside of it; a condition is expected by `expect body.`")
        }));
        let kind = ItemKind::Test(Test { name: self.name, items });
        Item { doc: String::new(), kind, at: At(self.span), layout: Default::default() }
    }
}

/// Cuts the blocks out of the words of a text.
pub(super) fn cut(
    places: &Places,
    tokens: Vec<Counted>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Counted>, Vec<Block>) {
    if !tokens.iter().any(|(_, token, _)| token.is(".test")) {
        return (tokens, Vec::new());
    }
    let (mut rest, mut blocks) = (Vec::with_capacity(tokens.len()), Vec::new());
    let mut at = 0;
    while let Some((start, token, end)) = tokens.get(at) {
        if !token.is(".test") {
            rest.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let head = places.span(*start, *end);
        let name = match tokens.get(at + 1) {
            Some((from, Token::Text(value) | Token::Name(value), to)) => {
                Some(Text { value: value.clone(), at: At(places.span(*from, *to)) })
            }
            _ => None,
        };
        let open = at + 1 + usize::from(name.is_some());
        let braced = tokens.get(open).is_some_and(|(_, token, _)| token.is("{"));
        let (Some(name), true) = (name, braced) else {
            diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, "test without a name and a block", head, "")
                    .help("write `.test \"what it shows\" { facts … expect … }`"),
            );
            at += 1;
            continue;
        };
        let length = inside(&tokens[open + 1..], ".test");
        let close = open + 1 + length;
        let closed = tokens.get(close).is_some_and(|(_, token, _)| token.is("}"));
        if !closed {
            let span = places.span(tokens[open].0, tokens[open].2);
            diagnostics.push(
                Diagnostic::error(codes::SYNTAX_ERROR, "test is not closed", span, "opened here")
                    .help("add `}` where the test ends"),
            );
        }
        let last = tokens[..tokens.len().min(close + usize::from(closed))].last();
        let span = last.map_or(head, |(_, _, last)| places.span(*start, *last));
        let words = settle(&tokens[open + 1..close]);
        blocks.push(Block { name, span, tokens: words });
        at = close + usize::from(closed);
    }
    (rest, blocks)
}

/// How many words stand in the braces of a block that a directive opens: up to the one that closes it. If none does, it
/// ends at the next directive.
pub(super) fn inside(tokens: &[Counted], directive: &str) -> usize {
    let mut depth = 1;
    for (at, (_, token, _)) in tokens.iter().enumerate() {
        depth = if token.is("{") { depth + 1 } else { depth - usize::from(token.is("}")) };
        if depth == 0 {
            return at;
        }
        if token.is(directive) {
            break;
        }
    }
    tokens.iter().position(|(_, token, _)| token.is_directive()).unwrap_or(tokens.len())
}

/// Makes `expect` a word of its own where a statement starts, and `only` behind it before an atom.
fn settle(tokens: &[Counted]) -> Vec<Counted> {
    let is_name = |token: &Token, name: &str| matches!(token, Token::Name(text) if &**text == name);
    let mut words = tokens.to_vec();
    for at in 0..words.len() {
        let starts = at == 0 || words[at - 1].1.is(".");
        if starts && is_name(&words[at].1, "expect") {
            words[at].1 = Token::Fixed("expect");
        }
        let behind = at > 0 && words[at - 1].1.is("expect");
        let named = matches!(words.get(at + 1), Some((_, Token::Name(_), _)));
        if behind && named && is_name(&words[at].1, "only") {
            words[at].1 = Token::Fixed("only");
        }
    }
    words
}
