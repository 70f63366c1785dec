//! The plan interpreter: what a plan means, step by step as `compiler::plan` describes it, over plain sets.
//!
//! It stands between `naive` and the live engine: it tells a wrong plan from a wrong engine. A stratum is derived from
//! scratch, round after round, until a round changes nothing; a join compares a row with every tuple of an index. It also
//! holds the planner to its promises, by assertion: rows have the columns that the next step expects, a definition
//! without reduction derives no row twice, an aggregate and a negation read only what is complete.

use crate::database::{Database, Tuple, Value};
use crate::functors;
use compiler::plan::{
    Aggregate, Body, Definition, Direction, Emit, Pipeline, Plan, Reduction, RelationId, Scalar, Stage, StageKind,
    Stratum,
};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Every relation of the plan, also the auxiliary ones, over the given facts of its base relations and those of its text.
/// Facts are given under the names that users know: of a relation that has rules they go to its base.
pub fn evaluate(plan: &Plan, facts: &Database) -> Database {
    let mut model = vec![BTreeSet::new(); plan.relations.len()];
    for (name, tuples) in facts {
        if let Some(base) = plan.find(name).and_then(|id| plan.relation(id).base) {
            model[base.0 as usize].extend(tuples.iter().cloned());
        }
    }
    for (id, values) in &plan.facts {
        assert!(plan.definition(*id).is_none(), "facts belong to base relations");
        model[id.0 as usize].insert(values.iter().map(Value::from).collect());
    }
    let mut numbers = HashMap::new();
    let mut complete: HashSet<RelationId> = HashSet::new();
    let ids = (0..plan.relations.len() as u32).map(RelationId);
    complete.extend(ids.filter(|id| plan.definition(*id).is_none()));
    for stratum in &plan.strata {
        let own: HashSet<RelationId> = stratum.definitions.iter().map(|d| d.relation).collect();
        for definition in &stratum.definitions {
            check(definition, &complete, if stratum.recursive { Some(&own) } else { None }, plan);
        }
        solve(stratum, &mut model, &mut numbers, plan);
        complete.extend(own);
    }
    plan.relations.iter().map(|r| r.name.clone()).zip(model).collect()
}

/// A stratum, round after round and step after step. `numbers` holds, of relations that are numbered, the next number.
fn solve(stratum: &Stratum, model: &mut [BTreeSet<Tuple>], numbers: &mut HashMap<RelationId, i64>, plan: &Plan) {
    let in_steps =
        |d: &&Definition| matches!(d.body, Body::Union(_, Reduction::Choice { .. } | Reduction::Undominated { .. }));
    let (steps, others): (Vec<_>, Vec<_>) = stratum.definitions.iter().partition(in_steps);
    let limited = |d: &Definition| plan.relation(d.relation).limit.map(|limit| (d.relation, limit));
    let limits: Vec<_> = stratum.definitions.iter().filter_map(limited).collect();
    let round = |definitions: &[&Definition], model: &mut [BTreeSet<Tuple>]| {
        let derived = |d: &&Definition| {
            let rows = derive(d, model);
            let kept = (!steps.is_empty() && !in_steps(d)).then(|| model[d.relation.0 as usize].clone());
            reduce(d, rows, kept.unwrap_or_default(), model, numbers, plan)
        };
        let next: Vec<_> = definitions.iter().map(derived).collect();
        let mut changed = false;
        for (definition, tuples) in definitions.iter().zip(next) {
            let place = &mut model[definition.relation.0 as usize];
            changed |= *place != tuples;
            *place = tuples;
        }
        changed
    };
    while round(&others, model) && stratum.recursive || round(&steps, model) {
        if limits.iter().any(|(id, limit)| model[id.0 as usize].len() as u64 >= *limit) {
            break;
        }
    }
    for definition in &stratum.definitions {
        if let Body::Union(_, Reduction::Numbered { counters, after }) = &definition.body {
            let given = model[definition.relation.0 as usize].len() * counters;
            numbers.insert(definition.relation, first(*after, numbers) + given as i64);
        }
    }
}

/// The number that comes next after a relation has got its numbers.
fn first(after: Option<RelationId>, numbers: &HashMap<RelationId, i64>) -> i64 {
    after.map_or(0, |after| numbers[&after])
}

