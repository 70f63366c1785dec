//! The report of a data centre needs nothing but itself, shows what is so, and can be read and used in a browser.

mod browser;

use browser::{Browser, installed};
use clap::Parser;
use repl::cli::{Cli, Command};
use repl::output::Output;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::Path;

/// Runs a command line that must go well.
fn strata(arguments: &[&str]) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cli = Cli::try_parse_from(["strata"].iter().chain(arguments)).expect("the command line is right");
    let mut output = Output::plain(&mut out, &mut err);
    let outcome = match &cli.command {
        Some(Command::Synth(arguments)) => repl::synth::run(arguments, &mut output),
        Some(Command::Sweep(arguments)) => repl::sweep::run(arguments, &mut output),
        Some(Command::Report(arguments)) => repl::report::run(arguments, &mut output),
        other => panic!("{other:?} is not asked for here"),
    };
    drop(output);
    let printed = String::from_utf8_lossy(&out).into_owned() + &String::from_utf8_lossy(&err);
    if let Err(failure) = outcome {
        panic!("{arguments:?}: {}\n{printed}", failure.render(repl::output::Style { colour: false, width: None }));
    }
    printed
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

const SMALL: [&str; 6] = ["--machines", "120", "--minutes", "3", "--scale", "0.02"];

/// A small data centre in a directory of its own.
fn centre(scratch: &Path) -> std::path::PathBuf {
    let snapshot = scratch.join("dc");
    strata(&[&["synth", "-o", text(&snapshot)], &SMALL[..]].concat());
    snapshot
}

/// The data that stand in a page.
fn data(page: &Path) -> Json {
    let html = std::fs::read_to_string(page).expect("the page is written");
    let data = html.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    serde_json::from_str(data.expect("there are data")).expect("the data are JSON")
}

#[test]
fn the_worst_failures_are_those_of_the_sweep() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let snapshot = centre(scratch.path());
    let (page, rows) = (scratch.path().join("dc.html"), scratch.path().join("failures.csv"));
    strata(&["sweep", text(&snapshot), "--each", "host", "-o", text(&rows)]);
    strata(&["report", text(&snapshot), "-o", text(&page), "--sweep", text(&rows)]);
    let from_file = data(&page);
    let mut lines = csv::Reader::from_path(&rows).expect("rows");
    let lines: Vec<csv::StringRecord> = lines.records().collect::<Result<_, _>>().expect("rows");
    let number = |line: &csv::StringRecord, column: usize| line[column].parse::<u64>().expect("a number");
    // element, kind, cut, services_down, sessions_lost, overloaded, worst_percent
    let matters = lines.iter().filter(|line| number(line, 2) + number(line, 3) + number(line, 5) > 0);
    assert_eq!(from_file["sweep"]["matter"], matters.clone().count());
    assert_eq!(from_file["sweep"]["of"], lines.len());
    let weight = |line: &&csv::StringRecord| [3, 4, 2, 5, 6].map(|column| number(line, column));
    let worst = matters.max_by_key(weight).expect("a host of these matters");
    assert_eq!(from_file["sweep"]["worst"][0]["sessions_lost"], number(worst, 4));
    assert!(from_file["headroom"].as_array().is_some_and(|rooms| !rooms.is_empty()), "{}", from_file["headroom"]);
    // Asked for at once, it is the same.
    strata(&["report", text(&snapshot), "-o", text(&page), "--each", "host"]);
    let at_once = data(&page);
    assert_eq!((&at_once["sweep"], &at_once["headroom"]), (&from_file["sweep"], &from_file["headroom"]));
}

#[test]
fn alarms_and_suspects_are_told_where_limits_are_stated() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let snapshot = centre(scratch.path());
    let page = scratch.path().join("dc.html");
    strata(&["report", text(&snapshot), "-o", text(&page)]);
    assert_eq!(data(&page)["health"], Json::Null);
    let minutes = [1.0, 1.0, 1.0, 2.0, 2.0].iter().zip(0u64..);
    let samples: String = minutes.map(|(x, minute)| format!("host0001\tcpu\t{}\t{x}\n", minute * 60_000_000)).collect();
    std::fs::write(snapshot.join("metric.facts"), samples).expect("it is written");
    std::fs::write(snapshot.join("threshold.facts"), "cpu\t1.5\n").expect("it is written");
    strata(&["report", text(&snapshot), "-o", text(&page)]);
    let health = &data(&page)["health"];
    assert_eq!((&health["alarms"], &health["entities"]), (&json!(2), &json!(1)));
    assert_eq!(health["causes"], json!([["host0001", 1, "metric:cpu"]]));
    assert_eq!(health["suspects"][0][0], "host0001");
}

