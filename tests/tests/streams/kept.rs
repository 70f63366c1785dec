//! What is folded by buckets of time, and for how long it is kept.

use super::{
    EVENTS, FOLDED, Random, Relations, batch, disordered, feed, give_state, messages, passing, plan, read, repeated,
    same,
};
use compiler::plan::Plan;
use runtime::{Engine, Fork, Held};
use std::collections::BTreeMap;

/// How long what is folded by the minute is kept: as long as the horizon, the least that there is.
const KEEP: i64 = 120_000_000;

const MINUTE: i64 = 60_000_000;

/// The relations that are folded by the minute, and the column that is it.
const BY_MINUTE: [(&str, usize); 3] = [("traffic", 4), ("transaction_shape", 1), ("session_shape", 1)];

fn keeping() -> Plan {
    plan(&format!("{}\n.stream message(keep = \"2m\")", super::RULES))
}

/// Without the minutes that have been over for as long as they are kept.
fn recent(mut relations: Relations, watermark: i64) -> Relations {
    for (name, column) in BY_MINUTE {
        let rows = relations.get_mut(name).expect("is folded");
        rows.retain(|row| (row[column] as i64 + 1) * MINUTE + KEEP > watermark);
    }
    relations
}

#[test]
fn what_is_kept_equals_a_batch_without_the_minutes_that_have_left() {
    let plan = keeping();
    for seed in 0..3 {
        for workers in [1, 2] {
            let mut engine = passing(&plan, workers);
            give_state(&mut engine);
            let all = messages(seed, 3000, engine.symbols());
            disordered(&all, seed).chunks(50 + seed as usize * 97).for_each(|part| feed(&mut engine, part));
            engine.settle().expect("settles");
            engine.commit().expect("commits");
            let (report, symbols) = (engine.streams().remove(0), engine.symbols().clone());
            let whole = batch(&plan, &symbols, &all, &[("duplicate", repeated(&all))]);
            let rows = |relations: &Relations| relations["traffic"].len();
            let expected = recent(whole.clone(), report.watermark);
            assert!(rows(&expected) > 0 && rows(&expected) < rows(&whole), "some minutes have left, some have not");
            same(&read(&mut engine, &FOLDED), &expected, &format!("seed {seed}, {workers} workers"));
        }
    }
}

/// The minute is told by whatever time of its events a group has, divided in one step or in several.
#[test]
fn a_bucket_is_a_time_that_was_divided() {
    let rules = "
        .decl e(k: symbol, at: Time)
        .stream e(time = at, horizon = \"1m\", keep = \"2m\")
        .decl by(minute: number, k: symbol, at: Time)
        by(at / 1000000 / 60, k, at) :- e(k, at).
        .decl a(minute: number, n: number)
        a(m, n) :- by(m, _, _), n = count : { by(m, _, _) }.
        // So that events are told apart by k.
        .decl apart(k: symbol, between: Time)
        apart(k, b - a) :- named(k, a), named(k, b), a < b.
        .decl named(k: symbol, at: Time)
        named(k, at) :- e(k, at), k != \"\".
        .decl span(k: symbol, first: Time)
        span(k, f) :- named(k, _), f = min at : { named(k, at) }.
        .decl started(minute: number, k: symbol)
        started(f / 60000000, k) :- span(k, f).
        .decl b(minute: number, n: number)
        b(m, n) :- started(m, _), n = count : { started(m, _) }.
        .decl odd(third: number, k: symbol, at: Time)
        odd(at / 60000000 % 3, k, at) :- e(k, at).
        .decl c(third: number, n: number)
        c(m, n) :- odd(m, _, _), n = count : { odd(m, _, _) }.
    ";
    let mut engine = passing(&plan(rules), 1);
    for minute in 0..20u64 {
        let key = engine.symbols().intern(&format!("k{minute}"));
        engine.feed("e", &[key, minute * 60_000_000 + 1]).expect("is taken in");
        engine.settle().expect("settles");
        engine.commit().expect("commits");
    }
    // The watermark is in minute 19: what ended at the beginning of minute 17, and before, has left.
    let rows = |engine: &mut Engine, name: &str| {
        let rows = engine.query(Fork::BASE, name, &[None, None]).expect("is folded");
        rows.iter().map(|row| (row[0], row[1])).collect::<BTreeMap<u64, u64>>()
    };
    let kept = BTreeMap::from([(17, 1), (18, 1), (19, 1)]);
    assert_eq!((rows(&mut engine, "a"), rows(&mut engine, "b")), (kept.clone(), kept));
    // A remainder is no time: it stays.
    assert_eq!(rows(&mut engine, "c"), BTreeMap::from([(0, 7), (1, 7), (2, 6)]));
}

/// What is held, without the updates that are to be merged.
fn held(engine: &Engine) -> (usize, usize, usize, usize, usize) {
    let (report, held) = (engine.streams().remove(0), engine.held().expect("is told"));
    (held.facts, report.folded, report.groups, report.event_bytes, report.open_values)
}

/// The same keys come again and again, for a while and for three times as long: what is held of them, in folds, facts and
/// indexes, is the same. It is counted, not measured.
#[test]
fn what_is_held_does_not_grow_once_all_keys_have_been_seen() {
    let plan = keeping();
    let mut engine = passing(&plan, 1);
    let symbols = engine.symbols().clone();
    let word = |text: &str| symbols.intern(text);
    let processes: Vec<u64> = (0..8).map(|n| word(&format!("p{n}"))).collect();
    let (kinds, none) = ([word("request"), word("reply")], word(""));
    let transactions = ["1", "1-2", "1-3"].map(word);
    let mut random = Random(5);
    // Two minutes of messages, which come again.
    let pattern: Vec<Vec<[u64; 9]>> = (0..120)
        .map(|second| {
            let mut row = |session: u64, transaction: u64| {
                let (from, to) = (processes[random.below(8) as usize], processes[random.below(8) as usize]);
                let (at, kind) = (second * 1_000_000 + random.below(900_000), kinds[random.below(2) as usize]);
                [session, transaction, none, at, kind, from, to, processes[0], random.below(100)]
            };
            let mut rows: Vec<_> =
                transactions.iter().map(|transaction| row(1_000_000 + second, *transaction)).collect();
            rows.push(row(none, none));
            rows.sort_by_key(|row| row[3]);
            rows
        })
        .collect();
    let (mut then, mut updates) = (None, Vec::new());
    for second in 0..3 * 480u64 {
        let shifted = |row: &[u64; 9]| {
            let mut row = *row;
            let (round, start) = (second / 120, 1_700_000_040_000_000);
            row[3] += start + round * 120_000_000;
            if row[0] != none {
                row[0] += round * 1_000;
            }
            row
        };
        let rows: Vec<_> = pattern[second as usize % 120].iter().map(shifted).collect();
        feed(&mut engine, &rows);
        let Held { updates: now, .. } = engine.held().expect("is told");
        updates.push(now);
        match second {
            479 => then = Some(held(&engine)),
            1439 => assert_eq!(Some(held(&engine)), then),
            _ => {}
        }
    }
    let most = |seconds: std::ops::Range<usize>| updates[seconds].iter().copied().max().unwrap_or(0);
    assert!(most(960..1440) <= most(0..480), "{} updates, then {}", most(0..480), most(960..1440));
    assert!(engine.query(Fork::BASE, EVENTS[0], &[None; 9]).expect("can be read").len() < 4 * 140);
}
