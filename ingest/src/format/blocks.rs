//! A file in blocks of whole lines: what can be parsed by several workers, without holding the file.

use super::lines::LONGEST;
use crate::Error;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How large a block is, unless a line is longer. It says where blocks end, and so nothing may depend on it but speed.
pub(crate) const BLOCK: usize = 1 << 20;

/// The blocks that are left.
pub(crate) struct Blocks {
    path: PathBuf,
    reader: Box<dyn Read>,
    /// The beginning of a line whose end has not been read yet.
    rest: Vec<u8>,
    ended: bool,
}

impl Blocks {
    /// Blocks of anything that can be read; the path is for messages.
    pub(crate) fn new(path: &Path, reader: Box<dyn Read>) -> Blocks {
        Blocks { path: path.to_owned(), reader, rest: Vec::new(), ended: false }
    }

    /// The next lines; none after the last. Only the last of all may lack its end.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut block = std::mem::take(&mut self.rest);
        let mut wanted = BLOCK;
        while !self.ended {
            self.fill(&mut block, wanted)?;
            if let Some(end) = memchr::memrchr(b'\n', &block) {
                self.rest = block.split_off(end + 1);
                break;
            }
            if block.len() >= LONGEST {
                return Err(Error::content(&self.path, format!("a line has more than {LONGEST} bytes")));
            }
            wanted += BLOCK;
        }
        Ok((!block.is_empty()).then_some(block))
    }

    /// What is left, as it is.
    pub(crate) fn into_reader(self) -> Box<dyn Read> {
        Box::new(io::Cursor::new(self.rest).chain(self.reader))
    }

    /// Reads until the block has the wanted size or the file ends.
    fn fill(&mut self, block: &mut Vec<u8>, wanted: usize) -> Result<(), Error> {
        let mut have = block.len();
        block.resize(wanted.max(have), 0);
        while have < block.len() && !self.ended {
            match self.reader.read(&mut block[have..]) {
                Ok(0) => self.ended = true,
                Ok(n) => have += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io(&self.path, e)),
            }
        }
        block.truncate(have);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let mut blocks = Blocks::new(Path::new("t"), Box::new(io::Cursor::new(bytes)));
        std::iter::from_fn(|| blocks.next().expect("it can be read")).collect()
    }

    #[test]
    fn blocks_end_with_lines_and_nothing_is_lost() {
        let line = format!("{}\n", "x".repeat(999));
        let mut text = line.repeat(3 * BLOCK / 1000);
        text.push_str("the end");
        let found = cut(text.clone().into_bytes());
        assert!(found.len() > 2 && found.iter().rev().skip(1).all(|block| block.ends_with(b"\n")));
        assert_eq!(found.concat(), text.as_bytes());
        assert_eq!(cut(Vec::new()), [] as [Vec<u8>; 0]);
    }

    #[test]
    fn a_line_longer_than_a_block_stays_whole() {
        let mut text = vec![b'x'; 2 * BLOCK + 7];
        text.extend(b"\ny\n");
        assert_eq!(cut(text.clone()).concat(), text);
        assert_eq!(cut(text)[0].len(), 2 * BLOCK + 10);
    }

    #[test]
    fn a_file_without_line_ends_is_an_error_and_not_an_empty_memory() {
        let mut blocks = Blocks::new(Path::new("zeros"), Box::new(io::repeat(0)));
        assert_eq!(blocks.next().unwrap_err().to_string(), "zeros: a line has more than 16777216 bytes");
    }
}
