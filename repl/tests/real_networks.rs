//! The standard invariants over every real network and trace in `tests/data`, straight from the files of the tools that
//! read them. What is found is true of these networks, as `tests/data/README.md` says oddity by oddity, and nothing else is.

use clap::Parser;
use repl::check::run;
use repl::cli::{Cli, Command};
use repl::output::Output;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// All violations of the data in a directory: by invariant, what is said. `files`: what of it is read; all of it without.
fn found(kind: &str, directory: &str, files: &[&str]) -> BTreeMap<String, Vec<String>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data");
    let files = if files.is_empty() { &[""] } else { files };
    let given = files.iter().map(|name| format!("{kind}:{}", data.join(directory).join(name).display()));
    let words = ["strata", "check", "--format", "json"].map(String::from).into_iter().chain(given);
    let cli = Cli::try_parse_from(words).expect("a command line");
    let Some(Command::Check(arguments)) = cli.command else { panic!("strata check") };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    run(&arguments, &mut Output::plain(&mut out, &mut err));
    let report: Value = serde_json::from_slice(&out).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&err)));
    let verdicts = report["invariants"].as_array().expect("invariants");
    assert!(verdicts.len() >= 14, "all the standard invariants are looked at");
    let messages = |verdict: &Value| -> Vec<String> {
        let violations = verdict["violations"].as_array().expect("violations");
        violations.iter().map(|violation| violation["message"].as_str().expect("a text").to_owned()).collect()
    };
    let all = verdicts.iter().map(|verdict| (verdict["name"].as_str().expect("a name").to_owned(), messages(verdict)));
    all.filter(|(_, messages)| !messages.is_empty()).collect()
}

/// What is found is what is expected, and as often as the table of the README says.
fn are(directory: &str, found: &BTreeMap<String, Vec<String>>, expected: &[(&str, &[&str])]) {
    let readme = include_str!("../../tests/data/README.md");
    let rows = readme.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, data, invariant, count, _, _] = cells[..] else { return None };
        let count = (data == directory).then(|| count.parse::<usize>().expect("a number"))?;
        Some((invariant.to_owned(), count))
    });
    let told: BTreeMap<String, usize> = rows.collect();
    let counts = found.iter().map(|(invariant, said)| (invariant.clone(), said.len()));
    assert_eq!(told, counts.collect::<BTreeMap<String, usize>>(), "{directory} in the README");
    let expected: BTreeMap<String, Vec<String>> =
        expected.iter().map(|(name, said)| (name.to_string(), said.iter().map(|s| s.to_string()).collect())).collect();
    assert_eq!(*found, expected);
}

/// The management ports of eight devices hear the same two ports of spine01: a network, and no cable.
#[test]
fn nx_os_with_evpn_has_a_management_network_and_no_defect() {
    let said = "several ports hear spine01 mgmt0: a shared segment, not a cable";
    are("suzieq-nxos", &found("suzieq", "suzieq-nxos", &[]), &[("shared_segment", &[said])]);
}

/// Three leaves were given one loopback address of IPv6.
#[test]
fn cumulus_with_bgp_has_one_loopback_on_three_leaves() {
    let said = [
        "leaf02 and leaf03 both own 2001:db8::12",
        "leaf02 and leaf04 both own 2001:db8::12",
        "leaf03 and leaf04 both own 2001:db8::12",
    ];
    let found = found("suzieq", "suzieq-cumulus-dual-bgp", &[]);
    are("suzieq-cumulus-dual-bgp", &found, &[("duplicate_ip", &said)]);
}

/// Anycast gateways, MLAG system addresses, tunnel ends that pairs share and link-local reuse are meant so.
#[test]
fn cumulus_with_ospf_and_evpn_has_no_defect() {
    are("suzieq-cumulus-ospf-ibgp", &found("suzieq", "suzieq-cumulus-ospf-ibgp", &[]), &[]);
}

/// No log names the node of the gateway's pod, and nothing was read of the network between the nodes.
#[test]
fn a_tracer_leaves_one_pod_unplaced_and_says_nothing_of_the_network() {
    let unread = "nothing was read of the network, so the paths of 28 processes that talk are not judged";
    let unplaced = "process ts-gateway-service-6f6cfc45b-h5m2n runs on no machine that is known";
    let found = found("nezha", "nezha-trainticket", &["trace_2023-01-29_08_52.csv", "placement.csv"]);
    are("nezha-trainticket", &found, &[("network_unread", &[unread]), ("unplaced_process", &[unplaced])]);
}

/// Every pod was placed. The metrics of one have a clock that is years ahead, which is nobody's defect.
#[test]
fn a_tracer_that_placed_every_pod_leaves_the_network_to_be_read() {
    let unread = "nothing was read of the network, so the paths of 10 processes that talk are not judged";
    let files = ["trace_2022-08-22_05_20.csv.gz", "placement.csv", "pod_metrics.csv"];
    let found = found("nezha", "nezha-onlineboutique", &files);
    are("nezha-onlineboutique", &found, &[("network_unread", &[unread])]);
}
