//! The standard rules, and what they become when they are compiled.
//!
//! The rules themselves are the `.dl` files of this crate; the build script turns them into *twins*: modules of Rust for
//! `ascent`, which serve as the oracle of the evaluators ([`support::Twin`]). Each benchmark program has one. The standard
//! rules have one together, with the feature `twins`; it takes minutes to compile and only tests need it. [`LIBRARY`] holds
//! the texts, so that the binary can resolve `.include <network/paths.dl>` without files.
//!
//! ```
//! use rules::support::{Tuples, Value, run};
//!
//! let mut twin = rules::twin("bench/tc").expect("a rule file")();
//! let arc = |a, b| vec![Value::Number(a), Value::Number(b)];
//! let facts = Tuples::from([("Arc".to_string(), [arc(1, 2), arc(2, 3)].into())]);
//! let derived = run(&mut *twin, &facts).expect("the facts fit");
//! assert_eq!(derived["Tc"], [arc(1, 2), arc(1, 3), arc(2, 3)].into());
//! ```

extern crate self as rules;

pub mod support;

include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// The text of a rule file.
pub fn text(path: &str) -> Option<&'static str> {
    LIBRARY.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// How to make a twin: `bench/tc`, `standard`.
pub fn twin(name: &str) -> Option<support::MakeTwin> {
    TWINS.iter().find(|(known, _)| *known == name).map(|(_, make)| *make)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_file_compiles_and_has_a_twin() {
        let failures: Vec<String> = super::FAILURES.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
