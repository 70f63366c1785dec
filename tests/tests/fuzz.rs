//! Whatever comes, there is an answer: preprocessor, parser, layout, planner, and readers of facts.
//!
//! `STRATA_FUZZ_SECONDS=600 cargo test --release -p tests --test fuzz` is the long run.

use compiler::layout::format;
use compiler::planner::{Statistics, plan};
use compiler::render::render;
use compiler::{NoFiles, compile, decode};
use ingest::snapshot::Snapshot;
use ingest::{Facts, Rejected, importers};
use runtime::{Engine, Options};
use std::fs;
use std::path::{Path, PathBuf};
use tests::fuzz::{Fuzz, seeds};

/// Words that mean something to the front end.
const WORDS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ".",
    ":-",
    "<=",
    "!",
    "!=",
    "=",
    ";",
    ":",
    "_",
    "\"",
    "\\",
    "/*",
    "*/",
    "//",
    "///",
    "\n",
    "-",
    "- ",
    "^",
    "%",
    "count : {",
    "sum x : {",
    "min",
    "max(",
    "cat(",
    ".decl ",
    ".type ",
    ".type L = [x: number, y: L]",
    ".type T = A {} | B {x: T}",
    "[x, nil]",
    "$B($A)",
    "<: ",
    "| ",
    ".input ",
    ".output ",
    ".include \"a\"",
    "?- ",
    "a(x)",
    "x",
    "0",
    "-9223372036854775808",
    "18446744073709551616",
    "1e999",
    "0x",
    "0b2",
    "nil",
    "true",
    "é",
    "\u{feff}",
    "\u{0}",
    "#define",
    "\n#define F(x) x##x #x\n",
    "F(",
    "\n#if ",
    "\n#ifdef a\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#include \"a\"\n",
    "\\\n",
    "__COUNTER__",
    ".once\n",
    ".functor f(x: number): number stateful",
    "@f(",
    "as(x, symbol)",
    "as(x, float)",
    "range(0, 3)",
    "match(\"(?=a)\", x)",
    "\"two\nlines\"",
    ".test \"t\" {",
    ".comp C {",
    "!(",
    "((",
    "-(",
];

#[test]
fn the_front_end_answers_whatever_it_is_given() {
    let mut programs = seeds("rules", &["dl"]);
    programs.extend(seeds("tests/golden", &["dl"]));
    programs.extend(seeds("tests/errors", &["dl"]));
    programs.extend(seeds("tests/run/language", &["dl"]));
    let count = Fuzz::new(programs, WORDS).run(|input| {
        let text = match decode("fuzz.dl", input) {
            Ok(text) => text,
            Err((diagnostic, sources)) => {
                render(&[diagnostic], &sources, true);
                return;
            }
        };
        if let Ok(laid_out) = format(&text) {
            assert!(format(&laid_out).is_ok_and(|again| again == laid_out), "what is laid out stays so:\n{laid_out}");
        }
        let compilation = compile(&[("fuzz.dl", &text)], &NoFiles);
        render(&compilation.diagnostics, &compilation.sources, true);
        match compilation.program {
            None => assert!(!compilation.diagnostics.is_empty(), "no program, and nothing said about it"),
            Some(program) => {
                let printed = program.to_string();
                plan(&program, &Statistics::default());
                let again = compile(&[("printed.dl", &printed)], &NoFiles);
                assert!(again.program.is_some(), "a printed program is a program:\n{printed}");
            }
        }
    });
    println!("{count} programs");
}

/// Words that mean something to readers of facts.
const FIELDS: &[&str] = &[
    "\t",
    ",",
    "\n",
    "\r\n",
    "\"",
    "\"\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    "null",
    "-1",
    "1e400",
    "NaN",
    "9223372036854775808",
    "0x10",
    "\u{feff}",
    "\u{0}",
    "é",
    "2024-01-01T00:00:00Z",
    "10.0.0.1",
    "::1",
    "10.0.0.0/33",
    "aa:bb:cc:dd:ee:ff",
    "",
    "\\",
    "\"a\": ",
    "}\n{",
    "[]",
    "a,b,c",
    "{\"a\":1,\"b\":\"x\",\"c\":\"10.0.0.1\"}\n",
];

