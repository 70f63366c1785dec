//! Edits of what a stream states: in forks and in the base they hold, whatever the stream does next.

use super::{Message, Random, disordered, feed, messages, passing, plan};
use runtime::{BaseId, Engine, Fork, Origin};
use std::collections::{BTreeMap, BTreeSet};

const RULES: &str = "
    .include <traffic/traffic.dl>
    .decl said(source: symbol, minute: number, bytes: unsigned)
    said(p, m, n) :- traffic(p, _, _, _, m, _, _), n = sum b : { traffic(p, _, _, _, m, _, b) }.
    .decl silent(source: symbol)
    silent(q) :- traffic(_, q, _, _, _, _, _), !traffic(q, _, _, _, _, _, _).
";

type Row = Vec<u64>;
type Set = BTreeSet<Row>;

/// What ought to hold: what the stream states, which another engine tells, and what people did to that.
#[derive(Default)]
struct Expected {
    stated: Set,
    by_hand: Set,
    taken_back: Set,
    /// What each fork says, and what it is a fork of.
    said: BTreeMap<Fork, (Fork, BTreeMap<Row, bool>)>,
}

impl Expected {
    fn base(&self) -> Set {
        self.stated.difference(&self.taken_back).chain(&self.by_hand).cloned().collect()
    }

    fn of(&self, fork: Fork) -> Set {
        let Some((parent, said)) = self.said.get(&fork) else { return self.base() };
        let mut rows = self.of(*parent);
        for (row, holds) in said {
            match holds {
                true => rows.insert(row.clone()),
                false => rows.remove(row),
            };
        }
        rows
    }

    fn change(&mut self, fork: Fork, row: &Row, insert: bool) {
        if let Some((_, said)) = self.said.get_mut(&fork) {
            said.insert(row.clone(), insert);
        } else if insert {
            self.by_hand.insert(row.clone());
        } else {
            self.by_hand.remove(row);
            if self.stated.contains(row) {
                self.taken_back.insert(row.clone());
            }
        }
    }

    /// The stream has moved on.
    fn follow(&mut self, stated: Set) {
        self.taken_back.retain(|row| stated.contains(row));
        self.stated = stated;
    }

    /// A fork's edits are its parent's.
    fn merge(&mut self, fork: Fork) {
        let Some((parent, said)) = self.said.get(&fork).cloned() else { return };
        let above = self.of(parent);
        for (row, holds) in said.iter().filter(|(row, holds)| above.contains(*row) != **holds) {
            self.change(parent, row, *holds);
        }
        self.said.remove(&fork);
    }
}

fn rows(engine: &mut Engine, fork: Fork, name: &str, arity: usize) -> Set {
    engine.query(fork, name, &vec![None; arity]).expect("can be read").iter().map(<[u64]>::to_vec).collect()
}

/// What follows from traffic, worked out by hand.
fn derived(traffic: &Set) -> (Set, Set) {
    let mut said: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    traffic.iter().for_each(|row| *said.entry((row[0], row[4])).or_default() += row[6]);
    let said_set = said.iter().map(|((p, m), n)| vec![*p, *m, *n]).collect();
    let speaks = |q: &u64| said.keys().any(|(p, _)| p == q);
    (said_set, traffic.iter().map(|row| row[1]).filter(|q| !speaks(q)).map(|q| vec![q]).collect())
}

fn check(engine: &mut Engine, expected: &Expected, what: &str) {
    for fork in [Fork::BASE].into_iter().chain(expected.said.keys().copied()) {
        let traffic = expected.of(fork);
        assert_eq!(rows(engine, fork, "traffic", 7), traffic, "{what}, {fork:?}");
        let found = (rows(engine, fork, "said", 3), rows(engine, fork, "silent", 1));
        assert_eq!(found, derived(&traffic), "what follows, {what}, {fork:?}");
    }
}

