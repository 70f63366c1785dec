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

impl Drafter<'_> {
    /// One expression cannot have two types.
    pub(super) fn conflict(&mut self, expr: &Expr, conflict: &Conflict) {
        let diagnostic = match &expr.kind {
            ExprKind::Variable(name) => self.resolver.variable_conflict(name, conflict),
            _ => {
                let Conflict(old, new) = conflict;
                let (is, needed) = (self.resolver.a(old), self.resolver.a(new));
                let diagnostic =
                    self.resolver.conflict(format!("`{expr}` is {is}, where {needed} is needed"), conflict);
                let convertible = old.primitive != Primitive::Record;
                match conversion(new.primitive).filter(|_| convertible) {
                    Some(convert) => diagnostic.help(format!("convert it: `{convert}(...)`")),
                    None => diagnostic,
                }
            }
        };
        self.report(diagnostic);
    }

    /// Two expressions must have one type.
    pub(super) fn conflict_between(&mut self, what: &str, conflict: &Conflict, span: Span) {
        let found = self.resolver.conflict_between(what, conflict, span);
        self.report(found);
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
    /// Two expressions must have one type.
    pub(super) fn conflict_between(&self, what: &str, Conflict(left, right): &Conflict, span: Span) -> Diagnostic {
        let message = format!("{what} are {} and {}", self.a(left), self.a(right));
        let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, span, "");
        for reason in [left, right] {
            diagnostic = diagnostic.also(reason.span, self.describe(reason));
        }
        convert_one(diagnostic, left, right)
    }

    /// One variable cannot have two types.
    pub(super) fn variable_conflict(&self, name: &str, conflict: &Conflict) -> Diagnostic {
        let Conflict(old, new) = conflict;
        let message = format!("variable `{name}` is {} in one place and {} in another", self.a(old), self.a(new));
        convert_one(self.conflict(message, conflict), old, new)
    }

    /// A field cannot hold what it is given.
    pub(super) fn field_conflict(&self, conflict: &Conflict) -> Diagnostic {
        let Conflict(old, new) = conflict;
        let message = format!("a field holds {}, not {}", self.a(new), self.a(old));
        convert_one(self.conflict(message, conflict), old, new)
    }

    /// A type, with its article.
    pub(super) fn a(&self, reason: &Reason) -> String {
        match reason.structure {
            Some(ty) => format!("a `{}`", self.types.get(ty).name),
            None => a(reason.primitive),
        }
    }

    fn conflict(&self, message: String, Conflict(old, new): &Conflict) -> Diagnostic {
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, new.span, self.describe(new));
        if old.span == new.span { diagnostic } else { diagnostic.also(old.span, self.describe(old)) }
    }

    /// Why something has its type.
    pub(super) fn describe(&self, reason: &Reason) -> String {
        let what = self.a(reason);
        match reason.by {
            By::Column(relation, column) => {
                let relation = self.program.relation(relation);
                format!("{what}: column `{}` of relation `{}`", relation.columns[column].name, relation.name)
            }
            By::Functor(name) => format!("{what}: by `{name}`"),
            By::Literal => format!("{what}, by its form"),
            By::Cast => format!("{what}: by `as`"),
            By::Nil => format!("{what}, as it is written"),
            By::Field(ty, place, index) => {
                let field = self.types.shapes.of(ty).get(place).and_then(|variant| {
                    let of = variant.name.as_deref().unwrap_or(&self.types.get(ty).name);
                    Some((of, &variant.fields.get(index)?.0))
                });
                field.map_or(what.clone(), |(of, field)| format!("{what}: field `{field}` of `{of}`"))
            }
        }
    }

    /// What is wrong with an operand of this type, if the operator does not take it.
    pub(super) fn unfit(&self, reason: &Reason, demand: Demand, operator: &str, span: Span) -> Option<Diagnostic> {
        let (fits, wanted) = match demand {
            Demand::SameNumeric => (!matches!(reason.primitive, Primitive::Symbol | Primitive::Record), "numbers"),
            Demand::SameInteger => {
                (matches!(reason.primitive, Primitive::Number | Primitive::Unsigned), "whole numbers")
            }
            Demand::SameSigned => {
                (matches!(reason.primitive, Primitive::Number | Primitive::Float), "numbers that have a sign")
            }
            Demand::Any | Demand::Same => (reason.primitive != Primitive::Record, "numbers and symbols"),
            Demand::Is(_) => (true, ""),
        };
        if fits {
            return None;
        }
        let message = format!("`{operator}` works on {wanted}, not on {}", plural(reason.primitive));
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, span, "");
        Some(diagnostic.also(reason.span, self.describe(reason)))
    }
}

fn convert_one(diagnostic: Diagnostic, left: &Reason, right: &Reason) -> Diagnostic {
    match (conversion(right.primitive), conversion(left.primitive)) {
        (Some(to_right), Some(to_left)) => {
            diagnostic.help(format!("convert one of them: `{to_right}(...)` or `{to_left}(...)`"))
        }
        _ => diagnostic,
    }
}

fn conversion(to: Primitive) -> Option<&'static str> {
    match to {
        Primitive::Number => Some("to_number"),
        Primitive::Unsigned => Some("to_unsigned"),
        Primitive::Float => Some("to_float"),
        Primitive::Symbol => Some("to_string"),
        Primitive::Record => None,
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
        Primitive::Record => "records",
    }
}
