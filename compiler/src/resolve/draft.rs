//! A rule between syntax and program: names are resolved, types are slots still to be filled.

use super::functors::Operation;
use super::slots::{Slot, Slots};
use super::types::TypeId;
use crate::ast::AggregateOperator;
use crate::program::RelationId;
use crate::span::Span;
use std::sync::Arc;

/// A conjunctive rule.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The head's arguments; none for a rule whose columns are to be inferred.
    pub head: Option<DraftAtom>,
    /// The conjunction.
    pub body: Vec<DraftLiteral>,
    /// How many of the variables are the rule's own: they come first.
    pub(super) own: usize,
    /// Its variables, those of aggregates included.
    pub variables: Vec<DraftVariable>,
    /// The types.
    pub slots: Slots,
    /// Records whose type is not known yet.
    pub(super) open: Vec<OpenRecord>,
    /// What is compared with a record that is written out: such records need no declared type.
    pub(super) compared: Vec<Slot>,
    /// The clause.
    pub span: Span,
    /// The conjuncts, if the body has other alternatives beside them.
    pub(super) alternative: Option<Span>,
    /// Whether something in it was reported, so that further findings may be consequences.
    pub broken: bool,
    /// Whether part of it could not be read, so that its types are unknown.
    pub(super) unreadable: bool,
    /// Whether a conjunct never holds.
    pub never: bool,
}

impl Draft {
    /// The rule's own variable of this name; those of its aggregates do not count.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.variables[..self.own].iter().position(|variable| &*variable.name == name)
    }
}

/// A record whose type is not known yet, and so the types of its fields.
#[derive(Clone, Debug)]
pub(super) struct OpenRecord {
    /// Its own.
    pub slot: Slot,
    /// Those of its fields.
    pub fields: Vec<(Slot, Span)>,
    /// Where.
    pub span: Span,
}

/// A variable.
#[derive(Debug)]
pub(super) struct DraftVariable {
    /// As written.
    pub name: Arc<str>,
    /// Its first occurrence.
    pub span: Span,
    /// Its type.
    pub slot: Slot,
}

/// A relation applied to arguments.
#[derive(Clone, Debug)]
pub(super) struct DraftAtom {
    /// None if it is unknown, or the number of arguments is wrong; reported already.
    pub relation: Option<RelationId>,
    /// The arguments.
    pub args: Vec<DraftExpr>,
    /// Where.
    pub span: Span,
}

/// A conjunct.
#[derive(Clone, Debug)]
pub(super) enum DraftLiteral {
    /// An atom, or its negation.
    Atom(DraftAtom, bool),
    /// A test of two values, or its negation.
    Test(DraftTest),
}

/// A test of two values.
#[derive(Clone, Debug)]
pub(super) struct DraftTest {
    /// Which.
    pub test: Test,
    /// Whether it must hold, rather than not hold.
    pub positive: bool,
    /// The left operand, or first argument.
    pub left: DraftExpr,
    /// The right operand, or second argument.
    pub right: DraftExpr,
    /// Where.
    pub span: Span,
}

/// The tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// A comparison.
    Compare(crate::ast::CompareOperator),
    /// `match`
    Match,
    /// `contains`
    Contains,
    /// `in_prefix`
    InPrefix,
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub(super) struct DraftExpr {
    /// What it is.
    pub kind: DraftKind,
    /// Where.
    pub span: Span,
    /// Its type.
    pub slot: Slot,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub(super) enum DraftKind {
    /// A variable of the rule.
    Variable(usize),
    /// `_`
    Wildcard,
    /// The next number.
    Counter,
    /// A literal.
    Literal(Literal),
    /// A functor.
    Call(Operation, Vec<DraftExpr>),
    /// `range(from, to, step)`
    Range(Vec<DraftExpr>),
    /// `nil`
    Nil,
    /// A record, whose type is that of its slot.
    Record(Vec<DraftExpr>),
    /// A branch: its type, its place there, and what it holds.
    Branch(TypeId, usize, Vec<DraftExpr>),
    /// `as(value, type)`
    Cast(TypeId, Box<DraftExpr>),
    /// An aggregate.
    Aggregate(Box<DraftAggregate>),
    /// Reported already.
    Error,
}

/// A literal whose value depends on its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    /// Digits as written, and whether a minus stands before them.
    Integer(Arc<str>, bool),
    /// With its `u`.
    Unsigned(Arc<str>),
    /// As written, and whether a minus stands before it.
    Float(Arc<str>, bool),
    /// A string.
    Text(Arc<str>),
}

