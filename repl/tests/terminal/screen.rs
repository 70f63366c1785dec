//! A terminal and the person at it, who goes on when the screen shows what was expected, and never before.

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};
use vt100::{Parser, Screen};

/// How long a person waits before something is wrong, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many rows a screen has.
const ROWS: u16 = 70;

pub(crate) const ENTER: &str = "\r";
pub(crate) const TAB: &str = "\t";
pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";
const CTRL_L: &str = "\u{c}";
pub(crate) const CTRL_R: &str = "\u{12}";
pub(crate) const CTRL_U: &str = "\u{15}";

/// A shell at a terminal.
pub(crate) struct Terminal {
    pty: Pty,
    pub(crate) child: Child,
    parser: Parser,
    /// Everything that was written to it.
    pub(crate) raw: Vec<u8>,
    closed: bool,
}

impl Terminal {
    /// Starts the shell in a directory, with these variables, and waits for its prompt.
    pub(crate) fn shell(directory: &Path, columns: u16, variables: &[(&str, &str)]) -> Terminal {
        let command = Command::new(env!("CARGO_BIN_EXE_strata"));
        let mut terminal = Terminal::start(command, directory, columns, variables);
        terminal.until("the first prompt", at_prompt);
        terminal
    }

    pub(crate) fn start(command: Command, directory: &Path, columns: u16, variables: &[(&str, &str)]) -> Terminal {
        let (pty, pts) = open().expect("there are terminals");
        pty.resize(Size::new(ROWS, columns)).expect("it has a size");
        // Its history is its own, and nothing of the environment of the tests changes how it looks.
        let mut command = command.current_dir(directory).env("XDG_STATE_HOME", directory).env("TERM", "xterm-256color");
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command = command.env_remove(name);
        }
        let child = command.envs(variables.iter().copied()).spawn(pts).expect("strata starts");
        Terminal { pty, child, parser: Parser::new(size(ROWS), size(columns), 0), raw: Vec::new(), closed: false }
    }

    pub(crate) fn resize(&mut self, columns: u16) {
        self.parser.screen_mut().set_size(size(ROWS), size(columns));
        self.pty.resize(Size::new(ROWS, columns)).expect("it has a size");
    }

    /// Presses keys, without waiting for anything.
    pub(crate) fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// Types text, and waits until it stands on the screen.
    pub(crate) fn types(&mut self, text: &str) {
        self.press(text);
        let typed = dense(text);
        self.until(&format!("`{text}` on the screen"), |screen| dense(&text_of(screen)).contains(&typed));
    }

    /// Types a line on an empty screen, waits for the next prompt, and gives the screen.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.clear();
        self.types(line);
        let (typed, _) = self.parser.screen().cursor_position();
        self.press(ENTER);
        let below = |screen: &Screen| screen.cursor_position().0 > typed && at_prompt(screen);
        self.until(&format!("an answer to `{line}`"), below);
        self.text()
    }

    /// Empties the screen but for the prompt.
    pub(crate) fn clear(&mut self) {
        self.press(CTRL_L);
        self.until("an empty screen", |screen| {
            at_prompt(screen)
                && screen.cursor_position().0 == 0
                && rows(screen).skip(1).all(|row| row.trim().is_empty())
        });
    }

    /// Waits until the screen is as it should be.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self.parser.screen()) {
            let more = !self.closed && self.read(deadline);
            assert!(more || is_so(self.parser.screen()), "waited in vain for {what}:\n{}", self.text());
        }
    }

    /// Waits until a text stands on the screen.
    pub(crate) fn until_shown(&mut self, text: &str) {
        self.until(&format!("`{text}`"), |screen| text_of(screen).contains(text));
    }

    /// Waits until the shell has ended.
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while !self.closed {
            assert!(self.read(deadline), "the shell does not end:\n{}", self.text());
        }
        self.child.wait().expect("it is ours")
    }

    /// Takes the terminal away, as a connection that breaks does. Gives the shell.
    pub(crate) fn hang_up(self) -> Child {
        self.child
    }

    /// Takes what is written next. Says whether there was something before the deadline.
    fn read(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) as _ };
        let found = poll(&mut [PollFd::new(&self.pty, PollFlags::IN)], Some(&timeout)).expect("a terminal is polled");
        if found == 0 {
            return false;
        }
        let mut bytes = [0; 1 << 14];
        // A terminal that nobody has open any more is an error to read from.
        let read = self.pty.read(&mut bytes).unwrap_or(0);
        self.closed = read == 0;
        self.parser.process(&bytes[..read]);
        self.raw.extend_from_slice(&bytes[..read]);
        true
    }

    /// What stands on the screen.
    pub(crate) fn text(&self) -> String {
        text_of(self.parser.screen())
    }

    /// The rows that go on in the next one because they were too long, from this one on.
    pub(crate) fn too_long(&self, from: u16) -> Vec<String> {
        let screen = self.parser.screen();
        let row = |(at, row): (usize, String)| screen.row_wrapped(at as u16).then_some(row);
        rows(screen).enumerate().skip(usize::from(from)).filter_map(row).collect()
    }

    pub(crate) fn screen(&self) -> &Screen {
        self.parser.screen()
    }
}

fn size(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a screen has rows and columns")
}

fn rows(screen: &Screen) -> impl Iterator<Item = String> {
    screen.rows(0, screen.size().1.get())
}

fn text_of(screen: &Screen) -> String {
    let rows: Vec<String> = rows(screen).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

/// A text without its blanks, wherever lines were broken.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether the cursor stands behind a prompt, and nothing behind it.
pub(crate) fn at_prompt(screen: &Screen) -> bool {
    let (row, column) = screen.cursor_position();
    let line = rows(screen).nth(usize::from(row)).unwrap_or_default();
    let is_prompt = line.starts_with("strata") && line.find('>') == Some(line.trim_end().len() - 1);
    (is_prompt || line.trim_end() == "   ...>") && line.trim_end().chars().count() + 1 == usize::from(column)
}
