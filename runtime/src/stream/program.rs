//! The rules that are run on each group: those of a plan whose relations are derived from a stream's events, as far as
//! somebody wants them.

use super::emit::{Emit, WIDEST_FRAME, WIDEST_KEY};
use super::table::{Columns, Table};
use crate::error::Error;
use crate::functor::Functors;
use crate::symbols::Symbols;
use compiler::plan::{
    Aggregate, AggregateOp, Body, Direction, Pipeline, Plan, Reduction, RelationId, Stage, StageKind,
};
use compiler::planner::{StreamKind, Streams};
use compiler::value::Primitive;
use std::collections::{BTreeMap, BTreeSet};

/// Rules in the order in which they are run.
pub(super) struct Program {
    /// The relations of a group. The first is the stream.
    pub(super) relations: Vec<Own>,
    /// The arity of each relation of state that rules read, and the columns of its indexes, with its name in the plan.
    pub(super) state: Vec<(RelationId, usize, Vec<Columns>)>,
    pub(super) strata: Vec<Stratum>,
    pub(super) functors: Functors,
    places: BTreeMap<RelationId, usize>,
}

/// A relation of a group.
pub(super) struct Own {
    pub(super) arity: usize,
    indexes: Vec<Columns>,
    /// The column that holds the group's key. Rules relate rows that agree in it, and within a group all do.
    key: Option<usize>,
}

/// Relations that are solved together.
pub(super) struct Stratum {
    pub(super) recursive: bool,
    pub(super) definitions: Vec<Definition>,
    /// Of a recursive stratum, the rules that read none of its relations: the places of definition and rule.
    first: Vec<(usize, usize)>,
    /// The others, once for each of its relations that they read: definition, rule, where it is read, and whose it is.
    again: Vec<(usize, usize, usize, usize)>,
}

pub(super) struct Definition {
    pub(super) relation: usize,
    pub(super) body: Derivation,
}

pub(super) enum Derivation {
    Rules(Vec<Rule>, Keep),
    /// An aggregate, and the index of the relation by its groups.
    Fold(usize, Aggregate, usize),
}

/// Which rows stay.
pub(super) enum Keep {
    All,
    New,
    /// The best of each group: the index by its key, and what is compared.
    Best(usize, Vec<usize>, Vec<(usize, Direction, Primitive)>),
}

pub(super) struct Rule {
    pub(super) source: Option<Read>,
    pub(super) emit: Emit,
    pub(super) steps: Vec<Step>,
}

/// A relation that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// One of the group's.
    Own(usize),
    /// One of state.
    State(usize),
}

pub(super) struct Step {
    pub(super) kind: StepKind,
    /// How many columns of the row are the key.
    pub(super) key: usize,
    /// The columns of the joined relation that come behind the row.
    pub(super) rest: Vec<usize>,
    pub(super) emit: Emit,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum StepKind {
    Join(Read, usize),
    Negation(Read, usize),
    /// Nothing can be in what is negated.
    Pass,
    Range(Primitive),
}

impl Program {
    /// The rules for some relations, and all that they depend on; where `free`, those alone that let an event without a key
    /// pass.
    pub(super) fn new(
        plan: &Plan,
        streams: &Streams,
        stream: usize,
        wanted: &BTreeSet<RelationId>,
        free: bool,
        symbols: &Symbols,
    ) -> Result<Self, Error> {
        let base = streams.keys[stream].0;
        let mut program = Program {
            relations: Vec::new(),
            state: Vec::new(),
            strata: Vec::new(),
            functors: Functors::new(symbols.clone()),
            places: BTreeMap::new(),
        };
        let takes_part = |id: RelationId| match &streams.kinds[id.0 as usize] {
            StreamKind::Events(events) => events.stream == stream && (!free || events.free),
            _ => false,
        };
        let needed = closure(plan, wanted, &takes_part);
        for id in std::iter::once(base).chain(needed.iter().copied().filter(|id| *id != base)) {
            let key = match &streams.kinds[id.0 as usize] {
                StreamKind::Events(events) => events.key,
                _ => None,
            };
            program.places.insert(id, program.relations.len());
            program.relations.push(Own { arity: plan.relation(id).arity(), indexes: Vec::new(), key });
        }
        for stratum in &plan.strata {
            let own: Vec<_> = stratum.definitions.iter().filter(|d| needed.contains(&d.relation)).collect();
            let mut definitions = Vec::new();
            for definition in own {
                let relation = program.places[&definition.relation];
                let body = program.derivation(plan, streams, definition, &takes_part, symbols)?;
                definitions.push(Definition { relation, body });
            }
            if !definitions.is_empty() {
                program.strata.push(Stratum::new(stratum.recursive, definitions));
            }
        }
        Ok(program)
    }

