//! Completion: what could stand at a cursor.

use super::cursor::Cursor;
use super::{Index, SymbolKind, vocabulary};
use crate::parse::token::Token;
use std::sync::Arc;

/// What a completion stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompletionKind {
    /// A variable of the clause.
    Variable,
    /// The name of a column, as a variable.
    Column,
    /// A relation.
    Relation,
    /// A functor or a test.
    Functor,
    /// A type.
    Type,
    /// A component.
    Component,
    /// A directive.
    Directive,
    /// A parameter of a directive.
    Parameter,
    /// A value of a parameter.
    Value,
    /// Another word of the language.
    Keyword,
}

/// Something that could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The word.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What is written in place of the word before the cursor; with places to fill in, `${1:name}`.
    pub snippet: String,
    /// A few words about it.
    pub detail: String,
    /// Its documentation.
    pub doc: String,
    /// Where the word before the cursor starts.
    pub start: u32,
}

/// What could stand at a byte of a text. What does not begin as the word before it is left out.
pub fn complete(text: &str, source: u32, offset: u32, index: &Index) -> Vec<Completion> {
    let Some(cursor) = Cursor::new(text, source, offset, index) else { return Vec::new() };
    let mut list = List { cursor: &cursor, index, found: Vec::new() };
    match cursor.before.first() {
        _ if cursor.word.starts_with('.') => list.directives(),
        Some(Token::Fixed(word)) if word.len() > 1 && word.starts_with('.') => list.directive(word),
        _ => list.clause(),
    }
    let word = cursor.word.to_lowercase();
    list.found.retain(|completion| completion.label.to_lowercase().starts_with(&word));
    list.found
}

struct List<'a> {
    cursor: &'a Cursor<'a>,
    index: &'a Index,
    found: Vec<Completion>,
}

