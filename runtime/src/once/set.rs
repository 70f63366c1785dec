//! Sets of tuples: the leading columns are a key, the last column's codes its [`Members`].

use super::code::Code;
use super::keys::Keys;
use super::members::Members;
use super::table::Table;

/// A set of tuples of a fixed width.
#[derive(Clone, Debug)]
pub(super) struct Set {
    arity: usize,
    keys: Keys,
    members: Vec<Members>,
    /// Room for [`Set::group`]: zero for each key.
    places: Vec<u32>,
}

/// Key and last column. The tuple without columns has a last column all the same.
#[inline]
fn split(tuple: &[Code]) -> (&[Code], Code) {
    tuple.split_last().map_or((&[], 0), |(last, key)| (key, *last))
}

impl Set {
    /// No tuples yet, of so many columns.
    pub(super) fn new(arity: usize) -> Self {
        Set { arity, keys: Keys::new(arity.saturating_sub(1)), members: Vec::new(), places: Vec::new() }
    }

    /// No tuples, of as many columns as these.
    pub(super) fn empty(&self) -> Self {
        Set::new(self.arity)
    }

    /// The members of a key, which may be new.
    #[inline]
    pub(super) fn members(&mut self, key: &[Code]) -> &mut Members {
        let number = self.keys.number(key);
        if number == self.members.len() {
            self.members.push(Members::default());
        }
        &mut self.members[number]
    }

    /// The members of a key that is there.
    #[inline]
    pub(super) fn get(&self, key: &[Code]) -> Option<&Members> {
        self.keys.find(key).map(|number| &self.members[number])
    }

    /// Every key with its members, in no order.
    pub(super) fn for_each(&self, mut f: impl FnMut(&[Code], &Members)) {
        self.keys.for_each(|key, number| f(key, &self.members[number]));
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.keys.bytes()
            + size_of::<Members>() * self.members.capacity()
            + self.members.iter().map(Members::bytes).sum::<usize>()
    }

    /// The number of tuples.
    pub(super) fn len(&self) -> usize {
        self.members.iter().map(Members::len).sum()
    }

    /// All tuples.
    pub(super) fn table(&self) -> Table {
        let arity = self.arity;
        let mut table = Table::new(arity);
        self.for_each(|key, members| match arity {
            0 => (0..members.len()).for_each(|_| table.push(&[])),
            _ => table.extend(key, |last| members.list().for_each(|code| last.push(code))),
        });
        table
    }

    /// Adds a tuple; whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, tuple: &[Code]) -> bool {
        let (key, last) = split(tuple);
        self.members(key).insert(last)
    }

    /// Whether a tuple is in the set.
    #[inline]
    pub(super) fn contains(&self, tuple: &[Code]) -> bool {
        let (key, last) = split(tuple);
        self.get(key).is_some_and(|members| members.contains(last))
    }

    /// Brings those rows of a table together that agree on all columns but the last, in the order of the column before:
    /// rules often carry that along, and then the sets that they add to lie near each other in time. All rows are in the
    /// set. It takes a counting sort by key number.
    pub(super) fn group(&mut self, table: &mut Table) {
        // The key of each run: four bytes, for there may be one a row. Where they end is easily found again.
        let mut numbers: Vec<u32> = Vec::new();
        let (mut row, mut at) = (Vec::new(), 0);
        while at < table.len() {
            table.read(at, &mut row);
            numbers.push(self.keys.find(split(&row).0).unwrap_or(0) as u32);
            at = table.run(at, table.len());
        }
        let rows: &Table = table;
        let runs = || {
            let mut at = 0;
            numbers.iter().map(move |number| {
                let start = at;
                at = rows.run(start, rows.len());
                (*number as usize, start..at)
            })
        };
        self.places.resize(self.members.len(), 0);
        let mut order = Vec::new();
        let before = |row: usize| rows.arity().checked_sub(2).map_or(0, |column| rows.column(column)[row]);
        for (number, run) in runs() {
            if self.places[number] == 0 {
                order.push((before(run.start), number));
            }
            self.places[number] += run.len() as u32;
        }
        order.sort_unstable();
        let mut sum = 0;
        order.iter().for_each(|(_, number)| sum += std::mem::replace(&mut self.places[*number], sum));
        let places = runs().map(|(number, run)| {
            let place = self.places[number] as usize;
            self.places[number] += run.len() as u32;
            (run, place)
        });
        let moved = rows.moved(places);
        *table = moved;
        order.into_iter().for_each(|(_, number)| self.places[number] = 0);
    }

    /// Adds all rows of a table.
    pub(super) fn extend(&mut self, table: &Table) {
        let mut row = Vec::new();
        for at in 0..table.len() {
            table.read(at, &mut row);
            self.insert(&row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_key_are_brought_together() {
        let (mut set, mut table) = (Set::new(3), Table::new(3));
        let rows: Vec<[Code; 3]> = (0..60).map(|i| [i % 3, i % 2, i / 7]).filter(|row| set.insert(row)).collect();
        rows.iter().for_each(|row| table.push(row));
        set.group(&mut table);
        let (mut at, mut runs, mut row, mut found) = (0, 0, Vec::new(), Vec::new());
        while at < table.len() {
            at = table.run(at, table.len());
            runs += 1;
        }
        for at in 0..table.len() {
            table.read(at, &mut row);
            found.push([row[0], row[1], row[2]]);
        }
        found.sort_unstable();
        let mut expected = rows.clone();
        expected.sort_unstable();
        assert_eq!((runs, found), (6, expected));
    }

    #[test]
    fn tuples_of_any_width_are_there_once() {
        for arity in 0..5 {
            let mut set = Set::new(arity);
            let tuple = |n: Code| (0..arity as Code).map(|c| n / (c + 1)).collect::<Vec<Code>>();
            assert!(!set.contains(&tuple(5)));
            assert!(set.insert(&tuple(5)) && !set.insert(&tuple(5)));
            assert!(set.contains(&tuple(5)));
            assert_eq!(set.insert(&tuple(6)), arity > 0);
        }
    }
}
