//! The call around a cursor, with the argument that is being written.

use super::cursor::Cursor;
use super::{Index, vocabulary};
use std::sync::Arc;

/// A relation or functor whose parentheses are open at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The whole call, `path(from: symbol, to: symbol)`.
    pub label: String,
    /// Its parameters as they stand in the label.
    pub parameters: Vec<String>,
    /// Which one the cursor is in; past the last one, if there are too many.
    pub active: usize,
    /// Its documentation.
    pub doc: String,
}

/// The call around a byte of a text.
pub fn signature(text: &str, source: u32, offset: u32, index: &Index) -> Option<Call> {
    let cursor = Cursor::new(text, source, offset, index)?;
    let (name, active) = cursor.call()?;
    if let Some(relation) = index.relation(name) {
        let column = |(name, ty): &(Arc<str>, Arc<str>)| format!("{name}: {ty}");
        let parameters: Vec<String> = relation.columns.iter().map(column).collect();
        let label = format!("{name}({})", parameters.join(", "));
        return Some(Call { label, parameters, active, doc: relation.doc.clone() });
    }
    let functor = vocabulary::functor(name)?;
    let parameters: Vec<String> = functor.parameters.iter().map(|parameter| parameter.to_string()).collect();
    let more = functor.parameters.last() == Some(&"…");
    let active = if more { active.min(parameters.len().saturating_sub(1)) } else { active };
    Some(Call { label: functor.to_string(), parameters, active, doc: functor.doc.to_string() })
}
