//! Instantiation: what a component consists of, under the names of one instance.

use super::check::resolve;
use super::names::{Sort, names};
use super::scope::{Binding, ComponentId, Scopes};
use crate::ast::{ComponentType, Init, Item, ItemKind, Name, TypeDefinition};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use fnv::{FnvHashMap, FnvHashSet};
use std::sync::Arc;

/// How many items instances may have between them.
pub(super) const MAX_ITEMS: usize = 100_000;

/// How deep instances may stand within instances.
const MAX_DEPTH: usize = 100;

/// From how many components one instance may inherit.
const MAX_BASES: usize = 200;

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// Its qualified name.
    pub(super) path: String,
    /// Its `.init`.
    pub(super) span: Span,
    /// The components that its items are from, the one that it is an instance of first.
    pub(super) components: Vec<ComponentId>,
    /// The instance that it is part of.
    pub(super) within: Option<usize>,
}

/// Instantiates components.
pub(super) struct Instantiator<'a> {
    pub(super) scopes: &'a Scopes<'a>,
    /// Components that cannot be instantiated.
    pub(super) unsound: FnvHashSet<ComponentId>,
    pub(super) instances: Vec<Instance>,
    /// Instances that could not be made: nothing is known of what they hold.
    pub(super) lost: Vec<Arc<str>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many items may still be made.
    pub(super) budget: usize,
    /// Whether a limit was met and reported.
    pub(super) stopped: bool,
}

/// Where an `.init` stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'b> {
    /// The component that it is written in.
    pub(super) scope: Option<ComponentId>,
    /// What type parameters stand for there.
    pub(super) binding: &'b Binding,
    /// The instance that it is part of.
    pub(super) within: Option<usize>,
}

impl Instantiator<'_> {
    /// The items of an instance, named as they are called from where it stands.
    pub(super) fn instance(&mut self, init: &Init, span: Span, place: Place<'_>) -> Vec<Item> {
        let mut out = Vec::new();
        let component = match resolve(self.scopes, place.scope, &init.ty, place.binding) {
            Ok(component) if !self.unsound.contains(&component) => component,
            Ok(_) => {
                self.lost.push(init.name.text.clone());
                return out;
            }
            Err(wrong) => {
                self.lost.push(init.name.text.clone());
                // Outside of components, and where nothing is bound, this was reported before.
                if place.binding.contains_key(&init.ty.name.text) {
                    self.diagnostics.push(*wrong);
                }
                return out;
            }
        };
        if !self.fits(component, init, span, place.within) {
            self.lost.push(init.name.text.clone());
            return out;
        }
        let path = match place.within {
            None => init.name.text.to_string(),
            Some(outer) => format!("{}.{}", self.instances[outer].path, init.name.text),
        };
        self.budget -= 1;
        self.instances.push(Instance { path, span, components: Vec::new(), within: place.within });
        let own = self.instances.len() - 1;
        let binding = bind(self.scopes, component, &init.ty, place.binding);
        self.content(component, &binding, &[], own, &mut out);
        if self.stopped {
            // The program is refused: what there is of it helps nobody.
            out.clear();
        }
        qualify(&mut out, &init.name.text);
        out
    }

    /// A type parameter made a component inherit from itself.
    fn stop_inheriting(&mut self, id: ComponentId) {
        if !std::mem::replace(&mut self.stopped, true) {
            let ty = &self.scopes.get(id).ty;
            let message = format!("component `{}` inherits from more than {MAX_BASES} others", ty.name);
            self.diagnostics.push(Diagnostic::error(codes::CYCLIC_COMPONENT, message, ty.at.0, ""));
        }
    }

    /// Whether there may be one more instance of a component here. One message is enough: whatever else is to be made
    /// meets the same limit.
    fn fits(&mut self, component: ComponentId, init: &Init, span: Span, within: Option<usize>) -> bool {
        let mut depth = 0;
        let mut around = None;
        let mut at = within;
        while let Some(outer) = at {
            depth += 1;
            let instance = &self.instances[outer];
            around = (instance.components.first() == Some(&component)).then_some(instance.span).or(around);
            at = instance.within;
        }
        if self.stopped || depth < MAX_DEPTH && self.budget > 0 {
            return !self.stopped;
        }
        self.stopped = true;
        self.diagnostics.push(match around {
            Some(outer) => {
                let message = format!("component `{}` instantiates itself without end", init.ty.name);
                Diagnostic::error(codes::CYCLIC_COMPONENT, message, span, "")
                    .also(outer, "this instance of it is around it")
            }
            None if depth >= MAX_DEPTH => {
                let message = format!("instances nest more than {MAX_DEPTH} deep");
                Diagnostic::error(codes::TOO_DEEP, message, span, "")
            }
            None => {
                let message = format!("instances stand for more than {MAX_ITEMS} declarations and clauses");
                Diagnostic::error(codes::EXPANSION_LIMIT, message, span, "")
            }
        });
        false
    }

    /// What a component consists of, what it inherits first. Clauses of overridden relations are left out.
    fn content(
        &mut self,
        id: ComponentId,
        binding: &Binding,
        overridden: &[&str],
        instance: usize,
        out: &mut Vec<Item>,
    ) {
        let chain = &mut self.instances[instance].components;
        chain.push(id);
        if chain.len() > MAX_BASES {
            self.stop_inheriting(id);
            return;
        }
        let component = self.scopes.get(id);
        let hidden: Vec<&str> = component
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Override(name) => Some(&*name.text),
                _ => None,
            })
            .chain(overridden.iter().copied())
            .collect();
        for base in &component.bases {
            match resolve(self.scopes, self.scopes.enclosing(id), base, binding) {
                Ok(base_id) if !self.unsound.contains(&base_id) => {
                    let bound = bind(self.scopes, base_id, base, binding);
                    self.content(base_id, &bound, &hidden, instance, out);
                }
                Ok(_) => {}
                Err(wrong) => self.diagnostics.push(*wrong),
            }
        }
        let mut dropped = false;
        for item in &component.items {
            if let ItemKind::Init(init) = &item.kind {
                let place = Place { scope: Some(id), binding, within: Some(instance) };
                let inner = self.instance(init, item.at.0, place);
                out.extend(inner);
                continue;
            }
            // `.plan` belongs to the clause before it.
            if dropped && matches!(item.kind, ItemKind::Plan(_)) {
                continue;
            }
            let kept = keep(item, overridden);
            dropped = kept.is_none();
            let Some(mut item) = kept else { continue };
            self.budget = self.budget.saturating_sub(1);
            names(&mut item, &mut |sort, name| {
                if sort == Sort::Type
                    && let Some(bound) = binding.get(&name.text)
                {
                    name.text = bound.text.clone();
                }
            });
            out.push(item);
        }
    }
}

