//! Names of files as text that leads back to the file.
//!
//! On Unix a name is bytes, and need not be text. Where it is kept or typed as text, a byte that is no part of UTF-8 is
//! written `\xHH`; so is the backslash of a name that has these very characters. Every other name is as it is.
//!
//! ```
//! use ingest::file_name::{path, text};
//! use std::path::Path;
//! assert_eq!(text(Path::new("rules/größe.dl")), "rules/größe.dl");
//! assert_eq!(path("a b\\c.dl"), Path::new("a b\\c.dl"));
//! # #[cfg(unix)]
//! assert_eq!(text(&path("r\\xffles.dl")), "r\\xffles.dl");
//! ```

use std::path::{Path, PathBuf};

/// The name as text.
#[cfg(unix)]
pub fn text(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for (at, c) in chunk.valid().char_indices() {
            match c == '\\' && escaped(&chunk.valid().as_bytes()[at..]).is_some() {
                true => text.push_str("\\x5c"),
                false => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

/// The name as text.
#[cfg(not(unix))]
pub fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The file that is named by a text.
#[cfg(unix)]
pub fn path(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, others)) = rest.split_first() {
        match escaped(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[4..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// The file that is named by a text.
#[cfg(not(unix))]
pub fn path(text: &str) -> PathBuf {
    PathBuf::from(text)
}

/// The byte that `\xHH` at the beginning stands for.
#[cfg(unix)]
fn escaped(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.strip_prefix(b"\\x")?.get(..2)?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(digits[0])? * 16 + digit(digits[1])?) as u8)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn every_name_leads_back_to_its_file() {
        for (bytes, wanted) in [
            (&b"rules.dl"[..], "rules.dl"),
            (b"r\xffles.dl", "r\\xffles.dl"),
            (b"\xc3\xa4\xc3/\xfe", "ä\\xc3/\\xfe"),
            (b"a\\b", "a\\b"),
            (b"a\\xb", "a\\xb"),
            (b"a\\xff", "a\\x5cxff"),
            (b"a\\\xff", "a\\\\xff"),
        ] {
            let name = Path::new(OsStr::from_bytes(bytes));
            assert_eq!(text(name), wanted);
            assert_eq!(path(wanted), name);
        }
    }

    #[test]
    fn what_was_typed_may_be_escaped_without_need() {
        assert_eq!(path("my\\x20rules.dl"), Path::new("my rules.dl"));
        assert_eq!(path("\\x"), Path::new("\\x"));
        assert_eq!(path("\\xg0"), Path::new("\\xg0"));
    }
}
