//! The worst single points of failure, and how much more load the network can take.

use super::tally::Tally;
use crate::model::counted;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What is said where nothing matters.
pub(super) const NOTHING: &str = "no failure cuts a pair, takes a service down or overloads a link";

/// Whether a failure does any harm.
pub(super) fn matters(tally: &Tally) -> bool {
    tally.cut + tally.services_down + tally.overloaded > 0
}

/// How bad a failure is: by services down, then sessions lost, pairs cut, links overloaded, and the use of the link that is
/// used most.
pub(super) fn weight(t: &Tally) -> (usize, u64, usize, usize, u64) {
    (t.services_down, t.sessions_lost, t.cut, t.overloaded, t.worst_percent)
}

/// The failures that matter, the worst first.
pub fn ranked(rows: &[Tally]) -> Vec<&Tally> {
    let mut ranked: Vec<&Tally> = rows.iter().filter(|tally| matters(tally)).collect();
    ranked.sort_by_key(|tally| (Reverse(weight(tally)), tally.element.clone()));
    ranked
}

/// The elements, or pairs of them, whose failure is worst, in words.
pub fn worst(rows: &[Tally], most: usize, what: &str) -> String {
    let ranked = ranked(rows);
    if ranked.is_empty() {
        return NOTHING.into();
    }
    let mut text = format!("{} of {} matter; the worst:", ranked.len(), counted(rows.len(), what));
    for (place, t) in (1..).zip(ranked.iter().take(most)) {
        text.push_str(&format!(
            "\n{place:>4}  {} ({}): {} down, {} lost, {} cut, {} overloaded, at most {} %",
            t.element,
            t.kind,
            counted(t.services_down, "service"),
            counted(t.sessions_lost as usize, "session"),
            counted(t.cut, "pair"),
            counted(t.overloaded, "link"),
            t.worst_percent
        ));
    }
    text
}

/// The links between two tiers, by the one that is used most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room<'a> {
    /// The roles of their ends; a link leads from the first to the second.
    pub between: (String, String),
    /// How much of that link is used as things are, in percent, rounded down.
    pub percent: u64,
    /// The failure after which most of such a link is used, if that is more.
    pub worst: Option<&'a Tally>,
}

/// How much is used of the links between each two tiers, as things are and at most after a failure.
pub fn rooms<'a>(
    links: &[(u64, String, String)],
    tiers: &BTreeMap<String, String>,
    rows: &'a [Tally],
) -> Vec<Room<'a>> {
    let tier = |device: &str| tiers.get(device).cloned().unwrap_or_default();
    let between = |from: &str, to: &str| (tier(from), tier(to));
    let mut most: BTreeMap<(String, String), (u64, Option<&Tally>)> = BTreeMap::new();
    for (percent, from, to) in links {
        let known = most.entry(between(from, to)).or_default();
        known.0 = known.0.max(*percent);
    }
    for row in rows.iter().filter(|row| !row.worst_from.is_empty()) {
        let known = most.entry(between(&row.worst_from, &row.worst_to)).or_default();
        if known.1.is_none_or(|worst| row.worst_percent > worst.worst_percent) {
            known.1 = Some(row);
        }
    }
    let room = |(between, (percent, worst)): (_, (u64, Option<&'a Tally>))| Room {
        between,
        percent,
        worst: worst.filter(|row| row.worst_percent > percent),
    };
    most.into_iter().map(room).collect()
}

/// For the links between each two tiers, how much of the one that is used most is used: as things are, and at most after a
/// failure. A hundred divided by that is the factor by which the load may grow. `load`: percent of the observed load that is
/// assumed.
pub fn headroom(
    links: &[(u64, String, String)],
    tiers: &BTreeMap<String, String>,
    rows: &[Tally],
    load: Option<u64>,
) -> String {
    let factor = |percent: u64| match percent {
        0 => "over 100 times".to_owned(),
        percent => format!("{:.1} times", 100.0 / percent as f64),
    };
    let at = load.map(|percent| format!(" at {} times the load", percent as f64 / 100.0)).unwrap_or_default();
    let base = if load.is_some() { "that" } else { "the load" };
    let mut text = format!("headroom{at}, by the link that is used most:");
    for Room { between: (from, to), percent, worst } in rooms(links, tiers, rows) {
        let room = factor(percent);
        text.push_str(&format!("\n      {from} to {to}: {percent} % used, room for {room} {base}"));
        if let Some(row) = worst {
            text.push_str(&format!("; {} % without {}", row.worst_percent, row.element));
        }
    }
    text
}
