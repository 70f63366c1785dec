//! Streams: events pass, what was folded of them stays.
//!
//! An engine that lets events pass ([`crate::Engine::let_pass`]) does not keep the tuples of a relation that is declared
//! `.stream`. It keeps those of a *group*, the events that agree on the stream's key, until the horizon has passed; and
//! what the rules derive from them is evaluated once, when the group has been silent for a while (*idle*). What the plan
//! folds of that is stated as facts of base relations, epoch by epoch, and everything that follows from these is kept
//! current as ever. So
//! 1. what was folded of events equals what evaluating the rules from scratch on all of them would give, in whatever order
//!    they came within the lateness, once their groups have closed, as long as no two events of a key are further apart
//!    than the horizon without others in between;
//! 2. an event that comes after its group was evaluated and before the horizon has it evaluated again: what was contributed
//!    is taken back, what it is now is contributed;
//! 3. an event that is older than the newest by more than the lateness is counted, set aside, and has no other effect; one
//!    that is the same as another in every column is counted, and has none, either;
//! 4. memory holds the events of the groups that are open or within the horizon, some twenty bytes each, and one row for
//!    each group of a fold, twice: there, and in the index of the relation. Groups of a bucket of time leave when it has been
//!    over for as long as the stream's `keep` says; what is folded is then what the same would give without them.
//!
//! Relations of events can be read: they are evaluated for that, from the events that are there. An event whose key is `""`
//! is evaluated by itself when it comes, and then gone.
//!
//! In the order in which to read: `record`, `archive`, `groups` keep events; `table`, `emit`, `program`, `evaluate` are the
//! evaluator of one group; `sums`, `values`, `fold` add up; `split` says which part of a plan is whose; `shard`, `worker`,
//! `running` make a stream of it. Cost: a microsecond or two an event and all its rules, on one of the shards, which keys are spread over.
//!
//! The design is that of sessions in Strymon's SnailTrail and of the measurements that preceded this one: pure differential
//! dataflow costs five microseconds and 400 bytes an event.

mod archive;
mod emit;
mod engine;
mod evaluate;
mod fold;
mod groups;
mod marks;
mod program;
mod record;
mod running;
mod shard;
mod split;
mod sums;
mod table;
mod values;
mod worker;

pub(crate) use fold::{Fold, Moment};
pub(crate) use sums::Deltas;

use crate::error::Error;
use crate::rows::Rows;
use crate::symbols::Symbols;
use compiler::plan::{Plan, RelationId, Stream};
use compiler::planner::{StreamKind, Streams, streams};
use record::Layout;
use running::Running;
use shard::{Spec, State};
use split::{Shape, split};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What a stream has counted, and what it holds.
#[derive(Clone, Debug, Default)]
pub struct StreamReport {
    /// The stream.
    pub relation: Arc<str>,
    /// Events that were taken in.
    pub events: u64,
    /// Of those, the ones without a key.
    pub without_key: u64,
    /// Events that were too late, and are not among them.
    pub late: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// What was no event at all, as its reader counted it.
    pub malformed: u64,
    /// Evaluations of groups.
    pub closed: u64,
    /// Events that came after their group had been evaluated.
    pub revised: u64,
    /// Groups that wait for events.
    pub open_groups: usize,
    /// All groups that are held.
    pub groups: usize,
    /// The bytes of the events that are held.
    pub event_bytes: usize,
    /// Groups of folds.
    pub folded: usize,
    /// Values of folds that are kept because they can still be taken back.
    pub open_values: usize,
    /// The time that shards have spent, all together, and the part of it on evaluating groups.
    pub working: Duration,
    /// See `working`.
    pub evaluating: Duration,
    /// No event is older, in microseconds since the Unix epoch.
    pub watermark: i64,
}

/// The streams of an engine at work.
pub(crate) struct Streaming {
    shards: usize,
    symbols: Symbols,
    plan: Arc<Plan>,
    streams: Arc<Streams>,
    running: Vec<Running>,
    /// What is folded.
    shapes: Vec<Shape>,
    /// Whether something came since the last epoch ended.
    fed: bool,
    /// Events of the open epoch that were inserted one by one, by stream.
    inserted: BTreeMap<usize, Vec<Vec<u64>>>,
    /// Events that stand in the text of the plan and have been taken in.
    pub(crate) stated: BTreeSet<(Arc<str>, Vec<u64>)>,
    /// What has been told of what was not taken in.
    told: BTreeMap<(Arc<str>, &'static str), u64>,
}

/// Adds to what is folded into a base relation what shards contributed by some moment.
type FoldIn<'a> = &'a mut dyn FnMut(RelationId, &[&Deltas], Moment) -> Result<(), Error>;

impl Streaming {
    pub(crate) fn new(shards: usize, symbols: &Symbols) -> Self {
        Streaming {
            shards,
            symbols: symbols.clone(),
            plan: Arc::default(),
            streams: Arc::default(),
            running: Vec::new(),
            shapes: Vec::new(),
            fed: false,
            inserted: BTreeMap::new(),
            stated: BTreeSet::new(),
            told: BTreeMap::new(),
        }
    }

