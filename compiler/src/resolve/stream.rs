//! `.stream message(time = at, horizon = "120s", lateness = "10s", idle = "5s")`: the tuples of a relation are events.
//! `.stream message(keep = "24h")`, afterwards: what is folded of them by the minute leaves after a day.

use super::Resolver;
use crate::ast::{Parameter, Target};
use crate::diagnostic::{Diagnostic, codes};
use crate::form;
use crate::program::{RelationId, Stream};
use crate::span::Span;
use crate::suggest::nearest;
use crate::value::{Const, Form, Primitive};

/// The parameters.
const PARAMETERS: [&str; 5] = ["time", "horizon", "lateness", "idle", "keep"];

/// After this silence, in microseconds, the events of a group are evaluated, if nothing else is said.
const IDLE: i64 = 5_000_000;

const EXAMPLE: &str = "write `.stream message(time = at, horizon = \"120s\", lateness = \"10s\")`";

impl Resolver {
    /// One relation of a `.stream`.
    pub(super) fn stream(&mut self, target: &Target, span: Span) {
        for (place, Parameter { key, .. }) in target.parameters.iter().enumerate() {
            let text = &*key.text;
            if !PARAMETERS.contains(&text) {
                let mut diagnostic = wrong(format!("unknown parameter `{text}` of a stream"), key.span());
                if let Some(near) = nearest(text, PARAMETERS) {
                    diagnostic = diagnostic.suggest(near);
                }
                return self.report(diagnostic);
            }
            if target.parameters[..place].iter().any(|before| before.key == *key) {
                let message = format!("parameter `{text}` is given twice");
                return self.report(Diagnostic::error(codes::DUPLICATE_NAME, message, key.span(), ""));
            }
        }
        let Some(id) = self.relation(&target.relation) else { return };
        let name = target.relation.span();
        let find = |key: &str| target.parameters.iter().find(|parameter| &*parameter.key.text == key);
        if let (Some(stream), Some(keep), 1) = (self.program.relation(id).stream, find("keep"), target.parameters.len())
        {
            return self.keep(id, stream, keep);
        }
        let read = self.time_column(id, find("time"), name).and_then(|time| {
            let horizon = duration(find("horizon"))?
                .filter(|horizon| *horizon > 0)
                .ok_or_else(|| wrong(format!("stream `{}` says no horizon", target.relation), name).help(EXAMPLE))?;
            let lateness = at_most("lateness", find("lateness"), horizon, 0)?;
            let idle = at_most("idle", find("idle"), horizon, IDLE.min(horizon))?;
            let keep = at_least(find("keep"), horizon)?;
            Ok(Stream { time, horizon, lateness, idle, keep, span })
        });
        let relation = &mut self.program.relations[id.0 as usize];
        match read {
            Ok(_) if relation.stream.is_some() => {
                let message = format!("relation `{}` is a stream already", target.relation);
                self.report(wrong(message, name).help("say it once"));
            }
            Ok(stream) => relation.stream = Some(stream),
            Err(diagnostic) => self.report(*diagnostic),
        }
    }

    /// A `.stream` that says of a stream only for how long what is folded of it is kept: whoever includes a stream decides.
    fn keep(&mut self, id: RelationId, stream: Stream, parameter: &Parameter) {
        let relation = &mut self.program.relations[id.0 as usize];
        match at_least(Some(parameter), stream.horizon) {
            Ok(_) if stream.keep.is_some() => {
                let message = format!("stream `{}` says twice for how long it is kept", relation.name);
                self.report(wrong(message, parameter.key.span()).help("say it once"));
            }
            Ok(keep) => relation.stream = Some(Stream { keep, ..stream }),
            Err(diagnostic) => self.report(*diagnostic),
        }
    }

