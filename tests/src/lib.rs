//! What must stay true, and the judges that say so.
//!
//! Every evaluator of Strata is held against two others that share nothing with it but the front end: [`naive`], which
//! evaluates the resolved program over plain sets and is short enough to be trusted by reading, and
//! [`plan_interpreter`], which evaluates the plan. Where `naive` and the plan interpreter differ, the planner is wrong;
//! where the plan interpreter and the live engine differ, the engine is. The functors of the judges are their own, too
//! ([`functors`]).
//!
//! [`random`] makes programs and edits up, [`live`] and [`once`] drive the evaluators by names and values, [`golden`] runs the cases
//! that are written down. [`rounds`] and [`proofs`] judge explanations. The tests themselves are in `tests/`, the cases in `golden/`.

pub mod against_naive;
pub mod cases;
pub mod cases_on_disk;
pub mod compiled;
pub mod database;
pub mod evaluator;
pub mod functors;
pub mod fuzz;
pub mod golden;
pub mod library;
pub mod live;
pub mod naive;
pub mod once;
pub mod plan_interpreter;
pub mod proofs;
pub mod random;
pub mod rounds;
