//! From plan to dataflow.
//!
//! A *layer* is one dataflow that holds some relations of a plan. Indexes are shared: within the layer, and, through the
//! [`Store`], with the layers built later. A recursive stratum is a nested scope whose relations are variables; whatever
//! part of its rules does not depend on them is computed outside, once.

use super::reduction::{aggregate, distinct_or_best};
use crate::functor::Functors;
use crate::scalar::Emitter;
use crate::symbols::Symbols;
use compiler::plan::{Body, Definition, Pipeline, Plan, Reduction, RelationId, Scalar, Stage, StageKind, Stratum};
use dataflow::{
    Agent, ForkTime, Forming, Live, LoopTime, Operators, Pairing, Rows, Shared, Side, UpdatesBuilder, WIDEST,
};
use differential_dataflow::Collection;
use differential_dataflow::operators::iterate::Variable;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use timely::dataflow::operators::generic::source;
use timely::dataflow::operators::{Concatenate, Probe};
use timely::dataflow::{ProbeHandle, Scope};
use timely::order::Product;

/// A relation, whatever plan it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    /// A base relation of the engine.
    Base(u32),
    /// A derived relation, by its fingerprint.
    Derived(u64),
}

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

/// An index that outlives the building of its layer.
pub(crate) struct Stored {
    pub(crate) index: Index,
    pub(crate) agent: Agent<ForkTime>,
    pub(crate) layer: u32,
}

/// The indexes of all layers of one worker.
pub(crate) type Store = HashMap<Node, Vec<Stored>>;

/// What to build.
pub(crate) struct LayerSpec {
    pub(crate) id: u32,
    pub(crate) plan: Arc<Plan>,
    /// The node behind each relation of the plan.
    pub(crate) nodes: Vec<Node>,
    /// Which relations of the plan to build; the others it reads are in the store.
    pub(crate) build: BTreeSet<RelationId>,
    /// Whether an epoch has closed: then history is read as of the last one.
    pub(crate) has_past: bool,
}

/// Builds a layer; gives back its probe and the layers it reads from.
pub(crate) fn layer(
    scope: Scope<'_, ForkTime>,
    spec: &LayerSpec,
    store: &mut Store,
    symbols: &Symbols,
) -> (ProbeHandle<ForkTime>, BTreeSet<u32>) {
    let mut root = Root {
        scope,
        spec,
        store,
        symbols,
        functors: Functors::new(symbols.clone()),
        rows: HashMap::new(),
        indexes: HashMap::new(),
        reads: BTreeSet::new(),
        probe: ProbeHandle::new(),
    };
    for stratum in &spec.plan.strata {
        if !stratum.definitions.iter().any(|d| spec.build.contains(&d.relation)) {
            continue;
        }
        if stratum.recursive {
            root.recursive(stratum);
        } else {
            stratum.definitions.iter().for_each(|definition| root.define(definition));
        }
    }
    for relation in &spec.build {
        let node = spec.nodes[relation.0 as usize];
        if !root.store.get(&node).is_some_and(|indexes| indexes.iter().any(|i| i.layer == spec.id)) {
            root.index(*relation, Index::whole(spec.plan.relation(*relation).arity()));
        }
    }
    (root.probe, root.reads)
}

