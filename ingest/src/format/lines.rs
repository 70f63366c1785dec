//! Lines of a file, without holding the file: one buffer that grows to the longest record, and no further than
//! [`LONGEST`].

use crate::Error;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A record may have this many bytes; a file without line ends must not fill the memory.
pub(crate) const LONGEST: usize = 16 << 20;

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// A file, line by line. Lines end with `\n` or `\r\n`; the last one needs no end.
pub(crate) struct Lines {
    path: PathBuf,
    reader: Box<dyn Read>,
    buffer: Vec<u8>,
    /// What is read and not yet handed out.
    unread: Range<usize>,
    /// The number of the next line.
    number: usize,
}

impl Lines {
    /// Opens a file, compressed or not.
    pub(crate) fn open(path: &Path) -> Result<Lines, Error> {
        Ok(Lines::new(path, open(path)?))
    }

    /// Lines of anything that can be read; the path is for messages.
    pub(crate) fn new(path: &Path, reader: Box<dyn Read>) -> Lines {
        Lines { path: path.to_owned(), reader, buffer: Vec::new(), unread: 0..0, number: 1 }
    }

    /// Lines of a part of a file, the first of which has this number.
    pub(crate) fn from_line(path: &Path, reader: Box<dyn Read>, number: usize) -> Lines {
        Lines { number, ..Lines::new(path, reader) }
    }

    /// The number, from 1, of the line that [`Lines::line`] gives next.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// How many bytes the next `lines` lines have, ends included; none after the last line. The bytes stay until
    /// [`Lines::skip`]. `known` is a length that fewer lines were found to have.
    pub(crate) fn peek(&mut self, known: usize) -> Result<Option<usize>, Error> {
        let mut from = known;
        loop {
            let unread = &self.buffer[self.unread.clone()];
            if let Some(end) = memchr::memchr(b'\n', &unread[from..]) {
                return Ok(Some(from + end + 1));
            }
            from = unread.len();
            if from >= LONGEST {
                return Err(Error::content(&self.path, format!("line {} has more than {LONGEST} bytes", self.number)));
            }
            if !self.fill()? {
                return Ok((from > known).then_some(from));
            }
        }
    }

    /// The first bytes that are not yet handed out.
    pub(crate) fn bytes(&self, length: usize) -> &[u8] {
        &self.buffer[self.unread.start..self.unread.start + length]
    }

    /// Where the bytes stand that are not yet handed out, for [`Lines::slice`].
    pub(crate) fn position(&self) -> usize {
        self.unread.start
    }

    /// Bytes at a position; valid until more is read.
    pub(crate) fn slice(&self, position: usize, length: usize) -> &[u8] {
        &self.buffer[position..position + length]
    }

    /// Hands out bytes that hold this many lines.
    pub(crate) fn skip(&mut self, length: usize, lines: usize) {
        self.unread.start += length;
        self.number += lines;
    }

    /// The next line without its end, and its number; none after the last.
    pub(crate) fn line(&mut self) -> Result<Option<(usize, &[u8])>, Error> {
        let Some(length) = self.peek(0)? else { return Ok(None) };
        let (start, number) = (self.unread.start, self.number);
        self.skip(length, 1);
        Ok(Some((number, without_end(&self.buffer[start..start + length]))))
    }

    /// Reads more; false at the end of the file.
    fn fill(&mut self) -> Result<bool, Error> {
        if self.buffer.len() - self.unread.end < CHUNK {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
            self.buffer.resize((self.unread.end + CHUNK).max(self.buffer.len()), 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.unread.end..]) {
                Ok(n) => {
                    self.unread.end += n;
                    return Ok(n > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io(&self.path, e)),
            }
        }
    }
}

/// Opens a file; one that starts as gzip does is decompressed, whatever its name.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Error> {
    let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut head = [0; 2];
    let mut have = 0;
    // A short read is not the end: pipes deliver as they please.
    while have < head.len() {
        match file.read(&mut head[have..]) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io(path, e)),
        }
    }
    let whole = io::Cursor::new(head).take(have as u64).chain(file);
    let compressed = head == [0x1f, 0x8b];
    Ok(if compressed { Box::new(flate2::read::MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// A line without its `\n` or `\r\n`.
pub(crate) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn all(mut lines: Lines) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        while let Some((number, line)) = lines.line().unwrap() {
            found.push((number, String::from_utf8_lossy(line).into_owned()));
        }
        found
    }

    fn of(bytes: &[u8]) -> Vec<(usize, String)> {
        all(Lines::new(Path::new("t"), Box::new(io::Cursor::new(bytes.to_vec()))))
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(of(b""), []);
        assert_eq!(of(b"a"), [(1, "a".into())]);
        assert_eq!(of(b"a\r\n\nb\n"), [(1, "a".into()), (2, "".into()), (3, "b".into())]);
    }

    #[test]
    fn lines_longer_than_a_chunk_stay_whole() {
        let long = "x".repeat(3 * CHUNK + 7);
        let found = of(format!("a\n{long}\nb").as_bytes());
        assert_eq!(found.iter().map(|(n, l)| (*n, l.len())).collect::<Vec<_>>(), [(1, 1), (2, long.len()), (3, 1)]);
    }

    #[test]
    fn a_file_without_line_ends_is_an_error_and_not_an_empty_memory() {
        let mut lines = Lines::new(Path::new("zeros"), Box::new(io::repeat(0)));
        let error = lines.line().unwrap_err().to_string();
        assert_eq!(error, "zeros: line 1 has more than 16777216 bytes");
    }

    #[test]
    fn compressed_files_are_recognised_by_their_content() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.facts");
        let mut writer = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        writer.write_all(b"1\t2\n3\t4\n").unwrap();
        writer.finish().unwrap();
        assert_eq!(all(Lines::open(&path).unwrap()), [(1, "1\t2".into()), (2, "3\t4".into())]);
    }

    #[test]
    fn a_truncated_compressed_file_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.facts.gz");
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(b"1\t2\n3\t4\n").unwrap();
        let whole = writer.finish().unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        let mut lines = Lines::open(&path).unwrap();
        let error = loop {
            match lines.line() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the end was taken for complete"),
                Err(e) => break e.to_string(),
            }
        };
        assert!(error.contains("r.facts.gz"), "{error}");
    }
}
