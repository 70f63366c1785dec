//! The pages: an index, one a relation, one a file.

use super::book::{Book, ENTRY, Entry};
use super::graph;
use super::html::{escape, file_name, markdown, rules, source_name};
use compiler::program::DirectiveKind;
use compiler::span::{Source, Span};
use serde_json::json;
use std::fmt::Write;

/// How all pages look. Nothing is fetched from elsewhere.
const STYLE: &str = include_str!("style.css");

/// The search box: it knows all relations, and shows those whose name or summary holds what is typed.
const SEARCH: &str = include_str!("search.js");

/// All pages: the name of the file, and its text.
pub(super) fn all(book: &Book<'_>) -> Vec<(String, String)> {
    let mut pages = vec![
        ("index.html".to_owned(), index(book)),
        ("style.css".to_owned(), STYLE.to_owned()),
        ("search.js".to_owned(), format!("const RELATIONS = {};\n{SEARCH}", catalogue(book))),
    ];
    pages.extend((0..book.entries.len()).map(|at| (file_name(&book.entries[at].relation.name), relation(book, at))));
    pages.extend(sources(book).map(|(number, text)| (source_name(text), source(book, number, text))));
    pages
}

/// The texts that are files.
fn sources<'a>(book: &'a Book<'_>) -> impl Iterator<Item = (u32, &'a Source)> {
    let all = book.compiled.sources.iter().enumerate();
    all.filter(|(_, text)| &*text.name != ENTRY).map(|(number, text)| (number as u32, text))
}

/// What the search box knows.
fn catalogue(book: &Book<'_>) -> String {
    let known = book.entries.iter().map(|entry| {
        let name = &*entry.relation.name;
        json!([name, file_name(name), entry.summary()])
    });
    json!(known.collect::<Vec<_>>()).to_string()
}

/// A page around its content.
fn page(title: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"style.css\"/>\n</head>\n<body>\n<header><a href=\"index.html\">Relations</a>\n\
         <div class=\"search\"><input type=\"search\" placeholder=\"Find a relation\" aria-label=\"Find a relation\"/>\
         <ul></ul></div></header>\n<main>\n{content}</main>\n<script src=\"search.js\"></script>\n</body>\n</html>\n",
        escape(title)
    )
}

fn index(book: &Book<'_>) -> String {
    let mut out = String::from("<h1>Relations</h1>\n");
    for (number, text) in sources(book) {
        let own: Vec<&Entry<'_>> = book.entries.iter().filter(|e| e.relation.span.source == number).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(out, "<h2><a href=\"{}\">{}</a></h2>", source_name(text), escape(&text.name));
        if let Some(question) = question(text) {
            let _ = writeln!(out, "<p>{}</p>", escape(question));
        }
        out.push_str("<table class=\"list\">\n");
        for entry in own {
            let _ = writeln!(out, "<tr><td>{}</td><td>{}</td></tr>", link(entry), inline(book, entry.summary()));
        }
        out.push_str("</table>\n");
    }
    out.push_str("<h2>Who reads whom</h2>\n");
    out.push_str(LEGEND);
    let _ = writeln!(out, "<div class=\"wide\">{}</div>", graph::draw(book, &graph::layers(book), None));
    page("Relations", &out)
}

/// What the lines of a drawing mean.
const LEGEND: &str = "<p class=\"legend\">What is evaluated first stands on the left. A dashed line leads to a relation \
                      that reads another one only in negations and aggregates. Dashed boxes are given; ↻ is recursive.</p>\n";

/// The question that a file answers: the rest of its first line, if that is a comment which opens with its name.
fn question(text: &Source) -> Option<&str> {
    let first = text.text.lines().next()?.strip_prefix("//")?.trim();
    Some(first.split_once(".dl: ").map_or(first, |(_, question)| question))
}

/// A summary, without the paragraph around it.
fn inline(book: &Book<'_>, text: &str) -> String {
    let html = markdown(book, text);
    html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(html.trim()).to_owned()
}

fn link(entry: &Entry<'_>) -> String {
    let name = &entry.relation.name;
    format!("<a href=\"{}\"><code>{}</code></a>", file_name(name), escape(name))
}

/// The place of a span, with a link to it.
fn place(book: &Book<'_>, span: Span) -> String {
    let (source, line) = (book.source(span), book.line(span));
    format!("<a class=\"place\" href=\"{}#L{line}\">{}:{line}</a>", source_name(source), escape(&source.name))
}

