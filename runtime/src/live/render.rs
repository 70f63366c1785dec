//! From plan to dataflow.
//!
//! A *layer* holds some relations of a plan. It is made of *parts*, dataflows of their own: one for each stratum, so that
//! a change need not wake the strata that it does not reach ([`dataflow::Gate`]), or, where several workers have to work
//! in step, a single one. Indexes are shared: within the part, and, through the [`Store`], with the parts built later. A recursive stratum is a nested scope whose relations are variables; whatever
//! part of its rules does not depend on them is computed outside, once.

use super::indexes::{Index, plain_index, wanted};
use super::reduction::{aggregate, distinct_or_best, is_total};
use super::rows::{as_stored, at_places, combine, each, emit_rows, union};
use crate::functor::Functors;
use crate::scalar::Emitter;
use crate::symbols::Symbols;
use compiler::plan::{Body, Definition, Pipeline, Plan, Reduction, RelationId, Stage, StageKind, Stratum};
use dataflow::{Agent, ForkTime, Gate, Live, LoopTime, Operators, Rows, Shared, Side, UpdatesBuilder, WIDEST, totals};
use differential_dataflow::Collection;
use differential_dataflow::operators::iterate::Variable;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use timely::dataflow::operators::Probe;
use timely::dataflow::operators::generic::source;
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

/// An index that outlives the building of its layer.
pub(crate) struct Stored {
    pub(crate) index: Index,
    pub(crate) agent: Agent<ForkTime>,
    pub(crate) layer: u32,
    /// The part that keeps it up to date.
    pub(crate) part: u64,
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

/// Where a part is built.
pub(crate) struct Place<'a> {
    pub(crate) spec: &'a LayerSpec,
    pub(crate) store: &'a mut Store,
    pub(crate) symbols: &'a Symbols,
    /// The number of the part.
    pub(crate) part: u64,
    /// What lets in what it reads of other parts; without it, it is always let in.
    pub(crate) gate: Option<&'a Gate>,
    /// The last epoch that has closed.
    pub(crate) closed: u32,
}

/// The strata of a layer, part by part.
pub(crate) fn parts(spec: &LayerSpec, by_stratum: bool) -> Vec<Vec<&Stratum>> {
    let built = |stratum: &&Stratum| stratum.definitions.iter().any(|d| spec.build.contains(&d.relation));
    let strata: Vec<&Stratum> = spec.plan.strata.iter().filter(built).collect();
    if by_stratum { strata.into_iter().map(|stratum| vec![stratum]).collect() } else { vec![strata] }
}

