//! A real network in a live engine: imported, with the network rules on top, asked by text.

use compiler::plan::Plan;
use compiler::value::{Primitive, Type};
use compiler::{Files, compile};
use ingest::{Facts, Importer, Rejected, suzieq::Suzieq};
use runtime::{Engine, Fork, Options, Origin, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The networks whose data and reference answers are in `data`.
pub(crate) const NETWORKS: [&str; 3] = ["suzieq-nxos", "suzieq-cumulus-dual-bgp", "suzieq-cumulus-ospf-ibgp"];

/// The directory of a network's data.
pub(crate) fn directory(network: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(network)
}

/// The facts of a network, and what could not be used.
pub(crate) fn import(network: &str) -> (Facts, Rejected) {
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    Suzieq.import(&[directory(network)], &mut facts, &mut rejected).expect("the data can be read");
    (facts, rejected)
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        let file = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        let file = file.canonicalize().map_err(|e| e.to_string())?;
        let text = std::fs::read_to_string(&file).map_err(|e| e.to_string())?;
        Ok((file.display().to_string(), text))
    }
}

/// The network rules as a program.
pub(crate) fn program() -> compiler::program::Program {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/network.dl").canonicalize().expect("the rules");
    let text = std::fs::read_to_string(&file).expect("the rules can be read");
    let compilation = compile(&[(&file.display().to_string(), &text)], &Disk);
    let found = compiler::render::render(&compilation.diagnostics, &compilation.sources, false);
    assert!(compilation.diagnostics.is_empty(), "{found}");
    compilation.program.expect("rules without diagnostics are a program")
}

/// The network rules, planned.
pub(crate) fn plan() -> Plan {
    compiler::planner::plan(&program(), &Default::default())
}

/// A row as text.
pub(crate) type Row = Vec<String>;

/// A live network.
pub(crate) struct Network {
    engine: Engine,
}

impl Network {
    /// An engine with the rules and these facts, as `relation` and fields.
    pub(crate) fn new(facts: &BTreeSet<(String, Row)>) -> Network {
        let mut engine = Engine::new(Options::default()).expect("an engine");
        engine.set_plan(plan()).expect("the rules run");
        let mut network = Network { engine };
        for (relation, row) in facts {
            network.insert(relation, row);
        }
        network.commit();
        network
    }

    /// Makes what was changed visible.
    pub(crate) fn commit(&mut self) {
        self.engine.commit().expect("an epoch");
    }

    pub(crate) fn insert<S: AsRef<str>>(&mut self, relation: &str, row: &[S]) {
        let words = self.words(relation, row);
        let base = self.engine.base(relation).expect("a base relation");
        self.engine.insert(Fork::BASE, base, &words, Origin::default()).expect("a fact");
    }

    pub(crate) fn retract<S: AsRef<str>>(&mut self, relation: &str, row: &[S]) {
        let words = self.words(relation, row);
        let base = self.engine.base(relation).expect("a base relation");
        self.engine.retract(Fork::BASE, base, &words).expect("a fact");
    }

    /// All rows of a relation.
    pub(crate) fn rows(&mut self, relation: &str) -> BTreeSet<Row> {
        let types = self.types(relation);
        let rows = self.engine.query(Fork::BASE, relation, &vec![None; types.len()]).expect("a relation");
        let text = |row: &[u64]| {
            row.iter().zip(&types).map(|(w, ty)| Value::of(*w, ty, self.engine.symbols()).to_string()).collect()
        };
        rows.iter().map(text).collect()
    }

    /// Rows of a relation that start with these fields, without them.
    pub(crate) fn rows_of(&mut self, relation: &str, start: &[&str]) -> BTreeSet<Row> {
        let rows = self.rows(relation).into_iter();
        rows.filter(|r| r.iter().zip(start).all(|(a, b)| a == b)).map(|r| r[start.len()..].to_vec()).collect()
    }

    /// Every declared relation with its rows.
    pub(crate) fn everything(&mut self) -> BTreeMap<String, BTreeSet<Row>> {
        let relations = self.engine.plan().relations.iter().map(|r| r.name.to_string());
        let declared: Vec<String> = relations.filter(|name| !name.starts_with(['@', '?'])).collect();
        declared.into_iter().map(|name| (name.clone(), self.rows(&name))).collect()
    }

    fn types(&self, relation: &str) -> Vec<Type> {
        let plan = self.engine.plan();
        let id = plan.find(relation).unwrap_or_else(|| panic!("relation {relation}"));
        plan.relation(id).columns.iter().map(|c| c.ty.clone()).collect()
    }

    fn words<S: AsRef<str>>(&self, relation: &str, row: &[S]) -> Vec<u64> {
        let types = self.types(relation);
        assert_eq!(types.len(), row.len(), "{relation}");
        let value = |text: &str, primitive| match primitive {
            Primitive::Symbol => Value::Symbol(text.into()),
            _ => Value::Number(text.parse().expect("a number")),
        };
        row.iter().zip(types).map(|(t, ty)| value(t.as_ref(), ty.primitive).word(self.engine.symbols())).collect()
    }
}

/// The facts as a set of relation and fields.
pub(crate) fn set(facts: &Facts) -> BTreeSet<(String, Row)> {
    let rows = facts.tables().flat_map(|(name, table)| {
        table.iter().map(move |row| (name.to_owned(), row.fields().map(str::to_owned).collect()))
    });
    rows.collect()
}
