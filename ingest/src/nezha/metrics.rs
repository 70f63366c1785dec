//! What the monitoring of the Nezha data set sampled: a row a pod and minute, a column a metric.
//!
//! | model | is |
//! |---|---|
//! | entity | the pod; for a column whose name begins with `Node`, the pod's node |
//! | name | the column's name, as it stands there |
//! | at | `Time`, cut to microseconds |
//!
//! `Time` counts, and not `TimeStamp`: in Online Boutique the latter is 200,000,000 s ahead for one pod. An empty cell
//! or `NaN` (a quantile of no requests) states nothing, as does a node's metric in the row of a pod without a placement:
//! nobody knows of which node. A row with a time or a value that cannot be read states nothing at all.

use crate::Facts;
use crate::format::shown;
use csv::ByteRecord;
use jiff::Timestamp;
use runtime::Origin;
use std::rc::Rc;

/// The columns that say when and of which pod.
pub(super) const COLUMNS: [&str; 2] = ["Time", "PodName"];

/// Says the same as `Time`, less reliably.
const IGNORED: &str = "TimeStamp";

/// A row: the metrics of a pod and of its node at one time.
pub(super) struct Sample {
    pub(super) pod: String,
    /// Microseconds since 1970.
    at: i64,
    /// Name and value, as text.
    values: Vec<(Rc<str>, String)>,
    origin: Origin,
}

/// The places of the columns that are metrics.
pub(super) fn sampled(header: &ByteRecord) -> impl Iterator<Item = usize> {
    let is_metric = |name: &[u8]| name != IGNORED.as_bytes() && !COLUMNS.iter().any(|c| c.as_bytes() == name);
    header.iter().enumerate().filter(move |(_, name)| is_metric(name)).map(|(place, _)| place)
}

/// The names of the columns at these places, those of [`COLUMNS`] left out.
pub(super) fn names(header: &ByteRecord, places: &[usize]) -> Vec<Rc<str>> {
    let name = |&place: &usize| String::from_utf8_lossy(header.get(place).unwrap_or_default()).into();
    places.iter().skip(COLUMNS.len()).map(name).collect()
}

impl Sample {
    /// The fields of a row: time and pod, then the metrics of these names.
    pub(super) fn read(fields: &[&str], names: &[Rc<str>], origin: Origin) -> Result<Sample, (&'static str, String)> {
        let [time, pod, cells @ ..] = fields else {
            return Err(("wrong number of columns", String::new()));
        };
        if pod.is_empty() {
            return Err(("no pod", format!("at {}", shown(time.as_bytes()))));
        }
        let at = microseconds(time).ok_or_else(|| ("no time", format!("found {}", shown(time.as_bytes()))))?;
        let mut values = Vec::with_capacity(cells.len());
        for (name, cell) in names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            match cell.parse::<f64>() {
                Ok(value) if value.is_nan() => continue,
                Ok(value) if value.is_finite() => {}
                _ => return Err(("no value", format!("{name}: found {}", shown(cell.as_bytes())))),
            }
            values.push((Rc::clone(name), (*cell).to_owned()));
        }
        Ok(Sample { pod: (*pod).to_owned(), at, values, origin })
    }

    /// States the metrics of the pod, and those of its node if it is known.
    pub(super) fn state(&self, node: Option<&str>, facts: &mut Facts) {
        let at = self.at.to_string();
        for (name, value) in &self.values {
            let entity = if name.starts_with("Node") { node } else { Some(self.pod.as_str()) };
            if let Some(entity) = entity {
                facts.push("metric", [entity, name, &at, value], self.origin);
            }
        }
    }
}

/// A time as Go prints it: `2022-08-22 05:15:19.687127453 +0000 UTC m=+5040.193`. `None` if it is none since 1970.
fn microseconds(text: &str) -> Option<i64> {
    let mut words = text.split_ascii_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let at: Timestamp = format!("{date}T{time}{zone}").parse().ok()?;
    u64::try_from(at.as_microsecond()).ok().and_then(|at| i64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_go_prints_it() {
        let monotonic = "2022-08-22 05:15:19.687127453 +0000 UTC m=+5040.193081433";
        assert_eq!(microseconds(monotonic), Some(1_661_145_319_687_127));
        assert_eq!(microseconds("2022-08-22 07:15:19 +0200 CEST"), Some(1_661_145_319_000_000));
        for text in ["", "2022-08-22", "2022-08-22 05:15:19", "1969-01-01 00:00:00 +0000 UTC", "x y z"] {
            assert_eq!(microseconds(text), None, "{text}");
        }
    }
}
