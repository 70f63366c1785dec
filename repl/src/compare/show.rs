//! Comparisons, for people and for machines.

use super::words::{BAD, Event, GOOD, Topic, topics};
use super::{Comparison, Difference};
use crate::cli::Compared;
use crate::output::Style;
use crate::table::{Table, literal};
use runtime::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many events are told of each kind, unless all are asked for.
const SHOWN: usize = 8;

/// What happened, in words; a table of what else differs; and the tuples of the relations that are named.
pub(super) fn human(comparison: &Comparison, rules: &Compared, style: Style) -> String {
    let mut text = String::new();
    for Topic { topic, events } in topics(comparison) {
        let _ = writeln!(text, "{}", style.bold(topic));
        told(&events, rules.details, style, &mut text);
    }
    let differ: Vec<&Difference> = comparison.differences.iter().filter(|difference| !difference.is_empty()).collect();
    let counted: Vec<&Difference> = differ.iter().copied().filter(|d| rules.details || !d.standard).collect();
    if !counted.is_empty() {
        let rows = counted.iter().map(|difference| {
            let count = |n: usize| if n == 0 { String::new() } else { n.to_string() };
            [
                difference.relation.clone(),
                count(difference.lost.len()),
                count(difference.gained.len()),
                count(difference.changed.len()),
                difference.now.to_string(),
            ]
        });
        let table = Table::text(["relation", "lost", "gained", "changed", "now"], rows);
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{}", table.draw(style, None));
    }
    for difference in differ.iter().filter(|difference| rules.show.contains(&difference.relation)) {
        text.push('\n');
        tuples(difference, style, &mut text);
    }
    text
}

/// The events of a topic, a line each.
fn told(events: &[Event], all: bool, style: Style, text: &mut String) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    events.iter().for_each(|event| *counts.entry(event.what).or_default() += 1);
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    for Event { what, text: line } in events {
        let (nth, count) = (said.entry(what).or_default(), counts.get(what).copied().unwrap_or(0));
        *nth += 1;
        if all || *nth <= SHOWN || count == SHOWN + 1 {
            let padded = format!("{what:<8}");
            let what = match what {
                what if BAD.contains(what) => style.red(&padded),
                what if GOOD.contains(what) => style.green(&padded),
                _ => padded,
            };
            let _ = writeln!(text, "  {what}  {line}");
        } else if *nth == SHOWN + 1 {
            let _ = writeln!(text, "            … {} more {what}", count - SHOWN);
        }
    }
}

fn tuples(difference: &Difference, style: Style, text: &mut String) {
    let name = &difference.relation;
    for tuple in &difference.lost {
        let _ = writeln!(text, "{}", style.red(&format!("-{name}({})", listed(tuple))));
    }
    for tuple in &difference.gained {
        let _ = writeln!(text, "{}", style.green(&format!("+{name}({})", listed(tuple))));
    }
    for (tuple, value) in &difference.changed {
        let _ = writeln!(text, " {name}({} → {})", listed(tuple), literal(value));
    }
}

fn listed(tuple: &[Value]) -> String {
    tuple.iter().map(literal).collect::<Vec<_>>().join(", ")
}

/// Everything.
pub(super) fn json(comparison: &Comparison) -> Json {
    let said = |all: &[(String, String)]| -> Vec<Json> {
        all.iter().map(|(invariant, message)| json!({ "invariant": invariant, "message": message })).collect()
    };
    let differences = comparison.differences.iter().map(|difference| {
        let tuples = |rows: &[Vec<Value>]| -> Vec<Json> { rows.iter().map(|row| array(row)).collect() };
        let changed = difference.changed.iter().map(|(tuple, value)| json!({ "from": array(tuple), "to": one(value) }));
        json!({
            "relation": difference.relation,
            "columns": difference.columns,
            "lost": tuples(&difference.lost),
            "gained": tuples(&difference.gained),
            "changed": changed.collect::<Vec<_>>(),
            "now": difference.now,
        })
    });
    let facts = comparison.facts.iter();
    let facts = facts.map(|(name, (gone, come))| (name.clone(), json!({ "retracted": gone, "inserted": come })));
    json!({
        "facts": facts.collect::<serde_json::Map<String, Json>>(),
        "summary": topics(comparison),
        "broken": said(&comparison.broken),
        "mended": said(&comparison.mended),
        "relations": differences.collect::<Vec<_>>(),
    })
}

fn array(tuple: &[Value]) -> Json {
    tuple.iter().map(one).collect()
}

fn one(value: &Value) -> Json {
    match value {
        Value::Number(n) => (*n).into(),
        Value::Unsigned(n) => (*n).into(),
        Value::Float(x) => (*x).into(),
        Value::Symbol(text) => Json::from(&**text),
        Value::Record(term) => term.to_string().into(),
    }
}
