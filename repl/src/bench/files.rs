//! Benchmark data on its way from the process that makes it to those that are measured: flat files of 64-bit words, read
//! a piece at a time, so that neither making nor reading them weighs in the figures.

use super::data::{Epoch, Kind, Relation, Row};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// How many rows are read at a time.
const PIECE: usize = 8192;

fn path(directory: &Path, relation: &str) -> PathBuf {
    directory.join(relation).with_extension("words")
}

/// Writes relations and changes.
pub(super) fn write(directory: &Path, data: &[Relation], epochs: &[Epoch]) -> io::Result<()> {
    for relation in data {
        let mut file = BufWriter::new(File::create(path(directory, relation.name))?);
        for row in &relation.rows {
            for word in &row[..relation.arity] {
                file.write_all(&word.to_le_bytes())?;
            }
        }
        file.flush()?;
    }
    let mut file = BufWriter::new(File::create(path(directory, "@updates"))?);
    for epoch in epochs {
        for (insert, row) in &epoch.changes {
            let words = [epoch.kind as i64, i64::from(*insert)];
            for word in words.iter().chain(row) {
                file.write_all(&word.to_le_bytes())?;
            }
        }
        // An epoch ends with a change of no kind.
        for word in [-1; 2 + std::mem::size_of::<Row>() / 8] {
            file.write_all(&i64::to_le_bytes(word))?;
        }
    }
    file.flush()
}

/// Calls `f` with the numbers of a relation, some whole rows at a time.
pub(super) fn read(directory: &Path, relation: &str, arity: usize, mut f: impl FnMut(&[i64])) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path(directory, relation))?);
    let mut bytes = vec![0; PIECE * arity * 8];
    let mut numbers = Vec::with_capacity(PIECE * arity);
    loop {
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read(&mut bytes[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        if filled == 0 {
            return Ok(());
        }
        numbers.clear();
        numbers.extend(bytes[..filled].as_chunks().0.iter().map(|word| i64::from_le_bytes(*word)));
        f(&numbers);
    }
}

/// How many rows a relation has.
pub(super) fn rows(directory: &Path, relation: &str, arity: usize) -> io::Result<u64> {
    Ok(std::fs::metadata(path(directory, relation))?.len() / (8 * arity.max(1) as u64))
}

/// The changes, epoch by epoch.
pub(super) fn read_updates(directory: &Path) -> io::Result<Vec<Epoch>> {
    let mut epochs: Vec<Epoch> = Vec::new();
    let mut open: Option<Epoch> = None;
    read(directory, "@updates", 2 + std::mem::size_of::<Row>() / 8, |numbers| {
        for change in numbers.chunks_exact(2 + std::mem::size_of::<Row>() / 8) {
            let kind = match change[0] {
                0 => Kind::Insert,
                1 => Kind::Delete,
                2 => Kind::Mixed,
                _ => {
                    epochs.extend(open.take());
                    continue;
                }
            };
            let mut row = Row::default();
            row.copy_from_slice(&change[2..]);
            open.get_or_insert(Epoch { kind, changes: Vec::new() }).changes.push((change[1] == 1, row));
        }
    })?;
    Ok(epochs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::suite::{Size, find};

    #[test]
    fn what_was_written_is_read_again() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let suite = find("reach").expect("a suite");
        let data = suite.data(Size::S);
        let updates = suite.updates(&data, 2);
        write(directory.path(), &data, &updates).expect("to write");
        let mut numbers = Vec::new();
        read(directory.path(), "Arc", 2, |piece| numbers.extend_from_slice(piece)).expect("to read");
        let written: Vec<i64> = data[0].rows.iter().flat_map(|row| row[..2].to_vec()).collect();
        assert!(numbers == written);
        assert_eq!(rows(directory.path(), "Arc", 2).expect("to read"), 50_000);
        let read = read_updates(directory.path()).expect("to read");
        let flat = |epochs: &[Epoch]| epochs.iter().map(|e| (e.kind, e.changes.clone())).collect::<Vec<_>>();
        assert_eq!(flat(&read), flat(&updates));
    }
}
