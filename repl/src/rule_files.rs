//! The rule files that a command is given: files, and all `.dl` files below directories.

use crate::failure::{Failure, Outcome};
use std::path::{Path, PathBuf};

/// The files, in order and each once. Below directories, hidden ones and `target` are left out.
pub(crate) fn find(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            below(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

fn below(directory: &Path, found: &mut Vec<PathBuf>) -> Outcome {
    let unreadable = |error| Failure::User(format!("cannot read the directory {}: {error}", directory.display()));
    let entries = std::fs::read_dir(directory).map_err(unreadable)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        // Not through links to directories: they may lead back.
        let directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        if directory && !name.starts_with('.') && name != "target" {
            below(&path, found)?;
        } else if !directory && name.ends_with(".dl") {
            found.push(path.strip_prefix("./").map(Path::to_owned).unwrap_or(path));
        }
    }
    Ok(())
}