/// Rows on their way through a pipeline: loose, or an index of a relation that has just the right columns.
enum Incoming<'scope> {
    Rows(Rows<'scope, ForkTime>, usize),
    Index(Shared<'scope>),
}

struct Root<'scope, 'a> {
    scope: Scope<'scope, ForkTime>,
    spec: &'a LayerSpec,
    store: &'a mut Store,
    symbols: &'a Symbols,
    functors: Functors,
    rows: HashMap<RelationId, Rows<'scope, ForkTime>>,
    indexes: HashMap<(RelationId, Index), Shared<'scope>>,
    reads: BTreeSet<u32>,
    probe: ProbeHandle<ForkTime>,
}

impl<'scope> Root<'scope, '_> {
    fn arity(&self, relation: RelationId) -> usize {
        self.spec.plan.relation(relation).arity()
    }

    fn name(&self, relation: RelationId) -> &str {
        &self.spec.plan.relation(relation).name
    }

    fn node(&self, relation: RelationId) -> Node {
        self.spec.nodes[relation.0 as usize]
    }

    fn emitter(&self, emit: &compiler::plan::Emit) -> Emitter {
        Emitter::new(emit, &self.functors, self.symbols)
    }

    /// The index of a relation, made if there is none.
    fn index(&mut self, relation: RelationId, index: Index) -> Shared<'scope> {
        if let Some(shared) = self.indexes.get(&(relation, index.clone())) {
            return shared.clone();
        }
        let node = self.node(relation);
        if self.store.get(&node).is_some_and(|all| all.iter().any(|stored| stored.index == index)) {
            return self.import(relation, &index);
        }
        let name = format!("index {} {:?}", self.name(relation), &index.columns[..index.key]);
        let arranged = Operators::arrange(self.rows(relation), &index.columns, index.key, &name);
        self.keep(relation, index, arranged.clone());
        Shared::Live(arranged)
    }

    /// Makes an index known to this layer and to later ones.
    fn keep(&mut self, relation: RelationId, index: Index, arranged: Live<'scope, ForkTime>) {
        let stored = Stored { index: index.clone(), agent: arranged.trace.clone(), layer: self.spec.id };
        self.store.entry(self.node(relation)).or_default().push(stored);
        arranged.stream.clone().probe_with(&self.probe);
        self.indexes.insert((relation, index), Shared::Live(arranged));
    }

    /// Brings an index of another layer into this one.
    fn import(&mut self, relation: RelationId, index: &Index) -> Shared<'scope> {
        let (scope, node, has_past) = (self.scope, self.node(relation), self.spec.has_past);
        let name = format!("import {}", self.name(relation));
        let stored = self.store.get_mut(&node).and_then(|all| all.iter_mut().find(|s| s.index == *index));
        let stored = stored.expect("the caller has seen the index in the store");
        self.reads.insert(stored.layer);
        let shared = Shared::import(&mut stored.agent, scope, &name, has_past);
        self.indexes.insert((relation, index.clone()), shared.clone());
        shared
    }

    /// The rows of a relation, in the order of its columns.
    fn rows(&mut self, relation: RelationId) -> Rows<'scope, ForkTime> {
        if let Some(rows) = self.rows.get(&relation) {
            return rows.clone();
        }
        let stored = self.store.get(&self.node(relation)).and_then(|all| all.first());
        let index = stored.expect("a relation that is not built here is in the store").index.clone();
        let shared = self.index(relation, index.clone());
        let rows = shared.rows("rows", at_places(&index.places()));
        self.rows.insert(relation, rows.clone());
        rows
    }

    /// A relation of a stratum that is not recursive.
    fn define(&mut self, definition: &Definition) {
        let (relation, arity) = (definition.relation, self.arity(definition.relation));
        let name = self.name(relation).to_string();
        match &definition.body {
            Body::Union(pipelines, reduction) => {
                let parts: Vec<_> = pipelines.iter().map(|p| self.pipeline(p)).collect();
                let rows = union(self.scope, parts);
                if *reduction == Reduction::None {
                    self.rows.insert(relation, rows);
                } else {
                    let primitives: Vec<_> = self.spec.plan.relation(relation).primitives().collect();
                    let (reduced, index) = distinct_or_best(rows, arity, reduction, &primitives, &self.functors, &name);
                    self.rows.insert(relation, Operators::rows(reduced.clone(), &name, at_places(&index.places())));
                    self.keep(relation, index, reduced);
                }
            }
            Body::Aggregate(fold) => {
                let index = Index::on(&(0..fold.group).collect::<Vec<_>>(), self.arity(fold.input));
                let input = match self.index(fold.input, index.clone()) {
                    Shared::Live(index) => index,
                    past => {
                        let rows = past.rows(&name, as_stored());
                        Operators::arrange(rows, &(0..index.columns.len()).collect::<Vec<_>>(), index.key, &name)
                    }
                };
                let reduced = aggregate(input, fold, &self.functors, &name);
                let index = Index::on(&(0..fold.group).collect::<Vec<_>>(), arity);
                self.rows.insert(relation, Operators::rows(reduced.clone(), &name, at_places(&index.places())));
                self.keep(relation, index, reduced);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Rows<'scope, ForkTime> {
        match self.prefix(pipeline, pipeline.stages.len()) {
            Incoming::Rows(rows, _) => rows,
            Incoming::Index(_) => unreachable!("an index stands for the source of a pipeline with stages only"),
        }
    }

    /// The source and the first `count` stages.
    fn prefix(&mut self, pipeline: &Pipeline, count: usize) -> Incoming<'scope> {
        let mut incoming = match pipeline.source {
            None => Incoming::Rows(self.one_row(&self.emitter(&pipeline.emit)), pipeline.emit.output.len()),
            Some(source) => match plain_index(pipeline, self.arity(source)) {
                Some(index) => Incoming::Index(self.index(source, index)),
                None => {
                    let emitter = self.emitter(&pipeline.emit);
                    Incoming::Rows(emit_rows(self.rows(source), emitter), pipeline.emit.output.len())
                }
            },
        };
        for stage in &pipeline.stages[..count] {
            incoming = self.stage(incoming, stage, &pipeline.rule);
        }
        incoming
    }

    /// An arrangement of incoming rows by their leading columns.
    fn arranged(incoming: &Incoming<'scope>, key: usize, name: &str) -> Shared<'scope> {
        match incoming {
            Incoming::Rows(rows, width) => {
                let columns: Vec<usize> = (0..*width).collect();
                Shared::Live(Operators::arrange(rows.clone(), &columns, key, name))
            }
            Incoming::Index(shared) => shared.clone(),
        }
    }

    fn stage(&mut self, incoming: Incoming<'scope>, stage: &Stage, name: &str) -> Incoming<'scope> {
        let emitter = self.emitter(&stage.emit);
        let width = emitter.width();
        let left = Self::arranged(&incoming, stage.right_key.len(), name);
        let right = self.index(stage.right, Index::on(&stage.right_key, self.arity(stage.right)));
        let matched = left.join(right, name, combine(&emitter, stage.kind));
        let rows = match (stage.kind, incoming) {
            (StageKind::Join, _) => matched,
            (StageKind::Negation, Incoming::Rows(rows, _)) => emit_rows(rows, emitter).concat(matched),
            (StageKind::Negation, Incoming::Index(shared)) => {
                emit_rows(shared.rows(name, as_stored()), emitter).concat(matched)
            }
        };
        Incoming::Rows(rows, width)
    }

    /// The one row without columns, given to `emitter`; it is there from the beginning.
    fn one_row(&self, emitter: &Emitter) -> Rows<'scope, ForkTime> {
        let emitter = (self.scope.index() == 0).then(|| emitter.clone());
        let stream = source::<_, UpdatesBuilder<ForkTime>, _, _>(self.scope, "one row", move |capability, _| {
            let mut pending = Some(capability);
            move |output| {
                if let (Some(capability), Some(emitter)) = (pending.take(), &emitter) {
                    let mut session = output.session_with_builder(&capability);
                    if let Some(row) = emitter.run(&[], &mut [0; WIDEST]) {
                        session.builder().push(row, *capability.time(), 1);
                    }
                }
            }
        });
        Collection::new(stream)
    }

    /// A recursive stratum.
    fn recursive(&mut self, stratum: &Stratum) {
        let prepared: Vec<Vec<Prepared>> = stratum.definitions.iter().map(|d| self.prepare_all(d, stratum)).collect();
        let scope = self.scope;
        let (plan, functors) = (&self.spec.plan, &self.functors);
        let left: Vec<(RelationId, Rows<'scope, ForkTime>)> = scope.scoped::<LoopTime, _, _>("stratum", |inner| {
            let mut inside = Inside { scope: inner, plan, variables: HashMap::new(), indexes: HashMap::new() };
            let mut open = Vec::new();
            for definition in &stratum.definitions {
                let (variable, rows) = Variable::new(inner, Product::new(0, 1));
                inside.variables.insert(definition.relation, rows);
                open.push(variable);
            }
            let mut results = Vec::new();
            for ((definition, prepared), variable) in stratum.definitions.iter().zip(prepared).zip(open) {
                let relation = plan.relation(definition.relation);
                let parts = prepared.into_iter().map(|p| inside.pipeline(p)).collect();
                let rows = union(inner, parts);
                let reduction = match &definition.body {
                    Body::Union(_, best @ Reduction::Best { .. }) => best,
                    _ => &Reduction::Distinct,
                };
                let primitives: Vec<_> = relation.primitives().collect();
                let (reduced, index) =
                    distinct_or_best(rows, relation.arity(), reduction, &primitives, functors, &relation.name);
                let rows = Operators::rows(reduced, &relation.name, at_places(&index.places()));
                variable.set(rows.clone());
                results.push((definition.relation, rows.leave(scope)));
            }
            results
        });
        self.rows.extend(left);
    }

    fn prepare_all(&mut self, definition: &Definition, stratum: &Stratum) -> Vec<Prepared<'scope>> {
        let Body::Union(pipelines, _) = &definition.body else {
            unreachable!("an aggregate's input is in an earlier stratum");
        };
        let inside = |r: RelationId| stratum.definitions.iter().any(|d| d.relation == r);
        pipelines.iter().map(|p| self.prepare(p, &inside)).collect()
    }

    /// Builds at the root what a pipeline of a recursive stratum needs from outside.
    fn prepare(&mut self, pipeline: &Pipeline, inside: &dyn Fn(RelationId) -> bool) -> Prepared<'scope> {
        let first = pipeline.stages.iter().position(|s| inside(s.right)).unwrap_or(pipeline.stages.len());
        let (start, outside) = match pipeline.source {
            Some(source) if inside(source) => (Start::Variable(source), 0),
            _ if first == pipeline.stages.len() => (Start::Done(self.pipeline(pipeline)), first),
            _ => {
                let incoming = self.prefix(pipeline, first);
                let key = pipeline.stages[first].right_key.len();
                (Start::Arranged(Self::arranged(&incoming, key, &pipeline.rule)), first)
            }
        };
        let plain = pipeline.source.and_then(|source| plain_index(pipeline, self.arity(source)));
        let stages = pipeline.stages[outside..]
            .iter()
            .map(|stage| PreparedStage {
                kind: stage.kind,
                right: stage.right,
                index: Index::on(&stage.right_key, self.arity(stage.right)),
                shared: (!inside(stage.right))
                    .then(|| self.index(stage.right, Index::on(&stage.right_key, self.arity(stage.right)))),
                emitter: self.emitter(&stage.emit),
            })
            .collect();
        let emitter = self.emitter(&pipeline.emit);
        Prepared { start, emitter, plain, stages, name: pipeline.rule.clone() }
    }
}

