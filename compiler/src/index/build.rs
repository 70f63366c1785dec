//! Building an index from syntax trees: first everything that is declared, then every name that stands somewhere.

use super::declare::built_in;
use super::scope::Frames;
use super::tables::Tables;
use super::{Index, Occurrence, Role, Symbol, SymbolId, SymbolKind, vocabulary, words};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::program::DirectiveKind;
use crate::span::{Sources, Span};
use fnv::FnvHashMap;
use std::sync::Arc;

/// The names of items as they were written, components not expanded.
pub(crate) fn names(items: &[Item]) -> Builder {
    let mut builder = Builder::default();
    builder.declare(items, 0);
    builder.items(items);
    builder.index.items.sort_unstable();
    builder
}

/// An index that grows.
#[derive(Default)]
pub(crate) struct Builder {
    pub(super) index: Index,
    pub(super) tables: Tables,
    /// The table of the component that is being read.
    table: usize,
    functors: FnvHashMap<&'static str, SymbolId>,
}

impl Builder {
    /// The index, once it is known what is wrong with the texts and which types variables have by the place of some
    /// occurrence.
    pub(crate) fn finish(
        mut self,
        sources: &Sources,
        diagnostics: &[Diagnostic],
        types: Vec<(Span, Arc<str>)>,
    ) -> Index {
        words::index(&mut self, sources, diagnostics);
        let mut index = self.index;
        let types: FnvHashMap<Span, Arc<str>> = types.into_iter().collect();
        for occurrence in &index.occurrences {
            let symbol = &mut index.symbols[occurrence.symbol.0 as usize];
            if symbol.kind == SymbolKind::Variable
                && symbol.declaration.is_empty()
                && let Some(ty) = types.get(&occurrence.span)
            {
                symbol.declaration = format!("{}: {ty}", symbol.name);
            }
        }
        index.occurrences.sort_unstable_by_key(|o| (o.span.source, o.span.start, std::cmp::Reverse(o.span.end)));
        index.occurrences.dedup();
        index.by_symbol = (0..index.occurrences.len() as u32).collect();
        index.by_symbol.sort_by_key(|place| index.occurrences[*place as usize].symbol);
        index
    }

    pub(super) fn add(&mut self, symbol: Symbol) -> SymbolId {
        self.index.symbols.push(symbol);
        SymbolId(self.index.symbols.len() as u32 - 1)
    }

