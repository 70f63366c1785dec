//! `strata diff` and `strata whatif`: what follows from a change, over every output relation.
//!
//! Both sides are evaluated once, over what the outputs and invariants need. First comes what an operator asks first, in
//! words: invariants broken and mended, reachability lost and gained, services down, paths and loads that moved
//! (`words`); then, for each output of one's own rules, how many tuples were lost, gained, and changed in their last
//! column alone. The outputs of the standard rules are counted, and the tuples of a relation shown, on request.

mod show;
mod words;

use crate::check::{Evaluated, Evidence};
use crate::cli;
use crate::compile::{Compiled, compile};
use crate::failure::{Failure, Outcome, render};
use crate::given::named;
use crate::model::counted;
use crate::near::did_you_mean;
use crate::output::Output;
use crate::rule_files;
use crate::table::{compare_rows, printable};
use crate::texts::Texts;
use compiler::planner::Statistics;
use compiler::program::{Column, DirectiveKind, Program, RelationId, Scenario};
use runtime::explain::Edit;
use runtime::{Answers, Symbols, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The standard rule files whose outputs are compared.
const STANDARD: [&str; 3] = ["<network.dl>", "<traffic.dl>", "<invariants.dl>"];

/// What became of the outputs.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Violations that came: the invariant, and what it says.
    pub broken: Vec<(String, String)>,
    /// Violations that went.
    pub mended: Vec<(String, String)>,
    /// The output relations, in the order of the rules.
    pub differences: Vec<Difference>,
    /// The pairs between which there should be a path, before and after.
    pub wanted: [BTreeSet<Vec<String>>; 2],
    /// How many facts each side has more than the other, by relation: gone, come.
    pub facts: BTreeMap<String, (usize, usize)>,
}

/// What became of an output relation.
#[derive(Debug)]
pub struct Difference {
    /// Its name.
    pub relation: String,
    /// Whether it is one of the standard rules'.
    pub standard: bool,
    /// Its columns.
    pub columns: Vec<String>,
    /// The tuples that went.
    pub lost: Vec<Vec<Value>>,
    /// The tuples that came.
    pub gained: Vec<Vec<Value>>,
    /// Those whose last column alone is another: the tuple before, and that column after.
    pub changed: Vec<(Vec<Value>, Value)>,
    /// How many tuples there are now.
    pub now: usize,
}

impl Difference {
    /// Whether there is one.
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.gained.is_empty() && self.changed.is_empty()
    }
}

/// `strata diff BEFORE AFTER`
pub fn diff(arguments: &cli::Diff, output: &mut Output) -> Outcome {
    let compiled = compiled(&arguments.rules, &[], output)?;
    let roots = roots(&compiled.program);
    let (symbols, workers) = (Symbols::default(), usize::from(arguments.rules.jobs));
    let [of_before, of_after] = [&arguments.before, &arguments.after].map(std::slice::from_ref);
    let mut before = Evaluated::read(&compiled, of_before, &roots, &symbols, workers)?;
    let mut after = Evaluated::read(&compiled, of_after, &roots, &symbols, workers)?;
    for (side, given) in [(&before, of_before), (&after, of_after)] {
        if side.is_empty() {
            return Err(Failure::User(format!("{} holds no facts that the rules read", named(given))));
        }
        side.tell_rejected(given, output)?;
    }
    let facts = changed_facts(&before.evidence, &after.evidence);
    let comparison = compare(&compiled, &symbols, &mut before.answers, &mut after.answers, facts)?;
    tell(&comparison, &arguments.rules, output)
}

/// `strata whatif SNAPSHOT SCENARIO.dl`
pub fn whatif(arguments: &cli::Whatif, output: &mut Output) -> Outcome {
    let mut compiled = compiled(&arguments.rules, std::slice::from_ref(&arguments.file), output)?;
    compiled.program = compiled.program.with_scenarios();
    let scenario = chosen(&compiled, arguments)?;
    let mut wanted = roots(&compiled.program);
    wanted.extend(scenario.edits.iter().map(|edit| edit.tuples));
    let (symbols, workers) = (Symbols::default(), usize::from(arguments.rules.jobs));
    let given = std::slice::from_ref(&arguments.snapshot);
    let mut before = Evaluated::read(&compiled, given, &wanted, &symbols, workers)?;
    if before.is_empty() {
        return Err(Failure::User(format!("{} holds no facts that the rules read", named(given))));
    }
    before.tell_rejected(given, output)?;
    let edits = edits(&scenario, &mut before)?;
    if edits.is_empty() {
        output.note(&format!("scenario `{}` edits nothing here", scenario.name))?;
    }
    let mut facts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for edit in &edits {
        let of = facts.entry(compiled.program.relation(edit.relation).name.to_string()).or_default();
        *(if edit.insert { &mut of.1 } else { &mut of.0 }) += 1;
    }
    let mut after = before.with(&edits)?;
    let comparison = compare(&compiled, &symbols, &mut before.answers, &mut after, facts)?;
    tell(&comparison, &arguments.rules, output)
}

