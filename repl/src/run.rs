//! `strata run`: a program evaluated once, with the files and flags of Soufflé.

use crate::cli;
use crate::compile::{Compiled, compile};
use crate::facts::{judge_sizes, read_inputs};
use crate::failure::{Failure, Outcome, render};
use crate::output::Output;
use crate::texts::Texts;
use compiler::planner::{Statistics, plan};
use compiler::program::{Directive, DirectiveKind, Program, RelationId};
use runtime::{Engine, Fork, Options, Rows};
use std::collections::BTreeMap;
use std::path::Path;

/// Runs the command.
pub fn run(arguments: &cli::Run, output: &mut Output) -> Outcome {
    let mut texts = Texts::new("<command line>");
    texts.load(&arguments.file);
    let compiled = compile(&texts, None, &Statistics::new())?;
    if !compiled.warnings.is_empty() {
        output.note(&render(&compiled.warnings, &compiled.sources, output.err_style))?;
    }
    let mut engine = Engine::new(Options { workers: usize::from(arguments.jobs) })?;
    engine.set_plan(plan(&compiled.program, &judge_sizes(&compiled.program, &arguments.facts)))?;
    read_inputs(&compiled, &arguments.facts, &mut engine)?;
    engine.commit()?;
    let directory = (arguments.output != Path::new("-")).then_some(&*arguments.output);
    if let Some(directory) = directory.filter(|_| writes_files(&compiled.program)) {
        std::fs::create_dir_all(directory)
            .map_err(|e| Failure::Ours(format!("cannot make the directory {}: {e}", directory.display())))?;
    }
    for directive in &compiled.program.directives {
        write(directive, &compiled, directory, &mut engine, output)?;
    }
    for query in &compiled.program.queries {
        answer(*query, &compiled, &mut engine, output)?;
    }
    Ok(())
}

fn writes_files(program: &Program) -> bool {
    program.directives.iter().any(|d| d.kind == DirectiveKind::Output)
}

/// Does what an `.output` or `.printsize` asks for.
fn write(
    directive: &Directive,
    compiled: &Compiled,
    directory: Option<&Path>,
    engine: &mut Engine,
    output: &mut Output,
) -> Outcome {
    let relation = compiled.program.relation(directive.relation);
    let written = match directive.kind {
        DirectiveKind::Input => Ok(()),
        DirectiveKind::PrintSize => {
            ingest::directive::print_size(&relation.name, engine.count(Fork::BASE, &relation.name)?, &mut output.out)
        }
        DirectiveKind::Output => {
            let rows = all_rows(&compiled.program, directive.relation, engine)?;
            let (columns, symbols) = (&relation.columns, engine.symbols().clone());
            let parameters = &directive.parameters;
            ingest::directive::write(&relation.name, columns, parameters, directory, &rows, &symbols, &mut output.out)
        }
    };
    written.map_err(|error| not_written(error, output))
}

/// Prints the answer of a query the way Soufflé prints a relation on standard output.
fn answer(query: RelationId, compiled: &Compiled, engine: &mut Engine, output: &mut Output) -> Outcome {
    let relation = compiled.program.relation(query);
    let rows = all_rows(&compiled.program, query, engine)?;
    let text = &compiled.sources.get(relation.span.source).text[relation.span.range()];
    let (columns, symbols) = (&relation.columns, engine.symbols().clone());
    let parameters = BTreeMap::from([("IO".to_string(), "stdout".to_string())]);
    ingest::directive::write(text.trim(), columns, &parameters, None, &rows, &symbols, &mut output.out)
        .map_err(|error| not_written(error, output))
}

fn all_rows(program: &Program, relation: RelationId, engine: &mut Engine) -> Outcome<Rows> {
    let relation = program.relation(relation);
    Ok(engine.query(Fork::BASE, &relation.name, &vec![None; relation.columns.len()])?)
}

/// Why output was not written: its reader is gone, the program asks for what there is not, or the disk does not take it.
fn not_written(error: ingest::Error, output: &mut Output) -> Failure {
    match (output.out.flush(), error) {
        (Err(e), _) if e.kind() == std::io::ErrorKind::BrokenPipe => Failure::Pipe,
        (_, error @ ingest::Error::Io { .. }) => Failure::Ours(format!("cannot write {error}")),
        (_, error) => Failure::User(error.to_string()),
    }
}