/// An aggregate.
#[derive(Clone, Debug)]
pub(super) struct DraftAggregate {
    /// The operator.
    pub operator: AggregateOperator,
    /// What is folded.
    pub target: Option<DraftExpr>,
    /// Over what.
    pub body: Vec<DraftLiteral>,
    /// Variables of the rule around it that occur within.
    pub outer: Vec<usize>,
    /// Variables of the target whose names also stand around the aggregate, each with the one there.
    pub shadows: Vec<(usize, usize)>,
    /// Whether the body never holds.
    pub never: bool,
    /// Where.
    pub span: Span,
}

impl DraftLiteral {
    /// The expressions of the conjunct.
    pub(super) fn exprs(&self) -> impl Iterator<Item = &DraftExpr> {
        let (args, sides) = match self {
            DraftLiteral::Atom(atom, _) => (atom.args.as_slice(), None),
            DraftLiteral::Test(test) => ([].as_slice(), Some([&test.left, &test.right])),
        };
        args.iter().chain(sides.into_iter().flatten())
    }

    /// The same, to be changed.
    pub(super) fn exprs_mut(&mut self) -> impl Iterator<Item = &mut DraftExpr> {
        let (args, sides) = match self {
            DraftLiteral::Atom(atom, _) => (atom.args.as_mut_slice(), None),
            DraftLiteral::Test(test) => ([].as_mut_slice(), Some([&mut test.left, &mut test.right])),
        };
        args.iter_mut().chain(sides.into_iter().flatten())
    }
}

impl DraftExpr {
    /// The expressions that it is made of; what stands in an aggregate is left out.
    pub(super) fn parts(&self) -> &[DraftExpr] {
        match &self.kind {
            DraftKind::Call(_, args)
            | DraftKind::Range(args)
            | DraftKind::Record(args)
            | DraftKind::Branch(_, _, args) => args,
            DraftKind::Cast(_, inner) => std::slice::from_ref(inner),
            _ => &[],
        }
    }

    /// The same, to be changed.
    pub(super) fn parts_mut(&mut self) -> &mut [DraftExpr] {
        match &mut self.kind {
            DraftKind::Call(_, args)
            | DraftKind::Range(args)
            | DraftKind::Record(args)
            | DraftKind::Branch(_, _, args) => args,
            DraftKind::Cast(_, inner) => std::slice::from_mut(inner),
            _ => &mut [],
        }
    }

    /// The fields of a tuple that is written out.
    pub(super) fn fields(&self) -> Option<&[DraftExpr]> {
        match &self.kind {
            DraftKind::Record(fields) | DraftKind::Branch(_, _, fields) => Some(fields),
            _ => None,
        }
    }

    /// Calls `visit` for each variable, those within aggregates left out.
    pub(super) fn variables(&self, visit: &mut impl FnMut(usize, Span)) {
        match &self.kind {
            DraftKind::Variable(variable) => visit(*variable, self.span),
            _ => self.parts().iter().for_each(|part| part.variables(visit)),
        }
    }

    /// Calls `visit` for each expression that is an aggregate, those within aggregates left out.
    pub(super) fn aggregates_mut(&mut self, visit: &mut impl FnMut(&mut DraftExpr)) {
        match &mut self.kind {
            DraftKind::Aggregate(_) => visit(self),
            _ => self.parts_mut().iter_mut().for_each(|part| part.aggregates_mut(visit)),
        }
    }

    /// Calls `visit` for each aggregate, those within aggregates left out.
    pub(super) fn aggregates<'a>(&'a self, visit: &mut impl FnMut(&'a DraftAggregate)) {
        match &self.kind {
            DraftKind::Aggregate(aggregate) => visit(aggregate),
            _ => self.parts().iter().for_each(|part| part.aggregates(visit)),
        }
    }
}