/// The rules as one program.
fn compiled(rules: &cli::Compared, more: &[PathBuf], output: &mut Output) -> Outcome<Compiled> {
    let mut texts = Texts::new("<command line>");
    if !rules.no_standard {
        STANDARD.iter().for_each(|file| texts.load(Path::new(file)));
    }
    rule_files::find(&rules.rules)?.iter().chain(more).for_each(|file| texts.load(file));
    let compiled = compile(&texts, None, &Statistics::new())?;
    if !compiled.warnings.is_empty() {
        output.note(&render(&compiled.warnings, &compiled.sources, output.err_style))?;
    }
    for name in &rules.show {
        let known = outputs(&compiled.program).map(|id| &*compiled.program.relation(id).name);
        let known: Vec<&str> = known.collect();
        if !known.contains(&name.as_str()) {
            let near = did_you_mean(name, known);
            return Err(Failure::User(format!("there is no output relation `{name}`{near}")));
        }
    }
    Ok(compiled)
}

/// The output relations, each once, in the order of the rules.
fn outputs(program: &Program) -> impl Iterator<Item = RelationId> {
    let invariants: BTreeSet<RelationId> = program.invariants.iter().map(|invariant| invariant.relation).collect();
    let outputs = program.directives.iter().filter(|d| d.kind == DirectiveKind::Output).map(|d| d.relation);
    let mut seen = BTreeSet::new();
    let outputs: Vec<RelationId> = outputs.filter(|id| !invariants.contains(id) && seen.insert(*id)).collect();
    outputs.into_iter()
}

fn roots(program: &Program) -> Vec<RelationId> {
    outputs(program).chain(program.invariants.iter().map(|invariant| invariant.relation)).collect()
}

/// The scenario that is meant: the one that is named, or the only one of the file.
fn chosen(compiled: &Compiled, arguments: &cli::Whatif) -> Outcome<Scenario> {
    let file = ingest::file_name::text(&arguments.file);
    let of_file = |scenario: &&Scenario| *compiled.sources.get(scenario.span.source).name == *file;
    let all: Vec<&Scenario> = match &arguments.scenario {
        Some(_) => compiled.program.scenarios.all.iter().collect(),
        None => compiled.program.scenarios.all.iter().filter(of_file).collect(),
    };
    let names = || all.iter().map(|scenario| &*scenario.name);
    match (&arguments.scenario, &all[..]) {
        (Some(name), _) => match all.iter().find(|scenario| *scenario.name == **name) {
            Some(scenario) => Ok((*scenario).clone()),
            None => Err(Failure::User(format!("there is no scenario `{name}`{}", did_you_mean(name, names())))),
        },
        (None, [only]) => Ok((*only).clone()),
        (None, []) => Err(Failure::User(format!("{} states no `.scenario`", arguments.file.display()))),
        (None, _) => {
            let names = names().collect::<Vec<_>>().join(", ");
            Err(Failure::User(format!("which scenario? `--scenario NAME` chooses among {names}")))
        }
    }
}

/// What a scenario edits in a snapshot: only what makes a difference there.
fn edits(scenario: &Scenario, before: &mut Evaluated) -> Outcome<Vec<Edit>> {
    let mut edits = Vec::new();
    let mut inserted = BTreeSet::new();
    // What is both retracted and inserted is there.
    let mut both: Vec<_> = scenario.edits.iter().collect();
    both.sort_by_key(|edit| !edit.insert);
    for edit in both {
        for row in before.rows(edit.tuples)? {
            let known = inserted.contains(&(edit.relation, row.clone()));
            if edit.insert {
                inserted.insert((edit.relation, row.clone()));
            }
            let holds = before.is_given(edit.relation, &row);
            if !known && holds != edit.insert {
                edits.push(Edit { insert: edit.insert, relation: edit.relation, row });
            }
        }
    }
    Ok(edits)
}

fn changed_facts(before: &Evidence, after: &Evidence) -> BTreeMap<String, (usize, usize)> {
    let mut changed: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, rows) in before.relations() {
        changed.entry(name.to_owned()).or_default().0 = rows.iter().filter(|row| !after.holds(name, row)).count();
    }
    for (name, rows) in after.relations() {
        changed.entry(name.to_owned()).or_default().1 = rows.iter().filter(|row| !before.holds(name, row)).count();
    }
    changed.retain(|_, counts| *counts != (0, 0));
    changed
}

