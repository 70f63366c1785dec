//! Evaluating one group: its rules over its events, from nothing, in tables that stay in the cache.
//!
//! What `once` does for a million rows in the order that suits them, this does for a dozen in the order of the plan: sets
//! of a dozen rows need neither hashing nor bitmaps, and a join of two of them is a loop. A group of thousands of events is
//! evaluated by the same code with indexes ([`super::table`]). Recursion is semi-naive. Cost: some ten nanoseconds for each
//! row that a rule looks at; no memory is asked for.

use super::emit::{Emit, WIDEST_FRAME, WIDEST_KEY};
use super::program::{Definition, Derivation, Keep, Program, Read, Rule, Step, StepKind, Stratum, in_place};
use super::table::Table;
use crate::fold::folded;
use crate::functor::Functors;
use crate::range;
use compiler::plan::{Aggregate, AggregateOp, Direction};
use compiler::value::Primitive;
use std::cmp::Ordering;
use std::ops::Range;

/// The tables of a group, which are used again for the next.
pub(super) struct Evaluation {
    pub(super) tables: Vec<Table>,
    /// What a rule derives.
    out: Vec<u64>,
    /// How many rows a rule derives, which may be of no columns.
    count: usize,
    /// Best rows that tie with those in their tables.
    ties: Vec<u64>,
    values: Vec<u64>,
    /// The rows of each relation of a recursive stratum that came in the last round.
    new: Vec<Range<usize>>,
    /// Room for the rows between the steps of a rule.
    frames: Vec<u64>,
}

impl Evaluation {
    pub(super) fn new(program: &Program) -> Self {
        let (out, ties, values, new) = Default::default();
        let steps = program.steps() + 1;
        let frames = vec![0; steps * WIDEST_FRAME];
        Evaluation { tables: program.tables(), out, count: 0, ties, values, new, frames }
    }

    /// Makes room for the next group.
    pub(super) fn clear(&mut self) {
        self.tables.iter_mut().for_each(Table::clear);
    }

    /// Derives all relations from the events in the first table.
    pub(super) fn run(&mut self, program: &Program, state: &[Table]) {
        for stratum in &program.strata {
            match stratum.recursive {
                false => stratum.definitions.iter().for_each(|definition| self.define(definition, program, state)),
                true => self.recursive(stratum, program, state),
            }
        }
    }

    fn define(&mut self, definition: &Definition, program: &Program, state: &[Table]) {
        let head = definition.relation;
        match &definition.body {
            Derivation::Fold(input, aggregate, index) => self.fold(head, *input, aggregate, *index, &program.functors),
            Derivation::Rules(rules, keep) => {
                for rule in rules {
                    self.derive(rule, None, program, state);
                    self.keep(head, keep, rule.width(), &program.functors);
                }
                if let (Keep::Best(..), false) = (keep, self.ties.is_empty()) {
                    let (table, arity) = (&mut self.tables[head], program.relations[head].arity);
                    self.ties.chunks_exact(arity).for_each(|row| table.push(row));
                    self.ties.clear();
                }
            }
        }
    }

    /// Rounds until nothing is new.
    fn recursive(&mut self, stratum: &Stratum, program: &Program, state: &[Table]) {
        for (head, rule) in stratum.first() {
            self.derive(rule, None, program, state);
            self.keep(head, &Keep::New, rule.width(), &program.functors);
        }
        let mut new = std::mem::take(&mut self.new);
        new.clear();
        new.resize(stratum.definitions.len(), 0..0);
        loop {
            let mut found = false;
            for (definition, range) in stratum.definitions.iter().zip(&mut new) {
                *range = range.end..self.tables[definition.relation].len();
                found |= range.start < range.end;
            }
            if !found {
                self.new = new;
                return;
            }
            for (head, rule, at, read) in stratum.again() {
                let range = new[read].clone();
                if range.start < range.end {
                    self.derive(rule, Some((at, range)), program, state);
                    self.keep(head, &Keep::New, rule.width(), &program.functors);
                }
            }
        }
    }

