//! Tables: sorted rows of values, drawn to fit a terminal.

use crate::output::Style;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};
use compiler::value::Primitive;
use runtime::Value;
use std::borrow::Cow;
use std::cmp::Ordering;
use unicode_width::UnicodeWidthStr;

/// What stands between two columns.
const SEPARATOR: &str = "  ";

/// Rows with named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Name and primitive type of each column.
    pub columns: Vec<(String, Primitive)>,
    /// The rows, sorted by [`Table::sort`].
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table of text columns, which keeps the order of its rows.
    pub fn text<const N: usize>(columns: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Table {
        Table {
            columns: columns.iter().map(|c| (c.to_string(), Primitive::Symbol)).collect(),
            rows: rows.into_iter().map(|r| r.into_iter().map(|v| Value::Symbol(v.into())).collect()).collect(),
        }
    }

    /// Sorts the rows: numbers by value, text by its bytes, the first column first.
    pub fn sort(&mut self) {
        self.rows.sort_by(|a, b| compare_rows(a, b));
    }

    /// Draws the table: at most `limit` rows, at most as wide as the style says, without a line break at the end. A
    /// table without columns is the answer to a yes-or-no question.
    pub fn draw(&self, style: Style, limit: Option<usize>) -> String {
        self.lines(style, limit).collect::<Vec<_>>().join("\n")
    }

    /// The lines of the drawing. Each row is drawn when its turn comes, unless the table is wider than the terminal.
    pub fn lines(&self, style: Style, limit: Option<usize>) -> Box<dyn Iterator<Item = String> + '_> {
        if self.columns.is_empty() {
            return Box::new(std::iter::once(if self.rows.is_empty() { "no".into() } else { "yes".into() }));
        }
        let rows = &self.rows[..limit.unwrap_or(usize::MAX).min(self.rows.len())];
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| name.width()).collect();
        for row in rows {
            widths.iter_mut().zip(row).for_each(|(width, v)| *width = (*width).max(printable(&v.to_string()).width()));
        }
        let all = widths.iter().sum::<usize>() + SEPARATOR.len() * (widths.len() - 1);
        if style.width.is_some_and(|width| all > usize::from(width)) {
            return Box::new(self.wrapped(style, rows).into_iter());
        }
        let header = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let lines = rows.iter().map(|row| row.iter().map(|v| printable(&v.to_string()).into_owned()).collect());
        let (header, rule) = (self.line(header, &widths), "─".repeat(all));
        Box::new([header, rule].into_iter().chain(lines.map(move |row| self.line(row, &widths))))
    }

    /// One line of cells: numbers stand on the right.
    fn line(&self, cells: Vec<String>, widths: &[usize]) -> String {
        let mut line = String::new();
        for (i, ((cell, width), (_, primitive))) in cells.iter().zip(widths).zip(&self.columns).enumerate() {
            let gap = " ".repeat(width - cell.width());
            line.push_str(if i > 0 { SEPARATOR } else { "" });
            match is_text(*primitive) {
                true => line.extend([cell.as_str(), &gap]),
                false => line.extend([gap.as_str(), cell]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }

    /// The lines of a table that is too wide: cells are broken.
    fn wrapped(&self, style: Style, rows: &[Vec<Value>]) -> Vec<String> {
        let mut table = comfy_table::Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_header(self.columns.iter().map(|(name, _)| name.as_str()));
        for row in rows {
            table.add_row(row.iter().map(|v| printable(&v.to_string()).into_owned()));
        }
        for (i, (_, primitive)) in self.columns.iter().enumerate() {
            if let Some(column) = table.column_mut(i) {
                column.set_padding((0, if i + 1 == self.columns.len() { 0 } else { 1 }));
                if !is_text(*primitive) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        if let Some(width) = style.width {
            table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        }
        table.lines().map(|l| l.trim_end().to_owned()).collect()
    }

    /// How many rows a drawing with this limit leaves out.
    pub fn hidden(&self, limit: Option<usize>) -> usize {
        if self.columns.is_empty() { 0 } else { self.rows.len().saturating_sub(limit.unwrap_or(usize::MAX)) }
    }
}

/// The order in which rows are shown.
pub fn compare_rows(a: &[Value], b: &[Value]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| compare_values(a, b)).find(|o| o.is_ne()).unwrap_or(a.len().cmp(&b.len()))
}

/// The order in which values of one column are shown.
pub fn compare_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Unsigned(a), Value::Unsigned(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Symbol(a), Value::Symbol(b)) => a.cmp(b),
        (Value::Record(a), Value::Record(b)) => a.to_string().cmp(&b.to_string()),
        // Columns hold values of one type; anything else only has to be the same every time.
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::Unsigned(_) => 1,
        Value::Float(_) => 2,
        Value::Symbol(_) => 3,
        Value::Record(_) => 4,
    }
}

fn is_text(primitive: Primitive) -> bool {
    matches!(primitive, Primitive::Symbol | Primitive::Record)
}

/// The beginning of a text that fits.
pub(crate) fn clipped(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Text that cannot move the cursor: facts come from outside, and a terminal obeys control characters.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect::<String>()
        .into()
}

/// A value as it would be written in a rule.
pub fn literal(value: &Value) -> String {
    use compiler::value::Const;
    let constant = match value {
        Value::Number(n) => Const::Number(*n),
        Value::Unsigned(n) => Const::Unsigned(*n),
        Value::Float(x) => Const::Float(*x),
        Value::Symbol(s) => Const::Symbol(s.clone()),
        Value::Record(term) => {
            let mut text = String::new();
            // Writing to a string does not fail.
            let _ = term.write(&mut text, &mut |out, leaf| out.write_str(&literal(leaf)));
            return text;
        }
    };
    printable(&constant.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let rows = [("b", 10), ("a", 9), ("b", -3)];
        let mut table = Table {
            columns: vec![("name".into(), Primitive::Symbol), ("n".into(), Primitive::Number)],
            rows: rows.iter().map(|(s, n)| vec![Value::Symbol((*s).into()), Value::Number(*n)]).collect(),
        };
        table.sort();
        table
    }

    #[test]
    fn rows_are_sorted_by_value_and_numbers_stand_on_the_right() {
        assert_eq!(table().draw(Style::PLAIN, None), "name   n\n────────\na      9\nb     -3\nb     10");
    }

    #[test]
    fn what_is_beyond_the_limit_is_hidden() {
        assert_eq!(table().draw(Style::PLAIN, Some(1)).lines().count(), 3);
        assert_eq!(table().hidden(Some(1)), 2);
        assert_eq!(table().hidden(None), 0);
    }

    #[test]
    fn a_wide_table_fits_the_terminal() {
        let text = "word ".repeat(40);
        let table = Table::text(["a", "b"], [[text.clone(), text]]);
        let drawn = table.draw(Style { width: Some(60), ..Style::PLAIN }, None);
        assert!(drawn.lines().all(|l| l.chars().count() <= 60), "{drawn}");
        assert!(drawn.lines().count() > 4);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let table = Table::text(["a"], [["\u{1b}[2Jx\ny".to_string()]]);
        assert!(table.draw(Style::PLAIN, None).ends_with("\\u{1b}[2Jx\\ny"));
    }

    #[test]
    fn a_question_without_variables_is_answered_by_yes_or_no() {
        let no = Table::default();
        let yes = Table { columns: vec![], rows: vec![vec![]] };
        assert_eq!((no.draw(Style::PLAIN, None), yes.draw(Style::PLAIN, None)), ("no".into(), "yes".into()));
    }
}