/// The names of the pictures in a directory, without their ending.
#[cfg(feature = "pictures")]
fn pictures(directory: &Path, ending: &str) -> Vec<String> {
    let files = std::fs::read_dir(directory).expect("pictures").flatten();
    let name = |file: std::fs::DirEntry| file.file_name().into_string().ok()?.strip_suffix(ending).map(str::to_owned);
    let mut names: Vec<String> = files.filter_map(name).collect();
    names.sort();
    names
}

#[cfg(feature = "pictures")]
#[test]
fn pictures_show_what_the_page_shows() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let snapshot = centre(scratch.path());
    let [page, svg, png] = ["dc.html", "svg", "png"].map(|name| scratch.path().join(name));
    strata(&["report", text(&snapshot), "-o", text(&page), "--svg", text(&svg), "--png", text(&png)]);
    let mut expected = vec!["layers".to_owned(), "figure-1-times".into(), "figure-4-reasons".into()];
    for scenario in ["base", "nearby_esb", "flat", "flat_nearby"] {
        expected.extend(["5", "6"].map(|figure| format!("figure-{figure}-{scenario}")));
    }
    expected.sort();
    assert_eq!((pictures(&svg, ".svg"), pictures(&png, ".png")), (expected.clone(), expected.clone()));
    let read = |name: &str| std::fs::read_to_string(svg.join(format!("{name}.svg"))).expect("a picture");
    let data = data(&page);
    for name in &expected {
        let drawing = read(name);
        let document = roxmltree::Document::parse(&drawing).unwrap_or_else(|e| panic!("{name}: {e}"));
        let title = document.descendants().find(|node| node.has_tag_name((SVG, "title"))).and_then(|node| node.text());
        assert!(
            title.is_some_and(|title| title.len() > 20),
            "{name} says nothing to those who do not see it: {title:?}"
        );
        let file = std::fs::read(png.join(format!("{name}.png"))).expect("a picture");
        let pixels = resvg::tiny_skia::Pixmap::decode_png(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
        let width: f32 = document.root_element().attribute("width").and_then(|w| w.parse().ok()).expect("a width");
        assert_eq!(pixels.width() as f32, 2.0 * width, "{name}");
        let colours: std::collections::HashSet<[u8; 4]> =
            pixels.pixels().iter().map(|p| [p.red(), p.green(), p.blue(), p.alpha()]).collect();
        assert!(colours.len() > 2, "{name} is blank");
    }
    let reasons = read("figure-4-reasons");
    for reason in data["reasons"].as_array().expect("reasons") {
        assert!(reasons.contains(reason["why"].as_str().expect("a reason")), "{reason}");
    }
    // Here every process has a row of its own, so there is a rectangle for each two that talk.
    for (place, figure) in ["5", "6"].iter().enumerate() {
        for map in data["heatmaps"][place]["maps"].as_array().expect("maps") {
            let drawing = read(&format!("figure-{figure}-{}", map["scenario"].as_str().expect("a name")));
            let document = roxmltree::Document::parse(&drawing).expect("it was parsed before");
            let clipped = |node: &roxmltree::Node| {
                node.has_tag_name((SVG, "path")) && node.ancestors().any(|n| n.has_attribute("clip-path"))
            };
            let cells = document.descendants().filter(clipped).count();
            assert_eq!(cells, map["cells"].as_array().expect("cells").len() / 3, "{figure} {}", map["scenario"]);
        }
    }
}

/// The namespace of SVG.
#[cfg(feature = "pictures")]
const SVG: &str = "http://www.w3.org/2000/svg";

/// Whether the canvas of an element has more colours than two, or its drawing more than a few shapes. Of the canvas a copy
/// is looked at, which is made for that.
const DRAWN: &str = "(element) => [...element.querySelectorAll('canvas')].some((canvas) => { \
    const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height }); \
    const context = copy.getContext('2d', { willReadFrequently: true }); context.drawImage(canvas, 0, 0); \
    const { data } = context.getImageData(0, 0, copy.width, copy.height); \
    return new Set(new Uint32Array(data.buffer)).size > 2; }) || \
    element.querySelectorAll('svg path').length > 3";

