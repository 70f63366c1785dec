//! HTML: text that is safe in it, Markdown, rule text with its words coloured and linked.

use super::book::Book;
pub(super) use crate::markup::escape;
use compiler::span::Source;
use pulldown_cmark::{CowStr, Event, Options, Parser, html};
use std::fmt::Write;

/// The file of a relation's page.
pub(super) fn file_name(relation: &str) -> String {
    format!("relation.{}.html", plain(relation))
}

/// The file of a source's page.
pub(super) fn source_name(source: &Source) -> String {
    format!("source.{}.html", plain(&source.name))
}

/// A name as part of a file's name: what is not a letter, a digit or one of `_-.` is written by its number.
fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
            out.push(c);
        } else {
            let _ = write!(out, "~{:x}", u32::from(c));
        }
    }
    out
}

/// Documentation as HTML. A relation's name in backticks leads to its page; tags are text.
pub(super) fn markdown(book: &Book<'_>, text: &str) -> String {
    let link = |name: CowStr<'_>| match book.places.contains_key(&*name) {
        true => Event::Html(format!("<a href=\"{}\"><code>{}</code></a>", file_name(&name), escape(&name)).into()),
        false => Event::Code(name.into_string().into()),
    };
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(tag) | Event::InlineHtml(tag) => Event::Text(tag),
        Event::Code(name) => link(name),
        event => event,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// Rule text with its words coloured, and names of relations linked to their pages.
pub(super) fn rules(book: &Book<'_>, text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, class) = piece(rest, c, text[..at].chars().next_back());
        let word = &rest[..length];
        if class == "name" && book.places.contains_key(word) {
            let _ = write!(out, "<a href=\"{}\">{}</a>", file_name(word), escape(word));
        } else if matches!(class, "" | "name") {
            out.push_str(&escape(word));
        } else {
            let _ = write!(out, "<span class=\"{class}\">{}</span>", escape(word));
        }
        at += length;
    }
    out
}

/// The length of what stands at the beginning of a text, and what it is.
fn piece(rest: &str, first: char, before: Option<char>) -> (usize, &'static str) {
    let line = || rest.find('\n').unwrap_or(rest.len());
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '?');
    let run = |keep: &dyn Fn(char) -> bool| rest.find(|c| !keep(c)).unwrap_or(rest.len());
    if rest.starts_with("//") {
        (line(), "comment")
    } else if rest.starts_with("/*") {
        (rest.find("*/").map_or(rest.len(), |end| end + 2), "comment")
    } else if first == '"' {
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, c)| {
            let closes = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes || *c == '\n'
        });
        (end.map_or(rest.len(), |(end, c)| end + c.len_utf8()), "string")
    } else if first == '#' && before.is_none_or(|c| c == '\n') {
        (line(), "directive")
    } else if first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_lowercase()) && !before.is_some_and(word) {
        (1 + rest[1..].find(|c| !word(c)).unwrap_or(rest.len() - 1), "directive")
    } else if first.is_ascii_digit() {
        (run(&|c| c.is_ascii_alphanumeric()), "number")
    } else if word(first) {
        // `instance.relation` is one name, a full stop at the end of a clause is not part of it.
        let length = run(&|c| word(c) || c == '.');
        let name = rest[..length].trim_end_matches('.');
        let keyword = ["count", "sum", "min", "max", "mean", "gap", "expect", "only", "true", "false", "nil"];
        (name.len(), if keyword.contains(&name) { "keyword" } else { "name" })
    } else {
        (first.len_utf8(), "")
    }
}
