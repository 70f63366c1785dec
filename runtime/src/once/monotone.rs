//! Monotony: whether what follows from a row that is no longer the best of its group is itself never among the best.
//!
//! Then a recursive stratum with subsumption can be solved by improving: a row that a better one replaced has left nothing
//! behind that the better one does not replace, too. So it is with `dist(y, d + w) :- dist(x, d), link(x, y, w).` under
//! `dist(x, d1) <= dist(x, d2) :- d2 <= d1.`: the least `d` gives the least `d + w`. A rule that reads a compared column
//! in another way (`far(x) :- dist(x, d), d > 9.` within the same recursion) takes rounds from scratch instead.

use super::rule::{Expr, Rule, Term, Test, variables};
use compiler::functor::{Comparison, Functor};
use compiler::plan::Direction;
use compiler::value::Primitive;

/// How the best rows of a relation are found; columns in neither list are carried along.
#[derive(Clone, Debug)]
pub(super) struct Bests {
    pub(super) key: Vec<usize>,
    pub(super) order: Vec<(usize, Direction)>,
}

/// How an expression moves with a variable: with it, whatever it is; or with it, but not for every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moves {
    Not,
    Weakly,
    Strictly,
}

/// Whether a rule with this head may read rows of `read` while they improve.
pub(super) fn is_monotone(rule: &Rule, head: Option<&Bests>, read: &dyn Fn(usize) -> Option<Bests>) -> bool {
    rule.atoms.iter().enumerate().all(|(at, atom)| {
        read(atom.relation).is_none_or(|bests| {
            let variable = |column: usize| match atom.terms[column] {
                Term::Variable(v) => Ok(Some(v)),
                Term::Any => Ok(None),
                // The recursion waits for a value that may be improved away.
                Term::Word(_) => Err(()),
            };
            let compared: Result<Vec<_>, ()> = bests.order.iter().map(|(c, d)| Ok((variable(*c)?, *d))).collect();
            let is_other = |c: &usize| !bests.key.contains(c) && bests.order.iter().all(|(o, _)| o != c);
            let carried: Result<Vec<_>, ()> = (0..atom.terms.len()).filter(is_other).map(variable).collect();
            match (compared, carried) {
                (Ok(compared), Ok(carried)) => {
                    let carried: Vec<usize> = carried.into_iter().flatten().collect();
                    Reading { rule, at, compared, carried }.is_monotone(head)
                }
                _ => false,
            }
        })
    })
}

/// One atom whose rows improve.
struct Reading<'a> {
    rule: &'a Rule,
    at: usize,
    compared: Vec<(Option<usize>, Direction)>,
    carried: Vec<usize>,
}

impl Reading<'_> {
    fn is_monotone(&self, head: Option<&Bests>) -> bool {
        let joined = |v: usize| {
            let atoms = self.rule.atoms.iter().enumerate().filter(|(at, _)| *at != self.at).map(|(_, atom)| atom);
            let mut terms = atoms.chain(&self.rule.negations).flat_map(|atom| &atom.terms);
            terms.any(|term| *term == Term::Variable(v))
                || self.rule.atoms[self.at].terms.iter().filter(|t| **t == Term::Variable(v)).count() > 1
        };
        let moving = self.compared.iter().filter_map(|(v, _)| *v).chain(self.carried.iter().copied());
        if moving.into_iter().any(joined) || !self.rule.tests.iter().all(|test| self.keeps(test)) {
            return false;
        }
        if !self.rule.ranges.iter().flat_map(|range| &range.args).all(|e| self.is_still(e)) {
            return false;
        }
        if self.rule.head.iter().all(|e| self.is_still(e)) {
            return true;
        }
        let Some(head) = head.filter(|head| head.order.len() >= self.compared.len()) else { return false };
        let mut least = Moves::Strictly;
        for ((v, direction), (column, other)) in self.compared.iter().zip(&head.order) {
            let Some(v) = v.filter(|_| direction == other) else { return false };
            least = least.min(self.moves(&self.rule.head[*column], v));
        }
        let ordered = &head.order[..self.compared.len()];
        let mut others = self.rule.head.iter().enumerate().filter(|(c, _)| ordered.iter().all(|(o, _)| o != c));
        let strictly = least == Moves::Strictly;
        let allowed = |c: usize, e: &Expr| match strictly && !head.key.contains(&c) {
            // A worse row may carry what it likes: it is dropped.
            true => self.compared.iter().all(|(v, _)| v.is_none_or(|v| !has(e, v))),
            false => self.is_still(e),
        };
        least >= Moves::Weakly && (strictly || self.compared.len() == 1) && others.all(|(c, e)| allowed(c, e))
    }

    /// Whether an expression is the same for all rows of a group.
    fn is_still(&self, e: &Expr) -> bool {
        let moving = self.compared.iter().filter_map(|(v, _)| *v).chain(self.carried.iter().copied());
        moving.into_iter().all(|v| !has(e, v))
    }

    /// Whether a test that a row passes is passed by every better row.
    fn keeps(&self, test: &Test) -> bool {
        if self.is_still(&test.left) && self.is_still(&test.right) {
            return true;
        }
        let [(Some(v), direction), ..] = self.compared[..] else { return false };
        let ends = |least: Comparison| matches!(least, Comparison::Less(_) | Comparison::LessEqual(_));
        let other_ends = |c: Comparison| matches!(c, Comparison::Greater(_) | Comparison::GreaterEqual(_));
        let (low, high) = match direction {
            Direction::Least => (ends(test.comparison), other_ends(test.comparison)),
            Direction::Greatest => (other_ends(test.comparison), ends(test.comparison)),
        };
        (low && self.moves(&test.left, v) > Moves::Not && self.is_still(&test.right))
            || (high && self.moves(&test.right, v) > Moves::Not && self.is_still(&test.left))
    }

    /// How an expression moves with a compared variable, all other moving ones being absent.
    fn moves(&self, e: &Expr, v: usize) -> Moves {
        match e {
            Expr::Variable(w) if *w == v => Moves::Strictly,
            Expr::Call(Functor::Add(p), args) => {
                let [a, b] = &args[..] else { return Moves::Not };
                let moves = match (self.is_still(a), self.is_still(b)) {
                    (true, false) => self.moves(b, v),
                    (false, true) => self.moves(a, v),
                    _ => Moves::Not,
                };
                // A float that is added to may stay the same.
                if *p == Primitive::Float { moves.min(Moves::Weakly) } else { moves }
            }
            Expr::Call(Functor::Max(_) | Functor::Min(_), args) => {
                let still = |e: &Expr| self.is_still(e) || self.moves(e, v) > Moves::Not;
                if args.iter().all(still) { Moves::Weakly } else { Moves::Not }
            }
            _ => Moves::Not,
        }
    }
}

fn has(e: &Expr, v: usize) -> bool {
    let mut found = false;
    variables(e, &mut |w| found |= w == v);
    found
}
