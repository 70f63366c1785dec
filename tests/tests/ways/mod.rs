//! The rules against paths that are found one by one, on networks made up at random.

mod made_up;
mod walker;

use super::{Network, facts};
use made_up::{Made, host_name, network};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use walker::{Answer, Walker};

/// What a network's relations say about each pair.
fn answers(found: &mut Network) -> BTreeMap<(String, String), Answer> {
    let mut answers: BTreeMap<(String, String), Answer> = BTreeMap::new();
    let number = |text: &String| text.parse::<u64>().expect("a number");
    let mut each = |relation: &str, take: &mut dyn FnMut(&mut Answer, &[String])| {
        for row in found.rows(relation) {
            take(answers.entry((row[0].clone(), row[1].clone())).or_default(), &row[2..]);
        }
    };
    each("path_link", &mut |answer, row| {
        answer.links.insert((number(&row[0]) as usize, row[1].clone(), row[2].clone()));
    });
    each("distance", &mut |answer, row| answer.distance = Some(number(&row[0]) as usize));
    each("l3_hop", &mut |answer, row| answer.routers.extend([row[0].clone()]));
    each("crosses", &mut |answer, row| answer.tiers.extend([row[0].clone()]));
    each("unresolved", &mut |answer, row| answer.missing = Some(row[0].clone()));
    each("link_share", &mut |answer, row| {
        answer.shares.insert((row[0].clone(), row[1].clone()), number(&row[2]));
    });
    answers
}

fn agrees(made: &Made) -> Result<(), TestCaseError> {
    let walker = Walker::new(made);
    let mut found = Network::new(&facts(&made.facts()));
    let next: BTreeSet<[String; 4]> = walker.wanted().iter().flat_map(|(to, vid)| walker.next(*to, *vid)).collect();
    let rows = found.rows("l2_next");
    let rows: BTreeSet<[String; 4]> = rows.into_iter().filter_map(|row| row.try_into().ok()).collect();
    prop_assert_eq!(next, rows, "l2_next\n{}", made.facts());
    let mut answers = answers(&mut found);
    for a in &walker.machines {
        for b in walker.machines.iter().filter(|b| b.name != a.name) {
            let mut expected = walker.answer(a, b);
            let mut answer = answers.remove(&(a.name.clone(), b.name.clone())).unwrap_or_default();
            if answer.distance.is_some_and(|hops| hops > 0) {
                let host = host_name(b.host);
                let into: u64 = answer.shares.iter().filter(|((_, to), _)| *to == host).map(|(_, n)| n).sum();
                prop_assert_eq!(into, 5040, "{} to {}\n{}", a.name, b.name, made.facts());
            }
            // A tunnel's branches are those of its underlay, which the walker does not split.
            if !made.vteps.is_empty() {
                expected.shares.clear();
                answer.shares.clear();
            }
            prop_assert_eq!(answer, expected, "{} to {}\n{}", a.name, b.name, made.facts());
        }
    }
    prop_assert!(answers.is_empty(), "{answers:?}");
    Ok(())
}

/// Always the same networks.
#[test]
fn paths_are_those_that_are_found_one_by_one() {
    let cases = std::env::var("STRATA_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let config =
        ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let result = runner.run(&network(), |made| agrees(&made));
    assert!(result.is_ok(), "{}", result.expect_err("a failure"));
}
