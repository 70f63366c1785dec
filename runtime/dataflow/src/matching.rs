//! Matching: the pairs that a join makes of the rows with one key, piece by piece.
//!
//! Differential's own tactic makes all pairs of a key before anybody else may work. Two thousand rows, three times over and
//! without a column in common, are eight milliard pairs in one go: nobody could stop that, and they would all be in memory
//! at once. Here a key with many updates is taken a piece at a time, one of the left side against one of the right, and
//! whoever asks for pairs may stop asking after each. Within a piece pairs are made as there: all of them where one side
//! has few updates, else in the order of their times, so that what has become one is met once. Splitting a key by its
//! values changes nothing, since a join is linear in each side.
//!
//! Cost: the pairs, and one look at the right side for each piece of the left.

use crate::flat::Words;
use crate::operators::Pairing;
use crate::time::{TOP, Time};
use crate::updates::{Diff, Updates, UpdatesBuilder};
use differential_dataflow::consolidation::consolidate_from;
use differential_dataflow::operators::ValueHistory;
use differential_dataflow::operators::join::{Fresh, JoinTactic};
use differential_dataflow::trace::cursor::{CursorList, cursor_list};
use differential_dataflow::trace::{Cursor, Navigable};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::rc::Rc;
use timely::container::ContainerBuilder;

/// How many updates of a key a side has in a piece, and its last value's more. The square of it is how many pairs are made
/// before others may work: some ten milliseconds.
const PIECE: usize = if cfg!(test) { 12 } else { 1024 };

/// Where one side has fewer updates, all pairs are made without a look at their times.
const FEW: usize = 10;

/// Makes the pairs of a join.
pub(crate) struct Matching<T> {
    emit: Rc<RefCell<Pairing<T>>>,
}

impl<T> Matching<T> {
    /// Each pair is given to `emit`.
    pub(crate) fn new(emit: Pairing<T>) -> Self {
        Matching { emit: Rc::new(RefCell::new(emit)) }
    }
}

impl<T, L, R> JoinTactic<T, L, R, Updates<T>> for Matching<T>
where
    T: Time,
    L: Navigable + 'static,
    R: Navigable + 'static,
    L::Cursor: Cursor<Time = T, Diff = Diff> + for<'a> Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
    R::Cursor: Cursor<Time = T, Diff = Diff> + for<'a> Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
{
    fn prep(&mut self, left: Vec<L>, right: Vec<R>, fresh: Fresh, meet: T) -> Box<dyn Iterator<Item = Updates<T>>> {
        // What was there before is as of the time of what is new, so there is less of it.
        let (left_since, right_since) = match fresh {
            Fresh::Input0 => (None, Some(meet)),
            Fresh::Input1 => (Some(meet), None),
        };
        Box::new(Unit {
            left: Reader::new(left, left_since),
            right: Reader::new(right, right_since),
            emit: self.emit.clone(),
            builder: UpdatesBuilder::default(),
            ready: VecDeque::new(),
            held: None,
            is_done: false,
        })
    }
}

/// A side of a unit.
struct Reader<C: Cursor> {
    cursor: C,
    storage: C::Storage,
    since: Option<C::Time>,
}

impl<C: Cursor> Reader<CursorList<C>> {
    fn new<B: Navigable<Cursor = C>>(batches: Vec<B>, since: Option<C::Time>) -> Self
    where
        C: Cursor<Storage = B>,
    {
        let (cursor, storage) = cursor_list(batches);
        Reader { cursor, storage, since }
    }
}

/// Values with their updates.
struct Edits<'a, T> {
    /// Each value, and where its updates end.
    values: Vec<(Words<'a>, usize)>,
    edits: Vec<(T, Diff)>,
}

impl<'a, T: Time> Edits<'a, T> {
    fn new() -> Self {
        Edits { values: Vec::new(), edits: Vec::new() }
    }

    /// Reads on within the key at which the cursor is, until there are enough; whether there are more.
    fn read<C>(&mut self, cursor: &mut C, storage: &'a C::Storage, since: Option<&T>) -> bool
    where
        C: Cursor<Time = T, Diff = Diff> + for<'b> Cursor<Val<'b> = Words<'b>>,
    {
        self.values.clear();
        self.edits.clear();
        while let Some(value) = cursor.get_val(storage) {
            let start = self.edits.len();
            if start >= PIECE {
                return true;
            }
            cursor.map_times(storage, |time, diff| {
                let mut time = C::owned_time(time);
                if let Some(since) = since {
                    time.join_assign(since);
                }
                self.edits.push((time, C::owned_diff(diff)));
            });
            consolidate_from(&mut self.edits, start);
            if self.edits.len() > start {
                self.values.push((value, self.edits.len()));
            }
            cursor.step_val(storage);
        }
        false
    }

    #[inline]
    fn each(&self, mut each: impl FnMut(Words<'a>, T, Diff)) {
        let mut start = 0;
        for (value, end) in &self.values {
            for (time, diff) in &self.edits[start..*end] {
                each(*value, *time, *diff);
            }
            start = *end;
        }
    }

    /// The same in the order of their times.
    fn history(&self) -> ValueHistory<Words<'a>, T, Diff> {
        let mut all = Vec::with_capacity(self.edits.len());
        self.each(|value, time, diff| all.push((value, time, diff)));
        let mut history = ValueHistory::new();
        history.load_iter(all.into_iter(), None);
        history
    }
}

/// A piece of the left side that is kept while the right side is gone through.
struct Held<T> {
    words: Vec<u64>,
    /// Where each value ends, and its updates.
    ends: Vec<(usize, usize)>,
    edits: Vec<(T, Diff)>,
}

impl<T: Time> Held<T> {
    fn of(piece: &Edits<'_, T>) -> Self {
        let mut held = Held { words: Vec::new(), ends: Vec::new(), edits: piece.edits.clone() };
        for (value, end) in &piece.values {
            held.words.extend_from_slice(value.0);
            held.ends.push((held.words.len(), *end));
        }
        held
    }

