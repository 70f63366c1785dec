//! Sorting updates into batches.
//!
//! Updates arrive as flat rows of a width known at run time; sorting wants rows of a width known at compile time. So the
//! batcher copies each row, in the column order of its index, into an array of the next size class, and keeps a ladder
//! of sorted runs, each at least twice as long as the next. Cost: O(log n) moves per update.
//!
//! The lower bound that [`Extract::extract`] reports is moved to the base fork. An operator would otherwise hold one
//! capability for every fork with pending updates, and timely's frontiers are quadratic in those. It is sound because all
//! messages are sent at base capabilities (inputs send there, and every operator here keeps to it), so a capability at or
//! below the base time is always held.

use crate::WIDEST;
use crate::batch::{Batch, BatchBuilder};
use crate::time::Time;
use crate::updates::{Diff, Updates, work};
use differential_dataflow::batcher::{Batcher, Extract};
use std::cmp::Ordering;
use std::rc::Rc;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;

/// Rows are gathered to about this many bytes before they are sorted: what fits a second-level cache.
const RUN_BYTES: usize = 1 << 19;

/// Collects updates and carves them out by time, sorted by an index's columns.
pub(crate) struct RowBatcher<T: Time> {
    ladder: Box<dyn Ladder<T>>,
    frontier: Antichain<T>,
}

impl<T: Time> RowBatcher<T> {
    /// Sorts rows by `columns`, the first `key` of which are the key. `columns.len()` is at most [`WIDEST`].
    pub(crate) fn new(columns: &[usize], key: usize) -> Self {
        let columns = columns.to_vec();
        let ladder: Box<dyn Ladder<T>> = match columns.len() {
            0 | 1 => Box::new(Runs::<T, 1>::new(columns, key)),
            2 => Box::new(Runs::<T, 2>::new(columns, key)),
            3 => Box::new(Runs::<T, 3>::new(columns, key)),
            4 => Box::new(Runs::<T, 4>::new(columns, key)),
            5 | 6 => Box::new(Runs::<T, 6>::new(columns, key)),
            7 | 8 => Box::new(Runs::<T, 8>::new(columns, key)),
            9..=12 => Box::new(Runs::<T, 12>::new(columns, key)),
            13..=20 => Box::new(Runs::<T, 20>::new(columns, key)),
            width => {
                assert!(width <= WIDEST, "the engine rejects plans with rows of more than {WIDEST} columns");
                Box::new(Runs::<T, WIDEST>::new(columns, key))
            }
        };
        RowBatcher { ladder, frontier: Antichain::new() }
    }
}

impl<T: Time> Extract for RowBatcher<T> {
    type Time = T;
    type Output = Rc<Batch<T>>;

    fn extract<'a>(&'a mut self, upper: AntichainRef<'_, T>) -> (Option<Rc<Batch<T>>>, AntichainRef<'a, T>) {
        self.frontier.clear();
        let batch = self.ladder.extract(upper, &mut self.frontier);
        (batch.map(Rc::new), self.frontier.borrow())
    }
}

impl<T: Time> Batcher<Updates<T>> for RowBatcher<T> {
    fn insert(&mut self, container: &mut Updates<T>) {
        work(container.len());
        self.ladder.insert(container);
        container.clear();
    }
}

/// What [`RowBatcher`] needs of a sorter, whatever the size class of its rows.
trait Ladder<T: Time> {
    fn insert(&mut self, updates: &Updates<T>);
    /// Takes out what `upper` releases; adds the base times of what stays to `frontier`.
    fn extract(&mut self, upper: AntichainRef<'_, T>, frontier: &mut Antichain<T>) -> Option<Batch<T>>;
}

/// Emptied runs of up to this size are kept, and so many of them.
const SPARE_BYTES: usize = 1 << 22;
const SPARES: usize = 4;

type Update<T, const N: usize> = ([u64; N], T, Diff);

struct Runs<T, const N: usize> {
    columns: Vec<usize>,
    key: usize,
    fresh: Vec<Update<T, N>>,
    runs: Vec<Vec<Update<T, N>>>,
    /// Emptied runs, to be filled again: fresh memory costs as much as sorting does.
    spare: Vec<Vec<Update<T, N>>>,
}

impl<T: Time, const N: usize> Runs<T, N> {
    fn new(columns: Vec<usize>, key: usize) -> Self {
        Runs { columns, key, fresh: Vec::new(), runs: Vec::new(), spare: Vec::new() }
    }

