//! Forks through the front door: what they inherit, what merging does, that dropping frees, and what all that costs.

use compiler::planner::{Statistics, plan};
use compiler::{NoFiles, compile};
use runtime::{Effect, Engine, Error, Fork, Options, Origin};

/// A chain of links from 0 to `LENGTH`, and what is reached from 0.
const RULES: &str = "\
.decl link(a: number, b: number)
.input link
.decl reached(n: number)
.decl cut(n: number)
.decl closed(a: number)
.input closed
reached(0).
reached(b) :- reached(a), link(a, b), !closed(a).
cut(a) :- link(a, _), !reached(a).
.scenario without_last \"the last link reached is gone\" {
    -link(a, b) :- link(a, b), reached(b), b = max n : { reached(n) }.
}
.scenario beyond { +link(n, n + 1) :- n = max m : { reached(m) }. -link(n, n + 1) :- n = max m : { reached(m) }. }
";

const LENGTH: u64 = 300;

fn engine(workers: usize) -> Engine {
    let mut engine = Engine::new(Options { workers }).expect("an engine starts");
    engine.set_plan(planned(RULES)).expect("the plan can be kept current");
    let link = engine.base("link").expect("it takes facts");
    (0..LENGTH).for_each(|n| engine.insert(Fork::BASE, link, &[n, n + 1], Origin::default()).expect("it fits"));
    engine.commit().expect("the epoch closes");
    engine
}

fn planned(rules: &str) -> compiler::plan::Plan {
    let compilation = compile(&[("forks.dl", rules)], &NoFiles);
    let program = compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    plan(&program.with_scenarios(), &Statistics::new())
}

fn edit(engine: &mut Engine, fork: Fork, insert: bool, relation: &str, row: &[u64]) {
    let base = engine.base(relation).expect("it takes facts");
    match insert {
        true => engine.insert(fork, base, row, Origin::default()).expect("it fits"),
        false => engine.retract(fork, base, row).expect("it fits"),
    }
}

fn reached(engine: &mut Engine, fork: Fork) -> u64 {
    engine.count(fork, "reached").expect("it can be read") as u64
}

#[test]
fn a_fork_of_a_fork_follows_it_and_the_base_and_keeps_what_it_says_itself() {
    let mut engine = engine(2);
    let outer = engine.fork();
    edit(&mut engine, outer, false, "link", &[100, 101]);
    let inner = engine.fork_of(outer).expect("it lives");
    edit(&mut engine, inner, true, "link", &[100, 101]);
    let quiet = engine.fork_of(outer).expect("it lives");
    engine.commit().unwrap();
    let all = |engine: &mut Engine| [Fork::BASE, outer, inner, quiet].map(|fork| reached(engine, fork));
    assert_eq!(all(&mut engine), [301, 101, 301, 101]);
    // What the parent edits later its forks see, unless they say otherwise; so it is with the base.
    edit(&mut engine, outer, false, "link", &[50, 51]);
    engine.commit().unwrap();
    assert_eq!(all(&mut engine), [301, 51, 51, 51]);
    edit(&mut engine, Fork::BASE, false, "link", &[100, 101]);
    edit(&mut engine, inner, true, "link", &[50, 51]);
    engine.commit().unwrap();
    assert_eq!(all(&mut engine), [101, 51, 301, 51]);
    assert_eq!(engine.parent(inner), Ok(Some(outer)));
    assert_eq!(engine.drop_fork(outer), Err(Error::HasForks));
}

#[test]
fn merging_makes_the_edits_the_parents_own_in_one_epoch() {
    let mut engine = engine(1);
    engine.watch("reached").unwrap();
    engine.commit().unwrap();
    let fork = engine.fork();
    edit(&mut engine, fork, false, "link", &[9, 10]);
    edit(&mut engine, fork, true, "link", &[9, 11]);
    edit(&mut engine, fork, true, "link", &[3, 4]);
    let inner = engine.fork_of(fork).unwrap();
    edit(&mut engine, inner, false, "link", &[9, 11]);
    engine.commit().unwrap();
    let effect = Effect { inserted: 1, retracted: 1, without_effect: 1 };
    assert_eq!(engine.effect(fork), Ok(effect));
    let commit = engine.merge(fork, Origin { source: 0, record: 7 }).unwrap();
    assert_eq!((commit.inserted, commit.retracted, commit.without_effect), (1, 1, 1));
    // The fork of the fork sees no change: what the base loses, its difference to the base makes up for.
    let [base, other] = &commit.changes[..] else { panic!("two models change: {:?}", commit.changes) };
    assert_eq!((other.fork, other.inserted.words(), other.retracted.len()), (inner, &[10][..], 0));
    assert_eq!((base.fork, base.inserted.len(), base.retracted.words()), (Fork::BASE, 0, &[10][..]));
    assert_eq!((reached(&mut engine, Fork::BASE), reached(&mut engine, inner)), (300, 10));
    assert_eq!((engine.parent(inner), engine.parent(fork)), (Ok(Some(Fork::BASE)), Err(Error::UnknownFork)));
    let link = engine.base("link").unwrap();
    assert_eq!(engine.origins(link, &[9, 11]), [Origin { source: 0, record: 7 }]);
    assert_eq!(engine.merge(Fork::BASE, Origin::default()).unwrap_err(), Error::UnknownFork);
}

