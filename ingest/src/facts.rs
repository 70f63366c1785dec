//! Facts as a source states them: relation, fields as text, and where it stands.
//!
//! An importer knows the relations it maps to, not how their values are stored; so it states text, and whoever holds the
//! [`crate::Schema`] reads words out of it. The same fact may be stated twice, from two places: it then has two origins.
//!
//! ```
//! use ingest::Facts;
//! let mut facts = Facts::default();
//! let lldp = facts.source("lldp.csv");
//! facts.push("cable", ["leaf1", "swp1", "spine1", "swp3"], Facts::at(lldp, 17));
//! let row = facts.table("cable").unwrap().iter().next().unwrap();
//! assert_eq!(row.fields().collect::<Vec<_>>(), ["leaf1", "swp1", "spine1", "swp3"]);
//! assert_eq!((facts.source_name(row.origin().source), row.origin().record), ("lldp.csv", 17));
//! ```

pub use runtime::Origin;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Facts of any number of relations.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    sources: Vec<Arc<str>>,
    tables: BTreeMap<Arc<str>, Table>,
}

impl Facts {
    /// The number of a source by its name: a file, as the user knows it. Known names keep their number.
    pub fn source(&mut self, name: &str) -> u32 {
        let known = self.sources.iter().position(|s| &**s == name);
        known.unwrap_or_else(|| {
            self.sources.push(name.into());
            self.sources.len() - 1
        }) as u32
    }

    /// The name behind a source's number; empty for a number that was never given out.
    pub fn source_name(&self, source: u32) -> &str {
        self.sources.get(source as usize).map_or("", |s| s)
    }

    /// The names of all sources, by their number.
    pub fn sources(&self) -> &[Arc<str>] {
        &self.sources
    }

    /// The origin at a line or record, from 1, of a source.
    pub fn at(source: u32, record: usize) -> Origin {
        Origin { source, record: u32::try_from(record).unwrap_or(u32::MAX) }
    }

    /// States a fact.
    pub fn push<F: AsRef<str>>(&mut self, relation: &str, fields: impl IntoIterator<Item = F>, origin: Origin) {
        if !self.tables.contains_key(relation) {
            self.tables.insert(relation.into(), Table::default());
        }
        if let Some(table) = self.tables.get_mut(relation) {
            table.push(fields, origin);
        }
    }

    /// What is stated of a relation.
    pub fn table(&self, relation: &str) -> Option<&Table> {
        self.tables.get(relation)
    }

    /// Forgets the relations that are not wanted.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.tables.retain(|relation, _| wanted(relation));
    }

    /// The relations with facts, by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.tables.iter().map(|(name, table)| (&**name, table))
    }

    /// The number of statements; a fact that is stated twice counts twice.
    pub fn len(&self) -> usize {
        self.tables.values().map(Table::len).sum()
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The statements of one relation, in the order in which they were made. All text stands in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Table {
    text: String,
    /// Where each field ends in `text`.
    field_ends: Vec<usize>,
    /// Where each row ends in `field_ends`.
    row_ends: Vec<usize>,
    origins: Vec<Origin>,
}

impl Table {
    /// States a fact.
    pub fn push<F: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = F>, origin: Origin) {
        for field in fields {
            self.text.push_str(field.as_ref());
            self.field_ends.push(self.text.len());
        }
        self.row_ends.push(self.field_ends.len());
        self.origins.push(origin);
    }

    /// The number of statements.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// All statements.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map(|index| Row { table: self, index })
    }
}

/// One statement of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    index: usize,
}

impl<'a> Row<'a> {
    /// The fields, in column order.
    pub fn fields(self) -> impl ExactSizeIterator<Item = &'a str> {
        let Table { text, field_ends, row_ends, .. } = self.table;
        let before = |ends: &[usize], index: usize| if index == 0 { 0 } else { ends[index - 1] };
        (before(row_ends, self.index)..row_ends[self.index]).map(move |i| &text[before(field_ends, i)..field_ends[i]])
    }

    /// Where it is stated.
    pub fn origin(self) -> Origin {
        self.table.origins[self.index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_keeps_its_number() {
        let mut facts = Facts::default();
        let (a, b) = (facts.source("a"), facts.source("b"));
        assert_ne!(a, b);
        assert_eq!(facts.source("a"), a);
        assert_eq!(facts.source_name(b), "b");
        assert_eq!(facts.source_name(7), "");
    }

    #[test]
    fn rows_of_any_width_come_back_in_order() {
        let mut facts = Facts::default();
        facts.push("r", ["a", "", "c"], Facts::at(0, 1));
        facts.push("r", [String::from("d")], Facts::at(0, 2));
        facts.push("r", [] as [&str; 0], Facts::at(0, 3));
        let rows: Vec<Vec<&str>> = facts.table("r").unwrap().iter().map(|r| r.fields().collect()).collect();
        assert_eq!(rows, [vec!["a", "", "c"], vec!["d"], vec![]]);
        assert_eq!(facts.len(), 3);
    }
}
