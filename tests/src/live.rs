//! The live engine, driven by names and values.

use crate::database::{Database, Tuple, Value};
use crate::evaluator::Evaluator;
use crate::random::Edit;
use compiler::plan::Plan;
use runtime::{Engine, Fork, Options, Origin};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An engine and the forks that are open in it.
pub struct Live {
    engine: Engine,
    forks: BTreeMap<usize, Fork>,
    made: usize,
    /// What the reported changes of the watched relations add up to.
    reported: Database,
    watching: bool,
}

impl Live {
    /// An engine that maintains a plan.
    pub fn new(plan: Plan, workers: usize) -> Live {
        let engine = Engine::new(Options { workers, ..Options::default() }).expect("an engine starts");
        let forks = BTreeMap::from([(0, Fork::BASE)]);
        let mut live = Live { engine, forks, made: 0, reported: Database::new(), watching: false };
        live.set_plan(plan);
        live
    }

    /// Other rules from now on.
    pub fn set_plan(&mut self, plan: Plan) {
        self.engine.set_plan(plan).expect("the engine takes the plan");
    }

    /// The changes of all relations of the program are reported from now on, and held against what is read.
    pub fn watch_all(&mut self) {
        self.watching = true;
        for name in self.names() {
            self.engine.watch(&name).expect("the relation is known");
        }
    }

    fn names(&self) -> Vec<Arc<str>> {
        let names = self.engine.plan().relations.iter().map(|r| r.name.clone());
        names.filter(|n| !n.starts_with('@')).collect()
    }

    fn rows(&mut self, fork: usize, name: &str) -> BTreeSet<Tuple> {
        let plan = self.engine.plan();
        let id = plan.find(name).expect("the relation is known");
        let primitives: Vec<_> = plan.relation(id).primitives().collect();
        let pattern = vec![None; primitives.len()];
        let rows = self.engine.query(self.forks[&fork], name, &pattern).expect("the relation can be read");
        let symbols = self.engine.symbols();
        let tuple = |row: &[u64]| -> Tuple {
            row.iter().zip(&primitives).map(|(w, p)| Value::of(runtime::Value::of(*w, *p, symbols))).collect()
        };
        let set: BTreeSet<Tuple> = rows.iter().map(tuple).collect();
        assert_eq!(set.len(), rows.len(), "`{name}` is a set");
        set
    }

    fn words(&self, tuple: &Tuple) -> Vec<u64> {
        tuple.iter().map(|v| v.to_runtime().word(self.engine.symbols())).collect()
    }
}

impl Evaluator for Live {
    fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Insert(fork, name, tuple) => {
                let base = self.engine.base(name).expect("facts may be given");
                let row = self.words(tuple);
                self.engine.insert(self.forks[fork], base, &row, Origin::default()).expect("the fact fits");
            }
            Edit::Retract(fork, name, tuple) => {
                let base = self.engine.base(name).expect("facts may be given");
                let row = self.words(tuple);
                self.engine.retract(self.forks[fork], base, &row).expect("the fact fits");
            }
            Edit::Fork => {
                self.made += 1;
                let fork = self.engine.fork().expect("a fork can be made");
                self.forks.insert(self.made, fork);
            }
            Edit::Drop(fork) => {
                let fork = self.forks.remove(fork).expect("the fork lives");
                self.engine.drop_fork(fork).expect("the fork lives");
            }
        }
    }

    fn commit(&mut self) {
        self.engine.commit().expect("the epoch closes");
    }

    fn read(&mut self, fork: usize) -> Database {
        let names = self.names();
        names.into_iter().map(|name| (name.clone(), self.rows(fork, &name))).collect()
    }

    fn forks(&self) -> Vec<usize> {
        self.forks.keys().copied().collect()
    }
}
