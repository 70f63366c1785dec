//! The trace: sessions of transaction trees, streamed out in the order of time.
//!
//! Block by block ([`super::size`]), sessions are made up whole and their records put into a calendar, from which they are
//! taken in the order in which they arrive. So memory is bounded by what happens in four minutes of the trace.
//!
//! Who is asked is chosen round robin: every asker goes through the members of a farm or application in turn.

use super::bytes::Bytes;
use super::calendar::Calendar;
use super::centre::DataCentre;
use super::dirt::Dirt;
use super::random::Random;
use super::size::{SESSIONS, TREES};
use super::template::{self, Kind, Shape, Target};
use super::totals::Totals;

/// Where the trace begins: 2015-06-01T00:00:00Z, in microseconds.
pub const BEGIN: u64 = 1_433_116_800_000_000;
const SECOND: u64 = 1_000_000;
/// Within how much time after its start a session is over.
const LONGEST_SESSION: u64 = 180 * SECOND;

/// One record of the trace: a leg of a message. Names are numbers here; those of paths are in [`Trace::paths`], those of
/// processes and services in the [`DataCentre`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it is read.
    pub arrival: u64,
    /// What it says when it was written.
    pub at: u64,
    /// The number of its session, from 1; 0 for none.
    pub session: u32,
    /// The path of its transaction, by its number; 0 for none.
    pub transaction: u32,
    /// The path of its parent, where it states that.
    pub parent: u32,
    /// The process that sends.
    pub source: u32,
    /// The process that is sent to.
    pub destination: u32,
    /// The service that is asked for.
    pub service: u32,
    /// The size of the message.
    pub bytes: u32,
    /// Whether it is a reply.
    pub reply: bool,
    /// Which leg of its message it is, from 0.
    pub leg: u8,
}

/// How many trees the sessions of a block have.
const TREES_OF_SESSIONS: [u8; SESSIONS as usize] = {
    let mut trees = [1; SESSIONS as usize];
    let mut i = 0;
    while i < 10 {
        trees[i] = [2, 2, 2, 2, 2, 2, 3, 3, 4, 5][i];
        i += 1;
    }
    trees
};

/// Of 10,000 roots of trees, those that take two seconds and more; of 10,000 trees, those with a gap of over a minute.
const SLOW: u64 = 500;
const WITH_GAP: u64 = 24;

/// The trace of a data centre.
pub struct Trace<'a> {
    centre: &'a DataCentre,
    shapes: Vec<Shape>,
    paths: template::Paths,
    bytes: Bytes,
    dirt: Dirt,
    calendar: Calendar,
    block: u64,
    /// Whom a process asks next, by process and group of its zone.
    turn: Vec<u8>,
    groups_of_zone: usize,
    next_application: Vec<u32>,
    next_client: Vec<u32>,
    /// What was made so far.
    totals: Totals,
}

/// How a tree of a block is to be.
#[derive(Clone, Copy)]
struct Plan {
    shape: usize,
    slow: bool,
    gap: bool,
}

