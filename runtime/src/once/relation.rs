//! Relations while they are evaluated: their rows, the indexes over them, and what tells new rows from known ones.

use super::best::Best;
use super::code::Code;
use super::index::Index;
use super::keys::Keys;
use super::members::List;
use super::scalars::Scalars;
use super::set::Set;
use super::table::Table;

/// One relation.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// The rows of a complete relation; before, those that the last round found.
    pub(super) table: Table,
    /// Whether the relation is complete, but its rows are in its set alone.
    in_set: bool,
    /// Where rules put what they derive.
    pub(super) head: Head,
    /// Whether a rule reads what is new key by key.
    pub(super) by_key: bool,
    /// Indexes that rules have asked for.
    pub(super) indexes: Vec<Index>,
    /// Whether the table holds no row twice.
    pub(super) is_set: bool,
    /// The rows as a set, if somebody has asked for one.
    members: Option<Set>,
}

/// Takes rows that rules derive.
pub(super) trait Sink {
    /// Takes one row.
    fn emit(&mut self, row: &[Code], scalars: &Scalars);
    /// Takes a row for each code of a list, which are the last column; the columns before are `prefix`.
    fn spread(&mut self, prefix: &[Code], list: List, scalars: &Scalars);
    /// Whether a row is known.
    fn contains(&self, row: &[Code]) -> bool;
}

/// What makes a set of the rows that rules derive.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) keep: Keep,
    /// The new rows of the open round.
    pub(super) fresh: Table,
}

/// Which rows are kept.
#[derive(Clone, Debug)]
pub(super) enum Keep {
    /// All: none comes twice.
    All,
    /// Those that are new.
    New(Set),
    /// The best of each group.
    Best(Best),
}

/// From so many new rows on they are brought together by key.
const MANY: usize = 1024;

impl Relation {
    pub(super) fn new(arity: usize) -> Self {
        Relation {
            table: Table::new(arity),
            in_set: false,
            head: Head::new(arity, Keep::All),
            by_key: false,
            indexes: Vec::new(),
            is_set: false,
            members: None,
        }
    }

    /// The number of an index with this key and these columns, which may be new.
    pub(super) fn index(&mut self, key: Vec<usize>, payload: Vec<usize>) -> usize {
        let known = self.indexes.iter().position(|index| index.key == key && index.payload == payload);
        known.unwrap_or_else(|| {
            self.indexes.push(Index::new(key, payload));
            self.indexes.len() - 1
        })
    }

    /// Makes [`Relation::contains`] know every row of a complete relation.
    pub(super) fn remember(&mut self) {
        if self.members.is_none() && !matches!(self.head.keep, Keep::New(_)) {
            self.reset_members();
        }
    }

    /// Whether a row is known.
    #[inline]
    pub(super) fn contains(&self, row: &[Code]) -> bool {
        match &self.members {
            Some(members) => members.contains(row),
            None => self.head.contains(row),
        }
    }

    /// Sees to it that the table holds every row of a complete relation, each once.
    pub(super) fn distinct(&mut self) {
        self.fill();
        if !std::mem::replace(&mut self.is_set, true) {
            let mut members = Set::new(self.table.arity());
            self.table.retain(|row| members.insert(row));
            self.members = Some(members);
        }
    }

    /// Sees to it that the table holds every row of a complete relation.
    pub(super) fn fill(&mut self) {
        if std::mem::take(&mut self.in_set)
            && let Keep::New(set) = &self.head.keep
        {
            self.table = set.table();
        }
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let kept = if let Keep::New(set) = &self.head.keep { set.bytes() } else { 0 };
        self.table.bytes()
            + self.head.fresh.bytes()
            + kept
            + self.members.as_ref().map_or(0, Set::bytes)
            + self.indexes.iter().map(Index::bytes).sum::<usize>()
    }

    /// How many rows a complete relation has.
    pub(super) fn len(&mut self) -> usize {
        match &self.head.keep {
            Keep::New(set) if self.in_set => set.len(),
            _ => {
                self.distinct();
                self.table.len()
            }
        }
    }

    /// How many rows a relation has by now, if all are kept that are new.
    pub(super) fn total(&self) -> usize {
        match &self.head.keep {
            Keep::New(set) if self.members.is_none() => set.len(),
            _ => self.table.len(),
        }
    }

