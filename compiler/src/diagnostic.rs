//! Diagnostics: what is wrong with a rule file, where, and what to do about it. A value, never a panic.

use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the program means what it says.
    Warning,
    /// The program has no meaning.
    Error,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The code in words, such as `unbound-variable`; it has a page of its own.
    pub code: &'static str,
    /// Lower case, no full stop, names the kind of thing: ``relation `link` is declared twice``.
    pub message: String,
    /// Where, and what is there.
    pub primary: Label,
    /// Further places, such as the earlier declaration that this one conflicts with.
    pub secondary: Vec<Label>,
    /// Something to do.
    pub help: Option<String>,
}

/// A place with a remark.
#[derive(Clone, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark; may be empty.
    pub text: String,
}
