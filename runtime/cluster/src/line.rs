//! A line between two processes: frames of bytes in both directions.
//!
//! A frame is its length in eight bytes, then so many bytes. An empty frame says that the sender is still there; a length
//! of all ones, that nothing will follow.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The length that ends a line.
const END: u64 = u64::MAX;

/// No frame is longer; what claims to be is not ours.
const LONGEST: u64 = 1 << 40;

/// A connected line.
#[derive(Debug)]
pub struct Line(pub(crate) TcpStream);

/// The end that sends.
#[derive(Debug)]
pub struct Writer(BufWriter<TcpStream>);

/// The end that receives.
#[derive(Debug)]
pub struct Reader(BufReader<TcpStream>);

impl Line {
    /// The two ends. With a silence given, the reader takes the other side for lost when nothing came for so long.
    pub fn split(self, silence: Option<Duration>) -> io::Result<(Writer, Reader)> {
        self.0.set_read_timeout(silence)?;
        let other = self.0.try_clone()?;
        Ok((Writer(BufWriter::new(other)), Reader(BufReader::new(self.0))))
    }
}

impl Writer {
    /// Sends a frame.
    pub fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.0.write_all(&(frame.len() as u64).to_le_bytes())?;
        self.0.write_all(frame)?;
        self.0.flush()
    }

    /// Says that this side is still there.
    pub fn beat(&mut self) -> io::Result<()> {
        self.send(&[])
    }

    /// Says that nothing will follow.
    pub fn end(mut self) -> io::Result<()> {
        self.0.write_all(&END.to_le_bytes())?;
        self.0.flush()
    }
}

impl Reader {
    /// The next frame that is not empty; none if the other side has ended the line.
    pub fn receive(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let mut length = [0; 8];
            self.0.read_exact(&mut length)?;
            match u64::from_le_bytes(length) {
                END => return Ok(None),
                0 => {}
                length if length > LONGEST => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame without measure"));
                }
                length => {
                    let mut frame = vec![0; length as usize];
                    self.0.read_exact(&mut frame)?;
                    return Ok(Some(frame));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn frames_arrive_in_order_and_beats_do_not() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let near = TcpStream::connect(listener.local_addr().expect("an address")).expect("to connect");
        let (far, _) = listener.accept().expect("to accept");
        let (mut writer, _) = Line(near).split(None).expect("two ends");
        let (_, mut reader) = Line(far).split(Some(Duration::from_secs(60))).expect("two ends");
        writer.send(b"one").expect("to send");
        writer.beat().expect("to send");
        writer.send(b"two").expect("to send");
        writer.end().expect("to send");
        assert_eq!(reader.receive().expect("a frame").as_deref(), Some(&b"one"[..]));
        assert_eq!(reader.receive().expect("a frame").as_deref(), Some(&b"two"[..]));
        assert_eq!(reader.receive().expect("the end"), None);
    }

    #[test]
    fn a_line_that_breaks_off_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut near = TcpStream::connect(listener.local_addr().expect("an address")).expect("to connect");
        let (far, _) = listener.accept().expect("to accept");
        near.write_all(&[5, 0, 0, 0, 0, 0, 0, 0, b'h']).expect("to send");
        drop(near);
        let (_, mut reader) = Line(far).split(None).expect("two ends");
        assert!(reader.receive().is_err());
    }
}
