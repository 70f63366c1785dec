//! Bars: how much each thing has, the greatest first; over a number, such as a minute, in its order.

use super::{label, measured, number, short, width};
use crate::answer::Answer;
use crate::failure::Outcome;
use crate::output::Style;
use crate::table::clipped;
use std::collections::BTreeMap;

/// How many bars there are at most; the rest is one more.
const MOST: usize = 24;

/// One bar.
struct Bar {
    name: String,
    much: f64,
}

/// Draws a bar for each value of the columns before the last one.
pub fn bars(answer: &Answer, style: Style) -> Outcome<String> {
    let rows = measured(answer, 1)?;
    let (count, total) = (rows.len(), rows.iter().map(|row| row.much).sum::<f64>());
    let over_number = answer.columns.len() == 2 && super::is_number(answer.columns[0].ty.primitive);
    let (bars, rest) = match over_number {
        true => (binned(rows.iter().filter_map(|row| Some((number(&row.of[0])?, row.much))).collect()), None),
        false => greatest(rows.into_iter().map(|row| Bar { name: label(&row.of), much: row.much }).collect()),
    };
    let names: Vec<&str> = answer.columns.iter().map(|c| &*c.name).collect();
    let mut text = draw(&bars, rest.as_ref().map(|(bar, _)| bar), width(style));
    let (last, of) = (names[names.len() - 1], names[..names.len() - 1].join(" "));
    text.push_str(&format!("{last} by {of}: {}, {} in all", crate::model::counted(count, "row"), short(total)));
    if let Some((_, many)) = rest {
        text.push_str(&format!("; the last bar is the sum of {many}"));
    }
    Ok(text)
}

/// The greatest, and what the others come to.
fn greatest(mut bars: Vec<Bar>) -> (Vec<Bar>, Option<(Bar, usize)>) {
    bars.sort_by(|a, b| b.much.total_cmp(&a.much).then_with(|| a.name.cmp(&b.name)));
    if bars.len() <= MOST {
        return (bars, None);
    }
    let others = bars.split_off(MOST - 1);
    let rest = Bar { name: format!("{} others", others.len()), much: others.iter().map(|bar| bar.much).sum() };
    (bars, Some((rest, others.len())))
}

/// Sums in order of the number: one bar a number, or one a range of them where there are more.
fn binned(rows: Vec<(f64, f64)>) -> Vec<Bar> {
    let mut sums: BTreeMap<u64, f64> = BTreeMap::new();
    let (low, high) = rows.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
    let mut distinct: Vec<u64> = rows.iter().map(|(x, _)| x.to_bits()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() <= MOST {
        let mut bars: Vec<(f64, f64)> = Vec::new();
        let mut sorted = rows;
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (x, much) in sorted {
            match bars.last_mut() {
                Some(last) if last.0 == x => last.1 += much,
                _ => bars.push((x, much)),
            }
        }
        return bars.into_iter().map(|(x, much)| Bar { name: short_whole(x), much }).collect();
    }
    // Ranges of a round width, so that their ends can be read.
    let step = round_up((high - low) / (MOST - 1) as f64);
    let first = (low / step).floor();
    for (x, much) in rows {
        *sums.entry(((x / step).floor() - first) as u64).or_default() += much;
    }
    let last = sums.keys().next_back().copied().unwrap_or(0);
    let name = |at: u64| {
        let from = (first + at as f64) * step;
        format!("{} …", short_whole(from))
    };
    (0..=last).map(|at| Bar { name: name(at), much: sums.get(&at).copied().unwrap_or(0.0) }).collect()
}

/// 1, 2 or 5 times a power of ten, not less than this.
fn round_up(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|round| *round >= x).unwrap_or(x)
}

/// A number of an axis: whole numbers as they are.
fn short_whole(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 { format!("{x:.0}") } else { short(x) }
}

