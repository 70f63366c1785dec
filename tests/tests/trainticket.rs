//! The Train-Ticket traces, from file to trees: what their README counts, and what a separate program computed from the
//! CSV (sums over all trees), is what the importer and the rules find.

use ingest::source::importer;
use ingest::{Facts, Rejected, Schema, Snapshot, snapshot};
use runtime::{Engine, Fork, Options, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tests::compiled::compile;

/// The rules, and three questions that the README answers.
const QUESTIONS: &str = r#"
    .include <trace/dirty.dl>
    .include <trace/session.dl>
    .include <traffic/calls.dl>

    .decl crossing(session: symbol, transaction: symbol, client: symbol, server: symbol)
    crossing(s, t, c, d) :- transaction(s, t, _, _, _, c, d, _, _), c != d, c != "".

    .decl starts_before_parent(session: symbol, transaction: symbol)
    starts_before_parent(s, t) :-
        transaction(s, t, p, start, _, _, _, _, _), transaction(s, p, _, parent, _, _, _, _, _), start < parent.

    .decl ends_after_parent(session: symbol, transaction: symbol)
    ends_after_parent(s, t) :-
        transaction(s, t, p, _, end, _, _, _, _), transaction(s, p, _, _, parent, _, _, _, _), end > parent.
"#;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/nezha-trainticket")
}

/// A trace and the placement: imported, written as a snapshot, read, and everything derived.
fn model(trace: &str) -> Engine {
    load(trace, false)
}

/// The same; if `pass`, the messages are a stream.
fn load(trace: &str, pass: bool) -> Engine {
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    let paths = [data().join(trace), data().join("placement.csv")];
    let nezha = importer("nezha").expect("is listed");
    nezha.import(&paths, &mut facts, &mut rejected).expect("can be read");
    let directory = tempfile::tempdir().expect("a scratch directory");
    let plan = compile(QUESTIONS).unwrap_or_else(|errors| panic!("{errors}")).plan;
    snapshot::write(directory.path(), &facts, &Schema::from(&plan), &mut rejected).expect("can be written");
    let mut engine = Engine::new(Options::default()).expect("an engine starts");
    if pass {
        engine.let_pass();
    }
    engine.set_plan(plan).expect("the plan is taken");
    let snapshot = Snapshot::open(directory.path()).expect("can be read");
    ingest::load(&snapshot, &mut engine, &mut rejected).expect("can be read");
    engine.commit().expect("commits");
    assert!(rejected.is_empty(), "{rejected}");
    engine
}

/// All rows of a relation, as values.
fn rows(engine: &mut Engine, relation: &str) -> Vec<Vec<Value>> {
    let id = engine.plan().find(relation).expect("is declared");
    let columns = engine.plan().relation(id).columns.clone();
    let found = engine.query(Fork::BASE, relation, &vec![None; columns.len()]).expect("can be asked");
    let symbols = engine.symbols();
    let values = |row: &[u64]| row.iter().zip(&columns).map(|(w, c)| Value::of(*w, &c.ty, symbols)).collect();
    found.iter().map(values).collect()
}

/// One column of a relation, of a numeric type.
fn numbers(engine: &mut Engine, relation: &str, column: usize) -> Vec<i64> {
    let number = |row: Vec<Value>| match row[column] {
        Value::Number(n) => n,
        ref other => panic!("{other:?} is no number"),
    };
    rows(engine, relation).into_iter().map(number).collect()
}

/// The rows of a relation, each as text with its values joined by spaces.
fn texts(engine: &mut Engine, relation: &str) -> Vec<String> {
    let text = |row: Vec<Value>| row.iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
    let mut texts: Vec<String> = rows(engine, relation).into_iter().map(text).collect();
    texts.sort();
    texts
}

/// What holds of all trees of a trace.
#[derive(Debug, PartialEq)]
struct Trees {
    count: usize,
    /// Least, median and greatest number of transactions.
    transactions: [i64; 3],
    deepest: i64,
    depths: i64,
    /// Sum of end less start, in microseconds.
    durations: i64,
    gaps: i64,
}

