//! `strata sweep` without a scenario: what follows if each element of a snapshot fails, one at a time or two at once: pairs
//! cut, services down, sessions lost, links overloaded, at the load that there is or at a multiple of it.
//!
//! What does not depend on what has failed is evaluated once; what does is kept by an engine, in which each element fails
//! (`intact`). Cost: one evaluation, and that of what each failure changes.

use super::intact::{Intact, Tables, watched};
use super::pairs::Failing;
use super::ranking::{self, Room};
use super::tally::{Tally, Written};
use super::{Arguments, progress};
use crate::check::Evaluated;
use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome, render};
use crate::model::counted;
use crate::output::Output;
use crate::texts::Texts;
use compiler::planner::{Statistics, not_live, plan};
use compiler::program::{Expr, Literal, Program, RelationId};
use runtime::{Engine, Fork, Options, Origin, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The standard rules about failures.
const RULES: &str = "<failure.dl>";

/// Sweeps over the elements of a snapshot.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let Model { mut engine, intact } = Model::of(arguments, output)?;
    let (failing, what) = match &arguments.pairs {
        None => (intact.elements(&arguments.each, &[])?, "element"),
        Some(pairs) => (intact.pairs(pairs)?, "pair"),
    };
    let mut written = Written::open(arguments.output.as_deref(), arguments.format)?;
    let open: Vec<&Failing> = failing.iter().filter(|failing| !written.has(&failing.name)).collect();
    if written.done() > 0 {
        output.note(&format!("{} done before", counted(written.done(), what)))?;
    }
    let bar = progress(open.len());
    for batch in open.chunks(usize::from(arguments.batch)) {
        let rows = intact.fail(&mut engine, batch)?;
        written.write(rows, output)?;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    output.note(&format!("{} swept", counted(open.len(), what)))?;
    output.note(&ranking::worst(written.rows(), usize::from(arguments.rank), what))?;
    output.note(&ranking::headroom(intact.utilisation(), intact.tiers(), written.rows(), arguments.load))?;
    Ok(())
}

/// The model of a snapshot, and an engine in which its elements fail.
pub(crate) struct Model {
    engine: Engine,
    intact: Intact,
}

impl Model {
    /// Reads the snapshot.
    ///
    /// # Errors
    /// If the snapshot cannot be read or holds no facts, or the rules are wrong.
    pub(crate) fn of(arguments: &Arguments, output: &mut Output) -> Outcome<Model> {
        let mut texts = Texts::new("<sweep>");
        texts.load(Path::new(RULES));
        arguments.rules.iter().for_each(|file| texts.load(file));
        let compiled = compile(&texts, None, &Statistics::new())?;
        if !compiled.warnings.is_empty() {
            output.note(&render(&compiled.warnings, &compiled.sources, output.err_style))?;
        }
        let (engine, intact) = read(&compiled, arguments, output)?;
        Ok(Model { engine, intact })
    }

    /// What follows if each of the elements of a kind or role fails, `batch` of them in an epoch.
    ///
    /// # Errors
    /// If there is no such kind or role.
    pub(crate) fn each(&mut self, each: &str, batch: u16) -> Outcome<Vec<Tally>> {
        let failing = self.intact.elements(each, &[])?;
        let failing: Vec<&Failing> = failing.iter().collect();
        let bar = progress(failing.len());
        let mut rows = Vec::with_capacity(failing.len());
        for batch in failing.chunks(usize::from(batch)) {
            rows.extend(self.intact.fail(&mut self.engine, batch)?);
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        Ok(rows)
    }

    /// How much is used of the links between each two tiers, as things are and at most after one of these failures.
    pub(crate) fn rooms<'a>(&self, rows: &'a [Tally]) -> Vec<Room<'a>> {
        ranking::rooms(self.intact.utilisation(), self.intact.tiers(), rows)
    }
}

/// An engine that keeps what depends on what has failed, and the intact model.
fn read(compiled: &Compiled, arguments: &Arguments, output: &mut Output) -> Outcome<(Engine, Intact)> {
    let mut engine = Engine::new(Options { workers: usize::from(arguments.jobs) })?;
    let program = &compiled.program;
    let find = |name: &str| {
        program.find(name).ok_or_else(|| Failure::Ours(format!("the standard rules have no relation `{name}`")))
    };
    let watched = watched();
    let wanted = watched.iter().map(|name| find(name)).collect::<Outcome<Vec<_>>>()?;
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
    let tables = Tables { element: text(element)?, device: text(device)?, mlag: text(mlag)? };
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
    watched.iter().try_for_each(|relation| engine.watch(relation))?;
    engine.commit()?;
    let intact = Intact::new(&mut engine, Fork::BASE, tables)?;
    Ok((engine, intact))
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
