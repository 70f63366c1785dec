//! The live engine on a plan made by hand: transitive closure over `link`, its complement, and its size.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use compiler::functor::Comparison;
use compiler::plan::*;
use compiler::span::Span;
use compiler::value::{Primitive, Type};
use runtime::{Engine, Fork, Options, Origin};
use std::collections::BTreeSet;

const LINK: RelationId = RelationId(0);
const PATH: RelationId = RelationId(1);
const APART: RelationId = RelationId(2);
const SIZE: RelationId = RelationId(3);
const FAR: RelationId = RelationId(4);

fn relation(name: &str, arity: usize, base: Option<RelationId>, fingerprint: u64) -> Relation {
    let ty = Type::plain(Primitive::Number);
    let columns = (0..arity).map(|i| Column { name: format!("c{i}").into(), ty: ty.clone() }).collect();
    Relation { name: name.into(), columns, base, fingerprint, ..Relation::default() }
}

fn slots(slots: &[usize]) -> Emit {
    Emit { tests: vec![], output: slots.iter().map(|s| Scalar::Slot(*s)).collect() }
}

fn stage(kind: StageKind, right_key: &[usize], emit: Emit) -> Stage {
    Stage { kind, right_key: right_key.to_vec(), emit }
}

fn pipeline(source: RelationId, emit: Emit, stages: Vec<Stage>, rule: &str) -> Pipeline {
    Pipeline { source: Some(source), emit, stages, span: Span::default(), rule: rule.into() }
}

fn plan() -> Plan {
    let union = |relation, pipelines, reduction| Definition { relation, body: Body::Union(pipelines, reduction) };
    let join = |right, key: &[usize], emit| stage(StageKind::Join(right), key, emit);
    let path = union(
        PATH,
        vec![
            pipeline(LINK, slots(&[0, 1]), vec![], "path(x, y) :- link(x, y)."),
            pipeline(
                PATH,
                slots(&[1, 0]),
                vec![join(LINK, &[0], slots(&[1, 2]))],
                "path(x, z) :- path(x, y), link(y, z).",
            ),
        ],
        Reduction::Distinct,
    );
    let mut differ = slots(&[1, 0]);
    differ.tests.push(Test { comparison: Comparison::NotEqual, left: Scalar::Slot(0), right: Scalar::Slot(1) });
    let apart = union(
        APART,
        vec![pipeline(
            LINK,
            slots(&[0, 1]),
            vec![
                stage(
                    StageKind::Join(LINK),
                    &[],
                    Emit { output: vec![Scalar::Slot(0), Scalar::Slot(3)], tests: vec![] },
                ),
                stage(StageKind::Negation(PATH), &[0, 1], differ),
            ],
            "apart(y, x) :- link(x, _), link(_, y), !path(x, y), x != y.",
        )],
        Reduction::Distinct,
    );
    let size = Aggregate { input: PATH, group: 1, op: AggregateOp::Count, target: None };
    let size = Definition { relation: SIZE, body: Body::Aggregate(size) };
    let best = Reduction::Best { key: vec![], order: vec![(1, Direction::Greatest)] };
    let far = union(FAR, vec![pipeline(SIZE, slots(&[0, 1]), vec![], "far(x, n) :- size(x, n).")], best);
    let one = |definition| Stratum { definitions: vec![definition], recursive: false };
    Plan {
        relations: vec![
            relation("link", 2, Some(LINK), 1),
            relation("path", 2, None, 2),
            relation("apart", 2, None, 3),
            relation("size", 2, None, 4),
            relation("far", 2, None, 5),
        ],
        strata: vec![Stratum { definitions: vec![path], recursive: true }, one(apart), one(size), one(far)],
        ..Plan::default()
    }
}

type Pairs = BTreeSet<(u64, u64)>;

fn closure(links: &Pairs) -> Pairs {
    let mut paths = links.clone();
    loop {
        let step: Vec<_> = paths
            .iter()
            .flat_map(|(x, y)| links.iter().filter(move |(a, _)| a == y).map(move |(_, z)| (*x, *z)))
            .filter(|pair| !paths.contains(pair))
            .collect();
        if step.is_empty() {
            return paths;
        }
        paths.extend(step);
    }
}

