//! Scenarios: forks whose edits are derived from the model that they are forks of.
//!
//! The edits of a scenario are relations of the plan, like any others. A fork that follows them has, of each relation
//! that is edited, what its parent has, less the rows of the retraction, plus those of the insertion. The edits are read
//! in the parent, so nothing that they do can change what they are derived from. Whenever an epoch closes, what has
//! changed in them goes to the forks that follow, in an epoch behind it that closes before anybody can look: so numbers
//! of epochs may have gaps. Forks that follow forks that follow take one more each.
//!
//! Cost: that of deriving the edits, once for all forks that follow a scenario, and that of what they change.

use crate::edits::Voice;
use crate::engine::{BaseId, Engine};
use crate::error::Error;
use crate::forks::Fork;
use crate::live::render::Node;
use crate::live::worker::{Answer, Command};
use crate::rows::Rows;
use dataflow::{ForkTime, Updates};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What a fork follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Following {
    /// The scenario's name.
    pub(crate) scenario: Arc<str>,
    /// Its edits; none once the plan has no such scenario any more.
    edits: Vec<Edit>,
}

/// One edit of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    /// Whether rows are inserted; otherwise they are retracted.
    insert: bool,
    /// The relation that is edited, which takes facts.
    relation: Arc<str>,
    /// The relation that holds the rows, of as many columns.
    rows: Arc<str>,
}

/// A relation of edits that some fork follows.
pub(crate) struct Followed {
    rows: Arc<str>,
    node: Node,
    /// Under which the workers know it.
    number: u32,
}

impl Engine {
    /// A new fork of a model that follows a scenario of the plan, from the next commit on. Edits by hand go before the
    /// scenario's. If another plan says something else of the scenario, the fork follows that; if it says nothing, the
    /// fork keeps the edits that it has.
    pub fn fork_following(&mut self, parent: Fork, scenario: &str) -> Result<Fork, Error> {
        let edits = self.edits_of(scenario).ok_or_else(|| Error::UnknownScenario(scenario.to_string()))?;
        let fork = self.fork_of(parent)?;
        edits.iter().try_for_each(|edit| self.follow(&edit.rows))?;
        self.forks.set_following(fork.slot, Following { scenario: scenario.into(), edits });
        self.align(fork.slot)?;
        Ok(fork)
    }

    /// The scenario that a fork was opened from.
    pub fn scenario(&self, fork: Fork) -> Result<Option<&str>, Error> {
        Ok(self.forks.following(self.forks.slot(fork)?).map(|following| &*following.scenario))
    }

    /// The edits of a scenario of the plan.
    fn edits_of(&self, scenario: &str) -> Option<Vec<Edit>> {
        let found = self.plan.scenarios.iter().find(|known| &*known.name == scenario)?;
        let name = |id| self.plan.relation(id).name.clone();
        let edit =
            |e: &compiler::program::Edit| Edit { insert: e.insert, relation: name(e.relation), rows: name(e.tuples) };
        Some(found.edits.iter().map(edit).collect())
    }

    /// The edits that a fork follows.
    fn edits(&self, slot: u32) -> Vec<Edit> {
        self.forks.following(slot).map_or_else(Vec::new, |following| following.edits.clone())
    }

    /// Lets the workers tell what changes in a relation of edits.
    fn follow(&mut self, rows: &Arc<str>) -> Result<(), Error> {
        if self.followed.iter().any(|followed| followed.rows == *rows) {
            return Ok(());
        }
        let node = self.nodes[self.find(rows)?.0 as usize];
        let number = self.next_watch;
        self.next_watch += 1;
        self.tell(|_| Command::Watch { node, number, has_past: self.epoch > 0, from_now: true })?;
        self.followed.push(Followed { rows: rows.clone(), node, number });
        Ok(())
    }

    /// Whatever no fork follows any more is told no more.
    pub(crate) fn unfollow(&mut self) -> Result<(), Error> {
        if self.followed.is_empty() {
            return Ok(());
        }
        let wanted: BTreeSet<Arc<str>> =
            self.forks.all().flat_map(|fork| self.edits(fork.slot)).map(|edit| edit.rows).collect();
        let (kept, gone) = std::mem::take(&mut self.followed).into_iter().partition(|f| wanted.contains(&f.rows));
        self.followed = kept;
        let gone: Vec<Followed> = gone;
        for followed in gone {
            self.tell(|_| Command::Unwatch(followed.number))?;
        }
        Ok(())
    }

    /// Lets go of relations of edits that are at these nodes, which will be others; gives their names.
    pub(crate) fn let_go(&mut self, nodes: &BTreeSet<Node>) -> Result<Vec<Arc<str>>, Error> {
        let (gone, kept) = std::mem::take(&mut self.followed).into_iter().partition(|f| nodes.contains(&f.node));
        self.followed = kept;
        let gone: Vec<Followed> = gone;
        gone.iter().try_for_each(|followed| self.tell(|_| Command::Unwatch(followed.number)).map(drop))?;
        Ok(gone.into_iter().map(|followed| followed.rows).collect())
    }

