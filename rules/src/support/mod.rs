//! What compiled twins stand on: values, functors, folds and lattices of their own.
//!
//! A twin is an oracle, so nothing here is shared with the evaluators that it judges; where both compute the same thing
//! (text of a float, an address in a prefix), it is written twice, from the description in `compiler::functor`.

mod address;
mod arithmetic;
mod best;
pub mod files;
mod fold;
pub mod program;
mod range;
mod row;
mod term;
mod text;
mod value;

pub use address::{in_prefix, ip_version, prefix_address, prefix_length, prefix_of};
pub use arithmetic::{
    Arithmetic, Bits, Truth, add, and, bit_and, bit_not, bit_or, bit_xor, div, max, min, mul, neg, not, or, pow, rem,
    shift_left, shift_right, shift_right_logical, sub, xor,
};
pub use best::Best;
pub use fold::{
    count, gap_number, gap_unsigned, greatest, least, mean_float, mean_number, mean_unsigned, sum_float, sum_number,
    sum_unsigned,
};
pub use range::{Ranged, range};
pub use row::{Column, Row, push, push_numbers, rows};
pub use term::{Tag, Term, field};
pub use text::{
    Plain, cat, contains, matches, matches_not, strlen, substr, text_to_float, text_to_number, text_to_unsigned,
    to_float, to_number, to_text, to_unsigned,
};
pub use value::{Float, Kind, Symbol, Value};

use std::collections::{BTreeMap, BTreeSet};

/// The name of a relation and the kinds of its columns.
pub type Signature = (&'static str, &'static [Kind]);

/// Makes a fresh instance of a compiled program.
pub type MakeTwin = fn() -> Box<dyn Twin>;

/// A compiled program.
pub trait Twin {
    /// The relations of the program.
    fn relations(&self) -> &'static [Signature];
    /// The facts that stand in the program's text. They have not been inserted.
    fn stated(&self) -> Vec<(&'static str, Vec<Value>)>;
    /// Gives a tuple, which must not have been given before. False if the relation or the row does not fit.
    fn insert(&mut self, relation: &str, row: &[Value]) -> bool;
    /// Gives many distinct tuples of a relation of numbers, one after the other. False if the relation does not fit.
    fn insert_numbers(&mut self, relation: &str, numbers: &[i64]) -> bool;
    /// Derives everything; once.
    fn solve(&mut self);
    /// The tuples of a relation, in no particular order.
    fn rows(&self, relation: &str) -> Option<Vec<Vec<Value>>>;
    /// The number of tuples of a relation.
    fn count(&self, relation: &str) -> Option<usize>;
}

/// Tuples by relation.
pub type Tuples = BTreeMap<String, BTreeSet<Vec<Value>>>;

/// Evaluates a fresh twin over the given facts and those of its text. Returns every relation, or the name of one that
/// does not fit.
pub fn run(twin: &mut dyn Twin, facts: &Tuples) -> Result<Tuples, String> {
    let mut given = facts.clone();
    for (relation, row) in twin.stated() {
        given.entry(relation.to_string()).or_default().insert(row);
    }
    for (relation, rows) in &given {
        for row in rows {
            if !twin.insert(relation, row) {
                return Err(relation.clone());
            }
        }
    }
    twin.solve();
    let relation = |(name, _): &Signature| {
        let rows = twin.rows(name).unwrap_or_default();
        (name.to_string(), rows.into_iter().collect())
    };
    Ok(twin.relations().iter().map(relation).collect())
}
