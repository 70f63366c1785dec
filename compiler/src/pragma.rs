//! `.pragma`: options of Soufflé's command line that a text sets. Those that switch warnings off are obeyed, the others
//! change no result here, and unknown ones are reported. `.pragma "legacy"` lets a rule put values of a type into columns
//! of a subtype, and `.pragma "inline-exclude" "r,s"` keeps relations that are declared `inline` as relations.
//!
//! `.pragma "no-warn"` switches all warnings off, `.pragma "no-warn" "singleton-variable, plan-ignored"` those with these
//! codes.

use crate::ast::{Item, ItemKind, Text};
use crate::diagnostic::{Diagnostic, codes};
use crate::suggest::nearest;
use fnv::FnvHashSet;
use std::sync::Arc;

/// Soufflé's options, which may stand in a text, besides `no-warn`.
const KNOWN: [&str; 31] = [
    "auto-schedule",
    "compile",
    "debug-report",
    "disable-transformers",
    "dl-program",
    "emit-statistics",
    "fact-dir",
    "generate",
    "include-dir",
    "index-stats",
    "inline-exclude",
    "jobs",
    "legacy",
    "libraries",
    "library-dir",
    "macro",
    "magic-transform",
    "magic-transform-exclude",
    "no-preprocessor",
    "output-dir",
    "parse-errors",
    "preprocessor",
    "profile",
    "profile-frequency",
    "profile-use",
    "provenance",
    "show",
    "suppress-warnings",
    "swig",
    "use-engine",
    "verbose",
];

/// Which warnings are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silence {
    all: bool,
    codes: Vec<String>,
}

impl Silence {
    /// Leaves out the warnings that are switched off.
    pub(crate) fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        let off = |diagnostic: &Diagnostic| self.all || self.codes.iter().any(|code| code == diagnostic.code);
        diagnostics.retain(|diagnostic| diagnostic.is_error() || !off(diagnostic));
    }
}

/// Reads the pragmas among items.
pub(crate) fn pragmas(items: &[Item], diagnostics: &mut Vec<Diagnostic>) -> Silence {
    let mut silence = Silence::default();
    for item in items {
        let ItemKind::Pragma(texts) = &item.kind else { continue };
        match texts.as_slice() {
            [key] if &*key.value == "no-warn" => silence.all = true,
            [key, list] if &*key.value == "no-warn" => codes_of(list, &mut silence, diagnostics),
            [key, ..] if KNOWN.contains(&&*key.value) => {}
            [key, ..] => {
                let message = format!("unknown pragma `{}`", key.value);
                diagnostics.push(unknown(message, key, KNOWN.into_iter().chain(["no-warn"])));
            }
            [] => {}
        }
    }
    silence
}

/// Whether the types of columns bind no more than their primitives.
pub(crate) fn is_legacy(items: &[Item]) -> bool {
    let legacy = |text: &Text| &*text.value == "legacy";
    items.iter().any(|item| matches!(&item.kind, ItemKind::Pragma(texts) if texts.first().is_some_and(legacy)))
}

/// The relations that `.pragma "inline-exclude" "r,s"` keeps as relations, whatever their declarations say.
pub(crate) fn inline_excluded(items: &[Item]) -> FnvHashSet<Arc<str>> {
    let lists = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Pragma(texts) => match texts.as_slice() {
            [key, list] if &*key.value == "inline-exclude" => Some(&list.value),
            _ => None,
        },
        _ => None,
    });
    lists.flat_map(|list| list.split(',')).map(|name| name.trim().into()).collect()
}

fn codes_of(list: &Text, silence: &mut Silence, diagnostics: &mut Vec<Diagnostic>) {
    let separator = |c: char| c == ',' || c.is_whitespace();
    for code in list.value.split(separator).filter(|code| !code.is_empty()) {
        if codes::explain(code).is_none() {
            let known = codes::CODES.iter().map(|(code, _)| *code);
            diagnostics.push(unknown(format!("no warning has the code `{code}`"), list, known));
        }
        silence.codes.push(code.to_string());
    }
}

fn unknown<'a>(message: String, text: &Text, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let diagnostic = Diagnostic::warning(codes::UNKNOWN_PRAGMA, message, text.at.0, "");
    match nearest(&text.value, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}
