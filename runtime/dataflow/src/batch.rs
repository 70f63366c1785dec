//! Batches: the stored form of an arrangement.
//!
//! One layout for all: keys and values flat, 32-bit differences. A set arranged by all its columns has values of no words.
//! Cursors pass over updates of forks that are gone ([`crate::gone`]).

use crate::flat::{Flat, Offsets, Words};
use crate::gone::{count, is_gone};
use crate::time::{BASE, Time};
use crate::trace::Batches;
use crate::updates::Diff;
use differential_dataflow::difference::Semigroup;
use differential_dataflow::operators::arrange::TraceAgent;
use differential_dataflow::trace::implementations::BatchContainer;
use differential_dataflow::trace::implementations::ord_neu::layers::UpdsBuilder;
use differential_dataflow::trace::implementations::ord_neu::val_batch::{
    OrdValBatch, OrdValCursor, OrdValMerger, OrdValStorage,
};
use differential_dataflow::trace::implementations::ord_neu::{Upds, Vals};
use differential_dataflow::trace::implementations::spine_fueled::{Merger, SpineBatch};
use differential_dataflow::trace::{Builder, Cursor, Navigable};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;
use timely::progress::frontier::AntichainRef;

/// What updates add up: by how much a row's multiplicity changes, or more.
pub trait Weight: Semigroup + Ord + Copy + 'static {}
impl Weight for Diff {}

/// How updates are laid out.
pub(crate) type Layout<T, R> = (Flat, Flat, Vec<T>, Vec<R>, Offsets);
/// A shared handle to an arrangement.
pub type Agent<T> = TraceAgent<Batches<T>>;

/// An immutable run of updates.
pub struct Batch<T: Time, R: Weight = Diff> {
    stored: OrdValBatch<Layout<T, R>>,
    forked: usize,
}

impl<T: Time, R: Weight> Batch<T, R> {
    /// How many updates of forks there are in it, at most.
    pub(crate) fn forked(&self) -> usize {
        self.forked
    }
}

impl<T: Time, R: Weight> Deref for Batch<T, R> {
    type Target = OrdValBatch<Layout<T, R>>;
    fn deref(&self) -> &Self::Target {
        &self.stored
    }
}

impl<T: Time, R: Weight> SpineBatch for Batch<T, R> {
    type Time = T;
    type Merger = Merging<T, R>;
    fn len(&self) -> usize {
        self.stored.updates
    }
}

/// Two batches that become one.
pub struct Merging<T: Time, R: Weight> {
    merger: OrdValMerger<Layout<T, R>>,
    forked: usize,
}

impl<T: Time, R: Weight> Merger<Batch<T, R>> for Merging<T, R> {
    fn new(a: &Batch<T, R>, b: &Batch<T, R>, since: AntichainRef<'_, T>) -> Self {
        Merging { merger: OrdValMerger::new(&a.stored, &b.stored, since), forked: a.forked + b.forked }
    }
    fn work(&mut self, a: &Batch<T, R>, b: &Batch<T, R>, fuel: &mut isize) {
        self.merger.work(&a.stored, &b.stored, fuel);
    }
    fn done(self) -> Option<Batch<T, R>> {
        let forked = self.forked;
        self.merger.done().map(|stored| Batch { stored, forked })
    }
}

impl<T: Time, R: Weight> Navigable for Batch<T, R> {
    type Cursor = Seen<T, R>;
    fn cursor(&self) -> Seen<T, R> {
        Seen { all: self.stored.cursor() }
    }
}

/// A cursor over the updates of a batch but those of forks that are gone.
pub struct Seen<T: Time, R: Weight> {
    all: OrdValCursor<Layout<T, R>>,
}

impl<T: Time, R: Weight> Cursor for Seen<T, R> {
    type Storage = Batch<T, R>;
    type Key<'a> = Words<'a>;
    type ValOwn = Vec<u64>;
    type Val<'a> = Words<'a>;
    type Time = T;
    type TimeGat<'a> = &'a T;
    type Diff = R;
    type DiffGat<'a> = &'a R;
    type KeyContainer = Flat;
    type ValContainer = Flat;
    type TimeContainer = Vec<T>;
    type DiffContainer = Vec<R>;

