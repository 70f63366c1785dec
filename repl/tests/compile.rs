//! `strata compile`, through the binary; with `STRATA_LONG=1` the crates are built and run, too, which takes minutes.

use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = "\
.decl edge(a: symbol, b: number)
.input edge(filename=\"edges.csv\", rfc4180=true, headers=true, columns=\"1:0\")
.decl next(a: number, b: number)
.input next
.decl reach(a: symbol, b: number)
.output reach
.output reach(IO=stdout, delimiter=\";\", headers=true)
.printsize reach
.decl best(a: symbol, n: number, share: float)
.output best(rfc4180=true, headers=true, attributeNames=\"who,how many,share\")
reach(a, b) :- edge(a, b) ; reach(a, c), next(c, b).
reach(\"stated\", 7).
best(a, n, to_float(n) / 3) :- edge(a, _), n = count : { reach(a, _) }, !edge(a, 99), match(\".*\", a).
?- reach(\"b, c\", x).
";

fn strata(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(directory).args(arguments).output().expect("strata starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_crate_is_written_with_all_that_it_needs() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let directory = scratch.path();
    std::fs::write(directory.join("far.dl"), PROGRAM).expect("it is written");
    let made = strata(directory, &["compile", "far.dl", "-o", "far"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let read = |path: &str| std::fs::read_to_string(directory.join("far").join(path)).expect(path);
    assert!(read("Cargo.toml").contains("name = \"far\""));
    assert!(read("src/main.rs").contains("far::main("));
    assert!(read("src/generated.rs").contains("relation r2(support::Symbol, i64); // reach"));
    let library = read("src/lib.rs");
    for row in [
        "Directive { relation: \"edge\", name: \"edge\", action: Action::Input { place: Place::File { file: \"edges.csv\", \
         directory: None }, fields: &[1, 0], format: Format { delimiter: \",\", quoted: true, header: true } } },",
        "Directive { relation: \"reach\", name: \"reach\", action: Action::PrintSize },",
        "Directive { relation: \"?1\", name: \"?- reach(\\\"b, c\\\", x).\", action: Action::Output",
    ] {
        assert!(library.contains(row), "{row}\n{library}");
    }
    for (file, source) in rules::SUPPORT {
        assert_eq!(read(&format!("src/support/{file}")), *source);
    }
    // It may be made again, and nothing else is overwritten.
    assert!(strata(directory, &["compile", "far.dl", "-o", "far"]).status.success());
    std::fs::write(directory.join("far/Cargo.toml"), "[package]\n").expect("it is written");
    let refused = strata(directory, &["compile", "far.dl", "-o", "far"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("holds another crate"));
}

#[test]
fn what_a_compiled_program_cannot_do_is_refused_with_its_place() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    for (program, said) in [
        (".decl a(x: number)\n.input a(IO=jsonfile)\n", "does not do IO=\"jsonfile\"\n  --> a.dl:2:1"),
        (".decl a(x: Time)\n.input a\n", "does not read a `Time`, as `x` is"),
        (".decl a(x: number)\n.output a(compress=true)\n", "does not write compressed files"),
        (".decl a(x: number)\n.output a(headers=yes)\n", "expected headers=true or headers=false"),
        (".decl a(x: number)\n.input a(columns=\"1:2\")\n", "with 1 different numbers"),
    ] {
        std::fs::write(scratch.path().join("a.dl"), program).expect("it is written");
        let refused = strata(scratch.path(), &["compile", "a.dl", "-o", "a"]);
        assert_eq!(refused.status.code(), Some(1), "{program}");
        assert!(text(&refused.stderr).contains(said), "{program}{}", text(&refused.stderr));
        assert!(!scratch.path().join("a").exists());
    }
}

#[test]
fn a_built_crate_answers_as_strata_run_does() {
    if std::env::var_os("STRATA_LONG").is_none() {
        return;
    }
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let directory = scratch.path();
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("it is written");
    write("far.dl", PROGRAM);
    write("edges.csv", "b,a\n1,\"x \"\"y\"\"\"\n2,\"b, c\"\n3,é\n");
    write("next.facts", "1\t2\n2\t3\n3\t1\n3\t4\n");
    assert!(strata(directory, &["compile", "far.dl", "-o", "far"]).status.success());
    let built = Command::new(env!("CARGO"))
        .current_dir(directory.join("far"))
        .args(["build", "--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .output()
        .expect("cargo starts");
    assert!(built.status.success(), "{}", text(&built.stderr));
    let binary = directory.join("target/debug/far");
    let compiled =
        |arguments: &[&str]| Command::new(&binary).current_dir(directory).args(arguments).output().expect("it starts");
    for output in ["out", "-"] {
        let theirs = compiled(&["-F", ".", "-D", if output == "-" { "-" } else { "theirs" }]);
        let ours = strata(directory, &["run", "far.dl", "-F", ".", "-D", if output == "-" { "-" } else { "ours" }]);
        assert!(theirs.status.success() && ours.status.success(), "{}", text(&theirs.stderr));
        assert_eq!(text(&theirs.stdout), text(&ours.stdout));
    }
    for file in ["reach.csv", "best.csv"] {
        let read = |side: &str| std::fs::read_to_string(directory.join(side).join(file)).expect(file);
        assert_eq!(read("theirs"), read("ours"), "{file}");
    }
    assert_eq!(compiled(&["--bad"]).status.code(), Some(1));
    assert!(text(&compiled(&["-F", "nowhere"]).stderr).contains("cannot read nowhere/edges.csv"));
}

#[test]
fn a_compiled_program_reads_and_writes_files() {
    use rules::support::files::Format;
    use rules::support::program::{Action, Directive, Place, main};
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (facts, out) = (scratch.path().join("facts"), scratch.path().join("out"));
    std::fs::create_dir(&facts).expect("it is made");
    std::fs::write(facts.join("arcs.csv"), "b,a\n2,1\n3,2\n").expect("it is written");
    let format = Format { delimiter: ",", quoted: true, header: true };
    let file = |file| Place::File { file, directory: None };
    let directive = |relation, action| Directive { relation, name: relation, action };
    let directives = [
        directive("Arc", Action::Input { place: file("arcs.csv"), fields: &[1, 0], format }),
        directive("Tc", Action::Output { place: file("tc.csv"), names: Some("x,y"), format }),
        directive("Tc", Action::Output { place: Place::Standard, names: None, format }),
        directive("Tc", Action::PrintSize),
    ];
    let run = |arguments: &[&std::ffi::OsStr]| {
        let mut twin = rules::twin("bench/tc").expect("it is compiled in")();
        let mut printed = Vec::new();
        let arguments = std::iter::once(std::ffi::OsStr::new("tc")).chain(arguments.iter().copied());
        let code = main(&mut *twin, &directives, arguments.map(ToOwned::to_owned), &mut printed);
        (code, text(&printed))
    };
    let (code, printed) = run(&["-F".as_ref(), facts.as_ref(), "-D".as_ref(), out.as_ref()]);
    assert_eq!(code, std::process::ExitCode::SUCCESS);
    assert_eq!(printed, "---------------\nTc\n===============\n1,2\n1,3\n2,3\n===============\nTc\t3\n");
    assert_eq!(std::fs::read_to_string(out.join("tc.csv")).expect("it was written"), "x,y\n1,2\n1,3\n2,3\n");
    let (code, printed) = run(&["--fact-dir".as_ref(), facts.as_ref(), "-D-".as_ref()]);
    assert_eq!(code, std::process::ExitCode::SUCCESS);
    assert!(printed.starts_with("---------------\nTc\nx,y\n===============\n1,2\n"), "{printed}");
    assert_eq!(run(&["-F".as_ref()]).0, std::process::ExitCode::from(1));
    assert!(run(&["--help".as_ref()]).1.contains("--fact-dir"));
}
