//! Which instance a finding is about: an item of an instance has the place of the component's text.

use super::instance::Instance;
use super::scope::{ComponentId, Scopes};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use fnv::FnvHashSet;

/// How many instances around a place are named.
const MAX_SHOWN: usize = 3;

/// The components of a program and their instances.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// In the order of the text, so that of two around a place the inner one comes last.
    components: Vec<(Span, ComponentId)>,
    instances: Vec<Instance>,
}

impl Trace {
    pub(super) fn new(scopes: &Scopes<'_>, instances: Vec<Instance>) -> Self {
        Trace { components: scopes.ids().map(|id| (scopes.span(id), id)).collect(), instances }
    }

    /// Says of findings within components where these were instantiated. What is wrong with a component is said once, and
    /// not for each instance.
    pub(crate) fn explain(&self, diagnostics: &mut Vec<Diagnostic>) {
        if self.instances.is_empty() {
            return;
        }
        let mut said = FnvHashSet::default();
        diagnostics.retain_mut(|diagnostic| {
            let Some(mut at) = self.find(diagnostic) else { return true };
            if !said.insert((diagnostic.code, diagnostic.primary.span)) {
                return false;
            }
            for _ in 0..MAX_SHOWN {
                let instance = &self.instances[at];
                let label = format!("instantiated here as `{}`", instance.path);
                if diagnostic.secondary.iter().all(|other| other.span != instance.span) {
                    *diagnostic = diagnostic.clone().also(instance.span, label);
                }
                let Some(outer) = instance.within else { break };
                at = outer;
            }
            true
        });
    }

    /// The instance that a finding names, or else the first that it may be about.
    fn find(&self, diagnostic: &Diagnostic) -> Option<usize> {
        let place = diagnostic.primary.span;
        let around = |span: &Span| span.source == place.source && span.start <= place.start && place.end <= span.end;
        let (_, component) = self.components.iter().rev().find(|(span, _)| around(span))?;
        let candidates: Vec<usize> =
            (0..self.instances.len()).filter(|at| self.instances[*at].components.contains(component)).collect();
        let named = |at: &&usize| names(diagnostic, &format!("`{}.", self.instances[**at].path));
        candidates.iter().find(named).or(candidates.first()).copied()
    }
}

/// Whether a text occurs in what a diagnostic says.
fn names(diagnostic: &Diagnostic, text: &str) -> bool {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    diagnostic.message.contains(text) || labels.into_iter().any(|label| label.text.contains(text))
}
