//! The engine's side of streams: which of its relations are events, and where their rows go and come from.

use super::{StreamReport, Streaming};
use crate::engine::{BaseId, Engine, Fork, Origin};
use crate::error::Error;
use crate::live::render::Node;
use crate::once::Once;
use crate::replan::TEXT;
use crate::rows::Rows;
use compiler::plan::{Plan, RelationId};
use compiler::planner::{StreamKind, streams};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The relation that says what a stream has counted and not taken in: the stream, the kind, how many.
const SET_ASIDE: &str = "set_aside";

impl Engine {
    /// From the next plan on, the tuples of relations that are declared `.stream` are events: they are evaluated in groups
    /// as their time passes, what is folded of them stays, and they themselves leave with the stream's horizon
    /// ([`crate::stream`]). Without this, and in `strata run`, they are facts as others.
    pub fn let_pass(&mut self) {
        let shards = self.workers.len();
        self.streaming.get_or_insert_with(|| Box::new(Streaming::new(shards, &self.symbols)));
    }

    /// Takes in events of a stream, row after row, in the order in which they come. Words of symbols must be of
    /// [`Engine::symbols`], but for columns that no rule asks for their text: there any word will do.
    pub fn feed(&mut self, stream: &str, rows: &[u64]) -> Result<(), Error> {
        let expected = self.plan.relation(self.find(stream)?).arity();
        let (streaming, place) = self.stream(stream)?;
        match rows.len() % expected.max(1) {
            0 => streaming.feed(place, rows),
            found => Err(Error::Arity { relation: stream.to_string(), expected, found }),
        }
    }

    /// Counts events that their reader could make nothing of.
    pub fn malformed(&mut self, stream: &str, n: u64) -> Result<(), Error> {
        let (streaming, place) = self.stream(stream)?;
        streaming.malformed(place, n);
        Ok(())
    }

    /// Evaluates all groups of all streams, silent or not, as if there were no more events. What comes later has them
    /// evaluated again.
    pub fn settle(&mut self) -> Result<(), Error> {
        self.streaming.as_mut().map_or(Ok(()), |streaming| streaming.settle())
    }

    /// What streams have counted, and what they hold, as of the last commit.
    pub fn streams(&self) -> Vec<StreamReport> {
        let Some(streaming) = &self.streaming else { return Vec::new() };
        let mut reports = streaming.reports();
        for fold in self.bases.iter().filter_map(|base| base.facts.fold()) {
            if let Some(report) = reports.get_mut(fold.shape.stream) {
                report.folded += fold.groups();
                report.open_values += fold.open_values();
            }
        }
        reports
    }

    /// The latest events of a stream that came too late, a thousand at most.
    pub fn set_aside(&mut self, stream: &str) -> Result<Vec<Vec<u64>>, Error> {
        let (streaming, place) = self.stream(stream)?;
        Ok(streaming.aside(place))
    }

    fn stream(&mut self, name: &str) -> Result<(&mut Streaming, usize), Error> {
        let none = || Error::Unsupported(format!("relation `{name}` is not a stream here"));
        let streaming = self.streaming.as_deref_mut().ok_or_else(none)?;
        let place = streaming.find(name).ok_or_else(none)?;
        Ok((streaming, place))
    }

    /// The part of a plan that is kept current, if streams are to pass.
    pub(crate) fn live_part(&self, plan: &Plan) -> Result<Option<Plan>, Error> {
        self.streaming.as_ref().map(|streaming| streaming.live(plan)).transpose()
    }

    /// Gives streams their place: what they fold belongs to the relations that it is of, and the facts that a stream has from
    /// the time when it was a relation like others become events.
    pub(crate) fn move_events(&mut self) -> Result<(), Error> {
        let Some(mut streaming) = self.streaming.take() else { return Ok(()) };
        let moved = self.move_into(&mut streaming);
        self.streaming = Some(streaming);
        moved
    }

    fn move_into(&mut self, streaming: &mut Streaming) -> Result<(), Error> {
        self.place_folds(streaming)?;
        let now = self.now(Fork::BASE)?;
        for (place, name) in streaming.names().into_iter().enumerate() {
            let base = self.base(&name)?;
            let arity = self.bases[base.0 as usize].layout.len();
            for row in self.read_node(Node::Base(base.0), now, vec![None; arity])?.iter() {
                self.change(Fork::BASE, base, row, |facts, row, forks, emit| facts.retract(row, forks, emit))?;
                streaming.stated.insert((name.clone(), row.to_vec()));
                streaming.insert(place, row);
            }
        }
        Ok(())
    }

