//! Numbers for rows: each row of a relation in ascending order, followed by the numbers that come next.

use super::code::Code;
use super::relation::{Keep, Relation, Sink};
use super::set::Set;
use super::solve::Solver;
use compiler::plan::{Pipeline, RelationId};
use std::cmp::Ordering;

impl Solver<'_> {
    /// Derives a relation and numbers its rows, `counters` numbers each, going on from those of `after`.
    pub(super) fn number(
        &mut self,
        id: RelationId,
        pipelines: &[Pipeline],
        counters: usize,
        after: Option<RelationId>,
    ) {
        let primitives: Vec<_> = self.plan.relation(id).primitives().collect();
        let width = primitives.len() - counters;
        let mut found = Relation::new(width);
        found.reset(Keep::New(Set::new(width)));
        for pipeline in pipelines {
            let version = self.version(usize::MAX, &self.rule(pipeline, &|_| false), None, &|_| false);
            self.prepare(&version, &|_| false);
            self.run_into(&version, usize::MAX, &mut found.head);
        }
        found.complete();
        let mut rows: Vec<Vec<Code>> = Vec::with_capacity(found.table.len());
        let mut row = Vec::new();
        for at in 0..found.table.len() {
            found.table.read(at, &mut row);
            rows.push(row.clone());
        }
        let compared = |a: &Vec<Code>, b: &Vec<Code>| {
            let columns = a.iter().zip(b).zip(&primitives);
            columns.fold(Ordering::Equal, |order, ((a, b), p)| order.then_with(|| self.scalars.compare(*p, *a, *b)))
        };
        rows.sort_by(compared);
        let mut next = after.and_then(|after| self.numbers.get(&after)).copied().unwrap_or(0);
        let relation = &mut self.relations[id.0 as usize];
        relation.reset(Keep::All);
        for mut row in rows {
            row.extend((next..).take(counters).map(|number| self.codes.encode(number as u64)));
            next += counters as i64;
            relation.head.emit(&row, &self.scalars);
        }
        relation.complete();
        self.numbers.insert(id, next);
    }
}
