//! Every code has a page whose first program fails with it, and with it alone, and whose second has nothing wrong.

use compiler::codes::{CODES, explain};
use compiler::planner::not_live;
use compiler::{NoFiles, compile};
use std::collections::BTreeSet;

/// The codes that a program gives; with those of the live engine, if they are asked for.
fn codes(program: &str, live: bool) -> BTreeSet<&'static str> {
    let compilation = compile(&[("page.dl", program)], &NoFiles);
    let refused = compilation.program.iter().filter(|_| live).flat_map(not_live);
    compilation.diagnostics.iter().cloned().chain(refused).map(|d| d.code).collect()
}

#[test]
fn the_programs_of_every_page_fail_and_succeed_as_it_says() {
    for (code, page) in CODES {
        let programs: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
        let [failing, repaired] = programs.as_slice() else { panic!("the page of `{code}` has not two programs") };
        let live = *code == "not-live";
        // What is not text cannot be shown on a page.
        if *code != "invalid-utf8" {
            assert_eq!(codes(failing, live), BTreeSet::from([*code]), "the failing program of `{code}`");
        }
        assert_eq!(codes(repaired, live), BTreeSet::new(), "the repaired program of `{code}`");
    }
}

#[test]
fn a_page_opens_with_its_code() {
    for (code, page) in CODES {
        assert!(page.starts_with(&format!("# {code}\n\n")), "{code}");
    }
    assert_eq!(explain("no-such-code"), None);
}
