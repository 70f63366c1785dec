//! What the figures show, as tables: for those who do not see a drawing, and for those who want the numbers.

use super::failures::{Room, Swept};
use super::figures::{Figures, Heatmap};
use crate::markup::escape;
use crate::study::Study;
use crate::study::tables::{bytes, duration, percent};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many rows of a table stand in the page; the rest is counted.
const SHOWN: usize = 40;

/// A table. Columns whose name begins with `#` hold numbers.
pub(super) fn table<const N: usize>(
    page: &mut String,
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) {
    let number = columns.map(|name| name.starts_with('#'));
    let class = |place: usize| if number[place] { " class=\"n\"" } else { "" };
    page.push_str("<table><thead><tr>");
    for (place, name) in columns.iter().enumerate() {
        let _ = write!(page, "<th scope=\"col\"{}>{}</th>", class(place), escape(name.trim_start_matches('#')));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in rows {
        page.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let _ = write!(page, "<td{}>{}</td>", class(place), escape(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table>\n");
}

/// A table that is folded away until somebody asks for it.
pub(super) fn folded<const N: usize>(
    page: &mut String,
    name: &str,
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) {
    let _ = writeln!(page, "<details class=\"numbers-of\"><summary>{}</summary>", escape(name));
    let mut rows = rows.into_iter();
    table(page, columns, rows.by_ref().take(SHOWN));
    let left = rows.count();
    if left > 0 {
        let _ = writeln!(page, "<p class=\"quiet\">and {left} more</p>");
    }
    page.push_str("</details>\n");
}

/// Figure 1.
pub(super) fn times(page: &mut String, study: &Study) {
    let at = |shares: Vec<(u64, f64)>, share: f64| {
        let end = shares.iter().find(|(_, below)| *below >= share).or(shares.last()).map(|(end, _)| *end);
        end.map_or("–".to_owned(), |end| format!("< {}", duration(end)))
    };
    let rows = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999].map(|share| {
        let [roots, gaps] = [&study.folded.root_times, &study.folded.gaps].map(|times| at(times.shares(), share));
        [format!("{} %", share * 100.0), roots, gaps]
    });
    let columns = ["#share of them", "#root transactions take", "#trees are silent for"];
    folded(page, "the same as a table", columns, rows);
}

/// Figure 4.
pub(super) fn reasons(page: &mut String, figures: &Figures) {
    let row = |reason: &super::figures::Reason| {
        [reason.kind.to_owned(), reason.why.to_owned(), bytes(reason.bytes), reason.share.clone()]
    };
    let columns = ["between", "reason", "#leg bytes", "#share"];
    folded(page, "the same as a table", columns, figures.reasons.iter().map(row));
}

/// Figures 5 and 6: between farms and applications, in each scenario; the greatest first.
pub(super) fn heatmap(page: &mut String, figure: &Heatmap) {
    let groups = |groups: &[(String, usize, usize)]| -> Vec<usize> {
        groups.iter().enumerate().flat_map(|(number, (_, _, length))| std::iter::repeat_n(number, *length)).collect()
    };
    let (rows, columns) = (groups(&figure.row_groups), groups(&figure.column_groups));
    let mut sums: BTreeMap<(usize, usize), [u64; 4]> = BTreeMap::new();
    for (scenario, map) in figure.maps.iter().take(4).enumerate() {
        for cell in map.cells.chunks_exact(3) {
            let ends = (rows[cell[0] as usize], columns[cell[1] as usize]);
            sums.entry(ends).or_default()[scenario] += cell[2];
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(ends, sums)| (std::cmp::Reverse(sums[0]), *ends));
    let row = |((from, to), sums): &((usize, usize), [u64; 4])| {
        let [base, nearby, flat, both] = sums.map(bytes);
        [figure.row_groups[*from].0.clone(), figure.column_groups[*to].0.clone(), base, nearby, flat, both]
    };
    let columns = ["from", "to", "#as things are", "#farms choose the nearest", "#one VLAN", "#both"];
    folded(page, "the same as a table, by farms and applications", columns, sums.iter().map(row));
}

/// The worst failures.
pub(super) fn worst(page: &mut String, swept: &Swept) {
    let row = |t: &crate::sweep::tally::Tally| {
        let counts = [t.services_down.to_string(), t.sessions_lost.to_string(), t.cut.to_string()];
        let [down, lost, cut] = counts;
        let link = if t.worst_from.is_empty() { String::new() } else { format!("{} → {}", t.worst_from, t.worst_to) };
        let overloaded = t.overloaded.to_string();
        [t.element.clone(), t.kind.clone(), down, lost, cut, overloaded, format!("{} %", t.worst_percent), link]
    };
    let columns = [
        "element",
        "kind",
        "#services down",
        "#sessions lost",
        "#pairs cut",
        "#links overloaded",
        "#used most",
        "the link that is used most",
    ];
    folded(page, "the same as a table", columns, swept.worst.iter().map(row));
}

/// What the links between tiers can still take.
pub(super) fn headroom(page: &mut String, rooms: &[Room]) {
    let factor = |percent: u64| match percent {
        0 => "over 100".to_owned(),
        percent => format!("{:.1}", 100.0 / percent as f64),
    };
    let row = |room: &Room| {
        let worst = format!("{} %", room.worst_percent);
        let between = format!("{} to {}", room.from, room.to);
        [
            between,
            format!("{} %", room.percent),
            factor(room.percent),
            worst,
            factor(room.worst_percent),
            room.without.clone(),
        ]
    };
    let columns =
        ["links from", "#used", "#load may be × ", "#used after the worst", "#load may be × then", "which is that of"];
    folded(page, "the same as a table", columns, rooms.iter().map(row));
}

/// What would change it: how much crosses in each scenario.
pub(super) fn scenarios(page: &mut String, study: &Study) {
    let mut rows = Vec::new();
    for ((_, found), scenario) in study.scenarios.iter().zip(&crate::study::SCENARIOS) {
        for (kind, name) in &crate::study::tables::KINDS[..2] {
            let (all, crossing) = found.of(kind);
            rows.push([scenario.text.to_owned(), (*name).to_owned(), bytes(crossing), percent(crossing, all)]);
        }
    }
    table(page, ["if", "between", "#through distribution", "#of its leg bytes"], rows);
}
