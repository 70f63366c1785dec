//! The intact model, in which elements fail: what can fail, and what follows if it does.
//!
//! Each element fails in a fork of its own, many of them in one epoch. What is counted is what the standard rules say there,
//! so it equals an evaluation from scratch with that element stated to have failed. Cost: that of what each failure changes.

use super::beyond::{Swept, in_forks};
use super::pairs::{self, Failing, Kinds};
use super::tally::Tally;
use crate::failure::{Failure, Outcome};
use crate::near::did_you_mean;
use runtime::{Changes, Engine, Fork, Origin};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

/// What is read of each fork.
const WATCHED: [&str; 5] = ["cut", "service_down", "lost", "overload", "utilisation"];

/// What a name after `--each` chooses, beside the roles of devices.
pub(super) const KINDS: [&str; 5] = ["element", "device", "host", "switch", "cable"];

/// The relations that are read of each fork.
pub(super) fn watched() -> Vec<Arc<str>> {
    WATCHED.map(Arc::from).to_vec()
}

/// A link by its utilisation in percent, from where and to where it leads.
pub(super) type Link = (u64, String, String);

/// The rows of `element`, `device` and `mlag`, as text.
pub(super) struct Tables {
    pub(super) element: Vec<Vec<String>>,
    pub(super) device: Vec<Vec<String>>,
    pub(super) mlag: Vec<Vec<String>>,
}

/// The intact model.
pub(super) struct Intact {
    swept: Swept,
    /// Elements and what they are: `device` or `cable`.
    elements: Vec<(String, String)>,
    /// The roles of devices.
    tiers: BTreeMap<String, String>,
    /// MLAG pairs.
    peers: Vec<(String, String)>,
    /// The links that are used, the most used first.
    utilisation: Vec<Link>,
}

impl Intact {
    /// A model of an engine, which follows the standard rules about failures.
    pub(super) fn new(engine: &mut Engine, at: Fork, tables: Tables) -> Outcome<Intact> {
        let two = |row: &Vec<String>| (row[0].clone(), row[1].clone());
        // Of two roles the lesser counts.
        let mut tiers: BTreeMap<String, String> = BTreeMap::new();
        for (device, role) in tables.device.iter().map(two) {
            let tier = tiers.entry(device).or_insert_with(|| role.clone());
            if role < *tier {
                *tier = role;
            }
        }
        let elements = tables.element.iter().map(two).collect();
        let peers = tables.mlag.iter().map(two).collect();
        let rows = engine.query(at, "utilisation", &[None; 3])?;
        let mut utilisation: Vec<Link> = rows.iter().map(|row| link(engine, row)).collect();
        utilisation.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(Intact { swept: Swept::new(engine, at, &watched())?, elements, tiers, peers, utilisation })
    }

    /// The roles of devices.
    pub(super) fn tiers(&self) -> &BTreeMap<String, String> {
        &self.tiers
    }

    /// The links that are used, the most used first.
    pub(super) fn utilisation(&self) -> &[Link] {
        &self.utilisation
    }

    /// What each element is: a device's role, or `cable`.
    fn kinds(&self) -> Kinds {
        let role = |name: &str| self.tiers.get(name).cloned().unwrap_or_default();
        let kind = |name: &str, kind: &str| if kind == "device" { role(name) } else { kind.to_owned() };
        self.elements.iter().map(|(name, of)| (name.clone(), kind(name, of))).collect()
    }

    /// Whether a word means elements: a kind, or a role of devices.
    fn is_kind(&self, word: &str) -> bool {
        KINDS.contains(&word) || self.tiers.values().any(|role| role == word)
    }

    /// The elements of a kind or role, by name. `others`: words that mean something else where this one stands.
    pub(super) fn elements(&self, each: &str, others: &[&str]) -> Outcome<Vec<Failing>> {
        if !self.is_kind(each) {
            let roles: BTreeSet<&str> = self.tiers.values().map(String::as_str).collect();
            let known = KINDS.iter().copied().chain(roles).chain(others.iter().copied());
            return Err(Failure::User(format!("no element is `{each}`{}", did_you_mean(each, known))));
        }
        let role = |name: &str| self.tiers.get(name).map_or("", String::as_str);
        let chosen = |(name, kind): &&(String, String)| match each {
            "element" => true,
            "device" | "cable" => kind == each,
            "switch" => kind == "device" && role(name) != "host",
            role_of => kind == "device" && role(name) == role_of,
        };
        let one = |(name, kind): &(String, String)| {
            Failing::one(name, if kind == "device" { role(name) } else { kind.as_str() })
        };
        let mut elements: Vec<Failing> = self.elements.iter().filter(chosen).map(one).collect();
        elements.sort();
        Ok(elements)
    }

