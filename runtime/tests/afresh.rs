//! Large changes: the engine halts, derives afresh, and maintains again when changes are small, without a difference that
//! a reader could see.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use compiler::planner::{Statistics, plan};
use runtime::{BaseId, Engine, Fork, Options, Origin, Rows, Upkeep};

/// A chain along which facts spread, a layer on top, and the chain's ends.
const RULES: &str = "
    .decl edge(x: number, y: number)
    .decl source(s: number, x: number)
    .decl at(s: number, x: number)
    at(s, x) :- source(s, x).
    at(s, y) :- at(s, x), edge(x, y).
    .decl visits(x: number, n: number)
    visits(x, n) :- edge(x, _), n = count : { at(_, x) }.
    .decl silent(x: number)
    silent(x) :- edge(x, _), !at(_, x).
";

const RELATIONS: [&str; 3] = ["at", "visits", "silent"];

struct Model {
    engine: Engine,
    edge: BaseId,
    source: BaseId,
}

impl Model {
    fn new(workers: usize, upkeep: Upkeep) -> Model {
        let mut engine = Engine::new(Options { workers }).unwrap();
        engine.set_upkeep(upkeep);
        let program = compiler::compile(&[("a.dl", RULES)], &compiler::NoFiles).program.unwrap();
        engine.set_plan(plan(&program, &Statistics::new())).unwrap();
        let (edge, source) = (engine.base("edge").unwrap(), engine.base("source").unwrap());
        Model { engine, edge, source }
    }

    fn load(&mut self, length: u64, sources: u64) {
        for x in 0..length {
            self.engine.insert(Fork::BASE, self.edge, &[x, x + 1], Origin::default()).unwrap();
        }
        for s in 0..sources {
            self.engine.insert(Fork::BASE, self.source, &[s, s * length / sources], Origin::default()).unwrap();
        }
        self.engine.commit().unwrap();
    }

    fn edge(&mut self, fork: Fork, insert: bool, row: [u64; 2]) {
        match insert {
            true => self.engine.insert(fork, self.edge, &row, Origin::default()).unwrap(),
            false => self.engine.retract(fork, self.edge, &row).unwrap(),
        }
    }

    fn everything(&mut self, forks: &[Fork]) -> Vec<Rows> {
        let (engine, mut all) = (&mut self.engine, Vec::new());
        for fork in forks {
            for relation in RELATIONS {
                let arity = engine.plan().relation(engine.plan().find(relation).unwrap()).arity();
                all.push(engine.query(*fork, relation, &vec![None; arity]).unwrap());
            }
        }
        all
    }
}

/// Shortcuts everywhere: the round of every tuple behind them changes.
fn shorten(model: &mut Model, fork: Fork, insert: bool, length: u64) {
    let leap = if fork == Fork::BASE { 5 } else { 4 };
    (0..length).step_by(7).for_each(|x| model.edge(fork, insert, [x, x + leap]));
}

fn equal_in_every_state(workers: usize) {
    let (length, sources) = (120, 8);
    let mut judge = Model::new(1, Upkeep::Maintain);
    let mut model = Model::new(workers, Upkeep::Maintain);
    let mut forks = [[Fork::BASE; 2]; 3];
    for (i, model) in [&mut judge, &mut model].into_iter().enumerate() {
        model.load(length, sources);
        (1..3).for_each(|fork| forks[fork][i] = model.engine.fork());
        model.edge(forks[1][i], false, [40, 41]);
        model.engine.commit().unwrap();
    }
    let of = |i: usize| forks.map(|fork| fork[i]);
    // How relations are kept current, and whether something is then derived afresh.
    let steps = [
        (Upkeep::Within(300), 1),
        (Upkeep::Maintain, 0),
        (Upkeep::Afresh, 1),
        (Upkeep::Afresh, 1),
        (Upkeep::Within(0), 1),
        (Upkeep::Within(100_000_000), 0),
        (Upkeep::Afresh, 1),
        (Upkeep::Maintain, 1),
    ];
    for (step, (upkeep, expected)) in steps.into_iter().enumerate() {
        model.engine.set_upkeep(upkeep);
        for (i, model) in [&mut judge, &mut model].into_iter().enumerate() {
            match step % 4 {
                0 => shorten(model, Fork::BASE, step < 4, length),
                1 => model.edge(forks[2][i], step < 4, [3, 99]),
                2 => shorten(model, forks[1][i], step < 4, length),
                _ => model.edge(Fork::BASE, step > 4, [60, 61]),
            }
            let afresh = model.engine.commit().unwrap().afresh;
            assert_eq!(i == 1 && expected == 1, afresh > 0, "step {step}, {upkeep:?}");
        }
        let is_afresh = model.engine.derived_afresh().0 > 0;
        assert_eq!(is_afresh, upkeep == Upkeep::Afresh, "after step {step}");
        assert_eq!(judge.everything(&of(0)), model.everything(&of(1)), "after step {step}, {upkeep:?}");
    }
}

