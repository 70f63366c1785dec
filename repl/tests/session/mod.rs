//! A session of the shell without a terminal: what is typed, and whether it must go well.

use repl::shell::Shell;

/// Types a line that must go well, and gives the answer.
pub(crate) fn say(shell: &mut Shell, line: &str) -> String {
    let response = shell.line(line);
    assert!(!response.failed(), "{line}\n{response}");
    response.to_string()
}

/// Types a line that must fail, and gives the answer.
pub(crate) fn fail(shell: &mut Shell, line: &str) -> String {
    let response = shell.line(line);
    assert!(response.failed(), "{line}\n{response}");
    response.to_string()
}
