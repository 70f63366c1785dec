//! Completion: what could stand at the cursor. No terminal in here.

use crate::command::{self, Argument, COMMANDS};
use ingest::file_name;
use runtime::Value;
use std::path::Path;

/// The names that completion knows.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Relations, each with the names of its columns.
    pub relations: Vec<(String, Vec<String>)>,
    /// The columns of the last answer.
    pub columns: Vec<String>,
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
    /// What a sweep may be over, but for the roles of devices.
    pub swept: Vec<String>,
}

/// Words of the language that are worth completing.
const WORDS: &[&str] = &["count", "max", "mean", "min", "sum"];

/// What stands in a column of a relation, or as much of it as is quickly known.
pub type Values<'a> = &'a mut dyn FnMut(&str, usize) -> Vec<String>;

/// Where the word at the cursor starts, and what it could become, sorted.
pub fn complete(line: &str, cursor: usize, names: &Names, values: Values<'_>) -> (usize, Vec<String>) {
    let before = &line[..line.floor_char_boundary(cursor)];
    let statement = before.rsplit('\n').next().unwrap_or(before).trim_start();
    if statement.starts_with('.') && !statement.contains(char::is_whitespace) {
        let start = before.len() - statement.len();
        let commands = COMMANDS.iter().map(|c| format!(".{}", c.name));
        let directives = [".decl", ".include", ".input", ".output", ".printsize", ".type"].map(String::from);
        return (start, matching(statement, commands.chain(directives)));
    }
    if let Some(found) = statement.strip_prefix('.').and_then(|rest| argument(before, rest, names, values)) {
        return found;
    }
    let open = open_atom(before);
    if let Some((literal, Open { relation, argument, .. })) = open.as_ref().and_then(|open| Some((open.literal?, open)))
    {
        let start = literal + 1;
        // As they are written, without the quote that stands there already.
        let written = |text: &String| crate::table::literal(&Value::Symbol(text.as_str().into()))[1..].to_owned();
        return (start, matching(&before[start..], values(relation, *argument).iter().map(written)));
    }
    let start = word_start(before, |c| !is_name(c));
    let word = &before[start..];
    let relations = names.relations.iter().map(|(name, _)| format!("{name}("));
    let columns = open
        .and_then(|open| names.relations.iter().find(|(name, _)| name == open.relation))
        .map_or(&[][..], |(_, columns)| columns);
    let words = WORDS.iter().map(|w| w.to_string());
    (start, matching(word, relations.chain(columns.iter().cloned()).chain(words)))
}

/// What could follow, to be shown behind the cursor: the arguments of a command, or the columns of a relation.
pub fn hint(line: &str, names: &Names) -> Option<String> {
    let statement = line.rsplit('\n').next().unwrap_or(line).trim_start();
    if let Some(name) = statement.strip_prefix('.') {
        let command = command::find(name.trim_end()).filter(|command| !command.arguments.is_empty());
        if let Some(command) = command {
            let arguments = command.usage.split_once(' ').map_or("", |(_, arguments)| arguments);
            return Some(if name.ends_with(' ') { arguments.to_owned() } else { format!(" {arguments}") });
        }
    }
    let open = open_atom(line).filter(|open| open.literal.is_none())?;
    let (_, columns) = names.relations.iter().find(|(name, _)| name == open.relation)?;
    let at_start = line.ends_with(['(', ',']) || line.ends_with(", ");
    let left = columns.get(open.argument..).filter(|left| at_start && !left.is_empty())?;
    Some(format!("{}{})", if line.ends_with(',') { " " } else { "" }, left.join(", ")))
}

/// Where the last word starts, if these characters are between words.
fn word_start(before: &str, is_between: impl Fn(char) -> bool) -> usize {
    before.rfind(is_between).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8))
}

