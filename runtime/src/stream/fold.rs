//! Folds: what stays of events when they have gone.
//!
//! Each shard adds up what its groups contribute, [`Deltas`]; at the end of an epoch they are added to the [`Fold`], and
//! the rows that have changed are stated anew. A contribution that is taken back is added with the opposite sign, which is
//! all that counts and sums need. The least and the greatest value need more ([`super::values`]).
//!
//! A fold is the only one to hold its rows, but for the indexes of the dataflow: whoever asks whether it states one has it
//! looked up. Groups of a bucket of time (a minute) have a table of their own, so that those of an old bucket are in nobody's
//! way, and leave as a whole when it has been over for as long as the stream's `keep` says: their rows are taken back, and
//! what is contributed to them afterwards counts nowhere. Groups fall to parts, each of which a thread adds up.
//!
//! Cost: that of the groups that have changed.

use super::marks::Marks;
use super::split::{From, Shape};
use super::sums::{Compared, Deltas, Sums, Words, words};
use super::values::Values;
use crate::functor::Functors;
use crate::symbols::Symbols;
use compiler::plan::AggregateOp;
use compiler::planner::Bucket;
use dataflow::hash;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// So many groups are looked up before the first of them is changed: the processor waits for several of them at once.
const AHEAD: usize = 256;

/// From so many contributions on, each part has a thread.
const MANY: usize = 4096;

/// How far a stream is when an epoch ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// No event is older, in microseconds.
    pub(crate) watermark: i64,
    /// For how long what was contributed can be taken back.
    pub(crate) horizon: i64,
    /// For how long buckets are kept that are over.
    pub(crate) keep: Option<i64>,
}

impl Moment {
    fn second(self) -> i64 {
        self.watermark.div_euclid(1_000_000)
    }

    /// Whether a bucket has been over for long enough to leave.
    fn is_past(self, bucket: i64, width: i64) -> bool {
        self.keep
            .is_some_and(|keep| bucket.saturating_add(1).saturating_mul(width).saturating_add(keep) <= self.watermark)
    }
}

/// One fold over all events there were.
#[derive(Debug)]
pub(crate) struct Fold {
    /// The relation that it states, by what it is called and means.
    pub(crate) meaning: (Arc<str>, u64),
    pub(crate) shape: Shape,
    slots: Vec<Words>,
    parts: Vec<Part>,
}

/// The groups that fall to one thread.
#[derive(Debug, Default)]
struct Part {
    /// By bucket, the oldest first; one alone where groups are of no time.
    tables: VecDeque<Table>,
    /// How many rows are stated.
    rows: usize,
    stated: Stated,
    /// The groups that are looked up ahead: the place among the contributions, the table, and the place there.
    found: Vec<(u32, u32, u32)>,
}

/// The groups of a bucket.
#[derive(Debug, Default)]
struct Table {
    bucket: i64,
    sums: Sums,
    /// The values that are compared, by group and slot.
    best: BTreeMap<(u32, u32), Values>,
    /// The groups to which something was contributed in this epoch.
    touched: Marks,
    /// The values of their slots before, and whether they had a row.
    before: Vec<u64>,
    had: Vec<bool>,
    /// Whether nothing was, in the last epoch.
    is_calm: bool,
}

/// Rows of one relation that go and come.
#[derive(Debug, Default)]
pub(crate) struct Stated {
    arity: usize,
    words: Vec<u64>,
    signs: Vec<i32>,
}

/// What a part needs to know of its fold.
struct Context<'a> {
    shape: &'a Shape,
    slots: &'a [Words],
    functors: Functors,
}

impl Fold {
    /// Nothing folded yet, of so many parts.
    pub(crate) fn new(meaning: (Arc<str>, u64), shape: Shape, parts: usize) -> Self {
        let stated = || Stated { arity: shape.row.len(), ..Stated::default() };
        let parts = (0..parts.max(1)).map(|_| Part { stated: stated(), ..Part::default() }).collect();
        Fold { meaning, slots: words(&shape).0, parts, shape }
    }

    /// Whether another states the same.
    pub(crate) fn is_like(&self, other: &Fold) -> bool {
        self.meaning == other.meaning && self.shape.row == other.shape.row
    }

    /// How many rows it states.
    pub(crate) fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Groups that are kept.
    pub(crate) fn groups(&self) -> usize {
        self.tables().map(|table| table.sums.len()).sum()
    }

    /// Values that are kept because they can still be taken back.
    pub(crate) fn open_values(&self) -> usize {
        self.tables().flat_map(|table| table.best.values()).map(Values::open).sum()
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.parts.iter().flat_map(|part| &part.tables)
    }

