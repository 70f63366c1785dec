//! Comparisons, for people and for machines.

use super::{Comparison, Difference};
use crate::output::Style;
use crate::table::{Table, literal};
use runtime::Value;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// How many violations are shown of each kind.
const SHOWN: usize = 20;

/// Broken and mended invariants, a table of what differs, and the tuples of the relations that are named.
pub(super) fn human(comparison: &Comparison, shown: &[String], style: Style) -> String {
    let mut text = String::new();
    violations("broken", &comparison.broken, &|text| style.red(text), &mut text);
    violations("mended", &comparison.mended, &|text| style.green(text), &mut text);
    let differ: Vec<&Difference> = comparison.differences.iter().filter(|difference| !difference.is_empty()).collect();
    if !differ.is_empty() {
        let rows = differ.iter().map(|difference| {
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
        let _ = writeln!(text, "{}", table.draw(style, None));
    }
    for difference in differ.iter().filter(|difference| shown.contains(&difference.relation)) {
        text.push('\n');
        tuples(difference, style, &mut text);
    }
    text
}

fn violations(what: &str, all: &[(String, String)], paint: &dyn Fn(&str) -> String, text: &mut String) {
    for (invariant, message) in all.iter().take(SHOWN) {
        let _ = writeln!(text, "{} {invariant}: {message}", paint(what));
    }
    if all.len() > SHOWN {
        let _ = writeln!(text, "… {} more {what}; `--format json` lists them all", all.len() - SHOWN);
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