fn read(engine: &mut Engine, fork: Fork, relation: &str) -> Pairs {
    let rows = engine.query(fork, relation, &[None, None]).unwrap();
    rows.iter().map(|row| (row[0], row[1])).collect()
}

fn check(engine: &mut Engine, fork: Fork, links: &Pairs) {
    let paths = closure(links);
    assert_eq!(read(engine, fork, "path"), paths);
    let apart: Pairs = links
        .iter()
        .flat_map(|(x, _)| links.iter().map(move |(_, y)| (*y, *x)))
        .filter(|(y, x)| x != y && !paths.contains(&(*x, *y)))
        .collect();
    assert_eq!(read(engine, fork, "apart"), apart);
    let size = |x: u64| paths.iter().filter(|(a, _)| *a == x).count() as u64;
    let sizes: Pairs = paths.iter().map(|(x, _)| (*x, size(*x))).collect();
    assert_eq!(read(engine, fork, "size"), sizes);
    let most = sizes.iter().map(|(_, n)| *n).max();
    assert_eq!(read(engine, fork, "far"), sizes.iter().filter(|(_, n)| Some(*n) == most).copied().collect());
}

/// A small generator of numbers, so that runs repeat.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }
}

fn random_edits_in_base_and_forks(workers: usize) {
    for seed in 0..12 {
        let mut draw = Draw(seed);
        let mut engine = Engine::new(Options { workers }).unwrap();
        engine.set_plan(plan()).unwrap();
        let link = engine.base("link").unwrap();
        let (mut base, mut edits) = (Pairs::new(), Vec::<(Fork, Vec<((u64, u64), bool)>)>::new());
        for _ in 0..12 {
            if draw.below(3) == 0 && edits.len() < 3 {
                edits.push((engine.fork(), Vec::new()));
            }
            if draw.below(6) == 0 && !edits.is_empty() {
                let (fork, _) = edits.remove(draw.below(edits.len() as u64) as usize);
                engine.drop_fork(fork).unwrap();
            }
            for _ in 0..1 + draw.below(4) {
                let (pair, holds) = ((draw.below(7), draw.below(7)), draw.below(3) > 0);
                let row = [pair.0, pair.1];
                let place = draw.below(2 * edits.len() as u64 + 1) as usize;
                let fork = edits.get(place).map_or(Fork::BASE, |(fork, _)| *fork);
                if holds {
                    engine.insert(fork, link, &row, Origin::default()).unwrap();
                } else {
                    engine.retract(fork, link, &row).unwrap();
                }
                match edits.get_mut(place) {
                    Some((_, edits)) => edits.push((pair, holds)),
                    None if holds => drop(base.insert(pair)),
                    None => drop(base.remove(&pair)),
                }
            }
            engine.commit().unwrap();
            check(&mut engine, Fork::BASE, &base);
            for (fork, edits) in &edits {
                let mut links = base.clone();
                for (pair, holds) in edits {
                    if *holds {
                        links.insert(*pair)
                    } else {
                        links.remove(pair)
                    };
                }
                check(&mut engine, *fork, &links);
            }
        }
    }
}

#[test]
fn every_fork_equals_a_run_from_scratch_at_every_epoch() {
    random_edits_in_base_and_forks(1);
}

#[test]
fn every_fork_equals_a_run_from_scratch_on_two_workers() {
    random_edits_in_base_and_forks(2);
}

#[test]
fn a_watch_reports_consolidated_changes() {
    let mut engine = Engine::new(Options::default()).unwrap();
    engine.set_plan(plan()).unwrap();
    let link = engine.base("link").unwrap();
    engine.insert(Fork::BASE, link, &[1, 2], Origin::default()).unwrap();
    engine.commit().unwrap();
    engine.watch("path").unwrap();
    let first = engine.commit().unwrap();
    assert_eq!(first.changes[0].inserted.iter().collect::<Vec<_>>(), [[1, 2]]);
    engine.insert(Fork::BASE, link, &[2, 3], Origin::default()).unwrap();
    engine.insert(Fork::BASE, link, &[4, 4], Origin::default()).unwrap();
    engine.retract(Fork::BASE, link, &[4, 4]).unwrap();
    let next = engine.commit().unwrap();
    assert_eq!(next.changes[0].inserted.iter().collect::<Vec<_>>(), [[1, 3], [2, 3]]);
    assert!(next.changes[0].retracted.is_empty());
    assert!(engine.commit().unwrap().changes.is_empty());
}