/// What a definition reads is there: complete, or, by joins alone, of its own recursive stratum.
fn check(definition: &Definition, complete: &HashSet<RelationId>, own: Option<&HashSet<RelationId>>, plan: &Plan) {
    let name = &plan.relation(definition.relation).name;
    let joined = |id: &RelationId| complete.contains(id) || own.is_some_and(|own| own.contains(id));
    match &definition.body {
        Body::Aggregate(aggregate) => assert!(complete.contains(&aggregate.input), "`{name}` folds too early"),
        Body::Union(pipelines, _) => {
            for pipeline in pipelines {
                assert!(pipeline.source.iter().all(joined), "`{name}` scans too early");
                for stage in &pipeline.stages {
                    match &stage.kind {
                        StageKind::Join(right) => assert!(joined(right), "`{name}` joins too early"),
                        StageKind::Negation(right) => assert!(complete.contains(right), "`{name}` negates too early"),
                        StageKind::Range(_) => {}
                    }
                }
            }
        }
    }
}

/// The rows of a definition, each as often as it is derived.
fn derive(definition: &Definition, model: &[BTreeSet<Tuple>]) -> Vec<Tuple> {
    match &definition.body {
        Body::Aggregate(aggregate) => fold(aggregate, &model[aggregate.input.0 as usize]).into_iter().collect(),
        Body::Union(pipelines, _) => pipelines.iter().flat_map(|p| run(p, model)).collect(),
    }
}

/// What becomes of the rows of a definition, and of those that it has kept.
fn reduce(
    definition: &Definition,
    mut rows: Vec<Tuple>,
    kept: BTreeSet<Tuple>,
    model: &[BTreeSet<Tuple>],
    numbers: &HashMap<RelationId, i64>,
    plan: &Plan,
) -> BTreeSet<Tuple> {
    let Body::Union(_, reduction) = &definition.body else { return rows.into_iter().collect() };
    if *reduction == Reduction::None {
        let set: HashSet<&Tuple> = rows.iter().collect();
        assert_eq!(set.len(), rows.len(), "the planner promised that no row comes twice");
    }
    rows.extend(kept);
    match reduction {
        Reduction::None | Reduction::Distinct => rows.into_iter().collect(),
        Reduction::Best { key, order } => best(rows, key, order),
        Reduction::Choice { keys } => {
            let given = plan.relation(definition.relation).base.map(|base| &model[base.0 as usize]);
            choose(&model[definition.relation.0 as usize], rows, keys, |row| given.is_some_and(|g| g.contains(row)))
        }
        Reduction::Undominated { pairs } => {
            let pairs: HashSet<Tuple> = pairs.iter().flat_map(|p| run(p, model)).collect();
            let width = plan.relation(definition.relation).arity();
            let goes = |pair: &Tuple| {
                let (row, other) = pair.split_at(width);
                (row != other && !pairs.contains(&[other, row].concat())).then(|| row.to_vec())
            };
            let gone: HashSet<Tuple> = pairs.iter().filter_map(goes).collect();
            rows.into_iter().filter(|row| !gone.contains(row)).collect()
        }
        Reduction::Numbered { counters, after } => {
            let rows: BTreeSet<Tuple> = rows.into_iter().collect();
            let mut rows: Vec<Tuple> = rows.into_iter().collect();
            rows.sort_by(|a, b| functors::compare_tuples(a, b));
            let mut next = first(*after, numbers)..;
            let number = |mut row: Tuple| {
                row.extend(next.by_ref().take(*counters).map(Value::Number));
                row
            };
            rows.into_iter().map(number).collect()
        }
    }
}

/// What was taken, and of the rows, given ones first and in ascending order, each that agrees on no key with a taken one.
fn choose(
    taken: &BTreeSet<Tuple>,
    rows: Vec<Tuple>,
    keys: &[Vec<usize>],
    is_given: impl Fn(&Tuple) -> bool,
) -> BTreeSet<Tuple> {
    let on = |key: &[usize], row: &Tuple| -> Tuple { key.iter().map(|c| row[*c].clone()).collect() };
    let (mut given, mut derived): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_given);
    given.sort_by(|a, b| functors::compare_tuples(a, b));
    derived.sort_by(|a, b| functors::compare_tuples(a, b));
    let mut seen: Vec<HashSet<Tuple>> = keys.iter().map(|key| taken.iter().map(|t| on(key, t)).collect()).collect();
    let mut taken = taken.clone();
    for row in given.into_iter().chain(derived) {
        if keys.iter().zip(&seen).all(|(key, seen)| !seen.contains(&on(key, &row))) {
            for (key, seen) in keys.iter().zip(&mut seen) {
                seen.insert(on(key, &row));
            }
            taken.insert(row);
        }
    }
    taken
}

