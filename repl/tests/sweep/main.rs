//! `strata sweep`: a row an element, as counting by hand has it, and only those that are not there yet.

mod live;

use compiler::plan::Plan;
use compiler::planner::Statistics;
use ingest::synth::{self, DataCentre, Size, write};
use ingest::{Rejected, Schema, Snapshot};
use repl::compile::compile;
use repl::facts::OnceSink;
use repl::output::Output;
use repl::sweep::tally::Tally;
use repl::sweep::{Arguments, Format, run};
use repl::texts::Texts;
use runtime::{Once, Options, Symbols};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const RULES: &str = "\
.decl node(name: symbol, kind: symbol)
.input node
.decl link(a: symbol, b: symbol)
.input link
.decl swept(element: symbol)
.decl path(a: symbol, b: symbol)
.output path
path(a, b) :- link(a, b).
path(a, c) :- path(a, b), link(b, c).
.decl lonely(a: symbol)
.output lonely
lonely(n) :- node(n, _), !path(n, _).
.scenario failure \"one node is gone\" {
    -link(a, b) :- swept(n), link(a, b), (a = n ; b = n).
}
";

/// A ring of ten, and a tail from it of three.
fn links() -> Vec<(usize, usize)> {
    (0..10).map(|n| (n, (n + 1) % 10)).chain([(3, 10), (10, 11), (11, 12)]).collect()
}

/// What is reached from what without a node; all nodes are there for 99.
fn paths(without: usize) -> BTreeSet<(usize, usize)> {
    let links: Vec<(usize, usize)> = links().into_iter().filter(|(a, b)| *a != without && *b != without).collect();
    let mut found = BTreeSet::new();
    for start in 0..13 {
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for (_, next) in links.iter().filter(|(a, _)| *a == at) {
                if found.insert((start, *next)) {
                    open.push(*next);
                }
            }
        }
    }
    found
}

/// The rows that counting by hand gives.
fn expected() -> BTreeMap<String, [usize; 5]> {
    let lonely = |paths: &BTreeSet<(usize, usize)>| -> BTreeSet<usize> {
        (0..13).filter(|n| paths.iter().all(|(a, _)| a != n)).collect()
    };
    let before = paths(99);
    let row = |node: usize| {
        let after = paths(node);
        let cut = links().iter().filter(|(a, b)| *a == node || *b == node).count();
        let more = lonely(&after).difference(&lonely(&before)).count();
        (format!("n{node}"), [cut, after.difference(&before).count(), before.difference(&after).count(), more, 0])
    };
    (0..13).map(row).collect()
}

fn arguments(directory: &TempDir) -> Arguments {
    let snapshot = directory.path().join("snapshot");
    fs::create_dir_all(&snapshot).expect("a scratch directory");
    let nodes: String = (0..13).map(|n| format!("n{n}\tswitch\n")).collect();
    let links: String = links().iter().map(|(a, b)| format!("n{a}\tn{b}\n")).collect();
    fs::write(snapshot.join("node.facts"), nodes).expect("a scratch file");
    fs::write(snapshot.join("link.facts"), links).expect("a scratch file");
    let rules = directory.path().join("rules.dl");
    fs::write(&rules, RULES).expect("a scratch file");
    Arguments {
        snapshot,
        scenario: Some("failure".into()),
        rules: vec![rules],
        each: "node(name)".into(),
        pairs: None,
        load: None,
        count: Vec::new(),
        output: None,
        format: Format::Csv,
        rank: 10,
        batch: 4,
        jobs: 1,
    }
}

/// What is written, and what is told besides.
fn swept(arguments: &Arguments) -> Result<(String, String), String> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    run(arguments, &mut Output::plain(&mut out, &mut err)).map_err(|failure| format!("{failure:?}"))?;
    Ok((String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text")))
}

fn rows(text: &str) -> BTreeMap<String, [usize; 5]> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("name,edits,path more,path less,lonely more,lonely less"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let counts: Vec<usize> = cells[1..].iter().map(|n| n.parse().expect("a count")).collect();
        (cells[0].to_owned(), counts.try_into().expect("five counts"))
    };
    lines.map(row).collect()
}

#[test]
fn each_element_has_a_row_as_counting_by_hand_has_it() {
    let directory = TempDir::new().expect("a scratch directory");
    for (batch, jobs) in [(1, 1), (4, 2), (64, 1)] {
        let (out, err) = swept(&Arguments { batch, jobs, ..arguments(&directory) }).expect("it goes well");
        assert_eq!(rows(&out), expected(), "in batches of {batch} on {jobs} workers");
        assert!(err.ends_with("13 elements swept\n"), "{err}");
    }
}

