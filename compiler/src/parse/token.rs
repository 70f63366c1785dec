//! Tokens: the words of the language. Names of functors are ordinary names; they are told apart by where they stand.

use std::fmt;
use std::sync::Arc;

/// One word of a rule file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name; with dots in it, a qualified one.
    Name(Arc<str>),
    /// A word after the columns of a `.decl`.
    Qualifier(Arc<str>),
    /// A string literal's value.
    Text(Arc<str>),
    /// `<path>` after `.include`.
    Path(Arc<str>),
    /// An integer literal as written; also `10.0.0.1`, the number of that address.
    Integer(Arc<str>),
    /// An integer literal with `u` as written.
    Unsigned(Arc<str>),
    /// A float literal as written.
    Float(Arc<str>),
    /// A directive that does not exist; reported already.
    Unknown(Arc<str>),
    /// The brace that closes a component.
    End,
    /// A keyword, an operator or punctuation, by its text.
    Fixed(&'static str),
}

/// Directives, with their dot.
pub(crate) const DIRECTIVES: [&str; 20] = [
    ".decl",
    ".type",
    ".symbol_type",
    ".number_type",
    ".functor",
    ".input",
    ".output",
    ".printsize",
    ".limitsize",
    ".invariant",
    ".stream",
    ".suppose",
    ".include",
    ".pragma",
    ".plan",
    ".comp",
    ".init",
    ".override",
    ".test",
    ".scenario",
];

/// Words that cannot be names.
pub(crate) const KEYWORDS: [&str; 20] = [
    "count", "sum", "min", "max", "mean", "as", "true", "false", "nil", "band", "bor", "bxor", "bnot", "bshl", "bshr",
    "bshru", "land", "lor", "lxor", "lnot",
];

/// Punctuation, longest first.
pub(crate) const PUNCTUATION: [&str; 31] = [
    ":-", "?-", "!=", "<=", ">=", "<:", "(", ")", "{", "}", "[", "]", ",", ";", ":", ".", "!", "=", "<", ">", "+", "-",
    "*", "/", "%", "^", "|", "$", "@", "_", "&",
];

impl Token {
    /// Whether this is the keyword or punctuation `text`.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self, Token::Fixed(fixed) if *fixed == text)
    }

    /// Whether a directive starts here.
    pub(crate) fn is_directive(&self) -> bool {
        matches!(self, Token::Fixed(fixed) if fixed.len() > 1 && fixed.starts_with('.'))
    }
}

/// As a message names it.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Name(text) | Token::Qualifier(text) | Token::Unknown(text) => write!(f, "`{text}`"),
            Token::Text(_) => f.write_str("a string"),
            Token::Path(text) => write!(f, "`<{text}>`"),
            Token::Integer(text) | Token::Unsigned(text) | Token::Float(text) => write!(f, "`{text}`"),
            Token::Fixed(text) => write!(f, "`{text}`"),
            Token::End => f.write_str("`}`"),
        }
    }
}
