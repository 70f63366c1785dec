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

/// No writer: none can be made.
pub enum Writer {}

impl Writer {
    /// Says what this build is without.
    pub fn create(_: &Path, _: &[Column]) -> Result<Writer, Error> {
        Err(Error::Request("this build cannot write Parquet: build it with the feature `parquet`".to_owned()))
    }

    /// What nobody can ask for.
    pub fn push(&mut self, _: &[u64], _: &Symbols) -> Result<(), Error> {
        match *self {}
    }

    /// What nobody can ask for.
    pub fn finish(self) -> Result<(), Error> {
        match self {}
    }
}