#[test]
fn an_interrupted_sweep_goes_on_where_it_was() {
    let directory = TempDir::new().expect("a scratch directory");
    let file = directory.path().join("rows.csv");
    let arguments = Arguments { output: Some(file.clone()), ..arguments(&directory) };
    swept(&arguments).expect("it goes well");
    let whole = fs::read_to_string(&file).expect("the file is there");
    // In the midst of the sixth row.
    let end = whole.match_indices('\n').nth(5).expect("six lines").0 + 4;
    fs::write(&file, &whole[..end]).expect("a scratch file");
    let (_, err) = swept(&arguments).expect("it goes on");
    assert!(err.contains("5 elements done before") && err.ends_with("8 elements swept\n"), "{err}");
    assert_eq!(rows(&fs::read_to_string(&file).expect("the file is there")), expected());
    let (_, err) = swept(&arguments).expect("there is nothing to do");
    assert!(err.ends_with("0 elements swept\n"), "{err}");
    let other = Arguments { count: vec!["lonely".into()], ..arguments };
    let told = swept(&other).expect_err("the file is of another sweep");
    assert!(told.contains("holds rows of another sweep"), "{told}");
}

#[test]
fn json_lines_say_the_same_and_are_gone_on_with() {
    let directory = TempDir::new().expect("a scratch directory");
    let file = directory.path().join("rows.json");
    let arguments = Arguments { output: Some(file.clone()), format: Format::Json, ..arguments(&directory) };
    swept(&arguments).expect("it goes well");
    let text = fs::read_to_string(&file).expect("the file is there");
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("an object a line");
        let count = |relation: &str, which: &str| row["changes"][relation][which].as_u64().expect("a count") as usize;
        let counts = [
            row["edits"].as_u64().expect("a count") as usize,
            count("path", "more"),
            count("path", "less"),
            count("lonely", "more"),
            count("lonely", "less"),
        ];
        found.insert(row["element"]["name"].as_str().expect("a name").to_owned(), counts);
    }
    assert_eq!(found, expected());
    let (_, err) = swept(&arguments).expect("there is nothing to do");
    assert!(err.ends_with("0 elements swept\n"), "{err}");
}

#[test]
fn what_does_not_fit_is_told_before_anything_is_done() {
    let directory = TempDir::new().expect("a scratch directory");
    let with = |change: &dyn Fn(&mut Arguments)| {
        let mut arguments = arguments(&directory);
        change(&mut arguments);
        swept(&arguments).expect_err("it does not fit")
    };
    let told = with(&|a| a.scenario = Some("failur".into()));
    assert!(told.contains("there is no scenario `failur`; did you mean `failure`?"), "{told}");
    let told = with(&|a| a.each = "node(nme)".into());
    assert!(told.contains("relation `node` has no column `nme`; did you mean `name`?"), "{told}");
    let told = with(&|a| a.each = "link".into());
    assert!(told.contains("declare `.decl swept(a: symbol, b: symbol)`"), "{told}");
    let told = with(&|a| a.each = "nod".into());
    assert!(told.contains("there is no relation `nod`; did you mean `node`?"), "{told}");
    let told = with(&|a| a.count = vec!["paths".into()]);
    assert!(told.contains("there is no relation `paths`; did you mean `path`?"), "{told}");
    let told = with(&|a| {
        fs::write(
            &a.rules[0],
            RULES.replace(".decl swept(element: symbol)\n", "").replace("swept(n), ", "node(n, _), "),
        )
        .expect("a scratch file")
    });
    assert!(told.contains("the scenario has nothing to sweep over: declare `.decl swept(name: symbol)`"), "{told}");
    assert!(!Path::new("rows.csv").exists());
}

/// A small data centre of the synthesis; every so many cables are taken out and each application has but one replica, so
/// that not all is redundant.
fn centre(directory: &TempDir, seed: u64, without: usize) -> PathBuf {
    let snapshot = directory.path().join("centre");
    let schema = Schema::from(&repl::compile::model().expect("the model compiles"));
    let size = Size::new(120, 1, 0.005, seed).expect("a size");
    write(&snapshot, &DataCentre::new(&size), &schema, synth::Format::Csv, &mut |_| ()).expect("it is written");
    let file = snapshot.join("cable.csv");
    let cables = fs::read_to_string(&file).expect("cables");
    let kept = cables.lines().enumerate().filter(|(n, _)| n % without != 1).map(|(_, line)| format!("{line}\n"));
    fs::write(&file, kept.collect::<String>()).expect("cables");
    let file = snapshot.join("app_server.csv");
    let replicas = fs::read_to_string(&file).expect("replicas");
    let mut seen = BTreeSet::new();
    let first = replicas.lines().filter(|line| seen.insert(line.split(',').next())).map(|line| format!("{line}\n"));
    fs::write(&file, first.collect::<String>()).expect("replicas");
    snapshot
}

