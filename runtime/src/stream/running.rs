//! One stream at work: events in, told apart by their keys; what is late or twice is counted and set aside.

use super::shard::{Spec, State, Tally};
use super::sums::Deltas;
use super::worker::{Command, Worker};
use crate::error::Error;
use compiler::plan::RelationId;
use dataflow::hash;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// How many events go to a shard at once.
const BLOCK: usize = 1 << 10;

/// How many events are kept of those that were set aside, the latest.
const ASIDE: usize = 1 << 10;

/// A stream and its shards.
pub(super) struct Running {
    pub(super) spec: Arc<Spec>,
    workers: Vec<Worker>,
    pending: Vec<Vec<u64>>,
    /// The time of the newest event.
    newest: Option<i64>,
    pub(super) late: u64,
    pub(super) duplicates: u64,
    pub(super) malformed: u64,
    aside: VecDeque<Vec<u64>>,
    /// The relations of state that rules read.
    pub(super) reads: BTreeSet<RelationId>,
    /// What shards have counted in all, and what they hold.
    pub(super) tally: Tally,
    room: Vec<Vec<Deltas>>,
}

impl Running {
    pub(super) fn start(spec: Arc<Spec>, shards: usize) -> Result<Self, Error> {
        let (mut workers, mut reads) = (Vec::new(), BTreeSet::new());
        for _ in 0..shards.max(1) {
            let (worker, read) = Worker::start(&spec)?;
            workers.push(worker);
            reads.extend(read);
        }
        Ok(Running {
            spec,
            pending: vec![Vec::new(); workers.len()],
            room: vec![Vec::new(); workers.len()],
            workers,
            newest: None,
            late: 0,
            duplicates: 0,
            malformed: 0,
            aside: VecDeque::new(),
            reads,
            tally: Tally::default(),
        })
    }

    /// No event is older.
    pub(super) fn watermark(&self) -> i64 {
        self.newest.map_or(i64::MIN, |newest| newest.saturating_sub(self.spec.stream.lateness))
    }

    /// Takes in events, row after row. An event that is too late is set aside.
    pub(super) fn feed(&mut self, rows: &[u64]) -> Result<(), Error> {
        let layout = self.spec.layout;
        let shards = self.workers.len() as u64;
        for row in rows.chunks_exact(layout.arity) {
            let at = row[layout.time] as i64;
            if at < self.watermark() {
                self.late += 1;
                if self.aside.len() == ASIDE {
                    self.aside.pop_front();
                }
                self.aside.push_back(row.to_vec());
                continue;
            }
            if self.newest.is_none_or(|newest| newest < at) {
                self.newest = Some(at);
            }
            let of = match layout.key {
                Some(key) if Some(row[key]) != self.spec.no_key => hash([row[key]].into_iter()),
                // What has no key goes anywhere, the same always to the same shard.
                _ => hash(row.iter().copied()),
            };
            // Not of the bits by which a shard's own tables are laid out: half their places would stay empty.
            let shard = ((of >> 40) % shards) as usize;
            let pending = &mut self.pending[shard];
            pending.extend_from_slice(row);
            if pending.len() >= BLOCK * layout.arity {
                self.ship(shard)?;
            }
        }
        Ok(())
    }

    fn ship(&mut self, shard: usize) -> Result<(), Error> {
        let empty = self.workers[shard].buffer();
        let rows = std::mem::replace(&mut self.pending[shard], empty);
        self.workers[shard].tell(Command::Take(rows, self.watermark()))
    }

    /// Ends an epoch: what the shards contributed since the last one.
    pub(super) fn close(&mut self) -> Result<Vec<Vec<Deltas>>, Error> {
        for shard in 0..self.workers.len() {
            self.ship(shard)?;
            let room = std::mem::take(&mut self.room[shard]);
            self.workers[shard].tell(Command::Close(room))?;
        }
        let mut all = Vec::new();
        let mut tally = Tally { open_groups: 0, groups: 0, bytes: 0, ..self.tally };
        for worker in &self.workers {
            let answer = worker.answer()?;
            let new = answer.tally;
            self.duplicates += new.duplicates;
            tally.events += new.events;
            tally.duplicates += new.duplicates;
            tally.without_key += new.without_key;
            tally.closed += new.closed;
            tally.revised += new.revised;
            tally.open_groups += new.open_groups;
            tally.groups += new.groups;
            tally.bytes += new.bytes;
            tally.evaluating += new.evaluating;
            tally.working += new.working;
            all.push(answer.deltas);
        }
        self.tally = tally;
        Ok(all)
    }

    /// Gives the room of contributions back.
    pub(super) fn reuse(&mut self, room: Vec<Vec<Deltas>>) {
        self.room = room;
    }

    /// Closes all groups, silent or not.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        (0..self.workers.len()).try_for_each(|shard| self.ship(shard))?;
        self.workers.iter().try_for_each(|worker| worker.tell(Command::Settle(self.watermark())))?;
        self.workers.iter().try_for_each(|worker| worker.answer().map(drop))
    }

    /// The rows of a relation of events that are there and agree with a pattern; of the stream itself, the events.
    pub(super) fn read(&mut self, relation: RelationId, pattern: &[Option<u64>]) -> Result<Vec<u64>, Error> {
        (0..self.workers.len()).try_for_each(|shard| self.ship(shard))?;
        self.workers.iter().try_for_each(|worker| worker.tell(Command::Read(relation, pattern.to_vec())))?;
        let mut rows = Vec::new();
        for worker in &self.workers {
            rows.extend(worker.answer()?.rows);
        }
        Ok(rows)
    }

    pub(super) fn set_state(&self, state: &State) -> Result<(), Error> {
        self.workers.iter().try_for_each(|worker| worker.tell(Command::State(state.clone())))
    }

    /// Goes on with other rules.
    pub(super) fn follow(&mut self, spec: &Arc<Spec>, new: &BTreeSet<usize>) -> Result<(), Error> {
        self.workers.iter().try_for_each(|worker| worker.tell(Command::Follow(spec.clone(), new.clone())))?;
        self.reads.clear();
        for worker in &self.workers {
            self.reads.extend(worker.answer()?.reads);
        }
        self.spec = spec.clone();
        self.room.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    /// The events that were too late, as far as they are kept.
    pub(super) fn aside(&self) -> impl Iterator<Item = &[u64]> {
        self.aside.iter().map(Vec::as_slice)
    }
}
