//! Macros: their definitions, and what their uses stand for.
//!
//! As in C: the arguments of a use are expanded first, except beside `#` and `##`; then the body is looked at again with
//! what follows it, and a macro is never expanded within itself. How much text macros stand for is bounded.

use super::word::{From, Word, spelled};
use crate::diagnostic::{Diagnostic, codes};
use crate::parse::lexer::lex_line;
use crate::parse::token::Token;
use crate::span::Span;
use fnv::FnvHashMap;
use std::rc::Rc;
use std::sync::Arc;

/// How many words all uses of macros may stand for.
const MAX_WORDS: usize = 1_000_000;

/// How deep uses may nest in the arguments of others.
const MAX_DEPTH: usize = 100;

/// How many macros may stand for each other in a row.
const MAX_CHAIN: usize = 500;

/// A macro.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    /// Of a macro with parentheses.
    pub(super) parameters: Option<Vec<Arc<str>>>,
    /// Whether the last parameter takes all that is left.
    pub(super) variadic: bool,
    /// What it stands for.
    pub(super) body: Vec<Word>,
    /// Its name in the definition.
    pub(super) span: Span,
}

/// A use of a macro.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// Where.
    pub(crate) span: Span,
    /// Of which.
    pub(crate) name: Arc<str>,
    /// Its definition.
    pub(crate) definition: Span,
}

/// All macros, and where they were used.
#[derive(Debug, Default)]
pub(super) struct Macros {
    pub(super) defined: FnvHashMap<Arc<str>, Macro>,
    pub(super) uses: Vec<Use>,
    pub(super) diagnostics: Vec<Diagnostic>,
    made: usize,
}

/// What is defined before the first text, as by Soufflé: how many bits a number has.
const PREDEFINED: [(&str, i64); 1] = [("RAM_DOMAIN_SIZE", 64)];

/// Words that are still to be looked at, the next one last.
type Waiting = Vec<Word>;

impl Macros {
    /// Those that every program finds defined.
    pub(super) fn predefined() -> Macros {
        let span = Span { source: 0, start: 0, end: 0 };
        let one = |(name, value): (&str, i64)| {
            let body = vec![Word::new(Token::Integer(value.to_string().into()), span, false, false)];
            (name.into(), Macro { parameters: None, variadic: false, body, span })
        };
        Macros { defined: PREDEFINED.into_iter().map(one).collect(), ..Macros::default() }
    }

    /// What words stand for.
    pub(super) fn expand(&mut self, words: Vec<Word>) -> Vec<Word> {
        if self.defined.is_empty() {
            return words;
        }
        self.scan(words, 0)
    }

    fn scan(&mut self, mut words: Vec<Word>, depth: usize) -> Vec<Word> {
        words.reverse();
        let mut waiting: Waiting = words;
        let mut out = Vec::with_capacity(waiting.len());
        while let Some(word) = waiting.pop() {
            let Token::Name(name) = &word.token else {
                out.push(word);
                continue;
            };
            let name = name.clone();
            let Some(known) = self.defined.get(&name) else {
                out.push(self.qualified(word));
                continue;
            };
            let opens = waiting.last().is_some_and(|next| next.token.is("("));
            if word.is_from(&name) || known.parameters.is_some() && !opens {
                out.push(word);
                continue;
            }
            let known = known.clone();
            match self.replace(&word, &name, &known, &mut waiting, depth) {
                Some(body) => waiting.extend(body.into_iter().rev()),
                None => out.push(word),
            }
            if self.made > MAX_WORDS {
                // The program is refused: what there is of it helps nobody.
                return Vec::new();
            }
        }
        out
    }

    /// A qualified name, whose parts may be macros that stand for one name.
    fn qualified(&mut self, mut word: Word) -> Word {
        let Token::Name(name) = &word.token else { return word };
        if !name.contains('.') {
            return word;
        }
        let part = |part: &str| match self.defined.get(part) {
            Some(Macro { parameters: None, body, .. }) => match body.as_slice() {
                [Word { token: Token::Name(name), .. }] => name.to_string(),
                _ => part.to_string(),
            },
            _ => part.to_string(),
        };
        let parts: Vec<String> = name.split('.').map(part).collect();
        word.token = Token::Name(parts.join(".").into());
        word
    }

