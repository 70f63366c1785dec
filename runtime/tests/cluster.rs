//! An engine over two processes against one of one process: the same rows, in every fork, after every change.
//!
//! The processes are threads here; that they may as well be programs is tested where there is a program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use compiler::planner::{Statistics, plan};
use runtime::{BaseId, Cluster, Engine, Fork, Options, Origin, Rows, Value, follow};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

const RULES: &str = r#"
    .type Hop = [from: symbol, to: symbol]
    .decl link(a: symbol, b: symbol, metric: number)
    .decl dist(a: symbol, b: symbol, d: number)
    dist(a, b, d) :- link(a, b, d).
    dist(a, c, d + e) :- dist(a, b, d), link(b, c, e), d < 40.
    dist(a, b, d) <= dist(a, b, e) :- e <= d.
    // Names and terms that are made by the workers, whichever process they are in.
    .decl label(text: symbol, hop: Hop)
    label(cat(a, cat("->", b)), [a, b]) :- dist(a, b, _).
    .decl ends(text: symbol, to: symbol)
    ends(text, b) :- label(text, [_, b]).
    .decl unreached(a: symbol, b: symbol)
    unreached(a, b) :- link(a, _, _), link(_, b, _), !dist(a, b, _).
    .decl reach(a: symbol, n: number)
    reach(a, n) :- link(a, _, _), n = count : { dist(a, _, _) }.
"#;

const RELATIONS: [&str; 5] = ["dist", "label", "ends", "unreached", "reach"];

/// The engine of two processes, and the thread that is the second one.
fn two_processes(workers: usize) -> (Engine, JoinHandle<Result<(), runtime::Error>>) {
    let listeners = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let hosts: Vec<String> = listeners.iter().map(|l| l.local_addr().unwrap().to_string()).collect();
    drop(listeners);
    let cluster = |process| Cluster::new(hosts.clone(), process, |message| panic!("{message}"));
    let (first, second) = (cluster(0), cluster(1));
    let follower = thread::spawn(move || follow(Options { workers }, second));
    (Engine::lead(Options { workers }, first).unwrap(), follower)
}

/// Two engines that are told the same.
struct Both {
    engines: [Engine; 2],
    bases: [BaseId; 2],
    forks: Vec<[Fork; 2]>,
}

impl Both {
    fn new(mut engines: [Engine; 2]) -> Both {
        let program = compiler::compile(&[("a.dl", RULES)], &compiler::NoFiles).program.unwrap();
        let bases = engines.each_mut().map(|engine| {
            engine.set_plan(plan(&program, &Statistics::new())).unwrap();
            engine.base("link").unwrap()
        });
        Both { engines, bases, forks: vec![[Fork::BASE; 2]] }
    }

    fn edit(&mut self, fork: usize, insert: bool, (a, b, metric): (u64, u64, u64)) {
        for (i, engine) in self.engines.iter_mut().enumerate() {
            let name = |n: u64| Value::Symbol(format!("node{n}").into()).word(engine.symbols());
            let (row, fork) = ([name(a), name(b), metric], self.forks[fork][i]);
            match insert {
                true => engine.insert(fork, self.bases[i], &row, Origin::default()).unwrap(),
                false => engine.retract(fork, self.bases[i], &row).unwrap(),
            }
        }
    }

    fn fork(&mut self) {
        let [one, two] = &mut self.engines;
        self.forks.push([one.fork(), two.fork()]);
    }

    /// Commits, and holds every relation in every fork against its other self, by text.
    fn check(&mut self) {
        self.engines.iter_mut().for_each(|engine| drop(engine.commit().unwrap()));
        for forks in self.forks.clone() {
            for relation in RELATIONS {
                let [one, two] = [0, 1].map(|i| {
                    let engine = &mut self.engines[i];
                    let id = engine.plan().find(relation).unwrap();
                    let columns = engine.plan().relation(id).columns.clone();
                    let rows: Rows = engine.query(forks[i], relation, &vec![None; columns.len()]).unwrap();
                    assert_eq!(engine.count(forks[i], relation).unwrap(), rows.len());
                    let shown = |row: &[u64]| {
                        let value = |(word, column): (&u64, &compiler::plan::Column)| {
                            Value::of(*word, &column.ty, engine.symbols()).to_string()
                        };
                        row.iter().zip(&columns).map(value).collect::<Vec<_>>()
                    };
                    let mut shown: Vec<Vec<String>> = rows.iter().map(shown).collect();
                    shown.sort();
                    shown
                });
                assert_eq!(one, two, "{relation} in {forks:?}");
            }
        }
    }
}

fn run(workers: usize) {
    let (cluster, follower) = two_processes(workers);
    let mut both = Both::new([Engine::new(Options::default()).unwrap(), cluster]);
    let mut draw = 7_u64;
    let mut below = |n: u64| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) % n
    };
    for _ in 0..40 {
        both.edit(0, true, (below(12), below(12), 1 + below(5)));
    }
    both.check();
    both.fork();
    both.fork();
    for _ in 0..8 {
        for _ in 0..4 {
            let (fork, insert) = (below(both.forks.len() as u64) as usize, below(2) == 0);
            both.edit(fork, insert, (below(12), below(12), 1 + below(5)));
        }
        both.check();
    }
    let dropped = both.forks.pop().unwrap();
    for (engine, fork) in both.engines.iter_mut().zip(dropped) {
        engine.drop_fork(fork).unwrap();
    }
    both.check();
    drop(both);
    follower.join().unwrap().unwrap();
}

#[test]
fn two_processes_give_what_one_gives() {
    run(1);
}

#[test]
fn two_processes_of_two_workers_give_what_one_worker_gives() {
    run(2);
}
