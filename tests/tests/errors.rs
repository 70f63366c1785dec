//! One failing program a diagnostic code, its rendered text pinned.
//!
//! `errors/<code>.dl`, or `errors/<code>.<case>.dl`, must give the code and no other; `errors/<code>.expected` is all that
//! is said.
//! `STRATA_BLESS=1 cargo test -p tests --test errors` rewrites the expectations.

use compiler::planner::not_live;
use compiler::render::render;
use compiler::{NoFiles, compile, decode, missing_facts, unused_relations};
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<(String, PathBuf)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("errors");
    let entries = fs::read_dir(directory).expect("there are cases").map(|e| e.expect("an entry").path());
    let programs = entries.filter(|path| path.extension().is_some_and(|e| e == "dl"));
    let mut cases: Vec<(String, PathBuf)> =
        programs.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect();
    cases.sort();
    cases
}

/// The codes that a file's text gives, and what is said about it.
fn said(name: &str, path: &Path) -> (Vec<&'static str>, String) {
    let bytes = fs::read(path).expect("the program can be read");
    let name = format!("{name}.dl");
    match decode(&name, &bytes) {
        Ok(text) => {
            let mut compilation = compile(&[(&name, &text)], &NoFiles);
            // What is a finding to some commands only.
            if let (Some(program), true) = (&compilation.program, name.starts_with("not-live")) {
                compilation.diagnostics.extend(not_live(program));
            }
            if let (Some(program), true) = (&compilation.program, name.starts_with("missing-facts")) {
                compilation.diagnostics.extend(missing_facts(program));
            }
            if let (Some(program), true) = (&compilation.program, name.starts_with("unused-relation")) {
                compilation.diagnostics.extend(unused_relations(program, 0));
            }
            let codes = compilation.diagnostics.iter().map(|d| d.code).collect();
            (codes, render(&compilation.diagnostics, &compilation.sources, false))
        }
        Err((diagnostic, sources)) => (vec![diagnostic.code], render(&[diagnostic], &sources, false)),
    }
}

#[test]
fn every_failing_program_says_what_is_wrong_with_it() {
    let mut wrong = Vec::new();
    for (code, path) in cases() {
        let (codes, text) = said(&code, &path);
        let expected = path.with_extension("expected");
        if std::env::var_os("STRATA_BLESS").is_some() {
            fs::write(&expected, &text).expect("the expectation can be written");
        }
        let only = code.split('.').next().unwrap_or(&code);
        if codes.is_empty() || codes.iter().any(|found| *found != only) {
            wrong.push(format!("{code}.dl gives {codes:?}"));
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if expected != text {
            wrong.push(format!("{code}.dl\nexpected:\n{expected}\nfound:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn a_message_is_lower_case_names_a_place_and_has_no_full_stop() {
    let mut wrong = Vec::new();
    for (code, path) in cases() {
        let Ok(text) = decode("case.dl", &fs::read(path).expect("the program can be read")) else { continue };
        for diagnostic in compile(&[("case.dl", &text)], &NoFiles).diagnostics {
            let message = &diagnostic.message;
            let first = message.chars().next().unwrap_or('.');
            if first.is_uppercase() || message.ends_with('.') || message.contains('\n') {
                wrong.push(format!("{code}: {message}"));
            }
            let span = diagnostic.primary.span;
            if span.start > span.end || span.end as usize > text.len() {
                wrong.push(format!("{code}: {message}: {span:?} is outside of the text"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
