//! Input: what is typed at the prompt, cut into statements.
//!
//! A statement is a command (`.help`), a piece of program (`.decl …`, a fact, a rule), a query (`?- …`) or an edit
//! (`+link("a", "b").`, `-link("a", "b").`). The cut is made on text alone, so that the shell knows whether to wait for
//! another line; what a statement means is for the compiler to say. Text that no statement can continue (an
//! unterminated string) counts as complete, so that the compiler gets to complain about it.
//!
//! ```
//! use repl::input::{split, Kind};
//! let cut = split("+link(\"a\", \"b\"). -link(\"b\", \"c\").  ?- link(x,\n");
//! let kinds: Vec<_> = cut.statements.iter().map(|s| (s.kind, s.text)).collect();
//! assert_eq!(kinds, [(Kind::Insert, "link(\"a\", \"b\")."), (Kind::Retract, "link(\"b\", \"c\").")]);
//! assert_eq!(cut.rest.trim_end(), "?- link(x,");
//! ```

use crate::command;

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.help`: for the shell itself, up to the end of its line.
    Command,
    /// `.decl …`, a fact or a rule: becomes part of the program.
    Program,
    /// `?- body.`
    Query,
    /// `+fact.`: the text is without the sign.
    Insert,
    /// `-fact.`: the text is without the sign.
    Retract,
}

/// One statement of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, without leading and trailing space.
    pub text: &'a str,
    /// Where the text starts in the input, in bytes.
    pub start: usize,
}

/// Input, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut<'a> {
    /// The complete statements.
    pub statements: Vec<Statement<'a>>,
    /// What is left: the beginning of a statement that goes on. Empty if there is none.
    pub rest: &'a str,
}

/// The words after a full stop that belong to the language; every other one is a command of the shell, known or not.
const DIRECTIVES: &[&str] = &[
    "comp",
    "decl",
    "functor",
    "include",
    "init",
    "input",
    "invariant",
    "lattice",
    "limitsize",
    "once",
    "output",
    "override",
    "pragma",
    "printsize",
    "scenario",
    "stream",
    "suppose",
    "test",
    "type",
];

/// Cuts input into statements.
pub fn split(text: &str) -> Cut<'_> {
    let mut statements = Vec::new();
    let mut at = 0;
    loop {
        let Some(start) = skip_blank(text, at) else { return Cut { statements, rest: &text[at..] } };
        if start == text.len() {
            return Cut { statements, rest: "" };
        }
        let (kind, body, end) = classify(text, start);
        match end {
            Some(end) => {
                let text = text[body..end].trim();
                statements.push(Statement { kind, text, start: body });
                at = end;
            }
            None => return Cut { statements, rest: &text[start..] },
        }
    }
}

/// The kind of the statement that starts here, where its text starts, and its end if it has one.
fn classify(text: &str, start: usize) -> (Kind, usize, Option<usize>) {
    let rest = &text[start..];
    if rest.starts_with("///") {
        // Documentation belongs to the declaration below it.
        let mut below = start;
        while text[below..].starts_with("///") {
            match text[below..].find('\n').map(|n| below + n + 1).and_then(|next| skip_blank(text, next)) {
                Some(next) if next < text.len() => below = next,
                _ => return (Kind::Program, start, None),
            }
        }
        let (kind, _, end) = classify(text, below);
        return if kind == Kind::Program { (kind, start, end) } else { (Kind::Program, start, Some(below)) };
    }
    if rest.starts_with("?-") {
        return (Kind::Query, start, clause_end(text, start + 2));
    }
    if let Some(signed) = rest.strip_prefix(['+', '-']) {
        let kind = if rest.starts_with('+') { Kind::Insert } else { Kind::Retract };
        let body = start + 1 + (signed.len() - signed.trim_start().len());
        return (kind, body, clause_end(text, start + 1));
    }
    if rest.starts_with('#') {
        return (Kind::Program, start, Some(line_end(text, start)));
    }
    if let Some(word) = dotted_word(rest) {
        if command::find(word).is_none() && DIRECTIVES.contains(&word) {
            return (Kind::Program, start, directive_end(text, start, word));
        }
        return (Kind::Command, start, Some(line_end(text, start)));
    }
    (Kind::Program, start, clause_end(text, start))
}

/// The word of `.word`, or none if the text starts otherwise.
fn dotted_word(text: &str) -> Option<&str> {
    let word = text.strip_prefix('.')?;
    let end = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    Some(&word[..end])
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |n| at + n)
}

/// Skips space and comments, but not documentation. None within a comment that does not end.
fn skip_blank(text: &str, mut at: usize) -> Option<usize> {
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let rest = &rest[blank..];
        at += blank;
        if rest.starts_with("/*") {
            at += rest.find("*/")? + 2;
        } else if rest.starts_with("//") && !rest.starts_with("///") {
            at = line_end(text, at);
        } else {
            return Some(at);
        }
    }
}

/// One step through program text: what stands outside of strings and comments.
enum Token {
    /// A character, with where it stands.
    Char(usize, char),
    /// The end of the text; `broken` says that nothing can complete it: a string without its closing quote.
    End { broken: Option<usize>, in_comment: bool },
}

/// Walks over program text and leaves out strings and comments (a string is seen as its two quotes).
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    fn next(&mut self) -> Token {
        loop {
            let rest = &self.text[self.at..];
            let Some(c) = rest.chars().next() else { return Token::End { broken: None, in_comment: false } };
            let here = self.at;
            if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(n) => self.at += n + 2,
                    None => return Token::End { broken: None, in_comment: true },
                }
            } else if rest.starts_with("//") {
                self.at = line_end(self.text, here);
            } else if c == '"' {
                match string_length(rest) {
                    Some(n) => self.at += n,
                    None => return Token::End { broken: Some(line_end(self.text, here)), in_comment: false },
                }
                return Token::Char(here, c);
            } else {
                self.at += c.len_utf8();
                return Token::Char(here, c);
            }
        }
    }
}

/// The length of the string literal that the text starts with; none if its line ends first.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// One past the full stop that ends a clause: outside of brackets, and not inside a number or a qualified name.
fn clause_end(text: &str, start: usize) -> Option<usize> {
    let mut walk = Walk { text, at: start };
    let mut depth = 0usize;
    let mut before = ' ';
    loop {
        match walk.next() {
            Token::Char(i, c) => {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    '.' if depth == 0 => {
                        let after = text[i + 1..].chars().next().unwrap_or(' ');
                        let within = |c: char| c.is_alphanumeric() || c == '_' || c == '?';
                        if !(within(before) && within(after)) {
                            return Some(i + 1);
                        }
                    }
                    _ => {}
                }
                before = c;
            }
            Token::End { broken, .. } => return broken,
        }
    }
}

/// The end of a directive: the first end of a line outside of brackets where nothing says that it goes on.
fn directive_end(text: &str, start: usize, word: &str) -> Option<usize> {
    let mut walk = Walk { text, at: start };
    let mut depth = 0usize;
    let mut last = ' ';
    let mut braces = 0;
    let braced = matches!(word, "comp" | "scenario" | "test");
    loop {
        match walk.next() {
            Token::Char(i, '\n') if depth == 0 && (!braced || braces > 0) && !goes_on(last, &text[i..]) => {
                return Some(i);
            }
            Token::Char(i, c) => {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                braces += usize::from(c == '{');
                if !c.is_whitespace() {
                    last = c;
                }
                let closes = depth == 0 && (braced && c == '}' || !braced && c == ')' && is_clause(&text[i + 1..]));
                if closes {
                    return Some(i + 1);
                }
            }
            Token::End { broken: Some(end), .. } => return Some(end),
            Token::End { in_comment: true, .. } => return None,
            Token::End { .. } => {
                let ends = depth == 0 && (!braced || braces > 0) && !goes_on(last, "");
                return ends.then_some(text.len());
            }
        }
    }
}

/// Whether the rest of the line starts a statement of its own: another directive, a query, or a name and its arguments,
/// perhaps with a sign.
fn is_clause(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '\t']);
    let text = text.strip_prefix(['+', '-']).unwrap_or(text).trim_start();
    let name = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '?')).unwrap_or(text.len());
    text.starts_with('.') || text.starts_with("?-") || (name > 0 && text[name..].trim_start().starts_with('('))
}

/// Whether a directive continues on the next line: by its last character, or by how the next line begins.
fn goes_on(last: char, after: &str) -> bool {
    matches!(last, '=' | '|' | ',' | ':') || after.trim_start().starts_with(['|', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let cut = split(text);
        assert_eq!(cut.rest, "", "nothing is left of {text:?}");
        cut.statements.iter().map(|s| (s.kind, s.text)).collect()
    }

    fn goes_on(text: &str) -> bool {
        !split(text).rest.is_empty()
    }

    #[test]
    fn a_clause_ends_at_its_full_stop() {
        assert_eq!(kinds("a(1). b(2)."), [(Kind::Program, "a(1)."), (Kind::Program, "b(2).")]);
        assert_eq!(kinds("a(1).b(2)."), [(Kind::Program, "a(1)."), (Kind::Program, "b(2).")]);
        assert!(goes_on("a(x) :- b(x),"));
        assert!(goes_on("a(x)"));
    }

    #[test]
    fn full_stops_in_numbers_strings_names_and_comments_end_nothing() {
        for text in
            ["a(1.5).", "a(\"x. y\").", "a(\"\\\". \").", "a(x) :- c.b(x).", "a(1 /* . */).", "a(x) :- x = 1.5."]
        {
            assert_eq!(kinds(text), [(Kind::Program, text)]);
        }
        assert!(goes_on("a(1) // the end."));
    }

    #[test]
    fn an_unterminated_string_does_not_wait_for_more() {
        assert_eq!(kinds("a(\"x).\n"), [(Kind::Program, "a(\"x).")]);
    }

    #[test]
    fn directives_end_with_their_line_unless_they_go_on() {
        assert_eq!(kinds(".decl a(x: number)\n"), [(Kind::Program, ".decl a(x: number)")]);
        assert_eq!(
            kinds(".type T = A\n  | B\na(1)."),
            [(Kind::Program, ".type T = A\n  | B"), (Kind::Program, "a(1).")]
        );
        assert_eq!(
            kinds(".decl a(x: number) inline .decl b(x: number) a(1). b(x) :- a(x)."),
            [
                (Kind::Program, ".decl a(x: number) inline .decl b(x: number)"),
                (Kind::Program, "a(1)."),
                (Kind::Program, "b(x) :- a(x).")
            ]
        );
        assert_eq!(kinds(".decl a(x: number) +a(1).")[1], (Kind::Insert, "a(1)."));
        assert!(goes_on(".decl a(x: number,"));
        assert!(goes_on(".type T ="));
        assert!(goes_on(".comp C"));
        assert!(goes_on(".comp C {\n  .decl a(x: number)"));
        assert_eq!(kinds(".comp C {\n .decl a(x: number)\n}").len(), 1);
    }

    #[test]
    fn documentation_waits_for_its_declaration() {
        assert!(goes_on("/// who is linked to whom\n"));
        let text = "/// who is linked\n/// to whom\n.decl link(a: symbol, b: symbol)";
        assert_eq!(kinds(text), [(Kind::Program, text)]);
    }

    #[test]
    fn comments_alone_are_nothing_to_do() {
        assert_eq!(kinds("// nothing\n  /* at all */ \n"), []);
        assert!(goes_on("/* not yet"));
    }

    #[test]
    fn commands_take_their_line() {
        assert_eq!(kinds(".load x.dl\n.relations"), [(Kind::Command, ".load x.dl"), (Kind::Command, ".relations")]);
        assert_eq!(kinds(".nonsense"), [(Kind::Command, ".nonsense")]);
        assert_eq!(kinds(".plan path"), [(Kind::Command, ".plan path")]);
    }

    #[test]
    fn edits_and_queries_are_told_by_their_sign() {
        assert_eq!(
            kinds("+a(1). - b(-2). ?- a(x), x > 1."),
            [(Kind::Insert, "a(1)."), (Kind::Retract, "b(-2)."), (Kind::Query, "?- a(x), x > 1.")]
        );
    }
}
