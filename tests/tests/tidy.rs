//! What keeps the house: who may depend on whom, what a file must carry, and how long it may be.
//!
//! Every check lists all that it finds, so one run shows all there is to mend.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Room by room: the rooms it may depend on at run time, and at build time.
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    ("compiler", &[], &[]),
    ("dataflow", &[], &[]),
    ("cluster", &[], &[]),
    ("runtime", &["compiler", "dataflow", "cluster"], &[]),
    ("ingest", &["compiler", "runtime"], &[]),
    ("rules", &[], &["compiler"]),
    ("repl", &["compiler", "runtime", "ingest", "rules"], &[]),
];

/// Crates that a room must never use, directly: the engine underneath stays in the runtime, waiting on the outside world
/// in ingest and repl.
const NEVER: &[(&str, &[&str])] = &[
    ("compiler", &["timely", "differential-dataflow", "tokio", "serde", "csv", "rustyline"]),
    ("runtime", &["tokio", "serde_json", "csv", "rustyline", "lalrpop-util"]),
    ("ingest", &["timely", "differential-dataflow", "rustyline", "ascent"]),
    ("rules", &["timely", "differential-dataflow", "tokio"]),
    ("repl", &["timely", "differential-dataflow"]),
];

/// Words that a room's library must not hold, outside of its tests.
const WITHOUT: &[(&str, &[&str])] = &[
    ("compiler", &["std::fs", "std::thread", "std::net::Tcp", "std::time", "println!", "std::process"]),
    ("runtime", &["std::fs", "println!", "std::net::Tcp"]),
    ("ingest", &["println!"]),
];

/// Files that are longer than they should be, and how long they may be until they are split.
const LONG: &[(&str, usize)] = &[("compiler/src/planner/tests.rs", 660)];

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = text(&package["name"]);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let (on, kind) = (text(&dependency["name"]), dependency["kind"].as_str().unwrap_or("normal"));
            let is_room = !dependency["path"].is_null();
            let Some((_, run, build)) = ROOMS.iter().find(|(room, ..)| *room == name) else { continue };
            let allowed = match kind {
                "build" => build.contains(&on) || run.contains(&on),
                "dev" => run.contains(&on) || build.contains(&on),
                _ => run.contains(&on),
            };
            if is_room && !allowed {
                wrong.push(format!("`{name}` must not depend on `{on}` ({kind})"));
            }
            let never = NEVER.iter().filter(|(room, _)| *room == name).flat_map(|(_, crates)| *crates);
            if !is_room && kind != "dev" && never.into_iter().any(|never| *never == on) {
                wrong.push(format!("`{name}` must not use the crate `{on}`"));
            }
        }
    }
    none(wrong);
}

#[test]
fn every_room_of_the_workspace_is_in_the_plan_of_the_house() {
    let names: BTreeSet<String> = packages().iter().map(|p| text(&p["name"]).to_owned()).collect();
    let mut known: BTreeSet<String> = ROOMS.iter().map(|(room, ..)| (*room).to_owned()).collect();
    known.extend(["tests".to_owned(), "examples".to_owned()]);
    assert_eq!(names, known);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap_or("");
    let section = section.split("\n[").next().unwrap_or("");
    let outside = section.lines().filter(|l| l.contains('=') && !l.starts_with('#') && !l.contains("path ="));
    none(outside.filter(|l| !l.contains(" # ")).map(|l| format!("no reason: {l}")).collect());
}

#[test]
fn rooms_keep_out_of_what_is_not_theirs() {
    let mut wrong = Vec::new();
    for (room, words) in WITHOUT {
        for file in files(&folder(room).join("src"), &["rs"]) {
            let source = read(&file);
            let library = source.split("#[cfg(test)]").next().unwrap_or("");
            let code = library.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//"));
            for (line, content) in code {
                for word in words.iter().filter(|w| content.contains(**w)) {
                    wrong.push(format!("{}:{}: {word}", shown(&file), line + 1));
                }
            }
        }
    }
    none(wrong);
}

#[test]
fn every_rule_file_says_its_question_input_output_and_example() {
    let mut wrong = Vec::new();
    // The programs of the benchmarks stay as other engines were measured with them.
    let bench = root().join("rules/bench");
    for file in files(&root().join("rules"), &["dl"]).into_iter().filter(|f| !f.starts_with(&bench)) {
        let source = read(&file);
        let header: Vec<&str> = source.lines().take_while(|l| l.starts_with("//")).collect();
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let first = header.first().copied().unwrap_or("");
        if !first.starts_with(&format!("// {name}: ")) || !header.iter().take(3).any(|l| l.trim_end().ends_with('?')) {
            wrong.push(format!("{}: opens with `// {name}: the question?`", shown(&file)));
        }
        for part in ["input", "output", "example"] {
            if !header.iter().any(|l| l.starts_with(&format!("//   {part} "))) {
                wrong.push(format!("{}: the header has no line `//   {part} …`", shown(&file)));
            }
        }
    }
    none(wrong);
}