#[test]
fn the_report_can_be_read_and_used_in_a_browser() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let snapshot = centre(scratch.path());
    let page = scratch.path().join("dc.html");
    std::fs::write(snapshot.join("sla.facts"), "portal1.query\tlatency_p50_ms\t1\n").expect("it is written");
    strata(&["report", text(&snapshot), "-o", text(&page), "--each", "host"]);
    let html = std::fs::read_to_string(&page).expect("the page is written");
    for needed in ["src=\"", "@import", "<link rel=\"stylesheet", "url(http"] {
        assert!(!html.contains(needed), "the page asks for something outside: {needed}");
    }
    let Some(program) = installed() else {
        // Not by a macro, whose text is shown of tests that fail only.
        let told = "skipped: no browser is installed (chromium, google-chrome), so nobody has looked at the report\n";
        std::io::stderr().write_all(told.as_bytes()).expect("standard error takes it");
        return;
    };
    let mut browser = Browser::start(&program, scratch.path());
    browser.size(1366, 768);
    browser.open(&page);
    browser.wait("document.documentElement.dataset.drawn === 'yes'");
    search_and_click(&mut browser);
    choose_a_path(&mut browser);
    compare(&mut browser);
    look_nearer(&mut browser);
    sizes_and_colours(&mut browser);
    let outside = browser.ask("performance.getEntriesByType('resource').map((entry) => entry.name)");
    assert_eq!(outside, json!([]), "the page has fetched something");
    assert_eq!(browser.complaints, [] as [&str; 0]);
}

/// Looks for a process by its name, and clicks on a switch.
fn search_and_click(browser: &mut Browser) {
    let field = browser.place("document.querySelector('#search input')", None);
    browser.click(field);
    browser.type_in("esb1-router-03");
    browser.press("Enter", 13, "\r");
    let found = browser.ask("document.getElementById('found').textContent");
    let found = found.as_str().expect("a text").to_owned();
    assert!(found.starts_with("esb1-router-03: processes, joined to "), "{found}");
    assert!(browser.ask("selection.chosen.length").as_u64() > Some(4), "what it stands on is chosen, too");
    let mark = "(() => { const y = data.layers.findIndex((layer) => layer.name === 'access'); \
        return topology.convertToPixel({ gridIndex: 0 }, [0.5 / data.layers[y].items.length, y]); })()";
    let mark = browser.place("document.getElementById('layers')", Some(mark));
    browser.click(mark);
    let switch = browser.ask("names[data.layers.find((layer) => layer.name === 'access').items[0]]");
    let switch = switch.as_str().expect("a name").to_owned();
    let found = browser.ask("document.getElementById('found').textContent");
    assert!(found.as_str().is_some_and(|text| text.starts_with(&format!("{switch}: access, joined to "))), "{found}");
    browser.wait(&format!("document.getElementById('layers').innerText.includes({switch:?})"));
}

/// Chooses another pair of machines by the keyboard.
fn choose_a_path(browser: &mut Browser) {
    let before = browser.ask("document.getElementById('path-text').textContent");
    browser.ask("document.getElementById('from').focus()");
    for _ in 0..3 {
        browser.press("ArrowDown", 40, "");
    }
    let after = browser.ask("document.getElementById('path-text').textContent");
    let path = after.as_str().expect("a text");
    assert!(path.contains("→ access") && after != before, "{path}");
    let start = browser.ask("document.getElementById('from').value");
    let ends = [&start, &browser.ask("document.getElementById('to').value")].map(|end| end.as_str().map(str::to_owned));
    let chosen = browser.ask("selection.chosen.map((item) => names[item])");
    for end in ends.into_iter().flatten() {
        assert!(chosen.as_array().is_some_and(|chosen| chosen.contains(&json!(end))), "{end} in {chosen}");
    }
}

