//! The live evaluator: a plan as dataflow, kept current under change and in every fork.
mod batch;
mod batcher;
mod distinct;
mod flat;
mod operators;
mod reduction;
pub(crate) mod render;
pub(crate) mod time;
pub(crate) mod updates;
pub(crate) mod worker;