impl<'a> Trace<'a> {
    /// The trace of a data centre, from its beginning.
    pub fn new(centre: &'a DataCentre) -> Trace<'a> {
        let shapes = template::shapes();
        let groups_of_zone = centre.groups.len() / centre.zones.len();
        let members = |process: usize, slot: usize| {
            let zone = centre.processes[process].zone as usize;
            (process % centre.groups[zone * groups_of_zone + slot].members.len()) as u8
        };
        let turn = (0..centre.processes.len() * groups_of_zone)
            .map(|i| members(i / groups_of_zone, i % groups_of_zone))
            .collect();
        Trace {
            paths: template::Paths::new(&shapes),
            bytes: Bytes::new(&centre.size),
            dirt: Dirt::new(centre.size.dirt),
            calendar: Calendar::new(),
            block: 0,
            turn,
            groups_of_zone,
            next_application: vec![0; centre.zones.len()],
            next_client: vec![0; centre.zones.len()],
            totals: Totals::default(),
            shapes,
            centre,
        }
    }

    /// The paths of transactions, by their numbers; `""` is the first.
    pub fn paths(&self) -> &[String] {
        self.paths.texts()
    }

    /// What the records that were made up so far come to; all of the trace once its last record was taken.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The share of the trace that was made up, in thousandths.
    pub fn done(&self) -> u64 {
        self.block * 1_000 / self.centre.size.blocks
    }

    /// When a block begins.
    fn begin_of(&self, block: u64) -> u64 {
        let window = u64::from(self.centre.size.minutes) * 60 * SECOND;
        let span = window - LONGEST_SESSION.min(window / 2);
        BEGIN + (u128::from(span) * u128::from(block) / u128::from(self.centre.size.blocks)) as u64
    }

    /// Makes up the next block.
    fn make_block(&mut self) {
        let block = self.block;
        self.block += 1;
        let mut random = Random::new(self.centre.size.seed, block);
        let mut sessions = TREES_OF_SESSIONS;
        random.shuffle(&mut sessions);
        let plans = self.plan_trees(block, &mut random);
        let zone = (block % self.centre.zones.len() as u64) as usize;
        let begin = self.begin_of(block);
        let mut plans = plans.into_iter();
        for (i, trees) in (1..).zip(sessions) {
            let session = (block * SESSIONS) as u32 + i;
            let clients = &self.centre.zones[zone].clients;
            let client = clients[self.next_client[zone] as usize % clients.len()];
            self.next_client[zone] = (self.next_client[zone] + 1) % clients.len() as u32;
            let mut at = begin + random.below(SECOND);
            for (number, plan) in (1..).zip(plans.by_ref().take(usize::from(trees))) {
                let ask = Ask { session, tree: number, zone, client, start: at };
                at = self.tree(&ask, plan, &mut random) + 200_000 + random.below(3 * SECOND);
            }
        }
        self.totals.sessions += SESSIONS;
        let extra = self.dirt.unidentified(self.centre, block, begin, &mut random, &mut self.bytes);
        extra.into_iter().for_each(|record| self.put(record));
    }

    /// The trees of a block in random order, and which of them are slow or have a gap. So many as are due, exactly.
    fn plan_trees(&self, block: u64, random: &mut Random) -> Vec<Plan> {
        let mut plans: Vec<Plan> =
            (0..self.shapes.len()).map(|shape| Plan { shape, slow: false, gap: false }).collect();
        random.shuffle(&mut plans);
        let due = |per_10_000: u64| {
            let until = |blocks: u64| blocks * TREES * per_10_000 / 10_000;
            (until(block + 1) - until(block)) as usize
        };
        plans.iter_mut().take(due(SLOW)).for_each(|plan| plan.slow = true);
        let alone = |plan: &&mut Plan| self.shapes[plan.shape].nodes.len() > 1;
        plans.iter_mut().rev().filter(alone).take(due(WITH_GAP)).for_each(|plan| plan.gap = true);
        random.shuffle(&mut plans);
        plans
    }

    /// Makes up a tree; when its root is over.
    fn tree(&mut self, ask: &Ask, plan: Plan, random: &mut Random) -> u64 {
        let shape = std::mem::replace(&mut self.shapes[plan.shape], Shape { nodes: Vec::new() });
        let duration = if plan.slow { 2 * SECOND + random.below(6 * SECOND) } else { quick(random) };
        let mut spans: [(u64, u64, u32); template::LARGEST] = [(0, 0, 0); template::LARGEST];
        let mut deepest = 1;
        let mut depths = [1u8; template::LARGEST];
        for (place, node) in shape.nodes.iter().enumerate() {
            let (from, to, asker) = spans[node.parent];
            let (mut start, mut end) = if place == 0 {
                (ask.start, ask.start + duration)
            } else {
                depths[place] = depths[node.parent] + 1;
                deepest = deepest.max(depths[place]);
                within(from, to, shape.nodes[node.parent].kind, node, random)
            };
            let late = plan.gap && place + 1 == shape.nodes.len();
            if late {
                // Its asker is long gone, but did not wait for it.
                start = ask.start + duration + 61 * SECOND + random.below(50 * SECOND);
                end = start + 5_000 + random.below(20_000);
            }
            let asker = if place == 0 { ask.client } else { asker };
            let span = Span { start, end, asker, place, shape: plan.shape, may_be_dirty: !plan.gap };
            spans[place] = (start, end, self.transaction(ask, node, &span, random));
        }
        self.totals.tree(duration, u64::from(deepest), plan.gap);
        self.shapes[plan.shape] = shape;
        ask.start + duration
    }

    /// Makes up a transaction; who serves it.
    fn transaction(&mut self, ask: &Ask, node: &template::Node, span: &Span, random: &mut Random) -> u32 {
        let mut way = [span.asker; 4];
        let zone = &self.centre.zones[ask.zone];
        let (application, hops): (u32, &[u32]) = match node.kind {
            Kind::Root => (zone.portal, &[]),
            Kind::Direct => (self.centre.database_of(span.asker), &[]),
            Kind::Routed => (self.application(ask.zone, span.asker), &[zone.routers]),
            Kind::Through(Target::Near) => (self.application(ask.zone, span.asker), &[zone.multiplexers, zone.routers]),
            Kind::Through(Target::Beside) => (zone.beside, &[zone.multiplexers, zone.routers]),
            Kind::Through(Target::Remote) => (zone.remote, &[zone.multiplexers, zone.routers]),
        };
        for (i, group) in hops.iter().chain([&application]).enumerate() {
            way[i + 1] = self.choose(way[i], *group);
        }
        let legs = hops.len() + 1;
        let bytes = self.bytes.next(node.kind);
        let (transaction, parent) = self.paths.of(ask.tree, span.shape, span.place);
        // Every other shape of tree states the parents; in the others the paths say it.
        let parent = if span.shape.is_multiple_of(2) { parent } else { 0 };
        let service = self.centre.service_of[application as usize];
        let step = (span.end - span.start) / MARGIN;
        let made = self.dirt.transaction(node, span.may_be_dirty, random);
        self.totals.transaction(span.asker, service, bytes, &made);
        for leg in 0..legs {
            let mut record = Record {
                arrival: 0,
                at: span.start + step * leg as u64,
                session: ask.session,
                transaction,
                parent,
                source: way[leg],
                destination: way[leg + 1],
                service,
                bytes: bytes.0,
                reply: false,
                leg: leg as u8,
            };
            self.emit(record, &made, random);
            (record.source, record.destination) = (way[leg + 1], way[leg]);
            (record.reply, record.bytes, record.leg) = (true, bytes.1, (legs - 1 - leg) as u8);
            record.at = made.reply_at(span.start, span.end - step * leg as u64);
            self.emit(record, &made, random);
        }
        way[legs]
    }

    /// Puts a record into the calendar, with what happens to it on its way.
    fn emit(&mut self, record: Record, made: &super::dirt::Made, random: &mut Random) {
        if made.loses(&record) {
            return;
        }
        let (record, again) = self.dirt.record(record, random);
        self.put(record);
        if let Some(again) = again {
            self.totals.duplicates += 1;
            self.totals.records += 1;
            self.calendar.put(again);
        }
    }

    fn put(&mut self, record: Record) {
        self.totals.record(&record);
        self.calendar.put(record);
    }

    /// The next member of a group in turn.
    fn choose(&mut self, asker: u32, group: u32) -> u32 {
        let members = &self.centre.groups[group as usize].members;
        let turn = &mut self.turn[asker as usize * self.groups_of_zone + group as usize % self.groups_of_zone];
        let chosen = members[usize::from(*turn)];
        *turn = if usize::from(*turn) + 1 == members.len() { 0 } else { *turn + 1 };
        chosen
    }

    /// The next application of a zone in turn, but not the asker's own.
    fn application(&mut self, zone: usize, asker: u32) -> u32 {
        let applications = &self.centre.zones[zone].applications;
        let own = self.centre.processes[asker as usize].group;
        loop {
            let next = &mut self.next_application[zone];
            let chosen = applications[*next as usize];
            *next = (*next + 1) % applications.len() as u32;
            if Some(chosen) != own {
                return chosen;
            }
        }
    }
}

/// Records in the order of their arrival.
impl Iterator for Trace<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            let blocks = self.centre.size.blocks;
            if self.block == blocks {
                return self.calendar.take(u64::MAX);
            }
            if let Some(record) = self.calendar.take(self.begin_of(self.block)) {
                return Some(record);
            }
            self.make_block();
        }
    }
}

