//! Flags of the `souffle` command that `strata run` knows besides its own: those that change no result are accepted, those
//! that ask for C++ or for another tool of Soufflé's are refused, with what to do instead.

use clap::Args;
use std::ffi::OsString;

/// The flags. Help does not list each of them.
#[derive(Debug, Default, Args)]
pub struct Souffle {
    /// Values of a type may stand in columns of a subtype, as `.pragma "legacy"` says in a text
    #[arg(long, hide = true)]
    pub legacy: bool,
    /// What `.pragma` says in a text: `KEY` or `KEY:VALUE`; may be repeated
    #[arg(short = 'P', long = "pragma", value_name = "KEY:VALUE", hide = true)]
    pub pragmas: Vec<String>,
    /// Relations that are not inlined, separated by commas, as `.pragma "inline-exclude"` says in a text
    #[arg(long, hide = true)]
    inline_exclude: Option<String>,

    // Hints: the planner decides itself what they are about.
    #[arg(short = 'm', long, hide = true)]
    magic_transform: Option<String>,
    #[arg(long, hide = true)]
    magic_transform_exclude: Option<String>,
    #[arg(short = 'z', long, hide = true)]
    disable_transformers: Option<String>,
    #[arg(short = 'a', long, hide = true)]
    auto_schedule: Option<OsString>,
    #[arg(short = 'u', long, hide = true)]
    profile_use: Option<OsString>,
    #[arg(long, hide = true)]
    emit_statistics: bool,
    #[arg(long, hide = true)]
    profile_frequency: bool,
    #[arg(short = 'v', long, hide = true)]
    verbose: bool,

    // Refused.
    #[arg(short = 'c', long, hide = true)]
    compile: bool,
    #[arg(short = 'C', long, hide = true)]
    compile_many: bool,
    #[arg(short = 'g', long, hide = true)]
    generate: Option<OsString>,
    #[arg(short = 'G', long, hide = true)]
    generate_many: Option<OsString>,
    #[arg(short = 'N', long, hide = true)]
    generate_namespace: Option<OsString>,
    #[arg(short = 'o', long, hide = true)]
    dl_program: Option<OsString>,
    #[arg(short = 's', long, hide = true)]
    swig: Option<OsString>,
    #[arg(short = 'l', long, hide = true)]
    libraries: Vec<OsString>,
    #[arg(short = 'L', long, hide = true)]
    library_dir: Vec<OsString>,
    #[arg(long, hide = true)]
    preprocessor: Option<OsString>,
    #[arg(short = 'r', long, hide = true)]
    debug_report: Option<OsString>,
    #[arg(short = 't', long, hide = true)]
    provenance: Option<OsString>,
    #[arg(long, hide = true)]
    live_profile: bool,
    #[arg(long, hide = true)]
    parse_errors: bool,
    #[arg(long, hide = true)]
    show: Vec<String>,
}

impl Souffle {
    /// What is wrong with the flags: the first that is refused, and what to do instead.
    pub fn refused(&self) -> Option<String> {
        const CODE: &str = "asks for C++; leave it out, or make a Rust crate with `strata compile`";
        const LIBRARY: &str = "names a shared library; functors in C++ cannot be called";
        let flags = [
            (self.compile, "--compile", CODE),
            (self.compile_many, "--compile-many", CODE),
            (self.generate.is_some(), "--generate", CODE),
            (self.generate_many.is_some(), "--generate-many", CODE),
            (self.generate_namespace.is_some(), "--generate-namespace", CODE),
            (self.dl_program.is_some(), "--dl-program", CODE),
            (self.swig.is_some(), "--swig", CODE),
            (!self.libraries.is_empty(), "--libraries", LIBRARY),
            (!self.library_dir.is_empty(), "--library-dir", LIBRARY),
            (self.preprocessor.is_some(), "--preprocessor", "is not needed; Strata has a preprocessor of its own"),
            (self.debug_report.is_some(), "--debug-report", "is not there; `.plan` in the shell shows the plan"),
            (self.provenance.is_some(), "--provenance", "is not there; `.why` in the shell explains a tuple"),
            (self.live_profile, "--live-profile", "is not there; `--profile` says what each rule took"),
            (self.parse_errors, "--parse-errors", "is not there; `strata fmt --check` reads without running"),
            (!self.show.is_empty(), "--show", "is not there; `.plan` in the shell and `strata doc` show a program"),
        ];
        flags.iter().find(|(given, ..)| *given).map(|(_, flag, instead)| format!("flag `{flag}` of Soufflé {instead}"))
    }

    /// What the flags say that a text could say.
    pub fn text(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut text = String::new();
        for pragma in &self.pragmas {
            match pragma.split_once(':') {
                Some((key, value)) => text += &format!(".pragma {} {}\n", quoted(key), quoted(value)),
                None => text += &format!(".pragma {}\n", quoted(pragma)),
            }
        }
        if let Some(relations) = &self.inline_exclude {
            text += &format!(".pragma \"inline-exclude\" {}\n", quoted(relations));
        }
        if self.legacy {
            text += ".pragma \"legacy\"\n";
        }
        text
    }
}