    /// The part of a plan that is kept current, after which [`Streaming::follow`] takes over the rest.
    pub(crate) fn live(&self, plan: &Plan) -> Result<Plan, Error> {
        let streams = checked(plan)?;
        Ok(if streams.keys.is_empty() { plan.clone() } else { split(plan, &streams).live })
    }

    /// Follows another plan: streams and folds that are the same in both go on.
    pub(crate) fn follow(&mut self, plan: &Plan) -> Result<(), Error> {
        let plan = Arc::new(plan.clone());
        let streams = Arc::new(checked(&plan)?);
        let shapes = split(&plan, &streams).folds;
        let known: Vec<Fold> = self.folds().collect();
        let fold = |shape: &Shape| Fold::new(meaning(&plan, shape.relation), shape.clone(), 1);
        let is_new = |shape: &Shape| !known.iter().any(|known| known.is_like(&fold(shape)));
        let new: BTreeSet<usize> = (0..shapes.len()).filter(|number| is_new(&shapes[*number])).collect();
        let mut running: Vec<Running> = std::mem::take(&mut self.running);
        for (place, (base, key)) in streams.keys.iter().enumerate() {
            let relation = plan.relation(*base);
            let Some(stream) = relation.stream else { continue };
            let folds: Vec<(usize, Shape)> =
                shapes.iter().cloned().enumerate().filter(|(_, shape)| shape.stream == place).collect();
            let symbolic =
                key.is_some_and(|key| relation.columns[key].ty.primitive == compiler::value::Primitive::Symbol);
            let spec = Arc::new(Spec {
                plan: plan.clone(),
                streams: streams.clone(),
                place,
                layout: Layout { arity: relation.arity(), key: *key, time: stream.time },
                stream,
                no_key: symbolic.then(|| self.symbols.intern("")),
                symbols: self.symbols.clone(),
                folds,
            });
            let same = |old: &Running| {
                let before = &old.spec;
                let Stream { span, keep, .. } = stream;
                let same_stream = Stream { span, keep, ..before.stream } == stream;
                before.plan.relation(before.streams.keys[before.place].0).name == relation.name
                    && before.layout == spec.layout
                    && same_stream
            };
            self.running.push(match running.iter().position(same) {
                Some(at) => {
                    let mut old = running.swap_remove(at);
                    let added: BTreeSet<usize> =
                        (0..spec.folds.len()).filter(|at| new.contains(&spec.folds[*at].0)).collect();
                    old.follow(&spec, &added)?;
                    old
                }
                None => Running::start(spec, self.shards)?,
            });
        }
        self.inserted.clear();
        (self.plan, self.streams, self.shapes) = (plan, streams, shapes);
        Ok(())
    }

    /// What is folded, with nothing in it yet.
    pub(crate) fn folds(&self) -> impl Iterator<Item = Fold> {
        self.shapes.iter().map(|shape| Fold::new(meaning(&self.plan, shape.relation), shape.clone(), self.shards))
    }

