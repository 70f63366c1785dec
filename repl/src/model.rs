//! The model of a session: a program that grows, and the engine that follows it.
//!
//! Every change is made whole or not at all: the changed program is compiled as a whole, the engine is given its plan,
//! and only then does it take the place of the one before. What a plan and the one before it have in common the engine
//! keeps, so a rule typed costs what the rule costs.

use crate::answer::Answer;
use crate::compile::{Compiled, compile, compile_live};
use crate::failure::{Failure, Outcome};
use crate::forks::Forks;
use crate::fragment::{Lookup, fragment, lookup};
use crate::near::did_you_mean;
use crate::progress::Gauge;
use crate::response::Change;
use crate::texts::{Texts, Typed};
use compiler::diagnostic::Diagnostic;
use compiler::planner::{Statistics, not_live};
use compiler::program::{Column, Program, Relation, RelationId};
use compiler::span::{Sources, Span};
use compiler::value::Const;
use ingest::{Rejected, file_name};
use runtime::{Engine, Interrupt, Options, Rows, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A program and its model.
pub struct Model {
    pub(crate) engine: Engine,
    pub(crate) texts: Texts,
    pub(crate) program: Program,
    pub(crate) sources: Sources,
    /// Where facts are read from.
    pub(crate) directory: Option<PathBuf>,
    /// The relations that have been read from there.
    pub(crate) read: BTreeSet<Arc<str>>,
    pub(crate) rejected: Rejected,
    /// Counterfactuals by name.
    pub(crate) forks: Forks,
    /// How large the relations were when facts were last read.
    pub(crate) sizes: Statistics,
    /// The warnings that have been told, each with its place: they come again with every compilation.
    told: BTreeSet<String>,
    /// How far it is with what has many steps.
    pub(crate) gauge: Gauge,
}

/// What a change of the program or its facts came to.
#[derive(Debug, Default)]
pub struct Changed {
    /// What the compiler has to remark.
    pub warnings: Option<(Vec<Diagnostic>, Sources)>,
    /// What happened, in words.
    pub notes: Vec<String>,
    /// Answers of the queries in the files that were loaded.
    pub answers: Vec<Answer>,
    /// Changes of watched relations.
    pub changes: Vec<Change>,
}

impl Model {
    /// An empty program on an engine of so many workers.
    pub fn new(name: &'static str, workers: usize) -> Outcome<Model> {
        Ok(Model::on(Engine::new(Options { workers })?, name))
    }

    /// An empty program on an empty engine. Diagnostics show what will be typed under this name.
    pub fn on(engine: Engine, name: &'static str) -> Model {
        Model {
            engine,
            texts: Texts::new(name),
            program: Program::default(),
            sources: Sources::default(),
            directory: None,
            read: BTreeSet::new(),
            rejected: Rejected::default(),
            forks: Forks::default(),
            sizes: Statistics::new(),
            told: BTreeSet::new(),
            gauge: Gauge::default(),
        }
    }

    /// Adds clauses that were typed.
    pub fn define(&mut self, clauses: &[Typed]) -> Outcome<Changed> {
        let mut texts = self.texts.clone();
        texts.add(clauses);
        let mut changed = self.follow(texts)?;
        let (first, fork) = (clauses.first().map_or(0, |c| c.line), self.forks.current());
        for relation in self.heads_since(first) {
            let name = self.program.relation(relation).name.clone();
            changed.notes.push(format!("{name}: {}", tuples(self.engine.count(fork, &name)?)));
        }
        self.read_inputs_of_change(&mut changed)?;
        Ok(changed)
    }

    /// The relations that have clauses in what was typed from this line on.
    fn heads_since(&self, line: usize) -> BTreeSet<RelationId> {
        let typed = |span: Span| {
            &*self.sources.get(span.source).name == self.texts.name() && self.sources.position(span).0 > line
        };
        let rules = self.program.rules.iter().filter(|r| typed(r.span)).map(|r| r.head);
        let facts = self.program.facts.iter().filter(|f| typed(f.span)).map(|f| f.relation);
        rules.chain(facts).filter(|r| !self.program.queries.contains(r)).collect()
    }

    /// Adds files, or reads them again.
    pub fn load(&mut self, files: &[PathBuf]) -> Outcome<Changed> {
        let mut texts = self.texts.clone();
        files.iter().for_each(|file| texts.load(file));
        let mut changed = self.follow(texts)?;
        let program = &self.program;
        let declared = program.relations.iter().filter(|r| !r.name.starts_with(['@', '?'])).count();
        changed.notes.push(format!(
            "loaded {}; the program has {}, {} and {}",
            files.iter().map(|file| file_name::text(file)).collect::<Vec<_>>().join(", "),
            counted(declared, "relation"),
            counted(program.rules.len(), "rule"),
            counted(program.facts.len(), "fact"),
        ));
        self.read_inputs_of_change(&mut changed)?;
        let queries: Vec<RelationId> = self.program.queries.clone();
        for query in queries {
            let name = self.program.relation(query).name.clone();
            let rows = self.engine.query(
                self.forks.current(),
                &name,
                &vec![None; self.program.relation(query).columns.len()],
            )?;
            changed.answers.push(self.answer(&self.program, query, rows));
        }
        Ok(changed)
    }

    /// Takes the rules of a relation, and the facts stated for it, out of the program.
    pub fn drop_rules(&mut self, name: &str) -> Outcome<Changed> {
        let relation = self.relation(name)?;
        let rules: BTreeSet<Span> = self.program.rules.iter().filter(|r| r.head == relation).map(|r| r.span).collect();
        let facts: BTreeSet<Span> =
            self.program.facts.iter().filter(|f| f.relation == relation).map(|f| f.span).collect();
        if rules.is_empty() && facts.is_empty() {
            return Err(Failure::User(format!("relation `{name}` has no rules and no facts in the program")));
        }
        let mut texts = self.texts.clone();
        texts.blank(&rules.iter().chain(&facts).copied().collect::<Vec<_>>(), &self.sources);
        let mut changed = self.follow(texts)?;
        changed.notes.push(format!(
            "dropped {} and {} of `{name}`",
            counted(rules.len(), "rule"),
            counted(facts.len(), "fact")
        ));
        Ok(changed)
    }

    /// Takes a file out of the program.
    pub fn unload(&mut self, file: &Path) -> Outcome<Changed> {
        let mut texts = self.texts.clone();
        if !texts.unload(file) {
            let (name, loaded) = (file_name::text(file), texts.files().iter().map(|file| file_name::text(file)));
            let loaded: Vec<String> = loaded.collect();
            let near = did_you_mean(&name, loaded.iter().map(String::as_str));
            return Err(Failure::User(format!("{name} is not loaded{near}")));
        }
        let mut changed = self.follow(texts)?;
        changed.notes.push(format!("unloaded {}", file_name::text(file)));
        Ok(changed)
    }

    /// Compiles changed texts and makes the engine follow them; on failure everything stays as it was.
    pub(crate) fn follow(&mut self, mut texts: Texts) -> Outcome<Changed> {
        let Compiled { program, plan, sources, warnings, .. } = compile_live(&texts, &self.sizes)?;
        let refused = not_live(&program.with_scenarios());
        if !refused.is_empty() {
            return Err(Failure::Rules(refused, sources));
        }
        let commit = self.engine.set_plan(plan)?;
        texts.keep(&sources);
        self.texts = texts;
        let notes = self.left_behind(&program)?;
        self.program = program;
        self.sources = sources;
        let changes = self.changes(commit.changes);
        self.watch_what_is_left();
        let new: Vec<Diagnostic> = warnings.into_iter().filter(|w| self.is_news(w)).collect();
        let warnings = (!new.is_empty()).then(|| (new, self.sources.clone()));
        Ok(Changed { warnings, notes, changes, ..Changed::default() })
    }

    fn is_news(&mut self, warning: &Diagnostic) -> bool {
        let (line, column) = self.sources.position(warning.primary.span);
        let file = &self.sources.get(warning.primary.span.source).name;
        self.told.insert(format!("{file}:{line}:{column}: {}", warning.message))
    }

    /// Answers a query.
    pub fn query(&mut self, query: &Typed) -> Outcome<Answer> {
        let mut text = String::new();
        query.append_to(&mut text);
        if let Some(fragment) = fragment(&self.program, self.texts.name(), &text)
            && let [asked] = fragment.program.queries[..]
            && let Some(lookup) = lookup(&fragment.program, asked)
        {
            return self.look_up(&fragment.program, asked, &lookup);
        }
        let Compiled { program, mut plan, extra, .. } = compile(&self.texts, Some(&text), &self.sizes)?;
        let asked = |relation: &RelationId| Some(program.relation(*relation).span.source) == extra;
        let relation = program.queries.iter().copied().find(asked);
        let relation = relation.ok_or_else(|| Failure::User(format!("`{}` is not a query", query.text)))?;
        plan.queries.retain(|r| *r == relation);
        let rows = self.engine.ask(self.forks.current(), &plan)?.pop().unwrap_or_default();
        Ok(self.answer(&program, relation, rows))
    }

    /// Answers what a command asks for: a relation by its name, or a query, without `?-` and full stop if need be.
    pub fn question(&mut self, text: &str, line: usize) -> Outcome<Answer> {
        let text = text.trim();
        if !text.contains('(') && !text.starts_with("?-") {
            let relation = self.relation(text)?;
            let Relation { name, columns, .. } = self.program.relation(relation);
            let rows = self.engine.query(self.forks.current(), name, &vec![None; columns.len()])?;
            return Ok(self.answer(&self.program, relation, rows));
        }
        let body = text.strip_prefix("?-").unwrap_or(text).trim().trim_end_matches('.');
        self.query(&Typed { text: format!("?- {body}."), line, column: 0 })
    }

    fn look_up(&mut self, program: &Program, query: RelationId, lookup: &Lookup) -> Outcome<Answer> {
        let word = |c: &Option<Const>| c.as_ref().map(|c| self.engine.symbols().constant(c));
        let pattern: Vec<Option<u64>> = lookup.pattern.iter().map(word).collect();
        let found = self.engine.query(self.forks.current(), &program.relation(lookup.relation).name, &pattern)?;
        let rows: BTreeSet<Vec<u64>> =
            found.iter().map(|row| lookup.columns.iter().map(|c| row[*c]).collect()).collect();
        let mut answer = Rows::new(lookup.columns.len());
        rows.iter().for_each(|row| answer.push(row));
        Ok(self.answer(program, query, answer))
    }

    /// The rows that could not be used.
    pub fn rejected(&self) -> &Rejected {
        &self.rejected
    }

    /// The declared relation with this name.
    pub(crate) fn relation(&self, name: &str) -> Outcome<RelationId> {
        let declared = self.program.relations.iter().map(|r| &*r.name).filter(|n| !n.starts_with(['@', '?']));
        self.program
            .find(name)
            .ok_or_else(|| Failure::User(format!("there is no relation `{name}`{}", did_you_mean(name, declared))))
    }

    /// Rows of a relation of a program.
    fn answer(&self, program: &Program, relation: RelationId, rows: Rows) -> Answer {
        Answer::new(program.relation(relation).columns.clone(), rows, self.engine.symbols().clone())
    }

    /// What stops what is being done, from another thread.
    pub fn interrupt(&self) -> &Interrupt {
        self.engine.interrupt()
    }

    pub(crate) fn values(&self, row: &[u64], columns: &[Column]) -> Vec<Value> {
        row.iter().zip(columns).map(|(word, c)| Value::of(*word, &c.ty, self.engine.symbols())).collect()
    }
}

fn tuples(n: usize) -> String {
    counted(n, "tuple")
}

/// `1 rule`, `2 rules`.
pub fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
