//! Following another plan: which relations stay, which are built, which are dropped.
//!
//! Derived relations are known by their fingerprints, base relations by name and types. What a plan newly needs becomes
//! one layer, a dataflow that reads from the layers before it; a layer goes when no relation of it is wanted any more and
//! no other layer reads it. A relation that is no longer wanted stays at work for as long as its layer does. Cost: that of
//! evaluating what is new.

use crate::afresh::sources;
use crate::cost::Cost;
use crate::engine::{Base, BaseId, Engine, Fork, Layer, Origin};
use crate::error::Error;
use crate::facts::Facts;
use crate::live::render::{LayerSpec, Node};
use crate::live::worker::{Command, INPUTS};
use crate::rows::{Changes, Rows};
use compiler::plan::{Body, Plan, RelationId, Stage};
use compiler::planner::not_live_plan;
use dataflow::{Updates, WIDEST};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

/// The source of the facts that stand in the text of a plan; 0 is an unknown source.
pub(crate) const TEXT: u32 = 1;

/// A watched relation's node, and its rows in every fork.
pub(crate) type WatchedRows = (Node, Vec<(Fork, Rows)>);

impl Engine {
    /// The nodes behind a plan's relations. Base relations that are new to the engine get their inputs.
    pub(crate) fn nodes_of(&mut self, plan: &Arc<Plan>) -> Result<Vec<Node>, Error> {
        let derived: BTreeSet<RelationId> =
            plan.strata.iter().flat_map(|s| &s.definitions).map(|d| d.relation).collect();
        let (mut nodes, mut new) = (Vec::new(), Vec::new());
        for (place, relation) in plan.relations.iter().enumerate() {
            let id = RelationId(place as u32);
            if derived.contains(&id) {
                nodes.push(Node::Derived(relation.fingerprint));
                continue;
            }
            let layout: Vec<String> = relation.columns.iter().map(|c| c.ty.layout()).collect();
            // Known by the name under which facts are given: they stay when rules for the relation come or go.
            let given = |r: &&compiler::plan::Relation| r.base == Some(id) && !r.name.starts_with('@');
            let name = plan.relations.iter().find(given).unwrap_or(relation).name.clone();
            let known = self.bases.iter().position(|b| b.name == name && b.layout == layout);
            let base = known.unwrap_or_else(|| {
                let facts = Facts::new(layout.len());
                let pending = Updates::new(layout.len());
                self.bases.push(Base { name, layout, facts, pending });
                new.push((id, self.bases.len() as u32 - 1));
                self.bases.len() - 1
            });
            nodes.push(Node::Base(base as u32));
        }
        if !new.is_empty() {
            let spec = Arc::new(LayerSpec {
                id: INPUTS,
                plan: plan.clone(),
                nodes: nodes.clone(),
                build: BTreeSet::new(),
                has_past: self.epoch > 0,
            });
            self.tell(|_| Command::Inputs(spec.clone(), new.clone()))?;
        }
        Ok(nodes)
    }

    pub(crate) fn derived_now(&self) -> BTreeSet<Node> {
        self.layers.values().flat_map(|layer| &layer.nodes).copied().collect()
    }

    /// The derived relations of the present plan that no layer holds.
    pub(crate) fn missing(&self) -> BTreeSet<RelationId> {
        let held = self.derived_now();
        let defined = self.plan.strata.iter().flat_map(|s| &s.definitions).map(|d| d.relation);
        defined.filter(|r| !held.contains(&self.nodes[r.0 as usize])).collect()
    }

    /// Of those, what the plan's queries need.
    pub(crate) fn wanted(&self, plan: &Plan) -> BTreeSet<RelationId> {
        let missing = self.missing();
        let mut wanted = BTreeSet::new();
        let mut open = plan.queries.clone();
        while let Some(relation) = open.pop() {
            if missing.contains(&relation) && wanted.insert(relation) {
                let definition = plan.definition(relation);
                open.extend(definition.into_iter().flat_map(|d| reads(&d.body)));
                // A stratum is built as a whole.
                let stratum = plan.strata.iter().find(|s| s.definitions.iter().any(|d| d.relation == relation));
                open.extend(stratum.into_iter().flat_map(|s| s.definitions.iter().map(|d| d.relation)));
            }
        }
        wanted
    }

