//! Commands of the shell: one table that feeds the parser, `.help` and completion.

mod table;

pub use ingest::file_name::path;
pub use table::COMMANDS;

use crate::near::did_you_mean;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `.bars`
    Bars,
    /// `.cdf`
    Cdf,
    /// `.diff`
    Diff,
    /// `.discard`
    Discard,
    /// `.drop`
    Drop,
    /// `.explain`
    Explain,
    /// `.facts`
    Facts,
    /// `.fork`
    Fork,
    /// `.forks`
    Forks,
    /// `.heatmap`
    Heatmap,
    /// `.help`
    Help,
    /// `.howto`
    HowTo,
    /// `.import`
    Import,
    /// `.limit`
    Limit,
    /// `.load`
    Load,
    /// `.merge`
    Merge,
    /// `.more`
    More,
    /// `.path`
    Path,
    /// `.plan`
    Plan,
    /// `.profile`
    Profile,
    /// `.quit`
    Quit,
    /// `.rejected`
    Rejected,
    /// `.relations`
    Relations,
    /// `.rules`
    Rules,
    /// `.save`
    Save,
    /// `.schema`
    Schema,
    /// `.sort`
    Sort,
    /// `.streams`
    Streams,
    /// `.sweep`
    Sweep,
    /// `.time`
    Time,
    /// `.unload`
    Unload,
    /// `.unwatch`
    Unwatch,
    /// `.use`
    Use,
    /// `.watch`
    Watch,
    /// `.why`
    Why,
    /// `.whynot`
    WhyNot,
}

/// What an argument of a command names, which decides how it is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A column of the last answer.
    Column,
    /// A command of the shell.
    Command,
    /// A diagnostic code.
    Code,
    /// A directory.
    Directory,
    /// A machine or a process.
    Endpoint,
    /// A fact, or the beginning of one with variables.
    Fact,
    /// A file.
    File,
    /// A fork, or the base.
    Fork,
    /// A kind of source.
    ImportKind,
    /// A number of rows, or `all`.
    Limit,
    /// A name that is new.
    New,
    /// A relation, or a query.
    Question,
    /// A reason for which rows were rejected.
    Reason,
    /// A relation.
    Relation,
    /// A scenario of the program.
    Scenario,
    /// `on` or `settle`.
    Streams,
    /// What a sweep is over: a kind of elements, `pairs`, or a scenario.
    Swept,
    /// `on` or `off`.
    Switch,
}

/// One command.
#[derive(Debug)]
pub struct Command {
    /// What it does.
    pub verb: Verb,
    /// Its name, without the full stop.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one line.
    pub line: &'static str,
    /// Everything else worth knowing.
    pub help: &'static str,
    /// Its arguments; the last one may repeat where `repeats` says so.
    pub arguments: &'static [Argument],
    /// How many of them must be there.
    pub required: usize,
    /// Whether the last argument may be given many times.
    pub repeats: bool,
}

/// The command with this name.
pub fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|c| c.name == name)
}

/// Reads `.name argument …`.
pub fn parse(line: &str) -> Result<(&'static Command, Vec<String>), String> {
    let mut words = words(line)?.into_iter();
    let name = words.next().unwrap_or_default();
    let name = name.strip_prefix('.').unwrap_or(&name);
    let command = find(name).ok_or_else(|| {
        let near = did_you_mean(name, COMMANDS.iter().map(|c| c.name));
        let near = near.replace(" `", " `.");
        format!("there is no command `.{name}`{near}{}", if near.is_empty() { "; `.help` lists them" } else { "" })
    })?;
    let arguments: Vec<String> = words.collect();
    let most = if command.repeats { usize::MAX } else { command.arguments.len() };
    if arguments.len() < command.required || arguments.len() > most {
        let wrong = if arguments.len() > most { "takes fewer arguments" } else { "needs an argument" };
        return Err(format!("`.{}` {wrong}: {}", command.name, command.usage));
    }
    Ok((command, arguments))
}

