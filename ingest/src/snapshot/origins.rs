//! Origins of imported facts: a sidecar beside each file of a snapshot, so that an explanation can cite the file and line
//! that a fact was imported from, and not the snapshot's copy of it.
//!
//! `cable.csv.origins` belongs to `cable.csv`. Its first line is a JSON object: the size and CRC-32 of the file that it
//! describes, and the names of the sources. Each further line is for one fact of that file, in order: its origins as
//! `source:record`, the source by its place in the list.
//!
//! ```text
//! {"bytes":71,"crc32":2768625435,"sources":["tables/lldp.csv","tables/macs.csv"]}
//! 0:17
//! 0:18 1:203
//! ```
//!
//! Whoever edits the file makes the sidecar stale; size and checksum tell, and the facts then come from the snapshot's
//! own lines.

use crate::Error;
use crate::format::lines::Lines;
use runtime::Origin;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first line of a sidecar.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    bytes: u64,
    crc32: u32,
    sources: Vec<String>,
}

/// The sidecar of a file.
pub fn path_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".origins");
    PathBuf::from(name)
}

/// Writes the sidecar of a file that has been written: for each of its facts the origins.
pub fn write(file: &Path, sources: &[Arc<str>], facts: impl Iterator<Item = Vec<Origin>>) -> Result<(), Error> {
    let (bytes, crc32) = checksum(file)?;
    let head = Head { bytes, crc32, sources: sources.iter().map(|s| s.to_string()).collect() };
    let path = path_of(file);
    let save = || -> io::Result<()> {
        let mut out = io::BufWriter::new(File::create(&path)?);
        writeln!(out, "{}", serde_json::to_string(&head)?)?;
        for origins in facts {
            for (i, Origin { source, record }) in origins.iter().enumerate() {
                write!(out, "{}{source}:{record}", if i > 0 { " " } else { "" })?;
            }
            writeln!(out)?;
        }
        out.flush()
    };
    save().map_err(|e| Error::io(&path, e))
}

/// What became of the sidecar of a file.
pub(super) enum Sidecar {
    /// There is none.
    Absent,
    /// It describes another file than the one that is there.
    Stale,
    /// It says where each fact comes from.
    Present(Reader),
}

/// A sidecar, fact by fact.
pub(super) struct Reader {
    lines: Lines,
    /// The names of the sources.
    pub sources: Vec<String>,
}

/// Opens the sidecar of a file.
pub(super) fn open(file: &Path) -> Result<Sidecar, Error> {
    let path = path_of(file);
    if !path.exists() {
        return Ok(Sidecar::Absent);
    }
    let mut lines = Lines::open(&path)?;
    let head = match lines.line()? {
        Some((_, line)) => serde_json::from_slice::<Head>(line),
        None => return Ok(Sidecar::Stale),
    };
    Ok(match head {
        Ok(Head { bytes, crc32, sources }) if checksum(file)? == (bytes, crc32) => {
            Sidecar::Present(Reader { lines, sources })
        }
        _ => Sidecar::Stale,
    })
}

impl Reader {
    /// The origins of the next fact, by the sidecar's numbers of sources; empty if it does not say.
    pub(super) fn next(&mut self, origins: &mut Vec<Origin>) -> Result<(), Error> {
        origins.clear();
        let known = self.sources.len();
        if let Some((_, line)) = self.lines.line()? {
            let text = String::from_utf8_lossy(line);
            let read = |pair: &str| {
                let (source, record) = pair.split_once(':')?;
                let origin = Origin { source: source.parse().ok()?, record: record.parse().ok()? };
                ((origin.source as usize) < known).then_some(origin)
            };
            origins.extend(text.split(' ').filter_map(read));
        }
        Ok(())
    }
}

/// Size and CRC-32.
fn checksum(path: &Path) -> Result<(u64, u32), Error> {
    let sum = || -> io::Result<(u64, u32)> {
        let mut file = File::open(path)?;
        let (mut crc, mut bytes, mut buffer) = (flate2::Crc::new(), 0, vec![0; 1 << 16]);
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok((bytes, crc.sum())),
                Ok(n) => {
                    crc.update(&buffer[..n]);
                    bytes += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    };
    sum().map_err(|e| Error::io(path, e))
}
