//! Batches and traces: the stored form of an arrangement.
//!
//! One layout for all: keys and values flat, 32-bit differences. A set arranged by all its columns has values of no words.

use crate::flat::{Flat, Offsets, Words};
use crate::time::Time;
use crate::updates::Diff;
use differential_dataflow::operators::arrange::TraceAgent;
use differential_dataflow::trace::Builder;
use differential_dataflow::trace::implementations::BatchContainer;
use differential_dataflow::trace::implementations::ord_neu::layers::UpdsBuilder;
use differential_dataflow::trace::implementations::ord_neu::val_batch::{OrdValBatch, OrdValStorage};
use differential_dataflow::trace::implementations::ord_neu::{Upds, Vals};
use differential_dataflow::trace::implementations::spine_fueled::Spine;
use std::marker::PhantomData;
use std::rc::Rc;

/// How updates are laid out.
pub(crate) type Layout<T> = (Flat, Flat, Vec<T>, Vec<Diff>, Offsets);
/// An immutable run of updates.
pub(crate) type Batch<T> = OrdValBatch<Layout<T>>;
/// The log-structured sequence of batches behind an arrangement.
pub(crate) type Trace<T> = Spine<Rc<Batch<T>>>;
/// A shared handle to an arrangement.
pub type Agent<T> = TraceAgent<Trace<T>>;

/// Builds a batch from updates in the order of key, value and time.
pub(crate) struct BatchBuilder<T: Time> {
    storage: OrdValStorage<Layout<T>>,
    staging: UpdsBuilder<Vec<T>, Vec<Diff>>,
}

impl<T: Time> BatchBuilder<T> {
    /// A builder that has room for so many updates with keys and values of these widths.
    pub(crate) fn with_capacity(key: usize, value: usize, updates: usize) -> Self {
        BatchBuilder {
            storage: OrdValStorage {
                keys: if value == 0 { Flat::with_stride(key, updates) } else { Flat::with_stride(key, 0) },
                vals: Vals { offs: offsets(), vals: Flat::with_stride(value, updates) },
                upds: Upds { offs: offsets(), times: Vec::new(), diffs: Vec::new() },
            },
            staging: UpdsBuilder::default(),
        }
    }

    /// Appends an update. Updates of one key and value must follow each other.
    #[inline]
    pub(crate) fn push(&mut self, key: &[u64], value: &[u64], time: T, diff: Diff) {
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
    pub(crate) fn finish(mut self) -> Option<Batch<T>> {
        if self.storage.keys.is_empty() {
            return None;
        }
        self.staging.seal(&mut self.storage.upds);
        self.storage.vals.offs.push(self.storage.vals.vals.len());
        self.storage.keys.shrink();
        self.storage.vals.vals.shrink();
        Some(OrdValBatch { updates: self.staging.total(), storage: self.storage })
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
