//! The front door: one live model.
//!
//! An [`Engine`] maintains every relation of a [`Plan`] over facts that keep changing. Changes are gathered into the open
//! epoch; [`Engine::commit`] closes it and returns once everything derived is up to date. From then on
//! 1. a read sees every change of the epochs closed so far and none of the open one;
//! 2. in every fork, each relation equals what evaluating the rules from scratch on that fork's facts would give;
//! 3. the changes reported of watched relations are consolidated: no row twice, none without effect.
//!
//! The work of a commit is that of the change, not of the model. Workers are threads, of this process or of several
//! ([`Engine::lead`]); each holds a share of every relation.
//!
//! ```
//! use compiler::plan::Plan;
//! use runtime::{Engine, Fork, Options, Origin};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! let mut engine = Engine::new(Options::default())?;
//! engine.set_plan(Plan::default())?;
//! assert_eq!(engine.commit()?.inserted, 0);
//! assert!(engine.base("link").is_err());
//! # Ok(())
//! # }
//! ```

use crate::afresh::{Closed, Effort, Given};
use crate::cost::Cost;
use crate::edits::Voice;
use crate::error::Error;
use crate::facts::Facts;
pub use crate::forks::Fork;
use crate::forks::Forks;
use crate::interrupt::Interrupt;
use crate::live::render::{LayerSpec, Node};
use crate::live::worker::{Answer, Command, INPUTS, WorkerEnd, spawn};
use crate::replan::check;
use crate::rows::{Changes, Commit, Rows, added};
use crate::scenario::Followed;
use crate::stream::Streaming;
use crate::subscribe::Feed;
use crate::symbols::Symbols;
use compiler::plan::{Plan, RelationId};
use dataflow::{ForkTime, Updates};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use timely::communication::WorkerGuards;

/// How the engine runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads of the dataflow.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { workers: 1 }
    }
}

/// A base relation of the engine; stays the same when rules change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BaseId(pub(crate) u32);

/// Where a fact comes from: a source (a file, a prompt, a stream), and a line or record of it, from 1; 0 if unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Origin {
    /// Numbered by [`Engine::source`]; 0 if unknown.
    pub source: u32,
    /// Line or record.
    pub record: u32,
}

/// How many changes gather before they are handed to the workers.
const SHIPMENT: usize = 1 << 15;

/// How often whoever waits for workers looks whether that is still wanted.
pub(crate) const GLANCE: Duration = Duration::from_millis(10);

/// A base relation: what it is called, and its facts.
pub(crate) struct Base {
    pub(crate) name: Arc<str>,
    /// What each column holds ([`compiler::value::Type::layout`]).
    pub(crate) layout: Vec<String>,
    pub(crate) facts: Facts,
    pub(crate) pending: Updates<ForkTime>,
}

/// A dataflow that holds derived relations.
pub(crate) struct Layer {
    pub(crate) nodes: BTreeSet<Node>,
    pub(crate) reads: BTreeSet<u32>,
    pub(crate) spec: Arc<LayerSpec>,
    /// The nodes that its rules read and it does not hold.
    pub(crate) sources: BTreeSet<Node>,
    pub(crate) cost: Cost,
    /// If it is derived afresh.
    pub(crate) given: Option<Given>,
}

pub(crate) struct Watch {
    pub(crate) relation: Arc<str>,
    pub(crate) number: u32,
    /// Whether commits report its changes; if not, only subscriptions have them.
    pub(crate) reported: bool,
}

