//! Gates: a dataflow that reads others works only in the epochs in which these have something new for it.
//!
//! Every operator must hear of every epoch before it can pass it on, a few microseconds for each, whether anything has
//! changed or not; a model with thousands of them pays that for a single fact. So rules are cut into many dataflows, and
//! what one reads of others waits at its gate. In an epoch in which nothing waits there it stays where it was. When
//! something does, the gate is opened: the dataflow is given it, and the promise that there is nothing else before the
//! next epoch, so it need not hear of the epochs between. That is sound as long as whoever opens a gate has seen to it
//! that the dataflows behind it have closed the epoch, or have nothing new themselves: they are gone through in the
//! order in which they were made.
//!
//! An arrangement may thus be behind the epochs of those that read it. Nothing is missing in it: no update has come since.

use crate::batch::Agent;
use crate::time::ForkTime;
use crate::trace::Batches;
use differential_dataflow::operators::arrange::{Arranged, TraceReplayInstruction};
use differential_dataflow::trace::wrappers::frontier::{BatchFrontier, TraceFrontier};
use differential_dataflow::trace::{Span, SpanOf};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::source;
use timely::dataflow::{Scope, StreamVec};
use timely::progress::Antichain;
use timely::scheduling::Activator;

/// What an arrangement tells those that read it.
type Queue = Rc<(Activator, RefCell<VecDeque<TraceReplayInstruction<Batches<ForkTime>>>>)>;

/// What lets the arrangements in that a dataflow reads, all of them together.
#[derive(Clone, Default)]
pub struct Gate {
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    /// What comes before this epoch is let in.
    open: Cell<u32>,
    queues: RefCell<Vec<Queue>>,
}

impl Gate {
    /// Whether something new waits. That nothing is new is forgotten.
    pub fn has_news(&self) -> bool {
        let mut news = false;
        for queue in self.state.queues.borrow().iter() {
            let mut queue = queue.1.borrow_mut();
            let is_new = |told: &TraceReplayInstruction<_>| matches!(told, TraceReplayInstruction::Span(span, stamp) if span.has_updates() && !stamp.is_empty());
            if queue.iter().any(is_new) {
                news = true;
            } else {
                queue.clear();
            }
        }
        news
    }

    /// Lets in what waits, which must be all there is before an epoch.
    pub fn open(&self, epoch: u32) {
        self.state.open.set(epoch);
        self.state.queues.borrow().iter().for_each(|queue| queue.0.activate());
    }

    /// The epoch before which everything has been let in.
    pub fn opened(&self) -> u32 {
        self.state.open.get()
    }

    /// An arrangement of another dataflow behind this gate.
    pub(crate) fn import<'scope>(
        &self,
        agent: &mut Agent<ForkTime>,
        scope: Scope<'scope, ForkTime>,
        name: &str,
    ) -> Arranged<'scope, Agent<ForkTime>> {
        let stream = self.spans(agent, scope, name, |span| span);
        Arranged { stream, trace: agent.clone() }
    }

    /// The same, its past as of an epoch.
    pub(crate) fn import_past<'scope>(
        &self,
        agent: &mut Agent<ForkTime>,
        scope: Scope<'scope, ForkTime>,
        name: &str,
        epoch: u32,
    ) -> Arranged<'scope, TraceFrontier<Agent<ForkTime>>> {
        let (since, until) = (Antichain::from_elem(ForkTime::base(epoch)), Antichain::new());
        let trace = TraceFrontier::make_from(agent.clone(), since.borrow(), until.borrow());
        let stream = self.spans(agent, scope, name, move |span: SpanOf<Batches<ForkTime>>| {
            let as_of = |batch| BatchFrontier::make_from(batch, since.borrow(), until.borrow());
            Span::new(span.desc, span.inner.map(as_of))
        });
        Arranged { stream, trace }
    }

    /// What an arrangement holds and is told, when it is let in.
    fn spans<'scope, S: Clone + 'static>(
        &self,
        agent: &mut Agent<ForkTime>,
        scope: Scope<'scope, ForkTime>,
        name: &str,
        read: impl Fn(SpanOf<Batches<ForkTime>>) -> S + 'static,
    ) -> StreamVec<'scope, ForkTime, S> {
        source(scope, name, move |capability, info| {
            let queue = agent.new_listener(scope.activator_for(info.address));
            self.state.queues.borrow_mut().push(queue.clone());
            let (state, mut passed) = (self.state.clone(), 0);
            let mut held = CapabilitySet::new();
            held.insert(capability);
            move |output| {
                let open = state.open.get();
                if open <= passed {
                    return;
                }
                for told in queue.1.borrow_mut().drain(..) {
                    if let TraceReplayInstruction::Span(span, stamp) = told
                        && span.has_updates()
                        && !stamp.is_empty()
                    {
                        output.session(&held.delayed_stamp(&stamp)).give(read(span));
                    }
                }
                held.downgrade([ForkTime::base(open)]);
                passed = open;
            }
        })
    }
}
