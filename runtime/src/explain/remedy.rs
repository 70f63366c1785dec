//! How to make a tuple hold, or go: the smallest sets of edits of base relations that do it, each tried out.
//!
//! Sets of edits are tried in the order of their size. Each is tried out in a [`Laboratory`]: a fork of the live model, or
//! an evaluation over the edited facts. Where it is not enough, the model as it then is says what could be edited besides:
//! a tuple that is to go has a proof, and one of the facts that it cites must go (or one of the absences, end); a tuple
//! that is to come has a nearest rule, and one of its literals must come to hold. The first is complete: whatever removes
//! the tuple breaks every proof of it (Reiter, *Artificial Intelligence* 32, 1987). The second follows the nearest
//! attempts only. Cost: a trial for each set.

use super::absent::{Attempt, Verdict, attempts};
use super::{How, Limits, Model, Reason, Why, prepared, why};
use crate::engine::{Engine, Fork, Origin};
use crate::error::Error;
use crate::explain::Live;
use compiler::program::{Literal, Program, RelationId};
use std::collections::{BTreeSet, VecDeque};

/// One fact more, or one less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Whether the fact comes.
    pub insert: bool,
    /// Its relation.
    pub relation: RelationId,
    /// Its words.
    pub row: Vec<u64>,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Whether the tuple is to hold; otherwise it is to go.
    pub holds: bool,
    /// Its relation.
    pub relation: RelationId,
    /// Its words.
    pub row: Vec<u64>,
}

/// How far the search goes.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// How many edits a remedy has at most.
    pub edits: usize,
    /// How many sets of edits are tried.
    pub trials: usize,
    /// How many remedies are enough.
    pub remedies: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { edits: 3, trials: 400, remedies: 5 }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Remedies {
    /// Sets of edits that do it, all of one size: none smaller was found.
    pub found: Vec<Vec<Edit>>,
    /// How many sets were tried.
    pub tried: usize,
    /// Whether sets were left untried.
    pub stopped: bool,
}

/// Where edits can be tried without consequences.
pub trait Laboratory {
    /// Shows the model as it is with these edits.
    fn with(&mut self, edits: &[Edit], look: &mut dyn FnMut(&mut dyn Model) -> Result<(), Error>) -> Result<(), Error>;
}

/// The forks of a live engine.
pub struct Forks<'e> {
    engine: &'e mut Engine,
    of: Fork,
    names: Vec<String>,
}

impl<'e> Forks<'e> {
    /// Trials over the base of an engine that follows a program.
    pub fn new(engine: &'e mut Engine, program: &Program) -> Self {
        Forks { engine, of: Fork::BASE, names: program.relations.iter().map(|r| r.name.to_string()).collect() }
    }

    /// The same over a fork.
    pub fn within(self, of: Fork) -> Self {
        Forks { of, ..self }
    }
}

impl Laboratory for Forks<'_> {
    fn with(&mut self, edits: &[Edit], look: &mut dyn FnMut(&mut dyn Model) -> Result<(), Error>) -> Result<(), Error> {
        if edits.is_empty() {
            return look(&mut Live::new(self.engine, self.of));
        }
        let fork = self.engine.fork_of(self.of)?;
        let outcome = self.edited(fork, edits).and_then(|()| look(&mut Live::new(self.engine, fork)));
        self.engine.drop_fork(fork)?;
        outcome
    }
}

impl Forks<'_> {
    fn edited(&mut self, fork: Fork, edits: &[Edit]) -> Result<(), Error> {
        for edit in edits {
            let base = self.engine.base(&self.names[edit.relation.0 as usize])?;
            if edit.insert {
                self.engine.insert(fork, base, &edit.row, Origin::default())?;
            } else {
                self.engine.retract(fork, base, &edit.row)?;
            }
        }
        self.engine.commit().map(drop)
    }
}

/// How many edits are followed from one model.
const BREADTH: usize = 32;

/// How many rules deep a missing tuple is followed.
const DEPTH: usize = 12;

/// How many attempts of a rule are followed.
const ATTEMPTS: usize = 6;

/// The smallest sets of edits of the allowed relations that reach a goal.
pub fn how_to(
    program: &Program,
    laboratory: &mut dyn Laboratory,
    goal: &Goal,
    allowed: &BTreeSet<RelationId>,
    bounds: &Bounds,
) -> Result<Remedies, Error> {
    let mut remedies = Remedies::default();
    let mut open: VecDeque<Vec<Edit>> = VecDeque::from([Vec::new()]);
    let mut seen: BTreeSet<Vec<Edit>> = BTreeSet::new();
    while let Some(edits) = open.pop_front() {
        let larger = remedies.found.first().is_some_and(|found| found.len() < edits.len());
        if larger || remedies.found.len() >= bounds.remedies {
            break;
        }
        if remedies.tried >= bounds.trials {
            remedies.stopped = true;
            break;
        }
        remedies.tried += 1;
        let (mut reached, mut next) = (false, Vec::new());
        laboratory.with(&edits, &mut |model| {
            let pattern: Vec<Option<u64>> = goal.row.iter().copied().map(Some).collect();
            let holds = !model.rows(&program.relation(goal.relation).name, &pattern)?.rows.is_empty();
            reached = holds == goal.holds;
            if !reached && edits.len() < bounds.edits {
                let mut further = Further { program, allowed, next: &mut next, seen: BTreeSet::new() };
                match goal.holds {
                    true => further.toward(model, goal.relation, &pattern, DEPTH)?,
                    false => further.against(model, goal.relation, &goal.row, DEPTH)?,
                }
            }
            Ok(())
        })?;
        if reached {
            remedies.found.push(edits);
            continue;
        }
        remedies.stopped |= next.len() > BREADTH;
        for edit in next.into_iter().take(BREADTH) {
            let opposite = Edit { insert: !edit.insert, ..edit.clone() };
            if edits.contains(&edit) || edits.contains(&opposite) {
                continue;
            }
            let mut longer = edits.clone();
            longer.push(edit);
            longer.sort();
            if seen.insert(longer.clone()) {
                open.push_back(longer);
            }
        }
    }
    Ok(remedies)
}

