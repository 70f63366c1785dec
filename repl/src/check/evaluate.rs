//! Some relations evaluated over snapshots and sources: what they need of the rules, over what these need of the files.

use super::evidence::Evidence;
use crate::compile::Compiled;
use crate::failure::Outcome;
use crate::given::{Read, named, read};
use crate::model::counted;
use crate::output::Output;
use compiler::planner::{Statistics, plan};
use compiler::program::{Expr, Literal, Program, RelationId};
use compiler::value::Const;
use ingest::{Rejected, Schema};
use runtime::explain::{self, Edit, Laboratory, Model};
use runtime::{Answers, Error, Once, Options, Rows, Symbols};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// A snapshot, evaluated.
pub(crate) struct Evaluated {
    /// What of the program is needed.
    pub(crate) program: Program,
    pub(crate) evidence: Evidence,
    pub(crate) rejected: Rejected,
    pub(crate) answers: Answers,
    symbols: Symbols,
    workers: usize,
}

impl Evaluated {
    /// Reads and evaluates what the wanted relations need of snapshots and sources, taken together.
    pub(crate) fn read(
        compiled: &Compiled,
        arguments: &[PathBuf],
        wanted: &[RelationId],
        symbols: &Symbols,
        workers: usize,
    ) -> Outcome<Evaluated> {
        let needed = needed(&compiled.program, wanted.to_vec());
        let schema = Schema::from(&compiled.program);
        let wanted = |name: &str| compiled.program.find(name).map(|relation| needed.contains(&relation));
        let Read { facts, rejected } = read(arguments, &schema, symbols, &wanted)?;
        let mut program = compiled.program.clone();
        program.rules.retain(|rule| needed.contains(&rule.head));
        program.dominations.retain(|domination| needed.contains(&domination.relation));
        program.facts.retain(|fact| needed.contains(&fact.relation));
        program.queries.clear();
        let evidence = Evidence::new(facts);
        let answers = evaluate(&program, &evidence, &[], symbols, workers)?;
        Ok(Evaluated { program, evidence, rejected, answers, symbols: symbols.clone(), workers })
    }

    /// Whether there are no facts at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.evidence.facts() == 0 && self.program.facts.is_empty()
    }

    /// Says what of the snapshot could not be used.
    pub(crate) fn tell_rejected(&self, arguments: &[PathBuf], output: &mut Output) -> Outcome {
        if !self.rejected.is_empty() {
            let rows = counted(self.rejected.len(), "row");
            output.note(&format!("{rows} of {} could not be used:", named(arguments)))?;
            output.note(self.rejected.to_string().trim_end())?;
        }
        Ok(())
    }

    /// The answers over edited facts.
    pub(crate) fn with(&self, edits: &[Edit]) -> Outcome<Answers> {
        Ok(evaluate(&self.program, &self.evidence, edits, &self.symbols, self.workers)?)
    }

    /// Whether a fact is given, by a file or by the text of the rules.
    pub(crate) fn is_given(&self, relation: RelationId, row: &[u64]) -> bool {
        let stated = self.program.facts.iter().filter(|fact| fact.relation == relation);
        let is = |values: &[Const]| values.iter().map(|v| self.symbols.constant(v)).eq(row.iter().copied());
        self.evidence.holds(&self.program.relation(relation).name, row) || stated.into_iter().any(|f| is(&f.values))
    }

    /// The tuples of a relation, in the order of their words.
    pub(crate) fn rows(&mut self, relation: RelationId) -> Outcome<Vec<Vec<u64>>> {
        let rows: Rows = self.answers.rows(&self.program.relation(relation).name)?;
        let mut rows: Vec<Vec<u64>> = rows.iter().map(<[u64]>::to_vec).collect();
        rows.sort_unstable();
        Ok(rows)
    }

    /// Where edits can be tried.
    pub(crate) fn trials(&self) -> Trials<'_> {
        Trials { program: &self.program, evidence: &self.evidence, symbols: &self.symbols, workers: self.workers }
    }
}

/// Evaluations over edited facts.
pub(crate) struct Trials<'a> {
    program: &'a Program,
    evidence: &'a Evidence,
    symbols: &'a Symbols,
    workers: usize,
}

impl Laboratory for Trials<'_> {
    fn with(&mut self, edits: &[Edit], look: &mut dyn FnMut(&mut dyn Model) -> Result<(), Error>) -> Result<(), Error> {
        let mut answers = evaluate(self.program, self.evidence, edits, self.symbols, self.workers)?;
        look(&mut explain::Evaluated::new(&mut answers, self.symbols.clone()))
    }
}

fn evaluate(
    program: &Program,
    evidence: &Evidence,
    edits: &[Edit],
    symbols: &Symbols,
    workers: usize,
) -> Result<Answers, Error> {
    let mut sizes = Statistics::new();
    evidence.relations().for_each(|(name, rows)| sizes.set_rows(name, rows.len() as u64));
    let mut plan = plan(program, &sizes);
    let retracted = |relation: &str, row: &[u64]| {
        edits.iter().any(|e| !e.insert && &*program.relation(e.relation).name == relation && e.row == row)
    };
    let declared = plan.relations.iter().filter(|r| !r.name.starts_with('@'));
    let names: HashMap<RelationId, String> = declared.filter_map(|r| Some((r.base?, r.name.to_string()))).collect();
    plan.facts.retain(|(base, values)| {
        let row: Vec<u64> = values.iter().map(|value| symbols.constant(value)).collect();
        names.get(base).is_none_or(|name| !retracted(name, &row))
    });
    let mut once = Once::new(plan, symbols.clone(), Options { workers });
    for (name, rows) in evidence.relations() {
        let base = match once.base(name) {
            Ok(base) => base,
            // A file for a relation that only rules derive: its rows were counted when it was read.
            Err(Error::NotABase(_)) => continue,
            Err(error) => return Err(error),
        };
        let mut columns = once.columns(base)?;
        for row in rows.iter().filter(|row| edits.is_empty() || !retracted(name, row)) {
            columns.push(row);
        }
        once.add(base, columns)?;
    }
    for edit in edits.iter().filter(|edit| edit.insert) {
        let base = once.base(&program.relation(edit.relation).name)?;
        once.insert(base, &edit.row)?;
    }
    Ok(once.evaluate())
}

/// Relations, and all that their rules read.
fn needed(program: &Program, mut open: Vec<RelationId>) -> BTreeSet<RelationId> {
    let mut needed = BTreeSet::new();
    while let Some(relation) = open.pop() {
        if needed.insert(relation) {
            let rules = program.rules.iter().filter(|rule| rule.head == relation);
            let dominations = program.dominations.iter().filter(|d| d.relation == relation).map(|d| &d.rule);
            rules.chain(dominations).for_each(|rule| reads(&rule.body, &mut open));
        }
    }
    needed
}

fn reads(body: &[Literal], relations: &mut Vec<RelationId>) {
    for literal in body {
        match literal {
            Literal::Positive(atom) | Literal::Negative(atom) => relations.push(atom.relation),
            Literal::Constraint(constraint) => {
                for side in [&constraint.left, &constraint.right] {
                    if let Expr::Aggregate(aggregate) = side {
                        reads(&aggregate.body, relations);
                    }
                }
            }
        }
    }
}
