//! Deriving afresh: when a change is so large that maintaining what follows from it costs more than starting over.
//!
//! To maintain a recursion under change, the engine knows in which rounds each tuple was derived; a change deep down can
//! move them all, and then costs several first loads. The one-shot evaluator knows nothing of rounds and is many times
//! quicker than a first load. So a layer is in one of two states. *Maintained*, it is dataflow over its rules. *Derived
//! afresh*, it is given its rows: at each commit that touches it, [`Once`] evaluates its rules on the facts of each fork
//! that has edits, and the difference to what it held goes in. Everything else (reading, watching, forks, layers above)
//! knows no difference. How a commit decides, in [`Upkeep::Choose`]:
//! - When a commit has taken a quarter of the time of a first load, or `MOST`, what it touches is derived from scratch beside
//!   the workers (`trial`). If they are not done when that is, and as much time has passed as it takes to go over to
//!   it, they are halted, and it counts; if they are, its cost is known from then on.
//! - Where that cannot be, because other layers are read that only the workers know, they are halted after an eighth of a
//!   first load, or when deriving afresh would have been done if its cost is known.
//! - If about as many changes took longer than that before, and than deriving afresh does, they are not maintained at all.
//! - A layer that is derived afresh is maintained again when the commits since then have cost a whole first load more than
//!   they would have, for that is what it takes: changes have become small.
//!
//! So no commit costs much more than `MOST` and what it takes to derive afresh and go over to that, and a hundred of them not
//! much more than those of the better state. Small changes are dear where layers are derived afresh: that is why a large one
//! is given so much time. Models of less than `LEAST` updates are always maintained, and so are those in
//! which many forks have edits: an evaluation each would cost more.

use crate::engine::{BaseId, Engine, Fork, GLANCE, Layer, Options};
use crate::error::Error;
use crate::live::render::{LayerSpec, Node};
use crate::live::worker::{Answer, Command};
use crate::once::Once;
use crate::replan::{difference, reads};
use crate::rows::{Changes, Rows};
use crate::sorted::{changed, merged};
use crate::trial::{self, Derived, Trial};
use compiler::plan::{Plan, RelationId};
use dataflow::{ForkTime, Updates};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// How a commit keeps derived relations current. The result is the same; see the head of [`crate::afresh`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upkeep {
    /// As seems to cost least.
    #[default]
    Choose,
    /// By maintaining them, whatever it costs.
    Maintain,
    /// By deriving afresh whatever a commit touches.
    Afresh,
    /// By maintaining them, until a commit has taken more updates in hand than this: then afresh, this once.
    Within(u64),
    /// By maintaining them, and when a commit has taken more updates in hand than this, by deriving them afresh as well:
    /// what is done first counts, this once.
    Beside(u64),
}

/// A layer whose first load took fewer updates in hand is maintained: that takes some tenths of a second at most.
const LEAST: u64 = 1 << 20;

/// Whatever takes no longer is maintained.
const PATIENCE: Duration = Duration::from_millis(100);

/// A commit is maintained for so many seconds at most before deriving afresh is tried.
const MOST: f64 = 2.0;

/// In more forks than this nothing is derived afresh.
const FORKS: usize = 4;

/// What the engine knows of the open epoch and of its own speed.
#[derive(Debug, Default)]
pub(crate) struct Effort {
    pub(crate) upkeep: Upkeep,
    /// Base relations that have changed.
    pub(crate) touched: BTreeSet<u32>,
    /// An evaluation that the workers were quicker than.
    trial: Option<Trial>,
}

/// A layer that is derived afresh.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// What it holds in the base, in the order of the layer's relations: the next difference is one to these.
    base: Vec<Rows>,
    /// The forks in which it may hold something else than in the base.
    forks: BTreeSet<u32>,
}

/// What a commit sets out to do with the layers that it touches.
struct Choice {
    /// Derives them afresh without trying to maintain them.
    at_once: bool,
    /// How many updates each worker may take in hand before it reports; any number if none.
    allowance: Option<u64>,
    /// What happens then: the layers are derived beside the workers, or these are halted at once.
    tries: bool,
    /// After this time the layers are derived beside the workers, too. Without it that counts as soon as it is done.
    patience: Option<Duration>,
}

