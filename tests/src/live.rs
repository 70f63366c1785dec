//! The live engine, driven by names and values.

use crate::database::{Database, Tuple, Value};
use crate::evaluator::Evaluator;
use crate::random::Edit;
use compiler::plan::Plan;
use compiler::program::{Column, Program, RelationId};
use runtime::explain::{self, Bounds, Forks, Goal, Limits, Remedies, Why};
use runtime::{Commit, Engine, Fork, Options, Origin, Symbols, Upkeep};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How often each tuple was reported, less how often its end.
type Multiset = HashMap<Tuple, i64>;

/// An engine and the forks that are open in it.
pub struct Live {
    engine: Engine,
    forks: BTreeMap<usize, Fork>,
    made: usize,
    /// How each commit keeps relations current, in turn.
    upkeep: Vec<Upkeep>,
    commits: usize,
    /// What the reported changes of the watched relations add up to, by model; none if nothing is watched.
    reported: Option<HashMap<(Fork, Arc<str>), Multiset>>,
}

impl Live {
    /// An engine that maintains a plan.
    pub fn new(plan: Plan, workers: usize) -> Live {
        let engine = Engine::new(Options { workers }).expect("an engine starts");
        let forks = BTreeMap::from([(0, Fork::BASE)]);
        let mut live = Live { engine, forks, made: 0, upkeep: Vec::new(), commits: 0, reported: None };
        live.set_plan(plan);
        live
    }

    /// Other rules from now on.
    pub fn set_plan(&mut self, plan: Plan) {
        let commit = self.engine.set_plan(plan).expect("the engine takes the plan");
        self.note(commit);
    }

    /// Commits keep relations current in these ways, in turn.
    pub fn vary_upkeep(&mut self, upkeep: Vec<Upkeep>) {
        self.upkeep = upkeep;
    }

    /// The changes of all relations of the program are reported from now on; [`Evaluator::read`] holds their sum against
    /// what it reads.
    pub fn watch_all(&mut self) {
        self.reported = Some(HashMap::new());
        for name in self.names() {
            self.engine.watch(&name).expect("the relation is known");
        }
        // What is there already is reported with the next commit.
        self.commit();
    }

    /// Answers the queries of a plan on the spot, in a fork.
    pub fn ask(&mut self, fork: usize, plan: &Plan) -> Vec<BTreeSet<Tuple>> {
        let answers = self.engine.ask(self.forks[&fork], plan).expect("the question can be answered");
        let queries = plan.queries.iter().map(|id| &plan.relation(*id).columns);
        let symbols = self.engine.symbols();
        answers
            .iter()
            .zip(queries)
            .map(|(rows, columns)| rows.iter().map(|row| tuple(row, columns, symbols)).collect())
            .collect()
    }

    /// The rows of a relation with these values in some of its columns.
    pub fn select(&mut self, fork: usize, name: &str, pattern: &[Option<Value>]) -> BTreeSet<Tuple> {
        let plan = self.engine.plan();
        let id = plan.find(name).expect("the relation is known");
        let columns = plan.relation(id).columns.clone();
        let symbols = self.engine.symbols().clone();
        let words: Vec<Option<u64>> = pattern.iter().map(|v| v.as_ref().map(|v| v.word(&symbols))).collect();
        let rows = self.engine.query(self.forks[&fork], name, &words).expect("the relation can be read");
        rows.iter().map(|row| tuple(row, &columns, &symbols)).collect()
    }

    /// The table of symbols.
    pub fn symbols(&self) -> Symbols {
        self.engine.symbols().clone()
    }

    /// Why a tuple holds in a fork.
    pub fn why(&mut self, fork: usize, program: &Program, name: &str, tuple: &Tuple) -> Why {
        let row = self.words(tuple);
        let relation = program.find(name).expect("the relation is known");
        let mut model = runtime::explain::Live::new(&mut self.engine, self.forks[&fork]);
        explain::why(program, &mut model, relation, &row, &Limits::default()).expect("the model can be read")
    }

    /// The smallest edits of at most two facts that make a tuple of the base hold, or go.
    pub fn how_to(&mut self, program: &Program, name: &str, tuple: &Tuple, holds: bool) -> Remedies {
        let row = self.words(tuple);
        let goal = Goal { holds, relation: program.find(name).expect("the relation is known"), row };
        let given = |at: &RelationId| self.engine.base(&program.relation(*at).name).is_ok();
        let allowed = (0..program.relations.len() as u32).map(RelationId).filter(given).collect();
        let bounds = Bounds { edits: 2, trials: 60, remedies: 3 };
        let mut forks = Forks::new(&mut self.engine, program);
        explain::how_to(program, &mut forks, &goal, &allowed, &bounds).expect("the model can be edited")
    }

