//! The shell: a line in, a response out. There is no terminal in here.
//!
//! [`Shell::line`] takes what was typed and does it at once. [`Shell::feed`] and [`Shell::run`] are its two halves, for
//! scripts: there, program text is held back until something else follows, so that a thousand facts are compiled once.
//!
//! ```
//! use repl::shell::{Options, Shell};
//! let mut shell = Shell::new(Options::default())?;
//! shell.line(".decl link(a: symbol, b: symbol)  .decl path(a: symbol, b: symbol)");
//! shell.line("path(x, y) :- link(x, y).  path(x, z) :- link(x, y), path(y, z).");
//! shell.line("+link(\"s1\", \"s2\"). +link(\"s2\", \"s3\").");
//! assert_eq!(shell.line("?- path(\"s1\", x).").to_string(), "x\n──\ns2\ns3\n");
//! # Ok::<(), repl::failure::Failure>(())
//! ```

use crate::answer::Answer;
use crate::command::{self, COMMANDS, Command, Verb, path};
use crate::complete::Names;
use crate::edits::Edit;
use crate::failure::{Failure, Outcome};
use crate::input::{Kind, split};
use crate::model::{Changed, Model};
use crate::near::did_you_mean;
use crate::progress::Gauge;
use crate::response::{Drawing, Part, Response};
use crate::table::Table;
use crate::texts::Typed;
use compiler::value::Primitive;
use runtime::{Engine, Interrupt, Value};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How a shell starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads of the engine.
    pub workers: usize,
    /// The name under which diagnostics show what was typed.
    pub name: &'static str,
    /// How many rows of an answer are shown.
    pub limit: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Options { workers: 1, name: "<prompt>", limit: None }
    }
}

/// How many lines a rule takes in a profile, more or less.
const LINES_A_RULE: usize = 4;

/// How many rows completion looks at.
const LOOKED_AT: usize = 100_000;

/// A session.
pub struct Shell {
    model: Model,
    limit: Option<usize>,
    time: bool,
    /// The beginning of a statement that goes on, and where it stands.
    waiting: Typed,
    /// Complete statements that have not been run.
    queue: Vec<(Kind, Typed)>,
    /// How many lines have been typed.
    lines: usize,
    /// The last answer, for `.more` and `.sort`.
    last: Option<Answer>,
    /// Whether what was done last was stopped, and showed all the same what there was.
    stopped: bool,
}

impl Shell {
    /// A session with an empty model.
    pub fn new(options: Options) -> Outcome<Shell> {
        Ok(Shell::on(Engine::new(runtime::Options { workers: options.workers })?, options))
    }

    /// A session on an engine whose model is empty; its workers may be in several processes.
    pub fn on(engine: Engine, options: Options) -> Shell {
        let model = Model::on(engine, options.name);
        let (waiting, queue) = (Typed::default(), Vec::new());
        Shell { model, limit: options.limit, time: false, waiting, queue, lines: 0, last: None, stopped: false }
    }

    /// Does what was typed: one line, or several that were pasted.
    pub fn line(&mut self, text: &str) -> Response {
        self.feed(text);
        self.run()
    }

