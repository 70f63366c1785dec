//! The lexer: from characters to words. It never gives up: what it cannot read is reported and left out.

use super::token::{DIRECTIVES, KEYWORDS, PUNCTUATION, Token};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::suggest::nearest;
use std::ops::Range;
use std::sync::Arc;

/// A token with its first byte and one past its last.
pub(crate) type Spanned = (u32, Token, u32);

/// What a text consists of.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    /// The words.
    pub tokens: Vec<Spanned>,
    /// Comments, documentation aside.
    pub comments: Vec<(Span, Arc<str>)>,
    /// `///` comments, without the slashes.
    pub docs: Vec<(Span, Arc<str>)>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Cuts a text into words. Preprocessor lines are taken for comments.
pub(crate) fn lex(source: u32, text: &str) -> Lexed {
    Lexer::new(source, text, 0..text.len(), false).run()
}

/// Cuts a part of a text that holds no preprocessor line into words.
pub(crate) fn lex_part(source: u32, text: &str, part: Range<usize>) -> Lexed {
    Lexer::new(source, text, part, false).run()
}

/// Cuts what stands behind `#define` or `#if` into words: it may hold operators of the preprocessor.
pub(crate) fn lex_line(source: u32, text: &str, part: Range<usize>) -> Lexed {
    Lexer::new(source, text, part, true).run()
}

/// Words of the preprocessor alone, longest first.
const OPERATORS: [&str; 9] = ["##", "&&", "||", "==", "<<", ">>", "#", "&", "~"];

struct Lexer<'a> {
    source: u32,
    text: &'a str,
    at: usize,
    /// Whether this is the preprocessor's.
    line: bool,
    /// Whether strings may go over several lines.
    broken: bool,
    out: Lexed,
}

impl<'a> Lexer<'a> {
    fn new(source: u32, text: &'a str, part: Range<usize>, line: bool) -> Self {
        let broken = strings_close(&text[part.clone()]);
        Lexer { source, text: &text[..part.end], at: part.start, line, broken, out: Lexed::default() }
    }

    fn run(mut self) -> Lexed {
        while self.at < self.text.len() {
            self.step();
        }
        self.out
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { source: self.source, start: start as u32, end: end as u32 }
    }

    fn push(&mut self, start: usize, token: Token) {
        self.out.tokens.push((start as u32, token, self.at as u32));
    }

