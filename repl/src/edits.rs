//! Edits: facts that are inserted into a model and retracted from it.

use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome};
use crate::fragment::{Fragment, fragment};
use crate::model::Model;
use crate::response::Change;
use crate::texts::Typed;
use compiler::span::Sources;
use runtime::{BaseId, Fork, Origin};
use std::collections::BTreeSet;

/// A fact to insert or to retract.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Whether it is inserted.
    pub insert: bool,
    /// The fact as typed, without its sign.
    pub fact: Typed,
}

/// What a commit of edits came to.
#[derive(Debug)]
pub struct Edited {
    /// In words.
    pub summary: String,
    /// Changes of watched relations.
    pub changes: Vec<Change>,
}

impl Model {
    /// Inserts and retracts facts, as one epoch.
    pub fn edit(&mut self, edits: &[Edit]) -> Outcome<Edited> {
        let mut text = String::new();
        let mut starts = Vec::new();
        for edit in edits {
            edit.fact.append_to(&mut text);
            starts.push(text.len() - edit.fact.text.len());
        }
        let (program, sources, source) = match fragment(&self.program, self.texts.name(), &text) {
            Some(Fragment { program, sources, source }) => (program, sources, Some(source)),
            None => {
                let compiled = compile(&self.texts, Some(&text), &self.sizes);
                let Compiled { program, sources, extra, .. } = compiled.map_err(|f| with_signs(f, edits, &starts))?;
                (program, sources, extra)
            }
        };
        let mut rows = Vec::new();
        let mut stated = vec![false; edits.len()];
        for fact in program.facts.iter().filter(|f| Some(f.span.source) == source) {
            let edit = starts.partition_point(|start| *start <= fact.span.start as usize).saturating_sub(1);
            let relation = program.relation(fact.relation);
            let base = self.engine.base(&relation.name)?;
            let row: Vec<u64> = fact.values.iter().map(|v| self.engine.symbols().constant(v)).collect();
            rows.push((edits[edit].insert, base, row, sources.position(fact.span).0));
            stated[edit] = true;
        }
        if let Some(wrong) = stated.iter().position(|stated| !stated) {
            let text = &edits[wrong].fact.text;
            return Err(Failure::User(format!("only facts can be inserted and retracted, and `{text}` is none")));
        }
        let fork = self.forks.current();
        if fork == Fork::BASE {
            self.forget_facts(&rows);
        }
        let source = self.engine.source(self.texts.name());
        for (insert, base, row, line) in rows {
            if insert {
                let origin = Origin { source, record: u32::try_from(line).unwrap_or(u32::MAX) };
                self.engine.insert(fork, base, &row, origin)?;
            } else {
                self.engine.retract(fork, base, &row)?;
            }
        }
        let commit = self.engine.commit()?;
        let place = self.forks.current_name().map_or(String::new(), |name| format!(" in {name}"));
        let mut summary =
            format!("epoch {}{place}: {} inserted, {} retracted", commit.epoch, commit.inserted, commit.retracted);
        if commit.without_effect > 0 {
            summary.push_str(&format!(", {} without effect", commit.without_effect));
        }
        Ok(Edited { summary, changes: self.changes(commit.changes) })
    }

    /// Takes facts that are about to be retracted out of the program's text, which would state them again with its next
    /// change. What is only overwritten by spaces leaves the program as it is otherwise.
    pub(crate) fn forget_facts(&mut self, rows: &[(bool, BaseId, Vec<u64>, usize)]) {
        let gone: BTreeSet<(BaseId, &[u64])> = rows.iter().filter(|r| !r.0).map(|r| (r.1, &*r.2)).collect();
        if gone.is_empty() {
            return;
        }
        let mut spans = Vec::new();
        let (engine, relations) = (&self.engine, &self.program.relations);
        self.program.facts.retain(|fact| {
            let Ok(base) = engine.base(&relations[fact.relation.0 as usize].name) else { return true };
            let row: Vec<u64> = fact.values.iter().map(|v| engine.symbols().constant(v)).collect();
            let stays = !gone.contains(&(base, &row[..]));
            if !stays {
                spans.push(fact.span);
            }
            stays
        });
        self.texts.blank(&spans, &self.sources);
    }
}

/// A failure to compile edits, with their signs where they were typed: the compiler sees facts.
fn with_signs(failure: Failure, edits: &[Edit], starts: &[usize]) -> Failure {
    let Failure::Rules(diagnostics, sources) = failure else { return failure };
    let last = sources.iter().count() - 1;
    let mut shown = Sources::default();
    for (i, source) in sources.iter().enumerate() {
        let mut text = source.text.to_string();
        for (edit, start) in edits.iter().zip(starts).filter(|_| i == last) {
            if let Some(place) = start.checked_sub(1).filter(|place| text[*place..].starts_with(' ')) {
                text.replace_range(place..*start, if edit.insert { "+" } else { "-" });
            }
        }
        shown.add(source.name.clone(), text);
    }
    Failure::Rules(diagnostics, shown)
}
