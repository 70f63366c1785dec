//! Each failing program in `errors/` has its rendered diagnostics beside it. `STRATA_BLESS=1` rewrites these: read the
//! difference before you commit it. Every code has a program of its own, and a page.

use compiler::codes::CODES;
use compiler::{NoFiles, compile, decode, render::render};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors");
    let entries = fs::read_dir(folder).expect("tests/errors is there");
    let mut programs: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|extension| extension == "dl"));
    programs.sort();
    programs
}

/// The codes that a program gives, and the rendered text.
fn diagnose(path: &Path) -> (Vec<&'static str>, String) {
    let name = path.file_name().expect("a file").to_string_lossy().into_owned();
    let bytes = fs::read(path).expect("readable");
    match decode(&name, &bytes) {
        Ok(text) => {
            let compilation = compile(&[(&name, &text)], &NoFiles);
            let codes = compilation.diagnostics.iter().map(|d| d.code).collect();
            (codes, render(&compilation.diagnostics, &compilation.sources, false))
        }
        Err((diagnostic, sources)) => (vec![diagnostic.code], render(&[diagnostic], &sources, false)),
    }
}

#[test]
fn every_failing_program_is_explained_as_pinned() {
    let bless = std::env::var_os("STRATA_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in programs() {
        let (_, text) = diagnose(&path);
        let expected = path.with_extension("expected");
        if bless {
            fs::write(&expected, &text).expect("writable");
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(text.as_str()) {
            wrong.push(format!("{}:\n{text}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "run with STRATA_BLESS=1 if this is right:\n{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_program_that_fails_with_it_alone() {
    let programs = programs();
    for (code, _) in CODES {
        let path = programs.iter().find(|path| path.file_stem().is_some_and(|stem| stem == *code));
        let path = path.unwrap_or_else(|| panic!("no program for `{code}`"));
        let codes: BTreeSet<&str> = diagnose(path).0.into_iter().collect();
        assert_eq!(codes, BTreeSet::from([*code]), "{}", path.display());
    }
}

/// The first and the second program of a page are what fails, and its repair.
#[test]
fn the_programs_of_every_page_fail_and_succeed_as_it_says() {
    for (code, page) in CODES {
        let programs: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
        let [failing, repaired] = programs.as_slice() else { panic!("the page of `{code}` has not two programs") };
        let codes = |program: &str| {
            let compilation = compile(&[("page.dl", program)], &NoFiles);
            compilation.diagnostics.iter().map(|d| d.code).collect::<BTreeSet<_>>()
        };
        // What is not text cannot be shown on a page.
        if *code != "invalid-utf8" {
            assert_eq!(codes(failing), BTreeSet::from([*code]), "the failing program of `{code}`");
        }
        assert_eq!(codes(repaired), BTreeSet::new(), "the repaired program of `{code}`");
    }
}
