//! Charts as SVG. Colours are the page's (`style.css`), so that one drawing serves light and dark.

use crate::markup::escape;
use crate::study::tables::{KINDS, REASONS, bytes, duration, percent};
use crate::study::{Folded, Found, Histogram};
use std::fmt::Write;

/// A drawing as a file of its own, with the colours that it needs.
pub(super) fn alone(picture: &str) -> String {
    let style = format!("<style>{}</style>", include_str!("colours.css"));
    let picture = picture.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    let end = picture.find('>').map_or(0, |place| place + 1);
    format!("{}{style}{}\n", &picture[..end], &picture[end..])
}

/// A number with as many digits as a drawing needs.
fn short(n: f64) -> String {
    let text = format!("{n:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn open(width: u32, height: u32, title: &str, description: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" class=\"chart\"><title>{}</title><desc>{}</desc>",
        escape(title),
        escape(description)
    )
}

/// Figure 1: which share of root transactions takes less than a time, and of trees is silent for less.
pub(super) fn times(folded: &Folded) -> String {
    let (width, left, bottom, top) = (760.0, 56.0, 280.0, 24.0);
    let (from, to) = (1_000f64, 200_000_000f64);
    let x = |time: f64| left + (time.max(from) / from).ln() / (to / from).ln() * (width - left - 20.0);
    let y = |share: f64| bottom - share * (bottom - top);
    let said = |histogram: &Histogram| {
        let half = histogram.shares().into_iter().find(|(_, share)| *share >= 0.5);
        half.map_or(String::new(), |(time, _)| duration(time))
    };
    let description = format!(
        "Half of the root transactions take less than {}, half of the trees are silent for less than {}.",
        said(&folded.root_times),
        said(&folded.gaps)
    );
    let mut out = open(760, 320, "How long transactions take and trees are silent", &description);
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = y(share);
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{left} {at}H{}\"/><text x=\"{}\" y=\"{}\" class=\"end\">{} %</text>",
            width - 20.0,
            left - 8.0,
            at + 4.0,
            share * 100.0
        );
    }
    for (time, label) in [(1e3, "1 ms"), (1e4, "10 ms"), (1e5, "100 ms"), (1e6, "1 s"), (1e7, "10 s"), (6e7, "1 min")] {
        let at = short(x(time));
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{at} {top}V{bottom}\"/><text x=\"{at}\" y=\"{}\" class=\"middle\">{label}</text>",
            bottom + 18.0
        );
    }
    for (class, histogram) in [("a", &folded.root_times), ("b", &folded.gaps)] {
        let mut path = format!("M{left} {bottom}");
        for (time, share) in histogram.shares() {
            let _ = write!(path, "L{} {}", short(x(time as f64)), short(y(share)));
        }
        let _ = write!(out, "<path class=\"line {class}\" d=\"{path}\"/>");
    }
    let _ = write!(
        out,
        "<text x=\"{0}\" y=\"{1}\" class=\"fill a\">■ root transactions</text>\
         <text x=\"{0}\" y=\"{2}\" class=\"fill b\">■ longest silence of a tree</text></svg>",
        left + 12.0,
        top + 18.0,
        top + 38.0
    );
    out
}

/// Figure 4: why legs cross, as bars.
pub(super) fn reasons(base: &Found) -> String {
    let mut rows = Vec::new();
    for (kind, name) in KINDS {
        for (why, _) in REASONS {
            let load = base.reasons.get(kind).and_then(|reasons| reasons.get(why));
            rows.extend(load.map(|load| (kind, name, why, load.bytes)));
        }
    }
    let most = rows.iter().map(|row| row.3).max().unwrap_or(1).max(1) as f64;
    let description: Vec<String> =
        rows.iter().map(|(_, name, why, n)| format!("{name}, {why}: {}", bytes(*n))).collect();
    let height = 24 * rows.len() as u32 + 40;
    let mut out = open(760, height, "Why traffic crosses the distribution layer", &description.join("; "));
    let mut last = "";
    for (place, (kind, name, why, n)) in rows.iter().enumerate() {
        let top = 12 + 24 * place;
        if *kind != last {
            let _ = write!(out, "<text x=\"0\" y=\"{}\">{}</text>", top + 14, escape(name));
            last = kind;
        }
        let length = *n as f64 / most * 380.0;
        let share = percent(*n, base.of(kind).1);
        let _ = write!(
            out,
            "<text x=\"260\" y=\"{0}\" class=\"end\">{why}</text><rect class=\"bar {kind}\" x=\"270\" y=\"{1}\" \
             width=\"{2}\" height=\"16\"><title>{why}: {3}, {share}</title></rect>\
             <text x=\"{4}\" y=\"{0}\">{3}</text>",
            top + 14,
            top + 2,
            short(length.max(1.0)),
            bytes(*n),
            short(278.0 + length)
        );
    }
    out.push_str("</svg>");
    out
}

/// Figures 5 and 6: what crosses, by who sends to whom. The stronger the more, by the square root.
pub(super) fn heat(found: &Found, kind: &str) -> String {
    let empty = Default::default();
    let cells = found.heat.get(kind).unwrap_or(&empty);
    let mut rows: Vec<&str> = cells.keys().map(|(source, _)| source.as_str()).collect();
    let mut columns: Vec<&str> = cells.keys().map(|(_, destination)| destination.as_str()).collect();
    for ends in [&mut rows, &mut columns] {
        ends.sort_unstable();
        ends.dedup();
    }
    let most = cells.values().copied().max().unwrap_or(1).max(2) as f64;
    let total: u64 = cells.values().sum();
    let size = |n: usize| (640 / n.max(1)).clamp(1, 16) as u32;
    let side = size(rows.len().max(columns.len()));
    let (width, height) = (columns.len() as u32 * side + 2, rows.len() as u32 * side + 2);
    let title = format!("{} through the distribution layer", bytes(total));
    let description = format!("{} senders, {} receivers", rows.len(), columns.len());
    let mut out = open(width.max(100), height.max(40), &title, &description);
    // One path for each of a few shades: small, and drawn at once.
    let mut shades = vec![String::new(); 9];
    for ((source, destination), n) in cells {
        let shade = ((*n as f64 / most).sqrt() * 8.0).clamp(0.0, 8.0) as usize;
        let row = rows.binary_search(&source.as_str()).unwrap_or(0) as u32;
        let column = columns.binary_search(&destination.as_str()).unwrap_or(0) as u32;
        let _ = write!(shades[shade], "M{} {}h{side}v{side}h-{side}z", column * side + 1, row * side + 1);
    }
    for (shade, path) in shades.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        let _ = write!(out, "<path class=\"heat\" fill-opacity=\"{}\" d=\"{path}\"/>", short2(shade));
    }
    out.push_str("</svg>");
    out
}

fn short2(shade: usize) -> String {
    format!("{:.2}", 0.12 + 0.11 * shade as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_are_well_formed() {
        let mut found = Found::default();
        found.heat.entry("esb_esb".into()).or_default().insert(("a<b".into(), "c".into()), 7);
        for picture in [heat(&found, "esb_esb"), heat(&found, "none"), reasons(&found), times(&Folded::default())] {
            roxmltree::Document::parse(&alone(&picture)).unwrap();
        }
    }
}
