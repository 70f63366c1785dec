//! Positions: the protocol counts lines and UTF-16 units, the compiler bytes.
//!
//! A line ends with `\n`, `\r\n` or `\r`. A position past the end of its line means the end of the line, one past the last
//! line the end of the text, and one within a character its start.

use compiler::span::Span;
use lsp_types::{Position, Range};

/// Where the lines of a text start.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    pub(super) fn new(text: &'t str) -> Lines<'t> {
        let bytes = text.as_bytes();
        let ends = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = std::iter::once(0).chain((0..bytes.len()).filter(|at| ends(*at)).map(|at| at + 1)).collect();
        Lines { text, starts }
    }

    /// The position of a byte.
    pub(super) fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let character = self.text[self.starts[line]..offset].encode_utf16().count();
        Position { line: line as u32, character: character as u32 }
    }

    /// The byte at a position.
    pub(super) fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let content = self.text[start..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, c) in content.char_indices() {
            units += c.len_utf16();
            if units > position.character as usize {
                return start + at;
            }
        }
        start + content.len()
    }

    /// The range of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start as usize), end: self.position(span.end as usize) }
    }

    /// The range of the whole text.
    pub(super) fn whole(&self) -> Range {
        Range { start: Position::default(), end: self.position(self.text.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_counted_in_units_of_utf_16() {
        // `é` is two bytes and one unit, `𝄞` four bytes and two units.
        let lines = Lines::new("é𝄞x\ny");
        assert_eq!(lines.position(6), at(0, 3));
        assert_eq!(lines.offset(at(0, 3)), 6);
        assert_eq!(lines.offset(at(0, 1)), 2);
        assert_eq!(lines.position(8), at(1, 0));
    }

    #[test]
    fn a_position_within_a_character_is_its_start() {
        let lines = Lines::new("𝄞x");
        assert_eq!(lines.offset(at(0, 1)), 0);
        assert_eq!(lines.position(2), at(0, 0));
    }

    #[test]
    fn lines_end_in_three_ways() {
        let lines = Lines::new("a\r\nb\rc\nd");
        assert_eq!([0, 3, 5, 7].map(|offset| lines.position(offset)), [at(0, 0), at(1, 0), at(2, 0), at(3, 0)]);
        assert_eq!(lines.offset(at(0, 9)), 1);
        assert_eq!(lines.offset(at(1, 9)), 4);
        assert_eq!(lines.offset(at(9, 0)), 8);
    }
}
