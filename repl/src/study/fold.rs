//! What messages come to: a stream of them passes the rules about traces, and what these fold is read at the end.
//!
//! Memory is that of the stream ([`runtime::StreamReport`]): the events of its horizon, and the folds.

use crate::failure::Outcome;
use compiler::plan::Plan;
use fnv::FnvHashMap;
use runtime::{Engine, Fork, Options, Rows, Symbols};
use std::collections::BTreeMap;

/// Columns of a message.
pub(super) const WIDTH: usize = 9;

/// What is left of messages once they are folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    pub(super) symbols: Symbols,
    /// Source, destination, service, kind; legs and bytes.
    pub(super) traffic: Rows,
    /// Client, server, service; transactions and message bytes.
    pub(super) asked: Rows,
    /// `dirty(kind, n)`.
    pub(crate) dirty: BTreeMap<String, u64>,
    pub(crate) records: u64,
    pub(crate) transactions: u64,
    pub(crate) trees: u64,
    pub(crate) sessions: u64,
    pub(crate) deepest: u64,
    pub(crate) message_bytes: u64,
    /// How many roots take less than a time, in microseconds.
    pub(crate) root_times: Histogram,
    /// How many trees are silent for a time at most.
    pub(crate) gaps: Histogram,
}

/// Times, counted by steps of at most a tenth: how many are in the step that ends there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram(BTreeMap<u64, u64>);

impl Histogram {
    fn of(rows: &Rows) -> Histogram {
        Histogram(rows.iter().map(|row| (row[0], row[1])).collect())
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many are in the steps up to one that ends there.
    pub(crate) fn until(&self, end: u64) -> u64 {
        self.0.range(..=end).map(|(_, n)| n).sum()
    }

    /// The ends of the steps, and the share of all times that are in them and those before.
    pub(crate) fn shares(&self) -> Vec<(u64, f64)> {
        let (mut below, count) = (0, self.count());
        let share = |(end, n): (&u64, &u64)| {
            below += n;
            (*end, below as f64 / count as f64)
        };
        self.0.iter().map(share).collect()
    }
}

/// Two seconds, and a minute, in microseconds: the two points of the paper's first figure.
pub(crate) const QUICK: u64 = 2_000_000;
pub(crate) const GAP: u64 = 60_000_000;

/// How many words of messages are handed on at a time.
const BLOCK: usize = WIDTH << 13;

/// Messages on their way.
pub(super) struct Folder {
    engine: Engine,
    waiting: Vec<u64>,
    sessions: Numbers,
    /// The word of `""`.
    none: u64,
}

impl Folder {
    pub(super) fn new(plan: Plan, options: &Options) -> Outcome<Folder> {
        let mut engine = Engine::new(options.clone())?;
        engine.let_pass();
        engine.set_plan(plan)?;
        let none = engine.symbols().intern("");
        Ok(Folder { engine, waiting: Vec::with_capacity(BLOCK), sessions: Numbers::default(), none })
    }

    pub(super) fn symbols(&self) -> &Symbols {
        self.engine.symbols()
    }

