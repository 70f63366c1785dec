//! Colours for what is typed: text that is a literal, a comment, a command or a relation looks like one.
//!
//! Only looks: what a line means is for the compiler to say. Nothing moves, so the cursor stays true.

use crate::complete::Names;

/// What a stretch of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Command,
    Text,
    Comment,
    Relation,
}

/// The line with colours.
pub(crate) fn highlight(line: &str, names: &Names) -> String {
    let mut painted = String::with_capacity(line.len() + 32);
    for (kind, text) in cut(line, names) {
        let code = match kind {
            Kind::Plain => {
                painted.push_str(text);
                continue;
            }
            Kind::Command => "1",
            Kind::Text => "32",
            Kind::Comment => "2",
            Kind::Relation => "36",
        };
        painted.push_str(&format!("\u{1b}[{code}m{text}\u{1b}[0m"));
    }
    painted
}

/// The line in pieces, none left out.
fn cut<'l>(line: &'l str, names: &Names) -> Vec<(Kind, &'l str)> {
    let mut pieces = Vec::new();
    let mut rest = line;
    let mut begins = true;
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '?');
        let name_end = |text: &str| text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (kind, length) = match first {
            '.' if begins => (Kind::Command, 1 + name_end(&rest[1..])),
            '"' => (Kind::Text, text_length(rest)),
            '/' if rest.starts_with("//") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (Kind::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            c if is_name(c) => {
                let word = &rest[..name_end(rest)];
                let known = names.relations.iter().any(|(name, _)| name == word);
                (if known { Kind::Relation } else { Kind::Plain }, word.len())
            }
            c => (Kind::Plain, c.len_utf8()),
        };
        begins = first == '\n' || (begins && first.is_whitespace());
        pieces.push((kind, &rest[..length]));
        rest = &rest[length..];
    }
    pieces
}

/// The length of a literal, which may not be closed yet.
fn text_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names { relations: vec![("link".into(), vec![])], ..Names::default() }
    }

    #[test]
    fn literals_comments_commands_and_relations_are_told_apart() {
        let kinds: Vec<(Kind, &str)> = cut(".why link(\"a\\\"b\", x) // so", &names());
        let kinds: Vec<_> = kinds.into_iter().filter(|(kind, _)| *kind != Kind::Plain).collect();
        assert_eq!(
            kinds,
            [(Kind::Command, ".why"), (Kind::Relation, "link"), (Kind::Text, "\"a\\\"b\""), (Kind::Comment, "// so")]
        );
    }

    #[test]
    fn nothing_is_lost_and_nothing_moves() {
        for line in ["", "?- link(\"open", "a(1.5). .quit", "λ(\"ü\") /* open", "\n .load x"] {
            let painted = highlight(line, &names());
            let plain: String = painted.split('\u{1b}').enumerate().fold(String::new(), |text, (at, piece)| {
                text + if at == 0 { piece } else { piece.split_once('m').map_or("", |(_, rest)| rest) }
            });
            assert_eq!(plain, line);
        }
    }
}
