//! Strata that are derived as a whole, again and again: those whose best rows may not improve under the reader's eyes, and
//! those that choose.
//!
//! It is the definition of a stratum carried out to the letter, and costs as much: every round derives everything anew.

use super::choice::choose;
use super::relation::Relation;
use super::solve::{Solver, unions};
use compiler::plan::{Pipeline, Reduction, RelationId, Stratum};

/// A definition that is a union.
type Union<'a> = (RelationId, &'a [Pipeline], &'a Reduction);

impl Solver<'_> {
    /// Rounds until the relations rest; then choices take what they can; until they take nothing.
    pub(super) fn from_scratch(&mut self, stratum: &Stratum) {
        for (id, _, reduction) in unions(stratum) {
            let keep = self.keep(id, reduction, true);
            self.relations[id.0 as usize].reset(keep);
        }
        let chooses = |union: &Union| matches!(union.2, Reduction::Choice { .. });
        let (choices, others): (Vec<Union>, Vec<Union>) = unions(stratum).partition(chooses);
        loop {
            while self.advance(&others) && stratum.recursive {}
            if !self.advance(&choices) {
                return;
            }
        }
    }

    /// One round of some definitions, all from the relations as they are; whether one of them changed.
    fn advance(&mut self, unions: &[Union]) -> bool {
        let next: Vec<(usize, Relation)> =
            unions.iter().map(|union| (union.0.0 as usize, self.derive(*union))).collect();
        let mut changed = false;
        for (id, relation) in next {
            changed |= !relation.equals(&self.relations[id]);
            self.relations[id] = relation;
        }
        changed
    }

    fn derive(&mut self, (id, pipelines, reduction): Union) -> Relation {
        let arity = self.plan.relation(id).arity();
        let mut relation = Relation::new(arity);
        relation.reset(self.keep(id, reduction, true));
        for pipeline in pipelines {
            let version = self.version(id.0 as usize, &self.rule(pipeline, &|_| false), None, &|_| false);
            self.prepare(&version, &|_| false);
            self.run_into(&version, usize::MAX, None, &mut relation.head);
        }
        relation.complete();
        if let Reduction::Choice { keys } = reduction {
            let base = self.plan.relation(id).base.map(|base| base.0 as usize);
            base.iter().for_each(|base| self.relations[*base].remember());
            let given = base.map(|base| &self.relations[base]);
            let primitives: Vec<_> = self.plan.relation(id).primitives().collect();
            let taken = &self.relations[id.0 as usize].table;
            relation.table = choose(taken, &relation.table, keys, &primitives, given, &self.scalars);
            relation.reset_members();
        }
        relation
    }
}
