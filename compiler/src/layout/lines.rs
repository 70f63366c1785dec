//! Where lines break: an item that fits stays on one line; a longer one has its body, or what stands in brackets, on a
//! line of its own; and if that is still too long, one element a line. Where the author breaks the line behind `:-` or an
//! opening bracket, it stays broken, and so do the lines of what stands there.

use super::items::Item;
use super::space::{Setting, blank};
use super::words::Word;

/// How long a line may be.
pub(super) const WIDTH: usize = 120;

/// How far what belongs to something stands behind it.
pub(super) const STEP: usize = 4;

/// What stands between two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing.
    None,
    /// A blank.
    Blank,
    /// A line break, and so many blanks.
    Line(usize),
}

/// What stands before each word, and how far a line goes in if a comment demands one where none was meant to be.
pub(super) struct Lines {
    /// What stands before each word.
    pub gaps: Vec<Gap>,
    /// The indentation of the item that the word belongs to.
    pub base: Vec<usize>,
}

/// Lays out all items.
pub(super) fn lines(words: &[Word<'_>], items: &[Item]) -> Lines {
    let mut lines = Lines { gaps: vec![Gap::Line(0); words.len()], base: vec![0; words.len()] };
    block(words, items, 0, false, &mut lines);
    lines
}

/// The items of a block, or of the whole text.
fn block(words: &[Word<'_>], items: &[Item], indent: usize, in_test: bool, lines: &mut Lines) {
    for item in items {
        let own = &words[item.start..item.end];
        let setting = Setting::of(&own[0], in_test);
        let mut layout = Layout { setting, words: own, gaps: Vec::new(), partner: partners(own) };
        layout.item(indent);
        lines.gaps[item.start..item.end].copy_from_slice(&layout.gaps);
        lines.gaps[item.start] = Gap::Line(indent);
        lines.base[item.start..item.end].fill(indent);
        if let Some((inner, close)) = &item.block {
            block(words, inner, indent + STEP, own[0].text == ".test", lines);
            let empty = inner.is_empty() && words[*close].before.is_empty();
            lines.gaps[*close] = if empty { Gap::None } else { Gap::Line(indent) };
            lines.base[*close] = indent;
        }
    }
}

/// The closing bracket of each opening one.
fn partners(words: &[Word<'_>]) -> Vec<Option<usize>> {
    let mut partners = vec![None; words.len()];
    let mut open = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.text {
            "(" | "[" | "{" => open.push(at),
            ")" | "]" | "}" => {
                if let Some(start) = open.pop() {
                    partners[start] = Some(at);
                }
            }
            _ => {}
        }
    }
    partners
}

/// One item.
struct Layout<'a, 'w> {
    setting: Setting,
    words: &'a [Word<'w>],
    gaps: Vec<Gap>,
    partner: Vec<Option<usize>>,
}

impl Layout<'_, '_> {
    fn item(&mut self, indent: usize) {
        self.gaps = (0..self.words.len())
            .map(|at| if blank(self.setting, self.words, at) { Gap::Blank } else { Gap::None })
            .collect();
        let all = 0..self.words.len();
        if self.fits(all.start, all.end, indent) {
            return;
        }
        let end = all.end - usize::from(self.words.last().is_some_and(|word| word.is(".")));
        if let Some(neck) = self.top(0, end, |word| word.is(":-") || word.is("?-")) {
            self.elements(0, neck, indent, ",");
            self.body(neck + 1, end, indent + STEP);
        } else if let Some(bar) = self.top(0, end, |word| word.is("|")) {
            let equal = self.top(0, bar, |word| word.is("=")).unwrap_or(0);
            self.alternatives(equal + 1, end, indent + STEP);
        } else {
            self.elements(0, end, indent, ",");
        }
    }

    /// The first word in a range, outside of brackets, for which this holds.
    fn top(&self, start: usize, end: usize, holds: impl Fn(&Word<'_>) -> bool) -> Option<usize> {
        let mut at = start;
        while at < end {
            if holds(&self.words[at]) {
                return Some(at);
            }
            at = self.partner[at].filter(|close| *close < end).unwrap_or(at) + 1;
        }
        None
    }

    /// The parts of a range, each with the separator behind it.
    fn parts(&self, start: usize, end: usize, separator: &str) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut from = start;
        while let Some(at) = self.top(from, end, |word| word.is(separator)) {
            parts.push((from, at + 1));
            from = at + 1;
        }
        if from < end || parts.is_empty() {
            parts.push((from, end));
        }
        parts
    }

    /// Whether a range goes on one line that starts with so many blanks, and nothing demands that it does not.
    fn fits(&self, start: usize, end: usize, indent: usize) -> bool {
        !(start..end).any(|at| at > start && self.breaks_before(at) || self.stays_open(at, end))
            && indent + self.width(start, end) <= WIDTH
    }

    /// Whether something before the word demands a line break.
    fn breaks_before(&self, at: usize) -> bool {
        self.words[at].before.iter().any(|aside| aside.ends_line())
    }

    /// Whether the author broke the line behind this word, and it is one behind which that counts.
    fn stays_open(&self, at: usize, end: usize) -> bool {
        let next = at + 1;
        if next >= end || !self.words[next].is_broken() {
            return false;
        }
        match self.partner[at] {
            Some(close) => close > next,
            None if self.setting == Setting::Declaration => self.words[at].is("=") || self.words[next].is("|"),
            None => self.words[at].is(":-"),
        }
    }

    /// The columns that a range takes on one line.
    fn width(&self, start: usize, end: usize) -> usize {
        let count = |text: &str| text.chars().count();
        let one = |at: usize| {
            let word = &self.words[at];
            let asides: usize = word.before.iter().map(|aside| count(aside.text) + 1).sum();
            count(word.text) + if at > start { asides + usize::from(self.gaps[at] == Gap::Blank) } else { 0 }
        };
        (start..end).map(one).sum()
    }

    /// Whether the author breaks the line behind some separator of a range.
    fn is_spread(&self, start: usize, end: usize) -> bool {
        let mut from = start;
        while let Some(at) = self.top(from, end, |word| word.is(",") || word.is(";")) {
            let ends = at + 1 == end;
            if self.words[at].is_broken() || !ends && self.words[at + 1].is_broken() {
                return true;
            }
            from = at + 1;
        }
        false
    }

    /// A body, or what stands in brackets: on one line if it fits there, or else alternatives of elements.
    fn body(&mut self, start: usize, end: usize, indent: usize) {
        if !self.is_spread(start, end) && self.fits(start, end, indent) {
            self.gaps[start] = Gap::Line(indent);
            return;
        }
        let alternatives = self.parts(start, end, ";");
        if alternatives.len() == 1 {
            return self.elements(start, end, indent, ",");
        }
        let short = alternatives.iter().all(|(start, end)| self.fits(*start, *end, indent));
        for (start, end) in alternatives {
            self.gaps[start] = Gap::Line(indent);
            if short {
                continue;
            }
            let semicolon = end > start && self.words[end - 1].is(";");
            let end = end - usize::from(semicolon);
            self.elements(start, end, indent, ",");
            if semicolon {
                self.gaps[end] = Gap::Line(indent);
            }
        }
    }

    /// The branches of a type, each behind its bar.
    fn alternatives(&mut self, start: usize, end: usize, indent: usize) {
        let mut from = start;
        while from < end {
            let to = self.top(from + 1, end, |word| word.is("|")).unwrap_or(end);
            self.element(from, to, indent);
            from = to;
        }
    }

    /// One element a line.
    fn elements(&mut self, start: usize, end: usize, indent: usize, separator: &str) {
        for (start, end) in self.parts(start, end, separator) {
            if start < end {
                self.element(start, end, indent);
            }
        }
    }

    /// Puts an element on a line of its own. If it does not fit, brackets in it are broken: those that must be, and the
    /// longest.
    fn element(&mut self, start: usize, end: usize, indent: usize) {
        self.gaps[start] = Gap::Line(indent);
        if self.fits(start, end, indent) {
            return;
        }
        let mut groups = Vec::new();
        let mut at = start;
        while let Some(open) = self.top(at, end, |word| matches!(word.text, "(" | "[" | "{")) {
            let Some(close) = self.partner[open].filter(|close| *close < end) else {
                at = open + 1;
                continue;
            };
            if close > open + 1 {
                groups.push((open, close));
            }
            at = close + 1;
        }
        let mut broken: Vec<(usize, usize)> =
            groups.iter().copied().filter(|(open, close)| !self.fits(*open, close + 1, 0)).collect();
        if broken.is_empty() && indent + self.width(start, end) > WIDTH {
            broken.extend(groups.into_iter().max_by_key(|(open, close)| self.width(*open, *close)));
        }
        for (open, close) in broken {
            self.body(open + 1, close, indent + STEP);
            self.gaps[close] = Gap::Line(indent);
        }
    }
}