    fn run_length() -> usize {
        RUN_BYTES / size_of::<Update<T, N>>()
    }

    /// Sorts what is fresh into a run, and merges runs until each is at least twice as long as the next.
    fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let room = self.spare(0);
        let mut run = std::mem::replace(&mut self.fresh, room);
        sort_and_consolidate(&mut run);
        self.runs.push(run);
        while let [.., longer, last] = &self.runs[..]
            && last.len() * 2 > longer.len()
        {
            self.merge_last_two();
        }
    }

    fn merge_last_two(&mut self) {
        if let (Some(b), Some(a)) = (self.runs.pop(), self.runs.pop()) {
            let mut merged = self.spare(a.len() + b.len());
            merge(&a, &b, |update| merged.push(update));
            self.runs.push(merged);
            self.release(a);
            self.release(b);
        }
    }

    /// An empty run with room for so many updates.
    fn spare(&mut self, room: usize) -> Vec<Update<T, N>> {
        let fitting = (0..self.spare.len()).filter(|i| self.spare[*i].capacity() >= room);
        match fitting.min_by_key(|i| self.spare[*i].capacity()) {
            Some(place) => self.spare.swap_remove(place),
            None => Vec::with_capacity(room),
        }
    }

    fn release(&mut self, mut run: Vec<Update<T, N>>) {
        run.clear();
        if run.capacity() * size_of::<Update<T, N>>() <= SPARE_BYTES && self.spare.len() < SPARES {
            self.spare.push(run);
        }
    }

    fn build(&self, updates: usize) -> BatchBuilder<T> {
        BatchBuilder::with_capacity(self.key, self.columns.len() - self.key, updates)
    }

    #[inline]
    fn add(builder: &mut BatchBuilder<T>, key: usize, width: usize, (row, time, diff): &Update<T, N>) {
        builder.push(&row[..key], &row[key..width], *time, *diff);
    }
}

impl<T: Time, const N: usize> Ladder<T> for Runs<T, N> {
    fn insert(&mut self, updates: &Updates<T>) {
        let limit = Self::run_length();
        for (row, time, diff) in updates.iter() {
            let mut ordered = [0; N];
            for (to, from) in ordered.iter_mut().zip(&self.columns) {
                *to = row[*from];
            }
            self.fresh.push((ordered, time, diff));
        }
        if self.fresh.len() >= limit {
            self.settle();
        }
    }

    fn extract(&mut self, upper: AntichainRef<'_, T>, frontier: &mut Antichain<T>) -> Option<Batch<T>> {
        // What must stay is usually nothing: one pass tells.
        let kept = |(_, time, _): &Update<T, N>| upper.less_equal(time);
        if self.fresh.iter().any(kept) || self.runs.iter().flatten().any(kept) {
            return self.split(upper, frontier);
        }
        self.settle();
        while self.runs.len() > 2 {
            self.merge_last_two();
        }
        let (key, width) = (self.key, self.columns.len());
        let mut builder = self.build(self.runs.iter().map(Vec::len).sum());
        let (b, a) = (self.runs.pop().unwrap_or_default(), self.runs.pop().unwrap_or_default());
        merge(&a, &b, |update| Self::add(&mut builder, key, width, &update));
        self.release(a);
        self.release(b);
        builder.finish()
    }
}

impl<T: Time, const N: usize> Runs<T, N> {
    fn split(&mut self, upper: AntichainRef<'_, T>, frontier: &mut Antichain<T>) -> Option<Batch<T>> {
        self.settle();
        while self.runs.len() > 1 {
            self.merge_last_two();
        }
        let (key, width) = (self.key, self.columns.len());
        let mut builder = self.build(0);
        let mut kept = self.runs.pop().unwrap_or_default();
        kept.retain(|update| {
            let stays = upper.less_equal(&update.1);
            if stays {
                frontier.insert(update.1.in_base());
            } else {
                Self::add(&mut builder, key, width, update);
            }
            stays
        });
        if !kept.is_empty() {
            self.runs.push(kept);
        }
        builder.finish()
    }
}

fn order<T: Time, const N: usize>(a: &Update<T, N>, b: &Update<T, N>) -> Ordering {
    a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1))
}

