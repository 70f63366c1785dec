//! Asking the model of a session for explanations.

use super::shown::{Place, Shown};
use super::{Explanation, absence, proof, remedies};
use crate::failure::{Failure, Outcome};
use crate::fragment::{fragment, lookup};
use crate::model::{Model, counted};
use crate::near::did_you_mean;
use crate::table::compare_rows;
use compiler::program::{Program, RelationId};
use compiler::span::Sources;
use runtime::explain::{Bounds, Forks, Goal, Limits, Live, Why, how_to, why, why_not};
use runtime::{Engine, Origin, Symbols, Value};
use std::collections::BTreeSet;

/// A relation, and what each column must be.
struct Asked {
    relation: RelationId,
    pattern: Vec<Option<u64>>,
}

impl Model {
    /// Why a tuple holds in the model: the first one that agrees with what is typed.
    pub fn why(&mut self, text: &str) -> Outcome<Explanation> {
        let asked = self.asked(text)?;
        let Some((row, count)) = self.first(&asked)? else {
            let mut absent = self.not(&asked)?;
            absent.notes.insert(0, format!("no tuple of `{}` is so", self.program.relation(asked.relation).name));
            return Ok(absent);
        };
        let found = {
            let fork = self.forks.current();
            let mut model = Live::new(&mut self.engine, fork);
            why(&self.program, &mut model, asked.relation, &row, &Limits::default())?
        };
        let symbols = self.engine.symbols().clone();
        let mut explanation = match found {
            Why::Proof(found) => self.shown(&symbols, |shown| proof(shown, &found)),
            Why::Absent => Explanation::default(),
            Why::Displaced => note("it was derived from tuples that others have since displaced"),
            Why::TooMany => note("there are too many derivations to go through; ask for a tuple that it rests on"),
        };
        if count > 1 {
            let more = format!("the first of {} that agree", counted(count, "tuple"));
            explanation.notes.insert(0, more);
        }
        Ok(explanation)
    }

    /// Why no tuple agrees with what is typed.
    pub fn why_not(&mut self, text: &str) -> Outcome<Explanation> {
        let asked = self.asked(text)?;
        if let Some((row, count)) = self.first(&asked)? {
            let symbols = self.engine.symbols().clone();
            let tuple = self.shown(&symbols, |shown| shown.tuple(asked.relation, &row));
            let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
            return Ok(note(format!("{tuple} holds{more}; `.why {tuple}` says why")));
        }
        self.not(&asked)
    }

    /// What would derive a tuple, or, with a minus in front, remove it.
    pub fn how_to(&mut self, text: &str) -> Outcome<Explanation> {
        let (fact, relations) = match text.rsplit_once(')') {
            Some((fact, rest)) => (format!("{fact})"), rest.trim().trim_start_matches("with").trim()),
            None => (text.to_owned(), ""),
        };
        let holds = !fact.starts_with('-');
        let asked = self.asked(fact.trim_start_matches(['-', '+']))?;
        let allowed = self.editable(relations)?;
        let whole: Option<Vec<u64>> = asked.pattern.iter().copied().collect();
        let row = match (whole, holds) {
            (Some(row), _) => row,
            (None, false) => match self.first(&asked)? {
                Some((row, _)) => row,
                None => return Ok(note("no tuple is so")),
            },
            (None, true) => return Err(Failure::User("a tuple that is to hold has a value for each column".into())),
        };
        let symbols = self.engine.symbols().clone();
        let tuple = self.shown(&symbols, |shown| shown.tuple(asked.relation, &row));
        let exact = Asked { pattern: row.iter().copied().map(Some).collect(), relation: asked.relation };
        let present = self.first(&exact)?.is_some();
        if present == holds {
            return Ok(note(format!("{tuple} {} already", if holds { "holds" } else { "does not hold" })));
        }
        let goal = Goal { holds, relation: asked.relation, row };
        let fork = self.forks.current();
        let mut forks = Forks::new(&mut self.engine, &self.program).within(fork);
        let found = how_to(&self.program, &mut forks, &goal, &allowed, &Bounds::default())?;
        let wanted = format!("{tuple} {}", if holds { "holds" } else { "is gone" });
        Ok(self.shown(&symbols, |shown| remedies(shown, &wanted, &found)))
    }

    fn not(&mut self, asked: &Asked) -> Outcome<Explanation> {
        let absent = {
            let fork = self.forks.current();
            let mut model = Live::new(&mut self.engine, fork);
            why_not(&self.program, &mut model, asked.relation, &asked.pattern, &Limits::default())?
        };
        let symbols = self.engine.symbols().clone();
        Ok(self.shown(&symbols, |shown| absence(shown, asked.relation, &asked.pattern, &absent)))
    }

