//! Running the steps of a rule: a nested loop over tables and indexes, whose innermost loop is that of the set it fills.

use super::code::Code;
use super::index::Index;
use super::members::{List, Members};
use super::order::{Operand, Step, Take};
use super::profile::Counts;
use super::relation::{Relation, Sink};
use super::rule::{Expr, Ranging};
use super::scalars::Scalars;
use crate::interrupt::Interrupt;
use crate::range;
use std::ops::Range;

/// So many steps are taken between two looks at the interrupt: some hundred microseconds.
const GLANCE: u64 = 1 << 16;

/// One run of one rule.
pub(super) struct Run<'a, S> {
    pub(super) relations: &'a [Relation],
    pub(super) scalars: &'a Scalars,
    pub(super) steps: &'a [Step],
    /// The relation of the head, whose rows the sink knows.
    pub(super) target: usize,
    pub(super) sink: &'a mut S,
    /// The rows that the first step scans.
    pub(super) given: Range<usize>,
    /// The steps that gather the last column of the head for a group; none if it is the group itself.
    pub(super) gather: Option<&'a [Step]>,
    /// The group at hand.
    pub(super) group: &'a [Code],
    /// What was gathered for it, if that is not the group as it stands.
    pub(super) gathered: Option<Members>,
    /// The variables.
    pub(super) values: Vec<Code>,
    /// What it has gone through.
    pub(super) counts: Counts,
    /// Once this is raised, no step is taken any more.
    pub(super) interrupt: &'a Interrupt,
    /// At how many steps it is looked at again; none are taken from then on if it is raised.
    pub(super) glance: u64,
}

/// The number of variables that steps use.
pub(super) fn variables<'s>(steps: impl Iterator<Item = &'s Step>) -> usize {
    let taken = |take: &Take| take.binds.iter().map(|(_, v)| v + 1).max().unwrap_or(0);
    let used = |step: &Step| match step {
        Step::Scan { take, .. } | Step::Probe { take, .. } | Step::Groups { take, .. } => taken(take),
        Step::Let(v, _) | Step::Grouped(v) | Step::Each(_, v) | Step::Meet { variable: v, .. } => v + 1,
        _ => 0,
    };
    steps.map(used).max().unwrap_or(0)
}

impl<S: Sink> Run<'_, S> {
    /// Runs the steps from one on, for the present values.
    pub(super) fn step(&mut self, at: usize) {
        let steps = self.steps;
        self.counts.bindings += 1;
        if self.counts.bindings >= self.glance && self.is_over() {
            return;
        }
        match &steps[at] {
            Step::Spread { relation, index, key, prefix } => {
                self.counts.results += 1;
                if let Some(list) = with(key, &self.values, |key| self.index(*relation, *index).get(key)) {
                    with(prefix, &self.values, |prefix| self.sink.spread(prefix, list, self.scalars));
                }
            }
            Step::Emit(row) => {
                self.counts.results += 1;
                with(row, &self.values, |row| self.sink.emit(row, self.scalars));
            }
            Step::Pour(prefix) => {
                self.counts.results += 1;
                let list = self.gathered.as_ref().map_or(List::Codes(self.group), Members::list);
                with(prefix, &self.values, |prefix| self.sink.spread(prefix, list, self.scalars));
            }
            Step::Probe { relation, index, key, take } => {
                let index = self.index(*relation, *index);
                let Some(list) = with(key, &self.values, |key| index.get(key)) else { return };
                match (&take.binds[..], &take.equals[..], index.payload.len(), list) {
                    (_, _, 0, _) => self.step(at + 1),
                    ([(0, variable)], [], 1, list) => list.for_each(|code| {
                        self.values[*variable] = code;
                        self.step(at + 1);
                    }),
                    (_, _, 1, list) => list.for_each(|code| self.take(take, |_| code, at + 1)),
                    (_, _, width, List::Codes(codes)) => {
                        codes.chunks_exact(width).for_each(|row| self.take(take, |place| row[place], at + 1));
                    }
                    _ => unreachable!("rows of several codes stand one after the other"),
                }
            }
            Step::Meet { variable, lists } => self.meet(*variable, lists, at + 1),
            Step::Grouped(variable) => {
                for code in self.group {
                    self.values[*variable] = *code;
                    self.step(at + 1);
                }
            }
            Step::Groups { relation, take } => self.groups(*relation, take),
            Step::Scan { relation, given, take } => {
                let table = &self.relations()[*relation].table;
                let rows = if *given { self.given.clone() } else { 0..table.len() };
                rows.for_each(|row| self.take(take, |column| table.column(column)[row], at + 1));
            }
            Step::Let(variable, e) => {
                if let Some(code) = self.scalars.value(e, &self.values) {
                    self.values[*variable] = code;
                    self.step(at + 1);
                }
            }
            Step::Each(Ranging { primitive, args, .. }, variable) => {
                if let Some(args) = self.words(args) {
                    let scalars = self.scalars;
                    range::each(*primitive, &args, &mut |word| {
                        self.values[*variable] = scalars.codes.encode(word);
                        self.step(at + 1);
                    });
                }
            }
            check => {
                if self.holds(check) {
                    self.step(at + 1);
                }
            }
        }
    }
}

