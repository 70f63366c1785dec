//! The README tells the truth: its sessions are typed into a shell, and what is said is what stands there.
//!
//! `STRATA_BLESS=1` writes what is said into the README instead.

use repl::shell::{Options, Shell};
use std::fmt::Write;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The README with every session as it goes: a block continues the session before it unless it starts with `$ strata`.
fn retold(readme: &str) -> String {
    let new_shell = || Shell::new(Options::default()).expect("a shell starts");
    let mut shell = new_shell();
    let mut told = String::new();
    let mut blocks = readme.split("```strata\n");
    told.push_str(blocks.next().unwrap_or_default());
    for (block, rest) in blocks.filter_map(|block| block.split_once("```")) {
        told.push_str("```strata\n");
        for line in block.lines() {
            if line == "$ strata" {
                shell = new_shell();
                told.push_str("$ strata\n");
            } else if let Some(input) = line.strip_prefix("strata> ") {
                let _ = write!(told, "{line}\n{}", shell.line(input));
            }
        }
        let _ = write!(told, "```{rest}");
    }
    told
}

#[test]
fn the_sessions_of_the_readme_are_true() {
    std::env::set_current_dir(ROOT).expect("the project is there");
    let readme = std::fs::read_to_string("README.md").expect("there is a README");
    let told = retold(&readme);
    assert!(readme.matches("\nstrata> ").count() >= 15, "the README has sessions");
    if std::env::var_os("STRATA_BLESS").is_some() {
        std::fs::write("README.md", told).expect("the README is written");
        return;
    }
    for (line, (said, stands)) in told.lines().zip(readme.lines()).enumerate() {
        assert_eq!(stands, said, "README.md:{}", line + 1);
    }
    assert_eq!(told.lines().count(), readme.lines().count());
}
