//! Progress: whoever waits for longer than a second sees that something is done, and how to stop it.

use std::io::{Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is seen to go on.
const TICK: Duration = Duration::from_millis(200);

/// Goes to the beginning of the line and empties it.
const CLEAR: &str = "\r\u{1b}[2K";

const FRAMES: [&str; 8] = ["⠁", "⠉", "⠙", "⠚", "⠒", "⠂", "⠲", "⠴"];

/// How far something of many steps is. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauge {
    done: Arc<AtomicUsize>,
    all: Arc<AtomicUsize>,
}

impl Gauge {
    /// From now on something of so many steps is done.
    pub(crate) fn of(&self, all: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
    }

    /// So many of them are done.
    pub(crate) fn at(&self, done: usize) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// What is done now has no steps.
    pub(crate) fn clear(&self) {
        self.of(0);
    }

    /// `, 64 of 120 done`, or nothing.
    fn said(&self) -> String {
        match self.all.load(Ordering::Relaxed) {
            0 => String::new(),
            all => format!(", {} of {all} done", self.done.load(Ordering::Relaxed)),
        }
    }
}

/// Shows on standard error that something takes long, while it lives. Nothing of it stays on the screen.
pub(crate) struct Progress {
    ended: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

impl Progress {
    /// For a person at a terminal, waiting for something that is called so.
    pub(crate) fn new(what: &'static str, stops: bool, gauge: Gauge) -> Progress {
        let (ended, end) = channel::<()>();
        let started = Instant::now();
        let hint = if stops { "; Ctrl-C stops it" } else { "" };
        let show = move || {
            if end.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            // Nothing is padded: what a key press adds to the line must not make it two.
            for frame in FRAMES.iter().cycle() {
                say(&format!("{CLEAR}{frame} {what} {} s{}{hint}", started.elapsed().as_secs(), gauge.said()));
                // Until the other end is dropped.
                if end.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            say(CLEAR);
        };
        // Without a thread there is nothing to be seen, which is no reason not to work.
        let shown = thread::Builder::new().name("progress".into()).spawn(show).ok();
        Progress { ended: Some(ended), shown }
    }
}

/// Writes to standard error; if that is gone, there is nobody to show anything to.
fn say(text: &str) {
    let mut stderr = stderr();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
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