/// Completes an argument of a command; none if the line starts with no command, or ends within an atom.
fn argument(before: &str, statement: &str, names: &Names, values: Values<'_>) -> Option<(usize, Vec<String>)> {
    let name = statement.split_whitespace().next()?;
    let command = command::find(name)?;
    let takes_atoms = command.arguments.iter().any(|a| matches!(a, Argument::Fact | Argument::Question));
    if takes_atoms && open_atom(before).is_some() {
        return None;
    }
    let start = word_start(before, char::is_whitespace);
    let position = (statement.split_whitespace().count() - usize::from(start < before.len())).checked_sub(1)?;
    let most = if command.repeats { command.arguments.len().saturating_sub(1) } else { position };
    // Nothing can follow the last argument.
    let Some(argument) = command.arguments.get(position.min(most)) else { return Some((start, Vec::new())) };
    let word = &before[start..];
    let relations = || names.relations.iter().map(|(name, _)| name.clone());
    let found = match argument {
        Argument::Command => matching(word, COMMANDS.iter().map(|c| c.name.to_string())),
        Argument::Code => matching(word, names.codes.iter().cloned()),
        Argument::Column if word.starts_with('-') => matching(word, names.columns.iter().map(|c| format!("-{c}"))),
        Argument::Column => matching(word, names.columns.iter().cloned()),
        Argument::Endpoint => {
            let mut all = Vec::new();
            ["device", "vm", "process"].iter().for_each(|relation| all.extend(values(relation, 0)));
            matching(word, all)
        }
        Argument::ImportKind => matching(word, names.kinds.iter().cloned()),
        Argument::Reason => matching(word, names.reasons.iter().cloned()),
        Argument::Fact => matching(word, relations().map(|name| format!("{name}("))),
        Argument::Relation | Argument::Question => matching(word, relations()),
        Argument::Fork => matching(word, names.forks.iter().cloned()),
        Argument::Scenario => matching(word, names.scenarios.iter().cloned()),
        Argument::New => Vec::new(),
        Argument::Streams => matching(word, ["on", "settle"].map(String::from)),
        Argument::Swept => {
            let roles = values("device", 1);
            matching(word, names.swept.iter().cloned().chain(roles))
        }
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
    let Ok(entries) = file_name::path(if directory.is_empty() { "." } else { directory }).read_dir() else {
        return Vec::new();
    };
    let hidden = prefix.starts_with('.');
    let names = entries.flatten().filter_map(|entry| {
        let name = typed(Path::new(&entry.file_name()));
        if name.starts_with('.') && !hidden {
            return None;
        }
        let is_directory = entry.path().is_dir();
        let path = format!("{directory}{name}{}", if is_directory { "/" } else { "" });
        (is_directory || !directories_only).then_some(path)
    });
    matching(word, names)
}

/// The name of a file as it is typed: as one word, whatever it is made of.
fn typed(name: &Path) -> String {
    let (mut typed, mut buffer) = (String::new(), [0; 4]);
    for c in file_name::text(name).chars() {
        match c.is_control() || c.is_whitespace() || c == '"' {
            true => c.encode_utf8(&mut buffer).bytes().for_each(|byte| typed.push_str(&format!("\\x{byte:02x}"))),
            false => typed.push(c),
        }
    }
    typed
}

/// The atom within which a text ends.
struct Open<'a> {
    relation: &'a str,
    /// Which of its arguments, from 0.
    argument: usize,
    /// The quote that opened the literal within which the text ends.
    literal: Option<usize>,
}

