//! Numbers: `id($, x) :- node(x).` gives every binding of the body a number of its own.
//!
//! What the body binds goes to a relation of its own, whose last columns are the numbers, and the rule reads that:
//!
//! ```text
//! @id.1(x, 0), @id.1(y, 1), …    the bindings of node(x), in ascending order
//! id(n, x) :- @id.1(x, n).
//! ```
//!
//! The order is by the variables of the body as they occur there, wildcards included. One count runs through the whole
//! program: relation by relation as they are evaluated, and rule by rule as they are written.

use super::nominal::Nominal;
use super::{Resolver, ground};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{Atom, Expr, Literal, Rule, Variable, VariableId};
use crate::span::Span;
use fnv::FnvHashSet;
use std::sync::Arc;

/// A counter where nothing can be counted.
pub(super) fn misplaced(span: Span, place: &str) -> Diagnostic {
    let message = format!("`autoinc` stands in {place}");
    Diagnostic::error(codes::MISPLACED_COUNTER, message, span, "counts nothing here")
        .help("number the tuples in a rule of a relation, and use that")
}

/// Adds a rule some of whose variables are counted.
pub(super) fn number(resolver: &mut Resolver, mut rule: Rule, counters: &[(VariableId, Span)], nominal: &Nominal) {
    let (mut early, late) = split(std::mem::take(&mut rule.body), counters);
    for literal in &late {
        if let Literal::Positive(atom) | Literal::Negative(atom) = literal
            && resolver.inline.contains(&atom.relation)
        {
            return resolver.report(misplaced(atom.span, "an atom of an inline relation"));
        }
    }
    name_wildcards(resolver, &mut early, &mut rule.variables);
    let mut bound: Vec<VariableId> = Vec::new();
    let binds = ground::bind(&early, FnvHashSet::default());
    early.iter().for_each(|literal| {
        ground::literal_variables(literal, &mut |v| {
            if binds.contains(&v) && !bound.contains(&v) {
                bound.push(v);
            }
        });
    });
    let mut columns = Vec::new();
    for v in &bound {
        let variable = &rule.variables[v.0 as usize];
        let declared = nominal.declared(v.0 as usize);
        let ty = declared.unwrap_or_else(|| resolver.types.primitive(variable.primitive));
        columns.push((format!("x{}", columns.len()).into(), Some(ty)));
    }
    let number = resolver.types.primitive(crate::value::Primitive::Number);
    columns.extend((0..counters.len()).map(|at| (format!("n{at}").into(), Some(number))));
    let name = resolver.auxiliary_name(&resolver.program.relation(rule.head).name.clone());
    let id = resolver.add_relation(name, columns, String::new(), rule.span);
    resolver.program.relations[id.0 as usize].counters = counters.len();

    let read = bound.iter().copied().chain(counters.iter().map(|(v, _)| *v)).map(Expr::Variable).collect();
    let numbered = Literal::Positive(Atom { relation: id, args: read, span: rule.span });
    let args = bound.into_iter().map(Expr::Variable).collect();
    let rows = Rule { head: id, args, body: early, variables: rule.variables.clone(), span: rule.span };
    resolver.program.rules.push(rows);
    rule.body = std::iter::once(numbered).chain(late).collect();
    resolver.program.rules.push(rule);
}

/// What holds of a binding before it is counted, and what is said of its numbers.
fn split(body: Vec<Literal>, counters: &[(VariableId, Span)]) -> (Vec<Literal>, Vec<Literal>) {
    let mut counted: FnvHashSet<VariableId> = counters.iter().map(|(v, _)| *v).collect();
    loop {
        let is_late = |literal: &Literal| {
            let mut late = false;
            ground::literal_variables(literal, &mut |v| late |= counted.contains(&v));
            late
        };
        let (late, early): (Vec<Literal>, Vec<Literal>) = body.iter().cloned().partition(is_late);
        // What only a number can bind waits for it.
        let bound = ground::bind(&early, FnvHashSet::default());
        let before = counted.len();
        for literal in &late {
            ground::literal_variables(literal, &mut |v| {
                if !bound.contains(&v) {
                    counted.insert(v);
                }
            });
        }
        if counted.len() == before {
            return (early, late);
        }
    }
}

/// Gives wildcards of positive atoms names, since bindings differ in them.
fn name_wildcards(resolver: &Resolver, body: &mut [Literal], variables: &mut Vec<Variable>) {
    for literal in body {
        let Literal::Positive(atom) = literal else { continue };
        for (column, arg) in atom.args.iter_mut().enumerate().filter(|(_, arg)| matches!(arg, Expr::Wildcard)) {
            *arg = Expr::Variable(VariableId(variables.len() as u32));
            let name: Arc<str> = format!("@{}", variables.len()).into();
            let primitive = resolver.program.relation(atom.relation).columns[column].ty.primitive;
            variables.push(Variable { name, primitive });
        }
    }
}
