//! Equivalence relations by union-find: a class is a list of its members, and where two meet, the pairs between them are
//! new. Each pair is made once, and the smaller class takes the other's number (Tarjan, J. ACM 1975).

use super::code::Code;
use super::keys::Keys;
use super::members::List;
use super::relation::Sink;
use super::solve::Solver;
use compiler::plan::Stratum;

/// An equivalence relation in the making.
pub(super) struct Closure {
    /// The relation.
    relation: usize,
    /// Whose closure it is.
    pub(super) of: usize,
    /// Values by number.
    values: Keys,
    class: Vec<usize>,
    members: Vec<Vec<Code>>,
}

impl Solver<'_> {
    /// The equivalence relations of a stratum, without pairs.
    pub(super) fn closures(&self, stratum: &Stratum) -> Vec<Closure> {
        let closes = |id: compiler::plan::RelationId| Some((id.0 as usize, self.plan.relation(id).closes?.0 as usize));
        let found = stratum.definitions.iter().filter_map(|definition| closes(definition.relation));
        found
            .map(|(relation, of)| {
                let (class, members) = Default::default();
                Closure { relation, of, values: Keys::new(1), class, members }
            })
            .collect()
    }

    /// Takes in what was stated, in the last round if that is of the same stratum; the relation gets the pairs that follow.
    pub(super) fn close(&mut self, closure: &mut Closure) {
        let stated = &mut self.relations[closure.of];
        stated.fill();
        let pairs: Vec<[Code; 2]> =
            (0..stated.table.len()).map(|at| [0, 1].map(|column| stated.table.column(column)[at])).collect();
        let head = &mut self.relations[closure.relation].head;
        for [a, b] in pairs {
            let mut emit = |left: &[Code], right: &[Code]| {
                left.iter().for_each(|code| head.spread(&[*code], List::Codes(right), &self.scalars));
            };
            closure.unite(a, b, &mut emit);
        }
    }
}

impl Closure {
    /// Makes two values equivalent; calls `emit` for members of two classes whose pairs are new.
    fn unite(&mut self, a: Code, b: Code, emit: &mut impl FnMut(&[Code], &[Code])) {
        let (a, b) = (self.number(a, emit), self.number(b, emit));
        let (a, b) = (self.class[a], self.class[b]);
        if a == b {
            return;
        }
        let (large, small) = if self.members[a].len() < self.members[b].len() { (b, a) } else { (a, b) };
        let moved = std::mem::take(&mut self.members[small]);
        emit(&self.members[large], &moved);
        emit(&moved, &self.members[large]);
        for code in &moved {
            let number = self.values.number(&[*code]);
            self.class[number] = large;
        }
        self.members[large].extend(moved);
    }

    /// The number of a value; a new one is a class of its own.
    fn number(&mut self, value: Code, emit: &mut impl FnMut(&[Code], &[Code])) -> usize {
        let number = self.values.number(&[value]);
        if number == self.class.len() {
            self.class.push(self.members.len());
            self.members.push(vec![value]);
            emit(&[value], &[value]);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_made_once() {
        let (class, members) = Default::default();
        let mut closure = Closure { relation: 0, of: 0, values: Keys::new(1), class, members };
        let mut made = Vec::new();
        for (a, b) in [(1, 2), (3, 3), (4, 5), (2, 1), (5, 1), (3, 4)] {
            closure.unite(a, b, &mut |left, right| {
                made.extend(left.iter().flat_map(|a| right.iter().map(|b| (*a, *b))));
            });
        }
        made.sort_unstable();
        let all: Vec<(Code, Code)> = (1..6).flat_map(|a| (1..6).map(move |b| (a, b))).collect();
        assert_eq!(made, all);
    }
}
