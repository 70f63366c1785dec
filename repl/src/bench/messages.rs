//! Messages as a data centre logs them, second by second, with the dirt: a third without identifiers, ten seconds of
//! disorder, duplicates, records that come too late, parents that never come, and trees that go on after a minute.
//!
//! A session has 1.5 trees of 4.2 transactions, each a request and a reply, six in ten by way of the service bus, which
//! makes two legs of each. Some 12,500 kinds of transactions, the common ones much more common, give 40,000 pairs that
//! talk. The same seed gives the same messages anywhere.

use runtime::Symbols;

/// Columns of a message.
pub(super) const WIDTH: usize = 9;

/// How long a message takes to its log at most, in seconds; less than the stream's lateness by the second that is sent at
/// once.
const DISORDER: i64 = 9;

/// Microseconds.
const SECOND: i64 = 1_000_000;

/// The first second, in microseconds since the Unix epoch.
const START: i64 = 1_700_000_000 * SECOND;

/// Words for sessions begin here: nobody asks for their text, so they have none.
const SESSIONS: u64 = 1 << 40;

/// A source of messages.
pub(super) struct Messages {
    random: u64,
    /// Messages of a second of event time.
    rate: usize,
    second: i64,
    sessions: u64,
    /// What will be logged in this second, the next, and so on.
    later: std::collections::VecDeque<Vec<u64>>,
    paths: Vec<u64>,
    kinds: [u64; 2],
    none: u64,
    processes: Vec<u64>,
    services: Vec<u64>,
    /// How many messages come too late, are there twice, or have no identifiers.
    pub(super) late: u64,
    pub(super) duplicates: u64,
    pub(super) without: u64,
    pub(super) stragglers: u64,
}

/// A transaction: its client, router, server and service, by number.
type Kind = (usize, usize, usize, usize);

impl Messages {
    /// Messages at a rate a second, with their words from a table.
    pub(super) fn new(rate: usize, seed: u64, symbols: &Symbols) -> Self {
        let word = |text: String| symbols.intern(&text);
        // Dewey paths of three levels; what a transaction is called says whose it is.
        let mut paths = Vec::new();
        for root in 1..=9 {
            paths.push(word(format!("{root}")));
            for first in 1..=9 {
                paths.push(word(format!("{root}-{first}")));
                paths.extend((1..=9).map(|second| word(format!("{root}-{first}-{second}"))));
            }
        }
        Messages {
            random: seed ^ 0x9e37_79b9_7f4a_7c15,
            rate,
            second: 0,
            sessions: 0,
            later: std::collections::VecDeque::new(),
            paths,
            kinds: [symbols.intern("request"), symbols.intern("reply")],
            none: symbols.intern(""),
            processes: (0..7000).map(|n| word(format!("process{n}"))).collect(),
            services: (0..500).map(|n| word(format!("service{n}"))).collect(),
            late: 0,
            duplicates: 0,
            without: 0,
            stragglers: 0,
        }
    }

    /// The messages that are logged in the next second, in the order in which they are.
    pub(super) fn next_second(&mut self) -> Vec<u64> {
        let mut made = 0;
        while made < self.rate * 2 / 3 {
            made += self.session();
        }
        for _ in 0..self.rate - self.rate * 2 / 3 {
            self.unidentified();
        }
        self.second += 1;
        self.later.pop_front().unwrap_or_default()
    }

