//! Strata: rules in the order in which they can be evaluated, recursive ones round after round.
//!
//! A round evaluates each recursive rule once for each of its recursive atoms, from the rows that the last round found in
//! that atom's relation (*semi-naive* evaluation, Bancilhon 1986). Of a rule with two recursive atoms, the version that
//! starts from the first is evaluated before the indexes take in those rows, the other one after: so a pair of new rows
//! is joined once. A round without rows costs no more than a look at each version, for there are recursions of many
//! thousand small rounds.

use super::best::{Best, Compared};
use super::code::Codes;
use super::describe::describe;
use super::factor::{Factors, Way, factor};
use super::monotone::{Bests, is_monotone};
use super::order::{Known, Lookup, Step, order};
use super::profile::{Counts, Profile};
use super::relation::{Head, Keep, Relation, Sink};
use super::rule::Rule;
use super::run::{Run, variables};
use super::scalars::Scalars;
use super::set::Set;
use super::share::Task;
use crate::fold::folded;
use crate::interrupt::Interrupt;
use crate::symbols::Symbols;
use compiler::plan::{Aggregate, Body, Definition, Pipeline, Plan, Reduction, RelationId, StageKind, Stratum};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

/// A run is shared between threads if it is expected to take more nanoseconds than this.
const PAYS: f64 = 400_000.0;

/// What a row is expected to take before one has been seen, in nanoseconds.
const FIRST_GUESS: f64 = 50.0;

/// What is evaluated.
pub(super) struct Solver<'a> {
    pub(super) plan: &'a Plan,
    pub(super) relations: &'a mut Vec<Relation>,
    pub(super) scalars: Scalars,
    pub(super) symbols: &'a Symbols,
    pub(super) codes: &'a Codes,
    pub(super) workers: usize,
    /// Of relations that are numbered, the number that comes next.
    pub(super) numbers: HashMap<RelationId, i64>,
    pub(super) profile: RefCell<Profile>,
    /// Raised if nobody wants the answers any more.
    pub(super) interrupt: &'a Interrupt,
}

/// A rule in one order.
pub(super) struct Version {
    head: usize,
    way: Way,
    /// The way that is taken by several threads, if that is another.
    shared: Option<Way>,
    variables: usize,
    /// The relation that the first step scans.
    scanned: Option<usize>,
    /// What a row of it is expected to take, in nanoseconds.
    cost: Cell<f64>,
    /// Its rule's place in the profile.
    place: usize,
}

/// The versions of a recursive stratum.
#[derive(Default)]
struct Versions {
    /// Of rules that are not recursive.
    once: Vec<Version>,
    /// Each round, while the indexes lack the rows of the last.
    early: Vec<Version>,
    /// Each round, when they have them.
    late: Vec<Version>,
}

