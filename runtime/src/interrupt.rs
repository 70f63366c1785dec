//! Interrupts: whoever waits for an answer may say that it is wanted no more.

use crate::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

    /// Fails if it is.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_raised() { Err(Error::Interrupted) } else { Ok(()) }
    }
}