/// The standard rules about failures over a snapshot, with one element stated to have failed: no engine keeps anything.
struct FromScratch {
    plan: Plan,
    schema: Schema,
    snapshot: Snapshot,
}

impl FromScratch {
    fn new(snapshot: &Path) -> FromScratch {
        let mut texts = Texts::new("<test>");
        texts.load(Path::new("<failure.dl>"));
        let compiled = compile(&texts, None, &Statistics::new()).expect("the standard rules");
        let schema = Schema::from(&compiled.program);
        FromScratch { plan: compiled.plan, schema, snapshot: Snapshot::open(snapshot).expect("a snapshot") }
    }

    /// `load`: percent of what there is, if that is not what is assumed.
    fn of(&self, element: &str, kind: &str, load: Option<u64>) -> Tally {
        let symbols = Symbols::default();
        let mut once = Once::new(self.plan.clone(), symbols.clone(), Options { workers: 1 });
        let mut rejected = Rejected::default();
        self.snapshot.read(&self.schema, &symbols, &mut OnceSink::new(&mut once), &mut rejected).expect("facts");
        let failed = once.base("failed").expect("a base relation");
        let elements: Vec<&str> = element.split(" + ").collect();
        for element in &elements {
            once.insert(failed, &[symbols.intern(element)]).expect("a fact");
        }
        if let Some(percent) = load {
            let growth = once.base("growth").expect("a base relation");
            once.insert(growth, &[percent]).expect("a fact");
        }
        let mut answers = once.evaluate();
        let mut rows = |relation: &str| -> Vec<Vec<u64>> {
            answers.rows(relation).expect("a relation").iter().map(<[u64]>::to_vec).collect()
        };
        let text = |word: u64| symbols.text(word).to_string();
        let first = symbols.intern(elements[0]);
        let utilisation = rows("utilisation").into_iter().map(|row| (Reverse(row[2]), text(row[0]), text(row[1])));
        let (percent, from, to) = utilisation.min().unwrap_or_default();
        Tally {
            element: element.to_owned(),
            kind: kind.to_owned(),
            cut: rows("cut").iter().filter(|row| row[0] == first).count(),
            services_down: rows("service_down").iter().filter(|row| row[0] == first).count(),
            sessions_lost: rows("lost").iter().filter(|row| row[0] == first).map(|row| row[1]).sum(),
            overloaded: rows("overload").iter().filter(|row| row[0] == first).count(),
            worst_percent: percent.0,
            worst_from: from,
            worst_to: to,
        }
    }
}

/// Every element of two centres: one in which many hosts hang by a single cable and some by none, one in which nearly all
/// is redundant; with many elements an epoch or few, on one worker or two.
#[test]
fn a_sweep_says_what_each_failure_by_itself_says() {
    let (mut cut, mut down, mut kinds) = (0, 0, BTreeSet::new());
    for (seed, without, batch, jobs) in [(1, 7, 16, 1), (2, 61, 64, 2)] {
        let directory = TempDir::new().expect("a scratch directory");
        let snapshot = centre(&directory, seed, without);
        let sweep = Arguments {
            snapshot: snapshot.clone(),
            scenario: None,
            rules: Vec::new(),
            each: "element".into(),
            format: Format::Json,
            batch,
            jobs,
            ..arguments(&directory)
        };
        let (out, err) = swept(&sweep).expect("it goes well");
        assert!(err.contains("headroom, by the link that is used most:"), "{err}");
        assert!(out.lines().count() > 200, "{} elements", out.lines().count());
        let from_scratch = FromScratch::new(&snapshot);
        for line in out.lines() {
            let tally: Tally = serde_json::from_str(line).expect("a row");
            assert_eq!(tally, from_scratch.of(&tally.element, &tally.kind, None), "seed {seed}");
            (cut, down) = (cut + tally.cut, down + tally.services_down);
            kinds.insert(tally.kind);
        }
    }
    assert!(cut > 200 && down > 0, "{cut} pairs cut, {down} services down");
    assert_eq!(kinds.len(), 5, "hosts, switches of three tiers and cables: {kinds:?}");
}

