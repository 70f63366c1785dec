//! Orders: a rule becomes the steps of a nested loop.
//!
//! From the atom that is scanned (what is new in a recursive relation) outwards, the next atom is the one that is expected
//! to have the fewest matches for what is bound: a relation of `n` rows and `m` columns of which `k` are bound has
//! `n^((m-k)/m)`. A test, a negation, an atom whose columns are all bound is tried as soon as it can be; a range is gone
//! through when no atom is joined on something. Where several
//! atoms can bind one variable, their lists meet (`meet`): on cyclic rules that is a worst-case optimal join (Ngo, Ré, Rudra
//! 2013).

use super::code::Code;
use super::meet::is_cyclic;
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

/// A list of an index, which is searched.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub(super) relation: usize,
    pub(super) index: usize,
    pub(super) key: Vec<Operand>,
}

/// One step. The steps after it are done for each row that passes.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The rows of a table: of the first step those that it is given, else all.
    Scan { relation: usize, given: bool, take: Take },
    /// The rows under a key of an index.
    Probe { relation: usize, index: usize, key: Vec<Operand>, take: Take },
    /// A variable takes each code that all of these lists have.
    Meet { variable: usize, lists: Vec<Lookup> },
    /// The keys of what is given: all columns but the last. The codes of the last are the group at hand.
    Groups { relation: usize, take: Take },
    /// Each code of the group.
    Grouped(usize),
    /// The head's last column is what was gathered for the group, the others are these: the last step.
    Pour(Vec<Operand>),
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

/// What is known about relations.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The expected number of rows.
    pub(super) rows: &'a dyn Fn(usize) -> f64,
    /// Whether the relation is of the stratum that is being solved.
    pub(super) grows: &'a dyn Fn(usize) -> bool,
    /// Whether an index may give rows that are not the best any more.
    pub(super) stale: &'a dyn Fn(usize) -> bool,
}

/// An order in the making.
pub(super) struct Ordering<'a> {
    pub(super) rule: &'a Rule,
    pub(super) relations: &'a mut [Relation],
    pub(super) known: Known<'a>,
    pub(super) bound: Vec<bool>,
    pub(super) atoms: Vec<usize>,
    negations: Vec<usize>,
    tests: Vec<usize>,
    ranges: Vec<usize>,
    /// Whether the atoms of the rule join in a cycle.
    pub(super) cyclic: bool,
    pub(super) steps: Vec<Step>,
}

/// The steps of a rule: from one of its atoms outwards, or in the order of the plan.
pub(super) fn order(rule: &Rule, first: Option<usize>, relations: &mut [Relation], known: Known) -> Vec<Step> {
    let mut ordering = Ordering::new(rule, relations, known, &|_| true);
    if rule.atoms.is_empty() {
        ordering.settle();
    } else {
        ordering.scan(first.unwrap_or(0), true);
    }
    match first {
        Some(_) => ordering.go_on(Ordering::cheapest),
        None => ordering.go_on(|ordering| ordering.atoms.first().copied()),
    }
    ordering.finish(&rule.head)
}

impl<'a> Ordering<'a> {
    /// Nothing is bound, and what `takes` is to be done.
    pub(super) fn new(
        rule: &'a Rule,
        relations: &'a mut [Relation],
        known: Known<'a>,
        takes: &dyn Fn(Item) -> bool,
    ) -> Self {
        Ordering {
            rule,
            relations,
            known,
            bound: vec![false; rule.variables],
            atoms: (0..rule.atoms.len()).filter(|n| takes(Item::Atom(*n))).collect(),
            negations: (0..rule.negations.len()).filter(|n| takes(Item::Negation(*n))).collect(),
            tests: (0..rule.tests.len()).filter(|n| takes(Item::Test(*n))).collect(),
            ranges: (0..rule.ranges.len()).filter(|n| takes(Item::Range(*n))).collect(),
            cyclic: is_cyclic(rule),
            steps: Vec::new(),
        }
    }

    /// Starts with a step that binds some variables.
    pub(super) fn start(&mut self, step: Option<Step>, binds: impl Iterator<Item = usize>) {
        binds.for_each(|v| self.bound[v] = true);
        self.steps.extend(step);
    }

    /// Joins what is to be joined, the cheapest first.
    pub(super) fn join_all(&mut self) {
        self.settle();
        self.go_on(Self::cheapest);
    }

    /// Does what is left: joins, and ranges where no atom is joined on something.
    fn go_on(&mut self, next: impl Fn(&Self) -> Option<usize>) {
        loop {
            let next = next(self);
            let joined_on = next.is_some_and(|atom| self.is_joined_on(atom));
            match (next, self.ready_range().filter(|_| !joined_on)) {
                (_, Some(range)) => self.each(range),
                (Some(atom), None) => self.join(atom),
                (None, None) => return,
            }
        }
    }
}

/// A part of a rule's body, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Atom(usize),
    Negation(usize),
    Test(usize),
    Range(usize),
}

