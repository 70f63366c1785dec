//! The resolved and typed program: what the front end hands to planner, code generation and oracles.
//!
//! Everything that is only notation is gone: names are numbers, disjunctions are several rules, several heads are several
//! rules, included files are merged, every constant has its type, every `-> eval` order is still open. What is left is
//! plain Datalog with stratified negation and aggregates, functors, and subsumption. A program has passed all checks:
//! arities and types agree, every rule is range-restricted, negation and aggregation are stratified.
//!
//! [`Program`] prints itself as the rules it means ([`std::fmt::Display`]).

mod invariant;
mod scenario;
mod test;

pub use invariant::{Invariant, Severity, Template, TemplateError};
pub use scenario::{Edit, Scenario, Scenarios};
pub use test::{Expectation, Test};

use crate::functor::{Comparison, Functor};
use crate::span::Span;
use crate::structure::Structures;
use crate::value::{Const, Primitive, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A relation of the program, by its place in [`Program::relations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationId(pub u32);

/// A variable of one rule, by its place in [`Rule::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId(pub u32);

/// A whole program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The records and algebraic data types that are declared.
    pub structures: Arc<Structures>,
    /// Declared relations in source order, then those that desugaring introduced (their names start with `@`) and
    /// queries (`?1`, `?2`, …).
    pub relations: Vec<Relation>,
    /// Tuples stated in the text, also of relations that have rules.
    pub facts: Vec<Fact>,
    /// Rules in source order.
    pub rules: Vec<Rule>,
    /// Relations whose subsumption clauses together are an order per key.
    pub subsumptions: Vec<Subsumption>,
    /// All other subsumption clauses, in source order, one for each conjunction of a body.
    pub dominations: Vec<Domination>,
    /// `.input`, `.output`, `.printsize` in source order.
    pub directives: Vec<Directive>,
    /// `.invariant` in source order: relations that must be empty, each once.
    pub invariants: Vec<Invariant>,
    /// `?- body.` in source order: each is a relation of its own whose columns are the query's named variables.
    pub queries: Vec<RelationId>,
    /// The strata in an order in which they can be evaluated. Every relation is in exactly one.
    pub strata: Vec<Stratum>,
    /// `.test` blocks in source order: they are no part of the program.
    pub tests: Vec<Test>,
    /// `.scenario` blocks: they are no part of the program.
    pub scenarios: Scenarios,
}

/// A declared relation.
#[derive(Clone, Debug, Default)]
pub struct Relation {
    /// The name in the source.
    pub name: Arc<str>,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// The text of its `///` comments, without the slashes.
    pub doc: String,
    /// Whether it is the least equivalence that holds its tuples: reflexive over what it mentions, symmetric, transitive.
    pub eqrel: bool,
    /// `choice-domain`: the columns of each key, ascending. No two tuples agree on a key: of those that would, the one
    /// that comes first stays. Candidates come in steps: once the stratum's other relations are settled, those that its
    /// tuples so far derive are taken in ascending order, given ones first.
    pub choices: Vec<Vec<usize>>,
    /// `.limitsize`: the recursion that derives it stops after the first round in which it has so many tuples.
    pub limit: Option<u64>,
    /// `.stream`: its tuples are events.
    pub stream: Option<Stream>,
    /// How many of the last columns are filled by counting (`autoinc()`): the rules have no argument for them. Rows are
    /// numbered in ascending order; the numbers go on from one such relation to the next, in the order of the strata.
    pub counters: usize,
    /// The declaration.
    pub span: Span,
}

/// How long the events of a stream count, in microseconds of the time that they name themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The column that says when an event was, in microseconds since the Unix epoch.
    pub time: usize,
    /// How long an event can be related to others.
    pub horizon: i64,
    /// How far an event may be behind the newest one; at most the horizon.
    pub lateness: i64,
    /// The events of a group are evaluated after this silence; at most the horizon.
    pub idle: i64,
    /// What is folded by buckets of time leaves when its bucket has been over for so long; at least the horizon. None: it
    /// stays.
    pub keep: Option<i64>,
    /// The directive.
    pub span: Span,
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The attribute's name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// A tuple stated in the text.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Of which relation.
    pub relation: RelationId,
    /// One constant a column.
    pub values: Vec<Const>,
    /// The clause.
    pub span: Span,
}

/// A conjunctive rule with one head: `head(args) :- body.`
#[derive(Clone, Debug)]
pub struct Rule {
    /// The relation that is derived.
    pub head: RelationId,
    /// One expression a column; no wildcards, no aggregates (they are bound by an equality in the body).
    pub args: Vec<Expr>,
    /// The conjunction.
    pub body: Vec<Literal>,
    /// All variables of the rule, also those local to its aggregates.
    pub variables: Vec<Variable>,
    /// The clause in the source; several rules may share one.
    pub span: Span,
}

/// A variable of a rule.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name in the source, or `@n` if desugaring made it.
    pub name: Arc<str>,
    /// Its primitive type.
    pub primitive: Primitive,
}

/// One conjunct of a body.
#[derive(Clone, Debug)]
pub enum Literal {
    /// `relation(args)`
    Positive(Atom),
    /// `!relation(args)`: its variables are bound elsewhere; wildcards mean "no tuple whatever is there".
    Negative(Atom),
    /// A comparison. `Equal` between a variable and an expression may bind the variable. If the expression is a
    /// [`Functor::Pack`] and the variable is bound elsewhere, it binds the variables of the tuple.
    Constraint(Constraint),
}

