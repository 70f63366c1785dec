//! Random edits: epochs of insertions and retractions, in the base and in forks that come and go, and what they amount
//! to.

use super::program::Shape;
use super::{Three, pick, three};
use crate::database::{Database, Tuple};
use compiler::program::Program;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What proptest makes up.
#[derive(Clone, Debug)]
pub struct RawEdits {
    initial: Vec<(u8, Three)>,
    epochs: Vec<Vec<RawEdit>>,
}

#[derive(Clone, Debug)]
struct RawEdit {
    kind: u8,
    fork: u8,
    relation: u8,
    values: Three,
}

/// One edit. Forks are numbered from 1 in the order of their making; 0 is the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A fact comes.
    Insert(usize, Arc<str>, Tuple),
    /// A fact goes.
    Retract(usize, Arc<str>, Tuple),
    /// The next fork is made, of a model.
    Fork(usize),
    /// The next fork is made, of a model, and follows a scenario.
    Follow(usize, Arc<str>),
    /// A fork becomes what it is a fork of.
    Merge(usize),
    /// A fork is dropped; there are no forks of it.
    Drop(usize),
}

/// Edits by epoch.
pub type Epochs = Vec<Vec<Edit>>;

/// Raw edits.
pub fn raw_edits() -> impl Strategy<Value = RawEdits> {
    let edit = (any::<u8>(), any::<u8>(), any::<u8>(), three()).prop_map(|(kind, fork, relation, values)| RawEdit {
        kind,
        fork,
        relation,
        values,
    });
    (vec((any::<u8>(), three()), 0..=24), vec(vec(edit, 0..=5), 0..=5))
        .prop_map(|(initial, epochs)| RawEdits { initial, epochs })
}

/// Which edits there may be of forks, besides making and dropping them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Liberties {
    /// Forks are merged.
    pub merges: bool,
    /// So many scenarios are followed, `s0`, `s1`, …
    pub scenarios: u8,
}

/// Derives nothing, which is right where no fork follows a scenario.
pub fn nothing(_: &Database) -> Database {
    Database::new()
}

impl RawEdits {
    /// The edits that are meant, for the relations that take facts.
    pub fn read(&self, inputs: &[&Shape]) -> Epochs {
        self.read_with(inputs, Liberties::default())
    }

    /// The same, with more kinds of edits.
    pub fn read_with(&self, inputs: &[&Shape], liberties: Liberties) -> Epochs {
        let mut model = Facts::default();
        let mut first = Vec::new();
        for (relation, values) in &self.initial {
            first.extend(pick(inputs, *relation).map(|s| Edit::Insert(0, (*s.name).into(), s.tuple(values))));
        }
        first.iter().for_each(|e| model.apply(e, &nothing));
        let mut epochs = vec![first];
        for raw in &self.epochs {
            let mut epoch = Vec::new();
            for raw in raw {
                let edit = raw.read(inputs, &model, liberties);
                edit.iter().for_each(|e| model.apply(e, &nothing));
                epoch.extend(edit);
            }
            epochs.push(epoch);
        }
        epochs
    }
}

impl RawEdit {
    fn read(&self, inputs: &[&Shape], model: &Facts, liberties: Liberties) -> Option<Edit> {
        let shape = pick(inputs, self.relation)?;
        let (name, tuple): (Arc<str>, _) = ((*shape.name).into(), shape.tuple(&self.values));
        let living: Vec<usize> = model.forks().collect();
        let fork = pick(&living, self.fork).copied();
        // Most retractions are of what is there.
        let present = |fork| {
            let facts = model.facts(fork, &nothing);
            let all: Vec<Tuple> = facts.get(&name).into_iter().flatten().cloned().collect();
            if self.values[1] % 4 == 3 { tuple.clone() } else { pick(&all, self.values[0]).unwrap_or(&tuple).clone() }
        };
        Some(match (self.kind % 12, fork) {
            (0..=2, _) => Edit::Insert(0, name, tuple),
            (3..=4, _) => Edit::Retract(0, name.clone(), present(0)),
            (5..=7, Some(fork)) => Edit::Insert(fork, name, tuple),
            (8..=9, Some(fork)) => Edit::Retract(fork, name.clone(), present(fork)),
            (10, Some(_)) if self.values[2] % 2 == 1 => self.end(model, liberties)?,
            _ if living.len() > 3 => self.end(model, liberties)?,
            _ => {
                let parent = if self.values[0] % 2 == 1 { fork.unwrap_or(0) } else { 0 };
                match liberties.scenarios {
                    0 => Edit::Fork(parent),
                    _ if self.values[1].is_multiple_of(3) => Edit::Fork(parent),
                    scenarios => Edit::Follow(parent, format!("s{}", self.values[2] % scenarios).into()),
                }
            }
        })
    }

    /// A fork goes, one way or the other.
    fn end(&self, model: &Facts, liberties: Liberties) -> Option<Edit> {
        let living: Vec<usize> = model.forks().collect();
        if liberties.merges && self.values[0] % 2 == 1 {
            return pick(&living, self.fork).copied().map(Edit::Merge);
        }
        let leaves: Vec<usize> = living.into_iter().filter(|fork| !model.has_forks(*fork)).collect();
        pick(&leaves, self.fork).copied().map(Edit::Drop)
    }
}

