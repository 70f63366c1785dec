//! The least or the greatest of values that come and are taken back.

use crate::functor::Functors;
use compiler::plan::AggregateOp;
use std::collections::BTreeMap;

/// Contributed values: those that can be taken back, with the second of their last contribution; and the best of the rest.
#[derive(Debug, Default)]
pub(super) struct Values {
    open: BTreeMap<u64, (i64, i64)>,
    settled: Option<u64>,
}

impl Values {
    /// Contributes a value in some second, or takes it back.
    pub(super) fn add(&mut self, value: u64, sign: i64, second: i64) {
        let entry = self.open.entry(value).or_insert((0, second));
        entry.0 += sign;
        if sign > 0 {
            entry.1 = second;
        }
        if entry.0 == 0 {
            self.open.remove(&value);
        }
    }

    /// How many values are kept because they can be taken back.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// The best that there is.
    pub(super) fn best(&self, op: AggregateOp, functors: &Functors) -> Option<u64> {
        let held = self.open.iter().filter(|(_, (count, _))| *count > 0).map(|(value, _)| *value);
        held.chain(self.settled).reduce(|a, b| better(op, a, b, functors))
    }

    /// Of what was contributed before a second the best alone is kept: no more of it can be taken back.
    pub(super) fn settle(&mut self, before: i64, op: AggregateOp, functors: &Functors) {
        let settled = &mut self.settled;
        self.open.retain(|value, (count, second)| {
            if *second < before && *count > 0 {
                *settled = Some(settled.map_or(*value, |known| better(op, known, *value, functors)));
            }
            *second >= before
        });
    }
}

fn better(op: AggregateOp, a: u64, b: u64, functors: &Functors) -> u64 {
    let first = match op {
        AggregateOp::Min(p) => functors.compare(p, a, b).is_le(),
        AggregateOp::Max(p) => functors.compare(p, a, b).is_ge(),
        _ => true,
    };
    if first { a } else { b }
}
