//! Every code has a page whose first program fails with it, and with it alone, and whose second has nothing wrong.

use compiler::codes::{CODES, explain};
use compiler::planner::not_live;
use compiler::{NoFiles, compile, missing_facts, unused_relations};
use std::collections::BTreeSet;

/// The codes that a program gives; where a code is a finding to some commands only, with theirs.
fn codes(program: &str, code: &str) -> BTreeSet<&'static str> {
    let compilation = compile(&[("page.dl", program)], &NoFiles);
    let special = compilation.program.iter().flat_map(|program| match code {
        "not-live" => not_live(program),
        "missing-facts" => missing_facts(program),
        "unused-relation" => unused_relations(program, 0),
        _ => Vec::new(),
    });
    compilation.diagnostics.iter().cloned().chain(special).map(|d| d.code).collect()
}

#[test]
fn the_programs_of_every_page_fail_and_succeed_as_it_says() {
    for (code, page) in CODES {
        let programs: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
        let [failing, repaired] = programs.as_slice() else { panic!("the page of `{code}` has not two programs") };
        // What is not text cannot be shown on a page.
        if *code != "invalid-utf8" {
            assert_eq!(codes(failing, code), BTreeSet::from([*code]), "the failing program of `{code}`");
        }
        assert_eq!(codes(repaired, code), BTreeSet::new(), "the repaired program of `{code}`");
    }
}

#[test]
fn a_page_opens_with_its_code() {
    for (code, page) in CODES {
        assert!(page.starts_with(&format!("# {code}\n\n")), "{code}");
    }
    assert_eq!(explain("no-such-code"), None);
}
