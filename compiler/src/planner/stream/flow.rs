//! One rule: which events it looks at together, and what becomes of their columns.

use super::{Analysis, Events, Kind};
use crate::codes::UNBOUNDED_STREAM;
use crate::diagnostic::Diagnostic;
use crate::functor::{Comparison, Functor};
use crate::plan::{Emit, Pipeline, RelationId, Scalar, StageKind, Test};
use crate::span::Span;
use crate::value::{Const, Primitive};

/// A column of the row at hand.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// The columns of the event that it is the same as.
    same: u64,
    /// Whether it holds the key of the events.
    key: bool,
    /// Whether it may be the time of an event, as it stands.
    time: bool,
    /// How many microseconds of an event's time are one step of it; 0 if it is no such thing.
    step: i64,
}

/// A rule, followed from its first step to its last.
pub(super) struct Flow<'a, 'b> {
    analysis: &'b Analysis<'a>,
    pipeline: &'a Pipeline,
    row: Vec<Slot>,
    /// Whether it has met events.
    bound: bool,
    free: bool,
    of_state: bool,
    /// Whether it has met state itself.
    state: bool,
    fixed: u64,
    /// What is wrong, and whether it is that events are related without the key.
    wrong: Option<(bool, Diagnostic)>,
}

impl<'a, 'b> Flow<'a, 'b> {
    pub(super) fn of(analysis: &'b Analysis<'a>, pipeline: &'a Pipeline) -> Self {
        let (row, fixed, wrong) = Default::default();
        let mut flow =
            Flow { analysis, pipeline, row, bound: false, free: false, of_state: false, state: false, fixed, wrong };
        flow.run();
        flow
    }

    /// What the relation is as far as this rule goes.
    pub(super) fn end(&self) -> Kind {
        if !self.bound {
            return Kind::State;
        }
        Kind::Events(Events {
            stream: self.analysis.stream,
            key: self.row.iter().position(|slot| slot.key),
            free: self.free,
            of_state: self.of_state || self.state,
            same: self.row.iter().map(|slot| slot.same).collect(),
            time: self.row.iter().map(|slot| slot.time).collect(),
            step: self.row.iter().map(|slot| slot.step).collect(),
            fixed: if self.free { self.fixed } else { 0 },
            seen_free: self.free,
        })
    }

    /// What is wrong with the rule, and whether it is that it relates events without the key.
    pub(super) fn wrong(self) -> Option<(bool, Diagnostic)> {
        self.wrong
    }

    fn run(&mut self) {
        if let Some(source) = self.pipeline.source {
            let arity = self.analysis.plan.relation(source).arity();
            self.row = vec![Slot::default(); arity];
            match self.analysis.events(source) {
                Some(events) => self.meet(events, &(0..arity).collect::<Vec<_>>()),
                None => self.state = true,
            }
        }
        self.emit(&self.pipeline.emit);
        for stage in &self.pipeline.stages {
            match stage.kind {
                StageKind::Join(id) => self.join(id, &stage.right_key, &stage.emit),
                StageKind::Negation(id) => self.negate(id),
                StageKind::Range(_) => self.row.push(Slot::default()),
            }
            self.emit(&stage.emit);
        }
    }

    /// Learns what columns of events say of the slots that hold them.
    fn meet(&mut self, events: &Events, slots: &[usize]) {
        self.free = if self.bound { self.free && events.free } else { events.free };
        self.bound = true;
        self.of_state |= events.of_state;
        self.fixed |= events.fixed;
        for (column, slot) in slots.iter().enumerate() {
            let slot = &mut self.row[*slot];
            slot.same |= events.same[column];
            slot.key |= events.key == Some(column);
            slot.time |= events.time[column];
            slot.step = slot.step.max(events.step[column]);
        }
    }

    fn join(&mut self, id: RelationId, right_key: &[usize], emit: &Emit) {
        let arity = self.analysis.plan.relation(id).arity();
        let mut slots = vec![0; arity];
        for (column, slot) in slots.iter_mut().enumerate() {
            *slot = right_key.iter().position(|key| *key == column).unwrap_or_else(|| {
                self.row.push(Slot::default());
                self.row.len() - 1
            });
        }
        let Some(events) = self.analysis.events(id) else {
            self.state = true;
            return;
        };
        if self.bound {
            let equated = events.key.is_some_and(|key| {
                self.row[slots[key]].key || emit.tests.iter().any(|test| self.equates(test, slots[key]))
            });
            if !equated {
                self.report(true, unrelated(self.analysis, self.analysis.name(id), "relates", self.pipeline.span));
            } else if self.free && events.free {
                self.report(false, without_key(self.analysis, self.analysis.name(id), self.pipeline.span));
            }
        }
        self.meet(events, &slots);
    }

    /// Whether a test says that a slot holds the key.
    fn equates(&self, test: &Test, slot: usize) -> bool {
        let is_key = |other: &usize| self.row.get(*other).is_some_and(|other| other.key);
        match (test.comparison, &test.left, &test.right) {
            (Comparison::Equal, Scalar::Slot(a), Scalar::Slot(b)) => {
                (*a == slot && is_key(b)) || (*b == slot && is_key(a))
            }
            _ => false,
        }
    }

