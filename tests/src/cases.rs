//! Running a property over many made-up cases.
//!
//! `STRATA_CASES` says how many (a factor is applied by each property, since some cost more), `STRATA_SEED` where they
//! start: the same seed gives the same cases, and a failure names it. What fails is shrunk before it is shown.

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseResult, TestError, TestRunner};
use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// How many cases a property is held against if nothing is said.
const FEW: u32 = 400;

/// Checks a property; `share` is the part of the cases that it gets, in hundredths.
///
/// Panics with the smallest case that was found to fail.
pub fn check<S>(share: u32, strategy: &S, property: impl Fn(S::Value) -> TestCaseResult)
where
    S: Strategy<Value: Debug>,
{
    let seed = number("STRATA_SEED").unwrap_or(1);
    let cases = number("STRATA_CASES").map_or(FEW, |n| n as u32);
    let cases = (cases / 100 * share + cases % 100 * share / 100).max(1);
    let config = ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 3000,
        max_global_rejects: cases.saturating_mul(4),
        ..ProptestConfig::default()
    };
    match TestRunner::new(config).run(strategy, |value| quietly(|| property(value))) {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("STRATA_SEED={seed}: {reason}\n{value:?}"),
        Err(TestError::Abort(reason)) => panic!("STRATA_SEED={seed}: {reason}"),
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// A panic is a failed case like any other; it is told once, of the smallest case, and not on the way there.
pub(crate) fn quietly(property: impl FnOnce() -> TestCaseResult) -> TestCaseResult {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = take_hook();
        set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(property));
    QUIET.set(false);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(TestCaseError::fail(text.unwrap_or("a panic without words").to_owned()))
    })
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.replace('_', "").parse().unwrap_or_else(|_| panic!("{variable} is a number, not `{text}`")))
}