    fn time_column(&self, id: RelationId, parameter: Option<&Parameter>, name: Span) -> Result<usize, Box<Diagnostic>> {
        let relation = self.program.relation(id);
        let Some(Parameter { value, .. }) = parameter else {
            return Err(wrong(format!("stream `{}` does not say when its events were", relation.name), name)
                .help(EXAMPLE)
                .into());
        };
        let Some(column) = relation.columns.iter().position(|column| column.name == value.value) else {
            let message = format!("stream `{}` has no column `{}`", relation.name, value.value);
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_COLUMN, message, value.at.0, "");
            if let Some(near) = nearest(&value.value, relation.columns.iter().map(|column| &*column.name)) {
                diagnostic = diagnostic.suggest(near);
            }
            return Err(diagnostic.into());
        };
        match relation.columns[column].ty.primitive {
            Primitive::Number => Ok(column),
            _ => Err(wrong(format!("column `{}` holds no time", value.value), value.at.0)
                .help("its type is to be `Time`, or microseconds as a `number`")
                .into()),
        }
    }

    /// Streams are given, not derived.
    pub(super) fn check_streams(&mut self) {
        let streams: Vec<usize> =
            (0..self.program.relations.len()).filter(|id| self.program.relations[*id].stream.is_some()).collect();
        for id in streams {
            let relation = &self.program.relations[id];
            let derived = self.program.rules.iter().find(|rule| rule.head.0 as usize == id).map(|rule| rule.span);
            let reduced = self.program.subsumptions.iter().find(|s| s.relation.0 as usize == id).map(|s| s.span);
            let dominated = self.program.dominations.iter().find(|d| d.relation.0 as usize == id);
            let derived = derived.or(reduced).or(dominated.map(|d| d.rule.span));
            let marked = relation.eqrel || !relation.choices.is_empty() || relation.counters > 0;
            if let Some(span) = derived.or(marked.then_some(relation.span)) {
                let message = format!("stream `{}` is derived", relation.name);
                let stream = relation.stream.map(|stream| stream.span).unwrap_or_default();
                let diagnostic = wrong(message, span).also(stream, "declared as a stream here");
                self.report(diagnostic.help("events are given: put what follows from them into a relation of its own"));
            }
        }
    }
}

fn wrong(message: String, span: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_STREAM, message, span, "")
}

/// A length of time in microseconds, not negative.
fn duration(parameter: Option<&Parameter>) -> Result<Option<i64>, Box<Diagnostic>> {
    let Some(Parameter { key, value }) = parameter else { return Ok(None) };
    match form::read(Form::Duration, &value.value) {
        Ok(Const::Number(length)) if length >= 0 => Ok(Some(length)),
        _ => {
            let message = format!("{key} `{}` is no length of time", value.value);
            Err(wrong(message, value.at.0).help("write `\"10s\"`, `\"2m\"`, or microseconds").into())
        }
    }
}

/// A length of time that may not exceed the horizon.
fn at_most(name: &str, parameter: Option<&Parameter>, horizon: i64, default: i64) -> Result<i64, Box<Diagnostic>> {
    match (duration(parameter)?, parameter) {
        (Some(length), Some(parameter)) if length > horizon => {
            let message = format!("{name} `{}` is longer than the horizon", parameter.value.value);
            Err(wrong(message, parameter.value.at.0)
                .help("events leave after the horizon: make it the longer one")
                .into())
        }
        (length, _) => Ok(length.unwrap_or(default)),
    }
}

/// A length of time that may not be shorter than the horizon.
fn at_least(parameter: Option<&Parameter>, horizon: i64) -> Result<Option<i64>, Box<Diagnostic>> {
    match (duration(parameter)?, parameter) {
        (Some(length), Some(parameter)) if length < horizon => {
            let message = format!("keep `{}` is shorter than the horizon", parameter.value.value);
            Err(wrong(message, parameter.value.at.0)
                .help("what is folded can be revised until the horizon has passed: keep it for as long, or longer")
                .into())
        }
        (length, _) => Ok(length),
    }
}
