//! Building an index from syntax trees: first everything that is declared, then every name that stands somewhere.

use super::scope::Frames;
use super::{Index, Occurrence, Role, Symbol, SymbolId, SymbolKind, vocabulary, words};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::program::DirectiveKind;
use crate::span::{Sources, Span};
use fnv::FnvHashMap;
use std::sync::Arc;

/// Indexes what was parsed. `types` are the types of variables by the place of some occurrence.
pub(crate) fn build(
    files: &[File],
    sources: &Sources,
    diagnostics: &[Diagnostic],
    types: Vec<(Span, Arc<str>)>,
) -> Index {
    let mut builder = Builder { types: types.into_iter().collect(), ..Builder::default() };
    let items = || files.iter().flat_map(|file| &file.items);
    for item in items() {
        builder.declare(item);
    }
    for item in items() {
        builder.index.items.push(item.at.0);
        builder.item(item);
    }
    builder.index.items.sort_unstable();
    words::index(&mut builder, sources, diagnostics);
    builder.finish()
}

/// An index that grows.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) index: Index,
    relations: FnvHashMap<Arc<str>, SymbolId>,
    types_by_name: FnvHashMap<Arc<str>, SymbolId>,
    branches: FnvHashMap<Arc<str>, SymbolId>,
    functors: FnvHashMap<&'static str, SymbolId>,
    types: FnvHashMap<Span, Arc<str>>,
}

impl Builder {
    fn finish(self) -> Index {
        let mut index = self.index;
        index.occurrences.sort_unstable_by_key(|o| (o.span.source, o.span.start, std::cmp::Reverse(o.span.end)));
        index.occurrences.dedup();
        index.by_symbol = (0..index.occurrences.len() as u32).collect();
        index.by_symbol.sort_by_key(|place| index.occurrences[*place as usize].symbol);
        index
    }

    fn add(&mut self, symbol: Symbol) -> SymbolId {
        self.index.symbols.push(symbol);
        SymbolId(self.index.symbols.len() as u32 - 1)
    }

    pub(super) fn occurs(&mut self, span: Span, symbol: SymbolId, role: Role) {
        self.index.occurrences.push(Occurrence { span, symbol, role });
    }

