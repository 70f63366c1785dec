//! Trials: layers derived from scratch on a thread of their own, while the workers maintain them.
//!
//! What it costs to derive a layer afresh nobody knows before it was done, nor how much of a large change is still to come.
//! So neither is guessed: when a commit turns out to be large, both ways are gone at once, and the first to arrive counts
//! ([`crate::afresh`]). A trial that comes second goes on to its end, and its cost is known from then on. It needs what its
//! layers read without asking the workers: facts, and what it derives itself.
//!
//! Cost: a copy of the facts, at four bytes a value, and a thread for as long as the evaluation takes.

use crate::afresh::{alone, rows_of};
use crate::engine::{BaseId, Engine, Options};
use crate::error::Error;
use crate::live::render::{LayerSpec, Node};
use crate::once::Once;
use crate::rows::Rows;
use compiler::plan::RelationId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What a layer holds in the base, relation by relation, and how long it took to find out.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub(crate) rows: Vec<(RelationId, Rows)>,
    pub(crate) seconds: f64,
}

/// The seconds that a row takes when a layer is no longer maintained: what holds it is let go, and it is given once more.
const GOING_OVER: f64 = 0.25e-6;

impl Derived {
    /// How many seconds it takes to derive a layer from scratch and to go over to that.
    pub(crate) fn going_over(&self) -> f64 {
        let rows: usize = self.rows.iter().map(|(_, rows)| rows.len()).sum();
        self.seconds + GOING_OVER * rows as f64
    }
}

/// The same of several layers.
pub(crate) fn going_over(layers: &BTreeMap<u32, Derived>) -> Duration {
    Duration::from_secs_f64(layers.values().map(Derived::going_over).sum())
}

/// An evaluation under way.
#[derive(Debug)]
pub(crate) struct Trial {
    derived: Receiver<BTreeMap<u32, Derived>>,
}

/// A layer that is to be derived: its number, its rules over the facts that they read, and the relations that are derived
/// before.
struct Job {
    layer: u32,
    spec: Arc<LayerSpec>,
    once: Once,
    before: Vec<RelationId>,
}

impl Trial {
    /// What was derived, layer by layer, once all is; and never again.
    pub(crate) fn finished(&self) -> Option<BTreeMap<u32, Derived>> {
        self.derived.try_recv().ok()
    }
}

impl Engine {
    /// Whether layers, ascending, read nothing but facts and each other.
    pub(crate) fn can_try(&self, layers: &[u32]) -> bool {
        let mut known: BTreeSet<Node> = BTreeSet::new();
        layers.iter().all(|id| {
            let layer = &self.layers[id];
            let reads = layer.sources.iter().all(|node| matches!(node, Node::Base(_)) || known.contains(node));
            known.extend(layer.nodes.iter().copied());
            reads
        })
    }

    /// Starts to derive layers, ascending, from the facts of the base as they are.
    pub(crate) fn try_afresh(&self, layers: &[u32]) -> Result<Trial, Error> {
        let mut jobs = Vec::new();
        for id in layers {
            let spec = self.layers[id].spec.clone();
            let (plan, sources) = alone(&spec);
            let mut once = Once::new(plan, self.symbols.clone(), Options { workers: self.threads() });
            let mut before = Vec::new();
            for source in sources {
                match spec.nodes[source.0 as usize] {
                    Node::Base(base) => self.state_facts(&mut once, source, base, 0)?,
                    _ => before.push(source),
                }
            }
            jobs.push(Job { layer: *id, spec, once, before });
        }
        let (done, derived) = channel();
        let thread = std::thread::Builder::new().name("trial".to_string()).spawn(move || {
            if let Ok(all) = derive(jobs) {
                // Nobody may want to know any more.
                drop(done.send(all));
            }
        });
        thread.map_err(|error| Error::Unsupported(format!("cannot start a thread: {error}")))?;
        Ok(Trial { derived })
    }
}

fn derive(jobs: Vec<Job>) -> Result<BTreeMap<u32, Derived>, Error> {
    let mut all: BTreeMap<u32, Derived> = BTreeMap::new();
    let mut places: BTreeMap<Node, (u32, usize)> = BTreeMap::new();
    for Job { layer, spec, mut once, before } in jobs {
        let start = Instant::now();
        for source in before {
            let mut columns = once.columns(BaseId(source.0))?;
            if let Some((below, place)) = places.get(&spec.nodes[source.0 as usize]) {
                all[below].rows[*place].1.iter().for_each(|row| columns.push(row));
            }
            once.add(BaseId(source.0), columns)?;
        }
        let rows = rows_of(&spec, once)?;
        places.extend(rows.iter().enumerate().map(|(at, (id, _))| (spec.nodes[id.0 as usize], (layer, at))));
        all.insert(layer, Derived { rows, seconds: start.elapsed().as_secs_f64() });
    }
    Ok(all)
}
