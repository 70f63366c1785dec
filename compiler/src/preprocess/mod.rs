//! The preprocessor: texts and what they include, as one row of words. Macros, conditions and includes work on words, so
//! each word still knows where its author wrote it; words from a macro's body stand where the macro is used.
//!
//! ```text
//! pieces      a text cut at its preprocessor lines
//! directive   what a line says: #define, #if, #include, …
//! macros      what uses of macros stand for
//! condition   the value of #if
//! word        a word and where it is from
//! ```
//!
//! `.include` takes a file in once, where it is first named, and within components each time; `#include` each time. How
//! deep includes nest and how much macros stand for is bounded.
//!
//! ```
//! use compiler::{NoFiles, compile};
//!
//! let text = "#define ARC(a, b) link(#a, #b). link(#b, #a).\n.decl link(a: symbol, b: symbol)\nARC(x, y)";
//! let program = compile(&[("arcs.dl", text)], &NoFiles).program.expect("nothing is wrong");
//! assert_eq!(program.facts.len(), 2);
//! ```

mod condition;
mod directive;
mod macros;
mod pieces;
mod word;

use crate::diagnostic::{Diagnostic, codes};
use crate::load::{Files, Options};
use crate::parse::lexer::{Lexed, lex, lex_part};
use crate::parse::places::Places;
use crate::parse::token::Token;
use crate::span::{Sources, Span};
use directive::Condition;
use fnv::{FnvHashMap, FnvHashSet};
use macros::Macros;
pub(crate) use macros::Use;
use pieces::{Piece, pieces};
use std::collections::VecDeque;
use std::sync::Arc;
use word::Word;

/// How deep files may include each other where each inclusion counts.
const MAX_INCLUDES: usize = 200;

/// How often files may be included in all.
const MAX_INCLUSIONS: usize = 100_000;

/// What texts consist of.
pub(crate) struct Preprocessed {
    /// The words of each text and what it includes, and where they stand.
    pub(crate) texts: Vec<(Vec<Token>, Places)>,
    /// `///` comments.
    pub(crate) docs: Vec<(Span, Arc<str>)>,
    /// The texts.
    pub(crate) sources: Sources,
    /// What is wrong.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Where macros are used.
    pub(crate) uses: Vec<Use>,
}

/// Reads texts, each with its name, and what they include, in the order in which they read.
pub(crate) fn preprocess(entries: &[(&str, &str)], files: &dyn Files, options: &Options) -> Preprocessed {
    let mut preprocessor = Preprocessor {
        files,
        enabled: options.preprocess,
        sources: Sources::default(),
        numbers: FnvHashMap::default(),
        known: FnvHashSet::default(),
        once: FnvHashSet::default(),
        macros: Macros::predefined(),
        open: Vec::new(),
        inclusions: 0,
        braces: 0,
        counted: 0,
        texts: Vec::new(),
        docs: Vec::new(),
        diagnostics: Vec::new(),
    };
    if !options.definitions.is_empty() {
        preprocessor.text("<definitions>", &options.definitions());
    }
    for (name, text) in entries {
        preprocessor.known.insert((*name).to_string());
        preprocessor.text(name, text);
    }
    let Preprocessor { sources, macros, texts, docs, mut diagnostics, .. } = preprocessor;
    diagnostics.extend(macros.diagnostics);
    Preprocessed { texts, docs, sources, diagnostics, uses: macros.uses }
}

struct Preprocessor<'a> {
    files: &'a dyn Files,
    /// Whether lines that start with `#` mean anything.
    enabled: bool,
    sources: Sources,
    /// The number of each file's text, so that one which is included twice is one text.
    numbers: FnvHashMap<String, u32>,
    /// Files that were taken in.
    known: FnvHashSet<String>,
    /// Files that want to be taken in once.
    once: FnvHashSet<String>,
    macros: Macros,
    /// The files that are being read, the innermost last. A stack of its own: includes may nest deeply.
    open: Vec<Open>,
    /// How many files were included.
    inclusions: usize,
    /// How many braces are open.
    braces: usize,
    /// How often `__COUNTER__` was used.
    counted: usize,
    texts: Vec<(Vec<Token>, Places)>,
    docs: Vec<(Span, Arc<str>)>,
    diagnostics: Vec<Diagnostic>,
}

