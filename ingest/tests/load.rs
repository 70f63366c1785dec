//! Into an engine: facts, their origins, and the messages that come twice.

use compiler::planner::{Statistics, plan};
use compiler::{NoFiles, compile};
use ingest::{Facts, Rejected, Snapshot};
use runtime::{Engine, Fork, Options, Value};

const RULES: &str = "
    .decl device(name: symbol)
    .input device
    .decl message(session: symbol, transaction: symbol, parent: symbol, at: Time, kind: symbol, source: symbol,
        destination: symbol, service: symbol, bytes: unsigned)
    .input message
    .decl set_aside(source: symbol, kind: symbol, n: number)
    .input set_aside
";

const MESSAGES: &str = "\
    s\tt\t\t1\trequest\ta\tb\tv\t9\n\
    s\tt\t\t1\trequest\ta\tb\tv\t9\n\
    \tt\t\t1\trequest\ta\tb\tv\t9\n\
    \tt\t\t1\trequest\ta\tb\tv\t9\n\
    s\tt\t\t1\trequest\ta\tb\tv\t8\n\
    s\tt\t\t1\trequest\ta\tb\tv\t9\n";

fn engine(rules: &str) -> Engine {
    let program = compile(&[("rules.dl", rules)], &NoFiles).program.expect("compiles");
    let mut engine = Engine::new(Options::default()).expect("starts");
    engine.set_plan(plan(&program, &Statistics::default())).expect("the plan is taken");
    engine
}

/// Loads a snapshot with these files; the engine after the commit, and what was rejected.
fn load(rules: &str, files: &[(&str, &str)]) -> (Engine, String) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).expect("written");
    }
    let (mut engine, mut rejected) = (engine(rules), Rejected::default());
    let snapshot = Snapshot::open(directory.path()).expect("is there");
    ingest::load(&snapshot, &mut engine, &mut rejected).expect("can be read");
    engine.commit().expect("commits");
    (engine, rejected.listing().replace(&format!("{}/", directory.path().display()), ""))
}

fn set_aside(engine: &mut Engine) -> Vec<(String, u64)> {
    let rows = engine.query(Fork::BASE, "set_aside", &[None, None, None]).expect("is declared");
    let text = |word| engine.symbols().text(word).to_string();
    rows.iter().map(|row| (text(row[1]), row[2])).collect()
}

#[test]
fn messages_that_come_again_are_counted() {
    let (mut engine, rejected) = load(RULES, &[("message.facts", MESSAGES)]);
    assert_eq!(engine.count(Fork::BASE, "message").unwrap(), 3);
    assert_eq!(set_aside(&mut engine), [("duplicate".to_owned(), 2)]);
    let equal = "message without identifiers that equals another: a set of facts holds it once";
    assert_eq!(rejected, format!("message.facts:4: {equal}\n"));
}

#[test]
fn rules_that_do_not_count_them_load_them_all_the_same() {
    let rules = RULES.split(".decl set_aside").next().expect("has a first part");
    let (mut engine, rejected) = load(rules, &[("message.facts", MESSAGES)]);
    assert_eq!(engine.count(Fork::BASE, "message").unwrap(), 3);
    assert_eq!(rejected, "");
}

#[test]
fn a_loaded_fact_has_an_origin() {
    let (engine, _) = load(RULES, &[("device.csv", "name\nh1\nh2\n")]);
    let row = [Value::Symbol("h2".into()).word(engine.symbols())];
    let base = engine.base("device").unwrap();
    let origins = engine.origins(base, &row);
    assert_eq!(origins.len(), 1);
    assert_eq!(origins[0].record, 3);
    assert!(engine.source_name(origins[0].source).ends_with("/device.csv"));
}

#[test]
fn imported_facts_are_stated_with_their_origins() {
    let mut facts = Facts::default();
    // A source of no facts, so that the numbers of sources differ from the engine's.
    facts.source("empty.csv");
    let source = facts.source("devices.txt");
    facts.push("device", ["h1"], Facts::at(source, 7));
    facts.push("gadget", ["x"], Facts::at(source, 8));
    let (mut engine, mut rejected) = (engine(RULES), Rejected::default());
    ingest::state(&facts, &mut engine, &mut rejected).expect("is stated");
    engine.commit().expect("commits");
    let rows = engine.query(Fork::BASE, "device", &[None]).unwrap();
    assert_eq!(rows.len(), 1);
    let origins = engine.origins(engine.base("device").unwrap(), rows.get(0));
    assert_eq!((engine.source_name(origins[0].source), origins[0].record), ("devices.txt", 7));
    assert_eq!(rejected.count("unknown relation"), 1);
}