    /// The place of a relation.
    pub(super) fn place(&self, id: RelationId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The most steps that a rule has.
    pub(super) fn steps(&self) -> usize {
        let definitions = self.strata.iter().flat_map(|stratum| &stratum.definitions);
        definitions.flat_map(Definition::rules).map(|rule| rule.steps.len()).max().unwrap_or(0)
    }

    /// Empty tables for a group.
    pub(super) fn tables(&self) -> Vec<Table> {
        self.relations.iter().map(|own| Table::new(own.arity, &own.indexes)).collect()
    }

    fn derivation(
        &mut self,
        plan: &Plan,
        streams: &Streams,
        definition: &compiler::plan::Definition,
        takes_part: &dyn Fn(RelationId) -> bool,
        symbols: &Symbols,
    ) -> Result<Derivation, Error> {
        let id = definition.relation;
        let place = self.places[&id];
        Ok(match &definition.body {
            Body::Aggregate(aggregate) => {
                let index = self.index(Read::Own(place), (0..aggregate.group).collect());
                Derivation::Fold(self.places[&aggregate.input], aggregate.clone(), index)
            }
            Body::Union(pipelines, reduction) => {
                let events = |id: RelationId| matches!(streams.kinds[id.0 as usize], StreamKind::Events(_));
                // A rule that joins events that are not among these derives nothing from them.
                let runs = |p: &&Pipeline| joined(p).all(|id| !events(id) || takes_part(id));
                let rules = pipelines.iter().filter(runs);
                let rules: Vec<Rule> =
                    rules.map(|p| self.rule(plan, p, &|id| events(id) && !takes_part(id), symbols)).collect();
                if rules.iter().any(|rule| !rule.fits()) {
                    let name = &plan.relation(id).name;
                    return Err(Error::Unsupported(format!("a rule of `{name}` is too wide for a stream")));
                }
                let keep = match reduction {
                    Reduction::None => Keep::All,
                    Reduction::Distinct => Keep::New,
                    Reduction::Best { key, order } => {
                        let primitives: Vec<_> = plan.relation(id).primitives().collect();
                        let order = order.iter().map(|(column, way)| (*column, *way, primitives[*column])).collect();
                        Keep::Best(self.index(Read::Own(place), key.clone()), key.clone(), order)
                    }
                    _ => {
                        let name = &plan.relation(id).name;
                        return Err(Error::Unsupported(format!("relation `{name}` cannot be derived from a stream")));
                    }
                };
                Derivation::Rules(rules, keep)
            }
        })
    }

    fn rule(
        &mut self,
        plan: &Plan,
        pipeline: &Pipeline,
        is_empty: &dyn Fn(RelationId) -> bool,
        symbols: &Symbols,
    ) -> Rule {
        let source = pipeline.source.map(|id| self.read(plan, id));
        let emit = Emit::new(&pipeline.emit, symbols);
        let steps = pipeline.stages.iter().map(|stage| self.step(plan, stage, is_empty, symbols)).collect();
        Rule { source, emit, steps }
    }

    fn step(&mut self, plan: &Plan, stage: &Stage, is_empty: &dyn Fn(RelationId) -> bool, symbols: &Symbols) -> Step {
        let (kind, rest) = match stage.kind {
            StageKind::Negation(id) if is_empty(id) => (StepKind::Pass, Vec::new()),
            StageKind::Negation(id) => {
                let read = self.read(plan, id);
                (StepKind::Negation(read, self.index(read, stage.right_key.clone())), Vec::new())
            }
            StageKind::Join(id) => {
                let read = self.read(plan, id);
                let rest = (0..plan.relation(id).arity()).filter(|column| !stage.right_key.contains(column));
                (StepKind::Join(read, self.index(read, stage.right_key.clone())), rest.collect())
            }
            StageKind::Range(primitive) => (StepKind::Range(primitive), Vec::new()),
        };
        Step { kind, key: stage.right_key.len(), rest, emit: Emit::new(&stage.emit, symbols) }
    }

    fn read(&mut self, plan: &Plan, id: RelationId) -> Read {
        if let Some(place) = self.place(id) {
            return Read::Own(place);
        }
        let known = self.state.iter().position(|(known, ..)| *known == id);
        Read::State(known.unwrap_or_else(|| {
            self.state.push((id, plan.relation(id).arity(), Vec::new()));
            self.state.len() - 1
        }))
    }

    fn index(&mut self, read: Read, columns: Vec<usize>) -> usize {
        let (indexes, same) = match read {
            Read::Own(place) => {
                let Own { indexes, key, .. } = &mut self.relations[place];
                (indexes, *key)
            }
            Read::State(place) => (&mut self.state[place].2, None),
        };
        let by = Columns::new(&columns, same);
        indexes.iter().position(|known| *known == by).unwrap_or_else(|| {
            indexes.push(by);
            indexes.len() - 1
        })
    }
}

impl Stratum {
    fn new(recursive: bool, definitions: Vec<Definition>) -> Self {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for (place, definition) in definitions.iter().enumerate().filter(|_| recursive) {
            for (number, rule) in definition.rules().iter().enumerate() {
                let before = again.len();
                for (at, read) in rule.reads().enumerate() {
                    let whose = definitions.iter().position(|other| read == Read::Own(other.relation));
                    again.extend(whose.map(|whose| (place, number, at, whose)));
                }
                if again.len() == before {
                    first.push((place, number));
                }
            }
        }
        Stratum { recursive, definitions, first, again }
    }

