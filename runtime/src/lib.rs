//! The runtime: a plan and changes in, relations and changes out.
//!
//! [`Engine`] is the front door. Behind it, `live` renders the plan as dataflow on timely and differential: every relation
//! is kept current under change, in the base model and in every fork of it. What crosses the door are words of 64 bits;
//! [`Symbols`] gives text its numbers, [`Value`] says what a word means.
//!
//! ```
//! use runtime::{Engine, Options, Value};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! let engine = Engine::new(Options { workers: 2 })?;
//! let word = Value::Symbol("leaf01".into()).word(engine.symbols());
//! assert_eq!(&*engine.symbols().text(word), "leaf01");
//! # Ok(())
//! # }
//! ```

pub mod afresh;
mod cluster;
mod cost;
mod edits;
pub mod engine;
pub mod error;
pub mod explain;
mod facts;
mod fold;
pub mod fork;
mod forks;
mod functor;
pub mod interrupt;
mod live;
pub mod once;
pub mod profile;
mod range;
mod replan;
pub mod rows;
mod scalar;
pub mod scenario;
mod sorted;
pub mod stream;
pub mod subscribe;
pub mod symbols;
mod term;
mod text;
mod trial;
pub mod value;

pub use afresh::Upkeep;
pub use cluster::{Cluster, follow};
pub use engine::{BaseId, Engine, Fork, Options, Origin};
pub use error::Error;
pub use fork::{Effect, Held};
pub use interrupt::Interrupt;
pub use once::{Answers, Columns, Once, RuleProfile};
pub use rows::{Changes, Commit, Rows};
pub use stream::StreamReport;
pub use subscribe::{Delivery, Subscription};
pub use symbols::Symbols;
pub use term::{Contents, Term};
pub use value::Value;
