//! The report as annotations of GitHub's workflow commands.

use super::super::{Report, Violation};
use compiler::program::Severity;
use std::fmt::Write;

/// A line a violation; what is suppressed is left out.
pub(super) fn draw(report: &Report) -> String {
    let mut text = String::new();
    for verdict in &report.verdicts {
        let command = match verdict.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        for violation in verdict.counting() {
            let place = violation.places.iter().find(|place| place.is_file());
            let mut properties = Vec::new();
            if let Some(place) = place {
                properties.push(format!("file={}", property(&place.file)));
                if place.line > 0 {
                    properties.push(format!("line={}", place.line));
                }
            }
            properties.push(format!("title={}", property(&verdict.name)));
            let _ = writeln!(text, "::{command} {}::{}", properties.join(","), data(&message(violation)));
        }
    }
    text
}

/// The message, and what the violation came with.
fn message(violation: &Violation) -> String {
    let causes = violation.causes.iter().map(|cause| format!("\nsince {cause}"));
    std::iter::once(violation.message.clone()).chain(causes).collect()
}

/// The text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
