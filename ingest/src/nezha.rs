//! Train-Ticket traces of the Nezha data set: spans in CSV, placements of pods on nodes, metrics.
//!
//! Files are told apart by their header, whatever their names; any may be compressed.
//!
//! | table | has the columns |
//! |---|---|
//! | spans | `TraceID`, `SpanID`, `ParentID`, `PodName`, `StartTimeUnixNano`, `EndTimeUnixNano` |
//! | placement, and logs | `Node`, `PodName` |
//! | metrics | `Time`, `PodName`; see `nezha/metrics.rs` |
//!
//! How a trace becomes messages. A span is the time in which a pod works on something for its parent span, and thus what
//! the model calls a transaction: the parent's pod asks, the span's pod answers.
//!
//! | model | is |
//! |---|---|
//! | session | the trace |
//! | transaction, parent | the span, its parent span; `""` where the data says `root` |
//! | request | at the span's start, from the parent's pod to the span's |
//! | reply | at its end, the other way |
//! | service | the application of the span's pod |
//! | bytes | 0: spans do not say |
//!
//! *Every* span is a transaction, also one on the pod of its parent (a method or a query inside the process): only then is
//! a tree the trace as it was recorded, 16 deep where the calls between pods are 5 deep. The two legs of such a span have
//! one pod at both ends; so the messages of a network are those whose ends differ. The client of a root span is outside
//! the data and stays `""`, as does the asker of a span whose parent is missing.
//!
//! Placement: a node is a `device` of role `host`, named by its address, as the data names it; a pod is a `process`
//! on it. The application of a pod is its name without the two parts that Kubernetes adds (`ts-order-service` of
//! `ts-order-service-5b67c48447-mv5hb`), and offers one `service` of the same name. A pod that occurs in spans and in no
//! placement is a process on no machine (`""`).
//!
//! A row that repeats another, as traces recorded into two files do, is counted in `set_aside` and states nothing. Times
//! are cut to microseconds. Time stamps before 1970 (a logger's zero time) cannot be used.

mod metrics;

use crate::format::{lines, shown};
use crate::{Error, Facts, Importer, Rejected};
use csv::ByteRecord;
use fnv::{FnvHashMap, FnvHashSet};
use runtime::Origin;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// `strata import nezha PATH…`
pub struct Nezha;

impl Importer for Nezha {
    fn name(&self) -> &'static str {
        "nezha"
    }

    fn help(&self) -> &'static str {
        "spans, pod placements and metrics of the Nezha data set (Train-Ticket, OnlineBoutique): CSV files or their directory"
    }

    fn import(&self, paths: &[PathBuf], facts: &mut Facts, rejected: &mut Rejected) -> Result<(), Error> {
        let mut found = Found::default();
        for path in files(paths)? {
            found.read(&path, facts, rejected)?;
        }
        found.state(facts);
        Ok(())
    }
}

/// The files of the paths: those of a directory in the order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(|e| Error::io(path, e))?;
        let mut inside = Vec::new();
        for entry in entries {
            inside.push(entry.map_err(|e| Error::io(path, e))?.path());
        }
        inside.sort();
        files.extend(inside.into_iter().filter(|p| !p.is_dir()));
    }
    Ok(files)
}

/// Everything that the files say. Parents may follow their children, in another file: so nothing is stated before all is
/// read.
#[derive(Default)]
struct Found {
    spans: Vec<(Span, Origin)>,
    known: FnvHashSet<Span>,
    /// Rows that repeat another, by source.
    repeated: BTreeMap<u32, usize>,
    /// Where each pod was first heard of.
    pods: BTreeMap<String, Origin>,
    /// Where each pod was first placed on each node.
    placements: BTreeMap<(String, String), Origin>,
    samples: Vec<metrics::Sample>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Span {
    trace: String,
    span: String,
    /// `""` for a root.
    parent: String,
    pod: String,
    /// Microseconds.
    start: i64,
    end: i64,
}

/// A table that is known by its columns.
#[derive(Clone, Copy)]
enum Table {
    Spans,
    Placements,
    Metrics,
}

const SPANS: [&str; 6] = ["TraceID", "SpanID", "ParentID", "PodName", "StartTimeUnixNano", "EndTimeUnixNano"];
const PLACEMENTS: [&str; 2] = ["Node", "PodName"];

impl Found {
    fn read(&mut self, path: &Path, facts: &mut Facts, rejected: &mut Rejected) -> Result<(), Error> {
        let name = crate::file_name::text(path);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(lines::open(path)?);
        let failed = |e: csv::Error| Error::io(path, e);
        let header = reader.byte_headers().map_err(failed)?.clone();
        let Some((table, places)) = table(&header) else {
            let detail = "neither the columns of spans nor those of placements nor those of metrics";
            rejected.push(&name, 0, "unknown table", detail);
            return Ok(());
        };
        let names = metrics::names(&header, &places);
        let source = facts.source(&name);
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(failed)? {
            let line = record.position().map_or(0, |p| p.line() as usize);
            let origin = Facts::at(source, line);
            let taken = match fields(&record, &places, header.len()) {
                Err(reason) => Err((reason, shown(record.as_slice()))),
                Ok(fields) => match table {
                    Table::Spans => self.take_span(&fields, origin),
                    Table::Placements => self.take_placement(&fields, origin),
                    Table::Metrics => self.take_sample(&fields, &names, origin),
                },
            };
            if let Err((reason, detail)) = taken {
                rejected.push(&name, line, reason, detail);
            }
        }
        Ok(())
    }