#[test]
fn a_sweep_over_switches_goes_on_where_it_was_and_ranks_all_rows() {
    let directory = TempDir::new().expect("a scratch directory");
    let snapshot = centre(&directory, 1, 7);
    let file = directory.path().join("rows.csv");
    let sweep = Arguments {
        snapshot,
        scenario: None,
        rules: Vec::new(),
        each: "switch".into(),
        output: Some(file.clone()),
        ..arguments(&directory)
    };
    let (_, first) = swept(&sweep).expect("it goes well");
    let whole = fs::read_to_string(&file).expect("rows");
    let part: String = whole.chars().take(whole.len() * 2 / 3).collect();
    fs::write(&file, part).expect("rows");
    let (_, again) = swept(&sweep).expect("it goes on");
    assert_eq!(fs::read_to_string(&file).expect("rows"), whole);
    assert!(again.contains(" done before\n"), "{again}");
    let ranking = |text: &str| text[text.find(" matter; ").expect("a ranking")..].to_owned();
    assert_eq!(ranking(&again), ranking(&first));
    fs::write(&file, "other,rows\n1,2\n").expect("rows");
    assert!(swept(&sweep).expect_err("another file").contains("holds other rows"));
    let told = swept(&Arguments { each: "swich".into(), output: None, ..sweep }).expect_err("a misspelt kind");
    assert!(told.contains("no element is `swich`; did you mean `switch`?"), "{told}");
}

/// The rows of a sweep over pairs, each of them as an evaluation of its own says.
fn pairs(snapshot: &Path, directory: &TempDir, pairs: &str, load: Option<u64>) -> Vec<Tally> {
    let sweep = Arguments {
        snapshot: snapshot.to_owned(),
        scenario: None,
        rules: Vec::new(),
        each: "element".into(),
        pairs: Some(pairs.into()),
        load,
        format: Format::Json,
        batch: 16,
        ..arguments(directory)
    };
    let (out, _) = swept(&sweep).expect("it goes well");
    let rows: Vec<Tally> = out.lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
    let from_scratch = FromScratch::new(snapshot);
    for row in rows.iter().step_by(1 + rows.len() / 6) {
        assert_eq!(*row, from_scratch.of(&row.element, &row.kind, load), "{pairs} at {load:?} percent");
    }
    rows
}

#[test]
fn a_sweep_over_pairs_says_what_two_failures_together_say() {
    let directory = TempDir::new().expect("a scratch directory");
    let snapshot = centre(&directory, 1, 7);
    let mlag = pairs(&snapshot, &directory, "mlag", None);
    assert!(mlag.iter().all(|row| row.kind.contains(" + ") && row.cut > 0), "a rack is cut off by its pair");
    let switches = pairs(&snapshot, &directory, "core,distribution", Some(100_000_000));
    let devices: BTreeSet<&str> = switches.iter().flat_map(|row| row.element.split(" + ")).collect();
    assert_eq!(switches.len(), devices.len() * (devices.len() - 1) / 2);
    assert!(switches.iter().any(|row| row.overloaded > 0), "nothing carries so much");
    let file = directory.path().join("pairs.csv");
    let (a, b) = (&mlag[0].element, &mlag[1].element);
    fs::write(&file, format!("{}\n{}\n", a.replace(" + ", ","), b.replace(" + ", "\t"))).expect("a scratch file");
    let named = pairs(&snapshot, &directory, &file.display().to_string(), None);
    assert_eq!(named, mlag[..2]);
}

#[test]
fn more_load_uses_links_that_much_more() {
    let directory = TempDir::new().expect("a scratch directory");
    let snapshot = centre(&directory, 1, 7);
    let sweep = |load: Option<u64>| {
        let with = Arguments {
            snapshot: snapshot.clone(),
            scenario: None,
            rules: Vec::new(),
            each: "core".into(),
            load,
            format: Format::Json,
            ..arguments(&directory)
        };
        let (out, err) = swept(&with).expect("it goes well");
        let rows: Vec<Tally> = out.lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
        (rows, err)
    };
    let from_scratch = FromScratch::new(&snapshot);
    let ((plain, _), (more, err)) = (sweep(None), sweep(Some(100_000_000)));
    assert!(err.contains("headroom at 1000000 times the load, by the link that is used most:"), "{err}");
    for (plain, more) in plain.iter().zip(&more) {
        assert_eq!(*more, from_scratch.of(&more.element, &more.kind, Some(100_000_000)));
        let times = 1_000_000 * plain.worst_percent..=1_000_000 * plain.worst_percent + 999_999;
        assert!(
            more.worst_percent > 0 && times.contains(&more.worst_percent),
            "{} and {}",
            plain.worst_percent,
            more.worst_percent
        );
    }
    assert!(!more.is_empty());
}
