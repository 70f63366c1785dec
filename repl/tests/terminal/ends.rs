//! Terminals that go away: the shell ends, and does not keep a processor busy.

use crate::screen::{ENTER, Terminal, at_prompt};
use crate::world;
use pty_process::blocking::Command;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// The end of a process; one that does not end is killed, and the test has failed.
fn ended(mut child: Child) -> ExitStatus {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().expect("it is ours");
            panic!("the shell goes on without a terminal");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A shell, or one that a hang-up does not reach.
fn command(deaf: bool) -> Command {
    let strata = env!("CARGO_BIN_EXE_strata");
    match deaf {
        false => Command::new(strata),
        true => Command::new("sh").args(["-c", &format!("trap '' HUP; exec '{strata}'")]),
    }
}

/// Whether processes that are started here hear a hang-up. Those started under `nohup` do not, and neither do theirs.
fn hang_ups_are_heard() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 == 0)
}

#[test]
fn a_shell_whose_terminal_is_gone_ends_and_its_history_stays() {
    for deaf in [false, true] {
        let world = world();
        let mut terminal = Terminal::start(command(deaf), world.path(), 100, &[]);
        terminal.until("the first prompt", at_prompt);
        terminal.ask(".load loads.dl");
        let status = ended(terminal.hang_up());
        // A signal, if it is heard; else the end of the input.
        assert!(status.signal() == Some(1) || status.code().is_some(), "{status:?}");
        let history = std::fs::read_to_string(world.path().join("strata/history")).expect("the history is kept");
        assert!(history.contains(".load loads.dl"), "{history}");
    }
}

#[test]
fn a_shell_whose_terminal_is_gone_while_it_works_or_writes_ends() {
    let world = world();
    // While it works.
    if hang_ups_are_heard() {
        let mut terminal = Terminal::shell(world.path(), 100, &[]);
        terminal.ask(".decl n(x: number)  n(0).  n(x + 1) :- n(x), x < 300.");
        terminal.press("?- n(a), n(b), n(c), n(d), a + b + c + d < 0.");
        terminal.press(ENTER);
        terminal.until_shown("Ctrl-C stops it");
        ended(terminal.hang_up());
    }
    // In the middle of an answer, which nobody reads to its end; without hearing the signal.
    let mut terminal = Terminal::start(command(true), world.path(), 100, &[]);
    terminal.until("the first prompt", at_prompt);
    terminal.ask(".decl n(x: number)  n(0).  n(x + 1) :- n(x), x < 300.");
    terminal.ask(".limit all");
    terminal.press("?- n(a), n(b).\r");
    terminal.until("rows", |screen| !screen.contents().contains("strata>"));
    let status = ended(terminal.hang_up());
    assert!(status.code().is_some() || status.signal() == Some(1), "{status:?}");
}
