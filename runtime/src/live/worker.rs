//! One worker of the dataflow: it obeys a sequence of commands, the same as every other worker.
//!
//! Channel and operator numbers are counted per worker, so all workers must build the same dataflows in the same order:
//! each command goes to all of them, and only data differ.

use super::compaction::is_worth_it;
use super::indexes::{Index, favourite_index};
use super::parts::Part;
use super::render::{LayerSpec, Node, Place, Store, Stored, follow, part, parts};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::symbols::Symbols;
use compiler::plan::RelationId;
use dataflow::{
    ForkTime, Operators, Updates, UpdatesBuilder, collect, count_updates, differences, forget, garbage, scan,
    take_produced, worked,
};
use differential_dataflow::Collection;
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use timely::WorkerConfig;
use timely::communication::{AllocatorBuilder, WorkerGuards};
use timely::dataflow::ProbeHandle;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::core::UnorderedInput;
use timely::dataflow::operators::core::unordered_input::UnorderedHandle;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::{ActivateCapability, Probe};
use timely::execute::execute_from;
use timely::worker::Worker as Timely;

/// What a worker is told. Every worker gets every command, with its own share of the data.
pub(crate) enum Command {
    /// Make inputs for new base relations of a plan.
    Inputs(Arc<LayerSpec>, Vec<(RelationId, u32)>),
    /// Build a layer.
    Build(Arc<LayerSpec>),
    /// Forget layers.
    Drop(Vec<u32>),
    /// Changes of a base relation in the open epoch.
    Change(u32, Updates<ForkTime>),
    /// Close this epoch and bring everything up to date; then say what changed in watched relations. Before that, forget
    /// the forks in these slots. With an allowance of updates: say when more have been taken in hand, and look out for a
    /// halt.
    Close { epoch: u32, gone: Vec<u32>, allowance: Option<u64> },
    /// Leave off bringing things up to date, if that is not done; layers that it touches will be dropped.
    Halt,
    /// Make a layer that is given its rows.
    Give(Arc<LayerSpec>),
    /// Changes of a relation of such a layer, in the open epoch or, at first, in the one before.
    Fill(u32, RelationId, Updates<ForkTime>),
    /// Read a relation: rows that agree with the pattern, or only their number.
    Read { node: Node, at: ForkTime, pattern: Vec<Option<u64>>, count_only: bool },
    /// Read how a relation differs between two forks: rows, each with 1 behind it if it is there at `to`, else 0.
    Diff { node: Node, from: ForkTime, to: ForkTime },
    /// Read words of a column, of so many rows.
    Column { node: Node, at: ForkTime, column: usize, most: usize },
    /// Count the updates in all indexes.
    Measure,
    /// Follow a relation, under a number of the engine's; what it holds already is told, or not.
    Watch { node: Node, number: u32, has_past: bool, from_now: bool },
    /// No longer follow it.
    Unwatch(u32),
}

/// What a worker answers; every command but `Change` and `Fill` has one answer, `Close` perhaps one more.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Rows read.
    pub(crate) rows: Vec<u64>,
    /// How many.
    pub(crate) count: usize,
    /// The layers that a new layer reads.
    pub(crate) reads: BTreeSet<u32>,
    /// How many rows operators produced for this epoch, or a read looked at.
    pub(crate) produced: u64,
    /// How many updates arrangements and reductions took in hand for it.
    pub(crate) worked: u64,
    /// They were more than the allowance; the real answer follows.
    pub(crate) exceeded: bool,
    /// The answer to a halt, or that a layer was not built to the end.
    pub(crate) halted: bool,
    /// Changes of watched relations.
    pub(crate) watched: Vec<(u32, Updates<ForkTime>)>,
}

pub(super) struct Input {
    pub(super) handle: UnorderedHandle<ForkTime, UpdatesBuilder<ForkTime>>,
    pub(super) capability: ActivateCapability<ForkTime>,
    pub(super) probe: ProbeHandle<ForkTime>,
}

struct Watched {
    part: u64,
    seen: Rc<RefCell<Updates<ForkTime>>>,
}

pub(super) struct Worker<'w> {
    pub(super) timely: &'w mut Timely,
    symbols: Symbols,
    /// Raised for all workers of the process while a layer is built that is wanted no more.
    pub(super) halt: Interrupt,
    pub(super) store: Store,
    pub(super) inputs: HashMap<u32, Input>,
    /// Inputs of the layers that are given their rows.
    pub(super) given: HashMap<(u32, RelationId), Input>,
    /// All dataflows but those of the inputs, in the order in which they were made: each reads earlier ones.
    pub(super) parts: BTreeMap<u64, Part>,
    /// The number of the last part that was made.
    pub(super) last_part: u64,
    watched: BTreeMap<u32, Watched>,
    /// The open epoch.
    pub(super) epoch: u32,
    /// What had been taken in hand when the last epoch closed.
    worked: u64,
}