fn open_atom(text: &str) -> Option<Open<'_>> {
    // Of each bracket that is open: which one, where, and how many commas came since.
    let mut open: Vec<(char, usize, usize)> = Vec::new();
    let (mut literal, mut escaped) = (None, false);
    for (i, c) in text.char_indices() {
        match (c, literal) {
            (_, Some(_)) if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', Some(_)) => literal = None,
            (_, Some(_)) => {}
            ('"', None) => literal = Some(i),
            ('(' | '[' | '{', None) => open.push((c, i, 0)),
            (')' | ']' | '}', None) => drop(open.pop()),
            (',', None) => open.iter_mut().next_back().into_iter().for_each(|(_, _, commas)| *commas += 1),
            _ => {}
        }
    }
    let (_, at, argument) = *open.last().filter(|(bracket, ..)| *bracket == '(')?;
    let before = text[..at].trim_end();
    Some(Open { relation: &before[word_start(before, |c| !is_name(c))..], argument, literal })
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
            columns: vec!["bytes".into(), "x".into()],
            codes: vec!["unbound-variable".into()],
            kinds: vec!["suzieq".into()],
            forks: vec!["cut".into(), "base".into()],
            scenarios: vec!["without_s1".into()],
            reasons: vec![],
            swept: vec!["switch".into(), "without_s1".into()],
        }
    }

    fn at_end(line: &str) -> (usize, Vec<String>) {
        complete(line, line.len(), &names(), &mut |relation, column| match (relation, column) {
            ("link", 0) => ["h1", "s1", "s2", "say \"a\""].map(String::from).to_vec(),
            ("device", 0) => vec!["s1".into(), "s2".into()],
            ("process", 0) => vec!["shop".into()],
            _ => Vec::new(),
        })
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
        assert_eq!(at_end(".sweep w"), (7, vec!["without_s1".into()]));
        assert_eq!(at_end(".sweep without_s1 li"), (18, vec!["link".into()]));
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

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_or_several_words_are_completed_as_one_word() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let directory = tempfile::tempdir().unwrap();
        for name in [&b"r\xffles"[..], b"my \"own\"\n.dl"] {
            std::fs::create_dir(directory.path().join(OsStr::from_bytes(name))).unwrap();
        }
        let base = directory.path().display();
        assert_eq!(at_end(&format!(".load {base}/r")).1, [format!("{base}/r\\xffles/")]);
        assert_eq!(at_end(&format!(".load {base}/m")).1, [format!("{base}/my\\x20\\x22own\\x22\\x0a.dl/")]);
        let inside = directory.path().join(OsStr::from_bytes(b"r\xffles/a.dl"));
        std::fs::write(&inside, "").unwrap();
        let (_, found) = at_end(&format!(".load {base}/r\\xffles/"));
        assert_eq!(found, [format!("{base}/r\\xffles/a.dl")]);
        assert_eq!(file_name::path(&found[0]), inside);
    }

    #[test]
    fn relations_and_their_columns_are_completed_in_clauses() {
        assert_eq!(at_end("?- li"), (3, vec!["link(".into()]));
        assert_eq!(at_end("far(x) :- path(x, ho"), (18, vec!["hops".into()]));
        assert_eq!(at_end("far(x) :- path(x, y), fr").1, Vec::<String>::new());
    }

    #[test]
    fn constants_are_completed_from_the_column_in_which_they_stand() {
        assert_eq!(at_end("?- link(\"s"), (9, ["s1\"", "s2\"", "say \\\"a\\\"\""].map(String::from).to_vec()));
        assert_eq!(at_end("?- path(\"s\", _), link(\"h"), (23, vec!["h1\"".into()]));
        assert_eq!(at_end("?- link(\"h1\", \"s").1, Vec::<String>::new());
        assert_eq!(at_end(".why link(\"h"), (11, vec!["h1\"".into()]));
        assert_eq!(at_end("+link(\"say \\\"").1, ["say \\\"a\\\"\""]);
    }

    #[test]
    fn facts_questions_endpoints_and_columns_are_completed() {
        assert_eq!(at_end(".why pa"), (5, vec!["path(".into()]));
        assert_eq!(at_end(".bars pa"), (6, vec!["path".into()]));
        assert_eq!(at_end(".path s"), (6, ["s1", "s2", "shop"].map(String::from).to_vec()));
        assert_eq!(at_end(".path s1 s2 s").1, Vec::<String>::new());
        assert_eq!(at_end(".sort -b"), (6, vec!["-bytes".into()]));
        assert_eq!(at_end(".sort x b"), (8, vec!["bytes".into()]));
    }

    #[test]
    fn what_could_follow_is_hinted() {
        let hint = |line: &str| super::hint(line, &names());
        assert_eq!(hint(".path"), Some(" A B".into()));
        assert_eq!(hint(".why "), Some("FACT".into()));
        assert_eq!(hint("?- link("), Some("from, to)".into()));
        assert_eq!(hint("?- link(x,"), Some(" to)".into()));
        assert_eq!((hint("?- link(x, y)"), hint(".quit"), hint("?- link(\"a,")), (None, None, None));
    }
}
