//! `strata test`, through the binary.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn test(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(directory).arg("test").args(arguments).stdin(Stdio::null()).env_remove("NO_COLOR");
    command.output().expect("strata starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

const RULES: &str = "\
.decl link(a: symbol, b: symbol)
.input link
.decl path(a: symbol, b: symbol)
path(a, b) :- link(a, b) ; link(a, c), path(c, b).
.decl steady(a: symbol)
steady(\"core\").
";

/// A directory with rules, and tests of which some fail.
fn scratch() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let write = |name: &str, text: String| std::fs::write(scratch.path().join(name), text).expect("a file is written");
    let good = ".test \"two links are a path\" {\n    link(\"a\", \"b\").\n    link(\"b\", \"c\").\n    \
                expect path(\"a\", x), x != \"b\".\n    expect !path(\"c\", _), steady(\"core\").\n    \
                expect count : { path(_, _) } = 3.\n    expect only path(\"a\", \"b\"), path(\"b\", \"c\"), \
                path(\"a\", \"c\").\n}\n.test \"each has facts of its own\" {\n    expect !link(_, _).\n}\n";
    write("good.dl", format!("{RULES}{good}"));
    let bad = ".test \"all <wrong>\" {\n    link(\"a\", \"b\").\n    expect path(\"a\", \"c\").\n    \
               expect !path(\"a\", _).\n    expect only path(\"a\", \"b\"), path(\"a\", \"d\").\n    \
               expect only steady(\"edge\").\n}\n";
    write("bad.dl", format!(".include \"good.dl\"\n{bad}"));
    write("none.dl", "this is no rule file, and has none".into());
    // Nothing is read from files.
    write("link.facts", "x\ty\n".into());
    scratch
}

#[test]
fn tests_pass_or_show_the_difference() {
    let scratch = scratch();
    let output = test(scratch.path(), &["good.dl"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), "2 passed, 0 failed\n".into()));
    assert_eq!(
        text(&output.stdout),
        "ok   two links are a path good.dl:7\nok   each has facts of its own good.dl:15\n"
    );

    let output = test(scratch.path(), &[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), "2 passed, 1 failed\n".into()));
    let expected = "\
FAIL all <wrong> bad.dl:2
  bad.dl:4: expect path(\"a\", \"c\").
    missing     path(\"a\", \"c\")
    `path` has 1 tuple, the nearest is path(\"a\", \"b\")
  bad.dl:5: expect !path(\"a\", _).
    unexpected  path(\"a\", \"b\")
  bad.dl:6: expect only path(\"a\", \"b\"), path(\"a\", \"d\").
    missing     path(\"a\", \"d\")
  bad.dl:7: expect only steady(\"edge\").
    missing     steady(\"edge\")
    unexpected  steady(\"core\")
";
    assert!(text(&output.stdout).starts_with(expected), "{}", text(&output.stdout));
}

#[test]
fn tests_are_chosen_by_name_and_answered_as_json() {
    let scratch = scratch();
    let output = test(scratch.path(), &["--filter", "wrong", "--format", "json"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    assert_eq!((&json["passed"], &json["failed"]), (&0.into(), &1.into()));
    let case = &json["tests"][0];
    assert_eq!((&case["name"], &case["file"], &case["line"]), (&"all <wrong>".into(), &"bad.dl".into(), &2.into()));
    assert_eq!(case["failures"][3]["missing"][0], "steady(\"edge\")");
    assert_eq!(case["failures"][3]["unexpected"][0], "steady(\"core\")");
}

#[test]
fn results_are_written_for_build_servers() {
    let scratch = scratch();
    let output = test(scratch.path(), &["--junit", "results.xml"]);
    assert_eq!(output.status.code(), Some(1));
    let xml = std::fs::read_to_string(scratch.path().join("results.xml")).expect("the file is written");
    let document = roxmltree::Document::parse(&xml).expect("the file is XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert_eq!(
        (root.attribute("tests"), root.attribute("failures"), root.attribute("errors")),
        (Some("3"), Some("1"), Some("0"))
    );
    let suites: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
    let names: Vec<_> = suites.iter().map(|suite| (suite.tag_name().name(), suite.attribute("name"))).collect();
    assert_eq!(names, [("testsuite", Some("bad.dl")), ("testsuite", Some("good.dl"))]);
    for suite in suites {
        let cases: Vec<_> = suite.children().filter(roxmltree::Node::is_element).collect();
        assert_eq!(suite.attribute("tests"), Some(cases.len().to_string().as_str()));
        for case in cases {
            assert_eq!(case.tag_name().name(), "testcase");
            assert_eq!(case.attribute("classname"), suite.attribute("name"));
            assert!(case.attribute("time").is_some_and(|time| time.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0)));
            let failures: Vec<_> = case.children().filter(|node| node.has_tag_name("failure")).collect();
            if case.attribute("name") == Some("all <wrong>") {
                assert_eq!(failures.len(), 4);
                assert_eq!(failures[0].attribute("message"), Some("expect path(\"a\", \"c\")."));
                assert!(failures[0].text().is_some_and(|text| text.contains("missing     path(\"a\", \"c\")")));
            } else {
                assert!(failures.is_empty());
            }
        }
    }
}

#[test]
fn a_file_that_does_not_compile_does_not_stop_the_others() {
    let scratch = scratch();
    std::fs::write(scratch.path().join("a.dl"), ".test t { lnik(1). }\n").expect("a file is written");
    let output = test(scratch.path(), &["a.dl", "good.dl", "gone.dl"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("unknown relation `lnik`") && told.contains("cannot read gone.dl"), "{told}");
    assert!(told.ends_with("2 passed, 0 failed\n"), "{told}");
}

#[test]
fn the_tests_of_the_standard_rules_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = test(&root, &["rules"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).lines().count() >= 9, "{}", text(&output.stdout));
}
