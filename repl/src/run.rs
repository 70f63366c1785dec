//! `strata run`: a program evaluated once, with the files and flags of Soufflé.

use crate::cli;
use crate::compile::{Compiled, compile};
use crate::facts::{OnceSink, judge_sizes, read_inputs, request};
use crate::failure::{Failure, Outcome, render};
use crate::output::{Output, Style};
use crate::table::Table;
use crate::texts::{Texts, Typed};
use compiler::planner::{Statistics, plan, restrict};
use compiler::program::{DirectiveKind, Program, Relation, RelationId};
use compiler::value::Primitive;
use compiler::{missing_facts, unused_relations};
use ingest::directive::{self, Reading, Request};
use ingest::file_name;
use runtime::{Answers, Once, Options, RuleProfile, Symbols, Value};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Runs the command.
pub fn run(arguments: &cli::Run, output: &mut Output) -> Outcome {
    if let Some(reason) = arguments.souffle.refused() {
        return Err(Failure::User(reason));
    }
    let mut texts = Texts::new("<command line>");
    texts.add(&[Typed { text: arguments.souffle.text(), ..Typed::default() }]);
    texts.look_in(&arguments.include);
    texts.preprocess(compiler::Options {
        definitions: arguments.macros.iter().flat_map(|macros| macros.split_whitespace()).map(str::to_owned).collect(),
        preprocess: !arguments.no_preprocessor,
    });
    texts.load(&arguments.file);
    let compiled = compile(&texts, None, &Statistics::new())?;
    let mut warnings = compiled.warnings.clone();
    warnings.extend(missing_facts(&compiled.program));
    let given = compiled.sources.iter().position(|source| file_name::path(&source.name) == arguments.file);
    warnings.extend(given.iter().flat_map(|text| unused_relations(&compiled.program, *text as u32)));
    warnings.retain(|warning| !arguments.silences(warning.code));
    if !warnings.is_empty() {
        output.note(&render(&warnings, &compiled.sources, output.err_style))?;
    }
    let directory = (arguments.output != Path::new("-")).then_some(&*arguments.output);
    let wanted = wanted(&compiled, directory)?;
    let mut sizes = judge_sizes(&compiled.program, &arguments.facts);
    let restricted = restrict(&compiled.program, &mut sizes);
    let plan = plan(restricted.as_ref().unwrap_or(&compiled.program), &sizes);
    let symbols = Symbols::default();
    let mut once = Once::new(plan, symbols.clone(), Options { workers: usize::from(arguments.jobs) });
    let how = Reading {
        directory: &arguments.facts,
        workers: usize::from(arguments.jobs),
        absent_is_empty: arguments.no_warn,
    };
    for note in read_inputs(&compiled, &how, &symbols, &mut OnceSink::new(&mut once))? {
        if !arguments.no_warn {
            output.note(&format!("warning: {note}"))?;
        }
    }
    let mut answers = once.evaluate();
    for rule in answers.profile().iter().filter(|rule| rule.explodes() && !arguments.no_warn) {
        output.note(&format!(
            "warning: rule `{}` goes through {} bindings for {} results; an atom that ties its parts together earlier \
             would spare them",
            rule.rule, rule.bindings, rule.results
        ))?;
    }
    if let Some(file) = arguments.profile.as_ref().or(arguments.profile_log.as_ref()) {
        match file {
            None => output.note(&profile(&answers).draw(output.err_style, None))?,
            Some(file) => std::fs::write(file, profile(&answers).draw(Style::PLAIN, None))
                .map_err(|e| Failure::User(format!("cannot write {}: {e}", file.display())))?,
        }
    }
    if let Some(directory) = directory.filter(|_| writes_files(&compiled.program)) {
        std::fs::create_dir_all(directory)
            .map_err(|e| Failure::Ours(format!("cannot make the directory {}: {e}", directory.display())))?;
    }
    for (relation, wanted) in &wanted {
        write(relation, wanted, &symbols, &mut answers, output)?;
    }
    for query in &compiled.program.queries {
        answer(*query, &compiled, &symbols, &mut answers, output)?;
    }
    Ok(())
}