impl<'a, S: Sink> Run<'a, S> {
    #[cold]
    fn is_over(&mut self) -> bool {
        let is_over = self.interrupt.is_raised();
        self.glance = if is_over { 0 } else { self.counts.bindings + GLANCE };
        is_over
    }

    fn relations(&self) -> &'a [Relation] {
        self.relations
    }

    #[inline]
    pub(super) fn index(&self, relation: usize, index: usize) -> &'a Index {
        &self.relations()[relation].indexes[index]
    }

    /// Takes what is given group by group: gathers, then pours.
    fn groups(&mut self, relation: usize, take: &Take) {
        let table = &self.relations()[relation].table;
        let Some(last) = table.arity().checked_sub(1) else { return };
        let Range { start: mut at, end } = self.given;
        while at < end {
            let run = at..table.run(at, end);
            at = run.end;
            self.group = &table.column(last)[run.clone()];
            for (column, variable) in &take.binds {
                self.values[*variable] = table.column(*column)[run.start];
            }
            let fits =
                |(column, operand): &(usize, Operand)| table.column(*column)[run.start] == operand.get(&self.values);
            if !take.equals.iter().all(fits) {
                continue;
            }
            self.gathered = match self.gather {
                None => Members::bits(self.group),
                Some(steps) => Some(self.gather(steps)),
            };
            if self.gathered.as_ref().is_none_or(|gathered| !gathered.is_empty()) {
                self.step(1);
            }
        }
    }

    /// What the steps give for the group at hand.
    fn gather(&mut self, steps: &'a [Step]) -> Members {
        let mut sink = Gather { members: Members::default(), fresh: Vec::new(), known: &*self.sink };
        let mut run = Run {
            relations: self.relations,
            scalars: self.scalars,
            steps,
            target: self.target,
            sink: &mut sink,
            given: 0..0,
            gather: None,
            group: self.group,
            gathered: None,
            values: std::mem::take(&mut self.values),
            counts: self.counts,
            interrupt: self.interrupt,
            glance: self.glance,
        };
        run.step(0);
        (self.values, self.counts, self.glance) = (run.values, run.counts, run.glance);
        sink.members
    }

    /// Takes what is wanted from a row, and goes on if the rest agrees.
    #[inline]
    fn take(&mut self, take: &Take, code: impl Fn(usize) -> Code, next: usize) {
        for (place, variable) in &take.binds {
            self.values[*variable] = code(*place);
        }
        if take.equals.iter().all(|(place, operand)| code(*place) == operand.get(&self.values)) {
            self.step(next);
        }
    }

    /// The words of some expressions, if all have one.
    fn words(&self, exprs: &[Expr]) -> Option<Vec<u64>> {
        exprs.iter().map(|e| Some(self.scalars.codes.decode(self.scalars.value(e, &self.values)?))).collect()
    }

    fn holds(&self, step: &Step) -> bool {
        match step {
            Step::Test(test) => self.scalars.holds(test, &self.values),
            Step::Within(Ranging { primitive, args, value }) => {
                let value = self.words(std::slice::from_ref(value));
                let args = self.words(args);
                args.zip(value).is_some_and(|(args, value)| range::contains(*primitive, &args, value[0]))
            }
            Step::Present { relation, index, key } => {
                with(key, &self.values, |key| self.index(*relation, *index).get(key).is_some())
            }
            Step::Check { relation, row, holds } => {
                let known = with(row, &self.values, |row| match *relation == self.target {
                    true => self.sink.contains(row),
                    false => self.relations[*relation].contains(row),
                });
                known == *holds
            }
            _ => true,
        }
    }
}

/// Gathers the last column of a head.
struct Gather<'a> {
    members: Members,
    fresh: Vec<Code>,
    known: &'a dyn Sink,
}

impl Sink for Gather<'_> {
    fn emit(&mut self, row: &[Code], _: &Scalars) {
        row.iter().for_each(|code| {
            self.members.insert(*code);
        });
    }

    fn spread(&mut self, _: &[Code], list: List, _: &Scalars) {
        self.members.extend(list, &mut self.fresh);
        self.fresh.clear();
    }

    fn contains(&self, row: &[Code]) -> bool {
        self.known.contains(row)
    }
}

impl Operand {
    #[inline]
    fn get(self, values: &[Code]) -> Code {
        match self {
            Operand::Variable(variable) => values[variable],
            Operand::Word(code) => code,
        }
    }
}

/// Calls `f` with the codes of some operands.
#[inline]
pub(super) fn with<T>(operands: &[Operand], values: &[Code], f: impl FnOnce(&[Code]) -> T) -> T {
    const WIDE: usize = 16;
    match operands {
        [a] => f(&[a.get(values)]),
        [a, b] => f(&[a.get(values), b.get(values)]),
        [a, b, c] => f(&[a.get(values), b.get(values), c.get(values)]),
        operands if operands.len() <= WIDE => {
            let mut codes = [0; WIDE];
            codes.iter_mut().zip(operands).for_each(|(code, operand)| *code = operand.get(values));
            f(&codes[..operands.len()])
        }
        operands => f(&operands.iter().map(|operand| operand.get(values)).collect::<Vec<_>>()),
    }
}
