//! Scratch directories with files in them.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A directory with these files, each with its text.
pub(crate) fn files(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a scratch directory");
    files.iter().for_each(|(name, text)| write(directory.path(), name, text));
    directory
}

/// Writes a file below a directory, which is made where it is not there.
pub(crate) fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
    fs::write(path, text).expect("it is written");
}
