//! The operators: arrange, join, reduce, each in the one form that all strata use.
//!
//! They differ from the stock operators in three ways (see [`crate::time`] and [`crate::batcher`]): nothing happens at
//! [`TOP`], capabilities are held in the base fork only, and one operator serves rows of every width.

use crate::batch::{Agent, Batch, Reduced, ReducedBuilder};
use crate::batcher::RowBatcher;
use crate::flat::Words;
use crate::matching::Matching;
use crate::time::{ForkTime, LoopTime, TOP, Time};
use crate::trace::Batches;
use crate::updates::{ByKey, Diff, Updates, UpdatesBuilder, work};
use differential_dataflow::Collection;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::operators::arrange::arrangement::arrange_core;
use differential_dataflow::operators::cursor::reduce::CursorTactic;
use differential_dataflow::operators::join::join_with_tactic;
use differential_dataflow::operators::reduce::{ReduceTactic, reduce_with_tactic};
use differential_dataflow::trace::{BatchCursor, Cursor, Navigable, Span, TraceReader};
use std::rc::Rc;
use timely::PartialOrder;
use timely::dataflow::channels::pact::{DistributorPact, Pipeline};
use timely::dataflow::operators::generic::Operator;
use timely::progress::Antichain;

/// A changing collection of rows.
pub type Rows<'scope, T> = Collection<'scope, T, Updates<T>>;
/// An arrangement made in this scope.
pub type Live<'scope, T> = Arranged<'scope, Agent<T>>;
/// Given key, left value and right value of a match, pushes what follows from it.
pub type Pairing<T> = Box<dyn FnMut(&[u64], &[u64], &[u64], T, Diff, &mut UpdatesBuilder<T>)>;
/// Given a row, pushes what follows from it.
pub type Mapping<T> = Box<dyn FnMut(&[u64], T, Diff, &mut UpdatesBuilder<T>)>;
/// Given the key and value of a stored row, pushes what follows from it.
pub type Forming<T> = Box<dyn FnMut(&[u64], &[u64], T, Diff, &mut UpdatesBuilder<T>)>;
/// Given a key and its values with their counts, pushes the values that it reduces to. In the midst of a computation
/// counts may be zero or negative; in what is read they never are.
pub type Reducing = Box<dyn FnMut(&[u64], &[(Words<'_>, Diff)], &mut Vec<(Vec<u64>, Diff)>)>;

/// The operators on rows at one of the two times.
pub trait Operators: Time {
    /// Arranges rows by `columns`, the first `key` of which are the key. There are at most [`crate::WIDEST`] columns.
    fn arrange<'scope>(rows: Rows<'scope, Self>, columns: &[usize], key: usize, name: &str) -> Live<'scope, Self>;
    /// Applies `emit` to every row on its way.
    fn flat_map<'scope>(rows: Rows<'scope, Self>, name: &str, emit: Mapping<Self>) -> Rows<'scope, Self>;
    /// Forms rows from what is stored.
    fn rows<'scope>(live: Live<'scope, Self>, name: &str, emit: Forming<Self>) -> Rows<'scope, Self>;
    /// Reduces the values of each key.
    fn reduce<'scope>(live: Live<'scope, Self>, name: &str, logic: Reducing) -> Live<'scope, Self>;
    /// Rows arranged by all their columns, each once.
    fn distinct<'scope>(live: Live<'scope, Self>, name: &str) -> Live<'scope, Self>;
}

macro_rules! operators {
    ($($time:ty),*) => {$(
        impl Operators for $time {
            fn arrange<'scope>(rows: Rows<'scope, Self>, columns: &[usize], key: usize, name: &str) -> Live<'scope, Self> {
                arrange(rows, columns, key, name)
            }
            fn flat_map<'scope>(rows: Rows<'scope, Self>, name: &str, emit: Mapping<Self>) -> Rows<'scope, Self> {
                flat_map(rows, name, emit)
            }
            fn rows<'scope>(live: Live<'scope, Self>, name: &str, emit: Forming<Self>) -> Rows<'scope, Self> {
                rows_of(live, name, emit)
            }
            fn reduce<'scope>(live: Live<'scope, Self>, name: &str, logic: Reducing) -> Live<'scope, Self> {
                reduce(live, name, logic)
            }
            fn distinct<'scope>(live: Live<'scope, Self>, name: &str) -> Live<'scope, Self> {
                crate::distinct::distinct(live, name)
            }
        }
    )*};
}

operators!(ForkTime, LoopTime);

/// Arranges rows by `columns`, the first `key` of which are the key.
fn arrange<'scope, T: Time>(
    rows: Rows<'scope, T>,
    columns: &[usize],
    key: usize,
    name: &str,
) -> Arranged<'scope, Agent<T>> {
    let owner = columns[..key].to_vec();
    let pact = DistributorPact(move |peers| ByKey::new(owner, peers));
    let columns = columns.to_vec();
    arrange_core::<_, _, _, Batches<T>>(rows.inner, pact, name, move |_, _| RowBatcher::new(&columns, key))
}

