//! The loss of a process, told once.
//!
//! When a process is gone, several threads of those that are left notice: the lines to it break off, timely's own threads
//! panic, and a panic while another one unwinds aborts. So the first message that names the process counts, and whoever
//! is told is expected to end this process.

use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long a thread of timely's waits before it speaks: the line to the lost process knows its name.
const GRACE: Duration = Duration::from_millis(500);

/// How long a thread holds still after it has spoken, so that the process may end before the thread unwinds.
const STILL: Duration = Duration::from_secs(10);

/// Who is told of a loss, and whether that has happened.
pub struct Loss {
    tell: Box<dyn Fn(&str) + Send + Sync>,
    told: AtomicBool,
    over: AtomicBool,
}

impl Loss {
    /// `tell` is called at most once, by the thread that noticed first. It should end the process.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Arc<Loss> {
        Arc::new(Loss { tell: Box::new(tell), told: AtomicBool::new(false), over: AtomicBool::new(false) })
    }

    /// The work is done: a connection that ends from now on is no loss.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Tells of a loss, unless one was told or the work is done.
    pub fn report(&self, message: &str) {
        if !self.over.load(Ordering::Acquire) && !self.told.swap(true, Ordering::AcqRel) {
            (self.tell)(message);
        }
    }

    /// From now on a panic of a thread of timely's, or of whoever waits for one, is a loss, and nothing else is printed of it.
    pub fn mind_panics(self: &Arc<Self>) {
        let (before, loss) = (std::panic::take_hook(), self.clone());
        std::panic::set_hook(Box::new(move |panic| {
            let of_timely = thread::current().name().is_some_and(|name| name.starts_with("timely:"));
            if of_timely || breaks_off(panic.payload_as_str().unwrap_or_default()) {
                loss.panicked(panic);
            } else {
                before(panic);
            }
        }));
    }

    fn panicked(&self, panic: &PanicHookInfo<'_>) {
        let text = panic.payload_as_str().unwrap_or("for a reason of its own");
        if breaks_off(text) {
            thread::sleep(GRACE);
            self.report("the connection to another process broke: the cluster stops; start all its processes again");
        } else {
            let place = panic.location().map_or(String::new(), |place| format!(" at {place}"));
            self.report(&format!("a worker has failed{place}: {text}"));
        }
        if !self.over.load(Ordering::Acquire) {
            thread::sleep(STILL);
        }
    }
}

/// Whether a panic says that a connection broke off.
fn breaks_off(text: &str) -> bool {
    ["timely communication error", "MergeQueue", "Send thread panic", "Recv thread panic", "poisoned"]
        .iter()
        .any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn one_loss_is_told_and_none_after_the_end() {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let loss = |told: &Arc<Mutex<Vec<String>>>| {
            let told = told.clone();
            Loss::new(move |message| told.lock().expect("nobody panics").push(message.to_string()))
        };
        let first = loss(&told);
        first.report("process 1 is gone");
        first.report("process 2 is gone");
        let second = loss(&told);
        second.end();
        second.report("process 3 is gone");
        assert_eq!(*told.lock().expect("nobody panics"), ["process 1 is gone"]);
    }
}