    /// Moves on over the characters for which `keep` holds and returns them.
    fn take(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Whether only blanks stand before this byte on its line.
    fn first_on_line(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end_matches(|c: char| c.is_whitespace() && c != '\n');
        before.is_empty() || before.ends_with('\n')
    }

    fn step(&mut self) {
        let rest = self.rest();
        let start = self.at;
        let Some(first) = rest.chars().next() else { return };
        match first {
            c if c.is_whitespace() || c == '\u{feff}' => {
                self.take(|c| c.is_whitespace() || c == '\u{feff}');
            }
            '/' if rest.starts_with("//") => self.line_comment(),
            '/' if rest.starts_with("/*") => self.block_comment(),
            '"' => self.string(),
            '“' | '”' | '„' | '‘' | '’' | '\'' | '`' => self.quoted(),
            _ if self.line && OPERATORS.iter().any(|o| rest.starts_with(o)) => self.operator(),
            '#' if self.first_on_line(start) => self.preprocessor(),
            '\\' if self.line_goes_on() => {}
            '0'..='9' => self.number(),
            '.' if self.directive() => {}
            '?' if rest.starts_with("?-") => self.punctuation(),
            c if is_name_start(c) && !is_lone_underscore(rest) => self.name(),
            _ => self.punctuation(),
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let line = self.take(|c| c != '\n').trim_end();
        let span = self.span(start, start + line.len());
        // Four slashes or more are a ruler, not documentation.
        match line.strip_prefix("///") {
            Some(doc) if !doc.starts_with('/') => {
                let doc = doc.strip_prefix(' ').unwrap_or(doc);
                self.out.docs.push((span, doc.into()));
            }
            _ => self.out.comments.push((span, line.into())),
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        match self.rest().find("*/") {
            Some(length) => {
                self.at += length + 2;
                let span = self.span(start, self.at);
                self.out.comments.push((span, self.text[start..self.at].into()));
            }
            None => {
                self.at = self.text.len();
                let span = self.span(start, start + 2);
                self.out.diagnostics.push(
                    Diagnostic::error(codes::UNTERMINATED_COMMENT, "comment is not closed", span, "opened here")
                        .help("add `*/` where the comment ends"),
                );
            }
        }
    }

    fn string(&mut self) {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + offset + 1;
                    self.push(start, Token::Text(value.into()));
                    return;
                }
                '\n' if !self.broken => break,
                '\\' => match chars.next() {
                    // The line goes on.
                    Some((_, '\n')) => {}
                    Some((_, '\r')) if chars.next_if(|(_, c)| *c == '\n').is_some() => {}
                    None => break,
                    Some((at, escaped)) => match unescape(escaped) {
                        Some(c) => value.push(c),
                        None => self.unknown_escape(start + offset, start + at + escaped.len_utf8(), escaped),
                    },
                },
                c => value.push(c),
            }
        }
        let line = self.rest().split('\n').next().unwrap_or("").trim_end();
        self.at = start + line.len();
        let span = self.span(start, self.at);
        self.out.diagnostics.push(
            Diagnostic::error(codes::UNTERMINATED_STRING, "string is not closed on its line", span, "opened here")
                .help("add the closing `\"`; a line break within a string may be written `\\n`"),
        );
        self.push(start, Token::Text(value.into()));
    }

    /// Text in quotes of another kind: read as the string that is meant, so that one message is enough.
    fn quoted(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or(rest);
        let open = line.chars().next().map_or(0, char::len_utf8);
        let text = &line[open..];
        let close = text.find(['“', '”', '‘', '’', '\'', '`']);
        let text = &text[..close.unwrap_or(0)];
        let quote = close.and_then(|at| line[open + at..].chars().next()).map_or(0, char::len_utf8);
        self.at += open + text.len() + quote;
        self.push(start, Token::Text(text.into()));
        let span = self.span(start, self.at);
        self.out.diagnostics.push(
            Diagnostic::error(codes::BAD_CHARACTER, "string in quotes of the wrong kind", span, "")
                .help("strings stand in plain double quotes: \"text\""),
        );
    }

    fn unknown_escape(&mut self, start: usize, end: usize, escaped: char) {
        let message = format!("unknown escape sequence `\\{escaped}` in a string");
        self.out.diagnostics.push(
            Diagnostic::error(codes::BAD_ESCAPE, message, self.span(start, end), "").help(
                "the escapes are \\\" \\' \\\\ \\a \\b \\f \\n \\r \\t \\v; a backslash itself is written `\\\\`",
            ),
        );
    }

    /// `#define` and its like: a whole line, with those that a backslash adds to it.
    fn preprocessor(&mut self) {
        let start = self.at;
        loop {
            let line = self.take(|c| c != '\n');
            if !line.trim_end().ends_with('\\') || self.at == self.text.len() {
                break;
            }
            self.at += 1;
        }
        let line = self.text[start..self.at].trim_end();
        let span = self.span(start, start + line.len());
        self.out.comments.push((span, line.into()));
    }

