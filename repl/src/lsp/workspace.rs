//! What the server knows: the buffers that are open, the rule files around them, and an analysis of each program.
//!
//! A program is a file that no other includes, with all that it includes. A file is understood as part of the programs
//! that it belongs to, so a library does not miss what its users declare. Buffers come before files. An analysis is made
//! when it is asked for, and kept until a text of it changes.

use super::position::Lines;
use super::uri;
use crate::compile::{beside, include};
use compiler::index::{Index, Occurrence, SymbolId, includes};
use compiler::span::{Sources, Span};
use compiler::{Analysis, Files, analyse};
use lsp_types::{Location, Position, TextDocumentContentChangeEvent, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How many files of a workspace are looked at.
const MAX_FILES: usize = 2_000;

/// How deep its directories may nest.
const MAX_DEPTH: usize = 12;

/// The programs of which a file is shown as a part, if it belongs to many.
const MAX_PROGRAMS: usize = 4;

/// A text that is open in the editor.
#[derive(Debug)]
pub(super) struct Buffer {
    /// As the editor calls it.
    pub(super) uri: Uri,
    /// As the editor counts its changes.
    pub(super) version: i32,
    /// The whole text.
    pub(super) text: String,
}

/// All that is open and around it.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    buffers: BTreeMap<String, Buffer>,
    /// What each rule file includes, by name.
    included: BTreeMap<String, Vec<String>>,
    analyses: BTreeMap<String, Rc<Analysis>>,
}

/// A text as part of a program.
pub(super) struct View {
    /// The program.
    pub(super) analysis: Rc<Analysis>,
    /// The number of the text among its sources.
    pub(super) source: u32,
}

impl Workspace {
    /// Looks at the rule files of a directory.
    pub(super) fn scan(&mut self, directory: &Path) {
        let mut open = vec![(directory.to_owned(), 0)];
        while let Some((directory, depth)) = open.pop() {
            for entry in directory.read_dir().into_iter().flatten().flatten() {
                let (path, kind) = (entry.path(), entry.file_type());
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if kind.as_ref().is_ok_and(|kind| kind.is_dir()) && depth < MAX_DEPTH && !hidden {
                    open.push((path, depth + 1));
                } else if kind.is_ok_and(|kind| kind.is_file()) && path.extension().is_some_and(|e| e == "dl") {
                    if self.included.len() >= MAX_FILES {
                        return;
                    }
                    self.reread(&path.display().to_string());
                }
            }
        }
    }

    /// A file may have changed on the disk.
    pub(super) fn reread(&mut self, name: &str) {
        if self.buffers.contains_key(name) {
            return;
        }
        match std::fs::read(name) {
            Ok(bytes) => self.relate(name, &String::from_utf8_lossy(&bytes)),
            Err(_) => drop(self.included.remove(name)),
        }
        self.forget(name);
    }

    /// Remembers what a text includes.
    fn relate(&mut self, name: &str, text: &str) {
        let targets = includes(0, text).iter().map(|inclusion| beside(&inclusion.path, name)).collect();
        self.included.insert(name.to_owned(), targets);
    }

    /// Drops the analyses that a text is or may be part of.
    fn forget(&mut self, name: &str) {
        self.analyses.retain(|root, analysis| {
            let compilation = &analysis.compilation;
            let part = compilation.sources.iter().any(|source| *source.name == *name);
            let missed = compilation.diagnostics.iter().any(|d| d.code == compiler::codes::INCLUDE_FAILED);
            root != name && !part && !missed
        });
    }

    /// A buffer is opened, or has another text as a whole.
    pub(super) fn open(&mut self, name: String, buffer: Buffer) {
        self.relate(&name, &buffer.text);
        self.forget(&name);
        self.buffers.insert(name, buffer);
    }

    /// A buffer is edited; whether it is open.
    pub(super) fn edit(&mut self, name: &str, version: i32, changes: Vec<TextDocumentContentChangeEvent>) -> bool {
        let Some(mut buffer) = self.buffers.remove(name) else { return false };
        for change in changes {
            match change.range {
                None => buffer.text = change.text,
                Some(range) => {
                    let lines = Lines::new(&buffer.text);
                    let (start, end) = (lines.offset(range.start), lines.offset(range.end));
                    buffer.text.replace_range(start..end.max(start), &change.text);
                }
            }
        }
        buffer.version = version;
        self.open(name.to_owned(), buffer);
        true
    }

    /// A buffer is closed: the file counts again.
    pub(super) fn close(&mut self, name: &str) {
        self.buffers.remove(name);
        self.reread(name);
    }

    /// The buffer of this name.
    pub(super) fn buffer(&self, name: &str) -> Option<&Buffer> {
        self.buffers.get(name)
    }

    /// The names of all open buffers.
    pub(super) fn buffers(&self) -> impl Iterator<Item = &String> {
        self.buffers.keys()
    }

