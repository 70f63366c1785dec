//! Factors: the two halves of a rule that meet in the key of what is new.
//!
//! ```text
//! sg(x, y) :- arc(a, x), sg(a, b), arc(b, y).
//! ```
//!
//! For one `a`, which `x` there are has nothing to do with which `y` there are. So the new rows of `sg` are taken key by key:
//! the `y` of all new `b` of an `a` are gathered into one set, and that is united with the members of each `x`. Instead of
//! `|x| * |b| * |y|` candidates there are `|b| * |y|`, and `|x|` unions at 64 candidates a step where sets are dense.
//!
//! A rule splits if the head's last column hangs together, over variables other than those of the key, with no other column
//! of the head. The last column of the new rows may belong to either half.

use super::order::{Item, Known, Ordering, Step, Take};
use super::relation::Relation;
use super::rule::{Expr, Rule, Term, variables};

/// The steps of a rule.
pub(super) struct Way {
    /// From the rows that are given to the head; if they are taken group by group, to the head without its last column.
    pub(super) steps: Vec<Step>,
    /// From one group to the head's last column; none if that is the group itself.
    pub(super) gather: Option<Vec<Step>>,
}

/// The halves of a rule.
pub(super) struct Factors {
    pub(super) way: Way,
    /// Whether all is gathered and the other half is the key itself. Then gathering saves no candidates; but it brings them
    /// down to a set before what is known is looked at, which several threads have to look at twice.
    pub(super) alone: bool,
}

impl Way {
    /// All steps.
    pub(super) fn all(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.gather.iter().flatten())
    }
}

/// The rule in halves, from what is new in one of its atoms; none if it does not split.
pub(super) fn factor(rule: &Rule, first: usize, relations: &mut [Relation], known: Known) -> Option<Factors> {
    let atom = &rule.atoms[first];
    let (Term::Variable(own), key) = atom.terms.split_last()? else { return None };
    let key: Vec<usize> = key.iter().filter_map(|t| if let Term::Variable(v) = t { Some(*v) } else { None }).collect();
    let (Expr::Variable(last), prefix) = rule.head.split_last()? else { return None };
    let repeats = (1..key.len()).any(|n| key[..n].contains(&key[n]));
    if key.is_empty() || repeats || key.contains(own) || key.contains(last) {
        return None;
    }
    let halves = Halves { rule, key: &key };
    let gathered = halves.component(*last, first);
    let mut apart = true;
    prefix.iter().for_each(|e| variables(e, &mut |v| apart &= !gathered.contains(&v)));
    if !apart {
        return None;
    }
    let is_gathered = |item: Item| halves.of(item).iter().any(|v| gathered.contains(v));
    let is_poured = |item: Item| item != Item::Atom(first) && !is_gathered(item);
    let others = (0..rule.atoms.len()).any(|n| is_poured(Item::Atom(n)));
    let alone = !others && gathered.contains(own);
    let take = Take {
        binds: atom.terms.iter().enumerate().filter_map(|(c, t)| binds(t, &key).map(|v| (c, v))).collect(),
        equals: atom.terms.iter().enumerate().filter_map(|(c, t)| word(t).map(|word| (c, word))).collect(),
    };
    let groups = Step::Groups { relation: atom.relation, take };
    let takes = |item| item != Item::Atom(first) && is_gathered(item);
    let gather = halves.items().any(takes).then(|| {
        let mut ordering = Ordering::new(rule, relations, known, &takes);
        ordering.start(None, key.iter().copied());
        if gathered.contains(own) {
            ordering.start(Some(Step::Grouped(*own)), [*own].into_iter());
        }
        ordering.join_all();
        ordering.finish(&rule.head[prefix.len()..])
    });
    let mut ordering = Ordering::new(rule, relations, known, &is_poured);
    ordering.start(Some(groups), key.iter().copied());
    if !gathered.contains(own) {
        ordering.start(Some(Step::Grouped(*own)), [*own].into_iter());
    }
    ordering.join_all();
    Some(Factors { way: Way { steps: ordering.pour(prefix), gather }, alone })
}

fn binds(term: &Term, key: &[usize]) -> Option<usize> {
    if let Term::Variable(v) = term { key.contains(v).then_some(*v) } else { None }
}

fn word(term: &Term) -> Option<super::order::Operand> {
    if let Term::Word(code) = term { Some(super::order::Operand::Word(*code)) } else { None }
}

struct Halves<'a> {
    rule: &'a Rule,
    key: &'a [usize],
}

impl Halves<'_> {
    /// All parts of the body.
    fn items(&self) -> impl Iterator<Item = Item> + use<> {
        let atoms = (0..self.rule.atoms.len()).map(Item::Atom);
        let negations = (0..self.rule.negations.len()).map(Item::Negation);
        let tests = (0..self.rule.tests.len()).map(Item::Test);
        atoms.chain(negations).chain(tests).chain((0..self.rule.ranges.len()).map(Item::Range))
    }

    /// The variables of a part of the body, without those of the key.
    fn of(&self, item: Item) -> Vec<usize> {
        let mut found = Vec::new();
        let mut add = |v: usize| {
            if !self.key.contains(&v) {
                found.push(v);
            }
        };
        let mut terms = |terms: &[Term]| {
            terms.iter().for_each(|term| {
                if let Term::Variable(v) = term {
                    add(*v);
                }
            });
        };
        match item {
            Item::Atom(n) => terms(&self.rule.atoms[n].terms),
            Item::Negation(n) => terms(&self.rule.negations[n].terms),
            Item::Test(n) => {
                variables(&self.rule.tests[n].left, &mut add);
                variables(&self.rule.tests[n].right, &mut add);
            }
            Item::Range(n) => {
                let range = &self.rule.ranges[n];
                range.args.iter().chain([&range.value]).for_each(|e| variables(e, &mut add));
            }
        }
        found
    }

    /// The variables that hang together with one, not over the key and not over the atom `first`.
    fn component(&self, of: usize, first: usize) -> Vec<usize> {
        let others = self.items().filter(|item| *item != Item::Atom(first));
        let items: Vec<Vec<usize>> = others.map(|item| self.of(item)).collect();
        let mut component = vec![of];
        loop {
            let before = component.len();
            for item in &items {
                if item.iter().any(|v| component.contains(v)) {
                    component.extend(item);
                }
            }
            component.sort_unstable();
            component.dedup();
            if component.len() == before {
                return component;
            }
        }
    }
}
