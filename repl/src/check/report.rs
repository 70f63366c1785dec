//! What was found, as text: for people, for machines, and for what build servers read.

mod github;
mod human;
mod junit;
mod sarif;
mod tap;

use super::{Report, Verdict, Violation};
use crate::cli::CheckFormat;
use crate::failure::{Failure, Outcome};
use crate::output::Style;
use serde_json::{Value, json};

/// The report in a format, with a line break at its end.
pub(super) fn draw(report: &Report, format: CheckFormat, style: Style) -> Outcome<String> {
    Ok(match format {
        CheckFormat::Human => human::draw(report, style),
        CheckFormat::Json => pretty(&whole(report))?,
        CheckFormat::Junit => junit::draw(report),
        CheckFormat::Sarif => pretty(&sarif::whole(report))?,
        CheckFormat::Github => github::draw(report),
        CheckFormat::Tap => tap::draw(report),
    })
}

fn pretty(value: &Value) -> Outcome<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Failure::Ours(format!("cannot write JSON: {error}")))
}

fn whole(report: &Report) -> Value {
    let (counts, suppressed) = report.counts();
    let counts: serde_json::Map<String, Value> = counts.into_iter().map(|(s, n)| (s.to_string(), n.into())).collect();
    let invariants: Vec<Value> = report.verdicts.iter().map(verdict).collect();
    json!({
        "snapshot": report.snapshot,
        "compared": report.compared,
        "rejected": report.rejected,
        "violations": counts,
        "suppressed": suppressed,
        "invariants": invariants,
        "notes": report.notes,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    let violations: Vec<Value> = verdict.violations.iter().map(violation).collect();
    json!({
        "name": verdict.name,
        "severity": verdict.severity.to_string(),
        "fails": verdict.fails(),
        "file": verdict.place.file,
        "line": verdict.place.line,
        "violations": violations,
        "fixed": verdict.fixed,
    })
}

fn violation(violation: &Violation) -> Value {
    json!({
        "message": violation.message,
        "tuple": violation.tuple,
        "places": violation.places,
        "causes": violation.causes,
        "repairs": violation.repairs,
        "suppressed": violation.suppressed,
        "proof": violation.explanation.as_ref().map(|explanation| &explanation.json),
    })
}