fn trees(engine: &mut Engine) -> Trees {
    let mut transactions = numbers(engine, "tree", 2);
    transactions.sort_unstable();
    let count = transactions.len();
    let depths = numbers(engine, "tree", 3);
    let sum = |column: usize, engine: &mut Engine| numbers(engine, "tree", column).iter().sum::<i64>();
    Trees {
        count,
        transactions: [transactions[0], transactions[count / 2], transactions[count - 1]],
        deepest: depths.iter().copied().max().unwrap_or(0),
        depths: depths.iter().sum(),
        durations: sum(5, engine) - sum(4, engine),
        gaps: sum(6, engine),
    }
}

#[test]
fn three_minutes_are_137_trees_of_at_most_16_levels() {
    let mut engine = model("trace_2023-01-29_08_52.csv");
    let expected = Trees {
        count: 137,
        transactions: [15, 76, 200],
        deepest: 16,
        depths: 1_673,
        durations: 38_279_914,
        gaps: 14_883_722,
    };
    assert_eq!(trees(&mut engine), expected);
    assert_eq!(engine.count(Fork::BASE, "transaction").unwrap(), 10_243);
    assert_eq!(engine.count(Fork::BASE, "in_tree").unwrap(), 10_243);
    assert_eq!(engine.count(Fork::BASE, "session").unwrap(), 137);
    assert_eq!(numbers(&mut engine, "session", 1), [1; 137]);
    // The client of each of the 137 roots is unknown, in request and reply.
    assert_eq!(texts(&mut engine, "dirty"), ["no_endpoint 274"]);
    assert_eq!(engine.count(Fork::BASE, "starts_before_parent").unwrap(), 1);
    assert_eq!(engine.count(Fork::BASE, "ends_after_parent").unwrap(), 377);
}

#[test]
fn a_tree_has_the_size_depth_and_pauses_that_its_spans_have() {
    let mut engine = model("trace_2023-01-29_08_52.csv");
    let trees = texts(&mut engine, "tree");
    let session = "002c54e64639424c3c371bfc73d039ba";
    assert_eq!(trees[0], format!("{session} b343d1c7ba371bed 15 7 1674982355289000 1674982355538076 220821"));
    let sessions = texts(&mut engine, "session");
    assert_eq!(sessions[0], format!("{session} 1 1674982355289000 1674982355538076 220821"));
}

#[test]
fn the_service_graph_has_53_edges_for_1611_calls_between_pods() {
    let mut engine = model("trace_2023-01-29_08_52.csv");
    assert_eq!(engine.count(Fork::BASE, "crossing").unwrap(), 1_611);
    let mut edges = BTreeMap::new();
    for row in rows(&mut engine, "calls") {
        let [Value::Symbol(client), Value::Symbol(server), Value::Number(n), Value::Unsigned(0)] = row.as_slice()
        else {
            panic!("{row:?} is no call of unknown size");
        };
        if client != server && !client.is_empty() {
            edges.insert((client.to_string(), server.to_string()), *n);
        }
    }
    assert_eq!((edges.len(), edges.values().sum::<i64>()), (53, 1_611));
    assert_eq!(edges[&("ts-seat-service".to_owned(), "ts-config-service".to_owned())], 210);
    let from_outside = texts(&mut engine, "calls").into_iter().find(|edge| edge.starts_with(' '));
    assert_eq!(from_outside.as_deref(), Some(" ts-gateway-service 137 0"));
}

