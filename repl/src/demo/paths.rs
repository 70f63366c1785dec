//! Equal-cost paths between two machines, drawn as text.
//!
//! All paths at once: a column for each step, the alternatives below each other, and between two columns the links. Where
//! not every device of a column is linked to every one of the next, the missing links are named below.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One link of a path: its place from 1, and its two ends.
pub type Hop = (i64, String, String);

/// All equal-cost paths of one pair of machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The links.
    pub hops: BTreeSet<Hop>,
    /// The devices that route; they are drawn in brackets.
    pub routers: BTreeSet<String>,
}

impl Paths {
    /// How many different paths there are.
    pub fn count(&self) -> u64 {
        let mut ended = 0;
        let mut ways: BTreeMap<&str, u64> = self.hops.iter().filter(|h| h.0 == 1).map(|h| (h.1.as_str(), 1)).collect();
        for step in 1.. {
            if ways.is_empty() {
                break;
            }
            let mut next: BTreeMap<&str, u64> = BTreeMap::new();
            for (device, n) in ways {
                let on = self.hops.iter().filter(|(seq, from, _)| *seq == step && from == device);
                let mut ends = true;
                for (_, _, to) in on {
                    *next.entry(to).or_default() += n;
                    ends = false;
                }
                ended += if ends { n } else { 0 };
            }
            ways = next;
        }
        ended
    }

    /// The devices at each step, from the source to the destination.
    fn columns(&self) -> Vec<Vec<&str>> {
        let last = self.hops.iter().map(|(seq, ..)| *seq).max().unwrap_or(0);
        let mut columns: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); usize::try_from(last).unwrap_or(0) + 1];
        for (seq, from, to) in &self.hops {
            if let Some(step) = usize::try_from(*seq).ok().filter(|s| (1..columns.len()).contains(s)) {
                columns[step - 1].insert(from);
                columns[step].insert(to);
            }
        }
        columns.into_iter().map(|c| c.into_iter().collect()).collect()
    }

    /// The drawing, every line behind the indent.
    pub fn draw(&self, indent: &str) -> String {
        let columns = self.columns();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = String::new();
        for row in 0..height {
            let mut line = indent.to_owned();
            for (step, column) in columns.iter().enumerate() {
                let width = column.iter().map(|d| self.label(d).chars().count()).max().unwrap_or(0);
                let label = column.get(row).map(|d| self.label(d)).unwrap_or_default();
                let _ = write!(line, "{label:width$}");
                if let Some(next) = columns.get(step + 1) {
                    line.push_str(connector(row, column.len(), next.len()));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        for (step, pair) in columns.windows(2).enumerate() {
            for from in &pair[0] {
                for to in &pair[1] {
                    if !self.hops.contains(&(step as i64 + 1, from.to_string(), to.to_string())) {
                        let _ = writeln!(text, "{indent}but not {from} → {to}");
                    }
                }
            }
        }
        text
    }

    fn label(&self, device: &str) -> String {
        if self.routers.contains(device) { format!("[{device}]") } else { device.to_owned() }
    }
}

/// What stands in a row between two columns of so many devices: a rail that joins all of them.
fn connector(row: usize, left: usize, right: usize) -> &'static str {
    let rows = left.max(right);
    let last = row + 1 == rows;
    match (row < left, row < right) {
        (true, true) if rows == 1 => " ─── ",
        (true, true) if row == 0 => " ─┬─ ",
        (true, true) if last => " ─┴─ ",
        (true, true) => " ─┼─ ",
        (true, false) if last => " ─┘  ",
        (true, false) => " ─┤  ",
        (false, true) if last => "  └─ ",
        (false, true) => "  ├─ ",
        (false, false) if row < rows => "  │  ",
        (false, false) => "     ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(hops: &[(i64, &str, &str)]) -> Paths {
        let hops = hops.iter().map(|(n, a, b)| (*n, a.to_string(), b.to_string())).collect();
        Paths { hops, routers: BTreeSet::from(["leaf1".to_string(), "leaf2".to_string()]) }
    }

    const FABRIC: &[(i64, &str, &str)] = &[
        (1, "h1", "leaf1"),
        (1, "h1", "leaf2"),
        (2, "leaf1", "spine1"),
        (2, "leaf1", "spine2"),
        (2, "leaf2", "spine1"),
        (2, "leaf2", "spine2"),
        (3, "spine1", "leaf3"),
        (3, "spine2", "leaf3"),
        (4, "leaf3", "h2"),
    ];

    #[test]
    fn alternatives_stand_below_each_other() {
        let fabric = paths(FABRIC);
        assert_eq!(fabric.count(), 4);
        assert_eq!(fabric.draw("  "), "  h1 ─┬─ [leaf1] ─┬─ spine1 ─┬─ leaf3 ─── h2\n      └─ [leaf2] ─┴─ spine2 ─┘\n");
    }

    #[test]
    fn a_missing_link_is_named() {
        let mut fabric = paths(FABRIC);
        fabric.hops.remove(&(2, "leaf1".into(), "spine1".into()));
        assert_eq!(fabric.count(), 3);
        assert!(fabric.draw("").ends_with("but not leaf1 → spine1\n"));
    }

    #[test]
    fn no_path_is_no_drawing() {
        assert_eq!((Paths::default().draw(""), Paths::default().count()), (String::new(), 0));
    }
}