/// What stands behind the name of a command, as it was typed.
pub fn rest(line: &str) -> &str {
    line.trim().split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim())
}

/// Cuts the last word off, which may stand in double quotes.
pub fn last_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (rest, word) = match text.strip_suffix('"') {
        Some(quoted) => quoted.rsplit_once('"')?,
        None => text.rsplit_once(char::is_whitespace)?,
    };
    let rest = rest.trim();
    (!rest.is_empty() && !word.is_empty()).then_some((rest, word))
}

/// Cuts a text into words; double quotes and brackets keep space together.
pub(crate) fn outside_brackets(text: &str) -> Vec<String> {
    let (mut words, mut word): (Vec<String>, Option<String>) = (Vec::new(), None);
    let (mut quoted, mut depth) = (false, 0_usize);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
                continue;
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c.is_whitespace() && !quoted && depth == 0 => {
                words.extend(word.take());
                continue;
            }
            _ => {}
        }
        word.get_or_insert_default().push(c);
    }
    words.extend(word);
    words
}

/// Cuts a line into words; double quotes keep space together.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed".into());
    }
    words.extend(word);
    Ok(words)
}

/// What `.help` shows: the forms of input and the table of commands.
pub fn overview() -> String {
    let mut text = String::from(
        "Datalog, ended by a full stop:\n  \
           .decl link(a: symbol, b: symbol)        declare a relation\n  \
           link(\"s1\", \"s2\").                       state a fact, as part of the program\n  \
           path(x, y) :- link(x, y).               add a rule\n  \
           ?- path(\"s1\", x).                       ask\n  \
           +link(\"s2\", \"s3\"). -link(\"s1\", \"s2\").   insert and retract facts, in one epoch\n\n\
         Commands:\n",
    );
    let width = COMMANDS.iter().map(|c| c.usage.chars().count()).max().unwrap_or(0);
    for command in COMMANDS {
        text.push_str(&format!("  {:width$}  {}\n", command.usage, command.line));
    }
    text.push_str("\n`.help COMMAND` says more.");
    text
}

/// What `.help COMMAND` shows.
pub fn describe(command: &Command) -> String {
    format!("{}\n{}.\n\n{}", command.usage, capitalised(command.line), command.help)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted_and_each_usage_starts_with_its_name() {
        assert!(COMMANDS.is_sorted_by_key(|c| c.name));
        for command in COMMANDS {
            assert_eq!(command.usage.split(' ').next(), Some(format!(".{}", command.name).as_str()));
            assert!(command.required <= command.arguments.len());
        }
    }

    #[test]
    fn a_misspelt_command_is_told_its_near_name() {
        assert_eq!(parse(".relatoins").unwrap_err(), "there is no command `.relatoins`; did you mean `.relations`?");
        assert_eq!(parse(".xyzzy").unwrap_err(), "there is no command `.xyzzy`; `.help` lists them");
    }

    #[test]
    fn what_stands_in_brackets_is_one_word() {
        assert_eq!(outside_brackets("failure link(a, b)  path"), ["failure", "link(a, b)", "path"]);
        assert_eq!(outside_brackets("pairs \"my pairs.csv\""), ["pairs", "my pairs.csv"]);
        assert_eq!(outside_brackets(" "), Vec::<String>::new());
    }

    #[test]
    fn arguments_are_counted_and_may_be_quoted() {
        assert_eq!(parse(".load \"my rules.dl\" b.dl").unwrap().1, ["my rules.dl", "b.dl"]);
        assert_eq!(parse(".load").unwrap_err(), "`.load` needs an argument: .load FILE…");
        assert_eq!(parse(".quit now").unwrap_err(), "`.quit` takes fewer arguments: .quit");
        assert_eq!(parse(".load \"x").unwrap_err(), "a quote is not closed");
    }
}