    /// The place of the stream with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.running.iter().position(|running| {
            let spec = &running.spec;
            &*spec.plan.relation(spec.streams.keys[spec.place].0).name == name
        })
    }

    /// The names of the streams, by place.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        let name = |running: &Running| {
            let spec = &running.spec;
            spec.plan.relation(spec.streams.keys[spec.place].0).name.clone()
        };
        self.running.iter().map(name).collect()
    }

    /// Whether a relation is derived from events, or is a stream.
    pub(crate) fn is_events(&self, name: &str) -> bool {
        self.plan
            .find(name)
            .is_some_and(|id| matches!(self.streams.kinds.get(id.0 as usize), Some(StreamKind::Events(_))))
    }

    /// Takes in events, row after row.
    pub(crate) fn feed(&mut self, stream: usize, rows: &[u64]) -> Result<(), Error> {
        self.fed = true;
        self.running[stream].feed(rows)
    }

    /// Whether something came since the last epoch ended.
    pub(crate) fn is_fed(&self) -> bool {
        self.fed
    }

    /// Takes in an event when the epoch ends, together with the others of the epoch in the order of time.
    pub(crate) fn insert(&mut self, stream: usize, row: &[u64]) {
        self.inserted.entry(stream).or_default().push(row.to_vec());
    }

    /// Counts what was no event at all.
    pub(crate) fn malformed(&mut self, stream: usize, n: u64) {
        self.running[stream].malformed += n;
    }

    /// The relations of state that rules over events read, as the plan numbers them.
    pub(crate) fn reads(&self) -> BTreeSet<RelationId> {
        self.running.iter().flat_map(|running| running.reads.iter().copied()).collect()
    }

    pub(crate) fn set_state(&mut self, state: BTreeMap<RelationId, Rows>) -> Result<(), Error> {
        let state: State = Arc::new(state);
        self.running.iter().try_for_each(|running| running.set_state(&state))
    }

    /// The relations of state that a relation of events depends on.
    pub(crate) fn reads_of(&self, name: &str) -> BTreeSet<RelationId> {
        let is_events = |id: RelationId| matches!(self.streams.kinds[id.0 as usize], StreamKind::Events(_));
        let (mut open, mut found, mut state) = (Vec::from_iter(self.plan.find(name)), BTreeSet::new(), BTreeSet::new());
        while let Some(id) = open.pop() {
            if !is_events(id) {
                state.insert(id);
            } else if found.insert(id) {
                open.extend(self.plan.definition(id).into_iter().flat_map(split::reads));
            }
        }
        state.extend(self.reads());
        state
    }

    /// What was counted and not taken in, where that is more than was told before: stream, kind, what was told, and now.
    pub(crate) fn newly_aside(&mut self) -> Vec<(Arc<str>, &'static str, u64, u64)> {
        let mut new = Vec::new();
        for report in self.reports() {
            let kinds = [("late", report.late), ("duplicate", report.duplicates), ("malformed", report.malformed)];
            for (kind, now) in kinds {
                let told = self.told.entry((report.relation.clone(), kind)).or_default();
                if *told != now {
                    new.push((report.relation.clone(), kind, std::mem::replace(told, now), now));
                }
            }
        }
        new
    }

    fn feed_inserted(&mut self) -> Result<(), Error> {
        for (stream, mut rows) in std::mem::take(&mut self.inserted) {
            let time = self.running[stream].spec.layout.time;
            rows.sort_by_key(|row| row[time] as i64);
            rows.iter().try_for_each(|row| self.running[stream].feed(row))?;
        }
        Ok(())
    }

    /// Ends an epoch, and hands over what it has contributed to each fold.
    pub(crate) fn close(&mut self, fold_in: FoldIn<'_>) -> Result<(), Error> {
        self.feed_inserted()?;
        self.fed = false;
        for running in &mut self.running {
            let all = running.close()?;
            let Stream { horizon, keep, .. } = running.spec.stream;
            let moment = Moment { watermark: running.watermark(), horizon, keep };
            for (at, (_, shape)) in running.spec.folds.iter().enumerate() {
                let deltas: Vec<&Deltas> = all.iter().filter_map(|deltas| deltas.get(at)).collect();
                fold_in(shape.relation, &deltas, moment)?;
            }
            running.reuse(all);
        }
        Ok(())
    }

    /// Closes all groups, silent or not.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        self.feed_inserted()?;
        self.fed = true;
        self.running.iter_mut().try_for_each(Running::settle)
    }

    /// The rows of a relation of events that agree with a pattern, each once.
    pub(crate) fn read(&mut self, name: &str, pattern: &[Option<u64>]) -> Result<Rows, Error> {
        let unknown = || Error::UnknownRelation(name.to_string());
        let id = self.plan.find(name).ok_or_else(unknown)?;
        let expected = self.plan.relation(id).arity();
        if pattern.len() != expected {
            return Err(Error::Arity { relation: name.to_string(), expected, found: pattern.len() });
        }
        let Some(StreamKind::Events(events)) = self.streams.kinds.get(id.0 as usize) else { return Err(unknown()) };
        let words = self.running[events.stream].read(id, pattern)?;
        let mut rows = Rows::from_words(expected, words.len() / expected.max(1), words).sorted();
        let distinct: BTreeSet<&[u64]> = rows.iter().collect();
        if distinct.len() < rows.len() {
            rows = Rows::from_words(expected, distinct.len(), distinct.into_iter().flatten().copied().collect());
        }
        Ok(rows)
    }

    /// The events that were too late, as far as they are kept.
    pub(crate) fn aside(&self, stream: usize) -> Vec<Vec<u64>> {
        self.running[stream].aside().map(<[u64]>::to_vec).collect()
    }

    /// What has been counted, a stream each; but not what is folded, which others hold.
    pub(crate) fn reports(&self) -> Vec<StreamReport> {
        let report = |running: &Running| {
            let spec = &running.spec;
            let tally = running.tally;
            StreamReport {
                relation: spec.plan.relation(spec.streams.keys[spec.place].0).name.clone(),
                events: tally.events,
                without_key: tally.without_key,
                late: running.late,
                duplicates: running.duplicates,
                malformed: running.malformed,
                closed: tally.closed,
                revised: tally.revised,
                open_groups: tally.open_groups,
                groups: tally.groups,
                event_bytes: tally.bytes,
                folded: 0,
                open_values: 0,
                working: tally.working,
                evaluating: tally.evaluating,
                watermark: running.watermark(),
            }
        };
        self.running.iter().map(report).collect()
    }
}

/// What a relation is called, and what it means.
fn meaning(plan: &Plan, id: RelationId) -> (Arc<str>, u64) {
    (plan.relation(id).name.clone(), plan.relation(id).fingerprint)
}

/// The classification of a plan; an error if it has to keep all events.
fn checked(plan: &Plan) -> Result<Streams, Error> {
    let streams = streams(plan);
    match streams.findings.iter().find(|finding| finding.is_error()) {
        Some(finding) => Err(Error::Unsupported(finding.message.clone())),
        None => Ok(streams),
    }
}
