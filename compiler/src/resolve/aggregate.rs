//! Aggregates within a draft: a scope of their own. Their body is one conjunction, as in Soufflé.

use super::clause::{Drafter, Scope};
use super::draft::{DraftAggregate, DraftExpr, DraftKind};
use super::expand::Conjunct;
use super::functors::Demand;
use super::scope;
use super::slots::By;
use crate::ast::{self, AggregateOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::value::Primitive;
use std::sync::Arc;

impl Drafter<'_> {
    pub(super) fn aggregate(&mut self, aggregate: &ast::Aggregate, span: Span) -> DraftExpr {
        let Some(mut alternatives) = self.resolver.expand(&aggregate.body) else {
            self.draft.broken = true;
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        };
        self.scopes.push(Scope::default());
        if let Some(target) = &aggregate.target {
            let mut within: Vec<Arc<str>> = Vec::new();
            scope::body_names(&aggregate.body, &mut |name, _| within.push(name.clone()));
            // A variable that the body does not have is one from outside.
            scope::names(target, &mut |name, at| {
                if within.contains(name) || !self.is_outside(name) {
                    self.declare(name, at);
                }
            });
        }
        let conjunction = alternatives.pop().filter(|_| alternatives.is_empty());
        let draft = match conjunction {
            Some(conjunction) => self.fold(aggregate, &conjunction, span),
            None => {
                self.report(
                    Diagnostic::error(
                        codes::TOO_MANY_ALTERNATIVES,
                        "body of an aggregate has alternatives",
                        aggregate.body.span(),
                        "stands for several conditions",
                    )
                    .help("make a relation of the alternatives, and aggregate over that"),
                );
                DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() }
            }
        };
        self.scopes.pop();
        draft
    }

    /// An aggregate over a conjunction, in the scope that was opened for it.
    fn fold(&mut self, aggregate: &ast::Aggregate, conjunction: &[Conjunct<'_>], span: Span) -> DraftExpr {
        scope::conjunction_names(conjunction, &mut |name, at| {
            if !self.is_outside(name) {
                self.declare(name, at);
            }
        });
        let inner = self.conjunction(conjunction);
        let target = aggregate.target.as_ref().map(|target| self.expr(target));
        let symbol = aggregate.operator.symbol();
        let slot = match (aggregate.operator, &target) {
            (AggregateOperator::Count, _) | (_, None) => self.known(Primitive::Number, span, By::Functor(symbol)),
            (AggregateOperator::Mean, Some(target)) => {
                self.draft.slots.require(target.slot, Demand::SameNumeric, symbol, target.span);
                self.known(Primitive::Float, span, By::Functor(symbol))
            }
            (AggregateOperator::Sum | AggregateOperator::Gap, Some(target)) => {
                let gap = aggregate.operator == AggregateOperator::Gap;
                let demand = if gap { Demand::SameInteger } else { Demand::SameNumeric };
                if self.unfit(target, demand, symbol, target.span) {
                    self.draft.slots.fresh()
                } else {
                    self.draft.slots.require(target.slot, demand, symbol, target.span);
                    target.slot
                }
            }
            (AggregateOperator::Min | AggregateOperator::Max, Some(target)) => {
                if self.unfit(target, Demand::SameNumeric, symbol, target.span) {
                    self.draft.slots.fresh()
                } else {
                    self.draft.slots.require(target.slot, Demand::SameNumeric, symbol, target.span);
                    target.slot
                }
            }
        };
        let mut outer = self.scopes.last().map(|scope| scope.outer.clone()).unwrap_or_default();
        outer.sort_unstable();
        let never = conjunction.iter().any(|c| matches!(c, Conjunct::False));
        let shadows = self.shadows(aggregate);
        let kind = DraftKind::Aggregate(Box::new(DraftAggregate {
            operator: aggregate.operator,
            target,
            body: inner,
            outer,
            shadows,
            never,
            span,
        }));
        DraftExpr { kind, span, slot }
    }

    fn is_outside(&self, name: &Arc<str>) -> bool {
        self.scopes.iter().any(|scope| scope.names.contains_key(name))
    }

    /// Variables of the target that have a namesake around the aggregate, with that.
    fn shadows(&self, aggregate: &ast::Aggregate) -> Vec<(usize, usize)> {
        let Some((here, around)) = self.scopes.split_last() else { return Vec::new() };
        let mut shadows = Vec::new();
        aggregate.target.iter().for_each(|target| {
            scope::names(target, &mut |name, _| {
                let outer = around.iter().rev().find_map(|scope| scope.names.get(name));
                if let (Some(inner), Some(outer)) = (here.names.get(name), outer)
                    && !shadows.contains(&(*inner, *outer))
                {
                    shadows.push((*inner, *outer));
                }
            });
        });
        shadows
    }
}
