//! Reconciliation: where sources contradict each other, which of them says what.
//!
//! Of some things there can be but one: the machine of a process, the role of a device. Sources that state different ones
//! are both taken in, and which of them said what is stated beside them, in `asserted`, for rules to see
//! (`reconcile/conflict.dl`). Unknown values (`""`, 0) contradict nothing, and an
//! interface may have several hardware addresses: its own, and one that gateways share. One pass over what is stated; it costs the
//! relations of the table and keeps one value a key.
//!
//! ```
//! use ingest::{Facts, reconcile};
//! let mut facts = Facts::default();
//! let (nodes, pods) = (facts.source("nodes.csv"), facts.source("pods.csv"));
//! facts.push("process", ["p", "h1", "client"], Facts::at(nodes, 2));
//! facts.push("process", ["p", "h2", "client"], Facts::at(pods, 7));
//! reconcile(&mut facts);
//! let stated: Vec<Vec<&str>> = facts.table("asserted").unwrap().iter().map(|row| row.fields().collect()).collect();
//! assert_eq!(stated, [["process", "p", "h1", "nodes.csv"], ["process", "p", "h2", "pods.csv"]]);
//! ```

use crate::{Facts, Table};
use runtime::Origin;
use std::collections::{BTreeSet, HashMap};

/// What there can be but one of.
struct Dependency {
    /// As `conflict` names it.
    name: &'static str,
    relation: &'static str,
    key: &'static [usize],
    value: usize,
}

const fn one(name: &'static str, relation: &'static str, key: &'static [usize], value: usize) -> Dependency {
    Dependency { name, relation, key, value }
}

const DEPENDENCIES: [Dependency; 10] = [
    one("device", "device", &[0], 1),
    one("device.rack", "device", &[0], 2),
    one("interface.speed_mbps", "interface", &[0, 1], 3),
    one("interface.enabled", "interface", &[0, 1], 4),
    one("lag_member", "lag_member", &[0, 2], 1),
    one("process", "process", &[0], 1),
    one("process.role", "process", &[0], 2),
    one("service", "service", &[0], 1),
    one("vlan", "vlan", &[0], 1),
    one("vm", "vm", &[0], 1),
];

/// Something that a source says.
type Assertion = (String, String, Origin);

/// States in `asserted` what contradicting sources say. Returns how many keys they contradict each other about.
pub fn reconcile(facts: &mut Facts) -> usize {
    let mut contradicted = 0;
    for dependency in &DEPENDENCIES {
        let Some(table) = facts.table(dependency.relation) else { continue };
        let (keys, assertions) = contradictions(dependency, table);
        contradicted += keys;
        let mut said = BTreeSet::new();
        for (key, value, origin) in assertions {
            let source = facts.source_name(origin.source).to_owned();
            if said.insert((key.clone(), value.clone(), source.clone())) {
                facts.push("asserted", [dependency.name, &key, &value, &source], origin);
            }
        }
    }
    contradicted
}

/// What is said of keys about which different things are said, in order, and how many such keys there are.
fn contradictions(dependency: &Dependency, table: &Table) -> (usize, Vec<Assertion>) {
    let mut first: HashMap<String, String> = HashMap::new();
    let mut contradicted: BTreeSet<String> = BTreeSet::new();
    for (key, value, _) in assertions(dependency, table) {
        let known = first.entry(key);
        let key = known.key().clone();
        if *known.or_insert_with(|| value.clone()) != value {
            contradicted.insert(key);
        }
    }
    if contradicted.is_empty() {
        return (0, Vec::new());
    }
    let of_these = |(key, _, _): &Assertion| contradicted.contains(key);
    (contradicted.len(), assertions(dependency, table).filter(of_these).collect())
}

fn assertions<'a>(dependency: &'a Dependency, table: &'a Table) -> impl Iterator<Item = Assertion> + 'a {
    table.iter().filter_map(|row| {
        let fields: Vec<&str> = row.fields().collect();
        let value = *fields.get(dependency.value)?;
        let known = !value.is_empty() && (dependency.name != "interface.speed_mbps" || value != "0");
        let key: Vec<&str> = dependency.key.iter().filter_map(|column| fields.get(*column).copied()).collect();
        known.then(|| (key.join(" "), value.to_owned(), row.origin()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asserted(facts: &Facts) -> Vec<String> {
        let rows = facts.table("asserted").into_iter().flat_map(Table::iter);
        rows.map(|row| row.fields().collect::<Vec<_>>().join(" | ")).collect()
    }

    #[test]
    fn what_agrees_or_is_unknown_is_no_contradiction() {
        let mut facts = Facts::default();
        let (a, b) = (facts.source("a"), facts.source("b"));
        facts.push("device", ["l1", "access", ""], Facts::at(a, 1));
        facts.push("device", ["l1", "access", "r1"], Facts::at(b, 1));
        facts.push("device", ["l1", "", "r1"], Facts::at(b, 2));
        facts.push("interface", ["l1", "swp1", "02:00:00:00:00:0A", "0", "up"], Facts::at(a, 1));
        facts.push("interface", ["l1", "swp1", "0200.0000.000a", "1000", "up"], Facts::at(b, 1));
        assert_eq!((reconcile(&mut facts), asserted(&facts)), (0, vec![]));
    }

    #[test]
    fn each_source_is_told_with_what_it_says_and_where() {
        let mut facts = Facts::default();
        let (a, b) = (facts.source("a"), facts.source("b"));
        facts.push("interface", ["l1", "swp1", "", "1000", "up"], Facts::at(a, 3));
        facts.push("interface", ["l1", "swp1", "", "1000", "up"], Facts::at(a, 4));
        facts.push("interface", ["l1", "swp1", "", "100", "up"], Facts::at(b, 9));
        facts.push("lag_member", ["l1", "bond1", "swp1"], Facts::at(a, 1));
        facts.push("lag_member", ["l1", "bond2", "swp1"], Facts::at(b, 1));
        assert_eq!(reconcile(&mut facts), 2);
        let expected = [
            "interface.speed_mbps | l1 swp1 | 1000 | a",
            "interface.speed_mbps | l1 swp1 | 100 | b",
            "lag_member | l1 swp1 | bond1 | a",
            "lag_member | l1 swp1 | bond2 | b",
        ];
        assert_eq!(asserted(&facts), expected);
        let origins: Vec<u32> =
            facts.table("asserted").into_iter().flat_map(Table::iter).map(|row| row.origin().record).collect();
        assert_eq!(origins[..2], [3, 9]);
    }
}
