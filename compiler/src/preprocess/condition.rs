//! The value of `#if`: integers, `defined`, and C's operators. A name that is no macro is 0.

use super::word::Word;
use crate::parse::token::Token;

/// How deep parentheses and signs may nest.
const MAX_DEPTH: usize = 100;

/// Evaluates expanded words; an error is a sentence for the author.
pub(super) fn value(words: &[Word]) -> Result<i64, String> {
    let mut reader = Reader { words, at: 0, depth: 0 };
    let value = reader.choice()?;
    match reader.peek() {
        None => Ok(value),
        Some(token) => Err(format!("{token} stands where the condition should end")),
    }
}

struct Reader<'a> {
    words: &'a [Word],
    at: usize,
    depth: usize,
}

/// Binary operators, weakest first; those of one row bind alike.
const OPERATORS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<", "<=", ">", ">="],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.words.get(self.at).map(|word| &word.token)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(text));
        self.at += usize::from(found);
        found
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(format!("condition nests more than {MAX_DEPTH} deep")) } else { Ok(()) }
    }

    /// `condition ? one : other`
    fn choice(&mut self) -> Result<i64, String> {
        self.enter()?;
        let condition = self.binary(0)?;
        let asked = matches!(self.peek(), Some(Token::Name(name)) if &**name == "?");
        let value = if asked {
            self.at += 1;
            let one = self.choice()?;
            if !self.take(":") {
                return Err("`:` is missing behind `?`".to_string());
            }
            let other = self.choice()?;
            if condition == 0 { other } else { one }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(value)
    }

    fn binary(&mut self, row: usize) -> Result<i64, String> {
        let Some(operators) = OPERATORS.get(row) else { return self.unary() };
        let mut left = self.binary(row + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.binary(row + 1)?;
            left = apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.enter()?;
        let value = if self.take("!") {
            i64::from(self.unary()? == 0)
        } else if self.take("-") {
            self.unary()?.wrapping_neg()
        } else if self.take("+") {
            self.unary()?
        } else if self.take("~") {
            !self.unary()?
        } else if self.take("(") {
            let value = self.choice()?;
            if !self.take(")") {
                return Err("`)` is missing".to_string());
            }
            value
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        let Some(token) = self.peek() else { return Err("a value is missing at the end".to_string()) };
        let value = match token {
            Token::Integer(text) | Token::Unsigned(text) => integer(text)?,
            Token::Name(_) => 0,
            Token::Fixed("true") => 1,
            // The other words of the language are names here.
            Token::Fixed(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) => 0,
            token => return Err(format!("{token} is not a value")),
        };
        self.at += 1;
        Ok(value)
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches('u');
    let parsed = match (digits.strip_prefix("0x"), digits.strip_prefix("0b")) {
        (Some(digits), _) => u64::from_str_radix(digits, 16),
        (_, Some(digits)) => u64::from_str_radix(digits, 2),
        _ => digits.parse(),
    };
    parsed.map(|value| value as i64).map_err(|_| format!("`{text}` is too large"))
}

fn apply(operator: &str, left: i64, right: i64) -> Result<i64, String> {
    let shift = u32::try_from(right).ok().filter(|shift| *shift < 64);
    Ok(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<" => i64::from(left < right),
        "<=" => i64::from(left <= right),
        ">" => i64::from(left > right),
        ">=" => i64::from(left >= right),
        "<<" => shift.map_or(0, |shift| left << shift),
        ">>" => shift.map_or(0, |shift| left >> shift),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        _ if right == 0 => return Err("division by zero".to_string()),
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}
