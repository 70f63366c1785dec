//! Texts: what the program of a session is made of: files, and what was typed.
//!
//! A change of the program is made on a copy; the copy takes the place of the original when it has compiled and the
//! engine follows it. Positions stay true throughout: what was typed stands in its text at the line and column where it
//! was typed, and what is dropped is overwritten by spaces.

use crate::compile::library;
use compiler::Options;
use compiler::span::{Sources, Span};
use ingest::file_name;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A piece of what was typed, with its place in the session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The text.
    pub text: String,
    /// Its line, from 0.
    pub line: usize,
    /// Its column in characters, from 0.
    pub column: usize,
}

impl Typed {
    /// A part of this piece, which starts so many bytes into it.
    pub fn part(&self, start: usize, text: &str) -> Typed {
        let before = &self.text[..start];
        let lines = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count();
        let column = if lines == 0 { self.column + column } else { column };
        Typed { text: text.to_owned(), line: self.line + lines, column }
    }

    /// Writes the piece behind a text, at its own line and column.
    pub fn append_to(&self, all: &mut String) {
        let line = all.matches('\n').count();
        all.extend(std::iter::repeat_n('\n', self.line.saturating_sub(line)));
        let column = all.rsplit('\n').next().map_or(0, |l| l.chars().count());
        all.extend(std::iter::repeat_n(' ', self.column.saturating_sub(column)));
        all.push_str(&self.text);
    }
}

/// All texts of a session.
#[derive(Clone, Debug)]
pub struct Texts {
    /// The name of what was typed.
    name: &'static str,
    /// The files that were loaded, in order.
    files: Vec<PathBuf>,
    /// What was typed.
    typed: Arc<str>,
    /// The text of the files, loaded or included, as they were read and as rules were dropped from them since. The disk
    /// is asked again only when a file is loaded again.
    contents: BTreeMap<PathBuf, Arc<str>>,
    /// Where included files are looked for besides.
    directories: Vec<PathBuf>,
    /// How the texts are read.
    options: Options,
}

impl Texts {
    /// No text. What will be typed goes by this name.
    pub fn new(name: &'static str) -> Texts {
        Texts {
            name,
            files: Vec::new(),
            typed: "".into(),
            contents: BTreeMap::new(),
            directories: Vec::new(),
            options: Options::default(),
        }
    }

    /// Looks for included files in these directories, too.
    pub fn look_in(&mut self, directories: &[PathBuf]) {
        self.directories.extend_from_slice(directories);
    }

    /// Where included files are looked for besides.
    pub fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// Defines macros, or does without the preprocessor.
    pub fn preprocess(&mut self, options: Options) {
        self.options = options;
    }

    /// How the texts are read.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The name of what was typed.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The files that were loaded.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What was typed.
    pub fn typed(&self) -> &Arc<str> {
        &self.typed
    }

    /// Adds a file. One that is there already is read again, and so is everything else that may have changed with it.
    pub fn load(&mut self, path: &Path) {
        if self.files.iter().any(|f| f == path) {
            self.contents.clear();
        } else {
            self.files.push(path.to_owned());
        }
    }

    /// Takes a file out; false if it was not there.
    pub fn unload(&mut self, path: &Path) -> bool {
        let before = self.files.len();
        self.files.retain(|file| file != path);
        self.contents.remove(path);
        self.files.len() < before
    }

    /// Keeps the texts of a compilation, so that the next one reads the same.
    pub fn keep(&mut self, sources: &Sources) {
        let files = sources.iter().filter(|s| &*s.name != self.name);
        self.contents = files.map(|s| (file_name::path(&s.name), s.text.clone())).collect();
    }

    /// Adds what was typed.
    pub fn add(&mut self, typed: &[Typed]) {
        let mut text = self.typed.to_string();
        typed.iter().for_each(|t| t.append_to(&mut text));
        self.typed = text.into();
    }

    /// Overwrites stretches of text by spaces.
    pub fn blank(&mut self, spans: &[Span], sources: &Sources) {
        for span in spans {
            let source = sources.get(span.source);
            let range = span.range();
            if &*source.name == self.name {
                self.typed = blanked(&self.typed, range).into();
            } else {
                let path = file_name::path(&source.name);
                let text = self.contents.get(&path).unwrap_or(&source.text);
                let text = blanked(text, range).into();
                self.contents.insert(path, text);
            }
        }
    }

    /// The text of a file, which may be one of the standard rules.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.contents.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => library(path).map_or_else(|| std::fs::read(path), |text| Ok(text.as_bytes().to_vec())),
        }
    }
}

/// As many bytes as there were, so that spans into the text stay true.
fn blanked(text: &str, range: std::ops::Range<usize>) -> String {
    let blank: String = text[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    format!("{}{blank}{}", &text[..range.start], &text[range.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_keeps_its_place() {
        let typed = Typed { text: "a(1).\n  é b(2).".into(), line: 3, column: 2 };
        let part = typed.part(11, "b(2).");
        assert_eq!((part.line, part.column), (4, 4));
        let mut all = String::from("x.");
        typed.part(0, "a(1).").append_to(&mut all);
        part.append_to(&mut all);
        assert_eq!(all, "x.\n\n\n  a(1).\n    b(2).");
    }

    #[test]
    fn blanking_moves_nothing() {
        let mut sources = Sources::default();
        let mut texts = Texts::new("<prompt>");
        texts.add(&[Typed { text: "a(1). b(\"é\",\n2). c(3).".into(), line: 0, column: 0 }]);
        let source = sources.add(texts.name(), texts.typed().clone());
        let end = texts.typed().find(" c(3)").unwrap() as u32;
        texts.blank(&[Span { source, start: 6, end }], &sources);
        assert_eq!(&**texts.typed(), "a(1).        \n    c(3).");
    }
}
