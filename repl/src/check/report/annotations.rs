//! The report as annotations of GitHub's workflow commands, and in the Test Anything Protocol.

use super::super::Report;
use compiler::program::Severity;
use std::fmt::Write;

/// A line a violation; what is suppressed is left out.
pub(super) fn github(report: &Report) -> String {
    let mut text = String::new();
    for verdict in &report.verdicts {
        let command = match verdict.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        for violation in verdict.violations.iter().filter(|v| v.suppressed.is_none()) {
            let place = violation.places.iter().find(|place| !place.file.starts_with('<'));
            let mut properties = Vec::new();
            if let Some(place) = place {
                properties.push(format!("file={}", property(&place.file)));
                if place.line > 0 {
                    properties.push(format!("line={}", place.line));
                }
            }
            properties.push(format!("title={}", property(&verdict.name)));
            let _ = writeln!(text, "::{command} {}::{}", properties.join(","), data(&violation.message));
        }
    }
    text
}

/// The text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A test point an invariant.
pub(super) fn tap(report: &Report) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.verdicts.len());
    for (at, verdict) in report.verdicts.iter().enumerate() {
        let (number, name) = (at + 1, &verdict.name);
        let counted: Vec<_> = verdict.violations.iter().filter(|v| v.suppressed.is_none()).collect();
        if counted.is_empty() {
            let _ = writeln!(text, "ok {number} - {name}");
            continue;
        }
        let _ = writeln!(text, "not ok {number} - {name}\n  ---\n  severity: {}\n  violations:", verdict.severity);
        for violation in counted {
            let _ = writeln!(text, "    - message: {}", quoted(&violation.message));
            if let Some(place) = violation.places.first() {
                let _ = writeln!(text, "      at: {}", quoted(&place.to_string()));
            }
        }
        text.push_str("  ...\n");
    }
    text
}

/// A string of YAML: JSON's are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("50%\nof a: b"), "50%25%0Aof a: b");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
