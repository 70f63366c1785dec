//! Messages over a pipe. The transport of `lsp-server` ends at the first message that is ill-formed; this one says what
//! was wrong with it and goes on at the next header.

use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// What came in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A JSON value, whatever it holds.
    Json(Value),
    /// Something that is not a message, with what is wrong with it.
    Malformed(String),
}

/// The longest line that is read as a header.
const HEADER: u64 = 8 << 10;

/// The longest message that is taken.
const BODY: usize = 1 << 30;

const LENGTH: &[u8] = b"content-length:";

/// Messages from a pipe, one by one.
#[derive(Debug)]
pub(super) struct Reader<R> {
    input: R,
    /// The message behind what was not one.
    next: Option<Incoming>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        Reader { input, next: None }
    }

    /// The next message; none at the end of the input.
    pub(super) fn read(&mut self) -> io::Result<Option<Incoming>> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        let mut length = None;
        let mut garbage = false;
        loop {
            let mut line = Vec::new();
            if self.input.by_ref().take(HEADER).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_ascii();
            match value(line) {
                // Whatever stands before the word on its line is the rest of something else.
                Some((clean, stated)) => {
                    garbage |= !clean || length.is_some();
                    length = Some(stated);
                }
                None if line.is_empty() => match length.take() {
                    Some(Err(reason)) => return Ok(Some(Incoming::Malformed(reason))),
                    Some(Ok(length)) => {
                        let message = body(&mut self.input, length)?;
                        if !garbage {
                            return Ok(Some(message));
                        }
                        self.next = Some(message);
                        return Ok(Some(Incoming::Malformed("bytes that belong to no message".to_owned())));
                    }
                    None if garbage => {
                        return Ok(Some(Incoming::Malformed("header without Content-Length".to_owned())));
                    }
                    None => {}
                },
                None => garbage |= !line.to_ascii_lowercase().starts_with(b"content-type:"),
            }
        }
    }
}

/// The length that a header line states, and whether nothing else stands on the line; none if it states none.
fn value(line: &[u8]) -> Option<(bool, Result<usize, String>)> {
    let lower = line.to_ascii_lowercase();
    let start = lower.windows(LENGTH.len()).rposition(|window| window == LENGTH)?;
    let text = String::from_utf8_lossy(&line[start + LENGTH.len()..]).trim().to_owned();
    let length = match text.parse() {
        Ok(length) if length <= BODY => Ok(length),
        Ok(length) => Err(format!("message of {length} bytes: {BODY} are the most")),
        Err(_) => Err(format!("Content-Length `{text}` is no number")),
    };
    Some((start == 0, length))
}

fn body(input: &mut impl Read, length: usize) -> io::Result<Incoming> {
    let mut bytes = Vec::new();
    if input.take(length as u64).read_to_end(&mut bytes)? < length {
        return Ok(Incoming::Malformed("message ends before its Content-Length".to_owned()));
    }
    Ok(match serde_json::from_slice(&bytes) {
        Ok(value) => Incoming::Json(value),
        Err(error) => Incoming::Malformed(format!("message is not JSON: {error}")),
    })
}

/// Writes one message.
pub(super) fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

/// The answer to what is no request: nobody knows its number.
pub(super) fn error(id: Option<Value>, code: lsp_server::ErrorCode, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code as i32, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes in from these bytes: the JSON, or `None` for what is no message.
    fn incoming(bytes: &str) -> Vec<Option<String>> {
        let mut reader = Reader::new(bytes.as_bytes());
        let next = || reader.read().expect("memory can be read");
        std::iter::from_fn(next)
            .map(|incoming| match incoming {
                Incoming::Json(value) => Some(value.to_string()),
                Incoming::Malformed(_) => None,
            })
            .collect()
    }

    #[test]
    fn messages_follow_each_other() {
        let text = "Content-Length: 2\r\n\r\n{}content-length:1\r\nContent-Type: x\r\n\r\n7";
        assert_eq!(incoming(text), [Some("{}".to_owned()), Some("7".to_owned())]);
    }

    #[test]
    fn what_is_no_message_is_told_and_the_next_one_is_read() {
        let good = "Content-Length: 2\r\n\r\n{}";
        for bad in ["Content-Length: 3\r\n\r\n{x}", "Content-Length: x\r\n\r\n", "hello\r\n\r\n", "{\"a\": 1}"] {
            assert_eq!(incoming(&format!("{bad}{good}")), [None, Some("{}".to_owned())], "{bad}");
        }
        // Too short a length leaves the rest of its message before the next header.
        assert_eq!(incoming(&format!("Content-Length: 1\r\n\r\n{{}}{good}")), [None, None, Some("{}".to_owned())]);
        assert_eq!(incoming("Content-Length: 9\r\n\r\n{}"), [None]);
    }
}
