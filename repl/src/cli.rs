//! The command line.

mod souffle;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A live model of a data centre, from cable to client session, reasoned over in Datalog.
#[derive(Debug, Parser)]
#[command(
    name = "strata",
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  strata demo                                      see what this is about, in a minute
  strata                                           a shell with an empty model
  strata rules.dl --facts facts/                   a shell with rules and facts
  strata run rules.dl -F facts/ -D out/            evaluate once, as Soufflé does
  strata script question.strata                    what would be typed into the shell, from a file
  strata check snapshot/                           do the invariants hold, and if not, why not
  strata diff before/ after/                       what follows from a change
  strata whatif snapshot/ leaf_down.dl             what would follow from one
  strata import suzieq tables/ -o snapshot/        real sources to facts
  echo '?- path(\"a\", x).' | strata rules.dl        ask from a script
  strata --hosts a:7001,b:7001 --process 0 rules.dl
                                                   on two machines: there `--hosts a:7001,b:7001 --process 1`

`strata COMMAND --help` says more about a command.
Exit codes: 0 all went well, 1 the input is wrong, 2 Strata could not do it."
)]
pub struct Cli {
    /// What to do; without one, the shell.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the shell starts with.
    #[command(flatten)]
    pub shell: Shell,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Evaluate a program once, as Soufflé does
    Run(Box<Run>),
    /// Say whether the invariants hold over a snapshot, and if not, why not
    Check(Check),
    /// Say what follows from the difference of two snapshots
    Diff(Diff),
    /// Say what would follow from a scenario
    Whatif(Whatif),
    /// Do what stands in a file as if it were typed into the shell, and show it all
    Script(Script),
    /// Lay out rule files as the house does
    Fmt(Fmt),
    /// Run the tests that stand in rule files
    Test(Test),
    /// Write pages about the relations of rule files
    Doc(Doc),
    /// Read real sources and write them as facts
    Import(Import),
    /// Make up a data centre and its trace, with the answers that follow from how it is made
    Synth(crate::synth::Arguments),
    /// Say how much traffic crosses the distribution layer, why, and what would change it
    Study(crate::study::Arguments),
    /// Draw all that as one page, with the topology
    Report(crate::report::Arguments),
    /// Let a scenario happen to each of many elements, and count what follows
    Sweep(crate::sweep::Arguments),
    /// Show what Strata does, on a data centre that is made up, a real network and a real trace
    Demo(Demo),
    /// Say what an error code means and what to do about it
    Explain(Explain),
    /// Make a Rust crate of a program
    Compile(Compile),
    /// Serve an editor: findings, completion, names, formatting
    Lsp(Lsp),
    /// Measure the evaluators on the programs of the benchmark suites
    Bench(crate::bench::Arguments),
}

/// The arguments of the shell.
#[derive(Debug, Args)]
pub struct Shell {
    /// Rule files to load
    pub files: Vec<PathBuf>,
    /// Directory with a fact file for each given relation
    #[arg(long, value_name = "DIR")]
    pub facts: Option<PathBuf>,
    /// Worker threads, in each process if there are several
    #[arg(short = 'j', long = "workers", visible_alias = "jobs", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: u16,
    /// Work with other processes: a file with one `host:port` a line, or these with commas between them
    #[arg(long, value_name = "FILE|HOSTS", requires = "process")]
    pub hosts: Option<String>,
    /// Which of the hosts this process is, from 0. Process 0 has the shell, the others lend it their workers
    #[arg(long, value_name = "I", requires = "hosts")]
    pub process: Option<usize>,
    /// How many seconds to wait for the other processes
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "hosts")]
    pub wait: u64,
}

/// The arguments of `strata run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Relations with `.input` are read from -F (R.facts, tab-separated), those with `.output` are written to -D
(R.csv, tab-separated), as Soufflé does; `.printsize` and queries (`?- body.`) are answered on standard output.
Parameters of the directives say otherwise: other names, delimiters, RFC 4180, JSON, SQLite, standard streams.