/// One live model.
pub struct Engine {
    pub(crate) symbols: Symbols,
    pub(crate) plan: Arc<Plan>,
    /// The node behind each relation of the plan.
    pub(crate) nodes: Vec<Node>,
    pub(crate) bases: Vec<Base>,
    pub(crate) layers: BTreeMap<u32, Layer>,
    pub(crate) next_layer: u32,
    pub(crate) sources: Vec<String>,
    /// The open epoch.
    pub(crate) epoch: u32,
    pub(crate) tally: Commit,
    pub(crate) forks: Forks,
    pub(crate) followed: Vec<Followed>,
    pub(crate) watches: Vec<Watch>,
    pub(crate) next_watch: u32,
    pub(crate) feeds: Vec<Feed>,
    pub(crate) effort: Effort,
    /// Changes of watched relations that a new plan brought, to be reported by the next commit.
    pub(crate) replanned: Vec<Changes>,
    /// The streams, if they are to pass.
    pub(crate) streaming: Option<Box<Streaming>>,
    pub(crate) workers: Vec<(Sender<Command>, Receiver<Answer>)>,
    pub(crate) guards: Option<WorkerGuards<()>>,
    pub(crate) interrupt: Interrupt,
    /// Raised for the workers, if all are of this process: alone, some would wait for the others for ever.
    pub(crate) halt: Option<Interrupt>,
}

impl Engine {
    /// Starts the workers. The model is empty.
    pub fn new(options: Options) -> Result<Engine, Error> {
        let (mut workers, mut ends) = (Vec::new(), Vec::new());
        for _ in 0..options.workers.max(1) {
            let ((command, commands), (answers, answer)) = (channel(), channel());
            workers.push((command, answer));
            ends.push(WorkerEnd { commands, answers });
        }
        let config = match workers.len() {
            1 => timely::CommunicationConfig::Thread,
            n => timely::CommunicationConfig::Process(n),
        };
        let (symbols, (builders, others)) = (Symbols::default(), config.try_build().map_err(Error::Unsupported)?);
        let halt = Interrupt::default();
        let guards = spawn(builders, others, ends, &symbols, &halt)?;
        let mut engine = Engine::of(symbols, workers, guards);
        engine.halt = Some(halt);
        Ok(engine)
    }

    /// An empty model on workers that have been started.
    pub(crate) fn of(
        symbols: Symbols,
        workers: Vec<(Sender<Command>, Receiver<Answer>)>,
        guards: WorkerGuards<()>,
    ) -> Engine {
        Engine {
            symbols,
            plan: Arc::default(),
            nodes: Vec::new(),
            bases: Vec::new(),
            layers: BTreeMap::new(),
            next_layer: INPUTS + 1,
            sources: vec![String::new(), "rules".to_string()],
            epoch: 0,
            tally: Commit::default(),
            forks: Forks::default(),
            followed: Vec::new(),
            watches: Vec::new(),
            next_watch: 0,
            feeds: Vec::new(),
            effort: Effort::default(),
            replanned: Vec::new(),
            streaming: None,
            workers,
            guards: Some(guards),
            interrupt: Interrupt::default(),
            halt: None,
        }
    }

    /// The table in which the engine's words for symbols stand. Clones share it.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// What stops a question, or a change of the rules, while it is worked on: the model is then as it was. The workers of
    /// a cluster are not stopped.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// The plan that is maintained.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Makes the model follow another plan. Relations whose fingerprint is unchanged are kept as they are, everything
    /// else is built, or dropped. The facts in the text of the plan replace those of the plan before it. Commits what is
    /// open first, and itself. An error leaves the model as it was.
    pub fn set_plan(&mut self, plan: Plan) -> Result<Commit, Error> {
        let live = self.live_part(&plan)?;
        check(live.as_ref().unwrap_or(&plan))?;
        self.commit_if_open()?;
        let before = self.watched_rows()?;
        if let (Some(streaming), true) = (&mut self.streaming, live.is_some()) {
            streaming.follow(&plan)?;
        }
        let plan = Arc::new(live.unwrap_or(plan));
        let kept = (std::mem::replace(&mut self.plan, plan.clone()), self.nodes.clone());
        self.nodes = self.nodes_of(&plan)?;
        let build = self.missing();
        if !build.is_empty()
            && let Err(error) = self.build(plan.clone(), self.nodes.clone(), build)
        {
            (self.plan, self.nodes) = kept;
            return Err(error);
        }
        self.drop_stale_layers()?;
        self.rewatch(before)?;
        let align = self.refollow()?;
        self.move_events()?;
        self.state_text_facts()?;
        self.close_all(&align)
    }

