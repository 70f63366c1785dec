//! Components: templates of declarations and clauses, expanded before any name is resolved.
//!
//! `.init x = C<A>` stands for what `C` and its bases consist of, with `A` for the type parameter and `x.` before each
//! relation and type that is declared among it. A name that an instance does not declare is looked for in what stands
//! around the instance, and at last among the global ones. The cost is that of the expanded text; instances that nest
//! without end are refused.
//!
//! ```text
//! scope      which component a name means
//! check      references, overrides, inheritance in a circle
//! instance   an instance's items, under its name
//! names      the names in an item that are renamed
//! trace      which instance a finding is about
//! ```
//!
//! ```
//! use compiler::{NoFiles, compile};
//!
//! let text = ".comp Twice<T> { .decl in, out(x: T)  out(x) :- in(x). }
//!             .init a = Twice<number>
//!             .init b = Twice<symbol>
//!             a.in(1). b.in(\"one\").";
//! let program = compile(&[("twice.dl", text)], &NoFiles).program.expect("nothing is wrong");
//! assert_eq!(program.rule_text(&program.rules[1]), "b.out(x) :- b.in(x).");
//! ```

mod check;
mod instance;
mod names;
mod scope;
mod trace;

use crate::ast::{Item, ItemKind};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use check::duplicate;
use fnv::FnvHashMap;
use instance::{Instantiator, MAX_ITEMS, Place};
use scope::{Binding, Scopes};
use std::sync::Arc;
pub(crate) use trace::Trace;

/// What items stand for.
pub(crate) struct Expansion {
    /// The items, without components and instances.
    pub(crate) items: Vec<Item>,
    /// Instances that could not be made: that what they hold is missing needs no further message.
    pub(crate) lost: Vec<Arc<str>>,
    /// Which instance an item is from.
    pub(crate) trace: Trace,
}

/// Expands the components of a program.
pub(crate) fn expand(items: Vec<Item>, diagnostics: &mut Vec<Diagnostic>) -> Expansion {
    let uses = |item: &Item| matches!(item.kind, ItemKind::Component(_) | ItemKind::Init(_) | ItemKind::Override(_));
    if !items.iter().any(uses) {
        return Expansion { items, lost: Vec::new(), trace: Trace::default() };
    }
    let mut scopes = Scopes::default();
    scopes.add(&items, None, &mut |name, first| {
        diagnostics.push(duplicate("component", name).also(first, "first declared here"));
    });
    clashes(&items, diagnostics);
    let unsound = check::check(&scopes, &items, diagnostics);
    let mut instantiator = Instantiator {
        scopes: &scopes,
        unsound,
        instances: Vec::new(),
        lost: Vec::new(),
        diagnostics: Vec::new(),
        budget: MAX_ITEMS,
        stopped: false,
    };
    let mut out = Vec::with_capacity(items.len());
    for item in &items {
        match &item.kind {
            ItemKind::Init(init) => {
                let binding = Binding::default();
                let place = Place { scope: None, binding: &binding, within: None };
                out.extend(instantiator.instance(init, item.at.0, place));
            }
            ItemKind::Component(_) => {}
            _ => out.push(item.clone()),
        }
    }
    let Instantiator { instances, lost, diagnostics: found, .. } = instantiator;
    diagnostics.extend(found);
    let trace = Trace::new(&scopes, instances);
    Expansion { items: out, lost, trace }
}

/// Global components and instances share their names with global types and relations.
fn clashes(items: &[Item], diagnostics: &mut Vec<Diagnostic>) {
    let mut known: FnvHashMap<&Arc<str>, Span> = FnvHashMap::default();
    for item in items {
        match &item.kind {
            ItemKind::Relations(relations) => {
                known.extend(relations.names.iter().map(|name| (&name.text, name.span())));
            }
            ItemKind::Type(declaration) => {
                known.insert(&declaration.name.text, declaration.name.span());
            }
            _ => {}
        }
    }
    let mut components: FnvHashMap<&Arc<str>, Span> = FnvHashMap::default();
    for item in items {
        if let ItemKind::Component(component) = &item.kind {
            let name = &component.ty.name;
            if let Some(other) = known.get(&name.text) {
                diagnostics.push(duplicate("component", name).also(*other, "the name is taken here"));
            }
            components.insert(&name.text, name.span());
        }
    }
    for item in items {
        if let ItemKind::Init(init) = &item.kind
            && let Some(other) = known.get(&init.name.text).or(components.get(&init.name.text))
        {
            diagnostics.push(duplicate("instance", &init.name).also(*other, "the name is taken here"));
        }
    }
}