/// One edit, of a row that is stated, or of one as it may yet be.
fn edit(engine: &mut Engine, expected: &mut Expected, base: BaseId, random: &mut Random) {
    let forks: Vec<Fork> = [Fork::BASE].into_iter().chain(expected.said.keys().copied()).collect();
    let fork = forks[random.below(forks.len() as u64) as usize];
    let all: Vec<Row> = expected.of(fork).union(&expected.stated).cloned().collect();
    let Some(mut row) = all.get(random.below(all.len().max(1) as u64) as usize).cloned() else { return };
    if random.below(4) == 0 {
        row[5] += 1;
        row[6] += random.below(3);
    }
    let insert = random.below(2) == 0;
    match insert {
        true => engine.insert(fork, base, &row, Origin { source: 9, record: 1 }).expect("fits"),
        false if fork == Fork::BASE && expected.by_hand.contains(&row) && random.below(2) == 0 => {
            engine.withdraw(base, &row, 9).expect("fits");
            expected.by_hand.remove(&row);
            return;
        }
        false => engine.retract(fork, base, &row).expect("fits"),
    }
    expected.change(fork, &row, insert);
}

#[test]
fn edits_of_what_a_stream_states_hold_whatever_the_stream_does() {
    let plan = plan(RULES);
    for (seed, workers) in [(1, 1), (2, 2), (3, 1), (4, 2)] {
        let (mut engine, mut alone) = (passing(&plan, workers), passing(&plan, 1));
        let all = messages(seed, 500, engine.symbols());
        assert_eq!(all, messages(seed, 500, alone.symbols()), "both have the same words");
        let (mut expected, mut random) = (Expected::default(), Random(seed));
        let base = engine.base("traffic").expect("is stated");
        let order: Vec<Message> = disordered(&all, seed);
        for (epoch, part) in order.chunks(25).enumerate() {
            match epoch {
                3 | 5 => {
                    let fork = engine.fork();
                    expected.said.insert(fork, (Fork::BASE, BTreeMap::new()));
                }
                7 => {
                    let parent = *expected.said.keys().next().expect("is there");
                    let fork = engine.fork_of(parent).expect("is there");
                    expected.said.insert(fork, (parent, BTreeMap::new()));
                }
                _ => {}
            }
            (0..4).for_each(|_| edit(&mut engine, &mut expected, base, &mut random));
            feed(&mut engine, part);
            feed(&mut alone, part);
            expected.follow(rows(&mut alone, Fork::BASE, "traffic", 7));
            check(&mut engine, &expected, &format!("seed {seed}, epoch {epoch}"));
            let facts = |engine: &Engine| engine.facts() as i64;
            let more = expected.base().len() as i64 - expected.stated.len() as i64;
            assert_eq!(facts(&engine) - facts(&alone), more, "seed {seed}, epoch {epoch}");
        }
        assert!(!expected.taken_back.is_empty() && !expected.by_hand.is_empty());
        // From the youngest on: a fork of a fork is merged into that.
        for fork in expected.said.keys().copied().rev().collect::<Vec<_>>() {
            engine.merge(fork, Origin { source: 9, record: 2 }).expect("is there");
            expected.merge(fork);
            check(&mut engine, &expected, &format!("seed {seed}, after a merge"));
        }
    }
}

#[test]
fn where_a_row_comes_from_is_told_of_the_stream_and_of_whoever_else_states_it() {
    let mut engine = passing(&plan(RULES), 1);
    let symbols = engine.symbols().clone();
    feed(&mut engine, &messages(1, 40, &symbols));
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    let row = rows(&mut engine, Fork::BASE, "traffic", 7).pop_first().expect("something was folded");
    let base = engine.base("traffic").expect("is stated");
    let stream = Origin { source: engine.source("stream"), record: 0 };
    assert_eq!(engine.origins(base, &row), [stream]);
    let hand = Origin { source: engine.source("hand"), record: 3 };
    engine.insert(Fork::BASE, base, &row, hand).expect("fits");
    assert_eq!(engine.origins(base, &row), [hand, stream]);
    engine.retract(Fork::BASE, base, &row).expect("fits");
    assert_eq!(engine.origins(base, &row), []);
    engine.commit().expect("commits");
    assert!(!rows(&mut engine, Fork::BASE, "traffic", 7).contains(&row));
}