    fn context(&self, symbols: &Symbols) -> Context<'_> {
        Context { shape: &self.shape, slots: &self.slots, functors: Functors::new(symbols.clone()) }
    }

    /// Whether a row is stated.
    pub(crate) fn states(&self, row: &[u64], symbols: &Symbols) -> bool {
        let column = |group: usize| self.shape.row.iter().position(|from| *from == From::Group(group));
        let group: Option<Vec<u64>> = (0..self.shape.group).map(|group| Some(row[column(group)?])).collect();
        let Some(group) = group else { return false };
        let hash_of = hash(group.iter().copied());
        let bucket = bucket_of(self.shape.bucket, &group);
        let tables = &self.parts[part_of(hash_of, self.parts.len())].tables;
        let Some(table) = tables.iter().rev().find(|table| table.bucket == bucket) else { return false };
        let Some(at) = table.sums.find(hash_of, &group) else { return false };
        let mut values = Vec::new();
        let has = table.read(at, &self.context(symbols), &mut values);
        has && self.shape.row.iter().zip(row).all(|(from, word)| from.of(&group, &values) == *word)
    }

    /// Every row that is stated.
    pub(crate) fn each(&self, symbols: &Symbols, mut f: impl FnMut(&[u64])) {
        let context = self.context(symbols);
        let (mut row, mut values) = (Vec::new(), Vec::new());
        for table in self.tables() {
            for at in 0..table.sums.len() {
                values.clear();
                if table.read(at, &context, &mut values) {
                    row.clear();
                    row.extend(self.shape.row.iter().map(|from| from.of(table.sums.row(at).0, &values)));
                    f(&row);
                }
            }
        }
    }

    /// Adds what shards contributed in an epoch; [`Fold::stated`] tells afterwards which rows go (-1) and come (1).
    pub(crate) fn merge(&mut self, deltas: &[&Deltas], moment: Moment, symbols: &Symbols) {
        let (shape, slots, of) = (&self.shape, &self.slots[..], self.parts.len());
        let merge = |number: usize, part: &mut Part| {
            let context = Context { shape, slots, functors: Functors::new(symbols.clone()) };
            part.merge(&context, deltas, moment, &|hash_of| part_of(hash_of, of) == number);
        };
        let many = deltas.iter().map(|deltas| deltas.sums.len()).sum::<usize>() >= MANY;
        let mut parts = self.parts.iter_mut().enumerate();
        if !many || of == 1 {
            return parts.for_each(|(number, part)| merge(number, part));
        }
        std::thread::scope(|scope| {
            let mine = parts.next();
            for (number, part) in parts {
                scope.spawn(move || merge(number, part));
            }
            if let Some((number, part)) = mine {
                merge(number, part);
            }
        });
    }

    /// What changed in the last epoch.
    pub(crate) fn stated(&self) -> impl Iterator<Item = (&[u64], i32)> {
        self.parts.iter().flat_map(|part| part.stated.rows())
    }
}

/// The part to which a group falls; not by the bits by which tables are laid out: half their places would stay empty.
fn part_of(hash_of: u64, parts: usize) -> usize {
    (hash_of >> 40) as usize % parts
}

/// The bucket of a group; 0 if it is of no time.
fn bucket_of(bucket: Option<Bucket>, group: &[u64]) -> i64 {
    bucket.map_or(0, |bucket| group[bucket.column] as i64)
}

impl From {
    /// The word of a column, of a group whose slots have these values.
    #[inline]
    fn of(self, group: &[u64], values: &[u64]) -> u64 {
        match self {
            From::Group(column) => group[column],
            From::Slot(slot) => values[slot],
        }
    }
}

impl Part {
    fn merge(&mut self, context: &Context<'_>, deltas: &[&Deltas], moment: Moment, is_mine: &dyn Fn(u64) -> bool) {
        self.stated.clear();
        if let Some(Bucket { width, .. }) = context.shape.bucket {
            while self.tables.front().is_some_and(|table| moment.is_past(table.bucket, width)) {
                self.tables.pop_front().into_iter().for_each(|table| self.take_back(&table, context));
            }
        }
        deltas.iter().for_each(|deltas| self.take(context, deltas, moment, is_mine));
        let settled = moment.second().saturating_sub(moment.horizon.div_euclid(1_000_000) + 2);
        for table in &mut self.tables {
            table.state(context, &mut self.stated, &mut self.rows);
            table.settle(settled, context);
        }
        // What comes is of the last bucket, or of the one before.
        let over = self.tables.len().saturating_sub(1);
        self.tables.iter_mut().take(over).for_each(Table::rest);
    }

    /// Adds what one shard contributed to the groups of this part.
    fn take(&mut self, context: &Context<'_>, deltas: &Deltas, moment: Moment, is_mine: &dyn Fn(u64) -> bool) {
        let mut compared = deltas.compared();
        let Part { tables, found, .. } = self;
        for start in (0..deltas.sums.len()).step_by(AHEAD) {
            found.clear();
            for place in start..deltas.sums.len().min(start + AHEAD) {
                let (group, delta) = deltas.sums.row(place);
                let moves = delta.iter().any(|word| *word != 0) || compared.contains_key(&(place as u32));
                let hash_of = hash(group.iter().copied());
                let bucket = bucket_of(context.shape.bucket, group);
                let past = context.shape.bucket.is_some_and(|by| moment.is_past(bucket, by.width));
                if moves && !past && is_mine(hash_of) {
                    let (table, is_new) = table_of(tables, bucket, context);
                    if is_new {
                        found.iter_mut().filter(|(_, other, _)| *other >= table).for_each(|(_, other, _)| *other += 1);
                    }
                    found.push((place as u32, table, tables[table as usize].sums.entry(hash_of, group) as u32));
                }
            }
            for (place, table, at) in found.iter() {
                let compared = compared.remove(place).unwrap_or_default();
                let delta = deltas.sums.row(*place as usize).1;
                tables[*table as usize].add(*at as usize, delta, &compared, moment.second(), context);
            }
        }
    }