#[test]
fn every_diagnostic_code_has_a_page_and_a_failing_case() {
    let codes = codes();
    let pages: BTreeSet<String> = stems(&root().join("compiler/codes"), "md");
    let cases: BTreeSet<String> = stems(&root().join("tests/errors"), "dl");
    let mut wrong: Vec<String> =
        codes.difference(&pages).map(|c| format!("compiler/codes/{c}.md is missing")).collect();
    wrong.extend(codes.difference(&cases).map(|c| format!("tests/errors/{c}.dl is missing")));
    wrong.extend(pages.difference(&codes).map(|c| format!("compiler/codes/{c}.md: no such code")));
    none(wrong);
}

#[test]
fn no_file_names_a_place_of_a_machine() {
    // Put together here, so that this file does not hold them.
    let places: Vec<String> = ["work", "root", "farm", "home"].iter().map(|d| format!("/{d}/")).collect();
    let scratch = format!("/{}/", "tmp");
    let mut wrong = Vec::new();
    for file in files(&root(), &["rs", "toml", "md", "dl", "script", "expected", "lalrpop", "json", "yml", "run"]) {
        // What a real network states about itself is data.
        let is_data = file.starts_with(root().join("tests/data"));
        if is_data {
            continue;
        }
        for (line, content) in read(&file).lines().enumerate() {
            let named = |place: &String| {
                content
                    .match_indices(place.as_str())
                    .any(|(at, _)| !content[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~*}>".contains(c)))
            };
            if places.iter().chain([&scratch]).any(named) {
                wrong.push(format!("{}:{}: {}", shown(&file), line + 1, content.trim()));
            }
        }
    }
    none(wrong);
}

#[test]
fn files_are_short_enough_to_be_about_one_thing() {
    let mut wrong = Vec::new();
    for file in files(&root(), &["rs", "dl", "lalrpop"]) {
        let source = read(&file);
        let lines = source.lines().count();
        let most = LONG.iter().find(|(long, _)| file.ends_with(long)).map_or(600, |(_, most)| *most);
        if lines > most && !source.starts_with("// @generated") {
            wrong.push(format!("{}: {lines} lines; {most} are the most", shown(&file)));
        }
    }
    none(wrong);
}

#[test]
fn every_crate_opens_with_an_essay() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = text(&package["name"]);
        let file = folder(name).join("src/lib.rs");
        let essay = read(&file).lines().take_while(|l| l.starts_with("//!")).count();
        if essay < 5 {
            wrong.push(format!(
                "{}: {essay} lines of `//!`; tell what the room owns, promises and never does",
                shown(&file)
            ));
        }
    }
    none(wrong);
}

#[test]
fn every_module_says_what_it_is() {
    let mut wrong = Vec::new();
    for (room, ..) in ROOMS {
        for file in files(&folder(room).join("src"), &["rs"]) {
            if !file.ends_with("tests.rs") && !read(&file).starts_with("//!") {
                wrong.push(format!("{}: opens without `//!`", shown(&file)));
            }
        }
    }
    none(wrong);
}

/// The codes that the compiler knows.
fn codes() -> BTreeSet<String> {
    compiler::codes::CODES.iter().map(|(code, _)| (*code).to_owned()).collect()
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn packages() -> Vec<Json> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().cloned().unwrap_or_default()
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or("")
}

/// Where a room is: beside the others, but for those within the runtime.
fn folder(room: &str) -> PathBuf {
    match room {
        "dataflow" | "cluster" => root().join("runtime").join(room),
        room => root().join(room),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned()
}

fn read(file: &Path) -> String {
    let bytes = fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", shown(file)));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

fn stems(directory: &Path, extension: &str) -> BTreeSet<String> {
    let files = files(directory, &[extension]);
    files.iter().filter_map(|f| Some(f.file_stem()?.to_string_lossy().into_owned())).collect()
}

/// The files below a directory that have one of the extensions (or, without one, the name), in order; what is built and
/// what version control keeps aside.
fn files(directory: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok).collect();
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                found.extend(files(&path, extensions));
            }
        } else {
            let extension = path.extension().map_or(name.clone(), |e| e.to_string_lossy().into_owned());
            if extensions.contains(&extension.as_str()) {
                found.push(path);
            }
        }
    }
    found
}
