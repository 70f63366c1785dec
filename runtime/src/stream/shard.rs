//! One shard of a stream: the groups whose keys fall to it, evaluated as they close.

use super::evaluate::Evaluation;
use super::groups::{Groups, Seen};
use super::program::Program;
use super::record::Layout;
use super::split::Shape;
use super::sums::{Ahead, Deltas};
use super::table::{Columns, Table};
use crate::error::Error;
use crate::rows::Rows;
use crate::symbols::Symbols;
use compiler::plan::{Plan, RelationId, Stream};
use compiler::planner::StreamKind;
use compiler::planner::Streams;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What all shards of a stream share.
pub(super) struct Spec {
    pub(super) plan: Arc<Plan>,
    pub(super) streams: Arc<Streams>,
    /// The stream's place.
    pub(super) place: usize,
    /// What is folded of it, with the number of each fold.
    pub(super) folds: Vec<(usize, Shape)>,
    pub(super) layout: Layout,
    pub(super) stream: Stream,
    /// The key that is none.
    pub(super) no_key: Option<u64>,
    pub(super) symbols: Symbols,
}

/// What a shard has counted since it was last asked, and what it holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) duplicates: u64,
    pub(super) without_key: u64,
    pub(super) closed: u64,
    pub(super) revised: u64,
    pub(super) open_groups: usize,
    pub(super) groups: usize,
    pub(super) bytes: usize,
    pub(super) evaluating: Duration,
    pub(super) working: Duration,
}

pub(super) struct Shard {
    spec: Arc<Spec>,
    groups: Groups,
    seen: Seen,
    grouped: Rules,
    single: Rules,
    deltas: Vec<Deltas>,
    pub(super) tally: Tally,
    bytes: Vec<u8>,
    row: Vec<u64>,
    /// The keys of events that are taken in, and their groups if there are such.
    found: Vec<(Option<u64>, Option<u32>)>,
    /// The relations of state that rules read.
    state: State,
    /// What groups have contributed, if that depends on the state: to be taken back as it was given.
    given: BTreeMap<u64, Vec<Contribution>>,
}

/// Rows of relations of state.
pub(super) type State = Arc<BTreeMap<RelationId, Rows>>;

/// A fold, a group, and what was added to its slots.
type Contribution = (usize, Vec<u64>, Vec<(usize, u64)>);

/// A program, the tables it is run in, and what of them is folded.
struct Rules {
    program: Program,
    evaluation: Evaluation,
    state: Vec<Table>,
    folded: Vec<Folded>,
    /// Whether what is folded depends on the state.
    of_state: bool,
}

/// What of a relation is folded: into which fold, by how many columns, and which columns are the values of its slots.
struct Folded {
    place: usize,
    fold: usize,
    group: usize,
    slots: Vec<(usize, Option<usize>)>,
    /// What has not been added yet.
    ahead: Ahead,
}

impl Rules {
    fn new(spec: &Spec, free: bool) -> Result<Self, Error> {
        let inputs = spec.folds.iter().flat_map(|(_, shape)| shape.slots.iter().map(|slot| slot.input));
        let wanted: BTreeSet<RelationId> = inputs.collect();
        let program = Program::new(&spec.plan, &spec.streams, spec.place, &wanted, free, &spec.symbols)?;
        let mut folded = Vec::new();
        for (fold, (_, shape)) in spec.folds.iter().enumerate() {
            let inputs: BTreeSet<RelationId> = shape.slots.iter().map(|slot| slot.input).collect();
            for input in inputs {
                let Some(place) = program.place(input) else { continue };
                let slots = shape.slots.iter().enumerate().filter(|(_, slot)| slot.input == input);
                let slots: Vec<_> = slots.map(|(slot, s)| (slot, s.target)).collect();
                let ahead = Ahead::new(shape.group, slots.iter().map(|(slot, _)| *slot).collect());
                folded.push(Folded { place, fold, group: shape.group, slots, ahead });
            }
        }
        let of_state = wanted.iter().any(|id| match &spec.streams.kinds[id.0 as usize] {
            StreamKind::Events(events) => events.of_state,
            _ => false,
        });
        let state = tables(&program, &State::default());
        Ok(Rules { evaluation: Evaluation::new(&program), program, state, folded, of_state })
    }

