//! A scenario that happens to each of many elements.
//!
//! A scenario reads a relation `swept`, which is empty in the model. For each element there is a fork in which `swept`
//! holds it, and a fork of that one which follows the scenario: so the scenario's edits are derived from the model and
//! the element alone. What the outputs of that fork have otherwise than the model is counted, and both are dropped. Many
//! elements share an epoch. Cost: that of what each element changes.
//!
//! ```text
//! .decl swept(element: symbol)
//! .scenario failure "one element fails" { +failed(e) :- swept(e). }
//! ```

use super::beyond::{Swept, in_forks, watching};
use super::rows::{Happened, Rows};
use super::{Arguments, progress};
use crate::failure::{Failure, Outcome};
use crate::model::{Model, counted};
use crate::near::did_you_mean;
use crate::output::Output;
use crate::table::literal;
use compiler::program::{Column, DirectiveKind, Program, RelationId};
use runtime::{Engine, Fork, Origin, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The relation that holds the element.
const SWEPT: &str = "swept";

/// One scenario, and each element of a snapshot in turn.
pub(super) fn run(arguments: &Arguments, scenario: &str, output: &mut Output) -> Outcome {
    let mut model = Model::new("<sweep>", usize::from(arguments.jobs))?;
    let loaded = model.load(&arguments.rules)?;
    if let Some((warnings, sources)) = &loaded.warnings {
        output.note(&crate::failure::render(warnings, sources, output.err_style))?;
    }
    if model.program.scenario(scenario).is_none() {
        let scenarios = model.program.scenarios.all.iter().map(|scenario| &*scenario.name);
        let near = did_you_mean(scenario, scenarios);
        return Err(Failure::User(format!("there is no scenario `{scenario}`{near}")));
    }
    let happening = Happening::new(&model, scenario, &arguments.each, &arguments.count, "`--count`")?;
    for note in model.facts(&arguments.snapshot)?.notes {
        output.note(&note)?;
    }
    if model.read.is_empty() || model.engine.facts() == 0 {
        let directory = arguments.snapshot.display();
        return Err(Failure::User(format!("{directory} holds no facts that the rules read")));
    }
    let elements = happening.elements(&mut model)?;
    let (columns, outputs) = (happening.names(), happening.outputs().to_vec());
    let mut rows = Rows::open(arguments.output.as_deref(), arguments.format, columns, &outputs)?;
    let open: Vec<Element> = elements.into_iter().filter(|element| !rows.has(&element.name)).collect();
    if rows.done() > 0 {
        output.note(&format!("{} done before", counted(rows.done(), "element")))?;
    }
    let bar = progress(open.len());
    watching(&mut model.engine, &outputs, &[], |engine| {
        let swept = Swept::new(engine, Fork::BASE, &outputs)?;
        for batch in open.chunks(usize::from(arguments.batch)) {
            rows.write(&happening.happens(engine, &swept, batch)?, output)?;
            bar.inc(batch.len() as u64);
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    output.note(&format!("{} swept", counted(open.len(), "element")))?;
    Ok(())
}

/// A scenario that is to happen to each of some elements.
pub(super) struct Happening {
    scenario: String,
    /// Where the elements stand.
    relation: Arc<str>,
    columns: Vec<(usize, Column)>,
    arity: usize,
    /// The relations whose changes are counted.
    outputs: Vec<Arc<str>>,
}

/// One element, as text and as words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Element {
    pub(super) name: Vec<String>,
    row: Vec<u64>,
}

impl Happening {
    /// `each`: `RELATION(COLUMN, …)`; `count`: the relations to count, or none for all invariants and outputs; `by`: how one
    /// is named where there are none.
    pub(super) fn new(model: &Model, scenario: &str, each: &str, count: &[String], by: &str) -> Outcome<Happening> {
        let (id, columns) = columns(&model.program, each)?;
        check_swept(&model.program, id, &columns)?;
        let relation = model.program.relation(id);
        Ok(Happening {
            scenario: scenario.to_owned(),
            relation: relation.name.clone(),
            columns: columns.into_iter().map(|column| (column, relation.columns[column].clone())).collect(),
            arity: relation.columns.len(),
            outputs: outputs(model, count, by)?,
        })
    }

    /// The names of the columns that say which element.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(_, column)| column.name.to_string()).collect()
    }

    /// The relations whose changes are counted.
    pub(super) fn outputs(&self) -> &[Arc<str>] {
        &self.outputs
    }

    /// All elements of the current model, by their text.
    pub(super) fn elements(&self, model: &mut Model) -> Outcome<Vec<Element>> {
        let at = model.forks.current();
        let rows = model.engine.query(at, &self.relation, &vec![None; self.arity])?;
        let symbols = model.engine.symbols();
        let text = |row: &[u64], (place, column): &(usize, Column)| match Value::of(row[*place], &column.ty, symbols) {
            Value::Symbol(text) => text.to_string(),
            value => literal(&value),
        };
        let one = |row: &[u64]| Element {
            name: self.columns.iter().map(|column| text(row, column)).collect(),
            row: self.columns.iter().map(|(place, _)| row[*place]).collect(),
        };
        let distinct: BTreeSet<Element> = rows.iter().map(one).collect();
        Ok(distinct.into_iter().collect())
    }

    /// One epoch: the forks of some elements, and what they have otherwise than the model. The outputs are watched.
    pub(super) fn happens(&self, engine: &mut Engine, swept: &Swept, batch: &[Element]) -> Outcome<Vec<Happened>> {
        in_forks(engine, |engine, forks| {
            let base = engine.base(SWEPT)?;
            let mut following = Vec::with_capacity(batch.len());
            for element in batch {
                let around = engine.fork_of(swept.at())?;
                forks.push(around);
                engine.insert(around, base, &element.row, Origin::default())?;
                let fork = engine.fork_following(around, &self.scenario)?;
                forks.push(fork);
                following.push(fork);
            }
            let reported = engine.commit()?.changes;
            let changes = swept.beyond(&following, reported);
            let mut happened = Vec::with_capacity(batch.len());
            for (element, fork) in batch.iter().zip(following) {
                let effect = engine.effect(fork)?;
                let count = |relation: &Arc<str>| {
                    let change = changes.get(&(fork, relation.clone()));
                    change.map_or((0, 0), |change| (change.inserted.len(), change.retracted.len()))
                };
                let (element, edits) = (element.name.clone(), effect.inserted + effect.retracted);
                happened.push(Happened { element, edits, changes: self.outputs.iter().map(count).collect() });
            }
            Ok(happened)
        })
    }
}

/// The relation and the columns that `RELATION(COLUMN, …)` names; without columns, all of them.
fn columns(program: &Program, each: &str) -> Outcome<(RelationId, Vec<usize>)> {
    let is_named = |relation: RelationId| program.relation(relation).columns.iter().any(|c| &*c.name == "name");
    let each = match each {
        "device" | "element" if program.find(each).is_some_and(is_named) => &format!("{each}(name)"),
        each => each,
    };
    let (name, named) = each.split_once('(').map_or((each, None), |(name, rest)| (name, Some(rest)));
    let name = name.trim();
    let declared = program.relations.iter().map(|r| &*r.name).filter(|n| !n.starts_with(['@', '?']));
    let unknown = || Failure::User(format!("there is no relation `{name}`{}", did_you_mean(name, declared)));
    let id = program.find(name).ok_or_else(unknown)?;
    let relation = program.relation(id);
    let Some(named) = named else { return Ok((id, (0..relation.columns.len()).collect())) };
    let named = named.trim().strip_suffix(')').ok_or_else(|| Failure::User(format!("`)` is missing in `{each}`")))?;
    let column = |column: &str| {
        let near = || did_you_mean(column, relation.columns.iter().map(|c| &*c.name));
        let found = relation.columns.iter().position(|c| &*c.name == column);
        found.ok_or_else(|| Failure::User(format!("relation `{name}` has no column `{column}`{}", near())))
    };
    Ok((id, named.split(',').map(|name| column(name.trim())).collect::<Outcome<Vec<usize>>>()?))
}

/// Whether elements fit the relation that is to hold them.
fn check_swept(program: &Program, relation: RelationId, columns: &[usize]) -> Outcome {
    let wanted = || {
        let all = &program.relation(relation).columns;
        let declared: Vec<String> = columns.iter().map(|c| format!("{}: {}", all[*c].name, all[*c].ty.name)).collect();
        format!("`.decl {SWEPT}({})`", declared.join(", "))
    };
    let Some(swept) = program.find(SWEPT).map(|id| program.relation(id)) else {
        return Err(Failure::User(format!("the scenario has nothing to sweep over: declare {}", wanted())));
    };
    let primitives = |columns: Vec<&compiler::program::Column>| -> Vec<_> {
        columns.into_iter().map(|column| column.ty.primitive).collect()
    };
    let all = &program.relation(relation).columns;
    if primitives(swept.columns.iter().collect()) != primitives(columns.iter().map(|c| &all[*c]).collect()) {
        return Err(Failure::User(format!("the elements do not fit the columns of `{SWEPT}`: declare {}", wanted())));
    }
    if program.rules.iter().any(|rule| program.relation(rule.head).name == swept.name) {
        return Err(Failure::User(format!("relation `{SWEPT}` has rules; the sweep fills it")));
    }
    Ok(())
}

/// The relations whose changes are counted.
fn outputs(model: &Model, named: &[String], by: &str) -> Outcome<Vec<Arc<str>>> {
    let program = &model.program;
    let name = |id: RelationId| program.relation(id).name.clone();
    if !named.is_empty() {
        return named.iter().map(|relation| Ok(name(model.relation(relation)?))).collect();
    }
    let invariants = program.invariants.iter().map(|invariant| invariant.relation);
    let outputs = program.directives.iter().filter(|d| d.kind == DirectiveKind::Output).map(|d| d.relation);
    let mut seen = BTreeSet::new();
    let all: Vec<Arc<str>> = invariants.chain(outputs).filter(|id| seen.insert(*id)).map(name).collect();
    if all.is_empty() {
        return Err(Failure::User(format!("the rules have no invariant and no output: name one by {by}")));
    }
    Ok(all)
}
