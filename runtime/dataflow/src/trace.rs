//! Traces: differential's spine of batches, which can be written anew without what forks that are gone have left behind.
//!
//! A spine merges batches as further ones come in. That alone does not free what a fork held where nothing else changes.
//! So when there is enough of it ([`crate::collect`]) each trace of which an eighth or more are updates of forks becomes a
//! single batch of what cursors still see, as of its compaction frontier. Cost: that of reading it.

use crate::batch::{Batch, BatchBuilder, Weight};
use crate::gone::{left, round};
use crate::time::Time;
use crate::updates::Diff;
use differential_dataflow::consolidation::consolidate;
use differential_dataflow::logging::Logger;
use differential_dataflow::trace::cursor::cursor_list;
use differential_dataflow::trace::implementations::spine_fueled::Spine;
use differential_dataflow::trace::{Cursor, Description, ExertionLogic, Span, Trace, TraceReader};
use std::rc::Rc;
use timely::dataflow::operators::generic::OperatorInfo;
use timely::order::PartialOrder;
use timely::progress::frontier::AntichainRef;
use timely::scheduling::Activator;

/// The log-structured sequence of batches behind an arrangement.
pub struct Batches<T: Time, R: Weight = Diff> {
    spine: Spine<Rc<Batch<T, R>>>,
    operator: OperatorInfo,
    logger: Option<Logger>,
    /// How many updates of forks there are in it, at most.
    forked: usize,
    /// When it was last looked at whether it is to be written anew.
    round: u32,
}

type Spans<T, R> = Vec<Span<T, Rc<Batch<T, R>>>>;

impl<T: Time, R: Weight> TraceReader for Batches<T, R> {
    type Time = T;
    type Batch = Rc<Batch<T, R>>;

    fn spans_through(&mut self, upper: AntichainRef<'_, T>) -> Option<Spans<T, R>> {
        self.spine.spans_through(upper)
    }
    fn set_logical_compaction(&mut self, frontier: AntichainRef<'_, T>) {
        self.spine.set_logical_compaction(frontier);
    }
    fn get_logical_compaction(&mut self) -> AntichainRef<'_, T> {
        self.spine.get_logical_compaction()
    }
    fn set_physical_compaction(&mut self, frontier: AntichainRef<'_, T>) {
        self.spine.set_physical_compaction(frontier);
    }
    fn get_physical_compaction(&mut self) -> AntichainRef<'_, T> {
        self.spine.get_physical_compaction()
    }
    fn map_spans<F: FnMut(&Span<T, Rc<Batch<T, R>>>)>(&self, f: F) {
        self.spine.map_spans(f);
    }
}

impl<T: Time, R: Weight> Trace for Batches<T, R> {
    fn new(operator: OperatorInfo, logger: Option<Logger>, _: Option<Activator>) -> Self {
        Batches { spine: Spine::new(operator.clone(), logger.clone(), None), operator, logger, forked: 0, round: 0 }
    }
    fn exert(&mut self) {
        let Some(round) = round() else { return };
        if std::mem::replace(&mut self.round, round) != round && self.forked > 0 {
            let mut stored = 0;
            self.spine.map_spans(|span| stored += span.inner.as_ref().map_or(0, |batch| batch.updates));
            if self.forked >= stored / 8 {
                self.write_anew();
            } else {
                left(self.forked);
            }
        }
    }
    fn set_exert_logic(&mut self, _: ExertionLogic) {}
    fn insert(&mut self, span: Span<T, Rc<Batch<T, R>>>) {
        self.forked += span.inner.as_ref().map_or(0, |batch| batch.forked());
        self.spine.insert(span);
    }
    fn close(&mut self) {
        self.spine.close();
    }
}

impl<T: Time, R: Weight> Batches<T, R> {
    /// Makes one batch of all that no reader wants to tell apart.
    fn write_anew(&mut self) {
        let since = self.spine.get_logical_compaction().to_owned();
        let through = self.spine.get_physical_compaction().to_owned();
        let mut spans = Spans::new();
        self.spine.map_spans(|span| spans.push(span.clone()));
        let older = spans.iter().take_while(|span| PartialOrder::less_equal(span.upper(), &through)).count();
        let Some(last) = older.checked_sub(1) else { return };
        let (lower, upper) = (spans[0].lower().clone(), spans[last].upper().clone());
        let newer = spans.split_off(older);
        let batch = seen(spans.into_iter().filter_map(|span| span.inner).collect(), since.borrow());
        let kept = newer.iter().filter_map(|span| span.inner.as_ref()).chain(&batch);
        self.forked = kept.map(|batch| batch.forked()).sum();
        let mut spine = Spine::new(self.operator.clone(), self.logger.clone(), None);
        spine.set_logical_compaction(since.borrow());
        spine.insert(Span::new(Description::new(lower, upper, since), batch));
        newer.into_iter().for_each(|span| spine.insert(span));
        spine.set_physical_compaction(through.borrow());
        self.spine = spine;
    }
}

