//! Orders: a rule becomes the steps of a nested loop.
//!
//! From the atom that is scanned (what is new in a recursive relation) outwards, the next atom is the one that is expected
//! to have the fewest matches for what is bound: a relation of `n` rows and `m` columns of which `k` are bound has
//! `n^((m-k)/m)`. A test, a negation, an atom whose columns are all bound is tried as soon as it can be; a range is gone
//! through when no atom is joined on something. Every step
//! therefore extends a binding by what the smallest list offers and checks the other atoms at once, which on cyclic rules
//! is what a worst-case optimal join does (Ngo, Ré, Rudra 2013) where each step binds one variable.

use super::code::Code;
use super::relation::Relation;
use super::rule::{Atom, Expr, Ranging, Rule, Term, Test, variables};
use compiler::functor::Comparison;

/// A value at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Variable(usize),
    Word(Code),
}

/// What a step takes from a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Take {
    /// Place in the row, and the variable that gets its code.
    pub(super) binds: Vec<(usize, usize)>,
    /// Place in the row, and what must be there.
    pub(super) equals: Vec<(usize, Operand)>,
}

/// One step. The steps after it are done for each row that passes.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The rows of a table: of the first step those that it is given, else all.
    Scan { relation: usize, given: bool, take: Take },
    /// The rows under a key of an index.
    Probe { relation: usize, index: usize, key: Vec<Operand>, take: Take },
    /// A probe whose codes are the head's last column: the last step.
    Spread { relation: usize, index: usize, key: Vec<Operand>, prefix: Vec<Operand> },
    /// Whether an index has a key.
    Present { relation: usize, index: usize, key: Vec<Operand> },
    /// Whether a relation has a row, or has not.
    Check { relation: usize, row: Vec<Operand>, holds: bool },
    /// A comparison.
    Test(Test),
    /// Whether a value is one of a range.
    Within(Ranging),
    /// A variable takes each value of a range.
    Each(Ranging, usize),
    /// A variable gets a value.
    Let(usize, Expr),
    /// The head: the last step.
    Emit(Vec<Operand>),
}

/// What an order is made for.
pub(super) struct Ordering<'a> {
    rule: &'a Rule,
    relations: &'a mut [Relation],
    /// The expected number of rows of a relation.
    rows: &'a dyn Fn(usize) -> f64,
    /// Whether an index may give rows of a relation that are not its best any more.
    stale: &'a dyn Fn(usize) -> bool,
    bound: Vec<bool>,
    atoms: Vec<usize>,
    negations: Vec<usize>,
    tests: Vec<usize>,
    ranges: Vec<usize>,
    steps: Vec<Step>,
}

/// The steps of a rule: from one of its atoms outwards, or in the order of the plan.
pub(super) fn order(
    rule: &Rule,
    first: Option<usize>,
    relations: &mut [Relation],
    rows: &dyn Fn(usize) -> f64,
    stale: &dyn Fn(usize) -> bool,
) -> Vec<Step> {
    let mut ordering = Ordering {
        rule,
        relations,
        rows,
        stale,
        bound: vec![false; rule.variables],
        atoms: (0..rule.atoms.len()).collect(),
        negations: (0..rule.negations.len()).collect(),
        tests: (0..rule.tests.len()).collect(),
        ranges: (0..rule.ranges.len()).collect(),
        steps: Vec::new(),
    };
    if rule.atoms.is_empty() {
        ordering.settle();
    } else {
        ordering.scan(first.unwrap_or(0), true);
    }
    loop {
        let next = if first.is_some() { ordering.cheapest() } else { ordering.atoms.first().copied() };
        let joined_on = next.is_some_and(|atom| ordering.is_joined_on(atom));
        match (next, ordering.ready_range().filter(|_| !joined_on)) {
            (_, Some(range)) => ordering.each(range),
            (Some(atom), None) => ordering.join(atom),
            (None, None) => return ordering.finish(),
        }
    }
}

