//! Updates in flight: rows of one width with their times and differences, column-free and flat.
//!
//! All containers between operators are of this one type, whatever the width of the rows, so that each operator is
//! compiled once a time type and not once a width. The width is a number at run time; the typed, fast loops over rows of
//! a fixed width are confined to the sorting inside [`crate::batcher`].

use crate::time::Time;
use differential_dataflow::collection::containers::{Enter, Leave, Negate, ResultsIn};
use std::cell::Cell;
use std::collections::VecDeque;
use timely::communication::Push;
use timely::container::{Accountable, ContainerBuilder, LengthPreservingContainerBuilder};
use timely::dataflow::channels::pushers::exchange::Distributor;
use timely::dataflow::channels::{ContainerBytes, Message};
use timely::progress::timestamp::Refines;
use timely::progress::{PathSummary, Stamp, Timestamp};

/// The difference of an update: by how much a row's multiplicity changes.
pub type Diff = i32;

thread_local! {
    /// How many rows the operators of this worker have produced: the measure of what a change touches.
    static PRODUCED: Cell<u64> = const { Cell::new(0) };
    /// How many updates its arrangements and reductions have taken in hand: the measure of what that costs.
    static WORK: Cell<u64> = const { Cell::new(0) };
}

/// The rows produced on this thread since the last call.
pub fn take_produced() -> u64 {
    PRODUCED.take()
}

/// What the arrangements and reductions on this thread have done since it began: updates sorted, and updates read again
/// to reduce them. Much the same on every machine, and a fifth of a microsecond each, more or less.
pub fn worked() -> u64 {
    WORK.get()
}

/// So many updates were taken in hand.
#[inline]
pub(crate) fn work(updates: usize) {
    WORK.set(WORK.get() + updates as u64);
}

/// How many rows a container holds before it is sent.
const CAPACITY: usize = 1024;

/// Rows of `width` words each, with their times and differences.
#[derive(Clone, Debug)]
pub struct Updates<T> {
    pub(crate) width: usize,
    pub(crate) words: Vec<u64>,
    pub(crate) times: Vec<T>,
    pub(crate) diffs: Vec<Diff>,
}

impl<T> Default for Updates<T> {
    fn default() -> Self {
        Updates { width: 0, words: Vec::new(), times: Vec::new(), diffs: Vec::new() }
    }
}

impl<T: Copy> Updates<T> {
    /// An empty container for rows of some width.
    pub fn new(width: usize) -> Self {
        Updates { width, ..Self::default() }
    }

    /// How many rows.
    #[inline]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// A row by its place.
    #[inline]
    pub fn row(&self, index: usize) -> &[u64] {
        &self.words[index * self.width..(index + 1) * self.width]
    }

    /// Appends a row; the first one decides the width.
    #[inline]
    pub fn push(&mut self, row: &[u64], time: T, diff: Diff) {
        self.width = row.len();
        self.words.extend_from_slice(row);
        self.times.push(time);
        self.diffs.push(diff);
    }

    /// All rows with their times and differences.
    pub fn iter(&self) -> impl Iterator<Item = (&[u64], T, Diff)> {
        (0..self.len()).map(|i| (self.row(i), self.times[i], self.diffs[i]))
    }

    /// The words of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Cuts into so many shares, row by row.
    pub fn shares(self, count: usize) -> Vec<Updates<T>> {
        if count == 1 {
            return vec![self];
        }
        let mut shares: Vec<Updates<T>> = (0..count).map(|_| Updates::new(self.width)).collect();
        for (place, (row, time, diff)) in self.iter().enumerate() {
            shares[place % count].push(row, time, diff);
        }
        shares
    }

    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.times.clear();
        self.diffs.clear();
    }

    fn with_times<T2>(self, mut map: impl FnMut(T) -> T2) -> Updates<T2> {
        Updates {
            width: self.width,
            words: self.words,
            times: self.times.into_iter().map(&mut map).collect(),
            diffs: self.diffs,
        }
    }
}

impl<T> Accountable for Updates<T> {
    #[inline]
    fn record_count(&self) -> i64 {
        self.times.len() as i64
    }
}

impl<T: Copy> Negate for Updates<T> {
    fn negate(mut self) -> Self {
        for diff in &mut self.diffs {
            *diff = -*diff;
        }
        self
    }
}

impl<T1: Timestamp + Copy, T2: Refines<T1>> Enter<T1, T2> for Updates<T1> {
    type InnerContainer = Updates<T2>;
    fn enter(self) -> Updates<T2> {
        self.with_times(T2::to_inner)
    }
}

impl<T1: Refines<T2> + Copy, T2: Timestamp> Leave<T1, T2> for Updates<T1> {
    type OuterContainer = Updates<T2>;
    fn leave(self) -> Updates<T2> {
        self.with_times(T1::to_outer)
    }
}

impl<T: Timestamp + Copy> ResultsIn<T::Summary> for Updates<T> {
    fn results_in(mut self, step: &T::Summary) -> Self {
        if self.times.iter_mut().all(|time| step.results_in(time).map(|next| *time = next).is_some()) {
            return self;
        }
        // A round past the last one there is: such updates would be dropped, one by one.
        let mut kept = Updates::new(self.width);
        for (row, time, diff) in self.iter() {
            if let Some(time) = step.results_in(&time) {
                kept.push(row, time, diff);
            }
        }
        kept
    }
}

