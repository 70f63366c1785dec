//! One operator's question each, answered in a minute.
//!
//! Every example is a program of its own under `examples/`: it states a small data centre, asks one question of it, and
//! prints the answer. They use what everybody may use, the compiler and the live engine, and nothing that was made for
//! them; no room looks at them.
//!
//! ```text
//! cargo run --release -p examples --example what_if_one_switch_fails
//! ```
