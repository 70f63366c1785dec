//! Rows that cannot be used: counted by source and reason, kept to be listed, never fatal, never silent.
//!
//! Every reason is counted in full; of the rows themselves the first [`Rejected::KEPT`] a reason stay, so that a source
//! of nothing but garbage cannot fill the memory.
//!
//! ```
//! let mut rejected = ingest::Rejected::default();
//! rejected.push("macs.csv", 12, "no VLAN", "macaddr 44:38:39:00:00:01");
//! rejected.push("macs.csv", 19, "no VLAN", "macaddr 44:38:39:00:00:07");
//! assert_eq!(rejected.to_string(), "macs.csv: 2 × no VLAN (first in record 12: macaddr 44:38:39:00:00:01)\n");
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What could not be used, and why.
#[derive(Clone, Debug, Default)]
pub struct Rejected {
    reasons: BTreeMap<(Arc<str>, Arc<str>), Reason>,
}

/// All rows that one source lost for one reason.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    count: usize,
    rows: Vec<Row>,
}

/// One row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line or record, from 1; 0 if it is the whole source.
    pub record: usize,
    /// What stood there.
    pub detail: String,
}

impl Rejected {
    /// How many rows of a reason are kept to be listed.
    pub const KEPT: usize = 10_000;

    /// Counts a row. The reason is short and the same for all rows of its kind; the detail is this row's.
    pub fn push(&mut self, source: &str, record: usize, reason: &str, detail: impl Into<String>) {
        let reason = self.reasons.entry((source.into(), reason.into())).or_default();
        reason.count += 1;
        if reason.rows.len() < Self::KEPT {
            reason.rows.push(Row { record, detail: detail.into() });
        }
    }

    /// The sum over all reasons.
    pub fn len(&self) -> usize {
        self.reasons.values().map(|r| r.count).sum()
    }

    /// Whether everything could be used.
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// How many rows any source lost for this reason.
    pub fn count(&self, reason: &str) -> usize {
        self.reasons.iter().filter(|((_, r), _)| &**r == reason).map(|(_, r)| r.count).sum()
    }

    /// Takes back what was counted for a reason that does not matter to the caller.
    pub fn forget(&mut self, reason: &str) {
        self.reasons.retain(|(_, name), _| &**name != reason);
    }

    /// Source, reason and rows, by source and reason.
    pub fn reasons(&self) -> impl Iterator<Item = (&str, &str, &Reason)> {
        self.reasons.iter().map(|((source, name), reason)| (&**source, &**name, reason))
    }

    /// Every kept row, one a line.
    pub fn listing(&self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        for (source, name, reason) in self.reasons() {
            for Row { record, detail } in &reason.rows {
                let _ = writeln!(text, "{source}:{record}: {name}: {detail}");
            }
            if reason.count > reason.rows.len() {
                let _ = writeln!(text, "{source}: {name}: {} more, not kept", reason.count - reason.rows.len());
            }
        }
        text
    }
}

impl Reason {
    /// How many rows there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The first of them.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// One line a source and reason, with an example.
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (source, name, reason) in self.reasons() {
            write!(f, "{source}: {} × {name}", reason.count)?;
            match reason.rows.first() {
                Some(Row { record: 0, detail }) => writeln!(f, " ({detail})")?,
                Some(Row { record, detail }) => writeln!(f, " (first in record {record}: {detail})")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_on_after_rows_are_no_longer_kept() {
        let mut rejected = Rejected::default();
        for record in 1..=Rejected::KEPT + 5 {
            rejected.push("a.csv", record, "bad", "x");
        }
        assert_eq!(rejected.len(), Rejected::KEPT + 5);
        assert_eq!(rejected.count("bad"), Rejected::KEPT + 5);
        assert_eq!(rejected.count("good"), 0);
        assert!(rejected.listing().ends_with("a.csv: bad: 5 more, not kept\n"));
        rejected.push("b.csv", 1, "odd", "x");
        rejected.forget("bad");
        assert_eq!((rejected.len(), rejected.count("odd")), (1, 1));
    }

    #[test]
    fn a_whole_source_is_shown_without_a_record() {
        let mut rejected = Rejected::default();
        rejected.push("odd.txt", 0, "unknown file", "not a table of SuzieQ");
        assert_eq!(rejected.to_string(), "odd.txt: 1 × unknown file (not a table of SuzieQ)\n");
    }
}
