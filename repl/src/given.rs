//! What a command is given to look at: snapshots, and what other tools wrote, as `KIND:PATH`.
//!
//! A path that is there is a snapshot, whatever its name. Of any other argument, what stands before the first colon is a
//! kind of source, one that `strata import --list` shows. All that is given of one kind is imported together, the kinds
//! are reconciled as `strata import` does it, and nothing is written: facts keep the lines of the raw files.

use crate::facts::unreadable;
use crate::failure::{Failure, Outcome};
use crate::import::find;
use ingest::batch::Kept;
use ingest::{Facts, Importer, Rejected, Schema, Snapshot, reconcile};
use runtime::Symbols;
use std::path::{Path, PathBuf};

/// An argument, understood.
enum Given {
    Snapshot(PathBuf),
    Source(&'static dyn Importer, PathBuf),
}

/// Facts that were read, and what could not be used.
pub(crate) struct Read {
    pub(crate) facts: Kept,
    pub(crate) rejected: Rejected,
}

/// Reads all that is given. `wanted` says of a relation whether it is needed, or nothing if it is not declared: a file of
/// a snapshot that no rule declares is told as one that could not be used, but a source states what it knows, and nobody
/// asked for all of it.
pub(crate) fn read(
    arguments: &[PathBuf],
    schema: &Schema,
    symbols: &Symbols,
    wanted: &dyn Fn(&str) -> Option<bool>,
) -> Outcome<Read> {
    let mut read = Read { facts: Kept::default(), rejected: Rejected::default() };
    let mut sources: Vec<(&'static dyn Importer, Vec<PathBuf>)> = Vec::new();
    for argument in arguments {
        match given(argument)? {
            Given::Snapshot(directory) => {
                let mut snapshot = Snapshot::open(&directory).map_err(unreadable)?;
                snapshot.retain(|name| wanted(name).unwrap_or(true));
                snapshot.read(schema, symbols, &mut read.facts, &mut read.rejected).map_err(unreadable)?;
            }
            Given::Source(kind, path) => match sources.iter_mut().find(|(known, _)| known.name() == kind.name()) {
                Some((_, paths)) => paths.push(path),
                None => sources.push((kind, vec![path])),
            },
        }
    }
    if !sources.is_empty() {
        let mut facts = Facts::default();
        for (kind, paths) in sources {
            kind.import(&paths, &mut facts, &mut read.rejected).map_err(unreadable)?;
        }
        reconcile(&mut facts);
        facts.retain(|name| wanted(name).unwrap_or(false));
        ingest::feed(&facts, schema, symbols, &mut read.facts, &mut read.rejected).map_err(unreadable)?;
    }
    Ok(read)
}

/// What is given, in words.
pub(crate) fn named(arguments: &[PathBuf]) -> String {
    arguments.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

fn given(argument: &Path) -> Outcome<Given> {
    if argument.exists() {
        return Ok(Given::Snapshot(argument.to_owned()));
    }
    let Some((kind, path)) = cut(argument) else { return Ok(Given::Snapshot(argument.to_owned())) };
    if path.as_os_str().is_empty() {
        let found = find(kind)?.name();
        return Err(Failure::User(format!("`{found}:` names no path; write `{found}:PATH`")));
    }
    Ok(Given::Source(find(kind)?, path))
}

/// `suzieq:tables/` in its parts, where it has the form. The path may be no text.
fn cut(argument: &Path) -> Option<(&str, PathBuf)> {
    let bytes = argument.as_os_str().as_encoded_bytes();
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let kind = std::str::from_utf8(&bytes[..colon]).ok()?;
    let is_word = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_word.then(|| Some((kind, path(&bytes[colon + 1..])?)))?
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_word_before_a_colon() {
        assert_eq!(cut(Path::new("suzieq:a/b:c")), Some(("suzieq", PathBuf::from("a/b:c"))));
        assert_eq!(cut(Path::new("snapshots/a:b")), None);
        assert_eq!(cut(Path::new("snapshot")), None);
        assert_eq!(cut(Path::new(":snapshot")), None);
    }

    #[test]
    fn a_kind_that_nobody_knows_is_told_with_one_that_is_near() {
        let Err(Failure::User(told)) = given(Path::new("suzeiq:tables")) else { panic!("no such kind") };
        assert!(told.contains("there is no kind of source `suzeiq`; did you mean `suzieq`?"), "{told}");
        let Err(Failure::User(told)) = given(Path::new("suzieq:")) else { panic!("no path") };
        assert!(told.contains("write `suzieq:PATH`"), "{told}");
    }
}
