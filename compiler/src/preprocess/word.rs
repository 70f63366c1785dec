//! Words on their way through the preprocessor: each knows where its author wrote it.

use crate::parse::token::Token;
use crate::span::Span;
use crate::value::Const;
use std::rc::Rc;
use std::sync::Arc;

/// A word.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// What it is.
    pub(crate) token: Token,
    /// Where it is written; of a word from a macro's body, where the macro is used.
    pub(crate) span: Span,
    /// Whether it is the first on its line.
    pub(crate) first: bool,
    /// Whether blanks stand before it.
    pub(super) spaced: bool,
    /// The macros that it came from: they are not expanded in it again.
    pub(super) from: Option<Rc<From>>,
}

/// A macro that was expanded, and the one whose expansion that was in.
#[derive(Debug)]
pub(super) struct From {
    pub(super) name: Arc<str>,
    pub(super) outer: Option<Rc<From>>,
    /// How many there are.
    pub(super) depth: usize,
}

impl From {
    /// A macro that was expanded in what others stand for.
    pub(super) fn new(name: Arc<str>, outer: Option<Rc<From>>) -> Self {
        let depth = outer.as_ref().map_or(1, |outer| outer.depth + 1);
        From { name, outer, depth }
    }
}

impl Word {
    /// A word as it is written.
    pub(super) fn new(token: Token, span: Span, first: bool, spaced: bool) -> Self {
        Word { token, span, first, spaced, from: None }
    }

    /// Whether it comes from the expansion of a macro.
    pub(super) fn is_from(&self, name: &str) -> bool {
        let mut at = self.from.as_ref();
        while let Some(from) = at {
            if &*from.name == name {
                return true;
            }
            at = from.outer.as_ref();
        }
        false
    }

    /// How it would be written.
    pub(super) fn spelling(&self) -> String {
        match &self.token {
            Token::Name(text) | Token::Qualifier(text) | Token::Unknown(text) => text.to_string(),
            Token::Integer(text) | Token::Unsigned(text) | Token::Float(text) => text.to_string(),
            Token::Text(text) => Const::Symbol(text.clone()).to_string(),
            Token::Path(text) => format!("<{text}>"),
            Token::Fixed(text) => (*text).to_string(),
            Token::End => "}".to_string(),
        }
    }
}

/// How words would be written, with a blank where there were blanks.
pub(super) fn spelled(words: &[Word]) -> String {
    let mut out = String::new();
    for (index, word) in words.iter().enumerate() {
        out.push_str(if index > 0 && word.spaced { " " } else { "" });
        out.push_str(&word.spelling());
    }
    out
}
