//! The live evaluator: a plan as dataflow, kept current under change and in every fork.

pub(crate) mod compaction;
mod given;
mod indexes;
mod parts;
mod reduction;
pub(crate) mod render;
mod rows;
pub(crate) mod worker;
