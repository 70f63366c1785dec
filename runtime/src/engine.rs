//! The front door: one live model.
//!
//! An [`Engine`] maintains every relation of a [`Plan`] over facts that keep changing. Changes are gathered into the open
//! epoch; [`Engine::commit`] closes it and returns once everything derived is up to date. From then on
//! 1. a read sees every change of the epochs closed so far and none of the open one;
//! 2. in every fork, each relation equals what evaluating the rules from scratch on that fork's facts would give;
//! 3. the changes reported of watched relations are consolidated: no row twice, none without effect.
//!
//! The work of a commit is that of the change, not of the model. Workers are threads; each holds a share of every
//! relation.
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

use crate::facts::Facts;
use crate::live::render::{LayerSpec, Node};
use crate::live::worker::{Answer, Command, INPUTS, obey};
use crate::symbols::Symbols;
use crate::value::Value;
use compiler::plan::{Body, Plan, RelationId};
use compiler::value::Primitive;
use dataflow::{ForkTime, Updates, WIDEST};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
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

/// A model: the base, or a counterfactual of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fork(pub(crate) u32);

impl Fork {
    /// The model itself.
    pub const BASE: Fork = Fork(0);
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

/// Rows of one relation, flat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    arity: usize,
    count: usize,
    words: Vec<u64>,
}

impl Rows {
    /// No rows, of so many columns.
    pub fn new(arity: usize) -> Self {
        Rows { arity, count: 0, words: Vec::new() }
    }
    /// Appends a row.
    pub fn push(&mut self, row: &[u64]) {
        self.words.extend_from_slice(row);
        self.count += 1;
    }
    /// How many rows.
    pub fn len(&self) -> usize {
        self.count
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Columns of a row.
    pub fn arity(&self) -> usize {
        self.arity
    }
    /// A row by its place.
    pub fn get(&self, index: usize) -> &[u64] {
        &self.words[index * self.arity..(index + 1) * self.arity]
    }
    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u64]> {
        (0..self.count).map(|i| self.get(i))
    }

    fn sorted(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.count).collect();
        order.sort_unstable_by(|a, b| self.get(*a).cmp(self.get(*b)));
        self.words = order.iter().flat_map(|i| self.get(*i).iter().copied()).collect();
        self
    }
}

/// What an epoch changed in one watched relation: consolidated, no row twice. A change of the base is not repeated for the
/// forks that see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The relation.
    pub relation: Arc<str>,
    /// In which model.
    pub fork: Fork,
    /// Rows that hold now and did not.
    pub inserted: Rows,
    /// Rows that held and do not now.
    pub retracted: Rows,
}

/// What a commit did.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The epoch that is now visible.
    pub epoch: u32,
    /// Facts that were inserted, in any fork.
    pub inserted: usize,
    /// Facts that were retracted, in any fork.
    pub retracted: usize,
    /// Insertions of present facts and retractions of absent ones.
    pub without_effect: usize,
    /// The work it took: rows that operators produced, intermediate ones included.
    pub produced: u64,
    /// Of the watched relations, in the order in which they are watched; those without a change are left out.
    pub changes: Vec<Changes>,
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No relation of the plan has this name.
    UnknownRelation(String),
    /// The relation is derived by rules and takes no facts.
    NotABase(String),
    /// A row of the wrong width.
    Arity {
        /// Of which relation.
        relation: String,
        /// Its number of columns.
        expected: usize,
        /// What came.
        found: usize,
    },
    /// The fork was never made, or was dropped.
    UnknownFork,
    /// The engine cannot maintain this plan; says which part and why.
    Unsupported(String),
    /// The workers are gone: one of them has failed.
    Stopped,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::UnknownRelation(name) => write!(f, "there is no relation `{name}`"),
            Error::NotABase(name) => write!(f, "relation `{name}` is derived by rules and takes no facts"),
            Error::Arity { relation, expected, found } => {
                write!(f, "relation `{relation}` has {expected} columns, not {found}")
            }
            Error::UnknownFork => f.write_str("there is no such fork"),
            Error::Unsupported(what) => f.write_str(what),
            Error::Stopped => f.write_str("the engine has stopped: one of its workers failed"),
        }
    }
}