#[test]
fn an_hour_with_repeated_rows_is_1463_trees_and_367_duplicates() {
    let mut engine = model("trace_2023-01-29_09h.csv.gz");
    let expected = Trees {
        count: 1_463,
        transactions: [6, 76, 200],
        deepest: 16,
        depths: 17_510,
        durations: 332_430_842,
        gaps: 119_230_477,
    };
    assert_eq!(trees(&mut engine), expected);
    assert_eq!(engine.count(Fork::BASE, "transaction").unwrap(), 101_786 - 367);
    assert_eq!(texts(&mut engine, "dirty"), ["duplicate 367", "no_endpoint 2926"]);
    assert_eq!(engine.count(Fork::BASE, "crossing").unwrap(), 15_951);
    assert_eq!(engine.count(Fork::BASE, "starts_before_parent").unwrap(), 28);
    // The README has 3,256: it counts nanoseconds, and six of them end in the same microsecond.
    assert_eq!(engine.count(Fork::BASE, "ends_after_parent").unwrap(), 3_250);
    let edges = texts(&mut engine, "calls");
    let between = edges.iter().map(|e| e.split(' ').collect::<Vec<_>>()).filter(|e| e[0] != e[1] && !e[0].is_empty());
    assert_eq!(between.count(), 55);
}

#[test]
fn an_hour_that_passes_leaves_what_one_that_is_kept_holds() {
    let mut engine = load("trace_2023-01-29_09h.csv.gz", true);
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    assert_eq!(texts(&mut engine, "dirty"), ["duplicate 367", "no_endpoint 2926"]);
    let transactions: i64 = numbers(&mut engine, "calls", 2).iter().sum();
    assert_eq!(transactions, 101_786 - 367);
    let edges = texts(&mut engine, "calls");
    let between = edges.iter().map(|e| e.split(' ').collect::<Vec<_>>()).filter(|e| e[0] != e[1] && !e[0].is_empty());
    assert_eq!(between.count(), 55);
    // All but the last two minutes have gone.
    assert!(engine.count(Fork::BASE, "transaction").unwrap() < 101_786 / 10);
    let (mut passed, mut kept) = (load("trace_2023-01-29_08_52.csv", true), model("trace_2023-01-29_08_52.csv"));
    passed.settle().expect("settles");
    passed.commit().expect("commits");
    for folded in ["calls", "dirty"] {
        assert_eq!(texts(&mut passed, folded), texts(&mut kept, folded), "{folded}");
    }
}

#[test]
fn every_pod_with_a_placement_is_on_its_node() {
    let mut engine = model("trace_2023-01-29_08_52.csv");
    let processes = texts(&mut engine, "process");
    let devices = texts(&mut engine, "device");
    let mut placement = csv::Reader::from_path(data().join("placement.csv")).expect("is there");
    let mut placed = 0;
    for record in placement.records().map(|r| r.expect("is a record")) {
        let (node, pod) = (&record[0], &record[1]);
        assert!(processes.contains(&format!("{pod} {node} app_server")), "{pod} is on {node}");
        assert!(devices.contains(&format!("{node} host ")), "{node} is a host");
        placed += 1;
    }
    assert_eq!((placed, devices.len()), (27, 9));
    // The gateway is in the spans and logs nothing, so nobody knows where it is.
    let unplaced: Vec<&String> = processes.iter().filter(|p| p.contains("  ")).collect();
    assert_eq!(unplaced, ["ts-gateway-service-6f6cfc45b-h5m2n  app_server"]);
    assert_eq!(processes.len(), 28);
}

#[test]
fn a_message_is_cited_by_the_row_of_its_span() {
    let mut engine = model("trace_2023-01-29_08_52.csv");
    let symbols = engine.symbols().clone();
    let word = |text: &str| Some(symbols.intern(text));
    // The second row of the file, thus its third line.
    let pattern = [word("6aa1c0e2f45814cb65c150554d759c59"), word("90b73e089aed4888")];
    let mut pattern = pattern.to_vec();
    pattern.resize(9, None);
    let found = engine.query(Fork::BASE, "message", &pattern).expect("can be asked");
    assert_eq!(found.len(), 2);
    let base = engine.base("message").expect("is a base relation");
    for row in found.iter() {
        let origins = engine.origins(base, row);
        let [origin] = origins.as_slice() else { panic!("{origins:?} is not one origin") };
        assert_eq!(engine.source_name(origin.source), data().join("trace_2023-01-29_08_52.csv").display().to_string());
        assert_eq!(origin.record, 3);
    }
}
