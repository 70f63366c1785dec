//! Records and branches as Soufflé reads and writes them: `[1, [2, nil]]`, `$Node($Leaf, 3)`.
//!
//! White space may stand before every part. A symbol stands as it is, up to the next comma or closing bracket, or in
//! double quotes, where a backslash takes the meaning from the character behind it. Nothing recurses, however deep the
//! text is.

use super::word;
use compiler::structure::{Field, Structure, Structures};
use compiler::value::{Primitive, Type};
use runtime::{Symbols, Term, Value};

/// A tuple that is not closed yet.
struct Open<'t> {
    fields: &'t [Field],
    words: Vec<u64>,
    /// How many words stand before the first field.
    tags: usize,
    close: char,
}

/// Writes a value of a structured type as a field: its symbols as they are; within a field that is quoted (RFC 4180) they
/// are quoted, too.
pub(crate) fn write(out: &mut Vec<u8>, word: u64, ty: &Type, symbols: &Symbols, quoted: bool) {
    let text = text(word, ty, symbols, quoted);
    match quoted {
        true => out.extend_from_slice(format!("\"{}\"", text.replace('"', "\"\"")).as_bytes()),
        false => out.extend_from_slice(text.as_bytes()),
    }
}

/// A value of a structured type as text; with its symbols in quotes [`read`] gives it back, whatever they hold.
pub(crate) fn text(word: u64, ty: &Type, symbols: &Symbols, quoted: bool) -> String {
    match Value::of(word, ty, symbols) {
        Value::Record(term) => term_text(&term, quoted),
        other => other.to_string(),
    }
}

/// The text of a term.
pub(crate) fn term_text(term: &Term, quoted: bool) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = term.write(&mut text, &mut |out, leaf| match leaf {
        Value::Float(x) => out.write_str(&word::seventeen_digits(*x)),
        Value::Symbol(s) if quoted => write!(out, "\"{}\"", s.replace('\\', "\\\\").replace('"', "\\\"")),
        leaf => write!(out, "{leaf}"),
    });
    text
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    symbols: &'a Symbols,
}

/// Reads a value of a structured type; an error says what was expected, and at which character of the text.
pub(crate) fn read(text: &str, ty: &Type, symbols: &Symbols) -> Result<u64, String> {
    let empty = Structures::default();
    let structures = ty.structures.as_deref().unwrap_or(&empty);
    let mut reader = Reader { text, at: 0, symbols };
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut value = reader.value(ty, ']', structures, &mut open)?;
    while let Some(tuple) = open.last_mut() {
        tuple.words.extend(value.take());
        let done = tuple.words.len() - tuple.tags;
        if let Some(field) = tuple.fields.get(done) {
            if done > 0 {
                reader.expect(',')?;
            }
            let close = tuple.close;
            value = reader.value(&field.ty, close, structures, &mut open)?;
        } else {
            reader.expect(tuple.close)?;
            value = open.pop().map(|tuple| symbols.pack(&tuple.words));
        }
    }
    reader.skip_space();
    match value {
        Some(word) if reader.at == text.len() => Ok(word),
        _ => Err(reader.expected("nothing more")),
    }
}

