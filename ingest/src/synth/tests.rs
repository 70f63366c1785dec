//! What the trace must be, counted from its records.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn made(machines: u32, minutes: u32, scale: f64, seed: u64, dirt: bool) -> (Vec<Record>, Expected) {
    let size = Size { dirt, ..Size::new(machines, minutes, scale, seed).unwrap() };
    let centre = DataCentre::new(&size);
    let mut trace = Trace::new(&centre);
    let records: Vec<Record> = trace.by_ref().collect();
    (records, Expected::new(&centre, trace.totals()))
}

#[test]
fn the_trace_has_the_ratios_of_the_papers() {
    let (records, expected) = made(200, 6, 0.2, 7, false);
    let blocks = expected.size["blocks"];
    assert_eq!(records.len() as u64, 464 * blocks);
    let sessions: BTreeSet<u32> = records.iter().map(|r| r.session).collect();
    assert_eq!(sessions.len() as u64, 30 * blocks);
    let transactions: BTreeSet<(u32, u32)> = records.iter().map(|r| (r.session, r.transaction)).collect();
    assert_eq!(transactions.len() as u64, 197 * blocks);
    assert_eq!(expected.trace["roots_under_2s"], 47 * blocks - 47 * blocks * 500 / 10_000);
    assert_eq!(expected.trace["trees_with_gap_over_1min"], 47 * blocks * 24 / 10_000);
}

#[test]
fn records_come_in_the_order_of_their_arrival_and_within_the_window() {
    for dirt in [false, true] {
        let (records, _) = made(150, 6, 0.2, 3, dirt);
        assert!(records.is_sorted_by_key(|r| r.arrival));
        assert!(records.iter().all(|r| r.arrival < BEGIN + 6 * 60_000_000 && r.at >= BEGIN));
        assert!(records.iter().all(|r| r.arrival - r.at <= 10_000_000));
        if !dirt {
            assert!(records.iter().all(|r| r.arrival == r.at));
        }
    }
}

#[test]
fn one_seed_one_trace() {
    let [a, b, c] = [5, 5, 6].map(|seed| made(120, 2, 0.1, seed, true).0);
    assert_eq!(a, b);
    assert_ne!(a, c);
}

/// Roots, their times and the silences of trees, worked out from the records.
#[test]
fn the_two_points_of_the_first_figure_are_in_the_records() {
    let (records, expected) = made(150, 8, 0.3, 2, false);
    let size = Size::new(150, 8, 0.3, 2).unwrap();
    let centre = DataCentre::new(&size);
    let trace = Trace::new(&centre);
    let mut roots: BTreeMap<(u32, &str), (u64, u64)> = BTreeMap::new();
    let mut trees: BTreeMap<(u32, &str), Vec<u64>> = BTreeMap::new();
    for record in &records {
        let path = trace.paths()[record.transaction as usize].as_str();
        let root = path.split('-').next().unwrap();
        trees.entry((record.session, root)).or_default().push(record.at);
        if path == root {
            let span = roots.entry((record.session, root)).or_insert((record.at, record.at));
            *span = (span.0.min(record.at), span.1.max(record.at));
        }
    }
    let quick = roots.values().filter(|(start, end)| end - start < 2_000_000).count() as u64;
    assert_eq!((quick, roots.len() as u64), (expected.trace["roots_under_2s"], expected.trace["trees"]));
    let gaps = trees.values_mut().filter_map(|times| {
        times.sort_unstable();
        times.windows(2).map(|w| w[1] - w[0]).max()
    });
    let over = gaps.filter(|gap| *gap > 60_000_000).count() as u64;
    assert!(over > 0);
    assert_eq!(over, expected.trace["trees_with_gap_over_1min"]);
}

#[test]
fn the_figures_come_out_at_every_size() {
    for (machines, minutes, scale) in [(120, 4, 1.0), (200, 3, 1.0), (1_000, 2, 0.2), (2_500, 1, 0.2)] {
        let (_, expected) = made(machines, minutes, scale, 1, false);
        let terabytes = |bytes: u64| bytes as f64 / expected.size["blocks"] as f64 / 1e6;
        let near = |bytes: u64, wanted: f64, by: f64| {
            let found = terabytes(bytes);
            assert!((found - wanted).abs() <= by, "{machines}: {found} for {wanted}");
        };
        let crossing = |scenario: &str, kind: &str| expected.scenarios[scenario].crossing[kind].bytes;
        near(crossing("base", "esb_esb"), 3.75, 0.02);
        near(crossing("base", "esb_esb") - crossing("nearby_esb", "esb_esb"), 1.0, 0.02);
        near(expected.scenarios["base"].legs["esb_application"].bytes, 10.31, 0.02);
        near(crossing("base", "esb_application"), 10.25, 0.02);
        near(crossing("flat_nearby", "esb_application"), 0.43, 0.02);
    }
}

#[test]
fn reasons_add_up_and_a_policy_alone_moves_nothing_between_askers() {
    let (_, expected) = made(200, 4, 0.3, 1, false);
    let base = &expected.scenarios["base"];
    for (kind, reasons) in &expected.reasons {
        assert_eq!(reasons.values().map(|a| a.bytes).sum::<u64>(), base.crossing[kind].bytes, "{kind}");
    }
    for scenario in expected.scenarios.values() {
        assert_eq!(scenario.legs["all"], base.legs["all"]);
    }
}

#[test]
fn a_third_of_a_dirty_trace_carries_no_identifier() {
    let (records, expected) = made(200, 4, 0.3, 1, true);
    let without = records.iter().filter(|r| r.session == 0).count() as u64;
    assert_eq!(without, expected.dirty["no_identifier"]);
    let share = without as f64 / records.len() as f64;
    assert!((share - 0.337).abs() < 0.003, "{share}");
    assert!(["duplicate", "no_reply", "missing_parent", "reply_before_request"].iter().all(|k| expected.dirty[k] > 0));
}
