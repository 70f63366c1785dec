//! Snapshots: a data centre at one moment, as a directory with one file a relation.
//!
//! | file | holds |
//! |---|---|
//! | `R.csv` | the facts of relation `R`: RFC 4180 with a header; columns by name, in any order |
//! | `R.facts` | the same as Soufflé has it: tab-separated, no header, columns in declared order |
//! | `R.jsonl` | an object a line, keys are columns |
//! | `R.parquet` | columns by name, compressed ([`crate::parquet`]), in a build with the feature `parquet` |
//! | `R-<n>.csv`, … | parts of a large relation (`message-1.csv`), read in the order of their numbers |
//! | `R.csv.origins` | where each fact of `R.csv` was imported from ([`origins`]) |
//!
//! Each but Parquet may be compressed (`.gz`). A snapshot is real data: a row that cannot be read is counted and set aside with its
//! line and column, as is a file that is not a relation; all the rest is read. [`write()`] makes a snapshot of imported
//! facts, [`Snapshot::read`] reads one, and reading what was written gives the same facts with the same origins.

mod csv;
pub mod origins;
mod read;
mod write;

pub use read::Snapshot;
pub use write::write;
pub(crate) use write::{reject_undeclared, words};
