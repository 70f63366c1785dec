//! Names in a cluster: process 0 gives symbols and terms their numbers, the others ask.
//!
//! Numbers are given out without gaps, so what another process knows of the table is its beginning, and all it ever asks
//! is: what comes after that, now that these have numbers, too? A number that arrives from elsewhere was given out by
//! process 0 before, so asking once more finds it. Cost: a round trip for each number or text that is met for the first
//! time, and the whole of the table once in each process.

use super::packed::{Packed, pack, unpack, variants};
use crate::symbols::{Home, Symbols};
use cluster::{Line, Loss, Reader, Writer};
use std::fmt;
use std::sync::{Arc, Mutex};

/// How many texts, or words of terms, one answer holds at most; of the last one a whole term.
const MOST: usize = 1 << 16;

enum Request {
    /// The texts from a number on, after these have numbers.
    Texts(usize, Vec<String>),
    /// The words of terms from a place on, after this one has a place.
    Words(u64, Option<Vec<u64>>),
}

variants!(Request { 0 Texts(known, wanted), 1 Words(known, wanted), });

/// Answers another process's questions until it has none.
pub(super) fn answer(symbols: &Symbols, line: Line, gone: impl Fn()) {
    let serve = |mut writer: Writer, mut reader: Reader| -> std::io::Result<()> {
        while let Some(frame) = reader.receive()? {
            let reply = match unpack(&frame) {
                Some(Request::Texts(known, wanted)) => {
                    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
                    symbols.intern_all(&wanted);
                    pack(&symbols.texts_since(known, MOST))
                }
                Some(Request::Words(known, wanted)) => {
                    if let Some(words) = wanted {
                        symbols.pack(&words);
                    }
                    pack(&symbols.words_since(known, MOST))
                }
                None => return Err(std::io::ErrorKind::InvalidData.into()),
            };
            writer.send(&reply)?;
        }
        Ok(())
    };
    if line.split(None).and_then(|(writer, reader)| serve(writer, reader)).is_err() {
        gone();
    }
}

/// Process 0, as another process asks it.
pub(super) struct Asking {
    line: Mutex<(Writer, Reader)>,
    loss: Arc<Loss>,
    gone: String,
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("process 0")
    }
}

impl Asking {
    pub(super) fn new(line: Line, loss: Arc<Loss>, gone: String) -> std::io::Result<Asking> {
        Ok(Asking { line: Mutex::new(line.split(None)?), loss, gone })
    }

    fn ask<T: Packed>(&self, request: &Request) -> T {
        let mut line = self.line.lock().unwrap_or_else(|e| e.into_inner());
        let (writer, reader) = &mut *line;
        let reply = writer.send(&pack(request)).and_then(|()| reader.receive()).ok().flatten();
        reply.and_then(|frame| unpack(&frame)).unwrap_or_else(|| {
            self.loss.report(&self.gone);
            panic!("poisoned: process 0 gives no names any more");
        })
    }
}

impl Home for Asking {
    fn texts(&self, known: usize, wanted: &[&str]) -> Vec<String> {
        self.ask(&Request::Texts(known, wanted.iter().map(|text| text.to_string()).collect()))
    }

    fn words(&self, known: u64, wanted: Option<&[u64]>) -> Vec<u64> {
        self.ask(&Request::Words(known, wanted.map(<[u64]>::to_vec)))
    }
}
