//! Forks of a session: counterfactuals by name, one of which is current. What is asked, edited and watched is so in that
//! one.

use crate::failure::{Failure, Outcome};
use crate::model::{Changed, Model, counted};
use crate::near::did_you_mean;
use crate::response::Change;
use crate::table::{Table, compare_rows};
use compiler::value::Primitive;
use runtime::{Changes, Effect, Fork, Origin, Rows, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the model itself is called.
pub const BASE: &str = "base";

/// The forks of a session.
#[derive(Debug, Default)]
pub(crate) struct Forks {
    /// In the order of their making.
    named: Vec<(Arc<str>, Fork)>,
    /// Which of them is current; none is the base.
    current: Option<(Arc<str>, Fork)>,
    /// The relations that are watched, and where.
    watched: Vec<(Fork, Arc<str>)>,
}

/// What differs between two models.
#[derive(Debug)]
pub struct Difference {
    /// By relation, in the order of their declarations; those without are left out. Each relation's are sorted by tuple.
    pub relations: Vec<Vec<Change>>,
    /// In words.
    pub summary: String,
}

impl Forks {
    /// The current model.
    pub(crate) fn current(&self) -> Fork {
        self.current.as_ref().map_or(Fork::BASE, |(_, fork)| *fork)
    }

    /// Its name, if it is not the base.
    pub(crate) fn current_name(&self) -> Option<&str> {
        self.current.as_ref().map(|(name, _)| &**name)
    }

    fn name(&self, fork: Fork) -> &str {
        self.named.iter().find(|(_, known)| *known == fork).map_or(BASE, |(name, _)| name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|(name, _)| &**name)
    }

    fn find(&self, name: &str) -> Option<Fork> {
        let named = || self.named.iter().find(|(known, _)| &**known == name).map(|(_, fork)| *fork);
        if name == BASE { Some(Fork::BASE) } else { named() }
    }

    fn found(&self, name: &str) -> Outcome<Fork> {
        let near = || did_you_mean(name, self.names().chain([BASE]));
        self.find(name).ok_or_else(|| Failure::User(format!("there is no fork `{name}`{}", near())))
    }

    /// A fork, which is not the base.
    fn own(&self, name: &str, what: &str) -> Outcome<Fork> {
        match self.found(name)? {
            Fork::BASE => Err(Failure::User(format!("`{BASE}` is the model itself and cannot be {what}"))),
            fork => Ok(fork),
        }
    }

    /// Whether a relation is watched, wherever.
    pub(crate) fn watches(&self, relation: &str) -> bool {
        self.watched.iter().any(|(_, watched)| &**watched == relation)
    }
}

impl Model {
    /// The name of the current fork; none in the base.
    pub fn fork(&self) -> Option<&str> {
        self.forks.current_name()
    }

    /// Opens a fork of the current model, which is current from now on.
    pub fn open_fork(&mut self, name: &str, scenario: Option<&str>) -> Outcome<String> {
        if self.forks.find(name).is_some() {
            let what = if name == BASE { "is the model itself".into() } else { format!("is a fork; `.use {name}`") };
            return Err(Failure::User(format!("`{name}` {what}")));
        }
        if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return Err(Failure::User(format!("`{name}` is no name of a fork: letters, digits, `_`, `-` and `.` are")));
        }
        let parent = self.forks.current();
        let fork = match scenario {
            None => self.engine.fork_of(parent)?,
            Some(scenario) => self.engine.fork_following(parent, self.scenario(scenario)?)?,
        };
        self.engine.commit()?;
        let mut said = format!("fork `{name}` of {}", self.forks.name(parent));
        if let Some(scenario) = scenario {
            let effect = self.engine.effect(fork)?;
            said.push_str(&format!(" follows scenario `{scenario}`: {}", in_words(effect)));
        }
        let named = (Arc::from(name), fork);
        self.forks.named.push(named.clone());
        self.forks.current = Some(named);
        Ok(said)
    }

    /// The name of a scenario of the program.
    fn scenario<'s>(&self, name: &'s str) -> Outcome<&'s str> {
        let all = &self.program.scenarios.all;
        if all.iter().any(|scenario| &*scenario.name == name) {
            return Ok(name);
        }
        let near = did_you_mean(name, all.iter().map(|scenario| &*scenario.name));
        let hint = if all.is_empty() { "; `.scenario name \"text\" { … }` defines one" } else { "" };
        Err(Failure::User(format!("there is no scenario `{name}`{near}{hint}")))
    }

    /// Makes a model current.
    pub fn use_fork(&mut self, name: &str) -> Outcome<String> {
        let fork = self.forks.found(name)?;
        self.forks.current = (fork != Fork::BASE).then(|| (name.into(), fork));
        Ok(format!("in {name}"))
    }

    /// All forks, and what their edits come to.
    pub fn forks(&self) -> Outcome<Table> {
        let mut rows = Vec::new();
        for (name, fork) in &self.forks.named {
            let text = |text: &str| Value::Symbol(text.into());
            let parent = self.engine.parent(*fork)?.unwrap_or(Fork::BASE);
            let scenario = self.engine.scenario(*fork)?.unwrap_or_default();
            let Effect { inserted, retracted, without_effect } = self.engine.effect(*fork)?;
            let mut row = vec![text(name), text(self.forks.name(parent)), text(scenario)];
            row.extend([inserted, retracted, without_effect].map(|n| Value::Unsigned(n as u64)));
            rows.push(row);
        }
        let texts = ["fork", "of", "scenario"].map(|n| (n.to_string(), Primitive::Symbol));
        let counts = ["inserted", "retracted", "without effect"].map(|n| (n.to_string(), Primitive::Unsigned));
        Ok(Table { columns: texts.into_iter().chain(counts).collect(), rows })
    }

    /// What is otherwise in the last model that is named: against the one before it, or what it is a fork of; in one
    /// relation, or in all that are declared.
    pub fn diff(&mut self, words: &[String]) -> Outcome<Difference> {
        let (a, b, relation) = match words {
            [b] => (None, b, None),
            [a, b] if self.forks.find(b).is_some() => (Some(a), b, None),
            [b, relation] => (None, b, Some(relation)),
            [a, b, relation, ..] => (Some(a), b, Some(relation)),
            [] => return Err(Failure::User("`.diff` needs a fork".into())),
        };
        let to = self.forks.found(b)?;
        let from = match a {
            Some(a) => self.forks.found(a)?,
            None => self.engine.parent(to)?.unwrap_or(Fork::BASE),
        };
        let names: Vec<Arc<str>> = match relation {
            Some(name) => vec![self.program.relation(self.relation(name)?).name.clone()],
            None => {
                let declared = self.program.relations.iter().map(|r| r.name.clone());
                declared.filter(|name| !name.starts_with(['@', '?'])).collect()
            }
        };
        let mut relations = Vec::new();
        for name in names {
            let changes = self.engine.diff(from, to, &name)?;
            let signed = self.signed(&name, &changes.inserted, &changes.retracted, None);
            relations.extend((!signed.is_empty()).then_some(signed));
        }
        let count = |inserted| relations.iter().flatten().filter(|c| c.inserted == inserted).count();
        let (from, name) = (self.forks.name(from), b);
        let summary = match (relations.is_empty(), self.engine.effect(to)?) {
            (true, effect) if to != Fork::BASE && is_idle(effect) => {
                format!("no difference: the edits of `{name}` have no effect")
            }
            (true, _) => format!("no difference between {from} and {name}"),
            _ => format!("{name} against {from}: {} more, {} less", counted(count(true), "tuple"), count(false)),
        };
        Ok(Difference { relations, summary })
    }

    /// Makes the edits of a fork those of what it is a fork of, and forgets the fork.
    pub fn merge(&mut self, name: &str) -> Outcome<Changed> {
        let fork = self.forks.own(name, "merged")?;
        let parent = self.engine.parent(fork)?.unwrap_or(Fork::BASE);
        if parent == Fork::BASE {
            self.forget_retracted(fork)?;
        }
        let source = self.engine.source(&format!("fork {name}"));
        let commit = self.engine.merge(fork, Origin { source, record: 0 })?;
        let mut note = format!(
            "epoch {}: `{name}` is merged into {}: {} inserted, {} retracted",
            commit.epoch,
            self.forks.name(parent),
            commit.inserted,
            commit.retracted
        );
        if commit.inserted + commit.retracted == 0 {
            note.push_str("; its edits had no effect");
        }
        let changes = self.changes(commit.changes);
        self.leave(fork, parent)?;
        Ok(Changed { notes: vec![note], changes, ..Changed::default() })
    }

    /// The facts that merging a fork takes out of the base are taken out of the program's text, too, which would state
    /// them again with its next change.
    fn forget_retracted(&mut self, fork: Fork) -> Outcome {
        let mut rows = Vec::new();
        let stated: std::collections::BTreeSet<Arc<str>> =
            self.program.facts.iter().map(|fact| self.program.relation(fact.relation).name.clone()).collect();
        for name in stated {
            let base = self.engine.base(&name)?;
            let given = self.given(&name);
            let retracted = self.engine.diff(Fork::BASE, fork, &given)?.retracted;
            rows.extend(retracted.iter().map(|row| (false, base, row.to_vec(), 0)));
        }
        self.forget_facts(&rows);
        Ok(())
    }

    /// The relation that holds the facts of a relation.
    fn given(&self, name: &str) -> Arc<str> {
        let plan = self.engine.plan();
        let base = plan.find(name).and_then(|id| plan.relation(id).base);
        base.map_or_else(|| name.into(), |base| plan.relation(base).name.clone())
    }

    /// Forgets a fork.
    pub fn discard(&mut self, name: &str) -> Outcome<String> {
        let fork = self.forks.own(name, "discarded")?;
        let mut children = Vec::new();
        for (child, of) in &self.forks.named {
            if self.engine.parent(*of)? == Some(fork) {
                children.push(format!("`{child}`"));
            }
        }
        if !children.is_empty() {
            let children = children.join(", ");
            return Err(Failure::User(format!("there are forks of `{name}`: discard or merge {children} first")));
        }
        let parent = self.engine.parent(fork)?.unwrap_or(Fork::BASE);
        self.engine.drop_fork(fork)?;
        self.engine.commit()?;
        self.leave(fork, parent)?;
        Ok(format!("fork `{name}` is forgotten"))
    }

    /// A fork is gone.
    fn leave(&mut self, fork: Fork, parent: Fork) -> Outcome {
        self.forks.named.retain(|(_, known)| *known != fork);
        if self.forks.current() == fork {
            let name: Arc<str> = self.forks.name(parent).into();
            self.forks.current = (parent != Fork::BASE).then_some((name, parent));
        }
        let (gone, kept) = std::mem::take(&mut self.forks.watched).into_iter().partition(|(f, _)| *f == fork);
        self.forks.watched = kept;
        let gone: Vec<(Fork, Arc<str>)> = gone;
        gone.iter().try_for_each(|(_, relation)| self.unwatch_if_alone(relation))
    }

    /// From now on, changes of the relation are reported in the current model.
    pub fn watch(&mut self, name: &str) -> Outcome<String> {
        let name = self.program.relation(self.relation(name)?).name.clone();
        let fork = self.forks.current();
        self.engine.watch(&name)?;
        // The first report is what the relation holds already.
        self.engine.commit()?;
        if !self.forks.watched.contains(&(fork, name.clone())) {
            self.forks.watched.push((fork, name.clone()));
        }
        let count = self.engine.count(fork, &name)?;
        Ok(format!("watching `{name}`, which has {} now", counted(count, "tuple")))
    }

    /// Changes of the relation are reported no more in the current model.
    pub fn unwatch(&mut self, name: &str) -> Outcome<String> {
        self.relation(name)?;
        let fork = self.forks.current();
        self.forks.watched.retain(|(at, watched)| *at != fork || &**watched != name);
        self.unwatch_if_alone(name)?;
        Ok(format!("no longer watching `{name}`"))
    }

    fn unwatch_if_alone(&mut self, relation: &str) -> Outcome {
        if !self.forks.watches(relation) {
            self.engine.unwatch(relation)?;
        }
        Ok(())
    }

    /// What forks lose by a change of the program: scenarios that it has no more.
    pub(crate) fn left_behind(&self, program: &compiler::program::Program) -> Outcome<Vec<String>> {
        let mut notes = Vec::new();
        for (name, fork) in &self.forks.named {
            let gone =
                |scenario: &&str| self.program.scenario(scenario).is_some() && program.scenario(scenario).is_none();
            if let Some(scenario) = self.engine.scenario(*fork)?.filter(gone) {
                notes.push(format!("fork `{name}` keeps the edits of scenario `{scenario}`, which is gone"));
            }
        }
        Ok(notes)
    }

    /// Relations that are gone are watched no more.
    pub(crate) fn watch_what_is_left(&mut self) {
        let program = &self.program;
        self.forks.watched.retain(|(_, relation)| program.find(relation).is_some());
    }

    /// Changes of watched relations, each relation's sorted by tuple, where each is watched: those of the base and of the
    /// fork together.
    pub(crate) fn changes(&self, changes: Vec<Changes>) -> Vec<Change> {
        let mut all = Vec::new();
        for (fork, relation) in &self.forks.watched {
            let mut weights: BTreeMap<&[u64], i64> = BTreeMap::new();
            let mut arity = 0;
            let seen = |c: &&Changes| c.relation == *relation && (c.fork == Fork::BASE || c.fork == *fork);
            for change in changes.iter().filter(seen) {
                arity = change.inserted.arity();
                change.inserted.iter().for_each(|row| *weights.entry(row).or_default() += 1);
                change.retracted.iter().for_each(|row| *weights.entry(row).or_default() -= 1);
            }
            let (mut inserted, mut retracted) = (Rows::new(arity), Rows::new(arity));
            for (row, weight) in weights.into_iter().filter(|(_, weight)| *weight != 0) {
                if weight > 0 { &mut inserted } else { &mut retracted }.push(row);
            }
            let name = (*fork != Fork::BASE).then(|| self.forks.name(*fork).into());
            all.extend(self.signed(relation, &inserted, &retracted, name));
        }
        all
    }

    /// Rows of a relation with their signs, sorted.
    fn signed(&self, relation: &Arc<str>, inserted: &Rows, retracted: &Rows, fork: Option<Arc<str>>) -> Vec<Change> {
        let Some(id) = self.program.find(relation) else { return Vec::new() };
        let columns = &self.program.relation(id).columns;
        let signed = |rows: &Rows, inserted: bool| {
            let tuples = rows.iter().map(|row| self.values(row, columns));
            let change = |tuple| Change { inserted, relation: relation.clone(), tuple, fork: fork.clone() };
            tuples.map(change).collect::<Vec<_>>()
        };
        let mut signed = [signed(retracted, false), signed(inserted, true)].concat();
        signed.sort_by(|a, b| compare_rows(&a.tuple, &b.tuple));
        signed
    }
}

fn is_idle(effect: Effect) -> bool {
    effect.inserted + effect.retracted == 0
}

/// `2 facts inserted, 1 retracted`
fn in_words(effect: Effect) -> String {
    if is_idle(effect) {
        return "it changes nothing now".into();
    }
    format!("{} inserted, {} retracted", counted(effect.inserted, "fact"), effect.retracted)
}