/// Builds a part; gives back its probe and the layers it reads from.
pub(crate) fn part(
    scope: Scope<'_, ForkTime>,
    strata: &[&Stratum],
    place: Place<'_>,
) -> (ProbeHandle<ForkTime>, BTreeSet<u32>) {
    let spec = place.spec;
    let mut root = Root {
        scope,
        functors: Functors::new(place.symbols.clone()),
        place,
        rows: HashMap::new(),
        indexes: HashMap::new(),
        reads: BTreeSet::new(),
        probe: ProbeHandle::new(),
    };
    for stratum in strata {
        if stratum.recursive {
            root.recursive(stratum);
        } else {
            stratum.definitions.iter().for_each(|definition| root.define(definition));
        }
    }
    for relation in strata.iter().flat_map(|stratum| &stratum.definitions).map(|definition| definition.relation) {
        for index in wanted(&spec.plan, relation, strata) {
            root.index(relation, index);
        }
        let node = spec.nodes[relation.0 as usize];
        if !root.place.store.get(&node).is_some_and(|indexes| indexes.iter().any(|i| i.layer == spec.id)) {
            root.index(relation, Index::whole(spec.plan.relation(relation).arity()));
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
    functors: Functors,
    place: Place<'a>,
    rows: HashMap<RelationId, Rows<'scope, ForkTime>>,
    indexes: HashMap<(RelationId, Index), Shared<'scope>>,
    reads: BTreeSet<u32>,
    probe: ProbeHandle<ForkTime>,
}

impl<'scope> Root<'scope, '_> {
    fn arity(&self, relation: RelationId) -> usize {
        self.place.spec.plan.relation(relation).arity()
    }

    fn name(&self, relation: RelationId) -> &str {
        &self.place.spec.plan.relation(relation).name
    }

    fn node(&self, relation: RelationId) -> Node {
        self.place.spec.nodes[relation.0 as usize]
    }

    fn emitter(&self, emit: &compiler::plan::Emit) -> Emitter {
        Emitter::new(emit, &self.functors, self.place.symbols)
    }

    /// The index of a relation, made if there is none.
    fn index(&mut self, relation: RelationId, index: Index) -> Shared<'scope> {
        if let Some(shared) = self.indexes.get(&(relation, index.clone())) {
            return shared.clone();
        }
        let node = self.node(relation);
        if self.place.store.get(&node).is_some_and(|all| all.iter().any(|stored| stored.index == index)) {
            return self.import(relation, &index);
        }
        let name = format!("index {} {:?}", self.name(relation), &index.columns[..index.key]);
        let arranged = Operators::arrange(self.rows(relation), &index.columns, index.key, &name);
        self.keep(relation, index, arranged.clone());
        Shared::Live(arranged)
    }

    /// Makes an index known to this layer and to later ones.
    fn keep(&mut self, relation: RelationId, index: Index, arranged: Live<'scope, ForkTime>) {
        let (agent, layer) = (arranged.trace.clone(), self.place.spec.id);
        let stored = Stored { index: index.clone(), agent, layer, part: self.place.part };
        self.place.store.entry(self.node(relation)).or_default().push(stored);
        arranged.stream.clone().probe_with(&self.probe);
        self.indexes.insert((relation, index), Shared::Live(arranged));
    }

    /// Brings an index of another part into this one.
    fn import(&mut self, relation: RelationId, index: &Index) -> Shared<'scope> {
        let (scope, node) = (self.scope, self.node(relation));
        let name = format!("import {}", self.name(relation));
        let stored = self.place.store.get_mut(&node).and_then(|all| all.iter_mut().find(|s| s.index == *index));
        let stored = stored.expect("the caller has seen the index in the store");
        let Place { spec, gate, closed, .. } = self.place;
        // What this layer holds begins with it.
        let past = (spec.has_past && stored.layer != spec.id).then_some(closed);
        if stored.layer != spec.id {
            self.reads.insert(stored.layer);
        }
        let shared = Shared::import(&mut stored.agent, scope, &name, past, gate);
        self.indexes.insert((relation, index.clone()), shared.clone());
        shared
    }

    /// The rows of a relation, in the order of its columns.
    fn rows(&mut self, relation: RelationId) -> Rows<'scope, ForkTime> {
        if let Some(rows) = self.rows.get(&relation) {
            return rows.clone();
        }
        let stored = self.place.store.get(&self.node(relation)).and_then(|all| all.first());
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
                    let primitives: Vec<_> = self.place.spec.plan.relation(relation).primitives().collect();
                    let (reduced, index) = distinct_or_best(rows, arity, reduction, &primitives, &self.functors, &name);
                    self.keep(relation, index, reduced);
                }
            }
            Body::Aggregate(fold) if is_total(fold) => {
                let reduced = totals(self.rows(fold.input), fold.group, fold.target, &name);
                self.keep(relation, Index::on(&(0..fold.group).collect::<Vec<_>>(), arity), reduced);
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
        let key = stage.right_key.len();
        let loose = |incoming| match incoming {
            Incoming::Rows(rows, _) => rows,
            Incoming::Index(shared) => shared.rows(name, as_stored()),
        };
        let rows = match stage.kind {
            StageKind::Join(right) => {
                let right = self.index(right, Index::on(&stage.right_key, self.arity(right)));
                Self::arranged(&incoming, key, name).join(right, name, combine(&emitter, 1))
            }
            StageKind::Negation(right) => {
                let right = self.index(right, Index::on(&stage.right_key, self.arity(right)));
                let matched = Self::arranged(&incoming, key, name).join(right, name, combine(&emitter, -1));
                emit_rows(loose(incoming), emitter).concat(matched)
            }
            StageKind::Range(primitive) => each(loose(incoming), primitive, key, emitter),
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
        let (plan, functors) = (&self.place.spec.plan, &self.functors);
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
        let first = pipeline.stages.iter().position(|s| s.relation().is_some_and(inside));
        let first = first.unwrap_or(pipeline.stages.len());
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
                key: stage.right_key.len(),
                right: stage.relation().map(|right| {
                    let index = Index::on(&stage.right_key, self.arity(right));
                    if inside(right) { Right::Variable(right, index) } else { Right::Outside(self.index(right, index)) }
                }),
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
    /// The length of the key.
    key: usize,
    /// The right side; none for a range.
    right: Option<Right<'scope>>,
    emitter: Emitter,
}

enum Right<'scope> {
    /// A relation of the stratum.
    Variable(RelationId, Index),
    /// An index of a relation from outside.
    Outside(Shared<'scope>),
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

    fn right(&mut self, right: Right<'_>) -> Side<'inner> {
        match right {
            Right::Variable(relation, index) => Side::Local(self.index(relation, &index)),
            Right::Outside(shared) => shared.enter(self.scope),
        }
    }

    fn pipeline(&mut self, prepared: Prepared<'_>) -> Rows<'inner, LoopTime> {
        let name = prepared.name;
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
        for stage in prepared.stages {
            let (emitter, key) = (stage.emitter, stage.key);
            // A join needs rows arranged, everything else needs them loose.
            let mut side = |rows: &Option<Rows<'inner, LoopTime>>| {
                left.take().unwrap_or_else(|| {
                    let rows = rows.clone().expect("rows are loose or arranged");
                    Side::Local(Operators::arrange(rows, &(0..width).collect::<Vec<_>>(), key, &name))
                })
            };
            let next = match (stage.kind, stage.right.map(|right| self.right(right))) {
                (StageKind::Join(_), Some(right)) => side(&rows).join(right, &name, combine(&emitter, 1)),
                (StageKind::Negation(_), Some(right)) => {
                    let side = side(&rows);
                    let loose = rows.take().unwrap_or_else(|| side.rows(&name, as_stored()));
                    emit_rows(loose, emitter.clone()).concat(side.join(right, &name, combine(&emitter, -1)))
                }
                (StageKind::Range(primitive), _) => {
                    let loose = rows.take().unwrap_or_else(|| side(&None).rows(&name, as_stored()));
                    each(loose, primitive, key, emitter.clone())
                }
                (StageKind::Join(_) | StageKind::Negation(_), None) => unreachable!("it has a right side"),
            };
            width = emitter.width();
            rows = Some(next);
        }
        rows.expect("a pipeline that starts arranged has a stage")
    }
}

/// The rows of a stored index from now on, its present ones first, as of the last closed epoch: for watching.
pub(crate) fn follow<'scope>(
    scope: Scope<'scope, ForkTime>,
    stored: &mut Stored,
    past: Option<u32>,
    gate: Option<&Gate>,
) -> Rows<'scope, ForkTime> {
    let places = stored.index.places();
    Shared::import(&mut stored.agent, scope, "watch", past, gate).rows("watch", at_places(&places))
}
