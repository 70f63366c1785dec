//! The runtime: a plan and changes in, relations and changes out.

pub mod engine;
mod facts;
mod functor;
mod live;
mod scalar;
pub mod symbols;
pub mod value;

pub use engine::{BaseId, Changes, Commit, Engine, Error, Fork, Options, Origin, Rows};
pub use symbols::Symbols;
pub use value::Value;
