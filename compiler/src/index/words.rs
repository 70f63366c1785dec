//! Clauses that could not be read, word by word: a name that is declared elsewhere is known there, too.

use super::build::Builder;
use crate::ast::{At, Name};
use crate::diagnostic::Diagnostic;
use crate::parse::lexer;
use crate::parse::token::Token;
use crate::span::{Sources, Span};
use fnv::FnvHashSet;
use std::collections::BTreeSet;

/// Indexes the words of texts that have errors outside of all items.
pub(super) fn index(builder: &mut Builder, sources: &Sources, diagnostics: &[Diagnostic]) {
    let outside = |span: &Span| !covered(&builder.index.items, *span);
    let broken: BTreeSet<u32> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| diagnostic.primary.span)
        .filter(outside)
        .map(|span| span.source)
        .collect();
    if broken.is_empty() {
        return;
    }
    let known: FnvHashSet<Span> = builder.index.occurrences.iter().map(|occurrence| occurrence.span).collect();
    for source in broken {
        let lexed = lexer::lex(source, &sources.get(source).text);
        for (index, (start, token, end)) in lexed.tokens.iter().enumerate() {
            let span = Span { source, start: *start, end: *end };
            if let Token::Name(text) = token
                && !covered(&builder.index.items, span)
                && !known.contains(&span)
            {
                let called = lexed.tokens.get(index + 1).is_some_and(|(_, next, _)| next.is("("));
                builder.word(&Name { text: text.clone(), at: At(span) }, called);
            }
        }
    }
}

/// Whether a span lies within one of the items, which are in order.
fn covered(items: &[Span], span: Span) -> bool {
    let behind = items.partition_point(|item| (item.source, item.start) <= (span.source, span.start));
    items[..behind].last().is_some_and(|item| item.source == span.source && span.end <= item.end)
}
