//! The standard rules in a live engine, asked by text.

use compiler::plan::Plan;
use compiler::value::{Primitive, Type};
use runtime::{Engine, Fork, Options, Origin, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A row as text.
pub(crate) type Row = Vec<String>;

const RULES: &str = "
.include \"traffic.dl\"
.include \"reason.dl\"
.include \"failure.dl\"
.include \"invariants.dl\"
";

static PLAN: LazyLock<Plan> = LazyLock::new(|| tests::compiled::compile(RULES).expect("the standard rules").plan);

/// An engine with the rules, and facts.
pub(crate) struct Model {
    engine: Engine,
}

impl Model {
    pub(crate) fn new(facts: &BTreeSet<(String, Row)>) -> Model {
        let mut engine = Engine::new(Options::default()).expect("an engine");
        engine.set_plan(PLAN.clone()).expect("the rules run");
        let mut model = Model { engine };
        facts.iter().for_each(|(relation, row)| model.insert(Fork::BASE, relation, row));
        model.commit();
        model
    }

    pub(crate) fn commit(&mut self) {
        self.engine.commit().expect("an epoch");
    }

    pub(crate) fn fork(&mut self) -> Fork {
        self.engine.fork()
    }

    pub(crate) fn drop_fork(&mut self, fork: Fork) {
        self.engine.drop_fork(fork).expect("a fork");
    }

    pub(crate) fn insert<S: AsRef<str>>(&mut self, fork: Fork, relation: &str, row: &[S]) {
        let words = self.words(relation, row);
        let base = self.engine.base(relation).expect("a base relation");
        self.engine.insert(fork, base, &words, Origin::default()).expect("a fact");
    }

    pub(crate) fn retract<S: AsRef<str>>(&mut self, fork: Fork, relation: &str, row: &[S]) {
        let words = self.words(relation, row);
        let base = self.engine.base(relation).expect("a base relation");
        self.engine.retract(fork, base, &words).expect("a fact");
    }

    /// All rows of a relation.
    pub(crate) fn rows(&mut self, fork: Fork, relation: &str) -> BTreeSet<Row> {
        let types = types(relation);
        let rows = self.engine.query(fork, relation, &vec![None; types.len()]).expect("a relation");
        let symbols = self.engine.symbols();
        let text = |row: &[u64]| row.iter().zip(&types).map(|(w, ty)| Value::of(*w, ty, symbols).to_string()).collect();
        rows.iter().map(text).collect()
    }

    /// Whether a relation has a row that starts so.
    pub(crate) fn has(&mut self, fork: Fork, relation: &str, start: &[&str]) -> bool {
        self.rows(fork, relation).iter().any(|row| row.iter().zip(start).all(|(a, b)| a == b))
    }

    /// Every declared relation with its rows.
    pub(crate) fn everything(&mut self) -> BTreeMap<String, BTreeSet<Row>> {
        let declared = PLAN.relations.iter().map(|r| r.name.to_string()).filter(|name| !name.starts_with(['@', '?']));
        declared.map(|name| (name.clone(), self.rows(Fork::BASE, &name))).collect()
    }

    fn words<S: AsRef<str>>(&self, relation: &str, row: &[S]) -> Vec<u64> {
        let types = types(relation);
        assert_eq!(types.len(), row.len(), "{relation}");
        let value = |text: &str, ty: &Type| match ty.primitive {
            Primitive::Symbol => Value::Symbol(text.into()),
            Primitive::Unsigned => Value::Unsigned(text.parse().expect("a number")),
            _ => Value::Number(text.parse().expect("a number")),
        };
        row.iter().zip(&types).map(|(text, ty)| value(text.as_ref(), ty).word(self.engine.symbols())).collect()
    }
}

fn types(relation: &str) -> Vec<Type> {
    let id = PLAN.find(relation).unwrap_or_else(|| panic!("relation {relation}"));
    PLAN.relation(id).columns.iter().map(|c| c.ty.clone()).collect()
}
