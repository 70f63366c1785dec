//! Keys that only a terminal has, colours, and a window that becomes wider.

use crate::screen::{CTRL_C, CTRL_D, CTRL_R, CTRL_U, ENTER, TAB, Terminal, at_prompt};
use crate::world;

/// A shell with the rules and facts of the world.
fn loaded(world: &tempfile::TempDir, columns: u16, variables: &[(&str, &str)]) -> Terminal {
    let mut terminal = Terminal::shell(world.path(), columns, variables);
    terminal.ask(".load loads.dl");
    terminal.ask(".facts facts");
    terminal.clear();
    terminal
}

#[test]
fn tab_completes_commands_relations_columns_files_and_constants() {
    let world = world();
    let mut terminal = loaded(&world, 100, &[]);
    for (typed, completed) in [
        (".rel", "strata> .relations"),
        (".load lo", "strata> .load loads.dl"),
        (".facts fa", "strata> .facts facts/"),
        ("?- rem", "strata> ?- remark("),
        ("far(a, b) :- load(a, b, by", "strata> far(a, b) :- load(a, b, bytes"),
        ("?- remark(\"l", "strata> ?- remark(\"leaf0"),
        (".fork new fai", "strata> .fork new failure"),
    ] {
        terminal.types(typed);
        terminal.press(TAB);
        terminal.until_shown(completed);
        terminal.press(CTRL_U);
        terminal.until("an empty line", at_prompt);
    }
    // Where there are several, Tab once more shows them.
    terminal.types("?- remark(\"leaf0");
    terminal.press(TAB);
    terminal.press(TAB);
    terminal.until_shown("leaf01\"");
    terminal.until_shown("leaf03\"");
    terminal.press(CTRL_U);
    terminal.clear();
    // What could follow stands behind the cursor, dimmed.
    terminal.types("?- load(");
    terminal.until_shown("?- load(from, to, bytes)");
    let (row, column) = terminal.screen().cursor_position();
    let hint = terminal.screen().cell(row, column).expect("a cell");
    assert!(hint.contents() == "f" && hint.dim(), "{hint:?}");
    terminal.press(CTRL_U);
    terminal.until("an empty line", at_prompt);
    terminal.types(".diff");
    terminal.until_shown(".diff [A] FORK [RELATION]");
}

#[test]
fn a_statement_of_several_lines_is_one_entry_of_the_history_also_of_the_next_session() {
    let world = world();
    let mut terminal = loaded(&world, 100, &[]);
    terminal.types("?- load(from, to, bytes),");
    terminal.press(ENTER);
    terminal.until_shown("   ...>");
    terminal.until("the second line", at_prompt);
    terminal.types("bytes > 30.");
    terminal.press(ENTER);
    terminal.until_shown("s1    s2     40");
    terminal.until("the next prompt", at_prompt);
    // A statement that is begun is given up by Ctrl-C.
    terminal.clear();
    terminal.types("far(x, y) :-");
    terminal.press(ENTER);
    terminal.until("the second line", at_prompt);
    terminal.press(CTRL_C);
    terminal.until("the prompt", |screen| at_prompt(screen) && screen.contents().trim_end().ends_with("strata>"));
    assert!(terminal.ask("?- load(\"s3\", x, _).").contains("\ns4\n"));
    terminal.clear();
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends().code(), Some(0));

    let mut terminal = loaded(&world, 100, &[]);
    terminal.press(CTRL_R);
    terminal.until_shown("reverse-i-search");
    terminal.press("bytes > 3");
    terminal.until_shown("bytes > 30.");
    terminal.press(ENTER);
    terminal.until_shown("s1    s2     40");
    terminal.until("the next prompt", at_prompt);
}