/// A file that is being read.
struct Open {
    name: String,
    source: u32,
    text: Arc<str>,
    pieces: VecDeque<Piece>,
    /// Words that were read and are still to be looked at.
    words: VecDeque<Word>,
    conditions: Vec<Condition>,
    /// How many of the files around it are included each time.
    repeated: usize,
    /// Where it is included.
    included: Option<Span>,
}

impl Preprocessor<'_> {
    /// A text and what it includes.
    fn text(&mut self, name: &str, text: &str) {
        self.texts.push((Vec::new(), Places::new(self.sources.iter().count() as u32)));
        self.braces = 0;
        self.open(name, text, None, 0, None);
        while let Some(file) = self.open.last_mut() {
            if let Some(word) = file.words.pop_front() {
                self.word(word);
            } else if let Some(piece) = file.pieces.pop_front() {
                self.piece(&piece);
            } else if let Some(file) = self.open.pop() {
                self.diagnostics.extend(file.conditions.iter().map(Condition::not_closed));
            }
        }
    }

    fn open(&mut self, name: &str, text: &str, known: Option<u32>, repeated: usize, included: Option<Span>) {
        let source = known.unwrap_or_else(|| {
            let text = if u32::try_from(text.len()).is_ok() { text } else { "" };
            self.sources.add(name, text)
        });
        if u32::try_from(text.len()).is_err() {
            let span = Span { source, start: 0, end: 0 };
            self.diagnostics.push(Diagnostic::error(codes::TOO_DEEP, "file is larger than 4 GiB", span, ""));
            return;
        }
        let text = self.sources.get(source).text.clone();
        let pieces = if self.enabled { pieces(&text).into() } else { VecDeque::from([Piece::Text(0..text.len())]) };
        let (words, conditions) = (VecDeque::new(), Vec::new());
        self.open.push(Open { name: name.to_string(), source, text, pieces, words, conditions, repeated, included });
    }

    fn piece(&mut self, piece: &Piece) {
        let Some(file) = self.open.last() else { return };
        let active = file.conditions.iter().all(Condition::holds);
        match piece {
            Piece::Line(range) => self.line(range.clone()),
            Piece::Text(_) if !active => {}
            Piece::Text(range) => {
                let (source, text) = (file.source, file.text.clone());
                let lexed = if self.enabled { lex_part(source, &text, range.clone()) } else { lex(source, &text) };
                let words = self.macros.expand(words(source, &text, &lexed, range.start));
                let Lexed { docs, diagnostics, .. } = lexed;
                self.docs.extend(docs);
                self.diagnostics.extend(diagnostics);
                if let Some(file) = self.open.last_mut() {
                    file.words = words.into();
                }
            }
        }
    }

    /// One word of what is left: it is the parser's, or it includes a file.
    fn word(&mut self, mut word: Word) {
        match &word.token {
            token if token.is(".include") => {
                let next = self.open.last_mut().and_then(|file| {
                    let path = matches!(file.words.front()?.token, Token::Text(_) | Token::Path(_));
                    if path { file.words.pop_front() } else { None }
                });
                if let Some(Word { token: Token::Text(path) | Token::Path(path), span, .. }) = next {
                    return self.include(&path, span, word.span, self.braces > 0);
                }
            }
            token if token.is(".once") => return self.once(),
            token if token.is("{") => self.braces += 1,
            token if token.is("}") => self.braces = self.braces.saturating_sub(1),
            Token::Name(name) if &**name == "__FILE__" => {
                word.token = Token::Text(self.sources.get(word.span.source).name.clone());
            }
            Token::Name(name) if &**name == "__LINE__" => {
                word.token = Token::Integer(self.sources.position(word.span).0.to_string().into());
            }
            Token::Name(name) if &**name == "__INCL__" => word.token = Token::Text(self.includers().into()),
            Token::Name(name) if &**name == "__COUNTER__" => {
                word.token = Token::Integer(self.counted.to_string().into());
                self.counted += 1;
            }
            Token::Name(name) if &**name == "__INCLUDE_LEVEL__" => {
                word.token = Token::Integer((self.open.len() - 1).to_string().into());
            }
            _ => {}
        }
        if let Some((words, places)) = self.texts.last_mut() {
            words.push(word.token);
            places.add(word.span, word.first);
        }
    }

    /// Where the file that is read was included, and where the file that did so was, the outermost first.
    fn includers(&self) -> String {
        let place = |span: Span| {
            let (line, column) = self.sources.position(span);
            format!("{}:{line}:{column}", self.sources.get(span.source).name)
        };
        let places: Vec<String> = self.open.iter().filter_map(|file| file.included).map(place).collect();
        places.join(";")
    }

    /// The file that is read wants to be taken in once: if it was before, the rest of it is left out.
    fn once(&mut self) {
        if let Some(file) = self.open.last_mut()
            && !self.once.insert(file.name.clone())
        {
            file.words.clear();
            file.pieces.clear();
        }
    }

    /// Takes in a file, by the directive that stands at a place: once, or each time.
    fn include(&mut self, path: &str, span: Span, at: Span, repeatedly: bool) {
        let Some(around) = self.open.last() else { return };
        let repeated = around.repeated + usize::from(repeatedly);
        match self.files.read(path, &around.name) {
            Ok((name, _)) if self.once.contains(&name) || !repeatedly && self.known.contains(&name) => {}
            Ok(_) if repeated > MAX_INCLUDES || self.inclusions > MAX_INCLUSIONS => {
                let message = if repeated > MAX_INCLUDES {
                    format!("files include each other more than {MAX_INCLUDES} deep")
                } else {
                    format!("more than {MAX_INCLUSIONS} files are included")
                };
                self.diagnostics.push(
                    Diagnostic::error(codes::TOO_DEEP, message, span, "")
                        .help("a file that starts with `.once` is taken in once"),
                );
                self.open.clear();
            }
            Ok((name, text)) => {
                self.inclusions += 1;
                self.known.insert(name.clone());
                let known = self.numbers.get(&name).copied();
                self.open(&name, &text, known, repeated, Some(at));
                if let Some(file) = self.open.last() {
                    self.numbers.insert(name, file.source);
                }
            }
            Err(reason) => {
                let message = format!("cannot include `{path}`: {reason}");
                self.diagnostics.push(Diagnostic::error(codes::INCLUDE_FAILED, message, span, ""));
            }
        }
    }
}

/// The words of a stretch of text that starts at a byte.
fn words(source: u32, text: &str, lexed: &Lexed, from: usize) -> Vec<Word> {
    let mut before = from;
    let place = |(start, token, end): &(u32, Token, u32)| {
        let between = &text[before..*start as usize];
        let (first, spaced) = (before == from || between.contains('\n'), !between.is_empty());
        before = *end as usize;
        Word::new(token.clone(), Span { source, start: *start, end: *end }, first, spaced)
    };
    lexed.tokens.iter().map(place).collect()
}

/// Says of findings in what a macro stands for where that is defined. An edit that mends such a text is not known.
pub(crate) fn explain(uses: &[Use], diagnostics: &mut [Diagnostic]) {
    let by_span: FnvHashMap<Span, &Use> = uses.iter().rev().map(|used| (used.span, used)).collect();
    for diagnostic in diagnostics {
        let Some(used) = by_span.get(&diagnostic.primary.span) else { continue };
        diagnostic.fix = None;
        if diagnostic.secondary.iter().all(|label| label.span != used.definition) {
            let label = format!("in what macro `{}` stands for", used.name);
            *diagnostic = diagnostic.clone().also(used.definition, label);
        }
    }
}
