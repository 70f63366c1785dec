//! Diagnosis, measured: recorded faults of two systems, and the rank that `blame` gives to what was broken.
//!
//! Online Boutique has metrics, and one minute of traces for who calls whom; Train-Ticket has an hour of traces and
//! nothing else. A fault's score is the greatest of an element's in the three minutes that follow its first; all pods and
//! nodes are ranked, and those with the same score stand before the cause. The form of `blame` was chosen among ten that
//! were tried on the four faults of Online Boutique, none on those of Train-Ticket: four faults are few, and the second
//! table is the fairer one. Its faults change what the code returns, which spans barely show.

use compiler::plan::Plan;
use ingest::source::importer;
use ingest::{Facts, Rejected, Schema, Snapshot, snapshot};
use repl::facts::OnceSink;
use runtime::{Once, Options, Symbols, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tests::compiled::compile;

fn data(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(directory)
}

/// What was broken, as its recorders say.
struct Fault {
    at: String,
    kind: String,
    pod: String,
}

impl Fault {
    /// Since 1970; `midnight` is the minute in which its day began.
    fn minute(&self, midnight: i64) -> i64 {
        let number = |digits: std::ops::Range<usize>| self.at[digits].parse::<i64>().expect("a time");
        midnight + number(11..13) * 60 + number(14..16)
    }
}

fn faults(directory: &str) -> Vec<Fault> {
    let text = std::fs::read_to_string(data(directory).join("fault_list.json")).expect("is there");
    let hours: BTreeMap<String, Vec<BTreeMap<String, String>>> = serde_json::from_str(&text).expect("is JSON");
    let fault = |f: &BTreeMap<String, String>| Fault {
        at: f["inject_time"].clone(),
        kind: f["inject_type"].clone(),
        pod: f["inject_pod"].clone(),
    };
    hours.values().flatten().map(fault).collect()
}

/// The rows of a relation after the files of a directory are imported.
struct Derived {
    plan: Plan,
    symbols: Symbols,
    answers: Vec<(String, Vec<Vec<u64>>)>,
}

fn derive(directory: &str, files: &[&str], relations: &[&str]) -> Derived {
    let plan = compile(".include <health.dl>").unwrap_or_else(|errors| panic!("{errors}")).plan;
    let schema = Schema::from(&plan);
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    let paths: Vec<PathBuf> = files.iter().map(|file| data(directory).join(file)).collect();
    importer("nezha").expect("is listed").import(&paths, &mut facts, &mut rejected).expect("can be read");
    let scratch = tempfile::tempdir().expect("a scratch directory");
    snapshot::write(scratch.path(), &facts, &schema, &mut rejected).expect("can be written");
    let symbols = Symbols::default();
    let mut once = Once::new(plan.clone(), symbols.clone(), Options { workers: 1 });
    let snapshot = Snapshot::open(scratch.path()).expect("can be read");
    snapshot.read(&schema, &symbols, &mut OnceSink::new(&mut once), &mut rejected).expect("facts");
    assert!(rejected.is_empty(), "{rejected}");
    let mut evaluated = once.evaluate();
    let mut rows = |name: &&str| {
        let found = evaluated.rows(name).expect("a relation");
        ((*name).to_owned(), found.iter().map(<[u64]>::to_vec).collect())
    };
    let answers = relations.iter().map(&mut rows).collect();
    Derived { plan, symbols, answers }
}

impl Derived {
    fn rows(&self, name: &str) -> &[Vec<u64>] {
        let (_, rows) = self.answers.iter().find(|(relation, _)| relation == name).expect("was asked for");
        rows
    }

    /// By minute and element.
    fn blame(&self) -> BTreeMap<i64, BTreeMap<String, f64>> {
        let id = self.plan.find("blame").expect("is declared");
        let columns = &self.plan.relation(id).columns;
        let mut blame: BTreeMap<i64, BTreeMap<String, f64>> = BTreeMap::new();
        for row in self.rows("blame") {
            let value = |n: usize| Value::of(row[n], &columns[n].ty, &self.symbols);
            let (Value::Number(minute), Value::Float(score)) = (value(0), value(2)) else { panic!("no blame") };
            assert!((0.0..=1.0).contains(&score), "{score} is no score");
            blame.entry(minute).or_default().insert(value(1).to_string(), score);
        }
        blame
    }
}

/// The rank of each fault's cause, for the faults that began in minutes of which something is known.
fn ranks(directory: &str, midnight: i64, known: &Derived, hours: &[&str]) -> Vec<usize> {
    let blame = known.blame();
    let mut ranks = Vec::new();
    for fault in faults(directory) {
        let minute = fault.minute(midnight);
        if !hours.iter().any(|hour| fault.at[11..].starts_with(hour)) {
            continue;
        }
        let mut scores: BTreeMap<&str, f64> = BTreeMap::new();
        for (element, &score) in blame.range(minute + 1..minute + 4).flat_map(|(_, elements)| elements) {
            let greatest = scores.entry(element).or_default();
            *greatest = greatest.max(score);
        }
        let own = scores.get(fault.pod.as_str()).copied().unwrap_or(0.0);
        let before = scores.iter().filter(|(element, score)| **element != fault.pod && **score >= own).count();
        println!("{} {:<15} {:<45} {:>2}", fault.at, fault.kind, fault.pod, before + 1);
        ranks.push(before + 1);
    }
    ranks
}

#[test]
fn faults_that_metrics_show_are_ranked_first_three_times_of_four() {
    let files = ["pod_metrics.csv", "placement.csv", "trace_2022-08-22_05_20.csv.gz"];
    let known = derive("nezha-onlineboutique", &files, &["blame", "metric"]);
    // 315 rows of 19 metrics, of which 27 are no number; all pods are placed.
    assert_eq!(known.rows("metric").len(), 315 * 19 - 27);
    // 2022-08-22; the metrics begin at 05:15.
    let found = ranks("nezha-onlineboutique", 19_226 * 1440, &known, &["05:18", "05:27", "05:35", "05:43"]);
    assert_eq!(found, [1, 1, 2, 1]);
}

#[test]
fn faults_of_code_barely_show_in_spans() {
    let files = ["placement.csv", "trace_2023-01-29_09h.csv.gz"];
    let known = derive("nezha-trainticket", &files, &["blame"]);
    // 2023-01-29
    let found = ranks("nezha-trainticket", 19_386 * 1440, &known, &["09"]);
    let within = |rank: usize| found.iter().filter(|r| **r <= rank).count();
    assert_eq!((found.len(), within(1), within(3)), (9, 0, 2), "{found:?}");
}
