//! Output: where text goes and how it may look. Data goes to standard output, everything else to standard error; colour
//! and fitting to a width are for people at a terminal only.

use runtime::Interrupt;
use std::ffi::OsStr;
use std::io::{self, BufWriter, IsTerminal, Write};

/// How text may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether there may be colours.
    pub colour: bool,
    /// How many columns there are; none if nobody looks.
    pub width: Option<u16>,
}

impl Style {
    /// Neither colour nor a width.
    pub const PLAIN: Style = Style { colour: false, width: None };

    /// Whether the environment lets a terminal have colours: `NO_COLOR` is empty or not set, and the terminal is no dumb one.
    fn may_paint(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
        no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
    }

    /// Text in bold, where that can be seen.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Text that stands back.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Text for what came.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Text for what went, or went wrong.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The two streams of a command.
pub struct Output<'a> {
    /// Data.
    pub out: Box<dyn Write + 'a>,
    /// How data may look.
    pub out_style: Style,
    /// Everything else.
    pub err: Box<dyn Write + 'a>,
    /// How everything else may look.
    pub err_style: Style,
    /// Raised when whoever reads has had enough: what is left of a long answer is not written.
    pub interrupt: Interrupt,
}

impl Output<'static> {
    /// The streams of this process. No colours where `NO_COLOR` is set, or where nobody looks.
    pub fn of_process() -> Self {
        let colour = Style::may_paint(std::env::var_os("NO_COLOR").as_deref(), std::env::var_os("TERM").as_deref());
        let width = terminal_size::terminal_size().map(|(w, _)| w.0.max(20));
        let style = |terminal: bool| Style { colour: terminal && colour, width: width.filter(|_| terminal) };
        Output {
            out_style: style(io::stdout().is_terminal()),
            out: Box::new(BufWriter::new(io::stdout())),
            err_style: style(io::stderr().is_terminal()),
            err: Box::new(io::stderr()),
            interrupt: Interrupt::default(),
        }
    }
}

impl<'a> Output<'a> {
    /// Plain streams into buffers, for tests.
    pub fn plain(out: impl Write + 'a, err: impl Write + 'a) -> Self {
        let (out, err) = (Box::new(out), Box::new(err));
        Output { out, out_style: Style::PLAIN, err, err_style: Style::PLAIN, interrupt: Interrupt::default() }
    }

    /// Writes a line of data.
    pub fn data(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Writes a line that is not data. The data before it is written out first, so that the two stand in order where
    /// they share a terminal. Nobody can be told that standard error is gone, so that is no failure.
    pub fn note(&mut self, line: &str) -> io::Result<()> {
        self.out.flush()?;
        self.complain(line);
        Ok(())
    }

    /// Writes a line about a failure, also where data cannot be written any more: that may be what it is about.
    pub fn complain(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_colours_unless_the_environment_forbids_them() {
        let may = |no_color: Option<&str>, term: Option<&str>| {
            Style::may_paint(no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(may(None, Some("xterm")) && may(None, None) && may(Some(""), None));
        assert!(!may(Some("1"), Some("xterm")) && !may(Some("0"), None) && !may(None, Some("dumb")));
        assert_eq!(Style::PLAIN.red("x"), "x");
        assert_eq!(Style { colour: true, width: None }.red("x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