/// Joins two arrangements by key.
pub(crate) fn join<'scope, T, L, R>(
    left: Arranged<'scope, L>,
    right: Arranged<'scope, R>,
    name: &str,
    emit: Pairing<T>,
) -> Rows<'scope, T>
where
    T: Time,
    L: TraceReader<Time = T, Batch: Navigable> + 'static,
    R: TraceReader<Time = T, Batch: Navigable> + 'static,
    BatchCursor<L>: Cursor<Time = T, Diff = Diff> + for<'a> Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
    BatchCursor<R>: Cursor<Time = T, Diff = Diff> + for<'a> Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
{
    Collection::new(join_with_tactic(left, right, name, Matching::new(emit)))
}

/// Applies `emit` to every row on its way.
fn flat_map<'scope, T: Time>(rows: Rows<'scope, T>, name: &str, mut emit: Mapping<T>) -> Rows<'scope, T> {
    let stream = rows.inner.unary::<UpdatesBuilder<T>, _, _, _>(Pipeline, name, move |_, _| {
        move |input, output| {
            input.for_each(|capability, updates| {
                let mut session = output.session_with_builder(&capability);
                for (row, time, diff) in updates.iter() {
                    emit(row, time, diff, session.builder());
                }
                session.extract_and_send();
            });
        }
    });
    Collection::new(stream)
}

/// The rows of an arrangement, in the order of its columns, or as `emit` forms them from key and value.
pub(crate) fn rows_of<'scope, T, A>(arranged: Arranged<'scope, A>, name: &str, mut emit: Forming<T>) -> Rows<'scope, T>
where
    T: Time,
    A: TraceReader<Time = T, Batch: Navigable> + 'static,
    BatchCursor<A>: Cursor<Time = T, Diff = Diff>,
    for<'a> BatchCursor<A>: Cursor<Key<'a> = Words<'a>, Val<'a> = Words<'a>>,
{
    let stream = arranged.stream.unary::<UpdatesBuilder<T>, _, _, _>(Pipeline, name, move |_, _| {
        move |input, output| {
            input.for_each(|capability, spans| {
                let mut session = output.session_with_builder(&capability);
                for batch in spans.iter().filter_map(|span| span.inner.as_ref()) {
                    let mut cursor = batch.cursor();
                    while let Some(key) = cursor.get_key(batch) {
                        while let Some(value) = cursor.get_val(batch) {
                            cursor.map_times(batch, |time, diff| {
                                let time = <BatchCursor<A> as Cursor>::owned_time(time);
                                let diff = <BatchCursor<A> as Cursor>::owned_diff(diff);
                                emit(key.0, value.0, time, diff, session.builder());
                            });
                            cursor.step_val(batch);
                        }
                        session.extract_and_send();
                        cursor.step_key(batch);
                    }
                }
            });
        }
    });
    Collection::new(stream)
}

/// Reduces the values of each key to the values that `logic` pushes. `logic` sees values with their counts, which may be
/// negative or zero in the midst of a computation, never in what is read.
fn reduce<'scope, T, A>(arranged: Arranged<'scope, A>, name: &str, mut logic: Reducing) -> Arranged<'scope, Agent<T>>
where
    T: Time,
    A: TraceReader<Time = T, Batch = Rc<Batch<T>>> + 'static,
{
    let change = move |key: Words<'_>,
                       input: &[(Words<'_>, Diff)],
                       output: &mut Vec<(Vec<u64>, Diff)>,
                       change: &mut Vec<(Vec<u64>, Diff)>| {
        work(1 + input.len());
        if !input.is_empty() {
            logic(key.0, input, change);
        }
        change.extend(output.drain(..).map(|(value, diff)| (value, -diff)));
        differential_dataflow::consolidation::consolidate(change);
    };
    let push = |reduced: &mut Reduced<T>, key: Words<'_>, updates: &mut Vec<(Vec<u64>, T, Diff)>| {
        reduced.key.clear();
        reduced.key.extend_from_slice(key.0);
        reduced.updates.clear();
        reduced.updates.extend(updates.drain(..).filter(|(_, time, _)| time.fork() != TOP));
    };
    let tactic = CursorTactic::<Rc<Batch<T>>, Rc<Batch<T>>, ReducedBuilder<T>, _, _>::new(change, push);
    reduce_with_tactic::<_, Batches<T>, _>(arranged, name, HeldInBase { tactic })
}

/// Reports the times that a reduction still waits for at their base fork, where a held capability allows.
pub(crate) struct HeldInBase<Tactic> {
    pub tactic: Tactic,
}

impl<T: Time, B1, B2, Tactic: ReduceTactic<T, B1, B2>> ReduceTactic<T, B1, B2> for HeldInBase<Tactic> {
    fn retire(
        &mut self,
        source_batches: Vec<B1>,
        output_batches: Vec<B2>,
        input_batches: Vec<B1>,
        lower: &Antichain<T>,
        upper: &Antichain<T>,
        held: &Antichain<T>,
    ) -> (Option<Span<T, B2>>, Antichain<T>) {
        let (span, frontier) = self.tactic.retire(source_batches, output_batches, input_batches, lower, upper, held);
        let mut coarse = Antichain::new();
        for time in frontier.elements() {
            let base = time.in_base();
            let allowed = held.elements().iter().any(|h| PartialOrder::less_equal(h, &base));
            coarse.insert(if allowed { base } else { *time });
        }
        (span, coarse)
    }
}
