//! `.sweep`: over the model that a shell holds, in the fork that is current. What follows of each element is ranked, the
//! worst first.
//!
//! ```text
//! .sweep                                 each device and each cable fails
//! .sweep switch                          each element of a kind, or each device of a role
//! .sweep pairs core,distribution         every two of them at once; `mlag` or a file, as with `--pairs`
//! .sweep failure link(a, b) path         a scenario happens to each; tuples of `path` are counted
//! ```
//!
//! Whoever has seen enough stops it between two epochs, and is shown what there is. Either way no fork and no watch is left.

use super::beyond::{self, watching};
use super::intact::{Intact, KINDS, Tables, watched};
use super::pairs::Failing;
use super::ranking;
use super::rows::Happened;
use super::scenario::Happening;
use super::tally::Tally;
use crate::answer::Answer;
use crate::command::{outside_brackets, path};
use crate::failure::{Failure, Outcome};
use crate::model::{Model, counted};
use crate::near::did_you_mean;
use compiler::program::Column;
use compiler::value::{Primitive, Type};
use runtime::{Engine, Rows, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// How many elements share an epoch.
const BATCH: usize = 64;

/// The relations that the rules about failures need or derive, and how many columns each has.
const NEEDED: [(&str, usize); 9] = [
    ("failed", 1),
    ("element", 2),
    ("device", 3),
    ("mlag", 3),
    ("cut", 3),
    ("service_down", 2),
    ("lost", 2),
    ("overload", 4),
    ("utilisation", 3),
];

/// What fails.
enum Chosen<'a> {
    Kind(&'a str),
    Pairs(PathBuf),
}

/// What a sweep came to.
#[derive(Debug)]
pub struct Swept {
    /// Of each element that matters a row, the worst first.
    pub answer: Option<Answer>,
    /// What there is to say of all of them.
    pub notes: Vec<String>,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

impl Swept {
    /// Of so many that were done, of so many.
    fn of(answer: Option<Answer>, mut notes: Vec<String>, (done, all, what): (usize, usize, &str)) -> Swept {
        let stopped = done < all;
        if stopped {
            // What there is to say of none is nothing.
            notes.truncate(if done == 0 { 0 } else { notes.len() });
            notes.insert(0, format!("stopped after {done} of {}", counted(all, what)));
        }
        Swept { answer, notes, stopped }
    }
}

impl Model {
    /// Sweeps the current model. `words`: what stands behind `.sweep`.
    pub fn sweep(&mut self, words: &str) -> Outcome<Swept> {
        let words = outside_brackets(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let is_scenario = |word: &str| self.program.scenario(word).is_some();
        let swept = match words[..] {
            [scenario, ref rest @ ..] if is_scenario(scenario) => self.sweep_scenario(scenario, rest),
            [] => self.sweep_failures(&Chosen::Kind("element")),
            ["pairs"] => Err(Failure::User("which pairs: `mlag`, kinds with commas between them, or a file".into())),
            ["pairs", ref which @ ..] => self.sweep_failures(&Chosen::Pairs(path(&which.join(" ")))),
            [kind] => self.sweep_failures(&Chosen::Kind(kind)),
            [first, ..] => {
                let near = did_you_mean(first, self.scenario_names().chain(["pairs"]));
                Err(Failure::User(format!("there is no scenario `{first}` to sweep with{near}")))
            }
        };
        self.gauge.clear();
        swept
    }

    /// What follows if each of some elements fails.
    fn sweep_failures(&mut self, chosen: &Chosen) -> Outcome<Swept> {
        let columns = |name: &str| self.program.find(name).map(|id| self.program.relation(id).columns.len());
        if NEEDED.iter().any(|(name, arity)| columns(name) != Some(*arity)) {
            let near = match chosen {
                Chosen::Kind(word) => did_you_mean(word, self.scenario_names()),
                Chosen::Pairs(_) => String::new(),
            };
            let what = "the rules say nothing of failures; `.include <failure.dl>` brings those that do";
            return Err(Failure::User(format!("{what}{near}")));
        }
        let tables = Tables { element: self.text("element")?, device: self.text("device")?, mlag: self.text("mlag")? };
        let intact = Intact::new(&mut self.engine, self.forks.current(), tables)?;
        let others: Vec<&str> = self.scenario_names().chain(["pairs"]).collect();
        let (failing, what) = match chosen {
            Chosen::Kind(kind) => (intact.elements(kind, &others)?, "element"),
            Chosen::Pairs(which) => (intact.pairs(which)?, "pair"),
        };
        let all: Vec<&Failing> = failing.iter().collect();
        let rows = self.batches(&watched(), &all, |engine, batch| intact.fail(engine, batch))?;
        let worst: Vec<&Tally> = rows.iter().filter(|tally| ranking::matters(tally)).collect();
        let mut notes = vec![match worst.len() {
            0 => ranking::NOTHING.to_owned(),
            n => format!("{n} of {} matter", counted(rows.len(), what)),
        }];
        notes.push(ranking::headroom(intact.utilisation(), intact.tiers(), &rows, None));
        let answer = (!worst.is_empty()).then(|| self.tallies(&worst)).transpose()?;
        Ok(Swept::of(answer, notes, (rows.len(), all.len(), what)))
    }

    /// What a scenario changes for each of some elements.
    fn sweep_scenario(&mut self, scenario: &str, words: &[&str]) -> Outcome<Swept> {
        let (each, count) = words.split_first().map_or(("element", words), |(each, count)| (*each, count));
        let count: Vec<String> = count.iter().map(|name| (*name).to_owned()).collect();
        let happening = Happening::new(self, scenario, each, &count, "its name, behind the elements")?;
        let (elements, outputs) = (happening.elements(self)?, happening.outputs().to_vec());
        let swept = beyond::Swept::new(&mut self.engine, self.forks.current(), &outputs)?;
        let rows = self.batches(&outputs, &elements, |engine, batch| happening.happens(engine, &swept, batch))?;
        let counts = outputs.iter().flat_map(|output| [format!("{output} more"), format!("{output} less")]);
        let counted_in = |row: &Happened| -> Vec<u64> {
            row.changes.iter().flat_map(|(more, less)| [*more as u64, *less as u64]).collect()
        };
        let changed: Vec<(&Happened, Vec<u64>)> =
            rows.iter().map(|row| (row, counted_in(row))).filter(|(_, counts)| counts.iter().any(|n| *n > 0)).collect();
        // Of many outputs most have the same as before, whatever happens.
        let shown: Vec<(usize, String)> =
            counts.enumerate().filter(|(at, _)| changed.iter().any(|(_, counts)| counts[*at] > 0)).collect();
        let names = happening.names().into_iter().map(|name| (name, Primitive::Symbol));
        let sums = ["edits", "changes"].map(str::to_owned).into_iter();
        let sums = sums.chain(shown.iter().map(|(_, name)| name.clone())).map(|name| (name, Primitive::Unsigned));
        let cells = |(row, counts): &(&Happened, Vec<u64>)| {
            let element = row.element.iter().map(|text| Value::Symbol(text.as_str().into()));
            let sums = [row.edits as u64, counts.iter().sum()].into_iter();
            element.chain(sums.chain(shown.iter().map(|(at, _)| counts[*at])).map(Value::Unsigned)).collect()
        };
        let most = vec![format!("-{}", happening.names().len() + 2)];
        let columns: Vec<(String, Primitive)> = names.chain(sums).collect();
        let notes = vec![match changed.len() {
            0 => "nothing that happens changes anything".to_owned(),
            n => format!("{n} of {} change something", counted(rows.len(), "element")),
        }];
        let ranked = || self.ranked(&columns, changed.iter().map(cells).collect(), &most);
        let answer = (!changed.is_empty()).then(ranked).transpose()?;
        Ok(Swept::of(answer, notes, (rows.len(), elements.len(), "element")))
    }

    /// Does epoch after epoch, until all is done or whoever asked has seen enough; gives the rows of what was done.
    fn batches<T, R>(
        &mut self,
        relations: &[Arc<str>],
        all: &[T],
        act: impl Fn(&mut Engine, &[T]) -> Outcome<Vec<R>>,
    ) -> Outcome<Vec<R>> {
        let kept: Vec<Arc<str>> = relations.iter().filter(|name| self.forks.watches(name)).cloned().collect();
        let (gauge, interrupt) = (self.gauge.clone(), self.engine.interrupt().clone());
        gauge.of(all.len());
        // What cannot be given up half-way is one epoch of many.
        let _steps = interrupt.steps();
        watching(&mut self.engine, relations, &kept, |engine| {
            let mut rows = Vec::with_capacity(all.len());
            for batch in all.chunks(BATCH) {
                if interrupt.is_raised() {
                    break;
                }
                rows.extend(act(engine, batch)?);
                gauge.at(rows.len());
            }
            Ok(rows)
        })
    }

    /// The rows of a relation in the current model, as text.
    fn text(&mut self, relation: &str) -> Outcome<Vec<Vec<String>>> {
        let columns = self.program.relation(self.relation(relation)?).columns.clone();
        let rows = self.engine.query(self.forks.current(), relation, &vec![None; columns.len()])?;
        Ok(rows.iter().map(|row| self.values(row, &columns).iter().map(Value::to_string).collect()).collect())
    }

    /// What follows of failures, as an answer.
    fn tallies(&self, tallies: &[&Tally]) -> Outcome<Answer> {
        let text = |text: &String| Value::Symbol(text.as_str().into());
        let row = |t: &&Tally| {
            let counts = [t.services_down as u64, t.sessions_lost, t.cut as u64, t.overloaded as u64, t.worst_percent];
            let names = [text(&t.element), text(&t.kind)].into_iter();
            let link = [text(&t.worst_from), text(&t.worst_to)];
            names.chain(counts.map(Value::Unsigned)).chain(link).collect()
        };
        let columns = ["element", "kind", "down", "lost", "cut", "overloaded", "percent", "from", "to"];
        let is_text = |name: &str| ["element", "kind", "from", "to"].contains(&name);
        let primitive = |name: &str| if is_text(name) { Primitive::Symbol } else { Primitive::Unsigned };
        let columns = columns.map(|name| (name.to_owned(), primitive(name)));
        let worst = ["-down", "-lost", "-cut", "-overloaded", "-percent"].map(String::from);
        self.ranked(&columns, tallies.iter().map(row).collect(), &worst)
    }

    /// Rows as an answer, in this order.
    fn ranked(&self, columns: &[(String, Primitive)], cells: Vec<Vec<Value>>, order: &[String]) -> Outcome<Answer> {
        let symbols = self.engine.symbols();
        let mut rows = Rows::new(columns.len());
        for row in cells {
            rows.push(&row.iter().map(|value| value.word(symbols)).collect::<Vec<u64>>());
        }
        let column = |(name, primitive): &(String, Primitive)| Column {
            name: name.as_str().into(),
            ty: Type::plain(*primitive),
        };
        let mut answer = Answer::new(columns.iter().map(column).collect(), rows, symbols.clone());
        answer.sort(order)?;
        Ok(answer)
    }

    /// What may stand behind `.sweep`, for completion.
    pub(crate) fn sweepable(&self) -> Vec<String> {
        KINDS.into_iter().chain(["pairs"]).chain(self.scenario_names()).map(str::to_owned).collect()
    }

    fn scenario_names(&self) -> impl Iterator<Item = &str> {
        self.program.scenarios.all.iter().map(|scenario| &*scenario.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edits::Edit;
    use crate::texts::Typed;
    use runtime::{Fork, Held};

    const RULES: &str = "\
.decl link(a: symbol, b: symbol)
.decl path(a: symbol, b: symbol)
.output path
path(a, b) :- link(a, b).
path(a, c) :- path(a, b), link(b, c).
.decl swept(node: symbol)
.scenario failure \"a node fails\" { -link(a, b) :- swept(n), link(a, b), (a = n ; b = n). }
";

    fn typed(text: &str) -> Typed {
        Typed { text: text.to_owned(), ..Typed::default() }
    }

    fn edit(model: &mut Model, insert: bool, fact: &str) -> Vec<String> {
        let done = model.edit(&[Edit { insert, fact: typed(fact) }]).expect("an edit");
        done.changes.iter().map(ToString::to_string).collect()
    }

    /// A chain of links, and one that leads nowhere else.
    fn model() -> Model {
        let mut model = Model::new("<test>", 1).expect("a model");
        model.define(&[typed(RULES)]).expect("the rules are right");
        for fact in ["link(\"a\", \"b\").", "link(\"b\", \"c\").", "link(\"c\", \"d\").", "link(\"x\", \"y\")."] {
            edit(&mut model, true, fact);
        }
        model
    }

    fn rows(swept: Swept) -> Vec<String> {
        let mut answer = swept.answer.expect("rows");
        let page = answer.page(None, &runtime::Interrupt::default()).expect("a page");
        page.rows.iter().map(|row| row.iter().map(Value::to_string).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_sweep_ranks_what_a_scenario_changes_in_the_current_model() {
        let mut model = model();
        // Of the 6 ways along the chain, b and c are on 5 each and a on 3.
        let wanted = ["b 2 5 5", "c 2 5 5", "a 1 3 3", "x 1 1 1"];
        assert_eq!(rows(model.sweep("failure link(a) path").expect("a sweep")), wanted);
        assert_eq!(rows(model.sweep("failure link(a)").expect("a sweep")), wanted, "outputs are counted");
        // In a fork, where the chain begins and ends one further, as it is there.
        model.open_fork("other", None).expect("a fork");
        edit(&mut model, false, "link(\"a\", \"b\").");
        edit(&mut model, true, "link(\"d\", \"e\").");
        let wanted = ["c 2 5 5", "d 2 5 5", "b 1 3 3", "x 1 1 1"];
        assert_eq!(rows(model.sweep("failure link(a) path").expect("a sweep")), wanted);
    }

    #[test]
    fn a_sweep_leaves_no_fork_and_no_watch_behind_and_nobody_sees_its_forks() {
        let mut model = model();
        model.watch("path").expect("it is watched");
        model.open_fork("mine", None).expect("a fork");
        edit(&mut model, true, "link(\"d\", \"e\").");
        model.use_fork("base").expect("the base");
        let (forks, held): (Vec<Fork>, Held) = (model.engine.forks().collect(), model.engine.held().expect("a count"));
        for words in
            ["failure link(a) path link", "failure link(a, b)", "failure link(a) nowhere", "mlag", "pairs mlag"]
        {
            let _ = model.sweep(words);
            assert_eq!(model.engine.forks().collect::<Vec<_>>(), forks, "{words}");
            assert_eq!(model.engine.held().expect("a count").edits, held.edits, "{words}");
            assert!(model.engine.commit().expect("a commit").changes.is_empty(), "{words}");
        }
        // What was watched still is, and only that.
        assert_eq!(edit(&mut model, true, "link(\"y\", \"z\")."), ["+path(\"x\", \"z\")", "+path(\"y\", \"z\")"]);
        let engine = &mut model.engine;
        let (base, word) = (engine.base("link").expect("a base"), engine.symbols().intern("q"));
        engine.insert(Fork::BASE, base, &[word, word], runtime::Origin::default()).expect("a fact");
        let told = engine.commit().expect("a commit").changes;
        assert!(told.iter().all(|change| &*change.relation == "path") && !told.is_empty(), "{told:?}");
    }

    #[test]
    fn an_interrupt_stops_a_sweep_between_two_epochs_and_what_was_done_is_told() {
        let mut model = model();
        let all: Vec<usize> = (0..3 * BATCH).collect();
        let done = model.batches(&[], &all, |engine, batch| {
            // Within an epoch the signal is heard later, and says so to nobody.
            let _held = engine.interrupt().hold();
            assert!(!engine.interrupt().is_held());
            engine.interrupt().raise();
            Ok(batch.to_vec())
        });
        assert_eq!(done.expect("it is stopped").len(), BATCH);
        let swept = model.sweep("failure link(a) path").expect("it is stopped at once");
        assert!(swept.stopped && swept.answer.is_none(), "{swept:?}");
        assert_eq!(swept.notes, ["stopped after 0 of 4 elements"]);
        model.interrupt().clear();
        assert!(!model.sweep("failure link(a) path").expect("a sweep").stopped);
    }

    #[test]
    fn what_cannot_be_swept_is_told_with_what_to_do() {
        let mut model = model();
        let mut told = |words: &str| match model.sweep(words) {
            Err(Failure::User(told)) => told,
            other => panic!("{words}: {other:?}"),
        };
        assert!(told("").contains("`.include <failure.dl>` brings those that do"));
        assert!(told("failur").ends_with("did you mean `failure`?"));
        assert!(
            told("failur link(a)").contains("there is no scenario `failur` to sweep with; did you mean `failure`?")
        );
        assert!(told("failure link").contains("declare `.decl swept(a: symbol, b: symbol)`"));
        assert!(told("failure link(c)").contains("relation `link` has no column `c`"));
        assert!(told("pairs").contains("which pairs"));
    }
}
