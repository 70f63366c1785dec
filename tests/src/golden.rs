//! Golden cases: a rule file, what one types, and what changes.
//!
//! `golden/<topic>/<name>.dl` is the program, `.script` the edits, `.expected` the signed changes of the outputs after
//! each epoch. Epoch 0 is what the program's own facts derive; each `commit` closes the next.
//!
//! ```text
//! // failure/lost_uplink.script         | 1: +single_homed("h2", "s2")
//! +adjacent("h1", "s1").                | 2: +single_homed("h1", "s2")
//! commit                                | 2 f: -single_homed("h2", "s2")
//! -adjacent("h1", "s1").                |
//! fork f                                |
//! f +adjacent("h2", "s1").              |
//! commit                                |
//! drop f                                |
//! ```
//!
//! A line holds one command; `//` starts a comment. Besides `fork f` there is `fork f follows s`, and either of another
//! fork: `fork g of f`; `merge f` makes a fork what it is a fork of. A fork's changes are those against the base at the epoch before it was
//! made, then against its own last epoch. What is left open at the end is committed.

use crate::database::{Database, Value, show};
use crate::evaluator::Evaluator;
use crate::random::Edit;
use compiler::structure::{Field, Structure, Structures};
use compiler::value::Type;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A script, read: edits by epoch, and the names of the forks in the order of their making.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Edits by epoch.
    pub epochs: Vec<Vec<Edit>>,
    /// The name of fork `n` is at `n - 1`.
    pub forks: Vec<String>,
}

/// Reads a script. `columns` tells the types of a relation's columns.
pub fn read_script(text: &str, columns: &dyn Fn(&str) -> Option<Vec<Type>>) -> Result<Script, String> {
    let mut script = Script { epochs: vec![Vec::new()], forks: Vec::new() };
    for (number, line) in text.lines().enumerate() {
        let line = if line.starts_with("//") { "" } else { line.split(" //").next().unwrap_or("").trim() };
        command(line, columns, &mut script).map_err(|e| format!("line {}: {e}: {line}", number + 1))?;
    }
    if script.epochs.last().is_some_and(Vec::is_empty) {
        script.epochs.pop();
    }
    Ok(script)
}

fn command(line: &str, columns: &dyn Fn(&str) -> Option<Vec<Type>>, script: &mut Script) -> Result<(), String> {
    let named = |forks: &[String], name: &str| forks.iter().rposition(|f| f == name).map(|i| i + 1);
    let words: Vec<&str> = line.splitn(2, ' ').collect();
    let edit = match words.as_slice() {
        [""] => return Ok(()),
        ["commit"] => {
            script.epochs.push(Vec::new());
            return Ok(());
        }
        ["fork", rest] => {
            let (rest, parent) = rest.split_once(" of ").unwrap_or((rest, ""));
            let parent = if parent.is_empty() { 0 } else { named(&script.forks, parent).ok_or("no such fork")? };
            let (name, scenario) = rest.split_once(" follows ").unwrap_or((rest, ""));
            script.forks.push(name.to_owned());
            if scenario.is_empty() { Edit::Fork(parent) } else { Edit::Follow(parent, scenario.into()) }
        }
        ["merge", name] => Edit::Merge(named(&script.forks, name).ok_or("no such fork")?),
        ["drop", name] => Edit::Drop(named(&script.forks, name).ok_or("no such fork")?),
        [name, rest] if named(&script.forks, name).is_some() => {
            fact(rest, named(&script.forks, name).unwrap_or(0), columns)?
        }
        _ => fact(line, 0, columns)?,
    };
    script.epochs.last_mut().ok_or("no epoch is open")?.push(edit);
    Ok(())
}

/// `+link("h1", 3).`
fn fact(line: &str, fork: usize, columns: &dyn Fn(&str) -> Option<Vec<Type>>) -> Result<Edit, String> {
    let (sign, rest) = line.split_at_checked(1).ok_or("a fact is expected")?;
    let (name, arguments) = rest.split_once('(').ok_or("`(` is expected")?;
    let arguments = arguments.trim_end().strip_suffix(").").ok_or("`).` is expected")?;
    let types = columns(name).ok_or("no such relation")?;
    let mut tuple = Vec::new();
    let mut left = arguments.trim_start();
    for ty in types {
        let (value, rest) = value(left, &ty, ty.structures.as_deref().unwrap_or(&Structures::default()))?;
        tuple.push(value);
        left = rest.trim_start();
        left = left.strip_prefix(',').unwrap_or(left).trim_start();
    }
    if !left.is_empty() {
        return Err(format!("too many arguments: {left}"));
    }
    match sign {
        "+" => Ok(Edit::Insert(fork, name.into(), tuple)),
        "-" => Ok(Edit::Retract(fork, name.into(), tuple)),
        _ => Err("`+` or `-` is expected".into()),
    }
}

