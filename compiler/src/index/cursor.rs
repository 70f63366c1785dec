//! What stands around a cursor: the word that is being written, and the words of its statement before and behind it.
//!
//! Statements that are being written seldom parse, so this reads words and not trees. It starts at the item that was read
//! last, not at the start of the text.

use super::Index;
use crate::diagnostic::codes;
use crate::parse::lexer::{self, Spanned};
use crate::parse::token::Token;

/// How many bytes behind the cursor are looked at.
const AHEAD: usize = 4_096;

/// A cursor within a statement.
pub(super) struct Cursor<'a> {
    /// The word that ends at the cursor; a directive's with its dot.
    pub(super) word: &'a str,
    /// Where it starts.
    pub(super) start: u32,
    /// The statement's words before that.
    pub(super) before: Vec<Token>,
    /// The statement's words behind the cursor.
    pub(super) behind: Vec<Token>,
}

impl<'a> Cursor<'a> {
    /// What stands around a byte of a text; none in a comment or a string.
    pub(super) fn new(text: &'a str, source: u32, offset: u32, index: &Index) -> Option<Cursor<'a>> {
        let offset = text.floor_char_boundary(offset as usize);
        let start = word_start(text, offset);
        let region = &text[statement(text, source, start, index)..start];
        let lexed = lexer::lex(source, region);
        let end = region.len() as u32;
        let open = |code| lexed.diagnostics.iter().any(|d| d.code == code && d.primary.span.end <= end);
        let unterminated = open(codes::UNTERMINATED_COMMENT)
            || lexed.diagnostics.iter().any(|d| d.code == codes::UNTERMINATED_STRING && !ends_line(region, d));
        let commented = lexed.comments.iter().chain(&lexed.docs).any(|(span, _)| {
            let rest = &region[span.start as usize..];
            rest.starts_with("//") && !rest.contains('\n')
        });
        if unterminated || commented {
            return None;
        }
        let ahead = text.floor_char_boundary((offset + AHEAD).min(text.len()));
        let behind = statement_end(lexer::lex(source, &text[offset..ahead]).tokens);
        Some(Cursor { word: &text[start..offset], start: start as u32, before: statement_start(lexed.tokens), behind })
    }

    /// The parentheses, braces and brackets that are open at the cursor, each with the words from it on.
    pub(super) fn open(&self) -> Vec<usize> {
        let mut open = Vec::new();
        for (place, token) in self.before.iter().enumerate() {
            if ["(", "{", "["].iter().any(|bracket| token.is(bracket)) {
                open.push(place);
            } else if [")", "}", "]"].iter().any(|bracket| token.is(bracket)) {
                open.pop();
            }
        }
        open
    }

    /// What the innermost parenthesis that is open belongs to, and which of its arguments the cursor is in.
    pub(super) fn call(&self) -> Option<(&str, usize)> {
        let open = *self.open().last()?;
        let name = match self.before[..open].last()? {
            Token::Name(name) => name,
            Token::Fixed(name @ ("min" | "max")) => *name,
            _ => return None,
        };
        Some((name, self.argument(open)))
    }

    /// How many commas stand behind a parenthesis at its own depth.
    pub(super) fn argument(&self, open: usize) -> usize {
        let mut depth = 0;
        let mut commas = 0;
        for token in &self.before[open + 1..] {
            match token {
                Token::Fixed("(" | "{" | "[") => depth += 1,
                Token::Fixed(")" | "}" | "]") => depth -= 1,
                Token::Fixed(",") if depth == 0 => commas += 1,
                _ => {}
            }
        }
        commas
    }
}

/// Where the statement around a byte may start: at its item if it was read, else behind the one before it. A directive
/// goes on up to the end of its line.
fn statement(text: &str, source: u32, offset: usize, index: &Index) -> usize {
    let behind = index.items.partition_point(|item| (item.source, item.start) < (source, offset as u32));
    let Some(item) = index.items[..behind].last().filter(|item| item.source == source) else { return 0 };
    let (start, end) = (text.floor_char_boundary(item.start as usize), text.floor_char_boundary(item.end as usize));
    let passed = end <= offset && (text[end..offset].contains('\n') || text[..end].ends_with('.'));
    if passed { end } else { start }
}

/// Whether the line on which a string was opened ends before the region does.
fn ends_line(region: &str, diagnostic: &crate::diagnostic::Diagnostic) -> bool {
    region[diagnostic.primary.span.start as usize..].contains('\n')
}

/// Where the word that ends at the offset starts.
fn word_start(text: &str, offset: usize) -> usize {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '?';
    let before = &text[..offset];
    let start = before.trim_end_matches(part).len();
    let line = before[..start].rsplit('\n').next().unwrap_or_default();
    // A dot that is first on its line, or behind a blank and before a letter, starts a directive.
    match line.strip_suffix('.') {
        Some(rest) if rest.trim().is_empty() => start - 1,
        _ => start,
    }
}

/// The words from the last directive or behind the last full stop on.
fn statement_start(mut tokens: Vec<Spanned>) -> Vec<Token> {
    let start = tokens.iter().rposition(|(_, token, _)| token.is(".") || token.is_directive());
    let start = start.map_or(0, |place| place + usize::from(tokens[place].1.is(".")));
    tokens.split_off(start).into_iter().map(|(_, token, _)| token).collect()
}

/// The words up to the next full stop or directive.
fn statement_end(tokens: Vec<Spanned>) -> Vec<Token> {
    tokens.into_iter().map(|(_, token, _)| token).take_while(|token| !token.is(".") && !token.is_directive()).collect()
}
