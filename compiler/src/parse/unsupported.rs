//! Directives of Soufflé and Strata that are not supported yet: each is named in one message and left out, so that the
//! rest of the file is still checked.

use super::Counted;
use super::places::Places;
use super::token::Token;
use crate::diagnostic::{Diagnostic, codes};

/// A directive that is recognised only to be refused.
pub(super) struct Unsupported {
    /// With its dot.
    pub name: &'static str,
    shape: Shape,
    help: &'static str,
}

/// What follows the directive's word.
#[derive(Clone, Copy)]
enum Shape {
    /// `name`, perhaps `( … )`
    Name,
    /// Anything up to a block in braces; and it may be left out, since columns of a lattice are refused.
    Lattice,
    /// Nothing; and it may be left out, since files are included once anyway.
    Once,
}

/// All of them.
pub(super) const DIRECTIVES: [Unsupported; 3] =
    [entry(".lattice", Shape::Lattice, ""), entry(".debug_delta", Shape::Name, ""), entry(".once", Shape::Once, "")];

const fn entry(name: &'static str, shape: Shape, help: &'static str) -> Unsupported {
    Unsupported { name, shape, help }
}

/// Takes unsupported directives out of the tokens.
pub(super) fn strip(places: &Places, tokens: Vec<Counted>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Counted> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        let (start, token, end) = &tokens[index];
        if let Some(length) = annotation(&tokens[index..]) {
            index += length;
            continue;
        }
        let Some(found) = DIRECTIVES.iter().find(|d| token.is(d.name)) else {
            kept.push(tokens[index].clone());
            index += 1;
            continue;
        };
        index += 1;
        if !matches!(found.shape, Shape::Once | Shape::Lattice) {
            let span = places.span(*start, *end);
            let mut diagnostic =
                Diagnostic::error(codes::NOT_SUPPORTED, format!("`{}` is not supported yet", found.name), span, "");
            if !found.help.is_empty() {
                diagnostic = diagnostic.help(found.help);
            }
            diagnostics.push(diagnostic);
        }
        index += length(found.shape, &tokens[index..]);
    }
    kept
}

/// How many tokens an annotation has that starts here: `@[…]` or `@![…]`, which says something to other tools.
fn annotation(tokens: &[Counted]) -> Option<usize> {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|(_, token, _)| token.is(text));
    let open = if is(1, "!") { 2 } else { 1 };
    (is(0, "@") && is(open, "[")).then(|| open + group(&tokens[open..], "[", "]"))
}

/// How many tokens belong to the directive.
fn length(shape: Shape, tokens: &[Counted]) -> usize {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|(_, token, _)| token.is(text));
    let name = |index: usize| usize::from(matches!(tokens.get(index), Some((_, Token::Name(_), _))));
    match shape {
        Shape::Once => 0,
        Shape::Name => {
            let named = name(0);
            named + if is(named, "(") { group(&tokens[named..], "(", ")") } else { 0 }
        }
        Shape::Lattice => {
            let stop = |token: &Token| token.is("{") || token.is(".") || token.is_directive();
            let head = tokens.iter().position(|(_, token, _)| stop(token)).unwrap_or(tokens.len());
            head + if is(head, "{") { group(&tokens[head..], "{", "}") } else { 0 }
        }
    }
}

/// The length of a bracketed group that starts at the first token; up to the end if it is never closed.
fn group(tokens: &[Counted], open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (index, (_, token, _)) in tokens.iter().enumerate() {
        if token.is(open) {
            depth += 1;
        } else if token.is(close) {
            depth -= 1;
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}