    fn take_span(&mut self, fields: &[&str], origin: Origin) -> Result<(), (&'static str, String)> {
        let [trace, span, parent, pod, start, end] = fields else {
            return Err(("wrong number of columns", String::new()));
        };
        let time = |text: &str| match text.parse::<i64>() {
            Ok(nanoseconds) if nanoseconds >= 0 => Ok(nanoseconds / 1000),
            _ => Err(("no time", format!("found {}", shown(text.as_bytes())))),
        };
        let span = Span {
            trace: trace.to_string(),
            span: span.to_string(),
            parent: if *parent == "root" { String::new() } else { parent.to_string() },
            pod: pod.to_string(),
            start: time(start)?,
            end: time(end)?,
        };
        // What has no identifier cannot be told to be the same.
        let identified = !span.trace.is_empty() && !span.span.is_empty();
        if identified && !self.known.insert(span.clone()) {
            *self.repeated.entry(origin.source).or_default() += 1;
            return Ok(());
        }
        if !span.pod.is_empty() {
            self.pods.entry(span.pod.clone()).or_insert(origin);
        }
        self.spans.push((span, origin));
        Ok(())
    }

    fn take_placement(&mut self, fields: &[&str], origin: Origin) -> Result<(), (&'static str, String)> {
        let [node, pod] = fields else {
            return Err(("wrong number of columns", String::new()));
        };
        if node.is_empty() || pod.is_empty() {
            return Err(("no node or no pod", format!("found node {node:?}, pod {pod:?}")));
        }
        self.placements.entry((pod.to_string(), node.to_string())).or_insert(origin);
        self.pods.entry(pod.to_string()).or_insert(origin);
        Ok(())
    }

    fn take_sample(
        &mut self,
        fields: &[&str],
        names: &[Rc<str>],
        origin: Origin,
    ) -> Result<(), (&'static str, String)> {
        let sample = metrics::Sample::read(fields, names, origin)?;
        self.pods.entry(sample.pod.clone()).or_insert(origin);
        self.samples.push(sample);
        Ok(())
    }

    fn state(&self, facts: &mut Facts) {
        let mut hosts = BTreeMap::new();
        let mut applications = BTreeMap::new();
        for (pod, &origin) in &self.pods {
            applications.entry(application(pod)).or_insert(origin);
            facts.push("app_server", [application(pod), pod], origin);
            let from = (pod.clone(), String::new());
            let mut nodes = self.placements.range(from..).take_while(|((p, _), _)| p == pod).peekable();
            if nodes.peek().is_none() {
                facts.push("process", [pod, "", "app_server"], origin);
            }
            for ((_, node), &placed) in nodes {
                facts.push("process", [pod, node, "app_server"], placed);
                hosts.entry(node).or_insert(placed);
            }
        }
        for (node, origin) in hosts {
            facts.push("device", [node, "host", ""], origin);
        }
        for (application, origin) in applications {
            facts.push("service", [application, application], origin);
        }
        for (source, count) in &self.repeated {
            let name = facts.source_name(*source).to_owned();
            facts.push("set_aside", [&name, "duplicate", &count.to_string()], Facts::at(*source, 0));
        }
        self.state_messages(facts);
        for sample in &self.samples {
            let from = (sample.pod.clone(), String::new());
            let node = self.placements.range(from..).map(|((p, node), _)| (p, node)).next();
            let node = node.filter(|(pod, _)| **pod == sample.pod).map(|(_, node)| node.as_str());
            sample.state(node, facts);
        }
    }

    fn state_messages(&self, facts: &mut Facts) {
        let mut pods: FnvHashMap<(&str, &str), &str> = FnvHashMap::default();
        for (span, _) in &self.spans {
            pods.entry((&span.trace, &span.span)).or_insert(&span.pod);
        }
        for (span, origin) in &self.spans {
            let Span { trace, span, parent, pod, start, end } = span;
            let asker = match parent.as_str() {
                "" => "",
                parent => pods.get(&(trace.as_str(), parent)).copied().unwrap_or(""),
            };
            let service = application(pod);
            let (start, end) = (start.to_string(), end.to_string());
            facts.push("message", [trace, span, parent, &start, "request", asker, pod, service, "0"], *origin);
            facts.push("message", [trace, span, parent, &end, "reply", pod, asker, service, "0"], *origin);
        }
    }
}

/// Which table has this header, and where the columns are that are read.
fn table(header: &ByteRecord) -> Option<(Table, Vec<usize>)> {
    let places = |columns: &[&str]| -> Option<Vec<usize>> {
        columns.iter().map(|c| header.iter().position(|h| h == c.as_bytes())).collect()
    };
    if let Some(places) = places(&SPANS) {
        return Some((Table::Spans, places));
    }
    if let Some(places) = places(&PLACEMENTS) {
        return Some((Table::Placements, places));
    }
    let mut places = places(&metrics::COLUMNS)?;
    places.extend(metrics::sampled(header));
    Some((Table::Metrics, places))
}

/// The fields at these places, as text.
fn fields<'a>(record: &'a ByteRecord, places: &[usize], width: usize) -> Result<Vec<&'a str>, &'static str> {
    if record.len() != width {
        return Err("wrong number of columns");
    }
    let text = |&place: &usize| std::str::from_utf8(record.get(place).unwrap_or_default());
    places.iter().map(text).collect::<Result<_, _>>().map_err(|_| "not in UTF-8")
}

/// The application of a pod: its name without the template's hash and the replica's.
fn application(pod: &str) -> &str {
    match pod.rsplitn(3, '-').nth(2) {
        Some(application) if !application.is_empty() => application,
        _ => pod,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_is_the_pod_without_its_two_hashes() {
        assert_eq!(application("ts-order-service-5b67c48447-mv5hb"), "ts-order-service");
        assert_eq!(application("mysql-0"), "mysql-0");
        assert_eq!(application("--"), "--");
        assert_eq!(application(""), "");
    }
}
