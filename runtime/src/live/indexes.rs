//! Indexes: in which orders of columns the rows of a relation are stored, and what the rules of a plan want of them.

use super::reduction::is_total;
use compiler::plan::{Body, Pipeline, Plan, RelationId, Scalar, Stratum};
use std::collections::BTreeSet;

/// How rows are stored: their columns in this order, the first `key` of which are the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Index {
    pub(crate) columns: Vec<usize>,
    pub(crate) key: usize,
}

impl Index {
    /// The key columns first, then the others, ascending.
    pub(crate) fn on(key: &[usize], arity: usize) -> Self {
        let rest = (0..arity).filter(|c| !key.contains(c));
        Index { columns: key.iter().copied().chain(rest).collect(), key: key.len() }
    }

    /// All columns, in order, are the key.
    pub(crate) fn whole(arity: usize) -> Self {
        Index { columns: (0..arity).collect(), key: arity }
    }

    /// Where each column of the relation stands in a stored row.
    pub(crate) fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.columns.len()];
        for (place, column) in self.columns.iter().enumerate() {
            places[*column] = place;
        }
        places
    }
}

/// The index that the source's rows already are, if the pipeline starts by doing nothing but reordering all of its
/// columns for its first stage.
pub(super) fn plain_index(pipeline: &Pipeline, arity: usize) -> Option<Index> {
    let first = pipeline.stages.first().filter(|stage| stage.relation().is_some())?;
    let key = first.right_key.len();
    let emit = &pipeline.emit;
    let columns: Option<Vec<usize>> =
        emit.output.iter().map(|s| if let Scalar::Slot(slot) = s { Some(*slot) } else { None }).collect();
    let columns = columns.filter(|c| c.len() == arity && emit.tests.is_empty())?;
    let distinct: BTreeSet<usize> = columns.iter().copied().collect();
    (distinct.len() == arity).then_some(Index { columns, key })
}

/// The index of a base relation that the plan's rules use most.
pub(crate) fn favourite_index(plan: &Plan, relation: RelationId) -> Index {
    let mut uses: Vec<(Index, usize)> = Vec::new();
    for stratum in &plan.strata {
        each_use(plan, relation, stratum, &mut |index| match uses.iter_mut().find(|(known, _)| *known == index) {
            Some((_, n)) => *n += 1,
            None => uses.push((index, 1)),
        });
    }
    let mut best = (Index::whole(plan.relation(relation).arity()), 0);
    for (index, n) in uses {
        if n > best.1 {
            best = (index, n);
        }
    }
    best.0
}

/// The indexes of a relation that strata other than these use.
pub(super) fn wanted(plan: &Plan, relation: RelationId, but: &[&Stratum]) -> Vec<Index> {
    let mut all = Vec::new();
    for stratum in plan.strata.iter().filter(|stratum| !but.iter().any(|other| std::ptr::eq(*other, *stratum))) {
        each_use(plan, relation, stratum, &mut |index| {
            if !all.contains(&index) {
                all.push(index);
            }
        });
    }
    all
}

/// Calls `used` with the index of a relation that each step of a stratum wants.
fn each_use(plan: &Plan, relation: RelationId, stratum: &Stratum, used: &mut dyn FnMut(Index)) {
    let arity = plan.relation(relation).arity();
    for definition in &stratum.definitions {
        match &definition.body {
            Body::Union(pipelines, _) => {
                for pipeline in pipelines {
                    if pipeline.source == Some(relation)
                        && let Some(index) = plain_index(pipeline, arity)
                    {
                        used(index);
                    }
                    let stages = pipeline.stages.iter().filter(|s| s.relation() == Some(relation));
                    stages.for_each(|stage| used(Index::on(&stage.right_key, arity)));
                }
            }
            Body::Aggregate(fold) if fold.input == relation && !is_total(fold) => {
                used(Index::on(&(0..fold.group).collect::<Vec<_>>(), arity));
            }
            Body::Aggregate(_) => {}
        }
    }
}
