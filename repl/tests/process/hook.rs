//! The git hook of `examples/ci`, in a repository: what makes the snapshot worse is not committed.

use crate::scratch;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs git in the repository, with the binary on the path and nobody's configuration.
fn git(repository: &Path, words: &[&str]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_strata")).parent().expect("a directory");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    command.current_dir(repository).args(identity).args(words).env("PATH", path);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.output().expect("git is there")
}

/// Stages everything and commits it; says whether that was let pass, and what was told.
fn commit(repository: &Path) -> (bool, String) {
    assert!(git(repository, &["add", "-A"]).status.success());
    let output = git(repository, &["commit", "-m", "a change"]);
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Puts a snapshot of the example in the place of the one that is there.
fn put(repository: &Path, name: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ci").join(name);
    let to = repository.join("snapshot");
    fs::create_dir_all(&to).expect("it is made");
    for entry in fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("it is copied");
    }
}

#[test]
fn the_git_hook_lets_pass_what_makes_nothing_worse() {
    let world = scratch::files(&[("sub/file", "text")]);
    let repository = world.path();
    assert!(git(repository, &["init", "-q"]).status.success());
    let hook = repository.join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().expect("a directory")).expect("it is made");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ci/pre-commit"), &hook).expect("it is copied");
    assert!(commit(repository).0, "there is no snapshot yet");
    put(repository, "before");
    let (passed, told) = commit(repository);
    assert!(passed && told.contains("h1 and h2 both own 10.0.10.11"), "{told}");
    put(repository, "after");
    let (passed, told) = commit(&repository.join("sub"));
    assert!(!passed && told.contains("2 new errors, 1 fixed") && told.contains("-interface_vlan(\"spine1\""), "{told}");
    let accepted = "vlan_mismatch(_, _, _, _, _) because so\nunreachable_gateway(_, _) because so\n";
    fs::write(repository.join("accepted"), accepted).expect("it is written");
    let (passed, told) = commit(repository);
    assert!(passed, "{told}");
}