    fn number(&mut self) {
        let start = self.at;
        let rest = self.rest();
        if let Some(length) = dotted_quad(rest) {
            self.at += length;
            let text = &rest[..length];
            if text.split('.').any(|part| part.parse::<u8>().is_err()) {
                let message = format!("`{text}` is not an address");
                let span = self.span(start, self.at);
                self.out
                    .diagnostics
                    .push(Diagnostic::error(codes::BAD_NUMBER, message, span, "").help("each part is from 0 to 255"));
                return self.push(start, Token::Integer("0".into()));
            }
            return self.push(start, Token::Integer(text.into()));
        }
        if rest.starts_with("0x") || rest.starts_with("0b") {
            self.at += 2;
            self.take(|c| c.is_ascii_hexdigit());
        } else {
            self.take(|c| c.is_ascii_digit());
            let mut float = false;
            if let Some(fraction) = self.rest().strip_prefix('.')
                && fraction.starts_with(|c: char| c.is_ascii_digit())
            {
                self.at += 1;
                self.take(|c| c.is_ascii_digit());
                float = true;
            }
            float |= self.exponent();
            if float {
                return self.push(start, Token::Float(self.text[start..self.at].into()));
            }
        }
        let unsigned = self.rest().starts_with('u');
        if unsigned {
            self.at += 1;
        }
        let tail = self.take(is_name_part);
        let text: Arc<str> = self.text[start..self.at].into();
        if !tail.is_empty() || text.len() < 3 && (text.starts_with("0x") || text.starts_with("0b")) {
            self.out.diagnostics.push(Diagnostic::error(
                codes::BAD_NUMBER,
                format!("`{text}` is not a number"),
                self.span(start, self.at),
                "",
            ));
            return self.push(start, Token::Integer("0".into()));
        }
        self.push(start, if unsigned { Token::Unsigned(text) } else { Token::Integer(text) });
    }

    /// `e-12` after the digits of a float.
    fn exponent(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix(['e', 'E']) else { return false };
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        self.at = self.text.len() - digits.len();
        self.take(|c| c.is_ascii_digit());
        true
    }

    /// A directive at `.`; false if this is a full stop.
    fn directive(&mut self) -> bool {
        let start = self.at;
        let word: &str = &self.rest()[1..];
        let word = &word[..word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len())];
        let after = self.text[start + 1 + word.len()..].chars().next();
        let full = &self.text[start..start + 1 + word.len()];
        let known = DIRECTIVES.iter().find(|d| **d == full);
        let unsupported = super::unsupported::DIRECTIVES.iter().find(|d| d.name == full);
        if word.is_empty() || (!self.first_on_line(start) && after.is_some_and(|c| !c.is_whitespace())) {
            return false;
        }
        if let Some(name) = known.copied().or(unsupported.map(|d| d.name)) {
            self.at = start + full.len();
            self.push(start, Token::Fixed(name));
            if name == ".include" {
                self.include_path();
            }
            return true;
        }
        if !self.first_on_line(start) {
            return false;
        }
        self.at = start + full.len();
        let all = DIRECTIVES.iter().copied().chain(super::unsupported::DIRECTIVES.iter().map(|d| d.name));
        let mut diagnostic = Diagnostic::error(
            codes::UNKNOWN_DIRECTIVE,
            format!("unknown directive `{full}`"),
            self.span(start, self.at),
            "",
        );
        if let Some(near) = nearest(full, all) {
            diagnostic = diagnostic.suggest(near);
        }
        self.out.diagnostics.push(diagnostic);
        self.push(start, Token::Unknown(full.into()));
        true
    }

    fn include_path(&mut self) {
        self.take(|c| c == ' ' || c == '\t');
        let start = self.at;
        if let Some(rest) = self.rest().strip_prefix('<')
            && let Some(length) = rest.find(['>', '\n'])
            && rest[length..].starts_with('>')
        {
            self.at += length + 2;
            self.push(start, Token::Path(rest[..length].into()));
        }
    }

    fn name(&mut self) {
        let start = self.at;
        self.take(is_name_part);
        if &self.text[start..self.at] == "choice" && self.rest().starts_with("-domain") {
            self.at += "-domain".len();
            return self.push(start, Token::Fixed("choice-domain"));
        } else if let Some(keyword) = KEYWORDS.iter().find(|k| **k == &self.text[start..self.at]) {
            return self.push(start, Token::Fixed(keyword));
        }
        // `component.relation`, unless a clause or a directive starts behind the dot.
        while let Some(rest) = self.rest().strip_prefix('.') {
            let length = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
            let directive = &self.rest()[..=length];
            let known = DIRECTIVES.contains(&directive);
            if known || !rest.starts_with(is_name_start) || rest.starts_with("?-") {
                break;
            }
            self.at += length + 1;
        }
        self.push(start, Token::Name(self.text[start..self.at].into()));
    }

    fn operator(&mut self) {
        let start = self.at;
        if let Some(operator) = OPERATORS.iter().find(|operator| self.rest().starts_with(**operator)) {
            self.at += operator.len();
            self.push(start, Token::Fixed(operator));
        }
    }

    /// A backslash at the end of a line, which is as good as a blank.
    fn line_goes_on(&mut self) -> bool {
        let rest = &self.rest()[1..];
        let blank = rest.strip_prefix('\r').unwrap_or(rest);
        let goes_on = blank.starts_with('\n');
        if goes_on {
            self.at = self.text.len() - blank.len() + 1;
        }
        goes_on
    }

    fn punctuation(&mut self) {
        let start = self.at;
        let rest = self.rest();
        if let Some(text) = PUNCTUATION.iter().find(|p| **p != "&" && rest.starts_with(**p)) {
            self.at += text.len();
            return self.push(start, Token::Fixed(text));
        }
        let c = rest.chars().next().unwrap_or(' ');
        self.at += c.len_utf8();
        let mut diagnostic = Diagnostic::error(
            codes::BAD_CHARACTER,
            format!("character `{}` means nothing here", c.escape_debug()),
            self.span(start, self.at),
            "",
        );
        if let Some(help) = meant(c) {
            diagnostic = diagnostic.help(help);
        }
        // One message for a whole run of unreadable characters.
        let touches = self
            .out
            .diagnostics
            .last()
            .is_some_and(|last| last.code == codes::BAD_CHARACTER && last.primary.span.end as usize == start);
        match self.out.diagnostics.last_mut() {
            Some(last) if touches => last.primary.span.end = self.at as u32,
            _ => self.out.diagnostics.push(diagnostic),
        }
    }
}

