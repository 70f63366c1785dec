//! Continuous queries: whoever applies what is delivered has the relation, however slowly it reads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use compiler::planner::{Statistics, plan};
use runtime::{BaseId, Delivery, Engine, Fork, Options, Origin};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

const RULES: &str = "
    .decl link(a: number, b: number)
    .decl path(a: number, b: number)
    path(a, b) :- link(a, b).
    path(a, c) :- path(a, b), link(b, c).
";

fn engine(rules: &str) -> (Engine, BaseId) {
    let mut engine = Engine::new(Options::default()).unwrap();
    follow(&mut engine, rules);
    let link = engine.base("link").unwrap();
    (engine, link)
}

fn follow(engine: &mut Engine, rules: &str) {
    let program = compiler::compile(&[("a.dl", rules)], &compiler::NoFiles).program.unwrap();
    engine.set_plan(plan(&program, &Statistics::new())).unwrap();
}

fn link(engine: &mut Engine, fork: Fork, base: BaseId, a: u64, b: u64) {
    engine.insert(fork, base, &[a, b], Origin::default()).unwrap();
}

/// The relation as whoever reads the deliveries knows it, in every fork.
#[derive(Default)]
struct Copy(BTreeMap<(Fork, Vec<u64>), i32>);

impl Copy {
    fn apply(&mut self, delivery: &Delivery) {
        assert!(!delivery.changes.is_empty(), "nothing is delivered without a change");
        for change in &delivery.changes {
            for (rows, sign) in [(&change.inserted, 1), (&change.retracted, -1)] {
                rows.iter().for_each(|row| *self.0.entry((change.fork, row.to_vec())).or_default() += sign);
            }
        }
    }

    fn rows(&self, fork: Fork) -> BTreeSet<Vec<u64>> {
        let weight = |fork, row: &Vec<u64>| self.0.get(&(fork, row.clone())).copied().unwrap_or(0);
        let all = self.0.keys().map(|(_, row)| row.clone());
        let holds = |row: &Vec<u64>| {
            let count = weight(Fork::BASE, row) + if fork == Fork::BASE { 0 } else { weight(fork, row) };
            assert!((0..=1).contains(&count), "{row:?} holds {count} times");
            count == 1
        };
        all.filter(holds).collect()
    }
}

fn rows(engine: &mut Engine, fork: Fork) -> BTreeSet<Vec<u64>> {
    engine.query(fork, "path", &[None, None]).unwrap().iter().map(<[u64]>::to_vec).collect()
}

#[test]
fn each_epoch_is_delivered_to_whoever_keeps_up() {
    let (mut engine, base) = engine(RULES);
    link(&mut engine, Fork::BASE, base, 1, 2);
    engine.commit().unwrap();
    let subscription = engine.subscribe("path", 4).unwrap();
    let mut copy = Copy::default();
    for i in 2..12 {
        link(&mut engine, Fork::BASE, base, i, i + 1);
        let commit = engine.commit().unwrap();
        assert!(commit.changes.is_empty(), "a subscription is no watch");
        let delivery = subscription.try_receive().unwrap();
        assert_eq!((delivery.first, delivery.last), (commit.epoch, commit.epoch));
        copy.apply(&delivery);
        assert_eq!(copy.rows(Fork::BASE), rows(&mut engine, Fork::BASE));
        assert!(subscription.try_receive().is_none());
    }
    engine.commit().unwrap();
    assert!(subscription.try_receive().is_none(), "nothing has changed");
}

#[test]
fn whoever_is_slow_gets_the_difference_over_several_epochs() {
    let (mut engine, base) = engine(RULES);
    let subscription = engine.subscribe("path", 2).unwrap();
    let fork = engine.fork();
    let mut last = 0;
    for i in 0..50 {
        link(&mut engine, Fork::BASE, base, i % 7, (i * 3) % 7);
        engine.retract(Fork::BASE, base, &[(i + 4) % 7, ((i + 4) * 3) % 7]).unwrap();
        link(&mut engine, fork, base, i % 5, i % 3);
        last = engine.commit().unwrap().epoch;
    }
    let (mut copy, mut deliveries) = (Copy::default(), Vec::new());
    while let Some(delivery) = subscription.try_receive() {
        copy.apply(&delivery);
        deliveries.push((delivery.first, delivery.last));
    }
    assert_eq!(deliveries.len(), 2, "as many as there is room for");
    assert!(deliveries[0].1 < deliveries[1].0 && deliveries[1].1 == last, "{deliveries:?} up to {last}");
    for fork in [Fork::BASE, fork] {
        assert_eq!(copy.rows(fork), rows(&mut engine, fork));
    }
}

