//! Streams: what of a plan has to keep events, and for how long.
//!
//! Events are too many to keep. Given the directive `.stream`, each relation of a plan is one of these:
//!
//! - *state*: it does not depend on events, or on what was folded of them alone. It stays.
//! - *events*: it is derived from events and leaves with them. Each of its rules looks at one event, joined with state; or
//!   at several events that agree on one column of the stream, its *key* (`session`). Then the events of a key can be
//!   evaluated together, once, when there are no more of them, and nothing else need be kept.
//! - a *fold*: an aggregate over events of many keys. What was folded stays: one value a group.
//!
//! The key is found by trying: none, then each column, until no rule is in its way. An event whose key is `""` has no key
//! and is looked at by itself; so a rule that relates events must leave it out, `s != ""`. What cannot be classified so
//! would need all events there ever were, and is refused with the rule that does it.
//!
//! ```text
//! leg(s, t, …) :- message(s, t, …), s != "".                 events by session
//! trees(n) :- n = count : { root(_, _) }.                    a fold of `root`, which is events by session
//! pair(a, b) :- message(s, a, _), message(t, b, _).          refused: nothing says that s is t
//! ```
//!
//! A fold adds up what each key, or each event without one, gives by itself. That is the value of the whole only if the
//! keys give different bindings: so what is counted or summed must hold the key, and where events have none, all of the
//! event. Folds of state would fold what was true when the events came: that is allowed, and warned of.

mod flow;
mod fold;

use crate::diagnostic::Diagnostic;
use crate::plan::{Body, Definition, Pipeline, Plan, Reduction, RelationId, Stage};
use crate::program::Program;
use crate::value::{Primitive, Type};
use flow::Flow;
use std::collections::BTreeSet;

/// What a plan's relations are where its streams are streams.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    /// By relation of the plan.
    pub kinds: Vec<Kind>,
    /// The streams of the plan and their keys.
    pub keys: Vec<(RelationId, Option<usize>)>,
    /// What cannot be evaluated in bounded memory (errors), and what will surprise (warnings).
    pub findings: Vec<Diagnostic>,
}

/// What a relation is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// It stays.
    #[default]
    State,
    /// It leaves with the events it is derived from.
    Events(Events),
    /// What was folded of events; it stays. The stream is a place in [`Streams::keys`].
    Fold {
        /// Of which stream.
        stream: usize,
        /// Whether the events were joined with state before.
        of_state: bool,
        /// The column of its groups that says when their events were, if one does.
        bucket: Option<Bucket>,
    },
}

/// A column of a fold's groups that is the time of their events in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The column.
    pub column: usize,
    /// How long a step is, in microseconds. The events of a bucket `b` are older than `(b + 1) * width`.
    pub width: i64,
}

/// A relation whose tuples are derived from events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// The stream, a place in [`Streams::keys`].
    pub stream: usize,
    /// The column that holds the key; none if it was left out, or there is no key.
    pub key: Option<usize>,
    /// Whether it may hold what comes of an event without a key.
    pub free: bool,
    /// Whether state was joined on the way.
    pub of_state: bool,
    /// Of each column: the columns of the event that it is the same as, as bits, in all that comes of events without a key.
    same: Vec<u64>,
    /// Of each column: whether it may be the time of an event, as it stands.
    time: Vec<bool>,
    /// Of each column: how many microseconds of an event's time are one step of it; 0 if it is no such thing.
    step: Vec<i64>,
    /// Columns of the event that are known without looking, as bits.
    fixed: u64,
    /// Whether some rule for it lets an event without a key pass; then `same` and `fixed` are known.
    seen_free: bool,
}

/// Classifies the relations of a plan. Without streams all is state.
pub fn streams(plan: &Plan) -> Streams {
    let mut all = Streams { kinds: vec![Kind::State; plan.relations.len()], ..Streams::default() };
    let needed = needed(plan);
    for (place, relation) in plan.relations.iter().enumerate().filter(|(_, r)| r.stream.is_some()) {
        let columns = relation.columns.iter().enumerate();
        let keys =
            columns.filter(|(c, column)| Some(*c) != time(plan, place) && may_be_key(&column.ty)).map(|(c, _)| c);
        let tries = std::iter::once(None).chain(keys.map(Some)).map(|key| {
            let mut one = Analysis::new(plan, &needed, RelationId(place as u32), key, all.keys.len());
            one.run();
            one
        });
        let mut best: Option<Analysis<'_>> = None;
        for one in tries {
            if best.as_ref().is_none_or(|best| (one.strays, one.errors()) < (best.strays, best.errors())) {
                best = Some(one);
            }
            if best.as_ref().is_some_and(|best| best.errors() == 0) {
                break;
            }
        }
        if let Some(best) = best {
            all.keys.push((best.base, best.key));
            all.merge(plan, best);
        }
    }
    all
}

/// What of a program cannot be evaluated in bounded memory, and what of it will surprise.
pub fn unbounded(program: &Program) -> Vec<Diagnostic> {
    match program.relations.iter().any(|relation| relation.stream.is_some()) {
        true => streams(&super::plan(program, &super::Statistics::new())).findings,
        false => Vec::new(),
    }
}