/// Little-endian words: width, count, then rows, times, differences.
impl<T: Time> ContainerBytes for Updates<T> {
    fn from_bytes(bytes: timely::bytes::arc::Bytes) -> Self {
        let mut words = bytes.chunks_exact(8).map(|c| u64::from_le_bytes(c.try_into().unwrap_or_default()));
        let mut next = || words.next().unwrap_or_default();
        let (width, count) = (next() as usize, next() as usize);
        let mut updates = Updates::new(width);
        updates.words.extend((0..width * count).map(|_| next()));
        for _ in 0..count {
            updates.times.push(T::from_words([next(), next()]));
            updates.diffs.push(next() as Diff);
        }
        updates
    }

    fn length_in_bytes(&self) -> usize {
        8 * (2 + self.words.len() + 3 * self.len())
    }

    fn into_bytes<W: std::io::Write>(&self, writer: &mut W) {
        let mut put = |word: u64| writer.write_all(&word.to_le_bytes()).expect("timely's buffers have room");
        put(self.width as u64);
        put(self.len() as u64);
        self.words.iter().for_each(|word| put(*word));
        for (time, diff) in self.times.iter().zip(&self.diffs) {
            time.to_words().into_iter().for_each(&mut put);
            put(*diff as u64);
        }
    }
}

/// Gathers rows into containers of a good size to send.
#[derive(Debug)]
pub struct UpdatesBuilder<T> {
    current: Updates<T>,
    ready: VecDeque<Updates<T>>,
    lent: Option<Updates<T>>,
}

impl<T> Default for UpdatesBuilder<T> {
    fn default() -> Self {
        UpdatesBuilder { current: Updates::default(), ready: VecDeque::new(), lent: None }
    }
}

impl<T: Copy> UpdatesBuilder<T> {
    /// Appends a row.
    #[inline]
    pub fn push(&mut self, row: &[u64], time: T, diff: Diff) {
        if self.current.times.capacity() == 0 {
            self.reserve(row.len());
        }
        self.current.push(row, time, diff);
        if self.current.len() >= CAPACITY {
            self.ship();
        }
    }

    fn ship(&mut self) {
        PRODUCED.set(PRODUCED.get() + self.current.len() as u64);
        self.ready.push_back(std::mem::take(&mut self.current));
    }

    fn reserve(&mut self, width: usize) {
        self.current = self.lent.take().unwrap_or_default();
        self.current.clear();
        self.current.words.reserve(width * CAPACITY);
        self.current.times.reserve(CAPACITY);
        self.current.diffs.reserve(CAPACITY);
    }
}

impl<T: Copy + 'static> ContainerBuilder for UpdatesBuilder<T> {
    type Container = Updates<T>;

    fn extract(&mut self) -> Option<&mut Updates<T>> {
        self.lent = Some(self.ready.pop_front()?);
        self.lent.as_mut()
    }

    fn finish(&mut self) -> Option<&mut Updates<T>> {
        if !self.current.is_empty() {
            self.ship();
        }
        self.extract()
    }
}

impl<T: Copy + 'static> LengthPreservingContainerBuilder for UpdatesBuilder<T> {}

/// Sends each row to the worker that owns its key.
pub(crate) struct ByKey<T> {
    columns: Vec<usize>,
    builders: Vec<UpdatesBuilder<T>>,
}

impl<T> ByKey<T> {
    pub(crate) fn new(columns: Vec<usize>, peers: usize) -> Self {
        ByKey { columns, builders: (0..peers).map(|_| UpdatesBuilder::default()).collect() }
    }
}

impl<T: Copy + 'static> Distributor<Updates<T>> for ByKey<T> {
    fn partition<S: Clone, P: Push<Message<S, Updates<T>>>>(
        &mut self,
        container: &mut Updates<T>,
        stamp: &Stamp<S>,
        pushers: &mut [P],
    ) {
        for (row, time, diff) in container.iter() {
            let to = (hash(self.columns.iter().map(|c| row[*c])) % pushers.len() as u64) as usize;
            self.builders[to].push(row, time, diff);
            while let Some(full) = self.builders[to].extract() {
                Message::push_at(full, stamp.clone(), &mut pushers[to]);
            }
        }
        container.clear();
    }

    fn flush<S: Clone, P: Push<Message<S, Updates<T>>>>(&mut self, stamp: &Stamp<S>, pushers: &mut [P]) {
        for (builder, pusher) in self.builders.iter_mut().zip(pushers) {
            while let Some(rest) = builder.finish() {
                Message::push_at(rest, stamp.clone(), pusher);
            }
        }
    }
}

/// The hash that decides which worker owns a key: the same in every process.
#[inline]
pub fn hash(words: impl Iterator<Item = u64>) -> u64 {
    let mixed = words.fold(0u64, |h, w| (h.rotate_left(5) ^ w).wrapping_mul(0x517c_c1b7_2722_0a95));
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ForkTime;

    #[test]
    fn updates_survive_the_way_through_bytes() {
        let mut updates = Updates::new(2);
        updates.push(&[1, u64::MAX], ForkTime::new(3, 4), -1);
        updates.push(&[5, 6], ForkTime::base(9), 7);
        let mut bytes = Vec::new();
        updates.into_bytes(&mut bytes);
        assert_eq!(bytes.len(), updates.length_in_bytes());
        let bytes = timely::bytes::arc::BytesMut::from(bytes).freeze();
        let back = Updates::<ForkTime>::from_bytes(bytes);
        assert_eq!(back.iter().collect::<Vec<_>>(), updates.iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_builder_gives_back_every_row_once() {
        let mut builder = UpdatesBuilder::default();
        for i in 0..2500u64 {
            builder.push(&[i], ForkTime::default(), 1);
        }
        let mut seen = Vec::new();
        while let Some(container) = builder.finish() {
            seen.extend(container.words.iter().copied());
        }
        assert_eq!(seen, (0..2500).collect::<Vec<_>>());
    }
}
