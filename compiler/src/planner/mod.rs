//! The planner: a program becomes a plan.
//!
//! Each rule goes through the same steps, one file each:
//!
//! 1. *Lowering* (`clause`, `pattern`, `aggregate`, `fold`, `context`): aggregates and wildcards under negation become auxiliary relations; what is
//!    left is a clause of atoms, negations and constraints.
//! 2. *Order* (`order`): which atom is joined when, from what is known about sizes.
//! 3. *Emission* (`emission`): the rows that go from step to step, tests as early as they can be decided, and no column
//!    that nobody reads.
//! 4. *Reduction* (`reduction`): what it takes to make the rows of a relation a set.
//!
//! Then come the strata, now with the auxiliary relations (`strata`). Every relation has a fingerprint (`fingerprint`),
//! and the finished plan is checked against the promises of [`crate::plan`] (`check`).
//!
//! Where a program has streams, `stream` says what of the plan keeps events, and refuses what would keep all of them.
//!
//! Before all that, a program may be restricted to what its queries ask for (`magic`).
//!
//! The order of joins decides how fast a plan is, never what it means, so [`Statistics`] may be wrong or missing.

mod aggregate;
mod builder;
mod check;
mod clause;
mod closure;
mod context;
mod domination;
mod emission;
mod fingerprint;
mod fold;
mod live;
mod magic;
mod order;
mod pattern;
mod reduction;
mod show;
mod statistics;
mod strata;
mod stream;
#[cfg(test)]
mod tests;

pub use check::check;
pub use live::{not_live, not_live_plan};
pub use magic::restrict;
pub use statistics::{Size, Statistics};
pub use stream::{Bucket, Events, Kind as StreamKind, Streams, streams, unbounded};

use crate::choice;
use crate::codes::NEGATION_THROUGH_RECURSION;
use crate::diagnostic::Diagnostic;
use crate::plan::{Body, Definition, Pipeline, Plan, Reduction, RelationId};
use crate::program::{Atom, DirectiveKind, Expr, Literal, Program, Rule, VariableId};
use crate::span::Span;
use crate::text;
use builder::Builder;
use clause::{Clause, Scope};
use emission::Index;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Plans a program that has passed all checks, also [`refused`].
pub fn plan(program: &Program, statistics: &Statistics) -> Plan {
    let builder = lowered(program, statistics);
    let base = |id: RelationId| builder.relations[id.0 as usize].base.unwrap_or(id);
    let facts = program.facts.iter().map(|f| (base(f.relation), f.values.clone())).collect();
    let definitions = emit(&builder);
    let plan = Plan {
        structures: program.structures.clone(),
        facts,
        strata: strata::stratify(builder.relations.len(), definitions),
        relations: builder.relations,
        directives: program.directives.clone(),
        queries: program.queries.clone(),
        scenarios: program.scenarios_within(),
    };
    debug_assert_eq!(check(&plan), Vec::<String>::new(), "the planner broke a promise of the plan:\n{plan}");
    plan
}

/// What a program asks for that no plan can do: an aggregate in a recursive rule whose groups the recursion itself binds.
/// It would have to be folded again for every step of the recursion.
pub fn refused(program: &Program) -> Vec<Diagnostic> {
    let refuse = |(span, name): &(Span, Arc<str>)| {
        let message = format!("aggregate in a recursive rule takes `{name}` from the recursion");
        let help = format!("bind `{name}` by an atom within the aggregate, or by a relation that is not recursive");
        Diagnostic::error(NEGATION_THROUGH_RECURSION, message, *span, "would be folded again at every step").help(help)
    };
    // Most programs have no such rule, and need not be lowered to know it.
    if !folds_in_recursion(program) {
        return Vec::new();
    }
    lowered(program, &Statistics::new()).refused.iter().map(refuse).collect()
}

/// Whether a rule of a recursive relation has an aggregate.
fn folds_in_recursion(program: &Program) -> bool {
    let recursive = program.strata.iter().filter(|stratum| stratum.recursive);
    let recursive: BTreeSet<RelationId> = recursive.flat_map(|stratum| stratum.relations.iter().copied()).collect();
    let folds = |literal: &Literal| match literal {
        Literal::Constraint(c) => [&c.left, &c.right].iter().any(|side| matches!(side, Expr::Aggregate(_))),
        _ => false,
    };
    program.rules.iter().any(|rule| recursive.contains(&rule.head) && rule.body.iter().any(folds))
}

