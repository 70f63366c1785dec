//! `strata bench live`: what the live engine is asked to hold, measured against evaluating from scratch.
//!
//! A bar is the design's first target for a figure; beside it stands what the one-shot evaluator takes to find the same
//! from scratch. Both take turns, each in a fresh process.

use super::links;
use super::measure::Evaluator;
use super::report::{cell, median};
use super::suite::{Suite, find};
use super::{Arguments, ROUNDS, child, files};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::table::Table;
use compiler::value::Primitive;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a figure must not exceed.
#[derive(Clone, Copy)]
enum Bar {
    /// A number, in the unit of the figure.
    Most(f64),
    /// The time of a run from scratch.
    Scratch,
    /// Nothing is asked; it is shown for comparison.
    Open,
}

/// A figure that is asked for: of which suite, which measure, its unit, its bar, and which measure of the one-shot
/// evaluator is the same from scratch, with a factor that makes the units equal.
struct Asked {
    suite: &'static str,
    measure: &'static str,
    unit: &'static str,
    bar: Bar,
    scratch: Option<(&'static str, f64)>,
}

const fn asked(suite: &'static str, measure: &'static str, unit: &'static str, bar: Bar) -> Asked {
    let scratch = match unit.as_bytes() {
        b"s" => Some(("first load", 1.0)),
        b"ms" => Some(("first load", 1000.0)),
        _ => None,
    };
    Asked { suite, measure, unit, bar, scratch }
}

const fn of_links(measure: &'static str, bar: Bar, same: bool) -> Asked {
    Asked { suite: LINKS, measure, unit: "ms", bar, scratch: if same { Some((measure, 1.0)) } else { None } }
}

const LINKS: &str = "links";

const ASKED: [Asked; 24] = [
    asked("tc", "first load", "s", Bar::Most(1.8)),
    asked("tc", "1 insert", "ms", Bar::Most(17.0)),
    asked("tc", "1 delete", "ms", Bar::Most(17.0)),
    asked("tc", "100 mixed changes", "ms", Bar::Most(450.0)),
    asked("tc", "bytes per tuple", "B", Bar::Most(96.0)),
    asked("reach", "first load", "s", Bar::Most(4.0)),
    asked("reach", "1 insert", "ms", Bar::Most(0.2)),
    asked("reach", "1 delete", "ms", Bar::Most(0.2)),
    asked("reach", "100 mixed changes", "ms", Bar::Most(2.5)),
    asked("reach", "bytes per tuple", "B", Bar::Most(96.0)),
    asked("csda", "first load", "s", Bar::Open),
    asked("csda", "100 mixed changes", "ms", Bar::Scratch),
    asked("galen", "first load", "s", Bar::Open),
    asked("galen", "100 mixed changes", "ms", Bar::Scratch),
    asked("andersen", "first load", "s", Bar::Open),
    asked("andersen", "1 insert", "ms", Bar::Open),
    asked("andersen", "100 mixed changes", "ms", Bar::Scratch),
    of_links(links::LOAD, Bar::Open, true),
    of_links(links::LINK, Bar::Most(0.5), true),
    of_links(links::FORK, Bar::Most(0.5), true),
    of_links(links::FORKS, Bar::Most(150.0), false),
    of_links(links::UNDER, Bar::Open, false),
    of_links(links::DROP, Bar::Open, false),
    of_links(links::RULE, Bar::Most(200.0), true),
];

/// All values by suite, evaluator and measure.
type Values = BTreeMap<(&'static str, Evaluator, String), Vec<f64>>;

/// A figure beside its bar, as JSON shows it.
#[derive(Debug, Serialize)]
struct Figure {
    suite: &'static str,
    name: &'static str,
    unit: &'static str,
    value: f64,
    runs: Vec<f64>,
    /// What it must not exceed, if anything.
    bar: Option<f64>,
    /// The same from scratch.
    scratch: Option<f64>,
}

/// Measures everything and shows it.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let mut values = Values::new();
    let suites = ["tc", "reach", "csda", "galen", "andersen"].map(|name| find(name).map(|s| (s, arguments.size)));
    for (suite, size) in suites.into_iter().flatten() {
        let directory =
            tempfile::tempdir().map_err(|e| Failure::User(format!("cannot make a scratch directory: {e}")))?;
        let data = suite.data(size);
        let updates = suite.updates(&data, ROUNDS);
        files::write(directory.path(), &data, &updates)?;
        drop((data, updates));
        turns(suite, arguments, output, &mut values, |evaluator| {
            let more = ["--data".as_ref(), directory.path().as_os_str()];
            child(suite.name, (evaluator, 1), &more, arguments)
        })?;
    }
    let links = Suite::named(LINKS);
    turns(&links, arguments, output, &mut values, |evaluator| child(LINKS, (evaluator, 1), &[], arguments))?;
    show(arguments, &values, output)
}

/// Both evaluators, in turns; they must find the same.
fn turns(
    suite: &Suite,
    arguments: &Arguments,
    output: &mut Output,
    values: &mut Values,
    measure: impl Fn(Evaluator) -> Outcome<super::measure::Measured>,
) -> Outcome {
    let mut counts = None;
    for turn in 1..=arguments.runs {
        for evaluator in [Evaluator::Live, Evaluator::Once] {
            output.note(&format!("{}: {evaluator:?}, run {turn} of {}", suite.name, arguments.runs))?;
            let measured = measure(evaluator)?;
            let known = counts.get_or_insert_with(|| measured.counts.clone());
            if *known != measured.counts {
                let (name, found) = (suite.name, &measured.counts);
                return Err(Failure::Ours(format!("{name}: {evaluator:?} has {found:?}, others have {known:?}")));
            }
            for (name, taken) in measured.values {
                values.entry((suite.name, evaluator, name)).or_default().extend(taken);
            }
        }
    }
    Ok(())
}

fn show(arguments: &Arguments, values: &Values, output: &mut Output) -> Outcome {
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    for asked in &ASKED {
        let of = |evaluator, name: &str| values.get(&(asked.suite, evaluator, name.to_string()));
        let Some(live) = of(Evaluator::Live, asked.measure) else { continue };
        let scratch = asked.scratch.and_then(|(name, factor)| {
            let taken = of(Evaluator::Once, name)?;
            Some(taken.iter().map(|value| value * factor).collect::<Vec<f64>>())
        });
        let bar = match asked.bar {
            Bar::Most(most) => Some(most),
            Bar::Scratch => scratch.as_deref().map(median),
            Bar::Open => None,
        };
        let name = asked.measure.trim_start_matches("links, ");
        let verdict = bar.map_or("", |bar| if median(live) <= bar { "held" } else { "missed" });
        rows.push(vec![
            asked.suite.to_string(),
            name.to_string(),
            bar.map_or(String::new(), |bar| cell(&[bar], asked.unit)),
            cell(live, asked.unit),
            scratch.as_deref().map_or(String::new(), |scratch| cell(scratch, asked.unit)),
            verdict.to_string(),
        ]);
        let (value, runs, scratch) = (median(live), live.clone(), scratch.as_deref().map(median));
        figures.push(Figure { suite: asked.suite, name, unit: asked.unit, value, runs, bar, scratch });
    }
    if arguments.format == "json" {
        let text = serde_json::to_string_pretty(&figures).map_err(|e| Failure::Ours(e.to_string()))?;
        return Ok(output.data(&text)?);
    }
    let columns = ["suite", "measure", "bar", "live", "from scratch", ""];
    let text = |cell: String| runtime::Value::Symbol(cell.into());
    let table = Table {
        columns: columns.map(|name| (name.to_string(), Primitive::Symbol)).to_vec(),
        rows: rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect(),
    };
    Ok(output.data(&table.draw(output.out_style, None))?)
}

/// Whether a suite is that of the links.
pub(super) fn is_links(name: &str) -> bool {
    name == LINKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_one_that_is_measured() {
        for asked in &ASKED {
            let known = super::super::measure::MEASURES
                .iter()
                .any(|(name, unit)| *name == asked.measure && (*unit == asked.unit) && find(asked.suite).is_some());
            assert!(known || asked.suite == LINKS, "{} {}", asked.suite, asked.measure);
        }
    }
}