impl std::error::Error for Error {}

/// The source of the facts that stand in the text of a plan; 0 is an unknown source.
const TEXT: u32 = 1;
/// How many changes gather before they are handed to the workers.
const SHIPMENT: usize = 1 << 15;

/// A base relation: what it is called, and its facts.
struct Base {
    name: Arc<str>,
    primitives: Vec<Primitive>,
    facts: Facts,
    pending: Updates<ForkTime>,
}

/// A dataflow that holds derived relations.
struct Layer {
    nodes: BTreeSet<Node>,
    reads: BTreeSet<u32>,
}

struct Watch {
    relation: Arc<str>,
    number: u32,
}

/// A watched relation's node, and its rows in every fork.
type WatchedRows = (Node, Vec<(Fork, Rows)>);

/// One live model.
pub struct Engine {
    symbols: Symbols,
    plan: Arc<Plan>,
    /// The node behind each relation of the plan.
    nodes: Vec<Node>,
    bases: Vec<Base>,
    layers: BTreeMap<u32, Layer>,
    next_layer: u32,
    sources: Vec<String>,
    /// The open epoch.
    epoch: u32,
    tally: Commit,
    forks: BTreeSet<u32>,
    next_fork: u32,
    watches: Vec<Watch>,
    next_watch: u32,
    /// Changes of watched relations that a new plan brought, to be reported by the next commit.
    replanned: Vec<Changes>,
    workers: Vec<(Sender<Command>, Receiver<Answer>)>,
    guards: Option<WorkerGuards<()>>,
}

impl Engine {
    /// Starts the workers. The model is empty.
    pub fn new(options: Options) -> Result<Engine, Error> {
        let symbols = Symbols::default();
        let mut workers = Vec::new();
        let mut ends = Vec::new();
        for _ in 0..options.workers.max(1) {
            let ((command, commands), (answers, answer)) = (channel(), channel());
            workers.push((command, answer));
            ends.push(Some((commands, answers)));
        }
        let config = match workers.len() {
            1 => timely::Config::thread(),
            n => timely::Config::process(n),
        };
        let (ends, table) = (Mutex::new(ends), symbols.clone());
        let guards = timely::execute(config, move |worker| {
            let end = ends.lock().ok().and_then(|mut ends| ends[worker.index()].take());
            if let Some((commands, answers)) = end {
                obey(worker, table.clone(), &commands, &answers);
            }
        });
        Ok(Engine {
            symbols,
            plan: Arc::default(),
            nodes: Vec::new(),
            bases: Vec::new(),
            layers: BTreeMap::new(),
            next_layer: INPUTS + 1,
            sources: vec![String::new(), "rules".to_string()],
            epoch: 0,
            tally: Commit::default(),
            forks: BTreeSet::new(),
            next_fork: 1,
            watches: Vec::new(),
            next_watch: 0,
            replanned: Vec::new(),
            workers,
            guards: Some(guards.map_err(Error::Unsupported)?),
        })
    }

    /// The table in which the engine's words for symbols stand. Clones share it.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// The plan that is maintained.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Makes the model follow another plan. Relations whose fingerprint is unchanged are kept as they are, everything
    /// else is built, or dropped. The facts in the text of the plan replace those of the plan before it. Commits what is
    /// open first, and itself. An error leaves the model as it was.
    pub fn set_plan(&mut self, plan: Plan) -> Result<Commit, Error> {
        check(&plan)?;
        self.commit_if_open()?;
        let plan = Arc::new(plan);
        let before = self.watched_rows()?;
        self.plan = plan.clone();
        self.nodes = self.nodes_of(&plan)?;
        let build = self.missing();
        if !build.is_empty() {
            self.build(plan.clone(), self.nodes.clone(), build)?;
        }
        self.drop_stale_layers()?;
        self.rewatch(before)?;
        self.state_text_facts()?;
        self.commit()
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
        self.change(fork, base, row, |facts, row, emit| match fork {
            Fork::BASE => facts.insert(row, origin, emit),
            fork => facts.edit(fork, row, true, emit),
        })
    }

