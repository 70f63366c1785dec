//! What must be known before the grammar sees the words: how deep they nest, and which words change their meaning by
//! what stands further on.
//!
//! The syntax tree is walked by recursion, so its depth is bounded here, where no recursion has begun.

use super::Counted;
use super::places::Places;
use super::token::Token;
use crate::diagnostic::{Diagnostic, codes};

/// The deepest nesting of brackets and operators that is accepted.
pub(super) const MAX_DEPTH: usize = 200;

/// The deepest nesting of components within components that is accepted.
const MAX_COMPONENTS: usize = 50;

/// Drops clauses that nest too deeply, and marks `min(a, b)` (not an aggregate) and the qualifiers of declarations.
pub(super) fn shape(places: &Places, tokens: Vec<Counted>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Counted> {
    let mut shaper =
        Shaper { out: Vec::with_capacity(tokens.len()), open: Vec::new(), depth: 0, item: 0, components: 0 };
    let mut tokens = settle_gap(tokens).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let span = places.span(token.0, token.2);
        let next_is_call = tokens.peek().is_some_and(|(_, next, _)| next.is("("));
        if shaper.components == MAX_COMPONENTS && shaper.opens_component(&token.1) {
            let message = format!("components nest more than {MAX_COMPONENTS} deep");
            diagnostics.push(
                Diagnostic::error(codes::TOO_DEEP, message, span, "at this point")
                    .help("declare the inner components side by side"),
            );
            let mut depth = 1;
            for (_, skipped, _) in tokens.by_ref() {
                depth = if skipped.is("{") { depth + 1 } else { depth - usize::from(skipped.is("}")) };
                if depth == 0 {
                    break;
                }
            }
            shaper.out.truncate(shaper.item);
            shaper.reset();
            continue;
        }
        shaper.push(token, next_is_call);
        if shaper.depth <= MAX_DEPTH {
            continue;
        }
        diagnostics.push(
            Diagnostic::error(
                codes::TOO_DEEP,
                format!("clause nests more than {MAX_DEPTH} brackets and operators"),
                span,
                "at this point",
            )
            .help("give parts of it names: `x = ...`, or relations of their own"),
        );
        shaper.out.truncate(shaper.item);
        while let Some((_, next, _)) = tokens.peek() {
            if next.is_directive() || tokens.next().is_some_and(|(_, token, _)| token.is(".")) {
                break;
            }
        }
        shaper.reset();
    }
    shaper.out
}

/// `gap` is an aggregate where a target follows, and else a name like any other: Soufflé does not know the word.
fn settle_gap(mut tokens: Vec<Counted>) -> Vec<Counted> {
    let is_name = |token: Option<&Counted>| matches!(token, Some((_, Token::Name(_), _)));
    for index in 0..tokens.len() {
        let gap = matches!(&tokens[index].1, Token::Name(name) if &**name == "gap");
        let call = tokens.get(index + 2).is_some_and(|(_, token, _)| token.is("("));
        if gap && is_name(tokens.get(index + 1)) && !call {
            tokens[index].1 = Token::Fixed("gap");
        }
    }
    tokens
}

struct Shaper {
    out: Vec<Counted>,
    open: Vec<Bracket>,
    /// Of the tree that these words will become, at most.
    depth: usize,
    /// Where the present item starts in `out`.
    item: usize,
    /// How many components are open around it.
    components: usize,
}

/// An open bracket.
struct Bracket {
    /// `min` or `max` right before it, by its place in `out`.
    function: Option<usize>,
    comma: bool,
    brace: bool,
    /// Operators since the last separator.
    operators: usize,
}

impl Shaper {
    fn reset(&mut self) {
        self.open.clear();
        self.open.push(Bracket { function: None, comma: false, brace: false, operators: 0 });
        self.depth = self.components;
        self.item = self.out.len();
    }

