//! The plan: how each relation is computed, step by step, without saying by which machinery.
//!
//! A derived relation is the union of [`Pipeline`]s, brought down to a set, or an [`Aggregate`] of another relation. A
//! pipeline starts from one relation and runs through [`Stage`]s; the row that leaves a stage *is* the row that enters
//! the next, its leading columns being the key of that next join. So a stage needs nothing but the row and an index of
//! the relation it joins:
//!
//! ```text
//! path(x, z) :- link(x, y), path(y, z).
//!
//! path(x, z) :- scan link [x y] -> [y | x] ; join path on [0] -> slots [y | x | z] -> [x z]
//! ```
//!
//! The *slots* a stage's expressions refer to are: the key columns, then the rest of the incoming row, then the columns
//! of the joined relation that are not in its index key, in ascending order.
//!
//! The planner has seen to it that evaluators need no special cases: wildcards in negated atoms became auxiliary
//! projections, aggregates became auxiliary relations, the value of `count` and `sum` for empty groups became a second
//! pipeline with a negation. Auxiliary relations follow those of the program and have names that start with `@`.
//! `x = range(a, b)` is a stage like a join, with a relation that nobody stores.
//!
//! A stratum is solved in *rounds*: what the pipelines derive from the relations as they stood before the round is
//! added, all at once, until a round adds nothing. Most relations are least fixpoints, and what comes of them does not
//! depend on the rounds. Where it does, the order is fixed: [`Reduction::Choice`] and [`Reduction::Undominated`] act in
//! *steps*, all of a stratum at once, each time the rest of the stratum has come to rest, and what a round has added stays
//! added until then; [`Relation::limit`] counts after each round and each step. A relation with such a mark, and
//! [`Reduction::Numbered`], is for evaluators that start from nothing: *live* refuses it ([`crate::planner::not_live`]).
//!
//! An equivalence relation (`eqrel`) is the closure of an auxiliary relation that holds what its rules and facts state;
//! [`Relation::closes`] names that. Its own pipelines are the rules of the closure, ordinary ones, so an evaluator may run
//! them and be done; or leave them out and keep the closure by union-find:
//!
//! ```text
//! same(x, y): closes @given:same
//!   same(x, y) :- @given:same(x, y).      same(x, z) :- same(x, y), @given:same(y, z).
//!   same(y, x) :- @given:same(x, y).      same(x, z) :- same(x, y), @given:same(z, y).
//! ```

use crate::functor::{Comparison, Functor};
pub use crate::program::{AggregateOp, Column, Direction, Directive, DirectiveKind, RelationId, Scenario, Stream};
use crate::span::Span;
use crate::structure::Structures;
use crate::value::{Const, Primitive};
use std::sync::Arc;

/// A whole plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The records and algebraic data types of the program.
    pub structures: Arc<Structures>,
    /// The relations of the program under the same numbers, then the auxiliary ones.
    pub relations: Vec<Relation>,
    /// Tuples stated in the text. They belong to base relations.
    pub facts: Vec<(RelationId, Vec<Const>)>,
    /// Strata of derived relations in an order in which they can be evaluated.
    pub strata: Vec<Stratum>,
    /// Input and output, of relations of the program.
    pub directives: Vec<Directive>,
    /// Queries of the program, in source order.
    pub queries: Vec<RelationId>,
    /// The scenarios whose edits the plan derives.
    pub scenarios: Vec<Scenario>,
}

/// A relation of the plan.
#[derive(Clone, Debug, Default)]
pub struct Relation {
    /// The name in the source; auxiliary relations start with `@`, queries with `?`.
    pub name: Arc<str>,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// Where given tuples go: the relation itself if it is a base relation; its auxiliary base relation if it has rules
    /// and also facts or an `.input`; none if it is only derived.
    pub base: Option<RelationId>,
    /// The relation of whose tuples it is the equivalence closure; its pipelines are then the rules of the closure.
    pub closes: Option<RelationId>,
    /// The recursion that derives it stops after the first round in which it has so many tuples.
    pub limit: Option<u64>,
    /// Its tuples are events; only of a base relation.
    pub stream: Option<Stream>,
    /// Equal in two plans only if the relation means the same in both: its name, its columns, its rules and, through
    /// them, everything that it depends on. Ids do not enter it. A live engine keeps what has not changed.
    pub fingerprint: u64,
}

/// Relations that are solved together.
#[derive(Clone, Debug)]
pub struct Stratum {
    /// The definitions, one a relation.
    pub definitions: Vec<Definition>,
    /// Whether some pipeline of the stratum reads a relation of the stratum.
    pub recursive: bool,
}

/// How one relation is derived.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The relation.
    pub relation: RelationId,
    /// Its derivation.
    pub body: Body,
}

/// The two ways to derive a relation.
#[derive(Clone, Debug)]
pub enum Body {
    /// The union of pipelines, brought down by a reduction.
    Union(Vec<Pipeline>, Reduction),
    /// An aggregate of another relation.
    Aggregate(Aggregate),
}