    pub(crate) fn build(
        &mut self,
        plan: Arc<Plan>,
        nodes: Vec<Node>,
        build: BTreeSet<RelationId>,
    ) -> Result<u32, Error> {
        let id = self.next_layer;
        self.next_layer += 1;
        let held: BTreeSet<Node> = build.iter().map(|r| nodes[r.0 as usize]).collect();
        let spec = Arc::new(LayerSpec { id, plan, nodes, build, has_past: self.epoch > 0 });
        let start = Instant::now();
        // What streams follow has changed by now.
        let answers = match self.streaming {
            None => self.tell_or_halt(|_| Command::Build(spec.clone()))?,
            Some(_) => self.tell(|_| Command::Build(spec.clone()))?,
        };
        if answers.iter().any(|answer| answer.halted) {
            self.tell(|_| Command::Drop(vec![id]))?;
            return Err(Error::Interrupted);
        }
        let reads = answers.iter().flat_map(|answer| answer.reads.iter().copied()).collect();
        let sources = sources(&spec);
        self.layers.insert(id, Layer { nodes: held, reads, spec, sources, cost: Cost::default(), given: None });
        self.built(id, &answers, start.elapsed().as_secs_f64());
        Ok(id)
    }

    /// Drops the layers none of whose relations are in the plan, unless another layer reads them.
    pub(crate) fn drop_stale_layers(&mut self) -> Result<(), Error> {
        let wanted: BTreeSet<Node> = self.nodes.iter().copied().collect();
        let mut keep: BTreeSet<u32> = BTreeSet::new();
        for (id, layer) in self.layers.iter().rev() {
            if keep.contains(id) || !layer.nodes.is_disjoint(&wanted) {
                keep.insert(*id);
                keep.extend(&layer.reads);
            }
        }
        let stale: Vec<u32> = self.layers.keys().filter(|id| !keep.contains(id)).copied().collect();
        self.drop_layers(&stale)
    }

    pub(crate) fn drop_layers(&mut self, layers: &[u32]) -> Result<(), Error> {
        if !layers.is_empty() {
            self.layers.retain(|id, _| !layers.contains(id));
            self.tell(|_| Command::Drop(layers.to_vec()))?;
        }
        Ok(())
    }

    /// The rows of watched relations in every fork, with the node that they are of.
    pub(crate) fn watched_rows(&mut self) -> Result<Vec<WatchedRows>, Error> {
        let relations: Vec<Arc<str>> = self.watches.iter().map(|watch| watch.relation.clone()).collect();
        relations
            .iter()
            .map(|relation| {
                let node = self.nodes[self.find(relation)?.0 as usize];
                Ok((node, self.in_all_forks(relation)?))
            })
            .collect()
    }

    pub(crate) fn in_all_forks(&mut self, relation: &str) -> Result<Vec<(Fork, Rows)>, Error> {
        let arity = self.plan.relation(self.find(relation)?).arity();
        let forks: Vec<Fork> = std::iter::once(Fork::BASE).chain(self.forks.all()).collect();
        forks.into_iter().map(|fork| Ok((fork, self.read(fork, relation, vec![None; arity])?))).collect()
    }

    /// Lets the watches follow a new plan: relations that mean something else now are followed anew, and the difference
    /// is reported; relations that are gone are no longer watched.
    pub(crate) fn rewatch(&mut self, before: Vec<WatchedRows>) -> Result<(), Error> {
        let relations: Vec<Arc<str>> = self.watches.iter().map(|watch| watch.relation.clone()).collect();
        for (relation, (node, old)) in relations.into_iter().zip(before) {
            let Some(id) = self.plan.find(&relation) else {
                self.feeds.retain(|feed| feed.relation != relation);
                self.unwatch(&relation)?;
                continue;
            };
            if self.nodes[id.0 as usize] == node {
                continue;
            }
            self.watch_anew(&relation)?;
            // What the new watch gives first is the present state: the difference to the old one is reported instead.
            self.tell(|_| self.closing(None))?;
            self.epoch += 1;
            self.forks.epoch_closed();
            let new = self.in_all_forks(&relation)?;
            let mut changes = Vec::new();
            let both: Vec<(Fork, Rows, Rows)> =
                old.into_iter().zip(new).map(|((fork, old), (_, new))| (fork, old, new)).collect();
            for (fork, old, new) in &both {
                let base = (*fork != Fork::BASE).then(|| (&both[0].1, &both[0].2));
                let change = difference(relation.clone(), *fork, (old, new), base);
                if !(change.inserted.is_empty() && change.retracted.is_empty()) {
                    changes.push(change);
                }
            }
            self.publish(self.epoch - 1, &changes)?;
            let changes = self.reported(changes);
            self.replanned.extend(changes);
        }
        Ok(())
    }

