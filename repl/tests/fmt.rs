//! `strata fmt`, through the binary.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn fmt(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(directory).arg("fmt").args(arguments).stdin(Stdio::null()).env_remove("NO_COLOR");
    command.output().expect("strata starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

const LOOSE: &str = ".decl a(x:number)\na(x):-b(x),x>1. // why\n";
const TIDY: &str = ".decl a(x: number)\na(x) :- b(x), x > 1. // why\n";
const WRONG: &str = "a(x :- b(x).\n";

#[test]
fn files_are_laid_out_and_those_with_errors_are_left() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = |name: &str| scratch.path().join(name);
    for (name, content) in [("loose.dl", LOOSE), ("tidy.dl", TIDY), ("wrong.dl", WRONG), ("other.txt", LOOSE)] {
        std::fs::write(path(name), content).expect("a scratch file is written");
    }
    std::fs::create_dir(path("below")).expect("a directory");
    std::fs::write(path("below/z.dl"), LOOSE).expect("a scratch file is written");
    let untouched = std::fs::metadata(path("tidy.dl")).and_then(|file| file.modified()).expect("a time");

    let output = fmt(scratch.path(), &["--check"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    assert!(shown.contains("--- loose.dl\n+++ loose.dl (laid out)\n@@ -1,2 +1,2 @@\n-.decl a(x:number)\n"), "{shown}");
    assert!(shown.contains("--- below/z.dl\n") && !shown.contains("tidy.dl"), "{shown}");
    assert!(text(&output.stderr).contains("error[syntax-error]"));
    assert!(text(&output.stderr).ends_with("2 of 4 files would change\n"));
    assert_eq!(std::fs::read_to_string(path("loose.dl")).expect("the file is there"), LOOSE);

    let output = fmt(scratch.path(), &["."]);
    assert_eq!(output.status.code(), Some(1), "one file has errors");
    assert_eq!(text(&output.stdout), "");
    for (name, expected) in
        [("loose.dl", TIDY), ("tidy.dl", TIDY), ("wrong.dl", WRONG), ("other.txt", LOOSE), ("below/z.dl", TIDY)]
    {
        assert_eq!(std::fs::read_to_string(path(name)).expect("the file is there"), expected, "{name}");
    }
    let after = std::fs::metadata(path("tidy.dl")).and_then(|file| file.modified()).expect("a time");
    assert_eq!(after, untouched, "what does not change is not written");
    let left = std::fs::read_dir(scratch.path()).expect("the directory").count();
    assert_eq!(left, 5, "nothing is left over");

    std::fs::remove_file(path("wrong.dl")).expect("the file is there");
    assert_eq!(fmt(scratch.path(), &["--check"]).status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_a_link_its_target() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (file, link) = (scratch.path().join("a.dl"), scratch.path().join("link.dl"));
    std::fs::write(&file, LOOSE).expect("a scratch file is written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("permissions");
    symlink(&file, &link).expect("a link");
    assert_eq!(fmt(scratch.path(), &["link.dl"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).expect("the file is there"), TIDY);
    assert_eq!(std::fs::metadata(&file).expect("the file is there").permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(&link).expect("the link is there").is_symlink());
}

#[test]
fn a_missing_file_and_bytes_that_are_no_text_are_told() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("a.dl"), b"a(\xff).\n").expect("a scratch file is written");
    let output = fmt(scratch.path(), &["a.dl", "b.dl"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("not UTF-8") && told.contains("cannot read b.dl"), "{told}");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.args(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("strata starts");
    child.stdin.take().expect("a pipe").write_all(LOOSE.as_bytes()).expect("strata reads");
    let output = child.wait_with_output().expect("strata ends");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), TIDY.to_owned()));
    assert_eq!(text(&output.stderr), "");
}
