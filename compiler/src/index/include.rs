//! What a text includes, found without parsing it: editors ask this of many files at once.

use crate::span::Span;

/// An `.include` or `#include` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The path as written.
    pub path: String,
    /// Where, with its quotes.
    pub span: Span,
}

/// The files that a text includes, in order.
pub fn includes(source: u32, text: &str) -> Vec<Inclusion> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((open, path)) = path(line) {
            let open = (start + open) as u32;
            let span = Span { source, start: open, end: open + path.len() as u32 + 2 };
            found.push(Inclusion { path: path.to_string(), span });
        }
        start += line.len();
    }
    found
}

/// Where the opening quote stands in the line, and what is quoted.
fn path(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start();
    let rest = match rest.strip_prefix('#') {
        Some(rest) => rest.trim_start().strip_prefix("include")?,
        None => rest.strip_prefix(".include")?,
    };
    let rest = rest.trim_start();
    let close = if rest.starts_with('"') {
        '"'
    } else if rest.starts_with('<') {
        '>'
    } else {
        return None;
    };
    let path = rest[1..].split_once(close)?.0;
    Some((line.len() - rest.len(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_found_in_both_spellings() {
        let text =
            "// é\n.include \"a.dl\"\n  # include <net/b.dl>\n.decl include(x: number)\n.include\n.include \"open";
        let found = includes(3, text);
        assert_eq!(found.iter().map(|i| &*i.path).collect::<Vec<_>>(), ["a.dl", "net/b.dl"]);
        assert_eq!(found.iter().map(|i| &text[i.span.range()]).collect::<Vec<_>>(), ["\"a.dl\"", "<net/b.dl>"]);
    }
}
