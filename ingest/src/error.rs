//! What the outside world did wrong: which file, where in it, and what was expected.

use std::fmt;
use std::path::{Path, PathBuf};

/// A failure that ends the reading or writing of a file. Rows that merely cannot be used are [`crate::Rejected`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The file or directory cannot be opened, read or written.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        cause: String,
    },
    /// The file is there, but what it says cannot be used.
    Content {
        /// The file.
        path: PathBuf,
        /// Where in it, if the fault has a place.
        place: Option<Place>,
        /// What was found, and what was expected.
        message: String,
    },
    /// What was asked for cannot be done: an unknown option, a relation that is not declared.
    Request(String),
    /// Whoever asked wants it no more ([`runtime::Interrupt`]); nothing was changed.
    Stopped,
}

/// A place in a file, from 1. A column counts characters of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Error {
    /// A failure of the operating system at a path.
    pub fn io(path: &Path, cause: impl fmt::Display) -> Error {
        Error::Io { path: path.to_owned(), cause: cause.to_string() }
    }

    /// A file whose content cannot be used as a whole.
    pub fn content(path: &Path, message: impl Into<String>) -> Error {
        Error::Content { path: path.to_owned(), place: None, message: message.into() }
    }

    /// A file whose content cannot be used at a place.
    pub fn at(path: &Path, place: Place, message: impl Into<String>) -> Error {
        Error::Content { path: path.to_owned(), place: Some(place), message: message.into() }
    }
}

/// `links.facts:3:7: expected a number, found "x"`
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
            Error::Content { path, place: None, message } => write!(f, "{}: {message}", path.display()),
            Error::Content { path, place: Some(Place { line, column }), message } => {
                write!(f, "{}:{line}:{column}: {message}", path.display())
            }
            Error::Request(message) => f.write_str(message),
            Error::Stopped => f.write_str("stopped, as asked"),
        }
    }
}

impl std::error::Error for Error {}
