//! Every row once: the reduction that recursion spends its time in, without the machinery of the general one.
//!
//! A row is a key without values, so its history is a short list of times and counts. At which times can the output
//! change? At the joins of the new times with each other and with the times of the history; of these, those before the
//! upper bound are decided now, the others are kept for later. At each, in an order that extends the partial order, the
//! row is in the output iff its count is positive. Cost: one seek a batch of the trace for each new row, and the product
//! of its new and old times.

use crate::batch::Agent;
use crate::batch::{Batch, BatchBuilder};
use crate::cursors::Cursors;
use crate::flat::Words;
use crate::operators::HeldInBase;
use crate::time::{TOP, Time};
use crate::trace::Batches;
use crate::updates::{Diff, work};
use differential_dataflow::consolidation::consolidate;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::operators::reduce::{ReduceTactic, reduce_with_tactic};
use differential_dataflow::trace::{Description, Span};
use std::collections::BTreeMap;
use std::rc::Rc;
use timely::progress::Antichain;

/// The rows whose count is positive, each once.
pub(crate) fn distinct<'scope, T: Time>(rows: Arranged<'scope, Agent<T>>, name: &str) -> Arranged<'scope, Agent<T>> {
    let tactic = Distinct { pending: BTreeMap::new() };
    reduce_with_tactic::<_, Batches<T>, _>(rows, name, HeldInBase { tactic })
}

struct Distinct<T> {
    /// Which rows must be looked at again, by time.
    pending: BTreeMap<T, Vec<Vec<u64>>>,
}

type Updates<T> = Vec<(T, Diff)>;

impl<T: Time> ReduceTactic<T, Rc<Batch<T>>, Rc<Batch<T>>> for Distinct<T> {
    fn retire(
        &mut self,
        source_batches: Vec<Rc<Batch<T>>>,
        output_batches: Vec<Rc<Batch<T>>>,
        input_batches: Vec<Rc<Batch<T>>>,
        lower: &Antichain<T>,
        upper: &Antichain<T>,
        held: &Antichain<T>,
    ) -> (Option<Span<T, Rc<Batch<T>>>>, Antichain<T>) {
        if held.elements().iter().all(|time| upper.less_equal(time)) {
            return (None, held.clone());
        }
        let width = input_batches.first().map_or(0, |batch| batch.storage.keys.stride());
        let mut builder = BatchBuilder::with_capacity(width, 0, 0);
        let mut source = Cursors::new(&source_batches);
        let mut output = Cursors::new(&output_batches);
        let mut input = Cursors::new(&input_batches);
        let due = self.due(upper);
        let mut due = due.iter().peekable();
        let mut row = Row::default();
        loop {
            let waiting = due.peek().map(|(key, _)| Words(key));
            let Some(key) = input.least().into_iter().chain(waiting).min() else { break };
            row.clear();
            input.load(key, &mut row.fresh);
            while let Some((_, time)) = due.next_if(|(waiting, _)| Words(waiting) == key) {
                row.times.push(*time);
                row.due = true;
            }
            let Some(meet) = row.gather() else { continue };
            source.load(key, &mut row.source);
            as_of(&mut row.source, meet);
            // A history of one count tells what the output was.
            if row.due || row.source.len() > 1 {
                output.load(key, &mut row.output);
                as_of(&mut row.output, meet);
            } else if let Some((time, count)) = row.source.first()
                && *count > 0
            {
                row.output.push((*time, 1));
            }
            row.decide(upper);
            work(1 + row.source.len() + row.output.len());
            for (time, diff) in row.changes.drain(..) {
                builder.push(key.0, &[], time, diff);
            }
            for time in row.later.drain(..) {
                self.pending.entry(time).or_default().push(key.0.to_vec());
            }
        }
        let mut frontier = Antichain::new();
        for time in self.pending.keys() {
            frontier.insert_ref(time);
        }
        let description = Description::new(lower.clone(), upper.clone(), Antichain::from_elem(T::minimum()));
        (Some(Span::new(description, builder.finish().map(Rc::new))), frontier)
    }
}

impl<T: Time> Distinct<T> {
    /// The rows whose time has come, in order.
    fn due(&mut self, upper: &Antichain<T>) -> Vec<(Vec<u64>, T)> {
        let times: Vec<T> = self.pending.keys().filter(|time| !upper.less_equal(time)).copied().collect();
        let mut due: Vec<(Vec<u64>, T)> = times
            .into_iter()
            .flat_map(|time| self.pending.remove(&time).into_iter().flatten().map(move |row| (row, time)))
            .collect();
        due.sort_unstable();
        due.dedup();
        due
    }
}

/// One row at work; the vectors are reused from row to row.
struct Row<T> {
    /// What is new.
    fresh: Updates<T>,
    /// What was there of the input, and of the output.
    source: Updates<T>,
    output: Updates<T>,
    /// The times to look at.
    times: Vec<T>,
    /// Whether some of them were put off before.
    due: bool,
    /// The results: changes of the output, and times to look at later.
    changes: Updates<T>,
    later: Vec<T>,
}

impl<T> Default for Row<T> {
    fn default() -> Self {
        let (fresh, source, output, changes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Row { fresh, source, output, times: Vec::new(), due: false, changes, later: Vec::new() }
    }
}

impl<T: Time> Row<T> {
    fn clear(&mut self) {
        self.fresh.clear();
        self.source.clear();
        self.output.clear();
        self.times.clear();
        self.due = false;
    }

    /// Gathers the times to look at; gives their meet. There is none if forks that are gone are all that is new.
    fn gather(&mut self) -> Option<T> {
        self.times.extend(self.fresh.iter().map(|(time, _)| *time));
        self.times.iter().copied().reduce(|a, b| a.meet(&b))
    }

    fn decide(&mut self, upper: &Antichain<T>) {
        self.close_under_join();
        for time in &self.times {
            if upper.less_equal(time) {
                self.later.push(*time);
                continue;
            }
            let sum = |updates: &Updates<T>| -> Diff {
                updates.iter().filter(|(t, _)| t.less_equal(time)).map(|(_, diff)| *diff).sum()
            };
            let wanted = Diff::from(sum(&self.source) + sum(&self.fresh) > 0);
            let change = wanted - sum(&self.output) - sum(&self.changes);
            if change != 0 {
                self.changes.push((*time, change));
            }
        }
    }

    /// Completes the times by their joins with each other and with all times of the history, in order, without those
    /// that nobody reads.
    fn close_under_join(&mut self) {
        self.times.sort_unstable();
        self.times.dedup();
        let mut next = 0;
        while next < self.times.len() {
            let time = self.times[next];
            next += 1;
            let others = self.source.iter().chain(&self.output).chain(&self.fresh).map(|(t, _)| *t);
            for other in others {
                if !other.less_equal(&time) {
                    let join = time.join(&other);
                    // Joins come later in the order, so what is behind `next` is complete.
                    if let Err(place) = self.times[next..].binary_search(&join) {
                        self.times.insert(next + place, join);
                    }
                }
            }
        }
        self.times.retain(|time| time.fork() != TOP);
    }
}

/// A history as times from `meet` on see it.
fn as_of<T: Time>(history: &mut Updates<T>, meet: T) {
    history.iter_mut().for_each(|(time, _)| time.join_assign(&meet));
    if history.len() > 1 {
        consolidate(history);
    }
}