    /// Whether the last statement goes on.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.text.is_empty()
    }

    /// What stands before the cursor: the fork that is current, or that a statement goes on.
    pub fn prompt(&self) -> String {
        match (self.is_waiting(), self.model.fork()) {
            (true, _) => "   ...> ".into(),
            (false, None) => "strata> ".into(),
            (false, Some(fork)) => format!("strata:{fork}> "),
        }
    }

    /// Forgets a statement that goes on.
    pub fn interrupt(&mut self) {
        self.waiting = Typed::default();
        self.queue.clear();
    }

    /// Takes a line without doing anything. Says whether it is time to [`Shell::run`]: there is something else than
    /// program text.
    pub fn feed(&mut self, text: &str) -> bool {
        let mut typed = std::mem::take(&mut self.waiting);
        if typed.text.is_empty() {
            typed = Typed { text: text.to_owned(), line: self.lines, column: 0 };
        } else {
            typed.text.push('\n');
            typed.text.push_str(text);
        }
        self.lines += text.matches('\n').count() + 1;
        let cut = split(&typed.text);
        for statement in &cut.statements {
            self.queue.push((statement.kind, typed.part(statement.start, statement.text)));
        }
        if !cut.rest.trim().is_empty() {
            self.waiting = typed.part(typed.text.len() - cut.rest.len(), cut.rest);
        }
        self.queue.iter().any(|(kind, _)| *kind != Kind::Program)
    }

    /// Does what has been fed.
    pub fn run(&mut self) -> Response {
        let mut response = Response::default();
        let mut queue = std::mem::take(&mut self.queue).into_iter().peekable();
        while let Some((kind, typed)) = queue.next() {
            if response.quit {
                break;
            }
            let started = Instant::now();
            let outcome = match kind {
                Kind::Command => self.command(&typed, &mut response),
                Kind::Query => self.query(&typed, &mut response),
                Kind::Program => {
                    let mut clauses = vec![typed];
                    while let Some((_, next)) = queue.next_if(|(kind, _)| *kind == Kind::Program) {
                        clauses.push(next);
                    }
                    self.define(&clauses, &mut response)
                }
                Kind::Insert | Kind::Retract => {
                    let line = typed.line;
                    let mut edits = vec![Edit { insert: kind == Kind::Insert, fact: typed }];
                    let more = |k: &Kind, t: &Typed| matches!(k, Kind::Insert | Kind::Retract) && t.line == line;
                    while let Some((kind, fact)) = queue.next_if(|(k, t)| more(k, t)) {
                        edits.push(Edit { insert: kind == Kind::Insert, fact });
                    }
                    self.edit(&edits, &mut response)
                }
            };
            if let Err(failure) = outcome {
                response.fail(failure);
            }
            if self.time && kind != Kind::Command {
                response.note(format!("took {}", duration(started.elapsed())));
            }
            // Who stops one thing wants nothing that stands behind it either, also where it was done all the same.
            if std::mem::take(&mut self.stopped) || self.model.interrupt().is_raised() {
                if queue.peek().is_some() {
                    response.note("what stands behind it was not done");
                }
                break;
            }
        }
        response
    }

    /// The end of the input: does what was held back, and tells if it ends within a statement.
    pub fn finish(&mut self) -> Response {
        if self.is_waiting() {
            // As program text, so that the compiler says what is missing, and where.
            let rest = std::mem::take(&mut self.waiting);
            let kind = if rest.text.starts_with("?-") { Kind::Query } else { Kind::Program };
            self.queue.push((kind, rest));
        }
        self.run()
    }

    /// Adds rule files, as `.load` does.
    pub fn load(&mut self, files: &[PathBuf]) -> Response {
        self.respond(|shell, response| shell.load_files(files, response))
    }

    /// Reads a directory of facts, as `.facts` does.
    pub fn facts(&mut self, directory: &Path) -> Response {
        self.respond(|shell, response| shell.read_facts(directory, response))
    }

    /// How many lines have been taken.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// What stops what is being done, from another thread; to be cleared before something else is done.
    pub fn stopper(&self) -> Interrupt {
        self.model.interrupt().clone()
    }

    /// How far it is with what has many steps.
    pub(crate) fn gauge(&self) -> Gauge {
        self.model.gauge.clone()
    }

    /// The names that completion needs.
    pub fn names(&self) -> Names {
        let columns = self.last.iter().flat_map(|answer| &answer.columns).map(|c| c.name.to_string()).collect();
        Names { columns, ..self.model.names() }
    }

    /// What stands in a text column of a relation, for completion: of the first so many rows.
    pub fn column(&mut self, relation: &str, column: usize) -> Vec<String> {
        // Completion has nobody to tell what went wrong.
        self.model.column(relation, column, LOOKED_AT).unwrap_or_default()
    }

    fn respond(&mut self, act: impl FnOnce(&mut Self, &mut Response) -> Outcome) -> Response {
        let mut response = Response::default();
        if let Err(failure) = act(self, &mut response) {
            response.fail(failure);
        }
        response
    }

    /// Clauses are taken together, since they may need each other; if that fails, each stands for itself.
    fn define(&mut self, clauses: &[Typed], response: &mut Response) -> Outcome {
        match self.model.define(clauses) {
            Ok(defined) => self.tell(defined, response),
            Err(Failure::Rules(..)) if clauses.len() > 1 => {
                let (first, second) = clauses.split_at(clauses.len() / 2);
                if let Err(failure) = self.define(first, response) {
                    response.fail(failure);
                }
                self.define(second, response)
            }
            Err(failure) => Err(failure),
        }
    }

    fn query(&mut self, query: &Typed, response: &mut Response) -> Outcome {
        let answer = self.model.query(query)?;
        self.show(answer, response)
    }

    /// Shows the first page of an answer, and keeps the rest for `.more`.
    fn show(&mut self, mut answer: Answer, response: &mut Response) -> Outcome {
        let page = answer.page(self.limit, self.model.interrupt())?;
        response.page(page, answer.rows.len(), answer.left());
        self.last = Some(answer).filter(|answer| !answer.columns.is_empty());
        Ok(())
    }

    fn edit(&mut self, edits: &[Edit], response: &mut Response) -> Outcome {
        let commit = self.model.edit(edits)?;
        response.note(commit.summary);
        response.changes(commit.changes);
        Ok(())
    }

    fn load_files(&mut self, files: &[PathBuf], response: &mut Response) -> Outcome {
        let defined = self.model.load(files)?;
        self.tell(defined, response)
    }

    fn read_facts(&mut self, directory: &Path, response: &mut Response) -> Outcome {
        let read = self.model.facts(directory)?;
        self.tell(read, response)
    }

    /// What a change of the program or the facts came to.
    fn tell(&mut self, change: Changed, response: &mut Response) -> Outcome {
        if let Some((diagnostics, sources)) = change.warnings {
            response.parts.push(Part::Warnings(diagnostics, sources));
        }
        for note in change.notes {
            response.note(note);
        }
        for answer in change.answers {
            self.show(answer, response)?;
        }
        response.changes(change.changes);
        Ok(())
    }

    fn command(&mut self, typed: &Typed, response: &mut Response) -> Outcome {
        let line = &typed.text;
        let (command, arguments) = command::parse(line).map_err(Failure::User)?;
        let first = arguments.first().map(String::as_str);
        match command.verb {
            Verb::Help => response.text(help(first)?),
            Verb::Quit => response.quit = true,
            Verb::Load => self.load_files(&arguments.iter().map(|word| path(word)).collect::<Vec<_>>(), response)?,
            Verb::Facts => self.read_facts(&path(first.unwrap_or(".")), response)?,
            Verb::Import => {
                let paths: Vec<PathBuf> = arguments[1..].iter().map(|word| path(word)).collect();
                let imported = self.model.import(&arguments[0], &paths)?;
                self.tell(imported, response)?;
            }
            Verb::Relations => {
                let table = self.model.relations(first.unwrap_or_default())?;
                response.answer(table, self.limit);
            }
            Verb::Schema => response.text(self.model.schema(first)?),
            Verb::Rules => match self.model.rules(first)? {
                rules if rules.is_empty() => response.note("no rules"),
                rules => response.text(rules),
            },
            Verb::Plan => response.text(self.model.plan(first)?),
            Verb::Drop => {
                let dropped = self.model.drop_rules(&arguments[0])?;
                self.tell(dropped, response)?;
            }
            Verb::Fork => response.note(self.model.open_fork(&arguments[0], arguments.get(1).map(String::as_str))?),
            Verb::Forks => match self.model.forks()? {
                forks if forks.rows.is_empty() => response.note("no forks; `.fork NAME` opens one"),
                forks => response.answer(forks, self.limit),
            },
            Verb::Use => response.note(self.model.use_fork(&arguments[0])?),
            Verb::Diff => response.difference(self.model.diff(&arguments)?, self.limit),
            Verb::Merge => {
                let merged = self.model.merge(&arguments[0])?;
                self.tell(merged, response)?;
            }
            Verb::Discard => response.note(self.model.discard(&arguments[0])?),
            Verb::Unload => {
                let unloaded = self.model.unload(&path(&arguments[0]))?;
                self.tell(unloaded, response)?;
            }
            Verb::Watch => response.note(self.model.watch(&arguments[0])?),
            Verb::Unwatch => response.note(self.model.unwatch(&arguments[0])?),
            Verb::Rejected => self.rejected(first, response)?,
            Verb::Why => response.explain(self.model.why(command::rest(line))?, self.limit),
            Verb::WhyNot => response.explain(self.model.why_not(command::rest(line))?, self.limit),
            Verb::HowTo => response.explain(self.model.how_to(command::rest(line))?, self.limit),
            Verb::Path => response.drawing(Drawing::Path(self.model.path(&arguments[0], &arguments[1])?))?,
            Verb::Bars | Verb::Cdf | Verb::Heatmap => {
                let answer = self.model.question(command::rest(line), typed.line)?;
                response.drawing(match command.verb {
                    Verb::Bars => Drawing::Bars(answer),
                    Verb::Cdf => Drawing::Cdf(answer),
                    _ => Drawing::Heatmap(answer),
                })?;
            }
            Verb::Save => response.note(self.save(line, typed.line, command)?),
            Verb::Sort => self.page_again(Some(&arguments), response)?,
            Verb::More => self.page_again(None, response)?,
            Verb::Profile => self.profile(response)?,
            Verb::Sweep => self.sweep(line, response)?,
            Verb::Explain => response.text(crate::explain::page(first)?),
            Verb::Streams => {
                let told = self.model.streams(first, command.usage)?;
                response.answer(told.table, self.limit);
                response.changes(told.changes);
            }
            Verb::Time => response.note(self.switch_time(first, command)?),
            Verb::Limit => response.note(self.set_limit(first, command)?),
        }
        Ok(())
    }

    /// Shows what the rules take, as many as fit the limit.
    fn profile(&mut self, response: &mut Response) -> Outcome {
        let most = self.limit.map_or(usize::MAX, |lines| lines.div_ceil(LINES_A_RULE));
        let (texts, all) = self.model.profile(most)?;
        let shown = texts.len() - 1;
        response.text(texts.join("\n"));
        if shown < all {
            response.note(format!("… {} more of {all} rules; `.limit all` shows them all", all - shown));
        }
        Ok(())
    }

    /// Lets elements fail, or a scenario happen to them, and shows the worst first.
    fn sweep(&mut self, line: &str, response: &mut Response) -> Outcome {
        let swept = self.model.sweep(command::rest(line))?;
        if swept.stopped {
            // It has been heard: what there is shall be shown.
            self.model.interrupt().clear();
            self.stopped = true;
        }
        if let Some(answer) = swept.answer {
            self.show(answer, response)?;
        }
        swept.notes.into_iter().for_each(|note| response.note(note));
        Ok(())
    }

    /// Shows the next page of the last answer, or its first one in another order.
    fn page_again(&mut self, order: Option<&[String]>, response: &mut Response) -> Outcome {
        let nothing = || Failure::User("there is no answer to go on with; ask something first".into());
        let answer = self.last.as_mut().ok_or_else(nothing)?;
        if let Some(columns) = order {
            answer.sort(columns)?;
        } else if answer.left() == 0 {
            response.note("that was all; `.sort` starts again");
            return Ok(());
        }
        let page = answer.page(self.limit, self.model.interrupt())?;
        response.page(page, answer.rows.len(), answer.left());
        Ok(())
    }

    fn save(&mut self, line: &str, number: usize, command: &Command) -> Outcome<String> {
        let wrong = || Failure::User(format!("expected a relation or a query, then a file: {}", command.usage));
        let (question, file) = command::last_word(command::rest(line)).ok_or_else(wrong)?;
        let answer = self.model.question(question, number)?;
        let name = question.split('(').next().unwrap_or_default().trim_start_matches("?-").trim();
        crate::save::save(&answer, name, &path(file))
    }

    fn switch_time(&mut self, argument: Option<&str>, command: &Command) -> Outcome<String> {
        match argument {
            Some("on") => self.time = true,
            Some("off") => self.time = false,
            Some(_) => return Err(Failure::User(format!("expected `on` or `off`: {}", command.usage))),
            None => {}
        }
        Ok(format!("time is {}", if self.time { "on" } else { "off" }))
    }

    fn set_limit(&mut self, argument: Option<&str>, command: &Command) -> Outcome<String> {
        let wrong = || Failure::User(format!("expected a number of rows or `all`: {}", command.usage));
        match argument {
            Some("all") => self.limit = None,
            Some(rows) => self.limit = Some(rows.parse().map_err(|_| wrong())?),
            None => {}
        }
        Ok(match self.limit {
            Some(rows) => format!("answers are cut after {rows} rows"),
            None => "answers are shown whole".into(),
        })
    }

    fn rejected(&self, reason: Option<&str>, response: &mut Response) -> Outcome {
        let rejected = self.model.rejected();
        if rejected.is_empty() {
            response.note("no rows were rejected");
            return Ok(());
        }
        let Some(wanted) = reason else {
            let texts = ["source", "reason"].map(|name| (name.to_owned(), Primitive::Symbol));
            let columns = texts.into_iter().chain([("rows".to_owned(), Primitive::Unsigned)]).collect();
            let symbol = |text: &str| Value::Symbol(text.into());
            let row = |(source, reason, rows): (&str, &str, &ingest::rejected::Reason)| {
                vec![symbol(source), symbol(reason), Value::Unsigned(rows.count() as u64)]
            };
            let rows = rejected.reasons().map(row).collect();
            response.answer(Table { columns, rows }, None);
            response.note("`.rejected \"REASON\"` lists the rows");
            return Ok(());
        };
        let rows: Vec<_> = rejected
            .reasons()
            .filter(|(_, reason, _)| *reason == wanted)
            .flat_map(|(source, _, rows)| {
                rows.rows().iter().map(move |row| [format!("{source}:{}", row.record), row.detail.clone()])
            })
            .collect();
        if rows.is_empty() {
            let near = did_you_mean(wanted, rejected.reasons().map(|(_, reason, _)| reason));
            return Err(Failure::User(format!("no rows were rejected for the reason `{wanted}`{near}")));
        }
        response.answer(Table::text(["where", "what"], rows), self.limit);
        Ok(())
    }
}

/// The text of `.help`, or of `.help COMMAND`.
fn help(name: Option<&str>) -> Outcome<String> {
    let Some(name) = name else { return Ok(command::overview()) };
    let name = name.trim_start_matches('.');
    let near = || did_you_mean(name, COMMANDS.iter().map(|c| c.name));
    let command =
        command::find(name).ok_or_else(|| Failure::User(format!("there is no command `.{name}`{}", near())))?;
    Ok(command::describe(command))
}

/// A duration as people say it: three digits and a unit.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let (value, unit) = match seconds {
        s if s >= 1.0 => (s, "s"),
        s if s >= 1e-3 => (s * 1e3, "ms"),
        s => (s * 1e6, "µs"),
    };
    let digits = if value >= 100.0 { 0 } else { 2 - usize::from(value >= 10.0) };
    format!("{value:.digits$} {unit}")
}
