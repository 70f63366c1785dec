//! The threads of a stream: each owns a shard and obeys commands in their order.

use super::shard::{Shard, Spec, State, Tally};
use super::sums::Deltas;
use crate::error::Error;
use compiler::plan::RelationId;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// What a shard is told. All but `Take` and `State` have an answer.
pub(super) enum Command {
    /// Events, row after row, and how far the watermark is after them.
    Take(Vec<u64>, i64),
    /// The epoch ends: hand over what was contributed, here is room for more.
    Close(Vec<Deltas>),
    /// Close all groups first, silent or not.
    Settle(i64),
    /// Read a relation of events.
    Read(RelationId, Vec<Option<u64>>),
    /// The relations of state that rules read.
    State(State),
    /// Go on with other rules.
    Follow(Arc<Spec>, BTreeSet<usize>),
}

/// What a shard answers.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) deltas: Vec<Deltas>,
    pub(super) tally: Tally,
    pub(super) rows: Vec<u64>,
    pub(super) reads: BTreeSet<RelationId>,
    pub(super) error: Option<Error>,
}

/// A shard's thread.
pub(super) struct Worker {
    commands: Option<SyncSender<Command>>,
    answers: Receiver<Answer>,
    /// Buffers of events that have been taken in.
    spare: Receiver<Vec<u64>>,
    thread: Option<JoinHandle<()>>,
}

/// How many commands may wait.
const WAITING: usize = 16;

impl Worker {
    /// Starts a thread. Gives the relations of state that its rules read, too.
    pub(super) fn start(spec: &Arc<Spec>) -> Result<(Self, BTreeSet<RelationId>), Error> {
        let ((commands, todo), (done, answers), (empty, spare)) = (sync_channel(WAITING), channel(), channel());
        let (ready, started) = channel();
        let spec = spec.clone();
        let body = move || match Shard::new(spec) {
            Ok(shard) => {
                if ready.send(Ok(shard.reads())).is_ok() {
                    obey(shard, &todo, &done, &empty);
                }
            }
            Err(error) => drop(ready.send(Err(error))),
        };
        let thread = std::thread::Builder::new().name("stream".to_string()).spawn(body);
        let thread = thread.map_err(|error| Error::Unsupported(format!("cannot start a thread: {error}")))?;
        let reads = started.recv().map_err(|_| Error::Stopped)??;
        Ok((Worker { commands: Some(commands), answers, spare, thread: Some(thread) }, reads))
    }

    pub(super) fn tell(&self, command: Command) -> Result<(), Error> {
        let commands = self.commands.as_ref().ok_or(Error::Stopped)?;
        commands.send(command).map_err(|_| Error::Stopped)
    }

    pub(super) fn answer(&self) -> Result<Answer, Error> {
        let answer = self.answers.recv().map_err(|_| Error::Stopped)?;
        match answer.error {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    /// An empty buffer.
    pub(super) fn buffer(&self) -> Vec<u64> {
        self.spare.try_recv().unwrap_or_default()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported as `Stopped`.
            drop(thread.join());
        }
    }
}

fn obey(mut shard: Shard, commands: &Receiver<Command>, answers: &Sender<Answer>, empty: &Sender<Vec<u64>>) {
    while let Ok(command) = commands.recv() {
        let mut answer = Answer::default();
        match command {
            Command::Take(mut rows, watermark) => {
                shard.take(&rows, watermark);
                rows.clear();
                // Whoever gave it may have gone.
                drop(empty.send(rows));
                continue;
            }
            Command::State(state) => {
                shard.set_state(state);
                continue;
            }
            Command::Close(room) => {
                answer.deltas = shard.deltas(room);
                answer.tally = shard.count();
            }
            Command::Settle(watermark) => shard.settle(watermark),
            Command::Read(relation, pattern) => match shard.read(relation, &pattern) {
                Ok(rows) => answer.rows = rows,
                Err(error) => answer.error = Some(error),
            },
            Command::Follow(spec, new) => {
                answer.error = shard.follow(spec, &new).err();
                answer.reads = shard.reads();
            }
        }
        if answers.send(answer).is_err() {
            return;
        }
    }
}
