//! Compaction: what forks that are gone have left in the indexes is taken out.
//!
//! An index is batches of updates, and updates cancel when their batches are merged, which otherwise happens as further
//! updates come in. A dropped fork is as many updates again as it was; where the base changes little they would stay for
//! long. So each worker counts what the drops of forks have made it produce. When that is more than a quarter of what its
//! indexes hold, the next epoch merges each index down to one batch: memory stays within a constant of what lives, and a
//! drop costs a constant times what the fork has cost.

use differential_dataflow::trace::ExertionLogic;
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    /// Whether this worker's indexes are to be merged, and whether one of them had to be since that was last asked.
    static MERGING: Cell<bool> = const { Cell::new(false) };
    static MERGED: Cell<bool> = const { Cell::new(false) };
}

/// Lets indexes that are made from now on ask whether they are to be merged.
pub(crate) fn configure(config: &mut timely::WorkerConfig) {
    let logic: ExertionLogic = Arc::new(|layers| {
        if !MERGING.get() {
            return None;
        }
        let held: usize = layers.iter().map(|(_, _, length)| *length).sum();
        let batches: usize = layers.iter().filter(|(_, _, length)| *length > 0).map(|(_, count, _)| *count).sum();
        let wanted = (batches > 1).then_some(held);
        MERGED.set(MERGED.get() || wanted.is_some());
        wanted
    });
    config.set("differential/default_exert_logic".to_string(), logic);
}

/// What drops of forks have left behind on a worker.
#[derive(Debug, Default)]
pub(crate) struct Garbage {
    produced: u64,
    due: bool,
}

impl Garbage {
    /// An epoch has closed in which forks were dropped and so many rows produced, and the indexes hold so much.
    pub(crate) fn add(&mut self, produced: u64, held: usize) {
        // A retraction cancels what it retracts.
        self.produced += 2 * produced;
        self.due |= self.produced > held as u64 / 4 + 1024;
    }

    /// Lets `work` bring the epoch to its end; if it is time, which it is told, all indexes are merged meanwhile, by further
    /// `step`s.
    pub(crate) fn collect<W>(&mut self, worker: &mut W, work: impl Fn(&mut W, bool), step: impl Fn(&mut W)) {
        MERGING.set(self.due);
        work(worker, self.due);
        while MERGED.take() {
            step(worker);
        }
        if MERGING.take() {
            *self = Garbage::default();
        }
    }
}
