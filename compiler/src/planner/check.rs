//! Whether a plan keeps the promises of [`crate::plan`]. Tests and debug builds ask; evaluators rely on it.

use super::strata::reads;
use crate::plan::{Aggregate, Body, Definition, Emit, Pipeline, Plan, Reduction, RelationId, Scalar, Stage, StageKind};
use std::collections::BTreeMap;

/// The promises that a plan breaks, in words; empty for a sound plan.
pub fn check(plan: &Plan) -> Vec<String> {
    let mut check = Check { plan, broken: Vec::new(), place: String::new() };
    check.strata();
    for definition in plan.strata.iter().flat_map(|s| &s.definitions) {
        check.definition(definition);
    }
    check.facts();
    check.broken
}

struct Check<'a> {
    plan: &'a Plan,
    broken: Vec<String>,
    place: String,
}

impl Check<'_> {
    fn require(&mut self, holds: bool, promise: &str) {
        if !holds {
            self.broken.push(format!("{}: {promise}", self.place));
        }
    }

    fn arity(&self, id: RelationId) -> usize {
        self.plan.relations.get(id.0 as usize).map_or(0, |r| r.arity())
    }

    fn strata(&mut self) {
        let mut stratum_of: BTreeMap<usize, usize> = BTreeMap::new();
        for (n, stratum) in self.plan.strata.iter().enumerate() {
            self.place = format!("stratum {n}");
            self.require(!stratum.definitions.is_empty(), "a stratum defines something");
            for definition in &stratum.definitions {
                let id = definition.relation.0 as usize;
                self.require(id < self.plan.relations.len(), "a defined relation exists");
                self.require(stratum_of.insert(id, n).is_none(), "a relation is defined once");
            }
        }
        for (n, stratum) in self.plan.strata.iter().enumerate() {
            let mut recursive = false;
            for definition in &stratum.definitions {
                let mut read = Vec::new();
                reads(definition, &mut |id| read.push(id));
                self.place = format!("relation {}", definition.relation.0);
                for id in read {
                    self.require(id < self.plan.relations.len(), "a relation that is read exists");
                    let below = stratum_of.get(&id);
                    recursive |= below == Some(&n);
                    self.require(below.is_none_or(|b| *b <= n), "what is read is of this stratum or an earlier one");
                }
                self.later_relations_are_not_negated(definition, n, &stratum_of);
            }
            self.place = format!("stratum {n}");
            self.require(recursive == stratum.recursive, "a stratum is recursive exactly if it reads itself");
        }
        for (id, relation) in self.plan.relations.iter().enumerate() {
            self.place = format!("relation {}", relation.name);
            let base = relation.base.map(|b| b.0 as usize);
            match stratum_of.contains_key(&id) {
                false => self.require(base == Some(id), "a relation without a definition is its own base"),
                true => {
                    let sound =
                        base.is_none_or(|b| b != id && b < self.plan.relations.len() && !stratum_of.contains_key(&b));
                    self.require(sound, "the base of a derived relation is a base relation");
                }
            }
        }
    }

    fn later_relations_are_not_negated(&mut self, d: &Definition, n: usize, stratum_of: &BTreeMap<usize, usize>) {
        let earlier = |id: RelationId| stratum_of.get(&(id.0 as usize)).is_none_or(|s| *s < n);
        match &d.body {
            Body::Aggregate(a) => self.require(earlier(a.input), "the input of an aggregate is of an earlier stratum"),
            Body::Union(pipelines, reduction) => {
                let pairs = if let Reduction::Undominated { pairs } = reduction { pairs.as_slice() } else { &[] };
                for stage in pipelines.iter().chain(pairs).flat_map(|p| &p.stages) {
                    if let StageKind::Negation(relation) = stage.kind {
                        self.require(earlier(relation), "a negated relation is of an earlier stratum");
                    }
                }
            }
        }
    }

    fn definition(&mut self, definition: &Definition) {
        let arity = self.arity(definition.relation);
        match &definition.body {
            Body::Aggregate(a) => self.aggregate(a, arity, definition.relation),
            Body::Union(pipelines, reduction) => {
                let counters = if let Reduction::Numbered { counters, .. } = reduction { *counters } else { 0 };
                for pipeline in pipelines {
                    self.place = format!("rule `{}`", pipeline.rule);
                    self.pipeline(pipeline, arity.saturating_sub(counters));
                }
                self.place = format!("relation {}", definition.relation.0);
                self.reduction(reduction, arity);
            }
        }
    }

    fn aggregate(&mut self, a: &Aggregate, arity: usize, relation: RelationId) {
        self.place = format!("aggregate {}", relation.0);
        let input = self.arity(a.input);
        self.require(a.group <= input, "the group is within the input");
        self.require(a.target.is_none_or(|t| t < input), "the target is within the input");
        self.require(arity == a.group + 1, "the result is the group and the value");
    }

    fn reduction(&mut self, reduction: &Reduction, arity: usize) {
        let sound = |key: &Vec<usize>| key.is_sorted_by(|a, b| a < b) && key.iter().all(|c| *c < arity);
        match reduction {
            Reduction::Best { key, order } => {
                self.require(sound(key), "the key of a subsumption ascends and is within the relation");
                let fits = order.iter().all(|(c, _)| *c < arity && !key.contains(c));
                self.require(fits, "the compared columns of a subsumption are outside its key");
            }
            Reduction::Choice { keys } => {
                self.require(!keys.is_empty(), "a choice domain has a key");
                self.require(keys.iter().all(sound), "the keys of a choice domain ascend and are within the relation");
            }
            Reduction::Undominated { pairs } => {
                for pipeline in pairs {
                    self.place = format!("subsumption `{}`", pipeline.rule);
                    self.pipeline(pipeline, 2 * arity);
                }
            }
            Reduction::None | Reduction::Distinct | Reduction::Numbered { .. } => {}
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, arity: usize) {
        let mut width = pipeline.source.map_or(0, |id| self.arity(id));
        self.emit(&pipeline.emit, width);
        width = pipeline.emit.output.len();
        for stage in &pipeline.stages {
            width = self.stage(stage, width);
        }
        self.require(width == arity, "the last row is as wide as the relation");
    }

    fn stage(&mut self, stage: &Stage, row: usize) -> usize {
        let right = stage.relation().map_or(3, |id| self.arity(id));
        let key = &stage.right_key;
        self.require(key.is_sorted_by(|a, b| a < b), "a key ascends");
        self.require(key.iter().all(|c| *c < right), "a key is within the joined relation");
        self.require(key.len() <= row, "a row holds the key of the next stage");
        let slots = match stage.kind {
            StageKind::Join(_) => row + right.saturating_sub(key.len()),
            StageKind::Negation(_) => {
                self.require(key.len() == right, "the key of a negation is the whole tuple");
                row
            }
            StageKind::Range(_) => {
                self.require(*key == [0, 1] || *key == [0, 1, 2], "the key of a range is its arguments");
                row + 1
            }
        };
        self.emit(&stage.emit, slots);
        stage.emit.output.len()
    }

    fn emit(&mut self, emit: &Emit, slots: usize) {
        let tested = emit.tests.iter().flat_map(|t| [&t.left, &t.right]);
        let sound = emit.output.iter().chain(tested).all(|s| within(s, slots));
        self.require(sound, "a slot is within the row");
    }

    fn facts(&mut self) {
        for (id, values) in &self.plan.facts {
            self.place = format!("facts of relation {}", id.0);
            self.require(values.len() == self.arity(*id), "a fact is as wide as its relation");
            self.require(self.plan.definition(*id).is_none(), "facts belong to base relations");
        }
    }
}

fn within(scalar: &Scalar, slots: usize) -> bool {
    match scalar {
        Scalar::Slot(i) => *i < slots,
        Scalar::Const(_) => true,
        Scalar::Call(_, args) => args.iter().all(|s| within(s, slots)),
    }
}
