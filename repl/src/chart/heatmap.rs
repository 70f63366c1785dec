//! Heat maps: how much there is between two things, summed over all other columns, in shades.
//!
//! Things that have much come first. Where there are more than fit, the others share a line or a column at the end; over
//! a number, lines and columns are in its order and hold a range of it each.

use super::{label, measured, number, short, width};
use crate::answer::Answer;
use crate::failure::Outcome;
use crate::output::Style;
use crate::table::clipped;
use std::collections::BTreeMap;

/// How many lines there are at most.
const LINES: usize = 24;

/// How wide a column is.
const CELL: usize = 2;

/// How many letters of a column's name stand above it, one below the other.
const LETTERS: usize = 12;

const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];

/// Draws the sums of the last column by the first two.
pub fn heatmap(answer: &Answer, style: Style) -> Outcome<String> {
    let rows = measured(answer, 2)?;
    let count = rows.len();
    let numeric = |column: usize| super::is_number(answer.columns[column].ty.primitive);
    let values = |column: usize| -> Vec<(String, Option<f64>, f64)> {
        let of = |row: &super::Measured| (label(&row.of[column..=column]), number(&row.of[column]), row.much);
        rows.iter().map(of).collect()
    };
    let width = width(style);
    let down = Side::new(&values(0), numeric(0), LINES);
    let names = down.names.iter().map(|n| n.chars().count()).max().unwrap_or(0).min(width / 3);
    let room = (width.saturating_sub(names + 12) / CELL).max(4);
    let across = Side::new(&values(1), numeric(1), room);
    let mut sums = vec![vec![0.0; across.names.len()]; down.names.len()];
    for ((a, x, much), (b, y, _)) in values(0).iter().zip(&values(1)) {
        sums[down.place(a, *x)][across.place(b, *y)] += much;
    }
    let mut text = draw(&down, &across, &sums, names);
    let total: f64 = rows.iter().map(|row| row.much).sum();
    let [a, b] = [0, 1].map(|column| &*answer.columns[column].name);
    let last = &answer.columns[answer.columns.len() - 1].name;
    text.push_str(&format!(
        "{last} of {a} (down) and {b} (across): {}, {} in all{}{}",
        crate::model::counted(count, "row"),
        short(total),
        down.remark(a),
        across.remark(b)
    ));
    Ok(text)
}

/// What stands along one side.
struct Side {
    names: Vec<String>,
    places: Places,
    /// How many things share the last place.
    others: usize,
}

enum Places {
    Named(BTreeMap<String, usize>),
    /// From where, and in steps of how much.
    Ranges(f64, f64),
}

impl Side {
    fn new(values: &[(String, Option<f64>, f64)], numeric: bool, most: usize) -> Side {
        let mut sums: BTreeMap<&str, (f64, Option<f64>)> = BTreeMap::new();
        for (name, x, much) in values {
            let sum = sums.entry(name).or_insert((0.0, *x));
            sum.0 += much.abs();
        }
        let mut things: Vec<(&str, (f64, Option<f64>))> = sums.into_iter().collect();
        if numeric {
            things.sort_by(|a, b| a.1.1.unwrap_or(0.0).total_cmp(&b.1.1.unwrap_or(0.0)));
            if let (true, Some(low), Some(high)) =
                (things.len() > most, things.first().and_then(|t| t.1.1), things.last().and_then(|t| t.1.1))
            {
                let step = (high - low) / most as f64;
                let names = (0..most).map(|at| short(low + step * at as f64)).collect();
                return Side { names, places: Places::Ranges(low, step), others: 0 };
            }
        } else {
            things.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then_with(|| a.0.cmp(b.0)));
        }
        let shown = if things.len() > most { most - 1 } else { things.len() };
        let others = things.len() - shown;
        let mut names: Vec<String> = things[..shown].iter().map(|(name, _)| (*name).to_owned()).collect();
        let places = names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        names.extend((others > 0).then(|| format!("{others} others")));
        Side { names, places: Places::Named(places), others }
    }

    fn place(&self, name: &str, x: Option<f64>) -> usize {
        let last = self.names.len() - 1;
        match &self.places {
            Places::Named(places) => places.get(name).copied().unwrap_or(last),
            Places::Ranges(low, step) => (((x.unwrap_or(*low) - low) / step) as usize).min(last),
        }
    }

    fn remark(&self, column: &str) -> String {
        match (&self.places, self.others) {
            (Places::Ranges(_, step), _) => format!("; {column} in steps of {}", short(*step)),
            (_, 0) => String::new(),
            (_, others) => format!("; {others} of {column} share the last place"),
        }
    }
}