/// What a tree belongs to.
struct Ask {
    session: u32,
    /// Which tree of the session it is, from 1.
    tree: u32,
    zone: usize,
    client: u32,
    start: u64,
}

/// When a transaction runs, and for whom.
struct Span {
    start: u64,
    end: u64,
    asker: u32,
    place: usize,
    shape: usize,
    may_be_dirty: bool,
}

/// A message takes this part of its transaction's time on a leg.
const MARGIN: u64 = 20;

/// The time of a transaction within its asker's: a part of an equal share for each child, after the request has come
/// through and before the reply goes back.
fn within(from: u64, to: u64, asker: Kind, node: &template::Node, random: &mut Random) -> (u64, u64) {
    let step = (to - from) / MARGIN;
    let inner = (from + step * asker.legs(), to - step * asker.legs());
    let slot = (inner.1 - inner.0) / node.children_of_parent;
    let start = inner.0 + slot * (node.child - 1) + random.below(slot / 4 + 1);
    (start, start + slot * 3 / 4)
}

/// The time that a root takes if it is not slow: from 5 ms to 1.28 s, most around 80 ms.
fn quick(random: &mut Random) -> u64 {
    let octave = random.below(5) + random.below(4);
    let base = 5_000 << octave;
    base + random.below(base)
}
