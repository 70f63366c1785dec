//! Declarations and directives: what exists, under which name.

use super::types::{TypeId, duplicate};
use super::{Resolver, is_lost};
use crate::ast::{self, FunctorDeclaration, Item, ItemKind, Name, Relations};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{Column, Directive, DirectiveKind, Relation, RelationId};
use crate::span::Span;
use crate::suggest::nearest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Parameters of I/O directives, of Soufflé and of Strata.
const PARAMETERS: [&str; 14] = [
    "IO",
    "filename",
    "name",
    "delimiter",
    "headers",
    "rfc4180",
    "columns",
    "attributeNames",
    "compress",
    "fact-dir",
    "output-dir",
    "dbname",
    "db",
    "format",
];

impl Resolver {
    /// Declares everything, then reads the directives.
    pub(super) fn declare(&mut self, items: &[Item]) {
        let types: Vec<_> = items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Type(declaration) => Some(declaration),
                _ => None,
            })
            .collect();
        self.program.structures = self.types.declare(&types, &mut self.diagnostics);
        let mut functors: Vec<&Name> = Vec::new();
        for item in items {
            match &item.kind {
                ItemKind::Relations(relations) => self.relations(relations, &item.doc, item.at.0),
                ItemKind::Functor(functor) => {
                    if let Some(first) = functors.iter().find(|first| first.text == functor.name.text) {
                        self.report(duplicate("functor", &functor.name).also(first.span(), "first declared here"));
                    }
                    functors.push(&functor.name);
                    self.functor(functor);
                }
                _ => {}
            }
        }
        for item in items {
            match &item.kind {
                ItemKind::Relations(relations) => self.io_qualifiers(relations),
                ItemKind::Directive(directive) => self.directive(directive, item.at.0),
                ItemKind::Limit(targets) => targets.iter().for_each(|target| self.limit(target)),
                ItemKind::Invariant(targets) => targets.iter().for_each(|target| self.invariant(target, item.at.0)),
                ItemKind::Stream(targets) => targets.iter().for_each(|target| self.stream(target, item.at.0)),
                _ => {}
            }
        }
    }

    /// Checks what is declared of a functor, though it cannot be called.
    fn functor(&mut self, functor: &FunctorDeclaration) {
        let types = functor.parameters.iter().map(|parameter| &parameter.ty).chain([&functor.result]);
        for name in types {
            let Some(ty) = self.types.find(name, &mut self.diagnostics) else { continue };
            if self.types.structure(ty).is_some() && !functor.stateful {
                let message = format!("functor `{}` deals with `{name}` and is not stateful", functor.name);
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, message, name.span(), "made of other values")
                        .help("write `stateful` behind its type"),
                );
            }
        }
    }

    fn relations(&mut self, relations: &Relations, doc: &str, span: Span) {
        let mut columns: Vec<(Arc<str>, Option<TypeId>)> = Vec::new();
        for attribute in &relations.attributes {
            let ty = self.types.find(&attribute.ty, &mut self.diagnostics);
            if columns.iter().any(|(known, _)| *known == attribute.name.text) {
                let first = relations.attributes.iter().find(|other| other.name == attribute.name);
                let mut diagnostic = duplicate("attribute", &attribute.name);
                if let Some(first) = first {
                    diagnostic = diagnostic.also(first.name.span(), "first declared here");
                }
                self.report(diagnostic);
            }
            columns.push((attribute.name.text.clone(), ty));
        }
        let qualities = self.qualities(relations, span);
        for name in &relations.names {
            if let Some(ty) = self.types.declared(&name.text) {
                let message = format!("relation `{name}` has the name of a type");
                let diagnostic = Diagnostic::error(codes::DUPLICATE_NAME, message, name.span(), "");
                self.report(diagnostic.also(ty, "the type").help("give one of them another name"));
            }
            match self.names.get(&name.text) {
                Some(first) => {
                    let first = self.program.relation(*first).span;
                    self.report(duplicate("relation", name).also(first, "first declared here"));
                }
                None => {
                    let span = if relations.names.len() == 1 { span } else { name.span() };
                    let id = self.add_relation(name.text.clone(), columns.clone(), doc.to_string(), span);
                    self.storage.extend(qualities.storage.clone().map(|storage| (id, storage)));
                    if qualities.inline && !self.inline_excluded.contains(&*name.text) {
                        self.inline.insert(id);
                    }
                    let relation = &mut self.program.relations[id.0 as usize];
                    relation.eqrel = qualities.eqrel;
                    relation.choices = qualities.choices.clone();
                }
            }
        }
    }

    /// Adds a relation under a name that is free.
    pub(super) fn add_relation(
        &mut self,
        name: Arc<str>,
        columns: Vec<(Arc<str>, Option<TypeId>)>,
        doc: String,
        span: Span,
    ) -> RelationId {
        let id = RelationId(self.program.relations.len() as u32);
        let symbol = self.types.primitive(crate::value::Primitive::Symbol);
        self.columns.push(columns.iter().map(|(_, ty)| *ty).collect());
        let columns = columns
            .into_iter()
            .map(|(name, ty)| Column { name, ty: self.types.get(ty.unwrap_or(symbol)).clone() })
            .collect();
        self.names.insert(name.clone(), id);
        self.program.relations.push(Relation { name, columns, doc, span, ..Relation::default() });
        id
    }

    /// The relation of this name; `None` is reported.
    pub(super) fn relation(&mut self, name: &Name) -> Option<RelationId> {
        if let Some(id) = self.names.get(&name.text) {
            return Some(*id);
        }
        // A name whose declaration is broken was reported before.
        if is_lost(&self.lost, &name.text) {
            return None;
        }
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_RELATION, format!("unknown relation `{name}`"), name.span(), "");
        let written = |name: &&str| !name.starts_with(['@', '?']);
        let declared = self.program.relations.iter().map(|relation| &*relation.name).filter(written);
        if let Some(near) = nearest(&name.text, declared.chain(["match", "contains", "in_prefix"])) {
            diagnostic = diagnostic.suggest(near);
        } else if super::functors::find(&name.text).is_some() {
            diagnostic = diagnostic.help(format!("`{name}` is a functor: compare its value, `{name}(...) = x`"));
        } else {
            diagnostic = diagnostic.help(format!("declare it: `.decl {name}(...)`"));
        }
        self.report(diagnostic);
        None
    }

    fn io_qualifiers(&mut self, relations: &Relations) {
        for name in &relations.names {
            for qualifier in &relations.qualifiers {
                let kind = super::qualify::IO.iter().find(|(text, _)| *text == &*qualifier.text);
                if let (Some((_, kind)), Some(relation)) = (kind, self.names.get(&name.text).copied()) {
                    let (parameters, span) = (BTreeMap::new(), qualifier.span());
                    self.directed(Directive { kind: *kind, relation, parameters, span });
                }
            }
        }
    }

    fn directive(&mut self, directive: &ast::Directive, span: Span) {
        for (place, target) in directive.targets.iter().enumerate() {
            let relation = self.relation(&target.relation);
            self.parameters(&target.parameters);
            // `.output a, b(IO=stdout)` is about both.
            let written = directive.targets[place..].iter().find(|target| !target.parameters.is_empty());
            let written = written.map_or(&[][..], |target| &target.parameters);
            let parameters = written.iter().map(|p| (p.key.text.to_string(), p.value.value.to_string())).collect();
            if let Some(relation) = relation {
                let span = if directive.targets.len() == 1 { span } else { target.relation.span() };
                self.directed(Directive { kind: directive.kind, relation, parameters, span });
            }
        }
    }

    /// Keeps a directive. A size is printed once; files may be written and read several times.
    fn directed(&mut self, directive: Directive) {
        let same = |other: &&Directive| (other.kind, other.relation) == (directive.kind, directive.relation);
        let first = self.program.directives.iter().find(same).map(|first| first.span);
        if let Some(first) = first.filter(|_| directive.kind == DirectiveKind::PrintSize) {
            let name = &self.program.relation(directive.relation).name;
            let message = format!("the size of relation `{name}` is printed twice");
            let diagnostic = Diagnostic::error(codes::DUPLICATE_NAME, message, directive.span, "");
            return self.report(diagnostic.also(first, "first asked for here").help("keep one of them"));
        }
        self.program.directives.push(directive);
    }

    /// Checks the names of parameters.
    fn parameters(&mut self, parameters: &[ast::Parameter]) {
        for (place, ast::Parameter { key, .. }) in parameters.iter().enumerate() {
            let text = &*key.text;
            if !PARAMETERS.contains(&text) {
                let message = format!("unknown parameter `{text}`");
                let mut diagnostic = Diagnostic::warning(codes::UNKNOWN_PARAMETER, message, key.span(), "");
                if ["file", "path"].contains(&text) {
                    diagnostic = diagnostic.suggest("filename");
                } else if let Some(near) = nearest(text, PARAMETERS) {
                    diagnostic = diagnostic.suggest(near);
                }
                self.report(diagnostic);
            }
            if parameters[..place].iter().any(|before| before.key == *key) {
                let message = format!("parameter `{text}` is given twice");
                self.report(Diagnostic::error(codes::DUPLICATE_NAME, message, key.span(), ""));
            }
        }
    }
}
