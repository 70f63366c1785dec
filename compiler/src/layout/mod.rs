//! Layout: a rule file as the house writes it, for `strata fmt` and for editors.
//!
//! Only blanks and line breaks change, so the meaning cannot: the words of the result are those of the text, in their
//! order, and so are its comments and preprocessor lines. What is laid out twice is as after once.
//!
//! - Each item starts on a line of its own. An empty line between items or within a long one stays, as one.
//! - What fits stays on one line; a longer rule has its body on the next one; and one that is longer still has one literal
//!   a line. What stands in brackets is broken likewise. Where the author breaks the line behind `:-` or an opening bracket,
//!   it stays broken, and one element a line stays one element a line.
//! - Comments stay where they are: behind something on its line, or on lines of their own. Preprocessor lines stand at
//!   the margin.
//!
//! ```
//! let text = "p(x,y):-e( x,y ).// one arc\n\n\n  .output p";
//! assert_eq!(compiler::layout::format(text).unwrap(), "p(x, y) :- e(x, y). // one arc\n\n.output p\n");
//! ```

mod items;
mod lines;
mod space;
mod words;

use crate::diagnostic::Diagnostic;
use crate::parse::parse;
use lines::{Gap, Lines, STEP};
use words::{AsideKind, Word, words};

/// Lays out a text. One that cannot be parsed has no layout, but errors.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (file, diagnostics) = parse(0, text);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let before = words(text);
    let printed = print(&before, &lines::lines(&before, &items::items(&before)));
    let same = agree(&before, &words(&printed)) && parse(0, &printed).0 == file;
    debug_assert!(same, "layout changes what a text says:\n{text}\n---- becomes\n{printed}");
    Ok(if same { printed } else { text.to_owned() })
}

/// Whether two texts differ in nothing but blanks and line breaks.
fn agree(left: &[Word<'_>], right: &[Word<'_>]) -> bool {
    let said = |words: &[Word<'_>]| {
        let (mut said, mut comments) = (Vec::new(), Vec::new());
        for word in words {
            for aside in &word.before {
                let list = if aside.kind == AsideKind::Preprocessor { &mut said } else { &mut comments };
                list.push(aside.text.to_owned());
            }
            said.push(word.text.to_owned());
        }
        (said, comments)
    };
    said(left) == said(right)
}

/// Writes words with what stands between them.
fn print(words: &[Word<'_>], lines: &Lines) -> String {
    let mut page = Page { out: String::new(), fresh: true, tight: true };
    for (at, word) in words.iter().enumerate() {
        page.word(word, words.get(at.wrapping_sub(1)), lines.gaps[at], lines.base[at]);
    }
    page.out
}

/// What has been written so far.
struct Page {
    out: String,
    /// Nothing but blanks stands on the present line.
    fresh: bool,
    /// No empty line may follow: at the start of the text and behind an opening bracket or a neck.
    tight: bool,
}

impl Page {
    /// Starts a line, unless it was just started, and goes in.
    fn line(&mut self, apart: bool, indent: usize) {
        if !self.fresh {
            self.out.push('\n');
            self.fresh = true;
        }
        if apart && !self.tight && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.fresh = false;
        self.tight = matches!(text, "(" | "[" | "{" | ":-");
    }

    /// Writes a word and what stands before it.
    fn word(&mut self, word: &Word<'_>, last: Option<&Word<'_>>, gap: Gap, base: usize) {
        let closes = matches!(word.text, ")" | "]" | "}");
        let (indent, within) = match gap {
            Gap::Line(indent) => (indent, if closes { indent + STEP } else { indent }),
            Gap::None | Gap::Blank => (base + STEP, base + STEP),
        };
        // Whether the present line has ended, and whether the word follows on the line of a comment before it.
        let (mut over, mut joined) = (false, false);
        for (index, aside) in word.before.iter().enumerate() {
            let next = word.before.get(index + 1).map_or(word.breaks, |next| next.breaks);
            let joins = !aside.ends_line() && next == 0;
            let breaks = aside.ends_line() || matches!(gap, Gap::Line(_));
            let own_line = breaks && !joined && (aside.breaks > 0 || joins);
            if aside.kind == AsideKind::Preprocessor {
                self.line(aside.breaks > 1, 0);
            } else if over || own_line || self.out.is_empty() {
                self.line(aside.breaks > 1, within);
            } else if !last.is_some_and(|last| index == 0 && matches!(last.text, "(" | "[")) {
                self.out.push(' ');
            }
            self.write(aside.text);
            over = aside.ends_line();
            joined = joins && (own_line || joined);
        }
        if word.token.is_none() {
            return self.end();
        }
        if over || (matches!(gap, Gap::Line(_)) && !joined) {
            self.line(word.breaks > 1 && !closes, indent);
        } else if gap == Gap::Blank || !word.before.is_empty() && !matches!(word.text, "," | ";" | "." | ")" | "]") {
            self.out.push(' ');
        }
        self.write(word.text);
    }

    fn end(&mut self) {
        if !self.fresh {
            self.out.push('\n');
        }
    }
}
