//! Facts from files into an engine.

use crate::compile::Compiled;
use crate::failure::{Failure, Outcome};
use compiler::planner::Statistics;
use compiler::program::{DirectiveKind, Program};
use ingest::Sink;
use runtime::{Engine, Fork, Origin, Rows};
use std::path::Path;

/// Reads what the `.input` directives of a program name into the open epoch of an engine, as Soufflé does: all of it, or
/// it is an error that says where.
pub fn read_inputs(compiled: &Compiled, directory: &Path, engine: &mut Engine) -> Outcome {
    let program = &compiled.program;
    for input in program.directives.iter().filter(|d| d.kind == DirectiveKind::Input) {
        let relation = program.relation(input.relation);
        let symbols = engine.symbols().clone();
        let sink = &mut EngineSink { engine };
        let read =
            ingest::directive::read(&relation.name, &relation.columns, &input.parameters, directory, &symbols, sink);
        read.map_err(|error| {
            let (line, column) = compiled.sources.position(input.span);
            let file = &compiled.sources.get(input.span.source).name;
            let message = describe(error);
            Failure::User(format!("{message}\n  --> {file}:{line}:{column} asks for relation `{}`", relation.name))
        })?;
    }
    Ok(())
}

/// How large the inputs of a program are, judged by their files: the planner needs no more than the order of magnitude,
/// and needs it before they are read. What cannot be judged is left out.
pub fn judge_sizes(program: &Program, directory: &Path) -> Statistics {
    let mut sizes = Statistics::new();
    for input in program.directives.iter().filter(|d| d.kind == DirectiveKind::Input) {
        let relation = program.relation(input.relation);
        let file = input.parameters.get("filename").cloned().unwrap_or_else(|| format!("{}.facts", relation.name));
        let directory = input.parameters.get("fact-dir").map_or(directory, Path::new);
        if let Ok(file) = std::fs::metadata(directory.join(file)) {
            sizes.set_rows(&*relation.name, file.len() / (BYTES_A_VALUE * relation.columns.len().max(1) as u64));
        }
    }
    sizes
}

/// How long a value and the tab behind it are, more or less.
const BYTES_A_VALUE: u64 = 7;

/// Inserts what is read into the base model.
struct EngineSink<'a> {
    engine: &'a mut Engine,
}

impl Sink for EngineSink<'_> {
    fn source(&mut self, name: &str) -> u32 {
        self.engine.source(name)
    }

    fn take(&mut self, relation: &str, rows: &Rows, origins: &[Origin]) -> Result<(), ingest::Error> {
        let refused = |e: runtime::Error| ingest::Error::Request(e.to_string());
        let base = self.engine.base(relation).map_err(refused)?;
        rows.iter().zip(origins).try_for_each(|(row, o)| self.engine.insert(Fork::BASE, base, row, *o)).map_err(refused)
    }
}

/// A file that cannot be read is for the user to mend.
pub fn unreadable(error: ingest::Error) -> Failure {
    Failure::User(describe(error))
}

fn describe(error: ingest::Error) -> String {
    match error {
        ingest::Error::Io { path, cause } => format!("cannot read {}: {cause}", path.display()),
        error => error.to_string(),
    }
}