fn sort_and_consolidate<T: Time, const N: usize>(run: &mut Vec<Update<T, N>>) {
    run.sort_unstable_by(order);
    let mut kept = 0;
    let mut next = 0;
    while next < run.len() {
        let mut update = run[next];
        next += 1;
        while next < run.len() && order(&run[next], &update) == Ordering::Equal {
            update.2 = add(update.2, run[next].2);
            next += 1;
        }
        if update.2 != 0 {
            run[kept] = update;
            kept += 1;
        }
    }
    run.truncate(kept);
}

/// Merges two sorted runs without duplicates into a sequence without duplicates.
fn merge<T: Time, const N: usize>(a: &[Update<T, N>], b: &[Update<T, N>], mut emit: impl FnMut(Update<T, N>)) {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match order(x, y) {
            Ordering::Less => emit(**x),
            Ordering::Greater => {
                emit(**y);
                b.next();
                continue;
            }
            Ordering::Equal => {
                let diff = add(x.2, y.2);
                if diff != 0 {
                    emit((x.0, x.1, diff));
                }
                b.next();
            }
        }
        a.next();
    }
    a.for_each(|update| emit(*update));
    b.for_each(|update| emit(*update));
}

/// A count beyond 32 bits would mean two thousand million derivations of one tuple: better to stop than to be wrong.
#[inline]
pub(crate) fn add(a: Diff, b: Diff) -> Diff {
    a.checked_add(b).expect("a tuple has more derivations than 32 bits can count")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ForkTime;
    use differential_dataflow::trace::{Cursor, Navigable};

    fn contents(batch: &Batch<ForkTime>) -> Vec<(Vec<u64>, Vec<u64>, ForkTime, Diff)> {
        let mut cursor = batch.cursor();
        let mut found = Vec::new();
        while let Some(key) = cursor.get_key(batch) {
            while let Some(value) = cursor.get_val(batch) {
                cursor.map_times(batch, |time, diff| found.push((key.0.to_vec(), value.0.to_vec(), *time, *diff)));
                cursor.step_val(batch);
            }
            cursor.step_key(batch);
        }
        found
    }

    #[test]
    fn updates_come_out_sorted_by_the_index_and_consolidated() {
        let mut batcher = RowBatcher::new(&[1, 0], 1);
        let mut updates = Updates::new(2);
        for (a, b, diff) in [(1, 9, 1), (2, 8, 1), (1, 9, 1), (3, 8, 1), (3, 8, -1)] {
            updates.push(&[a, b], ForkTime::base(0), diff);
        }
        batcher.insert(&mut updates);
        let upper = Antichain::from_elem(ForkTime::base(1));
        let (batch, left) = batcher.extract(upper.borrow());
        assert!(left.is_empty());
        let at = ForkTime::base(0);
        assert_eq!(
            contents(&batch.expect("updates were released")),
            [(vec![8], vec![2], at, 1), (vec![9], vec![1], at, 2)]
        );
    }

    #[test]
    fn later_updates_stay_and_are_reported_at_their_base_time() {
        let mut batcher = RowBatcher::new(&[0], 1);
        let mut updates = Updates::new(1);
        updates.push(&[7], ForkTime::new(0, 3), 1);
        updates.push(&[8], ForkTime::new(1, 3), 1);
        batcher.insert(&mut updates);
        let (batch, left) = batcher.extract(Antichain::from_elem(ForkTime::base(1)).borrow());
        assert_eq!(left.to_vec(), [ForkTime::base(1)]);
        assert_eq!(contents(&batch.expect("updates were released")), [(vec![7], vec![], ForkTime::new(0, 3), 1)]);
        let (batch, _) = batcher.extract(Antichain::new().borrow());
        assert_eq!(contents(&batch.expect("updates were released")), [(vec![8], vec![], ForkTime::new(1, 3), 1)]);
    }

    #[test]
    fn many_runs_merge_into_one_sorted_batch() {
        let mut batcher = RowBatcher::new(&[0], 1);
        let count = 3 * RUN_BYTES as u64 / size_of::<Update<ForkTime, 1>>() as u64;
        for i in 0..count {
            let mut updates = Updates::new(1);
            updates.push(&[(i * 7919) % count], ForkTime::base(0), 1);
            batcher.insert(&mut updates);
        }
        let (batch, _) = batcher.extract(Antichain::new().borrow());
        let rows: Vec<u64> = contents(&batch.expect("updates were released")).iter().map(|(key, ..)| key[0]).collect();
        assert!(rows.is_sorted());
        assert_eq!(rows.len() as u64, count);
    }
}
