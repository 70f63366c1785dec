//! What was found, held against what follows from how a synthetic data centre was made.

use super::fold::{Folded, GAP, QUICK};
use super::scenario::Found;
use crate::failure::{Failure, Outcome};
use serde_json::Value as Json;
use std::path::Path;

/// A number that is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    what: String,
    found: u64,
    expected: u64,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: found {}, expected {}", self.what, self.found, self.expected)
    }
}

/// The expected answers of a snapshot, if it has any.
pub(crate) fn read(directory: &Path) -> Outcome<Option<Json>> {
    let path = directory.join(ingest::synth::EXPECTED);
    if !path.exists() {
        return Ok(None);
    }
    let wrong = |cause: String| Failure::User(format!("{}: {cause}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
    serde_json::from_str(&text).map(Some).map_err(|e| wrong(e.to_string()))
}

/// Numbers held against each other: how many there were, and those that differ.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) numbers: usize,
    pub(crate) wrong: Vec<Wrong>,
}

impl Checked {
    fn hold(&mut self, what: impl FnOnce() -> String, found: u64, expected: &Json) {
        self.numbers += 1;
        let expected = expected.as_u64().unwrap_or(u64::MAX);
        if found != expected {
            self.wrong.push(Wrong { what: what(), found, expected });
        }
    }

    /// Holds what the messages came to against what is expected.
    pub(crate) fn trace(&mut self, folded: &Folded, expected: &Json) {
        let (quick, gaps) = (folded.root_times.until(QUICK), &folded.gaps);
        for (name, found) in [
            ("records", folded.records),
            ("transactions", folded.transactions),
            ("trees", folded.trees),
            ("sessions", folded.sessions),
            ("deepest", folded.deepest),
            ("roots_under_2s", quick),
            ("trees_with_gap_over_1min", gaps.count() - gaps.until(GAP)),
        ] {
            self.hold(|| name.to_owned(), found, &expected["trace"][name]);
        }
        self.hold(|| "message bytes".to_owned(), folded.message_bytes, &expected["bytes"]["message"]);
        for (kind, n) in expected["dirty"].as_object().into_iter().flatten() {
            let found = folded.dirty.get(kind).copied().unwrap_or(0);
            self.hold(|| format!("dirty {kind}"), found, n);
        }
    }

    /// Holds what a scenario came to against what is expected of it.
    pub(crate) fn scenario(&mut self, name: &str, found: &Found, expected: &Json) {
        let scenario = &expected["scenarios"][name];
        for (part, loads) in [("legs", &found.legs), ("crossing", &found.crossing)] {
            for (kind, load) in loads {
                let expected = &scenario[part][kind];
                self.hold(|| format!("{name}: {part} of {kind}"), load.messages, &expected["messages"]);
                self.hold(|| format!("{name}: bytes, {part} of {kind}"), load.bytes, &expected["bytes"]);
            }
        }
        self.hold(|| format!("{name}: link bytes"), found.link_bytes.values().sum(), &scenario["link_bytes"]);
        for (tier, load) in &found.tiers {
            let expected = &scenario["tiers"][tier];
            self.hold(|| format!("{name}: legs through tier {tier}"), load.messages, &expected["messages"]);
            self.hold(|| format!("{name}: bytes through tier {tier}"), load.bytes, &expected["bytes"]);
        }
        if name != "base" {
            return;
        }
        for (why, load) in &found.reason_loads {
            let expected = &expected["reasons"]["all"][why];
            self.hold(|| format!("legs because of {why}"), load.messages, &expected["messages"]);
            self.hold(|| format!("bytes because of {why}"), load.bytes, &expected["bytes"]);
        }
        for (kind, reasons) in expected["reasons"].as_object().into_iter().flatten().filter(|(kind, _)| *kind != "all")
        {
            for (why, load) in reasons.as_object().into_iter().flatten() {
                let found = found.reasons.get(kind).and_then(|reasons| reasons.get(why));
                self.hold(|| format!("{kind}: because of {why}"), found.map_or(0, |l| l.bytes), &load["bytes"]);
            }
        }
        for (relation, n) in &found.relations {
            let expected = &expected["relations"][relation];
            if !expected.is_null() {
                self.hold(|| format!("tuples of {relation}"), *n, expected);
            }
        }
        for call in expected["calls"].as_array().into_iter().flatten() {
            let side = |place: usize| call[place].as_str().unwrap_or_default().to_owned();
            let (n, bytes) = found.calls.get(&(side(0), side(1))).copied().unwrap_or((0, 0));
            self.hold(|| format!("calls from {:?} to {:?}", side(0), side(1)), n, &call[2]);
            self.hold(|| format!("bytes of calls from {:?} to {:?}", side(0), side(1)), bytes, &call[3]);
        }
    }
}