    pub(super) fn occurs(&mut self, span: Span, symbol: SymbolId, role: Role) {
        self.index.occurrences.push(Occurrence { span, symbol, role });
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            let span = match &item.kind {
                // What stands in a component has a place of its own.
                ItemKind::Component(component) => Span { end: header(component), ..item.at.0 },
                ItemKind::Test(test) => Span { end: test.name.at.0.end, ..item.at.0 },
                ItemKind::Scenario(scenario) => Span { end: scenario.name.at.0.end, ..item.at.0 },
                _ => item.at.0,
            };
            self.index.items.push(span);
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Relations(relations) => {
                relations.names.iter().for_each(|name| self.name(SymbolKind::Relation, name, Role::Declares));
                relations
                    .attributes
                    .iter()
                    .for_each(|attribute| self.name(SymbolKind::Type, &attribute.ty, Role::Uses));
                relations.delta.iter().for_each(|(_, of)| self.name(SymbolKind::Relation, of, Role::Uses));
            }
            ItemKind::Type(declaration) => self.type_declaration(declaration),
            ItemKind::Functor(functor) => {
                let types = functor.parameters.iter().map(|parameter| &parameter.ty).chain([&functor.result]);
                types.for_each(|ty| self.name(SymbolKind::Type, ty, Role::Uses));
            }
            ItemKind::Directive(directive) => {
                let role = if directive.kind == DirectiveKind::Input { Role::Defines } else { Role::Uses };
                directive.targets.iter().for_each(|target| self.name(SymbolKind::Relation, &target.relation, role));
            }
            ItemKind::Limit(targets) | ItemKind::Invariant(targets) | ItemKind::Stream(targets) => {
                let mut uses = |target: &Target| self.name(SymbolKind::Relation, &target.relation, Role::Uses);
                targets.iter().for_each(&mut uses);
            }
            ItemKind::Suppose(targets) => {
                for target in targets {
                    self.name(SymbolKind::Relation, &target.relation, Role::Defines);
                    for Parameter { key, value } in &target.parameters {
                        if &*key.text != "of" {
                            self.name(SymbolKind::Relation, key, Role::Uses);
                        }
                        let value = Name { text: value.value.clone(), at: value.at };
                        self.name(SymbolKind::Relation, &value, Role::Uses);
                    }
                }
            }
            ItemKind::Clause(clause) => {
                self.clause(item.at.0, &clause.heads.iter().collect::<Vec<_>>(), clause.body.as_ref());
            }
            ItemKind::Subsumption(subsumption) => {
                let Subsumption { left, right, body } = &**subsumption;
                self.clause(item.at.0, &[left, right], Some(body));
            }
            ItemKind::Query(body) => self.clause(item.at.0, &[], Some(body)),
            ItemKind::Component(component) => self.component(component),
            ItemKind::Init(init) => {
                self.name(SymbolKind::Instance, &init.name, Role::Declares);
                self.component_type(&init.ty);
            }
            ItemKind::Test(test) => self.items(&test.items),
            ItemKind::Scenario(scenario) => {
                for edit in &scenario.edits {
                    self.index.items.push(edit.item.at.0);
                    self.item(&edit.item);
                }
            }
            ItemKind::Expect(Expectation::Holds(body)) => self.clause(item.at.0, &[], Some(body)),
            ItemKind::Expect(Expectation::Only(atoms)) => {
                self.clause(item.at.0, &atoms.iter().collect::<Vec<_>>(), None);
            }
            ItemKind::Override(name) => self.name(SymbolKind::Relation, name, Role::Uses),
            _ => {}
        }
    }

    fn component(&mut self, component: &Component) {
        let name = &component.ty.name;
        let own = self.tables.own(self.table, SymbolKind::Component, &name.text);
        let Some(inside) = own.and_then(|own| self.tables.inside(own)) else { return };
        self.name(SymbolKind::Component, name, Role::Declares);
        let around = std::mem::replace(&mut self.table, inside);
        component.ty.parameters.iter().for_each(|name| self.name(SymbolKind::Type, name, Role::Declares));
        component.bases.iter().for_each(|base| self.component_type(base));
        self.items(&component.items);
        self.table = around;
    }

    fn component_type(&mut self, ty: &ComponentType) {
        self.name(SymbolKind::Component, &ty.name, Role::Uses);
        for parameter in &ty.parameters {
            let component = self.tables.find(self.table, SymbolKind::Component, &parameter.text).is_some();
            let kind = if component { SymbolKind::Component } else { SymbolKind::Type };
            self.name(kind, parameter, Role::Uses);
        }
    }

    fn type_declaration(&mut self, declaration: &TypeDeclaration) {
        let mut uses = |name: &Name| self.name(SymbolKind::Type, name, Role::Uses);
        match &declaration.definition {
            // An old-style declaration names no base: the declared name stands for its place.
            TypeDefinition::Subtype(base) if base.at.0 == declaration.name.at.0 => {}
            TypeDefinition::Subtype(base) => uses(base),
            TypeDefinition::Union(members) => members.iter().for_each(uses),
            TypeDefinition::Record(fields) => fields.iter().for_each(|field| uses(&field.ty)),
            TypeDefinition::Branches(branches) => {
                for branch in branches {
                    branch.attributes.iter().for_each(|field| uses(&field.ty));
                }
                branches.iter().for_each(|branch| self.name(SymbolKind::Branch, &branch.name, Role::Declares));
            }
        }
        self.name(SymbolKind::Type, &declaration.name, Role::Declares);
    }

    /// A name, with the instances before its dots; what is not declared is left out.
    fn name(&mut self, kind: SymbolKind, name: &Name, role: Role) {
        let Some((instances, last)) = name.text.rsplit_once('.') else {
            let known = self.tables.find(self.table, kind, &name.text);
            let known = known.or_else(|| (kind == SymbolKind::Type).then(|| self.built_in_type(name)).flatten());
            if let Some(symbol) = known {
                self.occurs(name.span(), symbol, role);
            }
            return;
        };
        let (mut table, mut start) = (Some(self.table), name.span().start);
        let mut place = |part: &str| {
            let span = Span { start, end: start + part.len() as u32, ..name.span() };
            start += part.len() as u32 + 1;
            span
        };
        for (depth, instance) in instances.split('.').enumerate() {
            let (Some(around), instance) = (table, Arc::<str>::from(instance)) else { return };
            let span = place(&instance);
            let known = match depth {
                0 => self.tables.find(around, SymbolKind::Instance, &instance),
                _ => self.tables.find_member(around, SymbolKind::Instance, &instance),
            };
            known.into_iter().for_each(|symbol| self.occurs(span, symbol, Role::Uses));
            table = self.tables.instance(around, &instance);
        }
        let (span, last) = (place(last), Arc::<str>::from(last));
        if let Some(symbol) = table.and_then(|table| self.tables.find_member(table, kind, &last)) {
            self.occurs(span, symbol, role);
        }
    }

    fn built_in_type(&mut self, name: &Name) -> Option<SymbolId> {
        let (word, doc) = vocabulary::TYPES.iter().find(|(word, _)| **word == *name.text)?;
        let declaration = format!("{word} (built in)");
        let ty = self.add(Symbol { declaration, doc: doc.to_string(), ..built_in(SymbolKind::Type, &name.text) });
        self.tables.declare(0, SymbolKind::Type, &name.text, ty);
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

    /// A condition's name: a relation, or a test.
    fn condition(&mut self, name: &Name) {
        if name.text.contains('.') || self.tables.find(self.table, SymbolKind::Relation, &name.text).is_some() {
            self.name(SymbolKind::Relation, name, Role::Uses);
        } else {
            self.functor(name);
        }
    }

    /// A name about which nothing is known but whether a parenthesis stands behind it.
    pub(super) fn word(&mut self, name: &Name, called: bool) {
        let relation = self.tables.find(self.table, SymbolKind::Relation, &name.text).is_some();
        if called || relation {
            self.condition(name);
        } else {
            self.name(SymbolKind::Type, name, Role::Uses);
        }
    }

    fn clause(&mut self, item: Span, heads: &[&Atom], body: Option<&Body>) {
        let mut frames = Frames::new(item);
        let mut aggregates = Vec::new();
        for head in heads {
            self.name(SymbolKind::Relation, &head.name, Role::Defines);
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
                self.condition(&atom.name);
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
            ExprKind::Branch(name, _) => self.name(SymbolKind::Branch, name, Role::Uses),
            ExprKind::As(_, ty) => self.name(SymbolKind::Type, ty, Role::Uses),
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
        self.occurs(span, id, role);
    }
}

/// Where the last word before the brace that opens a component ends.
fn header(component: &Component) -> u32 {
    component.bases.last().unwrap_or(&component.ty).at.0.end
}
