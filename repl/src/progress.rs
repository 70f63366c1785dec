//! Progress: whoever waits for longer than a second sees that something is done, and how to stop it.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows on standard error that something takes long, while it lives. Nothing of it stays on the screen.
pub(crate) struct Progress {
    ended: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

impl Progress {
    /// For a person at a terminal, waiting for something that is called so.
    pub(crate) fn new(what: &'static str, stops: bool) -> Progress {
        let (ended, end) = channel::<()>();
        let started = Instant::now();
        let show = move || {
            if end.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner().with_elapsed(started.elapsed());
            let hint = if stops { "; Ctrl-C stops it" } else { "" };
            if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {what} {{elapsed}}{hint}")) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            // Until the other end is dropped.
            let _ = end.recv();
            bar.finish_and_clear();
        };
        // Without a thread there is nothing to be seen, which is no reason not to work.
        let shown = thread::Builder::new().name("progress".into()).spawn(show).ok();
        Progress { ended: Some(ended), shown }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ended.take();
        if let Some(shown) = self.shown.take() {
            // What it had to say was said.
            let _ = shown.join();
        }
    }
}