    /// Evaluates the events in the first table, and adds what is folded of them, or takes it back.
    fn run(&mut self, deltas: &mut [Deltas], sign: i64, mut given: Option<&mut Vec<Contribution>>) {
        self.evaluation.run(&self.program, &self.state);
        for Folded { place, fold, group, slots, ahead } in &mut self.folded {
            let table = &self.evaluation.tables[*place];
            for at in 0..table.len() {
                let row = table.row(at);
                let values = slots.iter().map(|(slot, target)| (*slot, target.map_or(1, |target| row[target])));
                if let Some(given) = &mut given {
                    given.push((*fold, row[..*group].to_vec(), values.clone().collect()));
                }
                ahead.push(&row[..*group], values.map(|(_, value)| value), sign);
                if ahead.is_full() {
                    ahead.add_to(&mut deltas[*fold]);
                }
            }
        }
    }

    /// Adds what has not been added yet.
    fn finish(&mut self, deltas: &mut [Deltas]) {
        self.folded.iter_mut().for_each(|folded| folded.ahead.add_to(&mut deltas[folded.fold]));
    }
}

/// The tables of state that a program reads, with their indexes.
fn tables(program: &Program, state: &State) -> Vec<Table> {
    let table = |(id, arity, indexes): &(RelationId, usize, Vec<Columns>)| {
        let mut table = Table::new(*arity, indexes);
        state.get(id).into_iter().flat_map(Rows::iter).for_each(|row| table.push(row));
        (0..indexes.len()).for_each(|index| table.prepare(index));
        table
    };
    program.state.iter().map(table).collect()
}

impl Shard {
    pub(super) fn new(spec: Arc<Spec>) -> Result<Self, Error> {
        Ok(Shard {
            groups: Groups::new(spec.layout, spec.stream),
            seen: Seen::default(),
            grouped: Rules::new(&spec, false)?,
            single: Rules::new(&spec, true)?,
            deltas: spec.folds.iter().map(|(_, shape)| Deltas::new(shape)).collect(),
            tally: Tally::default(),
            bytes: Vec::new(),
            row: vec![0; spec.layout.arity],
            found: Vec::new(),
            state: State::default(),
            given: BTreeMap::new(),
            spec,
        })
    }

    /// The relations of state that the rules read.
    pub(super) fn reads(&self) -> BTreeSet<RelationId> {
        self.grouped.program.state.iter().chain(&self.single.program.state).map(|(id, ..)| *id).collect()
    }

    /// The state as of now.
    pub(super) fn set_state(&mut self, state: State) {
        for rules in [&mut self.grouped, &mut self.single] {
            rules.state = tables(&rules.program, &state);
        }
        self.state = state;
    }

    /// Goes on with other rules. What is folded into the folds that are `new` is contributed for the groups that have been
    /// evaluated.
    pub(super) fn follow(&mut self, spec: Arc<Spec>, new: &BTreeSet<usize>) -> Result<(), Error> {
        let (mut grouped, single) = (Rules::new(&spec, false)?, Rules::new(&spec, true)?);
        let deltas = spec.folds.iter().map(|(_, shape)| Deltas::new(shape)).collect();
        let folded = std::mem::take(&mut grouped.folded);
        let (new, old): (Vec<Folded>, Vec<Folded>) = folded.into_iter().partition(|f| new.contains(&f.fold));
        grouped.folded = new;
        (self.spec, self.grouped, self.single, self.deltas) = (spec, grouped, single, deltas);
        self.set_state(self.state.clone());
        let mut groups = Vec::new();
        self.groups.each(None, |key, origin, bytes, evaluated| {
            groups.push((key, origin, bytes[..evaluated].to_vec()));
        });
        self.given.clear();
        for (key, origin, bytes) in groups.into_iter().filter(|(.., bytes)| !bytes.is_empty()) {
            self.evaluate(key, origin, &bytes, 1);
        }
        self.grouped.folded.extend(old);
        Ok(())
    }

