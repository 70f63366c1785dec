//! Charts: the last column of an answer, drawn as text that fits the terminal.
//!
//! A chart is a value of lines, like everything that the shell says; it is drawn for a width. What does not fit is
//! binned or summed up, never left out in silence: the legend counts it.

mod bars;
mod cdf;
mod heatmap;

pub use bars::bars;
pub use cdf::cdf;
pub use heatmap::heatmap;

use crate::answer::Answer;
use crate::failure::{Failure, Outcome};
use crate::output::Style;
use crate::table::printable;
use compiler::value::Primitive;
use runtime::Value;

/// How wide a chart is where nobody says.
const WIDTH: usize = 80;

/// Where the width of a terminal ends to be of use.
const WIDEST: usize = 160;

/// The columns that a chart may take.
fn width(style: Style) -> usize {
    style.width.map_or(WIDTH, usize::from).clamp(40, WIDEST)
}

/// A row of an answer as a chart sees it: what it is of, and how much.
struct Measured {
    of: Vec<Value>,
    much: f64,
}

/// The rows of an answer, whose last column must be a number.
fn measured(answer: &Answer, least: usize) -> Outcome<Vec<Measured>> {
    let Some(last) = answer.columns.last() else {
        return Err(Failure::User("there is nothing to draw in a yes or no".into()));
    };
    if !matches!(last.ty.primitive, Primitive::Number | Primitive::Unsigned | Primitive::Float) {
        let numeric = answer.columns.iter().filter(|c| is_number(c.ty.primitive)).map(|c| format!("`{}`", c.name));
        let numeric: Vec<String> = numeric.collect();
        let hint = match numeric.len() {
            0 => "; no other column is one either: count something, as in `n = count : { … }`".to_owned(),
            _ => format!("; ask for {} last, as in `?- …, {}`", numeric.join(" or "), numeric[0].trim_matches('`')),
        };
        return Err(Failure::User(format!("the last column, `{}`, is no number{hint}", last.name)));
    }
    if answer.columns.len() <= least {
        let wanted = if least == 1 { "a column" } else { "two columns" };
        return Err(Failure::User(format!("the drawing needs {wanted} before the number `{}`", last.name)));
    }
    let rows = answer.rows.iter().filter_map(|row| {
        let mut of = answer.values(row);
        let much = number(&of.pop()?)?;
        much.is_finite().then_some(Measured { of, much })
    });
    Ok(rows.collect())
}

fn is_number(primitive: Primitive) -> bool {
    matches!(primitive, Primitive::Number | Primitive::Unsigned | Primitive::Float)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => Some(*n as f64),
        Value::Unsigned(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        Value::Symbol(_) | Value::Record(_) => None,
    }
}

/// What a row is of, in words.
fn label(of: &[Value]) -> String {
    of.iter().map(|v| printable(&v.to_string()).into_owned()).collect::<Vec<_>>().join(" ")
}

/// A number with at most four digits that count, and a prefix: `12.3 M`.
fn short(x: f64) -> String {
    // The sum of nothing is -0.
    let x = x + 0.0;
    let (scaled, prefix) = match x.abs() {
        a if a >= 1e15 => (x / 1e15, " P"),
        a if a >= 1e12 => (x / 1e12, " T"),
        a if a >= 1e9 => (x / 1e9, " G"),
        a if a >= 1e6 => (x / 1e6, " M"),
        a if a >= 1e4 => (x / 1e3, " k"),
        _ => (x, ""),
    };
    let whole = scaled.fract() == 0.0;
    let digits = if whole || scaled.abs() >= 100.0 { 0 } else { 2 - usize::from(scaled.abs() >= 10.0) };
    format!("{scaled:.digits$}{prefix}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use compiler::program::Column;
    use compiler::value::Type;
    use runtime::{Rows, Symbols};

    /// An answer of text columns and a number behind them.
    pub(crate) fn answer(texts: &[&str], rows: &[(&[&str], i64)]) -> Answer {
        let symbols = Symbols::default();
        let mut columns: Vec<Column> =
            texts.iter().map(|name| Column { name: (*name).into(), ty: Type::plain(Primitive::Symbol) }).collect();
        columns.push(Column { name: "n".into(), ty: Type::plain(Primitive::Number) });
        let mut all = Rows::new(columns.len());
        for (labels, n) in rows {
            let mut row: Vec<u64> = labels.iter().map(|text| symbols.intern(text)).collect();
            row.push(*n as u64);
            all.push(&row);
        }
        Answer::new(columns, all, symbols)
    }

    #[test]
    fn numbers_are_short() {
        let shown: Vec<String> = [0.0, 7.0, 9_999.0, 12_345.0, 3.75e12, -2.5, 0.125].map(short).into();
        assert_eq!(shown, ["0", "7", "9999", "12.3 k", "3.75 T", "-2.50", "0.12"]);
    }

    #[test]
    fn what_is_no_number_is_told_with_what_would_be() {
        let mut answer = answer(&["a", "b"], &[(&["x", "y"], 1)]);
        answer.columns.rotate_right(1);
        let Err(Failure::User(told)) = measured(&answer, 1) else { panic!("`b` is no number") };
        assert_eq!(told, "the last column, `b`, is no number; ask for `n` last, as in `?- …, n`");
    }
}
