//! Work in parallel whose results are taken in the order in which the work was given out.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Works on everything that `next` gives, with so many workers, and hands the results to `take` in that order; at most
/// two pieces a worker are under way. `next` and `take` run on the calling thread. With one worker, or where there is no
/// more than one piece, so does the work.
pub(crate) fn in_order<T: Send, U: Send, E>(
    workers: usize,
    mut next: impl FnMut() -> Result<Option<T>, E>,
    work: impl Fn(T) -> U + Sync,
    mut take: impl FnMut(U) -> Result<(), E>,
) -> Result<(), E> {
    let Some(first) = next()? else { return Ok(()) };
    let second = if workers > 1 { next()? } else { None };
    let Some(second) = second else {
        take(work(first))?;
        while workers == 1
            && let Some(piece) = next()?
        {
            take(work(piece))?;
        }
        return Ok(());
    };
    let (give, pieces) = sync_channel(2 * workers);
    let (pieces, work) = (&Mutex::new(pieces), &work);
    std::thread::scope(|scope| {
        let (results, done) = channel();
        for _ in 0..workers {
            let results = results.clone();
            scope.spawn(move || toil(pieces, work, &results));
        }
        drop(results);
        let mut early = [first, second].into_iter();
        let supply = || early.next().map_or_else(&mut next, |piece| Ok(Some(piece)));
        // Leaving drops `give` and `done`, which ends the workers.
        deliver(2 * workers, give, &done, supply, &mut take)
    })
}

/// A worker: takes the next piece until there is none.
fn toil<T, U>(pieces: &Mutex<Receiver<(usize, T)>>, work: &impl Fn(T) -> U, results: &Sender<Option<(usize, U)>>) {
    let _lost = Lost(results);
    loop {
        let piece = pieces.lock().unwrap_or_else(|e| e.into_inner()).recv();
        let Ok((number, piece)) = piece else { return };
        if results.send(Some((number, work(piece)))).is_err() {
            return;
        }
    }
}

/// Says that a worker has failed, so that nobody waits for its piece.
struct Lost<'a, U>(&'a Sender<Option<(usize, U)>>);

impl<U> Drop for Lost<'_, U> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Whoever does not listen does not wait.
            let _ = self.0.send(None);
        }
    }
}

/// Gives out pieces, and takes the results in order.
fn deliver<T, U, E>(
    under_way: usize,
    give: SyncSender<(usize, T)>,
    done: &Receiver<Option<(usize, U)>>,
    mut supply: impl FnMut() -> Result<Option<T>, E>,
    take: &mut impl FnMut(U) -> Result<(), E>,
) -> Result<(), E> {
    let (mut given, mut taken, mut ended) = (0, 0, false);
    let mut waiting = BTreeMap::new();
    loop {
        while !ended && given - taken < under_way {
            match supply()?.map(|piece| give.send((given, piece))) {
                Some(Ok(())) => given += 1,
                _ => ended = true,
            }
        }
        if taken == given {
            return Ok(());
        }
        // The panic of a worker is passed on when the scope ends.
        let Ok(Some((number, result))) = done.recv() else { return Ok(()) };
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&taken) {
            take(result)?;
            taken += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_workers_do() {
        for workers in [1, 2, 5] {
            for count in [0, 1, 2, 1000] {
                let mut pieces = 0..count;
                let mut found = Vec::new();
                let work = |piece: i32| {
                    (0..(piece * 7919) % 1000).for_each(|_| std::hint::spin_loop());
                    piece * 2
                };
                let outcome: Result<(), ()> = in_order(
                    workers,
                    || Ok(pieces.next()),
                    work,
                    |result| {
                        found.push(result);
                        Ok(())
                    },
                );
                assert_eq!(outcome, Ok(()));
                assert_eq!(found, (0..count).map(|i| i * 2).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn an_error_ends_the_work() {
        let mut pieces = 0..;
        let take = |piece: i32| if piece == 50 { Err("enough") } else { Ok(()) };
        assert_eq!(in_order(3, || Ok(pieces.next()), |piece| piece, take), Err("enough"));
        let mut pieces = 0..;
        let next = || if pieces.start == 50 { Err("no more") } else { Ok(pieces.next()) };
        assert_eq!(in_order(3, next, |piece: i32| piece, |_| Ok(())), Err("no more"));
    }
}
