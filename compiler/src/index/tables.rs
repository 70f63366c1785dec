//! Declared names by the component that declares them: a name means what its component declares, else what a base of it
//! does, else what stands around it. `a.r` is the `r` of the component that `a` is an instance of.

use super::{SymbolId, SymbolKind};
use fnv::{FnvHashMap, FnvHashSet};
use std::sync::Arc;

/// The names of a program or of a component.
#[derive(Default)]
pub(super) struct Table {
    parent: Option<usize>,
    /// The names of the components that it inherits from.
    pub(super) bases: Vec<Arc<str>>,
    names: FnvHashMap<(SymbolKind, Arc<str>), SymbolId>,
    /// Which component its instances are of.
    pub(super) instances: FnvHashMap<Arc<str>, Arc<str>>,
}

/// All tables; the first one is that of the program.
pub(super) struct Tables {
    tables: Vec<Table>,
    /// The tables of components.
    inside: FnvHashMap<SymbolId, usize>,
}

impl Default for Tables {
    fn default() -> Self {
        Tables { tables: vec![Table::default()], inside: FnvHashMap::default() }
    }
}

impl Tables {
    /// The table of a component that stands in another one.
    pub(super) fn open(&mut self, parent: usize, component: SymbolId) -> usize {
        self.tables.push(Table { parent: Some(parent), ..Table::default() });
        self.inside.insert(component, self.tables.len() - 1);
        self.tables.len() - 1
    }

    /// One of the tables.
    pub(super) fn table(&mut self, table: usize) -> &mut Table {
        &mut self.tables[table]
    }

    /// The table of what a component declares.
    pub(super) fn inside(&self, component: SymbolId) -> Option<usize> {
        self.inside.get(&component).copied()
    }

    /// What a table itself declares under a name.
    pub(super) fn own(&self, table: usize, kind: SymbolKind, name: &Arc<str>) -> Option<SymbolId> {
        self.tables[table].names.get(&(kind, name.clone())).copied()
    }

    /// Declares a name, unless it is declared already.
    pub(super) fn declare(&mut self, table: usize, kind: SymbolKind, name: &Arc<str>, symbol: SymbolId) {
        self.tables[table].names.entry((kind, name.clone())).or_insert(symbol);
    }

    /// What a name without dots means in a table.
    pub(super) fn find(&self, table: usize, kind: SymbolKind, name: &Arc<str>) -> Option<SymbolId> {
        let mut next = Some(table);
        while let Some(table) = next {
            let found = self.find_member(table, kind, name);
            if found.is_some() {
                return found;
            }
            next = self.tables[table].parent;
        }
        None
    }

    /// What a component, or a base of it, declares under a name.
    pub(super) fn find_member(&self, table: usize, kind: SymbolKind, name: &Arc<str>) -> Option<SymbolId> {
        let found = |table: &Table| table.names.get(&(kind, name.clone())).copied();
        self.member(table, &mut FnvHashSet::default(), &found)
    }

    /// The table of the component that an instance is of.
    pub(super) fn instance(&self, table: usize, instance: &Arc<str>) -> Option<usize> {
        let mut next = Some(table);
        while let Some(table) = next {
            let component =
                self.member(table, &mut FnvHashSet::default(), &|table: &Table| table.instances.get(instance).cloned());
            if let Some(component) = component {
                return self.inside(self.find(table, SymbolKind::Component, &component)?);
            }
            next = self.tables[table].parent;
        }
        None
    }

    /// What a table or one of its bases answers. Bases that inherit from each other are asked once.
    fn member<T>(&self, table: usize, seen: &mut FnvHashSet<usize>, ask: &impl Fn(&Table) -> Option<T>) -> Option<T> {
        if !seen.insert(table) {
            return None;
        }
        let this = &self.tables[table];
        ask(this).or_else(|| {
            this.bases.iter().find_map(|base| {
                let base = self.inside(self.find_component(table, base)?)?;
                self.member(base, seen, ask)
            })
        })
    }

    /// A component by name, without asking bases, which are themselves found in this way.
    fn find_component(&self, table: usize, name: &Arc<str>) -> Option<SymbolId> {
        let key = (SymbolKind::Component, name.clone());
        let mut next = Some(table);
        while let Some(table) = next {
            if let Some(found) = self.tables[table].names.get(&key) {
                return Some(*found);
            }
            next = self.tables[table].parent;
        }
        None
    }
}
