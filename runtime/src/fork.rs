//! Forks of the engine: opened, merged, compared, dropped.
//!
//! A fork costs what its edits change, in time and in memory. It is the model that it is a fork of, with its edits, and
//! moves on with it; [`Engine::merge`] makes its edits that model's own.
//!
//! ```
//! use compiler::{NoFiles, compile, planner};
//! use runtime::{Engine, Fork, Options, Origin};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! let rules = ".decl up(port: number) .decl dark() dark() :- !up(_).";
//! let program = compile(&[("ports.dl", rules)], &NoFiles).program.expect("the rules are right");
//! let mut engine = Engine::new(Options::default())?;
//! engine.set_plan(planner::plan(&program, &planner::Statistics::new()))?;
//! let up = engine.base("up")?;
//! engine.insert(Fork::BASE, up, &[7], Origin::default())?;
//! let cut = engine.fork();
//! engine.retract(cut, up, &[7])?;
//! engine.commit()?;
//! assert_eq!((engine.count(Fork::BASE, "dark")?, engine.count(cut, "dark")?), (0, 1));
//! assert_eq!(engine.diff(Fork::BASE, cut, "up")?.retracted.get(0), [7]);
//! engine.merge(cut, Origin::default())?;
//! assert_eq!(engine.count(Fork::BASE, "dark")?, 1);
//! # Ok(())
//! # }
//! ```

use crate::edits::Voice;
use crate::engine::Engine;
use crate::engine::Origin;
use crate::error::Error;
use crate::forks::Fork;
use crate::live::render::Node;
use crate::live::worker::Command;
use crate::rows::{Changes, Commit, Rows};
use dataflow::ForkTime;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the edits of a fork come to, against the model that it is a fork of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Facts that hold in the fork alone.
    pub inserted: usize,
    /// Facts that do not hold in the fork alone.
    pub retracted: usize,
    /// Edits that say what is so anyway.
    pub without_effect: usize,
}

/// What the engine holds, by kind: it grows and shrinks with the model and the edits of its forks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Facts of the base.
    pub facts: usize,
    /// Edits of forks, those of scenarios included.
    pub edits: usize,
    /// Updates in the indexes of all relations, on all workers: a row once an index, and more while its history is.
    pub updates: usize,
}

impl Engine {
    /// A new counterfactual of the base. Costs nothing until it is edited.
    pub fn fork(&mut self) -> Fork {
        self.forks.open(Fork::BASE.slot)
    }

    /// A new counterfactual of a fork, from the next commit on: it has that fork's edits, those to come included, and
    /// its own, which go before. Costs what the edits so far change.
    pub fn fork_of(&mut self, parent: Fork) -> Result<Fork, Error> {
        let fork = self.forks.open(self.forks.slot(parent)?);
        self.tell_difference(fork);
        Ok(fork)
    }

    /// What a fork is a fork of; none for the base.
    pub fn parent(&self, fork: Fork) -> Result<Option<Fork>, Error> {
        let slot = self.forks.slot(fork)?;
        Ok((slot != 0).then(|| self.forks.fork(self.forks.parent(slot))).flatten())
    }

    /// The forks that live, but for the base.
    pub fn forks(&self) -> impl Iterator<Item = Fork> {
        self.forks.all()
    }

    /// Gives the workers the difference of a fork to the base.
    fn tell_difference(&mut self, fork: Fork) {
        let (epoch, forks) = (self.epoch, &self.forks);
        for base in &mut self.bases {
            let pending = &mut base.pending;
            let emit = &mut |slot, row: &[u64], diff| pending.push(row, ForkTime::new(epoch, slot), diff);
            base.facts.difference(fork.slot, forks, emit);
        }
    }

    /// Forgets a fork and its edits, which costs nothing; its memory is freed with the next commits, when there is enough of
    /// it. Fails if there are forks of it.
    pub fn drop_fork(&mut self, fork: Fork) -> Result<(), Error> {
        let slot = self.forks.slot(fork)?;
        if slot == 0 {
            return Err(Error::UnknownFork);
        }
        if self.forks.children(slot).next().is_some() {
            return Err(Error::HasForks);
        }
        self.bases.iter_mut().for_each(|base| base.facts.forget(slot));
        self.forks.close(slot);
        self.unfollow()
    }

