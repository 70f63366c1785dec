//! The report as SARIF 2.1.0 (OASIS), which code hosts show beside the lines.

use super::super::{Report, Verdict, Violation};
use crate::why::Place;
use compiler::program::Severity;
use ingest::file_name;
use serde_json::{Map, Value, json};

pub(super) fn whole(report: &Report) -> Value {
    let rules: Vec<Value> = report.verdicts.iter().map(rule).collect();
    let results = report.verdicts.iter().enumerate().flat_map(|(at, verdict)| {
        let present = verdict.violations.iter().map(move |violation| result(at, verdict, violation, report.compared));
        let fixed = verdict.fixed.iter().map(move |message| {
            json!({
                "ruleId": verdict.name,
                "ruleIndex": at,
                "level": level(verdict.severity),
                "message": { "text": message },
                "baselineState": "absent",
            })
        });
        present.chain(fixed)
    });
    let results: Vec<Value> = results.collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "strata", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
        }],
    })
}

fn rule(verdict: &Verdict) -> Value {
    let said = verdict.doc.lines().next().unwrap_or_default().trim();
    let said = if said.is_empty() { verdict.name.as_str() } else { said };
    json!({
        "id": verdict.name,
        "shortDescription": { "text": said },
        "defaultConfiguration": { "level": level(verdict.severity) },
    })
}

fn result(rule: usize, verdict: &Verdict, violation: &Violation, compared: bool) -> Value {
    let mut result = json!({
        "ruleId": verdict.name,
        "ruleIndex": rule,
        "level": level(verdict.severity),
        "message": { "text": violation.message },
        // The tuple says which violation this is, wherever its facts have moved to.
        "partialFingerprints": { "tuple/v1": violation.tuple },
    });
    // The first fact that it rests on; without one that stands in a file, the invariant if that does.
    let mut locations: Vec<Value> = violation.places.iter().filter_map(location).collect();
    if locations.is_empty() {
        locations.extend(location(&verdict.place));
    }
    if !locations.is_empty() {
        let further = locations.split_off(1);
        result["locations"] = locations.into();
        if !further.is_empty() {
            result["relatedLocations"] = further.into();
        }
    }
    if compared {
        result["baselineState"] = "new".into();
    }
    if let Some(reason) = &violation.suppressed {
        result["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    let mut more = Map::new();
    for (name, said) in [("causes", &violation.causes), ("repairs", &violation.repairs)] {
        if !said.is_empty() {
            more.insert(name.into(), said.clone().into());
        }
    }
    if !more.is_empty() {
        result["properties"] = more.into();
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A place in a file; none for what is inside the binary.
fn location(place: &Place) -> Option<Value> {
    if !place.is_file() {
        return None;
    }
    let mut physical = json!({ "artifactLocation": { "uri": uri(&place.file) } });
    if place.line > 0 {
        physical["region"] = json!({ "startLine": place.line });
    }
    Some(json!({ "physicalLocation": physical }))
}

/// A path as a reference; an absolute one as a URI.
fn uri(path: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~/".contains(b);
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    let path = file_name::path(path.trim_start_matches("./"));
    for byte in path.as_os_str().as_encoded_bytes() {
        match plain(byte) {
            true => uri.push(*byte as char),
            false => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("./a b/c.csv"), "a%20b/c.csv");
        assert_eq!(uri("/srv/é.csv"), "file:///srv/%C3%A9.csv");
        #[cfg(unix)]
        assert_eq!(uri("a\\xff.csv"), "a%FF.csv");
    }
}
