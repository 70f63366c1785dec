//! Counts and sums of the rows of each group, at the cost of what changes in it and not of its size.
//!
//! The general reduction reads all rows of a group again when one changes, once for each fork in which one does. But counts
//! and sums are linear: what is kept of a group is how many rows come and go at each time, and what they add up to. At
//! which times can the total change? As for sets ([`crate::distinct`]), at the joins of the new times with each other and
//! with those of the history. Rows must be a set, as relations are. Cost: one seek a batch of the trace for each group
//! that changes, and the product of its new and old times.

use crate::batch::{Batch, BatchBuilder, Weight};
use crate::batcher::RowBatcher;
use crate::cursors::Cursors;
use crate::operators::{Live, Rows};
use crate::time::{ForkTime, TOP, Time};
use crate::trace::Batches;
use crate::updates::{ByKey, Diff, Updates, work};
use differential_dataflow::batcher::{Batcher, Extract};
use differential_dataflow::consolidation::consolidate;
use differential_dataflow::difference::{IsZero, Semigroup};
use differential_dataflow::lattice::Lattice;
use differential_dataflow::operators::arrange::arrangement::arrange_core;
use differential_dataflow::operators::reduce::{ReduceTactic, reduce_with_tactic};
use differential_dataflow::trace::{Cursor, Description, Navigable, Span};
use std::rc::Rc;
use timely::dataflow::channels::pact::DistributorPact;
use timely::order::PartialOrder;
use timely::progress::frontier::AntichainRef;
use timely::progress::{Antichain, Timestamp};

/// For each group of rows, which agree on their first `group` columns and are a set, these columns and the wrapping sum of
/// a column, or without one the number of rows. A group without rows is not there.
pub fn totals<'scope>(
    rows: Rows<'scope, ForkTime>,
    group: usize,
    column: Option<usize>,
    name: &str,
) -> Live<'scope, ForkTime> {
    let pact = DistributorPact(move |peers| ByKey::new((0..group).collect(), peers));
    let columns: Vec<usize> = (0..group).chain(column).collect();
    let batcher = move |_, _| Totalling { rows: RowBatcher::new(&columns, group) };
    let arranged = arrange_core::<_, _, _, Batches<ForkTime, Total>>(rows.inner, pact, name, batcher);
    reduce_with_tactic::<_, Batches<ForkTime>, _>(arranged, name, Totals { sums: column.is_some() })
}

/// How many rows come, and what they add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Total {
    rows: i64,
    sum: u64,
}

impl IsZero for Total {
    fn is_zero(&self) -> bool {
        *self == Total::default()
    }
}

impl Semigroup for Total {
    fn plus_equals(&mut self, other: &Total) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

impl Weight for Total {}

/// Sorts rows, and carves out what they add up to.
struct Totalling<T: Time> {
    rows: RowBatcher<T>,
}

impl<T: Time> Extract for Totalling<T> {
    type Time = T;
    type Output = Rc<Batch<T, Total>>;

    fn extract<'a>(&'a mut self, upper: AntichainRef<'_, T>) -> (Option<Self::Output>, AntichainRef<'a, T>) {
        let (batch, frontier) = self.rows.extract(upper);
        (batch.and_then(|batch| added_up(&batch)), frontier)
    }
}

impl<T: Time> Batcher<Updates<T>> for Totalling<T> {
    fn insert(&mut self, container: &mut Updates<T>) {
        self.rows.insert(container);
    }
}

/// What the values of each key add up to, time by time.
fn added_up<T: Time>(batch: &Rc<Batch<T>>) -> Option<Rc<Batch<T, Total>>> {
    let mut builder = BatchBuilder::again(batch.storage.keys.stride(), 0);
    let (mut cursor, mut updates) = (batch.cursor(), Vec::new());
    while let Some(key) = cursor.get_key(batch) {
        while let Some(value) = cursor.get_val(batch) {
            let word = value.0.first().copied().unwrap_or(0);
            cursor.map_times(batch, |time, diff| {
                let rows = i64::from(*diff);
                updates.push((*time, Total { rows, sum: word.wrapping_mul(rows as u64) }));
            });
            cursor.step_val(batch);
        }
        consolidate(&mut updates);
        updates.drain(..).for_each(|(time, total)| builder.push(key.0, &[], time, total));
        cursor.step_key(batch);
    }
    builder.finish().map(Rc::new)
}

struct Totals {
    /// Whether sums are asked for, or numbers of rows.
    sums: bool,
}

impl ReduceTactic<ForkTime, Rc<Batch<ForkTime, Total>>, Rc<Batch<ForkTime>>> for Totals {
    fn retire(
        &mut self,
        source_batches: Vec<Rc<Batch<ForkTime, Total>>>,
        output_batches: Vec<Rc<Batch<ForkTime>>>,
        input_batches: Vec<Rc<Batch<ForkTime, Total>>>,
        lower: &Antichain<ForkTime>,
        upper: &Antichain<ForkTime>,
        held: &Antichain<ForkTime>,
    ) -> (Option<Span<ForkTime, Rc<Batch<ForkTime>>>>, Antichain<ForkTime>) {
        if held.elements().iter().all(|time| upper.less_equal(time)) {
            return (None, held.clone());
        }
        let width = input_batches.first().map_or(0, |batch| batch.storage.keys.stride());
        let mut builder = BatchBuilder::with_capacity(width, 1, 0);
        let mut source = Cursors::new(&source_batches);
        let mut output = Cursors::new(&output_batches);
        let mut input = Cursors::new(&input_batches);
        let mut group = Group::default();
        while let Some(key) = input.least() {
            group.clear();
            input.load(key, &mut group.fresh);
            let Some(meet) = group.gather() else { continue };
            source.load(key, &mut group.source);
            group.source.iter_mut().for_each(|(time, _)| time.join_assign(&meet));
            consolidate(&mut group.source);
            output.values(key, |value, time, diff| group.output.push(((value.0[0], time.join(&meet)), diff)));
            consolidate(&mut group.output);
            work(1 + group.source.len() + group.output.len());
            group.decide(self.sums, upper);
            group.changes.sort_unstable();
            group.changes.drain(..).for_each(|((word, time), diff)| builder.push(key.0, &[word], time, diff));
        }
        // Nothing is put off: what is before an epoch of the base meets before it.
        let description = Description::new(lower.clone(), upper.clone(), Antichain::from_elem(ForkTime::minimum()));
        (Some(Span::new(description, builder.finish().map(Rc::new))), Antichain::new())
    }
}

