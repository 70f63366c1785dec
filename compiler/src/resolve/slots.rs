//! Primitive types by unification: expressions that must agree share a class, and a class has at most one type.
//!
//! Literals wait: `1` is a `number`, `unsigned` or `float` as its class demands, and a string may stand for a time. What
//! nothing decides is a `number`, or a `symbol` for strings.

use super::functors::Demand;
use super::types::TypeId;
use crate::span::Span;
use crate::value::Primitive;

/// A type to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// Why a class has its type.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    /// The type.
    pub primitive: Primitive,
    /// Which record or algebraic data type, where that is known.
    pub structure: Option<TypeId>,
    /// Where this was decided.
    pub span: Span,
    /// By what: ``column `a` of relation `link` ``.
    pub by: By,
}

impl Reason {
    /// A type that is a primitive by itself.
    pub(super) fn new(primitive: Primitive, span: Span, by: By) -> Reason {
        Reason { primitive, structure: None, span, by }
    }

    /// Whether one type can be both.
    fn agrees(&self, other: &Reason) -> bool {
        let same = |(a, b): (TypeId, TypeId)| a == b;
        self.primitive == other.primitive && self.structure.zip(other.structure).is_none_or(same)
    }
}

/// What decides a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A column of a relation.
    Column(crate::program::RelationId, usize),
    /// A functor or operator by its name.
    Functor(&'static str),
    /// The literal itself.
    Literal,
    /// `as(…, type)`
    Cast,
    /// A field of a structured type, by the places of its variant and of the field.
    Field(TypeId, usize, usize),
    /// `nil`
    Nil,
}

/// Two reasons that contradict each other.
#[derive(Debug)]
pub(super) struct Conflict(pub Reason, pub Reason);

/// The classes of one rule.
#[derive(Debug, Default)]
pub(super) struct Slots {
    parent: Vec<usize>,
    reason: Vec<Option<Reason>>,
    /// What operators demand of their operands.
    pub requirements: Vec<Requirement>,
}

/// A demand on a class that is not a single type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requirement {
    /// The class.
    pub slot: Slot,
    /// Numeric, or integer.
    pub demand: Demand,
    /// By which operator.
    pub by: &'static str,
    /// Where.
    pub span: Span,
}

impl Slots {
    /// Remembers what an operator demands.
    pub(super) fn require(&mut self, slot: Slot, demand: Demand, by: &'static str, span: Span) {
        self.requirements.push(Requirement { slot, demand, by, span });
    }

    /// A class of its own.
    pub(super) fn fresh(&mut self) -> Slot {
        self.parent.push(self.parent.len());
        self.reason.push(None);
        Slot(self.parent.len() - 1)
    }

    fn root(&mut self, slot: Slot) -> usize {
        let mut at = slot.0;
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// Gives a class its type.
    pub(super) fn set(&mut self, slot: Slot, reason: Reason) -> Result<(), Box<Conflict>> {
        let root = self.root(slot);
        match &self.reason[root] {
            Some(old) if !old.agrees(&reason) => return Err(Box::new(Conflict(old.clone(), reason))),
            Some(old) if old.structure.is_some() || reason.structure.is_none() => {}
            _ => self.reason[root] = Some(reason),
        }
        Ok(())
    }

    /// Makes two classes one.
    pub(super) fn unify(&mut self, a: Slot, b: Slot) -> Result<(), Box<Conflict>> {
        let (a, b) = (self.root(a), self.root(b));
        match (&self.reason[a], &self.reason[b]) {
            (Some(left), Some(right)) if !left.agrees(right) => {
                return Err(Box::new(Conflict(left.clone(), right.clone())));
            }
            (None, Some(_)) | (Some(Reason { structure: None, .. }), Some(Reason { structure: Some(_), .. })) => {
                self.parent[a] = b;
            }
            _ => self.parent[b] = a,
        }
        Ok(())
    }

    /// Whether two slots are of one class.
    pub(super) fn are_one(&mut self, a: Slot, b: Slot) -> bool {
        self.root(a) == self.root(b)
    }

    /// Why a class has its type, if it has one.
    pub(super) fn reason(&mut self, slot: Slot) -> Option<&Reason> {
        let root = self.root(slot);
        self.reason[root].as_ref()
    }

    /// The record or algebraic data type that a class is known to be.
    pub(super) fn structure(&self, slot: Slot) -> Option<TypeId> {
        let mut at = slot.0;
        while self.parent[at] != at {
            at = self.parent[at];
        }
        self.reason[at].as_ref()?.structure
    }

    /// The type of a class.
    pub(super) fn primitive(&mut self, slot: Slot) -> Option<Primitive> {
        self.reason(slot).map(|reason| reason.primitive)
    }
}
