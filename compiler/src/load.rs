//! What the compiler asks of its caller: included files, and how texts are read.

use std::collections::BTreeMap;

/// Where included files come from. The compiler itself touches no file.
pub trait Files {
    /// Reads the file that `path` means in the text named `from`: its name, by which it is known and shown, and its text.
    /// An error is a sentence for the author.
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String>;
}

/// No files: every `.include` fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, _: &str) -> Result<(String, String), String> {
        Err("files cannot be included here".to_string())
    }
}

/// Texts by name; paths are names.
impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str, _: &str) -> Result<(String, String), String> {
        match self.get(path) {
            Some(text) => Ok((path.to_string(), text.clone())),
            None => Err(format!("there is no file `{path}`")),
        }
    }
}

/// How texts are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Macros that are defined before the first text: `NAME`, `NAME=BODY` or `NAME(X)=BODY`.
    pub definitions: Vec<String>,
    /// Whether lines that start with `#` are the preprocessor's; else they are left out.
    pub preprocess: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { definitions: Vec::new(), preprocess: true }
    }
}

impl Options {
    /// The definitions as text.
    pub(crate) fn definitions(&self) -> String {
        let line = |definition: &String| {
            let (name, body) = definition.split_once('=').unwrap_or((definition, "1"));
            format!("#define {name} {}\n", body.replace('\n', " "))
        };
        self.definitions.iter().map(line).collect()
    }
}
