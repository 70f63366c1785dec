//! The sides of joins: where an arrangement comes from.
//!
//! At the root it is of this dataflow, or of another one, read as of the last closed epoch: a trace of the past is only
//! partly compacted, and seen through a frontier it moves through no state that never was. Within a loop it is of the
//! loop, or one from the root that has entered it.

use crate::batch::Agent;
use crate::flat::Words;
use crate::gate::Gate;
use crate::operators::{Forming, Live, Pairing, Rows, join, rows_of};
use crate::time::{ForkTime, LoopTime};
use crate::updates::Diff;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::trace::cursor::cursor_list;
use differential_dataflow::trace::wrappers::enter::TraceEnter;
use differential_dataflow::trace::wrappers::frontier::TraceFrontier;
use differential_dataflow::trace::{Cursor, TraceReader};
use timely::PartialOrder;
use timely::dataflow::Scope;
use timely::progress::Antichain;

/// An arrangement at the root.
pub enum Shared<'scope> {
    /// Of this dataflow, or of another one from its very beginning.
    Live(Live<'scope, ForkTime>),
    /// Of another dataflow, its past as of the last closed epoch.
    Past(Arranged<'scope, TraceFrontier<Agent<ForkTime>>>),
}

impl Clone for Shared<'_> {
    fn clone(&self) -> Self {
        match self {
            Shared::Live(index) => Shared::Live(index.clone()),
            Shared::Past(index) => Shared::Past(index.clone()),
        }
    }
}

impl<'scope> Shared<'scope> {
    /// Brings an arrangement of another dataflow into this scope, behind a gate if there is one; its past as of an epoch,
    /// or, if it has none, from its very beginning.
    pub fn import(
        agent: &mut Agent<ForkTime>,
        scope: Scope<'scope, ForkTime>,
        name: &str,
        past: Option<u32>,
        gate: Option<&Gate>,
    ) -> Self {
        match (past, gate) {
            (Some(epoch), Some(gate)) => Shared::Past(gate.import_past(agent, scope, name, epoch)),
            (Some(_), None) => Shared::Past(agent.import_frontier(scope, name).0),
            (None, Some(gate)) => Shared::Live(gate.import(agent, scope, name)),
            (None, None) => Shared::Live(agent.import_named(scope, name)),
        }
    }

    /// Matches rows of equal keys.
    pub fn join(self, right: Shared<'scope>, name: &str, emit: Pairing<ForkTime>) -> Rows<'scope, ForkTime> {
        use Shared::{Live, Past};
        match (self, right) {
            (Live(left), Live(right)) => join(left, right, name, emit),
            (Live(left), Past(right)) => join(left, right, name, emit),
            (Past(left), Live(right)) => join(right, left, name, swapped(emit)),
            (Past(left), Past(right)) => join(left, right, name, emit),
        }
    }

    /// Forms rows from what is stored.
    pub fn rows(self, name: &str, emit: Forming<ForkTime>) -> Rows<'scope, ForkTime> {
        match self {
            Shared::Live(index) => rows_of(index, name, emit),
            Shared::Past(index) => rows_of(index, name, emit),
        }
    }

    /// The same arrangement within a loop.
    pub fn enter<'inner>(self, inner: Scope<'inner, LoopTime>) -> Side<'inner> {
        match self {
            Shared::Live(index) => Side::Entered(index.enter(inner)),
            Shared::Past(index) => Side::EnteredPast(index.enter(inner)),
        }
    }
}