    #[inline]
    fn key_valid(&self, batch: &Batch<T, R>) -> bool {
        self.all.key_valid(&batch.stored)
    }
    #[inline]
    fn val_valid(&self, batch: &Batch<T, R>) -> bool {
        self.all.val_valid(&batch.stored)
    }
    #[inline]
    fn key<'a>(&self, batch: &'a Batch<T, R>) -> Words<'a> {
        self.all.key(&batch.stored)
    }
    #[inline]
    fn val<'a>(&self, batch: &'a Batch<T, R>) -> Words<'a> {
        self.all.val(&batch.stored)
    }
    #[inline]
    fn get_key<'a>(&self, batch: &'a Batch<T, R>) -> Option<Words<'a>> {
        self.all.get_key(&batch.stored)
    }
    #[inline]
    fn get_val<'a>(&self, batch: &'a Batch<T, R>) -> Option<Words<'a>> {
        self.all.get_val(&batch.stored)
    }
    #[inline]
    fn map_times<L: FnMut(&T, &R)>(&mut self, batch: &Batch<T, R>, mut logic: L) {
        self.all.map_times(&batch.stored, |time, diff| {
            if !is_gone(time.fork()) {
                logic(time, diff);
            }
        });
    }
    #[inline]
    fn step_key(&mut self, batch: &Batch<T, R>) {
        self.all.step_key(&batch.stored);
    }
    #[inline]
    fn seek_key(&mut self, batch: &Batch<T, R>, key: Words<'_>) {
        self.all.seek_key(&batch.stored, key);
    }
    #[inline]
    fn step_val(&mut self, batch: &Batch<T, R>) {
        self.all.step_val(&batch.stored);
    }
    #[inline]
    fn seek_val(&mut self, batch: &Batch<T, R>, value: Words<'_>) {
        self.all.seek_val(&batch.stored, value);
    }
    #[inline]
    fn rewind_keys(&mut self, batch: &Batch<T, R>) {
        self.all.rewind_keys(&batch.stored);
    }
    #[inline]
    fn rewind_vals(&mut self, batch: &Batch<T, R>) {
        self.all.rewind_vals(&batch.stored);
    }
}

/// Builds a batch from updates in the order of key, value and time.
pub(crate) struct BatchBuilder<T: Time, R: Weight = Diff> {
    storage: OrdValStorage<Layout<T, R>>,
    staging: UpdsBuilder<Vec<T>, Vec<R>>,
    forked: usize,
    /// Whether what it is given was counted when it was first stored.
    again: bool,
}

impl<T: Time, R: Weight> BatchBuilder<T, R> {
    /// A builder that has room for so many updates with keys and values of these widths.
    pub(crate) fn with_capacity(key: usize, value: usize, updates: usize) -> Self {
        BatchBuilder {
            storage: OrdValStorage {
                keys: if value == 0 { Flat::with_stride(key, updates) } else { Flat::with_stride(key, 0) },
                vals: Vals { offs: offsets(), vals: Flat::with_stride(value, updates) },
                upds: Upds { offs: offsets(), times: Vec::new(), diffs: Vec::new() },
            },
            staging: UpdsBuilder::default(),
            forked: 0,
            again: false,
        }
    }

    /// A builder for what has been stored before.
    pub(crate) fn again(key: usize, value: usize) -> Self {
        BatchBuilder { again: true, ..BatchBuilder::with_capacity(key, value, 0) }
    }

    /// Appends an update. Updates of one key and value must follow each other.
    #[inline]
    pub(crate) fn push(&mut self, key: &[u64], value: &[u64], time: T, diff: R) {
        if time.fork() != BASE {
            self.forked += 1;
            if !self.again {
                count(time.fork());
            }
        }
        let same_key = self.storage.keys.last() == Some(Words(key));
        if same_key && self.storage.vals.vals.last() == Some(Words(value)) {
            self.staging.push(time, diff);
            return;
        }
        if !self.storage.keys.is_empty() {
            self.staging.seal(&mut self.storage.upds);
        }
        self.staging.push(time, diff);
        if !same_key {
            if !self.storage.keys.is_empty() {
                self.storage.vals.offs.push(self.storage.vals.vals.len());
            }
            self.storage.keys.push(key);
        }
        self.storage.vals.vals.push(value);
    }

    /// The batch; none if there was no update.
    pub(crate) fn finish(mut self) -> Option<Batch<T, R>> {
        if self.storage.keys.is_empty() {
            return None;
        }
        self.staging.seal(&mut self.storage.upds);
        self.storage.vals.offs.push(self.storage.vals.vals.len());
        self.storage.keys.shrink();
        self.storage.vals.vals.shrink();
        let stored = OrdValBatch { updates: self.staging.total(), storage: self.storage };
        Some(Batch { stored, forked: self.forked })
    }
}

fn offsets() -> Offsets {
    let mut offsets = Offsets::default();
    offsets.push(0);
    offsets
}

/// The rows that a reduction produces for one key: values with times and differences, in the order of values.
pub(crate) struct Reduced<T> {
    pub key: Vec<u64>,
    pub updates: Vec<(Vec<u64>, T, Diff)>,
}

impl<T> Default for Reduced<T> {
    fn default() -> Self {
        Reduced { key: Vec::new(), updates: Vec::new() }
    }
}

/// [`BatchBuilder`] for the output of reductions.
pub(crate) struct ReducedBuilder<T: Time> {
    builder: BatchBuilder<T>,
    marker: PhantomData<T>,
}

impl<T: Time> Default for ReducedBuilder<T> {
    fn default() -> Self {
        ReducedBuilder { builder: BatchBuilder::with_capacity(0, 0, 0), marker: PhantomData }
    }
}

impl<T: Time> Builder for ReducedBuilder<T> {
    type Input = Reduced<T>;
    type Time = T;
    type Output = Rc<Batch<T>>;

    fn push(&mut self, chunk: &mut Reduced<T>) {
        for (value, time, diff) in chunk.updates.drain(..) {
            self.builder.push(&chunk.key, &value, time, diff);
        }
    }

    fn done(self) -> Option<Rc<Batch<T>>> {
        self.builder.finish().map(Rc::new)
    }
}
