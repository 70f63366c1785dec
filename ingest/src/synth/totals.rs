//! What a trace comes to, added up while it is made.

use super::dirt::Made;
use super::trace::Record;
use fnv::FnvHashMap;

/// One direction of traffic between two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Flow {
    pub(super) source: u32,
    pub(super) destination: u32,
    pub(super) service: u32,
    pub(super) reply: bool,
}

/// Legs, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

impl std::ops::AddAssign for Load {
    fn add_assign(&mut self, other: Load) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

/// What a trace comes to.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Records, those that come again too.
    pub records: u64,
    /// Sessions.
    pub sessions: u64,
    /// Trees, which are as many as roots.
    pub trees: u64,
    /// Transactions of which anything is on record.
    pub transactions: u64,
    /// The most transactions above one another.
    pub deepest: u64,
    /// Roots that take less than two seconds.
    pub quick_roots: u64,
    /// Trees in which nothing is recorded for over a minute.
    pub gaps: u64,
    /// Message bytes: each message once.
    pub message_bytes: u64,
    /// Records that repeat another.
    pub duplicates: u64,
    /// Records without identifiers.
    pub unidentified: u64,
    /// Transactions without a reply on record.
    pub no_reply: u64,
    /// Transactions whose parent is not on record.
    pub missing_parents: u64,
    /// Transactions whose reply is recorded as earlier than the request.
    pub backwards: u64,
    /// How long roots take: how many take less than 2^n milliseconds, and at least half of that.
    pub root_milliseconds: [u64; 14],
    pub(super) flows: FnvHashMap<Flow, Load>,
    /// Transactions by asker and service, with their message bytes.
    pub(super) calls: FnvHashMap<(u32, u32), Load>,
}

impl Totals {
    /// A record that counts.
    pub(super) fn record(&mut self, record: &Record) {
        let Record { source, destination, service, reply, .. } = *record;
        let load = Load { messages: 1, bytes: u64::from(record.bytes) };
        self.records += 1;
        self.unidentified += u64::from(record.session == 0);
        if record.leg == 0 {
            self.message_bytes += load.bytes;
        }
        *self.flows.entry(Flow { source, destination, service, reply }).or_default() += load;
    }

    pub(super) fn transaction(&mut self, asker: u32, service: u32, bytes: (u32, u32), made: &Made) {
        if let Some(children) = made.lost {
            self.missing_parents += children;
            return;
        }
        self.transactions += 1;
        self.no_reply += u64::from(made.no_reply);
        self.backwards += u64::from(made.backwards);
        let reply = if made.no_reply { 0 } else { bytes.1 };
        let load = Load { messages: 1, bytes: u64::from(bytes.0) + u64::from(reply) };
        *self.calls.entry((asker, service)).or_default() += load;
    }

    pub(super) fn tree(&mut self, duration: u64, deepest: u64, gap: bool) {
        self.trees += 1;
        self.deepest = self.deepest.max(deepest);
        self.quick_roots += u64::from(duration < 2_000_000);
        self.gaps += u64::from(gap);
        let place = (u64::BITS - (duration / 1_000).leading_zeros()) as usize;
        self.root_milliseconds[place.min(13)] += 1;
    }
}