/// The column that holds the time of a stream's events.
fn time(plan: &Plan, relation: usize) -> Option<usize> {
    plan.relations[relation].stream.map(|stream| stream.time)
}

/// Whether events may be told apart by a column of this type.
fn may_be_key(ty: &Type) -> bool {
    ty.primitive != Primitive::Float
}

impl Streams {
    /// Adds what was found of one stream.
    fn merge(&mut self, plan: &Plan, one: Analysis<'_>) {
        for (place, kind) in one.kinds.into_iter().enumerate() {
            match (&self.kinds[place], kind) {
                (_, Kind::State) => {}
                (Kind::State, kind) => self.kinds[place] = kind,
                _ => {
                    let span = plan.definition(RelationId(place as u32)).and_then(span).unwrap_or_default();
                    let found = flow::two_streams(&plan.relations[place].name, span);
                    self.findings.push(found);
                }
            }
        }
        self.findings.extend(one.findings);
    }

    /// A kind in words, to be shown before a definition; empty for state.
    pub fn describe(&self, plan: &Plan, relation: RelationId) -> String {
        let stream = |place: usize| &*plan.relation(self.keys[place].0).name;
        match &self.kinds[relation.0 as usize] {
            Kind::State => String::new(),
            Kind::Fold { stream: of, .. } => format!("folded from {}, ", stream(*of)),
            Kind::Events(Events { stream: of, key: Some(key), .. }) => {
                format!("events of {} by {}, ", stream(*of), plan.relation(relation).columns[*key].name)
            }
            Kind::Events(Events { stream: of, .. }) => format!("events of {}, ", stream(*of)),
        }
    }
}

/// The relations that something but a query needs. A query is asked once, of what is there.
fn needed(plan: &Plan) -> BTreeSet<RelationId> {
    let ids = (0..plan.relations.len() as u32).map(RelationId);
    let mut open: Vec<RelationId> = ids.filter(|id| !plan.relation(*id).name.starts_with(['@', '?'])).collect();
    let mut needed = BTreeSet::new();
    while let Some(id) = open.pop() {
        if needed.insert(id)
            && let Some(definition) = plan.definition(id)
        {
            super::strata::reads(definition, &mut |read| open.push(RelationId(read as u32)));
        }
    }
    needed
}

fn span(definition: &Definition) -> Option<crate::span::Span> {
    match &definition.body {
        Body::Union(pipelines, _) => pipelines.first().map(|pipeline| pipeline.span),
        Body::Aggregate(_) => None,
    }
}

/// One stream under one key.
struct Analysis<'a> {
    plan: &'a Plan,
    needed: &'a BTreeSet<RelationId>,
    base: RelationId,
    key: Option<usize>,
    /// Its place among the streams.
    stream: usize,
    kinds: Vec<Kind>,
    findings: Vec<Diagnostic>,
    /// How many of them are rules that relate events without the key: a good key has few.
    strays: usize,
}

impl<'a> Analysis<'a> {
    fn new(
        plan: &'a Plan,
        needed: &'a BTreeSet<RelationId>,
        base: RelationId,
        key: Option<usize>,
        stream: usize,
    ) -> Self {
        let relation = plan.relation(base);
        let time = relation.stream.map(|stream| stream.time);
        let symbolic = |key: usize| relation.columns[key].ty.primitive == Primitive::Symbol;
        let free = key.is_none_or(symbolic);
        let events = Events {
            stream,
            key,
            free,
            of_state: false,
            same: (0..relation.arity()).map(|column| 1u64.checked_shl(column as u32).unwrap_or(0)).collect(),
            time: (0..relation.arity()).map(|column| Some(column) == time).collect(),
            step: (0..relation.arity()).map(|column| i64::from(Some(column) == time)).collect(),
            fixed: 0,
            seen_free: free,
        };
        let mut kinds = vec![Kind::State; plan.relations.len()];
        kinds[base.0 as usize] = Kind::Events(events);
        Analysis { plan, needed, base, key, stream, kinds, findings: Vec::new(), strays: 0 }
    }

    fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_error()).count()
    }

    fn kind(&self, id: RelationId) -> &Kind {
        &self.kinds[id.0 as usize]
    }

    fn events(&self, id: RelationId) -> Option<&Events> {
        match self.kind(id) {
            Kind::Events(events) => Some(events),
            _ => None,
        }
    }

    fn name(&self, id: RelationId) -> &'a str {
        &self.plan.relation(id).name
    }

    fn run(&mut self) {
        for stratum in &self.plan.strata {
            let own: BTreeSet<RelationId> = stratum.definitions.iter().map(|d| d.relation).collect();
            let mut known: BTreeSet<RelationId> = BTreeSet::new();
            let wanted = stratum.definitions.iter().filter(|d| self.needed.contains(&d.relation));
            let wanted: Vec<&Definition> = wanted.collect();
            loop {
                let mut changed = false;
                for definition in &wanted {
                    let id = definition.relation;
                    let ready = |read: RelationId| !own.contains(&read) || known.contains(&read);
                    let Some(kind) = self.define(definition, &ready) else { continue };
                    changed |= known.insert(id) || self.kinds[id.0 as usize] != kind;
                    self.kinds[id.0 as usize] = kind;
                }
                if !changed {
                    break;
                }
            }
            wanted.iter().for_each(|definition| self.check(definition));
        }
    }

    /// What a relation is as far as its rules can be read; none if none can.
    fn define(&self, definition: &Definition, ready: &dyn Fn(RelationId) -> bool) -> Option<Kind> {
        match &definition.body {
            Body::Aggregate(aggregate) => Some(self.aggregate(aggregate)),
            Body::Union(pipelines, _) => {
                let mut found: Option<Kind> = None;
                let mut state = false;
                for pipeline in pipelines.iter().filter(|pipeline| reads(pipeline).all(ready)) {
                    match self.flow(pipeline).end() {
                        Kind::Events(events) => {
                            found = Some(Kind::Events(match found.take() {
                                Some(Kind::Events(other)) => join(other, events),
                                _ => events,
                            }));
                        }
                        _ => state = true,
                    }
                }
                match found {
                    // Tuples that are state among events have no key.
                    Some(Kind::Events(events)) if state => {
                        Some(Kind::Events(Events { key: None, of_state: true, ..events }))
                    }
                    Some(kind) => Some(kind),
                    None => state.then_some(Kind::State),
                }
            }
        }
    }

    fn flow(&self, pipeline: &'a Pipeline) -> Flow<'a, '_> {
        Flow::of(self, pipeline)
    }

    /// Reports what is wrong with a relation, now that all of its stratum is classified.
    fn check(&mut self, definition: &Definition) {
        match &definition.body {
            Body::Aggregate(aggregate) => self.check_aggregate(definition.relation, aggregate),
            Body::Union(pipelines, reduction) => {
                let wrong: Vec<_> = pipelines.iter().filter_map(|pipeline| Flow::of(self, pipeline).wrong()).collect();
                let broken = !wrong.is_empty();
                for (strays, found) in wrong {
                    self.strays += usize::from(strays);
                    self.findings.push(found);
                }
                if let (Some(events), false) = (self.events(definition.relation), broken) {
                    let span = pipelines.first().map(|pipeline| pipeline.span).unwrap_or_default();
                    let found = self.check_reduction(definition.relation, events, reduction, span);
                    let compares = matches!(reduction, Reduction::Best { .. }) && !events.free;
                    self.strays += usize::from(compares && found.is_some());
                    self.findings.extend(found);
                }
            }
        }
    }

    fn check_reduction(
        &self,
        id: RelationId,
        events: &Events,
        reduction: &Reduction,
        span: crate::span::Span,
    ) -> Option<Diagnostic> {
        let name = self.name(id);
        if self.plan.relation(id).limit.is_some() {
            return Some(flow::not_in_streams(name, "has a size limit", span));
        }
        let recursive = self.plan.strata.iter().any(|s| s.recursive && s.definitions.iter().any(|d| d.relation == id));
        match reduction {
            Reduction::None | Reduction::Distinct => None,
            Reduction::Best { .. } if recursive => {
                Some(flow::not_in_streams(name, "has a subsumption within a recursion", span))
            }
            Reduction::Best { key, .. } if !events.key.is_some_and(|column| key.contains(&column)) => {
                Some(flow::best_of_all(self, name, span))
            }
            Reduction::Best { .. } if events.free => Some(flow::without_key(self, name, span)),
            Reduction::Best { .. } => None,
            Reduction::Choice { .. } => Some(flow::not_in_streams(name, "has a choice domain", span)),
            Reduction::Undominated { .. } => {
                Some(flow::not_in_streams(name, "has a subsumption that is no order per key", span))
            }
            Reduction::Numbered { .. } => Some(flow::not_in_streams(name, "numbers its rows", span)),
        }
    }
}

/// What is true of both.
fn join(a: Events, b: Events) -> Events {
    let both = |(a, b): (&u64, &u64)| a & b;
    let (same, fixed) = match (a.seen_free, b.seen_free) {
        (true, true) => (a.same.iter().zip(&b.same).map(both).collect(), 0),
        (true, false) => (a.same, a.fixed),
        (false, _) => (b.same, b.fixed),
    };
    Events {
        stream: a.stream,
        key: a.key.filter(|key| b.key == Some(*key)),
        free: a.free || b.free,
        of_state: a.of_state || b.of_state,
        same,
        time: a.time.iter().zip(&b.time).map(|(a, b)| *a || *b).collect(),
        step: a.step.iter().zip(&b.step).map(|(a, b)| if a == b { *a } else { 0 }).collect(),
        fixed,
        seen_free: a.seen_free || b.seen_free,
    }
}

/// The relations that a pipeline reads.
fn reads(pipeline: &Pipeline) -> impl Iterator<Item = RelationId> {
    pipeline.source.into_iter().chain(pipeline.stages.iter().filter_map(Stage::relation))
}
