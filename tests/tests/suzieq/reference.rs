//! The reference answers that come with the data: what SuzieQ's own test cases expect of the same tables.

use crate::network::directory;
use serde_json::Value;
use std::collections::BTreeSet;

/// One question and its answer.
pub(crate) struct Case {
    /// As typed: `path show --src=… --dest=…`.
    pub(crate) command: String,
    /// One object a row.
    pub(crate) rows: Vec<Value>,
}

/// The cases of a network whose command starts so.
pub(crate) fn cases(network: &str, start: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(directory(network).join("reference.jsonl")).expect("the reference answers");
    let all = text.lines().map(|line| {
        let case: Value = serde_json::from_str(line).expect("a line of JSON");
        let output = &case["output"];
        let rows = match output.as_str() {
            Some(text) => serde_json::from_str(text).expect("an answer in JSON"),
            None => output.clone(),
        };
        let rows = rows.as_array().cloned().unwrap_or_default();
        Case { command: case["command"].as_str().unwrap_or_default().to_owned(), rows }
    });
    all.filter(|case| case.command.starts_with(start)).collect()
}

impl Case {
    /// The value of an option, without quotes.
    pub(crate) fn option(&self, name: &str) -> Option<String> {
        let marker = format!("--{name}");
        let rest = self.command.split(&marker).nth(1)?.trim_start_matches(['=', ' ']);
        let quoted = rest.strip_prefix(['"', '\'']);
        let value = match quoted {
            Some(rest) => rest.split(['"', '\'']).next(),
            None => rest.split_whitespace().next(),
        };
        value.map(str::to_owned)
    }

    /// The devices of each path of a `path show`, from source to destination.
    pub(crate) fn paths(&self) -> BTreeSet<Vec<String>> {
        let mut paths: Vec<(u64, Vec<String>)> = Vec::new();
        for row in &self.rows {
            let (id, device) = (row["pathid"].as_u64().expect("a path's number"), text(row, "hostname"));
            match paths.last_mut() {
                Some((last, devices)) if *last == id => devices.push(device),
                _ => paths.push((id, vec![device])),
            }
        }
        paths.into_iter().map(|(_, devices)| devices).collect()
    }
}

/// A field as text.
pub(crate) fn text(row: &Value, field: &str) -> String {
    match &row[field] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A field that is a list, or one element of it as text.
pub(crate) fn list(row: &Value, field: &str) -> Vec<String> {
    let elements = row[field].as_array().cloned().unwrap_or_default();
    elements.iter().map(|e| e.as_str().map_or_else(|| e.to_string(), str::to_owned)).collect()
}
