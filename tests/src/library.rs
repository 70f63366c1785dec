//! The standard rules, for programs that include them: `.include <trace/tree.dl>`.

use compiler::Files;
use std::path::{Component, Path, PathBuf};

/// The directory `rules/`; paths are relative to the file that includes, the first one stands in the directory itself.
pub struct Library;

impl Files for Library {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        let path = plain(&Path::new(from).with_file_name(path));
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("rules");
        let text = std::fs::read_to_string(directory.join(&path)).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok((path.display().to_string(), text))
    }
}

/// The path without `..`, so that a file has one name.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}
