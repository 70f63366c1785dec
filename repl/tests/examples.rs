//! The examples tell the truth: what their transcripts show is typed again, word for word, in their directory.
//!
//! A transcript holds commands (`$ strata …`) and all that a terminal shows of them, both streams in order; after a command
//! that does not end with 0 stands how it ended. `STRATA_BLESS=1` writes what is said instead.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// The directories that answer a question.
fn examples() -> Vec<PathBuf> {
    let entries = fs::read_dir(EXAMPLES).expect("there are examples").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir() && !path.ends_with("src")).collect();
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn commands(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("$ "))
}

/// What a terminal shows of a command, and how it ends if not with 0.
fn typed(directory: &Path, command: &str) -> String {
    let mut screen = tempfile::tempfile().expect("a scratch file");
    let stream = |screen: &File| Stdio::from(screen.try_clone().expect("another handle"));
    let strata = Path::new(env!("CARGO_BIN_EXE_strata")).parent().expect("a directory").display();
    let path = format!("{strata}:{}", std::env::var("PATH").unwrap_or_default());
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(stream(&screen))
        .stderr(stream(&screen))
        .status()
        .expect("sh starts");
    let mut said = String::new();
    screen.rewind().expect("it is a file");
    screen.read_to_string(&mut said).expect("text");
    if !status.success() {
        said.push_str(&format!("[exit {}]\n", status.code().expect("an exit code")));
    }
    said
}

#[test]
fn transcripts_are_true() {
    for directory in examples() {
        let path = directory.join("transcript");
        let stands = read(&path);
        let told: Vec<String> =
            commands(&stands).map(|command| format!("$ {command}\n{}", typed(&directory, command))).collect();
        let told = told.join("\n");
        if std::env::var_os("STRATA_BLESS").is_some() {
            fs::write(&path, told).expect("the transcript is written");
            continue;
        }
        for (line, (said, stands)) in told.lines().zip(stands.lines()).enumerate() {
            assert_eq!(stands, said, "{}:{}", path.display(), line + 1);
        }
        assert_eq!(told, stands, "{}", path.display());
    }
}

#[test]
fn every_example_is_a_question_on_one_screen_with_its_commands_in_the_transcript() {
    let all = examples();
    assert!(all.len() >= 6, "{all:?}");
    let index = read(&Path::new(EXAMPLES).join("README.md"));
    for directory in all {
        let name = directory.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(index.contains(&format!("({name}/README.md)")), "README.md does not list {name}");
        let readme = read(&directory.join("README.md"));
        assert!(readme.lines().count() <= 40, "{name}/README.md fills more than a screen");
        let transcript = read(&directory.join("transcript"));
        let typed: Vec<&str> = commands(&transcript).collect();
        let shown: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("    $ ")).collect();
        assert!(!shown.is_empty(), "{name}/README.md shows no command");
        for command in shown {
            assert!(typed.contains(&command), "{name}/README.md: `{command}` is not in the transcript");
        }
    }
}
