//! What the columns of each relation are, as the rules declare them.

use compiler::plan::Plan;
use compiler::program::{Column, Program};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The declared columns by relation.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    relations: BTreeMap<Arc<str>, Vec<Column>>,
}

impl Schema {
    /// The columns of a relation, if it is declared.
    pub fn columns(&self, relation: &str) -> Option<&[Column]> {
        self.relations.get(relation).map(Vec::as_slice)
    }

    /// All relations with their columns, by name.
    pub fn relations(&self) -> impl Iterator<Item = (&str, &[Column])> {
        self.relations.iter().map(|(name, columns)| (&**name, columns.as_slice()))
    }

    /// Declares relations, each with its columns.
    pub fn new(relations: impl IntoIterator<Item = (Arc<str>, Vec<Column>)>) -> Self {
        Schema { relations: relations.into_iter().collect() }
    }

    fn declared<'a>(relations: impl Iterator<Item = (&'a Arc<str>, &'a Vec<Column>)>) -> Self {
        // `@` marks what the compiler introduced and `?` queries; neither is ever read from a file.
        let declared = relations.filter(|(name, _)| !name.starts_with(['@', '?']));
        Schema { relations: declared.map(|(name, columns)| (name.clone(), columns.clone())).collect() }
    }
}

/// All declared relations.
impl From<&Program> for Schema {
    fn from(program: &Program) -> Self {
        Schema::declared(program.relations.iter().map(|r| (&r.name, &r.columns)))
    }
}

/// The relations that facts are given of.
impl From<&Plan> for Schema {
    fn from(plan: &Plan) -> Self {
        let given = plan.relations.iter().filter(|r| r.base.is_some());
        Schema::declared(given.map(|r| (&r.name, &r.columns)))
    }
}