impl Reader<'_> {
    /// A value, or the beginning of a tuple, which is then open.
    fn value<'t>(
        &mut self,
        ty: &Type,
        close: char,
        structures: &'t Structures,
        open: &mut Vec<Open<'t>>,
    ) -> Result<Option<u64>, String> {
        self.skip_space();
        if ty.primitive != Primitive::Record {
            return self.leaf(ty, close).map(Some);
        }
        match structures.get(&ty.name) {
            Some(Structure::Record(fields)) => {
                if self.rest().starts_with("nil") {
                    self.at += "nil".len();
                    return Ok(Some(0));
                }
                if !self.rest().starts_with('[') {
                    return Err(self.expected("`[` or `nil`"));
                }
                self.at += 1;
                open.push(Open { fields, words: Vec::new(), tags: 0, close: ']' });
                Ok(None)
            }
            Some(Structure::Branches(_)) => self.branch(ty, structures, open),
            None => Err(self.expected("no value: the type of the column is not known")),
        }
    }

    fn branch<'t>(
        &mut self,
        ty: &Type,
        structures: &'t Structures,
        open: &mut Vec<Open<'t>>,
    ) -> Result<Option<u64>, String> {
        if !self.rest().starts_with('$') {
            return Err(self.expected("`$` and a branch"));
        }
        self.at += 1;
        self.skip_space();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '?' | '.');
        let name = self.rest();
        let name = &name[..name.find(|c| !is_name(c)).unwrap_or(name.len())];
        let Some((number, fields)) = structures.get(&ty.name).and_then(|structure| structure.branch(name)) else {
            return Err(self.expected(&format!("a branch of `{}`", ty.name)));
        };
        self.at += name.len();
        if fields.is_empty() {
            // Soufflé writes no parentheses here; rules may have them.
            if self.rest().trim_start().starts_with('(') {
                self.expect('(')?;
                self.expect(')')?;
            }
            return Ok(Some(self.symbols.pack(&[number])));
        }
        self.expect('(')?;
        open.push(Open { fields, words: vec![number], tags: 1, close: ')' });
        Ok(None)
    }

    /// What is no tuple.
    fn leaf(&mut self, ty: &Type, close: char) -> Result<u64, String> {
        let (text, length) = match self.rest().strip_prefix('"') {
            Some(quoted) if ty.primitive == Primitive::Symbol => self.quoted(quoted)?,
            _ => {
                let rest = self.rest();
                let end = rest.find([',', close]).ok_or_else(|| self.expected(&format!("`{close}`")))?;
                (rest[..end].to_owned(), end)
            }
        };
        let text = if ty.primitive == Primitive::Symbol { &*text } else { text.trim_end() };
        let word = word::read(text.as_bytes(), ty, self.symbols);
        let word = word.map_err(|expected| self.expected(expected.trim_start_matches("expected ")))?;
        self.at += length;
        Ok(word)
    }

    /// The value of a quoted symbol behind its first quote, and its length with both.
    fn quoted(&self, text: &str) -> Result<(String, usize), String> {
        let mut value = String::new();
        let mut characters = text.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => return Ok((value, at + 2)),
                '\\' => value.extend(characters.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        Err(self.expected("a closing quote for the one"))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        self.skip_space();
        if !self.rest().starts_with(wanted) {
            return Err(self.expected(&format!("`{wanted}`")));
        }
        self.at += wanted.len_utf8();
        Ok(())
    }

    fn expected(&self, what: &str) -> String {
        format!("expected {what} at character {}", self.text[..self.at].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::{NoFiles, compile};

    /// The value of a type of this program, read and written again.
    fn read_again(name: &str, text: &str) -> Result<String, String> {
        let program = "
            .type L = [head: number, tail: L]
            .type P = [text: symbol, n: unsigned, f: float]
            .type T = Leaf {} | Node {left: T, name: symbol, pair: P}
            .decl l(x: L)
            .decl p(x: P)
            .decl t(x: T)
        ";
        let program = compile(&[("types.dl", program)], &NoFiles).program.expect("compiles");
        let relation = program.relation(program.find(name).expect("declared"));
        let symbols = Symbols::default();
        let ty = &relation.columns[0].ty;
        read(text, ty, &symbols).map(|word| Value::of(word, ty, &symbols).to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let texts = [
            ("l", "[1, [-2, nil]]"),
            ("l", "nil"),
            ("p", "[a b, 3, 0.5]"),
            ("t", "$Leaf"),
            ("t", "$Node($Node($Leaf, x, nil), y, [z, 0, 1])"),
        ];
        for (name, text) in texts {
            assert_eq!(read_again(name, text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn white_space_and_quotes_are_allowed() {
        assert_eq!(read_again("l", " [ 1 ,[2 , nil ] ] ").as_deref(), Ok("[1, [2, nil]]"));
        assert_eq!(read_again("p", r#"["a, \"b]", 0x10, 1]"#).as_deref(), Ok(r#"[a, "b], 16, 1]"#));
        assert_eq!(read_again("t", "$Leaf()").as_deref(), Ok("$Leaf"));
    }

    #[test]
    fn malformed_text_is_refused_where_it_is_wrong() {
        let errors = [
            ("l", "", "expected `[` or `nil` at character 1"),
            ("l", "[1, [2, nil]", "expected `]` at character 13"),
            ("l", "[1, nil] x", "expected nothing more at character 10"),
            ("l", "[one, nil]", "expected a number at character 2"),
            ("l", "[1 nil]", "expected a number at character 2"),
            ("p", "[a, -1, 1]", "expected an unsigned number at character 5"),
            ("p", "[\"a, 1, 1]", "expected a closing quote for the one at character 2"),
            ("t", "Leaf", "expected `$` and a branch at character 1"),
            ("t", "$Lea", "expected a branch of `T` at character 2"),
            ("t", "$Node($Leaf, a)", "expected `,` at character 15"),
        ];
        for (name, text, error) in errors {
            assert_eq!(read_again(name, text), Err(error.to_string()), "{text}");
        }
    }

    #[test]
    fn a_deep_value_is_read_without_recursion() {
        let depth = 200_000;
        let text = "[7, ".repeat(depth) + "nil" + &"]".repeat(depth);
        assert_eq!(read_again("l", &text).as_ref(), Ok(&text));
    }
}