Of Soufflé's other flags, --legacy, --inline-exclude and -P/--pragma mean what they mean there; -m, -z, -a, -u and -v change
nothing; those that ask for C++ or other tools of Soufflé are refused by name.

Examples:
  strata run reach.dl -F facts -D out
  strata run reach.dl -F facts -D - -j 2           outputs on standard output
  strata run reach.dl -F facts --profile           and which rules took how long")]
pub struct Run {
    /// The program
    pub file: PathBuf,
    /// Directory with the facts
    #[arg(short = 'F', long = "fact-dir", value_name = "DIR", default_value = ".")]
    pub facts: PathBuf,
    /// Directory for the outputs, made if need be; `-` for all of them on standard output
    #[arg(short = 'D', long = "output-dir", value_name = "DIR", default_value = ".")]
    pub output: PathBuf,
    /// Worker threads; `auto` for as many as the machine has cores
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value = "1", value_parser = jobs)]
    pub jobs: u16,
    /// Directory in which included files are looked for, besides that of the file which includes them; may be repeated
    #[arg(short = 'I', long = "include-dir", value_name = "DIR")]
    pub include: Vec<PathBuf>,
    /// Macros for the preprocessor, with blanks between them: `NAME` or `NAME=BODY`
    #[arg(short = 'M', long = "macro", value_name = "MACROS", allow_hyphen_values = true)]
    pub macros: Vec<String>,
    /// Lines that start with `#` mean nothing
    #[arg(long = "no-preprocessor")]
    pub no_preprocessor: bool,
    /// No warnings, and fact files that are not there are empty
    #[arg(short = 'w', long = "no-warn")]
    pub no_warn: bool,
    /// Warnings with this code are not shown, also `-Wno-CODE`; may be repeated
    #[arg(long = "wno", value_name = "CODE", value_delimiter = ',')]
    pub silent: Vec<String>,
    /// `no-CODE`: the same; anything else changes nothing
    #[arg(short = 'W', value_name = "no-CODE", hide = true)]
    pub warnings: Vec<String>,
    /// Say on standard error, or in a file, what each rule took
    #[arg(long = "profile", value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub profile: Option<Option<PathBuf>>,
    /// The same, as Soufflé takes it: the file stands behind a blank
    #[arg(short = 'p', value_name = "FILE", num_args = 0..=1, hide = true)]
    pub profile_log: Option<Option<PathBuf>>,
    /// Soufflé's other flags
    #[command(flatten)]
    pub souffle: souffle::Souffle,
}

impl Run {
    /// Whether warnings with this code are not wanted.
    pub fn silences(&self, code: &str) -> bool {
        let named = |warning: &String| warning.strip_prefix("no-") == Some(code);
        self.no_warn || self.silent.iter().any(|silent| silent == code) || self.warnings.iter().any(named)
    }
}

/// A number of workers, or `auto`.
fn jobs(text: &str) -> Result<u16, String> {
    let number = match text {
        "auto" => {
            std::thread::available_parallelism().ok().and_then(|n| u16::try_from(n.get()).ok()).unwrap_or(1).min(256)
        }
        text => text.parse().unwrap_or(0),
    };
    if (1..=256).contains(&number) { Ok(number) } else { Err("expected a number from 1 to 256, or `auto`".to_owned()) }
}

/// The arguments of `strata check`.
#[derive(Debug, Args)]
#[command(after_help = "\
A snapshot is a directory of facts. KIND:PATH is what another tool wrote, of a kind that `strata import --list` shows.
An invariant is a relation that must be empty; rule files state one with `.invariant`. Each violation is told with its
message, the proof down to the facts with their file and line, and edits that would repair it.