    /// Names a source of facts.
    pub fn source(&mut self, name: &str) -> u32 {
        let known = self.sources.iter().position(|source| source == name);
        known.unwrap_or_else(|| {
            self.sources.push(name.to_string());
            self.sources.len() - 1
        }) as u32
    }

    /// The name of a source; `rules` for facts that stand in the text of the plan, empty for an unknown one.
    pub fn source_name(&self, source: u32) -> &str {
        self.sources.get(source as usize).map_or("", String::as_str)
    }

    /// The base relation under a relation's name (for a relation with rules and facts: its facts).
    pub fn base(&self, relation: &str) -> Result<BaseId, Error> {
        let id = self.find(relation)?;
        let base = self.plan.relation(id).base.ok_or_else(|| Error::NotABase(relation.to_string()))?;
        match self.nodes[base.0 as usize] {
            Node::Base(base) => Ok(BaseId(base)),
            Node::Derived(_) => Err(Error::NotABase(relation.to_string())),
        }
    }

    /// Inserts a fact into the open epoch of a fork. Words of symbols must be of [`Engine::symbols`].
    pub fn insert(&mut self, fork: Fork, base: BaseId, row: &[u64], origin: Origin) -> Result<(), Error> {
        if self.takes_event(fork, base, row, origin)? {
            return Ok(());
        }
        self.change(fork, base, row, |facts, row, forks, emit| match fork.slot {
            0 => facts.insert(row, origin, forks, emit),
            slot => facts.edit(slot, row, Voice::Hand(true), forks, emit),
        })
    }

    /// Retracts a fact in a fork, whoever asserted it.
    pub fn retract(&mut self, fork: Fork, base: BaseId, row: &[u64]) -> Result<(), Error> {
        self.is_no_event(base)?;
        self.change(fork, base, row, |facts, row, forks, emit| match fork.slot {
            0 => facts.retract(row, forks, emit),
            slot => facts.edit(slot, row, Voice::Hand(false), forks, emit),
        })
    }

    /// Withdraws what one source asserted: the fact goes when no other source asserts it.
    pub fn withdraw(&mut self, base: BaseId, row: &[u64], source: u32) -> Result<(), Error> {
        self.change(Fork::BASE, base, row, |facts, row, forks, emit| facts.withdraw(row, source, forks, emit))
    }

    /// The origins of a fact of the base model, the open epoch included.
    pub fn origins(&self, base: BaseId, row: &[u64]) -> Vec<Origin> {
        self.bases[base.0 as usize].facts.origins(row)
    }

    /// How many facts the base model has, the open epoch included.
    pub fn facts(&self) -> usize {
        self.bases.iter().map(|base| base.facts.len()).sum()
    }

    /// Closes the open epoch and waits until everything derived from it is up to date, also in forks that follow a
    /// scenario.
    pub fn commit(&mut self) -> Result<Commit, Error> {
        self.close_all(&BTreeSet::new())
    }

    /// Closes the open epoch, and those in which forks catch up with what they follow, as one. `align`: those that may
    /// follow something else than before.
    fn close_all(&mut self, align: &BTreeSet<u32>) -> Result<Commit, Error> {
        let _held = self.interrupt.hold();
        self.close_streams()?;
        let (mut closed, mut align) = (Closed::default(), align.clone());
        loop {
            let next = self.close(self.tally.inserted + self.tally.retracted)?;
            self.pass_on(&next.answers)?;
            align.extend(&next.align);
            self.align_all(&align)?;
            closed.add(next, self);
            if self.bases.iter().all(|base| base.pending.is_empty()) {
                break;
            }
        }
        self.maintain_again()?;
        let changes = added(closed.changes);
        let mut commit = std::mem::take(&mut self.tally);
        (commit.epoch, commit.produced, commit.afresh) = (self.epoch - 1, closed.produced, closed.afresh);
        self.publish(commit.epoch, &changes)?;
        commit.changes = std::mem::take(&mut self.replanned);
        commit.changes.extend(self.reported(changes));
        Ok(commit)
    }