/// What became of an epoch.
#[derive(Default)]
pub(crate) struct Closed {
    /// What workers saw.
    pub(crate) answers: Vec<Answer>,
    /// Forks that follow scenarios and must be looked at.
    pub(crate) align: BTreeSet<u32>,
    /// Changes of watched relations that workers could not see; in a sum, all changes.
    pub(crate) changes: Vec<Changes>,
    /// How many rows operators produced.
    pub(crate) produced: u64,
    /// How many layers were derived afresh.
    pub(crate) afresh: usize,
}

impl Closed {
    /// Adds what became of a further epoch.
    pub(crate) fn add(&mut self, next: Closed, engine: &Engine) {
        self.produced += next.answers.iter().map(|answer| answer.produced).sum::<u64>();
        self.afresh += next.afresh;
        self.changes.extend(engine.consolidated(next.answers));
        self.changes.extend(next.changes);
    }
}

/// The rows of a relation, model by model.
type InForks = Vec<(Fork, Rows)>;

/// What was let go with layers: watched relations with their rows in every fork, and relations of edits.
struct Before {
    watched: Vec<(Arc<str>, InForks)>,
    edits: Vec<Arc<str>>,
}

impl Engine {
    /// From now on, derived relations are kept current in this way.
    pub fn set_upkeep(&mut self, upkeep: Upkeep) {
        self.effort.upkeep = upkeep;
    }

    /// How many layers are derived afresh at present, and how many there are.
    pub fn derived_afresh(&self) -> (usize, usize) {
        (self.layers.values().filter(|layer| layer.given.is_some()).count(), self.layers.len())
    }

    /// Closes the open epoch, in which so many changes were made, and brings everything up to date.
    pub(crate) fn close(&mut self, changes: usize) -> Result<Closed, Error> {
        for base in 0..self.bases.len() as u32 {
            self.ship(base)?;
        }
        let bases = std::mem::take(&mut self.effort.touched);
        let touched = self.above(|source| matches!(source, Node::Base(base) if bases.contains(base)));
        let live: Vec<u32> = touched.iter().copied().filter(|id| self.layers[id].given.is_none()).collect();
        let choice = self.choice(&live, changes);
        let (mut answers, mut afresh, start) = (Vec::new(), 0, Instant::now());
        let derived = match choice.at_once {
            true => Some(BTreeMap::new()),
            false => {
                let derived = self.close_within(&choice, &live, &mut answers)?;
                self.learn(&live, &answers, changes, start.elapsed().as_secs_f64(), derived.is_none());
                derived
            }
        };
        let doomed = if derived.is_some() { live } else { Vec::new() };
        let mut derived = derived.unwrap_or_default();
        let before = self.take_down(&doomed)?;
        if !doomed.is_empty() {
            answers.extend(self.tell(|_| self.closing(None))?);
        }
        self.epoch += 1;
        self.forks.epoch_closed();
        for id in touched {
            let (start, is_new) = (Instant::now(), doomed.contains(&id));
            let derived = derived.remove(&id);
            let tried = derived.as_ref().map_or(0.0, |derived| derived.seconds);
            if is_new {
                self.give(id, derived)?;
            } else if self.layers[&id].given.is_some() {
                answers.extend(self.give_again(id)?);
            } else {
                continue;
            }
            if let Some(Layer { cost, .. }) = self.layers.get_mut(&id) {
                cost.afresh = tried + start.elapsed().as_secs_f64();
                // Going over to it is no reason to go back.
                let more = if is_new { 0.0 } else { cost.afresh - cost.expected(changes) };
                cost.regret = (cost.regret + more).max(0.0);
            }
            afresh += 1;
        }
        let (changes, align) = self.follow_again(before)?;
        Ok(Closed { answers, align, changes, produced: 0, afresh })
    }

    /// The layers that read a node of which `is_source` holds, directly or through others, ascending.
    fn above(&self, is_source: impl Fn(&Node) -> bool) -> Vec<u32> {
        let (mut ids, mut nodes) = (Vec::new(), BTreeSet::new());
        for (id, layer) in &self.layers {
            if layer.sources.iter().any(|source| is_source(source) || nodes.contains(source)) {
                ids.push(*id);
                nodes.extend(layer.nodes.iter().copied());
            }
        }
        ids
    }