#[test]
fn a_fork_that_follows_a_scenario_is_current_when_the_epoch_closes() {
    for workers in [1, 2] {
        let mut engine = engine(workers);
        engine.watch("reached").unwrap();
        let shorter = engine.fork_following(Fork::BASE, "without_last").unwrap();
        let shortest = engine.fork_following(shorter, "without_last").unwrap();
        let beyond = engine.fork_following(shortest, "beyond").unwrap();
        engine.commit().unwrap();
        let all = |engine: &mut Engine| [Fork::BASE, shorter, shortest, beyond].map(|fork| reached(engine, fork));
        assert_eq!(all(&mut engine), [301, 300, 299, 300]);
        edit(&mut engine, Fork::BASE, false, "link", &[200, 201]);
        let commit = engine.commit().unwrap();
        assert_eq!(all(&mut engine), [201, 200, 199, 200]);
        assert_eq!((commit.inserted, commit.retracted), (0, 1), "what a scenario edits is not counted as an edit");
        let of = |fork| commit.changes.iter().find(|c| c.fork == fork).map(|c| (c.inserted.len(), c.retracted.len()));
        assert_eq!(of(Fork::BASE), Some((0, 100)));
        assert_eq!(of(shorter), Some((1, 1)), "300 holds again in the difference, and 200 does not");
        // By hand goes before the scenario.
        edit(&mut engine, shorter, true, "link", &[199, 200]);
        engine.commit().unwrap();
        assert_eq!(all(&mut engine), [201, 201, 200, 201]);
        assert_eq!(engine.scenario(shorter), Ok(Some("without_last")));
        assert_eq!(engine.fork_following(Fork::BASE, "wthout").unwrap_err(), Error::UnknownScenario("wthout".into()));
    }
}

#[test]
fn a_scenario_that_another_plan_changes_is_followed_and_one_that_is_gone_leaves_its_edits() {
    let mut engine = engine(1);
    let fork = engine.fork_following(Fork::BASE, "without_last").unwrap();
    engine.commit().unwrap();
    assert_eq!(reached(&mut engine, fork), 300);
    let other = RULES.replace("-link(a, b) :- link(a, b), reached(b), b = max n : { reached(n) }.", "+closed(9).");
    engine.set_plan(planned(&other)).unwrap();
    assert_eq!((reached(&mut engine, fork), engine.effect(fork).unwrap().inserted), (10, 1));
    let (without, _) = other.split_once(".scenario").unwrap();
    engine.set_plan(planned(without)).unwrap();
    edit(&mut engine, Fork::BASE, false, "link", &[4, 5]);
    engine.commit().unwrap();
    assert_eq!((reached(&mut engine, fork), reached(&mut engine, Fork::BASE)), (5, 5));
    engine.set_plan(planned(RULES)).unwrap();
    assert_eq!(
        (reached(&mut engine, fork), engine.effect(fork).unwrap()),
        (4, Effect { retracted: 1, ..Effect::default() })
    );
}

#[test]
fn dropping_forks_frees_what_they_held() {
    let mut engine = engine(1);
    // Compaction comes with further batches.
    let settle = |engine: &mut Engine| {
        for round in 0..40 {
            edit(engine, Fork::BASE, round % 2 == 0, "closed", &[LENGTH]);
            engine.commit().unwrap();
        }
    };
    settle(&mut engine);
    let before = engine.held().unwrap();
    for round in 0..3 {
        let forks: Vec<Fork> = (0..20).map(|_| engine.fork()).collect();
        let inner: Vec<Fork> = forks.iter().map(|fork| engine.fork_of(*fork).unwrap()).collect();
        for (n, fork) in forks.iter().enumerate() {
            edit(&mut engine, *fork, false, "link", &[n as u64, n as u64 + 1]);
        }
        let follower = engine.fork_following(inner[19], "without_last").unwrap();
        engine.commit().unwrap();
        let during = engine.held().unwrap();
        assert!(during.updates > before.updates + 20 * 200, "each fork cuts off most of the chain: {during:?}");
        assert_eq!(during.edits, 21);
        engine.drop_fork(follower).unwrap();
        inner.iter().chain(&forks).for_each(|fork| engine.drop_fork(*fork).unwrap());
        engine.commit().unwrap();
        settle(&mut engine);
        let after = engine.held().unwrap();
        assert_eq!((after.edits, after.facts), (0, before.facts));
        assert!(after.updates <= before.updates + 100, "round {round}: {before:?}, then {after:?}");
    }
}

