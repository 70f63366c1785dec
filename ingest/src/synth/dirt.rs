//! The dirt of real logs: records without identifiers, disorder, duplicates, losses, clocks that run backwards.
//!
//! The proportions are those that were measured in the paper's data centre, where they are known: 33.7 % of all records
//! carry no identifier, and records arrive up to ten seconds late. What is made up here never touches a root, so the
//! trees are as many, and their roots take as long, as in the clean trace.

use super::bytes::Bytes;
use super::centre::DataCentre;
use super::random::Random;
use super::template::{self, Kind, Node};
use super::trace::Record;

/// Of a thousand records, those without identifiers.
const UNIDENTIFIED: u64 = 337;
/// One in so many: records that come again, records that are delayed by much, replies that are lost, requests and replies
/// of an inner transaction that are lost, replies that seem to precede their request.
const DUPLICATE: u64 = 300;
const DELAYED: u64 = 10;
const NO_REPLY: u64 = 500;
const LOST: u64 = 200;
const BACKWARDS: u64 = 400;
/// The longest that a record is under way, and what most take at most.
const LONGEST_DELAY: u64 = 10_000_000;
const USUAL_DELAY: u64 = 50_000;

pub(super) struct Dirt {
    on: bool,
}

/// What happened to a transaction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    /// Its reply is not on record.
    pub(super) no_reply: bool,
    /// Nothing of it is, and so many children are left without it.
    pub(super) lost: Option<u64>,
    /// Its reply is recorded as earlier than its request.
    pub(super) backwards: bool,
}

impl Made {
    pub(super) fn loses(&self, record: &Record) -> bool {
        self.lost.is_some() || (self.no_reply && record.reply)
    }

    pub(super) fn reply_at(&self, start: u64, at: u64) -> u64 {
        if self.backwards { start - 100 } else { at }
    }
}

impl Dirt {
    pub(super) fn new(on: bool) -> Dirt {
        Dirt { on }
    }

    /// What happens to a transaction.
    pub(super) fn transaction(&self, node: &Node, may_be: bool, random: &mut Random) -> Made {
        let mut made = Made::default();
        if !self.on || !may_be {
            return made;
        }
        match node.kind {
            Kind::Root => {}
            Kind::Direct => {
                made.no_reply = random.below(NO_REPLY) == 0;
                made.backwards = !made.no_reply && random.below(BACKWARDS) == 0;
            }
            Kind::Through(_) | Kind::Routed => {
                made.lost = (node.children > 0 && random.below(LOST) == 0).then_some(node.children);
            }
        }
        made
    }

    /// What happens to a record: when it arrives, and whether it comes again.
    pub(super) fn record(&self, mut record: Record, random: &mut Random) -> (Record, Option<Record>) {
        record.arrival = record.at;
        if !self.on {
            return (record, None);
        }
        self.delay(&mut record, random);
        let again = (random.below(DUPLICATE) == 0).then(|| {
            let mut again = Record { at: record.at + 1 + random.below(1_000), ..record };
            self.delay(&mut again, random);
            again
        });
        (record, again)
    }

    fn delay(&self, record: &mut Record, random: &mut Random) {
        let longest = if random.below(DELAYED) == 0 { LONGEST_DELAY } else { USUAL_DELAY };
        record.arrival = record.at + random.below(longest);
    }

    /// The records of a block that carry no identifier: what clients say to their portal past the log's instruments.
    pub(super) fn unidentified(
        &self,
        centre: &DataCentre,
        block: u64,
        begin: u64,
        random: &mut Random,
        bytes: &mut Bytes,
    ) -> Vec<Record> {
        if !self.on {
            return Vec::new();
        }
        let until = |blocks: u64| blocks * template::records() * UNIDENTIFIED / (1_000 - UNIDENTIFIED);
        let zone = &centre.zones[(block % centre.zones.len() as u64) as usize];
        let portal = &centre.groups[zone.portal as usize].members;
        let mut records = Vec::new();
        for number in until(block)..until(block + 1) {
            let client = zone.clients[random.below(zone.clients.len() as u64) as usize];
            let replica = portal[random.below(portal.len() as u64) as usize];
            let reply = number % 2 == 1;
            let (source, destination) = if reply { (replica, client) } else { (client, replica) };
            let (request_bytes, reply_bytes) = bytes.next(Kind::Root);
            let mut record = Record {
                arrival: 0,
                at: begin + random.below(5_000_000),
                session: 0,
                transaction: 0,
                parent: 0,
                source,
                destination,
                service: centre.service_of[zone.portal as usize],
                bytes: if reply { reply_bytes } else { request_bytes },
                reply,
                leg: 0,
            };
            self.delay(&mut record, random);
            records.push(record);
        }
        records
    }
}
