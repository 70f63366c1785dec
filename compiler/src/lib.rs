//! The compiler: rule text in, a plan and diagnostics out.

pub mod ascent;
pub mod diagnostic;
pub mod form;
pub mod functor;
pub mod plan;
pub mod planner;
pub mod program;
pub mod span;
pub mod value;
