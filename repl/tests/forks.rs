//! Forks in the shell: what is typed, and what is said.

mod session;

use repl::shell::{Options, Shell};
use session::{fail, say};

/// Clients, the farms that serve them, and how many serve each.
const FARMS: &str = "\
.decl farm(client: symbol, farm: symbol)
.input farm
.decl legacy(farm: symbol)
.input legacy
.decl served(client: symbol, farms: number)
served(c, n) :- farm(c, _), n = count : { farm(c, _) }.
.scenario renewed \"legacy farms are replaced by one\" {
    -farm(c, f) :- farm(c, f), legacy(f).
    +farm(c, \"new\") :- farm(c, f), legacy(f).
}
";

fn shell() -> Shell {
    let mut shell = Shell::new(Options::default()).expect("a shell starts");
    let response = shell.line(FARMS);
    assert!(!response.failed(), "{response}");
    say(&mut shell, r#"+farm("c1", "f1"). +farm("c1", "f2"). +farm("c2", "f2"). +legacy("f1")."#);
    shell
}

#[test]
fn what_is_typed_in_a_fork_is_so_in_the_fork() {
    let mut shell = shell();
    assert_eq!(shell.prompt(), "strata> ");
    assert_eq!(say(&mut shell, ".fork cut"), "fork `cut` of base\n");
    assert_eq!(shell.prompt(), "strata:cut> ");
    let told = say(&mut shell, r#"-farm("c1", "f1")."#);
    assert!(told.ends_with(" in cut: 0 inserted, 1 retracted\n"), "{told}");
    assert_eq!(say(&mut shell, "?- served(\"c1\", n)."), "n\n─\n1\n");
    assert!(say(&mut shell, ".relations farm").contains("2"), "relations are counted in the fork");
    assert_eq!(say(&mut shell, "?- served(c, n), n > 1."), "no tuples\n");
    // Rules are everybody's, and are answered for the fork.
    assert_eq!(say(&mut shell, ".decl many(c: symbol) many(c) :- served(c, n), n > 1."), "many: 0 tuples\n");
    assert_eq!(say(&mut shell, ".use base"), "in base\n");
    assert_eq!(say(&mut shell, "?- many(c)."), "c\n──\nc1\n");
    assert_eq!(
        say(&mut shell, ".diff cut"),
        "-farm(\"c1\", \"f1\")\n+served(\"c1\", 1)\n-served(\"c1\", 2)\n-many(\"c1\")\ncut against base: 1 tuple more, 3 less\n"
    );
    assert_eq!(say(&mut shell, ".diff cut many"), "-many(\"c1\")\ncut against base: 0 tuples more, 1 less\n");
    assert_eq!(say(&mut shell, ".diff cut base many"), "+many(\"c1\")\nbase against cut: 1 tuple more, 0 less\n");
}

#[test]
fn a_fork_follows_its_scenario_and_is_watched_there() {
    let mut shell = shell();
    assert_eq!(
        say(&mut shell, ".fork new renewed"),
        "fork `new` of base follows scenario `renewed`: 1 fact inserted, 1 retracted\n"
    );
    assert_eq!(say(&mut shell, ".watch served"), "watching `served`, which has 2 tuples now\n");
    say(&mut shell, ".use base");
    let told = say(&mut shell, r#"+legacy("f2")."#);
    assert!(told.ends_with(": 1 inserted, 0 retracted\nnew: +served(\"c1\", 1)\nnew: -served(\"c1\", 2)\n"), "{told}");
    assert_eq!(
        say(&mut shell, ".forks"),
        "fork  of    scenario  inserted  retracted  without effect\n\
         ─────────────────────────────────────────────────────────\n\
         new   base  renewed          2          3               0\n"
    );
    let told = say(&mut shell, ".merge new");
    assert!(told.contains("`new` is merged into base: 2 inserted, 3 retracted\n"), "{told}");
    assert_eq!(say(&mut shell, "?- farm(c, f)."), "c   f\n───────\nc1  new\nc2  new\n");
    assert_eq!(say(&mut shell, ".forks"), "no forks; `.fork NAME` opens one\n");
}

#[test]
fn forks_of_forks_end_from_the_inside_or_are_handed_on() {
    let mut shell = shell();
    say(&mut shell, ".fork a");
    assert_eq!(say(&mut shell, ".fork b"), "fork `b` of a\n");
    say(&mut shell, r#"-farm("c2", "f2")."#);
    assert_eq!(fail(&mut shell, ".discard a"), "error: there are forks of `a`: discard or merge `b` first\n");
    assert_eq!(say(&mut shell, ".diff a"), "no difference: the edits of `a` have no effect\n");
    let told = say(&mut shell, ".merge a");
    assert!(told.ends_with("0 inserted, 0 retracted; its edits had no effect\n"), "{told}");
    assert_eq!(shell.prompt(), "strata:b> ");
    let told = say(&mut shell, r#"-farm("c2", "f2")."#);
    assert!(told.ends_with("1 without effect\n"), "{told}");
    assert_eq!(say(&mut shell, ".discard b"), "fork `b` is forgotten\n");
    assert_eq!(shell.prompt(), "strata> ");
    assert_eq!(say(&mut shell, "?- served(\"c2\", n)."), "n\n─\n1\n");
}

#[test]
fn what_is_wrong_with_a_fork_is_told_and_near_names_are_suggested() {
    let mut shell = shell();
    say(&mut shell, ".fork cut");
    assert_eq!(fail(&mut shell, ".use cutt"), "error: there is no fork `cutt`; did you mean `cut`?\n");
    assert_eq!(fail(&mut shell, ".fork cut"), "error: `cut` is a fork; `.use cut`\n");
    assert_eq!(fail(&mut shell, ".fork base"), "error: `base` is the model itself\n");
    assert_eq!(fail(&mut shell, ".merge base"), "error: `base` is the model itself and cannot be merged\n");
    assert!(fail(&mut shell, ".fork \"a b\"").starts_with("error: `a b` is no name of a fork"));
    assert_eq!(
        fail(&mut shell, ".fork other renewd"),
        "error: there is no scenario `renewd`; did you mean `renewed`?\n"
    );
    assert_eq!(fail(&mut shell, ".diff cut servd"), "error: there is no relation `servd`; did you mean `served`?\n");
}

#[test]
fn a_fact_of_the_text_that_a_merged_fork_has_retracted_does_not_come_back() {
    let mut shell = shell();
    say(&mut shell, "legacy(\"f7\").");
    say(&mut shell, ".fork cut");
    say(&mut shell, "-legacy(\"f7\").");
    assert_eq!(say(&mut shell, ".use base"), "in base\n");
    assert_eq!(say(&mut shell, "?- legacy(f)."), "f\n──\nf1\nf7\n");
    say(&mut shell, ".merge cut");
    say(&mut shell, ".decl more(f: symbol) more(f) :- legacy(f).");
    assert_eq!(say(&mut shell, "?- more(f)."), "f\n──\nf1\n");
}

#[test]
fn a_scenario_that_goes_leaves_its_edits_in_the_fork() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("more.dl");
    std::fs::write(&path, ".scenario more { +legacy(\"f9\"). }\n").expect("a scratch file is written");
    let mut shell = shell();
    say(&mut shell, &format!(".load {}", path.display()));
    say(&mut shell, ".fork m more");
    let told = say(&mut shell, &format!(".unload {}", path.display()));
    assert!(told.contains("fork `m` keeps the edits of scenario `more`, which is gone"), "{told}");
    assert_eq!(say(&mut shell, "?- legacy(f)."), "f\n──\nf1\nf9\n");
    let told = fail(&mut shell, &format!(".unload {}", path.display()));
    assert!(told.ends_with(" is not loaded\n"), "{told}");
}

/// What a shell with a file of rules, two forks (one of which follows a scenario) and watches says about all of it.
fn state(shell: &mut Shell) -> Vec<String> {
    let mut said = Vec::new();
    for fork in ["base", "cut", "new"] {
        say(shell, &format!(".use {fork}"));
        said.extend(["?- farm(c, f).", "?- served(c, n).", "?- many(c)."].map(|query| say(shell, query)));
    }
    said.extend([".forks", ".relations", ".rules", ".schema"].map(|command| say(shell, command)));
    say(shell, ".use base");
    said
}

#[test]
fn a_change_that_fails_leaves_the_model_its_forks_and_its_watches_as_they_were() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("rules.dl");
    let rules = ".decl many(c: symbol)\nmany(c) :- served(c, n), n > 1.\n";
    std::fs::write(&path, rules).expect("a scratch file is written");
    let load = format!(".load {}", path.display());
    let mut shell = shell();
    say(&mut shell, &load);
    say(&mut shell, ".decl none() none() :- !many(_).");
    say(&mut shell, ".watch many");
    say(&mut shell, ".fork cut");
    say(&mut shell, r#"-farm("c1", "f1")."#);
    say(&mut shell, ".watch many");
    say(&mut shell, ".use base");
    say(&mut shell, ".fork new renewed");
    let before = state(&mut shell);
    // Each kind of change that can fail, typed or from a file, and the code or words that say why.
    let typed = [
        ("many(c) :- servd(c, _).", "unknown-relation"),
        ("many(c) :- served(_, _).", "unbound-variable"),
        ("many(n) :- served(_, n).", "type-mismatch"),
        ("many(c) :- served(c, _), !many(c).", "negation-through-recursion"),
        (".decl many(c: symbol, d: symbol)", "duplicate-name"),
        (".scenario other { -served(c, n) :- served(c, n). }", "not-editable"),
        (".scenario renewed { +legacy(\"x\"). }", "duplicate-name"),
    ];
    for (line, why) in typed {
        let told = fail(&mut shell, line);
        assert!(told.contains(why), "{line}: {told}");
        assert_eq!(state(&mut shell), before, "{line}");
    }
    let pick = ".decl pick(c: symbol, f: symbol) choice-domain c, f\npick(c, f) :- farm(c, f).\n";
    let not_live = format!("{rules}{pick}");
    let files = [
        (&*not_live, "not-live"),
        ("many(c) :- served(c, _)", "syntax-error"),
        (".decl many(c: symbol)\nmany(c) :- servd(c, _).\n", "unknown-relation"),
        (".decl many(c: symbol, n: number)\nmany(c, n) :- served(c, n).\n", "wrong-arity"),
        (".include \"nowhere.dl\"\n", "include-failed"),
        ("", "unknown-relation"),
    ];
    for (text, why) in files {
        std::fs::write(&path, text).expect("a scratch file is written");
        let told = fail(&mut shell, &load);
        assert!(told.contains(why), "{text}: {told}");
        assert_eq!(state(&mut shell), before, "{text}");
    }
    std::fs::remove_file(&path).expect("a scratch file goes");
    assert!(fail(&mut shell, &load).contains("cannot read"));
    let told = fail(&mut shell, &format!(".unload {}", path.display()));
    assert!(told.contains("unknown-relation"), "`none` needs `many`: {told}");
    assert_eq!(state(&mut shell), before);
    // The watches go on, in the base and in the fork.
    let told = say(&mut shell, r#"+farm("c2", "f9")."#);
    assert!(told.ends_with("\n+many(\"c2\")\ncut: +many(\"c2\")\n"), "{told}");
}
