//! Included files: read through the caller, each once.

use crate::ast::{File, ItemKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::parse::parse;
use crate::span::{Sources, Span};
use std::collections::{BTreeMap, HashSet};

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

/// Parses the entries and what they include, in the order in which the text reads.
pub(crate) fn load(entries: &[(&str, &str)], files: &dyn Files) -> (Vec<File>, Sources, Vec<Diagnostic>) {
    let mut loader =
        Loader { files, sources: Sources::default(), known: HashSet::new(), out: Vec::new(), diagnostics: Vec::new() };
    for (name, text) in entries {
        loader.known.insert(name.to_string());
        loader.file(name, text);
    }
    (loader.out, loader.sources, loader.diagnostics)
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: Sources,
    known: HashSet<String>,
    out: Vec<File>,
    diagnostics: Vec<Diagnostic>,
}

impl Loader<'_> {
    /// A text and, where it includes others, those. A stack of its own: includes may nest deeply.
    fn file(&mut self, name: &str, text: &str) {
        let mut open = vec![self.open(name, text)];
        while let Some((name, file)) = open.last_mut() {
            let place = file.items.iter().position(|item| matches!(item.kind, ItemKind::Include(_)));
            let rest = place.map(|place| file.items.split_off(place + 1));
            let include = if rest.is_some() { file.items.pop() } else { None };
            let name = name.clone();
            self.out.push(std::mem::take(file));
            let (Some(rest), Some(include)) = (rest, include) else {
                open.pop();
                continue;
            };
            file.items = rest;
            let ItemKind::Include(include) = include.kind else { continue };
            match self.files.read(&include.path.value, &name) {
                Ok((name, text)) => {
                    if self.known.insert(name.clone()) {
                        let next = self.open(&name, &text);
                        open.push(next);
                    }
                }
                Err(reason) => self.diagnostics.push(Diagnostic::error(
                    codes::INCLUDE_FAILED,
                    format!("cannot include `{}`: {reason}", include.path.value),
                    include.path.at.0,
                    "",
                )),
            }
        }
    }

    fn open(&mut self, name: &str, text: &str) -> (String, File) {
        if u32::try_from(text.len()).is_err() {
            let source = self.sources.add(name, "");
            let span = Span { source, start: 0, end: 0 };
            self.diagnostics.push(Diagnostic::error(codes::TOO_DEEP, "file is larger than 4 GiB", span, ""));
            return (name.to_string(), File::default());
        }
        let source = self.sources.add(name, text);
        let (file, diagnostics) = parse(source, text);
        self.diagnostics.extend(diagnostics);
        (name.to_string(), file)
    }
}