    fn push(&mut self, mut token: Counted, next_is_call: bool) {
        if self.open.is_empty() || token.1.is_directive() || self.starts_clause(&token.1, next_is_call) {
            self.reset();
        }
        if let Token::Name(name) = &token.1
            && !next_is_call
            && (self.after_columns() || &**name == "stateful" && self.after_functor())
        {
            token.1 = Token::Qualifier(name.clone());
        }
        if self.component(&mut token) {
            self.out.push(token);
            return self.reset();
        }
        match &token.1 {
            Token::Fixed("(" | "{" | "[") => {
                let function = self.out.len().checked_sub(1);
                let function = function.filter(|last| self.out[*last].1.is("min") || self.out[*last].1.is("max"));
                self.open.push(Bracket { function, comma: false, brace: token.1.is("{"), operators: 0 });
                self.depth += 1;
            }
            Token::Fixed(")" | "}" | "]") if self.open.len() > 1 => self.close(),
            Token::Fixed("," | ";" | ":-" | "=" | "!=" | "<" | "<=" | ">" | ">=") => {
                if let Some(top) = self.open.last_mut() {
                    top.comma |= token.1.is(",");
                    self.depth -= std::mem::take(&mut top.operators);
                }
            }
            Token::Fixed(
                "+" | "-" | "*" | "/" | "%" | "^" | "!" | "band" | "bor" | "bxor" | "bnot" | "bshl" | "bshr" | "bshru"
                | "land" | "lor" | "lxor" | "lnot" | "count" | "sum" | "min" | "max" | "mean" | "gap",
            ) => {
                if let Some(top) = self.open.last_mut() {
                    top.operators += 1;
                    self.depth += 1;
                }
            }
            _ => {}
        }
        let ends = token.1.is(".");
        self.out.push(token);
        if ends {
            self.reset();
        }
    }

    fn opens_component(&self, token: &Token) -> bool {
        let item = self.out.get(self.item);
        token.is("{") && self.open.len() == 1 && item.is_some_and(|(_, first, _)| first.is(".comp"))
    }

    /// Whether a component starts or ends with this brace, which closes whatever was left open before it.
    fn component(&mut self, token: &mut Counted) -> bool {
        let braces = || self.open.iter().any(|bracket| bracket.brace);
        if self.opens_component(&token.1) {
            self.components += 1;
            true
        } else if token.1.is("}") && self.components > 0 && !braces() {
            self.components -= 1;
            token.1 = Token::End;
            true
        } else {
            false
        }
    }

    /// Whether a clause starts behind a directive, which nothing ends.
    fn starts_clause(&self, token: &Token, next_is_call: bool) -> bool {
        let behind = self.out.get(self.item).is_some_and(|(_, first, _)| first.is_directive());
        let head = matches!(token, Token::Name(_)) && next_is_call;
        let listed = self.out.last().is_some_and(|(_, last, _)| last.is(",") || last.is_directive());
        behind && self.open.len() == 1 && (token.is("?-") || head && !listed)
    }

    fn close(&mut self) {
        let Some(bracket) = self.open.pop() else { return };
        self.depth -= 1 + bracket.operators;
        if let (Some(function), true) = (bracket.function, bracket.comma) {
            let name = if self.out[function].1.is("min") { "min" } else { "max" };
            self.out[function].1 = Token::Name(name.into());
        }
    }

    /// Whether a word here stands behind the type of a `.functor`.
    fn after_functor(&self) -> bool {
        let item = &self.out[self.item..];
        let type_ends = matches!(item, [.., (_, colon, _), (_, Token::Name(_), _)] if colon.is(":"));
        self.open.len() == 1 && item.first().is_some_and(|(_, token, _)| token.is(".functor")) && type_ends
    }

    /// Whether a word here stands behind the columns of a `.decl`.
    fn after_columns(&self) -> bool {
        let item = &self.out[self.item..];
        self.open.len() == 1
            && item.first().is_some_and(|(_, token, _)| token.is(".decl"))
            && item.last().is_some_and(|(_, token, _)| token.is(")") || matches!(token, Token::Qualifier(_)))
    }
}
