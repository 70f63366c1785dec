//! The report for people: each violation with its message and where it comes from; of the first few, the proof.

use super::super::{Report, Verdict, Violation};
use crate::output::Style;
use compiler::program::Severity;
use std::fmt::Write;

/// How many violations of an invariant are shown with their proofs.
const PROVED: usize = 3;

/// How many violations of an invariant are shown.
const SHOWN: usize = 30;

/// How many lines of a proof are shown.
const LINES: usize = 40;

pub(super) fn draw(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for verdict in &report.verdicts {
        let counted: Vec<&Violation> = verdict.counting().collect();
        for (at, violation) in counted.iter().take(SHOWN).enumerate() {
            one(verdict, violation, at < PROVED, style, &mut text);
        }
        if counted.len() > SHOWN {
            let more = counted.len() - SHOWN;
            let _ = writeln!(text, "… {more} more of `{}`; `--format json` lists them all\n", verdict.name);
        }
        for message in &verdict.fixed {
            let _ = writeln!(text, "{} {}: {message}", style.green("fixed"), verdict.name);
        }
        for (violation, reason) in verdict.accepted() {
            let line = format!("suppressed {}: {} ({reason})", verdict.name, violation.message);
            let _ = writeln!(text, "{}", style.dim(&line));
        }
    }
    text
}

fn one(verdict: &Verdict, violation: &Violation, proved: bool, style: Style, text: &mut String) {
    let severity = verdict.severity.to_string();
    let severity = match verdict.severity {
        Severity::Error => style.red(&severity),
        Severity::Warning | Severity::Info => style.bold(&severity),
    };
    let _ = writeln!(text, "{severity}[{}]: {}", verdict.name, style.bold(&violation.message));
    for cause in &violation.causes {
        let _ = writeln!(text, "  since {cause}");
    }
    match &violation.explanation {
        Some(explanation) if proved => {
            let inner = Style { width: style.width.map(|width| width.saturating_sub(2).max(20)), ..style };
            for line in explanation.draw(inner, Some(LINES)).lines() {
                let _ = writeln!(text, "{}", format!("  {line}").trim_end());
            }
            if explanation.hidden(Some(LINES)) > 0 {
                let hidden = explanation.hidden(Some(LINES));
                let _ = writeln!(text, "  … {hidden} more lines; `--format json` has the whole proof");
            }
        }
        _ => {
            if let Some(place) = violation.places.first() {
                let _ = writeln!(text, "  {}", style.dim(&format!("--> {place}")));
            }
        }
    }
    for (at, repair) in violation.repairs.iter().enumerate() {
        let _ = writeln!(text, "  {} {repair}", if at == 0 { "repair:" } else { "     or" });
    }
    text.push('\n');
}