    /// Takes an event in if a base relation is a stream; false if it is not.
    pub(crate) fn takes_event(&mut self, fork: Fork, base: BaseId, row: &[u64], origin: Origin) -> Result<bool, Error> {
        let Some(streaming) = self.streaming.as_deref_mut() else { return Ok(false) };
        let Some(known) = self.bases.get(base.0 as usize) else { return Ok(false) };
        let (name, expected) = (known.name.clone(), known.layout.len());
        let Some(place) = streaming.find(&name) else { return Ok(false) };
        if row.len() != expected {
            return Err(Error::Arity { relation: name.to_string(), expected, found: row.len() });
        }
        if fork != Fork::BASE {
            return Err(Error::Unsupported(format!("stream `{name}` is the same in every fork")));
        }
        // The text of a plan states its facts again with every change of the plan.
        if origin.source != TEXT || streaming.stated.insert((name, row.to_vec())) {
            streaming.insert(place, row);
            self.tally.inserted += 1;
        }
        Ok(true)
    }

    /// Refuses to retract an event.
    pub(crate) fn is_no_event(&self, base: BaseId) -> Result<(), Error> {
        let known = self.bases.get(base.0 as usize);
        match (&self.streaming, known) {
            (Some(streaming), Some(base)) if streaming.find(&base.name).is_some() => {
                Err(Error::Unsupported(format!("an event of stream `{}` cannot be retracted", base.name)))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to follow a relation of events.
    pub(crate) fn is_kept(&self, relation: &str) -> Result<(), Error> {
        match self.streaming.as_ref().is_some_and(|streaming| streaming.is_events(relation)) {
            true => {
                let what = format!("`{relation}` is derived from a stream and passes: watch what is folded of it");
                Err(Error::Unsupported(what))
            }
            false => Ok(()),
        }
    }

    /// Ends the epoch of streams: what has changed in what is folded becomes changes of base relations.
    pub(crate) fn close_streams(&mut self) -> Result<(), Error> {
        let Some(mut streaming) = self.streaming.take() else { return Ok(()) };
        let closed = self.close_into(&mut streaming);
        self.streaming = Some(streaming);
        closed
    }

    fn close_into(&mut self, streaming: &mut Streaming) -> Result<(), Error> {
        self.tell_state(streaming, &streaming.reads())?;
        let origin = Origin { source: self.source("stream"), record: 0 };
        streaming.close(&mut |relation, deltas, moment| match self.nodes[relation.0 as usize] {
            Node::Base(base) => self.change_many(base, |facts, forks, emit| facts.fold_in(deltas, moment, forks, emit)),
            Node::Derived(_) => Ok(()),
        })?;
        self.state_aside(streaming, origin)
    }

    /// Gives each relation that a stream states its fold. Those of the plan before that mean the same go on; what others
    /// have stated goes.
    fn place_folds(&mut self, streaming: &Streaming) -> Result<(), Error> {
        let origin = Origin { source: self.source("stream"), record: 0 };
        let mut wanted = BTreeMap::new();
        for fold in streaming.folds() {
            if let Node::Base(base) = self.nodes[fold.shape.relation.0 as usize] {
                wanted.insert(base, fold);
            }
        }
        for base in 0..self.bases.len() as u32 {
            let (facts, new) = (&mut self.bases[base as usize].facts, wanted.remove(&base));
            match (facts.fold_mut(), new) {
                (Some(old), Some(new)) if old.is_like(&new) => old.shape = new.shape,
                (old, new) => {
                    if old.is_some() {
                        self.change_many(base, |facts, forks, emit| facts.drop_fold(forks, emit))?;
                    }
                    if let Some(new) = new {
                        self.bases[base as usize].facts.set_fold(new, origin, &self.symbols);
                    }
                }
            }
        }
        Ok(())
    }

    /// Tells shards the relations of state that rules over events read.
    fn tell_state(&mut self, streaming: &mut Streaming, reads: &BTreeSet<RelationId>) -> Result<(), Error> {
        if reads.is_empty() {
            return Ok(());
        }
        self.commit_if_open()?;
        let now = self.now(Fork::BASE)?;
        let mut state = BTreeMap::new();
        for id in reads {
            let pattern = vec![None; self.plan.relation(*id).arity()];
            state.insert(*id, self.read_node(self.nodes[id.0 as usize], now, pattern)?);
        }
        streaming.set_state(state)
    }

    /// States what was counted and not taken in, if the plan has a relation for it.
    fn state_aside(&mut self, streaming: &mut Streaming, origin: Origin) -> Result<(), Error> {
        let Ok(base) = self.base(SET_ASIDE) else { return Ok(()) };
        let layout = ["symbol", "symbol", "number"];
        let id = self.find(SET_ASIDE)?;
        if !self.plan.relation(id).primitives().map(|p| p.to_string()).eq(layout) {
            return Ok(());
        }
        for (stream, kind, before, now) in streaming.newly_aside() {
            let word = |text: &str| self.symbols.intern(text);
            let row = |n: u64| [word(&stream), word(kind), n];
            let (old, new) = (row(before), row(now));
            if before > 0 {
                self.change(Fork::BASE, base, &old, |facts, row, forks, emit| facts.retract(row, forks, emit))?;
            }
            self.change(Fork::BASE, base, &new, |facts, row, forks, emit| facts.insert(row, origin, forks, emit))?;
        }
        Ok(())
    }

    /// The rows of a relation of events; none if it is no such relation.
    pub(crate) fn read_events(&mut self, relation: &str, pattern: &[Option<u64>]) -> Result<Option<Rows>, Error> {
        let Some(mut streaming) = self.streaming.take_if(|streaming| streaming.is_events(relation)) else {
            return Ok(None);
        };
        let reads = streaming.reads_of(relation);
        let rows = self.tell_state(&mut streaming, &reads).and_then(|()| streaming.read(relation, pattern));
        self.streaming = Some(streaming);
        rows.map(Some)
    }

    /// Answers queries that read events, from those that are there; none if they read none.
    pub(crate) fn ask_events(&mut self, fork: Fork, plan: &Plan) -> Result<Option<Vec<Rows>>, Error> {
        if self.streaming.is_none() {
            return Ok(None);
        }
        let kinds = streams(plan);
        let is_events = |id: RelationId| matches!(kinds.kinds[id.0 as usize], StreamKind::Events(_));
        if kinds.keys.is_empty() || !reached(plan, &plan.queries).into_iter().any(is_events) {
            return Ok(None);
        }
        let mut plan = plan.clone();
        let folds: BTreeSet<RelationId> =
            super::split::split(&plan, &kinds).folds.iter().map(|shape| shape.relation).collect();
        for stratum in &mut plan.strata {
            stratum.definitions.retain(|definition| !folds.contains(&definition.relation));
        }
        plan.strata.retain(|stratum| !stratum.definitions.is_empty());
        folds.iter().for_each(|id| plan.relations[id.0 as usize].base = Some(*id));
        let plan = Arc::new(plan);
        let (at, nodes) = (self.now(fork)?, self.nodes_of(&plan)?);
        let mut once = Once::new((*plan).clone(), self.symbols.clone(), crate::Options { workers: self.workers.len() });
        for (number, node) in nodes.iter().enumerate() {
            let (id, relation) = (RelationId(number as u32), &plan.relations[number]);
            let Node::Base(_) = node else { continue };
            let all = vec![None; relation.arity()];
            let rows = match is_events(id) {
                true => self.read_events(&relation.name, &all)?.unwrap_or_default(),
                false => self.read_node(*node, at, all)?,
            };
            rows.iter().try_for_each(|row| once.insert(BaseId(id.0), row))?;
        }
        let mut answers = once.evaluate();
        let rows = plan.queries.iter().map(|query| answers.rows(&plan.relation(*query).name));
        rows.map(|rows| Ok(rows?.sorted())).collect::<Result<_, Error>>().map(Some)
    }
}

/// The relations on which some depend, those included.
pub(super) fn reached(plan: &Plan, from: &[RelationId]) -> BTreeSet<RelationId> {
    let mut open = from.to_vec();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id)
            && let Some(definition) = plan.definition(id)
        {
            open.extend(super::split::reads(definition));
        }
    }
    found
}
