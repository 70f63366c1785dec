//! A plan in two: what is run on events as they come, and what is kept current.
//!
//! Relations of events leave the live plan, and folds become base relations there, whose facts the stream states. A
//! relation that only puts folds of the same groups side by side (a count and a sum) is stated itself, and the folds are
//! not: one row a group instead of three.

use compiler::plan::{
    Aggregate, AggregateOp, Body, Definition, Pipeline, Plan, Reduction, RelationId, Scalar, StageKind,
};
use compiler::planner::{Bucket, StreamKind, Streams};
use std::collections::{BTreeMap, BTreeSet};

/// The parts of a plan.
pub(crate) struct Split {
    /// What is kept current.
    pub(crate) live: Plan,
    /// What is folded.
    pub(crate) folds: Vec<Shape>,
}

/// A fold: which relation it states, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The relation.
    pub(crate) relation: RelationId,
    /// The stream, by its place.
    pub(crate) stream: usize,
    /// How many columns are the group. All of them are among the columns of the relation.
    pub(crate) group: usize,
    /// Which of them says when the events were.
    pub(crate) bucket: Option<Bucket>,
    /// What is folded for each group. A group without a value in one of them has no row.
    pub(crate) slots: Vec<Slot>,
    /// The columns of the relation.
    pub(crate) row: Vec<From>,
}

/// One value of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What is folded; its first columns are the group.
    pub(crate) input: RelationId,
    pub(crate) op: AggregateOp,
    pub(crate) target: Option<usize>,
}

/// Where a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Group(usize),
    Slot(usize),
}

/// Splits a plan whose streams are classified without errors.
pub(crate) fn split(plan: &Plan, streams: &Streams) -> Split {
    let definitions = || plan.strata.iter().flat_map(|stratum| &stratum.definitions);
    let mut aggregates: BTreeMap<RelationId, Folded<'_>> = BTreeMap::new();
    for definition in definitions() {
        if let (StreamKind::Fold { stream, bucket, .. }, Body::Aggregate(aggregate)) =
            (&streams.kinds[definition.relation.0 as usize], &definition.body)
        {
            aggregates.insert(definition.relation, (*stream, *bucket, aggregate));
        }
    }
    let mut folds: Vec<Shape> = definitions().filter_map(|definition| side_by_side(definition, &aggregates)).collect();
    let fused: BTreeSet<RelationId> = folds.iter().map(|shape| shape.relation).collect();
    let events = |id: RelationId| matches!(streams.kinds[id.0 as usize], StreamKind::Events(_));
    let given = |id: RelationId| events(id) || aggregates.contains_key(&id) || fused.contains(&id);
    let mut live = plan.clone();
    for stratum in &mut live.strata {
        stratum.definitions.retain(|definition| !given(definition.relation));
    }
    live.strata.retain(|stratum| !stratum.definitions.is_empty());
    for id in (0..plan.relations.len() as u32).map(RelationId).filter(|id| given(*id)) {
        live.relations[id.0 as usize].base = Some(id);
    }
    mark(&mut live, &given);
    let read: BTreeSet<RelationId> =
        live.strata.iter().flat_map(|stratum| &stratum.definitions).flat_map(reads).collect();
    let alone = aggregates.iter().filter(|(id, _)| read.contains(id));
    folds.extend(alone.map(|(relation, folded)| shape(*relation, *folded)));
    Split { live, folds }
}

/// An aggregate that is folded: of which stream, and by which time.
type Folded<'a> = (usize, Option<Bucket>, &'a Aggregate);

/// The shape of an aggregate as it stands.
fn shape(relation: RelationId, (stream, bucket, aggregate): Folded<'_>) -> Shape {
    let row = (0..aggregate.group).map(From::Group).chain([From::Slot(0)]).collect();
    Shape { relation, stream, group: aggregate.group, bucket, slots: vec![slot(aggregate)], row }
}

/// What follows from given relations means something else than where they are derived: an engine must not keep it.
fn mark(live: &mut Plan, given: &dyn Fn(RelationId) -> bool) {
    let mut marked: BTreeSet<RelationId> = BTreeSet::new();
    for stratum in &live.strata {
        let mut read = stratum.definitions.iter().flat_map(reads);
        if read.any(|id| given(id) || marked.contains(&id)) {
            marked.extend(stratum.definitions.iter().map(|definition| definition.relation));
        }
    }
    for id in marked {
        live.relations[id.0 as usize].fingerprint ^= GIVEN;
    }
}

/// Tells the fingerprints of what follows from streams from those of what follows from facts.
const GIVEN: u64 = 0x7374_7265_616d_0001;

fn slot(aggregate: &Aggregate) -> Slot {
    Slot { input: aggregate.input, op: aggregate.op, target: aggregate.target }
}

/// The shape of a relation that puts folds side by side.
fn side_by_side(definition: &Definition, aggregates: &BTreeMap<RelationId, Folded<'_>>) -> Option<Shape> {
    let Body::Union(pipelines, Reduction::None | Reduction::Distinct) = &definition.body else { return None };
    let [Pipeline { source: Some(source), emit, stages, .. }] = &pipelines[..] else { return None };
    let mut shape = shape(definition.relation, *aggregates.get(source)?);
    let project = |row: &[From], emit: &compiler::plan::Emit| -> Option<Vec<From>> {
        let column = |scalar: &Scalar| if let Scalar::Slot(slot) = scalar { Some(row[*slot]) } else { None };
        if emit.tests.is_empty() { emit.output.iter().map(column).collect() } else { None }
    };
    shape.row = project(&shape.row, emit)?;
    for stage in stages {
        let StageKind::Join(id) = stage.kind else { return None };
        let (other, _, aggregate) = aggregates.get(&id)?;
        let whole = stage.right_key.iter().copied().eq(0..shape.group);
        let by_group = shape.row.iter().take(shape.group).copied().eq((0..shape.group).map(From::Group));
        if *other != shape.stream || aggregate.group != shape.group || !whole || !by_group {
            return None;
        }
        shape.row.push(From::Slot(shape.slots.len()));
        shape.slots.push(slot(aggregate));
        shape.row = project(&shape.row, &stage.emit)?;
    }
    // A row is of one group alone: of two it would have to be counted.
    (0..shape.group).all(|group| shape.row.contains(&From::Group(group))).then_some(shape)
}

/// The relations that a definition reads.
pub(super) fn reads(definition: &Definition) -> Vec<RelationId> {
    match &definition.body {
        Body::Aggregate(aggregate) => vec![aggregate.input],
        Body::Union(pipelines, _) => pipelines
            .iter()
            .flat_map(|p| p.source.into_iter().chain(p.stages.iter().filter_map(|stage| stage.relation())))
            .collect(),
    }
}
