//! `.path`: the ways of packets between two machines, drawn layer by layer.
//!
//! The standard rules derive paths for the pairs that somebody asks for; so the question is put in a fork of the current
//! model, answered there and forgotten. Cost: that of one pair.

use crate::demo::paths::Paths;
use crate::failure::{Failure, Outcome};
use crate::model::{Model, counted};
use crate::near::did_you_mean;
use crate::output::Style;
use crate::table::{clipped, printable};
use runtime::{Fork, Origin, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The roles of devices, from the edge of the network to its middle, then those that have no layer.
const LAYERS: [&str; 7] = ["host", "access", "distribution", "core", "router", "firewall", "other"];

/// How many devices of one step are drawn.
const ALTERNATIVES: usize = 12;

/// How many names are looked at to find one that is near.
const NAMES: usize = 100_000;

/// Where machines occur that are known by what they are attached to, and their addresses.
const ATTACHED: [(&str, usize); 5] = [("cable", 0), ("cable", 2), ("interface", 0), ("address", 0), ("address", 3)];

/// How many names are suggested.
const SUGGESTED: usize = 5;

/// All ways from one machine to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Where it begins and ends, in words.
    pub ends: [String; 2],
    /// The links.
    pub hops: BTreeSet<(i64, String, String)>,
    /// The role of each device.
    pub roles: BTreeMap<String, String>,
    /// Why there is none, in words.
    pub missing: Vec<String>,
}

impl Model {
    /// The ways from one machine, address or process to another, in the current model.
    pub fn path(&mut self, from: &str, to: &str) -> Outcome<Path> {
        let columns = |name: &str| self.program.find(name).map(|id| self.program.relation(id).columns.len());
        if columns("path_link") != Some(5) || columns("asked") != Some(2) || columns("device") != Some(3) {
            let what = "`.path` draws what `path_link` says; `.include <network.dl>` brings the rules that derive it";
            return Err(Failure::User(what.into()));
        }
        let ((a, from), (b, to)) = (self.endpoint(from)?, self.endpoint(to)?);
        let fork = self.engine.fork_of(self.forks.current())?;
        let path = self.path_in(fork, &a, &b);
        self.engine.drop_fork(fork)?;
        self.engine.commit()?;
        Ok(Path { ends: [from, to], ..path? })
    }

    fn path_in(&mut self, fork: Fork, from: &str, to: &str) -> Outcome<Path> {
        let base = self.engine.base("asked")?;
        let [a, b] = [from, to].map(|name| Value::Symbol(name.into()).word(self.engine.symbols()));
        self.engine.insert(fork, base, &[a, b], Origin::default())?;
        self.engine.commit()?;
        let mut path = Path::default();
        let rows = self.engine.query(fork, "path_link", &[Some(a), Some(b), None, None, None])?;
        for row in rows.iter() {
            let [from, to] = [row[3], row[4]].map(|word| self.engine.symbols().text(word).to_string());
            path.hops.insert((row[2] as i64, from, to));
        }
        let devices: BTreeSet<String> = path.hops.iter().flat_map(|(_, a, b)| [a.clone(), b.clone()]).collect();
        for device in devices {
            let word = Value::Symbol(device.as_str().into()).word(self.engine.symbols());
            let roles = self.engine.query(fork, "device", &[Some(word), None, None])?;
            let roles = roles.iter().map(|row| self.engine.symbols().text(row[1]).to_string());
            path.roles.extend(roles.min().map(|role| (device, role)));
        }
        if path.hops.is_empty() {
            path.missing = self.missing(fork, a, b)?;
        }
        Ok(path)
    }

    /// Why there is no way with links in it.
    fn missing(&mut self, fork: Fork, a: u64, b: u64) -> Outcome<Vec<String>> {
        let columns = |name: &str| self.program.find(name).map(|id| self.program.relation(id).columns.len());
        if columns("distance") == Some(3)
            && !self.engine.query(fork, "distance", &[Some(a), Some(b), Some(0)])?.is_empty()
        {
            return Ok(vec!["both are on one host: packets take no link".into()]);
        }
        if columns("unresolved") != Some(3) {
            return Ok(Vec::new());
        }
        let rows = self.engine.query(fork, "unresolved", &[Some(a), Some(b), None])?;
        Ok(rows.iter().map(|row| in_words(self.engine.symbols().text(row[2]))).collect())
    }

