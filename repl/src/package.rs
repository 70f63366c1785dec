//! `strata compile`: a Rust crate of a rule file.
//!
//! The crate holds the program's compiled twin, the support that twins stand on, and a table of what is read and written.
//! It depends on `ascent` and `fancy-regex` alone. What it could not do as `strata run` does it is refused here, not found out
//! there: forms of text on input, JSON, SQLite, compressed output.

use crate::cli;
use crate::compile::compile;
use crate::failure::{Failure, Outcome, render};
use crate::output::Output;
use crate::texts::Texts;
use compiler::ascent::twin;
use compiler::planner::Statistics;
use compiler::program::{Directive, DirectiveKind, Program, Relation};
use compiler::span::Sources;
use compiler::value::{Form, Primitive};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The first line of a manifest that we wrote.
const MARK: &str = "# Made by `strata compile`; not to be edited.\n";

/// Names that a crate cannot have, or that mean something else in it.
const TAKEN: &[&str] =
    &["ascent", "fancy_regex", "rules", "std", "core", "alloc", "test", "proc_macro", "self", "super", "crate"];

/// Runs the command.
pub fn run(arguments: &cli::Compile, output: &mut Output) -> Outcome {
    let mut texts = Texts::new("<command line>");
    texts.load(&arguments.file);
    let compiled = compile(&texts, None, &Statistics::new())?;
    if !compiled.warnings.is_empty() {
        output.note(&render(&compiled.warnings, &compiled.sources, output.err_style))?;
    }
    let stem = arguments.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = crate_name(&stem);
    for (path, text) in sources(&compiled.program, &compiled.sources, &name)? {
        save(&arguments.output, &path, &text)?;
    }
    let directory = arguments.output.display();
    output.note(&format!("crate `{name}` written: cargo build --release --manifest-path {directory}/Cargo.toml"))?;
    Ok(())
}

/// The files of the crate, by their paths in it. The manifest comes first: it says whether the rest may be written.
pub fn sources(program: &Program, texts: &Sources, name: &str) -> Outcome<Vec<(String, String)>> {
    let directives = directives(program, texts)?;
    let twin = twin(program, "program").map_err(|reason| Failure::User(reason.to_string()))?;
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest(name)),
        ("src/lib.rs".to_owned(), library(&directives)),
        ("src/main.rs".to_owned(), main_file(name)),
        ("src/generated.rs".to_owned(), twin),
    ];
    let support = rules::SUPPORT.iter().map(|(file, text)| (format!("src/support/{file}"), (*text).to_owned()));
    files.extend(support);
    Ok(files)
}

fn save(directory: &Path, path: &str, text: &str) -> Outcome {
    let target = directory.join(path);
    let failed = |error| Failure::Ours(format!("cannot write {}: {error}", target.display()));
    if path == "Cargo.toml" && fs::read_to_string(&target).is_ok_and(|old| !old.starts_with(MARK)) {
        let directory = directory.display();
        return Err(Failure::User(format!("{directory} holds another crate; choose a directory of its own")));
    }
    fs::create_dir_all(target.parent().unwrap_or(directory)).map_err(failed)?;
    fs::write(&target, text).map_err(failed)
}

/// The name of a crate for a file of this name.
fn crate_name(stem: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let mut name: String = stem.chars().map(letter).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "rules_");
    }
    if TAKEN.contains(&&*name) {
        name += "_rules";
    }
    name
}

