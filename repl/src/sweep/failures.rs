//! What follows if each element fails, one at a time or two at once: pairs cut, services down, sessions lost, links
//! overloaded, at the load that there is or at a multiple of it.
//!
//! What does not depend on what has failed is evaluated once; what does is kept by an engine, in which each element fails
//! in a fork of its own. Many forks share an epoch. A row is what the standard rules say in the fork, so it equals an
//! evaluation from scratch with that element stated to have failed. Cost: one evaluation, and that of what each failure
//! changes.

use super::pairs::{self, Failing, Kinds};
use super::ranking;
use super::tally::{Tally, Written};
use super::{Arguments, progress};
use crate::check::Evaluated;
use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome, render};
use crate::model::counted;
use crate::near::did_you_mean;
use crate::output::Output;
use crate::texts::Texts;
use compiler::planner::{Statistics, not_live, plan};
use compiler::program::{Expr, Literal, Program, RelationId};
use runtime::{Changes, Engine, Fork, Options, Origin, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

/// The standard rules about failures.
const RULES: &str = "<failure.dl>";

/// What is read of each fork.
const WATCHED: [&str; 5] = ["cut", "service_down", "lost", "overload", "utilisation"];

/// What a name after `--each` chooses, beside the roles of devices.
pub(super) const KINDS: [&str; 5] = ["element", "device", "host", "switch", "cable"];

/// Sweeps over the elements of a snapshot.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let mut texts = Texts::new("<sweep>");
    texts.load(Path::new(RULES));
    arguments.rules.iter().for_each(|file| texts.load(file));
    let compiled = compile(&texts, None, &Statistics::new())?;
    if !compiled.warnings.is_empty() {
        output.note(&render(&compiled.warnings, &compiled.sources, output.err_style))?;
    }
    let mut model = Model::read(&compiled, arguments, output)?;
    let (failing, what) = match &arguments.pairs {
        None => (model.elements(&arguments.each)?, "element"),
        Some(pairs) => (model.pairs(pairs)?, "pair"),
    };
    let mut written = Written::open(arguments.output.as_deref(), arguments.format)?;
    let open: Vec<&Failing> = failing.iter().filter(|failing| !written.has(&failing.name)).collect();
    if written.done() > 0 {
        output.note(&format!("{} done before", counted(written.done(), what)))?;
    }
    let bar = progress(open.len());
    for batch in open.chunks(usize::from(arguments.batch)) {
        let rows = model.fail(batch)?;
        written.write(rows, output)?;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    output.note(&format!("{} swept", counted(open.len(), what)))?;
    output.note(&ranking::worst(written.rows(), usize::from(arguments.rank), what))?;
    output.note(&ranking::headroom(&model.utilisation, &model.tiers, written.rows(), arguments.load))?;
    Ok(())
}

/// The intact model, in which elements fail.
struct Model {
    engine: Engine,
    /// Elements and what they are: `device` or `cable`.
    elements: Vec<(String, String)>,
    /// The roles of devices.
    tiers: BTreeMap<String, String>,
    /// MLAG pairs.
    peers: Vec<(String, String)>,
    /// Links by their utilisation in percent, the highest first.
    utilisation: Vec<(u64, String, String)>,
}

impl Model {
    fn read(compiled: &Compiled, arguments: &Arguments, output: &mut Output) -> Outcome<Model> {
        let mut engine = Engine::new(Options { workers: usize::from(arguments.jobs) })?;
        let program = &compiled.program;
        let find = |name: &str| {
            program.find(name).ok_or_else(|| Failure::Ours(format!("the standard rules have no relation `{name}`")))
        };
        let wanted = WATCHED.iter().map(|name| find(name)).collect::<Outcome<Vec<_>>>()?;
        let parts = Parts::of(program, &wanted, find("failed")?);
        let (element, device, mlag, growth) = (find("element")?, find("device")?, find("mlag")?, find("growth")?);
        let mut roots: Vec<RelationId> = parts.frontier.iter().copied().collect();
        roots.extend([element, device, mlag]);
        let symbols = engine.symbols().clone();
        let workers = usize::from(arguments.jobs);
        let mut once = Evaluated::read(compiled, std::slice::from_ref(&arguments.snapshot), &roots, &symbols, workers)?;
        if once.is_empty() {
            let directory = arguments.snapshot.display();
            return Err(Failure::User(format!("{directory} holds no facts that the rules read")));
        }
        once.tell_rejected(std::slice::from_ref(&arguments.snapshot), output)?;
        let mut live = program.clone();
        parts.keep(&mut live);
        let refused = not_live(&live);
        if !refused.is_empty() {
            return Err(Failure::Rules(refused, compiled.sources.clone()));
        }
        engine.set_plan(plan(&live, &Statistics::new()))?;
        let mut text = |relation: RelationId| -> Outcome<Vec<Vec<String>>> {
            let columns = &program.relation(relation).columns;
            let word = |(word, c): (&u64, &compiler::program::Column)| match Value::of(*word, &c.ty, &symbols) {
                Value::Symbol(text) => text.to_string(),
                value => value.to_string(),
            };
            Ok(once.rows(relation)?.iter().map(|row| row.iter().zip(columns).map(word).collect()).collect())
        };
        let elements = text(element)?.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        // Of two roles the lesser counts.
        let mut tiers: BTreeMap<String, String> = BTreeMap::new();
        for row in text(device)? {
            let tier = tiers.entry(row[0].clone()).or_insert_with(|| row[1].clone());
            if row[1] < *tier {
                tier.clone_from(&row[1]);
            }
        }
        let peers = text(mlag)?.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        // What is asked for goes before what the snapshot assumes.
        let stated = parts.frontier.iter().filter(|relation| arguments.load.is_none() || **relation != growth);
        for relation in stated {
            let base = engine.base(&program.relation(*relation).name)?;
            for row in once.rows(*relation)? {
                engine.insert(Fork::BASE, base, &row, Origin::default())?;
            }
        }
        drop(once);
        if let Some(percent) = arguments.load {
            let base = engine.base(&program.relation(growth).name)?;
            engine.insert(Fork::BASE, base, &[percent], Origin::default())?;
        }
        for relation in WATCHED {
            engine.watch(relation)?;
        }
        engine.commit()?;
        let mut model = Model { engine, elements, tiers, peers, utilisation: Vec::new() };
        let rows = model.engine.query(Fork::BASE, "utilisation", &[None; 3])?;
        model.utilisation = rows.iter().map(|row| model.link(row)).collect();
        model.utilisation.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
        Ok(model)
    }

    /// A row of `utilisation`.
    fn link(&self, row: &[u64]) -> (u64, String, String) {
        let name = |word: u64| self.engine.symbols().text(word).to_string();
        (row[2], name(row[0]), name(row[1]))
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

    /// The elements of a kind or role, by name.
    fn elements(&self, each: &str) -> Outcome<Vec<Failing>> {
        if !self.is_kind(each) {
            let roles: BTreeSet<&str> = self.tiers.values().map(String::as_str).collect();
            let near = did_you_mean(each, KINDS.iter().copied().chain(roles.iter().copied()));
            return Err(Failure::User(format!("no element is `{each}`{near}")));
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

    /// The pairs that `--pairs` means, by name.
    fn pairs(&self, chosen: &str) -> Outcome<Vec<Failing>> {
        if chosen == "mlag" {
            return Ok(pairs::of_peers(&self.peers, &self.kinds()));
        }
        let words: Vec<&str> = chosen.split(',').map(str::trim).collect();
        let path = Path::new(chosen);
        if path.exists() && !words.iter().all(|word| self.is_kind(word)) {
            return pairs::of_file(path, &self.kinds());
        }
        let mut all = Vec::new();
        for word in words {
            all.extend(self.elements(word)?);
        }
        pairs::every_two(&all, &self.kinds())
    }

    /// One epoch: what fails, each in a fork of its own, and what follows.
    fn fail(&mut self, batch: &[&Failing]) -> Outcome<Vec<Tally>> {
        let failed = self.engine.base("failed")?;
        let mut forks = BTreeMap::new();
        let mut tallies = Vec::with_capacity(batch.len());
        for (at, failing) in batch.iter().enumerate() {
            let fork = self.engine.fork();
            for name in &failing.elements {
                let word = self.engine.symbols().intern(name);
                self.engine.insert(fork, failed, &[word], Origin::default())?;
            }
            // The rules blame each element of a pair for all that follows from both: one of them is counted.
            let word = self.engine.symbols().intern(&failing.elements[0]);
            forks.insert(fork, (at, word));
            tallies.push(Tally::of(&failing.name, &failing.kind));
        }
        let mut links: BTreeMap<usize, Changes> = BTreeMap::new();
        for change in self.engine.commit()?.changes {
            let Some((at, word)) = forks.get(&change.fork).copied() else { continue };
            if &*change.relation == "utilisation" {
                links.insert(at, change);
                continue;
            }
            let of = change.inserted.iter().filter(|row| row[0] == word);
            match &*change.relation {
                "cut" => tallies[at].cut = of.count(),
                "service_down" => tallies[at].services_down = of.count(),
                "overload" => tallies[at].overloaded = of.count(),
                _ => tallies[at].sessions_lost = of.map(|row| row[1]).sum(),
            }
        }
        for (at, tally) in tallies.iter_mut().enumerate() {
            self.worst_link(links.get(&at), tally);
        }
        for fork in forks.into_keys() {
            self.engine.drop_fork(fork)?;
        }
        self.engine.commit()?;
        Ok(tallies)
    }

    /// The link that is used most: one of those that changed, or the first that did not.
    fn worst_link(&self, changes: Option<&Changes>, tally: &mut Tally) {
        let link = |row: &[u64]| self.link(row);
        let (gone, come): (HashSet<_>, Vec<_>) = match changes {
            Some(changes) => {
                (changes.retracted.iter().map(link).collect(), changes.inserted.iter().map(link).collect())
            }
            None => (HashSet::new(), Vec::new()),
        };
        let unchanged = self.utilisation.iter().find(|link| !gone.contains(*link));
        let worst = come.iter().chain(unchanged).min_by_key(|link| (std::cmp::Reverse(link.0), &link.1, &link.2));
        if let Some((percent, from, to)) = worst {
            (tally.worst_percent, tally.worst_from, tally.worst_to) = (*percent, from.clone(), to.clone());
        }
    }
}

/// What of a program depends on what has failed, and what that reads of the rest.
struct Parts {
    live: BTreeSet<RelationId>,
    frontier: BTreeSet<RelationId>,
}

impl Parts {
    fn of(program: &Program, wanted: &[RelationId], failed: RelationId) -> Parts {
        let reads = reads(program);
        let mut dependent = BTreeSet::from([failed]);
        loop {
            let before = dependent.len();
            let follows = reads.iter().filter(|(_, read)| !read.is_disjoint(&dependent)).map(|(head, _)| *head);
            dependent.extend(follows.collect::<Vec<_>>());
            if dependent.len() == before {
                break;
            }
        }
        dependent.remove(&failed);
        let (mut live, mut frontier) = (BTreeSet::new(), BTreeSet::new());
        let mut open = wanted.to_vec();
        while let Some(relation) = open.pop() {
            // What desugaring introduced has no facts of its own.
            if dependent.contains(&relation) || program.relation(relation).name.starts_with('@') {
                if live.insert(relation) {
                    open.extend(reads.get(&relation).into_iter().flatten());
                }
            } else {
                frontier.insert(relation);
            }
        }
        Parts { live, frontier }
    }

    fn keep(&self, program: &mut Program) {
        program.rules.retain(|rule| self.live.contains(&rule.head));
        program.dominations.retain(|domination| self.live.contains(&domination.relation));
        program.subsumptions.retain(|subsumption| self.live.contains(&subsumption.relation));
        program.facts.retain(|fact| self.live.contains(&fact.relation));
        program.queries.clear();
        program.directives.clear();
        program.invariants.clear();
        // What is left of them are the facts that follow from them.
        program.relations.iter_mut().for_each(|relation| relation.stream = None);
    }
}

/// What the rules of each relation read.
fn reads(program: &Program) -> BTreeMap<RelationId, BTreeSet<RelationId>> {
    fn body(literals: &[Literal], read: &mut BTreeSet<RelationId>) {
        for literal in literals {
            match literal {
                Literal::Positive(atom) | Literal::Negative(atom) => {
                    read.insert(atom.relation);
                }
                Literal::Constraint(constraint) => {
                    for side in [&constraint.left, &constraint.right] {
                        if let Expr::Aggregate(aggregate) = side {
                            body(&aggregate.body, read);
                        }
                    }
                }
            }
        }
    }
    let mut reads: BTreeMap<RelationId, BTreeSet<RelationId>> = BTreeMap::new();
    program.rules.iter().for_each(|rule| body(&rule.body, reads.entry(rule.head).or_default()));
    program.dominations.iter().for_each(|d| body(&d.rule.body, reads.entry(d.relation).or_default()));
    reads
}
