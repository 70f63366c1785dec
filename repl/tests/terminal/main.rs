//! The shell at a real terminal: every command, and everything that only a terminal has. With `STRATA_SCREENS=DIR` each
//! screen is written there as text, to be looked at.
#![cfg(unix)]

mod ends;
mod keys;
#[path = "../scratch/mod.rs"]
mod scratch;
mod screen;

use repl::command::COMMANDS;
use screen::Terminal;
use std::path::Path;
use tempfile::TempDir;

const LOADS: &str = "\
/// How many bytes go from where to where.
.decl load(from: symbol, to: symbol, bytes: number)
.input load
.decl far(a: symbol, b: symbol)
far(a, b) :- load(a, b, _).
far(a, c) :- far(a, b), load(b, c, _).
.decl remark(device: symbol, what: symbol, who: symbol, why: symbol)
.input remark
.decl swept(a: symbol)
.output far
.scenario failure \"one sender is silent\" { -load(a, b, n) :- swept(a), load(a, b, n). }
";

/// A directory with rules and facts, some of them long.
fn world() -> TempDir {
    let remarks: String = (1..=3)
        .map(|n| {
            let why = "because the maintenance contract of the old one ran out at the end of the quarter";
            format!("leaf{n:02},is going to be replaced by another one,the network team,{why}\n")
        })
        .collect();
    scratch::files(&[
        ("loads.dl", LOADS),
        ("facts/load.csv", "from,to,bytes\ns1,s2,40\ns1,s3,10\ns2,s3,30\ns3,s4,20\n"),
        ("facts/remark.csv", &format!("device,what,who,why\n{remarks}")),
    ])
}

/// A real network, as polled.
fn network() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/suzieq-nxos").display().to_string()
}

/// What is typed, and what must then stand on the screen.
type Step = (&'static str, &'static [&'static str]);

const SCRIPT: &[Step] = &[
    (".help", &[".whynot FACT", "`.help COMMAND` says more."]),
    (".help path", &["Draw the ways of packets from A to B"]),
    (".explain unbound-variable", &["# unbound-variable"]),
    (".explain unbuond-variable", &["did you mean `unbound-variable`?"]),
    (".load loads.dl", &["loaded loads.dl; the program has 4 relations, 2 rules and 0 facts"]),
    (".facts facts", &["read facts: load 4, remark 3"]),
    (".relations", &["far", "derived", "remark"]),
    (".schema load", &["/// How many bytes go", ".decl load(from: symbol, to: symbol, bytes: number)"]),
    (".rules far", &["far(a, c) :- far(a, b), load(b, c, _)."]),
    (".plan far", &["join"]),
    ("?- remark(device, what, who, why).", &["leaf03"]),
    ("?- far(x, lnik).", &["x", "s4"]),
    ("?- fra(x, y).", &["error[unknown-relation]", "did you mean `far`?"]),
    (".watch far", &["watching `far`, which has 6 tuples now"]),
    ("+load(\"s4\", \"s5\", 5).", &["1 inserted", "+far(\"s1\", \"s5\")"]),
    (".unwatch far", &["no longer watching `far`"]),
    (".why far(\"s1\", \"s4\")", &["└─", "loads.dl:", "load.csv:"]),
    (".whynot far(\"s5\", \"s1\")", &["✗"]),
    (".howto -far(\"s4\", \"s5\")", &["-load(\"s4\", \"s5\", 5)."]),
    (".limit 2", &["answers are cut after 2 rows"]),
    ("?- load(from, to, bytes).", &["… 3 more of 5 tuples; `.more` shows the next"]),
    (".more", &["s2    s3     30"]),
    (".sort -bytes", &["s1    s2     40"]),
    (".limit all", &["answers are shown whole"]),
    (".bars load", &["s1 s2  40 ████"]),
    (".cdf load", &["half have at most 20"]),
    (".heatmap load", &["bytes of from (down) and to (across)"]),
    (".save load out.csv", &["out.csv: 5 tuples"]),
    (".fork cut", &["fork `cut` of base", "strata:cut>"]),
    ("-load(\"s2\", \"s3\", 30).", &["in cut: 0 inserted, 1 retracted"]),
    (".forks", &["cut", "base"]),
    (".diff cut", &["-far(\"s2\", \"s3\")", "0 tuples more"]),
    (".use base", &["in base"]),
    (".merge cut", &["`cut` is merged into base"]),
    (".fork silent failure", &["follows scenario `failure`"]),
    (".sweep failure load(from) far", &["far less", "s1 2 4 4", "3 of 3 elements change something"]),
    (".sweep switch", &["`.include <failure.dl>` brings those that do"]),
    (".discard silent", &["fork `silent` is forgotten"]),
    (".time on", &["time is on"]),
    ("?- load(\"s1\", x, _).", &["took "]),
    (".time off", &["time is off"]),
    (".profile", &["new tuples", "// loads.dl:6 far(a, c) :- far(a, b), load(b, c, _)."]),
    (".streams", &["no tuples"]),
    (".drop far", &["dropped 2 rules and 0 facts of `far`"]),
    (".unload loads.dl", &["unloaded loads.dl"]),
    (".include <network/path_link.dl>", &["strata>"]),
    (".import suzieq NETWORK", &["rows rejected; `.rejected` lists them"]),
    (".rejected", &["no VLAN"]),
    (".relations interface", &["interface_vlan"]),
    ("?- device(name, role, rack).", &["spine01"]),
    ("?- address(device, port, vrf, ip, prefix).", &["leaf01"]),
    (".path server101 server302", &["step  host", "8 equal-cost ways of 4 links"]),
    (".rleations", &["did you mean `.relations`?"]),
];

/// Types the script; every command must be in it, every answer fit the terminal.
fn session(columns: u16) {
    let world = world();
    let mut terminal = Terminal::shell(world.path(), columns, &[]);
    let mut steps: Vec<(String, &[&str])> = Vec::new();
    for (line, shown) in SCRIPT {
        steps.push((line.replace("NETWORK", &network()), shown));
    }
    for (at, (line, shown)) in steps.iter().enumerate() {
        let screen = terminal.ask(line);
        if let Some(directory) = std::env::var_os("STRATA_SCREENS") {
            let name = format!("{columns:03}-{at:02}");
            std::fs::write(Path::new(&directory).join(name), &screen).expect("the screen is written");
        }
        for text in *shown {
            // Prose may be broken between any two words.
            let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat(&screen).contains(&flat(text)), "{line} at {columns}: {text} in\n{screen}");
        }
        // What is typed goes on in the next row as it is.
        let typed = ("strata> ".len() + line.len()) / usize::from(columns);
        let is_code = [".rules", ".plan", ".schema"].iter().any(|command| line.starts_with(command));
        let too_long = terminal.too_long(1 + typed as u16);
        assert!(is_code || too_long.is_empty(), "{line} at {columns}: {too_long:#?} in\n{screen}");
    }
    terminal.press(".quit\r");
    assert_eq!(terminal.ends().code(), Some(0));
    let typed = |name: &str| SCRIPT.iter().any(|(line, _)| line.split(' ').next() == Some(&format!(".{name}")));
    let missing: Vec<&str> = COMMANDS.iter().map(|c| c.name).filter(|name| *name != "quit" && !typed(name)).collect();
    assert!(missing.is_empty(), "commands that the script does not type: {missing:?}");
}

#[test]
fn every_command_answers_on_a_screen_of_80_columns() {
    session(80);
}

#[test]
fn every_command_answers_on_a_screen_of_200_columns() {
    session(200);
}
