//! Proofs: which rule derives a tuple, with which values, from which tuples, and so on down to facts.
//!
//! A proof is a directed graph without circles: what is used twice is proved once. Its height is that of its root.

use super::cone::{Cone, Key, Way};
use super::search::{Stop, Support, Trail};
use crate::engine::Origin;
use compiler::program::{AggregateOp, RelationId};
use std::collections::HashMap;

/// A proof.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The tuples, the one that is proved first.
    pub nodes: Vec<Node>,
    /// How many rules stand between the tuple and the facts, at most; no proof has less.
    pub height: u32,
}

/// A tuple that holds.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its relation.
    pub relation: RelationId,
    /// Its words.
    pub row: Vec<u64>,
    /// Of an equivalence relation: whether the pair is meant as rules and facts state it, and not as it follows.
    pub stated: bool,
    /// How many rules stand between it and the facts.
    pub height: u32,
    /// Why it holds.
    pub how: How,
}

/// Why a tuple holds.
#[derive(Clone, Debug)]
pub enum How {
    /// It is a fact, from there; an empty list if that is not known.
    Given(Vec<Origin>),
    /// A rule derives it.
    Rule {
        /// The place of the rule in the program.
        rule: usize,
        /// The values of the rule's variables; those that are local to an aggregate have none.
        bindings: Vec<Option<u64>>,
        /// One for each literal of its body.
        reasons: Vec<Reason>,
    },
    /// It follows, in an equivalence relation, from these pairs.
    Equivalence(Vec<usize>),
}

/// Why a literal holds.
#[derive(Clone, Debug)]
pub enum Reason {
    /// This tuple holds, by its place in the proof.
    Tuple(usize),
    /// No tuple of the relation agrees with the pattern.
    Absent {
        /// The relation.
        relation: RelationId,
        /// What each column would have to be; none for any.
        pattern: Vec<Option<u64>>,
    },
    /// Its values are what they are.
    Holds,
    /// The aggregate has its value.
    Fold(Fold),
}

/// Why an aggregate has its value.
#[derive(Clone, Debug)]
pub struct Fold {
    /// The operator.
    pub op: AggregateOp,
    /// The value.
    pub value: u64,
    /// How many bindings are folded.
    pub size: usize,
    /// Those that make the value: all of them, or of a `min` or `max` the one that is.
    pub members: Vec<Member>,
}

/// One binding of an aggregate's body.
#[derive(Clone, Debug)]
pub struct Member {
    /// The values of the rule's variables that the body binds.
    pub bindings: Vec<Option<u64>>,
    /// One for each literal of the aggregate's body.
    pub reasons: Vec<Reason>,
}

impl Reason {
    /// Calls `found` with each tuple that the reason rests on.
    pub fn tuples(&self, found: &mut dyn FnMut(usize)) {
        match self {
            Reason::Tuple(tuple) => found(*tuple),
            Reason::Fold(fold) => fold.members.iter().flat_map(|m| &m.reasons).for_each(|reason| reason.tuples(found)),
            Reason::Absent { .. } | Reason::Holds => {}
        }
    }
}

impl Node {
    /// The tuples that it rests on, each once.
    pub fn rests_on(&self) -> Vec<usize> {
        let mut tuples = Vec::new();
        let mut note = |tuple: usize| {
            if !tuples.contains(&tuple) {
                tuples.push(tuple);
            }
        };
        match &self.how {
            How::Given(_) => {}
            How::Rule { reasons, .. } => reasons.iter().for_each(|reason| reason.tuples(&mut note)),
            How::Equivalence(pairs) => pairs.iter().for_each(|pair| note(*pair)),
        }
        tuples
    }
}

/// Takes the proof of a tuple of a cone that has been explored.
pub(super) fn take(cone: &mut Cone<'_>, root: Key, height: u32) -> Result<Proof, Stop> {
    let mut taken = Taken { numbers: HashMap::from([(root.clone(), 0)]), open: vec![root] };
    let mut nodes = Vec::new();
    while let Some(key) = taken.open.get(nodes.len()).cloned() {
        let height = cone.height(&key).ok_or(Stop::Enough)?;
        let how = match height {
            0 => How::Given(cone.search.reads.given(key.relation, &key.row)?.unwrap_or_default()),
            height => {
                let way = lowest(cone, &key, height)?;
                taken.how(cone, way)
            }
        };
        nodes.push(Node { relation: key.relation, row: key.row, stated: key.stated, height, how });
    }
    Ok(Proof { nodes, height })
}

/// The first way that keeps a tuple at its height.
fn lowest(cone: &mut Cone<'_>, key: &Key, height: u32) -> Result<Way, Stop> {
    let mut ways = Vec::new();
    cone.ways(key, &mut |way| {
        ways.push(way);
        Ok(())
    })?;
    let stands = |way: &Way| way.children.iter().all(|child| cone.height(child).is_some_and(|h| h < height));
    ways.into_iter().find(stands).ok_or(Stop::Enough)
}

/// The tuples that a proof needs, in the order in which they were first named.
struct Taken {
    numbers: HashMap<Key, usize>,
    open: Vec<Key>,
}

impl Taken {
    fn number(&mut self, key: Key) -> usize {
        let (open, next) = (&mut self.open, self.numbers.len());
        *self.numbers.entry(key).or_insert_with_key(|key| {
            open.push(key.clone());
            next
        })
    }

    fn how(&mut self, cone: &Cone<'_>, way: Way) -> How {
        match way.rule {
            None => How::Equivalence(way.children.into_iter().map(|key| self.number(key)).collect()),
            Some(number) => {
                let rule = &cone.rules[number];
                let reasons = self.reasons(way.trail, rule.stated);
                let shown = cone.program.rules[number].variables.len();
                How::Rule { rule: number, bindings: cut(way.bindings, shown), reasons }
            }
        }
    }

    /// The reasons of the first literals of a body, in their order.
    fn reasons(&mut self, trail: Trail, literals: usize) -> Vec<Reason> {
        let mut sorted = trail;
        sorted.retain(|(at, _)| *at < literals);
        sorted.sort_by_key(|(at, _)| *at);
        sorted.into_iter().map(|(_, support)| self.reason(support)).collect()
    }

    fn reason(&mut self, support: Support) -> Reason {
        match support {
            Support::Row(relation, row) => Reason::Tuple(self.number(Key { relation, stated: false, row })),
            Support::Absent(relation, pattern) => Reason::Absent { relation, pattern },
            Support::Holds => Reason::Holds,
            Support::Fold(folded) => {
                let members = folded.members.into_iter().map(|member| Member {
                    bindings: member.bindings,
                    reasons: self.reasons(member.supports, folded.stated),
                });
                let members = members.collect();
                Reason::Fold(Fold { op: folded.op, value: folded.value, size: folded.size, members })
            }
        }
    }
}

fn cut(mut bindings: Vec<Option<u64>>, length: usize) -> Vec<Option<u64>> {
    bindings.truncate(length);
    bindings
}