    /// The rows of a relation in a fork that agree with the pattern (one entry a column), in the order of their words.
    pub fn query(&mut self, fork: Fork, relation: &str, pattern: &[Option<u64>]) -> Result<Rows, Error> {
        if let Some(rows) = self.read_events(relation, pattern)? {
            return Ok(rows);
        }
        self.read(fork, relation, pattern.to_vec())
    }

    /// The number of rows of a relation.
    pub fn count(&mut self, fork: Fork, relation: &str) -> Result<usize, Error> {
        let node = self.nodes[self.find(relation)?.0 as usize];
        let pattern = vec![None; self.plan.relation(self.find(relation)?).arity()];
        if let Some(rows) = self.read_events(relation, &pattern)? {
            return Ok(rows.len());
        }
        let at = self.now(fork)?;
        let answers = self.tell(|_| Command::Read { node, at, pattern: pattern.clone(), count_only: true })?;
        Ok(answers.iter().map(|answer| answer.count).sum())
    }

    /// Answers the queries of a plan over the model without keeping anything: what the plan derives and the model does
    /// not is built, read and dropped. One result a query, in their order.
    pub fn ask(&mut self, fork: Fork, plan: &Plan) -> Result<Vec<Rows>, Error> {
        self.commit_if_open()?;
        if let Some(answers) = self.ask_events(fork, plan)? {
            return Ok(answers);
        }
        let live = self.live_part(plan)?;
        let plan = live.as_ref().unwrap_or(plan);
        check(plan)?;
        let at = self.now(fork)?;
        let (plan, kept_plan) = (Arc::new(plan.clone()), self.plan.clone());
        let nodes = self.nodes_of(&plan)?;
        let kept_nodes = std::mem::replace(&mut self.nodes, nodes.clone());
        self.plan = plan.clone();
        let build = self.wanted(&plan);
        let built = if build.is_empty() { Ok(None) } else { self.build(plan.clone(), nodes, build).map(Some) };
        let mut results = Vec::new();
        for query in &plan.queries {
            let relation = plan.relation(*query);
            results.push(self.read_node(self.nodes[query.0 as usize], at, vec![None; relation.arity()]));
        }
        self.plan = kept_plan;
        self.nodes = kept_nodes;
        if let Some(layer) = built? {
            self.drop_layers(&[layer])?;
        }
        results.into_iter().collect()
    }

    /// From the next commit on, report the changes of a relation. Its present rows come first, as insertions.
    pub fn watch(&mut self, relation: &str) -> Result<(), Error> {
        self.is_kept(relation)?;
        let node = self.nodes[self.find(relation)?.0 as usize];
        if let Some(place) = self.watches.iter().position(|watch| &*watch.relation == relation) {
            if !self.watches[place].reported {
                // For a subscription so far: what it holds must be said once more.
                self.watches[place].reported = true;
                self.restate(relation)?;
            }
            return Ok(());
        }
        let number = self.next_watch;
        self.next_watch += 1;
        let has_past = self.epoch > 0;
        self.tell(|_| Command::Watch { node, number, has_past, from_now: false })?;
        self.watches.push(Watch { relation: relation.into(), number, reported: true });
        Ok(())
    }

    /// No longer report the changes of a relation.
    pub fn unwatch(&mut self, relation: &str) -> Result<(), Error> {
        if let Some(place) = self.watches.iter().position(|watch| &*watch.relation == relation) {
            if self.is_followed(relation) {
                self.watches[place].reported = false;
                return Ok(());
            }
            let watch = self.watches.remove(place);
            self.tell(|_| Command::Unwatch(watch.number))?;
        }
        Ok(())
    }
}

