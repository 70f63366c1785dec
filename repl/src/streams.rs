//! `.streams`: whether events pass, and what came of them.

use crate::failure::{Failure, Outcome};
use crate::model::Model;
use crate::response::Change;
use crate::table::Table;
use runtime::StreamReport;

/// What `.streams` says.
#[derive(Debug)]
pub struct Told {
    /// The streams, each with its counts.
    pub table: Table,
    /// Changes of watched relations.
    pub changes: Vec<Change>,
}

impl Model {
    /// Lets events pass from now on, folds what is waited for, or only tells what was counted.
    pub fn streams(&mut self, argument: Option<&str>, usage: &str) -> Outcome<Told> {
        let mut changes = Vec::new();
        match argument {
            Some("on") => {
                self.engine.let_pass();
                changes = self.follow(self.texts.clone())?.changes;
            }
            Some("settle") => {
                self.engine.settle()?;
                let commit = self.engine.commit()?;
                changes = self.changes(commit.changes);
            }
            Some(_) => return Err(Failure::User(format!("expected `on` or `settle`: {usage}"))),
            None => {}
        }
        let columns =
            ["stream", "events", "without key", "late", "duplicate", "malformed", "revised", "groups", "open"];
        let row = |report: StreamReport| {
            let StreamReport { relation, events, without_key, late, duplicates, malformed, revised, .. } = report;
            let counts = [events, without_key, late, duplicates, malformed, revised];
            let [events, without, late, duplicates, malformed, revised] = counts.map(|n| n.to_string());
            let (groups, open) = (report.groups.to_string(), report.open_groups.to_string());
            [relation.to_string(), events, without, late, duplicates, malformed, revised, groups, open]
        };
        Ok(Told { table: Table::text(columns, self.engine.streams().into_iter().map(row)), changes })
    }
}
