//! Writing RFC 4180.

use std::io::{self, Write};

/// Writes one record; fields are quoted where they must be.
pub(super) fn write<'a>(out: &mut dyn Write, fields: impl ExactSizeIterator<Item = &'a str>) -> io::Result<()> {
    // A record of one empty field would be an empty line.
    let single = fields.len() == 1;
    for (i, field) in fields.enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        if field.contains(['"', ',', '\n', '\r']) || (single && field.is_empty()) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}