A suppression stands on a line of its own in the file of --suppress:
  duplicate_ip(\"h1\", _, _) until 2026-12-31 because h1 is being replaced by h2

Examples:
  strata check snapshot/
  strata check snapshot/ --rules site/ --fail-on warning
  strata check suzieq:tables/                      straight over what another tool wrote; violations cite its lines
  strata check nezha:trace.csv nezha:placement.csv --baseline nezha:yesterday/
  strata check after/ --baseline before/           only what is new, what caused it, and what was fixed
  strata check snapshot/ --format sarif > strata.sarif

Exit codes: 0 they hold, 1 one is violated, 2 they could not be checked.")]
pub struct Check {
    /// Snapshots (directories with a fact file for each relation) and raw sources, taken together
    #[arg(value_name = "SNAPSHOT|KIND:PATH", required = true)]
    pub snapshot: Vec<PathBuf>,
    /// Rule files or directories that state further invariants
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub rules: Vec<PathBuf>,
    /// The invariants of --rules only, without the standard ones
    #[arg(long, requires = "rules")]
    pub no_standard: bool,
    /// How violations are shown
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub format: CheckFormat,
    /// Tell only what this one does not have, and what of it was fixed; may be repeated, to be taken together
    #[arg(long, value_name = "SNAPSHOT|KIND:PATH")]
    pub baseline: Vec<PathBuf>,
    /// Violations that are accepted, with a reason and perhaps a date until which
    #[arg(long, value_name = "FILE")]
    pub suppress: Option<PathBuf>,
    /// The least severity that fails
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Look for repairs also where that takes long: every trial evaluates the rules anew
    #[arg(long)]
    pub repair: bool,
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value = "1", value_parser = jobs)]
    pub jobs: u16,
    /// The date by which suppressions expire, instead of today's
    #[arg(long, value_name = "DATE", value_parser = date, hide = true)]
    pub today: Option<String>,
}

/// A date, `YYYY-MM-DD`.
fn date(text: &str) -> Result<String, String> {
    if crate::check::is_date(text) { Ok(text.to_owned()) } else { Err("expected a date, YYYY-MM-DD".to_owned()) }
}

/// What is compared, and how it is shown.
#[derive(Debug, Args)]
pub struct Compared {
    /// Further rule files or directories, whose outputs and invariants are compared, too
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub rules: Vec<PathBuf>,
    /// The given rules only, without the standard ones
    #[arg(long)]
    pub no_standard: bool,
    /// Tell everything that happened, and count the outputs of the standard rules, too
    #[arg(short = 'v', long)]
    pub details: bool,
    /// Show the tuples of this output relation; may be repeated
    #[arg(long, value_name = "RELATION")]
    pub show: Vec<String>,
    /// How differences are shown
    #[arg(long, value_enum, default_value_t = CompareFormat::Human)]
    pub format: CompareFormat,
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value = "1", value_parser = jobs)]
    pub jobs: u16,
}

/// The arguments of `strata diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
First what happened, in words: invariants broken and mended, reachability lost and gained, services down and up, paths and
loads that moved. Then how many tuples each output of your rules lost and gained, and how many changed in their last column
alone. --details tells all of it, --show the tuples of a relation.

Examples:
  strata diff before/ after/
  strata diff before/ after/ --details --show l2_reachable
  strata diff suzieq:monday/ suzieq:tuesday/       straight over what another tool wrote
  strata diff before/ after/ --format json")]
pub struct Diff {
    /// The snapshot before
    #[arg(value_name = "SNAPSHOT|KIND:PATH")]
    pub before: PathBuf,
    /// The snapshot after
    #[arg(value_name = "SNAPSHOT|KIND:PATH")]
    pub after: PathBuf,
    /// What is compared
    #[command(flatten)]
    pub rules: Compared,
}

/// The arguments of `strata whatif`.
#[derive(Debug, Args)]
#[command(after_help = "\
A scenario states edits that are derived from the model itself:
  .scenario one_leaf_down \"leaf01 fails\" { -cable(a, p, b, q) :- cable(a, p, b, q), a = \"leaf01\". }

