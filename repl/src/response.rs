//! Responses: what the shell has to say to an input, as values.

use crate::answer::Answer;
use crate::chart;
use crate::failure::{Failure, Outcome};
use crate::forks::Difference;
use crate::output::{Output, Style};
use crate::path::Path;
use crate::table::{Table, literal};
use crate::why::Explanation;
use crate::wrap::wrapped;
use compiler::diagnostic::Diagnostic;
use compiler::span::Sources;
use runtime::Value;
use std::fmt;
use std::io;
use std::sync::Arc;

/// All that comes of one input.
#[derive(Debug, Default)]
pub struct Response {
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// Whether the session is over.
    pub quit: bool,
}

/// One thing that is said.
#[derive(Debug)]
pub enum Part {
    /// A remark, not data.
    Note(String),
    /// Text that was asked for.
    Text(String),
    /// An answer, of which at most so many rows are shown.
    Answer(Table, Option<usize>),
    /// A drawing, as wide as the terminal.
    Drawing(Box<Drawing>),
    /// Why a tuple holds, or does not, of which at most so many lines are shown.
    Explanation(Box<Explanation>, Option<usize>),
    /// A tuple that a watched relation gained or lost.
    Change(Change),
    /// What the compiler has to remark on a program that means something.
    Warnings(Vec<Diagnostic>, Sources),
    /// Something went wrong.
    Failure(Failure),
}

/// What is drawn.
#[derive(Debug)]
pub enum Drawing {
    /// A bar for each row.
    Bars(Answer),
    /// The distribution of the last column.
    Cdf(Answer),
    /// Sums between two things.
    Heatmap(Answer),
    /// A path, layer by layer.
    Path(Path),
}

impl Drawing {
    /// Draws it for a terminal.
    pub fn draw(&self, style: Style) -> Outcome<String> {
        match self {
            Drawing::Bars(answer) => chart::bars(answer, style),
            Drawing::Cdf(answer) => chart::cdf(answer, style),
            Drawing::Heatmap(answer) => chart::heatmap(answer, style),
            Drawing::Path(path) => Ok(path.draw(style)),
        }
    }
}

/// A signed tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whether the tuple came; otherwise it went.
    pub inserted: bool,
    /// The relation.
    pub relation: Arc<str>,
    /// The tuple.
    pub tuple: Vec<Value>,
    /// In which fork; none for the base.
    pub fork: Option<Arc<str>>,
}

