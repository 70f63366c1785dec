//! Prose that fits a terminal: long lines are broken between words.
//!
//! ```
//! let text = "  .quit  leave the shell; so does Ctrl-D";
//! assert_eq!(repl::wrap::wrapped(text, Some(30)), "  .quit  leave the shell; so\n         does Ctrl-D");
//! assert_eq!(repl::wrap::wrapped(text, None), text);
//! ```

use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// The text with no line longer than that, where that can be done between words. What goes on stands below the last
/// column of its line, or else below the first word.
pub fn wrapped(text: &str, width: Option<u16>) -> Cow<'_, str> {
    let Some(width) = width.map(usize::from).filter(|width| text.lines().any(|line| line.width() > *width)) else {
        return Cow::Borrowed(text);
    };
    let mut all = String::with_capacity(text.len() + 16);
    for (at, line) in text.split('\n').enumerate() {
        all.push_str(if at > 0 { "\n" } else { "" });
        match line.width() > width {
            true => broken(line, width, &mut all),
            false => all.push_str(line),
        }
    }
    Cow::Owned(all)
}

/// Adds a line that is too long.
fn broken(line: &str, width: usize, all: &mut String) {
    let hang = " ".repeat(hanging(line, width));
    let (mut at, mut start) = (0, 0);
    // Words keep the blanks in front of them where they stand on one line.
    while start < line.len() {
        let word = line[start..].find(|c| c != ' ').map_or(line.len(), |blanks| start + blanks);
        let end = line[word..].find(' ').map_or(line.len(), |length| word + length);
        if word == line.len() {
            break;
        }
        if start > 0 && at + line[start..end].width() > width {
            all.push('\n');
            all.push_str(&hang);
            at = hang.len();
            start = word;
        }
        all.push_str(&line[start..end]);
        at += line[start..end].width();
        start = end;
    }
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