/// What each rule took, as a table.
fn profile(answers: &Answers) -> Table {
    let row = |rule: &RuleProfile| {
        vec![
            Value::Symbol(format!("{:.1}", rule.time.as_secs_f64() * 1e3).into()),
            Value::Unsigned(rule.runs),
            Value::Unsigned(rule.rows),
            Value::Unsigned(rule.bindings),
            Value::Unsigned(rule.found),
            Value::Unsigned((answers.held(rule) / 1024) as u64),
            Value::Symbol(rule.rule.clone()),
            Value::Symbol(rule.plans.join(" ; ").into()),
        ]
    };
    let columns = [
        ("ms", Primitive::Unsigned),
        ("runs", Primitive::Unsigned),
        ("from rows", Primitive::Unsigned),
        ("bindings", Primitive::Unsigned),
        ("new tuples", Primitive::Unsigned),
        ("KiB held", Primitive::Unsigned),
        ("rule", Primitive::Symbol),
        ("order", Primitive::Symbol),
    ];
    Table {
        columns: columns.map(|(name, primitive)| (name.to_owned(), primitive)).to_vec(),
        rows: answers.profile().iter().map(row).collect(),
    }
}

fn writes_files(program: &Program) -> bool {
    program.directives.iter().any(|d| d.kind == DirectiveKind::Output)
}

/// What the program wants of a relation when all is evaluated.
enum Wanted<'a> {
    Size,
    Tuples(directive::Output<'a>),
}

/// What the program wants, in the order of its text. A directive that makes no sense is told before anything is done.
fn wanted<'a>(compiled: &'a Compiled, directory: Option<&Path>) -> Outcome<Vec<(&'a Relation, Wanted<'a>)>> {
    let mut all = Vec::new();
    for directive in &compiled.program.directives {
        let relation = compiled.program.relation(directive.relation);
        let wanted = match directive.kind {
            DirectiveKind::Input => continue,
            DirectiveKind::PrintSize => Wanted::Size,
            DirectiveKind::Output => {
                let output = directive::Output::new(request(relation, directive), directory);
                Wanted::Tuples(output.map_err(|error| {
                    let (line, column) = compiled.sources.position(directive.span);
                    let file = &compiled.sources.get(directive.span.source).name;
                    Failure::User(format!("{error}\n  --> {file}:{line}:{column}"))
                })?)
            }
        };
        all.push((relation, wanted));
    }
    Ok(all)
}

/// Does what an `.output` or `.printsize` asks for.
fn write(
    relation: &Relation,
    wanted: &Wanted,
    symbols: &Symbols,
    answers: &mut Answers,
    output: &mut Output,
) -> Outcome {
    let mut out = Noticing { out: &mut output.out, is_gone: false };
    let written = match wanted {
        Wanted::Size => directive::print_size(&relation.name, answers.count(&relation.name)?, &mut out),
        Wanted::Tuples(wanted) => wanted.write(&answers.rows(&relation.name)?, symbols, &mut out),
    };
    written.map_err(|error| not_written(error, out.is_gone))
}

/// Prints the answer of a query the way Soufflé prints a relation on standard output.
fn answer(
    query: RelationId,
    compiled: &Compiled,
    symbols: &Symbols,
    answers: &mut Answers,
    output: &mut Output,
) -> Outcome {
    let relation = compiled.program.relation(query);
    let rows = answers.rows(&relation.name)?;
    let text = &compiled.sources.get(relation.span.source).text[relation.span.range()];
    let parameters = BTreeMap::from([("IO".to_string(), "stdout".to_string())]);
    let request = Request { relation: text.trim(), columns: &relation.columns, parameters: &parameters };
    let mut out = Noticing { out: &mut output.out, is_gone: false };
    let written =
        directive::Output::new(request, Some(Path::new("."))).and_then(|wanted| wanted.write(&rows, symbols, &mut out));
    written.map_err(|error| not_written(error, out.is_gone))
}

/// Why output was not written: its reader is gone, the program asks for what there is not, or the disk does not take it.
fn not_written(error: ingest::Error, is_gone: bool) -> Failure {
    match error {
        _ if is_gone => Failure::Pipe,
        error @ ingest::Error::Io { .. } => Failure::Ours(format!("cannot write {error}")),
        error => Failure::User(error.to_string()),
    }
}

/// Standard output, and whether its reader is found to be gone.
struct Noticing<'a> {
    out: &'a mut dyn Write,
    is_gone: bool,
}

impl Noticing<'_> {
    fn notice<T>(&mut self, done: std::io::Result<T>) -> std::io::Result<T> {
        self.is_gone |= done.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
        done
    }
}

impl Write for Noticing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes);
        self.notice(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = self.out.flush();
        self.notice(flushed)
    }
}