/// A relation of every form that a column can have.
const ALL_FORMS: &str = "
    .type Id <: unsigned
    .decl fact(a: number, b: symbol, c: Ip, d: Prefix, e: Mac, f: Time, g: Duration, h: float, i: Id)
    .input fact
";

#[test]
fn the_snapshot_reader_answers_whatever_it_is_given() {
    let header = "a,b,c,d,e,f,g,h,i\n";
    let row = "1,x,10.0.0.1,10.0.0.0/8,aa:bb:cc:dd:ee:ff,2024-01-01T00:00:00Z,120s,1.5,7\n";
    let json = "{\"a\":1,\"b\":\"x\",\"c\":\"10.0.0.1\",\"d\":\"10.0.0.0/8\",\"e\":\"\",\"f\":5,\"g\":\"1h\",\"h\":2,\"i\":3}\n";
    for (name, seed) in [
        ("fact.csv", format!("{header}{row}{row}")),
        ("fact.facts", row.repeat(3).replace(',', "\t")),
        ("fact.jsonl", json.repeat(3)),
    ] {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let compiled = tests::compiled::compile(ALL_FORMS).expect("the program is right");
        let count = Fuzz::new(vec![seed.into_bytes()], FIELDS).run(|input| {
            fs::write(directory.path().join(name), input).expect("the file can be written");
            let snapshot = Snapshot::open(directory.path()).expect("the directory can be read");
            let mut engine = Engine::new(Options::default()).expect("an engine starts");
            engine.set_plan(compiled.plan.clone()).expect("the plan is right");
            let mut rejected = Rejected::default();
            // An error is an answer; what it says names the file.
            match ingest::load(&snapshot, &mut engine, &mut rejected) {
                Ok(_) => drop(rejected.listing()),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
            engine.commit().expect("the epoch closes");
        });
        println!("{name}: {count} files");
    }
}

#[test]
fn importers_answer_whatever_they_are_given() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for importer in importers() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let sources = directories(&data, importer.name());
        assert!(!sources.is_empty(), "there is data for `{}`", importer.name());
        let mut files = Vec::new();
        for source in &sources {
            copy_beginnings(source, &scratch.path().join(source.file_name().expect("a name")), &mut files);
        }
        let import = |directory: &Path| {
            let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
            let answer = importer.import(&[directory.to_owned()], &mut facts, &mut rejected);
            rejected.listing();
            answer.map(|()| facts.len())
        };
        for source in &sources {
            let directory = scratch.path().join(source.file_name().expect("a name"));
            assert!(import(&directory).is_ok_and(|facts| facts > 0), "{} can be imported", source.display());
            // One file after the other is bent, while the rest stays as it is.
            let own: Vec<&PathBuf> = files.iter().filter(|f| f.starts_with(&directory)).collect();
            for file in &own {
                let right = fs::read(file).expect("the file can be read");
                let share = (own.len() * sources.len() * importers().len()) as u32;
                Fuzz::new(vec![right.clone()], FIELDS).run_share(share, |input| {
                    fs::write(file, input).expect("the file can be written");
                    let _ = import(&directory);
                });
                fs::write(file, right).expect("the file can be written");
            }
        }
    }
}

/// The directories of data whose name starts with that of an importer.
fn directories(data: &Path, importer: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(data).expect("there is data").filter_map(Result::ok);
    let named = entries.filter(|e| e.file_name().to_string_lossy().starts_with(importer)).map(|e| e.path());
    let mut found: Vec<PathBuf> = named.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Copies the first lines of every text file of data: an import of those is quick, and as easily led astray.
fn copy_beginnings(from: &Path, to: &Path, copied: &mut Vec<PathBuf>) {
    fs::create_dir_all(to).expect("the directory can be made");
    for entry in fs::read_dir(from).expect("the directory can be read").filter_map(Result::ok) {
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_beginnings(&path, &place, copied);
        } else if path.extension().is_some_and(|e| e == "csv" || e == "jsonl") {
            let text = fs::read_to_string(&path).expect("data is text");
            fs::write(&place, text.lines().take(25).map(|l| format!("{l}\n")).collect::<String>())
                .expect("the file can be written");
            copied.push(place);
        }
    }
    copied.sort();
}