    fn choice(&mut self, live: &[u32], changes: usize) -> Choice {
        self.learn_of_trial();
        let layers = || live.iter().map(|id| &self.layers[id].cost);
        let maintain = Choice { at_once: false, allowance: None, tries: false, patience: None };
        match self.effort.upkeep {
            _ if live.is_empty() => maintain,
            Upkeep::Maintain => maintain,
            Upkeep::Afresh => Choice { at_once: true, ..maintain },
            Upkeep::Within(most) => Choice { allowance: Some(most), tries: false, ..maintain },
            Upkeep::Beside(most) => Choice { allowance: Some(most), tries: self.may_try(live), ..maintain },
            Upkeep::Choose => {
                let Some(dearest) = layers().max_by_key(|cost| cost.load.0) else { return maintain };
                if dearest.load.0 < LEAST || self.edited_forks().len() > FORKS {
                    return maintain;
                }
                let afresh: f64 = layers().map(|cost| cost.afresh).sum();
                let is_known = layers().all(|cost| cost.afresh > 0.0);
                let maintained = layers().filter_map(|cost| cost.known(changes)).fold(0.0, f64::max);
                let enough = (dearest.load.1 / 4.0).min(MOST);
                let at_once = is_known && maintained > afresh.max(enough);
                if self.may_try(live) {
                    // Workers look out for a halt, and never report.
                    let patience = Some(PATIENCE.max(Duration::from_secs_f64(enough)));
                    return Choice { at_once, allowance: Some(u64::MAX / 2), tries: true, patience };
                }
                let most = if is_known { dearest.updates(afresh) } else { dearest.load.0 / 8 };
                let allowance = Some(most.max(LEAST) / self.workers.len() as u64);
                Choice { at_once, allowance, ..maintain }
            }
        }
    }

    fn may_try(&self, layers: &[u32]) -> bool {
        self.effort.trial.is_none() && self.can_try(layers)
    }

    pub(crate) fn closing(&self, allowance: Option<u64>) -> Command {
        Command::Close { epoch: self.epoch, gone: self.forks.leaving().to_vec(), allowance }
    }