#[test]
fn what_cancels_out_while_it_waits_is_not_delivered() {
    let (mut engine, base) = engine(RULES);
    let subscription = engine.subscribe("path", 1).unwrap();
    for _ in 0..3 {
        link(&mut engine, Fork::BASE, base, 1, 2);
        engine.commit().unwrap();
        engine.retract(Fork::BASE, base, &[1, 2]).unwrap();
        engine.commit().unwrap();
    }
    assert!(subscription.try_receive().is_none());
}

#[test]
fn a_consumer_in_its_own_thread_has_everything_when_the_engine_ends() {
    let (mut engine, base) = engine(RULES);
    let subscription = engine.subscribe("path", 3).unwrap();
    let consumer = thread::spawn(move || {
        let mut copy = Copy::default();
        let mut last = None;
        while let Some(delivery) = subscription.receive() {
            assert!(last.is_none_or(|last| last < delivery.first) && delivery.first <= delivery.last);
            last = Some(delivery.last);
            copy.apply(&delivery);
        }
        assert!(subscription.is_over());
        copy.rows(Fork::BASE)
    });
    for i in 0..60 {
        link(&mut engine, Fork::BASE, base, i % 11, (i * i) % 13);
        if i % 3 == 0 {
            engine.retract(Fork::BASE, base, &[(i / 2) % 11, (i * i / 4) % 13]).unwrap();
        }
        engine.commit().unwrap();
    }
    let expected = rows(&mut engine, Fork::BASE);
    drop(engine);
    assert_eq!(consumer.join().unwrap(), expected);
}

#[test]
fn a_subscription_outlives_new_rules_and_ends_with_its_relation() {
    let (mut engine, base) = engine(RULES);
    let subscription = engine.subscribe("path", 1).unwrap();
    link(&mut engine, Fork::BASE, base, 1, 2);
    engine.commit().unwrap();
    follow(&mut engine, &format!("{RULES} path(b, a) :- link(a, b)."));
    let mut copy = Copy::default();
    copy.apply(&subscription.try_receive().unwrap());
    assert_eq!(copy.rows(Fork::BASE), rows(&mut engine, Fork::BASE));
    assert_eq!(copy.rows(Fork::BASE).len(), 3);
    assert!(!subscription.is_over());
    follow(&mut engine, ".decl link(a: number, b: number)");
    assert!(subscription.is_over());
}

#[test]
fn dropping_a_subscription_ends_the_work_for_it_and_watches_are_apart() {
    let (mut engine, base) = engine(RULES);
    let (one, two) = (engine.subscribe("path", 1).unwrap(), engine.subscribe("path", 9).unwrap());
    link(&mut engine, Fork::BASE, base, 1, 2);
    engine.commit().unwrap();
    let third = engine.subscribe("path", 9).unwrap();
    let first = |subscription: &runtime::Subscription| subscription.try_receive().unwrap().changes[0].inserted.clone();
    assert_eq!((first(&one), first(&two)), (first(&third), rows_of(&[[1, 2]])));
    engine.watch("path").unwrap();
    assert_eq!(engine.commit().unwrap().changes[0].inserted, rows_of(&[[1, 2]]), "a watch says first what there is");
    drop((one, two, third));
    link(&mut engine, Fork::BASE, base, 5, 6);
    assert_eq!(engine.commit().unwrap().changes[0].inserted, rows_of(&[[5, 6]]), "the watch goes on");
    let again = engine.subscribe("path", 1).unwrap();
    engine.unwatch("path").unwrap();
    link(&mut engine, Fork::BASE, base, 7, 8);
    assert!(engine.commit().unwrap().changes.is_empty());
    assert_eq!(again.try_receive().unwrap().changes[0].inserted.len(), 3);
    assert!(engine.subscribe("nothing", 1).is_err());
}

fn rows_of(rows: &[[u64; 2]]) -> runtime::Rows {
    runtime::Rows::from_words(2, rows.len(), rows.concat())
}
