//! The compiler: rule text in, a program and diagnostics out.
//!
//! The lowest room of the house: it owns the shared nouns (values, functors, spans, programs, plans) and touches no file,
//! clock or thread. [`compile`] runs the whole front end:
//!
//! ```text
//! text -> words                    preprocess: includes, macros, conditions
//!      -> ast::Item                 parse: each malformed clause is reported, the rest is read
//!      -> ast::Item                 modules: components expanded
//!      -> draft -> program::Program  resolve: names, types, safety, desugaring, strata
//! ```
//!
//! ```
//! use compiler::{NoFiles, compile};
//!
//! let text = r#"
//!     .decl link(a: symbol, b: symbol)
//!     .decl path(a: symbol, b: symbol)
//!     path(a, b) :- link(a, b) ; link(a, c), path(c, b).
//! "#;
//! let compilation = compile(&[("path.dl", text)], &NoFiles);
//! let program = compilation.program.expect("nothing is wrong");
//! assert_eq!(program.rule_text(&program.rules[1]), "path(a, b) :- link(a, c), path(c, b).");
//! assert!(program.strata[1].recursive);
//! ```
//!
//! What is wrong with a text is a value, too, and all of it is found at once:
//!
//! ```
//! # use compiler::{NoFiles, compile, render::render};
//! let compilation = compile(&[("wrong.dl", ".decl up(a: symbol)\nup(h).\nup(1).")], &NoFiles);
//! let codes: Vec<_> = compilation.diagnostics.iter().map(|d| d.code).collect();
//! assert_eq!(codes, ["unbound-variable", "type-mismatch"]);
//! assert!(render(&compilation.diagnostics, &compilation.sources, false).contains("wrong.dl:2:4"));
//! ```

pub mod ascent;
pub mod ast;
mod choice;
pub mod codes;
mod connected;
pub mod diagnostic;
pub mod form;
mod format;
pub mod functor;
pub mod index;
pub mod layout;
mod load;
mod modules;
pub mod parse;
pub mod plan;
pub mod planner;
mod pragma;
mod preprocess;
mod print;
pub mod program;
pub mod render;
mod resolve;
pub mod span;
pub mod structure;
pub mod suggest;
mod text;
mod unfilled;
pub mod value;

pub use codes::explain;
pub use load::{Files, NoFiles, Options};
pub use unfilled::{missing_facts, unused_relations};

use diagnostic::{Diagnostic, codes::*};
use fnv::FnvHashSet;
use index::Index;
use preprocess::Preprocessed;
use program::Program;
use resolve::{Resolved, VariableTypes};
use span::{Sources, Span};

/// What became of a text.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The program, if no diagnostic is an error.
    pub program: Option<Program>,
    /// Everything that was found, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that spans point into.
    pub sources: Sources,
}

/// A compilation together with what an editor asks for.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The program and what is wrong with it.
    pub compilation: Compilation,
    /// Which name stands where, and what it means; also where the program has no meaning.
    pub index: Index,
}

/// Compiles texts, each with its name, as one program; `files` finds what they include.
pub fn compile(entries: &[(&str, &str)], files: &dyn Files) -> Compilation {
    compile_with(entries, files, &Options::default())
}

/// The same, with macros that are defined before the first text, or without the preprocessor.
pub fn compile_with(entries: &[(&str, &str)], files: &dyn Files, options: &Options) -> Compilation {
    front_end(entries, files, options, |_| ()).0
}

/// The same, with an index of all names.
pub fn analyse(entries: &[(&str, &str)], files: &dyn Files) -> Analysis {
    let (compilation, names, types) = front_end(entries, files, &Options::default(), index::names);
    let index = names.finish(&compilation.sources, &compilation.diagnostics, types);
    Analysis { compilation, index }
}

/// The compilation, what `look` makes of the items as they were written, and the types of variables.
fn front_end<T>(
    entries: &[(&str, &str)],
    files: &dyn Files,
    options: &Options,
    look: impl FnOnce(&[ast::Item]) -> T,
) -> (Compilation, T, VariableTypes) {
    let Preprocessed { texts, docs, sources, mut diagnostics, uses } = preprocess::preprocess(entries, files, options);
    let (mut items, mut lost) = (Vec::new(), FnvHashSet::default());
    for (words, places) in texts {
        let (found, unread) = parse::tree(words, places, &mut diagnostics);
        items.extend(found);
        lost.extend(unread);
    }
    parse::attach_docs(&mut items, &docs);
    let seen = look(&items);
    let silence = pragma::pragmas(&items, &mut diagnostics);
    let expansion = modules::expand(items, &mut diagnostics);
    lost.extend(expansion.lost);
    let Resolved { program, diagnostics: found, types } = resolve::resolve(&expansion.items, lost);
    diagnostics.extend(found);
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(program.iter().flat_map(planner::refused));
    }
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(program.iter().flat_map(planner::unbounded));
    }
    expansion.trace.explain(&mut diagnostics);
    preprocess::explain(&uses, &mut diagnostics);
    silence.apply(&mut diagnostics);
    let diagnostics = tidy(diagnostics);
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    (Compilation { program: program.filter(|_| !failed), diagnostics, sources }, seen, types)
}

/// Source order, each finding once, and no warning where an error says it better.
fn tidy(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by(|a, b| (a.primary.span, a.code, &a.message).cmp(&(b.primary.span, b.code, &b.message)));
    diagnostics.dedup();
    let errors: std::collections::HashSet<Span> =
        diagnostics.iter().filter(|d| d.is_error()).map(|d| d.primary.span).collect();
    diagnostics.retain(|d| d.is_error() || !errors.contains(&d.primary.span));
    diagnostics
}

/// Bytes as text, or where they are not UTF-8. The sources hold what could be read, so that the place can be shown.
#[expect(clippy::result_large_err, reason = "once per file, and then the last thing that happens")]
pub fn decode(name: &str, bytes: &[u8]) -> Result<String, (Diagnostic, Sources)> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_string()),
        Err(error) => error,
    };
    let start = error.valid_up_to();
    let byte = bytes.get(start).copied().unwrap_or_default();
    let mut sources = Sources::default();
    let source = sources.add(name, String::from_utf8_lossy(bytes).into_owned());
    let span = Span { source, start: start as u32, end: start as u32 + 3 };
    let (line, column) = sources.position(span);
    let message = format!("file is not UTF-8: byte 0x{byte:02x} at line {line}, column {column}");
    let diagnostic = Diagnostic::error(INVALID_UTF8, message, span, "").help("save the file as UTF-8");
    Err((diagnostic, sources))
}
