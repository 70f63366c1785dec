//! Layers that are given their rows instead of deriving them ([`crate::afresh`]): one dataflow with an input and an index
//! for each relation.

use super::indexes::favourite_index;
use super::parts::Part;
use super::render::{LayerSpec, Node, Stored};
use super::worker::{Answer, Input, Worker};
use compiler::plan::RelationId;
use dataflow::{ForkTime, Operators, Updates, UpdatesBuilder};
use differential_dataflow::Collection;
use timely::dataflow::ProbeHandle;
use timely::dataflow::operators::Probe;
use timely::dataflow::operators::core::UnorderedInput;

impl Worker<'_> {
    /// Makes a layer whose relations are inputs, as of the last closed epoch.
    pub(super) fn give(&mut self, spec: &LayerSpec) -> Answer {
        let (number, dataflow, probe) = (self.next_part(), self.timely.next_dataflow_index(), ProbeHandle::new());
        let epoch = ForkTime::base(self.epoch.saturating_sub(1));
        let made: Vec<(RelationId, Node, Input, Stored)> = self.timely.dataflow::<ForkTime, _, _>(|scope| {
            let relations = spec.build.iter().map(|relation| {
                let index = favourite_index(&spec.plan, *relation);
                let name = format!("given {}", spec.plan.relation(*relation).name);
                let ((handle, capability), stream) = scope.new_unordered_input::<UpdatesBuilder<ForkTime>>();
                let arranged = ForkTime::arrange(Collection::new(stream), &index.columns, index.key, &name);
                arranged.stream.probe_with(&probe);
                let stored = Stored { index, agent: arranged.trace, layer: spec.id, part: number };
                let input = Input { handle, capability, probe: probe.clone() };
                (*relation, spec.nodes[relation.0 as usize], input, stored)
            });
            relations.collect()
        });
        for (relation, node, input, stored) in made {
            let input = Input { capability: input.capability.delayed(&epoch), ..input };
            self.given.insert((spec.id, relation), input);
            self.store.entry(node).or_default().push(stored);
        }
        self.parts.insert(number, Part { layer: Some(spec.id), dataflow, probe, gate: None });
        Answer::default()
    }

    /// Hands rows to a relation of such a layer.
    pub(super) fn fill(&mut self, layer: u32, relation: RelationId, mut updates: Updates<ForkTime>) {
        let input = self.given.get_mut(&(layer, relation)).expect("the engine names layers that it has given");
        if !updates.is_empty() {
            input.handle.activate().session_with_builder(&input.capability).give_container(&mut updates);
            self.timely.step();
        }
    }
}