    /// Closes the epoch, unless that takes more than the allowance and the choice is not to try, or what was tried is there
    /// first. Gives what was derived then, layer by layer; none if the epoch is closed.
    fn close_within(
        &mut self,
        choice: &Choice,
        live: &[u32],
        answers: &mut Vec<Answer>,
    ) -> Result<Option<BTreeMap<u32, Derived>>, Error> {
        for (worker, _) in &self.workers {
            worker.send(self.closing(choice.allowance)).map_err(|_| Error::Stopped)?;
        }
        let (start, mut trial, mut done, mut derived) = (Instant::now(), None, None, None);
        let waited = |enough: Duration| start.elapsed() >= enough;
        'workers: for (_, answer) in &self.workers {
            loop {
                match answer.recv_timeout(GLANCE) {
                    Ok(next) if next.exceeded && !choice.tries => derived = Some(BTreeMap::new()),
                    Ok(next) if next.exceeded && trial.is_none() => trial = Some(self.try_afresh(live)?),
                    Ok(next) if next.exceeded => {}
                    Ok(next) => {
                        answers.push(next);
                        break;
                    }
                    Err(RecvTimeoutError::Timeout) => match &trial {
                        None if choice.patience.is_some_and(waited) => trial = Some(self.try_afresh(live)?),
                        Some(trial) if done.is_none() => done = trial.finished(),
                        _ => {}
                    },
                    Err(RecvTimeoutError::Disconnected) => return Err(Error::Stopped),
                }
                if done.as_ref().is_some_and(|done| choice.patience.is_none() || waited(trial::going_over(done))) {
                    derived = done.take();
                }
                if derived.is_some() {
                    break 'workers;
                }
            }
        }
        match derived.is_some() {
            true => self.halt(answers)?,
            false if done.is_some() => self.learn_of(done.unwrap_or_default()),
            false => self.effort.trial = trial.or(self.effort.trial.take()),
        }
        Ok(derived)
    }

    /// Halts all workers.
    fn halt(&self, answers: &mut Vec<Answer>) -> Result<(), Error> {
        for (worker, _) in &self.workers {
            worker.send(Command::Halt).map_err(|_| Error::Stopped)?;
        }
        for (_, answer) in &self.workers {
            // Before it halts, a worker may have answered in other ways.
            loop {
                let next = answer.recv().map_err(|_| Error::Stopped)?;
                let halted = next.halted;
                answers.push(next);
                if halted {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Learns of a trial that has ended since what it has cost.
    fn learn_of_trial(&mut self) {
        if let Some(derived) = self.effort.trial.as_ref().and_then(Trial::finished) {
            self.effort.trial = None;
            self.learn_of(derived);
        }
    }

    fn learn_of(&mut self, derived: BTreeMap<u32, Derived>) {
        for (id, derived) in derived {
            if let Some(Layer { cost, .. }) = self.layers.get_mut(&id) {
                cost.afresh = derived.going_over();
            }
        }
    }

    /// Remembers what maintaining has cost.
    fn learn(&mut self, live: &[u32], answers: &[Answer], changes: usize, seconds: f64, whole: bool) {
        let worked: u64 = answers.iter().map(|answer| answer.worked).sum();
        for id in live {
            let Some(Layer { cost, .. }) = self.layers.get_mut(id) else { continue };
            cost.learn((worked, seconds), changes, whole);
        }
    }

    /// What building a layer over present facts has cost is a first load, too.
    pub(crate) fn built(&mut self, id: u32, answers: &[Answer], seconds: f64) {
        let worked: u64 = answers.iter().map(|answer| answer.worked).sum();
        if let Some(Layer { cost, .. }) = self.layers.get_mut(&id)
            && worked > cost.load.0
        {
            cost.load = (worked, seconds);
        }
    }

    /// Takes layers down, and what watches their relations; gives what these held when the last epoch had closed.
    fn take_down(&mut self, layers: &[u32]) -> Result<Before, Error> {
        let nodes: BTreeSet<Node> = layers.iter().flat_map(|id| &self.layers[id].nodes).copied().collect();
        let mut before = Before { watched: Vec::new(), edits: self.let_go(&nodes)? };
        for place in 0..self.watches.len() {
            let (relation, number) = (self.watches[place].relation.clone(), self.watches[place].number);
            if nodes.contains(&self.nodes[self.find(&relation)?.0 as usize]) {
                let rows = self.in_all_forks(&relation)?;
                self.tell(|_| Command::Unwatch(number))?;
                before.watched.push((relation, rows));
            }
        }
        if !layers.is_empty() {
            let descending: Vec<u32> = layers.iter().rev().copied().collect();
            self.tell(|_| Command::Drop(descending.clone()))?;
        }
        Ok(before)
    }

    /// Lets watches follow their relations again. Gives what has changed since they were let go, and the forks that follow
    /// scenarios whose edits may have changed.
    fn follow_again(&mut self, before: Before) -> Result<(Vec<Changes>, BTreeSet<u32>), Error> {
        let align = self.take_up(&before.edits)?;
        let mut changes = Vec::new();
        for (relation, _) in &before.watched {
            self.watch_anew(relation)?;
        }
        if !before.watched.is_empty() {
            // What the new watches give first is the present state: the difference to the old one is reported instead.
            self.tell(|_| self.closing(None))?;
            self.epoch += 1;
        }
        for (relation, old) in before.watched {
            let new = self.in_all_forks(&relation)?;
            for ((fork, old_rows), (_, new_rows)) in old.iter().zip(&new) {
                let base = (*fork != Fork::BASE).then_some((&old[0].1, &new[0].1));
                let change = difference(relation.clone(), *fork, (old_rows, new_rows), base);
                if !(change.inserted.is_empty() && change.retracted.is_empty()) {
                    changes.push(change);
                }
            }
        }
        Ok((changes, align))
    }

    /// Builds a layer that is given its rows, as of the epoch that has just closed.
    fn give(&mut self, id: u32, derived: Option<Derived>) -> Result<(), Error> {
        let spec = self.layers[&id].spec.clone();
        self.tell(|_| Command::Give(spec.clone()))?;
        let (at, mut given) = (self.epoch - 1, Given::default());
        let base = match derived {
            Some(derived) => derived.rows,
            None => self.derive(&spec, 0)?,
        };
        for (relation, rows) in &base {
            let mut updates = Updates::new(rows.arity());
            rows.iter().for_each(|row| updates.push(row, ForkTime::base(at), 1));
            self.fill(id, *relation, updates)?;
        }
        for fork in self.edited_forks() {
            for ((relation, rows), (_, base)) in self.derive(&spec, fork)?.iter().zip(&base) {
                let mut updates = Updates::new(rows.arity());
                changed(rows, base, |row, diff| updates.push(row, ForkTime::new(at, fork), diff));
                self.fill(id, *relation, updates)?;
            }
            given.forks.insert(fork);
        }
        self.tell(|_| Command::Close { epoch: at, gone: Vec::new(), allowance: None })?;
        given.base = base.into_iter().map(|(_, rows)| rows).collect();
        if let Some(layer) = self.layers.get_mut(&id) {
            layer.given = Some(given);
            layer.cost.regret = 0.0;
        }
        Ok(())
    }

    /// Gives a layer the difference to what it holds, in an epoch of its own.
    fn give_again(&mut self, id: u32) -> Result<Vec<Answer>, Error> {
        let spec = self.layers[&id].spec.clone();
        let held = self.layers[&id].given.iter().flat_map(|given| &given.forks).copied();
        let held = held.filter(|slot| self.forks.fork(*slot).is_some());
        let (edited, at) = (self.edited_forks(), self.epoch);
        let forks: BTreeSet<u32> = held.chain(edited.iter().copied()).collect();
        let new_base = self.derive(&spec, 0)?;
        let given = self.layers.get_mut(&id).and_then(|layer| layer.given.as_mut());
        let old_base = given.map(|given| std::mem::take(&mut given.base)).unwrap_or_default();
        for ((relation, new), old) in new_base.iter().zip(&old_base) {
            let mut updates = Updates::new(new.arity());
            changed(new, old, |row, diff| updates.push(row, ForkTime::base(at), diff));
            self.fill(id, *relation, updates)?;
        }
        for fork in &forks {
            // A fork sees what the base is given; its own share is what is then left to do.
            let old = self.rows_held(&spec, *fork)?;
            let own = if edited.contains(fork) { Some(self.derive(&spec, *fork)?) } else { None };
            for (place, (relation, base)) in new_base.iter().enumerate() {
                let new = own.as_ref().map_or(base, |own| &own[place].1);
                let mut updates = Updates::new(base.arity());
                let weights = [(new, 1), (&old[place], -1), (base, -1), (&old_base[place], 1)];
                merged(&weights, |row, diff| updates.push(row, ForkTime::new(at, *fork), diff));
                self.fill(id, *relation, updates)?;
            }
        }
        let answers = self.tell(|_| self.closing(None))?;
        self.epoch += 1;
        if let Some(given) = self.layers.get_mut(&id).and_then(|layer| layer.given.as_mut()) {
            given.forks = edited;
            given.base = new_base.into_iter().map(|(_, rows)| rows).collect();
        }
        Ok(answers)
    }

    /// What a layer holds in a fork, relation by relation.
    fn rows_held(&mut self, spec: &LayerSpec, fork: u32) -> Result<Vec<Rows>, Error> {
        let at = ForkTime::new(self.epoch - 1, fork);
        let all = spec.build.iter().map(|r| (spec.nodes[r.0 as usize], spec.plan.relation(*r).arity()));
        all.map(|(node, arity)| self.read_node(node, at, vec![None; arity])).collect()
    }

    /// The relations of a layer from scratch, on the facts of a fork and what other layers hold in it.
    fn derive(&mut self, spec: &LayerSpec, slot: u32) -> Result<Vec<(RelationId, Rows)>, Error> {
        let (plan, sources) = alone(spec);
        let mut once = Once::new(plan, self.symbols.clone(), Options { workers: self.threads() });
        for source in sources {
            match spec.nodes[source.0 as usize] {
                Node::Base(base) => self.state_facts(&mut once, source, base, slot)?,
                node => {
                    let mut columns = once.columns(BaseId(source.0))?;
                    let (at, arity) = (ForkTime::new(self.epoch - 1, slot), spec.plan.relation(source).arity());
                    self.read_node(node, at, vec![None; arity])?.iter().for_each(|row| columns.push(row));
                    once.add(BaseId(source.0), columns)?;
                }
            }
        }
        rows_of(spec, once)
    }

    /// How many threads derive afresh.
    pub(crate) fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from).min(self.workers.len())
    }

    /// States the facts of a base relation, as they are in a fork.
    pub(crate) fn state_facts(&self, once: &mut Once, to: RelationId, base: u32, slot: u32) -> Result<(), Error> {
        let mut columns = once.columns(BaseId(to.0))?;
        self.bases[base as usize].facts.each(slot, &self.forks, |row| columns.push(row));
        once.add(BaseId(to.0), columns)
    }

    fn fill(&self, layer: u32, relation: RelationId, updates: Updates<ForkTime>) -> Result<(), Error> {
        for ((worker, _), share) in self.workers.iter().zip(updates.shares(self.workers.len())) {
            worker.send(Command::Fill(layer, relation, share)).map_err(|_| Error::Stopped)?;
        }
        Ok(())
    }

    /// The slots of forks that have edits, or are forks of such.
    fn edited_forks(&self) -> BTreeSet<u32> {
        let spoken = |slot: &u32| self.bases.iter().any(|b| !b.facts.edits().spoken_of(*slot, &self.forks).is_empty());
        self.forks.all().map(|fork| fork.slot).filter(spoken).collect()
    }

    /// Maintains layers again for which that would have been better.
    pub(crate) fn maintain_again(&mut self) -> Result<(), Error> {
        let many = self.edited_forks().len() > FORKS;
        let wanted = |layer: &Layer| match self.effort.upkeep {
            Upkeep::Choose => many || layer.cost.regret > layer.cost.load.1,
            Upkeep::Afresh => false,
            Upkeep::Maintain | Upkeep::Within(_) | Upkeep::Beside(_) => true,
        };
        let back: Vec<u32> =
            self.layers.iter().filter(|(_, l)| l.given.is_some() && wanted(l)).map(|(id, _)| *id).collect();
        if back.is_empty() {
            return Ok(());
        }
        let nodes: BTreeSet<Node> = back.iter().flat_map(|id| &self.layers[id].nodes).copied().collect();
        let above = self.above(|source| nodes.contains(source));
        // A layer that is given its rows reads nothing, so it can stay.
        let live = above.into_iter().filter(|id| self.layers[id].given.is_none());
        let all: Vec<u32> = live.chain(back.iter().copied()).collect::<BTreeSet<u32>>().into_iter().collect();
        let before = self.take_down(&all)?;
        for id in all {
            let old = self.layers[&id].spec.clone();
            let spec = Arc::new(LayerSpec {
                id,
                plan: old.plan.clone(),
                nodes: old.nodes.clone(),
                build: old.build.clone(),
                has_past: true,
            });
            let start = Instant::now();
            let answers = self.tell(|_| Command::Build(spec.clone()))?;
            if let Some(layer) = self.layers.get_mut(&id) {
                layer.given = None;
                layer.spec = spec;
            }
            self.built(id, &answers, start.elapsed().as_secs_f64());
        }
        // Nothing has changed: what watches them goes on where it was.
        self.take_up(&before.edits)?;
        for (relation, _) in &before.watched {
            self.watch_anew(relation)?;
        }
        self.tell(|_| self.closing(None))?;
        self.epoch += 1;
        Ok(())
    }
}

/// What a layer reads: nodes that it does not build.
pub(crate) fn sources(spec: &LayerSpec) -> BTreeSet<Node> {
    alone(spec).1.into_iter().map(|relation| spec.nodes[relation.0 as usize]).collect()
}

/// The relations of a layer, from its rules and all that they read.
pub(crate) fn rows_of(spec: &LayerSpec, once: Once) -> Result<Vec<(RelationId, Rows)>, Error> {
    let mut answers = once.evaluate();
    let name = |relation: &RelationId| &*spec.plan.relation(*relation).name;
    spec.build.iter().map(|r| Ok((*r, answers.rows(name(r))?.sorted()))).collect()
}

/// A plan of a layer's rules alone, and the relations that they read, which are now base relations.
pub(crate) fn alone(spec: &LayerSpec) -> (Plan, BTreeSet<RelationId>) {
    let mut plan = Plan {
        structures: spec.plan.structures.clone(),
        relations: spec.plan.relations.clone(),
        strata: spec.plan.strata.clone(),
        ..Plan::default()
    };
    plan.strata.retain(|stratum| stratum.definitions.iter().any(|d| spec.build.contains(&d.relation)));
    let definitions = || plan.strata.iter().flat_map(|s| &s.definitions);
    let defined: BTreeSet<RelationId> = definitions().map(|d| d.relation).collect();
    let mut sources: BTreeSet<RelationId> = definitions().flat_map(|d| reads(&d.body)).collect();
    sources.retain(|relation| !defined.contains(relation));
    for source in &sources {
        plan.relations[source.0 as usize].base = Some(*source);
    }
    (plan, sources)
}
