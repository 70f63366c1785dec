//! The compiled twin: a program as Rust source for `ascent`.
//!
//! The twin is the oracle of the other evaluators, so it shares nothing with them but the program: it is made from
//! [`Program`] and not from the plan, keeps the order in which a rule's author wrote the atoms, and calls functions of
//! its own (`rules::support`) for everything that is computed. What differs from ascent's language is put into it like
//! this:
//!
//! - Each rule of the program is one rule; constraints and negations stand as soon as their variables are bound.
//! - `n = count : { body }` becomes a relation `a1(group, target, every other variable) <-- body` and an ascent
//!   aggregate over it. Group variables that the body does not bind come from a relation `c1`, made from the literals
//!   that stand before the aggregate.
//! - An equivalence relation gets the rules of its closure.
//! - A relation with a subsumption, or a choice domain that is an order per key, becomes a lattice `l1(key, Best(order))`; rules solved together with it read the
//!   lattice, all others a relation that copies it once it is complete.
//!
//! The generated module implements `rules::support::Twin`. What ascent cannot express is an [`Unsupported`], never
//! silently something else.

mod body;
mod expression;
mod module;

use crate::program::{Program, RelationId};
use std::collections::BTreeMap;
use std::fmt;

/// A construct that has no twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// What it is.
    pub construct: String,
    /// The relation whose rules use it.
    pub relation: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in a rule for `{}` has no compiled twin", self.construct, self.relation)
    }
}

impl std::error::Error for Unsupported {}

/// The source of a module `name` that holds the twin of a program.
pub fn twin(program: &Program, name: &str) -> Result<String, Unsupported> {
    let mut generator = Generator::new(program);
    for id in (0..program.relations.len()).map(|i| RelationId(i as u32)) {
        if let Some(reason) = crate::choice::needs_steps(program, id) {
            let construct = format!("a choice domain that is taken step by step ({reason})");
            return Err(Unsupported { construct, relation: program.relation(id).name.to_string() });
        }
        let unordered = program.dominations.iter().any(|d| d.relation == id);
        let construct = match program.relation(id) {
            _ if unordered => "a subsumption that is no order per key",
            relation if relation.limit.is_some() => "a size limit",
            relation if relation.counters > 0 => "`autoinc`",
            _ => continue,
        };
        return Err(Unsupported { construct: construct.to_string(), relation: program.relation(id).name.to_string() });
    }
    for rule in &program.rules {
        generator.rule(rule)?;
    }
    Ok(module::module(&generator, name))
}

/// The twin under construction.
struct Generator<'a> {
    program: &'a Program,
    /// The stratum of each recursive relation.
    recursive: BTreeMap<RelationId, usize>,
    /// Declarations and rules, in ascent's language.
    lines: Vec<String>,
    /// Texts of symbol constants, by their number.
    symbols: Vec<String>,
    auxiliaries: usize,
}

impl<'a> Generator<'a> {
    fn new(program: &'a Program) -> Self {
        let mut recursive = BTreeMap::new();
        for (n, stratum) in program.strata.iter().enumerate().filter(|(_, s)| s.recursive) {
            recursive.extend(stratum.relations.iter().map(|id| (*id, n)));
        }
        let mut generator = Generator { program, recursive, lines: Vec::new(), symbols: Vec::new(), auxiliaries: 0 };
        for id in (0..program.relations.len()).map(|i| RelationId(i as u32)) {
            generator.declare(id);
        }
        generator
    }

    /// Whether two relations are solved together.
    fn together(&self, a: RelationId, b: RelationId) -> bool {
        self.recursive.get(&a).is_some_and(|stratum| self.recursive.get(&b) == Some(stratum))
    }

    fn number(&mut self) -> usize {
        self.auxiliaries += 1;
        self.auxiliaries
    }
}
