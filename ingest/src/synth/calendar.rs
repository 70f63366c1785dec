//! A calendar: records that are to come, taken in the order of their arrival.
//!
//! Time is cut into days of 16 ms, as many as fit four minutes; a record goes into its day's page in constant time, and a
//! page is sorted when its day has come (Brown, CACM 1988).

use super::trace::{BEGIN, Record};

/// The length of a day, as a power of two of microseconds, and the number of days.
const DAY: u32 = 14;
const DAYS: u64 = 1 << 14;

pub(super) struct Calendar {
    pages: Vec<Vec<Record>>,
    /// The day that is being taken.
    today: u64,
    /// Its records, last first.
    open: Vec<Record>,
    /// How many records there are.
    held: usize,
}

impl Calendar {
    pub(super) fn new() -> Calendar {
        Calendar { pages: vec![Vec::new(); DAYS as usize], today: BEGIN >> DAY, open: Vec::new(), held: 0 }
    }

    /// Adds a record, whose time has not come yet.
    pub(super) fn put(&mut self, record: Record) {
        let day = record.arrival >> DAY;
        debug_assert!(day >= self.today && day - self.today < DAYS, "{record:?} is not in the calendar");
        self.held += 1;
        if day == self.today && !self.open.is_empty() {
            let place = self.open.partition_point(|other| key(other) > key(&record));
            self.open.insert(place, record);
        } else {
            self.pages[(day % DAYS) as usize].push(record);
        }
    }

    /// Takes the next record, if it arrives before a time.
    pub(super) fn take(&mut self, before: u64) -> Option<Record> {
        if self.held == 0 {
            return None;
        }
        while self.open.is_empty() {
            let page = &mut self.pages[(self.today % DAYS) as usize];
            if !page.is_empty() {
                std::mem::swap(&mut self.open, page);
                self.open.sort_unstable_by_key(|record| std::cmp::Reverse(key(record)));
            } else if (self.today + 1) << DAY <= before {
                self.today += 1;
            } else {
                return None;
            }
        }
        let record = self.open.pop_if(|record| record.arrival < before)?;
        self.held -= 1;
        Some(record)
    }
}

/// What the order is by; no two records have the same.
fn key(record: &Record) -> (u64, u64, u32, u32, bool, u8, u32, u32, u32) {
    let Record { arrival, at, session, transaction, reply, leg, source, destination, bytes, .. } = *record;
    (arrival, at, session, transaction, reply, leg, source, destination, bytes)
}
