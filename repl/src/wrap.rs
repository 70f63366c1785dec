//! Prose that fits a terminal: long lines are broken between words.
//!
//! ```
//! let text = "  .quit  leave the shell; so does Ctrl-D";
//! assert_eq!(repl::wrap::wrapped(text, Some(30)), "  .quit  leave the shell; so\n         does Ctrl-D");
//! assert_eq!(repl::wrap::wrapped(text, None), text);
//! ```

use std::borrow::Cow;
use textwrap::{Options, fill};
use unicode_width::UnicodeWidthStr;

/// The text with no line longer than that, where that can be done between words. What goes on stands below the last
/// column of its line, or else below the first word.
pub fn wrapped(text: &str, width: Option<u16>) -> Cow<'_, str> {
    let Some(width) = width.map(usize::from).filter(|width| text.lines().any(|line| line.width() > *width)) else {
        return Cow::Borrowed(text);
    };
    let lines = text.split('\n').map(|line| {
        let hang = " ".repeat(hanging(line, width));
        match line.width() > width {
            true => fill(line, Options::new(width).break_words(false).subsequent_indent(&hang)),
            false => line.to_owned(),
        }
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Below which column a line goes on: its last one, if there is room to speak of behind it.
fn hanging(line: &str, width: usize) -> usize {
    let indent = line.len() - line.trim_start().len();
    let column = line.trim_start().rfind("  ").map(|gap| line[..indent + gap].width() + 2);
    column.filter(|column| *column * 2 <= width).unwrap_or(if indent * 2 <= width { indent } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_short_ones_stay() {
        assert_eq!(wrapped("one two three\nfour", Some(8)), "one two\nthree\nfour");
        assert_eq!(wrapped("one  two", Some(8)), "one  two");
        assert_eq!(wrapped("", Some(8)), "");
    }

    #[test]
    fn a_word_that_does_not_fit_stays_whole() {
        assert_eq!(wrapped("see averylongword and more", Some(8)), "see\naverylongword\nand more");
        assert_eq!(wrapped("averylongword", Some(8)), "averylongword");
    }

    #[test]
    fn what_goes_on_stands_below_its_column() {
        assert_eq!(wrapped("a  one two three", Some(10)), "a  one two\n   three");
        // Without room behind the column, from the left.
        assert_eq!(wrapped("a long name  one two", Some(16)), "a long name  one\ntwo");
        assert_eq!(wrapped("über  größe größe", Some(12)), "über  größe\n      größe");
    }
}