impl Response {
    /// Adds a remark.
    pub fn note(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Note(text.into()));
    }

    /// Adds text that was asked for.
    pub fn text(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Text(text.into()));
    }

    /// Adds an answer.
    pub fn answer(&mut self, table: Table, limit: Option<usize>) {
        let (rows, hidden) = (table.rows.len(), table.hidden(limit));
        let without = rows == 0 && !table.columns.is_empty();
        if without {
            return self.note("no tuples");
        }
        self.parts.push(Part::Answer(table, limit));
        if hidden > 0 {
            self.note(format!("… {hidden} more of {rows} tuples; `.limit all` shows them all"));
        }
    }

    /// Adds the next page of an answer, of which so many rows are still to come.
    pub fn page(&mut self, page: Table, all: usize, left: usize) {
        if page.rows.is_empty() && !page.columns.is_empty() {
            return self.note("no tuples");
        }
        self.parts.push(Part::Answer(page, None));
        if left > 0 {
            self.note(format!(
                "… {left} more of {all} tuples; `.more` shows the next, `.limit all` does away with the limit"
            ));
        }
    }

    /// Adds a drawing, if it can be drawn.
    pub fn drawing(&mut self, drawing: Drawing) -> Outcome {
        drawing.draw(Style::PLAIN)?;
        self.parts.push(Part::Drawing(Box::new(drawing)));
        Ok(())
    }

    /// Adds an explanation.
    pub fn explain(&mut self, explanation: Explanation, limit: Option<usize>) {
        let (lines, hidden) = (explanation.lines.len(), explanation.hidden(limit));
        let notes = explanation.notes.clone();
        if lines > 0 {
            self.parts.push(Part::Explanation(Box::new(explanation), limit));
        }
        if hidden > 0 {
            self.note(format!("… {hidden} more of {lines} lines; `.limit all` shows them all"));
        }
        notes.into_iter().for_each(|note| self.note(note));
    }

    /// Adds changes of watched relations.
    pub fn changes(&mut self, changes: Vec<Change>) {
        self.parts.extend(changes.into_iter().map(Part::Change));
    }

    /// Adds what differs between two models: of each relation at most so many tuples.
    pub fn difference(&mut self, difference: Difference, limit: Option<usize>) {
        for mut changes in difference.relations {
            let (all, relation) = (changes.len(), changes[0].relation.clone());
            changes.truncate(limit.unwrap_or(usize::MAX));
            let hidden = all - changes.len();
            self.changes(changes);
            if hidden > 0 {
                self.note(format!("… {hidden} more of {all} tuples of `{relation}`; `.limit all` shows them all"));
            }
        }
        self.note(difference.summary);
    }

    /// Adds a failure.
    pub fn fail(&mut self, failure: impl Into<Failure>) {
        self.parts.push(Part::Failure(failure.into()));
    }

    /// Whether something went wrong.
    pub fn failed(&self) -> bool {
        self.parts.iter().any(|p| matches!(p, Part::Failure(_)))
    }

    /// Says it all: data on one stream, everything else on the other.
    pub fn write(&self, output: &mut Output) -> io::Result<()> {
        for part in &self.parts {
            if let Part::Answer(table, limit) = part {
                write_answer(table, *limit, output)?;
                continue;
            }
            let style = if part.is_data() { output.out_style } else { output.err_style };
            let text = part.draw(style);
            if part.is_data() { output.data(&text)? } else { output.note(&text)? }
        }
        output.out.flush()
    }
}

/// Writes an answer line by line, for as long as somebody wants to read it.
fn write_answer(table: &Table, limit: Option<usize>, output: &mut Output) -> io::Result<()> {
    for (at, line) in table.lines(output.out_style, limit).enumerate() {
        if output.interrupt.is_raised() {
            return output.note(&format!("stopped after {at} lines"));
        }
        output.data(&line)?;
    }
    Ok(())
}

impl Response {
    /// Says it all in order, on the stream of data.
    pub fn transcribe(&self, output: &mut Output) -> io::Result<()> {
        self.parts.iter().try_for_each(|part| output.data(&part.draw(output.out_style)))?;
        output.out.flush()
    }
}

impl Part {
    fn is_data(&self) -> bool {
        matches!(self, Part::Text(_) | Part::Answer(..) | Part::Drawing(_) | Part::Explanation(..) | Part::Change(_))
    }

    fn draw(&self, style: Style) -> String {
        match self {
            Part::Note(text) => style.dim(&wrapped(text, style.width)),
            Part::Text(text) => wrapped(text.trim_end(), style.width).into_owned(),
            Part::Answer(table, limit) => table.draw(style, *limit),
            // It was drawn before, so it can be.
            Part::Drawing(drawing) => drawing.draw(style).unwrap_or_else(|failure| failure.render(style)),
            Part::Explanation(explanation, limit) => explanation.draw(style, *limit),
            Part::Change(change) if change.inserted => style.green(&change.to_string()),
            Part::Change(change) => style.red(&change.to_string()),
            Part::Warnings(diagnostics, sources) => crate::failure::render(diagnostics, sources, style),
            Part::Failure(failure) => failure.render(style),
        }
    }
}

/// `+path("a", "c")`, `cut: +path("a", "c")`
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.tuple.iter().map(literal).collect();
        self.fork.iter().try_for_each(|fork| write!(f, "{fork}: "))?;
        write!(f, "{}{}({})", if self.inserted { '+' } else { '-' }, self.relation, values.join(", "))
    }
}

/// Everything that is said, as it would stand on one plain stream.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| writeln!(f, "{}", part.draw(Style::PLAIN)))
    }
}