    /// The URI of a text, as the editor calls it where it has told.
    pub(super) fn uri(&self, name: &str) -> Option<Uri> {
        self.buffers.get(name).map(|buffer| buffer.uri.clone()).or_else(|| uri::uri(name))
    }

    /// The programs that a text is part of: the files that include it and that none includes. Programs that are open come
    /// first.
    pub(super) fn programs(&self, name: &str) -> Vec<String> {
        let mut seen = BTreeSet::from([name.to_owned()]);
        let mut open = vec![name.to_owned()];
        let mut roots = BTreeSet::new();
        while let Some(file) = open.pop() {
            let above = |(user, targets): &(&String, &Vec<String>)| **user != file && targets.contains(&file);
            let above: Vec<&String> = self.included.iter().filter(above).map(|(user, _)| user).collect();
            if above.is_empty() {
                roots.insert((!self.buffers.contains_key(&file), file));
            }
            for user in above {
                if seen.insert(user.clone()) {
                    open.push(user.clone());
                }
            }
        }
        // Files that include each other have no root.
        if roots.is_empty() {
            return vec![name.to_owned()];
        }
        roots.into_iter().map(|(_, root)| root).collect()
    }

    /// All programs that are known.
    pub(super) fn all_programs(&self) -> BTreeSet<String> {
        self.included.keys().flat_map(|name| self.programs(name)).collect()
    }

    /// The analysis of a program.
    pub(super) fn analysis(&mut self, root: &str) -> Rc<Analysis> {
        if let Some(analysis) = self.analyses.get(root) {
            return analysis.clone();
        }
        let text = match self.buffers.get(root) {
            Some(buffer) => buffer.text.clone(),
            None => {
                self.read_file(Path::new(root)).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
            }
        };
        let analysis = Rc::new(analyse(&[(root, &text)], self));
        self.analyses.insert(root.to_owned(), analysis.clone());
        analysis
    }

    /// A text as part of each of its programs; of the first few, if `all` is not asked for.
    pub(super) fn views(&mut self, name: &str, all: bool) -> Vec<View> {
        let roots = self.programs(name);
        let most = if all { roots.len() } else { MAX_PROGRAMS };
        let mut views = Vec::new();
        for root in roots.iter().take(most) {
            let analysis = self.analysis(root);
            let place = analysis.compilation.sources.iter().position(|source| *source.name == *name);
            views.extend(place.map(|source| View { source: source as u32, analysis }));
        }
        if views.is_empty() {
            // The line that includes it is in a comment: it stands by itself.
            views.push(View { analysis: self.analysis(name), source: 0 });
        }
        views
    }

    /// A text as part of its first program.
    pub(super) fn view(&mut self, name: &str) -> Option<View> {
        self.views(name, false).into_iter().next()
    }

    fn read_file(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.buffers.get(&path.display().to_string()) {
            Some(buffer) => Ok(buffer.text.clone().into_bytes()),
            None => std::fs::read(path),
        }
    }

    /// The name of what a text includes by this path.
    pub(super) fn included(&self, path: &str, from: &str) -> Option<String> {
        self.read(path, from).ok().map(|(name, _)| name)
    }

    /// The place of a span in the protocol's terms; none for text that has no URI.
    pub(super) fn location(&self, sources: &Sources, span: Span) -> Option<Location> {
        let source = sources.get(span.source);
        Some(Location { uri: self.uri(&source.name)?, range: Lines::new(&source.text).range(span) })
    }
}

impl Files for Workspace {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        include(path, from, &[], &|path: &Path| self.read_file(path))
    }
}

impl View {
    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.sources().get(self.source).text
    }

    /// The texts of the program.
    pub(super) fn sources(&self) -> &Sources {
        &self.analysis.compilation.sources
    }

    /// The names of the program.
    pub(super) fn index(&self) -> &Index {
        &self.analysis.index
    }

    /// The byte at a position.
    pub(super) fn offset(&self, position: Position) -> u32 {
        Lines::new(self.text()).offset(position) as u32
    }

    /// The name at a position.
    pub(super) fn at(&self, position: Position) -> Option<Occurrence> {
        self.index().at(self.source, self.offset(position))
    }

    /// Where the declaration of a symbol stands, by the name of its text: the same in all programs.
    pub(super) fn declared(&self, symbol: SymbolId) -> Option<(String, Span)> {
        let span = self.index().symbol(symbol).declared?;
        Some((self.sources().get(span.source).name.to_string(), span))
    }
}

/// The directories that a client works in.
pub(super) fn directories(uris: impl Iterator<Item = Uri>) -> Vec<PathBuf> {
    uris.filter(|uri| uri.as_str().starts_with("file:")).map(|uri| PathBuf::from(uri::name(&uri))).collect()
}
