//! The page: what stands around the figures.

use super::failures::Failures;
use super::figures::{Figures, Heatmap};
use super::health::Health;
use super::tables::{self, table};
use super::topology::Topology;
use crate::markup::escape;
use crate::model::counted;
use crate::study::tables::{KINDS, REASONS, bytes};
use crate::study::{SCENARIOS, Study};
use serde::Serialize;
use std::fmt::Write;

/// Apache ECharts, with the charts that are used here and no others; `vendor/echarts/README.md` says how it came to be.
const ECHARTS: &str = include_str!("../../vendor/echarts/echarts.min.js");

/// The page of a study.
pub(super) fn of(study: &Study, topology: &Topology, figures: &Figures) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Data centre report</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <main>\n<h1>Where traffic goes in this data centre, and why</h1>\n",
        include_str!("style.css")
    );
    numbers(study, &mut page);
    layers(&mut page);
    page.push_str("<h2>How long do transactions take?</h2>\n<div id=\"times\" class=\"chart\"></div>\n");
    tables::times(&mut page, study);
    measures(study, &mut page);
    why(figures, &mut page);
    page.push_str("<h2>What would change it?</h2>\n");
    tables::scenarios(&mut page, study);
    figures.heatmaps.iter().for_each(|figure| heatmap(figure, &mut page));
    failures(&figures.failures, &mut page);
    health(&figures.health, &mut page);
    violated(figures, &mut page);
    page.push_str("</main>\n");
    scripts(topology, figures, &mut page);
    page.push_str("</body>\n</html>\n");
    page
}

/// What says what each figure is, the library first. It asks for no browser.
pub(super) const SCRIPTS: [&str; 4] =
    [ECHARTS, include_str!("charts.js"), include_str!("heatmap.js"), include_str!("layers.js")];

/// What the scripts draw from.
#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    topology: &'a Topology,
    #[serde(flatten)]
    figures: &'a Figures,
}

/// The data of all figures, as JSON.
pub(super) fn data(topology: &Topology, figures: &Figures) -> String {
    serde_json::to_string(&Data { topology, figures }).unwrap_or_default()
}

/// The data, the library, and what draws the one with the other.
fn scripts(topology: &Topology, figures: &Figures, page: &mut String) {
    // What stands in a script ends at its end tag, whatever it is.
    let data = data(topology, figures).replace("</", "<\\/");
    let _ = writeln!(page, "<script type=\"application/json\" id=\"data\">{data}</script>");
    for script in SCRIPTS.iter().chain(&[include_str!("page.js")]) {
        let _ = writeln!(page, "<script>\n{script}</script>");
    }
}

fn numbers(study: &Study, page: &mut String) {
    let folded = &study.folded;
    let machines = study.base().relations.get("runs_on").copied().unwrap_or(0);
    page.push_str("<ul class=\"numbers\">");
    for (n, what) in [
        (machines, "machines"),
        (folded.sessions, "sessions"),
        (folded.trees, "transaction trees"),
        (folded.transactions, "transactions"),
        (folded.records, "records"),
    ] {
        let _ = write!(page, "<li><b>{}</b>{what}</li>", grouped(n));
    }
    page.push_str("</ul>\n");
    for line in study.in_words().split(".\n") {
        let _ = writeln!(page, "<p>{}.</p>", escape(line.trim_end_matches('.')));
    }
}

fn layers(page: &mut String) {
    page.push_str(
        "<h2>The layers</h2>\n\
         <p class=\"quiet hint\">Click, or search for a name, to see what something stands on and what hangs below it; Ctrl and \
         the wheel look nearer.</p>\n\
         <form id=\"search\"><label>name <input name=\"name\" list=\"things\" autocomplete=\"off\"></label>\
         <datalist id=\"things\"></datalist><button>show</button></form>\n\
         <p id=\"found\" role=\"status\"></p>\n\
         <div id=\"layers\" class=\"chart\"></div>\n\
         <form id=\"path\"><label>from <select id=\"from\"></select></label>\
         <label>to <select id=\"to\"></select></label><button>show the path</button></form>\n\
         <div id=\"path-text\" role=\"status\"></div>\n\
         <p class=\"quiet\">Paths are known for machines that talk to each other; alternatives of equal cost stand side by \
         side.</p>\n",
    );
}

fn measures(study: &Study, page: &mut String) {
    let base = study.base();
    let links: u64 = base.link_bytes.values().sum();
    page.push_str("<h2>How much is said?</h2>\n");
    let rows = [
        ("message bytes", "each message once", study.folded.message_bytes),
        ("leg bytes", "each leg between two processes", base.all().0),
        ("link bytes", "each leg on each link that it crosses", links),
    ];
    let rows = rows.map(|(measure, counts, total)| [measure.to_owned(), counts.to_owned(), bytes(total)]);
    table(page, ["measure", "counts", "#total"], rows);
}

fn why(figures: &Figures, page: &mut String) {
    page.push_str("<h2>Why does traffic cross the distribution layer?</h2>\n");
    page.push_str("<p class=\"quiet\">The smallest change that would have kept a leg below, in leg bytes.</p>\n");
    page.push_str("<div id=\"reasons\" class=\"chart\"></div>\n");
    tables::reasons(page, figures);
    table(page, ["reason", "means"], REASONS.map(|(why, meaning)| [why.to_owned(), meaning.to_owned()]));
}