    /// What is typed, read as one atom.
    fn asked(&self, text: &str) -> Outcome<Asked> {
        let text = text.trim().trim_end_matches('.');
        let name = text.split('(').next().unwrap_or(text).trim();
        let relation = self.relation(name)?;
        let wrong = || {
            let columns = &self.program.relation(relation).columns;
            let columns: Vec<String> = columns.iter().map(|c| format!("{}: {}", c.name, c.ty.name)).collect();
            Failure::User(format!("`{text}` is not a tuple of `{name}({})`", columns.join(", ")))
        };
        let fragment = fragment(&self.program, self.texts.name(), &format!("?- {text}.")).ok_or_else(wrong)?;
        let query = fragment.program.queries.first().copied().ok_or_else(wrong)?;
        let lookup = lookup(&fragment.program, query).ok_or_else(wrong)?;
        let pattern = lookup.pattern.iter().map(|c| c.as_ref().map(|c| self.engine.symbols().constant(c))).collect();
        Ok(Asked { relation, pattern })
    }

    /// The first tuple that agrees, in the order in which answers are shown, and how many there are.
    fn first(&mut self, asked: &Asked) -> Outcome<Option<(Vec<u64>, usize)>> {
        let relation = self.program.relation(asked.relation);
        let rows = self.engine.query(self.forks.current(), &relation.name, &asked.pattern)?;
        let symbols = self.engine.symbols();
        let values = |row: &[u64]| -> Vec<Value> {
            row.iter().zip(&relation.columns).map(|(word, c)| Value::of(*word, &c.ty, symbols)).collect()
        };
        let first = rows.iter().map(|row| (values(row), row)).min_by(|a, b| compare_rows(&a.0, &b.0));
        Ok(first.map(|(_, row)| (row.to_vec(), rows.len())))
    }

    /// The relations whose facts may be edited: those that are named, or all that take facts.
    fn editable(&self, names: &str) -> Outcome<BTreeSet<RelationId>> {
        let names: Vec<&str> = names.split([',', ' ']).filter(|name| !name.is_empty()).collect();
        let takes_facts = |name: &str| self.engine.base(name).is_ok();
        if names.is_empty() {
            let all = self.program.relations.iter().enumerate();
            let given = all.filter(|(_, r)| !r.name.starts_with(['@', '?']) && takes_facts(&r.name));
            return Ok(given.map(|(at, _)| RelationId(at as u32)).collect());
        }
        names
            .into_iter()
            .map(|name| {
                let relation = self.relation(name)?;
                if takes_facts(name) {
                    return Ok(relation);
                }
                let given = self.program.relations.iter().map(|r| &*r.name).filter(|name| takes_facts(name));
                Err(Failure::User(format!("relation `{name}` takes no facts{}", did_you_mean(name, given))))
            })
            .collect()
    }

    fn shown<T>(&self, symbols: &Symbols, show: impl FnOnce(&Shown<'_>) -> T) -> T {
        let (engine, program, sources) = (&self.engine, &self.program, &self.sources);
        let whence = |relation: RelationId, row: &[u64], origins: &[Origin]| {
            places(engine, program, sources, relation, row, origins)
        };
        show(&Shown { program, sources, symbols, whence: &whence })
    }
}

/// Where a fact stands: in a file, in what was typed, or in the text of the program.
fn places(
    engine: &Engine,
    program: &Program,
    sources: &Sources,
    relation: RelationId,
    row: &[u64],
    origins: &[Origin],
) -> Vec<Place> {
    let stated = program.facts.iter().filter(|fact| fact.relation == relation);
    let stated = stated.filter(|fact| fact.values.iter().map(|v| engine.symbols().constant(v)).eq(row.iter().copied()));
    let mut places: Vec<Place> = stated
        .map(|fact| {
            let (line, _) = sources.position(fact.span);
            Place { file: sources.get(fact.span.source).name.to_string(), line }
        })
        .collect();
    for origin in origins {
        let file = engine.source_name(origin.source);
        if !file.is_empty() && (file != "rules" || places.is_empty()) {
            places.push(Place { file: file.to_owned(), line: origin.record as usize });
        }
    }
    places.dedup();
    places
}

fn note(text: impl Into<String>) -> Explanation {
    let text = text.into();
    Explanation { json: serde_json::json!({ "note": text }), notes: vec![text], ..Explanation::default() }
}
