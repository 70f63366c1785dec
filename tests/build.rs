//! The compiled twin of every golden case, as Rust source for `tests/twins.rs`.
//!
//! A program that does not compile has none here: that is for the golden test to say. One that `ascent` cannot express
//! gets its reason in place of a twin.

use compiler::ascent::twin;
use compiler::compile;
use library::Library;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(unreachable_pub, reason = "it is shared with the library")]
#[path = "src/library.rs"]
mod library;

fn main() {
    let root = Path::new("golden");
    println!("cargo::rerun-if-changed=golden");
    println!("cargo::rerun-if-changed=../rules");
    let mut modules = String::new();
    let mut table = String::new();
    for (number, path) in programs(root).into_iter().enumerate() {
        let name = path.strip_prefix(root).unwrap_or(&path).with_extension("").display().to_string();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let Some(program) = compile(&[("golden.dl", &text)], &Library).program else { continue };
        let mut program = program.with_scenarios();
        let module = format!("case{number}");
        // The facts of the text are given like all others, so that a script can retract them. Whether there are any may
        // decide whether there is a twin.
        let whole = twin(&program, &module);
        program.facts.clear();
        let entry = match whole.and_then(|_| twin(&program, &module)) {
            Ok(source) => {
                modules += &source;
                format!("Ok(|| Box::new(case{number}::Program::default()))")
            }
            Err(unsupported) => format!("Err({:?})", unsupported.to_string()),
        };
        let _ = writeln!(table, "    ({name:?}, {entry}),");
    }
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let source = format!("{modules}\nconst TWINS: &[(&str, Result<MakeTwin, &str>)] = &[\n{table}];\n");
    fs::write(Path::new(&out).join("twins.rs"), source).expect("OUT_DIR can be written");
}

fn programs(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(programs(&path));
        } else if path.extension().is_some_and(|e| e == "dl") {
            found.push(path);
        }
    }
    found.sort();
    found
}
