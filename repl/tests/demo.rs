//! The demonstration says what is so: what it shows of the network is what `reference.jsonl` of that data says, what it
//! counts in the trace is what the data's README states.

#[test]
fn the_demonstration_shows_paths_and_what_a_pulled_cable_changes() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    repl::demo::run(&Default::default(), &mut repl::output::Output::plain(&mut out, &mut err))
        .expect("the demonstration runs");
    let out = String::from_utf8(out).expect("output is UTF-8");
    assert_eq!(String::from_utf8_lossy(&err), "");
    let before = "\
    server101 ─┬─ [leaf01] ─┬─ spine01 ─┬─ [leaf03] ─┬─ server301
               └─ [leaf02] ─┴─ spine02 ─┴─ [leaf04] ─┘

8 equal-cost paths.";
    let changed = "\
server102 → server302: 6 equal-cost paths, 8 before
  - step 2: leaf01 → spine01
";
    for expected in [
        "How much is it, why, and what would keep it below?",
        "numbers are what the construction of the data centre implies",
        "    server102 ─┬─ leaf01 ─┬─ spine01 ─┬─ leaf03 ─┬─ server302\n",
        before,
        changed,
        "    but not leaf01 → spine01\n",
        "all paths are as they were",
        "10243 transactions in 137 trees, up to 16 deep",
        "ts-seat-service     ts-config-service       210\n",
    ] {
        assert!(out.contains(expected), "{expected}\n--- in ---\n{out}");
    }
}
