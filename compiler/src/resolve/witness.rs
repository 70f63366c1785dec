//! What an aggregate and the rule around it have to do with each other.
//!
//! A variable that stands within an aggregate and outside is the one outside if something there binds it; if nothing does
//! but the aggregate's own value, as in `n = count : { a(n) }`, the two have only the name in common. If nothing at all
//! does, then of a `min` or `max` it is a *witness*: each value that it has where the extreme is reached.
//!
//! ```text
//! youngest(p, n) :- n = min x : { family(p, x) }.
//!
//! youngest(p, n) :- n = min x : { family(@p, x) }, family(p, @x), @x = n.
//! ```
//!
//! A witness of another aggregate would be any value that was folded. Those stay as they are, for `safety` to report.

use super::draft::*;
use super::safety::bind;
use crate::ast::{AggregateOperator, CompareOperator};
use fnv::{FnvHashMap, FnvHashSet};

/// Tells the variables of aggregates from those around them, and joins witnesses.
pub(super) fn expose(draft: &mut Draft) {
    let mut body = std::mem::take(&mut draft.body);
    let args = draft.head.as_mut().map_or([].as_mut_slice(), |head| &mut head.args);
    Exposer { variables: &mut draft.variables }.conjunction(&mut body, args, &FnvHashSet::default());
    draft.body = body;
}

/// What is to be done with an aggregate.
#[derive(Default)]
struct Plan {
    /// Variables that are not the ones outside.
    local: Vec<usize>,
    /// Witnesses: the variable within and the one outside.
    witnesses: Vec<(usize, usize)>,
    /// What is bound around it.
    around: FnvHashSet<usize>,
}

struct Exposer<'a> {
    variables: &'a mut Vec<DraftVariable>,
}

impl Exposer<'_> {
    /// A conjunction, and expressions that are evaluated with it.
    fn conjunction(&mut self, body: &mut Vec<DraftLiteral>, with: &mut [DraftExpr], around: &FnvHashSet<usize>) {
        let mut plans = plans(body, with, around).into_iter();
        let mut added = Vec::new();
        let exprs = body.iter_mut().flat_map(DraftLiteral::exprs_mut).chain(with);
        exprs.for_each(|expr| {
            expr.aggregates_mut(&mut |expr| {
                if let Some(plan) = plans.next() {
                    self.aggregate(expr, plan, &mut added);
                }
            });
        });
        body.extend(added);
    }

    fn aggregate(&mut self, expr: &mut DraftExpr, plan: Plan, added: &mut Vec<DraftLiteral>) {
        let DraftKind::Aggregate(aggregate) = &mut expr.kind else { return };
        for variable in plan.local {
            self.make_local(aggregate, variable);
        }
        let mut outside = FnvHashMap::default();
        for (within, witness) in plan.witnesses {
            let within = if within == witness { self.make_local(aggregate, witness) } else { within };
            outside.insert(within, witness);
        }
        let around = plan.around.into_iter().chain(aggregate.outer.iter().copied()).collect();
        self.conjunction(&mut aggregate.body, aggregate.target.as_mut_slice(), &around);
        let (false, Some(mut target)) = (outside.is_empty(), aggregate.target.clone()) else { return };

        let mut copy = aggregate.body.clone();
        outside.extend(aggregate.outer.iter().map(|variable| (*variable, *variable)));
        let mut place = |variable: &mut usize| {
            *variable = *outside.entry(*variable).or_insert_with_key(|variable| self.copy_of(*variable));
        };
        copy.iter_mut().flat_map(DraftLiteral::exprs_mut).for_each(|expr| rename(expr, &mut place));
        rename(&mut target, &mut place);

        let (span, slot) = (expr.span, expr.slot);
        self.variables.push(DraftVariable { name: "@value".into(), span, slot });
        let value = DraftExpr { kind: DraftKind::Variable(self.variables.len() - 1), span, slot };
        let fold = std::mem::replace(expr, value.clone());
        added.push(equal(value.clone(), fold));
        added.append(&mut copy);
        added.push(equal(target, value));
    }

    /// Gives a variable from outside another name within an aggregate.
    fn make_local(&mut self, aggregate: &mut DraftAggregate, variable: usize) -> usize {
        let local = self.copy_of(variable);
        aggregate.outer.retain(|outer| *outer != variable);
        let mut place = |found: &mut usize| {
            if *found == variable {
                *found = local;
            }
        };
        let exprs = aggregate.body.iter_mut().flat_map(DraftLiteral::exprs_mut).chain(&mut aggregate.target);
        exprs.for_each(|expr| rename(expr, &mut place));
        local
    }

    fn copy_of(&mut self, variable: usize) -> usize {
        let DraftVariable { name, span, slot } = &self.variables[variable];
        let copy =
            DraftVariable { name: format!("@{}", name.trim_start_matches('@')).into(), span: *span, slot: *slot };
        self.variables.push(copy);
        self.variables.len() - 1
    }
}

/// What is to be done with each aggregate of a conjunction, in order.
fn plans(body: &[DraftLiteral], with: &[DraftExpr], around: &FnvHashSet<usize>) -> Vec<Plan> {
    let mut aggregates = Vec::new();
    let exprs = body.iter().flat_map(DraftLiteral::exprs).chain(with);
    exprs.for_each(|expr| expr.aggregates(&mut |aggregate| aggregates.push(aggregate)));
    if aggregates.is_empty() {
        return Vec::new();
    }
    let bound = bind(body, around.clone(), &|_, _| true);
    let plan = |aggregate: &&DraftAggregate| {
        let others = bind(body, around.clone(), &|other, _| !std::ptr::eq(other, *aggregate));
        let within = bind(&aggregate.body, others.clone(), &|_, _| true);
        let shows = matches!(aggregate.operator, AggregateOperator::Min | AggregateOperator::Max);
        let mut plan = Plan::default();
        for variable in aggregate.outer.iter().filter(|variable| !others.contains(variable)) {
            if bound.contains(variable) {
                plan.local.push(*variable);
            } else if shows && within.contains(variable) {
                plan.witnesses.push((*variable, *variable));
            }
        }
        let shadows = aggregate.shadows.iter().filter(|(inner, _)| shows && within.contains(inner));
        plan.witnesses.extend(shadows.filter(|(_, outer)| !bound.contains(outer)));
        plan.around = others;
        plan
    };
    aggregates.iter().map(plan).collect()
}

fn equal(left: DraftExpr, right: DraftExpr) -> DraftLiteral {
    let span = right.span;
    let test = Test::Compare(CompareOperator::Equal);
    DraftLiteral::Test(DraftTest { test, positive: true, left, right, span })
}

/// Changes each variable of an expression, those of its aggregates included.
fn rename(expr: &mut DraftExpr, place: &mut dyn FnMut(&mut usize)) {
    match &mut expr.kind {
        DraftKind::Variable(variable) => place(variable),
        DraftKind::Aggregate(aggregate) => {
            let exprs = aggregate.body.iter_mut().flat_map(DraftLiteral::exprs_mut).chain(&mut aggregate.target);
            exprs.for_each(|expr| rename(expr, place));
            aggregate.outer.iter_mut().for_each(&mut *place);
            aggregate.shadows.iter_mut().for_each(|(inner, outer)| {
                place(inner);
                place(outer);
            });
        }
        _ => expr.parts_mut().iter_mut().for_each(|part| rename(part, place)),
    }
}
