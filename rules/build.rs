//! Compiles the rule files of this crate: their texts into a table, each that no other file includes into a twin.
//!
//! A file that does not compile, or has no twin, does not stop the build: it is listed with its reason, and a test of this
//! crate fails. Somebody who edits a rule then sees the same message as anywhere else.

use compiler::ascent::twin;
use compiler::render::render;
use compiler::{Files, compile};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut library = Library::default();
    library.collect(&root, "")?;
    let included: BTreeSet<String> = library.0.keys().flat_map(|path| library.includes(path)).collect();

    let mut modules = String::new();
    let (mut twins, mut failures) = (String::new(), String::new());
    for path in library.0.keys().filter(|path| !included.contains(*path) && wanted(path)) {
        let name = path.trim_end_matches(".dl");
        let module = format!("twin_{}", name.replace(['/', '-', '.'], "_"));
        match library.twin(path, &module) {
            Ok(source) => {
                modules.push_str(&source);
                let _ = writeln!(twins, "    ({name:?}, || Box::new({module}::Program::default())),");
            }
            Err(reason) => {
                let _ = writeln!(failures, "    ({path:?}, {reason:?}),");
            }
        }
    }
    let texts: String = library.0.keys().map(|p| format!("    ({p:?}, include_str!({:?})),\n", root.join(p))).collect();
    let table = |name: &str, ty: &str, doc: &str, rows: &str| {
        format!("/// {doc}\npub const {name}: &[(&str, {ty})] = &[\n{rows}];\n\n")
    };
    let text = "Every rule file of this crate: its path, as in `.include <path>`, and its text.";
    let twin = "The compiled twins: the path of the rule file without `.dl`, and how to make one.";
    let failure = "The rule files that have no twin, and why. Empty, or a test fails.";
    let tables = table("LIBRARY", "&str", text, &texts)
        + &table("TWINS", "fn() -> Box<dyn support::Twin>", twin, &twins)
        + &table("FAILURES", "&str", failure, &failures);
    fs::write(out.join("library.rs"), tables + &modules)
}

/// The network rules are a hundred and twenty relations in one program: as Rust they take minutes to compile, whatever the
/// change, so their twin is made only for who asks for it (`--features network-twin`).
fn wanted(path: &str) -> bool {
    path != "network.dl" || env::var_os("CARGO_FEATURE_NETWORK_TWIN").is_some()
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

    /// The files that a file includes.
    fn includes(&self, path: &str) -> Vec<String> {
        let text = self.0.get(path).map_or("", |text| text.as_str());
        let named = text.lines().filter_map(|line| {
            let rest = line.trim_start().strip_prefix(".include")?.trim();
            Some(rest.trim_matches(['"', '<', '>']).to_string())
        });
        named.filter_map(|name| self.find(&name, path)).collect()
    }

    /// The path of an included file: beside the one that includes it, or from the root.
    fn find(&self, path: &str, from: &str) -> Option<String> {
        let beside = from.rsplit_once('/').map_or(path.to_string(), |(directory, _)| format!("{directory}/{path}"));
        [straight(&beside), straight(path)].into_iter().find(|path| self.0.contains_key(path))
    }

    fn twin(&self, path: &str, module: &str) -> Result<String, String> {
        let compilation = compile(&[(path, &self.0[path])], self);
        let Some(program) = compilation.program else {
            return Err(render(&compilation.diagnostics, &compilation.sources, false));
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
