//! Real networks against the reference answers that come with their data.
//!
//! Three networks as the poller SuzieQ saw them (`data/suzieq-*`), imported and reasoned over by `rules/network.dl` on the
//! live engine. SuzieQ's own test cases say what it answers on the same tables: all equal-cost paths between two
//! addresses, where an address stands, which route each router uses for it. Our relations must say the same, or the test
//! says case by case what the difference is and why it is right.

mod cables;
mod find;
mod lpm;
mod network;
mod paths;
mod reference;