    /// Retracts a fact in a fork, whoever asserted it.
    pub fn retract(&mut self, fork: Fork, base: BaseId, row: &[u64]) -> Result<(), Error> {
        self.change(fork, base, row, |facts, row, emit| match fork {
            Fork::BASE => facts.retract(row, emit),
            fork => facts.edit(fork, row, false, emit),
        })
    }

    /// Withdraws what one source asserted: the fact goes when no other source asserts it.
    pub fn withdraw(&mut self, base: BaseId, row: &[u64], source: u32) -> Result<(), Error> {
        self.change(Fork::BASE, base, row, |facts, row, emit| facts.withdraw(row, source, emit))
    }

    /// The origins of a fact of the base model, the open epoch included.
    pub fn origins(&self, base: BaseId, row: &[u64]) -> Vec<Origin> {
        self.bases[base.0 as usize].facts.origins(row)
    }

    /// How many facts the base model has, the open epoch included.
    pub fn facts(&self) -> usize {
        self.bases.iter().map(|base| base.facts.len()).sum()
    }

    /// Closes the open epoch and waits until everything derived from it is up to date.
    pub fn commit(&mut self) -> Result<Commit, Error> {
        for base in 0..self.bases.len() as u32 {
            self.ship(base)?;
        }
        let answers = self.tell(|_| Command::Close(self.epoch))?;
        let mut commit = std::mem::take(&mut self.tally);
        commit.epoch = self.epoch;
        commit.produced = answers.iter().map(|answer| answer.produced).sum();
        self.epoch += 1;
        commit.changes = std::mem::take(&mut self.replanned);
        commit.changes.extend(self.consolidated(answers));
        Ok(commit)
    }

    /// The rows of a relation in a fork that agree with the pattern (one entry a column), in the order of their words.
    pub fn query(&mut self, fork: Fork, relation: &str, pattern: &[Option<u64>]) -> Result<Rows, Error> {
        self.read(fork, relation, pattern.to_vec())
    }

    /// The number of rows of a relation.
    pub fn count(&mut self, fork: Fork, relation: &str) -> Result<usize, Error> {
        let node = self.nodes[self.find(relation)?.0 as usize];
        let pattern = vec![None; self.plan.relation(self.find(relation)?).arity()];
        let at = self.now(fork)?;
        let answers = self.tell(|_| Command::Read { node, at, pattern: pattern.clone(), count_only: true })?;
        Ok(answers.iter().map(|answer| answer.count).sum())
    }

    /// Answers the queries of a plan over the model without keeping anything: what the plan derives and the model does
    /// not is built, read and dropped. One result a query, in their order.
    pub fn ask(&mut self, fork: Fork, plan: &Plan) -> Result<Vec<Rows>, Error> {
        check(plan)?;
        self.commit_if_open()?;
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
        let node = self.nodes[self.find(relation)?.0 as usize];
        if self.watches.iter().any(|watch| &*watch.relation == relation) {
            return Ok(());
        }
        let number = self.next_watch;
        self.next_watch += 1;
        let has_past = self.epoch > 0;
        self.tell(|_| Command::Watch(node, number, has_past))?;
        self.watches.push(Watch { relation: relation.into(), number });
        Ok(())
    }

    /// No longer report the changes of a relation.
    pub fn unwatch(&mut self, relation: &str) -> Result<(), Error> {
        if let Some(place) = self.watches.iter().position(|watch| &*watch.relation == relation) {
            let watch = self.watches.remove(place);
            self.tell(|_| Command::Unwatch(watch.number))?;
        }
        Ok(())
    }

