//! `strata demo`: what Strata does, shown on a data centre that is made up, a real network and a real trace.
//!
//! Everything it says is the answer of a query that a user could type; the questions are shown with their answers. The
//! real data is inside the binary ([`data`]).

mod centre;
pub mod data;
mod network;
pub mod paths;
mod trace;

use crate::cli;
use crate::edits::Edit;
use crate::failure::Outcome;
use crate::model::Model;
use crate::output::Output;
use crate::texts::Typed;
use runtime::Value;
use std::time::Duration;

/// Runs the command.
pub fn run(arguments: &cli::Demo, output: &mut Output) -> Outcome {
    output.data(
        "Strata keeps a live model of a data centre, from cable to client session, and answers questions about it in\n\
         Datalog. When something changes, every answer is brought up to date.",
    )?;
    centre::show(arguments.report.as_deref(), output)?;
    network::show(output)?;
    trace::show(output)?;
    output.data("\nTo ask yourself: `strata` is a shell, `.help` says what can be typed; the README has a tour.")?;
    Ok(())
}

/// A heading.
fn heading(output: &mut Output, text: &str) -> Outcome {
    let style = output.out_style;
    Ok(output.data(&format!("\n{}", style.bold(&format!("── {text} ──"))))?)
}

/// The rows that a query gives, sorted.
fn ask(model: &mut Model, body: &str) -> Outcome<Vec<Vec<Value>>> {
    let mut answer = model.query(&Typed { text: format!("?- {body}."), ..Typed::default() })?;
    Ok(answer.page(None, model.interrupt())?.rows)
}

/// Inserts or retracts a fact, and says how long it took until everything was up to date.
fn edit(model: &mut Model, insert: bool, fact: &str) -> Outcome<Duration> {
    let started = std::time::Instant::now();
    model.edit(&[Edit { insert, fact: Typed { text: format!("{fact}."), ..Typed::default() } }])?;
    Ok(started.elapsed())
}

/// The text of a value, and the number of one.
fn text(value: &Value) -> String {
    value.to_string()
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Number(n) => *n,
        Value::Unsigned(n) => i64::try_from(*n).unwrap_or(i64::MAX),
        Value::Float(_) | Value::Symbol(_) | Value::Record(_) => 0,
    }
}