/// Whichever of the two ways is first, nobody can tell.
fn equal_beside(workers: usize) {
    let (length, sources) = (150, 10);
    let (mut judge, mut model) = (Model::new(1, Upkeep::Maintain), Model::new(workers, Upkeep::Beside(0)));
    let mut forks = [[Fork::BASE; 2]; 2];
    for (i, model) in [&mut judge, &mut model].into_iter().enumerate() {
        model.load(length, sources);
        forks[1][i] = model.engine.fork();
        model.edge(forks[1][i], false, [40, 41]);
        model.engine.commit().unwrap();
    }
    let of = |i: usize| forks.map(|fork| fork[i]);
    for step in 0..12 {
        for (i, model) in [&mut judge, &mut model].into_iter().enumerate() {
            match step % 3 {
                0 => shorten(model, Fork::BASE, step < 6, length),
                1 => shorten(model, forks[1][i], step < 6, length),
                _ => model.edge(Fork::BASE, step > 6, [70, 71]),
            }
            model.engine.commit().unwrap();
        }
        assert_eq!(judge.everything(&of(0)), model.everything(&of(1)), "after step {step}");
    }
}

#[test]
fn it_does_not_matter_which_way_is_quicker() {
    equal_beside(1);
    equal_beside(2);
}

#[test]
fn a_reader_sees_no_difference() {
    equal_in_every_state(1);
}

#[test]
fn a_reader_sees_no_difference_on_two_workers() {
    equal_in_every_state(2);
}

#[test]
fn changes_are_reported_through_a_halt_and_a_subscription_goes_on() {
    let mut model = Model::new(1, Upkeep::Maintain);
    model.load(100, 4);
    model.engine.watch("at").unwrap();
    model.engine.watch("edge").unwrap();
    let subscription = model.engine.subscribe("visits", 100).unwrap();
    model.engine.commit().unwrap();
    subscription.try_receive().unwrap();
    for upkeep in [Upkeep::Within(10), Upkeep::Afresh, Upkeep::Afresh, Upkeep::Maintain] {
        model.engine.set_upkeep(upkeep);
        // What was derived afresh and shall be maintained is so after the next commit.
        model.engine.commit().unwrap();
        for insert in [false, true] {
            model.edge(Fork::BASE, insert, [90, 91]);
            let commit = model.engine.commit().unwrap();
            assert_eq!(commit.afresh > 0, upkeep != Upkeep::Maintain, "{upkeep:?}");
            let changes = commit.changes;
            let of = |name: &str| {
                let change = changes.iter().find(|c| &*c.relation == name).unwrap();
                let (more, less) = (change.inserted.len(), change.retracted.len());
                if insert { (more, less) } else { (less, more) }
            };
            assert_eq!((of("edge"), of("at")), ((1, 0), (40, 0)), "{upkeep:?}");
            let delivered = subscription.try_receive().unwrap();
            assert_eq!(delivered.changes.len(), 1);
            assert!(subscription.try_receive().is_none(), "{upkeep:?}: one delivery a commit");
        }
    }
}

#[test]
fn what_is_derived_afresh_goes_back_when_its_forks_are_dropped() {
    let mut model = Model::new(1, Upkeep::Afresh);
    model.load(50, 2);
    let fork = model.engine.fork();
    model.edge(fork, false, [10, 11]);
    model.engine.watch("at").unwrap();
    model.engine.commit().unwrap();
    let base = model.everything(&[Fork::BASE]);
    assert_ne!(model.everything(&[fork]), base);
    model.engine.drop_fork(fork).unwrap();
    model.engine.commit().unwrap();
    let next = model.engine.fork();
    assert_eq!(model.everything(&[next]), base);
}

#[test]
fn a_small_model_is_maintained_whatever_happens_to_it() {
    let mut model = Model::new(1, Upkeep::Choose);
    model.load(200, 10);
    shorten(&mut model, Fork::BASE, true, 200);
    assert_eq!((model.engine.commit().unwrap().afresh, model.engine.derived_afresh().0), (0, 0));
}

#[test]
fn forks_that_follow_a_scenario_follow_what_is_derived_afresh() {
    let rules = format!(
        "{RULES}
        .scenario detour \"what if chains go on where they are silent?\" {{
            -edge(x, y) :- visits(x, n), n > 2, edge(x, y).
            +edge(x, y) :- silent(x), y = x + 3.
        }}"
    );
    let compilation = compiler::compile(&[("a.dl", &rules)], &compiler::NoFiles);
    let program = compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    let mut models = [Upkeep::Maintain, Upkeep::Maintain].map(|upkeep| Model::new(1, upkeep));
    let forks = models.each_mut().map(|model| {
        model.engine.set_plan(plan(&program.with_scenarios(), &Statistics::new())).unwrap();
        (model.edge, model.source) = (model.engine.base("edge").unwrap(), model.engine.base("source").unwrap());
        model.load(60, 3);
        let first = model.engine.fork_following(Fork::BASE, "detour").unwrap();
        let second = model.engine.fork_following(first, "detour").unwrap();
        model.engine.commit().unwrap();
        [Fork::BASE, first, second]
    });
    let before = models[0].everything(&forks[0]);
    assert_ne!(before[0], before[3], "the scenario has an effect");
    let ways = [Upkeep::Within(20), Upkeep::Afresh, Upkeep::Afresh, Upkeep::Maintain, Upkeep::Within(0)];
    for (step, way) in ways.into_iter().enumerate() {
        models[1].engine.set_upkeep(way);
        let halted = models.each_mut().map(|model| {
            model.edge(Fork::BASE, step % 2 == 1, [30, 31]);
            model.edge(Fork::BASE, step % 2 == 0, [10, 20]);
            model.engine.commit().unwrap().afresh > 0
        });
        assert!(!halted[0] && halted[1], "{way:?}");
        assert_eq!(models[0].everything(&forks[0]), models[1].everything(&forks[1]), "after step {step}, {way:?}");
    }
}
