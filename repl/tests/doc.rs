//! `strata doc`: what stands on the pages, and that every link leads somewhere.

use roxmltree::{Document, ParsingOptions};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// The pages about some paths, by file name.
fn pages(directory: &Path, paths: &[&str]) -> BTreeMap<String, String> {
    let out = tempfile::tempdir().expect("a scratch directory");
    let pages = out.path().join("pages");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(directory).arg("doc").args(paths).arg("-o").arg(&pages).stdin(Stdio::null());
    let output = command.output().expect("strata starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let entries =
        std::fs::read_dir(&pages).expect("the directory is there").map(|entry| entry.expect("readable").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), std::fs::read_to_string(&path).expect("a page is text"))).collect()
}

/// Every page is well-formed, and its links lead to pages and lines that are there. Returns how many links there are.
fn check(pages: &BTreeMap<String, String>) -> usize {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let (mut anchors, mut links) = (BTreeSet::new(), Vec::new());
    for (name, text) in pages.iter().filter(|(name, _)| name.ends_with(".html")) {
        let document = Document::parse_with_options(text, options).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
        for node in document.descendants() {
            anchors.extend(node.attribute("id").map(|id| format!("{name}#{id}")));
            let link = node.attribute("href").or(node.attribute("src"));
            links
                .extend(link.map(|link| if link.starts_with('#') { format!("{name}{link}") } else { link.to_owned() }));
        }
    }
    for link in &links {
        let there = if link.contains('#') { anchors.contains(link) } else { pages.contains_key(link) };
        assert!(there, "{link} leads nowhere");
    }
    links.len()
}

#[test]
fn a_page_tells_what_there_is_to_know_about_a_relation() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let rules = "\
// a.dl: who reaches whom?
/// A cable, *undirected*. See `path`; not `this`.
///
/// <script>alert(1)</script>
.decl link(a: symbol, b: symbol)
.input link
.decl path(from: symbol, to: symbol)
.output path
path(a, b) :- link(a, b). /* over
two lines */
path(a, c) :- path(a, b), link(b, c), !blocked(b).
/// Not passable.
.decl blocked(device: symbol)
blocked(\"s<1>\").
.invariant blocked(severity = \"warning\", message = \"{device} & its cables\")
.test \"one link\" { link(\"a\", \"b\"). expect path(\"a\", \"b\"). }
";
    std::fs::write(scratch.path().join("a.dl"), rules).expect("the file is written");
    let pages = pages(scratch.path(), &[]);
    check(&pages);
    let names: Vec<&str> = pages.keys().map(String::as_str).collect();
    let expected = [
        "index.html",
        "relation.blocked.html",
        "relation.link.html",
        "relation.path.html",
        "search.js",
        "source.a.dl.html",
        "style.css",
    ];
    assert_eq!(names, expected);
    let has = |page: &str, part: &str| assert!(pages[page].contains(part), "{page} lacks {part}\n{}", pages[page]);
    has("relation.link.html", "A cable, <em>undirected</em>. See <a href=\"relation.path.html\"><code>path</code></a>");
    has("relation.link.html", "&lt;script&gt;");
    has("relation.link.html", "<h2>Read by</h2>\n<p><a href=\"relation.path.html\">");
    has("relation.link.html", " · given</p>");
    has("relation.path.html", "derived, recursive, output");
    has("relation.path.html", "<td><code>from</code></td><td><code>symbol</code></td>");
    has("relation.path.html", "href=\"source.a.dl.html#L11\">a.dl:11</a>");
    has("relation.path.html", "!<a href=\"relation.blocked.html\">blocked</a>(b).");
    has("relation.path.html", "<span class=\"keyword\">expect</span>");
    has("relation.path.html", "class=\"arc gently near\"");
    has("relation.blocked.html", "given by its facts, 1 fact in the text");
    has("relation.blocked.html", "1 fact in the text, invariant (warning)</p>");
    has("relation.blocked.html", "Must be empty. warning: <q>{device} &amp; its cables</q> <a class=\"place\"");
    has("index.html", "<p>who reaches whom?</p>");
    has("source.a.dl.html", "<span class=\"string\">&quot;s&lt;1&gt;&quot;</span>");
    has("search.js", "[\"blocked\",\"relation.blocked.html\",\"Not passable.\"]");
}

#[test]
fn the_standard_rules_have_pages_without_dead_ends() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = pages(&root, &["rules/model.dl", "rules/network", "rules/trace", "rules/traffic"]);
    assert!(pages.len() > 150, "{} pages", pages.len());
    assert!(check(&pages) > 2_000);
    assert!(pages["relation.path_link.html"].contains("within a VLAN, over the switch between"));
}
