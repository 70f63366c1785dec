//! Indexes: for each key the list of what a join takes from the matching tuples.
//!
//! An index holds the columns that are read and no others. Of a complete relation it is one array, cut by key; of a growing
//! one a list for each key, to whose end each round adds, or, if it is of single codes, a set that becomes bits where it is
//! dense. Either way a join is a scan of memory in order.

use super::code::Code;
use super::keys::Keys;
use super::members::{List, Members};
use super::table::Table;

/// An index of one relation.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// The columns by which it is looked up, ascending.
    pub(super) key: Vec<usize>,
    /// The columns that it gives.
    pub(super) payload: Vec<usize>,
    keys: Keys,
    lists: Lists,
    /// How many rows of the table it covers.
    covered: usize,
    /// Whether lists are searched for a code, too: they are sets then.
    searched: bool,
    /// Whether it covers all rows that there will be.
    whole: bool,
}

#[derive(Clone, Debug)]
enum Lists {
    /// Nothing is read: a key is there or not.
    Empty,
    /// The list of key `n` is between the places `n` and `n + 1`.
    Packed { places: Vec<u32>, codes: Vec<Code> },
    /// The list of a key of one column, a code, is between the places `code` and `code + 1`; the keys are not numbered.
    Direct { places: Vec<u32>, codes: Vec<Code> },
    /// One list a key, of rows of several codes.
    Growing(Vec<Vec<Code>>),
    /// One set a key.
    Sets(Vec<Members>),
}

impl Index {
    /// An index that covers nothing yet.
    pub(super) fn new(key: Vec<usize>, payload: Vec<usize>) -> Self {
        let lists = match payload.len() {
            0 => Lists::Empty,
            1 => Lists::Sets(Vec::new()),
            _ => Lists::Growing(Vec::new()),
        };
        Index { keys: Keys::new(key.len()), key, payload, lists, covered: 0, searched: false, whole: false }
    }

    /// From here on lists of single codes are searched, too.
    pub(super) fn search(&mut self) {
        if !std::mem::replace(&mut self.searched, true)
            && matches!(self.lists, Lists::Packed { .. } | Lists::Direct { .. })
        {
            *self = Index { searched: true, ..Index::new(self.key.clone(), self.payload.clone()) };
        }
    }

    /// The codes under a key as a set, of an index whose lists are searched; none if no tuple has it.
    #[inline]
    pub(super) fn members(&self, key: &[Code]) -> Option<&Members> {
        match &self.lists {
            Lists::Sets(sets) => self.keys.find(key).map(|number| &sets[number]),
            _ => None,
        }
    }

