//! Sharing: one version of a rule, run by several threads.
//!
//! The rows that it starts from are cut into pieces, which the threads take one after the other; a thread that the machine
//! gives no time takes fewer. All that is known is only read: each thread keeps what it finds beyond that in a set of its
//! own, and these are united at the end, 64 members at a time where they are bits. Threads are started for each run, some ten
//! microseconds each, and none ever waits by spinning; so a run is shared only if it is expected to take much longer.

use super::code::{Code, Codes};
use super::factor::Way;
use super::members::{List, Members};
use super::profile::Counts;
use super::relation::{Relation, Sink};
use super::run::Run;
use super::scalars::Scalars;
use super::set::Set;
use super::table::Table;
use crate::interrupt::Interrupt;
use crate::symbols::Symbols;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many pieces there are for each thread.
const PIECES: usize = 8;

/// What is run.
pub(super) struct Task<'a> {
    pub(super) relations: &'a [Relation],
    pub(super) symbols: &'a Symbols,
    pub(super) codes: &'a Codes,
    pub(super) way: &'a Way,
    pub(super) variables: usize,
    pub(super) target: usize,
    /// The relation that the first step scans, and which rows of it.
    pub(super) scanned: usize,
    pub(super) rows: Range<usize>,
    pub(super) interrupt: &'a Interrupt,
}

impl Task<'_> {
    /// Runs the steps on some threads; what they find beyond what is known is added to that and to the table.
    pub(super) fn run(&self, workers: usize, known: &mut Set, fresh: &mut Table) -> Counts {
        let (pieces, next) = (self.pieces(workers * PIECES), AtomicUsize::new(0));
        let work = || self.work(known, || pieces.get(next.fetch_add(1, Ordering::Relaxed)).cloned());
        let found: Vec<(Set, Counts)> = thread::scope(|scope| {
            let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
            let mut found = vec![work()];
            for other in others {
                found.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            found
        });
        let mut counts = Counts::default();
        for (set, counted) in found {
            counts += counted;
            set.for_each(|key, members| {
                fresh.extend(key, |last| known.members(key).extend(members.list(), last));
            });
        }
        counts
    }

    /// The rows in so many pieces or fewer, groups whole.
    fn pieces(&self, count: usize) -> Vec<Range<usize>> {
        let (table, Range { mut start, end }) = (&self.relations[self.scanned].table, self.rows.clone());
        let size = self.rows.len().div_ceil(count).max(1);
        let mut pieces = Vec::new();
        while start < end {
            let cut = table.run((start + size).min(end) - 1, end);
            pieces.push(start..cut);
            start = cut;
        }
        pieces
    }

    /// One thread's share.
    fn work(&self, known: &Set, next: impl Fn() -> Option<Range<usize>>) -> (Set, Counts) {
        let scalars = Scalars::new(self.symbols, self.codes);
        let mut share = Share { known, found: known.empty(), new: Vec::new(), masked: Vec::new() };
        let mut counts = Counts::default();
        while let Some(given) = next() {
            let mut run = Run {
                relations: self.relations,
                scalars: &scalars,
                steps: &self.way.steps,
                target: self.target,
                sink: &mut share,
                given,
                gather: self.way.gather.as_deref(),
                group: &[],
                gathered: None,
                values: vec![0; self.variables],
                counts,
                interrupt: self.interrupt,
                glance: 0,
            };
            run.step(0);
            counts = run.counts;
        }
        (share.found, counts)
    }
}

/// What one thread finds.
struct Share<'a> {
    known: &'a Set,
    found: Set,
    /// Room for new codes, and for new bits.
    new: Vec<Code>,
    masked: Vec<u64>,
}

impl Sink for Share<'_> {
    #[inline]
    fn emit(&mut self, row: &[Code], _: &Scalars) {
        if !self.known.contains(row) {
            self.found.insert(row);
        }
    }

    #[inline]
    fn spread(&mut self, prefix: &[Code], list: List, _: &Scalars) {
        let Self { known, found, new, masked } = self;
        match (known.get(prefix), list) {
            (None, list) => found.members(prefix).extend(list, new),
            (Some(Members::Bits { words, .. }), List::Bits(bits)) => {
                masked.clear();
                let known = words.iter().copied().chain(std::iter::repeat(0));
                masked.extend(bits.iter().zip(known).map(|(word, known)| word & !known));
                let end = masked.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
                if end > 0 {
                    found.members(prefix).extend(List::Bits(&masked[..end]), new);
                }
            }
            (Some(known), list) => {
                list.for_each(|code| {
                    if !known.contains(code) {
                        new.push(code);
                    }
                });
                if !new.is_empty() {
                    let codes = std::mem::take(new);
                    found.members(prefix).extend(List::Codes(&codes), new);
                }
            }
        }
        new.clear();
    }

    fn contains(&self, row: &[Code]) -> bool {
        self.known.contains(row)
    }
}
