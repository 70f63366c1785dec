//! Several processes, on one machine or many, that work as one engine.
//!
//! Each has the same number of workers, and every worker a share of every relation; timely moves the rows between them.
//! Process 0 leads: it has the front door, holds the facts, and sends each command to all workers in the same order, so
//! that all build the same dataflows. The others [`follow`]: they obey until process 0 is done. Plans travel as
//! [`plan`]s do, never as something that each process would make for itself; names are given out by process 0
//! ([`names`]). The answers to reads are gathered.
//!
//! A process that is gone cannot be replaced: its share is gone with it. All others notice within a second (a machine
//! that vanishes: within a minute), say so, and end; started again, they build the model anew from its facts.
//!
//! ```no_run
//! use runtime::{Cluster, Engine, Options};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! let hosts = vec!["10.0.0.1:7001".to_string(), "10.0.0.2:7001".to_string()];
//! let lost = |message: &str| {
//!     eprintln!("{message}");
//!     std::process::exit(2);
//! };
//! // On the second machine `runtime::follow(…)` with process 1.
//! let engine = Engine::lead(Options { workers: 2 }, Cluster::new(hosts, 0, lost))?;
//! # Ok(())
//! # }
//! ```

pub(crate) mod names;
pub(crate) mod packed;
mod plan;

use crate::engine::{Engine, Options};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::live::worker::{WorkerEnd, spawn};
use crate::symbols::Symbols;
use cluster::{Line, Loss, Meeting, Place, meet};
use names::Asking;
use packed::{Packed, pack, unpack};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// A line says so often that its sender is still there.
const BEAT: Duration = Duration::from_secs(10);

/// Who is not heard of for so long is lost.
const SILENCE: Duration = Duration::from_secs(60);

/// Which processes work together, and what this one does when another is lost.
pub struct Cluster {
    hosts: Vec<String>,
    process: usize,
    patience: Option<Duration>,
    loss: Arc<Loss>,
}

impl Cluster {
    /// All processes by address (`host:port`), which of them this one is, and whom to tell when one is lost: called at
    /// most once, from any thread, it should end the process.
    pub fn new(hosts: Vec<String>, process: usize, lost: impl Fn(&str) + Send + Sync + 'static) -> Cluster {
        Cluster { hosts, process, patience: None, loss: Loss::new(lost) }
    }

    /// How long to wait for the others at the start; a minute unless said.
    pub fn patience(self, patience: Duration) -> Cluster {
        Cluster { patience: Some(patience), ..self }
    }

    fn meet(&self, options: &Options) -> Result<Meeting, Error> {
        let mut place =
            Place::new(self.hosts.clone(), self.process, options.workers.max(1)).map_err(Error::Unsupported)?;
        place.patience = self.patience.unwrap_or(place.patience);
        let meeting = meet(&place).map_err(Error::Cluster)?;
        self.loss.mind_panics();
        Ok(meeting)
    }

    fn gone(&self, process: usize) -> String {
        let address = &self.hosts[process];
        format!("process {process} at {address} is gone: the cluster stops; start all its processes again")
    }
}

impl Engine {
    /// Starts an engine whose workers are in several processes. This one must be process 0; returns when all the others
    /// have come.
    pub fn lead(options: Options, cluster: Cluster) -> Result<Engine, Error> {
        if cluster.process != 0 {
            return Err(Error::Unsupported(format!("process {} follows, and does not lead", cluster.process)));
        }
        let (mut meeting, symbols) = (cluster.meet(&options)?, Symbols::default());
        for (process, line) in std::mem::take(&mut meeting.names) {
            let (symbols, loss, gone) = (symbols.clone(), cluster.loss.clone(), cluster.gone(process));
            start(format!("names of process {process}"), move || {
                names::answer(&symbols, line, || loss.report(&gone));
            })?;
        }
        let (mut workers, mut ends) = (Vec::new(), Vec::new());
        for _ in 0..options.workers.max(1) {
            let ((command, commands), (answers, answer)) = (channel(), channel());
            workers.push((command, answer));
            ends.push(WorkerEnd { commands, answers });
        }
        // By process and worker, as timely counts them.
        for ((process, worker), line) in std::mem::take(&mut meeting.commands) {
            let ((command, commands), (answers, answer)) = (channel(), channel());
            workers.push((command, answer));
            let name = format!("worker {worker} of process {process}");
            carry(name, line, commands, answers, &cluster.loss, cluster.gone(process))?;
        }
        let (builders, others) = meeting.allocators().map_err(Error::Cluster)?;
        let guards = spawn(builders, others, ends, &symbols, &Interrupt::default())?;
        Ok(Engine::of(symbols, workers, guards))
    }
}

