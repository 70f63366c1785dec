//! A comparison in an operator's words: reachability lost and gained, services down and up, paths and loads that moved.
//!
//! It speaks of the output relations of the standard rules that it knows by name; what others hold is counted in a table.

use super::{Comparison, Difference};
use crate::model::counted;
use crate::study::tables::bytes;
use runtime::Value;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Something that happened, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Event {
    /// What happened: `lost`, `down`, `moved`, …
    pub what: &'static str,
    /// To what.
    pub text: String,
}

/// What happened to a topic.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Topic {
    /// Its name.
    pub topic: &'static str,
    /// What happened, the gravest first.
    pub events: Vec<Event>,
}

/// Words for what went wrong, and for what went well; the others are neither.
pub(super) const BAD: [&str; 5] = ["broken", "lost", "detached", "down", "longer"];
pub(super) const GOOD: [&str; 5] = ["mended", "gained", "attached", "up", "shorter"];

/// The topics of which there is something to say.
pub(super) fn topics(comparison: &Comparison) -> Vec<Topic> {
    let topics = [
        ("invariants", invariants(comparison)),
        ("reachability", [reachability(comparison), domains(comparison), attachment(comparison)].concat()),
        ("services", services(comparison)),
        ("paths", paths(comparison)),
        ("loads", [tiers(comparison), links(comparison)].concat()),
    ];
    let said = topics.into_iter().filter(|(_, events)| !events.is_empty());
    said.map(|(topic, events)| Topic { topic, events }).collect()
}

fn event(what: &'static str, text: String) -> Event {
    Event { what, text }
}

fn invariants(comparison: &Comparison) -> Vec<Event> {
    let said = |what, all: &[(String, String)]| -> Vec<Event> {
        all.iter().map(|(invariant, message)| event(what, format!("{invariant}: {message}"))).collect()
    };
    [said("broken", &comparison.broken), said("mended", &comparison.mended)].concat()
}

/// Rows that went and rows that came; a row whose last column is another is one of each.
fn rows(comparison: &Comparison, relation: &str, width: usize) -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
    let known = |d: &&Difference| d.relation == relation && d.columns.len() == width && d.standard;
    let Some(difference) = comparison.differences.iter().find(known) else { return Default::default() };
    let (mut went, mut came) = (difference.lost.clone(), difference.gained.clone());
    for (old, new) in &difference.changed {
        went.push(old.clone());
        came.push([&old[..width - 1], std::slice::from_ref(new)].concat());
    }
    (went, came)
}

fn text(value: &Value) -> String {
    crate::table::printable(&value.to_string()).into_owned()
}

/// The values of a row before and after, by its first columns.
fn keyed(sides: (Vec<Vec<Value>>, Vec<Vec<Value>>), columns: usize) -> BTreeMap<Vec<String>, [Option<Vec<Value>>; 2]> {
    let mut keyed: BTreeMap<Vec<String>, [Option<Vec<Value>>; 2]> = BTreeMap::new();
    for (side, rows) in [sides.0, sides.1].into_iter().enumerate() {
        for row in rows {
            let key = row[..columns].iter().map(text).collect();
            keyed.entry(key).or_default()[side] = Some(row);
        }
    }
    keyed
}

/// Pairs that talk or are asked for, on both sides, and have a path on one of them.
fn reachability(comparison: &Comparison) -> Vec<Event> {
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    for (pair, sides) in keyed(rows(comparison, "unresolved", 3), 2) {
        let name = format!("{} → {}", pair[0], pair[1]);
        match sides {
            [None, Some(row)] if comparison.wanted[0].contains(&pair) => {
                lost.push(event("lost", format!("{name}: {}", reason(&text(&row[2])))));
            }
            [None, Some(row)] => lost.push(event("new", format!("{name} has no path: {}", reason(&text(&row[2]))))),
            [Some(_), None] if comparison.wanted[1].contains(&pair) => gained.push(event("gained", name)),
            _ => {}
        }
    }
    [lost, gained].concat()
}

/// What is missing, as `unresolved` says it, in words.
fn reason(missing: &str) -> String {
    let (kind, rest) = missing.split_once(':').unwrap_or((missing, ""));
    match kind {
        "process" => format!("process {rest} runs on no known machine"),
        "machine" => format!("{rest} is neither a host nor a VM"),
        "host" => format!("{rest} is down"),
        "attached" => format!("{rest} is attached to no switch"),
        "l2_reachable" => format!("VLAN {rest} is in pieces"),
        "gateway" => format!("no gateway joins the VLANs {}", rest.replacen(':', " and ", 1)),
        "route" => "routes do not lead there".to_owned(),
        _ => missing.to_owned(),
    }
}

/// Broadcast domains: pairs of devices, by VLAN.
fn domains(comparison: &Comparison) -> Vec<Event> {
    let (went, came) = rows(comparison, "l2_reachable", 3);
    let pairs = |rows: &[Vec<Value>]| {
        let mut pairs: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for row in rows.iter().filter(|row| text(&row[0]) < text(&row[1])) {
            pairs.entry(text(&row[2])).or_default().insert((text(&row[0]), text(&row[1])));
        }
        pairs
    };
    let say = |what, how: &str, (vid, pairs): (String, BTreeSet<(String, String)>)| {
        let (a, b) = pairs.first().cloned().unwrap_or_default();
        let more =
            if pairs.len() > 1 { format!(", and {}", counted(pairs.len() - 1, "more pair")) } else { String::new() };
        event(what, format!("VLAN {vid} {how} joins {a} and {b}{more}"))
    };
    let lost = pairs(&went).into_iter().map(|of| say("lost", "no longer", of));
    lost.chain(pairs(&came).into_iter().map(|of| say("gained", "now", of))).collect()
}

