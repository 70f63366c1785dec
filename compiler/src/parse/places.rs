//! Where words stand. The grammar counts words; only here is it known which text each of them is from.

use crate::span::Span;

/// The places of all words of one parse.
#[derive(Debug, Default)]
pub(crate) struct Places {
    spans: Vec<Span>,
    /// Whether a word is the first on its line.
    first: Vec<bool>,
    /// The text, where there is no word.
    empty: Span,
}

impl Places {
    /// No words yet, of the text with this number.
    pub(crate) fn new(source: u32) -> Self {
        Places { empty: Span { source, start: 0, end: 0 }, ..Places::default() }
    }

    /// Adds the place of the next word.
    pub(crate) fn add(&mut self, span: Span, first: bool) {
        self.spans.push(span);
        self.first.push(first);
    }

    /// From the first of some words, by its number, to the last one.
    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        let first = self.spans.get(start as usize).or(self.spans.last()).copied().unwrap_or(self.empty);
        let last = (end > start).then(|| self.spans.get(end as usize - 1)).flatten().copied().unwrap_or(first);
        if last.source == first.source { first.to(last) } else { first }
    }

    /// Whether a word is the first on its line.
    pub(super) fn is_first(&self, word: u32) -> bool {
        self.first.get(word as usize).copied().unwrap_or(false)
    }
}
