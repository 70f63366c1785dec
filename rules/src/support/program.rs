//! A compiled program that stands alone: it reads its inputs, derives everything once, and writes its outputs, with the
//! flags of `strata run`.

use super::files::{Format, read, write};
use super::{Kind, Tuples, Twin, Value, run};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a program does with a relation.
#[derive(Clone, Copy, Debug)]
pub struct Directive {
    /// The relation.
    pub relation: &'static str,
    /// The name that it has outside.
    pub name: &'static str,
    /// What is done.
    pub action: Action,
}

/// What is done with a relation.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// It is read.
    Input {
        /// From where.
        place: Place,
        /// The field that holds each column.
        fields: &'static [usize],
        /// How fields are delimited.
        format: Format,
    },
    /// It is written.
    Output {
        /// To where.
        place: Place,
        /// The line that names the columns; an answer has none.
        names: Option<&'static str>,
        /// How fields are delimited.
        format: Format,
    },
    /// It is counted.
    PrintSize,
}

/// Where tuples come from or go to.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A file, in the directory that is given here or else on the command line.
    File {
        /// Its name.
        file: &'static str,
        /// Its directory.
        directory: Option<&'static str>,
    },
    /// Standard input or output.
    Standard,
}

const USAGE: &str = "\
Usage: [-F DIR] [-D DIR]
  -F, --fact-dir DIR     directory with the facts [default: .]
  -D, --output-dir DIR   directory for the outputs; `-` for standard output [default: .]
";

/// Runs a program with the arguments of the command line; 1 if the input is wrong, 2 if the world is.
pub fn main(
    twin: &mut dyn Twin,
    directives: &[Directive],
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> ExitCode {
    let done = arguments_of(arguments).and_then(|arguments| match arguments {
        Some(arguments) => evaluate(twin, directives, &arguments, out),
        None => out.write_all(USAGE.as_bytes()).map_err(|error| Failure::World(error.to_string())),
    });
    let (message, code) = match done.and_then(|()| out.flush().map_err(|error| Failure::World(error.to_string()))) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Input(message)) => (message, 1),
        Err(Failure::World(message)) => (message, 2),
    };
    // Nobody reads it: there is nothing more to say.
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(code)
}

enum Failure {
    Input(String),
    World(String),
}

struct Arguments {
    facts: PathBuf,
    output: PathBuf,
}

/// The arguments; none if help is asked for.
fn arguments_of(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Arguments>, Failure> {
    let mut found = Arguments { facts: ".".into(), output: ".".into() };
    let mut arguments = arguments.into_iter().skip(1);
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy().into_owned();
        if text == "-h" || text == "--help" {
            return Ok(None);
        }
        let flag = |short: &str, long: &str| {
            let attached = text.strip_prefix(&format!("{long}=")).or_else(|| text.strip_prefix(short));
            if text == long { Some("") } else { attached }.map(str::to_owned)
        };
        let (target, value) = match (flag("-F", "--fact-dir"), flag("-D", "--output-dir")) {
            (Some(value), _) => (&mut found.facts, value),
            (_, Some(value)) => (&mut found.output, value),
            _ => return Err(Failure::Input(format!("unknown argument `{text}`\n{USAGE}"))),
        };
        *target = match value.is_empty() {
            true => arguments.next().ok_or_else(|| Failure::Input(format!("`{text}` needs a directory")))?.into(),
            false => value.into(),
        };
    }
    Ok(Some(found))
}

fn evaluate(
    twin: &mut dyn Twin,
    directives: &[Directive],
    arguments: &Arguments,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut facts = Tuples::new();
    let kinds: BTreeMap<&str, &[Kind]> = twin.relations().iter().copied().collect();
    for directive in directives {
        let Action::Input { place, fields, format } = directive.action else { continue };
        let (text, name) = input(place, &arguments.facts)?;
        let kinds = kinds.get(directive.relation).copied().unwrap_or_default();
        let rows = read(&text, &format, kinds, fields).map_err(|why| Failure::Input(format!("{name}: {why}")))?;
        facts.entry(directive.relation.to_owned()).or_default().extend(rows);
    }
    let derived = run(twin, &facts).map_err(|relation| Failure::Input(format!("facts do not fit `{relation}`")))?;
    for directive in directives {
        let rows: Vec<Vec<Value>> = derived.get(directive.relation).into_iter().flatten().cloned().collect();
        let written = match directive.action {
            Action::Input { .. } => Ok(()),
            Action::PrintSize => {
                writeln!(out, "{}\t{}", directive.relation, rows.len()).map_err(|error| error.to_string())
            }
            Action::Output { place, names, format } => {
                output(place, directive.name, names, &format, &rows, arguments, out)
            }
        };
        written.map_err(Failure::World)?;
    }
    Ok(())
}

/// The text of an input, and what it is called.
fn input(place: Place, directory: &Path) -> Result<(String, String), Failure> {
    let Place::File { file, directory: own } = place else {
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        return read.map(|_| (text, "<stdin>".to_owned())).map_err(|error| Failure::Input(format!("<stdin>: {error}")));
    };
    let path = own.map_or(directory, Path::new).join(file);
    let name = path.display().to_string();
    match fs::read_to_string(&path) {
        Ok(text) => Ok((text, name)),
        Err(error) => Err(Failure::Input(format!("cannot read {name}: {error}"))),
    }
}

fn output(
    place: Place,
    name: &str,
    names: Option<&str>,
    format: &Format,
    rows: &[Vec<Value>],
    arguments: &Arguments,
    out: &mut dyn Write,
) -> Result<(), String> {
    let everything = arguments.output == Path::new("-");
    let Place::File { file, directory } = place else {
        return framed(out, name, names.filter(|_| format.header || everything), format, rows);
    };
    if everything {
        return framed(out, name, names, format, rows);
    }
    let directory = directory.map_or(&*arguments.output, Path::new);
    let path = directory.join(file);
    let save = || -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let mut file = BufWriter::new(fs::File::create(&path)?);
        if let Some(names) = names.filter(|_| format.header) {
            writeln!(file, "{names}")?;
        }
        write(&mut file, rows, format)?;
        file.flush()
    };
    save().map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Tuples on standard output, between lines that set them off.
fn framed(
    out: &mut dyn Write,
    name: &str,
    names: Option<&str>,
    format: &Format,
    rows: &[Vec<Value>],
) -> Result<(), String> {
    let mut write_all = || -> io::Result<()> {
        writeln!(out, "---------------\n{name}")?;
        names.iter().try_for_each(|names| writeln!(out, "{names}"))?;
        writeln!(out, "===============")?;
        write(out, rows, format)?;
        writeln!(out, "===============")
    };
    write_all().map_err(|error| error.to_string())
}