/// Rules come and go: what was stated by one that has gone goes with it.
#[test]
fn what_a_rule_that_has_gone_stated_goes_with_it() {
    let rules = |kind: &str| {
        format!(
            ".include <trace/leg.dl>
            .decl legs(source: symbol, kind: symbol, session: symbol, transaction: symbol, at: Time)
            legs(p, k, s, t, at) :- leg(s, t, k, p, _, at, _, _, _), {kind}.
            .decl spoken(source: symbol, kind: symbol, n: number)
            spoken(p, k, n) :- legs(p, k, _, _, _), n = count : {{ legs(p, k, _, _, _) }}."
        )
    };
    let mut engine = passing(&plan(&rules("k = \"request\"")), 2);
    let symbols = engine.symbols().clone();
    let (request, reply) = (symbols.intern("request"), symbols.intern("reply"));
    let all = messages(2, 300, &symbols);
    let kinds =
        |engine: &mut Engine| rows(engine, Fork::BASE, "spoken", 3).iter().map(|row| row[1]).collect::<BTreeSet<u64>>();
    feed(&mut engine, &all[..150]);
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    assert_eq!(kinds(&mut engine), BTreeSet::from([request]));
    engine.set_plan(plan(&rules("k = \"reply\""))).expect("is taken");
    engine.commit().expect("commits");
    feed(&mut engine, &all[150..]);
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    assert_eq!(kinds(&mut engine), BTreeSet::from([reply]));
    let (facts, stated) = (engine.facts(), rows(&mut engine, Fork::BASE, "spoken", 3).len());
    engine.set_plan(plan(".include <trace/leg.dl>")).expect("is taken");
    assert_eq!((stated > 0, engine.facts()), (true, facts - stated));
}

/// The rules change while events have been taken in and no epoch has ended since: none of them is lost.
#[test]
fn what_came_before_the_rules_changed_is_not_lost() {
    let before = plan(super::RULES);
    let mut engine = passing(&before, 2);
    let symbols = engine.symbols().clone();
    let all = messages(6, 400, &symbols);
    let (first, last) = all.split_at(250);
    engine.feed("message", &first.concat()).expect("is taken in");
    engine.settle().expect("settles");
    engine.set_plan(plan(&format!("{} .decl more(x: symbol)", super::RULES))).expect("is taken");
    engine.feed("message", &last.concat()).expect("is taken in");
    engine.settle().expect("settles");
    engine.commit().expect("commits");
    let expected = super::batch_over(&before, &symbols, &all, &[], &[]);
    super::same(&super::read(&mut engine, &super::FOLDED[..1]), &expected, "after another rule");
}

/// A row that leaves its group out may be that of several groups: it holds while one of them has it.
#[test]
fn a_row_of_several_groups_holds_while_one_has_it() {
    let rules = "
        .decl e(k: symbol, at: Time, g: symbol)
        .stream e(time = at, horizon = \"1m\")
        .decl sizes(n: number)
        sizes(n) :- e(_, _, g), n = count : { e(_, _, g) }.
    ";
    let mut engine = passing(&plan(rules), 1);
    let symbols = engine.symbols().clone();
    let word = |text: &str| symbols.intern(text);
    let mut give = |rows: &[(&str, u64)]| {
        for (group, at) in rows {
            engine.feed("e", &[word("k"), *at, word(group)]).expect("is taken in");
        }
        engine.settle().expect("settles");
        engine.commit().expect("commits");
        rows_of(&mut engine)
    };
    fn rows_of(engine: &mut Engine) -> Vec<u64> {
        engine.query(Fork::BASE, "sizes", &[None]).expect("is folded").iter().map(|row| row[0]).collect()
    }
    assert_eq!(give(&[("a", 1), ("a", 2), ("b", 3), ("b", 4)]), [2]);
    assert_eq!(give(&[("a", 5)]), [2, 3]);
    assert_eq!(give(&[("b", 6)]), [3]);
}
