//! Every program of the language reference does what its page says.
//!
//! A page shows programs in blocks marked `souffle`. The block `output` behind one holds the tuples of its outputs and
//! queries, each as a fact; a program marked `fails` is refused with the codes in the block `codes` behind it.

use std::fs;
use std::path::{Path, PathBuf};
use tests::compiled::compile;
use tests::database::{Database, show};
use tests::library::Library;
use tests::naive;

/// A fenced block of a page.
struct Block {
    kind: String,
    text: String,
    line: usize,
}

fn pages() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/reference");
    let entries = fs::read_dir(directory).expect("the reference is there");
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    pages.sort();
    pages
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(kind) if !open => {
                blocks.push(Block { kind: kind.to_string(), text: String::new(), line: number + 1 });
                open = true;
            }
            Some(_) => open = false,
            None => {
                if let Some(block) = blocks.last_mut().filter(|_| open) {
                    block.text += line;
                    block.text.push('\n');
                }
            }
        }
    }
    blocks
}

/// What a program's outputs hold, a fact a line.
fn outputs(text: &str) -> Result<String, String> {
    let compiled = compile(text)?;
    let database = naive::evaluate(&compiled.program, &Database::default());
    let mut lines: Vec<String> = Vec::new();
    for output in compiled.outputs() {
        lines.extend(database[&output].iter().map(|tuple| show(&output, tuple) + "\n"));
    }
    lines.sort();
    Ok(lines.concat())
}

/// The codes of a program's errors, each once.
fn codes(text: &str) -> String {
    let compilation = compiler::compile(&[("reference.dl", text)], &Library);
    let mut codes: Vec<&str> = compilation.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.code).collect();
    codes.dedup();
    codes.iter().map(|code| format!("{code}\n")).collect()
}

#[test]
fn every_program_of_the_reference_does_what_its_page_says() {
    let mut complaints = String::new();
    let mut programs = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page can be read");
        let blocks = blocks(&text);
        for (at, block) in blocks.iter().enumerate().filter(|(_, block)| block.kind.starts_with("souffle")) {
            programs += 1;
            let fails = block.kind == "souffle,fails";
            let found = if fails { Ok(codes(&block.text)) } else { outputs(&block.text) };
            let expected = blocks.get(at + 1).filter(|next| next.kind == if fails { "codes" } else { "output" });
            let expected = expected.map(|block| block.text.clone());
            if found.as_ref().ok() != expected.as_ref() {
                let found = found.unwrap_or_else(|error| error);
                let name = page.display();
                complaints += &format!("{name}:{}\nexpected {expected:?}\nfound:\n{found}\n", block.line);
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
    assert!(programs > 30, "the reference shows {programs} programs");
}

#[test]
fn the_index_names_every_page() {
    let index = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/reference/README.md"))
        .expect("the index can be read");
    for page in pages() {
        let name = page.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        assert!(name == "README.md" || index.contains(&format!("({name})")), "{name} is not in the index");
    }
}
