//! The page.

use super::data::Data;
use super::svg;
use super::violations::Violated;
use crate::markup::escape;
use crate::study::tables::{KINDS, REASONS, bytes, percent};
use crate::study::{SCENARIOS, Study};
use std::fmt::Write;

/// The page of a study.
pub(super) fn of(study: &Study, data: &Data, violations: &[Violated]) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Data centre report</title>\n<style>\n{}{}</style>\n</head>\n<body>\n\
         <main>\n<h1>Where traffic goes in this data centre, and why</h1>\n",
        include_str!("colours.css"),
        include_str!("style.css")
    );
    numbers(study, &mut page);
    layers(&mut page);
    page.push_str("<h2>How long do transactions take?</h2>\n");
    page.push_str(&svg::times(&study.folded));
    measures(study, &mut page);
    why(study, &mut page);
    heatmaps(study, &mut page);
    violated(violations, &mut page);
    // What stands in a script ends at its end tag, whatever it is.
    let json = serde_json::to_string(data).unwrap_or_default().replace("</", "<\\/");
    let _ = write!(
        page,
        "</main>\n<div id=\"tip\" hidden></div>\n<script type=\"application/json\" id=\"data\">{json}</script>\n\
         <script>\n{}</script>\n</body>\n</html>\n",
        include_str!("script.js")
    );
    page
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
         <p class=\"quiet\">Click, or search for a name, to see what something stands on and what hangs below it.</p>\n\
         <form id=\"search\"><label>name <input name=\"name\" list=\"things\" autocomplete=\"off\"></label>\
         <datalist id=\"things\"></datalist><button>show</button></form>\n\
         <p id=\"found\" role=\"status\"></p>\n\
         <div class=\"layers\"><canvas id=\"layers\" role=\"img\" aria-label=\"devices, machines, processes and \
         applications by layer\"></canvas></div>\n\
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
    page.push_str(
        "<h2>How much is said?</h2>\n<table><tr><th>measure</th><th>counts</th><th class=\"n\">total</th></tr>",
    );
    for (measure, counts, total) in [
        ("message bytes", "each message once", study.folded.message_bytes),
        ("leg bytes", "each leg between two processes", base.all().0),
        ("link bytes", "each leg on each link that it crosses", links),
    ] {
        let _ = write!(page, "<tr><td>{measure}</td><td>{counts}</td><td class=\"n\">{}</td></tr>", bytes(total));
    }
    page.push_str("</table>\n");
}

fn why(study: &Study, page: &mut String) {
    page.push_str("<h2>Why does traffic cross the distribution layer?</h2>\n");
    page.push_str("<p class=\"quiet\">The smallest change that would have kept a leg below, in leg bytes.</p>\n");
    page.push_str(&svg::reasons(study.base()));
    page.push_str("<table><tr><th>reason</th><th>means</th></tr>");
    for (why, meaning) in REASONS {
        let _ = write!(page, "<tr><td>{why}</td><td>{meaning}</td></tr>");
    }
    page.push_str("</table>\n");
}

/// Figures 5 and 6, before and after, side by side.
fn heatmaps(study: &Study, page: &mut String) {
    page.push_str("<h2>What would change it?</h2>\n");
    page.push_str("<table><tr><th>if</th><th>between</th><th class=\"n\">through distribution</th><th class=\"n\">share</th></tr>");
    for ((_, found), scenario) in study.scenarios.iter().zip(&SCENARIOS) {
        for (kind, name) in &KINDS[..2] {
            let (all, crossing) = found.of(kind);
            let _ = write!(
                page,
                "<tr><td>{}</td><td>{name}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                scenario.text,
                bytes(crossing),
                percent(crossing, all)
            );
        }
    }
    page.push_str("</table>\n");
    for (kind, name, after) in [("esb_esb", KINDS[0].1, "nearby_esb"), ("esb_application", KINDS[1].1, "flat_nearby")] {
        let _ = write!(
            page,
            "<h2>{name}: who sends to whom through the distribution layer</h2>\n<p class=\"quiet\">A row for each sender, a \
             column for each receiver, by name, so that farms are blocks; the stronger the more, by the square \
             root.</p>\n<div class=\"pair\">"
        );
        let _ = write!(
            page,
            "<figure data-kind=\"{kind}\" data-scenario=\"base\"><figcaption>as things are<br><b class=\"total\"></b>\
             </figcaption><canvas role=\"img\"></canvas></figure>"
        );
        let _ = write!(page, "<figure data-kind=\"{kind}\"><figcaption><select aria-label=\"counterfactual\">");
        for scenario in &SCENARIOS[1..] {
            let selected = if scenario.name == after { " selected" } else { "" };
            let _ = write!(page, "<option value=\"{}\"{selected}>{}</option>", scenario.name, scenario.text);
        }
        page.push_str(
            "</select><br><b class=\"total\"></b></figcaption><canvas role=\"img\"></canvas></figure></div>\n",
        );
    }
}

fn violated(violations: &[Violated], page: &mut String) {
    page.push_str("<h2>What must not be</h2>\n");
    let broken: Vec<&Violated> = violations.iter().filter(|v| v.count > 0).collect();
    let _ = writeln!(page, "<p>{} of {} invariants hold.</p>", violations.len() - broken.len(), violations.len());
    for violated in broken {
        let Violated { name, severity, count, shown } = violated;
        let _ = write!(page, "<details><summary>{severity}: {} ({count})</summary><ul class=\"plain\">", escape(name));
        for tuple in shown {
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
