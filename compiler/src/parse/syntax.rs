//! Syntax errors as a person wants them: what was found, what could stand there, and what was probably forgotten.

use super::Counted;
use super::node::Recovered;
use super::places::Places;
use super::token::Token;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use lalrpop_util::ParseError;

/// One diagnostic for each error, except where an earlier finding in the same clause is its cause.
pub(super) fn explain(
    places: &Places,
    tokens: &[Counted],
    errors: &[Recovered],
    earlier: &[Diagnostic],
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for error in errors {
        let (index, expected) = match &error.error {
            ParseError::UnrecognizedToken { token, expected } => {
                let at = tokens.partition_point(|(start, _, _)| *start < token.0);
                (at, expected.as_slice())
            }
            ParseError::UnrecognizedEof { expected, .. } => (tokens.len(), expected.as_slice()),
            ParseError::ExtraToken { token } => {
                (tokens.partition_point(|(start, _, _)| *start < token.0), [].as_slice())
            }
            ParseError::InvalidToken { .. } => continue,
            ParseError::User { error } => match *error {},
        };
        // The brace of a component whose head could not be read.
        let stray = tokens.get(index).is_some_and(|(_, token, _)| *token == Token::End);
        if stray && expected.iter().any(|e| e == "\".decl\"") && !(out.is_empty() && earlier.is_empty()) {
            continue;
        }
        let region = region(places, tokens, index, error.dropped_tokens.last().map(|(_, _, end)| *end));
        let caused = |d: &&Diagnostic| {
            d.is_error()
                && region.source == d.primary.span.source
                && region.start <= d.primary.span.end
                && d.primary.span.start <= region.end
        };
        if !earlier.iter().any(|d| caused(&d)) {
            out.push(explain_one(places, tokens, index, expected));
        }
    }
    out
}

/// The clause around a token: from behind the full stop before it to where the parser went on.
fn region(places: &Places, tokens: &[Counted], index: usize, dropped: Option<u32>) -> Span {
    let index = index.min(tokens.len());
    let first = tokens[..index]
        .iter()
        .rposition(|(_, token, _)| token.is(".") || token.is_directive())
        .map_or(0, |i| if tokens[i].1.is(".") { i + 1 } else { i });
    let start = tokens.get(first).map_or(0, |t| t.0);
    let end = dropped.or(tokens.get(index).map(|t| t.2)).or(tokens.last().map(|t| t.2)).unwrap_or(start);
    places.span(start, end)
}

fn explain_one(places: &Places, tokens: &[Counted], index: usize, expected: &[String]) -> Diagnostic {
    let wanted = wanted(expected);
    let previous = index.checked_sub(1).and_then(|i| tokens.get(i));
    let Some((start, token, end)) = tokens.get(index) else {
        let span = previous.map_or(places.span(0, 0), |(start, _, end)| places.span(*start, *end));
        return Diagnostic::error(
            codes::SYNTAX_ERROR,
            "unexpected end of file",
            span,
            format!("expected {wanted} after this"),
        );
    };
    let span = places.span(*start, *end);
    let mut diagnostic =
        Diagnostic::error(codes::SYNTAX_ERROR, format!("unexpected {token}"), span, format!("expected {wanted}"));
    if let Some((before_start, before, before_end)) = previous {
        let before_span = places.span(*before_start, *before_end);
        let joined = if before_span.source == span.source { before_span.to(span) } else { span };
        let ends = expected.iter().any(|e| e == "\".\"");
        if places.is_first(*start)
            && ends
            && (matches!(token, Token::Name(_)) || token.is_directive() || token.is("?-") || token.is("expect"))
        {
            let end = Span { start: before_span.end, ..before_span };
            let stop = Span { start: end.start.saturating_sub(1), ..end };
            diagnostic = diagnostic.also(stop, "is a `.` missing after this?").fix(end, ".");
        } else if places.is_first(*start)
            && expected.iter().any(|e| e == "\")\"")
            && (token.is_directive() || tokens.get(index + 1).is_some_and(|(_, next, _)| next.is("(")))
        {
            let end = Span { start: before_span.end, ..before_span };
            let stop = Span { start: end.start.saturating_sub(1), ..end };
            diagnostic = diagnostic.also(stop, "is a `)` missing after this?").fix(end, ")");
        } else if let Some(word) = called(&tokens[..index]).filter(|_| expected.iter().any(|e| e == "\":\"")) {
            diagnostic =
                diagnostic.help(format!("an aggregate is written `{word} : {{ ... }}`, with a body in braces"));
        } else if token.is("<") && before.is("=") {
            diagnostic = diagnostic.help("less or equal is written `<=`").fix(joined, "<=");
        } else if token.is("=") && before.is("=") {
            diagnostic = diagnostic.help("equality is written with one `=`").fix(joined, "=");
        } else if token.is("-") && before.is("<") {
            diagnostic = diagnostic.help("a rule is written `head :- body.`").fix(joined, ":-");
        } else if let Some(help) = habit(before, token, tokens.get(index + 1).map(|(_, next, _)| next), expected) {
            diagnostic = diagnostic.help(help);
        }
    }
    // `count` as a variable: the parser stumbles over what follows.
    let word = previous.filter(|_| token.is(")") || token.is(",") || token.is("=")).map_or(token, |(_, word, _)| word);
    let named = std::ptr::eq(word, token) && expected.iter().any(|e| e == "name");
    if let Token::Fixed(word) = word
        && super::token::KEYWORDS.contains(word)
        && (named || expected.iter().any(|e| e == "integer"))
    {
        diagnostic = diagnostic.help(format!("`{word}` is a word of the language and cannot be a name"));
    }
    diagnostic
}

