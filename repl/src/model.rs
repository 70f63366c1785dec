//! The model of a session: a program that grows, and the engine that follows it.
//!
//! Every change is made whole or not at all: the changed program is compiled as a whole, the engine is given its plan,
//! and only then does it take the place of the one before. What a plan and the one before it have in common the engine
//! keeps, so a rule typed costs what the rule costs.

use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome};
use crate::near::did_you_mean;
use crate::response::Change;
use crate::table::{Table, compare_rows};
use crate::texts::{Texts, Typed};
use compiler::diagnostic::Diagnostic;
use compiler::planner::Statistics;
use compiler::program::{Program, RelationId};
use compiler::span::{Sources, Span};
use compiler::value::Primitive;
use ingest::{Rejected, Snapshot};
use runtime::{BaseId, Engine, Fork, Options, Origin, Rows, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A program and its model.
pub struct Model {
    pub(crate) engine: Engine,
    texts: Texts,
    pub(crate) program: Program,
    pub(crate) sources: Sources,
    /// Where facts are read from.
    directory: Option<PathBuf>,
    /// The relations that have been read from there.
    read: BTreeSet<Arc<str>>,
    rejected: Rejected,
    /// How large the relations were when facts were last read.
    sizes: Statistics,
    /// The warnings that have been told, each with its place: they come again with every compilation.
    told: BTreeSet<String>,
}

/// A fact to insert or to retract.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Whether it is inserted.
    pub insert: bool,
    /// The fact as typed, without its sign.
    pub fact: Typed,
}

/// What a change of the program or its facts came to.
#[derive(Debug, Default)]
pub struct Changed {
    /// What the compiler has to remark.
    pub warnings: Option<(Vec<Diagnostic>, Sources)>,
    /// What happened, in words.
    pub notes: Vec<String>,
    /// Answers of the queries in the files that were loaded.
    pub answers: Vec<Table>,
    /// Changes of watched relations.
    pub changes: Vec<Change>,
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
    /// An empty program. Diagnostics show what will be typed under this name.
    pub fn new(name: &'static str, workers: usize) -> Outcome<Model> {
        let engine = Engine::new(Options { workers })?;
        Ok(Model {
            engine,
            texts: Texts::new(name),
            program: Program::default(),
            sources: Sources::default(),
            directory: None,
            read: BTreeSet::new(),
            rejected: Rejected::default(),
            sizes: Statistics::new(),
            told: BTreeSet::new(),
        })
    }

