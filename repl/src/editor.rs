//! The shell at a terminal: line editing, history, completion. Everything that can be tested without a terminal is
//! elsewhere.

use crate::complete::{Names, complete, hint};
use crate::failure::{Failure, Outcome};
use crate::highlight::highlight;
use crate::output::Output;
use crate::progress::Progress;
use crate::response::Response;
use crate::shell::Shell;
use crate::signals::Stopper;
use crate::table::printable;
use rustyline::completion::{Completer, Pair};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

/// Asks for lines and answers them until there are no more.
pub fn talk(shell: &mut Shell, output: &mut Output) -> Outcome {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .max_history_size(10_000)
        .map_err(broken)?
        .build();
    output.interrupt = shell.stopper();
    let stopper = Stopper::new(shell.stopper())?;
    let shell = RefCell::new(shell);
    let mut editor: Editor<Line, DefaultHistory> = Editor::with_config(config).map_err(broken)?;
    editor.set_color_mode(if output.out_style.colour {
        rustyline::ColorMode::Enabled
    } else {
        rustyline::ColorMode::Disabled
    });
    editor.set_helper(Some(Line { names: shell.borrow().names(), hinter: HistoryHinter::new(), shell: &shell }));
    let mut history = history_file();
    if let Some(path) = &history {
        // The first session has none; a history that cannot be read is no reason not to work.
        let _ = editor.load_history(path);
    }
    output.note(&format!("Strata {}. `.help` says what can be typed, Ctrl-D leaves.", env!("CARGO_PKG_VERSION")))?;
    let mut typed = String::new();
    loop {
        let prompt = shell.borrow().prompt();
        match editor.readline(&prompt) {
            Ok(text) => {
                typed.push_str(&text);
                stopper.again();
                let response = answer(&mut shell.borrow_mut(), &text);
                output.fit();
                if shell.borrow().is_waiting() {
                    typed.push('\n');
                } else {
                    // One entry a statement, however many lines it took, so that it comes back whole.
                    let _ = editor.add_history_entry(std::mem::take(&mut typed).trim());
                    // At once: a terminal may be gone at any moment.
                    history = history.filter(|path| keep(&mut editor, path, output));
                }
                response.write(output)?;
                if response.quit {
                    break;
                }
                if let Some(helper) = editor.helper_mut() {
                    helper.names = shell.borrow().names();
                }
            }
            Err(ReadlineError::Interrupted) => {
                typed.clear();
                shell.borrow_mut().interrupt();
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(error)),
        }
    }
    Ok(())
}

/// Does what was typed, and shows if that takes long.
fn answer(shell: &mut Shell, text: &str) -> Response {
    let _progress = stderr().is_terminal().then(|| Progress::new("working", true, shell.gauge()));
    shell.line(text)
}

/// Writes what is new of the history. Says whether it could; a failure is told and otherwise ignored.
fn keep(editor: &mut Editor<Line<'_>, DefaultHistory>, path: &std::path::Path, output: &mut Output) -> bool {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|e| e.to_string());
    let kept = made.and_then(|()| editor.append_history(path).map_err(|e| e.to_string()));
    if let Err(error) = &kept {
        let _ = output.note(&format!("the history cannot be kept in {}: {error}", path.display()));
    }
    kept.is_ok()
}

/// Where the history stands, by the XDG base directory specification.
fn history_file() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("strata/history"))
}

fn broken(error: ReadlineError) -> Failure {
    match error {
        ReadlineError::Io(error) => error.into(),
        error => Failure::Ours(format!("cannot read from the terminal: {error}")),
    }
}

/// What the line editor needs to know about our lines.
struct Line<'s> {
    names: Names,
    hinter: HistoryHinter,
    /// Asked for constants, between two lines.
    shell: &'s RefCell<&'s mut Shell>,
}

impl Helper for Line<'_> {}

impl Completer for Line<'_> {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let mut values = |relation: &str, column| self.shell.borrow_mut().column(relation, column);
        let (start, found) = complete(line, pos, &self.names, &mut values);
        // What is written may not do what control characters do.
        let shown = |text: &str| printable(text).into_owned();
        Ok((start, found.into_iter().map(|text| Pair { display: shown(&text), replacement: text }).collect()))
    }
}

/// What is shown behind the cursor.
struct Hinted {
    text: String,
    /// Whether it is what would be typed; else it only says what could follow.
    is_text: bool,
}

impl Hint for Hinted {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.is_text.then_some(&self.text)
    }
}

impl Hinter for Line<'_> {
    type Hint = Hinted;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Hinted> {
        let past = || self.hinter.hint(line, pos, context).map(|text| Hinted { text, is_text: true });
        let next = || hint(line, &self.names).map(|text| Hinted { text, is_text: false });
        if pos < line.len() { None } else { next().or_else(past) }
    }
}

impl Highlighter for Line<'_> {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(highlight(line, &self.names))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\u{1b}[2m{hint}\u{1b}[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for Line<'_> {}
