//! A text cut at its preprocessor lines, before any word is read: what `#if` leaves out need not consist of words.

use crate::parse::lexer::{string_length, strings_close};
use std::ops::Range;

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Anything but preprocessor lines.
    Text(Range<usize>),
    /// `#…`, with the lines that a backslash adds to it, without its last line break.
    Line(Range<usize>),
}

/// The pieces of a text, in order. A `#` counts where only blanks and comments stand before it on its line.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut at, mut fresh) = (0, 0, true);
    let broken = strings_close(text);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c == '#' && fresh {
            let length = continued(rest, broken);
            if from < at {
                pieces.push(Piece::Text(from..at));
            }
            pieces.push(Piece::Line(at..at + length));
            at += length;
            from = at;
            continue;
        }
        let (length, blank) = match c {
            '"' => (string_length(rest, broken), false),
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), true),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |length| length + 2), true),
            c => (c.len_utf8(), c.is_whitespace() || c == '\u{feff}'),
        };
        fresh = c == '\n' || fresh && blank;
        at += length;
    }
    if from < text.len() {
        pieces.push(Piece::Text(from..text.len()));
    }
    pieces
}

/// The length of a line with those that a backslash adds to it and the comments that it opens, without its break.
fn continued(text: &str, broken: bool) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match c {
            '\n' => return at,
            '\\' if rest[1..].starts_with('\n') => 2,
            '\\' if rest[1..].starts_with("\r\n") => 3,
            '"' => string_length(rest, broken),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |length| length + 2),
            c => c.len_utf8(),
        };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let show = |piece: &Piece| match piece {
            Piece::Text(range) => format!("text {}", &text[range.clone()]),
            Piece::Line(range) => format!("line {}", &text[range.clone()]),
        };
        pieces(text).iter().map(show).collect()
    }

    #[test]
    fn lines_that_start_with_a_hash_are_cut_out() {
        assert_eq!(cut("a\n  #b\\\nc\nd # e"), ["text a\n  ", "line #b\\\nc", "text \nd # e"]);
        assert_eq!(cut("/* x\n#y */ #z"), ["text /* x\n#y */ ", "line #z"]);
        assert_eq!(cut("a(\"\n#b\").\n\"#\" // #\n#"), ["text a(\"\n#b\").\n\"#\" // #\n", "line #"]);
        assert_eq!(cut("a(\").\n#b \"c\"\nd"), ["text a(\").\n", "line #b \"c\"", "text \nd"]);
        assert_eq!(cut("#a /* b\nc */ d\ne"), ["line #a /* b\nc */ d", "text \ne"]);
    }
}
