//! The table of commands.

use super::{Argument, Command, Verb};

/// All commands, by name.
pub static COMMANDS: &[Command] = &[
    Command {
        verb: Verb::Bars,
        name: "bars",
        usage: ".bars RELATION|QUERY",
        line: "draw the last column as bars",
        help: "A bar for each row, the greatest first; what does not fit is summed up. Over one column of numbers, \
               as in `.bars traffic(_, _, _, _, minute, _, bytes)`, bars stand in its order. A QUERY is the body of \
               one: `.bars link_load(from, _, parts)`.",
        arguments: &[Argument::Question],
        required: 1,
        repeats: true,
    },
    Command {
        verb: Verb::Cdf,
        name: "cdf",
        usage: ".cdf RELATION|QUERY",
        line: "draw how the last column is distributed",
        help: "For each value, the share of the rows that have at most that much. Where the greatest is a thousand \
               times the least, the axis is logarithmic.",
        arguments: &[Argument::Question],
        required: 1,
        repeats: true,
    },
    Command {
        verb: Verb::Diff,
        name: "diff",
        usage: ".diff [A] FORK [RELATION]",
        line: "what is otherwise in a fork",
        help: "Shows the tuples that FORK has and A has not with a `+`, and those that A has alone with a `-`: in \
               RELATION, or in all that are declared. Without A, compares with what FORK is a fork of; `base` is the \
               model itself.",
        arguments: &[Argument::Fork, Argument::Fork, Argument::Relation],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Discard,
        name: "discard",
        usage: ".discard FORK",
        line: "forget a fork and its edits",
        help: "What it holds in memory is free again soon. Forks of FORK must go first.",
        arguments: &[Argument::Fork],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Drop,
        name: "drop",
        usage: ".drop RELATION",
        line: "forget the rules of a relation",
        help: "Takes the rules of RELATION, and the facts that the program states for it, out of the program; its \
               declaration stays. A file they came from is not touched: `.load` it again to have them back. What depends \
               on RELATION follows at once.",
        arguments: &[Argument::Relation],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Explain,
        name: "explain",
        usage: ".explain [CODE]",
        line: "what an error code means and what to do about it",
        help: "CODE is what stands in brackets after `error` or `warning`, such as `unbound-variable`. Without CODE, \
               lists the codes.",
        arguments: &[Argument::Code],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Facts,
        name: "facts",
        usage: ".facts DIRECTORY",
        line: "read fact files: one for each relation that has one",
        help: "A relation R is read from R.csv (with a header), R.facts (tab-separated), R.jsonl or R.parquet in \
               DIRECTORY, the first three also with .gz behind, or from the file that its `.input` names. Programs that are loaded later read their \
               facts from there, too.",
        arguments: &[Argument::Directory],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Fork,
        name: "fork",
        usage: ".fork NAME [SCENARIO]",
        line: "open a counterfactual, and go into it",
        help: "NAME becomes a fork of the model that is current: it moves on with that one, but for what is edited in it. \
               What is asked, edited and watched from here on is so in NAME; the prompt shows it, `.use base` leads \
               back. With SCENARIO, a `.scenario` of the program, the fork has that one's edits, and keeps them current \
               with what it is a fork of; edits typed go before them. A fork costs what its edits change.",
        arguments: &[Argument::New, Argument::Scenario],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Forks,
        name: "forks",
        usage: ".forks",
        line: "the forks, and what their edits come to",
        help: "Counts the facts that a fork has and what it is a fork of has not, those that it has not, and edits that \
               say what is so anyway.",
        arguments: &[],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Heatmap,
        name: "heatmap",
        usage: ".heatmap RELATION|QUERY",
        line: "draw the last column by the first two, in shades",
        help: "The last column is summed over all but the first two: one goes down, the other across. What does not \
               fit shares the last place; numbers are in ranges.",
        arguments: &[Argument::Question],
        required: 1,
        repeats: true,
    },
    Command {
        verb: Verb::Help,
        name: "help",
        usage: ".help [COMMAND]",
        line: "this list, or more about one command",
        help: "Everything that is not a command is Datalog; `.help` shows the forms.",
        arguments: &[Argument::Command],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::HowTo,
        name: "howto",
        usage: ".howto [-]FACT [with RELATION…]",
        line: "the smallest edits that would derive a tuple, or with `-` remove it",
        help: "Searches for sets of facts to insert and retract, the smallest first, and tries each in a fork before it is \
               shown; the model stays as it is. With relations behind `with`, only their facts are edited: \
               `.howto -reaches(\"h1\", \"h2\") with cable`. What is shown can be typed.",
        arguments: &[Argument::Fact],
        required: 1,
        repeats: true,
    },
    Command {
        verb: Verb::Import,
        name: "import",
        usage: ".import KIND PATH…",
        line: "read facts from a real source",
        help: "KIND says what PATH holds; `strata import --list` lists the kinds. Only relations that the program \
               declares are filled. Rows that cannot be used are counted; `.rejected` lists them.",
        arguments: &[Argument::ImportKind, Argument::File],
        required: 2,
        repeats: true,
    },
    Command {
        verb: Verb::Limit,
        name: "limit",
        usage: ".limit [ROWS|all]",
        line: "how many rows of an answer are shown",
        help: "Answers that are longer are cut, and say so. `.limit all` shows everything. Without an argument, says \
               what the limit is.",
        arguments: &[Argument::Limit],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Load,
        name: "load",
        usage: ".load FILE…",
        line: "add the declarations, facts and rules of files to the program",
        help: "A file that is loaded already is read anew, and its new text takes the place of the old one. If there is \
               an error in it, the model stays as it was. A name with blanks stands in quotes; a byte of it that is no \
               text is written `\\xHH`, as Tab does.",
        arguments: &[Argument::File],
        required: 1,
        repeats: true,
    },
    Command {
        verb: Verb::Merge,
        name: "merge",
        usage: ".merge FORK",
        line: "make the edits of a fork those of what it is a fork of",
        help: "Its edits are made in one epoch, those of its scenario as they are now, and FORK is gone. Forks of it are \
               forks of what it was a fork of.",
        arguments: &[Argument::Fork],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::More,
        name: "more",
        usage: ".more",
        line: "the next rows of the last answer",
        help: "As many as `.limit` says. `.sort` starts again with the first.",
        arguments: &[],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Path,
        name: "path",
        usage: ".path A B",
        line: "draw the ways of packets from A to B, layer by layer",
        help: "A and B are machines, addresses or processes. Each line is a device, further to the right the higher \
               its layer, and devices of one step are equal alternatives. Needs the standard rules, `.include \
               <network.dl>`; if there is no way, says what is missing. In a fork, the way there. The way back may \
               be another: `.path B A`.",
        arguments: &[Argument::Endpoint, Argument::Endpoint],
        required: 2,
        repeats: false,
    },
    Command {
        verb: Verb::Plan,
        name: "plan",
        usage: ".plan [RELATION]",
        line: "how relations are computed, step by step",
        help: "Shows the plan of RELATION, or of the whole program.",
        arguments: &[Argument::Relation],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Profile,
        name: "profile",
        usage: ".profile",
        line: "what each rule takes: tuples and time",
        help: "Evaluates the rules once, over the facts of the current model and beside it, and lists those that \
               took longest first, each with its place and as it was written. `from rows` and `bindings` say what a \
               rule went through, `new tuples` what came of it, `order` in which its atoms were joined.",
        arguments: &[],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Quit,
        name: "quit",
        usage: ".quit",
        line: "leave; so does Ctrl-D",
        help: "The model is in memory: what was typed is gone, but for the history of the lines.",
        arguments: &[],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Rejected,
        name: "rejected",
        usage: ".rejected [REASON]",
        line: "rows of sources that could not be used, by reason",
        help: "Counts the rows that `.facts` and `.import` could not use, by reason. With REASON, lists them with file \
               and line.",
        arguments: &[Argument::Reason],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Relations,
        name: "relations",
        usage: ".relations [TEXT]",
        line: "the relations, and how many tuples each one has",
        help: "With TEXT, only those with TEXT in their name. A relation is given (its tuples are facts) or derived (by \
               rules), or both.",
        arguments: &[Argument::Relation],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Rules,
        name: "rules",
        usage: ".rules [RELATION]",
        line: "the rules of the program, or of one relation",
        help: "Shows the rules as they stand in the source, with the place where they stand.",
        arguments: &[Argument::Relation],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Save,
        name: "save",
        usage: ".save RELATION|QUERY FILE",
        line: "write tuples to a file",
        help: "All of them, as the name of FILE says: .csv with a header, .facts as Soufflé's, .json a list of \
               objects, .jsonl an object a line, .parquet packed by column, .sqlite a table. A file that was there is \
               replaced.",
        arguments: &[Argument::Question, Argument::File],
        required: 2,
        repeats: true,
    },
    Command {
        verb: Verb::Schema,
        name: "schema",
        usage: ".schema [RELATION]",
        line: "columns, types and documentation of a relation",
        help: "Without RELATION, shows the declarations of all relations.",
        arguments: &[Argument::Relation],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Sort,
        name: "sort",
        usage: ".sort [[-]COLUMN…]",
        line: "show the last answer again, sorted",
        help: "By these columns, named or by number from 1, with `-` from the greatest value on: `.sort -bytes`. \
               Without COLUMN, by all from the first on.",
        arguments: &[Argument::Column],
        required: 0,
        repeats: true,
    },
    Command {
        verb: Verb::Streams,
        name: "streams",
        usage: ".streams [on|settle]",
        line: "let the events of streams pass, and say what came of them",
        help: "`.streams on`: from now on the tuples of relations that are declared `.stream` are events. What is folded \
               of them stays, they themselves leave with their horizon, and facts that there are become events, too. \
               `.streams settle` folds what is still waited for, as if there were no more events. Without an argument, \
               counts the events, and those that were set aside.",
        arguments: &[Argument::Streams],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Sweep,
        name: "sweep",
        usage: ".sweep [KIND|pairs WHICH|SCENARIO [EACH [RELATION…]]]",
        line: "let each element fail, or a scenario happen to each, and rank what follows",
        help: "Without a scenario, each element fails in a fork of its own, on top of what has failed already: `element` \
               (devices and cables), `device`, `host`, `switch`, `cable`, or a role of devices. Of each one that does harm, \
               shows the services that are down, sessions lost, pairs of processes cut, links overloaded, and the link \
               that is used most after rerouting, the worst first. Two fail at once with `pairs`: `mlag`, every two of \
               some kinds (`pairs core,distribution`), or those of a file, two elements a line. Needs the standard \
               rules, `.include <failure.dl>`; for more traffic, `+growth(150).` in a fork. A SCENARIO reads the \
               relation `swept`, into which one of EACH is put at a time, `link(a, b)` for all values of these columns; \
               shows how many tuples of each RELATION, or of invariants and outputs, there are more and less. Ctrl-C \
               shows what there is so far. The model stays as it is.",
        arguments: &[Argument::Swept, Argument::Relation],
        required: 0,
        repeats: true,
    },
    Command {
        verb: Verb::Time,
        name: "time",
        usage: ".time [on|off]",
        line: "say how long each input took",
        help: "Without an argument, says whether it is on.",
        arguments: &[Argument::Switch],
        required: 0,
        repeats: false,
    },
    Command {
        verb: Verb::Unload,
        name: "unload",
        usage: ".unload FILE",
        line: "take a file that was loaded out of the program",
        help: "Its declarations, facts and rules go, and what depends on them follows at once. If something that stays \
               needs them, the model stays as it was.",
        arguments: &[Argument::File],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Unwatch,
        name: "unwatch",
        usage: ".unwatch RELATION",
        line: "stop showing the changes of a relation",
        help: "The opposite of `.watch`.",
        arguments: &[Argument::Relation],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Use,
        name: "use",
        usage: ".use FORK",
        line: "go into a fork, or back to the model: `.use base`",
        help: "What is asked, edited and watched from here on is so in FORK.",
        arguments: &[Argument::Fork],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Watch,
        name: "watch",
        usage: ".watch RELATION",
        line: "from now on, show what changes in a relation",
        help: "After each edit, and each change of the rules, the tuples that RELATION gained are shown with a `+` and \
               those it lost with a `-`. In a fork, it is watched there, and the name of the fork stands before them.",
        arguments: &[Argument::Relation],
        required: 1,
        repeats: false,
    },
    Command {
        verb: Verb::Why,
        name: "why",
        usage: ".why FACT",
        line: "why a tuple holds, down to facts with file and line",
        help: "Shows a proof that no other is lower than: below each tuple stands what derives it, and to its right the \
               line of the rule, or of the fact. FACT may have variables and `_`, as in `.why path(\"h1\", x)`: then the \
               first of the tuples that agree with it is explained. What `no` stands before is absent. `.limit all` shows \
               proofs whole.",
        arguments: &[Argument::Fact],
        required: 1,
        repeats: true,
    },
    Command {
        verb: Verb::WhyNot,
        name: "whynot",
        usage: ".whynot FACT",
        line: "why a tuple does not hold: the rule that comes nearest, and what fails",
        help: "Of the rules that could derive it, the one with the fewest literals that fail is shown, with the values that \
               satisfy the others: ✓ holds, ✗ fails, ? depends on what fails. FACT may have variables and `_`. Ask on with \
               `.whynot` for a literal that fails.",
        arguments: &[Argument::Fact],
        required: 1,
        repeats: true,
    },
];