/// What edits amount to: the facts of the base, and for each fork, what it is a fork of, which scenario it follows, and
/// which facts it has set and which it has taken out, whatever that model does.
///
/// A fact of the base holds while somebody asserts it: the one who inserted it, or the text of the program.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    base: BTreeMap<(Arc<str>, Tuple), Asserted>,
    forks: BTreeMap<usize, Branch>,
    made: usize,
}

/// A fork.
#[derive(Clone, Debug, Default)]
struct Branch {
    parent: usize,
    scenario: Option<Arc<str>>,
    edits: BTreeMap<(Arc<str>, Tuple), bool>,
}

/// All that follows from facts, the rows of scenarios' edits included.
pub type Derive<'a> = &'a dyn Fn(&Database) -> Database;

/// Who asserts a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asserted {
    inserted: bool,
    stated: bool,
}

impl Facts {
    /// The facts that a program's text states.
    pub fn stated(program: &Program) -> Facts {
        let mut facts = Facts::default();
        facts.restate(program);
        facts
    }

    /// The facts of the text are those of another program from now on.
    pub fn restate(&mut self, program: &Program) {
        self.base.values_mut().for_each(|asserted| asserted.stated = false);
        for fact in &program.facts {
            let tuple = fact.values.iter().map(Into::into).collect();
            self.base.entry((program.relation(fact.relation).name.clone(), tuple)).or_default().stated = true;
        }
        self.base.retain(|_, asserted| *asserted != Asserted::default());
    }

    /// One more edit.
    pub fn apply(&mut self, edit: &Edit, derive: Derive<'_>) {
        match edit {
            Edit::Insert(fork, name, tuple) => self.set(*fork, name, tuple, true),
            Edit::Retract(fork, name, tuple) => self.set(*fork, name, tuple, false),
            Edit::Fork(parent) => self.open(*parent, None),
            Edit::Follow(parent, scenario) => self.open(*parent, Some(scenario.clone())),
            Edit::Merge(fork) => self.merge(*fork, derive),
            Edit::Drop(fork) => {
                self.forks.remove(fork);
            }
        }
    }

    fn open(&mut self, parent: usize, scenario: Option<Arc<str>>) {
        self.made += 1;
        self.forks.insert(self.made, Branch { parent, scenario, edits: BTreeMap::new() });
    }

    fn set(&mut self, fork: usize, name: &Arc<str>, tuple: &Tuple, present: bool) {
        let fact = (name.clone(), tuple.clone());
        match self.forks.get_mut(&fork) {
            Some(branch) => drop(branch.edits.insert(fact, present)),
            None if fork != 0 => {}
            None if present => self.base.entry(fact).or_default().inserted = true,
            None => drop(self.base.remove(&fact)),
        }
    }

    /// What the fork has otherwise than its parent, the parent has from now on; its forks are the parent's.
    fn merge(&mut self, fork: usize, derive: Derive<'_>) {
        let Some(parent) = self.forks.get(&fork).map(|branch| branch.parent) else { return };
        let (merged, before) = (self.facts(fork, derive), self.facts(parent, derive));
        let empty = BTreeSet::new();
        let names: BTreeSet<&Arc<str>> = merged.keys().chain(before.keys()).collect();
        for name in names {
            let (new, old) = (merged.get(name).unwrap_or(&empty), before.get(name).unwrap_or(&empty));
            new.symmetric_difference(old).for_each(|tuple| self.set(parent, name, tuple, new.contains(tuple)));
        }
        self.forks.remove(&fork);
        self.forks.values_mut().filter(|branch| branch.parent == fork).for_each(|branch| branch.parent = parent);
    }

    /// Whether there are forks of a fork.
    pub fn has_forks(&self, fork: usize) -> bool {
        self.forks.values().any(|branch| branch.parent == fork)
    }

    /// The forks that live.
    pub fn forks(&self) -> impl Iterator<Item = usize> {
        self.forks.keys().copied()
    }

    /// The facts in a fork, or, with 0, in the base: those of what it is a fork of, less what its scenario retracts, plus
    /// what that inserts, and then as the fork has edited them.
    pub fn facts(&self, fork: usize, derive: Derive<'_>) -> Database {
        let mut facts = Database::new();
        let Some(branch) = self.forks.get(&fork) else {
            for (name, tuple) in self.base.keys() {
                facts.entry(name.clone()).or_default().insert(tuple.clone());
            }
            return facts;
        };
        facts = self.facts(branch.parent, derive);
        if let Some(scenario) = &branch.scenario {
            let derived = derive(&facts);
            for (sign, present) in [('-', false), ('+', true)] {
                let prefix = format!("@scenario:{scenario}:{sign}");
                for (rows, tuples) in &derived {
                    let Some(name) = rows.strip_prefix(&prefix) else { continue };
                    tuples.iter().for_each(|tuple| put(&mut facts, name, tuple, present));
                }
            }
        }
        for ((name, tuple), present) in &branch.edits {
            put(&mut facts, name, tuple, *present);
        }
        facts
    }
}

fn put(facts: &mut Database, name: &str, tuple: &Tuple, present: bool) {
    let tuples = facts.entry(name.into()).or_default();
    if present {
        tuples.insert(tuple.clone());
    } else {
        tuples.remove(tuple);
    }
}
