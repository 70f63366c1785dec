//! The README tells the truth: its sessions are typed into a shell, and what is said is what stands there.

use repl::shell::{Options, Shell};

const README: &str = include_str!("../../README.md");

/// What is typed in a session, each input with what is said to it.
fn inputs(block: &str) -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("strata> ").or(line.strip_prefix("   ...> ")), inputs.last_mut()) {
            (Some(input), _) => inputs.push((input.to_owned(), String::new())),
            (None, Some((_, said))) => *said += &format!("{line}\n"),
            (None, None) => panic!("a session starts with a prompt: {line}"),
        }
    }
    inputs
}

#[test]
fn the_sessions_of_the_readme_are_true() {
    std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).expect("the project is there");
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    let blocks: Vec<&str> = README.split("```strata\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 3, "the README has sessions");
    for (input, said) in blocks.into_iter().flat_map(inputs) {
        assert_eq!(shell.line(&input).to_string(), said, "strata> {input}");
    }
}