#[test]
fn ctrl_c_stops_a_query_and_neither_the_shell_nor_the_model() {
    let world = world();
    let mut terminal = loaded(&world, 100, &[]);
    terminal.ask(".decl n(x: number)  n(0).  n(x + 1) :- n(x), x < 300.");
    terminal.clear();
    terminal.types("?- n(a), n(b), n(c), n(d), a + b + c + d < 0.");
    terminal.press(ENTER);
    // Whatever takes long says so, and how to stop it.
    terminal.until_shown("Ctrl-C stops it");
    terminal.press(CTRL_C);
    terminal.until_shown("stopped; the model is as it was");
    terminal.until("the next prompt", at_prompt);
    assert!(!terminal.text().contains("Ctrl-C stops it"), "progress is wiped away:\n{}", terminal.text());
    assert!(terminal.ask(".relations n").contains("301"));
    assert!(terminal.ask("?- far(\"s1\", x).").contains("\ns4\n"));
    // A rule that never ends, too; nothing of it stays.
    terminal.clear();
    terminal.types("n(x + 1) :- n(x), x < 1000000000000.");
    terminal.press(ENTER);
    terminal.until_shown("Ctrl-C stops it");
    terminal.press(CTRL_C);
    terminal.until_shown("stopped; the model is as it was");
    terminal.until("the next prompt", at_prompt);
    assert!(terminal.ask(".relations n").contains("301"));
    assert!(terminal.ask("+load(\"s4\", \"s9\", 1).").contains("1 inserted"));
    assert!(terminal.ask("?- far(\"s1\", \"s9\").").contains("yes"));
}

#[test]
fn ctrl_c_stops_a_sweep_and_shows_what_there_is() {
    let world = world();
    let mut terminal = loaded(&world, 100, &[]);
    terminal.ask(".decl n(x: number)  n(0).  n(x + 1) :- n(x), x < 5000.");
    terminal.ask(".decl m(x: number)  m(x) :- n(x), x < 80.  .decl each(x: number)");
    terminal.ask(".decl hit(x: number)  .decl pair(a: number, b: number, c: number)");
    terminal.ask("pair(a, b, c) :- hit(c), m(a), m(b).");
    terminal.ask(".unload loads.dl");
    terminal.ask(".decl swept(x: number)  .scenario hits \"one is hit\" { +hit(x) :- swept(x). }");
    terminal.clear();
    terminal.types(".sweep hits n(x) pair");
    terminal.press(ENTER);
    // How far it is, and how to stop it.
    terminal.until_shown(" of 5001 done; Ctrl-C stops it");
    terminal.press(CTRL_C);
    terminal.until_shown("elements change something");
    terminal.until("the next prompt", at_prompt);
    let shown = terminal.text();
    assert!(shown.contains("stopped after ") && shown.contains("6400"), "{shown}");
    assert!(!shown.contains("finishing a change") && !shown.contains("Ctrl-C stops it"), "{shown}");
    assert!(terminal.ask("?- hit(x).").contains("no tuples"));
    assert!(terminal.ask(".sweep hits m(x) pair").contains("80 of 80 elements change something"));
}

/// Whether there is a sequence that chooses a colour or a weight.
fn has_colour(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw).into_owned();
    let mut rest = text.split("\u{1b}[");
    rest.next();
    rest.any(|sequence| sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
}

#[test]
fn there_are_colours_unless_they_are_not_wanted() {
    let world = world();
    for (variables, wanted) in [
        (&[][..], true),
        (&[("NO_COLOR", "1")], false),
        (&[("TERM", "dumb"), ("NO_COLOR", "")], false),
        (&[("CLICOLOR", "0")], false),
    ] {
        let command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_strata"));
        let mut terminal = Terminal::start(command, world.path(), 100, variables);
        terminal.until_shown("strata>");
        terminal.press("?- lnik(x).\r");
        terminal.until_shown("unknown-relation");
        terminal.press(".quit\r");
        terminal.ends();
        assert_eq!(has_colour(&terminal.raw), wanted, "{variables:?}: {}", String::from_utf8_lossy(&terminal.raw));
    }
}

#[test]
fn tables_fit_the_terminal_as_wide_as_it_has_become() {
    let world = world();
    let mut terminal = loaded(&world, 80, &[]);
    let ask = "?- remark(device, what, who, why).";
    let narrow = terminal.ask(ask);
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    assert!(narrow.lines().count() > 8 && terminal.too_long(0).is_empty(), "{narrow}");
    terminal.resize(200);
    let wide = terminal.ask(ask);
    assert!(wide.lines().any(|line| line.chars().count() > 80) && wide.lines().count() < 8, "{wide}");
    terminal.resize(80);
    let again = terminal.ask(ask);
    assert_eq!(again, narrow);
}
