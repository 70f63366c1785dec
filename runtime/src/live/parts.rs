//! Parts: the dataflows of a worker, and which of them work in an epoch.
//!
//! Each stratum is a dataflow of its own, and so is each watch. A worker that is alone opens the gate of a part only if
//! what the part reads has something new ([`dataflow::Gate`]), so an epoch costs what it changes and a look at each gate.
//! Several workers would have to agree on that for each part in turn; they let everything in always, and then a layer is a
//! single part.

use super::worker::{GLANCE, Worker};
use dataflow::{ForkTime, Gate};
use differential_dataflow::trace::TraceReader;
use timely::dataflow::ProbeHandle;
use timely::progress::Antichain;
use timely::worker::Worker as Timely;

/// A dataflow: of a layer, or one that watches a relation.
pub(super) struct Part {
    pub(super) layer: Option<u32>,
    pub(super) dataflow: usize,
    pub(super) probe: ProbeHandle<ForkTime>,
    /// If it hears of the epochs only in which there is something new for it.
    pub(super) gate: Option<Gate>,
}

/// Works a little, and says whether to halt.
type Step<'a> = &'a mut dyn FnMut(&mut Timely) -> bool;

fn is_before(probe: &ProbeHandle<ForkTime>, epoch: u32) -> bool {
    probe.with_frontier(|frontier| frontier.iter().any(|time| time.epoch < epoch))
}

impl Worker<'_> {
    /// Whether nobody has to work in step with this worker: then a part need not work when there is nothing new for it.
    pub(super) fn is_alone(&self) -> bool {
        self.timely.peers() == 1
    }

    pub(super) fn gate(&self) -> Option<Gate> {
        self.is_alone().then(Gate::default)
    }

    pub(super) fn next_part(&mut self) -> u64 {
        self.last_part += 1;
        self.last_part
    }

    pub(super) fn drop_part(&mut self, number: u64) {
        if let Some(part) = self.parts.remove(&number) {
            self.timely.drop_dataflow(part.dataflow);
        }
    }

    /// Works until nothing before the open epoch is outstanding, in all parts or where there is something new, then lets
    /// traces forget the past.
    pub(super) fn settle(&mut self, all: bool) {
        self.work(all, &mut None);
        self.compact();
    }

    /// Settles, unless the workers are to halt meanwhile; whether they are.
    pub(super) fn settle_unless_halted(&mut self) -> bool {
        let halt = self.halt.clone();
        let mut step = |timely: &mut Timely| {
            timely.step_or_park(Some(GLANCE));
            halt.is_raised()
        };
        let halted = self.work(false, &mut Some(&mut step));
        if !halted {
            self.compact();
        }
        halted
    }

    /// Works until nothing before the open epoch is outstanding: what has no gate first, then, each after those that it
    /// reads, the parts for which there is something new, or all. Whether it was halted.
    pub(super) fn work(&mut self, all: bool, step: &mut Option<Step<'_>>) -> bool {
        let ungated = self.parts.values().filter(|part| part.gate.is_none()).map(|part| &part.probe);
        let probes: Vec<_> = self.inputs.values().map(|input| &input.probe).chain(ungated).cloned().collect();
        if self.run(&probes, step) {
            return true;
        }
        let numbers: Vec<u64> = self.parts.keys().copied().collect();
        numbers.into_iter().any(|number| match self.parts.get(&number) {
            Some(Part { gate: Some(gate), probe, .. }) if all || gate.has_news() || gate.opened() == 0 => {
                gate.open(self.epoch);
                let probe = probe.clone();
                self.run(&[probe], step)
            }
            _ => false,
        })
    }

    /// Works until nothing before the open epoch is outstanding where these probes are. Whether it was halted.
    fn run(&mut self, probes: &[ProbeHandle<ForkTime>], step: &mut Option<Step<'_>>) -> bool {
        let open = self.epoch;
        let is_behind = || probes.iter().any(|probe| is_before(probe, open));
        while is_behind() {
            match step {
                None => {
                    self.timely.step_or_park_while(None, is_behind);
                }
                Some(step) => {
                    if step(self.timely) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Lets the traces of parts that have come this far forget what was before the last closed epoch.
    pub(super) fn compact(&mut self) {
        let since = Antichain::from_elem(ForkTime::base(self.epoch.saturating_sub(1)));
        let upper = Antichain::from_elem(ForkTime::base(self.epoch));
        let Worker { store, parts, epoch, .. } = self;
        for stored in store.values_mut().flatten() {
            let gate = parts.get(&stored.part).and_then(|part| part.gate.as_ref());
            if gate.is_none_or(|gate| gate.opened() == *epoch) {
                stored.agent.set_logical_compaction(since.borrow());
                stored.agent.set_physical_compaction(upper.borrow());
            }
        }
    }
}
