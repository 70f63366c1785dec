//! The report in the Test Anything Protocol, version 14: a test point an invariant.

use super::super::{Report, Verdict};
use std::fmt::Write;

/// What is violated and does not fail the check is a `TODO`, which harnesses show and do not count.
pub(super) fn draw(report: &Report) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.verdicts.len());
    for (at, verdict) in report.verdicts.iter().enumerate() {
        let (number, name) = (at + 1, &verdict.name);
        if verdict.counted() == 0 {
            let _ = writeln!(text, "ok {number} - {name}");
        } else {
            let todo = if verdict.fails() { "" } else { " # TODO does not fail the check" };
            let _ = writeln!(text, "not ok {number} - {name}{todo}");
        }
        diagnostics(verdict, &mut text);
    }
    text
}

/// The violations and what is accepted, as YAML.
fn diagnostics(verdict: &Verdict, text: &mut String) {
    if verdict.violations.is_empty() {
        return;
    }
    let _ = writeln!(text, "  ---\n  severity: {}", verdict.severity);
    if verdict.counted() > 0 {
        text.push_str("  violations:\n");
    }
    for violation in verdict.counting() {
        let _ = writeln!(text, "    - message: {}", quoted(&violation.message));
        if let Some(place) = violation.places.first() {
            let _ = writeln!(text, "      at: {}", quoted(&place.to_string()));
        }
        for (at, cause) in violation.causes.iter().enumerate() {
            let head = if at == 0 { "      since:\n" } else { "" };
            let _ = writeln!(text, "{head}        - {}", quoted(cause));
        }
    }
    for (at, (violation, reason)) in verdict.accepted().enumerate() {
        let head = if at == 0 { "  suppressed:\n" } else { "" };
        let _ = writeln!(text, "{head}    - message: {}", quoted(&violation.message));
        let _ = writeln!(text, "      because: {}", quoted(reason));
    }
    text.push_str("  ...\n");
}

/// A string of YAML: JSON's are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
