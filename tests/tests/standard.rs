//! All standard rules in one program, over a small synthetic data centre: evaluated once and kept by an engine, every
//! relation is the same, as things are and after they change.

use compiler::plan::Plan;
use ingest::synth::{DataCentre, Format, Size, write};
use ingest::{Rejected, Schema, Snapshot};
use repl::facts::OnceSink;
use runtime::{Engine, Fork, Once, Options, Origin, Symbols};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const RULES: &str = "
.include \"network.dl\"
.include \"trace/tree.dl\"
.include \"trace/session.dl\"
.include \"trace/dirty.dl\"
.include \"traffic.dl\"
.include \"reason.dl\"
.include \"failure.dl\"
.include \"health.dl\"
.include \"invariants.dl\"
.include \"reconcile/conflict.dl\"
";

/// A data centre with limits, metrics, changes, contradictions, a precedence, and something that has failed.
fn snapshot(directory: &Path) -> Snapshot {
    let schema = Schema::from(&repl::compile::model().expect("the model compiles"));
    let size = Size { dirt: true, ..Size::new(120, 1, 0.003, 3).expect("a size") };
    write(directory, &DataCentre::new(&size), &schema, Format::Csv, &mut |_| ()).expect("it is written");
    let column = |relation: &str, column: usize| -> Vec<String> {
        let text = fs::read_to_string(directory.join(format!("{relation}.csv"))).expect("a table");
        text.lines().skip(1).filter_map(|line| line.split(',').nth(column).map(str::to_owned)).collect()
    };
    let (services, machines, processes) = (column("service", 0), column("process", 1), column("process", 0));
    let state = |relation: &str, header: &str, rows: Vec<String>| {
        fs::write(directory.join(format!("{relation}.csv")), format!("{header}\n{}\n", rows.join("\n")))
            .expect("a file");
    };
    let limits = ["latency_p50_ms,1", "latency_p99_ms,20", "unanswered_ratio,0.1"];
    let sla = services.iter().flat_map(|service| limits.map(|limit| format!("{service},{limit}")));
    state("sla", "service,measure,limit", sla.collect());
    state("threshold", "metric,limit", vec!["cpu,0.9".into(), "load,1.5".into()]);
    let samples =
        machines.iter().step_by(9).enumerate().map(|(n, machine)| format!("{machine},cpu,{n},0.{}", 85 + n % 10));
    // One that leaves its history in the fifth of six minutes.
    let load = |minute: i64| format!("{},load,{},{}.0", machines[0], minute * 60_000_000 + 1, 1 + minute / 4);
    state("metric", "entity,name,at,value", samples.chain((0..6).map(load)).collect());
    state("change", "at,entity,kind,detail", vec![format!("5,{},restart,", machines[0])]);
    state("failed", "element", vec!["access001a".into(), "access001b".into()]);
    let says = [(0, "nodes.csv"), (1, "pods.csv")];
    let asserted = says.map(|(machine, source)| format!("process,{},{},{source}", processes[2], machines[machine]));
    state("asserted", "relation,key,value,source", asserted.to_vec());
    let file = directory.join("process.csv");
    let mut text = fs::read_to_string(&file).expect("processes");
    says.iter().for_each(|(machine, _)| text.push_str(&format!("{},{},other\n", processes[2], machines[*machine])));
    fs::write(&file, text).expect("processes");
    state("precedence", "source,rank", vec!["pods.csv,1".into()]);
    Snapshot::open(directory).expect("a snapshot")
}

/// The declared relations of the two evaluators, which share their symbols.
fn compare(plan: &Plan, engine: &mut Engine, snapshot: &Snapshot, edit: impl FnOnce(&mut Once, &Symbols)) -> usize {
    let symbols = engine.symbols().clone();
    let mut once = Once::new(plan.clone(), symbols.clone(), Options { workers: 1 });
    let mut rejected = Rejected::default();
    let schema = Schema::from(plan);
    snapshot.read(&schema, &symbols, &mut OnceSink::new(&mut once), &mut rejected).expect("facts");
    edit(&mut once, &symbols);
    let mut answers = once.evaluate();
    let mut tuples = 0;
    for relation in plan.relations.iter().filter(|r| !r.name.starts_with(['@', '?'])) {
        // What the loader counted of repeated messages is stated beside the facts of the snapshot.
        if ["set_aside", "dirty"].contains(&&*relation.name) {
            continue;
        }
        let pattern = vec![None; relation.columns.len()];
        let rows = engine.query(Fork::BASE, &relation.name, &pattern).expect("a relation");
        let live: BTreeSet<Vec<u64>> = rows.iter().map(<[u64]>::to_vec).collect();
        let rows = answers.rows(&relation.name).expect("a relation");
        let scratch: BTreeSet<Vec<u64>> = rows.iter().map(<[u64]>::to_vec).collect();
        assert!(live == scratch, "{}: {} kept, {} from scratch", relation.name, live.len(), scratch.len());
        tuples += live.len();
    }
    tuples
}

#[test]
fn all_standard_rules_say_the_same_once_and_live() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let snapshot = snapshot(directory.path());
    let plan = tests::compiled::compile(RULES).unwrap_or_else(|errors| panic!("{errors}")).plan;
    let mut engine = Engine::new(Options::default()).expect("an engine");
    engine.set_plan(plan.clone()).expect("the plan is taken");
    let mut rejected = Rejected::default();
    ingest::load(&snapshot, &mut engine, &mut rejected).expect("facts");
    engine.commit().expect("an epoch");
    let before = compare(&plan, &mut engine, &snapshot, |_, _| ());
    for relation in ["cut", "lost", "sla_breach", "alarm", "root_cause", "suspect", "conflict", "reason", "link_load"] {
        assert!(engine.count(Fork::BASE, relation).expect("a relation") > 0, "{relation} is empty");
    }
    for relation in ["unusual", "blame", "preceding_change"] {
        assert!(engine.count(Fork::BASE, relation).expect("a relation") > 0, "{relation} is empty");
    }
    let failed = engine.base("failed").expect("a base relation");
    let word = engine.symbols().intern("dist01a");
    engine.insert(Fork::BASE, failed, &[word], Origin::default()).expect("a fact");
    engine.commit().expect("an epoch");
    let after = compare(&plan, &mut engine, &snapshot, |once, symbols| {
        let failed = once.base("failed").expect("a base relation");
        once.insert(failed, &[symbols.intern("dist01a")]).expect("a fact");
    });
    assert!(before > 10_000 && after != before, "{before} tuples before, {after} after");
}
