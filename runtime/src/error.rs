//! What can go wrong in the engine.

use std::fmt;

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No relation of the plan has this name.
    UnknownRelation(String),
    /// The relation is derived by rules and takes no facts.
    NotABase(String),
    /// A row of the wrong width.
    Arity {
        /// Of which relation.
        relation: String,
        /// Its number of columns.
        expected: usize,
        /// What came.
        found: usize,
    },
    /// The fork was never made, or was dropped.
    UnknownFork,
    /// The plan has no scenario of this name.
    UnknownScenario(String),
    /// There are forks of the fork.
    HasForks,
    /// The engine cannot maintain this plan; says which part and why.
    Unsupported(String),
    /// The processes of a cluster did not come together; says which one is missing, and what to do.
    Cluster(String),
    /// Whoever asked wants it no more ([`crate::Interrupt`]); the model is as it was.
    Interrupted,
    /// The workers are gone: one of them has failed.
    Stopped,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::UnknownRelation(name) => write!(f, "there is no relation `{name}`"),
            Error::NotABase(name) => write!(f, "relation `{name}` is derived by rules and takes no facts"),
            Error::Arity { relation, expected, found } => {
                write!(f, "relation `{relation}` has {expected} columns, not {found}")
            }
            Error::UnknownFork => f.write_str("there is no such fork"),
            Error::UnknownScenario(name) => write!(f, "there is no scenario `{name}`"),
            Error::HasForks => f.write_str("there are forks of this fork; drop them first"),
            Error::Unsupported(what) | Error::Cluster(what) => f.write_str(what),
            Error::Interrupted => f.write_str("stopped, as asked"),
            Error::Stopped => f.write_str("the engine has stopped: one of its workers failed"),
        }
    }
}

impl std::error::Error for Error {}