/// What is seen of batches, as of a frontier.
fn seen<T: Time, R: Weight>(batches: Vec<Rc<Batch<T, R>>>, since: AntichainRef<'_, T>) -> Option<Rc<Batch<T, R>>> {
    let (mut cursor, storage) = cursor_list(batches);
    let mut updates = Vec::new();
    let mut builder: Option<BatchBuilder<T, R>> = None;
    while let Some(key) = cursor.get_key(&storage) {
        while let Some(value) = cursor.get_val(&storage) {
            cursor.map_times(&storage, |time, diff| {
                let mut time = *time;
                time.advance_by(since);
                updates.push((time, *diff));
            });
            consolidate(&mut updates);
            for (time, diff) in updates.drain(..) {
                let builder = builder.get_or_insert_with(|| BatchBuilder::again(key.0.len(), value.0.len()));
                builder.push(key.0, value.0, time, diff);
            }
            cursor.step_val(&storage);
        }
        cursor.step_key(&storage);
    }
    builder.and_then(BatchBuilder::finish).map(Rc::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gone::{collect, forget, garbage};
    use crate::time::ForkTime;
    use timely::progress::Antichain;

    type Found = Vec<(u64, ForkTime, Diff)>;

    fn span(epoch: u32, updates: &[(u64, u32, Diff)]) -> Span<ForkTime, Rc<Batch<ForkTime>>> {
        let mut builder = BatchBuilder::with_capacity(1, 0, 0);
        updates.iter().for_each(|(word, fork, diff)| builder.push(&[*word], &[], ForkTime::new(epoch, *fork), *diff));
        let [lower, upper] = [epoch, epoch + 1].map(|epoch| Antichain::from_elem(ForkTime::base(epoch)));
        let since = Antichain::from_elem(ForkTime::base(0));
        Span::new(Description::new(lower, upper, since), builder.finish().map(Rc::new))
    }

    /// What is seen, and how many updates are stored.
    fn contents(batches: &mut Batches<ForkTime>, epoch: u32) -> (Found, usize) {
        let upper = Antichain::from_elem(ForkTime::base(epoch));
        let all = batches.batches_through(upper.borrow()).expect("that is where it ends");
        let stored = all.iter().map(|batch| batch.updates).sum();
        let (mut cursor, storage) = cursor_list(all);
        let mut found = Vec::new();
        while let Some(key) = cursor.get_key(&storage) {
            cursor.map_times(&storage, |time, diff| found.push((key.0[0], *time, *diff)));
            cursor.step_key(&storage);
        }
        (found, stored)
    }

    #[test]
    fn a_fork_that_is_gone_is_not_seen_and_then_not_stored() {
        let mut batches = Batches::new(OperatorInfo::new(0, 0, Rc::from([])), None, None);
        batches.insert(span(0, &[(5, 0, 1), (6, 0, 1), (6, 1, -1), (7, 1, 1), (7, 2, 1)]));
        batches.insert(span(1, &[(5, 0, -1), (5, 2, 1), (8, 1, 1)]));
        let at = ForkTime::new;
        forget(&[1]);
        let seen = vec![(5, at(0, 0), 1), (5, at(1, 0), -1), (5, at(1, 2), 1), (6, at(0, 0), 1), (7, at(0, 2), 1)];
        assert_eq!((contents(&mut batches, 2), garbage()), ((seen, 8), 3));
        // The second batch may still be told apart from the first; as of its epoch the base has lost 5.
        let (first, second) = (Antichain::from_elem(at(1, 0)), Antichain::from_elem(at(2, 0)));
        batches.set_logical_compaction(first.borrow());
        batches.set_physical_compaction(second.borrow());
        collect(true);
        batches.exert();
        collect(false);
        let seen = vec![(5, at(1, 2), 1), (6, at(1, 0), 1), (7, at(1, 2), 1)];
        assert_eq!((contents(&mut batches, 2), garbage()), ((seen, 3), 0));
        batches.insert(span(2, &[(9, 0, 1)]));
        assert_eq!(contents(&mut batches, 3).1, 4);
        // With the last fork there is nothing more to be written anew.
        forget(&[2]);
        batches.set_physical_compaction(Antichain::from_elem(at(3, 0)).borrow());
        collect(true);
        batches.exert();
        assert_eq!(batches.forked, 0);
        assert_eq!(contents(&mut batches, 3), (vec![(6, at(1, 0), 1), (9, at(2, 0), 1)], 2));
    }

    #[test]
    fn little_that_is_left_of_a_fork_stays_and_is_counted() {
        let mut batches = Batches::new(OperatorInfo::new(0, 0, Rc::from([])), None, None);
        let base: Vec<(u64, u32, Diff)> = (0..100).map(|word| (word, 0, 1)).collect();
        batches.insert(span(0, &base));
        batches.insert(span(1, &[(5, 3, -1), (7, 3, -1)]));
        forget(&[3]);
        batches.set_physical_compaction(Antichain::from_elem(ForkTime::base(2)).borrow());
        collect(true);
        batches.exert();
        batches.exert();
        collect(false);
        let (found, stored) = contents(&mut batches, 2);
        assert_eq!((found.len(), stored, garbage()), (100, 102, 2));
    }
}
