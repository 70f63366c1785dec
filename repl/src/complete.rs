//! Completion: what could stand at the cursor. No terminal in here.

use crate::command::{self, Argument, COMMANDS};
use std::path::Path;

/// The names that completion knows.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Relations, each with the names of its columns.
    pub relations: Vec<(String, Vec<String>)>,
    /// Diagnostic codes.
    pub codes: Vec<String>,
    /// Kinds of sources.
    pub kinds: Vec<String>,
    /// Forks, and the base.
    pub forks: Vec<String>,
    /// Scenarios.
    pub scenarios: Vec<String>,
    /// Reasons for which rows were rejected.
    pub reasons: Vec<String>,
}

/// Words of the language that are worth completing.
const WORDS: &[&str] = &["count", "max", "mean", "min", "sum"];

/// Where the word at the cursor starts, and what it could become, sorted.
pub fn complete(line: &str, cursor: usize, names: &Names) -> (usize, Vec<String>) {
    let before = &line[..line.floor_char_boundary(cursor)];
    let statement = before.rsplit('\n').next().unwrap_or(before).trim_start();
    if statement.starts_with('.') && !statement.contains(char::is_whitespace) {
        let start = before.len() - statement.len();
        let commands = COMMANDS.iter().map(|c| format!(".{}", c.name));
        let directives = [".decl", ".include", ".input", ".output", ".printsize", ".type"].map(String::from);
        return (start, matching(statement, commands.chain(directives)));
    }
    if let Some(found) = statement.strip_prefix('.').and_then(|rest| argument(before, rest, names)) {
        return found;
    }
    let start =
        before.rfind(|c: char| !is_name(c)).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    let relations = names.relations.iter().map(|(name, _)| format!("{name}("));
    let columns = open_relation(before)
        .and_then(|relation| names.relations.iter().find(|(name, _)| name == relation))
        .map_or(&[][..], |(_, columns)| columns);
    let words = WORDS.iter().map(|w| w.to_string());
    (start, matching(word, relations.chain(columns.iter().cloned()).chain(words)))
}

/// Completes an argument of a command; none if the line starts with no command.
fn argument(before: &str, statement: &str, names: &Names) -> Option<(usize, Vec<String>)> {
    let name = statement.split_whitespace().next()?;
    let command = command::find(name)?;
    let start = before.rfind(char::is_whitespace)? + 1;
    let position = statement.split_whitespace().count() - usize::from(start < before.len()) - 1;
    let last = command.arguments.len().checked_sub(1)?;
    let argument = command.arguments[if command.repeats { position.min(last) } else { position }..].first()?;
    let word = &before[start..];
    let found = match argument {
        Argument::Command => matching(word, COMMANDS.iter().map(|c| c.name.to_string())),
        Argument::Code => matching(word, names.codes.iter().cloned()),
        Argument::ImportKind => matching(word, names.kinds.iter().cloned()),
        Argument::Reason => matching(word, names.reasons.iter().cloned()),
        Argument::Relation => matching(word, names.relations.iter().map(|(n, _)| n.clone())),
        Argument::Fork => matching(word, names.forks.iter().cloned()),
        Argument::Scenario => matching(word, names.scenarios.iter().cloned()),
        Argument::New => Vec::new(),
        Argument::Streams => matching(word, ["on", "settle"].map(String::from)),
        Argument::Switch => matching(word, ["on", "off"].map(String::from)),
        Argument::Limit => matching(word, ["all".to_string()]),
        Argument::File => paths(word, false),
        Argument::Directory => paths(word, true),
    };
    Some((start, found))
}

fn matching(word: &str, candidates: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = candidates.into_iter().filter(|c| c.starts_with(word)).collect();
    found.sort();
    found.dedup();
    found
}

/// The files or directories whose path starts with the word; directories end with a slash.
fn paths(word: &str, directories_only: bool) -> Vec<String> {
    let (directory, prefix) = word.rsplit_once('/').map_or(("", word), |(d, p)| (&word[..d.len() + 1], p));
    let Ok(entries) = Path::new(if directory.is_empty() { "." } else { directory }).read_dir() else {
        return Vec::new();
    };
    let hidden = prefix.starts_with('.');
    let names = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|n| hidden || !n.starts_with('.'))?;
        let is_directory = entry.path().is_dir();
        let path = format!("{directory}{name}{}", if is_directory { "/" } else { "" });
        (is_directory || !directories_only).then_some(path)
    });
    matching(word, names)
}

/// The relation in whose parentheses the text ends.
fn open_relation(text: &str) -> Option<&str> {
    let mut open = Vec::new();
    let mut quoted = false;
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => open.push(i),
            ')' if !quoted => drop(open.pop()),
            _ => {}
        }
    }
    let before = text[..*open.last()?].trim_end();
    let start = before.rfind(|c: char| !is_name(c)).map_or(0, |i| i + 1);
    Some(&before[start..])
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            relations: vec![
                ("link".into(), vec!["from".into(), "to".into()]),
                ("path".into(), vec!["from".into(), "hops".into()]),
            ],
            codes: vec!["unbound-variable".into()],
            kinds: vec!["suzieq".into()],
            forks: vec!["cut".into(), "base".into()],
            scenarios: vec!["without_s1".into()],
            reasons: vec![],
        }
    }

    fn at_end(line: &str) -> (usize, Vec<String>) {
        complete(line, line.len(), &names())
    }

    #[test]
    fn commands_are_completed_at_the_start() {
        assert_eq!(at_end(".rel"), (0, vec![".relations".into()]));
        assert_eq!(at_end(".re"), (0, vec![".rejected".into(), ".relations".into()]));
    }

    #[test]
    fn arguments_are_completed_by_what_they_name() {
        assert_eq!(at_end(".schema pa"), (8, vec!["path".into()]));
        assert_eq!(at_end(".help ti"), (6, vec!["time".into()]));
        assert_eq!(at_end(".time o"), (6, vec!["off".into(), "on".into()]));
        assert_eq!(at_end(".explain un"), (9, vec!["unbound-variable".into()]));
        assert_eq!(at_end(".import su"), (8, vec!["suzieq".into()]));
        assert_eq!(at_end(".use c"), (5, vec!["cut".into()]));
        assert_eq!(at_end(".fork new w"), (10, vec!["without_s1".into()]));
        assert_eq!(at_end(".diff base cut li"), (15, vec!["link".into()]));
        assert_eq!(at_end(".quit x").1, Vec::<String>::new());
    }

    #[test]
    fn files_are_completed_within_their_directory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("rules.dl"), "").unwrap();
        std::fs::create_dir(directory.path().join("runs")).unwrap();
        let base = directory.path().display();
        assert_eq!(at_end(&format!(".load {base}/ru")).1, [format!("{base}/rules.dl"), format!("{base}/runs/")]);
        assert_eq!(at_end(&format!(".facts {base}/ru")).1, [format!("{base}/runs/")]);
        assert_eq!(at_end(&format!(".import suzieq x {base}/rul")).1, [format!("{base}/rules.dl")]);
    }

    #[test]
    fn relations_and_their_columns_are_completed_in_clauses() {
        assert_eq!(at_end("?- li"), (3, vec!["link(".into()]));
        assert_eq!(at_end("far(x) :- path(x, ho"), (18, vec!["hops".into()]));
        assert_eq!(at_end("far(x) :- path(x, y), fr").1, Vec::<String>::new());
    }
}