    /// Fills `out` with what a rule derives; where one of its relations is narrowed to some rows, from those.
    fn derive(&mut self, rule: &Rule, narrowed: Option<(usize, Range<usize>)>, program: &Program, state: &[Table]) {
        self.out.clear();
        self.count = 0;
        if let Some(Read::Own(source)) = rule.source
            && self.tables[source].len() == 0
        {
            return;
        }
        for step in &rule.steps {
            match step.kind {
                StepKind::Join(Read::Own(place), _) if self.tables[place].len() == 0 => return,
                StepKind::Join(Read::Own(place), index) => self.tables[place].prepare(index),
                StepKind::Negation(Read::Own(place), index) => self.tables[place].prepare(index),
                _ => {}
            }
        }
        let out = (&mut self.out, &mut self.count);
        let mut run = Run { tables: &self.tables, state, rule, narrowed, functors: &program.functors, out };
        run.source(&mut self.frames);
    }

    /// Moves what was derived to its relation.
    fn keep(&mut self, head: usize, keep: &Keep, width: usize, functors: &Functors) {
        let table = &mut self.tables[head];
        if width == 0 {
            if self.count > 0 {
                table.insert(&[]);
            }
            return;
        }
        let rows = self.out.chunks_exact(width);
        match keep {
            Keep::All => table.append(&self.out, self.count),
            Keep::New => rows.for_each(|row| {
                table.insert(row);
            }),
            Keep::Best(index, key, order) => {
                let mut group = [0; dataflow::WIDEST];
                for row in rows {
                    group.iter_mut().zip(key).for_each(|(word, column)| *word = row[*column]);
                    let Some(at) = table.find(*index, &group[..key.len()]) else {
                        table.push(row);
                        continue;
                    };
                    match compare(order, row, table.row(at), functors) {
                        Ordering::Greater => {}
                        Ordering::Less => {
                            table.row_mut(at).copy_from_slice(row);
                            let other = |tie: &[u64]| key.iter().any(|column| tie[*column] != row[*column]);
                            if !self.ties.is_empty() {
                                let kept = self.ties.chunks_exact(width).filter(|tie| other(tie)).flatten();
                                self.ties = kept.copied().collect();
                            }
                        }
                        Ordering::Equal => {
                            let known = row == table.row(at) || self.ties.chunks_exact(width).any(|tie| tie == row);
                            if !known {
                                self.ties.extend_from_slice(row);
                            }
                        }
                    }
                }
            }
        }
    }

    /// One row a group: its columns, and the fold.
    fn fold(&mut self, head: usize, input: usize, aggregate: &Aggregate, index: usize, functors: &Functors) {
        let mut folds = std::mem::take(&mut self.tables[head]);
        let table = &self.tables[input];
        let (group, op) = (aggregate.group, aggregate.op);
        let mut row = [0; dataflow::WIDEST + 1];
        if in_place(op) {
            for at in 0..table.len() {
                let from = table.row(at);
                let value = aggregate.target.map_or(1, |target| from[target]);
                match folds.find(index, &from[..group]) {
                    Some(at) => {
                        let folded = &mut folds.row_mut(at)[group];
                        *folded = step(op, *folded, value, functors);
                    }
                    None => {
                        row[..group].copy_from_slice(&from[..group]);
                        row[group] = value;
                        folds.push(&row[..=group]);
                    }
                }
            }
        } else {
            let mut rows: Vec<usize> = (0..table.len()).collect();
            rows.sort_unstable_by(|a, b| table.row(*a)[..group].cmp(&table.row(*b)[..group]));
            for rows in rows.chunk_by(|a, b| table.row(*a)[..group] == table.row(*b)[..group]) {
                self.values.clear();
                self.values.extend(rows.iter().map(|at| aggregate.target.map_or(0, |target| table.row(*at)[target])));
                if let Some(value) = folded_of(op, &mut self.values, functors) {
                    row[..group].copy_from_slice(&table.row(rows[0])[..group]);
                    row[group] = value;
                    folds.push(&row[..=group]);
                }
            }
        }
        self.tables[head] = folds;
    }
}

/// A fold and one value more.
fn step(op: AggregateOp, folded: u64, value: u64, functors: &Functors) -> u64 {
    match op {
        AggregateOp::Min(p) if functors.compare(p, value, folded).is_ge() => folded,
        AggregateOp::Max(p) if functors.compare(p, value, folded).is_le() => folded,
        AggregateOp::Min(_) | AggregateOp::Max(_) => value,
        _ => folded.wrapping_add(value),
    }
}