/// The rows that leave a pipeline.
fn run(pipeline: &Pipeline, model: &[BTreeSet<Tuple>]) -> Vec<Tuple> {
    let mut rows: Vec<Tuple> = match pipeline.source {
        Some(source) => model[source.0 as usize].iter().filter_map(|row| emit(&pipeline.emit, row)).collect(),
        None => emit(&pipeline.emit, &[]).into_iter().collect(),
    };
    for stage in &pipeline.stages {
        rows = match stage.relation() {
            Some(right) => step(stage, rows, &model[right.0 as usize]),
            None => rows.iter().flat_map(|row| each(stage, row)).collect(),
        };
    }
    rows
}

/// The rows that a row becomes with each value of a range.
fn each(stage: &Stage, row: &Tuple) -> Vec<Tuple> {
    let values = functors::range(&row[..stage.right_key.len()]).into_iter();
    values.filter_map(|value| emit(&stage.emit, &[row.as_slice(), &[value]].concat())).collect()
}

fn step(stage: &Stage, rows: Vec<Tuple>, right: &BTreeSet<Tuple>) -> Vec<Tuple> {
    assert!(stage.right_key.is_sorted(), "index keys ascend");
    let mut index: HashMap<Tuple, Vec<Tuple>> = HashMap::new();
    for tuple in right {
        let key = stage.right_key.iter().map(|c| tuple[*c].clone()).collect();
        let rest = (0..tuple.len()).filter(|c| !stage.right_key.contains(c)).map(|c| tuple[c].clone()).collect();
        index.entry(key).or_default().push(rest);
    }
    let mut output = Vec::new();
    for row in rows {
        let matches = index.get(&row[..stage.right_key.len()]);
        match stage.kind {
            StageKind::Join(_) => {
                for rest in matches.into_iter().flatten() {
                    let slots: Tuple = row.iter().chain(rest).cloned().collect();
                    output.extend(emit(&stage.emit, &slots));
                }
            }
            StageKind::Negation(_) => {
                if matches.is_none() {
                    output.extend(emit(&stage.emit, &row));
                }
            }
            StageKind::Range(_) => unreachable!("a range has no relation"),
        }
    }
    output
}

/// The next row; none if a test fails, or a functor has no value.
fn emit(emit: &Emit, slots: &[Value]) -> Option<Tuple> {
    for test in &emit.tests {
        let (left, right) = (scalar(&test.left, slots)?, scalar(&test.right, slots)?);
        if !functors::holds(test.comparison, &left, &right)? {
            return None;
        }
    }
    emit.output.iter().map(|s| scalar(s, slots)).collect()
}

fn scalar(expr: &Scalar, slots: &[Value]) -> Option<Value> {
    match expr {
        Scalar::Slot(slot) => Some(slots[*slot].clone()),
        Scalar::Const(constant) => Some(Value::from(constant)),
        Scalar::Call(functor, args) => {
            let args: Option<Vec<Value>> = args.iter().map(|e| scalar(e, slots)).collect();
            functors::apply(*functor, &args?)
        }
    }
}

fn fold(aggregate: &Aggregate, input: &BTreeSet<Tuple>) -> BTreeSet<Tuple> {
    let mut groups: BTreeMap<Tuple, Vec<&Tuple>> = BTreeMap::new();
    for tuple in input {
        groups.entry(tuple[..aggregate.group].to_vec()).or_default().push(tuple);
    }
    let mut rows = BTreeSet::new();
    for (mut group, tuples) in groups {
        let values: Vec<Value> = tuples.iter().filter_map(|t| Some(t[aggregate.target?].clone())).collect();
        let value = functors::fold(aggregate.op, tuples.len(), values);
        group.extend(value);
        rows.insert(group);
    }
    rows
}

fn best(mut rows: Vec<Tuple>, key: &[usize], order: &[(usize, Direction)]) -> BTreeSet<Tuple> {
    let compared = |a: &Tuple, b: &Tuple| {
        order.iter().fold(Ordering::Equal, |sofar, (column, direction)| {
            let columns = functors::compare(&a[*column], &b[*column]);
            sofar.then(if *direction == Direction::Least { columns } else { columns.reverse() })
        })
    };
    let keyed = |row: &Tuple| -> Tuple { key.iter().map(|c| row[*c].clone()).collect() };
    rows.sort_by(|a, b| keyed(a).cmp(&keyed(b)).then_with(|| compared(a, b)));
    let groups = rows.chunk_by(|a, b| keyed(a) == keyed(b));
    groups.flat_map(|group| group.iter().take_while(|row| compared(row, &group[0]).is_eq()).cloned()).collect()
}
