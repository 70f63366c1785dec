//! Batches of whole sessions, from messages in the order of their arrival.
//!
//! A session is over when nothing of it was read for a while: longer than the longest silence within a session, and than
//! what a record may be late. Sessions that are over are gathered into batches, which the rules about traces are evaluated
//! on one by one; so memory is bounded by the sessions that are open. A session that goes on after it was taken to be over
//! counts as two, and this is counted.

use fnv::FnvHashMap;
use std::collections::BTreeMap;

/// A message, as far as it matters here.
pub(super) trait Event: Copy {
    /// Its session; none if it has no identifiers.
    fn session(&self) -> Option<u64>;
    /// When it was written, in microseconds.
    fn at(&self) -> u64;
}

/// A session is over after this silence: longest gap in a trace of the paper's kind, and ten seconds of disorder.
const SILENCE: u64 = 135_000_000;
const SECOND: u64 = 1_000_000;

pub(super) struct Sessions<E> {
    open: FnvHashMap<u64, (u64, Vec<E>)>,
    /// The sessions whose last record, when they were put here, was of this second.
    last_in: BTreeMap<u64, Vec<u64>>,
    newest: u64,
    ready: Vec<E>,
    limit: usize,
    closed: Numbers,
    /// Sessions that went on after they were taken to be over.
    pub(super) reopened: u64,
}

impl<E: Event> Sessions<E> {
    /// Batches of so many messages, more or less.
    pub(super) fn new(limit: usize) -> Self {
        Sessions {
            open: FnvHashMap::default(),
            last_in: BTreeMap::new(),
            newest: 0,
            ready: Vec::new(),
            limit,
            closed: Numbers::default(),
            reopened: 0,
        }
    }

    /// Takes a message; gives a batch when one is full.
    pub(super) fn push(&mut self, event: E) -> Option<Vec<E>> {
        let Some(session) = event.session() else {
            self.ready.push(event);
            return self.full();
        };
        let second = event.at() / SECOND;
        let (last, events) = self.open.entry(session).or_insert_with(|| {
            self.last_in.entry(second).or_default().push(session);
            self.reopened += u64::from(self.closed.contains(session));
            (0, Vec::new())
        });
        *last = (*last).max(event.at());
        events.push(event);
        if event.at() / SECOND > self.newest / SECOND {
            self.newest = event.at();
            self.close();
            return self.full();
        }
        None
    }

    /// What is left, in batches.
    pub(super) fn finish(mut self) -> impl Iterator<Item = Vec<E>> {
        let mut open = std::mem::take(&mut self.open).into_values();
        std::iter::from_fn(move || {
            while self.ready.len() < self.limit {
                let Some((_, events)) = open.next() else { break };
                self.ready.extend(events);
            }
            (!self.ready.is_empty()).then(|| std::mem::take(&mut self.ready))
        })
    }

    /// A batch, if enough is ready.
    pub(super) fn full(&mut self) -> Option<Vec<E>> {
        (self.ready.len() >= self.limit).then(|| {
            // From the end, and no session in two.
            let mut cut = self.ready.len() - self.limit;
            while cut > 0 && self.ready[cut].session().is_some_and(|s| self.ready[cut - 1].session() == Some(s)) {
                cut -= 1;
            }
            self.ready.split_off(cut)
        })
    }

    /// Closes what has been silent for long enough.
    fn close(&mut self) {
        while let Some(entry) = self.last_in.first_entry() {
            if entry.key() * SECOND + SILENCE > self.newest {
                return;
            }
            for session in entry.remove() {
                let Some((last, _)) = self.open.get(&session) else { continue };
                if last / SECOND * SECOND + SILENCE > self.newest {
                    self.last_in.entry(last / SECOND).or_default().push(session);
                } else if let Some((_, events)) = self.open.remove(&session) {
                    self.closed.insert(session);
                    self.ready.extend(events);
                }
            }
        }
    }
}

/// A set of numbers: a bit for each of those that are close together.
#[derive(Debug, Default)]
struct Numbers(FnvHashMap<u64, Box<[u64; 64]>>);

impl Numbers {
    fn insert(&mut self, number: u64) {
        let page = self.0.entry(number >> 12).or_insert_with(|| Box::new([0; 64]));
        page[(number >> 6 & 63) as usize] |= 1 << (number & 63);
    }

    fn contains(&self, number: u64) -> bool {
        self.0.get(&(number >> 12)).is_some_and(|page| page[(number >> 6 & 63) as usize] >> (number & 63) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Event for (u64, u64) {
        fn session(&self) -> Option<u64> {
            (self.0 != 0).then_some(self.0)
        }
        fn at(&self) -> u64 {
            self.1
        }
    }

    #[test]
    fn sessions_stay_whole_and_nothing_is_lost() {
        let mut sessions = Sessions::new(2);
        // When session 4 is looked at, its second is over for long enough and its record is not.
        let events = [(1, 0), (2, 1), (0, 2), (1, 100), (3, 150), (3, 240), (1, 400), (4, 410), (1, 500), (1, 545)];
        let half = |session: u64| if session == 4 { SECOND / 2 } else { 0 };
        let events = events.map(|(session, second)| (session, second * SECOND + half(session)));
        let mut batches: Vec<Vec<(u64, u64)>> = events.iter().filter_map(|event| sessions.push(*event)).collect();
        assert_eq!(sessions.reopened, 1);
        batches.extend(sessions.finish());
        assert_eq!(batches[0], [(0, 2 * SECOND), (2, SECOND)]);
        let mut all: Vec<_> = batches.concat();
        all.sort_unstable();
        let mut expected = events.to_vec();
        expected.sort_unstable();
        assert_eq!(all, expected);
        let whole = |session: u64| batches.iter().filter(|batch| batch.iter().any(|e| e.0 == session)).count();
        assert_eq!((whole(2), whole(3)), (1, 1));
    }
}