/// What makes a set of a union of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Reduction {
    /// Nothing to do: the planner has proved that no row comes twice.
    None,
    /// Every row once.
    Distinct,
    /// Of the rows that agree on `key` (ascending columns) those whose `order` columns are lexicographically least, each
    /// in its direction, every row once.
    Best {
        /// The group.
        key: Vec<usize>,
        /// The compared columns, most significant first.
        order: Vec<(usize, Direction)>,
    },
    /// No two tuples agree on the columns (ascending) of a key; of those that would, the first stays. Candidates are
    /// taken in steps: when the other relations of the stratum have come to rest over the tuples taken so far, all
    /// choices of the stratum take, from what their pipelines derive then, in ascending order ([`Relation::base`]'s
    /// tuples first; numbers by value, symbols by text, columns from the left), each row that agrees on no key with one
    /// that was taken. What was taken stays.
    Choice {
        /// The keys.
        keys: Vec<Vec<usize>>,
    },
    /// The rows that none of the others dominates. They come from one auxiliary relation, `@derived:…`, that holds all
    /// that was ever derived. Taken in steps, as choices are; what other relations of the stratum have derived from a row
    /// that goes later stays.
    Undominated {
        /// They read the auxiliary relation and derive pairs, the row that goes and then the one that stays. A row goes if
        /// there is such a pair of two different rows, and not the opposite pair, too.
        pairs: Vec<Pipeline>,
    },
    /// Every row once, in ascending order (as in `Choice`), each followed by numbers that are given out one after the
    /// other: the pipelines leave the last `counters` columns to be filled.
    Numbered {
        /// How many numbers a row gets.
        counters: usize,
        /// The relation whose numbers come before: the first row goes on where its last one stopped. None starts at 0.
        after: Option<RelationId>,
    },
}

/// A fold over the tuples of `input` that agree on their first `group` columns. The result is those columns and the
/// value; groups without a tuple have no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// What is folded; a relation of an earlier stratum.
    pub input: RelationId,
    /// How many leading columns are the group.
    pub group: usize,
    /// The operator.
    pub op: AggregateOp,
    /// The column that is folded; none for `Count`.
    pub target: Option<usize>,
}

/// One rule body, ordered.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Where rows come from: a relation's tuples (slots: all its columns), or one row without columns.
    pub source: Option<RelationId>,
    /// What is done with a source row.
    pub emit: Emit,
    /// The joins, negations and ranges, in order.
    pub stages: Vec<Stage>,
    /// The rule in the source.
    pub span: Span,
    /// The rule as text, for people.
    pub rule: Arc<str>,
}

/// One join, negation or range. The incoming row's first `right_key.len()` columns are the key.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What a row meets.
    pub kind: StageKind,
    /// The columns of the relation that must equal the key, ascending; all of them for a negation. Empty: every pair of
    /// rows. For a range, which has no relation, the places of its arguments in the row: `[0, 1]` or `[0, 1, 2]`.
    pub right_key: Vec<usize>,
    /// What is done with a combined row. For a negation the slots are the incoming row's columns alone, for a range those
    /// and the value.
    pub emit: Emit,
}

/// The kind of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageKind {
    /// A row goes on with every matching tuple of the relation.
    Join(RelationId),
    /// A row goes on if no tuple of the relation matches.
    Negation(RelationId),
    /// A row goes on with every value of the range whose arguments are its first columns: from, to and perhaps step, as
    /// [`crate::program::Range`] has them.
    Range(Primitive),
}

/// Computation on one row: filter it and form the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Emit {
    /// All must hold.
    pub tests: Vec<Test>,
    /// The outgoing row: key of the next stage first, or the head's columns.
    pub output: Vec<Scalar>,
}

/// A comparison of two scalars.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The comparison.
    pub comparison: Comparison,
    /// Its left operand.
    pub left: Scalar,
    /// Its right operand.
    pub right: Scalar,
}

/// A value computed from the slots of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// The slot's word.
    Slot(usize),
    /// A constant.
    Const(Const),
    /// A functor over scalars.
    Call(Functor, Vec<Scalar>),
}

impl Plan {
    /// The relation behind a number.
    pub fn relation(&self, id: RelationId) -> &Relation {
        &self.relations[id.0 as usize]
    }

    /// The relation with this name.
    pub fn find(&self, name: &str) -> Option<RelationId> {
        self.relations.iter().position(|r| &*r.name == name).map(|i| RelationId(i as u32))
    }

    /// The definition of a derived relation; none for a base relation.
    pub fn definition(&self, id: RelationId) -> Option<&Definition> {
        self.strata.iter().flat_map(|s| &s.definitions).find(|d| d.relation == id)
    }
}

impl Stage {
    /// The relation that is joined or negated.
    pub fn relation(&self) -> Option<RelationId> {
        match self.kind {
            StageKind::Join(relation) | StageKind::Negation(relation) => Some(relation),
            StageKind::Range(_) => None,
        }
    }
}

impl Relation {
    /// The number of columns.
    pub fn arity(&self) -> usize {
        self.columns.len()
    }

    /// The primitive types of the columns.
    pub fn primitives(&self) -> impl Iterator<Item = Primitive> + '_ {
        self.columns.iter().map(|c| c.ty.primitive)
    }
}
