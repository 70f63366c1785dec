//! How large a data centre is, and how long and how busy its trace: every count, at any size, in the paper's ratios.
//!
//! The trace is made of *blocks* of 30 sessions, 47 trees and 197 transactions, so that a million blocks have the paper's
//! counts exactly and any number of them has its ratios.

use crate::Error;

/// The machines of the paper's data centre.
pub const MACHINES: u32 = 7118;
/// The minutes of its trace.
pub const MINUTES: u32 = 57;
/// The blocks of its trace.
pub const BLOCKS: u64 = 1_000_000;
/// Sessions of a block.
pub const SESSIONS: u64 = 30;
/// Trees of a block.
pub const TREES: u64 = 47;
/// Transactions of a block.
pub const TRANSACTIONS: u64 = 197;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// Hosts and virtual machines.
    pub machines: u32,
    /// Minutes of the trace.
    pub minutes: u32,
    /// What the random choices start from.
    pub seed: u64,
    /// Blocks of the trace.
    pub blocks: u64,
    /// Whether the trace has the dirt of real logs.
    pub dirt: bool,
}

impl Size {
    /// A data centre and the trace that goes with its size and with the minutes, times `scale`.
    pub fn new(machines: u32, minutes: u32, scale: f64, seed: u64) -> Result<Size, Error> {
        let refuse = |what: &str| Err(Error::Request(what.to_owned()));
        if !(120..=60_000).contains(&machines) {
            return refuse("machines: expected a number from 120 to 60000");
        }
        if !(1..=100_000).contains(&minutes) {
            return refuse("minutes: expected a number from 1 to 100000");
        }
        if !(scale > 0.0 && scale <= 1_000.0) {
            return refuse("scale: expected a number above 0, and 1000 at the most");
        }
        let share = f64::from(machines) / f64::from(MACHINES) * (f64::from(minutes) / f64::from(MINUTES));
        let blocks = ((BLOCKS as f64 * share * scale).round() as u64).max(1);
        Ok(Size { machines, minutes, seed, blocks, dirt: false })
    }

    /// The same data centre with a trace of so many records a second, on average.
    pub fn at_rate(mut self, records_per_second: f64, records_per_block: u64) -> Result<Size, Error> {
        if !(records_per_second > 0.0 && records_per_second <= 1e8) {
            return Err(Error::Request("rate: expected a number above 0, and 100000000 at the most".to_owned()));
        }
        let records = records_per_second * 60.0 * f64::from(self.minutes);
        self.blocks = ((records / records_per_block as f64).round() as u64).max(1);
        Ok(self)
    }

    pub(super) fn vms(&self) -> u32 {
        self.machines * 2 / 5
    }

    pub(super) fn hosts(&self) -> u32 {
        self.machines - self.vms()
    }

    pub(super) fn racks(&self) -> u32 {
        self.hosts().div_ceil((self.hosts() / 14).clamp(4, 24))
    }

    pub(super) fn pods(&self) -> u32 {
        // The whole number nearest to the root of 100/178 of the racks: 10 pods of 18 racks in the paper's size.
        let nearest = |n: &u32| (n * n * 178).abs_diff(self.racks() * 100);
        (2..=240).min_by_key(nearest).unwrap_or(2)
    }

    pub(super) fn cores(&self) -> u32 {
        if self.machines < 1_000 { 2 } else { 4 }
    }

    /// Zones: an ESB with the applications that it serves.
    pub(super) fn zones(&self) -> u32 {
        ((self.machines + 890) / 1_780).max(1)
    }

    /// Routers of a zone, and racks that a zone spans.
    pub(super) fn routers(&self) -> u32 {
        if self.machines < 2_000 { 8 } else { 16 }
    }

    /// Multiplexers of a zone: all of them, and those beside a router in its VLAN. Chosen such that balancing the routers
    /// `nearby` keeps 26.7 % of what crosses the distribution layer below it.
    pub(super) fn multiplexers(&self) -> (u32, u32) {
        if self.machines < 2_000 { (17, 5) } else { (25, 7) }
    }

    /// Applications of a zone in the racks of its ESB, besides the portal.
    pub(super) fn applications(&self) -> u32 {
        (self.machines / 60).clamp(2, 10)
    }

    /// Clients of a zone.
    pub(super) fn clients(&self) -> u32 {
        (self.machines / 10 / self.zones()).max(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_size_has_its_counts() {
        let size = Size::new(MACHINES, MINUTES, 1.0, 1).unwrap();
        assert_eq!(size.blocks * TRANSACTIONS, 197_000_000);
        assert_eq!(size.blocks * TREES, 47_000_000);
        assert_eq!(size.blocks * SESSIONS, 30_000_000);
        assert_eq!((size.hosts() + size.vms(), size.racks(), size.pods(), size.zones()), (7118, 178, 10, 4));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(Size::new(119, 57, 1.0, 1).is_err());
        assert!(Size::new(200, 0, 1.0, 1).is_err());
        assert!(Size::new(200, 1, 0.0, 1).is_err());
        assert!(Size::new(200, 1, f64::NAN, 1).is_err());
    }
}
