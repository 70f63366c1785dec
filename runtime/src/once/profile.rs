//! Where the time goes, rule by rule.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What a rule took.
#[derive(Clone, Debug)]
pub struct RuleProfile {
    /// The rule as text; auxiliary steps of a rule count with it.
    pub rule: Arc<str>,
    /// How often it was run: in a recursion, once a round for each of its recursive atoms that has new rows.
    pub runs: u64,
    /// The rows that its runs started from.
    pub rows: u64,
    /// The rows that were new when it derived them.
    pub found: u64,
    /// How long its runs took, on the wall.
    pub time: Duration,
}

/// The rules that have been run.
#[derive(Debug, Default)]
pub(super) struct Profile {
    rules: Vec<RuleProfile>,
    places: HashMap<Arc<str>, usize>,
}

impl Profile {
    /// The place of a rule.
    pub(super) fn place(&mut self, rule: &Arc<str>) -> usize {
        *self.places.entry(rule.clone()).or_insert_with(|| {
            self.rules.push(RuleProfile { rule: rule.clone(), runs: 0, rows: 0, found: 0, time: Duration::ZERO });
            self.rules.len() - 1
        })
    }

    /// Adds a run of the rule at a place.
    pub(super) fn add(&mut self, place: usize, rows: usize, found: usize, time: Duration) {
        let rule = &mut self.rules[place];
        rule.runs += 1;
        rule.rows += rows as u64;
        rule.found += found as u64;
        rule.time += time;
    }

    /// All rules, those that took longest first.
    pub(super) fn by_time(mut self) -> Vec<RuleProfile> {
        self.rules.sort_by_key(|rule| std::cmp::Reverse(rule.time));
        self.rules
    }
}