    /// Lets a watch follow the relation of its name as it is now.
    pub(crate) fn watch_anew(&mut self, relation: &str) -> Result<(), Error> {
        let Some(place) = self.watches.iter().position(|watch| &*watch.relation == relation) else { return Ok(()) };
        let (node, number) = (self.nodes[self.find(relation)?.0 as usize], self.next_watch);
        self.next_watch += 1;
        let old = std::mem::replace(&mut self.watches[place].number, number);
        let has_past = self.epoch > 0;
        self.tell(|_| Command::Unwatch(old))?;
        self.tell(|_| Command::Watch { node, number, has_past, from_now: false })?;
        Ok(())
    }

    /// Makes the facts in the text of the plan those that the text asserts.
    pub(crate) fn state_text_facts(&mut self) -> Result<(), Error> {
        let mut stated: HashMap<BaseId, BTreeSet<Vec<u64>>> = HashMap::new();
        for (relation, values) in &self.plan.facts {
            if let Node::Base(base) = self.nodes[relation.0 as usize] {
                let row = values.iter().map(|value| self.symbols.constant(value)).collect();
                stated.entry(BaseId(base)).or_default().insert(row);
            }
        }
        let kept = self.tally.clone();
        for base in (0..self.bases.len() as u32).map(BaseId) {
            let rows = stated.remove(&base).unwrap_or_default();
            for row in self.bases[base.0 as usize].facts.asserted_by(TEXT) {
                if !rows.contains(&row) {
                    self.withdraw(base, &row, TEXT)?;
                }
            }
            for row in rows {
                self.insert(Fork::BASE, base, &row, Origin { source: TEXT, record: 0 })?;
            }
        }
        self.tally.without_effect = kept.without_effect;
        Ok(())
    }
}

/// The relations that a definition reads.
pub(crate) fn reads(body: &Body) -> Vec<RelationId> {
    match body {
        Body::Union(pipelines, _) => pipelines
            .iter()
            .flat_map(|p| p.source.into_iter().chain(p.stages.iter().filter_map(Stage::relation)))
            .collect(),
        Body::Aggregate(fold) => vec![fold.input],
    }
}

/// Whether the engine can maintain a plan.
pub(crate) fn check(plan: &Plan) -> Result<(), Error> {
    let too_wide = |what: &str, width: usize| {
        Err(Error::Unsupported(format!("{what} has {width} columns; the live engine takes at most {WIDEST}")))
    };
    if let Some(relation) = plan.relations.iter().find(|r| r.arity() > WIDEST) {
        return too_wide(&format!("relation `{}`", relation.name), relation.arity());
    }
    if let Some(name) = not_live_plan(plan) {
        return Err(Error::Unsupported(format!("relation `{name}` cannot be kept current under change")));
    }
    for definition in plan.strata.iter().flat_map(|s| &s.definitions) {
        if let Body::Union(pipelines, _) = &definition.body {
            for pipeline in pipelines {
                let emits = std::iter::once(&pipeline.emit).chain(pipeline.stages.iter().map(|s| &s.emit));
                if let Some(width) = emits.map(|e| e.output.len()).max().filter(|width| *width > WIDEST) {
                    return too_wide(&format!("an intermediate row of `{}`", pipeline.rule), width);
                }
            }
        }
    }
    Ok(())
}

/// The change from an old to a new state; of a fork, what it adds to that of the base.
pub(crate) fn difference(relation: Arc<str>, fork: Fork, own: (&Rows, &Rows), base: Option<(&Rows, &Rows)>) -> Changes {
    let mut weights: BTreeMap<&[u64], i32> = BTreeMap::new();
    let states = [(Some(own), 1), (base, -1)].into_iter().filter_map(|(state, sign)| Some((state?, sign)));
    for ((old, new), sign) in states {
        old.iter().for_each(|row| *weights.entry(row).or_default() -= sign);
        new.iter().for_each(|row| *weights.entry(row).or_default() += sign);
    }
    let arity = own.1.arity();
    let mut change = Changes { relation, fork, inserted: Rows::new(arity), retracted: Rows::new(arity) };
    weights.into_iter().for_each(|(row, weight)| change.push(row, weight));
    change
}
