//! Ctrl-C: stops what the shell is doing, and not the shell.
//!
//! While a line is edited, the terminal gives Ctrl-C to the editor; while the shell works, it is a signal. The first one
//! asks the work to stop, which it does where it can be given up; not everything can at every moment. Whoever presses it
//! three times during one input wants the session to end.

use crate::failure::{Failure, Outcome};
use runtime::Interrupt;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many times within one input end the session.
const ENOUGH: usize = 3;

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
                match counted.fetch_add(1, Ordering::Relaxed) + 1 {
                    1 => {}
                    n if n < ENOUGH => {
                        eprintln!("\nthis cannot be given up half-way; Ctrl-C once more ends the session")
                    }
                    _ => std::process::exit(ENDED),
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