/// A pipeline of a recursive stratum with all that it needs from outside.
struct Prepared<'scope> {
    start: Start<'scope>,
    emitter: Emitter,
    plain: Option<Index>,
    stages: Vec<PreparedStage<'scope>>,
    name: Arc<str>,
}

enum Start<'scope> {
    /// From a relation of the stratum.
    Variable(RelationId),
    /// From what was computed outside, arranged for the first stage.
    Arranged(Shared<'scope>),
    /// All of it was computed outside.
    Done(Rows<'scope, ForkTime>),
}

struct PreparedStage<'scope> {
    kind: StageKind,
    right: RelationId,
    index: Index,
    /// The right side, if it is from outside.
    shared: Option<Shared<'scope>>,
    emitter: Emitter,
}

/// A recursive stratum from within.
struct Inside<'inner, 'a> {
    scope: Scope<'inner, LoopTime>,
    plan: &'a Plan,
    variables: HashMap<RelationId, Rows<'inner, LoopTime>>,
    indexes: HashMap<(RelationId, Index), Live<'inner, LoopTime>>,
}

impl<'inner> Inside<'inner, '_> {
    fn index(&mut self, relation: RelationId, index: &Index) -> Live<'inner, LoopTime> {
        let rows = &self.variables[&relation];
        let name = &self.plan.relation(relation).name;
        let make = || Operators::arrange(rows.clone(), &index.columns, index.key, &format!("index {name}"));
        self.indexes.entry((relation, index.clone())).or_insert_with(make).clone()
    }

    fn pipeline(&mut self, prepared: Prepared<'_>) -> Rows<'inner, LoopTime> {
        let name = prepared.name;
        let mut stages = prepared.stages.into_iter();
        // The loose rows (needed by a negation), or the left side of the first stage.
        let (mut rows, mut left) = match prepared.start {
            Start::Done(rows) => return rows.enter(self.scope),
            Start::Arranged(shared) => (None, Some(shared.enter(self.scope))),
            Start::Variable(relation) => match &prepared.plain {
                Some(index) => (None, Some(Side::Local(self.index(relation, index)))),
                None => (Some(emit_rows(self.variables[&relation].clone(), prepared.emitter.clone())), None),
            },
        };
        let mut width = prepared.emitter.width();
        for stage in &mut stages {
            let key = stage.index.key;
            let side = left.take().unwrap_or_else(|| {
                let rows = rows.clone().expect("rows are loose or arranged");
                Side::Local(Operators::arrange(rows, &(0..width).collect::<Vec<_>>(), key, &name))
            });
            let right = match stage.shared {
                Some(shared) => shared.enter(self.scope),
                None => Side::Local(self.index(stage.right, &stage.index)),
            };
            let (emitter, kind) = (&stage.emitter, stage.kind);
            let loose =
                (kind == StageKind::Negation).then(|| rows.take().unwrap_or_else(|| side.rows(&name, as_stored())));
            let matched = side.join(right, &name, combine(emitter, kind));
            width = emitter.width();
            rows = Some(match loose {
                Some(loose) => emit_rows(loose, emitter.clone()).concat(matched),
                None => matched,
            });
        }
        rows.expect("a pipeline that starts arranged has a stage")
    }
}