fn draw(down: &Side, across: &Side, sums: &[Vec<f64>], names: usize) -> String {
    let mut text = String::new();
    let heads: Vec<Vec<char>> = across.names.iter().map(|n| clipped(n, LETTERS).chars().collect()).collect();
    let height = heads.iter().map(Vec::len).max().unwrap_or(0);
    for letter in 0..height {
        // The names end above their columns.
        let line: String = heads
            .iter()
            .map(|head| {
                let at = (letter + head.len()).checked_sub(height);
                format!("{:CELL$}", at.and_then(|at| head.get(at)).copied().unwrap_or(' '))
            })
            .collect();
        text.push_str(format!("{:names$}  {line}", "").trim_end());
        text.push('\n');
    }
    let greatest = sums.iter().flatten().fold(0.0_f64, |a, b| a.max(b.abs()));
    let totals: Vec<String> = sums.iter().map(|sums| short(sums.iter().sum())).collect();
    let digits = totals.iter().map(|total| total.chars().count()).max().unwrap_or(0);
    for ((name, sums), total) in down.names.iter().zip(sums).zip(&totals) {
        let line: String = sums.iter().map(|sum| SHADES[shade(*sum, greatest)]).collect();
        let (name, width) = (clipped(name, names), across.names.len() * CELL);
        text.push_str(&format!("{name:names$}  {line:width$} {total:>digits$}"));
        text.push('\n');
    }
    let quarter = |n: usize| short(greatest * n as f64 / 4.0);
    text.push_str(&format!(
        "░░ to {}  ▒▒ to {}  ▓▓ to {}  ██ to {}; to the right, the sum of a line\n",
        quarter(1),
        quarter(2),
        quarter(3),
        quarter(4)
    ));
    text
}

/// Which shade: none for nothing, the lightest for however little.
fn shade(sum: f64, greatest: f64) -> usize {
    if sum == 0.0 || greatest == 0.0 { 0 } else { ((sum.abs() / greatest * 4.0).ceil() as usize).clamp(1, 4) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::answer;
    use super::*;

    const STYLE: Style = Style { colour: false, width: Some(60) };

    #[test]
    fn the_first_two_columns_span_the_map_and_others_are_summed() {
        let rows: &[(&[&str], i64)] =
            &[(&["r1", "c1", "x"], 60), (&["r1", "c1", "y"], 40), (&["r1", "c2", "x"], 20), (&["r2", "c2", "x"], 50)];
        let drawn = heatmap(&answer(&["from", "to", "why"], rows), STYLE).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[..4], ["    c c", "    1 2", "r1  ██░░ 120", "r2    ▒▒  50"]);
        assert_eq!(lines[5], "n of from (down) and to (across): 4 rows, 170 in all");
    }

    #[test]
    fn what_does_not_fit_shares_the_last_place() {
        let names: Vec<String> = (0..200).map(|n| format!("switch{n:03}")).collect();
        let labels: Vec<[&str; 2]> = names.iter().map(|n| [n.as_str(), n.as_str()]).collect();
        let rows: Vec<(&[&str], i64)> = labels.iter().map(|label| (&label[..], 1)).collect();
        let drawn = heatmap(&answer(&["a", "b"], &rows), STYLE).unwrap();
        assert!(drawn.lines().all(|l| l.chars().count() <= 130), "{drawn}");
        let grid = drawn.lines().filter(|l| l.starts_with("switch"));
        assert_eq!(grid.clone().count(), LINES - 1);
        assert!(grid.clone().all(|l| l.chars().count() <= 60), "{drawn}");
        assert!(drawn.contains("177 others") && drawn.contains("177 of a share the last place"), "{drawn}");
        assert!(drawn.contains("200 rows, 200 in all"), "{drawn}");
    }
}
