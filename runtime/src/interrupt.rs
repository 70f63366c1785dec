//! Interrupts: whoever waits for an answer may say that it is wanted no more.

use crate::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A flag that any thread may raise, and that long work looks at. Clones share it.
///
/// ```
/// let interrupt = runtime::Interrupt::default();
/// interrupt.clone().raise();
/// assert!(interrupt.is_raised() && interrupt.check().is_err());
/// interrupt.clear();
/// assert!(!interrupt.is_raised());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
    held: Arc<AtomicUsize>,
    steps: Arc<AtomicUsize>,
}

/// While it lives, what is being done will be done to its end.
#[derive(Debug)]
pub struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Interrupt {
    /// From now on, work that looks at the flag ends with [`Error::Interrupted`].
    pub fn raise(&self) {
        self.raised.store(true, Ordering::Relaxed);
    }

    /// Work may go on: to be called before something else is asked for.
    pub fn clear(&self) {
        self.raised.store(false, Ordering::Relaxed);
    }

    /// Whether the flag is raised.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    /// From now on something is done that would leave the model half-changed if it were given up.
    pub fn hold(&self) -> Held {
        self.held.fetch_add(1, Ordering::Relaxed);
        Held(self.held.clone())
    }

    /// From now on what is held is one step of many, behind which the flag is heard.
    pub fn steps(&self) -> Held {
        self.steps.fetch_add(1, Ordering::Relaxed);
        Held(self.steps.clone())
    }

    /// Whether something is done to its end now that may take long: the flag may be raised, and is heard later.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed) > 0 && self.steps.load(Ordering::Relaxed) == 0
    }

    /// Fails if the flag is raised.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_raised() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Interrupt;

    #[test]
    fn a_step_of_many_is_not_held() {
        let interrupt = Interrupt::default();
        let held = interrupt.hold();
        assert!(interrupt.is_held());
        let steps = interrupt.steps();
        assert!(!interrupt.is_held());
        drop(steps);
        assert!(interrupt.is_held());
        drop(held);
        assert!(!interrupt.is_held());
    }
}