    /// Ends a round: what it found is what the next begins with. Whether it found anything.
    pub(super) fn close_round(&mut self) -> bool {
        self.table.clear();
        match &mut self.head.keep {
            Keep::Best(best) => best.take(&mut self.table),
            Keep::New(set) => {
                if self.by_key && self.head.fresh.len() >= MANY {
                    // They are moved: what the last round left gives its room up.
                    self.table = Table::new(self.table.arity());
                    set.group(&mut self.head.fresh);
                }
                std::mem::swap(&mut self.table, &mut self.head.fresh);
            }
            Keep::All => std::mem::swap(&mut self.table, &mut self.head.fresh),
        }
        self.indexes.iter_mut().for_each(Index::start_over);
        self.table.len() > 0
    }

    /// Ends the evaluation in one round.
    pub(super) fn complete(&mut self) {
        self.close_round();
        self.finish();
    }

    /// Ends the evaluation after the last round, or after the only one.
    pub(super) fn finish(&mut self) {
        match &self.head.keep {
            Keep::Best(best) => {
                self.table.clear();
                best.all(&mut self.table);
                self.indexes.clear();
            }
            Keep::New(set) if set.len() > self.table.len() => {
                self.in_set = true;
                // The indexes lack what a last round found, if there is such.
                match self.table.len() {
                    0 => self.indexes.iter_mut().for_each(Index::close),
                    _ => self.indexes.clear(),
                }
                self.table = Table::new(self.table.arity());
                self.head.fresh = Table::new(self.table.arity());
            }
            _ => {}
        }
        self.is_set = true;
    }

    /// Whether two complete relations hold the same rows.
    pub(super) fn equals(&self, other: &Relation) -> bool {
        let mut row = Vec::new();
        self.table.len() == other.table.len()
            && (0..self.table.len()).all(|at| {
                self.table.read(at, &mut row);
                other.contains(&row)
            })
    }

    /// The rows in groups that agree on some columns: those, and the group's codes in another column. Without that, as
    /// many codes as there are rows.
    pub(super) fn groups(&self, key: &[usize], column: Option<usize>) -> Vec<(Vec<Code>, Vec<Code>)> {
        let (mut numbers, mut groups, mut row) = (Keys::new(key.len()), Vec::new(), Vec::new());
        for at in 0..self.table.len() {
            row.clear();
            row.extend(key.iter().map(|c| self.table.column(*c)[at]));
            let number = numbers.number(&row);
            if number == groups.len() {
                groups.push((row.clone(), Vec::new()));
            }
            groups[number].1.push(column.map_or(0, |c| self.table.column(c)[at]));
        }
        groups
    }

    /// The table holds other rows now.
    pub(super) fn reset_members(&mut self) {
        let mut members = Set::new(self.table.arity());
        members.extend(&self.table);
        self.members = Some(members);
    }

    /// Forgets everything but how rows are kept.
    pub(super) fn reset(&mut self, keep: Keep) {
        *self = Relation { head: Head::new(self.table.arity(), keep), ..Relation::new(self.table.arity()) };
    }
}

impl Head {
    pub(super) fn new(arity: usize, keep: Keep) -> Self {
        Head { keep, fresh: Table::new(arity) }
    }
}

impl Sink for Head {
    #[inline]
    fn emit(&mut self, row: &[Code], scalars: &Scalars) {
        match &mut self.keep {
            Keep::All => self.fresh.push(row),
            Keep::New(set) => {
                if set.insert(row) {
                    self.fresh.push(row);
                }
            }
            Keep::Best(best) => best.insert(row, scalars),
        }
    }

    #[inline]
    fn spread(&mut self, prefix: &[Code], list: List, scalars: &Scalars) {
        match &mut self.keep {
            Keep::All => self.fresh.extend(prefix, |last| list.for_each(|code| last.push(code))),
            Keep::New(set) => {
                let members = set.members(prefix);
                self.fresh.extend(prefix, |last| members.extend(list, last));
            }
            Keep::Best(best) => {
                let mut row = prefix.to_vec();
                list.for_each(|code| {
                    row.push(code);
                    best.insert(&row, scalars);
                    row.pop();
                });
            }
        }
    }

    #[inline]
    fn contains(&self, row: &[Code]) -> bool {
        match &self.keep {
            Keep::All => false,
            Keep::New(set) => set.contains(row),
            Keep::Best(best) => best.contains(row),
        }
    }
}
