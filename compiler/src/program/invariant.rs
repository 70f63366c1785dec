//! Invariants: relations that must be empty. A tuple of one is a *violation*, and the invariant's message says what is wrong
//! in words that name the tuple's columns.
//!
//! ```
//! use compiler::{NoFiles, compile};
//!
//! let text = r#"
//!     .decl duplicate_ip(a: symbol, b: symbol, ip: Ip)
//!     .invariant duplicate_ip(severity = "error", message = "{a} and {b} both own {ip}")
//! "#;
//! let program = compile(&[("ip.dl", text)], &NoFiles).program.expect("nothing is wrong");
//! let tuple = ["h1", "h2", "10.0.0.1"];
//! let said = program.invariants[0].message.fill(|column| tuple[column].to_string());
//! assert_eq!(said, "h1 and h2 both own 10.0.0.1");
//! ```

use super::{Column, RelationId};
use crate::span::Span;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

/// A relation that must be empty.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// The relation; its tuples are violations.
    pub relation: RelationId,
    /// How bad a violation is.
    pub severity: Severity,
    /// What a violation says.
    pub message: Template,
    /// The directive.
    pub span: Span,
}

/// How bad a violation is. The worst comes last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably wrong.
    Warning,
    /// Wrong.
    #[default]
    Error,
}

impl Severity {
    /// All of them, as they are written.
    pub const ALL: [(&str, Severity); 3] =
        [("error", Severity::Error), ("warning", Severity::Warning), ("info", Severity::Info)];

    /// The severity that is written so.
    pub fn read(text: &str) -> Option<Severity> {
        Severity::ALL.iter().find(|(known, _)| *known == text).map(|(_, severity)| *severity)
    }
}

/// As it is written.
impl Display for Severity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        })
    }
}

/// A text with places for the columns of a tuple: `{a} and {b} both own {ip}`; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: Arc<str>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Column(usize),
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// It names a column that there is not.
    UnknownColumn(String),
    /// A brace without the other one.
    Brace,
}

impl Template {
    /// Reads a template over the columns of a relation.
    pub fn read(text: &str, columns: &[Column]) -> Result<Template, TemplateError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = behind;
                continue;
            }
            let close = rest.find(['{', '}']).filter(|close| brace == "{" && rest[*close..].starts_with('}'));
            let close = close.ok_or(TemplateError::Brace)?;
            let name = rest[..close].trim();
            let column = columns.iter().position(|column| &*column.name == name);
            let column = column.ok_or_else(|| TemplateError::UnknownColumn(name.to_string()))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Column(column));
            rest = &rest[close + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Template { text: text.into(), pieces })
    }

    /// What is said where an author says nothing: the name of the relation and all columns.
    pub(crate) fn of_tuple(name: &str, columns: &[Column]) -> Template {
        let mut pieces = vec![Piece::Text(format!("{name}("))];
        for at in 0..columns.len() {
            pieces.extend((at > 0).then(|| Piece::Text(", ".into())));
            pieces.push(Piece::Column(at));
        }
        pieces.push(Piece::Text(")".into()));
        let places: Vec<String> = columns.iter().map(|column| format!("{{{}}}", column.name)).collect();
        Template { text: format!("{name}({})", places.join(", ")).into(), pieces }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The message for a tuple, whose values are given by column.
    pub fn fill(&self, value: impl Fn(usize) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Column(column) => value(*column),
        };
        self.pieces.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Primitive, Type};

    fn columns(names: &[&str]) -> Vec<Column> {
        names.iter().map(|name| Column { name: (*name).into(), ty: Type::plain(Primitive::Symbol) }).collect()
    }

    fn filled(text: &str) -> Result<String, TemplateError> {
        let columns = columns(&["a", "b"]);
        Template::read(text, &columns).map(|template| template.fill(|column| ["x", "y"][column].to_string()))
    }

    #[test]
    fn places_take_the_values_of_their_columns() {
        assert_eq!(filled("{a} and {b}, {a}").as_deref(), Ok("x and y, x"));
        assert_eq!(filled("{ a }").as_deref(), Ok("x"));
        assert_eq!(filled("nothing").as_deref(), Ok("nothing"));
        assert_eq!(filled("").as_deref(), Ok(""));
        assert_eq!(filled("{{a}} is {a}").as_deref(), Ok("{a} is x"));
    }

    #[test]
    fn places_without_a_column_or_a_brace_are_refused() {
        assert_eq!(filled("{c}"), Err(TemplateError::UnknownColumn("c".into())));
        assert_eq!(filled("{}"), Err(TemplateError::UnknownColumn("".into())));
        for open in ["{a", "a}", "{a{b}", "x { y", "}{"] {
            assert_eq!(filled(open), Err(TemplateError::Brace), "{open}");
        }
    }

    #[test]
    fn without_a_message_the_tuple_is_shown() {
        let template = Template::of_tuple("r", &columns(&["a", "b"]));
        assert_eq!((template.text(), template.fill(|c| c.to_string())), ("r({a}, {b})", "r(0, 1)".to_string()));
    }

    #[test]
    fn the_worst_severity_comes_last() {
        assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Error);
        assert!(Severity::ALL.iter().all(|(text, severity)| severity.to_string() == *text));
    }
}