/// The edits that lead further from a model.
struct Further<'a> {
    program: &'a Program,
    allowed: &'a BTreeSet<RelationId>,
    next: &'a mut Vec<Edit>,
    seen: BTreeSet<(RelationId, Vec<Option<u64>>)>,
}

impl Further<'_> {
    fn add(&mut self, insert: bool, relation: RelationId, row: Vec<u64>) {
        let edit = Edit { insert, relation, row };
        if self.allowed.contains(&relation) && !self.next.contains(&edit) {
            self.next.push(edit);
        }
    }

    /// Edits that may bring a tuple nearer.
    fn toward(
        &mut self,
        model: &mut dyn Model,
        relation: RelationId,
        pattern: &[Option<u64>],
        depth: usize,
    ) -> Result<(), Error> {
        if depth == 0 || self.next.len() > BREADTH || !self.seen.insert((relation, pattern.to_vec())) {
            return Ok(());
        }
        if self.allowed.contains(&relation) {
            for row in self.completions(model, relation, pattern)? {
                self.add(true, relation, row);
            }
        }
        let mut nearest: Vec<Attempt> = Vec::new();
        let mut cone = prepared(self.program, model, &Limits::default());
        for number in 0..cone.rules.len() {
            if cone.rules[number].head == relation {
                let found = attempts(&mut cone, number, pattern)?.unwrap_or_default();
                nearest.extend(found.into_iter().filter(|attempt| attempt.is_head).take(ATTEMPTS));
            }
        }
        drop(cone);
        nearest.sort_by_key(Attempt::failing);
        for attempt in nearest {
            for (literal, verdict) in self.program.rules[attempt.rule].body.iter().zip(&attempt.verdicts) {
                match (literal, verdict) {
                    (Literal::Positive(atom), Verdict::Missing(pattern)) => {
                        self.toward(model, atom.relation, pattern, depth - 1)?;
                    }
                    (Literal::Negative(atom), Verdict::InTheWay(rows)) => {
                        for row in rows {
                            self.against(model, atom.relation, row, depth - 1)?;
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Edits that break the proof of a tuple.
    fn against(&mut self, model: &mut dyn Model, relation: RelationId, row: &[u64], depth: usize) -> Result<(), Error> {
        if depth == 0 {
            return Ok(());
        }
        let Why::Proof(proof) = why(self.program, model, relation, row, &Limits::default())? else { return Ok(()) };
        let mut ended = Vec::new();
        for node in &proof.nodes {
            match &node.how {
                How::Given(_) => self.add(false, node.relation, node.row.clone()),
                How::Rule { reasons, .. } => absences(reasons, &mut ended),
                How::Equivalence(_) => {}
            }
        }
        for (relation, pattern) in ended {
            self.toward(model, relation, &pattern, depth - 1)?;
        }
        Ok(())
    }

    /// Rows that agree with a pattern: what is not known is taken from the tuples that are there.
    fn completions(
        &self,
        model: &mut dyn Model,
        relation: RelationId,
        pattern: &[Option<u64>],
    ) -> Result<Vec<Vec<u64>>, Error> {
        const VALUES: usize = 4;
        let mut rows = vec![Vec::new()];
        if pattern.iter().all(Option::is_some) {
            return Ok(vec![pattern.iter().filter_map(|word| *word).collect()]);
        }
        let there = model.rows(&self.program.relation(relation).name, &vec![None; pattern.len()])?.rows;
        for (column, word) in pattern.iter().enumerate() {
            let values: Vec<u64> = match word {
                Some(word) => vec![*word],
                None => {
                    let distinct: BTreeSet<u64> = there.iter().map(|row| row[column]).collect();
                    distinct.into_iter().take(VALUES).collect()
                }
            };
            let longer = |row: &Vec<u64>| values.iter().map(|v| [&row[..], &[*v]].concat()).collect::<Vec<_>>();
            rows = rows.iter().flat_map(longer).take(BREADTH).collect();
        }
        Ok(rows)
    }
}

/// The absences that reasons cite.
fn absences(reasons: &[Reason], found: &mut Vec<(RelationId, Vec<Option<u64>>)>) {
    for reason in reasons {
        match reason {
            Reason::Absent { relation, pattern } => found.push((*relation, pattern.clone())),
            Reason::Fold(fold) => fold.members.iter().for_each(|member| absences(&member.reasons, found)),
            Reason::Tuple(_) | Reason::Holds => {}
        }
    }
}
