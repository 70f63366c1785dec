//! The figures: medians with their spread, for people as a table, for machines as JSON.

use super::measure::Evaluator;
use serde::Serialize;
use std::collections::BTreeMap;

/// An evaluator with its number of workers.
pub(super) type Column = (Evaluator, usize);

/// All that was measured of one suite.
#[derive(Debug)]
pub(super) struct Figures {
    /// What is measured, in the order in which it is shown, and its unit.
    measures: &'static [(&'static str, &'static str)],
    values: BTreeMap<(usize, Column), Vec<f64>>,
    columns: Vec<Column>,
}

/// A figure, as JSON shows it.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    suite: String,
    name: &'static str,
    evaluator: &'static str,
    workers: usize,
    /// The median of `runs`.
    value: f64,
    unit: &'static str,
    /// Every single value, in the order in which they were taken.
    runs: Vec<f64>,
}

impl Figures {
    pub(super) fn new(columns: &[Column], measures: &'static [(&'static str, &'static str)]) -> Self {
        Figures { measures, values: BTreeMap::new(), columns: columns.to_vec() }
    }

    pub(super) fn add(&mut self, column: Column, values: &BTreeMap<String, Vec<f64>>) {
        for (i, (name, _)) in self.measures.iter().enumerate() {
            let taken = values.get(*name).into_iter().flatten();
            self.values.entry((i, column)).or_default().extend(taken);
        }
    }

    /// One line a figure.
    pub(super) fn json(&self, suite: &str) -> Vec<Figure> {
        let taken = self.values.iter().filter(|(_, values)| !values.is_empty());
        taken
            .map(|((measure, (evaluator, workers)), values)| Figure {
                suite: suite.to_string(),
                name: self.measures[*measure].0,
                evaluator: evaluator_name(*evaluator),
                workers: *workers,
                value: median(values),
                unit: self.measures[*measure].1,
                runs: values.clone(),
            })
            .collect()
    }

    /// The names of the columns of a table: what, and one an evaluator.
    pub(super) fn header(&self) -> Vec<String> {
        let name = |(evaluator, workers): &Column| match (evaluator, workers) {
            (Evaluator::Ascent, _) => "ascent".to_string(),
            (Evaluator::Live, 1) => "live, 1 worker".to_string(),
            (Evaluator::Live, n) => format!("live, {n} workers"),
            (Evaluator::Once, 1) => "once, 1 worker".to_string(),
            (Evaluator::Once, n) => format!("once, {n} workers"),
        };
        std::iter::once("measure".to_string()).chain(self.columns.iter().map(name)).collect()
    }

    /// The rows of a table.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let row = |(i, (name, unit)): (usize, &(&str, &str))| {
            let cells = self.columns.iter().map(|c| self.values.get(&(i, *c)).map_or(String::new(), |v| cell(v, unit)));
            std::iter::once(name.to_string()).chain(cells).collect()
        };
        self.measures.iter().enumerate().map(row).collect()
    }
}

fn evaluator_name(evaluator: Evaluator) -> &'static str {
    match evaluator {
        Evaluator::Live => "live",
        Evaluator::Once => "once",
        Evaluator::Ascent => "ascent",
    }
}

/// `1.82 s (1.75–1.90)`; of a hundred values or more the 99th percentile too; nothing of nothing.
pub(super) fn cell(values: &[f64], unit: &str) -> String {
    let least = values.iter().copied().reduce(f64::min);
    let greatest = values.iter().copied().reduce(f64::max);
    match (least, greatest) {
        (Some(least), Some(greatest)) if values.len() >= 100 => {
            let tail = short(percentile(values, 99));
            format!("{} {unit} ({}–{}, p99 {tail})", short(median(values)), short(least), short(greatest))
        }
        (Some(least), Some(greatest)) if values.len() > 1 => {
            format!("{} {unit} ({}–{})", short(median(values)), short(least), short(greatest))
        }
        (Some(only), _) => format!("{} {unit}", short(only)),
        _ => String::new(),
    }
}

/// Three digits that mean something.
fn short(value: f64) -> String {
    match value.abs() {
        x if x >= 99.95 => format!("{value:.0}"),
        x if x >= 9.995 => format!("{value:.1}"),
        x if x >= 0.9995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The middle value, or the mean of the two middle ones; zero of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The least value that so many percent of the values do not exceed; zero of nothing.
pub(super) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::measure::MEASURES;
    use super::*;

    #[test]
    fn a_figure_is_the_median_with_its_spread() {
        assert_eq!(cell(&[3.0, 1.0, 2.5], "s"), "2.50 s (1.00–3.00)");
        assert_eq!(cell(&[120.4], "MiB"), "120 MiB");
        assert_eq!(cell(&[], "s"), "");
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(cell(&hundred, "ms"), "50.5 ms (1.00–100, p99 99.0)");
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn json_holds_every_run_and_leaves_out_what_was_not_measured() {
        let column = (Evaluator::Live, 2);
        let mut figures = Figures::new(&[column], &MEASURES);
        for value in [0.5, 1.5] {
            figures.add(column, &BTreeMap::from([("first load".to_string(), vec![value])]));
        }
        let json = serde_json::to_string(&figures.json("tc")).expect("figures are JSON");
        assert_eq!(
            json,
            r#"[{"suite":"tc","name":"first load","evaluator":"live","workers":2,"value":1.0,"unit":"s","runs":[0.5,1.5]}]"#
        );
    }
}