/// The layer number under which inputs stand in the store.
pub(crate) const INPUTS: u32 = 0;

/// And the number of their parts.
const INPUTS_PART: u64 = 0;

/// How long a worker that may have to halt waits for others at a time.
pub(super) const GLANCE: Duration = Duration::from_millis(10);

/// How much a commit may take in hand, and where that it is more is told and a halt is heard.
struct Within<'a> {
    allowance: Option<u64>,
    commands: &'a Receiver<Command>,
    answers: &'a Sender<Answer>,
}

/// A worker's end of the channels between it and the engine.
pub(crate) struct WorkerEnd {
    pub(crate) commands: Receiver<Command>,
    pub(crate) answers: Sender<Answer>,
}

/// Starts this process's workers, one for each end.
pub(crate) fn spawn(
    builders: Vec<AllocatorBuilder>,
    others: Box<dyn Any + Send>,
    ends: Vec<WorkerEnd>,
    symbols: &Symbols,
    halt: &Interrupt,
) -> Result<WorkerGuards<()>, Error> {
    let here = ends.len();
    let (symbols, halt) = (symbols.clone(), halt.clone());
    let ends = Mutex::new(ends.into_iter().map(Some).collect::<Vec<_>>());
    let work = move |worker: &mut Timely| {
        let end = ends.lock().ok().and_then(|mut ends| ends[worker.index() % here].take());
        if let Some(WorkerEnd { commands, answers }) = end {
            obey(worker, symbols.clone(), halt.clone(), &commands, &answers);
        }
    };
    execute_from(builders, others, WorkerConfig::default(), work).map_err(Error::Unsupported)
}

/// Obeys commands until their sender is gone.
fn obey(
    timely: &mut Timely,
    symbols: Symbols,
    halt: Interrupt,
    commands: &Receiver<Command>,
    answers: &Sender<Answer>,
) {
    let mut worker = Worker {
        timely,
        symbols,
        halt,
        store: Store::new(),
        inputs: HashMap::new(),
        given: HashMap::new(),
        parts: BTreeMap::new(),
        last_part: INPUTS_PART,
        watched: BTreeMap::new(),
        epoch: 0,
        worked: 0,
    };
    while let Ok(command) = commands.recv() {
        let answer = match command {
            Command::Inputs(spec, bases) => worker.make_inputs(&spec, &bases),
            Command::Build(spec) => worker.build(&spec),
            Command::Drop(layers) => worker.drop_layers(&layers),
            Command::Change(base, updates) => {
                worker.change(base, updates);
                continue;
            }
            Command::Close { epoch, gone, allowance } => {
                let within = Within { allowance, commands, answers };
                worker.close(epoch, &gone, &within)
            }
            Command::Halt => Answer { halted: true, ..Answer::default() },
            Command::Give(spec) => worker.give(&spec),
            Command::Fill(layer, relation, updates) => {
                worker.fill(layer, relation, updates);
                continue;
            }
            Command::Read { node, at, pattern, count_only } => worker.read(node, at, &pattern, count_only),
            Command::Diff { node, from, to } => worker.diff(node, from, to),
            Command::Column { node, at, column, most } => worker.column(node, at, column, most),
            Command::Measure => worker.measure(),
            Command::Watch { node, number, has_past, from_now } => worker.watch(node, number, has_past, from_now),
            Command::Unwatch(number) => worker.unwatch(number),
        };
        if answers.send(answer).is_err() {
            break;
        }
    }
    worker.end();
}

