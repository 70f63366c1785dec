//! What there is of Parquet in a build without it: a message.

use crate::Error;
use compiler::program::Column;
use runtime::Symbols;
use std::path::Path;

/// Why a row cannot be used.
pub(crate) struct Fault {
    pub reason: String,
    pub found: String,
}

pub(crate) fn read(
    path: &Path,
    _: &[Column],
    _: &Symbols,
    _: &mut dyn FnMut(usize, Result<&[u64], Fault>) -> Result<(), Error>,
) -> Result<(), Error> {
    Err(Error::content(path, "this build cannot read Parquet: build it with the feature `parquet`"))
}