impl Ordering<'_> {
    fn is_bound(&self, e: &Expr) -> bool {
        let mut bound = true;
        variables(e, &mut |v| bound &= self.bound[v]);
        bound
    }

    fn operand(&self, term: &Term) -> Option<Operand> {
        match term {
            Term::Variable(v) => self.bound[*v].then_some(Operand::Variable(*v)),
            Term::Word(code) => Some(Operand::Word(*code)),
            Term::Any => None,
        }
    }

    /// The atom with the fewest expected matches; unconnected ones last.
    fn cheapest(&self) -> Option<usize> {
        let cost = |atom: &usize| {
            let Atom { relation, terms } = &self.rule.atoms[*atom];
            let bound = terms.iter().filter(|term| self.operand(term).is_some()).count();
            let free = (terms.len() - bound) as f64 / terms.len().max(1) as f64;
            ((bound == 0) as u8 as f64, (self.rows)(*relation).max(1.0).powf(free))
        };
        let least = self.atoms.iter().min_by(|a, b| {
            let ((x, m), (y, n)) = (cost(a), cost(b));
            x.total_cmp(&y).then(m.total_cmp(&n))
        });
        least.copied()
    }

    /// Whether some column of an atom is bound.
    fn is_joined_on(&self, atom: usize) -> bool {
        self.rule.atoms[atom].terms.iter().any(|term| self.operand(term).is_some())
    }

    /// A range whose arguments are bound.
    fn ready_range(&self) -> Option<usize> {
        self.ranges.iter().copied().find(|range| self.rule.ranges[*range].args.iter().all(|e| self.is_bound(e)))
    }

    /// Goes through a range.
    fn each(&mut self, range: usize) {
        self.ranges.retain(|other| *other != range);
        let range = self.rule.ranges[range].clone();
        match range.value {
            Expr::Variable(v) if !self.bound[v] => {
                self.bound[v] = true;
                self.steps.push(Step::Each(range, v));
            }
            _ => self.steps.push(Step::Within(range)),
        }
        self.settle();
    }

    fn scan(&mut self, atom: usize, given: bool) {
        let Atom { relation, terms } = &self.rule.atoms[atom];
        let take = self.take(terms.iter().enumerate());
        self.steps.push(Step::Scan { relation: *relation, given, take });
        self.joined(atom);
    }

    /// Joins an atom some of whose columns are free.
    fn join(&mut self, atom: usize) {
        let Atom { relation, terms } = &self.rule.atoms[atom];
        let (key, operands): (Vec<usize>, Vec<Operand>) =
            terms.iter().enumerate().filter_map(|(c, term)| Some((c, self.operand(term)?))).unzip();
        // Of a relation of best rows that still grows only the indexes hold all rows.
        if key.is_empty() && !(self.stale)(*relation) {
            return self.scan(atom, false);
        }
        let free = |(c, term): &(usize, &Term)| **term != Term::Any && !key.contains(c);
        let payload: Vec<(usize, &Term)> = terms.iter().enumerate().filter(free).collect();
        let take = self.take(payload.iter().enumerate().map(|(place, (_, term))| (place, *term)));
        let columns = payload.iter().map(|(c, _)| *c).collect();
        let index = self.relations[*relation].index(key, columns);
        self.steps.push(Step::Probe { relation: *relation, index, key: operands, take });
        self.joined(atom);
    }

    /// Binds what is free among the terms of a row, and compares the rest.
    fn take<'t>(&mut self, terms: impl Iterator<Item = (usize, &'t Term)>) -> Take {
        let mut take = Take::default();
        for (place, term) in terms {
            match (self.operand(term), term) {
                (Some(operand), _) => take.equals.push((place, operand)),
                (None, Term::Variable(v)) => {
                    self.bound[*v] = true;
                    take.binds.push((place, *v));
                }
                _ => {}
            }
        }
        take
    }

    fn joined(&mut self, atom: usize) {
        self.atoms.retain(|other| *other != atom);
        if (self.stale)(self.rule.atoms[atom].relation) {
            self.check(&self.rule.atoms[atom], true);
        }
        self.settle();
    }

    fn check(&mut self, atom: &Atom, holds: bool) {
        let row = atom.terms.iter().filter_map(|term| self.operand(term)).collect();
        self.steps.push(Step::Check { relation: atom.relation, row, holds });
    }

    /// Does whatever can be done with what is bound.
    fn settle(&mut self) {
        let rule = self.rule;
        loop {
            let tests = std::mem::take(&mut self.tests);
            let before = tests.len();
            for test in tests {
                if !self.test(&rule.tests[test]) {
                    self.tests.push(test);
                }
            }
            if self.tests.len() == before {
                break;
            }
        }
        let known = |range: &usize| {
            let Ranging { args, value, .. } = &rule.ranges[*range];
            args.iter().chain([value]).all(|e| self.is_bound(e))
        };
        let (ready, rest): (Vec<usize>, Vec<usize>) = self.ranges.iter().partition(|range| known(range));
        self.ranges = rest;
        self.steps.extend(ready.into_iter().map(|range| Step::Within(rule.ranges[range].clone())));
        let (ready, rest) = self.negations.iter().partition(|n| self.is_matched(&rule.negations[**n]));
        self.negations = rest;
        let ready: Vec<usize> = ready;
        ready.iter().for_each(|n| self.check(&rule.negations[*n], false));
        let (ready, rest): (Vec<usize>, Vec<usize>) =
            self.atoms.iter().partition(|a| self.is_matched(&rule.atoms[**a]));
        self.atoms = rest;
        ready.iter().for_each(|a| self.present(&rule.atoms[*a]));
    }

    /// Tests, or binds the one side that is unknown; whether that could be done.
    fn test(&mut self, test: &Test) -> bool {
        match (self.is_bound(&test.left), self.is_bound(&test.right)) {
            (true, true) => self.steps.push(Step::Test(test.clone())),
            (false, false) => return false,
            (left, _) if test.comparison == Comparison::Equal => {
                let (unknown, known) = if left { (&test.right, &test.left) } else { (&test.left, &test.right) };
                let Expr::Variable(v) = unknown else { return false };
                self.bound[*v] = true;
                self.steps.push(Step::Let(*v, known.clone()));
            }
            _ => return false,
        }
        true
    }

    /// Whether every column that is read is bound.
    fn is_matched(&self, atom: &Atom) -> bool {
        atom.terms.iter().all(|term| *term == Term::Any || self.operand(term).is_some())
    }

    /// Asks for a match of an atom that binds nothing.
    fn present(&mut self, atom: &Atom) {
        if !atom.terms.contains(&Term::Any) {
            return self.check(atom, true);
        }
        let (columns, key): (Vec<usize>, Vec<Operand>) =
            atom.terms.iter().enumerate().filter_map(|(c, term)| Some((c, self.operand(term)?))).unzip();
        let index = self.relations[atom.relation].index(columns, Vec::new());
        self.steps.push(Step::Present { relation: atom.relation, index, key });
    }

    /// The head, joined with the last probe if that gives its last column.
    fn finish(mut self) -> Vec<Step> {
        let mut row = Vec::new();
        for e in &self.rule.head {
            row.push(match e {
                Expr::Variable(v) => Operand::Variable(*v),
                Expr::Word(code) => Operand::Word(*code),
                Expr::Call(..) => {
                    self.bound.push(true);
                    self.steps.push(Step::Let(self.bound.len() - 1, e.clone()));
                    Operand::Variable(self.bound.len() - 1)
                }
            });
        }
        debug_assert!(
            self.tests.is_empty() && self.negations.is_empty() && self.ranges.is_empty(),
            "a rule is range-restricted"
        );
        if let (Some(Step::Probe { take, .. }), Some((Operand::Variable(last), prefix))) =
            (self.steps.last(), row.split_last())
            && take.binds == [(0, *last)]
            && take.equals.is_empty()
            && !prefix.contains(&Operand::Variable(*last))
            && let Some(Step::Probe { relation, index, key, .. }) = self.steps.pop()
        {
            row.pop();
            self.steps.push(Step::Spread { relation, index, key, prefix: row });
        } else {
            self.steps.push(Step::Emit(row));
        }
        self.steps
    }
}
