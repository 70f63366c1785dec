//! Renaming: every place of a name, after a check that the new name is free and can be a name.

use super::{Index, SymbolId, SymbolKind};
use crate::parse::token::KEYWORDS;
use std::fmt;

/// Why a symbol cannot have a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unnamable {
    /// It belongs to the language.
    BuiltIn(String),
    /// That is no name.
    NotAName(String),
    /// That is a word of the language.
    Keyword(String),
    /// Something else has it.
    Taken(String),
}

impl fmt::Display for Unnamable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unnamable::BuiltIn(name) => write!(f, "`{name}` belongs to the language and keeps its name"),
            Unnamable::NotAName(name) => {
                write!(f, "`{name}` is not a name: letters, digits, `_` and `?`, and no digit at the start")
            }
            Unnamable::Keyword(name) => write!(f, "`{name}` is a word of the language and cannot be a name"),
            Unnamable::Taken(name) => write!(f, "there is a `{name}` already"),
        }
    }
}

/// Whether a symbol can have a new name here.
pub fn rename(index: &Index, id: SymbolId, name: &str) -> Result<(), Unnamable> {
    let symbol = index.symbol(id);
    if symbol.declared.is_none() {
        return Err(Unnamable::BuiltIn(symbol.name.to_string()));
    }
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '?';
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '?';
    if !name.starts_with(start) || !name.chars().all(part) || name == "_" {
        return Err(Unnamable::NotAName(name.to_string()));
    }
    if KEYWORDS.contains(&name) {
        return Err(Unnamable::Keyword(name.to_string()));
    }
    let clashes = index.symbols().any(|(other, known)| {
        let same_place = match symbol.kind {
            SymbolKind::Variable => known.item == symbol.item,
            SymbolKind::Column => known.within == symbol.within,
            _ => true,
        };
        other != id && &*known.name == name && known.kind == symbol.kind && same_place
    });
    // A relation of a functor's name could not be told from it.
    let functor = symbol.kind == SymbolKind::Relation && super::vocabulary::functor(name).is_some();
    let built_in = symbol.kind == SymbolKind::Type && super::vocabulary::TYPES.iter().any(|(known, _)| *known == name);
    if clashes || functor || built_in { Err(Unnamable::Taken(name.to_string())) } else { Ok(()) }
}
