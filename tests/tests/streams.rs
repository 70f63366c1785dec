//! Streams: what is folded of events as they come is what a batch evaluation of the same events gives.

#[path = "streams/edited.rs"]
mod edited;
#[path = "streams/kept.rs"]
mod kept;

use compiler::plan::Plan;
use runtime::{Engine, Fork, Once, Options, Origin, Symbols};
use std::collections::{BTreeMap, BTreeSet};
use tests::compiled::compile;

/// The standard rules over messages, all that there are.
const RULES: &str = "
    .include <trace/dirty.dl>
    .include <trace/shape.dl>
    .include <traffic/calls.dl>
    .include <traffic/traffic.dl>
";

/// What is folded, and what follows from it.
const FOLDED: [&str; 8] =
    ["traffic", "asked_of", "calls", "transaction_shape", "tree_shape", "tree_seconds", "session_shape", "dirty"];

/// What leaves with its events.
const EVENTS: [&str; 4] = ["message", "transaction", "tree", "session"];

const SECOND: i64 = 1_000_000;

/// The lateness, the silence after which groups close, and the horizon, as `model.dl` has them.
const LATENESS: i64 = 10 * SECOND;
const HORIZON: i64 = 120 * SECOND;

fn plan(rules: &str) -> Plan {
    compile(rules).unwrap_or_else(|errors| panic!("{errors}")).plan
}

/// Numbers that look random; the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % n
    }
}

type Message = [u64; 9];

/// Messages of some sessions, in the order of their time: with pauses, duplicates of every kind, Dewey paths and stated
/// parents, some of them missing or in a circle, and records without identifiers.
fn messages(seed: u64, count: usize, symbols: &Symbols) -> Vec<Message> {
    let mut random = Random(seed);
    let word = |text: &str| symbols.intern(text);
    let names = ["1", "1-2", "1-2-3", "2", "2-1-9", "x", "y", "1-2-3-4-5", ""];
    let start = 1_700_000_000 * SECOND;
    let (mut all, mut at): (Vec<Message>, i64) = (Vec::new(), start);
    while all.len() < count {
        at += random.below(300_000) as i64;
        let session = match random.below(24) {
            0..8 => String::new(),
            // Seldom heard of: its group closes in between.
            8..10 => format!("r{}", random.below(3)),
            _ => format!("s{}", (at - start) as u64 / (40 * SECOND) as u64 + random.below(4)),
        };
        let transaction = names[random.below(9) as usize];
        let parent = if random.below(3) == 0 { names[random.below(9) as usize] } else { "" };
        let kind = ["request", "reply"][random.below(2) as usize];
        let process = |n: u64| if n == 0 { String::new() } else { format!("p{n}") };
        let (from, to) = (process(random.below(4)), process(random.below(4)));
        let row = [
            word(&session),
            word(transaction),
            word(parent),
            at as u64,
            word(kind),
            word(&from),
            word(&to),
            word(&format!("v{}", random.below(2))),
            random.below(1000),
        ];
        all.push(row);
        if random.below(10) == 0 {
            all.push(row);
        }
    }
    all
}

/// The messages in an order in which none is later than the newest by more than the lateness.
fn disordered(messages: &[Message], seed: u64) -> Vec<Message> {
    let mut random = Random(seed ^ 77);
    let mut logged: Vec<(i64, Message)> =
        messages.iter().map(|row| (row[3] as i64 + random.below(LATENESS as u64) as i64, *row)).collect();
    logged.sort();
    logged.into_iter().map(|(_, row)| row).collect()
}

