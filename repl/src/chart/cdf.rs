//! The distribution of a number: for each value, which share of the rows has at most that much.

use super::{measured, short, width};
use crate::answer::Answer;
use crate::failure::Outcome;
use crate::output::Style;

/// How many lines the drawing is high.
const HEIGHT: usize = 12;

/// From this ratio of the greatest to the least value on, the axis is logarithmic: else all but the tail is one line.
const WIDE: f64 = 1000.0;

/// Draws the cumulative distribution of the last column.
pub fn cdf(answer: &Answer, style: Style) -> Outcome<String> {
    let mut values: Vec<f64> = measured(answer, 0)?.into_iter().map(|row| row.much).collect();
    values.sort_by(f64::total_cmp);
    let name = &answer.columns[answer.columns.len() - 1].name;
    let (Some(least), Some(greatest)) = (values.first().copied(), values.last().copied()) else {
        return Ok(format!("{name}: no rows"));
    };
    let axis = Axis { least, greatest, logarithmic: least > 0.0 && greatest / least >= WIDE };
    let mut text = draw(&values, axis, width(style));
    let total: f64 = values.iter().sum();
    let at = |share: f64| values[((values.len() as f64 * share).ceil() as usize).clamp(1, values.len()) - 1];
    text.push_str(&format!(
        "{name}: {}, {} in all, mean {}; half have at most {}, 90 % {}, 99 % {}",
        crate::model::counted(values.len(), "row"),
        short(total),
        short(total / values.len() as f64),
        short(at(0.5)),
        short(at(0.9)),
        short(at(0.99)),
    ));
    if axis.logarithmic {
        text.push_str("; the axis is logarithmic");
    }
    Ok(text)
}

/// What stands where below the drawing.
#[derive(Clone, Copy)]
struct Axis {
    least: f64,
    greatest: f64,
    logarithmic: bool,
}

impl Axis {
    /// The value at a share of the way.
    fn at(self, share: f64) -> f64 {
        match (share, self.logarithmic) {
            // Not what rounding makes of it.
            (1.0, _) => self.greatest,
            (_, true) => self.least * (self.greatest / self.least).powf(share),
            (_, false) => self.least + (self.greatest - self.least) * share,
        }
    }
}

fn draw(sorted: &[f64], axis: Axis, width: usize) -> String {
    const PARTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let cells = width.saturating_sub(7).max(10);
    let shares: Vec<f64> = (0..cells)
        .map(|cell| {
            let value = axis.at(cell as f64 / (cells - 1) as f64);
            sorted.partition_point(|x| *x <= value) as f64 / sorted.len() as f64
        })
        .collect();
    let mut text = String::new();
    for line in (0..HEIGHT).rev() {
        let label = match line + 1 {
            HEIGHT => "100 %",
            n if n * 4 == HEIGHT * 3 => " 75 %",
            n if n * 2 == HEIGHT => " 50 %",
            n if n * 4 == HEIGHT => " 25 %",
            _ => "     ",
        };
        let row: String = shares
            .iter()
            .map(|share| {
                let eighths = (share * (HEIGHT * 8) as f64).round() as usize;
                PARTS[eighths.saturating_sub(line * 8).min(8)]
            })
            .collect();
        text.push_str(format!("{label} │{row}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("      └{}\n", "─".repeat(cells)));
    let (low, middle, high) = (short(axis.least), short(axis.at(0.5)), short(axis.greatest));
    let half = cells / 2;
    let first = format!("{low:<half$}{middle}");
    let gap = cells.saturating_sub(first.chars().count() + high.chars().count());
    text.push_str(&format!("       {first}{}{high}\n", " ".repeat(gap)));
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::answer;
    use super::*;

    fn of(values: &[i64]) -> String {
        let names: Vec<String> = (0..values.len()).map(|n| n.to_string()).collect();
        let labels: Vec<[&str; 1]> = names.iter().map(|n| [n.as_str()]).collect();
        let rows: Vec<(&[&str], i64)> = labels.iter().zip(values).map(|(l, v)| (&l[..], *v)).collect();
        cdf(&answer(&["x"], &rows), Style { colour: false, width: Some(60) }).unwrap()
    }

    #[test]
    fn shares_rise_from_the_least_value_to_the_greatest() {
        let drawn = of(&(1..=100).collect::<Vec<i64>>());
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), HEIGHT + 3);
        assert!(lines.iter().take(HEIGHT + 2).all(|l| l.chars().count() <= 60), "{drawn}");
        let filled = |line: &str| line.chars().filter(|c| *c == '█').count();
        assert!(lines[..HEIGHT].windows(2).all(|pair| filled(pair[0]) <= filled(pair[1])), "{drawn}");
        assert_eq!(lines[HEIGHT + 1].split_whitespace().collect::<Vec<_>>(), ["1", "50.5", "100"]);
        let legend = "n: 100 rows, 5050 in all, mean 50.5; half have at most 50, 90 % 90, 99 % 99";
        assert_eq!(lines[HEIGHT + 2], legend);
    }

    #[test]
    fn a_wide_range_is_drawn_on_a_logarithmic_axis() {
        assert!(of(&[1, 10, 100, 1_000, 10_000]).ends_with("the axis is logarithmic"));
        assert!(!of(&[0, 10_000]).contains("logarithmic"));
    }

    #[test]
    fn one_value_and_none_are_drawn_too() {
        assert!(of(&[7, 7]).contains("half have at most 7"));
        assert_eq!(of(&[]), "n: no rows");
    }
}
