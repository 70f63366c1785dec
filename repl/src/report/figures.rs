//! What the figures are drawn from: times, reasons, and who sends to whom.
//!
//! Everything here is small but the cells of the heatmaps: three numbers for each two processes that talk through the
//! distribution layer, in each scenario.

use super::failures::Failures;
use super::health::Health;
use super::violations::Violated;
use crate::failure::Outcome;
use crate::study::tables::{KINDS, REASONS, percent};
use crate::study::{SCENARIOS, Study};
use serde::Serialize;
use std::collections::BTreeMap;

/// The figures of a study.
#[derive(Serialize)]
pub(super) struct Figures {
    /// Figure 1: ends of steps in microseconds, and the share of times up to there; of roots, and of silences.
    times: [Vec<(u64, f64)>; 2],
    /// Figure 4.
    pub(super) reasons: Vec<Reason>,
    /// Figures 5 and 6.
    pub(super) heatmaps: Vec<Heatmap>,
    /// Those invariants that are violated.
    pub(super) violations: Vec<Violated>,
    #[serde(flatten)]
    pub(super) failures: Failures,
    #[serde(flatten)]
    pub(super) health: Health,
    /// How many invariants there are.
    #[serde(skip)]
    pub(super) invariants: usize,
}

/// Why legs of a kind cross the distribution layer.
#[derive(Serialize)]
pub(super) struct Reason {
    pub(super) kind: &'static str,
    pub(super) why: &'static str,
    pub(super) meaning: &'static str,
    pub(super) bytes: u64,
    pub(super) share: String,
}

/// One figure: all scenarios over the same rows and columns.
#[derive(Serialize)]
pub(super) struct Heatmap {
    pub(super) kind: &'static str,
    rows: Vec<String>,
    columns: Vec<String>,
    /// Farms and applications, their first row and how many they have; farms come first.
    pub(super) row_groups: Vec<Group>,
    pub(super) column_groups: Vec<Group>,
    pub(super) maps: Vec<Map>,
}

type Group = (String, usize, usize);

/// One scenario of a figure.
#[derive(Serialize)]
pub(super) struct Map {
    pub(super) scenario: &'static str,
    pub(super) text: &'static str,
    pub(super) total: u64,
    /// Row, column, bytes; row, column, bytes; …
    pub(super) cells: Vec<u64>,
}

/// What is known besides the study.
pub(super) struct Besides {
    pub(super) violations: Vec<Violated>,
    pub(super) failures: Failures,
    pub(super) health: Health,
}

/// The figures of a study, and of what is known besides.
pub(super) fn of(study: &mut Study, besides: Besides) -> Outcome<Figures> {
    let members = members(study)?;
    let base = study.base();
    let mut reasons = Vec::new();
    for (kind, name) in KINDS {
        let of = |why| base.reasons.get(kind).and_then(|reasons| reasons.get(why));
        reasons.extend(REASONS.into_iter().filter_map(|(why, meaning)| {
            let bytes = of(why)?.bytes;
            Some(Reason { kind: name, why, meaning, bytes, share: percent(bytes, base.of(kind).1) })
        }));
    }
    let invariants = besides.violations.len();
    let violations = besides.violations.into_iter().filter(|violated| violated.count > 0).collect();
    Ok(Figures {
        times: [study.folded.root_times.shares(), study.folded.gaps.shares()],
        reasons,
        heatmaps: ["esb_esb", "esb_application"].map(|kind| heat(study, kind, &members)).into(),
        violations,
        failures: besides.failures,
        health: besides.health,
        invariants,
    })
}

/// The group of each process: whether it is no farm, and its name.
type Members = BTreeMap<String, (bool, String)>;

fn members(study: &mut Study) -> Outcome<Members> {
    let mut members = Members::new();
    for (relation, other) in [("esb_farm", false), ("app_server", true)] {
        for row in study.answers.rows(relation)?.iter() {
            let [group, process] = [row[0], row[1]].map(|word| study.symbols.text(word).to_owned());
            let known = members.entry(process).or_insert_with(|| (other, group.clone()));
            // Of several groups the first counts.
            *known = (*known).clone().min((other, group));
        }
    }
    Ok(members)
}

/// All scenarios of a kind of legs.
fn heat(study: &Study, kind: &'static str, members: &Members) -> Heatmap {
    let empty = BTreeMap::new();
    let all: Vec<&BTreeMap<(String, String), u64>> =
        study.scenarios.iter().map(|(_, found)| found.heat.get(kind).unwrap_or(&empty)).collect();
    let rows = Side::new(all.iter().copied().flatten().map(|((source, _), _)| source.as_str()), members);
    let columns = Side::new(all.iter().copied().flatten().map(|((_, destination), _)| destination.as_str()), members);
    let maps = all.iter().zip(&SCENARIOS).map(|(cells, scenario)| Map {
        scenario: scenario.name,
        text: scenario.text,
        total: cells.values().sum(),
        cells: cells.iter().flat_map(|((a, b), n)| [rows.places[a.as_str()], columns.places[b.as_str()], *n]).collect(),
    });
    let maps = maps.collect();
    Heatmap {
        kind,
        maps,
        row_groups: rows.groups,
        column_groups: columns.groups,
        rows: rows.names,
        columns: columns.names,
    }
}

/// What stands along one side of a heatmap.
struct Side<'a> {
    names: Vec<String>,
    places: BTreeMap<&'a str, u64>,
    groups: Vec<Group>,
}

impl<'a> Side<'a> {
    /// Processes by farm or application and then by name; farms first, those of neither last.
    fn new(names: impl Iterator<Item = &'a str>, members: &Members) -> Side<'a> {
        let group = |name: &str| members.get(name).cloned().unwrap_or((true, "\u{10ffff}".to_owned()));
        let mut sorted: Vec<((bool, String), &str)> = names.map(|name| (group(name), name)).collect();
        sorted.sort();
        sorted.dedup();
        let mut groups: Vec<Group> = Vec::new();
        for (place, ((_, group), _)) in sorted.iter().enumerate() {
            match groups.last_mut() {
                Some((name, _, length)) if name == group => *length += 1,
                _ => groups.push((group.clone(), place, 1)),
            }
        }
        if let Some(last) = groups.last_mut().filter(|(name, ..)| name == "\u{10ffff}") {
            last.0 = "others".to_owned();
        }
        let places = sorted.iter().map(|(_, name)| *name).zip(0..).collect();
        Side { names: sorted.into_iter().map(|(_, name)| name.to_owned()).collect(), places, groups }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn farms_are_blocks_and_come_before_applications() {
        let of = |process: &str, other, group: &str| (process.to_owned(), (other, group.to_owned()));
        let members = Members::from([of("z1", false, "farm"), of("a1", true, "app"), of("y2", false, "farm")]);
        let side = Side::new(["a1", "z1", "nobody", "y2", "z1"].into_iter(), &members);
        assert_eq!(side.names, ["y2", "z1", "a1", "nobody"]);
        let groups = [("farm", 0, 2), ("app", 2, 1), ("others", 3, 1)];
        assert_eq!(side.groups, groups.map(|(name, start, length)| (name.to_owned(), start, length)));
        assert_eq!(side.places["a1"], 2);
    }
}
