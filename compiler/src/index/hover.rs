//! What a name is, in Markdown: its declaration and its documentation.

use super::{Index, Role, Symbol, SymbolId, SymbolKind};
use std::fmt::Write;

/// What there is to say of a symbol.
pub fn hover(index: &Index, id: SymbolId) -> String {
    let symbol = index.symbol(id);
    let mut out = String::new();
    let code = match (&symbol.kind, symbol.declaration.is_empty()) {
        (SymbolKind::Variable, true) => return format!("variable `{}`", symbol.name),
        (_, true) => &symbol.name,
        (_, false) => &*symbol.declaration,
    };
    let _ = write!(out, "```strata\n{code}\n```");
    if let (Some(owner), SymbolKind::Column | SymbolKind::Branch) = (symbol.within, symbol.kind) {
        let what = if symbol.kind == SymbolKind::Column { "Column" } else { "Branch" };
        let _ = write!(out, "\n\n{what} of `{}`.", index.symbol(owner).name);
    }
    if !symbol.doc.is_empty() {
        let _ = write!(out, "\n\n{}", symbol.doc);
    }
    if symbol.kind == SymbolKind::Relation {
        let _ = write!(out, "\n\n{}", uses(index, id, symbol));
    }
    out
}

/// In how many places a relation is defined and used.
fn uses(index: &Index, id: SymbolId, symbol: &Symbol) -> String {
    let count = |role: Role| index.occurrences(id).filter(|occurrence| occurrence.role == role).count();
    let places = |count: usize| format!("{count} place{}", if count == 1 { "" } else { "s" });
    let name = &symbol.name;
    format!("`{name}` is defined in {}, used in {}.", places(count(Role::Defines)), places(count(Role::Uses)))
}