/// The aggregate that these words end in, if it is written as a call: `count(...)`.
fn called(tokens: &[Counted]) -> Option<&'static str> {
    let mut depth = 0;
    tokens.last().filter(|(_, token, _)| token.is(")"))?;
    let opens = tokens.iter().rposition(|(_, token, _)| {
        depth += i32::from(token.is(")")) - i32::from(token.is("("));
        depth <= 0
    })?;
    let (_, before, _) = tokens.get(opens.checked_sub(1)?)?;
    ["count", "sum", "mean", "min", "max"].into_iter().find(|word| before.is(word))
}

/// What someone who writes as in another language needs to know.
fn habit(before: &Token, token: &Token, next: Option<&Token>, expected: &[String]) -> Option<&'static str> {
    let named = |token: &Token, text: &str| matches!(token, Token::Name(name) if **name == *text);
    let only = |text: &str| expected.len() == 1 && expected[0] == format!("\"{text}\"");
    let directive = ["decl", "input", "output", "printsize", "type"].iter().any(|word| named(before, word));
    Some(match token {
        _ if token.is("<") && next.is_some_and(|next| next.is("-")) => "a rule is written `head :- body.`",
        _ if token.is("/") && before.is("=") => "inequality is written `!=`",
        _ if token.is("%") && expected.iter().any(|e| e == "\".decl\"") => "a comment is written `// ...`",
        _ if token.is(".") && (before.is(")") || matches!(before, Token::Name(_) | Token::Qualifier(_))) => {
            expected.iter().any(|e| e == "\".decl\"").then_some("a directive ends without a `.`")?
        }
        _ if token.is("{") && expected.iter().any(|e| e == "\"<:\"") => "a record is written `.type T = [x: number]`",
        _ if token.is("{") && expected.iter().any(|e| e == "\":\"") => "an aggregate is written `sum x : { ... }`",
        _ if (token.is(",") || token.is(")")) && only(":") && matches!(before, Token::Name(_)) => {
            "its type goes behind a name: `x: number`"
        }
        Token::Name(_) if directive => "a directive starts with a `.`, such as `.output`",
        Token::Name(_) if named(before, "not") => "negation is written `!`",
        Token::Name(_) if named(token, "and") => "`,` joins conditions",
        Token::Name(_) if named(token, "or") => "`;` separates alternatives",
        Token::Name(_) if named(token, "is") => "a value is given with `=`",
        Token::Name(_) if named(token, "in") => "one of several values: `(x = 1; x = 2)`",
        Token::Text(_) if matches!(before, Token::Name(_)) && expected.iter().any(|e| e == "\".decl\"") => {
            "a file is named in parentheses: `(filename=\"...\")`"
        }
        _ => return None,
    })
}

/// What could stand here, in a few words.
fn wanted(expected: &[String]) -> String {
    let has = |text: &str| expected.iter().any(|e| e == text);
    let mut words: Vec<String> = Vec::new();
    let value = has("integer") && has("name") && has("text");
    if value && has("\"!\"") {
        words.push("a condition".to_string());
    } else if value && has("\"(\"") {
        words.push("a value".to_string());
    } else {
        for (token, word) in [("name", "a name"), ("text", "a string"), ("integer", "a number")] {
            if has(token) {
                words.push(word.to_string());
            }
        }
    }
    if has("\".decl\"") {
        words.push("a directive".to_string());
    }
    if has("end") {
        words.push("`}`".to_string());
    }
    let closing = [")", "}", "]", ".", ",", ";", ":-", ":", "<:", "=", "|"];
    words.extend(closing.iter().filter(|text| has(&format!("\"{text}\""))).map(|text| format!("`{text}`")));
    if !value && has("\"(\"") {
        words.push("`(`".to_string());
    }
    if !value && has("\"{\"") {
        words.push("`{`".to_string());
    }
    match words.as_slice() {
        [] => "something else".to_string(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