/// The index that the source's rows already are, if the pipeline starts by doing nothing but reordering all of its
/// columns for its first stage.
fn plain_index(pipeline: &Pipeline, arity: usize) -> Option<Index> {
    let key = pipeline.stages.first()?.right_key.len();
    let emit = &pipeline.emit;
    let columns: Option<Vec<usize>> =
        emit.output.iter().map(|s| if let Scalar::Slot(slot) = s { Some(*slot) } else { None }).collect();
    let columns = columns.filter(|c| c.len() == arity && emit.tests.is_empty())?;
    let distinct: BTreeSet<usize> = columns.iter().copied().collect();
    (distinct.len() == arity).then_some(Index { columns, key })
}

/// The index of a base relation that the plan's rules use most.
pub(crate) fn favourite_index(plan: &Plan, relation: RelationId) -> Index {
    let arity = plan.relation(relation).arity();
    let mut uses: Vec<(Index, usize)> = Vec::new();
    let mut count = |index: Index| match uses.iter_mut().find(|(known, _)| *known == index) {
        Some((_, n)) => *n += 1,
        None => uses.push((index, 1)),
    };
    for definition in plan.strata.iter().flat_map(|s| &s.definitions) {
        match &definition.body {
            Body::Union(pipelines, _) => {
                for pipeline in pipelines {
                    if pipeline.source == Some(relation) {
                        plain_index(pipeline, arity).map(&mut count);
                    }
                    let stages = pipeline.stages.iter().filter(|s| s.right == relation);
                    stages.for_each(|stage| count(Index::on(&stage.right_key, arity)));
                }
            }
            Body::Aggregate(fold) if fold.input == relation => {
                count(Index::on(&(0..fold.group).collect::<Vec<_>>(), arity));
            }
            Body::Aggregate(_) => {}
        }
    }
    let mut best = (Index::whole(arity), 0);
    for (index, n) in uses {
        if n > best.1 {
            best = (index, n);
        }
    }
    best.0
}