/// Facts, with their relations.
type State = [(&'static str, Vec<u64>)];

/// State that some of the rules join.
fn state(symbols: &Symbols) -> Vec<(&'static str, Vec<u64>)> {
    let row = |texts: [&str; 2]| texts.iter().map(|text| symbols.intern(text)).collect::<Vec<u64>>();
    vec![("app_server", row(["shop", "p1"])), ("app_server", row(["bank", "p2"])), ("service", row(["v1", "bank"]))]
}

/// What evaluating the rules once gives.
fn batch(plan: &Plan, symbols: &Symbols, messages: &[Message], aside: &[(&str, u64)]) -> Relations {
    batch_over(plan, symbols, messages, aside, &state(symbols))
}

/// The same over other state.
fn batch_over(plan: &Plan, symbols: &Symbols, messages: &[Message], aside: &[(&str, u64)], state: &State) -> Relations {
    let mut once = Once::new(plan.clone(), symbols.clone(), Options::default());
    let base = once.base("message").expect("is declared");
    messages.iter().for_each(|row| once.insert(base, row).expect("fits"));
    for (relation, row) in state {
        let base = once.base(relation).expect("is declared");
        once.insert(base, row).expect("fits");
    }
    let base = once.base("set_aside").expect("is declared");
    for (kind, n) in aside.iter().filter(|(_, n)| *n > 0) {
        once.insert(base, &[symbols.intern("message"), symbols.intern(kind), *n]).expect("fits");
    }
    let mut answers = once.evaluate();
    let mut relations = Relations::new();
    for name in FOLDED.iter().chain(&EVENTS) {
        let rows = answers.rows(name).expect("is declared");
        relations.insert(name, rows.iter().map(<[u64]>::to_vec).collect());
    }
    relations
}

type Relations = BTreeMap<&'static str, BTreeSet<Vec<u64>>>;

/// An engine that lets messages pass.
fn passing(plan: &Plan, workers: usize) -> Engine {
    let mut engine = Engine::new(Options { workers }).expect("starts");
    engine.let_pass();
    engine.set_plan(plan.clone()).expect("is taken");
    engine
}

fn give_state(engine: &mut Engine) {
    let symbols = engine.symbols().clone();
    for (relation, row) in state(&symbols) {
        let base = engine.base(relation).expect("is declared");
        engine.insert(Fork::BASE, base, &row, Origin::default()).expect("fits");
    }
}

fn feed(engine: &mut Engine, messages: &[Message]) {
    let rows: Vec<u64> = messages.iter().flatten().copied().collect();
    engine.feed("message", &rows).expect("is taken in");
    engine.commit().expect("commits");
}

fn read(engine: &mut Engine, names: &[&'static str]) -> Relations {
    read_in(engine, Fork::BASE, names)
}

fn read_in(engine: &mut Engine, fork: Fork, names: &[&'static str]) -> Relations {
    let mut relations = Relations::new();
    for name in names {
        let arity = engine.plan().relation(engine.plan().find(name).expect("is declared")).arity();
        let rows = engine.query(fork, name, &vec![None; arity]).expect("can be read");
        relations.insert(name, rows.iter().map(<[u64]>::to_vec).collect());
    }
    relations
}

/// How many of the messages are there twice.
fn repeated(messages: &[Message]) -> u64 {
    (messages.len() - messages.iter().collect::<BTreeSet<_>>().len()) as u64
}

fn same(found: &Relations, expected: &Relations, what: &str) {
    for (name, rows) in found {
        let expected = &expected[name];
        let missing: Vec<_> = expected.difference(rows).take(3).collect();
        let extra: Vec<_> = rows.difference(expected).take(3).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{what}: `{name}` lacks {missing:?} and has {extra:?}");
    }
}

#[test]
fn what_is_folded_equals_a_batch_in_any_order_within_the_lateness() {
    let plan = plan(RULES);
    let mut revised = 0;
    for seed in 0..6 {
        for workers in [1, 2] {
            let mut engine = passing(&plan, workers);
            give_state(&mut engine);
            let all = messages(seed, 1500, engine.symbols());
            let order = disordered(&all, seed);
            for part in order.chunks(7 + seed as usize * 97) {
                feed(&mut engine, part);
            }
            engine.settle().expect("settles");
            engine.commit().expect("commits");
            let report = engine.streams().remove(0);
            assert_eq!((report.late, report.duplicates), (0, repeated(&all)), "seed {seed}");
            revised += report.revised;
            let symbols = engine.symbols().clone();
            let expected = batch(&plan, &symbols, &all, &[("duplicate", report.duplicates)]);
            same(&read(&mut engine, &FOLDED), &expected, &format!("seed {seed}, {workers} workers"));
        }
    }
    assert!(revised > 0, "no message came after its group was evaluated");
}

/// A fork sees what is folded of the events that go on coming, under its own state; and leaves the base as it is.
#[test]
fn forks_beside_a_stream_equal_a_batch_over_their_own_state() {
    let plan = plan(RULES);
    for workers in [1, 2] {
        let mut engine = passing(&plan, workers);
        give_state(&mut engine);
        let symbols = engine.symbols().clone();
        let all = messages(11, 900, &symbols);
        let order = disordered(&all, 11);
        let base = state(&symbols);
        // The fork moves a service and a process to other applications.
        let moved = ("app_server", vec![symbols.intern("spare"), symbols.intern("p2")]);
        let edited = vec![base[0].clone(), moved.clone()];
        let (before, after) = order.split_at(order.len() / 2);
        before.chunks(60).for_each(|part| feed(&mut engine, part));
        let fork = engine.fork();
        for (relation, row) in &base[1..] {
            let of = engine.base(relation).expect("is declared");
            engine.retract(fork, of, row).expect("fits");
        }
        let of = engine.base(moved.0).expect("is declared");
        engine.insert(fork, of, &moved.1, Origin::default()).expect("fits");
        let dropped = engine.fork();
        engine.insert(dropped, of, &moved.1, Origin::default()).expect("fits");
        after.chunks(60).for_each(|part| feed(&mut engine, part));
        engine.drop_fork(dropped).expect("is there");
        engine.settle().expect("settles");
        engine.commit().expect("commits");
        let aside = [("duplicate", repeated(&all))];
        let (here, there) = (batch(&plan, &symbols, &all, &aside), batch_over(&plan, &symbols, &all, &aside, &edited));
        assert_ne!(here["calls"], there["calls"], "the edits of the fork have an effect");
        same(&read(&mut engine, &FOLDED), &here, &format!("the base, {workers} workers"));
        same(&read_in(&mut engine, fork, &FOLDED), &there, &format!("the fork, {workers} workers"));
        let stream = engine.base("message").expect("is declared");
        assert!(engine.insert(fork, stream, &all[0], Origin::default()).is_err(), "events are the same in every fork");
    }
}

#[test]
fn events_can_be_read_until_their_horizon_has_passed() {
    let plan = plan(RULES);
    let mut engine = passing(&plan, 2);
    let symbols = engine.symbols().clone();
    let all: Vec<Message> = messages(3, 300, &symbols).into_iter().filter(|row| row[0] != symbols.intern("")).collect();
    let (first, last) = (all[0][3] as i64, all[all.len() - 1][3] as i64);
    assert!(last - first < HORIZON, "all of them are there at once");
    feed(&mut engine, &disordered(&all, 3));
    let expected = batch(&plan, &symbols, &all, &[]);
    same(&read(&mut engine, &EVENTS), &expected, "while they are there");
    let session = all[0][0];
    let rows =
        engine.query(Fork::BASE, "transaction", &[Some(session), None, None, None, None, None, None, None, None]);
    let of_session = expected["transaction"].iter().filter(|row| row[0] == session).count();
    assert_eq!(rows.expect("can be read").len(), of_session);
    // One message that is much later lets all others leave.
    let mut later = all[0];
    later[0] = symbols.intern("later");
    later[3] = (last + HORIZON + LATENESS + 2 * SECOND) as u64;
    feed(&mut engine, &[later]);
    assert_eq!(read(&mut engine, &["message"])["message"], BTreeSet::from([later.to_vec()]));
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    let both: Vec<Message> = all.iter().copied().chain([later]).collect();
    let duplicates = repeated(&all);
    same(&read(&mut engine, &FOLDED[..1]), &batch(&plan, &symbols, &both, &[("duplicate", duplicates)]), "afterwards");
}

#[test]
fn what_is_too_late_is_counted_and_set_aside_and_nothing_else() {
    let plan = plan(RULES);
    let mut engine = passing(&plan, 2);
    let symbols = engine.symbols().clone();
    give_state(&mut engine);
    let all = messages(5, 400, &symbols);
    feed(&mut engine, &all);
    let newest = all.iter().map(|row| row[3] as i64).max().unwrap_or(0);
    let (mut on_time, mut late) = (all[0], all[0]);
    on_time[3] = (newest - LATENESS) as u64;
    late[3] = (newest - LATENESS - 1) as u64;
    feed(&mut engine, &[late, on_time, late]);
    engine.malformed("message", 3).expect("is a stream");
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    let report = engine.streams().remove(0);
    assert_eq!((report.late, report.malformed, report.events), (2, 3, all.len() as u64 + 1));
    assert_eq!(engine.set_aside("message").expect("is a stream"), vec![late.to_vec(), late.to_vec()]);
    let all: Vec<Message> = all.into_iter().chain([on_time]).collect();
    let aside = [("late", 2), ("duplicate", report.duplicates), ("malformed", 3)];
    same(&read(&mut engine, &FOLDED), &batch(&plan, &symbols, &all, &aside), "after late messages");
}

/// Sessions come and go for an hour; what is held is counted, not measured.
#[test]
fn what_is_held_of_a_steady_stream_does_not_grow() {
    let plan = plan(RULES);
    let mut engine = passing(&plan, 1);
    let symbols = engine.symbols().clone();
    let word = |text: &str| symbols.intern(text);
    let (request, one, two, none) = (word("request"), word("p1"), word("p2"), word(""));
    let (mut held, mut bytes) = (Vec::new(), Vec::new());
    for second in 0..3600u64 {
        let at = (1_700_000_000 + second) * 1_000_000;
        let row = |session: u64, at: u64| [session, one, none, at, request, one, two, one, 1];
        // A session of two messages, one that goes on for ever, and one that comes again after a minute.
        let rows = [row(1_000 + second, at), row(1_000 + second, at + 5), row(7, at), row(100 + second % 60, at)];
        feed(&mut engine, &rows);
        let report = engine.streams().remove(0);
        held.push(report.groups);
        bytes.push(report.event_bytes);
    }
    // What is held after ten minutes is held after an hour; only the sessions that never end grow.
    assert_eq!(held[600], held[3599]);
    let endless = 2 * 3000 * 20;
    assert!(bytes[3599] < bytes[600] + endless, "{} bytes, then {}", bytes[600], bytes[3599]);
    assert!(engine.count(Fork::BASE, "traffic").expect("is kept") == 61);
}
