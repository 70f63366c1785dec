//! Plans as text.
//!
//! Every column that a scan or join brings in gets the next letter, so a pipeline reads like its rule with fresh names:
//!
//! ```text
//! path(from, to): distinct, recursive
//!   path(x, z) :- link(x, y), path(y, z).
//!     scan link(a, b)    -> [b | a]
//!     join path(b, c)    -> [a, c]
//! ```
//!
//! In brackets is the row that is handed on, the key of the next step before the bar. `_` is a column that nobody reads.

use super::text::operator;
use crate::functor::Functor;
use crate::plan::{Body, Definition, Direction, Emit, Pipeline, Plan, Reduction, Scalar, StageKind, Test};
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let streams = super::streams(self);
        for (n, stratum) in self.strata.iter().enumerate() {
            for (i, definition) in stratum.definitions.iter().enumerate() {
                if n + i > 0 {
                    writeln!(f)?;
                }
                self.show(definition, stratum.recursive, &streams.describe(self, definition.relation), f)?;
            }
        }
        Ok(())
    }
}

impl Plan {
    /// One definition as text.
    fn show(&self, definition: &Definition, recursive: bool, kind: &str, f: &mut Formatter<'_>) -> fmt::Result {
        let relation = self.relation(definition.relation);
        let columns: Vec<&str> = relation.columns.iter().map(|c| &*c.name).collect();
        write!(f, "{}({}): {kind}", relation.name, columns.join(", "))?;
        if let Some(limit) = relation.limit {
            write!(f, "up to {limit}, ")?;
        }
        if let Some(closed) = relation.closes {
            write!(f, "closes {}, ", self.relation(closed).name)?;
        }
        match &definition.body {
            Body::Aggregate(a) => {
                let input = self.relation(a.input);
                let name = |i: usize| &*input.columns[i].name;
                write!(f, "{}", operator(a.op))?;
                if let Some(target) = a.target {
                    write!(f, " {}", name(target))?;
                }
                write!(f, " of {}", input.name)?;
                if a.group > 0 {
                    write!(f, " by {}", (0..a.group).map(name).collect::<Vec<_>>().join(", "))?;
                }
                writeln!(f)
            }
            Body::Union(pipelines, reduction) => {
                match reduction {
                    Reduction::None => f.write_str("as it comes")?,
                    Reduction::Distinct => f.write_str("distinct")?,
                    Reduction::Best { key, order } => {
                        let name = |i: &usize| columns[*i];
                        f.write_str("least")?;
                        for (i, (column, direction)) in order.iter().enumerate() {
                            let minus = if *direction == Direction::Greatest { "-" } else { "" };
                            write!(f, "{} {minus}{}", if i > 0 { "," } else { "" }, name(column))?;
                        }
                        if !key.is_empty() {
                            write!(f, " by {}", key.iter().map(name).collect::<Vec<_>>().join(", "))?;
                        }
                    }
                    Reduction::Undominated { .. } => f.write_str("undominated")?,
                    Reduction::Numbered { counters, after } => {
                        write!(f, "numbered {counters}")?;
                        if let Some(after) = after {
                            write!(f, " after {}", self.relation(*after).name)?;
                        }
                    }
                    Reduction::Choice { keys } => {
                        f.write_str("first")?;
                        for (i, key) in keys.iter().enumerate() {
                            let key = key.iter().map(|i| columns[*i]).collect::<Vec<_>>().join(", ");
                            write!(f, "{} by {key}", if i > 0 { "," } else { "" })?;
                        }
                    }
                }
                writeln!(f, "{}", if recursive { ", recursive" } else { "" })?;
                pipelines.iter().try_for_each(|p| self.show_pipeline(p, f))?;
                match reduction {
                    Reduction::Undominated { pairs } => pairs.iter().try_for_each(|p| self.show_pipeline(p, f)),
                    _ => Ok(()),
                }
            }
        }
    }