    /// The body of a use, its arguments taken from the words that wait; none if the use is malformed.
    fn replace(
        &mut self,
        word: &Word,
        name: &Arc<str>,
        known: &Macro,
        waiting: &mut Waiting,
        depth: usize,
    ) -> Option<Vec<Word>> {
        if word.from.as_ref().is_some_and(|from| from.depth > MAX_CHAIN) {
            let message = format!("macros stand for each other more than {MAX_CHAIN} deep");
            self.diagnostics.push(Diagnostic::error(codes::TOO_DEEP, message, word.span, ""));
            return None;
        }
        let mut span = word.span;
        let mut arguments = Vec::new();
        if let Some(parameters) = &known.parameters {
            let (found, end) = self.arguments(word, name, waiting)?;
            span = if end.source == span.source { span.to(end) } else { span };
            match self.fit(name, known, parameters.len(), found, span) {
                Some(found) => arguments = found,
                // It stands for nothing, so that nothing is said of what it would stand for.
                None => return Some(Vec::new()),
            }
        }
        self.uses.push(Use { span, name: name.clone(), definition: known.span });
        let mut body = self.substitute(known, &arguments, span, depth)?;
        self.made += body.len() + 1;
        if self.made > MAX_WORDS {
            let message = format!("macros stand for more than {MAX_WORDS} words");
            self.diagnostics.push(
                Diagnostic::error(codes::EXPANSION_LIMIT, message, span, "")
                    .also(known.span, format!("macro `{name}` is defined here")),
            );
            return None;
        }
        let from = Rc::new(From::new(name.clone(), word.from.clone()));
        for (index, made) in body.iter_mut().enumerate() {
            // What an argument brought along stays forbidden in it.
            made.from = match made.from.take() {
                None => Some(from.clone()),
                outer => Some(Rc::new(From::new(name.clone(), outer))),
            };
            made.first = index == 0 && word.first;
        }
        if let Some(first) = body.first_mut() {
            first.spaced = word.spaced;
        }
        Some(body)
    }

    /// The words between the parentheses behind a macro, cut at commas, and the closing parenthesis.
    fn arguments(&mut self, word: &Word, name: &str, waiting: &mut Waiting) -> Option<(Vec<Vec<Word>>, Span)> {
        let mut depth = 0usize;
        let close = waiting.iter().rposition(|word| {
            depth += usize::from(word.token.is("("));
            depth -= usize::from(word.token.is(")"));
            depth == 0
        });
        let Some(close) = close else {
            let message = format!("use of macro `{name}` is not closed");
            self.diagnostics.push(
                Diagnostic::error(codes::BAD_MACRO, message, word.span, "")
                    .help("add the `)`; no preprocessor line may stand within"),
            );
            return None;
        };
        let mut taken = waiting.split_off(close);
        taken.reverse();
        let end = taken.pop()?.span;
        let mut found = vec![Vec::new()];
        for word in taken.into_iter().skip(1) {
            depth += usize::from(word.token.is("("));
            depth -= usize::from(word.token.is(")"));
            if depth == 0 && word.token.is(",") {
                found.push(Vec::new());
            } else if let Some(last) = found.last_mut() {
                last.push(word);
            }
        }
        Some((found, end))
    }

    /// As many arguments as there are parameters.
    fn fit(
        &mut self,
        name: &str,
        known: &Macro,
        wanted: usize,
        mut found: Vec<Vec<Word>>,
        span: Span,
    ) -> Option<Vec<Vec<Word>>> {
        if wanted == 0 && matches!(found.as_slice(), [only] if only.is_empty()) {
            return Some(Vec::new());
        }
        if known.variadic {
            if found.len() + 1 == wanted {
                found.push(Vec::new());
            }
            while found.len() > wanted && wanted > 0 {
                let last = found.pop().unwrap_or_default();
                let comma = Word::new(Token::Fixed(","), span, false, false);
                if let Some(rest) = found.last_mut() {
                    rest.push(comma);
                    rest.extend(last);
                }
            }
        }
        if found.len() == wanted {
            return Some(found);
        }
        let plural = if wanted == 1 { "" } else { "s" };
        let given = found.len();
        let message = format!("macro `{name}` takes {wanted} argument{plural}, not {given}");
        self.diagnostics.push(Diagnostic::error(codes::BAD_MACRO, message, span, "").also(known.span, "defined here"));
        None
    }