    fn negate(&mut self, id: RelationId) {
        let Some(events) = self.analysis.events(id) else {
            self.state = true;
            return;
        };
        let name = self.analysis.name(id);
        if !events.key.is_some_and(|key| self.bound && self.row.get(key).is_some_and(|slot| slot.key)) {
            self.report(true, unrelated(self.analysis, name, "asks for the absence of", self.pipeline.span));
        } else if self.free && events.free {
            self.report(false, without_key(self.analysis, name, self.pipeline.span));
        }
        self.of_state |= events.of_state;
    }

    fn report(&mut self, strays: bool, diagnostic: Diagnostic) {
        self.wrong.get_or_insert((strays, diagnostic));
    }

    fn emit(&mut self, emit: &Emit) {
        emit.tests.iter().for_each(|test| self.test(test));
        let row = emit.output.iter().map(|scalar| match scalar {
            Scalar::Slot(slot) => self.row[*slot],
            Scalar::Const(constant) => self.equal_to(emit, constant),
            Scalar::Call(..) => Slot { time: self.is_time(scalar), step: self.step(scalar), ..Slot::default() },
        });
        self.row = row.collect();
    }

    /// What the slots hold that are tested to equal a constant.
    fn equal_to(&self, emit: &Emit, constant: &Const) -> Slot {
        let mut found = Slot::default();
        for test in emit.tests.iter().filter(|test| test.comparison == Comparison::Equal) {
            if let (Scalar::Slot(slot), Scalar::Const(c)) | (Scalar::Const(c), Scalar::Slot(slot)) =
                (&test.left, &test.right)
                && c == constant
            {
                found.same |= self.row[*slot].same;
                found.key |= self.row[*slot].key;
            }
        }
        found
    }

    fn test(&mut self, test: &Test) {
        match (test.comparison, &test.left, &test.right) {
            (Comparison::Equal, Scalar::Slot(a), Scalar::Slot(b)) => {
                let (one, other) = (self.row[*a], self.row[*b]);
                let both = Slot {
                    same: one.same | other.same,
                    key: one.key || other.key,
                    time: one.time && other.time,
                    step: one.step.max(other.step),
                };
                (self.row[*a], self.row[*b]) = (both, both);
            }
            (comparison, Scalar::Slot(slot), Scalar::Const(c)) | (comparison, Scalar::Const(c), Scalar::Slot(slot)) => {
                let (slot, is_empty) = (self.row[*slot], *c == Const::Symbol("".into()));
                match comparison {
                    Comparison::Equal => {
                        self.fixed |= slot.same;
                        self.free &= !slot.key || is_empty;
                    }
                    Comparison::NotEqual => self.free &= !slot.key || !is_empty,
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// How many microseconds of an event's time are one step of a value: division makes steps of it.
    fn step(&self, scalar: &Scalar) -> i64 {
        match scalar {
            Scalar::Slot(slot) => self.row[*slot].step,
            Scalar::Call(Functor::Div(Primitive::Number), args) => match &args[..] {
                [of, Scalar::Const(Const::Number(by))] if *by > 0 => self.step(of).saturating_mul(*by),
                _ => 0,
            },
            Scalar::Const(_) | Scalar::Call(..) => 0,
        }
    }

    /// Whether a value follows the time of an event step by step, as a bucket does not.
    fn is_time(&self, scalar: &Scalar) -> bool {
        match scalar {
            Scalar::Slot(slot) => self.row[*slot].time,
            Scalar::Const(_) | Scalar::Call(Functor::Div(_), _) => false,
            Scalar::Call(_, args) => args.iter().any(|arg| self.is_time(arg)),
        }
    }
}

/// The column by which events are told apart, in words.
fn key_name<'a>(analysis: &Analysis<'a>) -> Option<&'a str> {
    analysis.key.map(|key| &*analysis.plan.relation(analysis.base).columns[key].name)
}

fn refuse(message: String, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(UNBOUNDED_STREAM, message, span, label.into())
}

fn unrelated(analysis: &Analysis<'_>, name: &str, does: &str, span: Span) -> Diagnostic {
    let stream = analysis.name(analysis.base);
    let key = key_name(analysis).unwrap_or("one column");
    let message = format!("rule {does} `{name}` for events of `{stream}` that need not agree on `{key}`");
    refuse(message, span, "would need every event there ever was")
        .help(format!("carry `{key}` through `{name}` and join on it, or fold first and join what was folded"))
}

/// Events without a key are looked at one by one.
pub(super) fn without_key(analysis: &Analysis<'_>, name: &str, span: Span) -> Diagnostic {
    let stream = analysis.name(analysis.base);
    let key = key_name(analysis).unwrap_or("the key");
    let message = format!("`{name}` relates all events of `{stream}` whose `{key}` is \"\" with each other");
    refuse(message, span, "these never end").help(format!("leave them out: `{key} != \"\"`"))
}

pub(super) fn best_of_all(analysis: &Analysis<'_>, name: &str, span: Span) -> Diagnostic {
    let key = key_name(analysis).unwrap_or("one column");
    let message = format!("subsumption of `{name}` compares events that need not agree on `{key}`");
    refuse(message, span, "would need every event there ever was")
        .help(format!("make `{key}` a column that both heads share, or fold with `min` or `max`"))
}

pub(super) fn not_in_streams(name: &str, what: &str, span: Span) -> Diagnostic {
    refuse(format!("`{name}` is derived from a stream and {what}"), span, "is not there for streams")
        .help("`strata run` evaluates it, without `.stream`")
}

pub(super) fn two_streams(name: &str, span: Span) -> Diagnostic {
    refuse(format!("`{name}` is derived from two streams"), span, "events of one stream are not kept for another")
        .help("fold one of them, and join what was folded")
}