    /// How two models differ in a relation: what the second has alone, and the first.
    pub fn diff(&mut self, a: usize, b: usize, name: &str) -> (BTreeSet<Tuple>, BTreeSet<Tuple>) {
        let plan = self.engine.plan();
        let columns = plan.relation(plan.find(name).expect("the relation is known")).columns.clone();
        let changes = self.engine.diff(self.forks[&a], self.forks[&b], name).expect("the relation can be read");
        let set = |rows: &runtime::Rows| rows.iter().map(|row| tuple(row, &columns, self.engine.symbols())).collect();
        (set(&changes.inserted), set(&changes.retracted))
    }

    /// What the engine holds.
    pub fn held(&self) -> runtime::Held {
        self.engine.held().expect("the engine runs")
    }

    /// Adds up what a commit reports.
    fn note(&mut self, commit: Commit) {
        let Some(reported) = &mut self.reported else { return };
        for changes in commit.changes {
            let plan = self.engine.plan();
            let id = plan.find(&changes.relation).expect("what is watched is of the plan");
            let columns = plan.relation(id).columns.clone();
            let sum = reported.entry((changes.fork, changes.relation.clone())).or_default();
            let mut seen = BTreeSet::new();
            for (rows, sign) in [(&changes.inserted, 1), (&changes.retracted, -1)] {
                for row in rows.iter() {
                    let tuple = tuple(row, &columns, self.engine.symbols());
                    *sum.entry(tuple.clone()).or_default() += sign;
                    let first = seen.insert(tuple);
                    assert!(
                        first || changes.fork != Fork::BASE,
                        "the changes of `{}` are consolidated",
                        changes.relation
                    );
                }
            }
        }
    }

    /// What the reports say of a relation: the changes of the base, and on top of them those of the fork.
    fn according_to_reports(&self, fork: usize, name: &Arc<str>) -> Option<BTreeSet<Tuple>> {
        let reported = self.reported.as_ref()?;
        let mut sum: HashMap<&Tuple, i64> = HashMap::new();
        let models = BTreeSet::from([Fork::BASE, self.forks[&fork]]);
        for model in models {
            for (tuple, weight) in reported.get(&(model, name.clone())).into_iter().flatten() {
                *sum.entry(tuple).or_default() += weight;
            }
        }
        let odd = sum.iter().find(|(_, weight)| **weight != 0 && **weight != 1);
        assert_eq!(odd, None, "the reported changes of `{name}` add up to a set");
        Some(sum.into_iter().filter(|(_, weight)| *weight == 1).map(|(tuple, _)| tuple.clone()).collect())
    }

    fn names(&self) -> Vec<Arc<str>> {
        let names = self.engine.plan().relations.iter().map(|r| r.name.clone());
        names.filter(|n| !n.starts_with('@')).collect()
    }

    fn rows(&mut self, fork: usize, name: &str) -> BTreeSet<Tuple> {
        let plan = self.engine.plan();
        let id = plan.find(name).expect("the relation is known");
        let columns = plan.relation(id).columns.clone();
        let pattern = vec![None; columns.len()];
        let rows = self.engine.query(self.forks[&fork], name, &pattern).expect("the relation can be read");
        let set: BTreeSet<Tuple> = rows.iter().map(|row| tuple(row, &columns, self.engine.symbols())).collect();
        assert_eq!(set.len(), rows.len(), "`{name}` is a set");
        set
    }

    fn words(&self, tuple: &Tuple) -> Vec<u64> {
        tuple.iter().map(|v| v.word(self.engine.symbols())).collect()
    }
}

fn tuple(row: &[u64], columns: &[Column], symbols: &Symbols) -> Tuple {
    row.iter().zip(columns).map(|(word, c)| Value::of(runtime::Value::of(*word, &c.ty, symbols))).collect()
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
            Edit::Fork(parent) => {
                self.made += 1;
                let fork = self.engine.fork_of(self.forks[parent]).expect("the parent lives");
                self.forks.insert(self.made, fork);
            }
            Edit::Follow(parent, scenario) => {
                self.made += 1;
                let fork = self.engine.fork_following(self.forks[parent], scenario).expect("it can be followed");
                self.forks.insert(self.made, fork);
            }
            Edit::Merge(fork) => {
                let fork = self.forks.remove(fork).expect("the fork lives");
                let commit = self.engine.merge(fork, Origin::default()).expect("the fork lives");
                self.note(commit);
            }
            Edit::Drop(fork) => {
                let fork = self.forks.remove(fork).expect("the fork lives");
                self.engine.drop_fork(fork).expect("the fork lives");
            }
        }
    }

    fn commit(&mut self) {
        if !self.upkeep.is_empty() {
            self.engine.set_upkeep(self.upkeep[self.commits % self.upkeep.len()]);
            self.commits += 1;
        }
        let commit = self.engine.commit().expect("the epoch closes");
        self.note(commit);
    }

    fn read(&mut self, fork: usize) -> Database {
        let mut database = Database::new();
        for name in self.names() {
            let rows = self.rows(fork, &name);
            if let Some(reported) = self.according_to_reports(fork, &name) {
                assert_eq!(reported, rows, "what is reported of `{name}` is what is read");
            }
            database.insert(name, rows);
        }
        database
    }

    fn forks(&self) -> Vec<usize> {
        self.forks.keys().copied().collect()
    }
}