fn manifest(name: &str) -> String {
    format!(
        "{MARK}\
[package]
name = \"{name}\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[dependencies]
ascent = {{ version = \"=0.8.1\", default-features = false }}
fancy-regex = {{ version = \"0.20\", default-features = false, features = [\"std\", \"unicode\", \"perf\"] }}

# It stands alone, wherever it lies.
[workspace]
"
    )
}

fn main_file(name: &str) -> String {
    format!(
        "//! Reads the inputs, derives everything, writes the outputs.

fn main() -> std::process::ExitCode {{
    {name}::main(std::env::args_os())
}}
"
    )
}

fn library(directives: &str) -> String {
    format!(
        "//! A program of rules, made by `strata compile`.
//!
//! [`Program`] is the program: give it tuples by [`Twin::insert`], derive everything by [`Twin::solve`], and ask for
//! tuples by [`Twin::rows`]. [`support::run`] does all three.

extern crate self as rules;

mod generated;
#[allow(dead_code, missing_docs)]
pub mod support;

pub use generated::program::Program;
pub use support::Twin;

use support::files::Format;
use support::program::{{Action, Directive, Place}};

/// What the program reads, writes and counts, in the order of its text.
pub const DIRECTIVES: &[Directive] = &[
{directives}];

/// Runs the program with the arguments of a command line.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> std::process::ExitCode {{
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    support::program::main(&mut Program::default(), DIRECTIVES, arguments, &mut out)
}}
"
    )
}

/// The table of directives, and the queries behind them, as Rust.
fn directives(program: &Program, texts: &Sources) -> Outcome<String> {
    let mut rows = String::new();
    for directive in &program.directives {
        let relation = program.relation(directive.relation);
        let row = row(directive, relation).map_err(|reason| {
            let (line, column) = texts.position(directive.span);
            let file = &texts.get(directive.span.source).name;
            Failure::User(format!("`{}`: {reason}\n  --> {file}:{line}:{column}", relation.name))
        })?;
        rows += &row;
    }
    for query in &program.queries {
        let relation = program.relation(*query);
        let text = texts.get(relation.span.source).text[relation.span.range()].trim();
        let action = "Action::Output { place: Place::Standard, names: None, format: Format { delimiter: \"\\t\", \
                      quoted: false, header: false } }";
        rows += &line(relation, text, action);
    }
    Ok(rows)
}

fn line(relation: &Relation, name: &str, action: &str) -> String {
    format!("    Directive {{ relation: {:?}, name: {name:?}, action: {action} }},\n", relation.name)
}

/// The row of one directive, or why a compiled program cannot do what it says.
fn row(directive: &Directive, relation: &Relation) -> Result<String, String> {
    let input = directive.kind == DirectiveKind::Input;
    let text = |key: &str| directive.parameters.get(key).map(String::as_str);
    let flag = |key: &str| match text(key) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(format!("expected {key}=true or {key}=false, found {other:?}")),
    };
    let name = text("name").unwrap_or(&relation.name);
    let kind = text("IO").unwrap_or("file");
    if directive.kind == DirectiveKind::PrintSize || !input && kind == "stdoutprintsize" {
        return Ok(line(relation, name, "Action::PrintSize"));
    }
    fits(relation, input)?;
    if flag("compress").unwrap_or(true) && !input {
        return Err("a compiled program does not write compressed files".to_owned());
    }
    let place = match (kind, input) {
        ("file", _) => {
            let ending = if input { ".facts" } else { ".csv" };
            let file = text("filename").map_or_else(|| format!("{name}{ending}"), str::to_owned);
            let directory = text(if input { "fact-dir" } else { "output-dir" });
            format!("Place::File {{ file: {file:?}, directory: {directory:?} }}")
        }
        ("stdin", true) | ("stdout", false) => "Place::Standard".to_owned(),
        (other, _) => return Err(format!("a compiled program does not do IO={other:?}")),
    };
    let quoted = flag("rfc4180")?;
    let delimiter = text("delimiter").unwrap_or(if quoted { "," } else { "\t" });
    if delimiter.is_empty() || delimiter.contains('\n') || (quoted && delimiter.contains('"')) {
        return Err(format!("{delimiter:?} cannot be a delimiter here"));
    }
    let header = flag("headers")?;
    let format = format!("Format {{ delimiter: {delimiter:?}, quoted: {quoted}, header: {header} }}");
    let mut action = String::new();
    if input {
        let fields = fields(text("columns"), relation.columns.len())?;
        let _ = write!(action, "Action::Input {{ place: {place}, fields: &{fields:?}, format: {format} }}");
    } else {
        let columns: Vec<&str> = relation.columns.iter().map(|column| &*column.name).collect();
        let names = text("attributeNames").map_or_else(|| columns.join(delimiter), str::to_owned);
        let _ = write!(action, "Action::Output {{ place: {place}, names: Some({names:?}), format: {format} }}");
    }
    Ok(line(relation, name, &action))
}

/// Whether the columns of a relation are of types that a compiled program reads and writes.
fn fits(relation: &Relation, input: bool) -> Result<(), String> {
    use Primitive::{Float, Number, Symbol, Unsigned};
    for column in &relation.columns {
        let plain = matches!(column.ty.primitive, Number | Unsigned | Float | Symbol);
        if !plain || input && column.ty.form != Form::Plain {
            let (name, ty) = (&column.name, &column.ty.name);
            return Err(format!(
                "a compiled program does not {} a `{ty}`, as `{name}` is",
                if input { "read" } else { "write" }
            ));
        }
    }
    Ok(())
}

/// The field of each column.
fn fields(columns: Option<&str>, arity: usize) -> Result<Vec<usize>, String> {
    let Some(columns) = columns else { return Ok((0..arity).collect()) };
    let fields: Option<Vec<usize>> = columns.split(':').map(|field| field.parse().ok()).collect();
    let distinct = |fields: &Vec<usize>| fields.iter().enumerate().all(|(i, field)| !fields[..i].contains(field));
    fields
        .filter(|fields| fields.len() == arity && distinct(fields))
        .ok_or_else(|| format!("expected columns=\"…\" with {arity} different numbers joined by colons"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_has_a_name_that_it_can_have() {
        assert_eq!(
            ["reach", "My-Rules", "1st", "fancy-regex", "é"].map(crate_name),
            ["reach", "my_rules", "rules_1st", "fancy_regex_rules", "rules__"]
        );
    }

    #[test]
    fn the_versions_that_it_needs_are_those_that_are_tested_here() {
        let workspace = include_str!("../../Cargo.toml");
        let manifest = manifest("x");
        for dependency in manifest.lines().filter(|line| line.contains("default-features")) {
            assert!(workspace.lines().any(|line| line.starts_with(dependency)), "{dependency}");
        }
    }
}
