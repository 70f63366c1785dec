//! The shell at a terminal: line editing, history, completion. Everything that can be tested without a terminal is
//! elsewhere.

use crate::complete::{Names, complete};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::shell::Shell;
use rustyline::completion::{Completer, Pair};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::path::PathBuf;

/// Asks for lines and answers them until there are no more.
pub fn talk(shell: &mut Shell, output: &mut Output) -> Outcome {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .max_history_size(10_000)
        .map_err(broken)?
        .build();
    let mut editor: Editor<Line, DefaultHistory> = Editor::with_config(config).map_err(broken)?;
    editor.set_color_mode(if output.out_style.colour {
        rustyline::ColorMode::Enabled
    } else {
        rustyline::ColorMode::Disabled
    });
    editor.set_helper(Some(Line { names: shell.names(), hinter: HistoryHinter::new() }));
    let history = history_file();
    if let Some(path) = &history {
        // The first session has none; a history that cannot be read is no reason not to work.
        let _ = editor.load_history(path);
    }
    output.note(&format!("Strata {}. `.help` says what can be typed, Ctrl-D leaves.", env!("CARGO_PKG_VERSION")))?;
    let mut typed = String::new();
    loop {
        match editor.readline(&shell.prompt()) {
            Ok(text) => {
                typed.push_str(&text);
                let response = shell.line(&text);
                if shell.is_waiting() {
                    typed.push('\n');
                } else {
                    // One entry a statement, however many lines it took, so that it comes back whole.
                    let _ = editor.add_history_entry(std::mem::take(&mut typed).trim());
                }
                response.write(output)?;
                if response.quit {
                    break;
                }
                if let Some(helper) = editor.helper_mut() {
                    helper.names = shell.names();
                }
            }
            Err(ReadlineError::Interrupted) => {
                typed.clear();
                shell.interrupt();
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(error)),
        }
    }
    if let Some(path) = &history {
        keep(&mut editor, path, output);
    }
    Ok(())
}

/// Writes the history; a failure is told and otherwise ignored.
fn keep(editor: &mut Editor<Line, DefaultHistory>, path: &std::path::Path, output: &mut Output) {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|e| e.to_string());
    if let Err(error) = made.and_then(|()| editor.append_history(path).map_err(|e| e.to_string())) {
        let _ = output.note(&format!("the history could not be kept in {}: {error}", path.display()));
    }
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
struct Line {
    names: Names,
    hinter: HistoryHinter,
}

impl Helper for Line {}

impl Completer for Line {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = complete(line, pos, &self.names);
        Ok((start, found.into_iter().map(|text| Pair { display: text.clone(), replacement: text }).collect()))
    }
}

impl Hinter for Line {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        self.hinter.hint(line, pos, context)
    }
}

impl Highlighter for Line {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\u{1b}[2m{hint}\u{1b}[0m"))
    }
}

impl Validator for Line {}