/// Changes and reads.
impl Engine {
    pub(crate) fn find(&self, relation: &str) -> Result<RelationId, Error> {
        self.plan.find(relation).ok_or_else(|| Error::UnknownRelation(relation.to_string()))
    }

    /// The last closed epoch, seen from a fork.
    pub(crate) fn now(&self, fork: Fork) -> Result<ForkTime, Error> {
        Ok(ForkTime::new(self.epoch.saturating_sub(1), self.forks.slot(fork)?))
    }

    pub(crate) fn change(
        &mut self,
        fork: Fork,
        base: BaseId,
        row: &[u64],
        act: impl FnOnce(&mut Facts, &[u64], &Forks, &mut dyn FnMut(u32, &[u64], i32)) -> bool,
    ) -> Result<(), Error> {
        let slot = self.forks.slot(fork)?;
        let (epoch, forks) = (self.epoch, &self.forks);
        let Some(Base { name, layout, facts, pending }) = self.bases.get_mut(base.0 as usize) else {
            return Err(Error::UnknownRelation(format!("number {}", base.0)));
        };
        if row.len() != layout.len() {
            let (expected, found) = (layout.len(), row.len());
            return Err(Error::Arity { relation: name.to_string(), expected, found });
        }
        let mut sign = 0;
        let emit = &mut |to, row: &[u64], diff| {
            sign = if to == slot { diff } else { sign };
            pending.push(row, ForkTime::new(epoch, to), diff);
        };
        let changed = act(facts, row, forks, emit);
        match sign {
            1..=i32::MAX if changed => self.tally.inserted += 1,
            i32::MIN..=-1 if changed => self.tally.retracted += 1,
            _ => self.tally.without_effect += 1,
        }
        if self.bases[base.0 as usize].pending.len() >= SHIPMENT {
            self.ship(base.0)?;
        }
        Ok(())
    }

    /// Changes many facts of a base relation of the base model at once: `act` is given what notes each change.
    pub(crate) fn change_many(
        &mut self,
        base: u32,
        act: impl FnOnce(&mut Facts, &Forks, &mut dyn FnMut(u32, &[u64], i32)),
    ) -> Result<(), Error> {
        let (epoch, forks, tally) = (self.epoch, &self.forks, &mut self.tally);
        let Base { facts, pending, .. } = &mut self.bases[base as usize];
        let mut full = Vec::new();
        let emit = &mut |to, row: &[u64], diff| {
            match diff {
                _ if to != Fork::BASE.slot => {}
                1.. => tally.inserted += 1,
                _ => tally.retracted += 1,
            }
            pending.push(row, ForkTime::new(epoch, to), diff);
            if pending.len() >= SHIPMENT {
                full.push(std::mem::take(pending));
            }
        };
        act(facts, forks, emit);
        full.into_iter().try_for_each(|changes| self.send(base, changes))
    }

    /// Hands gathered changes of a base relation to the workers, a share each.
    pub(crate) fn ship(&mut self, base: u32) -> Result<(), Error> {
        let all = std::mem::take(&mut self.bases[base as usize].pending);
        self.send(base, all)
    }

    fn send(&mut self, base: u32, all: Updates<ForkTime>) -> Result<(), Error> {
        if all.is_empty() {
            return Ok(());
        }
        self.effort.touched.insert(base);
        for ((worker, _), share) in self.workers.iter().zip(all.shares(self.workers.len())) {
            worker.send(Command::Change(base, share)).map_err(|_| Error::Stopped)?;
        }
        Ok(())
    }

    /// Whether something has changed since the last epoch closed.
    pub(crate) fn is_open(&self) -> bool {
        self.tally.inserted + self.tally.retracted + self.tally.without_effect > 0
            || self.bases.iter().any(|base| !base.pending.is_empty())
    }

