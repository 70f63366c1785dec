//! Contexts: which values a variable of the outer rule takes, for an aggregate that does not ground it by itself.
//!
//! ```text
//! rank(x, n) :- a(x), n = count : { b(y), y < x }.
//!
//! @context:rank(x) :- a(x).
//! ```
//!
//! The context holds at least the values that the outer rule asks for. It is made from as few of its literals as ground
//! the variables, none of which may depend on the rule's own head.

use super::builder::{Builder, Definition};
use super::clause::{Body, Clause, Scope, grounded, is_bound, name_calls, range_is_bound};
use crate::functor::Comparison;
use crate::plan::RelationId;
use crate::program::{Expr, VariableId};
use crate::value::Primitive;

impl Builder<'_> {
    /// Whether the literals outside that do not depend on the rule's own head ground the variables.
    pub(super) fn is_context(&self, body: &Body, wanted: &[VariableId]) -> bool {
        let atoms = body.atoms.iter().filter(|a| !self.is_recursive(a.relation)).cloned().collect();
        let (constraints, ranges) = (body.constraints.clone(), body.ranges.clone());
        let body = Body { atoms, constraints, ranges, ..Body::default() };
        let grounded = grounded(&body, &[]);
        wanted.iter().all(|v| grounded.contains(v))
    }

    /// A relation that holds at least the values that the given variables take in the outer rule.
    pub(super) fn context(&mut self, variants: &[Body], wanted: &[VariableId], scope: &Scope) -> RelationId {
        let args: Vec<Expr> = wanted.iter().map(|v| Expr::Variable(*v)).collect();
        let mut clauses: Vec<Clause> = Vec::new();
        for body in variants {
            let recursive = !self.is_context(body, wanted);
            let mut needed = Body {
                atoms: body.atoms.iter().filter(|a| recursive || !self.is_recursive(a.relation)).cloned().collect(),
                constraints: body.constraints.iter().filter(|c| c.comparison == Comparison::Equal).cloned().collect(),
                ranges: body.ranges.clone(),
                ..Body::default()
            };
            let suffices = |body: &Body| {
                let grounded = grounded(body, &[]);
                wanted.iter().all(|v| grounded.contains(v))
            };
            for i in (0..needed.atoms.len()).rev() {
                let mut fewer = needed.clone();
                fewer.atoms.remove(i);
                if suffices(&fewer) {
                    needed = fewer;
                }
            }
            for i in (0..needed.ranges.len()).rev() {
                let mut fewer = needed.clone();
                fewer.ranges.remove(i);
                if suffices(&fewer) {
                    needed = fewer;
                }
            }
            for i in (0..needed.constraints.len()).rev() {
                let mut fewer = needed.clone();
                fewer.constraints.remove(i);
                if suffices(&fewer) {
                    needed = fewer;
                }
            }
            let mut scope = scope.clone();
            let primitives: Vec<Vec<Primitive>> = self.relations.iter().map(|r| r.primitives().collect()).collect();
            name_calls(&mut needed, &mut scope, &|id, column| primitives[id.0 as usize][column]);
            drop_open_calls(&mut needed);
            let rule = self.next_rule();
            clauses.push(Clause { args: args.clone(), body: needed, ..self.clause(rule) });
        }
        let columns = self.columns(scope, wanted);
        self.step("context", columns, Definition::Clauses(clauses))
    }
}

/// A context may hold more than the outer rule asks for: equalities whose variables it does not ground are let go.
fn drop_open_calls(body: &mut Body) {
    let bound = grounded(body, &[]);
    body.constraints.retain(|c| is_bound(&c.left, &bound) && is_bound(&c.right, &bound));
    body.ranges.retain(|(_, range)| range_is_bound(range, &bound));
}
