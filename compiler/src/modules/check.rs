//! What is wrong with components before any is instantiated: references, overrides, inheritance in a circle.

use super::scope::{Binding, ComponentId, Scopes};
use crate::ast::{Component, ComponentType, Item, ItemKind, Name, Relations};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::suggest::nearest;
use fnv::{FnvHashMap, FnvHashSet};
use std::sync::Arc;

/// Checks all components, and the instances that stand outside of them. Returns the components that are unsound, with
/// those that inherit from them: they cannot be instantiated.
pub(super) fn check(scopes: &Scopes<'_>, items: &[Item], diagnostics: &mut Vec<Diagnostic>) -> FnvHashSet<ComponentId> {
    let mut unsound = FnvHashSet::default();
    instances(scopes, None, items, diagnostics);
    for id in scopes.ids() {
        let component = scopes.get(id);
        let before = diagnostics.len();
        for base in &component.bases {
            if !scopes.is_parameter(Some(id), &base.name.text) {
                reference(scopes, scopes.enclosing(id), base, diagnostics);
            }
        }
        let bases = bases(scopes, id);
        if let Some(way) = circle(scopes, id) {
            diagnostics.push(inherits_itself(component, &way));
        }
        overrides(scopes, component, &bases, diagnostics);
        instances(scopes, Some(id), &component.items, diagnostics);
        if diagnostics[before..].iter().any(Diagnostic::is_error) {
            unsound.insert(id);
        }
    }
    let heirs: Vec<ComponentId> =
        scopes.ids().filter(|id| bases(scopes, *id).iter().any(|base| unsound.contains(base))).collect();
    unsound.extend(heirs);
    unsound
}

/// The component that a reference means, with as many parameters as it takes; otherwise what is wrong with it.
pub(super) fn resolve(
    scopes: &Scopes<'_>,
    scope: Option<ComponentId>,
    ty: &ComponentType,
    binding: &Binding,
) -> Result<ComponentId, Box<Diagnostic>> {
    let name = &ty.name;
    let meant = binding.get(&name.text).unwrap_or(name);
    let Some(id) = scopes.find(scope, &name.text, binding) else {
        let message = format!("unknown component `{meant}`");
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_COMPONENT, message, name.span(), "");
        if let Some(near) = nearest(&meant.text, scopes.names()) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        } else if meant != name {
            diagnostic = diagnostic.also(meant.span(), format!("`{name}` stands for this"));
        } else {
            diagnostic = diagnostic.help(format!("declare it: `.comp {meant} {{ ... }}`"));
        }
        return Err(Box::new(diagnostic));
    };
    let declared = &scopes.get(id).ty;
    let (wanted, given) = (declared.parameters.len(), ty.parameters.len());
    if wanted != given {
        let plural = if wanted == 1 { "" } else { "s" };
        let message = format!("component `{}` takes {wanted} type parameter{plural}, not {given}", declared.name);
        let diagnostic =
            Diagnostic::error(codes::WRONG_ARITY, message, ty.at.0, "").also(declared.at.0, "declared here");
        return Err(Box::new(diagnostic));
    }
    Ok(id)
}

fn reference(scopes: &Scopes<'_>, scope: Option<ComponentId>, ty: &ComponentType, diagnostics: &mut Vec<Diagnostic>) {
    if let Err(wrong) = resolve(scopes, scope, ty, &Binding::default()) {
        diagnostics.push(*wrong);
    }
}

/// Instances among items: each of a component that exists, under a name that is free.
fn instances(scopes: &Scopes<'_>, scope: Option<ComponentId>, items: &[Item], diagnostics: &mut Vec<Diagnostic>) {
    let mut known: FnvHashMap<&Arc<str>, Span> = FnvHashMap::default();
    for item in items {
        let ItemKind::Init(init) = &item.kind else { continue };
        if let Some(first) = known.get(&init.name.text) {
            diagnostics.push(duplicate("instance", &init.name).also(*first, "first declared here"));
        }
        known.entry(&init.name.text).or_insert(init.name.span());
        if !scopes.is_parameter(scope, &init.ty.name.text) {
            reference(scopes, scope, &init.ty, diagnostics);
        }
    }
}