    /// Takes in events, then closes what is due when the watermark has come so far.
    pub(super) fn take(&mut self, rows: &[u64], watermark: i64) {
        let start = Instant::now();
        // All groups are looked up first: the processor waits for several of them at once.
        let keyed = |row: &[u64]| self.spec.layout.key.map(|key| row[key]).filter(|key| Some(*key) != self.spec.no_key);
        let of_rows = rows.chunks_exact(self.spec.layout.arity).map(|row| {
            let key = keyed(row);
            (key, key.and_then(|key| self.groups.find(key)))
        });
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        found.extend(of_rows);
        for (row, (key, known)) in rows.chunks_exact(self.spec.layout.arity).zip(&found) {
            match key {
                Some(key) => self.tally.revised += u64::from(self.groups.take(*known, *key, row)),
                None => self.alone(row),
            }
        }
        self.tally.events += found.len() as u64;
        self.found = found;
        let evaluating = Instant::now();
        while let Some(id) = self.groups.due(watermark) {
            self.close(id, watermark);
        }
        self.tally.evaluating += evaluating.elapsed();
        let given = &mut self.given;
        self.groups.release(watermark, |key| {
            if !given.is_empty() {
                given.remove(&key);
            }
        });
        self.seen.release(watermark);
        self.tally.working += start.elapsed();
    }

    /// An event that is related to no other.
    fn alone(&mut self, row: &[u64]) {
        self.tally.without_key += 1;
        if !self.seen.is_new(self.spec.layout, row, &mut self.bytes) {
            self.tally.duplicates += 1;
            return;
        }
        self.single.evaluation.clear();
        self.single.evaluation.tables[0].push(row);
        self.single.run(&mut self.deltas, 1, None);
    }

    /// Closes all groups, silent or not: there will be no more events, or somebody wants to see what there is.
    pub(super) fn settle(&mut self, watermark: i64) {
        for id in self.groups.all_open() {
            self.close(id, watermark);
        }
    }

    fn close(&mut self, id: u32, watermark: i64) {
        let bytes = self.groups.bytes(id);
        let (key, origin, evaluated) = {
            let group = self.groups.group(id);
            (group.key, group.origin, group.evaluated)
        };
        match self.given.remove(&key) {
            _ if evaluated == 0 => {}
            Some(given) => {
                for (fold, group, values) in given {
                    self.deltas[fold].add(&group, values.into_iter(), -1);
                }
            }
            None => {
                self.evaluate(key, origin, &bytes[..evaluated], -1);
            }
        }
        let (duplicates, times) = self.evaluate(key, origin, &bytes, 1);
        self.tally.duplicates += duplicates;
        self.tally.closed += 1;
        let (first, last) = times;
        let ended = watermark.saturating_sub(self.spec.stream.horizon);
        if last < ended {
            self.given.remove(&key);
        }
        if duplicates == 0 && last - first <= self.spec.stream.horizon {
            let kept = (last >= ended).then_some((&bytes[..], first, last));
            self.groups.close(id, kept);
        } else {
            let (kept, first, last) = self.kept(key, origin, &bytes, ended);
            self.groups.close(id, (!kept.is_empty()).then_some((&kept[..], first, last)));
        }
        self.groups.reuse(bytes);
    }

    /// The events of a group that can still be related to others, each once, and the times of the first and the last.
    fn kept(&mut self, key: u64, origin: i64, bytes: &[u8], ended: i64) -> (Vec<u8>, i64, i64) {
        let rows = self.rows(key, origin, bytes);
        let (layout, time) = (self.spec.layout, self.spec.layout.time);
        let (mut kept, mut first, mut last) = (Vec::with_capacity(bytes.len()), i64::MAX, i64::MIN);
        for run in runs(&rows, time, self.spec.stream.horizon, self.groups.longest()) {
            if run.last().is_some_and(|row| row[time] as i64 >= ended) {
                for row in run {
                    layout.write(row, origin, &mut kept);
                    first = first.min(row[time] as i64);
                    last = last.max(row[time] as i64);
                }
            }
        }
        (kept, first, last)
    }

    /// The events of a group in the order of time, each once.
    fn rows(&self, key: u64, origin: i64, mut bytes: &[u8]) -> Vec<Vec<u64>> {
        let (layout, mut row, mut rows) = (self.spec.layout, vec![0; self.spec.layout.arity], Vec::new());
        while layout.read(key, origin, &mut bytes, &mut row) {
            rows.push(row.clone());
        }
        rows.sort_by(|a, b| (a[layout.time] as i64).cmp(&(b[layout.time] as i64)).then_with(|| a.cmp(b)));
        rows.dedup();
        rows
    }