    /// A new counterfactual of the base. Costs nothing until it is edited.
    pub fn fork(&mut self) -> Fork {
        let fork = self.next_fork;
        self.next_fork += 1;
        self.forks.insert(fork);
        Fork(fork)
    }

    /// Forgets a fork and its edits; its memory is free after the next commit.
    pub fn drop_fork(&mut self, fork: Fork) -> Result<(), Error> {
        if !self.forks.remove(&fork.0) {
            return Err(Error::UnknownFork);
        }
        let epoch = self.epoch;
        for base in &mut self.bases {
            let pending = &mut base.pending;
            base.facts.forget(fork, &mut |fork, row, diff| pending.push(row, ForkTime::new(epoch, fork), diff));
        }
        Ok(())
    }
}

/// Changes and reads.
impl Engine {
    fn find(&self, relation: &str) -> Result<RelationId, Error> {
        self.plan.find(relation).ok_or_else(|| Error::UnknownRelation(relation.to_string()))
    }

    /// The last closed epoch, seen from a fork.
    fn now(&self, fork: Fork) -> Result<ForkTime, Error> {
        if fork != Fork::BASE && !self.forks.contains(&fork.0) {
            return Err(Error::UnknownFork);
        }
        Ok(ForkTime::new(self.epoch.saturating_sub(1), fork.0))
    }

