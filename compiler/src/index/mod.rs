//! The index: which name stands where, and what it means. What an editor needs to answer questions about a text.
//!
//! It is built from the syntax tree and survives whatever is wrong with the text: a clause that cannot be read is indexed
//! by its words, a name that is not declared is left out. Asking it costs a search in a sorted list.
//!
//! ```
//! use compiler::{NoFiles, analyse};
//!
//! let text = ".decl link(a: symbol, b: symbol)\n.decl up(a: symbol)\nup(a) :- link(a, _).";
//! let analysis = analyse(&[("up.dl", text)], &NoFiles);
//! let found = analysis.index.at(0, text.find("link(a, _)").unwrap() as u32).expect("a name");
//! let symbol = analysis.index.symbol(found.symbol);
//! assert_eq!(symbol.declaration, ".decl link(a: symbol, b: symbol)");
//! assert_eq!(analysis.index.occurrences(found.symbol).count(), 2);
//! ```

mod build;
mod complete;
mod cursor;
mod declare;
mod hover;
mod include;
mod rename;
mod scope;
mod signature;
mod tables;
mod vocabulary;
mod words;

pub use complete::{Completion, CompletionKind, complete};
pub use hover::hover;
pub use include::{Inclusion, includes};
pub use rename::{Unnamable, rename};
pub use signature::{Call, signature};

pub(crate) use build::names;

use crate::span::Span;
use std::sync::Arc;

/// A symbol by its place in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(u32);

/// What a name can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A relation.
    Relation,
    /// A type, declared or built in.
    Type,
    /// A column of a relation.
    Column,
    /// A branch of an algebraic data type.
    Branch,
    /// A component.
    Component,
    /// An instance of a component.
    Instance,
    /// A variable of a clause.
    Variable,
    /// A functor or a test, built in.
    Functor,
}

/// Something that has a name.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name: Arc<str>,
    /// Its name where it is declared, for a variable where it first occurs; none if it is built in.
    pub declared: Option<Span>,
    /// The whole declaration; for a variable, its clause.
    pub item: Option<Span>,
    /// The declaration as text, or what else there is to say: the type of a variable, how a functor is called.
    pub declaration: String,
    /// Its documentation.
    pub doc: String,
    /// What it belongs to: a column to its relation, a branch to its type, a parameter to its component.
    pub within: Option<SymbolId>,
    /// The names and types of its columns or fields, in order.
    pub columns: Vec<(Arc<str>, Arc<str>)>,
}

/// What a name does where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It is declared.
    Declares,
    /// A clause derives it, a directive reads it in.
    Defines,
    /// It is made use of.
    Uses,
}

/// A name where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where.
    pub span: Span,
    /// What it means.
    pub symbol: SymbolId,
    /// What it does there.
    pub role: Role,
}

/// All names of a program, those of the texts that it includes too.
#[derive(Clone, Debug, Default)]
pub struct Index {
    symbols: Vec<Symbol>,
    /// By place.
    occurrences: Vec<Occurrence>,
    /// The same by symbol, as places in `occurrences`.
    by_symbol: Vec<u32>,
    /// Where the items stand, by place.
    items: Vec<Span>,
}

impl Index {
    /// The symbol with this number.
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.0 as usize]
    }

    /// All symbols with their numbers.
    pub fn symbols(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        self.symbols.iter().enumerate().map(|(number, symbol)| (SymbolId(number as u32), symbol))
    }

    /// The name at a byte of a text, or the one that ends there.
    pub fn at(&self, source: u32, offset: u32) -> Option<Occurrence> {
        let behind = self.occurrences.partition_point(|o| (o.span.source, o.span.start) <= (source, offset));
        // Qualified names overlap with their parts: the part comes last.
        let near = self.occurrences[..behind].iter().rev().take(3);
        near.copied().find(|o| o.span.source == source && offset <= o.span.end)
    }

    /// The names of a text, in order.
    pub fn names(&self, source: u32) -> &[Occurrence] {
        let start = self.occurrences.partition_point(|o| o.span.source < source);
        let end = self.occurrences.partition_point(|o| o.span.source <= source);
        &self.occurrences[start..end]
    }

    /// Where a symbol's name stands, in order.
    pub fn occurrences(&self, id: SymbolId) -> impl Iterator<Item = &Occurrence> {
        let start = self.by_symbol.partition_point(|place| self.occurrences[*place as usize].symbol < id);
        let places = self.by_symbol[start..].iter().map(|place| &self.occurrences[*place as usize]);
        places.take_while(move |occurrence| occurrence.symbol == id)
    }

    /// The relation of this name, whichever instance it is of.
    pub fn relation(&self, name: &str) -> Option<&Symbol> {
        let name = name.rsplit('.').next().unwrap_or(name);
        self.symbols.iter().find(|symbol| symbol.kind == SymbolKind::Relation && &*symbol.name == name)
    }
}

#[cfg(test)]
mod tests;