impl Solver<'_> {
    /// Evaluates everything.
    pub(super) fn solve(&mut self) {
        for stratum in &self.plan.strata {
            if self.interrupt.is_raised() {
                return;
            }
            let chooses = unions(stratum).any(|(_, _, reduction)| matches!(reduction, Reduction::Choice { .. }));
            let mut reductions = unions(stratum).map(|(_, _, reduction)| reduction);
            let doubts = unions(stratum).any(|(_, _, reduction)| matches!(reduction, Reduction::Undominated { .. }));
            let stepped = chooses || doubts;
            let replaces = reductions.any(|r| match r {
                Reduction::Undominated { .. } => !self.dominations_grow(stratum),
                Reduction::Best { .. } => stepped || stratum.recursive && !self.is_monotone(stratum),
                _ => false,
            });
            if replaces {
                self.rebuild(stratum);
            } else if stepped || stratum.recursive {
                self.recursive(stratum);
            } else {
                stratum.definitions.iter().for_each(|definition| self.define(definition));
            }
        }
    }

    /// A relation that does not depend on itself.
    fn define(&mut self, definition: &Definition) {
        let head = definition.relation.0 as usize;
        match &definition.body {
            Body::Aggregate(aggregate) => self.aggregate(head, aggregate),
            Body::Union(pipelines, reduction) => {
                if let Reduction::Numbered { counters, after } = reduction {
                    return self.number(definition.relation, pipelines, *counters, *after);
                }
                if *reduction == Reduction::None {
                    pipelines.iter().flat_map(reads).for_each(|read| self.relations[read].distinct());
                }
                let keep = self.keep(definition.relation, reduction, false);
                self.relations[head].reset(keep);
                for pipeline in pipelines {
                    let version = self.version(head, &self.rule(pipeline, &|_| false), None, &|_| false);
                    self.prepare(&version, &|_| false);
                    self.run(&version);
                }
                self.relations[head].complete();
            }
        }
    }

    pub(super) fn rule(&self, pipeline: &Pipeline, whole: &dyn Fn(usize) -> bool) -> Rule {
        Rule::new(pipeline, self.plan, whole, self.symbols, self.codes)
    }

    /// How the rows of a relation are kept.
    pub(super) fn keep(&self, relation: RelationId, reduction: &Reduction, recursive: bool) -> Keep {
        let arity = self.plan.relation(relation).arity();
        match reduction {
            Reduction::None if !recursive => Keep::All,
            // Of what may be taken or counted, each row once.
            Reduction::None
            | Reduction::Distinct
            | Reduction::Choice { .. }
            | Reduction::Undominated { .. }
            | Reduction::Numbered { .. } => Keep::New(Set::new(arity)),
            Reduction::Best { key, order } => {
                let primitives: Vec<_> = self.plan.relation(relation).primitives().collect();
                let compared = |(column, direction): &(usize, _)| Compared {
                    column: *column,
                    direction: *direction,
                    primitive: primitives[*column],
                };
                Keep::Best(Best::new(arity, key.clone(), order.iter().map(compared).collect()))
            }
        }
    }

    /// A rule in the order that suits it.
    pub(super) fn version(
        &mut self,
        head: usize,
        rule: &Rule,
        first: Option<usize>,
        own: &dyn Fn(usize) -> bool,
    ) -> Version {
        for atom in rule.atoms.iter().filter(|atom| !own(atom.relation)) {
            self.relations[atom.relation].fill();
        }
        let sizes: Vec<f64> = self.relations.iter().map(|r| r.table.len() as f64).collect();
        let largest = rule.atoms.iter().map(|a| sizes[a.relation]).fold(1000.0, f64::max);
        // What grows is taken to grow beyond what is there.
        let rows = |relation: usize| if own(relation) { 10.0 * largest } else { sizes[relation] };
        let best: Vec<bool> = self.relations.iter().map(|r| matches!(r.head.keep, Keep::Best(_))).collect();
        let stale = |relation: usize| own(relation) && best[relation];
        let known = Known { rows: &rows, grows: own, stale: &stale };
        // Rows that are kept as sets are given key by key.
        let is_set = |relation: usize| own(relation) && !best[relation];
        let may_split = first.filter(|first| is_set(rule.atoms[*first].relation) && !best[head]);
        let (way, shared) = match may_split.and_then(|first| factor(rule, first, self.relations, known)) {
            Some(Factors { way, alone: false }) => (way, None),
            factors => {
                let way = Way { steps: order(rule, first, self.relations, known), gather: None };
                (way, factors.map(|factors| factors.way).filter(|_| self.workers > 1))
            }
        };
        let mut scanned = None;
        for step in way.steps.iter().chain(shared.iter().flat_map(Way::all)) {
            match step {
                Step::Scan { relation, given: true, .. } => scanned = Some(*relation),
                Step::Groups { relation, .. } => {
                    self.relations[*relation].by_key = true;
                    scanned = Some(*relation);
                }
                _ => {}
            }
        }
        let variables = variables(way.all().chain(shared.iter().flat_map(Way::all)));
        let relation = (head < self.plan.relations.len()).then_some(RelationId(head as u32));
        let plan = describe(&way, self.plan, self.relations);
        let place = self.profile.get_mut().place(&rule.text, relation, &plan);
        Version { head, variables, way, shared, scanned, cost: Cell::new(FIRST_GUESS), place }
    }

    /// Makes ready what a version reads of complete relations.
    pub(super) fn prepare(&mut self, version: &Version, own: &dyn Fn(usize) -> bool) {
        for step in version.way.all().chain(version.shared.iter().flat_map(Way::all)) {
            match step {
                Step::Probe { relation, index, .. }
                | Step::Spread { relation, index, .. }
                | Step::Present { relation, index, .. }
                    if !own(*relation) =>
                {
                    let Relation { indexes, table, .. } = &mut self.relations[*relation];
                    indexes[*index].complete(table);
                }
                Step::Meet { lists, .. } => {
                    for Lookup { relation, index, .. } in lists.iter().filter(|list| !own(list.relation)) {
                        let Relation { indexes, table, .. } = &mut self.relations[*relation];
                        indexes[*index].complete(table);
                    }
                }
                Step::Check { relation, .. } if !own(*relation) => self.relations[*relation].remember(),
                _ => {}
            }
        }
    }

    /// Runs a version from all rows of the relation that it scans.
    fn run(&mut self, version: &Version) {
        let empty = Head::new(0, Keep::All);
        let mut head = std::mem::replace(&mut self.relations[version.head].head, empty);
        if self.workers > 1 {
            self.run_timed(version, &mut head);
        } else {
            self.run_into(version, version.head, &mut head);
        }
        self.relations[version.head].head = head;
    }

    /// Shares a run if that is expected to pay.
    fn run_timed(&self, version: &Version, head: &mut Head) {
        let (rows, arity) = (self.rows(version), self.relations[version.head].table.arity());
        let pays = rows.len() as f64 * version.cost.get() > PAYS && arity > 0;
        let (start, workers) = (Instant::now(), if pays { self.workers } else { 1 });
        match (&mut head.keep, version.scanned) {
            (Keep::New(known), Some(scanned)) if pays => {
                let before = head.fresh.len();
                let counts = Task {
                    relations: self.relations,
                    symbols: self.symbols,
                    codes: self.codes,
                    way: version.shared.as_ref().unwrap_or(&version.way),
                    variables: version.variables,
                    target: version.head,
                    scanned,
                    rows: rows.clone(),
                    interrupt: self.interrupt,
                }
                .run(workers, known, &mut head.fresh);
                self.note(version, counts, head.fresh.len() - before, start);
            }
            _ => self.run_into(version, version.head, head),
        }
        let took = start.elapsed().as_nanos() as f64 * workers as f64;
        version.cost.set(took / rows.len().max(1) as f64);
    }

    /// The rows that a version starts from.
    fn rows(&self, version: &Version) -> Range<usize> {
        0..version.scanned.map_or(0, |relation| self.relations[relation].table.len())
    }

    pub(super) fn run_into(&self, version: &Version, target: usize, sink: &mut Head) {
        let (start, before) = (Instant::now(), sink.fresh.len());
        let mut run = Run {
            relations: self.relations,
            scalars: &self.scalars,
            steps: &version.way.steps,
            target,
            sink,
            given: self.rows(version),
            gather: version.way.gather.as_deref(),
            group: &[],
            gathered: None,
            values: vec![0; version.variables],
            counts: Counts::default(),
            interrupt: self.interrupt,
            glance: 0,
        };
        run.step(0);
        let counts = run.counts;
        self.note(version, counts, sink.fresh.len().saturating_sub(before), start);
    }

    /// Counts a run that has ended.
    fn note(&self, version: &Version, counts: Counts, found: usize, start: Instant) {
        self.profile.borrow_mut().add(version.place, self.rows(version).len(), counts, found, start.elapsed());
    }

    /// Relations that depend on themselves, round after round.
    fn recursive(&mut self, stratum: &Stratum) {
        let heads: Vec<usize> = stratum.definitions.iter().map(|d| d.relation.0 as usize).collect();
        let relations = self.relations.len();
        let mut pools = self.pools(stratum);
        let mut doubts = self.doubts(stratum);
        let chosen = pools.iter().map(|pool| (pool.relation, pool.candidates));
        let doubted = doubts.iter().map(|doubt| (doubt.relation, doubt.candidates));
        let candidates: HashMap<usize, usize> = chosen.chain(doubted).collect();
        let pairs: HashMap<usize, usize> = doubts.iter().map(|doubt| (doubt.relation, doubt.pairs)).collect();
        let versions = self.versions(stratum, &heads, &candidates, &pairs);
        let mut closures = self.closures(stratum);
        versions.once.iter().for_each(|version| self.run(version));
        closures.iter_mut().filter(|closure| !heads.contains(&closure.of)).for_each(|closure| self.close(closure));
        loop {
            let mut found = false;
            heads.iter().for_each(|head| found |= self.relations[*head].close_round());
            if !found && self.step(&mut pools) | self.settle(&mut doubts) {
                continue;
            }
            if !found || self.is_full(stratum) || self.interrupt.is_raised() {
                break;
            }
            closures.iter_mut().for_each(|closure| self.close(closure));
            versions.early.iter().for_each(|version| self.run_delta(version));
            for head in &heads {
                let Relation { indexes, table, .. } = &mut self.relations[*head];
                indexes.iter_mut().for_each(|index| index.extend(table, table.len()));
            }
            versions.late.iter().for_each(|version| self.run_delta(version));
        }
        heads.iter().for_each(|head| self.relations[*head].finish());
        self.relations.truncate(relations);
    }

    fn run_delta(&mut self, version: &Version) {
        if !self.rows(version).is_empty() {
            self.run(version);
        }
    }

    /// The versions of all rules. What rules derive for a relation with `candidates` goes there, and which of its rows
    /// dominate which goes to its `pairs`.
    fn versions(
        &mut self,
        stratum: &Stratum,
        heads: &[usize],
        candidates: &HashMap<usize, usize>,
        pairs: &HashMap<usize, usize>,
    ) -> Versions {
        let own = |relation: usize| heads.contains(&relation);
        let best: Vec<usize> = unions(stratum)
            .filter(|(_, _, reduction)| matches!(reduction, Reduction::Best { .. }))
            .map(|(id, ..)| id.0 as usize)
            .collect();
        for (id, _, reduction) in unions(stratum) {
            let keep = self.keep(id, reduction, true);
            self.relations[id.0 as usize].reset(keep);
        }
        let mut versions = Versions::default();
        for (id, pipelines, reduction) in unions(stratum) {
            // Closed by union-find instead of its rules.
            let head = candidates.get(&(id.0 as usize)).copied().unwrap_or(id.0 as usize);
            let closed = self.plan.relation(id).closes.is_some();
            let all = pipelines.iter().filter(|_| !closed).map(|pipeline| (head, pipeline));
            let dominations = match (reduction, pairs.get(&(id.0 as usize))) {
                (Reduction::Undominated { pairs }, Some(head)) => pairs.iter().map(|pair| (*head, pair)).collect(),
                _ => Vec::new(),
            };
            for (head, pipeline) in all.chain(dominations) {
                let rule = self.rule(pipeline, &|relation| best.contains(&relation));
                let recursive: Vec<usize> =
                    (0..rule.atoms.len()).filter(|atom| own(rule.atoms[*atom].relation)).collect();
                if recursive.is_empty() {
                    versions.once.push(self.version(head, &rule, None, &own));
                }
                for (n, atom) in recursive.iter().enumerate() {
                    let version = self.version(head, &rule, Some(*atom), &own);
                    if n == 0 { versions.early.push(version) } else { versions.late.push(version) }
                }
            }
        }
        let all = versions.once.iter().chain(&versions.early).chain(&versions.late);
        all.for_each(|version| self.prepare(version, &own));
        versions
    }

    /// Whether a relation of a recursive stratum has as many rows as its limit allows.
    pub(super) fn is_full(&self, stratum: &Stratum) -> bool {
        stratum.definitions.iter().any(|definition| {
            let limit = self.plan.relation(definition.relation).limit;
            limit.is_some_and(|limit| self.relations[definition.relation.0 as usize].total() as u64 >= limit)
        })
    }

    /// Whether a recursive stratum may be solved by improving its best rows.
    fn is_monotone(&self, stratum: &Stratum) -> bool {
        let limited = stratum.definitions.iter().any(|d| self.plan.relation(d.relation).limit.is_some());
        let bests: Vec<(usize, Bests)> = unions(stratum)
            .filter_map(|(id, _, reduction)| match reduction {
                Reduction::Best { key, order } => {
                    Some((id.0 as usize, Bests { key: key.clone(), order: order.clone() }))
                }
                _ => None,
            })
            .collect();
        let of = |relation: usize| bests.iter().find(|(id, _)| *id == relation).map(|(_, bests)| bests);
        // A limit counts all rows, not those of the last round.
        bests.is_empty()
            || !limited
                && unions(stratum).all(|(id, pipelines, _)| {
                    pipelines.iter().all(|pipeline| {
                        let rule = self.rule(pipeline, &|_| false);
                        is_monotone(&rule, of(id.0 as usize), &|relation| of(relation).cloned())
                    })
                })
    }

    /// One row a group: its columns, and the fold.
    fn aggregate(&mut self, head: usize, aggregate: &Aggregate) {
        let input = aggregate.input.0 as usize;
        self.relations[input].distinct();
        let key: Vec<usize> = (0..aggregate.group).collect();
        let mut result = Relation::new(aggregate.group + 1);
        let groups = self.relations[input].groups(&key, aggregate.target);
        for (mut row, codes) in groups {
            let words = codes.iter().map(|code| self.codes.decode(*code));
            if let Some(word) = folded(aggregate.op, words, &self.scalars.functors) {
                row.push(self.codes.encode(word));
                result.head.emit(&row, &self.scalars);
            }
        }
        result.complete();
        self.relations[head] = result;
    }
}

/// The relations of a stratum that are unions, which all recursive ones are.
pub(super) fn unions(stratum: &Stratum) -> impl Iterator<Item = (RelationId, &[Pipeline], &Reduction)> {
    stratum.definitions.iter().filter_map(|definition| match &definition.body {
        Body::Union(pipelines, reduction) => Some((definition.relation, &pipelines[..], reduction)),
        Body::Aggregate(_) => None,
    })
}

/// Whether a relation waits for the others of its stratum.
pub(super) fn is_stepped((_, _, reduction): (RelationId, &[Pipeline], &Reduction)) -> bool {
    matches!(reduction, Reduction::Choice { .. } | Reduction::Undominated { .. })
}

/// The relations that a pipeline scans and joins.
pub(super) fn reads(pipeline: &Pipeline) -> impl Iterator<Item = usize> {
    let joined = pipeline.stages.iter().filter_map(|stage| match stage.kind {
        StageKind::Join(right) => Some(right),
        StageKind::Negation(_) | StageKind::Range(_) => None,
    });
    pipeline.source.into_iter().chain(joined).map(|id| id.0 as usize)
}