/// Gives this process's workers to a cluster that another process leads. Returns when that one is done.
pub fn follow(options: Options, cluster: Cluster) -> Result<(), Error> {
    if cluster.process == 0 {
        return Err(Error::Unsupported("process 0 leads, and does not follow".to_string()));
    }
    let mut meeting = cluster.meet(&options)?;
    let names = meeting.names.pop_first().map(|(_, line)| Asking::new(line, cluster.loss.clone(), cluster.gone(0)));
    let broken = |e: std::io::Error| Error::Cluster(format!("the connection to process 0 broke: {e}"));
    let Some(names) = names.transpose().map_err(broken)? else { return Err(Error::Stopped) };
    let symbols = Symbols::away_from(Arc::new(names));
    let mut ends = Vec::new();
    for ((_, worker), line) in std::mem::take(&mut meeting.commands) {
        let ((command, commands), (answers, answer)) = (channel(), channel());
        ends.push(WorkerEnd { commands, answers });
        carry(format!("worker {worker}"), line, answer, command, &cluster.loss, cluster.gone(0))?;
    }
    let (builders, others) = meeting.allocators().map_err(Error::Cluster)?;
    let guards = spawn(builders, others, ends, &symbols, &Interrupt::default())?;
    let ended: Vec<Result<(), String>> = guards.join().into_iter().collect();
    ended.into_iter().collect::<Result<(), String>>().map_err(|_| Error::Stopped)
}

fn start(name: String, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let started = thread::Builder::new().name(name).spawn(run);
    started.map(drop).map_err(|e| Error::Cluster(format!("cannot start a thread: {e}")))
}

/// Carries what comes out of a channel over a line, and what comes over the line into another channel. When the first
/// channel ends, so does the line, and the cluster's work with it.
fn carry<Out: Packed + Send + 'static, In: Packed + Send + 'static>(
    name: String,
    line: Line,
    out: Receiver<Out>,
    into: Sender<In>,
    loss: &Arc<Loss>,
    gone: String,
) -> Result<(), Error> {
    let (mut writer, mut reader) =
        line.split(Some(SILENCE)).map_err(|e| Error::Cluster(format!("a connection broke: {e}")))?;
    let ((loss_out, gone_out), (loss_in, gone_in)) = ((loss.clone(), gone.clone()), (loss.clone(), gone));
    start(format!("to {name}"), move || {
        loop {
            let sent = match out.recv_timeout(BEAT) {
                Ok(message) => writer.send(&pack(&message)),
                Err(RecvTimeoutError::Timeout) => writer.beat(),
                Err(RecvTimeoutError::Disconnected) => {
                    loss_out.end();
                    // If the other side is gone already, there is nobody to tell.
                    let _ = writer.end();
                    return;
                }
            };
            if sent.is_err() {
                return loss_out.report(&gone_out);
            }
        }
    })?;
    start(format!("from {name}"), move || {
        loop {
            match reader.receive().map(|frame| frame.map(|frame| unpack(&frame))) {
                // Whoever does not listen any more needs no message.
                Ok(Some(Some(message))) => drop(into.send(message)),
                Ok(None) => return loss_in.end(),
                Ok(Some(None)) | Err(_) => return loss_in.report(&gone_in),
            }
        }
    })
}