    fn edits(&self) -> Edits<'_, T> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let values = starts.zip(&self.ends).map(|(start, (end, edits))| (Words(&self.words[start..*end]), *edits));
        Edits { values: values.collect(), edits: self.edits.clone() }
    }
}

/// Gives every pair of two pieces to `found`.
fn pair<T: Time>(
    left: &Edits<'_, T>,
    right: &Edits<'_, T>,
    mut found: impl FnMut(Words<'_>, Words<'_>, T, Diff, Diff),
) {
    if left.edits.len() < FEW || right.edits.len() < FEW {
        left.each(|a, time, da| right.each(|b, other, db| found(a, b, time.join(&other), da, db)));
        return;
    }
    let (mut left, mut right) = (left.history(), right.history());
    loop {
        let left_first = match (left.time(), right.time()) {
            (None, None) => break,
            (Some(time), Some(other)) => time < other,
            (time, _) => time.is_some(),
        };
        if left_first {
            if let (Some(meet), Some((a, time, da))) = (left.meet(), left.edit()) {
                right.advance_buffer_by(meet);
                right.buffer().iter().for_each(|((b, other), db)| found(a, *b, time.join(other), *da, *db));
            }
            left.step();
        } else {
            if let (Some(meet), Some((b, time, db))) = (right.meet(), right.edit()) {
                left.advance_buffer_by(meet);
                left.buffer().iter().for_each(|((a, other), da)| found(*a, b, time.join(other), *da, *db));
            }
            right.step();
        }
    }
}

/// Two lists of batches to be joined, one of which has come just now.
struct Unit<T, L: Cursor, R: Cursor> {
    left: Reader<L>,
    right: Reader<R>,
    emit: Rc<RefCell<Pairing<T>>>,
    builder: UpdatesBuilder<T>,
    ready: VecDeque<Updates<T>>,
    /// In the midst of a key: a piece of the left side, for what the right side has yet to read.
    held: Option<Held<T>>,
    is_done: bool,
}

