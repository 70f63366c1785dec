//! Programs and edits that nobody would write.
//!
//! What proptest makes up, and shrinks, is *raw*: vectors of small numbers without any meaning. [`program`] and [`edits`]
//! read a meaning into any such numbers, modulo what there is to choose from, so every raw value is a valid program and
//! every smaller one, too: shrinking drops rules, literals and edits and moves every choice towards the first and
//! simplest. What comes out is text, so that the front end is part of what is tested.

pub mod edits;
pub mod program;
mod rule;

pub use edits::{Edit, Epochs, Liberties, raw_edits};
pub use program::{RandomProgram, Shape, raw_program};

use proptest::prelude::*;

/// Three choices.
type Three = [u8; 3];

fn three() -> impl Strategy<Value = Three> {
    prop::array::uniform3(any::<u8>())
}

/// The choice among some.
fn pick<T>(from: &[T], choice: u8) -> Option<&T> {
    from.get(choice as usize % from.len().max(1))
}
