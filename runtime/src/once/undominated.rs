//! Partial orders: what subsumption leaves of a relation that it does not order, kept from step to step.
//!
//! What the rules derive and which of its rows dominate which only grow, so both are found by semi-naive rounds like
//! everything else. A step looks at the pairs and rows that are new: it counts for each row the rows that dominate it and
//! are not dominated by it, and the relation has those of count zero. Rows that come are new rows of the next round; if
//! some go, the relation's indexes are built anew without them, and what others derived from them stays.
//!
//! Cost: a step costs what is new since the last one, and the relation where rows go.

use super::code::Code;
use super::index::Index;
use super::relation::{Keep, Relation, Sink};
use super::set::Set;
use super::solve::{Solver, is_stepped, reads, unions};
use super::table::Table;
use compiler::plan::{Reduction, Stratum};
use std::collections::{BTreeSet, HashMap};

/// A relation of which some rows go in favour of others.
pub(super) struct Doubt {
    /// The relation.
    pub(super) relation: usize,
    /// Where what is derived for it goes: a relation behind all others.
    pub(super) candidates: usize,
    /// Where the pairs go, each of a row and one that dominates it: another.
    pub(super) pairs: usize,
    /// By how many rows each is dominated that it does not dominate; of those that are.
    dominated: HashMap<Vec<Code>, u32>,
}

impl Doubt {
    /// Counts the pairs that are new; gives the rows whose counts have changed.
    fn count(&mut self, fresh: &Table, known: &Relation, arity: usize) -> BTreeSet<Vec<Code>> {
        let mut batch = Set::new(2 * arity);
        batch.extend(fresh);
        let (mut changed, mut pair) = (BTreeSet::new(), Vec::new());
        for at in 0..fresh.len() {
            fresh.read(at, &mut pair);
            let (row, other) = pair.split_at(arity);
            let back = [other, row].concat();
            if row == other || batch.contains(&back) {
                continue;
            }
            // Of two rows that dominate each other neither goes.
            if known.head.contains(&back) {
                let count = self.dominated.entry(other.to_vec()).or_default();
                *count = count.saturating_sub(1);
                changed.insert(other.to_vec());
            } else {
                *self.dominated.entry(row.to_vec()).or_default() += 1;
                changed.insert(row.to_vec());
            }
        }
        changed
    }
}

impl Solver<'_> {
    /// Whether which rows dominate which does not depend on what was left of a relation by then.
    pub(super) fn dominations_grow(&self, stratum: &Stratum) -> bool {
        let stepped: Vec<usize> =
            unions(stratum).filter(|union| is_stepped(*union)).map(|(id, ..)| id.0 as usize).collect();
        unions(stratum).all(|(.., reduction)| match reduction {
            Reduction::Undominated { pairs } => {
                pairs.iter().flat_map(reads).all(|relation| !stepped.contains(&relation))
            }
            _ => true,
        })
    }

    /// The relations of a stratum that are left undominated, nothing derived for them yet.
    pub(super) fn doubts(&mut self, stratum: &Stratum) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        for (id, _, reduction) in unions(stratum) {
            if !matches!(reduction, Reduction::Undominated { .. }) {
                continue;
            }
            let arity = self.plan.relation(id).arity();
            let [candidates, pairs] = [arity, 2 * arity].map(|arity| {
                let mut relation = Relation::new(arity);
                relation.reset(Keep::New(Set::new(arity)));
                self.relations.push(relation);
                self.relations.len() - 1
            });
            doubts.push(Doubt { relation: id.0 as usize, candidates, pairs, dominated: HashMap::new() });
        }
        doubts
    }

    /// A step of all these relations; whether one of them changed.
    pub(super) fn settle(&mut self, doubts: &mut [Doubt]) -> bool {
        let mut any = false;
        doubts.iter_mut().for_each(|doubt| any |= self.settle_one(doubt));
        any
    }

    fn settle_one(&mut self, doubt: &mut Doubt) -> bool {
        let arity = self.relations[doubt.relation].table.arity();
        let mut take = |relation: usize, arity: usize| {
            std::mem::replace(&mut self.relations[relation].head.fresh, Table::new(arity))
        };
        let (rows, pairs) = (take(doubt.candidates, arity), take(doubt.pairs, 2 * arity));
        let mut changed = doubt.count(&pairs, &self.relations[doubt.pairs], arity);
        let mut row = Vec::new();
        for at in 0..rows.len() {
            rows.read(at, &mut row);
            changed.insert(row.clone());
        }
        let known = &self.relations[doubt.relation].head;
        let free = |row: &Vec<Code>| doubt.dominated.get(row).is_none_or(|count| *count == 0);
        let come: Vec<&Vec<Code>> = changed.iter().filter(|row| free(row) && !known.contains(row)).collect();
        let go: Vec<&Vec<Code>> = changed.iter().filter(|row| !free(row) && known.contains(row)).collect();
        if !go.is_empty() {
            self.relations[doubt.relation].lose(&go);
        }
        let head = &mut self.relations[doubt.relation].head;
        come.iter().for_each(|row| head.emit(row, &self.scalars));
        !come.is_empty() || !go.is_empty()
    }
}

impl Relation {
    /// Takes rows away between two rounds, of which the last has found nothing.
    fn lose(&mut self, rows: &[&Vec<Code>]) {
        let Keep::New(set) = &self.head.keep else { return };
        let arity = self.table.arity();
        let mut gone = Set::new(arity);
        rows.iter().for_each(|row| {
            gone.insert(row);
        });
        let mut left = set.table();
        left.retain(|row| !gone.contains(row));
        let mut set = Set::new(arity);
        set.extend(&left);
        let fresh = |index: &Index| {
            let mut index = Index::new(index.key.clone(), index.payload.clone());
            index.extend(&left, left.len());
            index
        };
        let indexes = self.indexes.iter().map(fresh).collect();
        let by_key = self.by_key;
        self.reset(Keep::New(set));
        (self.indexes, self.by_key) = (indexes, by_key);
    }
}