    /// What the rules know by this name, and what is said of it: a process stands for its machine.
    fn endpoint(&mut self, name: &str) -> Outcome<(String, String)> {
        let word = Value::Symbol(name.into()).word(self.engine.symbols());
        for relation in ["device", "vm"] {
            if self.has(relation, &[(0, word)])?.is_some() {
                return Ok((name.to_owned(), name.to_owned()));
            }
        }
        if let Some(row) = self.has("process", &[(0, word)])? {
            let machine = self.engine.symbols().text(row[1]).to_string();
            return Ok((machine.clone(), format!("{name} on {machine}")));
        }
        // Machines may be known by what they are attached to alone, and an address is somebody's.
        for (relation, column) in ATTACHED {
            if self.has(relation, &[(column, word)])?.is_some() {
                return Ok((name.to_owned(), name.to_owned()));
            }
        }
        let mut known = BTreeSet::new();
        let named = [("device", 0), ("vm", 0), ("process", 0)].into_iter().chain(ATTACHED);
        for (relation, column) in named {
            known.extend(self.column(relation, column, NAMES)?);
        }
        let near = near(name, &known);
        Err(Failure::User(format!("there is no machine, address or process `{name}` in the model{near}")))
    }

    /// The least row of a relation with these words, if the program declares it.
    fn has(&mut self, relation: &str, words: &[(usize, u64)]) -> Outcome<Option<Vec<u64>>> {
        let Some(id) = self.program.find(relation) else { return Ok(None) };
        let mut pattern = vec![None; self.program.relation(id).columns.len()];
        for (column, word) in words {
            match pattern.get_mut(*column) {
                Some(place) => *place = Some(*word),
                None => return Ok(None),
            }
        }
        let rows = self.engine.query(self.forks.current(), relation, &pattern)?;
        let text = |row: &[u64]| row.get(1).map(|word| self.engine.symbols().text(*word).to_string());
        Ok(rows.iter().min_by_key(|row| text(row)).map(<[u64]>::to_vec))
    }

    /// What stands in a text column of a relation of the current model, of the first so many rows; nothing of another.
    pub fn column(&mut self, relation: &str, column: usize, most: usize) -> Outcome<Vec<String>> {
        let Some(id) = self.program.find(relation) else { return Ok(Vec::new()) };
        let is_text = |c: &compiler::program::Column| c.ty.primitive == compiler::value::Primitive::Symbol;
        if !self.program.relation(id).columns.get(column).is_some_and(is_text) {
            return Ok(Vec::new());
        }
        let words = self.engine.column(self.forks.current(), relation, column, most)?;
        let mut texts: Vec<String> = words.iter().map(|word| self.engine.symbols().text(*word).to_string()).collect();
        texts.sort_unstable();
        Ok(texts)
    }
}

/// Names that may be meant: one that is near, or else those that the word is a part of.
fn near(word: &str, known: &BTreeSet<String>) -> String {
    let near = did_you_mean(word, known.iter().map(String::as_str));
    let lower = word.to_lowercase();
    let mut longer = known.iter().filter(|name| lower.len() >= 2 && name.to_lowercase().contains(&lower));
    let first: Vec<String> = longer.by_ref().take(SUGGESTED).map(|name| format!("`{name}`")).collect();
    match (near.is_empty(), first.is_empty()) {
        (false, _) => near,
        (true, true) if known.is_empty() => "; `.facts DIRECTORY` or `.import KIND PATH` reads one".to_owned(),
        (true, true) => String::new(),
        (true, false) => {
            let more = if longer.next().is_some() { ", …" } else { "" };
            format!("; there is {}{more}", first.join(", "))
        }
    }
}

