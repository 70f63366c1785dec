//! What a declaration says behind its columns: qualifiers, and the keys of a choice domain.
//!
//! Storage (`btree`, `brie`) and hints for evaluation (`magic`) change no tuple and are only checked. `eqrel` and
//! `choice-domain` become part of the relation.

use super::Resolver;
use crate::ast::{Name, Relations, Target};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::DirectiveKind;
use crate::span::Span;
use crate::suggest::nearest;

/// How a relation is stored, of which there is one way.
pub(super) const STORAGE: [&str; 4] = ["btree", "brie", "btree_delete", "eqrel"];

/// What else may stand behind the columns.
pub(super) const HINTS: [&str; 5] = ["inline", "no_inline", "magic", "no_magic", "overridable"];

/// Old-style directives behind the columns.
pub(super) const IO: [(&str, DirectiveKind); 3] =
    [("input", DirectiveKind::Input), ("output", DirectiveKind::Output), ("printsize", DirectiveKind::PrintSize)];

/// What the qualifiers of a declaration mean for its relations.
#[derive(Clone, Debug, Default)]
pub(super) struct Qualities {
    /// Whether it is an equivalence.
    pub eqrel: bool,
    /// How it is stored, if that is said.
    pub storage: Option<Name>,
    /// Whether its atoms stand for the bodies of its rules.
    pub inline: bool,
    /// The columns of each key, ascending.
    pub choices: Vec<Vec<usize>>,
}

impl Resolver {
    /// Reads and checks what stands behind the columns.
    pub(super) fn qualities(&mut self, relations: &Relations, span: Span) -> Qualities {
        for (index, qualifier) in relations.qualifiers.iter().enumerate() {
            self.qualifier(qualifier, &relations.qualifiers[..index]);
        }
        let has = |text: &str| relations.qualifiers.iter().any(|qualifier| &*qualifier.text == text);
        let choices = relations.choices.iter().filter_map(|key| self.choice(key, relations)).collect();
        let storage = relations.qualifiers.iter().find(|qualifier| STORAGE.contains(&&*qualifier.text)).cloned();
        let mut qualities = Qualities { eqrel: has("eqrel"), storage, inline: false, choices };
        // What closes or chooses is more than the bodies of its rules.
        let wanted = has("inline") && !has("no_inline");
        qualities.inline = wanted && !qualities.eqrel && qualities.choices.is_empty();
        if qualities.eqrel {
            self.equivalence(relations, span);
        }
        if let Some(storage) = qualities.storage.iter().find(|storage| &*storage.text == "btree_delete")
            && relations.attributes.is_empty()
        {
            let message = format!("qualifier `{storage}` for a relation without columns");
            self.report(
                Diagnostic::error(codes::QUALIFIER_CONFLICT, message, storage.span(), "no tuple dominates another")
                    .help("drop the qualifier"),
            );
        }
        qualities
    }

    fn qualifier(&mut self, qualifier: &Name, before: &[Name]) {
        let text = &*qualifier.text;
        let io = IO.map(|(name, _)| name);
        let known = || STORAGE.into_iter().chain(HINTS).chain(io);
        if !known().any(|name| name == text) {
            let message = format!("unknown qualifier `{text}`");
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_QUALIFIER, message, qualifier.span(), "");
            if let Some(near) = nearest(text, known()) {
                diagnostic = diagnostic.suggest(near);
            }
            return self.report(diagnostic);
        }
        let stored = STORAGE.contains(&text);
        let excludes = |other: &&Name| other.text == qualifier.text || stored && STORAGE.contains(&&*other.text);
        if let Some(other) = before.iter().find(excludes) {
            let message = match other.text == qualifier.text {
                true => format!("qualifier `{text}` is given twice"),
                false => format!("qualifier `{text}` contradicts `{other}`"),
            };
            self.report(
                Diagnostic::error(codes::QUALIFIER_CONFLICT, message, qualifier.span(), "")
                    .also(other.span(), format!("`{other}` stands here"))
                    .help("keep one of them"),
            );
        }
    }

    /// An equivalence relates values of one type.
    fn equivalence(&mut self, relations: &Relations, span: Span) {
        let names: Vec<&str> = relations.names.iter().map(|name| &*name.text).collect();
        let names = names.join("`, `");
        match relations.attributes.as_slice() {
            [left, right] if left.ty.text == right.ty.text => {}
            [left, right] => {
                let message = format!("equivalence relation `{names}` relates `{}` to `{}`", left.ty, right.ty);
                let diagnostic =
                    Diagnostic::error(codes::EQUIVALENCE_COLUMNS, message, right.ty.span(), "is another type");
                let diagnostic = diagnostic.also(left.ty.span(), "than this");
                self.report(diagnostic.help("give both columns one type"));
            }
            columns => {
                let message =
                    format!("equivalence relation `{names}` has {}, not 2", super::clause::columns(columns.len()));
                self.report(
                    Diagnostic::error(codes::EQUIVALENCE_COLUMNS, message, span, "")
                        .help("an equivalence says which two values are equal; drop `eqrel` if this is none"),
                );
            }
        }
    }

    /// The places of a key's columns.
    fn choice(&mut self, key: &[Name], relations: &Relations) -> Option<Vec<usize>> {
        let mut columns = Vec::with_capacity(key.len());
        let mut complete = true;
        for name in key {
            let found = relations.attributes.iter().position(|attribute| attribute.name.text == name.text);
            complete &= found.is_some();
            columns.extend(found);
            if found.is_none() {
                let message = format!("choice domain names `{name}`, which is no column of the relation");
                let mut diagnostic = Diagnostic::error(codes::UNKNOWN_COLUMN, message, name.span(), "");
                if let Some(near) = nearest(&name.text, relations.attributes.iter().map(|a| &*a.name.text)) {
                    diagnostic = diagnostic.suggest(near);
                }
                self.report(diagnostic);
            }
        }
        columns.sort_unstable();
        columns.dedup();
        complete.then_some(columns)
    }

    /// `.limitsize r(n=100)`.
    pub(super) fn limit(&mut self, target: &Target) {
        let relation = self.relation(&target.relation);
        let size = target.parameters.iter().find(|parameter| &*parameter.key.text == "n");
        let read = size.and_then(|size| size.value.value.parse::<u64>().ok());
        let (message, span) = match (read, size, relation) {
            (Some(_), Some(size), Some(id)) if self.program.relation(id).limit.is_some() => {
                (format!("relation `{}` has a size limit already", target.relation), size.key.span())
            }
            (Some(_), _, id) => {
                if let Some(id) = id {
                    self.program.relations[id.0 as usize].limit = read;
                }
                return;
            }
            (None, Some(size), _) => (format!("size limit `{}` is not a number", size.value.value), size.value.at.0),
            (None, None, _) => ("size limit says no size".to_string(), target.relation.span()),
        };
        let diagnostic = Diagnostic::error(codes::SIZE_LIMIT, message, span, "");
        self.report(diagnostic.help(format!("write `.limitsize {}(n=100)`, once", target.relation)));
    }
}