    /// The rows of a bucket go.
    fn take_back(&mut self, table: &Table, context: &Context<'_>) {
        let mut values = Vec::new();
        for at in 0..table.sums.len() {
            values.clear();
            if table.read(at, context, &mut values) {
                self.stated.push(context.shape, table.sums.row(at).0, &values, -1);
                self.rows -= 1;
            }
        }
    }
}

/// The place of a bucket's table, and whether it is new: then those behind it have moved. What comes is of the latest
/// buckets, nearly always.
fn table_of(tables: &mut VecDeque<Table>, bucket: i64, context: &Context<'_>) -> (u32, bool) {
    let before = tables.iter().rposition(|table| table.bucket <= bucket);
    match before {
        Some(at) if tables[at].bucket == bucket => (at as u32, false),
        _ => {
            let at = before.map_or(0, |at| at + 1);
            let sums = Sums::new(context.shape.group, words(context.shape).1);
            tables.insert(at, Table { bucket, sums, ..Table::default() });
            (at as u32, true)
        }
    }
}

impl Table {
    /// Adds to a group.
    fn add(&mut self, at: usize, delta: &[u64], compared: &[Compared], second: i64, context: &Context<'_>) {
        if self.touched.insert(at) {
            let mut before = std::mem::take(&mut self.before);
            self.had.push(self.read(at, context, &mut before));
            self.before = before;
        }
        let words = self.sums.words_mut(at);
        words.iter_mut().zip(delta).for_each(|(word, delta)| *word = word.wrapping_add(*delta));
        for (slot, value, sign) in compared {
            self.best.entry((at as u32, *slot)).or_default().add(*value, *sign, second);
        }
    }

    /// Appends the values of a group's slots; false if one is missing, whatever is appended.
    #[inline]
    fn read(&self, at: usize, context: &Context<'_>, values: &mut Vec<u64>) -> bool {
        let words = self.sums.row(at).1;
        let mut has = true;
        for (slot, (place, of)) in context.slots.iter().zip(&context.shape.slots).enumerate() {
            has &= words[place.count] as i64 > 0;
            values.push(match of.op {
                AggregateOp::Count => words[place.count],
                op @ (AggregateOp::Min(_) | AggregateOp::Max(_)) => {
                    let held = self.best.get(&(at as u32, slot as u32));
                    let best = held.and_then(|held| held.best(op, &context.functors));
                    has &= best.is_some();
                    best.unwrap_or_default()
                }
                _ => words[place.sum.unwrap_or(place.count)],
            });
        }
        has
    }

    /// States what has changed in this epoch.
    fn state(&mut self, context: &Context<'_>, stated: &mut Stated, rows: &mut usize) {
        let (slots, mut now) = (context.slots.len(), Vec::new());
        for (number, at) in self.touched.places().iter().enumerate() {
            let (before, had) = (&self.before[number * slots..][..slots], self.had[number]);
            now.clear();
            let has = self.read(*at as usize, context, &mut now);
            if had && has && now == before {
                continue;
            }
            let group = self.sums.row(*at as usize).0;
            if had {
                stated.push(context.shape, group, before, -1);
                *rows -= 1;
            }
            if has {
                stated.push(context.shape, group, &now, 1);
                *rows += 1;
            }
        }
        self.is_calm = self.had.is_empty();
        self.touched.clear();
        self.before.clear();
        self.had.clear();
    }

    /// Gives back the room that was for more, once a bucket is over and little comes.
    fn rest(&mut self) {
        if self.is_calm && self.before.capacity() > 0 {
            (self.touched, self.before, self.had) = Default::default();
            self.sums.shrink();
        }
    }

    /// Forgets apart what was contributed before a second: it can no longer be taken back.
    fn settle(&mut self, before: i64, context: &Context<'_>) {
        for ((_, slot), values) in &mut self.best {
            values.settle(before, context.shape.slots[*slot as usize].op, &context.functors);
        }
    }
}

impl Stated {
    fn rows(&self) -> impl Iterator<Item = (&[u64], i32)> {
        self.signs.iter().enumerate().map(|(at, sign)| (&self.words[at * self.arity..][..self.arity], *sign))
    }

    #[inline]
    fn push(&mut self, shape: &Shape, group: &[u64], values: &[u64], sign: i32) {
        self.words.extend(shape.row.iter().map(|from| from.of(group, values)));
        self.signs.push(sign);
    }

    fn clear(&mut self) {
        self.words.clear();
        self.signs.clear();
    }
}
