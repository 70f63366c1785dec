//! A synthetic data centre, calibrated to the paper's, with its trace and with the answers that follow from how it was
//! made.
//!
//! [`Size`] says how large, [`DataCentre`] is what stands where, [`DataCentre::state`] states that as facts, [`Trace`]
//! streams its messages in the order of their arrival, and [`Expected`] is what the standard rules must find. All of it
//! follows from the size and the seed by integer arithmetic, on every machine. Nothing here knows a rule.
//!
//! ```
//! use ingest::synth::{DataCentre, Expected, Size, Trace};
//! let size = Size::new(120, 1, 0.1, 1)?;
//! let centre = DataCentre::new(&size);
//! let mut trace = Trace::new(&centre);
//! let records = trace.by_ref().count() as u64;
//! let expected = Expected::new(&centre, trace.totals());
//! assert_eq!(expected.trace["records"], records);
//! assert_eq!(expected.trace["transactions"], 197 * size.blocks);
//! # Ok::<(), ingest::Error>(())
//! ```

mod bytes;
mod calendar;
mod centre;
mod dirt;
mod expected;
mod random;
pub mod size;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod totals;
mod trace;
mod write;

pub use centre::DataCentre;
pub use expected::{Amount, Expected, Scenario};
pub use size::Size;
pub use state::Take;
pub use template::records as records_of_block;
pub use totals::Totals;
pub use trace::{BEGIN, Record, Trace};
pub use write::{EXPECTED, Format, Written, write};

impl DataCentre {
    /// The name of a process by its number, as records have it.
    pub fn process(&self, number: u32) -> &str {
        &self.processes[number as usize].name
    }

    /// The name of a service by its number, as records have it.
    pub fn service(&self, number: u32) -> &str {
        &self.services[number as usize].name
    }

    /// The names of all processes, by number.
    pub fn processes(&self) -> impl Iterator<Item = &str> {
        self.processes.iter().map(|process| &*process.name)
    }

    /// The names of all services, by number.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|service| &*service.name)
    }
}