/// The combined row of a match, run through an emitter.
fn combine<T: Operators>(emitter: &Emitter, kind: StageKind) -> Pairing<T> {
    let emitter = emitter.clone();
    let (mut slots, mut row) = ([0; 2 * WIDEST], [0; WIDEST]);
    Box::new(move |key, left, right, time, diff, out| {
        let (k, l, r) = (key.len(), left.len(), right.len());
        slots[..k].copy_from_slice(key);
        slots[k..k + l].copy_from_slice(left);
        slots[k + l..k + l + r].copy_from_slice(right);
        let diff = if kind == StageKind::Negation { -diff } else { diff };
        if let Some(row) = emitter.run(&slots[..k + l + r], &mut row) {
            out.push(row, time, diff);
        }
    })
}

fn emit_rows<'scope, T: Operators>(rows: Rows<'scope, T>, emitter: Emitter) -> Rows<'scope, T> {
    let mut buffer = [0; WIDEST];
    let emit = move |row: &[u64], time, diff, out: &mut UpdatesBuilder<T>| {
        if let Some(row) = emitter.run(row, &mut buffer) {
            out.push(row, time, diff);
        }
    };
    T::flat_map(rows, "emit", Box::new(emit))
}

fn union<'scope, T: Operators>(scope: Scope<'scope, T>, parts: Vec<Rows<'scope, T>>) -> Rows<'scope, T> {
    match <[_; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => Collection::new(scope.concatenate(parts.into_iter().map(|p| p.inner))),
    }
}

/// Forms a row of a stored key and value by taking the words at `places`.
fn at_places<T: Operators>(places: &[usize]) -> Forming<T> {
    let places = places.to_vec();
    let mut row = [0; WIDEST];
    Box::new(move |key, value, time, diff, out| {
        for (word, place) in row.iter_mut().zip(&places) {
            *word = if *place < key.len() { key[*place] } else { value[*place - key.len()] };
        }
        out.push(&row[..places.len()], time, diff);
    })
}

/// Forms a row of a stored key and value as they stand.
fn as_stored<T: Operators>() -> Forming<T> {
    let mut row = [0; WIDEST];
    Box::new(move |key, value, time, diff, out| {
        row[..key.len()].copy_from_slice(key);
        row[key.len()..key.len() + value.len()].copy_from_slice(value);
        out.push(&row[..key.len() + value.len()], time, diff);
    })
}

/// The rows of a stored index from now on, its present ones first: for watching.
pub(crate) fn follow<'scope>(
    scope: Scope<'scope, ForkTime>,
    stored: &mut Stored,
    has_past: bool,
) -> Rows<'scope, ForkTime> {
    let places = stored.index.places();
    Shared::import(&mut stored.agent, scope, "watch", has_past).rows("watch", at_places(&places))
}
