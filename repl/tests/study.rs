//! A study finds what the construction of a data centre implies, and says so if it does not; the report of one can be
//! read and used in a browser.

use clap::Parser;
use repl::cli::{Cli, Command};
use repl::output::Output;
use std::path::{Path, PathBuf};

/// Runs a command line: whether all went well, and what it printed.
fn strata(arguments: &[&str]) -> (bool, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cli = Cli::try_parse_from(["strata"].iter().chain(arguments)).expect("the command line is right");
    let mut output = Output::plain(&mut out, &mut err);
    let outcome = match &cli.command {
        Some(Command::Synth(arguments)) => repl::synth::run(arguments, &mut output),
        Some(Command::Study(arguments)) => repl::study::run(arguments, &mut output),
        Some(Command::Report(arguments)) => repl::report::run(arguments, &mut output),
        other => panic!("{other:?} is not asked for here"),
    };
    let well = outcome.is_ok();
    drop(output);
    (well, String::from_utf8_lossy(&out).into_owned() + &String::from_utf8_lossy(&err))
}

const SMALL: [&str; 6] = ["--machines", "120", "--minutes", "3", "--scale", "0.02"];

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

#[test]
fn every_number_is_what_the_construction_implies() {
    for more in [["--seed", "1"].as_slice(), &["--seed", "5", "--dirt", "-j", "2"]] {
        let (well, printed) = strata(&[&["study"], &SMALL[..], more].concat());
        assert!(well && printed.contains("numbers are what the construction"), "{more:?}\n{printed}");
    }
}

#[test]
fn a_snapshot_is_studied_as_it_was_made_and_a_wrong_number_is_told() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let snapshot = scratch.path().join("dc");
    let (well, printed) = strata(&[&["synth", "-o", text(&snapshot)], &SMALL[..]].concat());
    assert!(well, "{printed}");
    let (well, printed) = strata(&["study", text(&snapshot)]);
    assert!(well && printed.contains("numbers are what the construction"), "{printed}");
    // A record that is none is told with its file, and is none.
    let messages = snapshot.join("message-1.csv");
    let whole = std::fs::read_to_string(&messages).expect("it was written");
    std::fs::write(&messages, whole + "not,a,message\n").expect("it is written");
    let (well, printed) = strata(&["study", text(&snapshot)]);
    assert!(well && printed.contains("message-1.csv"), "{printed}");
    let expected = snapshot.join("expected.json");
    let json = std::fs::read_to_string(&expected).expect("it was written");
    let changed = json.replacen("\"trees\": ", "\"trees\": 1", 1);
    assert_ne!(json, changed);
    std::fs::write(&expected, changed).expect("it is written");
    let (well, printed) = strata(&["study", text(&snapshot)]);
    assert!(!well && printed.contains("  trees: found "), "{printed}");
}

/// A browser, if one is installed.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&path).flat_map(|d| names.map(|name| d.join(name))).find(|file| file.is_file())
}

/// What a reader does: looks for a process, chooses another pair of machines, another counterfactual.
const READER: &str = r#"
const seen = [];
const form = document.getElementById("search");
form.elements.name.value = "esb1-router-03";
form.requestSubmit();
seen.push(document.getElementById("found").textContent);
const from = document.getElementById("from");
from.selectedIndex = from.options.length - 1;
from.dispatchEvent(new Event("change"));
seen.push(document.getElementById("path-text").textContent);
const figure = document.querySelector("figure[data-kind=esb_application] select").closest("figure");
const shown = () => figure.querySelector(".total").textContent;
seen.push(shown());
figure.querySelector("select").value = "flat";
figure.querySelector("select").dispatchEvent(new Event("change"));
seen.push(shown());
const drawn = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v > 0);
seen.push("drawn: " + [...document.querySelectorAll("canvas")].map(drawn).join(" "));
seen.push("charts: " + document.querySelectorAll("svg.chart").length);
document.body.dataset.seen = seen.join("\n");
"#;

#[test]
fn the_report_can_be_read_and_used_in_a_browser() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (snapshot, page) = (scratch.path().join("dc"), scratch.path().join("dc.html"));
    let (well, printed) = strata(&[&["synth", "-o", text(&snapshot)], &SMALL[..]].concat());
    assert!(well, "{printed}");
    let svg = scratch.path().join("figures");
    let (well, printed) = strata(&["report", text(&snapshot), "-o", text(&page), "--svg", text(&svg)]);
    assert!(well, "{printed}");
    let html = std::fs::read_to_string(&page).expect("the page is written");
    for needed in ["http://", "https://", "src=", "@import"] {
        assert!(!html.contains(needed), "the page asks for something outside: {needed}");
    }
    for file in std::fs::read_dir(&svg).expect("pictures").flatten() {
        let picture = std::fs::read_to_string(file.path()).expect("a picture");
        roxmltree::Document::parse(&picture).unwrap_or_else(|e| panic!("{}: {e}", file.path().display()));
    }
    let Some(browser) = browser() else {
        eprintln!("skipped: no browser is installed (chromium, google-chrome), so nobody has looked at the report");
        return;
    };
    let used = html.replace("</body>", &format!("<script>{{{READER}}}</script></body>"));
    std::fs::write(&page, used).expect("the page is written");
    let profile = format!("--user-data-dir={}", scratch.path().join("profile").display());
    let run = std::process::Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
        ])
        .args([&profile, "--dump-dom", &format!("file://{}", page.display())])
        .output()
        .expect("the browser runs");
    let (dom, log) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, [] as [&str; 0]);
    assert!(dom.contains("data-drawn=\"yes\""), "the script did not get to its end: {log}");
    let seen = dom.split("data-seen=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let seen: Vec<&str> = seen.lines().collect();
    assert!(seen.iter().any(|line| line.starts_with("esb1-router-03: processes, joined to ")), "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("→ access")), "{seen:?}");
    let totals: Vec<&&str> = seen.iter().filter(|line| line.ends_with("through the distribution layer")).collect();
    assert!(totals.len() == 2 && totals[0] != totals[1], "{seen:?}");
    assert!(seen.contains(&"drawn: true true true true true"), "{seen:?}");
    assert!(seen.contains(&"charts: 2"), "{seen:?}");
}