#[test]
fn a_new_plan_keeps_what_it_shares_with_the_old_one() {
    let mut engine = Engine::new(Options::default()).unwrap();
    let mut small = plan();
    small.strata.truncate(1);
    small.relations.truncate(2);
    engine.set_plan(small.clone()).unwrap();
    let link = engine.base("link").unwrap();
    let links: Pairs = [(1, 2), (2, 3), (3, 1), (4, 5)].into();
    for (x, y) in &links {
        engine.insert(Fork::BASE, link, &[*x, *y], Origin::default()).unwrap();
    }
    engine.commit().unwrap();
    let fork = engine.fork();
    engine.retract(fork, link, &[2, 3]).unwrap();
    engine.commit().unwrap();
    engine.set_plan(plan()).unwrap();
    check(&mut engine, Fork::BASE, &links);
    let mut cut = links.clone();
    cut.remove(&(2, 3));
    check(&mut engine, fork, &cut);
    engine.retract(Fork::BASE, link, &[4, 5]).unwrap();
    engine.commit().unwrap();
    cut.remove(&(4, 5));
    check(&mut engine, fork, &cut);
    engine.set_plan(small).unwrap();
    assert_eq!(read(&mut engine, fork, "path"), closure(&cut));
    assert!(engine.query(Fork::BASE, "size", &[None, None]).is_err());
}

#[test]
fn a_query_with_bound_columns_gives_the_rows_that_agree() {
    let mut engine = Engine::new(Options::default()).unwrap();
    engine.set_plan(plan()).unwrap();
    let link = engine.base("link").unwrap();
    for row in [[1, 2], [2, 3], [5, 3]] {
        engine.insert(Fork::BASE, link, &row, Origin::default()).unwrap();
    }
    engine.commit().unwrap();
    let rows = |engine: &mut Engine, relation: &str, pattern: &[Option<u64>]| -> Vec<Vec<u64>> {
        engine.query(Fork::BASE, relation, pattern).unwrap().iter().map(<[u64]>::to_vec).collect()
    };
    assert_eq!(rows(&mut engine, "link", &[Some(2), None]), [[2, 3]]);
    assert_eq!(rows(&mut engine, "path", &[None, Some(3)]), [[1, 3], [2, 3], [5, 3]]);
    assert_eq!(rows(&mut engine, "path", &[Some(1), Some(3)]), [[1, 3]]);
    assert_eq!(engine.count(Fork::BASE, "path").unwrap(), 4);
}

#[test]
fn the_work_of_a_change_is_that_of_what_it_changes() {
    let mut engine = Engine::new(Options::default()).unwrap();
    let mut only_paths = plan();
    only_paths.strata.truncate(1);
    only_paths.relations.truncate(2);
    engine.set_plan(only_paths).unwrap();
    let link = engine.base("link").unwrap();
    // A hundred chains of ten links: 5,500 paths.
    for chain in 0..100 {
        for i in 0..10 {
            engine.insert(Fork::BASE, link, &[chain * 100 + i, chain * 100 + i + 1], Origin::default()).unwrap();
        }
    }
    assert!(engine.commit().unwrap().produced > 5_500);
    assert_eq!(engine.count(Fork::BASE, "path").unwrap(), 5_500);
    // The last link of one chain carries ten of them.
    engine.retract(Fork::BASE, link, &[4209, 4210]).unwrap();
    let produced = engine.commit().unwrap().produced;
    assert!(produced < 100, "{produced} rows produced for ten that went");
    assert_eq!(engine.count(Fork::BASE, "path").unwrap(), 5_490);
}
