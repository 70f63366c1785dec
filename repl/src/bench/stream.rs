//! `strata bench stream`: messages through pairing, trees, sessions and the traffic of each pair, as they come.
//!
//! An epoch is a second of event time. Making its messages is not measured; feeding them and closing the epoch is, in wall
//! and in processor time. The rules are the standard ones, `trace/shape.dl` and `traffic/traffic.dl`: every tree and every
//! session is derived, since what is folded of them is. What is folded by the minute is kept for some minutes; so memory is
//! flat from then on, which each minute's line shows.

use super::messages::{Messages, WIDTH};
use super::report::{median, percentile};
use super::usage::{cpu_seconds, memory};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::table::Table;
use crate::texts::{Texts, Typed};
use compiler::planner::Statistics;
use compiler::value::Primitive;
use runtime::{Engine, Fork, Options, StreamReport};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// The suite's name.
pub(super) const NAME: &str = "stream";

/// Its rules.
const RULES: [&str; 2] = ["<trace/shape.dl>", "<traffic/traffic.dl>"];

/// One figure.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
}

/// How many messages come, for how long.
pub(super) struct Load<'a> {
    /// Messages of a second of event time.
    pub(super) rate: usize,
    /// Seconds of event time.
    pub(super) seconds: usize,
    /// For how long what is folded by the minute is kept, as a rule file says it.
    pub(super) keep: &'a str,
}

/// What epochs took.
#[derive(Default)]
struct Times {
    messages: u64,
    feeding: f64,
    cpu: f64,
    closing: Vec<f64>,
    /// Resident memory after a tenth of the epochs, in bytes.
    early: u64,
    /// Resident memory after each minute of event time, in bytes.
    minutes: Vec<u64>,
}

/// Runs a load, and prints what was measured.
pub(super) fn run(load: &Load<'_>, workers: usize, json: bool, output: &mut Output) -> Outcome {
    let Load { rate, seconds, keep } = *load;
    let mut engine = engine(workers, keep)?;
    let mut messages = Messages::new(rate, 1, engine.symbols());
    let (mut times, mut before) = (Times::default(), Times::default());
    for second in 0..seconds {
        let rows = messages.next_second();
        times.messages += (rows.len() / WIDTH) as u64;
        let (start, cpu) = (Instant::now(), cpu_seconds());
        engine.feed("message", &rows)?;
        let fed = Instant::now();
        engine.commit()?;
        times.closing.push(fed.elapsed().as_secs_f64() * 1e3);
        times.feeding += start.elapsed().as_secs_f64();
        times.cpu += cpu_seconds() - cpu;
        if second == seconds / 10 {
            times.early = memory().map_or(0, |(now, _)| now);
        }
        if second % 60 == 59 {
            times.minutes.push(memory().map_or(0, |(now, _)| now));
            output.note(&times.since(&before, second + 1, &engine.streams()))?;
            before = Times { closing: Vec::new(), minutes: Vec::new(), ..times };
        }
    }
    let traffic = engine.count(Fork::BASE, "traffic")?;
    let report = engine.streams().into_iter().next().unwrap_or_default();
    let figures = figures(&times, &report, traffic);
    if json {
        let text = serde_json::to_string_pretty(&figures).map_err(|e| Failure::Ours(e.to_string()))?;
        return Ok(output.data(&text)?);
    }
    let text = |text: String| runtime::Value::Symbol(text.into());
    let row = |figure: &Figure| vec![text(figure.name.to_string()), text(figure.text())];
    let table = Table {
        columns: vec![("measure".to_string(), Primitive::Symbol), ("value".to_string(), Primitive::Symbol)],
        rows: figures.iter().map(row).collect(),
    };
    let title = format!(
        "stream: {seconds} s at {rate} messages a second of event time, {workers} workers, minutes kept for {keep}"
    );
    Ok(output.data(&format!("{title}\n{}", table.draw(output.out_style, None)))?)
}

/// An engine with the rules, that lets messages pass.
fn engine(workers: usize, keep: &str) -> Outcome<Engine> {
    let mut texts = Texts::new("<bench>");
    RULES.iter().for_each(|file| texts.load(Path::new(file)));
    texts.add(&[Typed { text: format!(".stream message(keep = \"{keep}\")"), ..Typed::default() }]);
    let compiled = crate::compile::compile(&texts, None, &Statistics::new())?;
    let mut engine = Engine::new(Options { workers })?;
    engine.let_pass();
    engine.set_plan(compiled.plan)?;
    Ok(engine)
}

