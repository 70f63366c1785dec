//! What messages come to: the rules about traces, evaluated batch by batch, and what they derive added up.

use crate::failure::Outcome;
use compiler::plan::Plan;
use fnv::FnvHashMap;
use runtime::{Answers, Once, Options, Symbols};
use std::collections::BTreeMap;

/// What is left of messages once they are folded. Names are numbers: places in `names`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    pub(crate) names: Vec<String>,
    numbers: FnvHashMap<String, u32>,
    /// By source, destination, service and kind: legs and bytes.
    pub(crate) traffic: FnvHashMap<[u32; 4], (u64, u64)>,
    /// By client, server and service: transactions and message bytes.
    pub(crate) asked: FnvHashMap<[u32; 3], (u64, u64)>,
    /// `dirty(kind, n)`.
    pub(crate) dirty: BTreeMap<String, u64>,
    pub(crate) records: u64,
    pub(crate) transactions: u64,
    pub(crate) trees: u64,
    pub(crate) sessions: u64,
    pub(crate) deepest: u64,
    pub(crate) message_bytes: u64,
    /// How many roots take how long, and how long the longest silence of trees is, in microseconds.
    pub(crate) root_times: Histogram,
    pub(crate) gaps: Histogram,
}

/// Times, counted by buckets that grow by an eighth of a power of two; and those at and over a limit, exactly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    buckets: BTreeMap<u64, u64>,
    pub(crate) count: u64,
    pub(crate) at_limit: u64,
    pub(crate) over_limit: u64,
}

impl Histogram {
    fn add(&mut self, time: u64, limit: u64) {
        self.count += 1;
        self.at_limit += u64::from(time >= limit);
        self.over_limit += u64::from(time > limit);
        *self.buckets.entry(bucket(time)).or_default() += 1;
    }

    fn unite(&mut self, other: &Histogram) {
        self.count += other.count;
        self.at_limit += other.at_limit;
        self.over_limit += other.over_limit;
        other.buckets.iter().for_each(|(end, n)| *self.buckets.entry(*end).or_default() += n);
    }

    /// The upper ends of the buckets, and the share of all times that are below.
    pub(crate) fn shares(&self) -> Vec<(u64, f64)> {
        let mut below = 0;
        let share = |(end, n): (&u64, &u64)| {
            below += n;
            (*end, below as f64 / self.count as f64)
        };
        self.buckets.iter().map(share).collect()
    }
}

/// The upper end of a time's bucket: three digits of two behind the first.
fn bucket(time: u64) -> u64 {
    if time < 8 {
        return time + 1;
    }
    let shift = u64::BITS - 4 - time.leading_zeros();
    ((time >> shift) + 1) << shift
}

/// Two seconds, and a minute, in microseconds: the two points of the paper's first figure.
pub(crate) const QUICK: u64 = 2_000_000;
pub(crate) const GAP: u64 = 60_000_000;

/// Evaluates batches.
#[derive(Clone)]
pub(super) struct Folder {
    plan: Plan,
    options: Options,
    pub(super) folded: Folded,
}

impl Folder {
    pub(super) fn new(plan: Plan, options: Options) -> Folder {
        Folder { plan, options, folded: Folded::default() }
    }

    /// Adds the messages of whole sessions.
    pub(super) fn batch(&mut self, symbols: &Symbols, rows: impl Iterator<Item = [u64; 9]>) -> Outcome {
        let mut once = Once::new(self.plan.clone(), symbols.clone(), self.options.clone());
        let base = once.base("message")?;
        let mut columns = once.columns(base)?;
        for row in rows {
            columns.push(&row);
            self.folded.records += 1;
        }
        once.add(base, columns)?;
        self.folded.add(&mut once.evaluate(), symbols)
    }
}

impl Folded {
    fn name(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn add(&mut self, answers: &mut Answers, symbols: &Symbols) -> Outcome {
        // The word of a symbol here, its number there.
        let mut known: FnvHashMap<u64, u32> = FnvHashMap::default();
        let mut name =
            |folded: &mut Folded, word: u64| *known.entry(word).or_insert_with(|| folded.name(symbols.text(word)));
        for row in answers.rows("traffic")?.iter() {
            let key = [row[0], row[1], row[2], row[3]].map(|word| name(self, word));
            let sum = self.traffic.entry(key).or_default();
            (sum.0, sum.1) = (sum.0 + row[5], sum.1 + row[6]);
        }
        for row in answers.rows("asked_of")?.iter() {
            let key = [row[0], row[1], row[2]].map(|word| name(self, word));
            let sum = self.asked.entry(key).or_default();
            (sum.0, sum.1) = (sum.0 + row[3], sum.1 + row[4]);
        }
        let none = symbols.intern("");
        let transactions = answers.rows("transaction")?;
        self.transactions += transactions.len() as u64;
        for row in transactions.iter().filter(|row| row[2] == none) {
            self.root_times.add(row[4] - row[3], QUICK);
        }
        let trees = answers.rows("tree")?;
        self.trees += trees.len() as u64;
        for row in trees.iter() {
            self.deepest = self.deepest.max(row[3]);
            self.gaps.add(row[6], GAP);
        }
        self.sessions += answers.count("session")? as u64;
        for row in answers.rows("dirty")?.iter() {
            *self.dirty.entry(symbols.text(row[0]).to_owned()).or_default() += row[1];
        }
        // Each message once: with the bytes of its first leg, or by itself if it names no transaction.
        self.message_bytes += answers.rows("first_leg")?.iter().map(|row| row[7]).sum::<u64>();
        self.message_bytes += answers.rows("loose")?.iter().map(|row| row[8]).sum::<u64>();
        Ok(())
    }

    /// Adds what other messages came to.
    pub(super) fn unite(&mut self, other: &Folded) {
        let names: Vec<u32> = other.names.iter().map(|name| self.name(name)).collect();
        let name = |number: u32| names[number as usize];
        for (key, (messages, bytes)) in &other.traffic {
            let sum = self.traffic.entry(key.map(name)).or_default();
            (sum.0, sum.1) = (sum.0 + messages, sum.1 + bytes);
        }
        for (key, (n, bytes)) in &other.asked {
            let sum = self.asked.entry(key.map(name)).or_default();
            (sum.0, sum.1) = (sum.0 + n, sum.1 + bytes);
        }
        for (kind, n) in &other.dirty {
            *self.dirty.entry(kind.clone()).or_default() += n;
        }
        self.records += other.records;
        self.transactions += other.transactions;
        self.trees += other.trees;
        self.sessions += other.sessions;
        self.deepest = self.deepest.max(other.deepest);
        self.message_bytes += other.message_bytes;
        self.root_times.unite(&other.root_times);
        self.gaps.unite(&other.gaps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_times_and_is_an_eighth_wide() {
        for time in (0..100_000).step_by(7).chain([1 << 40, (1 << 40) + 12_345]) {
            let end = bucket(time);
            assert!(time < end && bucket(end - 1) == end && end - time <= (time / 8).max(1), "{time} {end}");
        }
    }
}