    fn declare(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Relations(relations) => self.declare_relations(item, relations),
            ItemKind::Type(declaration) => self.declare_type(item, declaration),
            _ => {}
        }
    }

    fn declare_relations(&mut self, item: &Item, relations: &Relations) {
        let columns: Vec<_> = relations.attributes.iter().map(|a| (a.name.text.clone(), a.ty.text.clone())).collect();
        for name in &relations.names {
            // The first declaration counts; a second one was reported.
            if self.relations.contains_key(&name.text) {
                continue;
            }
            let alone = Relations { names: vec![name.clone()], ..relations.clone() };
            let declaration = Item { doc: String::new(), kind: ItemKind::Relations(alone), ..item.clone() }.to_string();
            let relation = self.add(Symbol {
                declaration,
                doc: item.doc.clone(),
                columns: columns.clone(),
                ..symbol(SymbolKind::Relation, name, item)
            });
            self.relations.insert(name.text.clone(), relation);
        }
        let within = relations.names.first().and_then(|name| self.relations.get(&name.text)).copied();
        for Attribute { name, ty } in &relations.attributes {
            let declaration = format!("{name}: {ty}");
            let column = self.add(Symbol { declaration, within, ..symbol(SymbolKind::Column, name, item) });
            self.occurs(name.span(), column, Role::Declares);
            let keys = relations.choices.iter().flatten();
            keys.filter(|key| key.text == name.text).for_each(|key| self.occurs(key.span(), column, Role::Uses));
        }
    }

    fn declare_type(&mut self, item: &Item, declaration: &TypeDeclaration) {
        let name = &declaration.name;
        if self.types_by_name.contains_key(&name.text) {
            return;
        }
        let text = Item { doc: String::new(), ..item.clone() }.to_string();
        let ty = self.add(Symbol { declaration: text, doc: item.doc.clone(), ..symbol(SymbolKind::Type, name, item) });
        self.types_by_name.insert(name.text.clone(), ty);
        if let TypeDefinition::Branches(branches) = &declaration.definition {
            branches.iter().for_each(|branch| self.declare_branch(item, branch, ty));
        }
    }

    fn declare_branch(&mut self, item: &Item, branch: &Branch, within: SymbolId) {
        let name = &branch.name;
        if self.branches.contains_key(&name.text) {
            return;
        }
        let fields: Vec<_> = branch.attributes.iter().map(|a| (a.name.text.clone(), a.ty.text.clone())).collect();
        let shown: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let id = self.add(Symbol {
            declaration: format!("{name} {{{}}}", shown.join(", ")),
            within: Some(within),
            columns: fields,
            ..symbol(SymbolKind::Branch, name, item)
        });
        self.branches.insert(name.text.clone(), id);
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Relations(relations) => {
                relations.names.iter().for_each(|name| self.relation(name, Role::Declares));
                relations.attributes.iter().for_each(|attribute| self.ty(&attribute.ty, Role::Uses));
            }
            ItemKind::Type(declaration) => self.type_declaration(declaration),
            ItemKind::Directive(directive) => {
                let role = if directive.kind == DirectiveKind::Input { Role::Defines } else { Role::Uses };
                directive.targets.iter().for_each(|target| self.relation(&target.relation, role));
            }
            ItemKind::Clause(clause) => {
                self.clause(item.at.0, &clause.heads.iter().collect::<Vec<_>>(), clause.body.as_ref());
            }
            ItemKind::Subsumption(subsumption) => {
                let Subsumption { left, right, body } = &**subsumption;
                self.clause(item.at.0, &[left, right], Some(body));
            }
            ItemKind::Query(body) => self.clause(item.at.0, &[], Some(body)),
            ItemKind::Include(_) | ItemKind::Pragma(_) | ItemKind::Plan(_) => {}
        }
    }

    fn type_declaration(&mut self, declaration: &TypeDeclaration) {
        self.ty(&declaration.name, Role::Declares);
        match &declaration.definition {
            // An old-style declaration names no base: the declared name stands for its place.
            TypeDefinition::Subtype(base) if base.at.0 == declaration.name.at.0 => {}
            TypeDefinition::Subtype(base) => self.ty(base, Role::Uses),
            TypeDefinition::Union(members) => members.iter().for_each(|member| self.ty(member, Role::Uses)),
            TypeDefinition::Record(fields) => fields.iter().for_each(|field| self.ty(&field.ty, Role::Uses)),
            TypeDefinition::Branches(branches) => {
                for branch in branches {
                    self.branch(&branch.name, Role::Declares);
                    branch.attributes.iter().for_each(|field| self.ty(&field.ty, Role::Uses));
                }
            }
        }
    }

    fn branch(&mut self, name: &Name, role: Role) {
        if let Some(branch) = self.branches.get(&name.text).copied() {
            self.occurs(name.span(), branch, role);
        }
    }

    /// The name of a relation; one that is not declared is left out.
    fn relation(&mut self, name: &Name, role: Role) {
        if let Some(relation) = self.relations.get(&name.text).copied() {
            self.occurs(name.span(), relation, role);
        }
    }

    fn ty(&mut self, name: &Name, role: Role) {
        let known = self.types_by_name.get(&name.text).copied().or_else(|| self.built_in_type(name));
        if let Some(ty) = known {
            self.occurs(name.span(), ty, role);
        }
    }

    fn built_in_type(&mut self, name: &Name) -> Option<SymbolId> {
        let (word, doc) = vocabulary::TYPES.iter().find(|(word, _)| **word == *name.text)?;
        let declaration = format!("{word} (built in)");
        let ty = self.add(Symbol { declaration, doc: doc.to_string(), ..built_in(SymbolKind::Type, &name.text) });
        self.types_by_name.insert(name.text.clone(), ty);
        Some(ty)
    }

    fn functor(&mut self, name: &Name) {
        let Some(functor) = vocabulary::functor(&name.text) else { return };
        let id = match self.functors.get(functor.name) {
            Some(id) => *id,
            None => {
                let declaration = functor.to_string();
                let symbol = built_in(SymbolKind::Functor, &name.text);
                let id = self.add(Symbol { declaration, doc: functor.doc.to_string(), ..symbol });
                self.functors.insert(functor.name, id);
                id
            }
        };
        self.occurs(name.span(), id, Role::Uses);
    }

    /// A name about which nothing is known but what stands around it.
    pub(super) fn word(&mut self, name: &Name, called: bool) {
        if self.relations.contains_key(&name.text) {
            self.relation(name, Role::Uses);
        } else if called {
            self.functor(name);
        } else {
            self.ty(name, Role::Uses);
        }
    }

    fn clause(&mut self, item: Span, heads: &[&Atom], body: Option<&Body>) {
        let mut frames = Frames::new(item);
        let mut aggregates = Vec::new();
        for head in heads {
            self.relation(&head.name, Role::Defines);
            head.args.iter().for_each(|arg| self.expr(arg, &mut frames, &mut aggregates));
        }
        body.iter().for_each(|body| self.body(body, &mut frames, &mut aggregates));
        self.aggregates(aggregates, &mut frames);
    }

    fn body<'a>(&mut self, body: &'a Body, frames: &mut Frames, aggregates: &mut Vec<&'a Aggregate>) {
        match body {
            Body::And(parts, _) | Body::Or(parts, _) => {
                parts.iter().for_each(|part| self.body(part, frames, aggregates));
            }
            Body::Not(inner, _) => self.body(inner, frames, aggregates),
            Body::Atom(atom) => {
                self.word(&atom.name, true);
                atom.args.iter().for_each(|arg| self.expr(arg, frames, aggregates));
            }
            Body::Compare(compare) => {
                self.expr(&compare.left, frames, aggregates);
                self.expr(&compare.right, frames, aggregates);
            }
            Body::Bool(..) => {}
        }
    }

    /// What stands in aggregates is left for later: a name within one is that of the clause, if it occurs there.
    fn expr<'a>(&mut self, expr: &'a Expr, frames: &mut Frames, aggregates: &mut Vec<&'a Aggregate>) {
        match &expr.kind {
            ExprKind::Variable(name) => {
                let known = frames.find(name);
                self.variable(name, expr.span(), known, frames);
            }
            ExprKind::Call(name, _) => self.functor(name),
            ExprKind::Branch(name, _) => self.branch(name, Role::Uses),
            ExprKind::As(_, ty) => self.ty(ty, Role::Uses),
            ExprKind::Aggregate(aggregate) => aggregates.push(aggregate),
            _ => {}
        }
        expr.parts().into_iter().for_each(|part| self.expr(part, frames, aggregates));
    }

    fn aggregates(&mut self, aggregates: Vec<&Aggregate>, frames: &mut Frames) {
        for aggregate in aggregates {
            frames.open();
            let mut nested = Vec::new();
            if let Some(target) = &aggregate.target {
                frames.only_innermost(true);
                self.expr(target, frames, &mut nested);
                frames.only_innermost(false);
            }
            self.body(&aggregate.body, frames, &mut nested);
            self.aggregates(nested, frames);
            frames.close();
        }
    }

    fn variable(&mut self, name: &Arc<str>, span: Span, known: Option<SymbolId>, frames: &mut Frames) {
        let (id, role) = match known {
            Some(id) => (id, Role::Uses),
            None => {
                let variable =
                    Symbol { declared: Some(span), item: Some(frames.item()), ..built_in(SymbolKind::Variable, name) };
                let id = self.add(variable);
                frames.declare(name.clone(), id);
                (id, Role::Declares)
            }
        };
        if let Some(ty) = self.types.get(&span) {
            let declaration = &mut self.index.symbols[id.0 as usize].declaration;
            if declaration.is_empty() {
                *declaration = format!("{name}: {ty}");
            }
        }
        self.occurs(span, id, role);
    }
}

fn built_in(kind: SymbolKind, name: &Arc<str>) -> Symbol {
    Symbol {
        kind,
        name: name.clone(),
        declared: None,
        item: None,
        declaration: String::new(),
        doc: String::new(),
        within: None,
        columns: Vec::new(),
    }
}

fn symbol(kind: SymbolKind, name: &Name, item: &Item) -> Symbol {
    Symbol { declared: Some(name.span()), item: Some(item.at.0), ..built_in(kind, &name.text) }
}