impl Times {
    fn rate(&self) -> f64 {
        self.messages as f64 / self.feeding
    }

    /// A line about what came after an earlier moment.
    fn since(&self, before: &Times, second: usize, reports: &[StreamReport]) -> String {
        let (messages, closes) = ((self.messages - before.messages) as f64, &self.closing[second - 60..]);
        let (rate, cpu) = (messages / (self.feeding - before.feeding), (self.cpu - before.cpu) * 1e6 / messages);
        let (close, memory) = (median(closes), self.minutes.last().map_or(0, |bytes| bytes >> 20));
        let folded: usize = reports.iter().map(|report| report.folded).sum();
        format!(
            "{second} s of event time: {rate:.0} messages a second, {cpu:.2} µs each, close {close:.0} ms, \
             {memory} MiB, {folded} groups folded"
        )
    }

    /// The most memory of any minute in the second half over the most of any in the first, if there are minutes enough.
    fn growth(&self) -> Option<f64> {
        let (first, second) = self.minutes.split_at(self.minutes.len() / 2);
        Some(*second.iter().max()? as f64 / *first.iter().max()? as f64)
    }
}

fn figures(times: &Times, report: &StreamReport, traffic: usize) -> Vec<Figure> {
    let figure = |name, value, unit| Figure { name, value, unit };
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    let (now, peak) = memory().unwrap_or_default();
    let microseconds = |duration: std::time::Duration| duration.as_secs_f64() * 1e6 / times.messages.max(1) as f64;
    let total = times.cpu * 1e6 / times.messages.max(1) as f64;
    let (working, evaluating) = (microseconds(report.working), microseconds(report.evaluating));
    let mut figures = vec![
        figure("messages", times.messages as f64, ""),
        figure("messages per second", times.rate(), ""),
        figure("messages per second of processor time", times.messages as f64 / times.cpu, ""),
        figure("epoch close, median", median(&times.closing), "ms"),
        figure("epoch close, p99", percentile(&times.closing, 99), "ms"),
        figure("processor time a message", total, "µs"),
        figure("  shards: reading, grouping, events without a key", working - evaluating, "µs"),
        figure("  shards: evaluating groups", evaluating, "µs"),
        figure("  telling apart, adding up, stating what was folded", total - working, "µs"),
        figure("memory after a tenth", mib(times.early as f64), "MiB"),
        figure("memory at the end", mib(now as f64), "MiB"),
        figure("memory, peak", mib(peak as f64), "MiB"),
        figure("open groups", report.open_groups as f64, ""),
        figure("groups held", report.groups as f64, ""),
        figure("events held", mib(report.event_bytes as f64), "MiB"),
        figure("groups of folds", report.folded as f64, ""),
        figure("traffic rows", traffic as f64, ""),
        figure("evaluations", report.closed as f64, ""),
        figure("messages after their group was evaluated", report.revised as f64, ""),
        figure("without identifiers", report.without_key as f64, ""),
        figure("late", report.late as f64, ""),
        figure("duplicates", report.duplicates as f64, ""),
    ];
    figures.extend(times.growth().map(|growth| figure("memory, second half over the first", growth, "×")));
    figures
}

impl Figure {
    fn text(&self) -> String {
        let number = match self.value.abs() {
            x if x >= 100.0 || self.unit.is_empty() => format!("{:.0}", self.value),
            x if x >= 10.0 => format!("{:.1}", self.value),
            _ => format!("{:.2}", self.value),
        };
        format!("{number} {}", self.unit).trim_end().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_seconds_of_messages_are_folded_and_counted() {
        let mut engine = engine(2, "10m").expect("an engine");
        let mut messages = Messages::new(500, 1, engine.symbols());
        let mut fed = 0;
        for _ in 0..30 {
            let rows = messages.next_second();
            fed += (rows.len() / WIDTH) as u64;
            engine.feed("message", &rows).expect("taken in");
            engine.commit().expect("commits");
        }
        engine.settle().expect("settles");
        engine.commit().expect("commits");
        let report = engine.streams().remove(0);
        assert_eq!(report.events + report.late, fed);
        assert!(report.without_key > 0 && report.closed > 0 && report.duplicates > 0);
        let traffic = engine.query(Fork::BASE, "traffic", &[None; 7]).expect("is kept");
        let counted: u64 = traffic.iter().map(|row| row[5]).sum();
        assert!(counted <= fed - report.late - report.duplicates && counted * 10 > fed * 9, "{counted} of {fed}");
        assert!(engine.count(Fork::BASE, "tree_shape").expect("is kept") > 1);
    }
}