/// What `unresolved` says, as a sentence.
fn in_words(missing: &str) -> String {
    let (kind, what) = missing.split_once(':').unwrap_or((missing, ""));
    match kind {
        "process" => format!("process {what} is placed nowhere"),
        "machine" => format!("{what} is neither a host nor a virtual machine"),
        "host" => format!("host {what} is down"),
        "attached" => format!("{what} is attached to no switch that works"),
        "l2_reachable" => format!("VLAN {what} is in pieces between them"),
        "gateway" => format!("no gateway leads from VLAN {}", what.replacen(':', " to VLAN ", 1)),
        _ => missing.to_owned(),
    }
}

impl Path {
    /// Draws it: a line for each device, a column for each layer.
    pub fn draw(&self, style: Style) -> String {
        let [from, to] = self.ends.each_ref().map(|end| printable(end).into_owned());
        if self.hops.is_empty() {
            let why = self.missing.join("; ");
            return match why.is_empty() {
                true => format!("no way from {from} to {to}"),
                false => format!("no way from {from} to {to} over links: {why}"),
            };
        }
        let steps = self.steps();
        let layers: Vec<&str> = self.layers();
        let room = style.width.map_or(usize::MAX, usize::from).saturating_sub(4);
        let widths = self.widths(&layers, room);
        let mut text = String::from("step");
        for (layer, width) in layers.iter().zip(&widths) {
            text.push_str(&format!("  {:width$}", clipped(layer, *width)));
        }
        text = text.trim_end().to_owned();
        text = format!("{}\n", style.bold(&text));
        for (step, devices) in steps.iter().enumerate() {
            for (place, device) in devices.iter().take(ALTERNATIVES).enumerate() {
                let number = if place == 0 { step.to_string() } else { String::new() };
                let layer = layers.iter().position(|layer| *layer == self.layer(device)).unwrap_or(0);
                let indent: usize = widths[..layer].iter().map(|width| width + 2).sum();
                let name = clipped(&printable(device), room.saturating_sub(indent + 2).max(8));
                text.push_str(&format!("{number:>4}  {:indent$}{name}\n", ""));
            }
            let hidden = devices.len().saturating_sub(ALTERNATIVES);
            if hidden > 0 {
                text.push_str(&format!("      … {hidden} more alternatives\n"));
            }
            text.push_str(&self.exceptions(step, &steps, room));
        }
        let ways = Paths { hops: self.hops.clone(), routers: BTreeSet::new() }.count();
        let links = counted(steps.len() - 1, "link");
        let ways = if ways == 1 { "one way".to_owned() } else { format!("{ways} equal-cost ways") };
        text.push_str(&format!("{ways} of {links} from {from} to {to}"));
        text
    }