Examples:
  strata whatif snapshot/ leaf_down.dl
  strata whatif snapshot/ failures.dl --scenario one_leaf_down --show l3_hop")]
pub struct Whatif {
    /// The snapshot
    #[arg(value_name = "SNAPSHOT|KIND:PATH")]
    pub snapshot: PathBuf,
    /// The rule file that states the scenario
    pub file: PathBuf,
    /// Which scenario, where the rules state several
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// What is compared
    #[command(flatten)]
    pub rules: Compared,
}

/// How differences are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CompareFormat {
    /// A summary, and the tuples that are asked for
    Human,
    /// One JSON object, with all tuples
    Json,
}

/// How violations are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CheckFormat {
    /// Messages, proofs and repairs
    Human,
    /// One JSON object, with the proofs
    Json,
    /// JUnit's XML: a test case an invariant
    Junit,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub's annotations
    Github,
    /// The Test Anything Protocol
    Tap,
}

/// The least severity that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Everything
    Info,
    /// Nothing
    Never,
}

/// The arguments of `strata script`.
#[derive(Debug, Args)]
#[command(after_help = "\
What is printed reads as if the lines had been typed: each with its prompt, and below it what the shell says. The first
line that fails ends the script.

Examples:
  strata script question.strata
  strata script question.strata --facts snapshot/ > transcript
  strata script question.strata --no-echo          answers alone, and remarks on standard error

Exit codes: 0 all went well, 1 a line failed, 2 Strata could not do it.")]
pub struct Script {
    /// The file; `-` for standard input
    pub file: PathBuf,
    /// Rule files to load first
    pub rules: Vec<PathBuf>,
    /// Directory with a fact file for each given relation
    #[arg(long, value_name = "DIR")]
    pub facts: Option<PathBuf>,
    /// Go on behind a line that fails
    #[arg(short = 'k', long)]
    pub keep_going: bool,
    /// Do not show the lines; answers go to standard output, all else to standard error
    #[arg(long)]
    pub no_echo: bool,
    /// Worker threads
    #[arg(short = 'j', long = "workers", visible_alias = "jobs", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: u16,
}

/// The arguments of `strata fmt`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only blanks and line breaks change, so the rules keep their meaning and all their comments. A file with errors is left as
it is, and they are told. Of a directory, every .dl file below it is laid out.

Examples:
  strata fmt                                       all rule files below the current directory
  strata fmt --check rules/                        what would change; exit 1 if anything would
  strata fmt - < a.dl                              from standard input to standard output")]
pub struct Fmt {
    /// Files or directories; `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    pub check: bool,
}

