//! Preprocessor lines: what each says.

use super::macros::Macro;
use super::word::Word;
use super::{Preprocessor, condition, words};
use crate::diagnostic::{Diagnostic, codes};
use crate::parse::lexer::lex_line;
use crate::parse::token::Token;
use crate::span::Span;
use crate::suggest::nearest;
use std::ops::Range;
use std::sync::Arc;

/// An `#if` that is open.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// Its line.
    span: Span,
    /// Whether what stands here counts.
    active: bool,
    /// Whether a branch was taken, so that no other one is.
    taken: bool,
    /// Whether `#else` was there.
    last: bool,
}

impl Condition {
    pub(super) fn holds(&self) -> bool {
        self.active
    }

    pub(super) fn not_closed(&self) -> Diagnostic {
        Diagnostic::error(codes::BAD_CONDITION, "condition is not closed", self.span, "opened here")
            .help("add `#endif` where it ends")
    }
}

/// The words behind `#`.
const DIRECTIVES: [&str; 14] = [
    "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "include", "error", "warning", "pragma",
    "line", "ident",
];

/// A line: its word, and what follows.
struct Line {
    word: String,
    /// From `#` to the word.
    span: Span,
    /// What follows the word.
    rest: Range<usize>,
    /// That as text, without comments and broken lines.
    said: String,
}

impl Preprocessor<'_> {
    /// Obeys a line.
    pub(super) fn line(&mut self, range: Range<usize>) {
        let Some(file) = self.open.last() else { return };
        let (source, text) = (file.source, file.text.clone());
        let active = file.conditions.iter().all(Condition::holds);
        let line = read(source, &text, range);
        match &*line.word {
            "if" | "ifdef" | "ifndef" => {
                let holds = active && self.holds(&line, &text);
                let condition = Condition { span: line.span, active: holds, taken: holds || !active, last: false };
                if let Some(file) = self.open.last_mut() {
                    file.conditions.push(condition);
                }
            }
            "elif" | "else" | "endif" => self.branch(&line, &text),
            _ if !active => {}
            // A line of its own, or a line number that another preprocessor left.
            "" | "line" | "ident" => {}
            "define" => self.define(&line, &text),
            "undef" => match line.said.split_whitespace().next() {
                Some(name) => drop(self.macros.defined.remove(name)),
                None => self.report(codes::BAD_MACRO, "`#undef` needs the name of a macro".into(), line.span),
            },
            "include" => self.included(&line, &text),
            "pragma" if line.said.trim() == "once" => self.once(),
            "pragma" => {}
            "error" => self.report(codes::AUTHOR_ERROR, said(&line.said, "error"), line.span),
            "warning" => {
                let message = said(&line.said, "warning");
                self.diagnostics.push(Diagnostic::warning(codes::AUTHOR_WARNING, message, line.span, ""));
            }
            word if word.starts_with(|c: char| c.is_ascii_digit()) => {}
            word => {
                let message = format!("unknown preprocessor line `#{word}`");
                let mut diagnostic = Diagnostic::error(codes::UNKNOWN_DIRECTIVE, message, line.span, "");
                if let Some(near) = nearest(word, DIRECTIVES) {
                    diagnostic = diagnostic.help(format!("did you mean `#{near}`?"));
                }
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn report(&mut self, code: &'static str, message: String, span: Span) {
        self.diagnostics.push(Diagnostic::error(code, message, span, ""));
    }

    /// The words of what follows on a line.
    fn rest(&mut self, line: &Line, text: &str) -> Vec<Word> {
        let lexed = lex_line(line.span.source, text, line.rest.clone());
        let words = words(line.span.source, text, &lexed, line.rest.start);
        self.diagnostics.extend(lexed.diagnostics);
        words
    }

    /// Whether the condition of a line holds.
    fn holds(&mut self, line: &Line, text: &str) -> bool {
        let found = self.rest(line, text);
        if line.word != "if" && line.word != "elif" {
            let [Word { token: Token::Name(name), .. }] = found.as_slice() else {
                let message = format!("`#{}` needs the name of a macro, and nothing else", line.word);
                self.report(codes::BAD_CONDITION, message, line.span);
                return false;
            };
            return self.macros.defined.contains_key(name) == (line.word == "ifdef");
        }
        let value = self.defined(found).and_then(|found| condition::value(&self.macros.expand(found)));
        match value {
            Ok(value) => value != 0,
            Err(reason) => {
                self.report(codes::BAD_CONDITION, format!("condition cannot be evaluated: {reason}"), line.span);
                false
            }
        }
    }

    /// `defined(name)` and `defined name` as numbers.
    fn defined(&self, words: Vec<Word>) -> Result<Vec<Word>, String> {
        let mut out = Vec::with_capacity(words.len());
        let mut words = words.into_iter().peekable();
        while let Some(mut word) = words.next() {
            if matches!(&word.token, Token::Name(name) if &**name == "defined") {
                let open = words.next_if(|word| word.token.is("(")).is_some();
                let Some(Word { token: Token::Name(name), .. }) = words.next() else {
                    return Err("`defined` needs the name of a macro".to_string());
                };
                if open && words.next_if(|word| word.token.is(")")).is_none() {
                    return Err("`)` is missing behind `defined`".to_string());
                }
                let known = self.macros.defined.contains_key(&name);
                word.token = Token::Integer(if known { "1" } else { "0" }.into());
            }
            out.push(word);
        }
        Ok(out)
    }

    /// `#elif`, `#else` and `#endif`.
    fn branch(&mut self, line: &Line, text: &str) {
        let Some(condition) = self.open.last().and_then(|file| file.conditions.last()).cloned() else {
            let message = format!("`#{}` without `#if`", line.word);
            return self.report(codes::BAD_CONDITION, message, line.span);
        };
        if line.word == "endif" {
            if let Some(file) = self.open.last_mut() {
                file.conditions.pop();
            }
            return;
        }
        if condition.last {
            let message = format!("`#{}` behind `#else`", line.word);
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_CONDITION, message, line.span, "").also(condition.span, "of this"));
        }
        let active = !condition.taken && (line.word == "else" || self.holds(line, text));
        if let Some(condition) = self.open.last_mut().and_then(|file| file.conditions.last_mut()) {
            condition.active = active;
            condition.taken |= active;
            condition.last |= line.word == "else";
        }
    }

    /// `#define name body`, `#define name(parameters) body`
    fn define(&mut self, line: &Line, text: &str) {
        let mut body = self.rest(line, text).into_iter().peekable();
        let name = body.next();
        let Some(Word { token: Token::Name(name), span, .. }) = name.filter(|name| !name.spelling().contains('.'))
        else {
            let message = "`#define` needs the name of a macro".to_string();
            return self.report(codes::BAD_MACRO, message, line.span);
        };
        let mut parameters = None;
        let mut variadic = false;
        if body.next_if(|word| word.token.is("(") && !word.spaced).is_some() {
            match read_parameters(&mut body) {
                Ok((names, rest)) => {
                    parameters = Some(names);
                    variadic = rest;
                }
                Err(reason) => return self.report(codes::BAD_MACRO, format!("macro `{name}`: {reason}"), span),
            }
        }
        let body: Vec<Word> = body.collect();
        if [body.first(), body.last()].into_iter().flatten().any(|word| word.token.is("##")) {
            let message = format!("macro `{name}`: `##` has nothing to join at one of its sides");
            return self.report(codes::BAD_MACRO, message, span);
        }
        self.macros.defined.insert(name, Macro { parameters, variadic, body, span });
    }

    /// `#include "file"`, `#include <file>`, or a macro that stands for one of them.
    fn included(&mut self, line: &Line, text: &str) {
        let said = line.said.trim();
        let written = |open: char, close: char| said.strip_prefix(open)?.strip_suffix(close).map(str::to_string);
        let path = written('"', '"').or_else(|| written('<', '>')).or_else(|| {
            let words = self.rest(line, text);
            match self.macros.expand(words).as_slice() {
                [Word { token: Token::Text(path), .. }] => Some(path.to_string()),
                _ => None,
            }
        });
        match path {
            Some(path) => self.include(&path, line.span, line.span, true),
            None => self.report(codes::INCLUDE_FAILED, "`#include` needs a path in quotes".to_string(), line.span),
        }
    }
}

