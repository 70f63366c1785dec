//! Where the time goes, rule by rule.

use compiler::plan::RelationId;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// An intermediate result that is smaller than this explodes no rule.
const MANY: u64 = 1_000_000;

/// How many bindings a rule may go through for each row that it starts from or that comes of it.
const FEW: u64 = 100;

/// What a rule took.
#[derive(Clone, Debug)]
pub struct RuleProfile {
    /// The rule as text; auxiliary steps of a rule count with it.
    pub rule: Arc<str>,
    /// The relation that it derives; none if that is a step of the evaluator.
    pub relation: Option<RelationId>,
    /// How often it was run: in a recursion, once a round for each of its recursive atoms that has new rows.
    pub runs: u64,
    /// The rows that its runs started from.
    pub rows: u64,
    /// The bindings of a part of its body that were gone through.
    pub bindings: u64,
    /// Those of all of its body; where many come of one list, the list counts once.
    pub results: u64,
    /// The rows that were new when it derived them.
    pub found: u64,
    /// How long its runs took, on the wall.
    pub time: Duration,
    /// The orders in which its atoms were joined: one, or one for each of its recursive atoms.
    pub plans: Vec<Arc<str>>,
}

impl RuleProfile {
    /// Whether it has gone through far more bindings than it started from and has led to results.
    pub fn explodes(&self) -> bool {
        self.bindings >= MANY && self.bindings / FEW > self.rows + self.results
    }
}

/// What one run went through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) bindings: u64,
    pub(super) results: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.bindings += other.bindings;
        self.results += other.results;
    }
}

/// The rules that have been run.
#[derive(Debug, Default)]
pub(super) struct Profile {
    rules: Vec<RuleProfile>,
    places: HashMap<Arc<str>, usize>,
}

impl Profile {
    /// The place of a rule that is evaluated in some order.
    pub(super) fn place(&mut self, rule: &Arc<str>, relation: Option<RelationId>, plan: &str) -> usize {
        let place = *self.places.entry(rule.clone()).or_insert_with(|| {
            self.rules.push(RuleProfile {
                rule: rule.clone(),
                relation,
                runs: 0,
                rows: 0,
                bindings: 0,
                results: 0,
                found: 0,
                time: Duration::ZERO,
                plans: Vec::new(),
            });
            self.rules.len() - 1
        });
        let plans = &mut self.rules[place].plans;
        if !plans.iter().any(|known| **known == *plan) {
            plans.push(plan.into());
        }
        place
    }

    /// Adds a run of the rule at a place.
    pub(super) fn add(&mut self, place: usize, rows: usize, counts: Counts, found: usize, time: Duration) {
        let rule = &mut self.rules[place];
        rule.runs += 1;
        rule.rows += rows as u64;
        rule.bindings += counts.bindings;
        rule.results += counts.results;
        rule.found += found as u64;
        rule.time += time;
    }

    /// All rules, those that took longest first.
    pub(super) fn by_time(mut self) -> Vec<RuleProfile> {
        self.rules.sort_by_key(|rule| std::cmp::Reverse(rule.time));
        self.rules
    }
}
