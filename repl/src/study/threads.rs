//! Batches that several threads fold, each into sums of its own, which are added up at the end.
//!
//! A batch is of whole sessions, so that no thread needs to know what another has seen. Whoever makes the batches waits
//! while enough of them are under way; memory is bounded by their number. Cost: that of the batches.

use super::fold::{Folded, Folder};
use crate::failure::{Failure, Outcome};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, ScopedJoinHandle};

/// How many batches may wait for each thread.
const WAITING: usize = 4;

/// Folds what `make` gives to its argument, which says whether more is wanted. With one thread, on this one.
pub(super) fn fold<B: Send, T>(
    folder: &Folder,
    threads: usize,
    take: impl Fn(&mut Folder, B) -> Outcome + Sync,
    make: impl FnOnce(&mut dyn FnMut(B) -> bool) -> Outcome<T>,
) -> Outcome<(Folded, T)> {
    if threads < 2 {
        let (mut folder, mut failed) = (folder.clone(), Ok(()));
        let made = make(&mut |batch| {
            failed = take(&mut folder, batch);
            failed.is_ok()
        })?;
        return failed.map(|()| (folder.folded, made));
    }
    let (sender, receiver) = sync_channel(threads * WAITING);
    let receiver = Mutex::new(Some(receiver));
    thread::scope(|scope| {
        let work = || work(folder.clone(), &receiver, &take);
        let workers: Vec<ScopedJoinHandle<_>> = (0..threads).map(|_| scope.spawn(work)).collect();
        let made = make(&mut |batch| sender.send(batch).is_ok());
        drop(sender);
        let mut all = Folded::default();
        for worker in workers {
            let folded = worker.join().map_err(|_| Failure::Ours("a thread that folds messages failed".to_owned()))?;
            all.unite(&folded?);
        }
        made.map(|made| (all, made))
    })
}

/// Folds batches until there are no more. A thread that fails lets the others go home, too.
fn work<B>(
    mut folder: Folder,
    batches: &Mutex<Option<Receiver<B>>>,
    take: &(impl Fn(&mut Folder, B) -> Outcome + Sync),
) -> Outcome<Folded> {
    let held = || batches.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    loop {
        // The lock is held while a batch is waited for: one thread waits for it, the others for the lock.
        let next = held().as_ref().and_then(|batches| batches.recv().ok());
        let Some(batch) = next else { return Ok(folder.folded) };
        if let Err(failure) = take(&mut folder, batch) {
            *held() = None;
            return Err(failure);
        }
    }
}
