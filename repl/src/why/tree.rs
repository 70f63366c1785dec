//! Trees of lines, drawn to fit a terminal: what stands below a line is why it holds.
//!
//! A tree is a flat list of lines with their depths, so that a proof of ten thousand steps is drawn like one of ten.

use crate::output::Style;
use crate::table::{clipped, printable};

/// What is said of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// That cannot be told yet.
    Open,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How deep it stands; the root is at 0.
    pub depth: usize,
    /// What is said of it.
    pub mark: Mark,
    /// The line.
    pub text: String,
    /// Where it comes from; may be empty.
    pub place: String,
}

/// From here on, what is deeper is not indented further.
const DEEPEST: usize = 24;

/// Draws a tree: places stand to the right of the texts, in a column of their own where the width allows that.
pub(super) fn draw(lines: &[Line], style: Style, limit: Option<usize>) -> String {
    let prefixes = prefixes(lines);
    let shown = limit.unwrap_or(usize::MAX).min(lines.len());
    let width = |(prefix, line): (&String, &Line)| prefix.chars().count() + marked(line).chars().count();
    let widest = prefixes.iter().zip(lines).take(shown).map(width).max().unwrap_or(0);
    let room = style.width.map_or(usize::MAX, usize::from);
    let place = lines[..shown].iter().map(|line| line.place.chars().count()).max().unwrap_or(0);
    let column = widest.min(room.saturating_sub(place.min(room / 3) + 2)).min(96);
    let mut drawn = Vec::with_capacity(shown);
    for (prefix, line) in prefixes.iter().zip(lines).take(shown) {
        let left = room.saturating_sub(prefix.chars().count());
        let text = clipped(&marked(line), left);
        let length = prefix.chars().count() + text.chars().count();
        let coloured = match line.mark {
            Mark::Fails => style.red(&text),
            Mark::Holds | Mark::None | Mark::Open => text,
        };
        let mut out = format!("{}{coloured}", style.dim(prefix));
        if !line.place.is_empty() {
            let gap = column.saturating_sub(length) + 2;
            let left = room.saturating_sub(length + gap);
            if left >= 8 {
                let place = clipped_left(&printable(&line.place), left);
                out.push_str(&" ".repeat(gap));
                out.push_str(&style.dim(&place));
            }
        }
        drawn.push(out);
    }
    drawn.join("\n")
}

/// The text of a line with its mark.
fn marked(line: &Line) -> String {
    let text = printable(&line.text);
    match line.mark {
        Mark::None => text.into_owned(),
        Mark::Holds => format!("✓ {text}"),
        Mark::Fails => format!("✗ {text}"),
        Mark::Open => format!("? {text}"),
    }
}

/// The strokes in front of each line.
fn prefixes(lines: &[Line]) -> Vec<String> {
    // From the end: whether a line is the last one of its parent.
    let mut last = vec![true; lines.len()];
    let mut below: Vec<bool> = Vec::new();
    for (at, line) in lines.iter().enumerate().rev() {
        below.resize(line.depth + 1, false);
        last[at] = !below[line.depth];
        below[line.depth] = true;
    }
    let mut goes_on: Vec<bool> = Vec::new();
    let mut prefixes = Vec::with_capacity(lines.len());
    for (line, last) in lines.iter().zip(last) {
        goes_on.resize(line.depth, false);
        let skipped = line.depth.saturating_sub(DEEPEST);
        let mut prefix = if skipped > 0 { format!("{skipped}… ") } else { String::new() };
        for goes_on in goes_on.iter().skip(1 + skipped) {
            prefix.push_str(if *goes_on { "│  " } else { "   " });
        }
        if line.depth > 0 {
            prefix.push_str(if last { "└─ " } else { "├─ " });
        }
        goes_on.push(!last);
        prefixes.push(prefix);
    }
    prefixes
}

/// The end of a text that fits: of a path, the end says more.
fn clipped_left(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(length + 1 - width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(depth: usize, text: &str, place: &str) -> Line {
        Line { depth, text: text.into(), place: place.into(), mark: Mark::None }
    }

    #[test]
    fn what_a_line_rests_on_stands_below_it() {
        let lines = [line(0, "a", "r:1"), line(1, "b", "r:2"), line(2, "c", "f:3"), line(1, "dd", "f:4")];
        assert_eq!(draw(&lines, Style::PLAIN, None), "a        r:1\n├─ b     r:2\n│  └─ c  f:3\n└─ dd    f:4");
        assert_eq!(draw(&lines, Style::PLAIN, Some(2)), "a     r:1\n├─ b  r:2");
    }

    #[test]
    fn a_tree_fits_the_terminal() {
        let lines = [line(0, &"word ".repeat(20), "a/long/path/to/links.csv:12"), line(1, "short", "links.csv:1")];
        let drawn = draw(&lines, Style { width: Some(40), ..Style::PLAIN }, None);
        assert!(drawn.lines().all(|l| l.chars().count() <= 40), "{drawn}");
        assert!(drawn.contains("links.csv:1"), "{drawn}");
    }

    #[test]
    fn a_deep_tree_is_not_indented_without_end() {
        let lines: Vec<Line> = (0..10_000).map(|depth| line(depth, "a", "")).collect();
        assert!(draw(&lines, Style::PLAIN, None).lines().all(|l| l.chars().count() < 100));
    }
}
