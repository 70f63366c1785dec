//! What the formatter prints means what was read: every rule file of the repository, printed and parsed again.

use compiler::{Compilation, Files, compile, parse::parse};
use std::fs;
use std::path::{Path, PathBuf};

/// All rule files under a folder, those that are meant to fail left out.
fn rule_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" && name != "errors" {
            rule_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "dl") && !is_refused(&path) {
            found.push(path);
        }
    }
}

/// Whether a program that is run is expected to be refused.
fn is_refused(path: &Path) -> bool {
    let told = fs::read_to_string(path.with_file_name("expected.err")).unwrap_or_default();
    told.lines().any(|line| line.starts_with("error["))
}

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    rule_files(&root, &mut found);
    found.sort();
    let read = |path: &PathBuf| (path.display().to_string(), fs::read_to_string(path).expect("text"));
    // What the preprocessor makes of a text is not what the text says by itself.
    let alone = |(_, text): &(String, String)| !text.lines().any(|line| line.trim_start().starts_with('#'));
    found.iter().map(read).filter(alone).collect()
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        let full = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        let name = full.canonicalize().unwrap_or(full.clone()).display().to_string();
        fs::read_to_string(&full).map(|text| (name, text)).map_err(|error| error.to_string())
    }
}

#[test]
fn a_printed_file_parses_to_the_same_tree() {
    let files = all();
    assert!(files.len() > 9, "the programs of this folder are found");
    for (name, text) in files {
        let (file, diagnostics) = parse(0, &text);
        assert!(diagnostics.is_empty(), "{name}: {diagnostics:?}");
        let printed = file.to_string();
        let (again, diagnostics) = parse(0, &printed);
        assert!(diagnostics.is_empty(), "{name} printed: {diagnostics:?}\n{printed}");
        assert!(again == file, "{name} means something else when printed:\n{printed}");
        assert_eq!(again.to_string(), printed, "{name} is not printed the same way twice");
    }
}

#[test]
fn a_printed_file_compiles_to_the_same_program() {
    for (name, text) in all() {
        let before = compile(&[(&name, &text)], &Disk);
        let printed = parse(0, &text).0.to_string();
        let after = compile(&[(&name, &printed)], &Disk);
        // Part of a program that another file includes, or one that is to be refused.
        let codes = |compilation: &Compilation| compilation.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>();
        assert_eq!(codes(&after), codes(&before), "{name}");
        let program = |compilation: Compilation| compilation.program.map(|program| program.to_string());
        assert_eq!(program(after), program(before), "{name}");
    }
}

#[test]
fn comments_and_paragraphs_stay_where_they_are() {
    let text =
        "// head\n\n.decl a(x: number) // why\n/// of b\n.decl b(x: number)\n\n/* block */\na(1). // one\n// end\n";
    assert_eq!(parse(0, text).0.to_string(), text);
}

#[test]
fn a_long_clause_has_one_condition_a_line() {
    let text = "path(source, destination, hops) :- link(source, intermediate, _), path(intermediate, destination, before), \
                hops = before + 1.";
    let expected = "path(source, destination, hops) :-\n    link(source, intermediate, _),\n    \
                    path(intermediate, destination, before),\n    hops = before + 1.\n";
    assert_eq!(parse(0, text).0.to_string(), expected);
}

#[test]
fn records_and_branches_are_printed_as_they_are_written() {
    let text = ".type List = [head: number, tail: List]\n.type Unit = []\n.type Also = List\n\
                .type Tree = Leaf {} | Node {left: Tree, value: number}\n\
                a([x, [_, nil]], $Node($Leaf, -1)) :- b([x], $Leaf), [] = y, c(y).\n";
    assert_eq!(parse(0, text).0.to_string(), text);
    assert_eq!(parse(0, "a($Leaf()).").0, parse(0, "a($Leaf).").0);
    let (_, diagnostics) = parse(0, ".type t = number | B {}");
    assert_eq!(diagnostics[0].message, "a type has branches or unites types, not both");
}