    /// Evaluates the events of a group. Gives how many are there twice, and the times of the first and the last.
    fn evaluate(&mut self, key: u64, origin: i64, mut bytes: &[u8], sign: i64) -> (u64, (i64, i64)) {
        let layout = self.spec.layout;
        let all = bytes;
        let (mut duplicates, mut first, mut last) = (0, i64::MAX, i64::MIN);
        let mut given = (sign > 0 && self.grouped.of_state).then(Vec::new);
        self.grouped.evaluation.clear();
        let table = &mut self.grouped.evaluation.tables[0];
        while layout.read(key, origin, &mut bytes, &mut self.row) {
            let at = self.row[layout.time] as i64;
            first = first.min(at);
            last = last.max(at);
            duplicates += u64::from(!table.insert(&self.row));
        }
        if last.saturating_sub(first) <= self.spec.stream.horizon {
            self.grouped.run(&mut self.deltas, sign, given.as_mut());
            self.given.extend(given.map(|given| (key, given)));
            return (duplicates, (first, last));
        }
        // Events that are further apart than the horizon are of two groups.
        let rows = self.rows(key, origin, all);
        for run in runs(&rows, layout.time, self.spec.stream.horizon, self.groups.longest()) {
            self.grouped.evaluation.clear();
            run.iter().for_each(|row| self.grouped.evaluation.tables[0].push(row));
            self.grouped.run(&mut self.deltas, sign, given.as_mut());
        }
        self.given.extend(given.map(|given| (key, given)));
        (duplicates, (first, last))
    }

    /// Hands over what was contributed since the last time, and takes the room for the next.
    pub(super) fn deltas(&mut self, mut room: Vec<Deltas>) -> Vec<Deltas> {
        self.grouped.finish(&mut self.deltas);
        self.single.finish(&mut self.deltas);
        room.iter_mut().for_each(Deltas::clear);
        if room.len() != self.deltas.len() {
            room = self.spec.folds.iter().map(|(_, shape)| Deltas::new(shape)).collect();
        }
        std::mem::replace(&mut self.deltas, room)
    }

    /// What was counted since the last time, and what is held.
    pub(super) fn count(&mut self) -> Tally {
        let (open_groups, groups, bytes) = self.groups.sizes();
        let bytes = bytes + self.seen.len().1;
        Tally { open_groups, groups, bytes, ..std::mem::take(&mut self.tally) }
    }

    /// The rows of a relation of events that are there and agree with a pattern.
    pub(super) fn read(&mut self, relation: RelationId, pattern: &[Option<u64>]) -> Result<Vec<u64>, Error> {
        let spec = self.spec.clone();
        let wanted = BTreeSet::from([relation]);
        let program = Program::new(&spec.plan, &spec.streams, spec.place, &wanted, false, &spec.symbols)?;
        let Some(place) = program.place(relation) else { return Ok(Vec::new()) };
        let column = match &spec.streams.kinds[relation.0 as usize] {
            StreamKind::Events(events) => events.key,
            _ => None,
        };
        let key = column.and_then(|column| pattern[column]);
        let state = tables(&program, &self.state);
        let mut evaluation = Evaluation::new(&program);
        let mut found = Vec::new();
        let mut groups = Vec::new();
        self.groups.each(key, |key, origin, bytes, _| groups.push((key, origin, bytes.to_vec())));
        for (key, origin, bytes) in groups {
            let rows = self.rows(key, origin, &bytes);
            for run in runs(&rows, spec.layout.time, spec.stream.horizon, self.groups.longest()) {
                evaluation.clear();
                run.iter().for_each(|row| evaluation.tables[0].push(row));
                evaluation.run(&program, &state);
                let table = &evaluation.tables[place];
                for at in 0..table.len() {
                    let row = table.row(at);
                    if row.iter().zip(pattern).all(|(word, wanted)| wanted.is_none_or(|wanted| wanted == *word)) {
                        found.extend_from_slice(row);
                    }
                }
            }
        }
        Ok(found)
    }
}

/// Events in the order of time, cut where they are further apart than the horizon, or have gone on for too long.
fn runs(rows: &[Vec<u64>], time: usize, horizon: i64, longest: i64) -> Vec<&[Vec<u64>]> {
    let (mut runs, mut start) = (Vec::new(), 0);
    for at in 1..=rows.len() {
        let cut = rows.get(at).is_none_or(|row| {
            let now = row[time] as i64;
            now.saturating_sub(rows[at - 1][time] as i64) > horizon
                || now.saturating_sub(rows[start][time] as i64) > longest
        });
        if cut {
            runs.push(&rows[start..at]);
            start = at;
        }
    }
    runs
}
