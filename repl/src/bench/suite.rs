//! The suites: which program, which data, which relation changes.

use super::data::{self, Epoch, Relation};
use super::twister::Twister;

/// A program with its data.
pub(super) struct Suite {
    /// The program's name: `rules/bench/NAME.dl`, and the name of its twin.
    pub(super) name: &'static str,
    /// The relation that changes.
    pub(super) changing: &'static str,
    /// The relations whose sizes are the result.
    pub(super) results: &'static [&'static str],
    small: fn(&mut Twister) -> Vec<Relation>,
    medium: fn(&mut Twister) -> Vec<Relation>,
}

/// How much data: a quick look, or what the peers were measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// A quick look
    S,
    /// The data that other engines were measured on
    M,
}

const SEED: u64 = 1;

/// All suites.
pub(super) const SUITES: [Suite; 8] = [
    Suite {
        name: "tc",
        changing: "Arc",
        results: &["Tc"],
        small: |d| data::graph(d, 200, 600),
        medium: |d| data::graph(d, 1000, 10_000),
    },
    Suite {
        name: "reach",
        changing: "Arc",
        results: &["Reach"],
        small: |d| data::reach(d, 10_000, 50_000, 1),
        medium: |d| data::reach(d, 1_000_000, 5_000_000, 1),
    },
    Suite {
        name: "sg",
        changing: "Arc",
        results: &["Sg"],
        small: |d| data::graph(d, 200, 600),
        medium: |d| data::graph(d, 1000, 5000),
    },
    Suite {
        name: "csda",
        changing: "Edge",
        results: &["NullNode"],
        small: |d| data::csda(d, 1000, 0.2, 20),
        medium: |d| data::csda(d, 20_000, 0.2, 200),
    },
    Suite {
        name: "andersen",
        changing: "Assign",
        results: &["PointsTo"],
        small: |d| data::andersen(d, 100, 12, 3, 200, 0.3),
        medium: |d| data::andersen(d, 1000, 12, 3, 2000, 0.3),
    },
    Suite {
        name: "galen",
        changing: "P",
        results: &["P", "Q"],
        small: |d| data::galen(d, 300, 20, 300, 20),
        medium: |d| data::galen(d, 1500, 60, 1200, 60),
    },
    Suite {
        name: "sssp",
        changing: "Arc",
        results: &["Sssp"],
        small: |d| data::weighted(d, 2000, 8000, 100),
        medium: |d| data::weighted(d, 200_000, 1_000_000, 100),
    },
    Suite {
        name: "cc",
        changing: "Arc",
        results: &["CC"],
        small: |d| data::undirected(d, 2000, 4000),
        medium: |d| data::undirected(d, 500_000, 1_000_000),
    },
];

/// The suite with this name.
pub(super) fn find(name: &str) -> Option<&'static Suite> {
    SUITES.iter().find(|s| s.name == name)
}

impl Suite {
    /// A suite that makes its data itself.
    pub(super) fn named(name: &'static str) -> Suite {
        Suite { name, changing: "", results: &[], small: |_| Vec::new(), medium: |_| Vec::new() }
    }

    /// The given relations.
    pub(super) fn data(&self, size: Size) -> Vec<Relation> {
        let draw = &mut Twister::new(SEED);
        match size {
            Size::S => (self.small)(draw),
            Size::M => (self.medium)(draw),
        }
    }

    /// The changes to the data.
    pub(super) fn updates(&self, data: &[Relation], rounds: usize) -> Vec<Epoch> {
        let changing = data.iter().find(|r| r.name == self.changing);
        changing.map_or(Vec::new(), |relation| data::updates(&mut Twister::new(SEED + 1), relation, rounds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::data::Kind;
    use fnv::FnvHasher;
    use std::hash::Hasher;

    fn hash(text: &str) -> u64 {
        let mut hasher = FnvHasher::default();
        hasher.write(text.as_bytes());
        hasher.finish()
    }

    fn line(row: &[i64], separator: &str) -> String {
        row.iter().map(i64::to_string).collect::<Vec<_>>().join(separator)
    }

    /// The bytes of the peers' generator: its CSV files one after the other, and its file of updates.
    fn files(suite: &Suite, size: Size) -> (String, String) {
        let data = suite.data(size);
        let mut csv = String::new();
        for relation in &data {
            csv.extend(relation.rows.iter().map(|row| line(&row[..relation.arity], ",") + "\n"));
        }
        let arity = data.iter().find(|r| r.name == suite.changing).map_or(0, |r| r.arity);
        let mut text = String::new();
        for epoch in suite.updates(&data, 9) {
            text += match epoch.kind {
                Kind::Insert => "# insert 1\n",
                Kind::Delete => "# delete 1\n",
                Kind::Mixed => "# mixed 100\n",
            };
            for (insert, row) in &epoch.changes {
                let sign = if *insert { '+' } else { '-' };
                text += &format!("{sign} {} {}\n", suite.changing, line(&row[..arity], " "));
            }
            text += "commit\n";
        }
        (csv, text)
    }

    #[test]
    fn the_data_is_byte_for_byte_that_of_the_peers() {
        for (name, csv, updates) in SMALL {
            let suite = find(name).expect("a suite");
            let files = files(suite, Size::S);
            assert_eq!((hash(&files.0), hash(&files.1)), (*csv, *updates), "{name}");
        }
    }

    #[test]
    #[ignore = "takes seconds in a debug build"]
    fn the_large_data_is_byte_for_byte_that_of_the_peers() {
        for (name, csv, updates) in MEDIUM {
            let suite = find(name).expect("a suite");
            let files = files(suite, Size::M);
            assert_eq!((hash(&files.0), hash(&files.1)), (*csv, *updates), "{name}");
        }
    }

    /// Name, FNV-1a hash of the CSV files, and of the updates, computed from the peers' own files.
    const SMALL: &[(&str, u64, u64)] = &[
        ("tc", 0x49cfa6f604607b43, 0xaeff3461c78e8997),
        ("reach", 0x7e64cb1aa7339d99, 0x69cc1e60dc93e6d3),
        ("sg", 0x49cfa6f604607b43, 0xaeff3461c78e8997),
        ("csda", 0x5e1c6e385ee627d1, 0xc4166450f380cebf),
        ("andersen", 0x127f5181ed63c35c, 0x868705c5cda4aae6),
        ("galen", 0x24fd06960bd665f9, 0xebe7c0904ac09c38),
        ("sssp", 0x14acec54a358949a, 0x5315816e267b13e0),
        ("cc", 0x2e5baec5624612ed, 0xb49ba4d655447531),
    ];
    /// Name, FNV-1a hash of the CSV files, and of the updates, computed from the peers' own files.
    const MEDIUM: &[(&str, u64, u64)] = &[
        ("tc", 0x37414cc7abe88f8e, 0xabc0959be9358cbb),
        ("reach", 0xc5b34a6dc02b4d5c, 0xfa6a411dfa734577),
        ("sg", 0x1a34668a7ec7d522, 0x72c70b6b82233bcd),
        ("csda", 0x7bc62f2f857e598b, 0x1e3a8db05875a376),
        ("andersen", 0x8ce3c48da19f6fa3, 0x7e6146bc1941a2cf),
        ("galen", 0x4d27176b04397a30, 0x2d577345325a0b73),
        ("sssp", 0x8cf0ecb28c82b6ec, 0x204446e4f19b23ad),
        ("cc", 0xafe9e24fc5550141, 0x0c906d2511f0f69d),
    ];
}
