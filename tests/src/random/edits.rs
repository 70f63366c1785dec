//! Random edits: epochs of insertions and retractions, in the base and in forks that come and go, and what they amount
//! to.

use super::program::Shape;
use super::{Three, pick, three};
use crate::database::{Database, Tuple};
use compiler::program::Program;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
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
    /// The next fork is made.
    Fork,
    /// A fork is dropped.
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

impl RawEdits {
    /// The edits that are meant, for the relations that take facts.
    pub fn read(&self, inputs: &[&Shape]) -> Epochs {
        let mut model = Facts::default();
        let mut first = Vec::new();
        for (relation, values) in &self.initial {
            first.extend(pick(inputs, *relation).map(|s| Edit::Insert(0, (*s.name).into(), s.tuple(values))));
        }
        first.iter().for_each(|e| model.apply(e));
        let mut epochs = vec![first];
        for raw in &self.epochs {
            let mut epoch = Vec::new();
            for raw in raw {
                let edit = raw.read(inputs, &model);
                edit.iter().for_each(|e| model.apply(e));
                epoch.extend(edit);
            }
            epochs.push(epoch);
        }
        epochs
    }
}

impl RawEdit {
    fn read(&self, inputs: &[&Shape], model: &Facts) -> Option<Edit> {
        let shape = pick(inputs, self.relation)?;
        let (name, tuple): (Arc<str>, _) = ((*shape.name).into(), shape.tuple(&self.values));
        let living: Vec<usize> = model.forks().collect();
        let fork = pick(&living, self.fork).copied();
        // Most retractions are of what is there.
        let present = |fork| {
            let facts = model.facts(fork);
            let all: Vec<Tuple> = facts.get(&name).into_iter().flatten().cloned().collect();
            if self.values[1] % 4 == 3 { tuple.clone() } else { pick(&all, self.values[0]).unwrap_or(&tuple).clone() }
        };
        Some(match (self.kind % 12, fork) {
            (0..=2, _) => Edit::Insert(0, name, tuple),
            (3..=4, _) => Edit::Retract(0, name.clone(), present(0)),
            (5..=7, Some(fork)) => Edit::Insert(fork, name, tuple),
            (8..=9, Some(fork)) => Edit::Retract(fork, name.clone(), present(fork)),
            (10, Some(fork)) if self.values[2] % 2 == 1 => Edit::Drop(fork),
            (_, Some(fork)) if living.len() > 2 => Edit::Drop(fork),
            _ => Edit::Fork,
        })
    }
}

/// What edits amount to: the facts of the base, and for each fork, which facts it has set and which it has taken out,
/// whatever the base does.
///
/// A fact of the base holds while somebody asserts it: the one who inserted it, or the text of the program.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    base: BTreeMap<(Arc<str>, Tuple), Asserted>,
    forks: BTreeMap<usize, BTreeMap<(Arc<str>, Tuple), bool>>,
    made: usize,
}

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
    pub fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Insert(0, name, tuple) => {
                self.base.entry((name.clone(), tuple.clone())).or_default().inserted = true;
            }
            Edit::Retract(0, name, tuple) => {
                self.base.remove(&(name.clone(), tuple.clone()));
            }
            Edit::Insert(fork, name, tuple) => self.set(*fork, name, tuple, true),
            Edit::Retract(fork, name, tuple) => self.set(*fork, name, tuple, false),
            Edit::Fork => {
                self.made += 1;
                self.forks.insert(self.made, BTreeMap::new());
            }
            Edit::Drop(fork) => {
                self.forks.remove(fork);
            }
        }
    }

    fn set(&mut self, fork: usize, name: &Arc<str>, tuple: &Tuple, present: bool) {
        if let Some(edits) = self.forks.get_mut(&fork) {
            edits.insert((name.clone(), tuple.clone()), present);
        }
    }

    /// The forks that live.
    pub fn forks(&self) -> impl Iterator<Item = usize> {
        self.forks.keys().copied()
    }

    /// The facts in a fork, or, with 0, in the base.
    pub fn facts(&self, fork: usize) -> Database {
        let mut facts = Database::new();
        for (name, tuple) in self.base.keys() {
            facts.entry(name.clone()).or_default().insert(tuple.clone());
        }
        for ((name, tuple), present) in self.forks.get(&fork).into_iter().flatten() {
            let tuples = facts.entry(name.clone()).or_default();
            if *present {
                tuples.insert(tuple.clone())
            } else {
                tuples.remove(tuple)
            };
        }
        facts
    }
}