/// All rules as clauses.
fn lowered<'a>(program: &'a Program, statistics: &'a Statistics) -> Builder<'a> {
    let kinds = kinds(program);
    let takes_facts: Vec<bool> = kinds.iter().map(|k| *k == Kind::Both).collect();
    let fingerprints = fingerprint::fingerprints(program, &takes_facts);
    let mut builder = Builder::new(program, statistics, fingerprints);
    let mut rules: Vec<Vec<&Rule>> = vec![Vec::new(); program.relations.len()];
    for rule in &program.rules {
        rules[rule.head.0 as usize].push(rule);
    }
    for (i, kind) in kinds.iter().enumerate() {
        if *kind != Kind::Base {
            define(&mut builder, RelationId(i as u32), *kind, &rules[i]);
        }
    }
    builder
}

/// Where the tuples of a relation come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Given.
    Base,
    /// Derived.
    Derived,
    /// Both; also a base relation with a subsumption, keys or a closure, which is derived from what is given.
    Both,
}

fn kinds(program: &Program) -> Vec<Kind> {
    let mut given = vec![false; program.relations.len()];
    let mut derived = given.clone();
    program.facts.iter().for_each(|f| given[f.relation.0 as usize] = true);
    let inputs = program.directives.iter().filter(|d| d.kind == DirectiveKind::Input);
    inputs.for_each(|d| given[d.relation.0 as usize] = true);
    program.rules.iter().for_each(|r| derived[r.head.0 as usize] = true);
    program.queries.iter().for_each(|q| derived[q.0 as usize] = true);
    let reduced = |(at, relation): (usize, &crate::program::Relation)| {
        (relation.eqrel || !relation.choices.is_empty()).then_some(at)
    };
    let reduced = program.relations.iter().enumerate().filter_map(reduced);
    let subsumed = program.subsumptions.iter().map(|s| s.relation);
    let subsumed = subsumed.chain(program.dominations.iter().map(|d| d.relation)).map(|id| id.0 as usize);
    for at in reduced.chain(subsumed) {
        given[at] |= !derived[at];
        derived[at] = true;
    }
    given
        .into_iter()
        .zip(derived)
        .map(|kind| match kind {
            (_, false) => Kind::Base,
            (false, true) => Kind::Derived,
            (true, true) => Kind::Both,
        })
        .collect()
}

/// Lowers the rules of a relation.
fn define(builder: &mut Builder, id: RelationId, kind: Kind, rules: &[&Rule]) {
    builder.head = id;
    let mut clauses = Vec::new();
    if kind == Kind::Both {
        let base = builder.base_of(id);
        clauses.push(copy(builder, base, id, builder.program.relation(id).span));
        builder.relations[id.0 as usize].base = Some(base);
    } else {
        builder.relations[id.0 as usize].base = None;
    }
    for rule in rules {
        let mut scope = Scope::new(&rule.variables);
        builder.text = builder.program.rule_text(rule).into();
        builder.span = rule.span;
        clauses.extend(builder.lower(&rule.args, &rule.body, &mut scope));
    }
    if builder.program.relation(id).eqrel {
        clauses = closure::closure(builder, id, clauses);
    }
    let dominations: Vec<_> = builder.program.dominations.iter().filter(|d| d.relation == id).collect();
    if !dominations.is_empty() {
        clauses = domination::dominated(builder, id, &dominations, clauses);
    }
    builder.definitions[id.0 as usize] = builder::Definition::Clauses(clauses);
}

/// `to(x, …) :- from(x, …).`
fn copy(builder: &mut Builder, from: RelationId, to: RelationId, span: Span) -> Clause {
    let args: Vec<Expr> = (0..builder.relation(to).arity()).map(|v| Expr::Variable(VariableId(v as u32))).collect();
    let text = format!("{} :- {}.", builder.relation(to).name, builder.relation(from).name).into();
    let atoms = vec![Atom { relation: from, args: args.clone(), span }];
    let rule = builder.next_rule();
    Clause { head: to, args, body: clause::Body { atoms, ..Default::default() }, span, text, rule }
}

