//! Compiles the rule files of this crate: their texts into a table, and the programs that they make into twins.
//!
//! A file that does not compile, or has no twin, does not stop the build: it is listed with its reason, and a test of this
//! crate fails. Somebody who edits a rule then sees the same message as anywhere else.

use compiler::ascent::twin;
use compiler::render::render;
use compiler::{Files, compile};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The program of all standard rules. That it compiles is always seen to; its twin is made only if asked for.
const STANDARD: &str = "standard";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut library = Library::default();
    library.collect(&root, "")?;
    let mut modules = String::new();
    let (mut twins, mut failures) = (String::new(), String::new());
    let all = env::var_os("CARGO_FEATURE_TWINS").is_some();
    for (name, paths) in library.programs() {
        let module = format!("twin_{}", name.replace(['/', '-', '.'], "_"));
        match library.twin(&paths, &module) {
            Ok(_) if name == STANDARD && !all => {}
            Ok(source) => {
                modules.push_str(&source);
                let _ = writeln!(twins, "    ({name:?}, || Box::new({module}::Program::default())),");
            }
            Err(reason) => {
                let _ = writeln!(failures, "    ({name:?}, {reason:?}),");
            }
        }
    }
    let texts: String = library.0.keys().map(|p| format!("    ({p:?}, include_str!({:?})),\n", root.join(p))).collect();
    let support = support(&root.join("src/support"))?;
    let table = |name: &str, ty: &str, doc: &str, rows: &str| {
        format!("/// {doc}\npub const {name}: &[(&str, {ty})] = &[\n{rows}];\n\n")
    };
    let text = "Every rule file of this crate: its path, as in `.include <path>`, and its text.";
    let twin = "The compiled twins: `bench/NAME`, and `standard` if the feature `twins` is on.";
    let failure = "The programs that have no twin, and why. Empty, or a test fails.";
    let needed = "The source files that a compiled program needs beside its own: `support`, by their names.";
    let tables = table("LIBRARY", "&str", text, &texts)
        + &table("SUPPORT", "&str", needed, &support)
        + &table("TWINS", "support::MakeTwin", twin, &twins)
        + &table("FAILURES", "&str", failure, &failures);
    fs::write(out.join("library.rs"), tables + &modules)
}

/// The source files of a directory, as rows of a table.
fn support(directory: &Path) -> io::Result<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let row = |name: &String| format!("    ({name:?}, include_str!({:?})),\n", directory.join(name));
    Ok(names.iter().map(row).collect())
}

/// The rule files by path.
#[derive(Default)]
struct Library(BTreeMap<String, String>);

impl Library {
    /// Takes in the `.dl` files below a directory.
    fn collect(&mut self, directory: &Path, prefix: &str) -> io::Result<()> {
        println!("cargo::rerun-if-changed={}", directory.display());
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                if name != "src" && name != "target" {
                    self.collect(&entry.path(), &format!("{prefix}{name}/"))?;
                }
            } else if name.ends_with(".dl") {
                self.0.insert(format!("{prefix}{name}"), fs::read_to_string(entry.path())?);
            }
        }
        Ok(())
    }

    /// What is compiled: each benchmark program by itself, and all standard rules as one program.
    fn programs(&self) -> Vec<(String, Vec<&str>)> {
        let (bench, rest): (Vec<&str>, Vec<&str>) =
            self.0.keys().map(|path| path.as_str()).partition(|path| path.starts_with("bench/"));
        let mut programs: Vec<(String, Vec<&str>)> =
            bench.into_iter().map(|path| (path.trim_end_matches(".dl").to_string(), vec![path])).collect();
        programs.push((STANDARD.to_string(), rest));
        programs
    }

    /// The path of an included file: beside the one that includes it, or from the root.
    fn find(&self, path: &str, from: &str) -> Option<String> {
        let beside = from.rsplit_once('/').map_or(path.to_string(), |(directory, _)| format!("{directory}/{path}"));
        [straight(&beside), straight(path)].into_iter().find(|path| self.0.contains_key(path))
    }

    fn twin(&self, paths: &[&str], module: &str) -> Result<String, String> {
        let all: String = paths.iter().map(|path| format!(".include {path:?}\n")).collect();
        let compilation = compile(&[("all", &all)], self);
        let Some(program) = compilation.program else {
            let errors: Vec<_> = compilation.diagnostics.into_iter().filter(|d| d.is_error()).collect();
            return Err(render(&errors, &compilation.sources, false));
        };
        twin(&program, module).map_err(|unsupported| unsupported.to_string())
    }
}

impl Files for Library {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        let path = self.find(path, from).ok_or_else(|| format!("the library has no file `{path}`"))?;
        let text = self.0[&path].clone();
        Ok((path, text))
    }
}

/// The path without `.` and `..`.
fn straight(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}