/// The parameters of a macro up to the closing parenthesis, and whether the last one takes all that is left.
fn read_parameters(words: &mut impl Iterator<Item = Word>) -> Result<(Vec<Arc<str>>, bool), String> {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut dots = 0;
    let mut comma = true;
    for word in words {
        match &word.token {
            token if token.is(")") && (!comma || names.is_empty()) => {
                if dots == 3 && !comma && names.last().is_none_or(|last| &**last != "__VA_ARGS__") {
                    return Ok((names, true));
                }
                return Ok((names, dots == 3));
            }
            Token::Name(name) if comma && dots == 0 => {
                if names.contains(name) {
                    return Err(format!("parameter `{name}` is there twice"));
                }
                names.push(name.clone());
                comma = false;
            }
            token if token.is(",") && !comma && dots == 0 => comma = true,
            token if token.is(".") && dots < 3 => {
                dots += 1;
                if dots == 3 && comma {
                    names.push("__VA_ARGS__".into());
                    comma = false;
                }
            }
            token => return Err(format!("{token} stands where a parameter is expected")),
        }
    }
    Err("its parameters are not closed".to_string())
}

/// What an author's `#error` says.
fn said(text: &str, otherwise: &str) -> String {
    let text = text.trim().trim_matches('"').trim_end_matches('.');
    if text.is_empty() { format!("`#{otherwise}`") } else { format!("#{otherwise}: {text}") }
}

/// Reads a line that starts with `#`.
fn read(source: u32, text: &str, range: Range<usize>) -> Line {
    let line = &text[range.clone()];
    let blank = |c: char| c.is_whitespace() || c == '\\';
    let behind = line[1..].trim_start_matches(blank);
    let word = behind.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    let start = range.end - behind.len() + word.len();
    let span = Span { source, start: range.start as u32, end: start as u32 };
    let mut said = String::new();
    let mut rest = &text[start..range.end];
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '\\' if rest[1..].starts_with('\n') => 2,
            '\\' if rest[1..].starts_with("\r\n") => 3,
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |length| length + 2),
            '/' if rest.starts_with("//") && !said.trim_start().starts_with(['"', '<']) => rest.len(),
            c => {
                said.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        said.push(' ');
        rest = &rest[skipped..];
    }
    Line { word: word.to_string(), span, rest: start..range.end, said }
}
