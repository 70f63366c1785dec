//! Importers: one a kind of source, and the list of them.

use crate::{Error, Facts, Rejected};
use std::path::PathBuf;

/// Reads what one tool writes and states it in the relations of the model.
pub trait Importer: Sync {
    /// The name on the command line: `strata import NAME PATH…`.
    fn name(&self) -> &'static str;

    /// One line: what is read.
    fn help(&self) -> &'static str;

    /// States every fact that the paths (files or directories) hold. Rows that cannot be used go to `rejected`; an error
    /// is for a path that cannot be read at all.
    fn import(&self, paths: &[PathBuf], facts: &mut Facts, rejected: &mut Rejected) -> Result<(), Error>;
}

/// All importers, by name.
pub fn importers() -> &'static [&'static dyn Importer] {
    &[&crate::nezha::Nezha, &crate::suzieq::Suzieq]
}

/// The importer with this name.
pub fn importer(name: &str) -> Option<&'static dyn Importer> {
    importers().iter().copied().find(|i| i.name() == name)
}
