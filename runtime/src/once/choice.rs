//! Choice: of rows that agree on a key, the first one stays.
//!
//! Candidates gather in a pool while the rest of a stratum comes to rest. Then each is taken or let go for good, so a step
//! costs the candidates that are new to it, and sorting them.

use super::code::Code;
use super::keys::Keys;
use super::relation::{Keep, Relation, Sink};
use super::scalars::Scalars;
use super::set::Set;
use super::solve::{Solver, unions};
use super::table::Table;
use compiler::plan::{Reduction, Stratum};
use compiler::value::Primitive;
use std::cmp::Ordering;

/// The rows that were taken, by what they have on each key.
struct Taken<'a> {
    keys: &'a [Vec<usize>],
    seen: Vec<Keys>,
}

impl<'a> Taken<'a> {
    fn new(keys: &'a [Vec<usize>]) -> Self {
        Taken { keys, seen: keys.iter().map(|key| Keys::new(key.len())).collect() }
    }

    /// Takes a row if it agrees with no other on a key; whether it does.
    fn take(&mut self, row: &[Code]) -> bool {
        let on = |key: &Vec<usize>| key.iter().map(|column| row[*column]).collect::<Vec<_>>();
        let free = self.keys.iter().zip(&self.seen).all(|(key, seen)| seen.find(&on(key)).is_none());
        if free {
            for (key, seen) in self.keys.iter().zip(&mut self.seen) {
                seen.number(&on(key));
            }
        }
        free
    }
}

/// A relation that chooses, and what it may choose from.
pub(super) struct Pool<'a> {
    /// The relation.
    pub(super) relation: usize,
    /// Where its rules put candidates: a relation behind all others.
    pub(super) candidates: usize,
    taken: Taken<'a>,
}

impl Solver<'_> {
    /// The relations of a stratum that choose, each with an empty pool.
    pub(super) fn pools<'a>(&mut self, stratum: &'a Stratum) -> Vec<Pool<'a>> {
        let mut pools = Vec::new();
        for (id, _, reduction) in unions(stratum) {
            let Reduction::Choice { keys } = reduction else { continue };
            let arity = self.plan.relation(id).arity();
            let mut candidates = Relation::new(arity);
            candidates.reset(Keep::New(Set::new(arity)));
            pools.push(Pool { relation: id.0 as usize, candidates: self.relations.len(), taken: Taken::new(keys) });
            self.relations.push(candidates);
        }
        pools
    }

    /// A step of all relations that choose; whether one of them took something.
    pub(super) fn step(&mut self, pools: &mut [Pool]) -> bool {
        let mut any = false;
        for pool in pools {
            let arity = self.relations[pool.relation].table.arity();
            let new = std::mem::replace(&mut self.relations[pool.candidates].head.fresh, Table::new(arity));
            let base = self.plan.relations[pool.relation].base.map(|base| base.0 as usize);
            base.iter().for_each(|base| self.relations[*base].remember());
            let primitives: Vec<_> = self.plan.relations[pool.relation].primitives().collect();
            let sorted = ascending(&new, &primitives, base.map(|base| &self.relations[base]), &self.scalars);
            for row in sorted.into_iter().filter(|row| pool.taken.take(row)) {
                self.relations[pool.relation].head.emit(&row, &self.scalars);
                any = true;
            }
        }
        any
    }
}

/// What was taken, and of the candidates each that can be taken.
pub(super) fn choose(
    taken: &Table,
    candidates: &Table,
    keys: &[Vec<usize>],
    primitives: &[Primitive],
    given: Option<&Relation>,
    scalars: &Scalars,
) -> Table {
    let mut chosen = Table::new(taken.arity());
    let mut known = Taken::new(keys);
    for row in rows(taken).into_iter().chain(ascending(candidates, primitives, given, scalars)) {
        if known.take(&row) {
            chosen.push(&row);
        }
    }
    chosen
}

/// Given rows in ascending order, then the others.
fn ascending(table: &Table, primitives: &[Primitive], given: Option<&Relation>, scalars: &Scalars) -> Vec<Vec<Code>> {
    let is_given = |row: &[Code]| given.is_some_and(|given| given.contains(row));
    let mut sorted: Vec<(bool, Vec<Code>)> = rows(table).into_iter().map(|row| (!is_given(&row), row)).collect();
    let compared = |a: &[Code], b: &[Code]| {
        let columns = a.iter().zip(b).zip(primitives);
        columns.fold(Ordering::Equal, |order, ((a, b), p)| order.then_with(|| scalars.compare(*p, *a, *b)))
    };
    sorted.sort_by(|(late, a), (later, b)| late.cmp(later).then_with(|| compared(a, b)));
    sorted.into_iter().map(|(_, row)| row).collect()
}

fn rows(table: &Table) -> Vec<Vec<Code>> {
    let mut row = Vec::new();
    (0..table.len())
        .map(|at| {
            table.read(at, &mut row);
            row.clone()
        })
        .collect()
}
