//! What is wrong, since when, and why, where the operator has stated limits or monitoring has sampled something.
//!
//! Without either there is nothing to find, and the messages are not read for it.

use crate::compile::compile;
use crate::facts::unreadable;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::texts::Texts;
use compiler::planner::Statistics;
use ingest::batch::Origins;
use ingest::{Rejected, Schema, Sink, Snapshot};
use runtime::{Rows, Symbols, Value};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The standard rules about health.
const RULES: &str = "<health.dl>";

/// What alarms and suspicions come from, besides messages.
const STATED: [&str; 5] = ["sla", "threshold", "metric", "change", "failed"];

/// How many lines of a list are shown.
const SHOWN: usize = 25;

/// What is found; nothing where nothing is stated.
#[derive(Default, Serialize)]
pub(super) struct Health {
    pub(super) health: Option<Found>,
}

/// Alarms and what explains them.
#[derive(Default, Serialize)]
pub(super) struct Found {
    /// How many alarms there are, and of how many entities.
    pub(super) alarms: usize,
    pub(super) entities: usize,
    /// How many elements explain them; some of these are below.
    pub(super) explanations: usize,
    /// Causes: what, how many entities with an alarm it explains, and which kinds of alarms it raises itself.
    pub(super) causes: Vec<(String, usize, String)>,
    /// Elements and their score, the greatest first.
    pub(super) suspects: Vec<(String, f64)>,
    /// Service, measure, minutes in which it was broken, the worst value, the limit.
    pub(super) breaches: Vec<(String, String, usize, f64, f64)>,
    /// Entity with an alarm, its kind, what was changed before it, and how.
    pub(super) changes: Vec<(String, String, String, String)>,
}

/// The health of a snapshot.
///
/// # Errors
/// If the snapshot cannot be read.
pub(super) fn of(snapshot: &Path, jobs: u16, output: &mut Output) -> Outcome<Health> {
    let mut texts = Texts::new("<report>");
    texts.load(Path::new(RULES));
    let compiled = compile(&texts, None, &Statistics::new())?;
    let symbols = Symbols::default();
    if stated(snapshot, &Schema::from(&compiled.program), &symbols)? == 0 {
        return Ok(Health::default());
    }
    let names = ["alarm", "root_cause", "suspect", "sla_breach", "preceding_change"];
    let find = |name: &str| {
        let found = compiled.program.find(name);
        found.ok_or_else(|| Failure::Ours(format!("the standard rules have no relation `{name}`")))
    };
    let wanted = names.iter().map(|name| find(name)).collect::<Outcome<Vec<_>>>()?;
    let arguments = [snapshot.to_owned()];
    let mut evaluated = crate::check::Evaluated::read(&compiled, &arguments, &wanted, &symbols, usize::from(jobs))?;
    evaluated.tell_rejected(&arguments, output)?;
    let mut rows = Vec::new();
    for relation in wanted {
        let columns = &compiled.program.relation(relation).columns;
        let value = |row: &Vec<u64>| -> Vec<Value> {
            row.iter().zip(columns).map(|(word, column)| Value::of(*word, &column.ty, &symbols)).collect()
        };
        rows.push(evaluated.rows(relation)?.iter().map(value).collect::<Vec<_>>());
    }
    Ok(Health { health: Some(found(&rows)) })
}

/// How many facts there are of those that alarms come from.
fn stated(snapshot: &Path, schema: &Schema, symbols: &Symbols) -> Outcome<usize> {
    let wanted = schema.relations().filter(|(name, _)| STATED.contains(name));
    let wanted = Schema::new(wanted.map(|(name, columns)| (name.into(), columns.to_vec())));
    let mut count = Count(0);
    let snapshot = Snapshot::open(snapshot).map_err(unreadable)?;
    // What cannot be used is told by whoever reads them for good.
    snapshot.read(&wanted, symbols, &mut count, &mut Rejected::default()).map_err(unreadable)?;
    Ok(count.0)
}

struct Count(usize);

impl Sink for Count {
    fn source(&mut self, _: &str) -> u32 {
        0
    }

    fn take(&mut self, _: &str, rows: Rows, _: Origins) -> Result<(), ingest::Error> {
        self.0 += rows.len();
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.to_string()
}

fn real(value: &Value) -> f64 {
    match value {
        Value::Float(x) => *x,
        Value::Number(n) => *n as f64,
        Value::Unsigned(n) => *n as f64,
        Value::Symbol(_) | Value::Record(_) => 0.0,
    }
}

/// `rows`: alarms, causes, suspects, breaches, changes.
fn found(rows: &[Vec<Vec<Value>>]) -> Found {
    let [alarms, causes, suspects, breaches, changes] = rows else { return Found::default() };
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in alarms {
        let kinds = kinds.entry(text(&row[0])).or_default();
        let kind = text(&row[1]);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut explained: BTreeMap<String, usize> = BTreeMap::new();
    causes.iter().for_each(|row| *explained.entry(text(&row[1])).or_default() += 1);
    let of = |cause: &String| kinds.get(cause).map(|kinds| kinds.join(", ")).unwrap_or_default();
    let mut found =
        Found { alarms: alarms.len(), entities: kinds.len(), explanations: explained.len(), ..Found::default() };
    found.causes = explained.iter().map(|(cause, n)| (cause.clone(), *n, of(cause))).collect();
    found.causes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.suspects = suspects.iter().map(|row| (text(&row[0]), real(&row[1]))).collect();
    found.suspects.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut broken: BTreeMap<(String, String), (usize, f64, f64)> = BTreeMap::new();
    for row in breaches {
        let known = broken.entry((text(&row[0]), text(&row[2]))).or_insert((0, 0.0, real(&row[4])));
        *known = (known.0 + 1, known.1.max(real(&row[3])), known.2.min(real(&row[4])));
    }
    found.breaches = broken.into_iter().map(|((v, what), (n, worst, limit))| (v, what, n, worst, limit)).collect();
    let change = |row: &Vec<Value>| {
        let how = format!("{} {}", text(&row[3]), text(&row[4]));
        (text(&row[0]), text(&row[1]), text(&row[2]), how.trim_end().to_owned())
    };
    found.changes = changes.iter().map(change).collect();
    found.changes.sort();
    found.changes.dedup();
    found.causes.truncate(SHOWN);
    found.suspects.truncate(SHOWN);
    found.breaches.truncate(SHOWN);
    found.changes.truncate(SHOWN);
    found
}