    /// Takes in a message.
    pub(super) fn push(&mut self, message: &[u64; WIDTH]) -> Outcome {
        if message[0] != self.none {
            self.sessions.insert(message[0]);
        }
        self.waiting.extend_from_slice(message);
        if self.waiting.len() == BLOCK {
            self.engine.feed("message", &self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// What all of them came to.
    pub(super) fn finish(mut self) -> Outcome<Folded> {
        self.engine.feed("message", &self.waiting)?;
        self.engine.settle()?;
        self.engine.commit()?;
        let engine = &mut self.engine;
        let mut rows = |relation: &str, width: usize| engine.query(Fork::BASE, relation, &vec![None; width]);
        let sum = |rows: &Rows, column: usize| rows.iter().map(|row| row[column]).sum::<u64>();
        let (traffic, asked) = (rows("study_traffic", 6)?, rows("asked_of", 5)?);
        let depths = rows("study_depth", 2)?;
        let (root_times, gaps) = (rows("study_root", 2)?, rows("study_silence", 2)?);
        let (sessions, said, dirty) = (rows("study_sessions", 1)?, rows("study_said", 2)?, rows("dirty", 2)?);
        let symbols = engine.symbols().clone();
        let report = engine.streams().into_iter().next().unwrap_or_default();
        let mut folded = Folded {
            records: report.events + report.late,
            transactions: sum(&asked, 3),
            trees: sum(&depths, 1),
            sessions: sum(&sessions, 0),
            deepest: depths.iter().map(|row| row[0]).max().unwrap_or(0),
            message_bytes: sum(&said, 1),
            root_times: Histogram::of(&root_times),
            gaps: Histogram::of(&gaps),
            dirty: dirty.iter().map(|row| (symbols.text(row[0]).to_owned(), row[1])).collect(),
            symbols,
            traffic,
            asked,
        };
        // A session that went on after the stream's horizon counts as two.
        let reopened = folded.sessions.saturating_sub(self.sessions.len());
        if reopened > 0 {
            folded.dirty.insert("session_reopened".to_owned(), reopened);
        }
        Ok(folded)
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

    fn len(&self) -> u64 {
        self.0.values().flat_map(|page| page.iter()).map(|bits| u64::from(bits.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What messages come to: session, transaction, parent, at, kind, source, destination, service, bytes.
    fn folded(messages: &[(&str, &str, &str, u64, &str, u64)]) -> Folded {
        let (_, plan, _) = super::super::program(include_str!("trace.dl"), "<trace.dl>").expect("is right");
        let mut folder = Folder::new(plan, &Options { workers: 2 }).expect("an engine");
        let symbols = folder.symbols().clone();
        for (session, transaction, parent, at, kind, bytes) in messages {
            let [p, q, v] = ["p", "q", "pay"].map(|text| symbols.intern(text));
            let [session, transaction, parent] = [session, transaction, parent].map(|text| symbols.intern(text));
            let (from, to) = if *kind == "request" { (p, q) } else { (q, p) };
            let message = [session, transaction, parent, *at, symbols.intern(kind), from, to, v, *bytes];
            folder.push(&message).expect("is taken in");
        }
        folder.finish().expect("is folded")
    }

    #[test]
    fn messages_are_counted_by_trees_sessions_times_and_bytes() {
        let folded = folded(&[
            ("s1", "1", "", 0, "request", 1),
            ("s1", "1-1", "1", 10, "request", 2),
            ("s1", "1-1", "1", 1_000_020, "reply", 4),
            ("s1", "1", "", 1_999_999, "reply", 8),
            ("", "", "", 2_000_000, "request", 16),
            ("s2", "1", "", 3_000_000, "request", 32),
            ("s2", "1", "", 5_000_000, "reply", 64),
        ]);
        assert_eq!((folded.records, folded.sessions, folded.trees, folded.transactions), (7, 2, 2, 3));
        assert_eq!((folded.deepest, folded.message_bytes), (2, 127));
        assert_eq!((folded.root_times.count(), folded.root_times.until(QUICK)), (2, 1));
        assert_eq!((folded.gaps.until(1_100_000), folded.gaps.until(2_000_000)), (1, 2));
        assert_eq!(folded.dirty, BTreeMap::from([("no_identifier".to_owned(), 1)]));
        assert_eq!((folded.traffic.len(), folded.asked.len()), (2, 1));
    }

    #[test]
    fn a_session_that_goes_on_after_the_horizon_counts_as_two_and_is_told() {
        let folded = folded(&[
            ("s1", "1", "", 0, "request", 1),
            ("s1", "1", "", 1_000, "reply", 1),
            ("s2", "1", "", 500_000_000, "request", 1),
            ("s1", "2", "", 501_000_000, "request", 1),
        ]);
        assert_eq!(folded.sessions, 3);
        assert_eq!(folded.dirty.get("session_reopened"), Some(&1));
    }
}
