//! A test, evaluated once, and why what is expected does not hold.

use super::{Reason, Unmet, line};
use crate::compile::Compiled;
use crate::failure::Outcome;
use crate::table::{literal, printable};
use compiler::planner::{Statistics, plan};
use compiler::program::{Atom, Column, Expectation, Expr, Literal, Program, RelationId, Test};
use compiler::value::Const;
use runtime::{Answers, Once, Options, Symbols, Value};
use std::collections::BTreeSet;

/// How many tuples are shown of what is missing, unexpected, or near.
const SHOWN: usize = 10;

/// A test, evaluated.
struct Evaluated {
    program: Program,
    symbols: Symbols,
    answers: Answers,
}

/// Tuples as they are written, in order.
type Tuples = BTreeSet<Vec<String>>;

/// What a test expects and does not hold.
pub(super) fn unmet(compiled: &Compiled, test: &Test) -> Outcome<Vec<Unmet>> {
    let program = compiled.program.with(test);
    let (plan, symbols) = (plan(&program, &Statistics::new()), Symbols::default());
    let answers = Once::new(plan, symbols.clone(), Options::default()).evaluate();
    let mut evaluated = Evaluated { program, symbols, answers };
    let mut unmet = Vec::new();
    for expectation in &test.expectations {
        let reasons = match expectation {
            Expectation::Holds { query, .. } => evaluated.holds(*query)?,
            Expectation::Only { actual, expected, .. } => evaluated.only(*actual, *expected)?,
        };
        if let Some(reasons) = reasons {
            let span = expectation.span();
            let text = &compiled.sources.get(span.source).text[span.range()];
            let expectation = text.split_whitespace().collect::<Vec<_>>().join(" ");
            unmet.push(Unmet { line: line(compiled, span), expectation, reasons });
        }
    }
    Ok(unmet)
}

impl Evaluated {
    /// Why a query has no answer; nothing if it has one.
    fn holds(&mut self, query: RelationId) -> Outcome<Option<Vec<Reason>>> {
        if !self.tuples(query)?.is_empty() {
            return Ok(None);
        }
        let rules = self.program.rules.iter().filter(|rule| rule.head == query);
        let body: Vec<Literal> = rules.flat_map(|rule| rule.body.clone()).collect();
        let mut reasons = Vec::new();
        for literal in &body {
            match literal {
                Literal::Positive(atom) => reasons.extend(self.nearest(atom)?),
                Literal::Negative(atom) => reasons.extend(self.there(atom)?),
                Literal::Constraint(_) => {}
            }
        }
        reasons.dedup();
        Ok(Some(reasons))
    }

    /// The tuples of a relation that come nearest to an atom.
    fn nearest(&mut self, atom: &Atom) -> Outcome<Vec<Reason>> {
        let name = shown_name(&self.program, atom.relation);
        let wanted = constants(atom);
        let tuples = self.tuples(atom.relation)?;
        if tuples.is_empty() {
            return Ok(vec![Reason::Note(format!("`{name}` has no tuples"))]);
        }
        let near = |tuple: &Vec<String>| {
            tuple.iter().zip(&wanted).filter(|(value, want)| want.as_ref() == Some(value)).count()
        };
        let most = tuples.iter().map(near).max().unwrap_or(0);
        let asked = wanted.iter().flatten().count();
        if most == asked {
            return Ok(Vec::new());
        }
        let nearest: Vec<String> =
            tuples.iter().filter(|tuple| near(tuple) == most).map(|tuple| written(&name, tuple)).collect();
        let pattern: Vec<String> = wanted.into_iter().map(|value| value.unwrap_or("_".into())).collect();
        let missing = Reason::Missing(written(&name, &pattern));
        let total = tuples.len();
        let what = if most == 0 { "is" } else { "the nearest is" };
        let list = shortened(nearest);
        Ok(vec![missing, Reason::Note(format!("`{name}` has {}, {what} {list}", counted(total)))])
    }

    /// The tuples of a relation that an atom matches.
    fn there(&mut self, atom: &Atom) -> Outcome<Vec<Reason>> {
        let name = shown_name(&self.program, atom.relation);
        let wanted = constants(atom);
        let matches = |tuple: &Vec<String>| {
            tuple.iter().zip(&wanted).all(|(value, want)| want.as_ref().is_none_or(|w| w == value))
        };
        let tuples = self.tuples(atom.relation)?;
        let found = tuples.iter().filter(|tuple| matches(tuple)).map(|tuple| written(&name, tuple)).collect();
        Ok(limited(found, Reason::Unexpected))
    }

    /// The difference between two relations; nothing if there is none.
    fn only(&mut self, actual: RelationId, expected: RelationId) -> Outcome<Option<Vec<Reason>>> {
        let (is, should) = (self.tuples(actual)?, self.tuples(expected)?);
        if is == should {
            return Ok(None);
        }
        let name = shown_name(&self.program, actual);
        let difference = |from: &Tuples, to: &Tuples| from.difference(to).map(|tuple| written(&name, tuple)).collect();
        let mut reasons = limited(difference(&should, &is), Reason::Missing);
        reasons.extend(limited(difference(&is, &should), Reason::Unexpected));
        Ok(Some(reasons))
    }

    fn tuples(&mut self, relation: RelationId) -> Outcome<Tuples> {
        let relation = self.program.relation(relation);
        let rows = self.answers.rows(&relation.name)?;
        let value = |(word, column): (&u64, &Column)| literal(&Value::of(*word, &column.ty, &self.symbols));
        Ok(rows.iter().map(|row| row.iter().zip(&relation.columns).map(value).collect()).collect())
    }
}

/// The constants of an atom as they are written, by column.
fn constants(atom: &Atom) -> Vec<Option<String>> {
    let constant = |arg: &Expr| match arg {
        Expr::Const(constant) => Some(text(constant)),
        _ => None,
    };
    atom.args.iter().map(constant).collect()
}

fn text(constant: &Const) -> String {
    printable(&constant.to_string()).into_owned()
}

/// `relation(values)`
fn written(name: &str, tuple: &[String]) -> String {
    format!("{name}({})", tuple.join(", "))
}

/// What desugaring made up has no name that an author knows.
fn shown_name(program: &Program, relation: RelationId) -> String {
    program.relation(relation).name.trim_start_matches('@').to_string()
}

/// Some of the tuples, each with what it is, and how many more there are.
fn limited(mut tuples: Vec<String>, what: fn(String) -> Reason) -> Vec<Reason> {
    let more = tuples.len().saturating_sub(SHOWN);
    tuples.truncate(SHOWN);
    let mut reasons: Vec<Reason> = tuples.into_iter().map(what).collect();
    if more > 0 {
        reasons.push(Reason::Note(format!("and {more} more")));
    }
    reasons
}

/// Some of the tuples in a row.
fn shortened(mut tuples: Vec<String>) -> String {
    let more = tuples.len().saturating_sub(3);
    tuples.truncate(3);
    let list = tuples.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

fn counted(n: usize) -> String {
    if n == 1 { "1 tuple".into() } else { format!("{n} tuples") }
}