/// All components that a component inherits from, nearest first; itself only if it inherits in a circle.
pub(super) fn bases(scopes: &Scopes<'_>, id: ComponentId) -> Vec<ComponentId> {
    let mut found = Vec::new();
    let mut open = vec![id];
    while let Some(next) = open.pop() {
        for base in direct(scopes, next) {
            if !found.contains(&base) {
                found.push(base);
                open.push(base);
            }
        }
    }
    found
}

fn direct(scopes: &Scopes<'_>, id: ComponentId) -> impl Iterator<Item = ComponentId> {
    let (scope, binding) = (scopes.enclosing(id), Binding::default());
    scopes.get(id).bases.iter().filter_map(move |base| scopes.find(scope, &base.name.text, &binding))
}

/// How a component inherits from itself: the components between, and itself at the end.
fn circle(scopes: &Scopes<'_>, id: ComponentId) -> Option<Vec<ComponentId>> {
    let mut ways = vec![vec![id]];
    let mut seen = FnvHashSet::default();
    while let Some(way) = ways.pop() {
        let last = way.last().copied()?;
        for base in direct(scopes, last) {
            let mut longer = way.clone();
            longer.push(base);
            if base == id {
                return Some(longer);
            }
            if seen.insert(base) {
                ways.push(longer);
            }
        }
    }
    None
}

fn inherits_itself(component: &Component, way: &[ComponentId]) -> Diagnostic {
    let name = &component.ty.name;
    let steps = way.len() - 1;
    let through = if steps == 1 { String::new() } else { format!(", through {} others", steps - 1) };
    let through = if steps == 2 { ", through another".to_string() } else { through };
    let message = format!("component `{name}` inherits from itself{through}");
    Diagnostic::error(codes::CYCLIC_COMPONENT, message, component.ty.at.0, "")
}

/// An overridden relation must be inherited, and declared `overridable`.
fn overrides(scopes: &Scopes<'_>, component: &Component, bases: &[ComponentId], diagnostics: &mut Vec<Diagnostic>) {
    let inherited = |name: &Name| bases.iter().find_map(|base| declaration(scopes.get(*base), name));
    for item in &component.items {
        let ItemKind::Override(name) = &item.kind else { continue };
        let own = declaration(component, name);
        if let Some((_, at)) = own {
            let message = format!("relation `{name}` is not inherited: there is nothing to override");
            diagnostics.push(
                Diagnostic::error(codes::BAD_OVERRIDE, message, name.span(), "")
                    .also(at, "declared by the component itself"),
            );
        } else if let Some((relations, at)) = inherited(name) {
            if !relations.qualifiers.iter().any(|qualifier| &*qualifier.text == "overridable") {
                let message = format!("relation `{name}` is not overridable");
                diagnostics.push(
                    Diagnostic::error(codes::BAD_OVERRIDE, message, name.span(), "")
                        .also(at, "declared here")
                        .help(format!("declare it so: `.decl {name}(...) overridable`")),
                );
            }
        } else {
            let message = format!("no relation `{name}` is inherited: nothing is overridden");
            diagnostics.push(Diagnostic::warning(codes::BAD_OVERRIDE, message, name.span(), ""));
        }
    }
}

fn declaration<'a>(component: &'a Component, name: &Name) -> Option<(&'a Relations, Span)> {
    component.items.iter().find_map(|item| match &item.kind {
        ItemKind::Relations(relations) => {
            relations.names.iter().find(|known| *known == name).map(|known| (relations, known.span()))
        }
        _ => None,
    })
}

/// A name that is taken.
pub(super) fn duplicate(kind: &str, name: &Name) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("{kind} `{name}` is declared twice"), name.span(), "")
}