    fn change(
        &mut self,
        fork: Fork,
        base: BaseId,
        row: &[u64],
        act: impl FnOnce(&mut Facts, &[u64], &mut dyn FnMut(u32, &[u64], i32)) -> bool,
    ) -> Result<(), Error> {
        if fork != Fork::BASE && !self.forks.contains(&fork.0) {
            return Err(Error::UnknownFork);
        }
        let epoch = self.epoch;
        let Some(Base { name, primitives, facts, pending }) = self.bases.get_mut(base.0 as usize) else {
            return Err(Error::UnknownRelation(format!("number {}", base.0)));
        };
        if row.len() != primitives.len() {
            let (expected, found) = (primitives.len(), row.len());
            return Err(Error::Arity { relation: name.to_string(), expected, found });
        }
        let mut sign = 0;
        let emit = &mut |to, row: &[u64], diff| {
            sign = if to == fork.0 { diff } else { sign };
            pending.push(row, ForkTime::new(epoch, to), diff);
        };
        let changed = act(facts, row, emit);
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

    /// Hands gathered changes of a base relation to the workers, a share each.
    fn ship(&mut self, base: u32) -> Result<(), Error> {
        let all = std::mem::take(&mut self.bases[base as usize].pending);
        if all.is_empty() {
            return Ok(());
        }
        if let [(only, _)] = &self.workers[..] {
            return only.send(Command::Change(base, all)).map_err(|_| Error::Stopped);
        }
        let mut shares = vec![Updates::new(all.width()); self.workers.len()];
        for (place, (row, time, diff)) in all.iter().enumerate() {
            shares[place % self.workers.len()].push(row, time, diff);
        }
        for ((worker, _), share) in self.workers.iter().zip(shares) {
            worker.send(Command::Change(base, share)).map_err(|_| Error::Stopped)?;
        }
        Ok(())
    }

    fn commit_if_open(&mut self) -> Result<(), Error> {
        let open = self.tally.inserted + self.tally.retracted + self.tally.without_effect > 0
            || self.bases.iter().any(|base| !base.pending.is_empty());
        if open {
            let commit = self.commit()?;
            self.replanned = commit.changes;
            self.tally = Commit { changes: Vec::new(), ..commit };
        }
        Ok(())
    }

    fn read(&mut self, fork: Fork, relation: &str, pattern: Vec<Option<u64>>) -> Result<Rows, Error> {
        let id = self.find(relation)?;
        let expected = self.plan.relation(id).arity();
        if pattern.len() != expected {
            return Err(Error::Arity { relation: relation.to_string(), expected, found: pattern.len() });
        }
        self.read_node(self.nodes[id.0 as usize], self.now(fork)?, pattern)
    }

    fn read_node(&mut self, node: Node, at: ForkTime, pattern: Vec<Option<u64>>) -> Result<Rows, Error> {
        let mut rows = Rows::new(pattern.len());
        for answer in self.tell(|_| Command::Read { node, at, pattern: pattern.clone(), count_only: false })? {
            rows.count += answer.count;
            rows.words.extend(answer.rows);
        }
        Ok(rows.sorted())
    }

    /// Gives every worker a command and waits for all answers.
    fn tell(&self, command: impl Fn(usize) -> Command) -> Result<Vec<Answer>, Error> {
        for (place, (worker, _)) in self.workers.iter().enumerate() {
            worker.send(command(place)).map_err(|_| Error::Stopped)?;
        }
        self.workers.iter().map(|(_, answer)| answer.recv().map_err(|_| Error::Stopped)).collect()
    }

    /// What the workers saw in watched relations, by relation and fork.
    fn consolidated(&self, answers: Vec<Answer>) -> Vec<Changes> {
        let mut by_row: BTreeMap<(usize, u32, Vec<u64>), i32> = BTreeMap::new();
        for (number, updates) in answers.into_iter().flat_map(|answer| answer.watched) {
            let Some(place) = self.watches.iter().position(|watch| watch.number == number) else { continue };
            for (row, time, diff) in updates.iter() {
                *by_row.entry((place, time.fork, row.to_vec())).or_default() += diff;
            }
        }
        let mut changes: Vec<(usize, Changes)> = Vec::new();
        for ((place, fork, row), diff) in by_row {
            if diff == 0 {
                continue;
            }
            if !changes.last().is_some_and(|(p, c)| *p == place && c.fork.0 == fork) {
                let relation = self.watches[place].relation.clone();
                let (inserted, retracted) = (Rows::new(row.len()), Rows::new(row.len()));
                changes.push((place, Changes { relation, fork: Fork(fork), inserted, retracted }));
            }
            if let Some((_, last)) = changes.last_mut() {
                if diff > 0 { last.inserted.push(&row) } else { last.retracted.push(&row) }
            }
        }
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

/// Plans.
impl Engine {
    /// The nodes behind a plan's relations. Base relations that are new to the engine get their inputs.
    fn nodes_of(&mut self, plan: &Arc<Plan>) -> Result<Vec<Node>, Error> {
        let derived: BTreeSet<RelationId> =
            plan.strata.iter().flat_map(|s| &s.definitions).map(|d| d.relation).collect();
        let (mut nodes, mut new) = (Vec::new(), Vec::new());
        for (place, relation) in plan.relations.iter().enumerate() {
            let id = RelationId(place as u32);
            if derived.contains(&id) {
                nodes.push(Node::Derived(relation.fingerprint));
                continue;
            }
            let primitives: Vec<Primitive> = relation.primitives().collect();
            let known = self.bases.iter().position(|b| b.name == relation.name && b.primitives == primitives);
            let base = known.unwrap_or_else(|| {
                let facts = Facts::new(primitives.len());
                let pending = Updates::new(primitives.len());
                self.bases.push(Base { name: relation.name.clone(), primitives, facts, pending });
                new.push((id, self.bases.len() as u32 - 1));
                self.bases.len() - 1
            });
            nodes.push(Node::Base(base as u32));
        }
        if !new.is_empty() {
            let spec = Arc::new(LayerSpec {
                id: INPUTS,
                plan: plan.clone(),
                nodes: nodes.clone(),
                build: BTreeSet::new(),
                has_past: self.epoch > 0,
            });
            self.tell(|_| Command::Inputs(spec.clone(), new.clone()))?;
        }
        Ok(nodes)
    }

    fn derived_now(&self) -> BTreeSet<Node> {
        self.layers.values().flat_map(|layer| &layer.nodes).copied().collect()
    }

    /// The derived relations of the present plan that no layer holds.
    fn missing(&self) -> BTreeSet<RelationId> {
        let held = self.derived_now();
        let defined = self.plan.strata.iter().flat_map(|s| &s.definitions).map(|d| d.relation);
        defined.filter(|r| !held.contains(&self.nodes[r.0 as usize])).collect()
    }

    /// Of those, what the plan's queries need.
    fn wanted(&self, plan: &Plan) -> BTreeSet<RelationId> {
        let missing = self.missing();
        let mut wanted = BTreeSet::new();
        let mut open = plan.queries.clone();
        while let Some(relation) = open.pop() {
            if missing.contains(&relation) && wanted.insert(relation) {
                let definition = plan.definition(relation);
                open.extend(definition.into_iter().flat_map(|d| reads(&d.body)));
                // A stratum is built as a whole.
                let stratum = plan.strata.iter().find(|s| s.definitions.iter().any(|d| d.relation == relation));
                open.extend(stratum.into_iter().flat_map(|s| s.definitions.iter().map(|d| d.relation)));
            }
        }
        wanted
    }

    fn build(&mut self, plan: Arc<Plan>, nodes: Vec<Node>, build: BTreeSet<RelationId>) -> Result<u32, Error> {
        let id = self.next_layer;
        self.next_layer += 1;
        let held: BTreeSet<Node> = build.iter().map(|r| nodes[r.0 as usize]).collect();
        let spec = Arc::new(LayerSpec { id, plan, nodes, build, has_past: self.epoch > 0 });
        let answers = self.tell(|_| Command::Build(spec.clone()))?;
        let reads = answers.into_iter().flat_map(|answer| answer.reads).collect();
        self.layers.insert(id, Layer { nodes: held, reads });
        Ok(id)
    }

    /// Drops the layers none of whose relations are in the plan, unless another layer reads them.
    fn drop_stale_layers(&mut self) -> Result<(), Error> {
        let wanted: BTreeSet<Node> = self.nodes.iter().copied().collect();
        let mut keep: BTreeSet<u32> = BTreeSet::new();
        for (id, layer) in self.layers.iter().rev() {
            if keep.contains(id) || !layer.nodes.is_disjoint(&wanted) {
                keep.insert(*id);
                keep.extend(&layer.reads);
            }
        }
        let stale: Vec<u32> = self.layers.keys().filter(|id| !keep.contains(id)).copied().collect();
        self.drop_layers(&stale)
    }

    fn drop_layers(&mut self, layers: &[u32]) -> Result<(), Error> {
        if !layers.is_empty() {
            self.layers.retain(|id, _| !layers.contains(id));
            self.tell(|_| Command::Drop(layers.to_vec()))?;
        }
        Ok(())
    }

    /// The rows of watched relations in every fork, with the node that they are of.
    fn watched_rows(&mut self) -> Result<Vec<WatchedRows>, Error> {
        let relations: Vec<Arc<str>> = self.watches.iter().map(|watch| watch.relation.clone()).collect();
        relations
            .iter()
            .map(|relation| {
                let node = self.nodes[self.find(relation)?.0 as usize];
                Ok((node, self.in_all_forks(relation)?))
            })
            .collect()
    }

    fn in_all_forks(&mut self, relation: &str) -> Result<Vec<(Fork, Rows)>, Error> {
        let arity = self.plan.relation(self.find(relation)?).arity();
        let forks: Vec<u32> = std::iter::once(0).chain(self.forks.iter().copied()).collect();
        forks.into_iter().map(|f| Ok((Fork(f), self.read(Fork(f), relation, vec![None; arity])?))).collect()
    }

    /// Lets the watches follow a new plan: relations that mean something else now are followed anew, and the difference
    /// is reported; relations that are gone are no longer watched.
    fn rewatch(&mut self, before: Vec<WatchedRows>) -> Result<(), Error> {
        let relations: Vec<Arc<str>> = self.watches.iter().map(|watch| watch.relation.clone()).collect();
        for (relation, (node, old)) in relations.into_iter().zip(before) {
            let Some(id) = self.plan.find(&relation) else {
                self.unwatch(&relation)?;
                continue;
            };
            if self.nodes[id.0 as usize] == node {
                continue;
            }
            self.unwatch(&relation)?;
            self.watch(&relation)?;
            let number = self.next_watch - 1;
            // What the new watch gives first is the present state: the difference to the old one is reported instead.
            self.tell(|_| Command::Close(self.epoch))?;
            self.epoch += 1;
            let new = self.in_all_forks(&relation)?;
            for ((fork, old), (_, new)) in old.into_iter().zip(new) {
                let change = difference(relation.clone(), fork, &old, &new);
                if !(change.inserted.is_empty() && change.retracted.is_empty()) {
                    self.replanned.push(change);
                }
            }
            debug_assert!(self.watches.iter().any(|watch| watch.number == number));
        }
        Ok(())
    }

    /// Makes the facts in the text of the plan those that the text asserts.
    fn state_text_facts(&mut self) -> Result<(), Error> {
        let mut stated: HashMap<BaseId, BTreeSet<Vec<u64>>> = HashMap::new();
        for (relation, values) in &self.plan.facts {
            if let Node::Base(base) = self.nodes[relation.0 as usize] {
                let row = values.iter().map(|value| Value::from(value).word(&self.symbols)).collect();
                stated.entry(BaseId(base)).or_default().insert(row);
            }
        }
        let kept = self.tally.clone();
        for base in (0..self.bases.len() as u32).map(BaseId) {
            let rows = stated.remove(&base).unwrap_or_default();
            for row in self.bases[base.0 as usize].facts.asserted_by(TEXT) {
                if !rows.contains(&row) {
                    self.withdraw(base, &row, TEXT)?;
                }
            }
            for row in rows {
                self.insert(Fork::BASE, base, &row, Origin { source: TEXT, record: 0 })?;
            }
        }
        self.tally.without_effect = kept.without_effect;
        Ok(())
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

/// The relations that a definition reads.
fn reads(body: &Body) -> Vec<RelationId> {
    match body {
        Body::Union(pipelines, _) => {
            pipelines.iter().flat_map(|p| p.source.into_iter().chain(p.stages.iter().map(|s| s.right))).collect()
        }
        Body::Aggregate(fold) => vec![fold.input],
    }
}

/// Whether the engine can maintain a plan.
fn check(plan: &Plan) -> Result<(), Error> {
    let too_wide = |what: &str, width: usize| {
        Err(Error::Unsupported(format!("{what} has {width} columns; the live engine takes at most {WIDEST}")))
    };
    if let Some(relation) = plan.relations.iter().find(|r| r.arity() > WIDEST) {
        return too_wide(&format!("relation `{}`", relation.name), relation.arity());
    }
    for definition in plan.strata.iter().flat_map(|s| &s.definitions) {
        if let Body::Union(pipelines, _) = &definition.body {
            for pipeline in pipelines {
                let emits = std::iter::once(&pipeline.emit).chain(pipeline.stages.iter().map(|s| &s.emit));
                if let Some(width) = emits.map(|e| e.output.len()).max().filter(|width| *width > WIDEST) {
                    return too_wide(&format!("an intermediate row of `{}`", pipeline.rule), width);
                }
            }
        }
    }
    Ok(())
}

/// What changes from one set of sorted rows to another.
fn difference(relation: Arc<str>, fork: Fork, old: &Rows, new: &Rows) -> Changes {
    let (before, after): (BTreeSet<&[u64]>, BTreeSet<&[u64]>) = (old.iter().collect(), new.iter().collect());
    let mut change = Changes { relation, fork, inserted: Rows::new(new.arity()), retracted: Rows::new(old.arity()) };
    after.difference(&before).for_each(|row| change.inserted.push(row));
    before.difference(&after).for_each(|row| change.retracted.push(row));
    change
}
