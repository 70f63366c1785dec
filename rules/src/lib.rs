//! The standard rules, and what they become when they are compiled.
//!
//! The rules themselves are the `.dl` files of this crate; the build script turns each into a *twin*: a module of Rust
//! for `ascent`, which serves as the oracle of the evaluators ([`support::Twin`]). [`LIBRARY`] holds the texts, so that
//! the binary can resolve `.include <network/paths.dl>` without files.

extern crate self as rules;

pub mod support;
