//! Aggregates over events: within a key they are events again, over many keys they are folded and stay.

use super::{Analysis, Bucket, Events, Kind};
use crate::codes::{FOLDED_STATE, UNBOUNDED_STREAM};
use crate::diagnostic::Diagnostic;
use crate::plan::{Aggregate, AggregateOp, Body, RelationId};
use crate::span::Span;
use crate::value::Primitive;

impl Analysis<'_> {
    pub(super) fn aggregate(&self, aggregate: &Aggregate) -> Kind {
        let Some(events) = self.events(aggregate.input) else { return Kind::State };
        match events.key.filter(|key| *key < aggregate.group) {
            None => {
                let steps = events.step[..aggregate.group].iter().enumerate();
                let mut buckets = steps.filter(|(_, width)| **width > 1);
                let bucket = buckets.next().map(|(column, width)| Bucket { column, width: *width });
                Kind::Fold { stream: self.stream, of_state: events.of_state, bucket }
            }
            Some(key) => {
                let picks = matches!(aggregate.op, AggregateOp::Min(_) | AggregateOp::Max(_));
                let time = aggregate.target.filter(|_| picks).is_some_and(|target| events.time[target]);
                let mut same = events.same[..aggregate.group].to_vec();
                same.push(0);
                let mut times = events.time[..aggregate.group].to_vec();
                times.push(time);
                let mut step = events.step[..aggregate.group].to_vec();
                step.push(aggregate.target.filter(|_| picks).map_or(0, |target| events.step[target]));
                Kind::Events(Events { key: Some(key), same, time: times, step, fixed: 0, ..events.clone() })
            }
        }
    }

    pub(super) fn check_aggregate(&mut self, id: RelationId, aggregate: &Aggregate) {
        let Some(events) = self.events(aggregate.input).cloned() else { return };
        let (span, name) = self.reader(id);
        let wrong = match self.kind(id) {
            Kind::Events(_) => events.free.then(|| super::flow::without_key(self, &name, span)),
            _ => self.refused(aggregate, &events, &name, span),
        };
        if events.of_state && matches!(self.kind(id), Kind::Fold { .. }) && wrong.is_none() {
            let message = format!("`{name}` folds events that were joined with state");
            let help = "fold columns of the events alone, and join what was folded with the state";
            self.findings.push(
                Diagnostic::warning(FOLDED_STATE, message, span, "what was folded does not follow the state")
                    .help(help),
            );
        }
        self.findings.extend(wrong);
    }

    /// Why what is folded of some keys, and of others, does not add up to what is folded of all.
    fn refused(&self, aggregate: &Aggregate, events: &Events, name: &str, span: Span) -> Option<Diagnostic> {
        let stream = self.plan.relation(self.base);
        let refuse = |message: String, label: &str, help: String| {
            Some(Diagnostic::error(UNBOUNDED_STREAM, message, span, label).help(help))
        };
        let adds = match aggregate.op {
            AggregateOp::Count | AggregateOp::Sum(Primitive::Number | Primitive::Unsigned) => true,
            AggregateOp::Min(_) | AggregateOp::Max(_) => false,
            _ => {
                let message = format!("`{name}` folds events of `{}` by a value that cannot be kept up", stream.name);
                let help = "fold `count`, `sum` of whole numbers, `min` or `max`; divide sums for a mean";
                return refuse(message, "would need every event there ever was", help.to_string());
            }
        };
        if let Some(column) = events.time[..aggregate.group].iter().position(|time| *time) {
            let column = &self.plan.relation(aggregate.input).columns[column].name;
            let message = format!("`{name}` has a group for every `{column}` of `{}`", stream.name);
            let help = format!("make buckets of it: `{column} / 60000000` is the minute");
            return refuse(message, "would never end", help);
        }
        let key = self.key.map(|key| &*stream.columns[key].name);
        if let (true, Some(key), None) = (adds, key, events.key) {
            let message = format!("`{name}` counts each value once, whatever the `{key}` it comes from");
            let help = format!("let what is folded keep `{key}`");
            return refuse(message, "would need every value there ever was", help);
        }
        let known = events.same.iter().fold(events.fixed, |known, same| known | same);
        let lost = (0..stream.arity()).find(|column| known >> column & 1 == 0);
        match lost.filter(|_| adds && events.free) {
            None => None,
            Some(lost) => {
                let lost = &stream.columns[lost].name;
                let message = format!("`{name}` cannot tell events of `{}` apart without `{lost}`", stream.name);
                let help = format!("let what is folded keep all columns of `{}`", stream.name);
                refuse(message, "would need every value there ever was", help)
            }
        }
    }

    /// The rule that reads an aggregate, and the relation that is derived by it.
    fn reader(&self, id: RelationId) -> (Span, String) {
        let mut seen = vec![id];
        let mut at = 0;
        while let Some(read) = seen.get(at).copied() {
            at += 1;
            for definition in self.plan.strata.iter().flat_map(|stratum| &stratum.definitions) {
                let Body::Union(pipelines, _) = &definition.body else { continue };
                let Some(pipeline) = pipelines.iter().find(|p| super::reads(p).any(|r| r == read)) else { continue };
                let name = self.name(definition.relation);
                if !name.starts_with('@') {
                    return (pipeline.span, name.to_string());
                }
                if !seen.contains(&definition.relation) {
                    seen.push(definition.relation);
                }
            }
        }
        (Span::default(), self.name(id).to_string())
    }
}
