//! Names of texts: the compiler knows a file by its path, the protocol by its URI.
//!
//! A text that is no file keeps its URI as its name. The standard rule files are inside the binary: `<model.dl>` is
//! `strata:/model.dl`, which an editor can ask us for.

use lsp_types::Uri;
use std::path::Path;

/// The scheme of the standard rule files.
pub(super) const LIBRARY: &str = "strata";

/// The name of a text with this URI.
pub(super) fn name(uri: &Uri) -> String {
    let text = uri.as_str();
    if let Some(path) = text.strip_prefix("strata:/") {
        return format!("<{}>", decode(path));
    }
    let Some(rest) = text.strip_prefix("file://") else { return text.to_owned() };
    // A host may stand before the path; it is this machine.
    let path = decode(rest.find('/').map_or(rest, |start| &rest[start..]));
    match path.strip_prefix('/') {
        Some(drive) if drive.as_bytes().get(1) == Some(&b':') => drive.to_owned(),
        _ => path,
    }
}

/// The URI of a text with this name; none if there can be none.
pub(super) fn uri(name: &str) -> Option<Uri> {
    if let Some(library) = name.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
        return format!("{LIBRARY}:/{}", encode(library)).parse().ok();
    }
    let path = Path::new(name);
    let drive = name.as_bytes().get(1) == Some(&b':');
    if !path.is_absolute() && !drive {
        return name.contains(':').then(|| name.parse().ok()).flatten();
    }
    let slash = if drive { "/" } else { "" };
    format!("file://{slash}{}", encode(&name.replace('\\', if drive { "/" } else { "\\" }))).parse().ok()
}

fn decode(text: &str) -> String {
    let hex = |digit: u8| (digit as char).to_digit(16);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| Some((hex(*bytes.get(at + 1)?)? * 16 + hex(*bytes.get(at + 2)?)?) as u8))
            .flatten();
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte as char);
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> (String, String) {
        let name = name(&text.parse().expect("a URI"));
        let uri = uri(&name).expect("it has one").as_str().to_owned();
        (name, uri)
    }

    #[test]
    fn paths_are_encoded_and_decoded() {
        let uri = "file:///rules/a%20b/%C3%A9%23.dl";
        assert_eq!(there_and_back(uri), ("/rules/a b/é#.dl".to_owned(), uri.to_owned()));
        let (name, uri) = there_and_back("file:///c%3A/rules/a.dl");
        assert_eq!((&*name, &*uri), ("c:/rules/a.dl", "file:///c%3A/rules/a.dl"));
    }

    #[test]
    fn what_is_no_file_keeps_its_uri() {
        assert_eq!(there_and_back("untitled:Untitled-1").0, "untitled:Untitled-1");
        assert_eq!(there_and_back("strata:/network/a.dl"), ("<network/a.dl>".into(), "strata:/network/a.dl".into()));
        assert!(uri("relative.dl").is_none());
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_stays() {
        assert_eq!(decode("a%zz%4"), "a%zz%4");
    }
}