    fn show_pipeline(&self, pipeline: &Pipeline, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", pipeline.rule)?;
        let mut letters = Letters::default();
        let mut row: Vec<String> = Vec::new();
        let key = |stage: usize| pipeline.stages.get(stage).map(|s| s.right_key.len());
        match pipeline.source {
            None => write!(f, "    start")?,
            Some(id) => {
                let read = read(&pipeline.emit);
                row = (0..self.relation(id).arity()).map(|i| letters.next(read.contains(&i))).collect();
                write!(f, "    scan {}({})", self.relation(id).name, row.join(", "))?;
            }
        }
        row = show_emit(&pipeline.emit, &row, key(0), &mut letters, f)?;
        for (n, stage) in pipeline.stages.iter().enumerate() {
            let read = read(&stage.emit);
            let mut args = Vec::new();
            let mut slots = row.clone();
            // A range is shown as a relation whose last column is the value.
            let arity = stage.relation().map_or(stage.right_key.len() + 1, |id| self.relation(id).arity());
            for column in 0..arity {
                match stage.right_key.iter().position(|k| *k == column) {
                    Some(at) => args.push(row.get(at).cloned().unwrap_or_else(|| format!("${at}"))),
                    None => {
                        let letter = letters.next(read.contains(&slots.len()));
                        slots.push(letter.clone());
                        args.push(letter);
                    }
                }
            }
            let args = args.join(", ");
            match stage.kind {
                StageKind::Join(id) => write!(f, "    join {}({args})", self.relation(id).name)?,
                StageKind::Negation(id) => write!(f, "    not {}({args})", self.relation(id).name)?,
                StageKind::Range(_) => write!(f, "    each range({args})")?,
            }
            row = show_emit(&stage.emit, &slots, key(n + 1), &mut letters, f)?;
        }
        Ok(())
    }
}

/// The slots that an emit reads.
fn read(emit: &Emit) -> BTreeSet<usize> {
    fn slots(scalar: &Scalar, found: &mut BTreeSet<usize>) {
        match scalar {
            Scalar::Slot(i) => {
                found.insert(*i);
            }
            Scalar::Const(_) => {}
            Scalar::Call(_, args) => args.iter().for_each(|s| slots(s, found)),
        }
    }
    let mut found = BTreeSet::new();
    emit.tests.iter().flat_map(|t| [&t.left, &t.right]).chain(&emit.output).for_each(|s| slots(s, &mut found));
    found
}

/// Shows tests and the row that is handed on, and returns the names of its columns.
fn show_emit(
    emit: &Emit,
    slots: &[String],
    key: Option<usize>,
    letters: &mut Letters,
    f: &mut Formatter<'_>,
) -> Result<Vec<String>, fmt::Error> {
    for (i, test) in emit.tests.iter().enumerate() {
        write!(f, "{}{}", if i == 0 { " if " } else { ", " }, show_test(test, slots))?;
    }
    f.write_str(" -> [")?;
    let mut row = Vec::new();
    for (i, scalar) in emit.output.iter().enumerate() {
        if i > 0 {
            f.write_str(if Some(i) == key { " | " } else { ", " })?;
        } else if key == Some(0) {
            f.write_str("| ")?;
        }
        let text = show_scalar(scalar, slots);
        // What is computed gets a name of its own, but for the last row, which nobody reads on.
        if key.is_some() && matches!(scalar, Scalar::Call(..)) {
            let letter = letters.next(true);
            write!(f, "{letter} = {text}")?;
            row.push(letter);
        } else {
            f.write_str(&text)?;
            row.push(text);
        }
    }
    writeln!(f, "{}]", if key == Some(row.len()) && !row.is_empty() { " |" } else { "" })?;
    Ok(row)
}

fn show_test(test: &Test, slots: &[String]) -> String {
    let symbol = test.comparison.symbol();
    let (left, right) = (show_scalar(&test.left, slots), show_scalar(&test.right, slots));
    match symbol.ends_with(char::is_alphabetic) {
        true => format!("{symbol}({left}, {right})"),
        false => format!("{left} {symbol} {right}"),
    }
}

fn show_scalar(scalar: &Scalar, slots: &[String]) -> String {
    let nested = |s: &Scalar| match s {
        Scalar::Call(f, _) if f.is_infix() => format!("({})", show_scalar(s, slots)),
        _ => show_scalar(s, slots),
    };
    match scalar {
        Scalar::Slot(i) => slots.get(*i).cloned().unwrap_or_else(|| format!("${i}")),
        Scalar::Const(c) => c.to_string(),
        Scalar::Call(Functor::Field(i), args) => match &args[..] {
            [tuple] => format!("{}.{i}", show_scalar(tuple, slots)),
            _ => String::new(),
        },
        Scalar::Call(functor, args) => match &args[..] {
            [a, b] if functor.is_infix() => format!("{} {functor} {}", nested(a), nested(b)),
            args => {
                let args: Vec<String> = args.iter().map(|s| show_scalar(s, slots)).collect();
                format!("{functor}({})", args.join(", "))
            }
        },
    }
}

/// Names for columns: a, b, …, z, a1, b1, ….
#[derive(Default)]
struct Letters(usize);

impl Letters {
    fn next(&mut self, read: bool) -> String {
        if !read {
            return "_".to_string();
        }
        let letter = char::from(b'a' + (self.0 % 26) as u8);
        let round = self.0 / 26;
        self.0 += 1;
        if round == 0 { letter.to_string() } else { format!("{letter}{round}") }
    }
}
