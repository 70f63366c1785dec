//! Diagnostics as a person at a terminal reads them: the source, what is marked in it, and what to do.

use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Sources;
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use std::fmt::Write;

/// The text of diagnostics, each followed by an empty line, with colours for a terminal if asked for.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let _ = write!(out, "{}\n\n", render_one(diagnostic, sources, &renderer));
    }
    out
}

fn render_one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level.primary_title(&diagnostic.message).id(diagnostic.code).elements(Vec::<Element<'_>>::new());
    let mut shown: Vec<u32> = Vec::new();
    let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    for label in labels() {
        if shown.contains(&label.span.source) {
            continue;
        }
        shown.push(label.span.source);
        let source = sources.get(label.span.source);
        let mut snippet = Snippet::source(&*source.text).path(&*source.name);
        for other in labels().filter(|other| other.span.source == label.span.source) {
            let primary = std::ptr::eq(other, &diagnostic.primary);
            let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(within(&source.text, other.span.range()));
            snippet = snippet.annotation(if other.text.is_empty() {
                annotation
            } else {
                annotation.label(other.text.as_str())
            });
        }
        group = group.element(snippet);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The range, moved to character boundaries of the text.
fn within(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(range.start.min(text.len()));
    let end = text.ceil_char_boundary(range.end.min(text.len())).max(start);
    start..end
}