    /// The pairs that are meant by `mlag`, by kinds with commas between them, or by a file.
    pub(super) fn pairs(&self, chosen: &Path) -> Outcome<Vec<Failing>> {
        let words: Option<Vec<&str>> = chosen.to_str().map(|text| text.split(',').map(str::trim).collect());
        match words {
            Some(words) if words == ["mlag"] => Ok(pairs::of_peers(&self.peers, &self.kinds())),
            Some(words) if !chosen.exists() || words.iter().all(|word| self.is_kind(word)) => {
                let mut all = Vec::new();
                for word in words {
                    all.extend(self.elements(word, &["mlag"])?);
                }
                pairs::every_two(&all, &self.kinds())
            }
            _ => pairs::of_file(chosen, &self.kinds()),
        }
    }

    /// One epoch: what fails, each in a fork of its own, and what follows. The relations of [`watched`] are.
    pub(super) fn fail(&self, engine: &mut Engine, batch: &[&Failing]) -> Outcome<Vec<Tally>> {
        in_forks(engine, |engine, forks| {
            let failed = engine.base("failed")?;
            for failing in batch {
                let fork = engine.fork_of(self.swept.at())?;
                forks.push(fork);
                for name in &failing.elements {
                    let word = engine.symbols().intern(name);
                    engine.insert(fork, failed, &[word], Origin::default())?;
                }
            }
            let reported = engine.commit()?.changes;
            let changes = self.swept.beyond(forks, reported);
            Ok(batch.iter().zip(forks).map(|(failing, fork)| self.tally(engine, failing, *fork, &changes)).collect())
        })
    }

    /// What follows from one failure.
    fn tally(
        &self,
        engine: &Engine,
        failing: &Failing,
        fork: Fork,
        changes: &BTreeMap<(Fork, Arc<str>), Changes>,
    ) -> Tally {
        // The rules blame each element of a pair for all that follows from both: one of them is counted.
        let word = engine.symbols().intern(&failing.elements[0]);
        let of = |relation: &str| changes.get(&(fork, Arc::from(relation)));
        let count = |relation: &str| {
            of(relation).map_or(0, |change| change.inserted.iter().filter(|row| row[0] == word).count())
        };
        let lost = of("lost").into_iter().flat_map(|change| change.inserted.iter());
        let mut tally = Tally {
            cut: count("cut"),
            services_down: count("service_down"),
            overloaded: count("overload"),
            sessions_lost: lost.filter(|row| row[0] == word).map(|row| row[1]).sum(),
            ..Tally::of(&failing.name, &failing.kind)
        };
        if let Some((percent, from, to)) = self.worst_link(engine, of("utilisation")) {
            (tally.worst_percent, tally.worst_from, tally.worst_to) = (percent, from, to);
        }
        tally
    }

    /// The link that is used most: one of those that changed, or the first that did not.
    fn worst_link(&self, engine: &Engine, changes: Option<&Changes>) -> Option<Link> {
        let (mut gone, mut come) = (HashSet::new(), Vec::new());
        if let Some(changes) = changes {
            gone.extend(changes.retracted.iter().map(|row| link(engine, row)));
            come.extend(changes.inserted.iter().map(|row| link(engine, row)));
        }
        let unchanged = self.utilisation.iter().find(|link| !gone.contains(*link)).cloned();
        come.into_iter().chain(unchanged).min_by(|a, b| order(a).cmp(&order(b)))
    }
}

/// A row of `utilisation`.
fn link(engine: &Engine, row: &[u64]) -> Link {
    let name = |word: u64| engine.symbols().text(word).to_string();
    (row[2], name(row[0]), name(row[1]))
}

/// The most used first.
fn order(link: &Link) -> (Reverse<u64>, &str, &str) {
    (Reverse(link.0), &link.1, &link.2)
}