#[test]
fn dropping_forks_costs_nothing_then_or_later() {
    for workers in [1, 2] {
        let (mut engine, mut other) = (engine(workers), engine(workers));
        let forks: Vec<Fork> = (0..8).map(|_| engine.fork()).collect();
        for (n, fork) in forks.iter().enumerate() {
            edit(&mut engine, *fork, false, "link", &[n as u64, n as u64 + 1]);
        }
        assert!(engine.commit().unwrap().produced > 8 * 200, "each fork cuts off most of the chain");
        let inner = engine.fork_of(forks[3]).unwrap();
        engine.commit().unwrap();
        std::iter::once(&inner).chain(&forks).for_each(|fork| engine.drop_fork(*fork).unwrap());
        assert_eq!(engine.commit().unwrap().produced, 0);
        // What the base changes then touches as much as if the forks had never been, whether they are still stored or not.
        for n in [LENGTH - 9, LENGTH - 20, LENGTH - 30] {
            let produced = [&mut engine, &mut other].map(|engine| {
                edit(engine, Fork::BASE, false, "link", &[n, n + 1]);
                engine.commit().unwrap().produced
            });
            assert_eq!(produced[0], produced[1], "on {workers} workers");
            assert_eq!(reached(&mut engine, Fork::BASE), n + 1);
        }
        let fork = engine.fork();
        edit(&mut engine, fork, true, "link", &[LENGTH - 30, LENGTH - 29]);
        engine.commit().unwrap();
        assert_eq!((reached(&mut engine, fork), reached(&mut engine, Fork::BASE)), (LENGTH - 19, LENGTH - 29));
    }
}

#[test]
fn a_fork_of_a_large_model_costs_what_it_changes() {
    let mut engine = engine(1);
    let fork = engine.fork();
    edit(&mut engine, fork, false, "link", &[LENGTH - 3, LENGTH - 2]);
    let one = engine.commit().unwrap().produced;
    let inner = engine.fork_of(fork).unwrap();
    edit(&mut engine, inner, true, "closed", &[LENGTH - 8]);
    let other = engine.commit().unwrap().produced;
    assert!(one < 200 && other < 400, "{one} and {other} rows of {LENGTH} links and their followers");
}

#[test]
fn a_diff_tells_what_one_model_has_alone() {
    let mut engine = engine(2);
    let (a, b) = (engine.fork(), engine.fork());
    edit(&mut engine, a, false, "link", &[290, 291]);
    edit(&mut engine, b, false, "link", &[280, 281]);
    edit(&mut engine, b, true, "link", &[5, 1000]);
    engine.commit().unwrap();
    let diff = engine.diff(a, b, "reached").unwrap();
    assert_eq!((diff.inserted.words(), diff.retracted.len()), (&[1000][..], 10));
    let diff = engine.diff(a, b, "link").unwrap();
    assert_eq!(diff.inserted.words(), [5, 1000, 290, 291]);
    assert_eq!(diff.retracted.words(), [280, 281]);
    // What is open is not seen.
    edit(&mut engine, a, false, "link", &[1, 2]);
    assert_eq!(engine.diff(Fork::BASE, a, "link").unwrap().retracted.words(), [290, 291]);
}

#[test]
fn a_dropped_fork_is_unknown_also_when_another_has_its_place() {
    let mut engine = engine(1);
    let gone = engine.fork();
    engine.drop_fork(gone).unwrap();
    engine.commit().unwrap();
    let new = engine.fork();
    edit(&mut engine, new, false, "link", &[0, 1]);
    engine.commit().unwrap();
    assert_eq!(engine.query(gone, "reached", &[None]), Err(Error::UnknownFork));
    assert_eq!(engine.drop_fork(gone), Err(Error::UnknownFork));
    assert_eq!(reached(&mut engine, new), 1);
    assert_eq!(engine.forks().collect::<Vec<_>>(), [new]);
}