/// An arrangement within a loop.
pub enum Side<'inner> {
    /// Of the loop.
    Local(Live<'inner, LoopTime>),
    /// Of the root.
    Entered(Arranged<'inner, TraceEnter<Agent<ForkTime>, LoopTime>>),
    /// Of the root, and of another dataflow.
    EnteredPast(Arranged<'inner, TraceEnter<TraceFrontier<Agent<ForkTime>>, LoopTime>>),
}

impl<'inner> Side<'inner> {
    /// Matches rows of equal keys. One side must be of the loop: what is not can be joined outside.
    pub fn join(self, right: Side<'inner>, name: &str, emit: Pairing<LoopTime>) -> Rows<'inner, LoopTime> {
        use Side::{Entered, EnteredPast, Local};
        match (self, right) {
            (Local(left), Local(right)) => join(left, right, name, emit),
            (Local(left), Entered(right)) => join(left, right, name, emit),
            (Local(left), EnteredPast(right)) => join(left, right, name, emit),
            (Entered(left), Local(right)) => join(right, left, name, swapped(emit)),
            (EnteredPast(left), Local(right)) => join(right, left, name, swapped(emit)),
            _ => panic!("a join of two sides from outside a loop belongs outside"),
        }
    }

    /// Forms rows from what is stored.
    pub fn rows(&self, name: &str, emit: Forming<LoopTime>) -> Rows<'inner, LoopTime> {
        match self {
            Side::Local(index) => rows_of(index.clone(), name, emit),
            Side::Entered(index) => rows_of(index.clone(), name, emit),
            Side::EnteredPast(index) => rows_of(index.clone(), name, emit),
        }
    }
}

fn swapped<T: 'static>(mut emit: Pairing<T>) -> Pairing<T> {
    Box::new(move |key, right, left, time, diff, out| emit(key, left, right, time, diff, out))
}

/// Reads the rows that hold at a time: those with this key, or all. The time must not be before what the trace remembers.
pub fn scan(agent: &mut Agent<ForkTime>, at: ForkTime, key: Option<&[u64]>, each: &mut dyn FnMut(&[u64], &[u64])) {
    let mut upper = Antichain::new();
    agent.read_upper(&mut upper);
    let batches = agent.batches_through(upper.borrow()).expect("a trace can be cut at its upper end");
    let (mut cursor, storage) = cursor_list(batches);
    if let Some(key) = key {
        cursor.seek_key(&storage, Words(key));
    }
    while let Some(found) = cursor.get_key(&storage) {
        if key.is_some_and(|key| found != Words(key)) {
            break;
        }
        while let Some(value) = cursor.get_val(&storage) {
            let mut count: Diff = 0;
            cursor.map_times(&storage, |time, diff| count += if time.less_equal(&at) { *diff } else { 0 });
            if count > 0 {
                each(found.0, value.0);
            }
            cursor.step_val(&storage);
        }
        cursor.step_key(&storage);
    }
}

/// Given key and value of a row that holds at one of two times alone, and whether it is the second one.
pub type Differing<'a> = &'a mut dyn FnMut(&[u64], &[u64], bool);

/// Reads the rows that hold at one of two times and not at the other; whether it is the second one. Rows that no update
/// tells apart are passed over by their times alone.
pub fn differences(agent: &mut Agent<ForkTime>, from: ForkTime, to: ForkTime, each: Differing<'_>) {
    let mut upper = Antichain::new();
    agent.read_upper(&mut upper);
    let batches = agent.batches_through(upper.borrow()).expect("a trace can be cut at its upper end");
    let (mut cursor, storage) = cursor_list(batches);
    while let Some(key) = cursor.get_key(&storage) {
        while let Some(value) = cursor.get_val(&storage) {
            let mut counts: [Diff; 2] = [0, 0];
            cursor.map_times(&storage, |time, diff| {
                counts[0] += if time.less_equal(&from) { *diff } else { 0 };
                counts[1] += if time.less_equal(&to) { *diff } else { 0 };
            });
            if (counts[0] > 0) != (counts[1] > 0) {
                each(key.0, value.0, counts[1] > 0);
            }
            cursor.step_val(&storage);
        }
        cursor.step_key(&storage);
    }
}

/// How many updates a trace holds.
pub fn count_updates(agent: &mut Agent<ForkTime>) -> usize {
    let mut upper = Antichain::new();
    agent.read_upper(&mut upper);
    let batches = agent.batches_through(upper.borrow()).expect("a trace can be cut at its upper end");
    batches.iter().map(|batch| batch.updates).sum()
}