/// A fold of all values at once.
fn folded_of(op: AggregateOp, values: &mut [u64], functors: &Functors) -> Option<u64> {
    match op {
        AggregateOp::Gap(Primitive::Number) => {
            values.sort_unstable_by_key(|word| *word as i64);
            let gaps = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
            (!values.is_empty()).then(|| gaps.max_by_key(|gap| *gap as i64).unwrap_or(0))
        }
        op => folded(op, values.iter().copied(), functors),
    }
}

fn compare(order: &[(usize, Direction, Primitive)], a: &[u64], b: &[u64], functors: &Functors) -> Ordering {
    for (column, direction, primitive) in order {
        let ordering = functors.compare(*primitive, a[*column], b[*column]);
        match direction {
            _ if ordering.is_eq() => {}
            Direction::Least => return ordering,
            Direction::Greatest => return ordering.reverse(),
        }
    }
    Ordering::Equal
}

/// A rule being run.
struct Run<'a> {
    tables: &'a [Table],
    state: &'a [Table],
    rule: &'a Rule,
    /// One of its relations, by its place among them, is narrowed to these rows.
    narrowed: Option<(usize, Range<usize>)>,
    functors: &'a Functors,
    out: (&'a mut Vec<u64>, &'a mut usize),
}

impl<'a> Run<'a> {
    fn table(&self, read: Read) -> &'a Table {
        match read {
            Read::Own(place) => &self.tables[place],
            Read::State(place) => &self.state[place],
        }
    }

    /// The rows of the relation at a place of the rule.
    fn rows(&self, at: usize, table: &Table) -> Range<usize> {
        match &self.narrowed {
            Some((narrowed, range)) if *narrowed == at => range.clone(),
            _ => 0..table.len(),
        }
    }

    fn source(&mut self, frames: &mut [u64]) {
        let rule = self.rule;
        let Some(source) = rule.source else { return self.emit(&rule.emit, &[], 0, frames) };
        let table = self.table(source);
        for row in self.rows(0, table) {
            self.emit(&rule.emit, table.row(row), 0, frames);
        }
    }

    /// Hands what comes of a row to the step at a place, or out.
    #[inline]
    fn emit(&mut self, emit: &Emit, row: &[u64], at: usize, frames: &mut [u64]) {
        let Some(step) = self.rule.steps.get(at) else {
            *self.out.1 += usize::from(emit.append(row, self.out.0, self.functors));
            return;
        };
        let (frame, frames) = frames.split_at_mut(WIDEST_FRAME);
        let width = emit.width();
        if emit.run(row, &mut frame[..width], self.functors) {
            self.step(step, frame, width, at, frames);
        }
    }

    fn step(&mut self, step: &Step, frame: &mut [u64], width: usize, at: usize, frames: &mut [u64]) {
        match step.kind {
            StepKind::Pass => self.emit(&step.emit, &frame[..width], at + 1, frames),
            StepKind::Negation(read, index) => {
                let table = self.table(read);
                if !table.has(index, &frame[..step.key]) {
                    self.emit(&step.emit, &frame[..width], at + 1, frames);
                }
            }
            StepKind::Range(primitive) => {
                let args = frame[..step.key].to_vec();
                let mut values = Vec::new();
                range::each(primitive, &args, &mut |value| values.push(value));
                for value in values {
                    frame[width] = value;
                    self.emit(&step.emit, &frame[..=width], at + 1, frames);
                }
            }
            StepKind::Join(read, index) => {
                let table = self.table(read);
                let rows = self.rows(at + 1, table);
                let mut key = [0; WIDEST_KEY];
                key[..step.key].copy_from_slice(&frame[..step.key]);
                table.each(index, &key[..step.key], rows, &mut |row| {
                    let joined = table.row(row);
                    frame[width..].iter_mut().zip(&step.rest).for_each(|(word, column)| *word = joined[*column]);
                    self.emit(&step.emit, &frame[..width + step.rest.len()], at + 1, frames);
                });
            }
        }
    }
}

impl Rule {
    /// The relations of its steps, its source first. What is no join has none.
    pub(super) fn reads(&self) -> impl Iterator<Item = Read> {
        let joins = self.steps.iter().map(|step| match step.kind {
            StepKind::Join(read, _) => read,
            _ => Read::State(usize::MAX),
        });
        std::iter::once(self.source.unwrap_or(Read::State(usize::MAX))).chain(joins)
    }

    /// The number of columns that it derives.
    fn width(&self) -> usize {
        self.steps.last().map_or(&self.emit, |step| &step.emit).width()
    }
}