impl Worker<'_> {
    fn make_inputs(&mut self, spec: &LayerSpec, bases: &[(RelationId, u32)]) -> Answer {
        for (relation, base) in bases {
            let index = favourite_index(&spec.plan, *relation);
            let name = spec.plan.relation(*relation).name.clone();
            let (input, stored) = self.timely.dataflow::<ForkTime, _, _>(|scope| {
                let ((handle, capability), stream) = scope.new_unordered_input::<UpdatesBuilder<ForkTime>>();
                let probe = ProbeHandle::new();
                let arranged = ForkTime::arrange(Collection::new(stream), &index.columns, index.key, &name);
                arranged.stream.probe_with(&probe);
                (
                    Input { handle, capability, probe },
                    Stored { index, agent: arranged.trace, layer: INPUTS, part: INPUTS_PART },
                )
            });
            self.inputs
                .insert(*base, Input { capability: input.capability.delayed(&ForkTime::base(self.epoch)), ..input });
            self.store.entry(Node::Base(*base)).or_default().push(stored);
        }
        self.settle(false);
        Answer::default()
    }

    fn build(&mut self, spec: &LayerSpec) -> Answer {
        let mut all_reads = BTreeSet::new();
        for strata in parts(spec, self.is_alone()) {
            let (number, dataflow, gate) = (self.next_part(), self.timely.next_dataflow_index(), self.gate());
            let (store, symbols, closed) = (&mut self.store, &self.symbols, self.epoch.saturating_sub(1));
            let place = Place { spec, store, symbols, part: number, gate: gate.as_ref(), closed };
            let (probe, reads) = self.timely.dataflow::<ForkTime, _, _>(|scope| part(scope, &strata, place));
            self.parts.insert(number, Part { layer: Some(spec.id), dataflow, probe, gate });
            all_reads.extend(reads);
        }
        let halted = self.settle_unless_halted();
        Answer { reads: all_reads, halted, worked: self.take_worked(), ..Answer::default() }
    }

    fn drop_layers(&mut self, layers: &[u32]) -> Answer {
        for stored in self.store.values_mut() {
            stored.retain(|stored| !layers.contains(&stored.layer));
        }
        let doomed = |part: &Part| part.layer.is_some_and(|layer| layers.contains(&layer));
        let numbers: Vec<u64> = self.parts.iter().filter(|(_, part)| doomed(part)).map(|(number, _)| *number).collect();
        numbers.into_iter().rev().for_each(|number| self.drop_part(number));
        self.store.retain(|_, stored| !stored.is_empty());
        self.given.retain(|(layer, _), _| !layers.contains(layer));
        Answer::default()
    }

    fn change(&mut self, base: u32, mut updates: Updates<ForkTime>) {
        let input = self.inputs.get_mut(&base).expect("the engine names inputs that it has made");
        input.handle.activate().session_with_builder(&input.capability).give_container(&mut updates);
        self.timely.step();
    }

    fn close(&mut self, epoch: u32, gone: &[u32], within: &Within<'_>) -> Answer {
        // Not if it has been halted: then it closes once more.
        if epoch == self.epoch {
            self.compact();
        }
        self.epoch = epoch + 1;
        forget(gone);
        let collects = !gone.is_empty() && is_worth_it(garbage(), self.measure().count);
        collect(collects);
        for input in self.inputs.values_mut().chain(self.given.values_mut()) {
            input.capability = input.capability.delayed(&ForkTime::base(self.epoch));
        }
        let halted = match within.allowance {
            // Whoever may yet be told to halt keeps the epoch before: it will be read.
            Some(_) => self.is_halted(within, collects),
            None => {
                self.settle(collects);
                false
            }
        };
        collect(false);
        if halted {
            return Answer { halted: true, worked: self.take_worked(), ..Answer::default() };
        }
        let produced = take_produced();
        let watched = self.watched.iter().map(|(number, w)| (*number, std::mem::take(&mut *w.seen.borrow_mut())));
        let watched = watched.filter(|(_, updates)| !updates.is_empty()).collect();
        Answer { watched, produced, worked: self.take_worked(), ..Answer::default() }
    }

    /// Works within an allowance, if there is one, until nothing before the open epoch is outstanding or the engine says
    /// halt.
    fn is_halted(&mut self, within: &Within<'_>, all: bool) -> bool {
        let Some(allowance) = within.allowance else { return false };
        let (most, mut told) = (self.worked + allowance, false);
        let mut step = |timely: &mut Timely| {
            timely.step_or_park(Some(GLANCE));
            if !told && worked() > most {
                told = true;
                // An engine that is gone sends no more commands either.
                let _ = within.answers.send(Answer { exceeded: true, ..Answer::default() });
            }
            // Whoever has exceeded its allowance, all halt: one alone would wait for the others for ever.
            matches!(within.commands.try_recv(), Ok(Command::Halt))
        };
        self.work(all, &mut Some(&mut step))
    }

    fn take_worked(&mut self) -> u64 {
        let before = std::mem::replace(&mut self.worked, worked());
        self.worked - before
    }

    fn read(&mut self, node: Node, at: ForkTime, pattern: &[Option<u64>], count_only: bool) -> Answer {
        let mut answer = Answer::default();
        let Some(all) = self.store.get_mut(&node) else { return answer };
        // The index whose key the pattern binds to the greatest length, if to all of it.
        let bound = |index: &Index| index.columns[..index.key].iter().all(|c| pattern[*c].is_some());
        let best = (0..all.len()).filter(|i| bound(&all[*i].index)).max_by_key(|i| all[*i].index.key);
        let stored = &mut all[best.unwrap_or(0)];
        let key: Option<Vec<u64>> =
            best.map(|_| stored.index.columns[..stored.index.key].iter().filter_map(|c| pattern[*c]).collect());
        let places = stored.index.places();
        let mut row = vec![0; places.len()];
        scan(&mut stored.agent, at, key.as_deref(), &mut |key, value| {
            answer.produced += 1;
            for (word, place) in row.iter_mut().zip(&places) {
                *word = if *place < key.len() { key[*place] } else { value[*place - key.len()] };
            }
            if pattern.iter().zip(&row).all(|(wanted, word)| wanted.is_none_or(|w| w == *word)) {
                answer.count += 1;
                if !count_only {
                    answer.rows.extend_from_slice(&row);
                }
            }
        });
        answer
    }

    fn column(&mut self, node: Node, at: ForkTime, column: usize, most: usize) -> Answer {
        let mut answer = Answer::default();
        let Some(stored) = self.store.get_mut(&node).and_then(|all| all.first_mut()) else { return answer };
        let place = stored.index.places()[column];
        let mut words = BTreeSet::new();
        scan(&mut stored.agent, at, None, &mut |key, value| {
            answer.count += 1;
            if answer.count <= most {
                words.insert(if place < key.len() { key[place] } else { value[place - key.len()] });
            }
        });
        answer.rows.extend(words);
        answer
    }

    fn diff(&mut self, node: Node, from: ForkTime, to: ForkTime) -> Answer {
        let mut answer = Answer::default();
        let Some(stored) = self.store.get_mut(&node).and_then(|all| all.first_mut()) else { return answer };
        let places = stored.index.places();
        differences(&mut stored.agent, from, to, &mut |key, value, there| {
            let word = |place: &usize| if *place < key.len() { key[*place] } else { value[*place - key.len()] };
            answer.rows.extend(places.iter().map(word));
            answer.rows.push(u64::from(there));
        });
        answer
    }

    fn measure(&mut self) -> Answer {
        let all = self.store.values_mut().flatten();
        Answer { count: all.map(|stored| count_updates(&mut stored.agent)).sum(), ..Answer::default() }
    }

    fn watch(&mut self, node: Node, number: u32, has_past: bool, from_now: bool) -> Answer {
        let (part, dataflow, gate) = (self.next_part(), self.timely.next_dataflow_index(), self.gate());
        let past = has_past.then_some(self.epoch.saturating_sub(1));
        let seen: Rc<RefCell<Updates<ForkTime>>> = Rc::default();
        let Some(stored) = self.store.get_mut(&node).and_then(|all| all.first_mut()) else { return Answer::default() };
        let sink = seen.clone();
        let probe = self.timely.dataflow::<ForkTime, _, _>(|scope| {
            let probe = ProbeHandle::new();
            let rows = follow(scope, stored, past, gate.as_ref());
            let stream = rows.inner.unary::<UpdatesBuilder<ForkTime>, _, _, _>(Pipeline, "watch", move |_, _| {
                move |input, _output| {
                    input.for_each(|_, updates| {
                        let mut seen = sink.borrow_mut();
                        updates.iter().for_each(|(row, time, diff)| seen.push(row, time, diff));
                    });
                }
            });
            stream.probe_with(&probe);
            probe
        });
        self.parts.insert(part, Part { layer: None, dataflow, probe, gate });
        self.watched.insert(number, Watched { part, seen: seen.clone() });
        self.settle(false);
        if from_now {
            let mut seen = seen.borrow_mut();
            for (row, time, diff) in std::mem::take(&mut *seen).iter().filter(|(_, time, _)| time.epoch >= self.epoch) {
                seen.push(row, time, diff);
            }
        }
        Answer::default()
    }

    fn unwatch(&mut self, number: u32) -> Answer {
        if let Some(watched) = self.watched.remove(&number) {
            self.drop_part(watched.part);
        }
        Answer::default()
    }

    /// Lets go of everything, so that timely can end.
    fn end(self) {
        drop((self.inputs, self.given, self.store, self.parts));
        let all: Vec<usize> = self.timely.installed_dataflows();
        for dataflow in all {
            self.timely.drop_dataflow(dataflow);
        }
    }
}
