//! Parquet files: a column at a time, compressed, a tenth of the size of text.
//!
//! A file's columns go by their names, in any order, as those of `R.csv` do. What is missing (null) is `""` or 0. Numbers
//! are read from integers, and from text; a `Time` from timestamps, dates, integers (microseconds) or RFC 3339 text;
//! symbols from text. A value that its column's declaration does not admit sets its row aside, with the file and the row's
//! number, from 1. Lists and structures are no values of ours. Cost: memory for `ROWS` rows of a file at a time.
//!
//! [`Writer`] writes one relation.

#[cfg(feature = "parquet")]
mod cell;
#[cfg(feature = "parquet")]
mod read;
#[cfg(feature = "parquet")]
mod write;

#[cfg(not(feature = "parquet"))]
mod absent;

#[cfg(not(feature = "parquet"))]
use absent as read;

#[cfg(not(feature = "parquet"))]
pub use absent::Writer;
pub(crate) use read::read;
#[cfg(feature = "parquet")]
pub use write::Writer;

/// Rows that are read, or written, at a time.
#[cfg(feature = "parquet")]
const ROWS: usize = 1 << 16;
