//! What a program declares, and which component declares it.

use super::build::Builder;
use super::{Role, Symbol, SymbolId, SymbolKind};
use crate::ast::*;
use std::sync::Arc;

impl Builder {
    /// Declares what some items declare, in a table of names.
    pub(super) fn declare(&mut self, items: &[Item], table: usize) {
        for item in items {
            match &item.kind {
                ItemKind::Relations(relations) => self.declare_relations(item, relations, table),
                ItemKind::Type(declaration) => self.declare_type(item, declaration, table),
                ItemKind::Component(component) => self.declare_component(item, component, table),
                ItemKind::Init(init) => self.declare_instance(item, init, table),
                _ => {}
            }
        }
    }

    /// Declares a name. If it is declared already the first declaration counts; the second was reported.
    fn declare_name(&mut self, table: usize, name: &Name, symbol: Symbol) -> Option<SymbolId> {
        let kind = symbol.kind;
        if self.tables.own(table, kind, &name.text).is_some() {
            return None;
        }
        let id = self.add(symbol);
        self.tables.declare(table, kind, &name.text, id);
        Some(id)
    }

    fn declare_relations(&mut self, item: &Item, relations: &Relations, table: usize) {
        let columns = fields(&relations.attributes);
        let mut first = None;
        for name in &relations.names {
            let alone = Relations { names: vec![name.clone()], ..relations.clone() };
            let declaration = Item { doc: String::new(), kind: ItemKind::Relations(alone), ..item.clone() }.to_string();
            let relation = Symbol {
                declaration,
                doc: item.doc.clone(),
                columns: columns.clone(),
                ..symbol(SymbolKind::Relation, name, item)
            };
            first = first.or(self.declare_name(table, name, relation));
        }
        for Attribute { name, ty } in &relations.attributes {
            let declaration = format!("{name}: {ty}");
            let column = Symbol { declaration, within: first, ..symbol(SymbolKind::Column, name, item) };
            let column = self.add(column);
            self.occurs(name.span(), column, Role::Declares);
            let keys = relations.choices.iter().flatten();
            keys.filter(|key| key.text == name.text).for_each(|key| self.occurs(key.span(), column, Role::Uses));
        }
    }

    fn declare_type(&mut self, item: &Item, declaration: &TypeDeclaration, table: usize) {
        let text = Item { doc: String::new(), ..item.clone() }.to_string();
        let ty = symbol(SymbolKind::Type, &declaration.name, item);
        let ty = Symbol { declaration: text, doc: item.doc.clone(), ..ty };
        let id = self.declare_name(table, &declaration.name, ty);
        let TypeDefinition::Branches(branches) = &declaration.definition else { return };
        for branch in branches {
            let columns = fields(&branch.attributes);
            let shown: Vec<String> = columns.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            let declaration = format!("{} {{{}}}", branch.name, shown.join(", "));
            let made = symbol(SymbolKind::Branch, &branch.name, item);
            self.declare_name(table, &branch.name, Symbol { declaration, within: id, columns, ..made });
        }
    }

    fn declare_component(&mut self, item: &Item, component: &Component, table: usize) {
        let name = &component.ty.name;
        let mut declaration = format!(".comp {}", typed(&component.ty));
        for (place, base) in component.bases.iter().enumerate() {
            declaration += &format!("{} {}", if place == 0 { " :" } else { "," }, typed(base));
        }
        let made = symbol(SymbolKind::Component, name, item);
        let made = Symbol { declaration, doc: item.doc.clone(), ..made };
        let Some(id) = self.declare_name(table, name, made) else { return };
        let inside = self.tables.open(table, id);
        self.tables.table(inside).bases = component.bases.iter().map(|base| base.name.text.clone()).collect();
        for parameter in &component.ty.parameters {
            let declaration = format!("{parameter} (parameter of {name})");
            let made = symbol(SymbolKind::Type, parameter, item);
            self.declare_name(inside, parameter, Symbol { declaration, within: Some(id), ..made });
        }
        self.declare(&component.items, inside);
    }

    fn declare_instance(&mut self, item: &Item, init: &Init, table: usize) {
        let declaration = format!(".init {} = {}", init.name, typed(&init.ty));
        let made = symbol(SymbolKind::Instance, &init.name, item);
        self.declare_name(table, &init.name, Symbol { declaration, doc: item.doc.clone(), ..made });
        let instances = &mut self.tables.table(table).instances;
        instances.entry(init.name.text.clone()).or_insert(init.ty.name.text.clone());
    }
}

/// Names and types.
fn fields(attributes: &[Attribute]) -> Vec<(Arc<str>, Arc<str>)> {
    attributes.iter().map(|attribute| (attribute.name.text.clone(), attribute.ty.text.clone())).collect()
}

/// `name<parameters>`
fn typed(ty: &ComponentType) -> String {
    if ty.parameters.is_empty() {
        return ty.name.to_string();
    }
    let parameters: Vec<String> = ty.parameters.iter().map(Name::to_string).collect();
    format!("{}<{}>", ty.name, parameters.join(", "))
}

/// A symbol that the language knows, or that nothing is known of yet.
pub(super) fn built_in(kind: SymbolKind, name: &Arc<str>) -> Symbol {
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
