//! The words of a text with everything that stands between them: comments, preprocessor lines, line breaks.

use crate::parse::lexer::{lex, string_length, strings_close};
use crate::parse::token::Token;

/// A word, and what stands before it.
pub(super) struct Word<'a> {
    /// As it is written; empty for the end of the text.
    pub text: &'a str,
    /// What it is; none for the end of the text.
    pub token: Option<Token>,
    /// Comments and preprocessor lines before it.
    pub before: Vec<Aside<'a>>,
    /// Line breaks right before it.
    pub breaks: usize,
}

/// What is no word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aside<'a> {
    /// As it is written, without blanks at its end.
    pub text: &'a str,
    /// What it is.
    pub kind: AsideKind,
    /// Line breaks right before it.
    pub breaks: usize,
}

/// The kinds of what is no word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AsideKind {
    /// `// …`, to the end of the line.
    Line,
    /// `/// …`, which belongs to the declaration that it precedes or stands in.
    Doc,
    /// `/* … */`
    Block,
    /// `#…`, with the lines that a backslash adds to it.
    Preprocessor,
}

impl Word<'_> {
    /// Whether this is the keyword or punctuation `text`.
    pub(super) fn is(&self, text: &str) -> bool {
        self.token.as_ref().is_some_and(|token| token.is(text))
    }

    /// Whether a directive starts here.
    pub(super) fn is_directive(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.is_directive() || matches!(token, Token::Unknown(_)))
    }

    /// Whether this is a name, of whatever.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.token, Some(Token::Name(_) | Token::Qualifier(_)))
    }

    /// Whether the source breaks the line somewhere before it.
    pub(super) fn is_broken(&self) -> bool {
        self.breaks > 0 || self.before.iter().any(|aside| aside.breaks > 0)
    }
}

impl Aside<'_> {
    /// Whether nothing can follow it on its line.
    pub(super) fn ends_line(&self) -> bool {
        self.kind != AsideKind::Block || self.text.contains('\n')
    }
}

/// The words of a text, with one more for its end.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let (lines, rest) = preprocessor_lines(text);
    let lexed = lex(0, &rest);
    let piece = |(start, end): (usize, usize), kind| (start, end, kind);
    let range = |span: crate::span::Span| (span.start as usize, span.end as usize);
    let mut asides: Vec<(usize, usize, AsideKind)> =
        lines.into_iter().map(|line| piece(line, AsideKind::Preprocessor)).collect();
    asides.extend(lexed.docs.iter().map(|(span, _)| piece(range(*span), AsideKind::Doc)));
    asides.extend(lexed.comments.iter().map(|(span, comment)| {
        piece(range(*span), if comment.starts_with("//") { AsideKind::Line } else { AsideKind::Block })
    }));
    asides.sort_unstable_by_key(|(start, ..)| *start);
    let mut asides = asides.into_iter().peekable();
    let mut at = 0;
    let mut breaks = |start: usize, end: usize| {
        let breaks = text[at..start].matches('\n').count();
        at = end;
        breaks
    };
    let end = std::iter::once((text.len(), None, text.len()));
    let tokens = lexed.tokens.into_iter().map(|(start, token, end)| (start as usize, Some(token), end as usize));
    let mut words = Vec::new();
    for (start, token, end) in tokens.chain(end) {
        let mut before = Vec::new();
        while let Some((from, to, kind)) = asides.next_if(|(from, ..)| *from < start || token.is_none()) {
            before.push(Aside { text: text[from..to].trim_end(), kind, breaks: breaks(from, to) });
        }
        words.push(Word { text: &text[start..end], token, before, breaks: breaks(start, end) });
    }
    settle(&mut words);
    words
}

/// Puts comments before a separator behind it, and those that end the line of a clause behind its full stop. Documentation
/// must not leave its item.
fn settle(words: &mut [Word<'_>]) {
    for at in 1..words.len() {
        let word = &mut words[at - 1];
        let moved = match word.text {
            "," | ";" if word.before.iter().all(|aside| aside.kind != AsideKind::Preprocessor) => word.before.len(),
            "." => word.before.iter().take_while(|aside| aside.kind == AsideKind::Line && aside.breaks == 0).count(),
            _ => 0,
        };
        if moved > 0 {
            let mut moved: Vec<Aside<'_>> = word.before.drain(..moved).collect();
            let next = &mut words[at];
            next.breaks = next.breaks.max(usize::from(moved.iter().any(Aside::ends_line)));
            moved.append(&mut next.before);
            next.before = moved;
        }
    }
}

/// Where the preprocessor's lines are, and the text with blanks in their place.
fn preprocessor_lines(text: &str) -> (Vec<(usize, usize)>, String) {
    let (mut lines, mut rest) = (Vec::new(), String::with_capacity(text.len()));
    let broken = strings_close(text);
    let mut at = 0;
    let mut fresh = true;
    while let Some(c) = text[at..].chars().next() {
        let from = &text[at..];
        let length = match c {
            '#' if fresh => continued(from),
            '"' => string_length(from, broken),
            '/' if from.starts_with("//") => from.find('\n').unwrap_or(from.len()),
            '/' if from.starts_with("/*") => from.find("*/").map_or(from.len(), |length| length + 2),
            c => c.len_utf8(),
        };
        if c == '#' && fresh {
            lines.push((at, at + length));
            rest.extend(from[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            rest.push_str(&from[..length]);
        }
        fresh = c == '\n' || (fresh && c.is_whitespace());
        at += length;
    }
    (lines, rest)
}

/// The length of a line with those that a backslash adds to it, without its break.
fn continued(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    text[..length].trim_end_matches(['\n', '\r']).len()
}
