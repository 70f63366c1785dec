//! Strata that are derived as a whole, again and again: those whose best rows may not improve under the reader's eyes, and
//! those in which it depends on what is left of a relation which of its rows dominate which.
//!
//! It is the definition of a stratum carried out to the letter, and costs as much: every round derives everything anew.

use super::choice::choose;
use super::relation::{Keep, Relation, Sink};
use super::set::Set;
use super::solve::{Solver, is_stepped, unions};
use compiler::plan::{Pipeline, Reduction, RelationId, Stratum};

/// A definition that is a union.
type Union<'a> = (RelationId, &'a [Pipeline], &'a Reduction);

impl Solver<'_> {
    /// Rounds until the relations rest; then those that act in steps do; until they change nothing.
    pub(super) fn rebuild(&mut self, stratum: &Stratum) {
        for (id, _, reduction) in unions(stratum) {
            let keep = self.keep(id, reduction, true);
            self.relations[id.0 as usize].reset(keep);
        }
        let (steps, others): (Vec<Union>, Vec<Union>) = unions(stratum).partition(|union| is_stepped(*union));
        // What others derived from a row that goes stays.
        let kept = !steps.is_empty();
        while self.advance(&others, kept) && stratum.recursive || self.advance(&steps, false) {
            if self.is_full(stratum) {
                return;
            }
        }
    }

    /// One round of some definitions, all from the relations as they are; whether one of them changed.
    fn advance(&mut self, unions: &[Union], kept: bool) -> bool {
        let next: Vec<(usize, Relation)> =
            unions.iter().map(|union| (union.0.0 as usize, self.derive(*union, kept))).collect();
        let mut changed = false;
        for (id, relation) in next {
            changed |= !relation.equals(&self.relations[id]);
            self.relations[id] = relation;
        }
        changed
    }

    /// What the rules of a relation derive, and what it has if that is `kept`.
    fn derive(&mut self, (id, pipelines, reduction): Union, kept: bool) -> Relation {
        let arity = self.plan.relation(id).arity();
        let mut relation = Relation::new(arity);
        relation.reset(self.keep(id, reduction, true));
        for pipeline in pipelines {
            let version = self.version(id.0 as usize, &self.rule(pipeline, &|_| false), None, &|_| false);
            self.prepare(&version, &|_| false);
            self.run_into(&version, usize::MAX, &mut relation.head);
        }
        if kept {
            let (table, mut row) = (&self.relations[id.0 as usize].table, Vec::new());
            for at in 0..table.len() {
                table.read(at, &mut row);
                relation.head.emit(&row, &self.scalars);
            }
        }
        relation.complete();
        if let Reduction::Undominated { pairs } = reduction {
            let gone = self.dominated(arity, pairs);
            relation.table.retain(|row| !gone.contains(row));
            relation.reset_members();
        }
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

    /// The rows that go in favour of others, which do not go in favour of them.
    fn dominated(&mut self, arity: usize, pairs: &[Pipeline]) -> Set {
        let mut found = Relation::new(2 * arity);
        found.reset(Keep::New(Set::new(2 * arity)));
        for pipeline in pairs {
            let version = self.version(usize::MAX, &self.rule(pipeline, &|_| false), None, &|_| false);
            self.prepare(&version, &|_| false);
            self.run_into(&version, usize::MAX, &mut found.head);
        }
        found.complete();
        let (mut gone, mut pair) = (Set::new(arity), Vec::new());
        for at in 0..found.table.len() {
            found.table.read(at, &mut pair);
            let (row, other) = pair.split_at(arity);
            if row != other && !found.contains(&[other, row].concat()) {
                gone.insert(row);
            }
        }
        gone
    }
}
