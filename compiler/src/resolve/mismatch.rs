//! Type conflicts as a person wants them: what is one thing here and another there, by which declarations, and what
//! would make them agree.

use super::Resolver;
use super::clause::Drafter;
use super::draft::DraftExpr;
use super::functors::Demand;
use super::slots::{By, Conflict, Reason};
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::value::Primitive;

impl Drafter<'_, '_> {
    /// One expression cannot have two types.
    pub(super) fn conflict(&mut self, expr: &Expr, conflict: &Conflict) {
        let diagnostic = match &expr.kind {
            ExprKind::Variable(name) => self.resolver.variable_conflict(name, conflict),
            _ => {
                let Conflict(old, new) = conflict;
                let message = format!("`{expr}` is {}, where {} is needed", a(old.primitive), a(new.primitive));
                let help = format!("convert it: `{}(...)`", conversion(new.primitive));
                self.resolver.conflict(message, conflict).help(help)
            }
        };
        self.report(diagnostic);
    }

    /// Two expressions must have one type.
    pub(super) fn conflict_between(&mut self, what: &str, Conflict(left, right): &Conflict, span: Span) {
        let message = format!("{what} are {} and {}", a(left.primitive), a(right.primitive));
        let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, span, "");
        for reason in [left, right] {
            diagnostic = diagnostic.also(reason.span, self.resolver.describe(reason));
        }
        self.report(diagnostic.help(convert_one(left.primitive, right.primitive)));
    }

    /// Reports an operand whose type is known already and does not suit the operator.
    pub(super) fn unfit(&mut self, operand: &DraftExpr, demand: Demand, symbol: &'static str, span: Span) -> bool {
        let Some(reason) = self.draft.slots.reason(operand.slot).cloned() else { return false };
        let found = self.resolver.unfit(&reason, demand, symbol, span);
        let unfit = found.is_some();
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
        unfit
    }
}

impl Resolver {
    /// One variable cannot have two types.
    pub(super) fn variable_conflict(&self, name: &str, conflict: &Conflict) -> Diagnostic {
        let Conflict(old, new) = conflict;
        let message =
            format!("variable `{name}` is {} in one place and {} in another", a(old.primitive), a(new.primitive));
        self.conflict(message, conflict).help(convert_one(old.primitive, new.primitive))
    }

    fn conflict(&self, message: String, Conflict(old, new): &Conflict) -> Diagnostic {
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, new.span, self.describe(new));
        if old.span == new.span { diagnostic } else { diagnostic.also(old.span, self.describe(old)) }
    }

    /// Why something has its type.
    pub(super) fn describe(&self, reason: &Reason) -> String {
        let what = a(reason.primitive);
        match reason.by {
            By::Column(relation, column) => {
                let relation = self.program.relation(relation);
                format!("{what}: column `{}` of relation `{}`", relation.columns[column].name, relation.name)
            }
            By::Functor(name) => format!("{what}: by `{name}`"),
            By::Literal => format!("{what}, by its form"),
            By::Cast => format!("{what}: by `as`"),
        }
    }

    /// What is wrong with an operand of this type, if the operator does not take it.
    pub(super) fn unfit(&self, reason: &Reason, demand: Demand, operator: &str, span: Span) -> Option<Diagnostic> {
        let (fits, wanted) = match demand {
            Demand::SameNumeric => (reason.primitive != Primitive::Symbol, "numbers"),
            Demand::SameInteger => {
                (matches!(reason.primitive, Primitive::Number | Primitive::Unsigned), "whole numbers")
            }
            _ => (true, ""),
        };
        if fits {
            return None;
        }
        let message = format!("`{operator}` works on {wanted}, not on {}", plural(reason.primitive));
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, span, "");
        Some(diagnostic.also(reason.span, self.describe(reason)))
    }
}

fn convert_one(left: Primitive, right: Primitive) -> String {
    format!("convert one of them: `{}(...)` or `{}(...)`", conversion(right), conversion(left))
}

fn conversion(to: Primitive) -> &'static str {
    match to {
        Primitive::Number => "to_number",
        Primitive::Unsigned => "to_unsigned",
        Primitive::Float => "to_float",
        Primitive::Symbol => "to_string",
    }
}

/// With its article.
pub(super) fn a(primitive: Primitive) -> String {
    match primitive {
        Primitive::Unsigned => "an unsigned".to_string(),
        primitive => format!("a {primitive}"),
    }
}

fn plural(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Number => "numbers",
        Primitive::Unsigned => "unsigned numbers",
        Primitive::Float => "floats",
        Primitive::Symbol => "symbols",
    }
}