/// A copy of an item without the heads that are overridden; none if nothing of it is left, or it declares for others.
fn keep(item: &Item, overridden: &[&str]) -> Option<Item> {
    let hidden = |name: &Name| name.text.split('.').next().is_some_and(|first| overridden.contains(&first));
    match &item.kind {
        ItemKind::Component(_) | ItemKind::Override(_) | ItemKind::Init(_) => None,
        ItemKind::Subsumption(subsumption) if hidden(&subsumption.left.name) => None,
        ItemKind::Clause(clause) if clause.heads.iter().any(|head| hidden(&head.name)) => {
            let mut clause = clause.clone();
            clause.heads.retain(|head| !hidden(&head.name));
            (!clause.heads.is_empty()).then(|| Item { kind: ItemKind::Clause(clause), ..item.clone() })
        }
        _ => Some(item.clone()),
    }
}

/// The type parameters of a component and what they stand for.
fn bind(scopes: &Scopes<'_>, component: ComponentId, ty: &ComponentType, outer: &Binding) -> Binding {
    let formal = &scopes.get(component).ty.parameters;
    let actual = ty.parameters.iter().map(|name| outer.get(&name.text).unwrap_or(name).clone());
    formal.iter().map(|name| name.text.clone()).zip(actual).collect()
}

/// Puts an instance's name before each relation, type and branch that its items declare, wherever they name it. What is not
/// declared among them is left to what stands around the instance.
fn qualify(items: &mut [Item], instance: &str) {
    let mut declared: FnvHashMap<(Sort, Arc<str>), Arc<str>> = FnvHashMap::default();
    let mut declare = |sort: Sort, name: &Name| {
        declared.insert((sort, name.text.clone()), format!("{instance}.{name}").into());
    };
    for item in items.iter() {
        match &item.kind {
            ItemKind::Relations(relations) => relations.names.iter().for_each(|name| declare(Sort::Relation, name)),
            ItemKind::Type(declaration) => {
                declare(Sort::Type, &declaration.name);
                if let TypeDefinition::Branches(branches) = &declaration.definition {
                    branches.iter().for_each(|branch| declare(Sort::Branch, &branch.name));
                }
            }
            _ => {}
        }
    }
    for item in items {
        names(item, &mut |sort, name| {
            if let Some(qualified) = declared.get(&(sort, name.text.clone())) {
                name.text = qualified.clone();
            }
        });
    }
}