/// Figures 5 and 6, before and after, side by side.
fn heatmap(figure: &Heatmap, page: &mut String) {
    let name = KINDS.iter().find(|(kind, _)| *kind == figure.kind).map_or("", |(_, name)| name);
    let after = if figure.kind == "esb_esb" { "nearby_esb" } else { "flat_nearby" };
    let _ = write!(
        page,
        "<h2>{name}: who sends to whom through the distribution layer</h2>\n<p class=\"quiet\">A row for each sender, a \
         column for each receiver, by farm and application, which thin lines part; colours are by the square root. Where \
         there are more than fit, some share a place. <span class=\"hint\">Ctrl and the wheel look nearer, dragging \
         moves.</span></p>\n\
         <div class=\"pair\" data-kind=\"{}\">",
        figure.kind
    );
    page.push_str(
        "<figure><figcaption>as things are<br><b class=\"total\"></b></figcaption><div class=\"chart heat\"></div></figure>\
         <figure><figcaption><select aria-label=\"counterfactual\">",
    );
    for scenario in &SCENARIOS[1..] {
        let selected = if scenario.name == after { " selected" } else { "" };
        let _ = write!(page, "<option value=\"{}\"{selected}>{}</option>", scenario.name, scenario.text);
    }
    page.push_str(
        "</select><br><b class=\"total\"></b></figcaption><div class=\"chart heat\"></div></figure>\
         <button type=\"button\">all of it again</button></div>\n",
    );
    tables::heatmap(page, figure);
}

fn failures(failures: &Failures, page: &mut String) {
    page.push_str("<h2>What if something fails?</h2>\n");
    let Some(swept) = &failures.sweep else {
        page.push_str(
            "<p class=\"quiet\">Nobody has tried. <code>strata report --each switch</code> lets each switch fail; \
             <code>strata sweep -o failures.csv</code> does so with every device and cable, and \
             <code>strata report --sweep failures.csv</code> shows the worst.</p>\n",
        );
        return;
    };
    let _ = writeln!(
        page,
        "<p>{} of {} failures matter{}</p>",
        swept.matter,
        swept.of,
        match swept.matter {
            0 => ": none cuts a pair of processes, takes a service down or overloads a link.",
            _ => "; the worst, by services down, then sessions lost, pairs cut and links overloaded:",
        }
    );
    if swept.matter > 0 {
        page.push_str("<div id=\"worst\" class=\"chart\"></div>\n");
        tables::worst(page, swept);
    }
    if let Some(rooms) = failures.headroom.as_ref().filter(|rooms| !rooms.is_empty()) {
        page.push_str(
            "<h2>How much more can the network take?</h2>\n<p class=\"quiet\">Of the links between two tiers the one that \
             is used most, as things are and after the failure that is worst for it.</p>\n\
             <div id=\"headroom\" class=\"chart\"></div>\n",
        );
        tables::headroom(page, rooms);
    }
}

fn health(health: &Health, page: &mut String) {
    let Some(found) = &health.health else { return };
    page.push_str("<h2>What is wrong, and why?</h2>\n");
    let (alarms, elements) = (counted(found.alarms, "alarm"), counted(found.entities, "element"));
    let causes = counted(found.explanations, "cause");
    let _ = writeln!(page, "<p>{alarms} of {elements}, with {causes}.</p>");
    if !found.causes.is_empty() {
        let rows = found.causes.iter().map(|(cause, n, kinds)| [cause.clone(), n.to_string(), kinds.clone()]);
        table(page, ["cause", "#explains", "its own alarms"], rows);
    }
    if !found.suspects.is_empty() {
        page.push_str(
            "<p>Elements that requests which went wrong have in common, or that are to blame for what deviates from its \
             history, from 0 to 1:</p>\n<div id=\"suspects\" class=\"chart\"></div>\n",
        );
        let rows = found.suspects.iter().map(|(element, score)| [element.clone(), format!("{score:.3}")]);
        tables::folded(page, "the same as a table", ["element", "#score"], rows);
    }
    if !found.breaches.is_empty() {
        page.push_str("<p>What was agreed, and broken:</p>\n");
        let row = |(service, what, n, worst, limit): &(String, String, usize, f64, f64)| {
            [service.clone(), what.clone(), n.to_string(), format!("{worst}"), format!("{limit}")]
        };
        let columns = ["service", "measure", "#minutes", "#worst", "#limit"];
        table(page, columns, found.breaches.iter().map(row));
    }
    if !found.changes.is_empty() {
        page.push_str("<p>What was changed in the ten minutes before an alarm, on something that is needed:</p>\n");
        let rows = found.changes.iter().cloned().map(|(alarmed, alarm, changed, how)| [alarmed, alarm, changed, how]);
        table(page, ["alarm of", "alarm", "changed", "how"], rows);
    }
}

fn violated(figures: &Figures, page: &mut String) {
    page.push_str("<h2>What must not be</h2>\n");
    let (broken, all) = (figures.violations.len(), figures.invariants);
    let _ = writeln!(page, "<p>{} of {all} invariants hold.</p>", all - broken);
    if broken > 0 {
        page.push_str("<div id=\"violations\" class=\"chart\"></div>\n");
    }
    for violated in &figures.violations {
        let (name, severity, count) = (escape(&violated.name), &violated.severity, violated.count);
        let _ = write!(page, "<details><summary>{severity}: {name} ({count})</summary><ul class=\"plain\">");
        for tuple in &violated.shown {
            let _ = write!(page, "<li>{}</li>", escape(tuple));
        }
        page.push_str("</ul></details>\n");
    }
}

/// A number with its digits in threes.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
