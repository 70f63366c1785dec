//! Fact files, row by row: bytes into records, records into words.
//!
//! [`lines`] reads a file (compressed or not) without holding it, [`delimited`] and [`json`] cut it into fields, and
//! [`word`] reads each field as the declared type of its column ([`term`] where that is a record). [`plain`] does all of that at once for [`blocks`] of a
//! file that hold nothing but numbers and text, which is most of what there is. A row that cannot be read is a [`Fault`], a value with
//! its place; whether that ends the reading ([`crate::directive`]: rules that name a file want all of it) or is counted
//! and set aside ([`crate::snapshot`]: real data is dirty) is decided above.

pub(crate) mod blocks;
pub(crate) mod delimited;
pub(crate) mod json;
pub(crate) mod lines;
pub(crate) mod plain;
pub(crate) mod rows;
pub(crate) mod term;
pub(crate) mod word;
pub(crate) mod write;

use crate::error::Place;

/// Why a row cannot be used, and where that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The place in the file.
    pub place: Place,
    /// What is wrong, the same for all rows of its kind: it is what rejected rows are counted by.
    pub reason: String,
    /// What was found.
    pub found: String,
}

impl Fault {
    /// The whole message: reason and finding.
    pub(crate) fn message(&self) -> String {
        if self.found.is_empty() { self.reason.clone() } else { format!("{}, found {}", self.reason, self.found) }
    }
}

/// A stretch of a file for a message: as text, quoted, and not too long.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