impl Ordering<'_> {
    fn is_bound(&self, e: &Expr) -> bool {
        let mut bound = true;
        variables(e, &mut |v| bound &= self.bound[v]);
        bound
    }

    pub(super) fn operand(&self, term: &Term) -> Option<Operand> {
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
            ((bound == 0) as u8 as f64, (self.known.rows)(*relation).max(1.0).powf(free))
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
        let rule = self.rule;
        if self.meet(atom) {
            return;
        }
        if let Some(last) = self.spread_column(atom) {
            // First the other free column, each value once; then, under it, the lists that go into the head as they are.
            let mut projected = rule.atoms[atom].clone();
            projected.terms[last] = Term::Any;
            self.probe(&projected);
        }
        // Of a relation that grows only the indexes hold all rows.
        let Atom { relation, terms } = &rule.atoms[atom];
        if terms.iter().all(|term| self.operand(term).is_none()) && !(self.known.grows)(*relation) {
            return self.scan(atom, false);
        }
        self.probe(&rule.atoms[atom]);
        self.joined(atom);
    }

    /// The column of the last atom that is nothing but the head's last one, if one other column is free. The index of a
    /// relation that grows is then worth cutting by both.
    fn spread_column(&self, atom: usize) -> Option<usize> {
        let (Atom { relation, terms }, Some((Expr::Variable(last), prefix))) =
            (&self.rule.atoms[atom], self.rule.head.split_last())
        else {
            return None;
        };
        let is_free = |term: &&Term| **term != Term::Any && self.operand(term).is_none();
        let free = terms.iter().filter(is_free).count();
        let mut used = false;
        let mut uses = |v: usize| used |= v == *last;
        prefix.iter().for_each(|e| variables(e, &mut uses));
        for test in self.tests.iter().map(|test| &self.rule.tests[*test]) {
            variables(&test.left, &mut uses);
            variables(&test.right, &mut uses);
        }
        let ranging = self.ranges.iter().map(|range| &self.rule.ranges[*range]);
        ranging.flat_map(|range| range.args.iter().chain([&range.value])).for_each(|e| variables(e, &mut uses));
        let negated = self.negations.iter().flat_map(|n| &self.rule.negations[*n].terms);
        used |= negated.into_iter().any(|term| *term == Term::Variable(*last));
        let fits = self.atoms == [atom]
            && free == 2
            && !used
            && (self.known.grows)(*relation)
            && !(self.known.stale)(*relation)
            && terms.iter().filter(|term| **term == Term::Variable(*last)).count() == 1
            && terms.iter().any(|term| self.operand(term).is_some());
        terms.iter().position(|term| *term == Term::Variable(*last)).filter(|_| fits && !self.bound[*last])
    }

    /// Looks an atom up by what is bound.
    fn probe(&mut self, atom: &Atom) {
        let Atom { relation, terms } = atom;
        let (key, operands): (Vec<usize>, Vec<Operand>) =
            terms.iter().enumerate().filter_map(|(c, term)| Some((c, self.operand(term)?))).unzip();
        let free = |(c, term): &(usize, &Term)| **term != Term::Any && !key.contains(c);
        let payload: Vec<(usize, &Term)> = terms.iter().enumerate().filter(free).collect();
        let take = self.take(payload.iter().enumerate().map(|(place, (_, term))| (place, *term)));
        let columns = payload.iter().map(|(c, _)| *c).collect();
        let index = self.relations[*relation].index(key, columns);
        self.steps.push(Step::Probe { relation: *relation, index, key: operands, take });
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
        if (self.known.stale)(self.rule.atoms[atom].relation) {
            self.check(&self.rule.atoms[atom], true);
        }
        self.settle();
    }

    fn check(&mut self, atom: &Atom, holds: bool) {
        let row = atom.terms.iter().filter_map(|term| self.operand(term)).collect();
        self.steps.push(Step::Check { relation: atom.relation, row, holds });
    }

    /// Does whatever can be done with what is bound.
    pub(super) fn settle(&mut self) {
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

    /// The operands of some expressions, computed where they have to be.
    fn operands(&mut self, row: &[Expr]) -> Vec<Operand> {
        debug_assert!(
            self.tests.is_empty() && self.negations.is_empty() && self.ranges.is_empty(),
            "a rule is range-restricted"
        );
        let operand = |e: &Expr| match e {
            Expr::Variable(v) => Operand::Variable(*v),
            Expr::Word(code) => Operand::Word(*code),
            Expr::Call(..) => {
                self.bound.push(true);
                self.steps.push(Step::Let(self.bound.len() - 1, e.clone()));
                Operand::Variable(self.bound.len() - 1)
            }
        };
        row.iter().map(operand).collect()
    }

    /// The head, joined with the last probe if that gives its last column.
    pub(super) fn finish(mut self, head: &[Expr]) -> Vec<Step> {
        let mut row = self.operands(head);
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

    /// All of the head but its last column, which is what was gathered.
    pub(super) fn pour(mut self, prefix: &[Expr]) -> Vec<Step> {
        let prefix = self.operands(prefix);
        self.steps.push(Step::Pour(prefix));
        self.steps
    }
}