fn relation(book: &Book<'_>, at: usize) -> String {
    let entry = &book.entries[at];
    let relation = entry.relation;
    let mut out = format!("<h1><code>{}</code></h1>\n", escape(&relation.name));
    let _ = writeln!(out, "<p class=\"facts\">{} · {}</p>", place(book, relation.span), kind(entry));
    out.push_str(&markdown(book, &relation.doc));
    if let Some(invariant) = entry.invariant {
        let (severity, message) = (invariant.severity, escape(invariant.message.text()));
        let at = place(book, invariant.span);
        let _ = writeln!(out, "<p class=\"invariant\">Must be empty. {severity}: <q>{message}</q> {at}</p>");
    }
    if !relation.columns.is_empty() {
        out.push_str("<table class=\"columns\">\n<tr><th>column</th><th>type</th></tr>\n");
        for column in &relation.columns {
            let (name, ty) = (escape(&column.name), escape(&column.ty.name));
            let _ = writeln!(out, "<tr><td><code>{name}</code></td><td><code>{ty}</code></td></tr>");
        }
        out.push_str("</table>\n");
    }
    if !entry.clauses.is_empty() {
        out.push_str("<h2>Rules</h2>\n");
        for clause in &entry.clauses {
            let text = &book.source(*clause).text[clause.range()];
            let _ = writeln!(out, "<pre>{}\n{}</pre>", place(book, *clause), rules(book, text));
        }
    }
    for (title, others) in [
        ("Reads", entry.reads.keys().copied().collect::<Vec<_>>()),
        ("Read by", entry.readers.iter().copied().collect()),
    ] {
        let links: Vec<String> = others.iter().map(|other| link(&book.entries[*other])).collect();
        if !links.is_empty() {
            let _ = writeln!(out, "<h2>{title}</h2>\n<p>{}</p>", links.join(", "));
        }
    }
    if !entry.reads.is_empty() || !entry.readers.is_empty() {
        let drawn = graph::draw(book, &graph::neighbours(book, at), Some(at));
        let _ = writeln!(out, "<div class=\"wide\">{drawn}</div>");
    }
    if !entry.tests.is_empty() {
        out.push_str("<h2>Examples</h2>\n");
        for test in &entry.tests {
            let text = &book.source(test.span).text[test.span.range()];
            let _ = writeln!(out, "<pre>{}\n{}</pre>", place(book, test.span), rules(book, text));
        }
    }
    page(&relation.name, &out)
}

/// Where its tuples come from and go to.
fn kind(entry: &Entry<'_>) -> String {
    let given = entry.directives.contains(&DirectiveKind::Input);
    let mut words = match (given, entry.clauses.is_empty()) {
        (true, true) => vec!["given".to_owned()],
        (true, false) => vec!["given".to_owned(), "derived".to_owned()],
        (false, true) => vec!["given by its facts".to_owned()],
        (false, false) => vec!["derived".to_owned()],
    };
    if entry.recursive {
        words.push("recursive".into());
    }
    if entry.facts > 0 {
        words.push(format!(
            "{} in the text",
            if entry.facts == 1 { "1 fact".into() } else { format!("{} facts", entry.facts) }
        ));
    }
    if entry.directives.contains(&DirectiveKind::Output) {
        words.push("output".into());
    }
    if let Some(invariant) = entry.invariant {
        words.push(format!("invariant ({})", invariant.severity));
    }
    words.join(", ")
}

/// A file, line by line.
fn source(book: &Book<'_>, number: u32, text: &Source) -> String {
    let mut out = format!("<h1>{}</h1>\n", escape(&text.name));
    let own: Vec<String> = book.entries.iter().filter(|e| e.relation.span.source == number).map(link).collect();
    if !own.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", own.join(", "));
    }
    out.push_str("<pre class=\"source\">");
    // What is coloured may go over several lines: each line opens anew what was open.
    let mut open: Option<String> = None;
    for (index, line) in rules(book, &text.text).lines().enumerate() {
        let number = index + 1;
        let before = open.take().unwrap_or_default();
        let _ = write!(out, "<span class=\"line\" id=\"L{number}\"><a href=\"#L{number}\">{number}</a>{before}{line}");
        let whole = format!("{before}{line}");
        let last = whole.rfind("<span").filter(|at| !whole[*at..].contains("</span>"));
        if let Some(at) = last {
            let end = whole[at..].find('>').map_or(whole.len(), |end| at + end + 1);
            open = Some(whole[at..end].to_owned());
            out.push_str("</span>");
        }
        out.push_str("</span>\n");
    }
    out.push_str("</pre>\n");
    page(&text.name, &out)
}
