//! The report as JUnit's XML: a test case an invariant.

use super::super::Report;
use crate::markup::escape;
use std::fmt::Write;

pub(super) fn draw(report: &Report) -> String {
    let failed = report.verdicts.iter().filter(|verdict| verdict.counted() > 0).count();
    let totals = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\" time=\"0\"", report.verdicts.len());
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {totals}>\n");
    let _ = writeln!(xml, "  <testsuite name=\"{}\" {totals}>", escape(&report.snapshot));
    for verdict in &report.verdicts {
        let (name, file) = (escape(&verdict.name), escape(&verdict.place.file));
        let _ = write!(
            xml,
            "    <testcase name=\"{name}\" classname=\"strata.check\" file=\"{file}\" line=\"{}\" time=\"0\"",
            verdict.place.line
        );
        let counted: Vec<_> = verdict.violations.iter().filter(|v| v.suppressed.is_none()).collect();
        let Some(first) = counted.first() else {
            xml.push_str("/>\n");
            continue;
        };
        let more = if counted.len() > 1 { format!(" (and {} more)", counted.len() - 1) } else { String::new() };
        let message = escape(&format!("{}{more}", first.message));
        let _ = write!(xml, ">\n      <failure message=\"{message}\" type=\"{}\">", verdict.severity);
        for violation in counted {
            let place = violation.places.first().map_or(String::new(), |place| format!("{place}: "));
            let _ = writeln!(xml, "{}", escape(&format!("{place}{}", violation.message)));
            if let Some(explanation) = &violation.explanation {
                let _ = writeln!(xml, "{}\n", escape(&explanation.draw(crate::output::Style::PLAIN, None)));
            }
        }
        xml.push_str("</failure>\n    </testcase>\n");
    }
    xml + "  </testsuite>\n</testsuites>\n"
}