fn compare(
    compiled: &Compiled,
    symbols: &Symbols,
    before: &mut Answers,
    after: &mut Answers,
    facts: BTreeMap<String, (usize, usize)>,
) -> Outcome<Comparison> {
    let program = &compiled.program;
    let wanted = [wanted(program, symbols, before)?, wanted(program, symbols, after)?];
    let mut comparison = Comparison { facts, wanted, ..Comparison::default() };
    let set = |answers: &mut Answers, name: &str| -> Outcome<BTreeSet<Vec<u64>>> {
        Ok(answers.rows(name)?.iter().map(<[u64]>::to_vec).collect())
    };
    for invariant in &program.invariants {
        let relation = program.relation(invariant.relation);
        let (old, new) = (set(before, &relation.name)?, set(after, &relation.name)?);
        let say = |row: &Vec<u64>| {
            let value = |at: usize| Value::of(row[at], &relation.columns[at].ty, symbols).to_string();
            (relation.name.to_string(), printable(&invariant.message.fill(value)).into_owned())
        };
        comparison.broken.extend(new.difference(&old).map(say));
        comparison.mended.extend(old.difference(&new).map(say));
    }
    comparison.broken.sort();
    comparison.mended.sort();
    for id in outputs(program) {
        let relation = program.relation(id);
        let (old, new) = (set(before, &relation.name)?, set(after, &relation.name)?);
        let values = |row: &Vec<u64>| -> Vec<Value> {
            row.iter().zip(&relation.columns).map(|(word, c)| Value::of(*word, &c.ty, symbols)).collect()
        };
        let mut lost: Vec<&Vec<u64>> = old.difference(&new).collect();
        let mut gained: Vec<&Vec<u64>> = new.difference(&old).collect();
        let changed = changed(&mut lost, &mut gained);
        let sorted = |rows: Vec<&Vec<u64>>| {
            let mut rows: Vec<Vec<Value>> = rows.into_iter().map(values).collect();
            rows.sort_by(|a, b| compare_rows(a, b));
            rows
        };
        let mut changed: Vec<(Vec<Value>, Value)> =
            changed.into_iter().filter_map(|(old, new)| Some((values(&old), values(&new).pop()?))).collect();
        changed.sort_by(|a, b| compare_rows(&a.0, &b.0));
        comparison.differences.push(Difference {
            relation: relation.name.to_string(),
            standard: compiled.sources.get(relation.span.source).name.starts_with('<'),
            columns: relation.columns.iter().map(|c| c.name.to_string()).collect(),
            lost: sorted(lost),
            gained: sorted(gained),
            changed,
            now: new.len(),
        });
    }
    Ok(comparison)
}

/// The pairs that the standard rules look for a path for.
fn wanted(program: &Program, symbols: &Symbols, answers: &mut Answers) -> Outcome<BTreeSet<Vec<String>>> {
    let Some(relation) = program.find("wanted").filter(|_| program.find("unresolved").is_some()) else {
        return Ok(BTreeSet::new());
    };
    let columns = &program.relation(relation).columns;
    let value = |(word, column): (&u64, &Column)| Value::of(*word, &column.ty, symbols).to_string();
    Ok(answers.rows("wanted")?.iter().map(|row| row.iter().zip(columns).map(value).collect()).collect())
}

/// The rows before, and the rows after.
type Sides = (Vec<Vec<u64>>, Vec<Vec<u64>>);

/// Takes out the pairs that differ in their last column alone, where no other tuple has the same columns before it.
fn changed(lost: &mut Vec<&Vec<u64>>, gained: &mut Vec<&Vec<u64>>) -> Vec<(Vec<u64>, Vec<u64>)> {
    let key = |row: &Vec<u64>| row.split_last().map(|(_, key)| key.to_vec()).filter(|key| !key.is_empty());
    let mut by_key: BTreeMap<Vec<u64>, Sides> = BTreeMap::new();
    for row in lost.iter() {
        key(row).into_iter().for_each(|key| by_key.entry(key).or_default().0.push((*row).clone()));
    }
    for row in gained.iter() {
        key(row).into_iter().for_each(|key| by_key.entry(key).or_default().1.push((*row).clone()));
    }
    by_key.retain(|_, (old, new)| old.len() == 1 && new.len() == 1);
    let is_changed = |row: &Vec<u64>| key(row).is_some_and(|key| by_key.contains_key(&key));
    lost.retain(|row| !is_changed(row));
    gained.retain(|row| !is_changed(row));
    by_key.into_values().filter_map(|(mut old, mut new)| Some((old.pop()?, new.pop()?))).collect()
}

fn tell(comparison: &Comparison, rules: &cli::Compared, output: &mut Output) -> Outcome {
    let text = match rules.format {
        cli::CompareFormat::Human => show::human(comparison, rules, output.out_style),
        cli::CompareFormat::Json => show::json(comparison).to_string(),
    };
    if !text.is_empty() {
        output.data(text.trim_end())?;
    }
    let differ = comparison.differences.iter().filter(|difference| !difference.is_empty()).count();
    let (gone, come) = comparison.facts.values().fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
    let hint = match rules.format {
        cli::CompareFormat::Human if differ > 0 && !rules.details => "; `--details` tells all",
        _ => "",
    };
    output.note(&format!(
        "{} went and {come} came; {differ} of {} differ, {} broken, {} mended{hint}",
        counted(gone, "fact"),
        counted(comparison.differences.len(), "output relation"),
        counted(comparison.broken.len(), "invariant violation"),
        comparison.mended.len(),
    ))?;
    Ok(())
}
