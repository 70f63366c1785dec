//! The report as JUnit's XML, in the form that Jenkins reads (its `junit-10.xsd`): a test case an invariant.
//!
//! A test case fails if the command does because of it. What is violated and does not fail, and what is accepted, stands in
//! the output of the test case.

use super::super::{Report, Verdict, Violation};
use crate::markup::escape;
use crate::output::Style;
use std::fmt::Write;

pub(super) fn draw(report: &Report) -> String {
    let failed = report.verdicts.iter().filter(|verdict| verdict.fails()).count();
    let totals = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\" time=\"0\"", report.verdicts.len());
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {totals}>\n");
    let _ = writeln!(xml, "  <testsuite name=\"{}\" {totals}>", escape(&report.snapshot));
    for verdict in &report.verdicts {
        let name = escape(&verdict.name);
        let _ = write!(xml, "    <testcase name=\"{name}\" classname=\"strata.check\" time=\"0\"");
        match said(verdict) {
            text if text.is_empty() => xml.push_str("/>\n"),
            text => {
                let _ = writeln!(xml, ">\n{text}    </testcase>");
            }
        }
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

/// What a test case holds.
fn said(verdict: &Verdict) -> String {
    let violated: String = verdict.counting().map(told).collect();
    let mut text = String::new();
    let mut output = String::new();
    match verdict.counting().next() {
        Some(first) if verdict.fails() => {
            let more = verdict.counted() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            let message = escape(&format!("{}{more}", first.message));
            let (severity, violated) = (verdict.severity, escape(&violated));
            let _ = writeln!(text, "      <failure message=\"{message}\" type=\"{severity}\">{violated}</failure>");
        }
        _ => output.push_str(&violated),
    }
    for (violation, reason) in verdict.accepted() {
        let _ = writeln!(output, "suppressed: {} ({reason})", violation.message);
    }
    if !output.is_empty() {
        let _ = writeln!(text, "      <system-out>{}</system-out>", escape(&output));
    }
    text
}

/// A violation with its place, its causes, its proof and its repairs.
fn told(violation: &Violation) -> String {
    let place = violation.places.first().map_or(String::new(), |place| format!("{place}: "));
    let mut text = format!("{place}{}\n", violation.message);
    violation.causes.iter().for_each(|cause| text.push_str(&format!("since {cause}\n")));
    if let Some(explanation) = &violation.explanation {
        let _ = writeln!(text, "{}", explanation.draw(Style::PLAIN, None));
    }
    violation.repairs.iter().for_each(|repair| text.push_str(&format!("repair: {repair}\n")));
    text + "\n"
}