fn attachment(comparison: &Comparison) -> Vec<Event> {
    let (went, came) = rows(comparison, "attached", 3);
    let say = |what, from: &str, row: &Vec<Value>| {
        event(what, format!("{} {from} {} in VLAN {}", text(&row[0]), text(&row[1]), text(&row[2])))
    };
    let lost = went.iter().map(|row| say("detached", "from", row));
    lost.chain(came.iter().map(|row| say("attached", "to", row))).collect()
}

fn services(comparison: &Comparison) -> Vec<Event> {
    let (went, came) = rows(comparison, "service_up", 1);
    let down = went.iter().map(|row| event("down", format!("service {}", text(&row[0]))));
    down.chain(came.iter().map(|row| event("up", format!("service {}", text(&row[0]))))).collect()
}

/// Pairs with a path on both sides: longer, shorter, or as long over other links.
fn paths(comparison: &Comparison) -> Vec<Event> {
    let lengths = keyed(rows(comparison, "distance", 3), 2);
    let mut events = Vec::new();
    for (pair, sides) in &lengths {
        let [Some(before), Some(after)] = sides else { continue };
        let [old, new] = [&before[2], &after[2]].map(|hops| text(hops).parse::<u64>().unwrap_or(0));
        let what = if new > old { "longer" } else { "shorter" };
        events.push(event(
            what,
            format!(
                "{} → {}: {}, {old} before",
                pair[0],
                pair[1],
                counted(usize::try_from(new).unwrap_or(usize::MAX), "link")
            ),
        ));
    }
    let (went, came) = rows(comparison, "path_link", 5);
    let mut rerouted: BTreeMap<Vec<String>, [usize; 2]> = BTreeMap::new();
    for (side, rows) in [went, came].iter().enumerate() {
        for row in rows {
            let pair: Vec<String> = row[..2].iter().map(text).collect();
            if !lengths.contains_key(&pair) {
                rerouted.entry(pair).or_default()[side] += 1;
            }
        }
    }
    for (pair, [fewer, more]) in rerouted {
        let links = |n: usize, how: &str| (n > 0).then(|| format!("{} {how}", counted(n, "link")));
        let said: Vec<String> = [links(fewer, "fewer"), links(more, "more")].into_iter().flatten().collect();
        events.push(event("rerouted", format!("{} → {}: {}", pair[0], pair[1], said.join(", "))));
    }
    events
}

fn tiers(comparison: &Comparison) -> Vec<Event> {
    let load = |row: &Option<Vec<Value>>| row.as_ref().map_or(0, |row| number(&row[2]));
    let moved = keyed(rows(comparison, "tier_load", 3), 1).into_iter().map(|(tier, [before, after])| {
        event("moved", format!("{} layer: {}", tier[0], change(load(&before), load(&after))))
    });
    moved.collect()
}

/// The links whose load changed most come first.
fn links(comparison: &Comparison) -> Vec<Event> {
    // Loads are in parts of 1/5,040 byte.
    let load = |row: &Option<Vec<Value>>| row.as_ref().map_or(0, |row| number(&row[2]) / 5040);
    let links = keyed(rows(comparison, "link_load", 3), 2).into_iter();
    let mut links: Vec<(u64, u64, Vec<String>)> = links.map(|(link, [a, b])| (load(&a), load(&b), link)).collect();
    links.sort_by_key(|(before, after, link)| (std::cmp::Reverse(before.abs_diff(*after)), link.clone()));
    let say = |(before, after, link): (u64, u64, Vec<String>)| {
        event("moved", format!("{} → {}: {}", link[0], link[1], change(before, after)))
    };
    links.into_iter().map(say).collect()
}

fn number(value: &Value) -> u64 {
    match value {
        Value::Unsigned(n) => *n,
        Value::Number(n) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    }
}

/// `1.20 MB, 1.00 MB before (+20.0 %)`
fn change(before: u64, after: u64) -> String {
    let share = match before {
        0 => String::new(),
        _ => format!(" ({:+.1} %)", (after as f64 - before as f64) * 100.0 / before as f64),
    };
    format!("{}, {} before{share}", bytes(after), bytes(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_in_words() {
        assert_eq!(reason("attached:h7"), "h7 is attached to no switch");
        assert_eq!(reason("gateway:10:20"), "no gateway joins the VLANs 10 and 20");
        assert_eq!(reason("route"), "routes do not lead there");
        assert_eq!(reason("process:a:b"), "process a:b runs on no known machine");
    }

    #[test]
    fn a_load_is_told_with_its_change() {
        assert_eq!(change(1_000_000, 1_200_000), "1.20 MB, 1.00 MB before (+20.0 %)");
        assert_eq!(change(0, 5), "5 B, 0 B before");
        assert_eq!(change(5, 0), "0 B, 5 B before (-100.0 %)");
    }
}