    /// The rules of a recursive stratum that read none of its relations, with what they derive.
    pub(super) fn first(&self) -> impl Iterator<Item = (usize, &Rule)> {
        self.first.iter().map(|(place, rule)| self.rule(*place, *rule))
    }

    /// The others: what they derive, the rule, and one of the stratum's relations that it reads: by its place in the rule,
    /// and by that of its definition.
    pub(super) fn again(&self) -> impl Iterator<Item = (usize, &Rule, usize, usize)> {
        self.again.iter().map(|(place, rule, at, whose)| {
            let (head, rule) = self.rule(*place, *rule);
            (head, rule, *at, *whose)
        })
    }

    fn rule(&self, place: usize, rule: usize) -> (usize, &Rule) {
        let definition = &self.definitions[place];
        (definition.relation, &definition.rules()[rule])
    }
}

impl Definition {
    /// Its rules; an aggregate has none.
    fn rules(&self) -> &[Rule] {
        match &self.body {
            Derivation::Rules(rules, _) => rules,
            Derivation::Fold(..) => &[],
        }
    }
}

impl Rule {
    /// Whether its rows fit their frames.
    fn fits(&self) -> bool {
        let mut width = self.emit.width();
        width <= WIDEST_FRAME
            && self.steps.iter().all(|step| {
                let joined = width + step.rest.len().max(1);
                width = step.emit.width();
                joined <= WIDEST_FRAME && step.key <= WIDEST_KEY && width <= WIDEST_FRAME
            })
    }
}

/// The relations that a pipeline scans and joins.
fn joined(pipeline: &Pipeline) -> impl Iterator<Item = RelationId> {
    let joins = pipeline.stages.iter().filter_map(|stage| match stage.kind {
        StageKind::Join(id) => Some(id),
        StageKind::Negation(_) | StageKind::Range(_) => None,
    });
    pipeline.source.into_iter().chain(joins)
}

/// The relations that take part and on which some depend, those included.
fn closure(
    plan: &Plan,
    wanted: &BTreeSet<RelationId>,
    takes_part: &dyn Fn(RelationId) -> bool,
) -> BTreeSet<RelationId> {
    let mut open: Vec<RelationId> = wanted.iter().copied().filter(|id| takes_part(*id)).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            match plan.definition(id).map(|definition| &definition.body) {
                Some(Body::Aggregate(aggregate)) => open.push(aggregate.input),
                Some(Body::Union(pipelines, _)) => {
                    let stages = pipelines.iter().flat_map(|p| p.stages.iter().filter_map(Stage::relation));
                    open.extend(pipelines.iter().filter_map(|p| p.source).chain(stages).filter(|id| takes_part(*id)));
                }
                None => {}
            }
        }
    }
    found
}

/// Whether an aggregate can be folded one value after the other, in place.
pub(super) fn in_place(op: AggregateOp) -> bool {
    use AggregateOp::{Count, Max, Min, Sum};
    matches!(op, Count | Sum(Primitive::Number | Primitive::Unsigned) | Min(_) | Max(_))
}