/// One group at work; the vectors are reused from group to group.
#[derive(Default)]
struct Group {
    /// What is new, and what was there.
    fresh: Vec<(ForkTime, Total)>,
    source: Vec<(ForkTime, Total)>,
    /// The totals that were there, and how they change.
    output: Vec<((u64, ForkTime), Diff)>,
    changes: Vec<((u64, ForkTime), Diff)>,
    /// The times to look at.
    times: Vec<ForkTime>,
    difference: Vec<(u64, Diff)>,
}

impl Group {
    fn clear(&mut self) {
        self.fresh.clear();
        self.source.clear();
        self.output.clear();
        self.times.clear();
    }

    /// Gathers the times to look at; gives their meet. There is none if forks that are gone are all that is new.
    fn gather(&mut self) -> Option<ForkTime> {
        self.times.extend(self.fresh.iter().map(|(time, _)| *time));
        self.times.iter().copied().reduce(|a, b| a.meet(&b))
    }

    fn decide(&mut self, sums: bool, upper: &Antichain<ForkTime>) {
        self.close_under_join();
        for time in &self.times {
            assert!(!upper.less_equal(time), "what is before an epoch of the base meets before it");
            let mut total = Total::default();
            for (_, update) in self.source.iter().chain(&self.fresh).filter(|(at, _)| at.less_equal(time)) {
                total.plus_equals(update);
            }
            let known = self.output.iter().chain(&self.changes).filter(|((_, at), _)| at.less_equal(time));
            self.difference.extend(known.map(|((word, _), diff)| (*word, -diff)));
            if total.rows > 0 {
                self.difference.push((if sums { total.sum } else { total.rows as u64 }, 1));
            }
            consolidate(&mut self.difference);
            self.changes.extend(self.difference.drain(..).map(|(word, diff)| ((word, *time), diff)));
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
            let known = self.source.iter().map(|(t, _)| *t).chain(self.output.iter().map(|((_, t), _)| *t));
            for other in known.chain(self.fresh.iter().map(|(t, _)| *t)) {
                let join = time.join(&other);
                if join != time
                    && join.fork != TOP
                    && let Err(place) = self.times[next..].binary_search(&join)
                {
                    // Joins come later in the order, so what is behind `next` is complete.
                    self.times.insert(next + place, join);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fork(epoch: u32, fork: u32) -> ForkTime {
        ForkTime::new(epoch, fork)
    }

    fn of(rows: i64, sum: u64) -> Total {
        Total { rows, sum }
    }

    /// What a group of such updates holds then, in the base and in forks.
    fn decided(source: &[(ForkTime, Total)], output: &[((u64, ForkTime), Diff)], fresh: &[(ForkTime, Total)]) -> Group {
        let mut group = Group { source: source.to_vec(), output: output.to_vec(), ..Group::default() };
        group.fresh = fresh.to_vec();
        group.gather();
        group.decide(true, &Antichain::from_elem(ForkTime::base(9)));
        group
    }

    fn at(group: &Group, time: ForkTime) -> Vec<u64> {
        let all = group.output.iter().chain(&group.changes).filter(|((_, t), _)| t.less_equal(&time));
        let mut words: Vec<(u64, Diff)> = all.map(|((word, _), diff)| (*word, *diff)).collect();
        consolidate(&mut words);
        assert!(words.iter().all(|(_, diff)| *diff == 1), "{words:?}");
        words.into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn forks_have_totals_of_their_own_that_move_with_the_base() {
        let first = decided(&[], &[], &[(fork(0, 0), of(2, 10)), (fork(0, 1), of(-1, 3_u64.wrapping_neg()))]);
        assert_eq!(
            (at(&first, fork(0, 0)), at(&first, fork(0, 1)), at(&first, fork(0, 2))),
            (vec![10], vec![7], vec![10])
        );
        let mut source = first.fresh.clone();
        source.sort_unstable();
        let output: Vec<_> = first.changes.clone();
        let next = decided(&source, &output, &[(fork(1, 0), of(1, 5)), (fork(1, 2), of(-3, 15_u64.wrapping_neg()))]);
        assert_eq!((at(&next, fork(1, 0)), at(&next, fork(1, 1)), at(&next, fork(1, 2))), (vec![15], vec![12], vec![]));
        assert!(next.times.iter().all(|time| time.fork != TOP));
    }

    #[test]
    fn rows_that_add_up_to_nothing_are_a_total_of_zero() {
        let zero = decided(&[], &[], &[(fork(0, 0), of(1, 0))]);
        assert_eq!((at(&zero, fork(0, 0)), at(&zero, fork(3, 4))), (vec![0], vec![0]));
    }
}
