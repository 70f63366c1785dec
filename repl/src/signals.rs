//! Ctrl-C: stops what the shell is doing, and not the shell.
//!
//! While a line is edited, the terminal gives Ctrl-C to the editor; while the shell works, it is a signal. The first one
//! asks the work to stop. A question, an explanation, a profile, a change of the rules and the reading of facts stop, and
//! leave the model as it was; a commit would leave half of one, so it is done to its end, and that is said at once. Whoever
//! presses on wants the session to end.

use crate::failure::{Failure, Outcome};
use runtime::Interrupt;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is said when the signal comes for the n-th time within one input; none if the session ends.
fn said(times: usize, is_held: bool) -> Option<&'static str> {
    match (times, is_held) {
        (1, false) => Some(""),
        (1, true) => {
            Some("\nfinishing a change of the model, which cannot be given up half-way; Ctrl-C again ends the session")
        }
        (2, false) => Some("\nstopping as soon as that can be done; Ctrl-C once more ends the session"),
        _ => None,
    }
}

/// The exit code of a process that the signal ends, by convention.
const ENDED: i32 = 130;

/// Listens for the signal for as long as the process lives.
pub(crate) struct Stopper {
    interrupt: Interrupt,
    times: Arc<AtomicUsize>,
}

impl Stopper {
    /// Lets the signal raise an interrupt from now on.
    pub(crate) fn new(interrupt: Interrupt) -> Outcome<Stopper> {
        let failed = |error: std::io::Error| Failure::Ours(format!("cannot listen for Ctrl-C: {error}"));
        let mut signals = Signals::new([SIGINT]).map_err(failed)?;
        let times = Arc::new(AtomicUsize::new(0));
        let (raised, counted) = (interrupt.clone(), times.clone());
        let listen = move || {
            for _ in signals.forever() {
                raised.raise();
                match said(counted.fetch_add(1, Ordering::Relaxed) + 1, raised.is_held()) {
                    Some("") => {}
                    Some(text) => eprintln!("{text}"),
                    None => std::process::exit(ENDED),
                }
            }
        };
        thread::Builder::new().name("signals".into()).spawn(listen).map_err(failed)?;
        Ok(Stopper { interrupt, times })
    }

    /// Something else is done now.
    pub(crate) fn again(&self) {
        self.times.store(0, Ordering::Relaxed);
        self.interrupt.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn what_cannot_be_given_up_says_so_at_once_and_the_next_signal_ends_the_session() {
        assert!(said(1, true).is_some_and(|text| text.contains("finishing") && text.contains("Ctrl-C again ends")));
        assert_eq!((said(2, true), said(1, false), said(3, false)), (None, Some(""), None));
        assert!(said(2, false).is_some_and(|text| text.contains("once more ends")));
    }
}
