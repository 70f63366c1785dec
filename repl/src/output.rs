//! Output: where text goes and how it may look. Data goes to standard output, everything else to standard error; colour
//! and fitting to a width are for people at a terminal only.

use runtime::Interrupt;
use std::ffi::OsString;
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

    /// Whether there are colours: not with `NO_COLOR`, whatever else is set; everywhere with `CLICOLOR_FORCE`; otherwise
    /// on a terminal, unless it is a dumb one or `CLICOLOR` is 0.
    fn paints(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let is = |name: &str, wanted: &str| variable(name).is_some_and(|value| value == wanted);
        let forced = is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0");
        !is_set("NO_COLOR") && (forced || is_terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"))
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
    /// The streams of this process, with colours where the environment lets them have some.
    pub fn of_process() -> Self {
        let width = width();
        let style = |terminal: bool| Style {
            colour: Style::paints(terminal, |name| std::env::var_os(name)),
            width: width.filter(|_| terminal),
        };
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
    /// Fits to the terminal as wide as it is now.
    pub(crate) fn fit(&mut self) {
        for style in [&mut self.out_style, &mut self.err_style] {
            style.width = style.width.and_then(|before| width().or(Some(before)));
        }
    }

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

/// How wide the terminal is. A narrower one than that is not worth fitting to.
fn width() -> Option<u16> {
    terminal_size::terminal_size().map(|(width, _)| width.0.max(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_colours_unless_the_environment_forbids_them() {
        let paints = |is_terminal, variables: &[(&str, &str)]| {
            let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
            Style::paints(is_terminal, value)
        };
        for (variables, terminal, pipe) in [
            (&[][..], true, false),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], true, false),
            (&[("CLICOLOR", "1")], true, false),
            (&[("NO_COLOR", "1")], false, false),
            (&[("NO_COLOR", "0")], false, false),
            (&[("TERM", "dumb")], false, false),
            (&[("CLICOLOR", "0")], false, false),
            (&[("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1")], true, true),
            (&[("CLICOLOR_FORCE", "0")], true, false),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false),
        ] {
            assert_eq!((paints(true, variables), paints(false, variables)), (terminal, pipe), "{variables:?}");
        }
        assert_eq!(Style::PLAIN.red("x"), "x");
        assert_eq!(Style { colour: true, width: None }.red("x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