impl List<'_> {
    fn add(&mut self, kind: CompletionKind, label: &str, snippet: String, detail: &str, doc: &str) {
        let start = self.cursor.start;
        self.found.push(Completion {
            label: label.to_string(),
            kind,
            snippet,
            detail: detail.to_string(),
            doc: doc.to_string(),
            start,
        });
    }

    fn word(&mut self, kind: CompletionKind, label: &str, doc: &str) {
        self.add(kind, label, label.to_string(), "", doc);
    }

    fn directives(&mut self) {
        for (word, rest, doc) in vocabulary::DIRECTIVES {
            self.add(CompletionKind::Directive, word, format!("{word} {rest}"), "", doc);
        }
    }

    /// Within a directive.
    fn directive(&mut self, word: &str) {
        let last = self.cursor.before.last();
        let behind = |words: &[&str]| last.is_some_and(|token| words.iter().any(|word| token.is(word)));
        let open = !self.cursor.open().is_empty();
        match word {
            ".decl" if open && behind(&[":"]) => self.types(),
            ".decl" if !open && self.cursor.before.iter().any(|token| token.is(")")) => {
                vocabulary::QUALIFIERS.iter().for_each(|(word, doc)| self.word(CompletionKind::Keyword, word, doc));
            }
            ".type" | ".symbol_type" | ".number_type" if behind(&[":", "<:", "=", "|"]) => self.types(),
            ".init" if behind(&["="]) => self.components(),
            ".comp" if behind(&[":", ","]) => self.components(),
            ".override" => self.relations(false),
            ".input" | ".output" | ".printsize" | ".limitsize" | ".invariant" | ".stream" | ".suppose" if !open => {
                self.relations(false)
            }
            ".input" | ".output" | ".printsize" if behind(&["="]) => self.parameter_values(vocabulary::PARAMETERS),
            ".invariant" if behind(&["="]) => self.parameter_values(vocabulary::INVARIANT),
            ".invariant" => {
                for (key, doc, _) in vocabulary::INVARIANT {
                    self.add(CompletionKind::Parameter, key, format!("{key} = "), "", doc);
                }
            }
            ".input" | ".output" | ".printsize" => {
                for (key, doc, _) in vocabulary::PARAMETERS {
                    self.add(CompletionKind::Parameter, key, format!("{key}="), "", doc);
                }
            }
            ".suppose" => self.relations(false),
            ".stream" if open && !behind(&["="]) => {
                for (key, doc) in vocabulary::STREAM_PARAMETERS {
                    self.add(CompletionKind::Parameter, key, format!("{key}="), "", doc);
                }
            }
            _ => {}
        }
    }

    fn parameter_values(&mut self, parameters: &[(&str, &str, &[&str])]) {
        let [.., Token::Name(key), _] = &*self.cursor.before else { return };
        let values = parameters.iter().find(|(known, ..)| **known == **key).map_or(&[][..], |(.., v)| *v);
        values.iter().for_each(|value| self.word(CompletionKind::Value, value, ""));
    }

    /// Within a clause, or at its start.
    fn clause(&mut self) {
        let open = self.cursor.open();
        let last = self.cursor.before.last();
        let innermost = open.last().copied();
        let opener = innermost.and_then(|place| self.cursor.before[..place].last());
        match (opener, innermost) {
            // `as(value, type)`
            (Some(Token::Fixed("as")), Some(place)) if self.cursor.argument(place) == 1 => self.types(),
            (Some(Token::Name(name)), Some(place)) if self.cursor.before[place].is("(") => {
                self.values();
                self.column(name, self.cursor.argument(place));
            }
            _ if last.is_some_and(is_operator) => self.values(),
            _ => {
                let head = innermost.is_none() && !self.cursor.before.iter().any(|t| t.is(":-") || t.is("?-"));
                self.relations(true);
                if head {
                    self.directives();
                } else {
                    for functor in vocabulary::FUNCTORS.iter().filter(|functor| functor.gives.is_none()) {
                        self.functor(functor);
                    }
                    self.values();
                }
            }
        }
    }

    fn relations(&mut self, call: bool) {
        let index = self.index;
        for (_, relation) in index.symbols().filter(|(_, symbol)| symbol.kind == SymbolKind::Relation) {
            let name = &relation.name;
            let followed = self.cursor.behind.first().is_some_and(|token| token.is("("));
            let snippet = if call && !followed { call_snippet(name, &relation.columns) } else { name.to_string() };
            let columns: Vec<String> = relation.columns.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            let detail = format!("({})", columns.join(", "));
            self.add(CompletionKind::Relation, name, snippet, &detail, &relation.doc);
        }
    }

    fn components(&mut self) {
        let index = self.index;
        for (_, component) in index.symbols().filter(|(_, symbol)| symbol.kind == SymbolKind::Component) {
            let name = component.name.to_string();
            self.add(CompletionKind::Component, &component.name, name, &component.declaration, &component.doc);
        }
    }

    fn types(&mut self) {
        let index = self.index;
        for (_, ty) in index.symbols().filter(|(_, symbol)| symbol.kind == SymbolKind::Type && symbol.item.is_some()) {
            self.add(CompletionKind::Type, &ty.name, ty.name.to_string(), &ty.declaration, &ty.doc);
        }
        vocabulary::TYPES.iter().for_each(|(name, doc)| self.word(CompletionKind::Type, name, doc));
    }

    /// Variables, functors and aggregates.
    fn values(&mut self) {
        let mut seen: Vec<&str> = Vec::new();
        let words = [&self.cursor.before, &self.cursor.behind];
        for tokens in words {
            for (place, token) in tokens.iter().enumerate() {
                let Token::Name(name) = token else { continue };
                let called = tokens.get(place + 1).is_some_and(|next| next.is("("));
                if !called && !seen.contains(&&**name) {
                    seen.push(name);
                }
            }
        }
        for name in seen {
            self.word(CompletionKind::Variable, name, "");
        }
        for functor in vocabulary::FUNCTORS.iter().filter(|functor| functor.gives.is_some()) {
            self.functor(functor);
        }
        for (word, snippet, doc) in vocabulary::AGGREGATES {
            self.add(CompletionKind::Keyword, word, snippet.to_string(), "aggregate", doc);
        }
    }

    fn functor(&mut self, functor: &vocabulary::Functor) {
        let parameters = functor.parameters.iter().filter(|parameter| **parameter != "…");
        let columns: Vec<(Arc<str>, Arc<str>)> =
            parameters.map(|parameter| (parameter.split(':').next().unwrap_or_default().into(), "".into())).collect();
        let snippet = call_snippet(functor.name, &columns);
        self.add(CompletionKind::Functor, functor.name, snippet, &functor.to_string(), functor.doc);
    }

    /// The name of the column that an argument is for.
    fn column(&mut self, relation: &str, argument: usize) {
        let column = self.index.relation(relation).and_then(|relation| relation.columns.get(argument));
        if let Some((name, ty)) = column
            && !self.found.iter().any(|completion| completion.label == **name)
        {
            self.add(CompletionKind::Column, name, name.to_string(), ty, "");
        }
    }
}

/// `name(${1:a}, ${2:b})`
fn call_snippet(name: &str, columns: &[(Arc<str>, Arc<str>)]) -> String {
    let places = columns.iter().enumerate().map(|(place, (name, _))| format!("${{{}:{name}}}", place + 1));
    format!("{name}({})", places.collect::<Vec<_>>().join(", "))
}

/// Whether a value must follow.
fn is_operator(token: &Token) -> bool {
    const OPERATORS: [&str; 25] = [
        "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^", "band", "bor", "bxor", "bnot", "bshl", "bshr",
        "bshru", "land", "lor", "lxor", "lnot", "sum", "mean",
    ];
    OPERATORS.iter().any(|operator| token.is(operator))
}
