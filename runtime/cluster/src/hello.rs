//! The first words on every connection: who calls, what for, and whether that fits.

use crate::meet::Place;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// The first bytes. Whoever says something else is no process of ours.
const MAGIC: [u8; 8] = *b"strata/1";

/// No text in a hello or a reply is longer.
const LONGEST: usize = 4096;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Timely's data between two processes.
    Data,
    /// Commands to a worker, by its number within its process, and its answers.
    Commands(usize),
    /// Names of symbols and terms.
    Names,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) processes: usize,
    pub(crate) workers: usize,
    pub(crate) process: usize,
    pub(crate) purpose: Purpose,
    pub(crate) version: String,
}

impl Hello {
    pub(crate) fn of(place: &Place, purpose: Purpose) -> Hello {
        Hello {
            processes: place.hosts.len(),
            workers: place.workers,
            process: place.process,
            purpose,
            version: env!("CARGO_PKG_VERSION").to_string(),
        }
    }

    pub(crate) fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let (kind, worker) = match self.purpose {
            Purpose::Data => (0, 0),
            Purpose::Commands(worker) => (1, worker),
            Purpose::Names => (2, 0),
        };
        let mut bytes = MAGIC.to_vec();
        for number in [self.processes, self.workers, self.process, kind, worker] {
            bytes.extend((number as u64).to_le_bytes());
        }
        put_text(&mut bytes, &self.version);
        stream.write_all(&bytes)
    }

    /// Reads a hello; none if it is somebody else who calls.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Option<Hello>> {
        let mut magic = [0; 8];
        stream.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Ok(None);
        }
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = take_number(stream)? as usize;
        }
        let [processes, workers, process, kind, worker] = numbers;
        let purpose = match kind {
            0 => Purpose::Data,
            1 => Purpose::Commands(worker),
            2 => Purpose::Names,
            _ => return Ok(None),
        };
        Ok(Some(Hello { processes, workers, process, purpose, version: take_text(stream)? }))
    }

    /// What keeps the caller from working with a process at this place.
    pub(crate) fn misfit(&self, place: &Place) -> Option<String> {
        let (own, process) = (Hello::of(place, self.purpose), self.process);
        let one = |n: usize, noun: &str| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
        if self.version != own.version {
            let (theirs, ours) = (&self.version, &own.version);
            return Some(format!(
                "process {process} is strata {theirs} and process {} is {ours}: start the same binary everywhere",
                own.process
            ));
        }
        if self.processes != own.processes {
            let (theirs, ours) = (one(self.processes, "host"), one(own.processes, "host"));
            return Some(format!(
                "process {process} was given {theirs} and process {} was given {ours}: give all of them the same `--hosts`",
                own.process
            ));
        }
        if self.workers != own.workers {
            let (theirs, ours) = (one(self.workers, "worker"), one(own.workers, "worker"));
            return Some(format!(
                "process {process} has {theirs} and process {} has {ours}: give all of them the same `--workers`",
                own.process
            ));
        }
        if process == own.process || process >= own.processes {
            return Some(format!("two processes say that they are process {process}: give each its own `--process`"));
        }
        None
    }
}

/// Answers a hello: nothing, or why not.
pub(crate) fn reply(stream: &mut TcpStream, refusal: Option<&str>) -> io::Result<()> {
    let mut bytes = Vec::new();
    put_text(&mut bytes, refusal.unwrap_or_default());
    stream.write_all(&bytes)
}

/// Reads the answer: why not, if so.
pub(crate) fn read_reply(stream: &mut TcpStream) -> io::Result<Option<String>> {
    Ok(Some(take_text(stream)?).filter(|refusal| !refusal.is_empty()))
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn take_number(stream: &mut TcpStream) -> io::Result<u64> {
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn take_text(stream: &mut TcpStream) -> io::Result<String> {
    let length = take_number(stream)? as usize;
    if length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a text without measure"));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a text that is none"))
}