/// A relation applied to arguments.
#[derive(Clone, Debug)]
pub struct Atom {
    /// The relation.
    pub relation: RelationId,
    /// One argument a column: variables, constants, wildcards, or functors over bound variables. A pattern (`[x, _]`)
    /// within a positive atom has become a variable, and an equality.
    pub args: Vec<Expr>,
    /// The atom in the source.
    pub span: Span,
}

/// `left comparison right`; for tests on text, the first and second argument.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// The comparison, typed.
    pub comparison: Comparison,
    /// The left operand.
    pub left: Expr,
    /// The right operand.
    pub right: Expr,
    /// In the source.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A variable of the rule.
    Variable(VariableId),
    /// `_`: any value; every occurrence is another.
    Wildcard,
    /// A constant.
    Const(Const),
    /// A functor applied to as many arguments as it takes.
    Call(Functor, Vec<Expr>),
    /// An aggregate; only as one side of an `Equal` constraint whose other side is a variable of the rule.
    Aggregate(Box<Aggregate>),
    /// Each value of a range in turn; only where an aggregate may stand.
    Range(Box<Range>),
}

/// `range(from, to, step)`: `from`, `from + step`, … up to and without `to`; nothing if that is the other way. Without a
/// step it is 1 upwards or downwards, whichever leads from one to the other. A step of 0 gives `from` alone, unless that
/// is `to`. No value comes twice: a range ends where a step wraps or is too small to change a float.
#[derive(Clone, Debug)]
pub struct Range {
    /// `Number`, `Unsigned` or `Float`.
    pub primitive: Primitive,
    /// The first value.
    pub from: Expr,
    /// What comes after the last one.
    pub to: Expr,
    /// The distance.
    pub step: Option<Expr>,
}

/// `op target : { body }`.
///
/// The aggregate ranges over the distinct bindings of *all* variables of its body, wildcards included (each is a variable
/// of its own). `count` and `sum` of nothing are 0; `min`, `max`, `mean` and `gap` of nothing have no value.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The operator.
    pub op: AggregateOp,
    /// What is folded; none for `count`.
    pub target: Option<Expr>,
    /// A conjunction; it may hold further aggregates.
    pub body: Vec<Literal>,
    /// Variables of the body that are also bound outside: the groups. The rest is local.
    pub outer: Vec<VariableId>,
    /// In the source.
    pub span: Span,
}

/// What an aggregate computes, typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateOp {
    /// The number of bindings, a `number`.
    Count,
    /// The sum; floats are added in ascending order.
    Sum(Primitive),
    /// The least value; symbols by their text.
    Min(Primitive),
    /// The greatest value.
    Max(Primitive),
    /// The mean of a target that is converted to `float`; a `float`.
    Mean(Primitive),
    /// `gap x : { … }`: the greatest difference between two values of a `number` or `unsigned` target that are next to
    /// each other in ascending order; 0 if all bindings have one value; no value for none. Wraps as subtraction does.
    /// `max_gap` of a tree is one: by a join of each record with its next, it would cost the square of the records.
    Gap(Primitive),
}

/// A subsumption of a shape that is a total preorder per key: of the tuples that agree on `key`, those stay whose `order`
/// columns are lexicographically least (each in its direction). If `order` does not cover all other columns, ties stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subsumption {
    /// The relation whose tuples dominate each other.
    pub relation: RelationId,
    /// Columns that both heads share, ascending.
    pub key: Vec<usize>,
    /// The compared columns, most significant first.
    pub order: Vec<(usize, Direction)>,
    /// The clause.
    pub span: Span,
}

/// A subsumption clause of any other shape: says for which pairs of tuples the first goes in favour of the second.
///
/// Once the stratum's other relations are settled, a relation holds those of the tuples derived so far, in this step or
/// an earlier one, that none of them dominates. A tuple dominates another if some clause says so and none says the
/// opposite: tuples that dominate each other both stay.
#[derive(Clone, Debug)]
pub struct Domination {
    /// The relation whose tuples dominate each other.
    pub relation: RelationId,
    /// The pairs: `args` are the columns of the tuple that goes, then those of the one that stays; the first two literals
    /// are the two tuples as atoms of the relation, which range over all tuples that were derived.
    pub rule: Rule,
    /// Why it is not an order per key.
    pub reason: &'static str,
}

/// Which end of a column's order is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The least value stays.
    Least,
    /// The greatest value stays.
    Greatest,
}

/// Input or output of a relation.
#[derive(Clone, Debug)]
pub struct Directive {
    /// Which.
    pub kind: DirectiveKind,
    /// Of which relation.
    pub relation: RelationId,
    /// Parameters as written: `filename`, `delimiter`, `IO`, …
    pub parameters: BTreeMap<String, String>,
    /// In the source.
    pub span: Span,
}

/// The kind of an I/O directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DirectiveKind {
    /// `.input`
    Input,
    /// `.output`
    Output,
    /// `.printsize`
    PrintSize,
}

/// Relations that are solved together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stratum {
    /// Its relations, ascending.
    pub relations: Vec<RelationId>,
    /// Whether some rule of the stratum reads a relation of the stratum.
    pub recursive: bool,
}

impl Range {
    /// Its two or three arguments.
    pub fn args(&self) -> impl Iterator<Item = &Expr> {
        [&self.from, &self.to].into_iter().chain(&self.step)
    }
}

impl Program {
    /// The relation behind a number.
    pub fn relation(&self, id: RelationId) -> &Relation {
        &self.relations[id.0 as usize]
    }

    /// The relation with this name.
    pub fn find(&self, name: &str) -> Option<RelationId> {
        self.relations.iter().position(|r| &*r.name == name).map(|i| RelationId(i as u32))
    }
}
