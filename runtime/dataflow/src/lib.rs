//! The dataflow underneath the live engine: operators of timely and differential for rows whose width is known at run time.
//!
//! What is here knows nothing of rules or plans, seldom changes, and takes long to compile; so it is a crate of its own,
//! and all of its code is made here: [`Operators`] and the joins of [`Shared`] and [`Side`] are for the two times there
//! are, and take their per-row logic boxed. Five ideas:
//! - *Rows are flat.* Containers in flight ([`Updates`]) and in traces hold words with a stride, so one operator serves
//!   rows of every width. Only the sorting inside arrangements is compiled once a size class.
//! - *Time has a fork coordinate* ([`ForkTime`]): one dataflow serves all counterfactuals.
//! - *Nothing happens at the join of two forks*, and *capabilities are held in the base fork only*: without the one, loops
//!   need not end; without the other, a thousand forks cost a thousand capabilities each.
//! - *A fork that is gone is not seen* ([`forget`]): dropping it costs nothing, and its memory is freed in due course.
//! - *Sets have a reduction of their own* ([`Operators::distinct`]): recursion spends its time there. So have counts and sums
//!   ([`totals`]), which need not read a group again because one of its rows changes.
//!
//! ```
//! use dataflow::{ForkTime, Operators, Updates};
//!
//! let mut updates = Updates::new(2);
//! updates.push(&[1, 2], ForkTime::base(0), 1);
//! assert_eq!(updates.iter().next(), Some((&[1, 2][..], ForkTime::base(0), 1)));
//! ```

mod batch;
mod batcher;
mod cursors;
mod distinct;
mod flat;
mod gate;
mod gone;
mod matching;
mod operators;
mod sides;
mod time;
mod totals;
mod trace;
mod updates;

pub use batch::Agent;
pub use flat::Words;
pub use gate::Gate;
pub use gone::{collect, forget, garbage};
pub use operators::{Forming, Live, Mapping, Operators, Pairing, Reducing, Rows};
pub use sides::{Differing, Shared, Side, count_updates, differences, scan};
pub use time::{BASE, ForkTime, LoopTime, TOP, Time};
pub use totals::totals;
pub use updates::{Diff, Updates, UpdatesBuilder, hash, take_produced, worked};

/// The widest row there is.
pub const WIDEST: usize = 32;