    /// Follows relations of edits again; gives the forks that follow them.
    pub(crate) fn take_up(&mut self, relations: &[Arc<str>]) -> Result<BTreeSet<u32>, Error> {
        relations.iter().try_for_each(|rows| self.follow(rows))?;
        let forks = self.forks.all().map(|fork| fork.slot);
        Ok(forks.filter(|slot| self.edits(*slot).iter().any(|edit| relations.contains(&edit.rows))).collect())
    }

    /// Brings the edits of forks in line with what changed in the relations that they follow.
    pub(crate) fn pass_on(&mut self, answers: &[Answer]) -> Result<(), Error> {
        if self.followed.is_empty() {
            return Ok(());
        }
        let mut changes: HashMap<Arc<str>, Vec<&Updates<ForkTime>>> = HashMap::new();
        for (number, updates) in answers.iter().flat_map(|answer| &answer.watched) {
            if let Some(followed) = self.followed.iter().find(|f| f.number == *number) {
                changes.entry(followed.rows.clone()).or_default().push(updates);
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let forks: Vec<Fork> = self.forks.all().collect();
        for fork in forks {
            let parent = self.forks.parent(fork.slot);
            for edit in self.edits(fork.slot) {
                let Some(changes) = changes.get(&edit.rows) else { continue };
                let Ok(base) = self.base(&edit.relation) else { continue };
                let mut net: HashMap<&[u64], i32> = HashMap::new();
                for (row, time, diff) in changes.iter().flat_map(|updates| updates.iter()) {
                    if time.fork == 0 || time.fork == parent {
                        *net.entry(row).or_default() += diff;
                    }
                }
                for (row, diff) in net.into_iter().filter(|(_, diff)| *diff != 0) {
                    self.say(fork.slot, base, row, edit.insert, diff > 0);
                }
            }
        }
        Ok(())
    }

    /// A scenario's insertion or retraction has a row, or has it no more.
    fn say(&mut self, slot: u32, base: BaseId, row: &[u64], insert: bool, has: bool) {
        let voice = if insert { Voice::Inserted(has) } else { Voice::Retracted(has) };
        let epoch = self.epoch;
        let (forks, of) = (&self.forks, &mut self.bases[base.0 as usize]);
        let pending = &mut of.pending;
        let emit = &mut |slot, row: &[u64], diff| pending.push(row, ForkTime::new(epoch, slot), diff);
        of.facts.edit(slot, row, voice, forks, emit);
    }

    /// Makes the edits of a fork what the relations that it follows hold in its parent.
    fn align(&mut self, slot: u32) -> Result<(), Error> {
        let edits = self.edits(slot);
        for base in (0..self.bases.len() as u32).map(BaseId) {
            for insert in [true, false] {
                let of = |edit: &&Edit| edit.insert == insert && self.base(&edit.relation) == Ok(base);
                let wanted = match edits.iter().find(of) {
                    Some(edit) => self.rows_in_parent(slot, &edit.rows)?,
                    None => Rows::default(),
                };
                let wanted: BTreeSet<&[u64]> = wanted.iter().collect();
                let present = self.bases[base.0 as usize].facts.edits().of_scenario(slot, insert);
                for row in present.iter().filter(|row| !wanted.contains(&row[..])) {
                    self.say(slot, base, row, insert, false);
                }
                let present: BTreeSet<&[u64]> = present.iter().map(|row| &row[..]).collect();
                for row in wanted.iter().filter(|row| !present.contains(*row)) {
                    self.say(slot, base, row, insert, true);
                }
            }
        }
        Ok(())
    }

    fn rows_in_parent(&mut self, slot: u32, relation: &str) -> Result<Rows, Error> {
        let id = self.find(relation)?;
        let at = ForkTime::new(self.epoch.saturating_sub(1), self.forks.parent(slot));
        self.read_node(self.nodes[id.0 as usize], at, vec![None; self.plan.relation(id).arity()])
    }

    /// After a change of the plan: forks follow what it says of their scenarios. Gives the forks whose edits may be
    /// others now.
    pub(crate) fn refollow(&mut self) -> Result<BTreeSet<u32>, Error> {
        let mut changed: BTreeSet<Arc<str>> = BTreeSet::new();
        for followed in std::mem::take(&mut self.followed) {
            let node = self.plan.find(&followed.rows).map(|id| self.nodes[id.0 as usize]);
            if node == Some(followed.node) {
                self.followed.push(followed);
            } else {
                self.tell(|_| Command::Unwatch(followed.number))?;
                changed.insert(followed.rows);
            }
        }
        let mut align = BTreeSet::new();
        let forks: Vec<Fork> = self.forks.all().collect();
        for fork in forks {
            let Some(Following { scenario, edits }) = self.forks.following(fork.slot).cloned() else { continue };
            let new = self.edits_of(&scenario);
            let goes_on = new.is_some();
            let new = new.unwrap_or_default();
            new.iter().try_for_each(|edit| self.follow(&edit.rows))?;
            if goes_on && (new != edits || new.iter().any(|edit| changed.contains(&edit.rows))) {
                align.insert(fork.slot);
            }
            self.forks.set_following(fork.slot, Following { scenario, edits: new });
        }
        self.unfollow()?;
        Ok(align)
    }

    /// Aligns forks; for those that follow forks that follow, it takes several calls.
    pub(crate) fn align_all(&mut self, slots: &BTreeSet<u32>) -> Result<(), Error> {
        slots.iter().try_for_each(|slot| self.align(*slot))
    }
}
