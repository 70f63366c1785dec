//! Pairs of elements that fail together: those of a file, both switches of each MLAG pair, or all pairs of some kinds.
//!
//! ```text
//! --pairs mlag                  both switches of each MLAG pair
//! --pairs core,distribution     every two of the devices of these roles
//! --pairs chosen.csv            two elements a line, with a comma or a tab between them
//! ```

use crate::failure::{Failure, Outcome};
use crate::model::counted;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Elements by name, and what they are: a device's role, or `cable`.
pub(super) type Kinds = BTreeMap<String, String>;

/// What stands between the names of two elements that fail together.
const AND: &str = " + ";

/// So many pairs are not swept in one go: each is a fork, and a row.
const MOST: usize = 1_000_000;

/// What fails at once: one element, or two. The name and the kind are those of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failing {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) elements: Vec<String>,
}

impl Failing {
    pub(super) fn one(name: &str, kind: &str) -> Failing {
        Failing { name: name.to_owned(), kind: kind.to_owned(), elements: vec![name.to_owned()] }
    }

    /// Two elements, in the order of their names.
    fn two(a: &str, b: &str, kinds: &Kinds) -> Failing {
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        let kind = |name: &str| kinds.get(name).cloned().unwrap_or_default();
        Failing {
            name: [a, b].join(AND),
            kind: [kind(a), kind(b)].join(AND),
            elements: vec![a.to_owned(), b.to_owned()],
        }
    }
}

/// Every two of some elements.
pub(super) fn every_two(of: &[Failing], kinds: &Kinds) -> Outcome<Vec<Failing>> {
    let names: BTreeSet<&str> = of.iter().map(|element| element.name.as_str()).collect();
    let pairs = names.len() * names.len().saturating_sub(1) / 2;
    if pairs > MOST {
        let what = counted(names.len(), "element");
        return Err(Failure::User(format!("{what} are {pairs} pairs, more than {MOST}: choose fewer, or name a file")));
    }
    let with = |(place, a): (usize, &&str)| -> Vec<Failing> {
        names.iter().skip(place + 1).map(|b| Failing::two(a, b, kinds)).collect()
    };
    Ok(names.iter().enumerate().flat_map(with).collect())
}

/// Pairs of devices, each once.
pub(super) fn of_peers(peers: &[(String, String)], kinds: &Kinds) -> Vec<Failing> {
    let known = |(a, b): &&(String, String)| a != b && kinds.contains_key(a) && kinds.contains_key(b);
    let all: BTreeSet<Failing> = peers.iter().filter(known).map(|(a, b)| Failing::two(a, b, kinds)).collect();
    all.into_iter().collect()
}

/// The pairs of a file. Empty lines and those that begin with `#` are none.
pub(super) fn of_file(path: &Path, kinds: &Kinds) -> Outcome<Vec<Failing>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::User(format!("cannot read the pairs of {}: {error}", path.display())))?;
    let mut all = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{}:{number}", path.display());
        let cells: Vec<&str> = line.split([',', '\t']).map(str::trim).collect();
        let [a, b] = cells[..] else {
            return Err(Failure::User(format!("{place}: a pair is two elements with a comma or a tab between them")));
        };
        if let Some(name) = [a, b].into_iter().find(|name| !kinds.contains_key(*name)) {
            return Err(Failure::User(format!("{place}: there is no device or cable `{name}`")));
        }
        if a == b {
            return Err(Failure::User(format!("{place}: `{a}` cannot fail twice; name another element beside it")));
        }
        all.insert(Failing::two(a, b, kinds));
    }
    Ok(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> Kinds {
        [("c1", "core"), ("d1", "distribution"), ("d2", "distribution"), ("c1:e1--d1:e1", "cable")]
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .into()
    }

    fn names(all: &[Failing]) -> Vec<&str> {
        all.iter().map(|failing| failing.name.as_str()).collect()
    }

    #[test]
    fn every_two_are_taken_once_and_in_order() {
        let of = ["d2", "c1", "d1", "c1"].map(|name| Failing::one(name, ""));
        let all = every_two(&of, &kinds()).expect("three pairs");
        assert_eq!(names(&all), ["c1 + d1", "c1 + d2", "d1 + d2"]);
        assert_eq!(all[0].kind, "core + distribution");
        assert_eq!(all[0].elements, ["c1", "d1"]);
        let many: Vec<Failing> = (0..2000).map(|n| Failing::one(&n.to_string(), "")).collect();
        let told = format!("{:?}", every_two(&many, &kinds()).expect_err("too many"));
        assert!(told.contains("2000 elements are 1999000 pairs, more than 1000000"), "{told}");
    }

    #[test]
    fn peers_that_are_no_devices_are_left_out() {
        let peers = [("d2", "d1"), ("d1", "d2"), ("d1", "gone"), ("d1", "d1")].map(|(a, b)| (a.into(), b.into()));
        assert_eq!(names(&of_peers(&peers, &kinds())), ["d1 + d2"]);
    }

    #[test]
    fn a_file_of_pairs_is_read_with_the_place_of_what_is_wrong() {
        let directory = tempfile::TempDir::new().expect("a scratch directory");
        let path = directory.path().join("pairs.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("a scratch file");
            of_file(&path, &kinds()).map_err(|failure| format!("{failure:?}"))
        };
        let all = read("# both\nd2, d1\n\nc1:e1--d1:e1\tc1\nd1,d2\n").expect("two pairs");
        assert_eq!(names(&all), ["c1 + c1:e1--d1:e1", "d1 + d2"]);
        assert!(read("d1\n").expect_err("one name").contains("pairs.csv:1: a pair is two elements"));
        assert!(read("d1,d2\nd1,d3\n").expect_err("no name").contains("pairs.csv:2: there is no device or cable `d3`"));
        assert!(read("d1,d1\n").expect_err("one name twice").contains("`d1` cannot fail twice"));
    }
}