    /// Adds clauses that were typed.
    pub fn define(&mut self, clauses: &[Typed]) -> Outcome<Changed> {
        let mut texts = self.texts.clone();
        texts.add(clauses);
        let mut changed = self.follow(texts)?;
        let first = clauses.first().map_or(0, |c| c.line);
        for relation in self.heads_since(first) {
            let name = self.program.relation(relation).name.clone();
            changed.notes.push(format!("{name}: {}", tuples(self.engine.count(Fork::BASE, &name)?)));
        }
        self.read_new_inputs(&mut changed)?;
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
            files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", "),
            counted(declared, "relation"),
            counted(program.rules.len(), "rule"),
            counted(program.facts.len(), "fact"),
        ));
        self.read_new_inputs(&mut changed)?;
        let queries: Vec<RelationId> = self.program.queries.clone();
        for query in queries {
            let name = self.program.relation(query).name.clone();
            let rows = self.engine.query(Fork::BASE, &name, &vec![None; self.program.relation(query).columns.len()])?;
            changed.answers.push(self.table(&self.program, query, &rows));
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

    /// Compiles changed texts and makes the engine follow them; on failure everything stays as it was.
    fn follow(&mut self, mut texts: Texts) -> Outcome<Changed> {
        let Compiled { program, plan, sources, warnings, .. } = compile(&texts, None, &self.sizes)?;
        let commit = self.engine.set_plan(plan)?;
        texts.keep(&sources);
        self.texts = texts;
        self.program = program;
        self.sources = sources;
        let changes = self.changes(commit.changes);
        let new: Vec<Diagnostic> = warnings.into_iter().filter(|w| self.is_news(w)).collect();
        let warnings = (!new.is_empty()).then(|| (new, self.sources.clone()));
        Ok(Changed { warnings, changes, ..Changed::default() })
    }

    fn is_news(&mut self, warning: &Diagnostic) -> bool {
        let (line, column) = self.sources.position(warning.primary.span);
        let file = &self.sources.get(warning.primary.span.source).name;
        self.told.insert(format!("{file}:{line}:{column}: {}", warning.message))
    }

    /// Answers a query.
    pub fn query(&mut self, query: &Typed) -> Outcome<Table> {
        let mut text = String::new();
        query.append_to(&mut text);
        let Compiled { program, mut plan, extra, .. } = compile(&self.texts, Some(&text), &self.sizes)?;
        let asked = |relation: &RelationId| Some(program.relation(*relation).span.source) == extra;
        let relation = program.queries.iter().copied().find(asked);
        let relation = relation.ok_or_else(|| Failure::User(format!("`{}` is not a query", query.text)))?;
        plan.queries.retain(|r| *r == relation);
        let rows = self.engine.ask(Fork::BASE, &plan)?.pop().unwrap_or_default();
        Ok(self.table(&program, relation, &rows))
    }

    /// Inserts and retracts facts, as one epoch.
    pub fn edit(&mut self, edits: &[Edit]) -> Outcome<Edited> {
        let mut text = String::new();
        let mut starts = Vec::new();
        for edit in edits {
            edit.fact.append_to(&mut text);
            starts.push(text.len() - edit.fact.text.len());
        }
        let compiled = compile(&self.texts, Some(&text), &self.sizes);
        let Compiled { program, sources, extra, .. } = compiled.map_err(|f| with_signs(f, edits, &starts))?;
        let mut rows = Vec::new();
        let mut stated = vec![false; edits.len()];
        for fact in program.facts.iter().filter(|f| Some(f.span.source) == extra) {
            let edit = starts.partition_point(|start| *start <= fact.span.start as usize).saturating_sub(1);
            let relation = program.relation(fact.relation);
            let base = self.engine.base(&relation.name)?;
            let row: Vec<u64> = fact.values.iter().map(|v| Value::from(v).word(self.engine.symbols())).collect();
            rows.push((edits[edit].insert, base, row, sources.position(fact.span).0));
            stated[edit] = true;
        }
        if let Some(wrong) = stated.iter().position(|stated| !stated) {
            let text = &edits[wrong].fact.text;
            return Err(Failure::User(format!("only facts can be inserted and retracted, and `{text}` is none")));
        }
        self.forget_facts(&rows);
        let source = self.engine.source(self.texts.name());
        for (insert, base, row, line) in rows {
            if insert {
                let origin = Origin { source, record: u32::try_from(line).unwrap_or(u32::MAX) };
                self.engine.insert(Fork::BASE, base, &row, origin)?;
            } else {
                self.engine.retract(Fork::BASE, base, &row)?;
            }
        }
        let commit = self.engine.commit()?;
        let mut summary =
            format!("epoch {}: {} inserted, {} retracted", commit.epoch, commit.inserted, commit.retracted);
        if commit.without_effect > 0 {
            summary.push_str(&format!(", {} without effect", commit.without_effect));
        }
        Ok(Edited { summary, changes: self.changes(commit.changes) })
    }

    /// Takes facts that are about to be retracted out of the program's text, which would state them again with its next
    /// change. What is only overwritten by spaces leaves the program as it is otherwise.
    fn forget_facts(&mut self, rows: &[(bool, BaseId, Vec<u64>, usize)]) {
        let gone: BTreeSet<(BaseId, &[u64])> = rows.iter().filter(|r| !r.0).map(|r| (r.1, &*r.2)).collect();
        if gone.is_empty() {
            return;
        }
        let mut spans = Vec::new();
        let (engine, relations) = (&self.engine, &self.program.relations);
        self.program.facts.retain(|fact| {
            let Ok(base) = engine.base(&relations[fact.relation.0 as usize].name) else { return true };
            let row: Vec<u64> = fact.values.iter().map(|v| Value::from(v).word(engine.symbols())).collect();
            let stays = !gone.contains(&(base, &row[..]));
            if !stays {
                spans.push(fact.span);
            }
            stays
        });
        self.texts.blank(&spans, &self.sources);
    }

    /// Reads the facts of a directory, also those of relations that are declared later.
    pub fn facts(&mut self, directory: &Path) -> Outcome<Changed> {
        let mut changed = Changed::default();
        let before = self.directory.replace(directory.to_owned());
        self.read.clear();
        if let Err(failure) = self.read_new_inputs(&mut changed) {
            self.directory = before;
            return Err(failure);
        }
        if changed.notes.is_empty() {
            changed.notes.push(format!("{} has no file for a declared relation", directory.display()));
        }
        Ok(changed)
    }

    /// Reads the facts of relations that have not been read yet.
    fn read_new_inputs(&mut self, changed: &mut Changed) -> Outcome {
        let Some(directory) = &self.directory else { return Ok(()) };
        let snapshot = Snapshot::open(directory).map_err(crate::facts::unreadable)?;
        let declared = |name: &str| self.program.relations.iter().any(|r| &*r.name == name);
        let new: Vec<String> = snapshot.relations().iter().map(|r| r.to_string()).collect();
        let new: Vec<String> = new.into_iter().filter(|r| declared(r) && !self.read.contains(&**r)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut rejected = Rejected::default();
        let loaded = ingest::load(&snapshot, &mut self.engine, &mut rejected).map_err(crate::facts::unreadable)?;
        let commit = self.engine.commit()?;
        let read: Vec<String> =
            new.iter().map(|name| format!("{name} {}", loaded.read.get(name).copied().unwrap_or(0))).collect();
        changed.notes.push(format!("read {}: {}", directory.display(), read.join(", ")));
        loaded.read.iter().for_each(|(relation, rows)| self.sizes.set_rows(relation, *rows as u64));
        self.reject(rejected, changed);
        self.read.extend(new.into_iter().map(Arc::from));
        let changes = self.changes(commit.changes);
        changed.changes.extend(changes);
        Ok(())
    }

    /// Reads facts from a source of another kind.
    pub fn import(&mut self, kind: &str, paths: &[PathBuf]) -> Outcome<Changed> {
        let (facts, mut rejected) = crate::import::read(kind, paths)?;
        let stated = ingest::state(&facts, &mut self.engine, &mut rejected).map_err(crate::facts::unreadable)?;
        let commit = self.engine.commit()?;
        let mut changed = Changed::default();
        let read: Vec<String> = stated.read.iter().map(|(relation, n)| format!("{relation} {n}")).collect();
        changed.notes.push(match read.is_empty() {
            true => "the program declares no relation that this source fills".into(),
            false => format!("read {}", read.join(", ")),
        });
        stated.read.iter().for_each(|(relation, rows)| self.sizes.set_rows(relation, *rows as u64));
        self.reject(rejected, &mut changed);
        changed.changes = self.changes(commit.changes);
        Ok(changed)
    }

    /// Keeps the rows that could not be used, and says how many there were.
    fn reject(&mut self, rejected: Rejected, changed: &mut Changed) {
        if !rejected.is_empty() {
            changed.notes.push(format!("{} rejected; `.rejected` lists them", counted(rejected.len(), "row")));
        }
        self.rejected = rejected;
    }

    /// The rows that could not be used.
    pub fn rejected(&self) -> &Rejected {
        &self.rejected
    }

    /// From now on, changes of the relation are reported.
    pub fn watch(&mut self, name: &str) -> Outcome<String> {
        self.relation(name)?;
        self.engine.watch(name)?;
        // The first report is what the relation holds already.
        self.engine.commit()?;
        Ok(format!("watching `{name}`, which has {} now", tuples(self.engine.count(Fork::BASE, name)?)))
    }

    /// Changes of the relation are reported no more.
    pub fn unwatch(&mut self, name: &str) -> Outcome<String> {
        self.relation(name)?;
        self.engine.unwatch(name)?;
        Ok(format!("no longer watching `{name}`"))
    }

    /// The declared relation with this name.
    pub(crate) fn relation(&self, name: &str) -> Outcome<RelationId> {
        let declared = self.program.relations.iter().map(|r| &*r.name).filter(|n| !n.starts_with(['@', '?']));
        self.program
            .find(name)
            .ok_or_else(|| Failure::User(format!("there is no relation `{name}`{}", did_you_mean(name, declared))))
    }

    /// Rows of a relation of a program, sorted, as a table.
    fn table(&self, program: &Program, relation: RelationId, rows: &Rows) -> Table {
        let columns = &program.relation(relation).columns;
        let types: Vec<Primitive> = columns.iter().map(|c| c.ty.primitive).collect();
        let mut table = Table {
            columns: columns.iter().map(|c| (c.name.to_string(), c.ty.primitive)).collect(),
            rows: rows.iter().map(|row| self.values(row, &types)).collect(),
        };
        table.sort();
        table
    }

    fn values(&self, row: &[u64], types: &[Primitive]) -> Vec<Value> {
        row.iter().zip(types).map(|(word, ty)| Value::of(*word, *ty, self.engine.symbols())).collect()
    }

    /// Changes of watched relations, each relation's sorted by tuple.
    fn changes(&self, changes: Vec<runtime::Changes>) -> Vec<Change> {
        let mut all = Vec::new();
        for runtime::Changes { relation, inserted, retracted, .. } in changes {
            let Some(id) = self.program.find(&relation) else { continue };
            let types: Vec<Primitive> = self.program.relation(id).columns.iter().map(|c| c.ty.primitive).collect();
            let signed = |rows: &Rows, inserted: bool| {
                let tuples = rows.iter().map(|row| self.values(row, &types));
                tuples.map(|tuple| Change { inserted, relation: relation.clone(), tuple }).collect::<Vec<_>>()
            };
            let mut signed = [signed(&retracted, false), signed(&inserted, true)].concat();
            signed.sort_by(|a, b| compare_rows(&a.tuple, &b.tuple));
            all.extend(signed);
        }
        all
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

fn tuples(n: usize) -> String {
    counted(n, "tuple")
}

/// `1 rule`, `2 rules`.
pub fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