    /// The codes under a key, row after row; none if no tuple has it.
    #[inline]
    pub(super) fn get(&self, key: &[Code]) -> Option<List<'_>> {
        if let (Lists::Direct { places, codes }, [code]) = (&self.lists, key) {
            let [start, end] = places.get(*code as usize..)?.first_chunk()?;
            return (start < end).then(|| List::Codes(&codes[*start as usize..*end as usize]));
        }
        let number = self.keys.find(key)?;
        Some(match &self.lists {
            Lists::Empty | Lists::Direct { .. } => List::Codes(&[]),
            Lists::Packed { places, codes } => {
                List::Codes(&codes[places[number] as usize..places[number + 1] as usize])
            }
            Lists::Growing(lists) => List::Codes(&lists[number]),
            Lists::Sets(sets) => sets[number].list(),
        })
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let code = size_of::<Code>();
        self.keys.bytes()
            + match &self.lists {
                Lists::Empty => 0,
                Lists::Packed { places, codes } | Lists::Direct { places, codes } => {
                    code * (places.capacity() + codes.capacity())
                }
                Lists::Growing(lists) => lists.iter().map(|list| size_of_val(list) + code * list.capacity()).sum(),
                Lists::Sets(sets) => sets.iter().map(|set| size_of_val(set) + set.bytes()).sum(),
            }
    }

    /// Takes in the rows of a relation that still grows, up to one.
    pub(super) fn extend(&mut self, table: &Table, end: usize) {
        let mut key = vec![0; self.key.len()];
        for row in self.covered..end {
            fill(&mut key, table, &self.key, row);
            let number = self.keys.number(&key);
            match &mut self.lists {
                Lists::Growing(lists) => {
                    if number == lists.len() {
                        lists.push(Vec::new());
                    }
                    let payload = self.payload.iter().map(|column| table.column(*column)[row]);
                    lists[number].extend(payload);
                }
                Lists::Sets(sets) => {
                    if number == sets.len() {
                        sets.push(Members::default());
                    }
                    sets[number].insert(table.column(self.payload[0])[row]);
                }
                Lists::Empty | Lists::Packed { .. } | Lists::Direct { .. } => {}
            }
        }
        self.covered = end;
    }

    /// From here on the table holds other rows, that come after those which it held.
    pub(super) fn start_over(&mut self) {
        self.covered = 0;
    }

    /// The relation that it covers is complete.
    pub(super) fn close(&mut self) {
        self.whole = true;
    }

    /// Takes in all rows of a relation that is complete.
    pub(super) fn complete(&mut self, table: &Table) {
        if std::mem::replace(&mut self.whole, true) {
            return;
        }
        let width = self.payload.len();
        let fits = table.len().checked_mul(width).is_some_and(|codes| u32::try_from(codes).is_ok());
        if self.covered > 0 || width == 0 || self.searched || !fits {
            return self.extend(table, table.len());
        }
        self.covered = table.len();
        if let [column] = self.key[..] {
            let greatest = table.column(column).iter().copied().max().unwrap_or(0) as usize;
            if greatest < SHORT + SPARSE * table.len() {
                let number = |row: usize| table.column(column)[row] as usize;
                let (places, codes) = pack(table, &self.payload, vec![0; greatest + 1], number);
                self.lists = Lists::Direct { places, codes };
                return;
            }
        }
        let mut key = vec![0; self.key.len()];
        for row in 0..table.len() {
            fill(&mut key, table, &self.key, row);
            self.keys.number(&key);
        }
        let mut key = vec![0; self.key.len()];
        let number = |row: usize| {
            fill(&mut key, table, &self.key, row);
            self.keys.find(&key).unwrap_or(0)
        };
        let (places, codes) = pack(table, &self.payload, Vec::new(), number);
        self.lists = Lists::Packed { places, codes };
    }
}

/// An array by code may always have this many places, and so many for each row.
const SHORT: usize = 1 << 12;
const SPARSE: usize = 4;

/// The payload of all rows, list after list, and the place where each list begins: a counting sort. There are as many lists
/// as `places`, or more, by their numbers.
fn pack(
    table: &Table,
    payload: &[usize],
    mut places: Vec<u32>,
    mut number: impl FnMut(usize) -> usize,
) -> (Vec<u32>, Vec<Code>) {
    let width = payload.len();
    for row in 0..table.len() {
        let number = number(row);
        if number >= places.len() {
            places.resize(number + 1, 0);
        }
        places[number] += width as u32;
    }
    places.push(0);
    // Where each list ends; as codes come in, from the last row to the first, that moves to where it begins.
    let mut sum = 0;
    for place in &mut places {
        sum += *place;
        *place = sum;
    }
    let mut codes = vec![0; sum as usize];
    for row in (0..table.len()).rev() {
        let place = &mut places[number(row)];
        *place -= width as u32;
        let payload = payload.iter().map(|column| table.column(*column)[row]);
        codes[*place as usize..].iter_mut().zip(payload).for_each(|(to, from)| *to = from);
    }
    (places, codes)
}

#[inline]
fn fill(key: &mut [Code], table: &Table, columns: &[usize], row: usize) {
    key.iter_mut().zip(columns).for_each(|(code, column)| *code = table.column(*column)[row]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_index_and_a_growing_one_hold_the_same() {
        let mut table = Table::new(3);
        (0..100).for_each(|i| table.push(&[i % 7, i, i % 3]));
        for (key, payload) in [(vec![0], vec![1]), (vec![0, 2], vec![1]), (vec![2], vec![0, 1]), (vec![], vec![2])] {
            let mut packed = Index::new(key.clone(), payload.clone());
            packed.complete(&table);
            let mut growing = Index::new(key.clone(), payload.clone());
            growing.extend(&table, 40);
            growing.extend(&table, 100);
            let mut wanted = vec![0; key.len()];
            for row in 0..100 {
                fill(&mut wanted, &table, &key, row);
                let mut place = vec![0; payload.len()];
                fill(&mut place, &table, &payload, row);
                for index in [&packed, &growing] {
                    let mut list = Vec::new();
                    index.get(&wanted).expect("the key is there").for_each(|code| list.push(code));
                    assert!(list.chunks_exact(payload.len()).any(|codes| codes == place));
                }
            }
            assert!(key.is_empty() || packed.get(&vec![9; key.len()]).is_none());
        }
    }
}
