//! Diagnostics: what is wrong with a rule file, where, and what to do about it. A value, never a panic.
//!
//! The front end reports everything it finds, not the first thing. [`crate::render::render`] shows diagnostics as rustc
//! does; [`crate::codes::explain`] has a page for each code.

use crate::span::Span;

pub use crate::codes;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the program means what it says.
    Warning,
    /// The program has no meaning.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The same as an edit, where one edit does it.
    pub fix: Option<Fix>,
}

/// An edit that mends a text: what the place is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The place.
    pub span: Span,
    /// What is to stand there.
    pub text: String,
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error at a place, with a remark on it, which may be empty.
    pub fn error(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            primary: Label { span, text: label.into() },
            secondary: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// A warning at a place, with a remark on it, which may be empty.
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message, span, label) }
    }

    /// The same with a further place.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// The same with something to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with an edit that does what the help says.
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, text: text.into() });
        self
    }

    /// The same with a name that is known, for the one that stands at the place and is not.
    pub fn suggest(self, near: &str) -> Self {
        let span = self.primary.span;
        self.help(format!("did you mean `{near}`?")).fix(span, near)
    }

    /// Whether the program has no meaning because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