fn draw(bars: &[Bar], rest: Option<&Bar>, width: usize) -> String {
    let all = || bars.iter().chain(rest);
    let names = all().map(|bar| bar.name.chars().count()).max().unwrap_or(0).min(width / 2);
    let values = all().map(|bar| short(bar.much).chars().count()).max().unwrap_or(0);
    let room = width.saturating_sub(names + values + 3).max(8);
    let (low, high) = all().fold((0.0_f64, 0.0_f64), |(low, high), bar| (low.min(bar.much), high.max(bar.much)));
    let span = if high > low { high - low } else { 1.0 };
    // Below zero, bars go to the left of an axis.
    let left = if low < 0.0 { ((-low / span * room as f64).round() as usize).clamp(1, room - 1) } else { 0 };
    let mut text = String::new();
    for bar in all() {
        let name = clipped(&bar.name, names);
        let value = short(bar.much);
        let drawn = match (left, bar.much < 0.0) {
            (0, _) => block(bar.much / span * room as f64),
            (_, false) => format!("{}│{}", " ".repeat(left), block(bar.much / span * room as f64)),
            (_, true) => {
                let cells = ((-bar.much / span * room as f64).round() as usize).min(left);
                format!("{}{}│", " ".repeat(left - cells), "█".repeat(cells))
            }
        };
        text.push_str(format!("{name:names$}  {value:>values$} {drawn}").trim_end());
        text.push('\n');
    }
    text
}

/// A bar of so many cells, to an eighth of one. What is there is seen, however little it is.
fn block(cells: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (cells * 8.0).round() as usize;
    let eighths = if cells > 0.0 { eighths.max(1) } else { eighths };
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::super::tests::answer;
    use super::*;

    const NARROW: Style = Style { colour: false, width: Some(40) };

    #[test]
    fn the_greatest_bar_comes_first_and_fills_the_width() {
        let answer = answer(&["link"], &[(&["a"], 10), (&["bb"], 40), (&["c"], 0)]);
        let drawn = bars(&answer, NARROW).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[0], format!("bb  40 {}", "█".repeat(33)));
        assert_eq!(lines[1], "a   10 ████████▎");
        assert_eq!(lines[2], "c    0");
        assert_eq!(lines[3], "n by link: 3 rows, 50 in all");
    }

    #[test]
    fn what_has_no_bar_of_its_own_is_summed_up() {
        let names: Vec<String> = (0..100).map(|n| format!("link{n:02}")).collect();
        let labels: Vec<[&str; 1]> = names.iter().map(|n| [n.as_str()]).collect();
        let rows: Vec<(&[&str], i64)> = labels.iter().map(|label| (&label[..], 1)).collect();
        let drawn = bars(&answer(&["link"], &rows), NARROW).unwrap();
        assert!(drawn.contains("77 others  77"), "{drawn}");
        assert!(drawn.ends_with("100 rows, 100 in all; the last bar is the sum of 77"), "{drawn}");
        assert!(drawn.lines().take(MOST).all(|l| l.chars().count() <= 40), "{drawn}");
    }

    #[test]
    fn numbers_stand_in_their_order_and_in_ranges_if_they_are_many() {
        let few = binned(vec![(3.0, 1.0), (1.0, 2.0), (3.0, 4.0)]);
        let shown: Vec<(String, f64)> = few.into_iter().map(|bar| (bar.name, bar.much)).collect();
        assert_eq!(shown, [("1".to_string(), 2.0), ("3".to_string(), 5.0)]);
        let many = binned((0..1000).map(|n| (f64::from(n), 1.0)).collect());
        assert_eq!((many.len(), &*many[1].name, many[1].much), (20, "50 …", 50.0));
    }

    #[test]
    fn what_is_below_zero_goes_to_the_left() {
        let drawn = bars(&answer(&["d"], &[(&["less"], -30), (&["more"], 60)]), NARROW).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(lines[0].starts_with("more   60 ") && lines[0].contains('│'), "{drawn}");
        assert!(lines[1].starts_with("less  -30 █") && lines[1].ends_with('│'), "{drawn}");
    }
}
