//! How large messages are: chosen such that the figures of the paper come out.
//!
//! Amounts are bytes a block, so a million blocks have terabytes where these are megabytes. What crosses the distribution
//! layer follows from where things stand ([`super::centre`]):
//!
//! - A multiplexer asks all routers of its zone in turn, and only the one beside it, if that is in its VLAN, is reached
//!   below the distribution layer. So of the traffic between multiplexers and routers all but `beside / (all × routers)`
//!   crosses.
//! - Of the traffic between the ESB and applications only what a router says to the replica beside it of the one
//!   application in its own VLAN does not cross: one in so many as there are routers.
//! - With all in one VLAN and the nearest chosen, only what goes to the application in other racks still does.

use super::random::GOLDEN;
use super::size::Size;
use super::template::{Kind, Target, count};

/// Between multiplexers and routers through the distribution layer.
const ESB_CROSSING: u64 = 3_750_000;
/// Between the ESB and applications: all, what does not cross, and what crosses although all are in one VLAN and choose the
/// nearest.
const ESB_APPLICATION: u64 = 10_310_000;
const ESB_APPLICATION_BELOW: u64 = 60_000;
const ESB_APPLICATION_AT_LAST: u64 = 430_000;

/// Message bytes of one transaction by kind, on average: request and reply.
#[derive(Clone, Debug)]
pub(super) struct Bytes {
    mean: [(u64, u64); Kind::COUNT],
    /// How many transactions of the kind there were.
    seen: [u64; Kind::COUNT],
}

impl Bytes {
    pub(super) fn new(size: &Size) -> Bytes {
        let routers = u64::from(size.routers());
        let (all, beside) = size.multiplexers();
        let pairs = u64::from(all) * routers;
        let between = ESB_CROSSING * pairs / (pairs - u64::from(beside));
        let to_beside = ESB_APPLICATION_BELOW * routers;
        let to_remote = ESB_APPLICATION_AT_LAST;
        let routed = ESB_APPLICATION / 2 - between;
        let each = |kind: Kind, total: u64| total / count(kind);
        let split = |bytes: u64| (bytes * 3 / 10, bytes - bytes * 3 / 10);
        let mut mean = [(0, 0); Kind::COUNT];
        for (kind, value) in [
            (Kind::Root, (400, 7_600)),
            (Kind::Direct, (300, 1_700)),
            (Kind::Routed, split(each(Kind::Routed, routed))),
            (Kind::Through(Target::Beside), split(each(Kind::Through(Target::Beside), to_beside))),
            (Kind::Through(Target::Remote), split(each(Kind::Through(Target::Remote), to_remote))),
            (Kind::Through(Target::Near), split(each(Kind::Through(Target::Near), between - to_beside - to_remote))),
        ] {
            mean[kind.number()] = value;
        }
        Bytes { mean, seen: [0; Kind::COUNT] }
    }

    /// The sizes of the next transaction's request and reply. They vary in a fixed proportion, half as large as the mean
    /// or up to 2.75 times as large, and their mean is as good as exact after a few.
    pub(super) fn next(&mut self, kind: Kind) -> (u32, u32) {
        let seen = &mut self.seen[kind.number()];
        *seen += 1;
        let (request, reply) = self.mean[kind.number()];
        let spread = seen.wrapping_mul(GOLDEN);
        let factor = match spread >> 58 {
            0..32 => 512,
            32..48 => 1024,
            48..60 => 1792,
            _ => 2816,
        };
        // From -31 to 31, for variety.
        let factor = factor + ((spread >> 40) % 63) - 31;
        let sized = |mean: u64| u32::try_from(mean * factor / 1024).unwrap_or(u32::MAX);
        (sized(request), sized(reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_mean_that_they_should() {
        let mut bytes = Bytes::new(&Size::new(7118, 57, 1.0, 1).unwrap());
        let kind = Kind::Through(Target::Remote);
        let n = 10_000;
        let total: u64 = (0..n).map(|_| bytes.next(kind)).map(|(a, b)| u64::from(a) + u64::from(b)).sum();
        let mean = total as f64 / n as f64;
        assert!((mean / 430_000.0 - 1.0).abs() < 0.001, "{mean}");
    }
}
