//! The graph of who reads whom, drawn as SVG: what is evaluated first stands on the left, its readers to the right.

use super::book::Book;
use super::html::{escape, file_name};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The height of a row, and of a box in it.
const ROW: usize = 30;
const BOX: usize = 22;

/// Between two columns.
const BETWEEN: usize = 60;

/// Around the drawing.
const MARGIN: usize = 8;

/// A box.
#[derive(Clone, Copy)]
struct Place {
    left: usize,
    top: usize,
    width: usize,
}

/// Draws some entries of a book, each in its column, and the arcs between them. One of them may stand out.
pub(super) fn draw(book: &Book<'_>, columns: &[Vec<usize>], focus: Option<usize>) -> String {
    let columns = ordered(book, columns);
    let mut places: BTreeMap<usize, Place> = BTreeMap::new();
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let mut left = MARGIN;
    for column in &columns {
        let width = column.iter().map(|at| width(&label(book, *at))).max().unwrap_or(0);
        for (row, at) in column.iter().enumerate() {
            // Short columns stand in the middle.
            let top = MARGIN + (tallest - column.len()) * ROW / 2 + row * ROW;
            places.insert(*at, Place { left, top, width });
        }
        left += width + BETWEEN;
    }
    let (wide, high) = (left + MARGIN - BETWEEN.min(left), tallest * ROW + 2 * MARGIN);
    let mut svg = format!(
        "<svg class=\"graph\" role=\"img\" aria-label=\"which relations read which\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    for (reader, to) in &places {
        for (read, gently) in &book.entries[*reader].reads {
            if let Some(from) = places.get(read).filter(|_| read != reader) {
                arc(&mut svg, *from, *to, *gently, focus.is_some_and(|focus| focus == *read || focus == *reader));
            }
        }
    }
    for (at, place) in &places {
        node(&mut svg, book, *at, *place, focus == Some(*at));
    }
    svg + "</svg>\n"
}

/// The columns of a whole book: its layers.
pub(super) fn layers(book: &Book<'_>) -> Vec<Vec<usize>> {
    let joined = |at: &usize| !book.entries[*at].reads.is_empty() || !book.entries[*at].readers.is_empty();
    let mut columns = Vec::new();
    for at in (0..book.entries.len()).filter(joined) {
        let layer = book.entries[at].layer;
        columns.resize(columns.len().max(layer + 1), Vec::new());
        columns[layer].push(at);
    }
    columns
}

/// The columns around one entry: what it reads, itself, what reads it.
pub(super) fn neighbours(book: &Book<'_>, at: usize) -> Vec<Vec<usize>> {
    let entry = &book.entries[at];
    let reads: BTreeSet<usize> = entry.reads.keys().copied().filter(|read| *read != at).collect();
    let readers = entry.readers.iter().copied().filter(|reader| *reader != at && !reads.contains(reader)).collect();
    vec![reads.iter().copied().collect(), vec![at], readers]
}

/// The columns with their boxes where their neighbours are: each goes to the mean row of those to its left, then of those
/// to its right, a few times over (Sugiyama, Tagawa and Toda, 1981).
fn ordered(book: &Book<'_>, columns: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut columns: Vec<Vec<usize>> = columns.iter().filter(|column| !column.is_empty()).cloned().collect();
    let backwards: Vec<usize> = (0..columns.len()).rev().collect();
    for sweep in 0..6 {
        let forth = sweep % 2 == 0;
        let order = if forth { (0..columns.len()).collect() } else { backwards.clone() };
        for column in order {
            let rows = rows(&columns);
            let mean = |at: &usize| {
                let entry = &book.entries[*at];
                let near: Vec<f64> = if forth {
                    entry.reads.keys().filter_map(|other| rows.get(other).copied()).collect()
                } else {
                    entry.readers.iter().filter_map(|other| rows.get(other).copied()).collect()
                };
                let own = rows.get(at).copied().unwrap_or(0.0);
                if near.is_empty() { own } else { near.iter().sum::<f64>() / near.len() as f64 }
            };
            let mut keyed: Vec<(f64, usize)> = columns[column].iter().map(|at| (mean(at), *at)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            columns[column] = keyed.into_iter().map(|(_, at)| at).collect();
        }
    }
    columns
}

/// The row of each box, counted from the middle of its column.
fn rows(columns: &[Vec<usize>]) -> BTreeMap<usize, f64> {
    let middle = |column: &Vec<usize>| column.len() as f64 / 2.0;
    let row = |column| move |(row, at): (usize, &usize)| (*at, row as f64 - column);
    columns.iter().flat_map(|column| column.iter().enumerate().map(row(middle(column)))).collect()
}

fn label(book: &Book<'_>, at: usize) -> String {
    let entry = &book.entries[at];
    let recursive = if entry.recursive { " ↻" } else { "" };
    format!("{}{recursive}", entry.relation.name)
}

fn width(label: &str) -> usize {
    label.chars().count() * 7 + 16
}

fn arc(svg: &mut String, from: Place, to: Place, gently: bool, near: bool) {
    let (x1, y1) = (from.left + from.width, from.top + BOX / 2);
    let (x2, y2) = (to.left, to.top + BOX / 2);
    let class = match (gently, near) {
        (true, true) => "arc gently near",
        (true, false) => "arc gently",
        (false, true) => "arc near",
        (false, false) => "arc",
    };
    if x2 >= x1 {
        let middle = (x1 + x2) / 2;
        let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\"/>");
    } else {
        // Within a column, or back: around the right side.
        let (x2, far) = (to.left + to.width, x1.max(to.left + to.width) + BETWEEN / 2);
        let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{x1} {y1}C{far} {y1} {far} {y2} {x2} {y2}\"/>");
    }
}

fn node(svg: &mut String, book: &Book<'_>, at: usize, Place { left, top, width }: Place, focus: bool) {
    let entry = &book.entries[at];
    let given = if entry.clauses.is_empty() { " given" } else { "" };
    let focus = if focus { " focus" } else { "" };
    let _ = writeln!(
        svg,
        "<a href=\"{}\"><title>{}</title><rect class=\"node{given}{focus}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" \
         height=\"{BOX}\" rx=\"4\"/><text x=\"{}\" y=\"{}\">{}</text></a>",
        file_name(&entry.relation.name),
        escape(entry.summary()),
        left + 8,
        top + 15,
        escape(&label(book, at))
    );
}