/// Whether every string of a text is closed, if strings may go over several lines. If not, one was forgotten to be closed;
/// then each ends with its line, so that the message is about that one and not about all that follows.
pub(crate) fn strings_close(text: &str) -> bool {
    let mut at = 0;
    while let Some(found) = text[at..].find(['"', '/']) {
        at += found;
        let rest = &text[at..];
        at += match rest.as_bytes() {
            [b'"', ..] => match string_length(rest, true) {
                length if length > 1 && rest[..length].ends_with('"') => length,
                _ => return false,
            },
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |length| length + 2),
            _ => 1,
        };
    }
    true
}

/// The length of a string with its quotes; up to the end of its line if that comes first and it may not be `broken`.
pub(crate) fn string_length(text: &str, broken: bool) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            '\n' if !escaped && !broken => return index,
            '"' if !escaped => return index + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

fn meant(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("`,` joins conditions; `band` and `land` are the operators"),
        '~' | '¬' => Some("negation is written `!`; `bnot` is the operator"),
        '\\' => Some("negation is written `!`, inequality `!=`"),
        '∧' => Some("`,` joins conditions"),
        '∨' => Some("`;` separates alternatives"),
        _ => None,
    }
}

fn unescape(c: char) -> Option<char> {
    Some(match c {
        '"' | '\'' | '\\' => c,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        _ => return None,
    })
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '?'
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '?'
}

fn is_lone_underscore(rest: &str) -> bool {
    rest.strip_prefix('_').is_some_and(|after| !after.starts_with(is_name_part))
}

/// The length of a bare IPv4 address, which is read as a number.
fn dotted_quad(text: &str) -> Option<usize> {
    let mut length = 0;
    for part in 0..4 {
        let rest = &text[length..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if digits == 0 {
            return None;
        }
        length += digits;
        if part < 3 {
            if !text[length..].starts_with('.') {
                return None;
            }
            length += 1;
        }
    }
    Some(length)
}