/// The arguments of `strata test`.
#[derive(Debug, Args)]
#[command(after_help = "\
A test states facts and says what follows from them by the rules of its file and of what that includes. Facts that stand
in the text of these hold in every test; fact files are not read.

  .test \"a lost uplink\" {
      link(\"h1\", \"s1\").
      expect single_homed(\"h1\", x), x != \"s2\".       something satisfies the body
      expect !path(\"h1\", \"h3\").
      expect count : { path(_, _) } = 1.
      expect only path(\"h1\", \"s1\").                these tuples and no others
  }

Examples:
  strata test                                      all tests below the current directory
  strata test rules/ --filter uplink
  strata test rules/ --junit results.xml")]
pub struct Test {
    /// Rule files or directories
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Run the tests with this text in their name only
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Write the results as JUnit's XML, too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// How results are shown
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub format: TestFormat,
}

/// How the results of tests are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TestFormat {
    /// A line a test, and the difference where one fails
    Human,
    /// One JSON object
    Json,
}

/// The arguments of `strata doc`.
#[derive(Debug, Args)]
#[command(after_help = "\
All files are taken as one program. The pages are HTML, need no server and no network, and tell what the `///` comments
above a declaration say (in Markdown), the rules of each relation, what it reads, what reads it, and its tests.

Example:
  strata doc rules/network rules/trace -o pages/")]
pub struct Doc {
    /// Rule files or directories
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Directory for the pages
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    pub output: PathBuf,
}

/// The arguments of `strata import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every row that cannot be used is counted by reason on standard error; --rejected FILE lists them all.

Examples:
  strata import --list
  strata import suzieq tables/ -o snapshot/
  strata import nezha trace.csv placement.csv -o snapshot/ --rejected rejected.txt")]
pub struct Import {
    /// Say which kinds of sources there are
    #[arg(long)]
    pub list: bool,
    /// What the paths hold
    #[arg(required_unless_present = "list")]
    pub kind: Option<String>,
    /// Files or directories
    #[arg(required_unless_present = "list", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Directory for the snapshot: one file a relation
    #[arg(short = 'o', long = "output", value_name = "SNAPSHOT", required_unless_present = "list")]
    pub output: Option<PathBuf>,
    /// List the rows that could not be used in a file
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
}

/// The arguments of `strata demo`.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
A data centre of 200 machines is made up, and asked what crosses its distribution layer, why, and what would change it.
Then real data, which is inside the binary: a leaf-spine network of Cisco NX-OS switches with EVPN, as polled by SuzieQ, and
three minutes of spans of the Train-Ticket application.

Examples:
  strata demo | less -R
  strata demo --report demo.html                   and the first part as a page")]
pub struct Demo {
    /// Write the report of the data centre, as `strata report` does
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// The arguments of `strata explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strata explain --list                            all codes, as without a code
  strata explain unbound-variable")]
pub struct Explain {
    /// What stands in brackets after `error` or `warning`; without one, all are listed
    pub code: Option<String>,
    /// List the codes
    #[arg(long, conflicts_with = "code")]
    pub list: bool,
}

/// The arguments of `strata compile`.
#[derive(Debug, Args)]
#[command(after_help = "\
The crate stands alone: it needs ascent and fancy-regex and nothing of Strata. Its binary takes -F and -D as `strata run` does,
reads and writes delimited files, and its library gives the derived tuples to other crates.

Example:
  strata compile reach.dl -o reach
  cargo run --release --manifest-path reach/Cargo.toml -- -F facts -D out")]
pub struct Compile {
    /// The program
    pub file: PathBuf,
    /// Directory for the crate
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    pub output: PathBuf,
}

/// The arguments of `strata lsp`.
#[derive(Debug, Args)]
#[command(after_help = "\
The language server protocol over standard input and output; the editor starts the server and ends it. An extension for
VS Code is in `repl/editors/vscode`.")]
pub struct Lsp {
    /// What editors say; there is no other way to talk
    #[arg(long, hide = true)]
    pub stdio: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn files_without_a_command_are_for_the_shell() {
        let cli = Cli::try_parse_from(["strata", "a.dl", "b.dl", "--facts", "f"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.shell.files, [PathBuf::from("a.dl"), PathBuf::from("b.dl")]);
    }

    #[test]
    fn run_takes_the_flags_of_souffle() {
        let cli = Cli::try_parse_from(["strata", "run", "-Fin", "-D", "out", "-j4", "a.dl"]).unwrap();
        let Some(Command::Run(run)) = cli.command else { panic!("not run") };
        assert_eq!((run.facts, run.output, run.jobs, run.no_warn), ("in".into(), "out".into(), 4, false));
        let cli = Cli::try_parse_from(["strata", "run", "-w", "-jauto", "a.dl"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Run(run)) if run.no_warn && run.jobs >= 1));
        assert!(Cli::try_parse_from(["strata", "run", "-j0", "a.dl"]).is_err());
    }

    #[test]
    fn import_needs_a_kind_and_an_output_unless_it_lists() {
        assert!(Cli::try_parse_from(["strata", "import", "--list"]).is_ok());
        assert!(Cli::try_parse_from(["strata", "import"]).is_err());
        assert!(Cli::try_parse_from(["strata", "import", "suzieq", "x"]).is_err());
    }
}