    /// A number below another.
    fn below(&mut self, n: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood 2014).
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ z >> 31) * u128::from(n)) >> 64) as u64
    }

    /// A kind of transaction: most are of a few kinds.
    fn kind(&mut self) -> Kind {
        let u = self.below(1 << 20) as f64 / f64::from(1 << 20);
        let n = (12_500.0 * u * u * u) as usize;
        let mixed = n.wrapping_mul(0x9e37_79b1);
        (n % 4000, 4000 + mixed % 500, 4500 + (mixed >> 9) % 2500, (mixed >> 5) % 500)
    }

    fn now(&mut self) -> i64 {
        START + self.second * SECOND + self.below(SECOND as u64) as i64
    }

    /// Puts a message into the second in which it is logged.
    fn log(&mut self, row: [u64; WIDTH]) {
        let at = row[3] as i64;
        let delay = match self.below(100) {
            0..90 => self.below(SECOND as u64) as i64,
            _ => self.below((DISORDER * SECOND) as u64) as i64,
        };
        self.put(row, at + delay);
        match self.below(10_000) {
            0..20 => {
                self.duplicates += 1;
                self.put(row, at + delay);
            }
            20 => {
                // The log of some machine was away for half a minute.
                let mut row = row;
                row[8] += 1;
                self.late += 1;
                self.put(row, at + 30 * SECOND);
            }
            _ => {}
        }
    }

    fn put(&mut self, row: [u64; WIDTH], logged: i64) {
        let ahead = ((logged - START).div_euclid(SECOND) - self.second).max(0) as usize;
        while self.later.len() <= ahead {
            self.later.push_back(Vec::new());
        }
        self.later[ahead].extend_from_slice(&row);
    }

    fn unidentified(&mut self) {
        let (client, router, _, service) = self.kind();
        let (at, kind, bytes) = (self.now(), self.below(2) as usize, self.below(20_000));
        self.without += 1;
        let (a, b) = (self.processes[client], self.processes[router]);
        let row = [self.none, self.none, self.none, at as u64, self.kinds[kind], a, b, self.services[service], bytes];
        self.log(row);
    }

    /// A session; how many messages it has.
    fn session(&mut self) -> usize {
        let session = SESSIONS + self.sessions;
        self.sessions += 1;
        let trees = 1 + usize::from(self.below(2) == 0);
        let (mut made, mut at) = (0, self.now());
        for tree in 0..trees {
            let size = 1 + self.below(7) as usize / 2 + usize::from(self.below(5) == 0) * self.below(8) as usize;
            let start = at;
            for member in 0..size {
                // A root, its children, theirs: as paths, a third also as stated parents.
                let (path, parent) = match member {
                    0 => (0, None),
                    n @ 1..=3 => (1 + 10 * (n - 1), Some(0)),
                    n => (1 + 10 * ((n - 4) % 3) + 1 + (n - 4) / 3 % 9, Some(1 + 10 * ((n - 4) % 3))),
                };
                let named = |at: usize| 91 * tree + at;
                let stated = parent.filter(|_| self.below(3) == 0).map(|parent| self.paths[named(parent)]);
                let begin = start + (member as i64) * self.below(60_000) as i64;
                let lost = member > 0 && self.below(1000) == 0;
                let path = if lost { path + 1 } else { path };
                made += self.transaction(session, self.paths[named(path)], stated.unwrap_or(self.none), begin);
                at = at.max(begin);
            }
            // One tree in 400 has a leg a minute later or two.
            if self.below(400) == 0 {
                self.stragglers += 1;
                let later = start + (61 + self.below(50) as i64) * SECOND;
                made += self.transaction(session, self.paths[91 * tree], self.none, later);
            }
            at += 200_000 + self.below(1_500_000) as i64;
        }
        made
    }

    fn transaction(&mut self, session: u64, path: u64, parent: u64, begin: i64) -> usize {
        let (client, router, server, service) = self.kind();
        let (client, router, server) = (self.processes[client], self.processes[router], self.processes[server]);
        let service = self.services[service];
        let (asked, told) = (self.below(4_000), self.below(40_000));
        let end = begin + 1_000 + self.below(250_000) as i64;
        let row = |at: i64, kind: u64, from: u64, to: u64, bytes: u64| {
            [session, path, parent, at as u64, kind, from, to, service, bytes]
        };
        let [request, reply] = self.kinds;
        if self.below(10) < 6 {
            self.log(row(begin, request, client, router, asked));
            self.log(row(begin + 300, request, router, server, asked));
            self.log(row(end, reply, server, router, told));
            self.log(row(end + 300, reply, router, client, told));
            return 4;
        }
        self.log(row(begin, request, client, server, asked));
        self.log(row(end, reply, server, client, told));
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_has_no_identifiers_and_few_are_later_than_ten_seconds() {
        let mut messages = Messages::new(3_000, 1, &Symbols::default());
        let (mut newest, mut late, mut all, mut without) = (0, 0, 0, 0);
        for _ in 0..40 {
            for row in messages.next_second().chunks_exact(WIDTH) {
                newest = newest.max(row[3]);
                late += u64::from(row[3] + 10_000_000 < newest);
                without += u64::from(row[0] == messages.none);
                all += 1;
            }
        }
        assert!(all > 100_000, "{all}");
        assert!((all / 4..all / 2).contains(&without), "{without} of {all}");
        assert!(late > 0 && late <= messages.late, "{late} of {}", messages.late);
    }
}
