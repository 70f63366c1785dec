//! Scenarios: counterfactuals of the model, as edits that are derived from it. They are no part of the program: whoever
//! evaluates it once sees nothing of them. Whoever keeps a model evaluates the program with them.

use super::{Program, Relation, RelationId, Rule, Stratum};
use crate::span::Span;
use std::sync::Arc;

/// The scenarios of a program, and what derives their edits.
#[derive(Clone, Debug, Default)]
pub struct Scenarios {
    /// In source order.
    pub all: Vec<Scenario>,
    /// Relations that hold edits, and what these need. Their numbers follow those of the program's.
    pub relations: Vec<Relation>,
    /// The rules of these.
    pub rules: Vec<Rule>,
    /// The strata of the program together with the scenarios.
    pub strata: Vec<Stratum>,
}

/// A `.scenario` block.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: Arc<str>,
    /// What it is, in its author's words.
    pub doc: Arc<str>,
    /// The block.
    pub span: Span,
    /// Which relations it edits; at most one insertion and one retraction each.
    pub edits: Vec<Edit>,
}

/// In a fork that follows the scenario, `relation` is the parent's, less the `tuples` of its retraction, plus those of
/// its insertion: a tuple in both is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Whether tuples are inserted; otherwise they are retracted.
    pub insert: bool,
    /// The relation that is edited.
    pub relation: RelationId,
    /// The relation, with the same columns, that holds them: `@scenario:NAME:+RELATION` or `@scenario:NAME:-RELATION`.
    pub tuples: RelationId,
}

impl Program {
    /// The program together with the relations that hold the edits of its scenarios.
    pub fn with_scenarios(&self) -> Program {
        let mut program = self.clone();
        if self.scenarios.all.is_empty() {
            return program;
        }
        let Scenarios { relations, rules, strata, .. } = &mut program.scenarios;
        program.relations.append(relations);
        program.rules.append(rules);
        program.strata = std::mem::take(strata);
        program
    }

    /// The scenarios whose relations are among the program's.
    pub(crate) fn scenarios_within(&self) -> Vec<Scenario> {
        let within = |edit: &Edit| (edit.tuples.0 as usize) < self.relations.len();
        self.scenarios.all.iter().filter(|scenario| scenario.edits.iter().all(within)).cloned().collect()
    }

    /// The scenario with this name.
    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.all.iter().find(|scenario| &*scenario.name == name)
    }
}