/// Orders and emits every clause.
fn emit(builder: &Builder) -> Vec<Definition> {
    let arity = |id: RelationId| builder.relation(id).arity();
    let ordered: BTreeMap<usize, Vec<(&Clause, Vec<order::Step>)>> = builder
        .definitions
        .iter()
        .enumerate()
        .filter_map(|(i, definition)| match definition {
            builder::Definition::Clauses(clauses) => Some((
                i,
                clauses.iter().map(|c| (c, order::steps(&c.body, &builder.estimates, &|id| builder.key(id)))).collect(),
            )),
            _ => None,
        })
        .collect();
    // Which indexes are read anyway is only known once everything has been emitted: do it twice.
    let mut shared: BTreeSet<Index> = BTreeSet::new();
    for (clause, steps) in ordered.values().flatten() {
        emission::indexes(&emission::pipeline(clause, steps, &BTreeSet::new(), &arity), &arity, &mut shared);
    }
    let recursive = recursive(builder);
    builder
        .definitions
        .iter()
        .enumerate()
        .filter_map(|(i, definition)| {
            let body = match definition {
                builder::Definition::Base => return None,
                builder::Definition::Aggregate(aggregate) => Body::Aggregate(aggregate.clone()),
                builder::Definition::Clauses(clauses) => {
                    let pipelines = ordered[&i]
                        .iter()
                        .map(|(clause, steps)| emission::pipeline(clause, steps, &shared, &arity))
                        .collect();
                    Body::Union(pipelines, reduce(builder, i, clauses, recursive[i]))
                }
            };
            Some(Definition { relation: RelationId(i as u32), body })
        })
        .collect()
}

fn reduce(builder: &Builder, index: usize, clauses: &[Clause], recursive: bool) -> Reduction {
    let id = RelationId(index as u32);
    let relation = builder.program.relations.get(index);
    if let Some(clauses) = builder.dominations.get(&id) {
        return Reduction::Undominated { pairs: clauses.iter().map(|clause| pairs(builder, clause)).collect() };
    }
    if let Some(relation) = relation.filter(|r| r.counters > 0) {
        return Reduction::Numbered { counters: relation.counters, after: builder.numbered_before(id) };
    }
    let ordered = relation.and_then(|_| choice::as_order(builder.program, id));
    if let (Some(relation), None) = (relation.filter(|r| !r.choices.is_empty()), &ordered) {
        return Reduction::Choice { keys: relation.choices.clone() };
    }
    let subsumption = builder.program.subsumptions.iter().find(|s| s.relation == id);
    reduction::reduction(clauses, subsumption.or(ordered.as_ref()), recursive, &|id| builder.key(id))
}

/// The pipeline of a clause that says which tuples go.
fn pairs(builder: &Builder, clause: &Clause) -> Pipeline {
    let steps = order::steps(&clause.body, &builder.estimates, &|id| builder.key(id));
    emission::pipeline(clause, &steps, &BTreeSet::new(), &|id| builder.relation(id).arity())
}

/// Which relations of the plan are solved together with themselves.
fn recursive(builder: &Builder) -> Vec<bool> {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); builder.relations.len()];
    for (i, definition) in builder.definitions.iter().enumerate() {
        match definition {
            builder::Definition::Base => {}
            builder::Definition::Aggregate(a) => edges[i].push(a.input.0 as usize),
            builder::Definition::Clauses(clauses) => {
                let atoms = clauses.iter().flat_map(|c| c.body.atoms.iter().chain(&c.body.negations));
                edges[i].extend(atoms.map(|a| a.relation.0 as usize));
            }
        }
    }
    for (id, clauses) in &builder.dominations {
        let atoms = clauses.iter().flat_map(|c| c.body.atoms.iter().chain(&c.body.negations));
        edges[id.0 as usize].extend(atoms.map(|a| a.relation.0 as usize));
    }
    let mut recursive = vec![false; edges.len()];
    for component in crate::connected::strongly_connected(&edges) {
        let is = component.len() > 1 || edges[component[0]].contains(&component[0]);
        component.iter().for_each(|i| recursive[*i] = is);
    }
    recursive
}