    /// The devices at each step, from the source to the destination.
    fn steps(&self) -> Vec<Vec<&str>> {
        let last = self.hops.iter().map(|(seq, ..)| *seq).max().unwrap_or(0);
        let mut steps: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); usize::try_from(last).unwrap_or(0) + 1];
        for (seq, from, to) in &self.hops {
            if let Some(step) = usize::try_from(*seq).ok().filter(|s| (1..steps.len()).contains(s)) {
                steps[step - 1].insert(from);
                steps[step].insert(to);
            }
        }
        steps.into_iter().map(|step| step.into_iter().collect()).collect()
    }

    fn layer(&self, device: &str) -> &str {
        let role = self.roles.get(device).map_or("other", String::as_str);
        if LAYERS.contains(&role) { role } else { "other" }
    }

    /// The layers that occur, from the edge on.
    fn layers(&self) -> Vec<&'static str> {
        let found: BTreeSet<&str> = self.hops.iter().flat_map(|(_, a, b)| [self.layer(a), self.layer(b)]).collect();
        LAYERS.into_iter().filter(|layer| found.contains(layer)).collect()
    }

    /// How wide the column of each layer is: as its names are, less where the terminal is narrow.
    fn widths(&self, layers: &[&str], room: usize) -> Vec<usize> {
        let longest = |layer: &&str| {
            let devices = self.hops.iter().flat_map(|(_, a, b)| [a, b]).filter(|device| self.layer(device) == *layer);
            devices.map(|device| device.chars().count()).max().unwrap_or(0).max(layer.chars().count())
        };
        let mut widths: Vec<usize> = layers.iter().map(longest).collect();
        while widths.iter().map(|width| width + 2).sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > 6 => *widest -= 1,
                _ => break,
            }
        }
        widths
    }

    /// Where not every device of a step is linked to every one of the next: the links that there are.
    fn exceptions(&self, step: usize, steps: &[Vec<&str>], room: usize) -> String {
        let Some(next) = steps.get(step + 1) else { return String::new() };
        let linked = |a: &str, b: &str| self.hops.contains(&(step as i64 + 1, a.to_owned(), b.to_owned()));
        let mut text = String::new();
        for from in &steps[step] {
            let to: Vec<&str> = next.iter().copied().filter(|to| linked(from, to)).collect();
            if to.len() < next.len() && steps[step].len() <= ALTERNATIVES {
                let (from, to) = (printable(from), to.iter().map(|to| printable(to)).collect::<Vec<_>>().join(", "));
                let what = if to.is_empty() { "ends here".to_owned() } else { format!("→ {to} only") };
                let line = format!("{from} {what}");
                text.push_str(&format!("      {}\n", clipped(&line, room.saturating_sub(2))));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fabric() -> Path {
        let hops = [(1, "h1", "leaf1"), (2, "leaf1", "spine1"), (2, "leaf1", "spine2"), (3, "spine1", "leaf2")];
        let hops = hops.into_iter().chain([(3, "spine2", "leaf2"), (4, "leaf2", "h2")]);
        let roles = [("h1", "host"), ("h2", "host"), ("leaf1", "access"), ("leaf2", "access")];
        let roles = roles.into_iter().chain([("spine1", "distribution"), ("spine2", "distribution")]);
        Path {
            ends: ["h1".into(), "h2".into()],
            hops: hops.map(|(n, a, b)| (n, a.to_owned(), b.to_owned())).collect(),
            roles: roles.map(|(d, r)| (d.to_owned(), r.to_owned())).collect(),
            missing: Vec::new(),
        }
    }

    #[test]
    fn each_device_stands_in_the_column_of_its_layer() {
        let drawn = fabric().draw(Style::PLAIN);
        let expected = "\
step  host  access  distribution
   0  h1
   1        leaf1
   2                spine1
                    spine2
   3        leaf2
   4  h2
2 equal-cost ways of 4 links from h1 to h2";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn links_that_are_not_there_are_told() {
        let mut path = fabric();
        path.hops.insert((2, "leaf9".into(), "spine1".into()));
        path.hops.insert((1, "h1".into(), "leaf9".into()));
        assert!(path.draw(Style::PLAIN).contains("leaf9 → spine1 only\n"), "{}", path.draw(Style::PLAIN));
    }

    #[test]
    fn a_narrow_terminal_is_not_overrun() {
        let mut path = fabric();
        let long = "an-access-switch-with-a-name-that-nobody-would-type";
        path.hops.insert((2, "leaf1".into(), long.into()));
        path.roles.insert(long.into(), "core".into());
        let drawn = path.draw(Style { width: Some(40), ..Style::PLAIN });
        let devices = drawn.lines().filter(|line| !line.contains("ways"));
        assert!(devices.clone().all(|line| line.chars().count() <= 46), "{drawn}");
    }

    #[test]
    fn names_that_may_be_meant_are_suggested() {
        let known: BTreeSet<String> = ["leaf01", "leaf02", "server101"].map(String::from).into();
        assert_eq!(near("leaf1", &known), "; did you mean `leaf01`?");
        assert_eq!(near("serv", &known), "; did you mean `server101`?");
        assert_eq!(near("LEA", &known), "; there is `leaf01`, `leaf02`");
        assert_eq!(near("spine", &known), "");
        assert!(near("leaf01", &BTreeSet::new()).contains("`.facts DIRECTORY`"));
    }

    #[test]
    fn no_way_is_told_with_its_cause() {
        assert_eq!(in_words("gateway:10:20"), "no gateway leads from VLAN 10 to VLAN 20");
        let path = Path { ends: ["a".into(), "b".into()], missing: vec![in_words("attached:b")], ..Path::default() };
        assert_eq!(path.draw(Style::PLAIN), "no way from a to b over links: b is attached to no switch that works");
    }
}
