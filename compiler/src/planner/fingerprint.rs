//! Fingerprints: what a relation means, in 64 bits.
//!
//! A live engine that is given a new plan keeps the relations whose fingerprint it knows. So a fingerprint covers all
//! that gives the relation its tuples (name, columns, rules, subsumption, whether facts can be given) and, through the
//! fingerprints of the relations that the rules read, everything below; and nothing else: no numbers of relations, no
//! names of variables, no spans, no join order, and not the facts themselves, which are data. Relations that depend on
//! each other are hashed together.
//!
//! Functors with types print as the same symbol (`x < y` of numbers and of symbols), so types enter through the columns
//! and the debug form of the operator.

use super::text::{self, Names};
use crate::connected::strongly_connected;
use crate::plan::RelationId;
use crate::program::{Constraint, Expr, Literal, Program, Rule, VariableId};
use crate::value::{Const, Primitive};
use fnv::FnvHasher;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::hash::Hasher;

/// The hash of a text.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Names for hashing: relations as `names` says, variables by the order of their first occurrence.
pub(super) struct Canonical<F> {
    relation: F,
    variables: BTreeMap<VariableId, usize>,
}

impl<F: FnMut(RelationId) -> String> Canonical<F> {
    pub(super) fn new(relation: F) -> Self {
        Canonical { relation, variables: BTreeMap::new() }
    }
}

impl<F: FnMut(RelationId) -> String> Names for Canonical<F> {
    fn relation(&mut self, id: RelationId) -> String {
        (self.relation)(id)
    }

    fn variable(&mut self, id: VariableId) -> String {
        let next = self.variables.len();
        format!("v{}", self.variables.entry(id).or_insert(next))
    }
}

/// The fingerprints of a program's relations. `takes_facts` says whether tuples of a relation with rules can be given.
pub(super) fn fingerprints(program: &Program, takes_facts: &[bool]) -> Vec<u64> {
    let count = program.relations.len();
    let mut reads: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut rules: Vec<Vec<&Rule>> = vec![Vec::new(); count];
    for rule in &program.rules {
        let head = rule.head.0 as usize;
        rules[head].push(rule);
        literals_read(&rule.body, &mut |id| reads[head].push(id.0 as usize));
    }
    for domination in &program.dominations {
        let head = domination.relation.0 as usize;
        literals_read(&domination.rule.body, &mut |id| reads[head].push(id.0 as usize));
    }
    let mut fingerprints = vec![0; count];
    for component in strongly_connected(&reads) {
        let mut texts: Vec<(&str, usize, String)> = component
            .iter()
            .map(|&i| {
                let name = |id: RelationId| match component.contains(&(id.0 as usize)) {
                    true => program.relation(id).name.to_string(),
                    false => format!("#{:016x}", fingerprints[id.0 as usize]),
                };
                (&*program.relations[i].name, i, definition(program, i, &rules[i], takes_facts[i], &name))
            })
            .collect();
        texts.sort();
        let together = hash(&texts.iter().map(|(_, _, text)| text.as_str()).collect::<Vec<_>>().join("\n"));
        for (name, i, _) in &texts {
            fingerprints[*i] = hash(&format!("{name} {together:016x}"));
        }
    }
    fingerprints
}

fn definition(
    program: &Program,
    index: usize,
    rules: &[&Rule],
    takes_facts: bool,
    name: &dyn Fn(RelationId) -> String,
) -> String {
    let relation = &program.relations[index];
    let mut out = format!("{} facts={takes_facts}", relation.name);
    for column in &relation.columns {
        let _ = write!(out, " {}:{}:{}:{:?}", column.name, column.ty.name, column.ty.primitive, column.ty.form);
        if column.ty.primitive == Primitive::Record {
            out.push_str(&column.ty.layout());
        }
    }
    for rule in rules {
        out.push('\n');
        let mut names = Canonical::new(name);
        out.push_str(&text::rule(&mut names, rule.head, &rule.args, &rule.body));
        operators(&rule.args, &rule.body, &mut out);
    }
    let marks = (relation.eqrel, &relation.choices, relation.limit, relation.counters);
    if marks != (false, &vec![], None, 0) {
        let _ = write!(out, "\n{marks:?}");
    }
    if let Some(stream) = relation.stream {
        let _ = write!(out, "\nstream {} {} {} {}", stream.time, stream.horizon, stream.lateness, stream.idle);
    }
    for domination in program.dominations.iter().filter(|d| d.relation.0 as usize == index) {
        let rule = &domination.rule;
        let _ = write!(out, "\n<= {}", text::rule(&mut Canonical::new(name), rule.head, &rule.args, &rule.body));
        operators(&rule.args, &rule.body, &mut out);
    }
    for subsumption in program.subsumptions.iter().filter(|s| s.relation.0 as usize == index) {
        let _ = write!(out, "\n<= {:?} {:?}", subsumption.key, subsumption.order);
    }
    out
}

/// The types of operators, which their symbols do not show.
pub(super) fn operators(args: &[Expr], body: &[Literal], out: &mut String) {
    args.iter().for_each(|e| expr_operators(e, out));
    for literal in body {
        match literal {
            Literal::Positive(a) | Literal::Negative(a) => a.args.iter().for_each(|e| expr_operators(e, out)),
            Literal::Constraint(c) => constraint_operators(c, out),
        }
    }
}

fn constraint_operators(c: &Constraint, out: &mut String) {
    let _ = write!(out, " {:?}", c.comparison);
    expr_operators(&c.left, out);
    expr_operators(&c.right, out);
}

fn expr_operators(e: &Expr, out: &mut String) {
    match e {
        // The text of a tag is its name.
        Expr::Const(Const::Tag(_, number)) => {
            let _ = write!(out, " {number}");
        }
        Expr::Const(c) => {
            let _ = write!(out, " {}", c.primitive());
        }
        Expr::Call(functor, args) => {
            let _ = write!(out, " {functor:?}");
            args.iter().for_each(|e| expr_operators(e, out));
        }
        Expr::Aggregate(a) => {
            let _ = write!(out, " {:?}", a.op);
            a.target.iter().for_each(|e| expr_operators(e, out));
            operators(&[], &a.body, out);
        }
        Expr::Range(range) => {
            let _ = write!(out, " {}", range.primitive);
            range.args().for_each(|e| expr_operators(e, out));
        }
        Expr::Variable(_) | Expr::Wildcard => {}
    }
}

/// Calls `f` with every relation that a conjunction reads, aggregates included.
pub(super) fn literals_read(body: &[Literal], f: &mut dyn FnMut(RelationId)) {
    for literal in body {
        match literal {
            Literal::Positive(a) | Literal::Negative(a) => f(a.relation),
            Literal::Constraint(c) => {
                for side in [&c.left, &c.right] {
                    if let Expr::Aggregate(a) = side {
                        literals_read(&a.body, f);
                    }
                }
            }
        }
    }
}
