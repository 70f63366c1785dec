//! One operator's question each, answered with Strata as a library in a page of code.
//!
//! | question | run |
//! |---|---|
//! | what if one switch fails? | `cargo run -p examples --bin what_if_one_switch_fails` |
//!
//! The files in `src/bin` are meant to be read. They look questions up by the standard rules ([`Library`]), over data that
//! the tests use too.
//!
//! ```
//! let files = examples::Library;
//! let question = r#".include <network/adjacent.dl>"#;
//! let compilation = compiler::compile(&[("question.dl", question)], &files);
//! assert!(compilation.program.is_some_and(|program| program.find("adjacent").is_some()));
//! ```

use compiler::Files;

/// The standard rules, as files that a question can include.
pub struct Library;

impl Files for Library {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        let beside = from.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
        let known = [format!("{beside}{path}"), path.trim_start_matches("../").to_string()];
        let found = known.into_iter().find_map(|name| rules::text(&name).map(|text| (name, text.to_string())));
        found.ok_or_else(|| format!("the standard rules have no file `{path}`"))
    }
}
