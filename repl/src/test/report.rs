//! What came out of tests: for people, for machines, and as JUnit's XML, which build servers show.

use super::{Case, Reason, Unmet};
use crate::cli::TestFormat as Format;
use crate::markup::escape;
use crate::output::{Output, Style};
use serde_json::json;
use std::fmt::Write;
use std::io;

/// The results so far.
#[derive(Debug)]
pub(super) struct Report {
    format: Format,
    cases: Vec<Case>,
}

impl Report {
    /// No results.
    pub(super) fn new(format: Format) -> Report {
        Report { format, cases: Vec::new() }
    }

    /// How many tests failed.
    pub(super) fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.failures.is_empty()).count()
    }

    /// Adds a result, and shows it to a person at once.
    pub(super) fn add(&mut self, case: Case, output: &mut Output) -> io::Result<()> {
        let said = match self.format {
            Format::Human => output.data(&human(&case, output.out_style)),
            Format::Json => Ok(()),
        };
        self.cases.push(case);
        said
    }

    /// Shows what can be said in the end.
    pub(super) fn finish(&self, output: &mut Output) -> io::Result<()> {
        let failed = self.failed();
        if self.format == Format::Json {
            let cases: Vec<_> = self.cases.iter().map(json_case).collect();
            let all = json!({ "passed": self.cases.len() - failed, "failed": failed, "tests": cases });
            return output.data(&all.to_string());
        }
        let passed = self.cases.len() - failed;
        output.note(&format!("{passed} passed, {failed} failed"))
    }

    /// The results as JUnit's XML: a suite a file.
    pub(super) fn junit(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
        let _ = writeln!(xml, "{}>", totals(&self.cases));
        for cases in self.cases.chunk_by(|a, b| a.file == b.file) {
            let _ = writeln!(xml, "  <testsuite name=\"{}\"{}>", escape(&cases[0].file), totals(cases));
            for case in cases {
                let _ = write!(
                    xml,
                    "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\"",
                    escape(&case.name),
                    escape(&case.file),
                    escape(&case.file),
                    case.line,
                    case.seconds
                );
                if case.failures.is_empty() {
                    xml.push_str("/>\n");
                    continue;
                }
                xml.push_str(">\n");
                for unmet in &case.failures {
                    let text = escape(&lines(&case.file, unmet, Style::PLAIN).join("\n"));
                    let _ = writeln!(xml, "      <failure message=\"{}\">{text}</failure>", escape(&unmet.expectation));
                }
                xml.push_str("    </testcase>\n");
            }
            xml.push_str("  </testsuite>\n");
        }
        xml + "</testsuites>\n"
    }
}

fn totals(cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| !case.failures.is_empty()).count();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    format!(" tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{seconds:.6}\"", cases.len())
}

fn human(case: &Case, style: Style) -> String {
    let place = style.dim(&format!("{}:{}", case.file, case.line));
    if case.failures.is_empty() {
        return format!("{} {} {place}", style.green("ok  "), case.name);
    }
    let mut text = format!("{} {} {place}", style.red("FAIL"), style.bold(&case.name));
    for line in case.failures.iter().flat_map(|unmet| lines(&case.file, unmet, style)) {
        let _ = write!(text, "\n  {line}");
    }
    text
}

/// An expectation that does not hold, and why.
fn lines(file: &str, unmet: &Unmet, style: Style) -> Vec<String> {
    let reason = |reason: &Reason| match reason {
        Reason::Missing(tuple) => style.red(&format!("  missing     {tuple}")),
        Reason::Unexpected(tuple) => style.green(&format!("  unexpected  {tuple}")),
        Reason::Note(text) => format!("  {text}"),
    };
    let head = format!("{file}:{}: {}", unmet.line, unmet.expectation);
    std::iter::once(head).chain(unmet.reasons.iter().map(reason)).collect()
}

fn json_case(case: &Case) -> serde_json::Value {
    let failures = case.failures.iter().map(|unmet| {
        let of = |pick: fn(&Reason) -> Option<&String>| unmet.reasons.iter().filter_map(pick).collect::<Vec<_>>();
        json!({
            "line": unmet.line,
            "expectation": unmet.expectation,
            "missing": of(|reason| if let Reason::Missing(text) = reason { Some(text) } else { None }),
            "unexpected": of(|reason| if let Reason::Unexpected(text) = reason { Some(text) } else { None }),
            "notes": of(|reason| if let Reason::Note(text) = reason { Some(text) } else { None }),
        })
    });
    json!({
        "file": case.file,
        "line": case.line,
        "name": case.name,
        "seconds": case.seconds,
        "outcome": if case.failures.is_empty() { "passed" } else { "failed" },
        "failures": failures.collect::<Vec<_>>(),
    })
}