    pub(crate) fn commit_if_open(&mut self) -> Result<(), Error> {
        let is_fed = self.streaming.as_ref().is_some_and(|streaming| streaming.is_fed());
        if self.is_open() || is_fed {
            let commit = self.commit()?;
            self.replanned = commit.changes;
            self.tally = Commit { changes: Vec::new(), ..commit };
        }
        Ok(())
    }

    pub(crate) fn read(&mut self, fork: Fork, relation: &str, pattern: Vec<Option<u64>>) -> Result<Rows, Error> {
        let id = self.find(relation)?;
        let expected = self.plan.relation(id).arity();
        if pattern.len() != expected {
            return Err(Error::Arity { relation: relation.to_string(), expected, found: pattern.len() });
        }
        self.read_node(self.nodes[id.0 as usize], self.now(fork)?, pattern)
    }

    pub(crate) fn read_node(&mut self, node: Node, at: ForkTime, pattern: Vec<Option<u64>>) -> Result<Rows, Error> {
        let mut rows = Rows::new(pattern.len());
        for answer in self.tell(|_| Command::Read { node, at, pattern: pattern.clone(), count_only: false })? {
            rows.count += answer.count;
            rows.words.extend(answer.rows);
        }
        Ok(rows.sorted())
    }

    /// Gives every worker a command and waits for all answers.
    pub(crate) fn tell(&self, command: impl Fn(usize) -> Command) -> Result<Vec<Answer>, Error> {
        for (place, (worker, _)) in self.workers.iter().enumerate() {
            worker.send(command(place)).map_err(|_| Error::Stopped)?;
        }
        self.workers.iter().map(|(_, answer)| answer.recv().map_err(|_| Error::Stopped)).collect()
    }

    /// The same, but if whoever asked has had enough meanwhile, the workers halt.
    pub(crate) fn tell_or_halt(&self, command: impl Fn(usize) -> Command) -> Result<Vec<Answer>, Error> {
        let Some(halt) = &self.halt else { return self.tell(command) };
        self.interrupt.check()?;
        for (place, (worker, _)) in self.workers.iter().enumerate() {
            worker.send(command(place)).map_err(|_| Error::Stopped)?;
        }
        let wait = |answer: &Receiver<Answer>| loop {
            match answer.recv_timeout(GLANCE) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) if self.interrupt.is_raised() => halt.raise(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Stopped),
            }
        };
        let answers = self.workers.iter().map(|(_, answer)| wait(answer)).collect();
        halt.clear();
        answers
    }

    /// What the workers saw in watched relations, by relation and fork; forks that are gone have no changes.
    pub(crate) fn consolidated(&self, answers: Vec<Answer>) -> Vec<Changes> {
        let mut by_row: BTreeMap<(usize, u32, Vec<u64>), i32> = BTreeMap::new();
        for (number, updates) in answers.into_iter().flat_map(|answer| answer.watched) {
            let Some(place) = self.watches.iter().position(|watch| watch.number == number) else { continue };
            for (row, time, diff) in updates.iter() {
                *by_row.entry((place, time.fork, row.to_vec())).or_default() += diff;
            }
        }
        let mut changes: Vec<(usize, Changes)> = Vec::new();
        for ((place, slot, row), diff) in by_row {
            if diff == 0 {
                continue;
            }
            let Some(fork) = self.forks.fork(slot) else { continue };
            if !changes.last().is_some_and(|(p, c)| *p == place && c.fork == fork) {
                let relation = self.watches[place].relation.clone();
                let (inserted, retracted) = (Rows::new(row.len()), Rows::new(row.len()));
                changes.push((place, Changes { relation, fork, inserted, retracted }));
            }
            if let Some((_, last)) = changes.last_mut() {
                last.push(&row, diff);
            }
        }
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

impl Drop for Engine {
    /// Ends the workers. Their panics, if any, were reported as [`Error::Stopped`].
    fn drop(&mut self) {
        self.workers.clear();
        if let Some(guards) = self.guards.take() {
            guards.join().into_iter().for_each(drop);
        }
    }
}