impl<T, L, R> Iterator for Unit<T, L, R>
where
    T: Time,
    L: Cursor<Time = T, Diff = Diff> + for<'a> Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
    R: Cursor<Time = T, Diff = Diff> + for<'a> Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
{
    type Item = Updates<T>;

    /// Goes on until a container is full.
    fn next(&mut self) -> Option<Updates<T>> {
        if !self.ready.is_empty() || self.is_done {
            return self.ready.pop_front();
        }
        let Unit { left, right, emit, builder, ready, held, is_done } = self;
        let Reader { cursor: left, storage: lefts, since: left_since } = left;
        let Reader { cursor: right, storage: rights, since: right_since } = right;
        let (mut piece, mut other) = (Edits::new(), Edits::new());
        let emit = &mut *emit.borrow_mut();
        while ready.is_empty() {
            let (Some(key), Some(right_key)) = (left.get_key(lefts), right.get_key(rights)) else {
                *is_done = true;
                while let Some(rest) = builder.finish() {
                    ready.push_back(std::mem::take(rest));
                }
                break;
            };
            match key.cmp(&right_key) {
                Ordering::Less => left.seek_key(lefts, right_key),
                Ordering::Greater => right.seek_key(rights, key),
                Ordering::Equal => {
                    let found = |a: Words<'_>, b: Words<'_>, time: T, da: Diff, db: Diff| {
                        if time.fork() != TOP {
                            let diff = da.checked_mul(db);
                            let diff = diff.expect("a tuple has more derivations than 32 bits can count");
                            emit(key.0, a.0, b.0, time, diff, builder);
                        }
                    };
                    let mut is_over = true;
                    if let Some(first) = held.take() {
                        let has_more = other.read(right, rights, right_since.as_ref());
                        pair(&first.edits(), &other, found);
                        if has_more {
                            *held = Some(first);
                        } else {
                            right.rewind_vals(rights);
                            piece.read(left, lefts, left_since.as_ref());
                            *held = (!piece.values.is_empty()).then(|| Held::of(&piece));
                        }
                        is_over = held.is_none();
                    } else {
                        let has_more = piece.read(left, lefts, left_since.as_ref());
                        if other.read(right, rights, right_since.as_ref()) || has_more {
                            right.rewind_vals(rights);
                            *held = Some(Held::of(&piece));
                            is_over = false;
                        } else {
                            pair(&piece, &other, found);
                        }
                    }
                    if is_over {
                        left.step_key(lefts);
                        right.step_key(rights);
                    }
                    while let Some(full) = builder.extract() {
                        ready.push_back(std::mem::take(full));
                    }
                }
            }
        }
        ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::{Operators, join};
    use crate::time::ForkTime;
    use crate::updates::hash;
    use differential_dataflow::Collection;
    use std::collections::BTreeMap;
    use timely::PartialOrder;
    use timely::dataflow::operators::ActivateCapability;
    use timely::dataflow::operators::core::UnorderedInput;

    /// Rows of a key and a value, at their times.
    type Given = Vec<([u64; 2], ForkTime, Diff)>;

    /// Joins what is given, epoch by epoch, by the first column. What came of it, and how many pairs there were
    /// after each step.
    fn joined(given: [Given; 2]) -> (Given, Vec<usize>) {
        timely::execute_directly(move |worker| {
            let seen: Rc<RefCell<Given>> = Rc::default();
            let sink = seen.clone();
            let mut inputs = worker.dataflow::<ForkTime, _, _>(|scope| {
                let (left, rows) = scope.new_unordered_input::<UpdatesBuilder<ForkTime>>();
                let (right, others) = scope.new_unordered_input::<UpdatesBuilder<ForkTime>>();
                let arrange = |rows| ForkTime::arrange(Collection::new(rows), &[0, 1], 1, "side");
                let emit: Pairing<ForkTime> = Box::new(move |_, a, b, time, diff, out| {
                    sink.borrow_mut().push(([a[0], b[0]], time, diff));
                    out.push(&[a[0], b[0]], time, diff);
                });
                join(arrange(rows), arrange(others), "join", emit);
                [left, right]
            });
            let mut steps = Vec::new();
            for epoch in 0..EPOCHS {
                for ((handle, capability), given) in inputs.iter_mut().zip(&given) {
                    let mut updates = Updates::new(2);
                    for (row, time, diff) in given.iter().filter(|(_, time, _)| time.epoch == epoch) {
                        updates.push(row, *time, *diff);
                    }
                    handle.activate().session_with_builder(&*capability).give_container(&mut updates);
                    let next: ActivateCapability<ForkTime> = capability.delayed(&ForkTime::base(epoch + 1));
                    *capability = next;
                }
                for _ in 0..40 {
                    worker.step();
                    steps.push(seen.borrow().len());
                }
            }
            drop(inputs);
            while worker.step() {}
            (seen.take(), steps)
        })
    }

    const EPOCHS: u32 = 3;
    const FORKS: u32 = 3;

    /// Updates that look random, and are the same every time.
    fn random(seed: u64, count: u64) -> Given {
        let draw = |i: u64, what: u64, below: u64| hash([seed, i, what].into_iter()) % below;
        let update = |i| {
            let time = ForkTime::new(draw(i, 0, EPOCHS.into()) as u32, draw(i, 1, FORKS.into()) as u32);
            ([draw(i, 2, 3), draw(i, 3, 40)], time, [1, 1, 2, -1][draw(i, 4, 4) as usize])
        };
        (0..count).map(update).collect()
    }

    /// Rows and their counts at a time.
    fn at(given: &Given, time: ForkTime) -> BTreeMap<[u64; 2], Diff> {
        let mut rows = BTreeMap::new();
        for (row, _, diff) in given.iter().filter(|(_, at, _)| at.less_equal(&time)) {
            *rows.entry(*row).or_default() += diff;
        }
        rows.retain(|_, count| *count != 0);
        rows
    }

    #[test]
    fn pieces_of_a_key_make_the_pairs_that_the_key_makes() {
        for (seed, left, right) in [(1, 300, 300), (2, 900, 30), (3, 20, 700), (4, 60, 5), (5, 12, 36)] {
            let given = [random(seed, left), random(seed + 100, right)];
            let (found, _) = joined(given.clone());
            for (epoch, fork) in (0..EPOCHS).flat_map(|epoch| (0..FORKS).map(move |fork| (epoch, fork))) {
                let time = ForkTime::new(epoch, fork);
                let mut expected: BTreeMap<[u64; 2], Diff> = BTreeMap::new();
                for ([key, a], da) in at(&given[0], time) {
                    for ([_, b], db) in
                        at(&given[1], time).range([key, 0]..[key + 1, 0]).map(|(row, diff)| (*row, *diff))
                    {
                        *expected.entry([a, b]).or_default() += da * db;
                    }
                }
                expected.retain(|_, count| *count != 0);
                assert_eq!(at(&found, time), expected, "seed {seed}, {time:?}");
            }
        }
    }

    #[test]
    fn a_key_with_many_rows_lets_others_work_in_between() {
        let rows = |count| (0..count).map(|value| ([0, value], ForkTime::base(0), 1)).collect();
        let (found, steps) = joined([rows(1300), rows(1100)]);
        assert_eq!(found.len(), 1300 * 1100);
        let longest = steps.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(longest < Some(1_100_000), "{longest:?} pairs in one step");
    }
}