    /// The body with arguments in the place of parameters.
    fn substitute(&mut self, known: &Macro, arguments: &[Vec<Word>], span: Span, depth: usize) -> Option<Vec<Word>> {
        if depth > MAX_DEPTH {
            let message = format!("macros nest more than {MAX_DEPTH} deep in arguments");
            self.diagnostics.push(Diagnostic::error(codes::TOO_DEEP, message, span, ""));
            return None;
        }
        let parameter = |word: &Word| match (&word.token, &known.parameters) {
            (Token::Name(name), Some(parameters)) => parameters.iter().position(|p| p == name),
            _ => None,
        };
        let body = &known.body;
        let mut expanded: Vec<Option<Vec<Word>>> = vec![None; arguments.len()];
        let mut out: Vec<Word> = Vec::new();
        let mut at = 0;
        // Whether nothing stands to the left of `##`.
        let mut empty = true;
        while let Some(word) = body.get(at) {
            let next = body.get(at + 1);
            let (argument, length) = match (word.token.is("#"), next.and_then(parameter)) {
                (true, Some(index)) if known.parameters.is_some() => {
                    let text = spelled(&arguments[index]);
                    (vec![Word::new(Token::Text(text.into()), span, false, word.spaced)], 2)
                }
                _ => match parameter(word) {
                    Some(index) => {
                        let pasted =
                            next.is_some_and(|next| next.token.is("##")) || at > 0 && body[at - 1].token.is("##");
                        let mut words = if pasted {
                            arguments[index].clone()
                        } else {
                            if expanded[index].is_none() {
                                expanded[index] = Some(self.scan(arguments[index].clone(), depth + 1));
                            }
                            expanded[index].clone().unwrap_or_default()
                        };
                        if let Some(first) = words.first_mut() {
                            first.spaced = word.spaced;
                        }
                        // Within the argument the author's text is shown.
                        (words, 1)
                    }
                    None => (vec![Word { span, ..word.clone() }], 1),
                },
            };
            let paste = at > 0 && body[at - 1].token.is("##");
            at += length;
            if body.get(at - 1).is_some_and(|word| length == 1 && word.token.is("##")) {
                continue;
            }
            let nothing = argument.is_empty();
            if paste && !empty {
                self.paste(&mut out, argument, span);
            } else {
                out.extend(argument);
            }
            empty = nothing && (empty || !paste);
            if out.len() + self.made > MAX_WORDS * 2 {
                break;
            }
        }
        Some(out)
    }

    /// Joins the last word and the first one of what follows into one.
    fn paste(&mut self, out: &mut Vec<Word>, right: Vec<Word>, span: Span) {
        let mut right = right.into_iter();
        let Some(next) = right.next() else { return };
        let Some(mut left) = out.pop() else { return };
        let mut text = format!("{}{}", left.spelling(), next.spelling());
        // `instance##.##relation` is one name.
        if left.token.is(".")
            && let Token::Name(relation) = &next.token
            && let Some(Word { token: Token::Name(instance), .. }) = out.last()
        {
            text = format!("{instance}.{relation}");
            left.spaced = out.pop().is_some_and(|instance| instance.spaced);
        }
        let lexed = lex_line(span.source, &text, 0..text.len());
        if lexed.tokens.is_empty() || !lexed.diagnostics.is_empty() {
            let message = format!("`{text}` is not a word: its parts cannot be joined by `##`");
            self.diagnostics.push(Diagnostic::error(codes::BAD_MACRO, message, span, ""));
        }
        let spaced = left.spaced;
        let tokens = lexed.tokens.into_iter().map(|(_, token, _)| token);
        out.extend(tokens.enumerate().map(|(i, token)| Word::new(token, span, false, i == 0 && spaced)));
        out.extend(right);
    }
}