/// A value as in a rule, and what follows it.
fn value<'t>(text: &'t str, ty: &Type, structures: &Structures) -> Result<(Value, &'t str), String> {
    let Some(structure) = structures.get(&ty.name) else {
        let (text, rest) = if text.starts_with('"') { quoted(text)? } else { plain(text) };
        let primitive = ty.primitive;
        return Ok((Value::parse(&text, primitive).ok_or_else(|| format!("`{text}` is no {primitive}"))?, rest));
    };
    let expected = || format!("a `{}` is expected: {text}", ty.name);
    match structure {
        Structure::Record(_) if text.starts_with("nil") => Ok((Value::Nil, &text["nil".len()..])),
        Structure::Record(fields) => {
            let rest = text.strip_prefix('[').ok_or_else(expected)?;
            let (values, rest) = values(rest, fields, ']', structures)?;
            Ok((Value::Record(values.into()), rest))
        }
        Structure::Branches(_) => {
            let rest = text.strip_prefix('$').ok_or_else(expected)?;
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            let (number, fields) = structure.branch(name).ok_or_else(expected)?;
            let tag = Value::Tag(name.into(), number);
            let Some(rest) = rest.strip_prefix('(') else { return Ok((Value::Record([tag].into()), rest)) };
            let (values, rest) = values(rest, fields, ')', structures)?;
            Ok((Value::Record(std::iter::once(tag).chain(values).collect()), rest))
        }
    }
}

fn values<'t>(
    text: &'t str,
    fields: &[Field],
    close: char,
    structures: &Structures,
) -> Result<(Vec<Value>, &'t str), String> {
    let mut values = Vec::new();
    let mut left = text.trim_start();
    for field in fields {
        let (value, rest) = value(left, &field.ty, structures)?;
        values.push(value);
        left = rest.trim_start();
        left = left.strip_prefix(',').unwrap_or(left).trim_start();
    }
    let rest = left.strip_prefix(close).ok_or_else(|| format!("`{close}` is expected: {left}"))?;
    Ok((values, rest))
}

fn plain(text: &str) -> (String, &str) {
    let end = text.find([',', ']', ')']).unwrap_or(text.len());
    (text[..end].trim_end().to_owned(), &text[end..])
}

fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next().map(|(_, c)| c) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(c) => value.push(c),
                None => break,
            },
            c => value.push(c),
        }
    }
    Err("a string is not closed".into())
}

/// Runs a script and writes down what changes in the outputs, epoch by epoch.
pub fn run(script: &Script, outputs: &[Arc<str>], evaluator: &mut dyn Evaluator) -> String {
    let mut lines = String::new();
    let mut before: BTreeMap<usize, Database> = BTreeMap::new();
    note(0, script, outputs, evaluator, &mut before, &mut lines);
    for (epoch, edits) in script.epochs.iter().enumerate() {
        edits.iter().for_each(|e| evaluator.edit(e));
        evaluator.commit();
        note(epoch + 1, script, outputs, evaluator, &mut before, &mut lines);
    }
    lines
}

/// The changes since the epoch before.
fn note(
    epoch: usize,
    script: &Script,
    outputs: &[Arc<str>],
    evaluator: &mut dyn Evaluator,
    before: &mut BTreeMap<usize, Database>,
    lines: &mut String,
) {
    let base_before = before.get(&0).cloned().unwrap_or_default();
    let mut now = BTreeMap::new();
    for fork in evaluator.forks() {
        let database = evaluator.read(fork);
        let last = before.get(&fork).unwrap_or(&base_before);
        let label = match fork {
            0 => String::new(),
            fork => format!(" {}", script.forks[fork - 1]),
        };
        let empty = BTreeSet::new();
        for output in outputs {
            let (old, new) = (last.get(output).unwrap_or(&empty), database.get(output).unwrap_or(&empty));
            for tuple in old.symmetric_difference(new) {
                let sign = if new.contains(tuple) { '+' } else { '-' };
                *lines += &format!("{epoch}{label}: {sign}{}\n", show(output, tuple));
            }
        }
        now.insert(fork, database);
    }
    *before = now;
}