/// Chooses another counterfactual, and asks what a cell is.
fn compare(browser: &mut Browser) {
    let total = "document.querySelectorAll('.pair')[1].querySelectorAll('.total')[1].textContent";
    let before = browser.ask(total);
    browser.ask("document.querySelectorAll('.pair')[1].querySelector('select').focus()");
    browser.press("ArrowUp", 38, "");
    let after = browser.ask(total);
    assert!(before != after && after.as_str().is_some_and(|text| text.ends_with("through the distribution layer")));
    let expected = browser.ask("bytes(data.heatmaps[1].maps.find((map) => map.scenario === 'flat').total)");
    assert_eq!(after.as_str(), expected.as_str().map(|n| format!("{n} through the distribution layer")).as_deref());
    let cell = "(() => { const { maps } = data.heatmaps[0], [r, c] = maps[0].cells; \
        return echarts.getInstanceByDom(element).convertToPixel({ gridIndex: 0 }, [c + 0.5, r + 0.5]); })()";
    let cell = browser.place("document.querySelector('.pair .heat')", Some(cell));
    browser.mouse("mouseMoved", cell, json!({}));
    browser.wait("document.querySelector('.pair .heat').innerText.includes('→')");
    let tip = browser.ask("document.querySelector('.pair .heat').innerText");
    let cell = browser.ask(
        "(() => { const { rows, columns, maps } = data.heatmaps[0], [r, c, n] = maps[0].cells; \
         return `${rows[r]}\\n→ ${columns[c]}\\n${bytes(n)}`; })()",
    );
    assert_eq!(tip.as_str().map(str::trim), cell.as_str());
}

/// Looks nearer with Ctrl and the wheel: both maps show the same part, down to single processes; a button undoes it.
fn look_nearer(browser: &mut Browser) {
    let across = |side: u32| {
        format!(
            "(() => {{ const chart = echarts.getInstanceByDom(document.querySelectorAll('.pair .heat')[{side}]); \
             const at = (x) => chart.convertFromPixel({{ xAxisIndex: 0 }}, x); \
             return Math.round((at(chart.getWidth() - HEAT.right) - at(HEAT.left)) * 100); }})()"
        )
    };
    let whole = browser.ask(&across(0));
    let middle = browser.place("document.querySelector('.pair .heat')", Some("[box.width / 2, box.height / 3]"));
    for _ in 0..10 {
        browser.mouse("mouseWheel", middle, json!({ "deltaX": 0, "deltaY": -240, "modifiers": 2 }));
    }
    browser.wait(&format!("{} < {whole} / 2", across(0)));
    browser.wait(&format!("{} === {}", across(0), across(1)));
    let again = browser.place("document.querySelector('.pair button')", None);
    browser.click(again);
    browser.wait(&format!("{} === {whole}", across(0)));
}

/// All figures are drawn at the sizes of a desktop and of a laptop, in light and in dark, and on paper.
fn sizes_and_colours(browser: &mut Browser) {
    for (width, height) in [(1920, 1080), (1366, 768)] {
        for scheme in ["light", "dark"] {
            browser.size(width, height);
            browser.scheme(scheme);
            let paper = if scheme == "dark" { "#15191e" } else { "#ffffff" };
            browser.wait(&format!(
                "figures.every(({{ drawn }}) => [{paper:?}, PALETTES.{scheme}.wash].includes(drawn.getOption().backgroundColor)) && \
                 figures.every(({{ element, drawn }}) => Math.abs(element.clientWidth - drawn.getWidth()) < 2)"
            ));
            let missing = browser.ask(&format!(
                "figures.filter(({{ element }}) => !({DRAWN})(element)).map(({{ element }}) => element.id || element.className)"
            ));
            assert_eq!(missing, json!([]), "{width} {scheme}");
            let silent = browser.ask("figures.filter(({ element }) => !element.getAttribute('aria-label')).length");
            assert_eq!(silent, 0, "a figure says nothing to those who do not see it");
            let wide = browser.ask("document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64() <= Some(0), "the page is wider than a window of {width}: by {wide}");
            browser.photograph(&format!("{width}x{height}-{scheme}"));
        }
    }
    // In dark, so that paper is seen to be light all the same.
    assert!(browser.print("paper").starts_with(b"%PDF"));
    assert_eq!(browser.ask("printing"), false);
    let headings = browser.ask("[...document.querySelectorAll('h2')].map((heading) => heading.textContent)");
    for asked in ["What if something fails?", "How much more can the network take?", "What is wrong, and why?"] {
        assert!(headings.as_array().is_some_and(|headings| headings.contains(&json!(asked))), "{asked}: {headings}");
    }
}