    /// Makes what a fork has edited so in the model that it is a fork of, as one epoch, and drops the fork; its forks
    /// become that model's. Commits what is open first. Facts of the base get this origin.
    pub fn merge(&mut self, fork: Fork, origin: Origin) -> Result<Commit, Error> {
        let slot = self.forks.slot(fork)?;
        if slot == 0 {
            return Err(Error::UnknownFork);
        }
        self.commit_if_open()?;
        let (epoch, forks) = (self.epoch, &self.forks);
        let parent = forks.parent(slot);
        for base in &mut self.bases {
            let pending = &mut base.pending;
            let emit = &mut |slot, row: &[u64], diff| pending.push(row, ForkTime::new(epoch, slot), diff);
            for (row, holds, above) in base.facts.spoken(slot, forks) {
                match (parent, holds) {
                    _ if holds == above => {
                        self.tally.without_effect += 1;
                        continue;
                    }
                    (0, true) => base.facts.insert(&row, origin, forks, emit),
                    (0, false) => base.facts.retract(&row, forks, emit),
                    (parent, holds) => base.facts.edit(parent, &row, Voice::Hand(holds), forks, emit),
                };
                *(if holds { &mut self.tally.inserted } else { &mut self.tally.retracted }) += 1;
            }
        }
        self.bases.iter_mut().for_each(|base| base.facts.forget(slot));
        self.forks.close(slot);
        self.unfollow()?;
        self.commit()
    }

    /// What the edits of a fork come to, the open epoch included. Cost: that of its edits.
    pub fn effect(&self, fork: Fork) -> Result<Effect, Error> {
        let slot = self.forks.slot(fork)?;
        let mut effect = Effect::default();
        for (_, holds, above) in self.bases.iter().flat_map(|base| base.facts.spoken(slot, &self.forks)) {
            let kind = match (holds, above) {
                (true, false) => &mut effect.inserted,
                (false, true) => &mut effect.retracted,
                _ => &mut effect.without_effect,
            };
            *kind += 1;
        }
        Ok(effect)
    }

    /// What holds in model `b` and not in `a`, as insertions, and the other way round as retractions, in one relation at
    /// the last closed epoch. For base relations the cost is that of the edits; of others an index is read through,
    /// without a look at the rows that no fork has touched.
    pub fn diff(&mut self, a: Fork, b: Fork, relation: &str) -> Result<Changes, Error> {
        let id = self.find(relation)?;
        let (from, to) = (self.now(a)?, self.now(b)?);
        let arity = self.plan.relation(id).arity();
        let (mut inserted, mut retracted) = (Rows::new(arity), Rows::new(arity));
        let node = self.nodes[id.0 as usize];
        if let Node::Base(base) = node
            && !self.is_open()
        {
            let facts = &self.bases[base as usize].facts;
            let spoken: BTreeSet<&Arc<[u64]>> =
                [a, b].iter().flat_map(|fork| facts.edits().spoken_of(fork.slot, &self.forks)).collect();
            for row in spoken {
                match (facts.holds(a.slot, row, &self.forks), facts.holds(b.slot, row, &self.forks)) {
                    (false, true) => inserted.push(row),
                    (true, false) => retracted.push(row),
                    _ => {}
                }
            }
        } else {
            for answer in self.tell(|_| Command::Diff { node, from, to })? {
                answer.rows.chunks_exact(arity + 1).for_each(|signed| {
                    let rows = if signed[arity] == 1 { &mut inserted } else { &mut retracted };
                    rows.push(&signed[..arity]);
                });
            }
        }
        let (inserted, retracted) = (inserted.sorted(), retracted.sorted());
        Ok(Changes { relation: relation.into(), fork: b, inserted, retracted })
    }

    /// What the engine holds.
    pub fn held(&self) -> Result<Held, Error> {
        let updates = self.tell(|_| Command::Measure)?.iter().map(|answer| answer.count).sum();
        let edits = self.bases.iter().map(|base| base.facts.edits().len()).sum();
        Ok(Held { facts: self.facts(), edits, updates })
    }
}
