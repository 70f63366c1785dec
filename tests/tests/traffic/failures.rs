//! What follows from failures: what was there before and is not after, and what hangs by a single device, by trying each.

use crate::calculator::Calculator;
use crate::centre::Centre;
use crate::model::{Model, Row};
use crate::{SEEDS, row};
use runtime::Fork;
use std::collections::BTreeSet;

/// What the rules are to say of a centre in which something has failed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Consequences {
    has_path: BTreeSet<Row>,
    cut: BTreeSet<Row>,
    unresolved_pair: BTreeSet<Row>,
    lost: BTreeSet<Row>,
    service_down: BTreeSet<Row>,
    spof: BTreeSet<Row>,
}

impl Consequences {
    /// By plain loops over sets.
    fn of(centre: &Centre) -> Consequences {
        let intact = Centre { failed: BTreeSet::new(), ..centre.clone() };
        let (before, after) = (Calculator::new(&intact), Calculator::new(centre));
        let pairs: BTreeSet<(String, String)> = before.observed().into_keys().map(|leg| (leg.0, leg.1)).collect();
        let joined = |calculator: &Calculator<'_>| -> BTreeSet<(String, String)> {
            pairs.iter().filter(|(p, q)| calculator.distance(p, q).is_some()).cloned().collect()
        };
        let (had, has) = (joined(&before), joined(&after));
        let rows = |pairs: Vec<&(String, String)>| pairs.into_iter().map(|(p, q)| row([p, q])).collect();
        let lost: BTreeSet<&(String, String)> = had.difference(&has).collect();
        let is_lost = |m: &crate::centre::Message| lost.iter().any(|(p, q)| m.source == *p && m.destination == *q);
        let messages = centre.messages.iter().filter(|m| !m.session.is_empty() && is_lost(m));
        let sessions: BTreeSet<&String> = messages.map(|m| &m.session).collect();
        let (was_up, is_up) = (before.up(), after.up());
        let mut found = Consequences {
            has_path: rows(has.iter().collect()),
            unresolved_pair: rows(pairs.difference(&has).collect()),
            ..Consequences::default()
        };
        for element in &centre.failed {
            found.cut.extend(lost.iter().map(|(p, q)| row([element, p, q])));
            found.service_down.extend(was_up.difference(&is_up).map(|service| row([element, service])));
            if !sessions.is_empty() {
                found.lost.insert(row([element, &sessions.len()]));
            }
        }
        for device in centre.roles.keys() {
            let mut without = centre.clone();
            without.failed.insert(device.clone());
            let up = Calculator::new(&without).up();
            found.spof.extend(is_up.difference(&up).map(|service| row([service, device])));
        }
        found
    }

    /// By the rules.
    fn said(model: &mut Model, fork: Fork) -> Consequences {
        Consequences {
            has_path: model.rows(fork, "has_path"),
            cut: model.rows(fork, "cut"),
            unresolved_pair: model.rows(fork, "unresolved_pair"),
            lost: model.rows(fork, "lost"),
            service_down: model.rows(fork, "service_down"),
            spof: model.rows(fork, "spof"),
        }
    }
}

#[test]
fn the_rules_say_of_failures_what_plain_loops_say() {
    let (mut cut, mut down, mut hanging) = (0, 0, 0);
    for seed in SEEDS {
        let centre = Centre::random(seed);
        let mut model = Model::new(&centre.facts());
        let expected = Consequences::of(&centre);
        assert_eq!(Consequences::said(&mut model, Fork::BASE), expected, "seed {seed}");
        cut += expected.cut.len();
        down += expected.service_down.len();
        hanging += expected.spof.len();
    }
    assert!(cut > 20 && down > 5 && hanging > 50, "{cut} cut, {down} down, {hanging} hang by a device");
}

#[test]
fn an_element_that_fails_in_a_fork_has_the_consequences_of_one_that_is_stated_to_have_failed() {
    let mut down = 0;
    for seed in SEEDS.step_by(10) {
        let intact = Centre { failed: BTreeSet::new(), ..Centre::random(seed) };
        let mut model = Model::new(&intact.facts());
        for element in intact.elements().into_iter().step_by(3) {
            let failed = Centre { failed: [element.clone()].into(), ..intact.clone() };
            let fork = model.fork();
            model.insert(fork, "failed", &[&element]);
            model.commit();
            let expected = Consequences::of(&failed);
            assert_eq!(Consequences::said(&mut model, fork), expected, "{element}, seed {seed}");
            down += expected.service_down.len();
            model.drop_fork(fork);
        }
    }
    assert!(down > 4, "{down} services go down");
}
