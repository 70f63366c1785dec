//! Which component a name means: the components of a program with what encloses them.

use crate::ast::{Component, ComponentType, Item, ItemKind, Name};
use crate::span::Span;
use fnv::FnvHashMap;
use std::sync::Arc;

/// A component by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ComponentId(usize);

/// What type parameters stand for.
pub(super) type Binding = FnvHashMap<Arc<str>, Name>;

/// A component and where it stands.
struct Entry<'a> {
    component: &'a Component,
    span: Span,
    enclosing: Option<ComponentId>,
    inner: FnvHashMap<Arc<str>, ComponentId>,
}

/// All components of a program, those within others included.
#[derive(Default)]
pub(super) struct Scopes<'a> {
    all: Vec<Entry<'a>>,
    global: FnvHashMap<Arc<str>, ComponentId>,
}

impl<'a> Scopes<'a> {
    /// Adds the components among items. Of two with one name the first counts; `clash` hears of the other.
    pub(super) fn add(
        &mut self,
        items: &'a [Item],
        enclosing: Option<ComponentId>,
        clash: &mut dyn FnMut(&Name, Span),
    ) {
        for item in items {
            let ItemKind::Component(component) = &item.kind else { continue };
            let id = ComponentId(self.all.len());
            self.all.push(Entry { component, span: item.at.0, enclosing, inner: FnvHashMap::default() });
            let name = &component.ty.name;
            let known = match enclosing {
                None => &mut self.global,
                Some(outer) => &mut self.all[outer.0].inner,
            };
            let first = *known.entry(name.text.clone()).or_insert(id);
            if first != id {
                clash(name, self.get(first).ty.name.span());
            }
            self.add(&component.items, Some(id), clash);
        }
    }

    /// All components.
    pub(super) fn ids(&self) -> impl Iterator<Item = ComponentId> + use<> {
        (0..self.all.len()).map(ComponentId)
    }

    /// The component.
    pub(super) fn get(&self, id: ComponentId) -> &'a Component {
        self.all[id.0].component
    }

    /// From its first to its last character.
    pub(super) fn span(&self, id: ComponentId) -> Span {
        self.all[id.0].span
    }

    /// What it stands in.
    pub(super) fn enclosing(&self, id: ComponentId) -> Option<ComponentId> {
        self.all[id.0].enclosing
    }

    /// The names of all components, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.all.iter().map(|entry| &*entry.component.ty.name.text)
    }

    /// Whether a name is a type parameter of a component or of one that encloses it.
    pub(super) fn is_parameter(&self, scope: Option<ComponentId>, name: &str) -> bool {
        let mut at = scope;
        while let Some(id) = at {
            if self.get(id).ty.parameters.iter().any(|parameter| &*parameter.text == name) {
                return true;
            }
            at = self.enclosing(id);
        }
        false
    }

    /// The component that a name means within `scope`: one that is declared there or inherited, else one of what
    /// encloses it, else a global one. A type parameter means what it is bound to.
    pub(super) fn find(&self, scope: Option<ComponentId>, name: &str, binding: &Binding) -> Option<ComponentId> {
        let name = binding.get(name).map_or(name, |bound| &*bound.text);
        self.search(scope, name, binding, &mut Vec::new())
    }

    fn search(
        &self,
        scope: Option<ComponentId>,
        name: &str,
        binding: &Binding,
        seen: &mut Vec<ComponentId>,
    ) -> Option<ComponentId> {
        let mut at = scope;
        while let Some(id) = at {
            let entry = &self.all[id.0];
            if let Some(found) = entry.inner.get(name) {
                return Some(*found);
            }
            if !seen.contains(&id) {
                seen.push(id);
                for base in &entry.component.bases {
                    let found = self.inherited(entry.enclosing, base, name, binding, seen);
                    if found.is_some() {
                        return found;
                    }
                }
            }
            at = entry.enclosing;
        }
        self.global.get(name).copied()
    }

    /// What a base component declares or inherits under a name.
    fn inherited(
        &self,
        scope: Option<ComponentId>,
        base: &ComponentType,
        name: &str,
        binding: &Binding,
        seen: &mut Vec<ComponentId>,
    ) -> Option<ComponentId> {
        let base = binding.get(&base.name.text).unwrap_or(&base.name);
        let base = self.search(scope, &base.text, binding, seen)?;
        if seen.contains(&base) {
            return None;
        }
        let entry = &self.all[base.0];
        if let Some(found) = entry.inner.get(name) {
            return Some(*found);
        }
        seen.push(base);
        entry.component.bases.iter().find_map(|next| self.inherited(entry.enclosing, next, name, binding, seen))
    }
}
