//! Aggregates within a draft: a scope of their own, and, where their body has alternatives, a relation of their own.

use super::clause::{Drafter, Scope};
use super::draft::{DraftAggregate, DraftExpr, DraftKind};
use super::expand::Conjunct;
use super::functors::Demand;
use super::scope;
use super::slots::By;
use crate::ast::{self, AggregateOperator, Atom, Compare, CompareOperator, Expr, ExprKind, Name};
use crate::program::RelationId;
use crate::span::Span;
use crate::value::Primitive;
use fnv::FnvHashMap;
use std::sync::Arc;

impl<'c> Drafter<'_, 'c> {
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
        let draft = if alternatives.len() == 1
            && let Some(conjunction) = alternatives.pop()
        {
            self.fold(aggregate, &conjunction, span)
        } else {
            let atom = self.materialise(&alternatives, span);
            self.fold(aggregate, &[Conjunct::Atom(&atom, true)], span)
        };
        self.scopes.pop();
        draft
    }

    /// An aggregate over a conjunction, in the scope that was opened for it.
    fn fold(&mut self, aggregate: &ast::Aggregate, conjunction: &[Conjunct<'_>], span: Span) -> DraftExpr {
        let inner = self.nested(conjunction, |drafter| {
            let mut here = Vec::new();
            scope::conjunction_names(conjunction, &mut |name, at| here.push((name.clone(), at)));
            for (name, at) in here {
                if !drafter.scopes.iter().any(|scope| scope.names.contains_key(&name)) {
                    drafter.declare(&name, at);
                }
            }
            drafter.conjunction(conjunction)
        });
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
                self.draft.slots.require(target.slot, Demand::Same, symbol, target.span);
                target.slot
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

    /// Runs `act` with a further conjunction around it.
    fn nested<T>(&mut self, conjunction: &[Conjunct<'_>], act: impl FnOnce(&mut Drafter<'_, '_>) -> T) -> T {
        let mut around: Vec<&[Conjunct<'_>]> = self.around.clone();
        around.push(conjunction);
        let mut inner = Drafter {
            resolver: &mut *self.resolver,
            owner: self.owner,
            draft: std::mem::take(&mut self.draft),
            scopes: std::mem::take(&mut self.scopes),
            around,
        };
        let result = act(&mut inner);
        let (draft, scopes) = (inner.draft, inner.scopes);
        self.draft = draft;
        self.scopes = scopes;
        result
    }

    /// An aggregate over alternatives ranges over an auxiliary relation: their union. Its columns are the variables that
    /// are used outside of the alternatives and those that all of them have.
    fn materialise(&mut self, alternatives: &[Vec<Conjunct<'_>>], span: Span) -> Atom {
        let target =
            self.scopes.last().map(|scope| scope.names.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let columns = self.shared_columns(alternatives);
        let around: Vec<Conjunct<'_>> = self.around.iter().flat_map(|conjunction| self.binders(conjunction)).collect();
        // The target's variables are others than those of the same name around the aggregate.
        let (atoms, compares) = renamed(&around, &target);
        let around = atoms.iter().map(|atom| Conjunct::Atom(atom, true));
        let around: Vec<Conjunct<'_>> =
            around.chain(compares.iter().map(|compare| Conjunct::Compare(compare, true))).collect();
        let mut bound: Vec<Vec<Conjunct<'_>>> = Vec::new();
        for conjunction in alternatives {
            // A variable from outside that an alternative only tests must be bound there, too.
            let tested = columns.iter().any(|(name, _)| {
                self.is_outside(name) && !target.contains(name) && !self.binds_directly(conjunction, name)
            });
            let mut conjunction = conjunction.clone();
            if tested {
                conjunction.splice(0..0, around.iter().copied());
            }
            bound.push(conjunction);
        }
        let owner = self.owner;
        let relation = self.resolver.auxiliary(owner, &columns, &bound, span);
        self.atom_of(relation, &columns, span)
    }

    /// Whether a positive atom of the conjunction has the variable as a column.
    fn binds_directly(&self, conjunction: &[Conjunct<'_>], name: &Arc<str>) -> bool {
        conjunction.iter().any(|conjunct| match conjunct {
            Conjunct::Atom(atom, true) if self.test(&atom.name).is_none() => {
                atom.args.iter().any(|arg| matches!(&arg.kind, ExprKind::Variable(variable) if variable == name))
            }
            _ => false,
        })
    }

    /// The conjuncts of a conjunction that bind variables, aggregates aside.
    fn binders<'a>(&self, conjunction: &[Conjunct<'a>]) -> Vec<Conjunct<'a>> {
        let binds = |conjunct: &Conjunct<'_>| match conjunct {
            Conjunct::Atom(atom, true) => {
                self.test(&atom.name).is_none() && !atom.args.iter().any(scope::has_aggregate)
            }
            Conjunct::Compare(compare, true) => {
                compare.operator == CompareOperator::Equal
                    && !scope::has_aggregate(&compare.left)
                    && !scope::has_aggregate(&compare.right)
            }
            _ => false,
        };
        conjunction.iter().copied().filter(binds).collect()
    }

    fn is_outside(&self, name: &Arc<str>) -> bool {
        self.scopes.iter().any(|scope| scope.names.contains_key(name))
    }

    /// Variables that are used outside of the alternatives, and those that all alternatives have.
    fn shared_columns(&self, alternatives: &[Vec<Conjunct<'_>>]) -> Vec<(Arc<str>, Span)> {
        let mut columns: Vec<(Arc<str>, Span)> = Vec::new();
        let mut counts: FnvHashMap<Arc<str>, usize> = FnvHashMap::default();
        for conjunction in alternatives {
            // What stands in an aggregate further in is no column, unless it comes from out here.
            conjunction_all_names(conjunction, &mut |name, at| {
                if !columns.iter().any(|(known, _)| known == name) {
                    columns.push((name.clone(), at));
                }
            });
            let mut here: Vec<Arc<str>> = Vec::new();
            scope::conjunction_names(conjunction, &mut |name, _| {
                if !here.contains(name) {
                    here.push(name.clone());
                    *counts.entry(name.clone()).or_default() += 1;
                }
            });
        }
        columns.retain(|(name, _)| self.is_outside(name) || counts.get(name) == Some(&alternatives.len()));
        columns
    }

    fn atom_of(&self, relation: RelationId, columns: &[(Arc<str>, Span)], span: Span) -> Atom {
        let name = self.resolver.program.relation(relation).name.clone();
        let at = ast::At;
        let variable = |(name, span): &(Arc<str>, Span)| Expr { kind: ExprKind::Variable(name.clone()), at: at(*span) };
        Atom { name: Name { text: name, at: at(span) }, args: columns.iter().map(variable).collect(), at: at(span) }
    }
}

/// Copies of positive conjuncts in which these variables have other names.
fn renamed(conjunction: &[Conjunct<'_>], names: &[Arc<str>]) -> (Vec<Atom>, Vec<Compare>) {
    let (mut atoms, mut compares) = (Vec::new(), Vec::new());
    for conjunct in conjunction {
        match conjunct {
            Conjunct::Atom(atom, _) => {
                let mut atom = (*atom).clone();
                atom.args.iter_mut().for_each(|arg| rename(arg, names));
                atoms.push(atom);
            }
            Conjunct::Compare(compare, _) => {
                let mut compare = (*compare).clone();
                rename(&mut compare.left, names);
                rename(&mut compare.right, names);
                compares.push(compare);
            }
            Conjunct::False => {}
        }
    }
    (atoms, compares)
}

fn rename(expr: &mut Expr, names: &[Arc<str>]) {
    match &mut expr.kind {
        ExprKind::Variable(name) if names.contains(name) => *name = format!("{name}@").into(),
        _ => expr.parts_mut().into_iter().for_each(|part| rename(part, names)),
    }
}

fn conjunction_all_names(conjunction: &[Conjunct<'_>], visit: &mut impl FnMut(&Arc<str>, Span)) {
    for conjunct in conjunction {
        match conjunct {
            Conjunct::Atom(atom, _) => atom.args.iter().for_each(|arg| scope::all_names(arg, visit)),
            Conjunct::Compare(compare, _) => {
                scope::all_names(&compare.left, visit);
                scope::all_names(&compare.right, visit);
            }
            Conjunct::False => {}
        }
    }
}
