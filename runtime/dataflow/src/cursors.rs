//! Cursors over several batches, moved forward together.

use crate::batch::{Batch, Weight};
use crate::flat::Words;
use crate::time::Time;
use differential_dataflow::trace::{Cursor, Navigable};
use std::rc::Rc;

/// A cursor for each of some batches.
pub(crate) struct Cursors<'a, T: Time, R: Weight> {
    all: Vec<Placed<'a, T, R>>,
}

struct Placed<'a, T: Time, R: Weight> {
    cursor: <Stored<T, R> as Navigable>::Cursor,
    batch: &'a Stored<T, R>,
}

type Stored<T, R> = Rc<Batch<T, R>>;

impl<'a, T: Time, R: Weight> Cursors<'a, T, R> {
    pub(crate) fn new(batches: &'a [Stored<T, R>]) -> Self {
        Cursors { all: batches.iter().map(|batch| Placed { cursor: batch.cursor(), batch }).collect() }
    }

    /// The least key ahead.
    pub(crate) fn least(&self) -> Option<Words<'a>> {
        self.all.iter().filter_map(|placed| placed.cursor.get_key(placed.batch)).min()
    }

    /// Moves to a key without values, adds its updates, and moves past it.
    pub(crate) fn load(&mut self, key: Words<'_>, updates: &mut Vec<(T, R)>) {
        for Placed { cursor, batch } in &mut self.all {
            cursor.seek_key(batch, key);
            if cursor.get_key(batch) == Some(key) {
                cursor.map_times(batch, |time, diff| updates.push((*time, *diff)));
                cursor.step_key(batch);
            }
        }
    }

    /// Moves to a key, gives its values with their updates, and moves past it.
    pub(crate) fn values(&mut self, key: Words<'_>, mut each: impl FnMut(Words<'_>, T, R)) {
        for Placed { cursor, batch } in &mut self.all {
            cursor.seek_key(batch, key);
            if cursor.get_key(batch) == Some(key) {
                while let Some(value) = cursor.get_val(batch) {
                    cursor.map_times(batch, |time, diff| each(value, *time, *diff));
                    cursor.step_val(batch);
                }
                cursor.step_key(batch);
            }
        }
    }
}
