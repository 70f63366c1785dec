//! Holding an evaluator against naive: after every epoch, every relation, in the base and in every fork.

use crate::compiled::Compiled;
use crate::database::{Database, differences};
use crate::evaluator::{Evaluator, Naive};
use crate::random::{Edit, Epochs};
use proptest::prelude::*;

/// The program of a random text, which is always right.
pub fn right(compiled: Result<Compiled, String>, text: &str) -> Compiled {
    compiled.unwrap_or_else(|diagnostics| panic!("a random program is a right program:\n{text}\n{diagnostics}"))
}

/// Two databases are the same.
pub fn same(expected: &Database, found: &Database, what: &str) -> Result<(), TestCaseError> {
    let differences = differences(expected, found);
    prop_assert!(differences.is_empty(), "{what}:\n{differences}");
    Ok(())
}

/// One epoch.
pub fn apply(evaluator: &mut dyn Evaluator, epoch: &[Edit]) {
    epoch.iter().for_each(|e| evaluator.edit(e));
    evaluator.commit();
}

/// Every relation of every model is what naive finds.
pub fn equal_everywhere(naive: &mut Naive, other: &mut dyn Evaluator, when: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(naive.forks(), other.forks());
    for fork in naive.forks() {
        let what = format!("{when} in fork {fork}, + is too much and - too little");
        same(&naive.read(fork), &other.read(fork), &what)?;
    }
    Ok(())
}

/// The evaluator equals naive after every epoch.
pub fn equal_at_every_epoch(
    naive: &mut Naive,
    other: &mut dyn Evaluator,
    epochs: &Epochs,
) -> Result<(), TestCaseError> {
    for (number, epoch) in epochs.iter().enumerate() {
        apply(naive, epoch);
        apply(other, epoch);
        equal_everywhere(naive, other, &format!("after epoch {number}"))?;
    }
    Ok(())
}
