//! Join order: which atom comes when, and after which of them a negation is tried.
//!
//! The live evaluator keeps both sides of every binary join arranged, so an order costs what its intermediate results
//! weigh: the sum of their estimated sizes is minimised, over all left-deep orders for up to [`EXHAUSTIVE`] atoms
//! (dynamic programming over sets of atoms, Selinger et al. 1979), greedily beyond. Atoms that share no variable with
//! what is bound are taken only when nothing else is left. Ties go to the order of the source text.
//!
//! A range is ordered like an atom, as soon as its arguments are bound.
//!
//! Sizes come from [`Statistics`] where they are known. Where they are not, a relation of `n` tuples and `m` columns of
//! which `k` are bound is taken to have `n^((m-k)/m)` matches: more bound columns are better, and small relations first. A
//! tuple whose key is bound has one match at most.

use super::Statistics;
use super::clause::{Body, atom_variables, close, is_bound, range_is_bound};
use super::reduction::Keys;
use crate::functor::Comparison;
use crate::program::{Atom, Constraint, Expr, Range, VariableId};
use crate::value::Const;
use std::collections::BTreeSet;

/// Up to how many atoms all orders are considered.
const EXHAUSTIVE: usize = 10;

/// One step of a clause: an atom, a negation or a range, by its place in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Join(usize),
    Negation(usize),
    Range(usize),
}

/// What is known or guessed about the size of each relation of the plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Estimates {
    sizes: Vec<Estimate>,
}

#[derive(Clone, Debug)]
struct Estimate {
    rows: f64,
    distinct: Vec<Option<u64>>,
}

/// Guesses for relations of unknown size: joins start from what is given rather than from what is derived.
pub(super) const BASE_ROWS: f64 = 1_000.0;
pub(super) const DERIVED_ROWS: f64 = 3_000.0;
pub(super) const RECURSIVE_ROWS: f64 = 10_000.0;
pub(super) const FOLDED_ROWS: f64 = 300.0;

/// How many values a range has whose bounds are not constant.
const RANGE_ROWS: f64 = 10.0;

impl Estimates {
    /// Adds the next relation: by its statistics, or else with `guess` rows.
    pub(super) fn push(&mut self, name: &str, statistics: &Statistics, guess: f64) {
        let known = statistics.get(name);
        self.sizes.push(Estimate {
            rows: known.map_or(guess, |size| size.rows as f64).max(1.0),
            distinct: known.map_or(Vec::new(), |size| size.distinct.clone()),
        });
    }

    /// The estimated number of tuples of a relation.
    pub(super) fn rows(&self, relation: usize) -> f64 {
        self.sizes[relation].rows
    }

    /// How many tuples of the atom's relation match one binding of `bound`.
    fn fan_out(&self, atom: &Atom, bound: &BTreeSet<VariableId>, keys: Keys) -> f64 {
        let size = &self.sizes[atom.relation.0 as usize];
        let is_bound = |column: &usize| match &atom.args[*column] {
            Expr::Variable(v) => bound.contains(v),
            arg => matches!(arg, Expr::Const(_)),
        };
        if let Some(key) = keys(atom.relation)
            && key.iter().all(is_bound)
        {
            return 0.9;
        }
        let arity = atom.args.len();
        let mut seen = BTreeSet::new();
        let mut rows = size.rows;
        let mut unknown = 0.0;
        let mut free = 0;
        for (i, arg) in atom.args.iter().enumerate() {
            // A constant is often a common value (a role, a mode), a variable often a name.
            let weight = match arg {
                Expr::Variable(v) if bound.contains(v) || !seen.insert(*v) => 1.0,
                Expr::Const(_) => 0.5,
                _ => {
                    free += 1;
                    continue;
                }
            };
            match size.distinct.get(i).copied().flatten() {
                Some(values) => rows /= (values.max(1) as f64).powf(weight),
                None => unknown += weight,
            }
        }
        if arity == 0 || (free == 0 && unknown + 0.5 > arity as f64) {
            return 0.5;
        }
        rows.powf(1.0 - unknown / arity as f64).max(0.01)
    }
}

/// How far along an order is.
#[derive(Clone, Debug)]
struct State {
    /// Atoms by their place in the body, then ranges.
    order: Vec<usize>,
    bound: BTreeSet<VariableId>,
    /// Variables whose value depends on a tuple, not on a constant: a join on them is no cross product.
    joinable: BTreeSet<VariableId>,
    rows: f64,
    cost: f64,
}

struct Search<'a> {
    body: &'a Body,
    estimates: &'a Estimates,
    keys: Keys<'a>,
}

impl Search<'_> {
    fn start(&self) -> State {
        let mut bound = BTreeSet::new();
        close(&mut bound, &self.body.constraints);
        State { order: Vec::new(), bound, joinable: BTreeSet::new(), rows: 1.0, cost: 0.0 }
    }

    fn count(&self) -> usize {
        self.body.atoms.len() + self.body.ranges.len()
    }

    /// The range that is meant by a place behind the atoms.
    fn range(&self, item: usize) -> Option<&(VariableId, Range)> {
        item.checked_sub(self.body.atoms.len()).map(|at| &self.body.ranges[at])
    }

    fn is_connected(&self, state: &State, item: usize) -> bool {
        if self.range(item).is_some() {
            return true;
        }
        let mut variables = atom_variables(&self.body.atoms[item]).peekable();
        variables.peek().is_none() || variables.any(|v| state.joinable.contains(&v))
    }

    /// The atoms that may come next.
    fn candidates(&self, state: &State) -> Vec<usize> {
        let ready = |item: &usize| self.range(*item).is_none_or(|(_, range)| range_is_bound(range, &state.bound));
        let rest: Vec<usize> = (0..self.count()).filter(|i| !state.order.contains(i) && ready(i)).collect();
        if state.order.is_empty() {
            return rest;
        }
        let connected: Vec<usize> = rest.iter().copied().filter(|i| self.is_connected(state, *i)).collect();
        if connected.is_empty() { rest } else { connected }
    }

    fn extend(&self, state: &State, item: usize) -> State {
        let mut next = state.clone();
        match self.range(item) {
            Some((v, range)) => {
                next.rows *= if state.bound.contains(v) { 0.5 } else { range_rows(range) };
                // Each value is looked at, also where only one is wanted.
                next.cost += state.rows * range_rows(range);
                next.bound.insert(*v);
                next.joinable.insert(*v);
            }
            None => {
                let atom = &self.body.atoms[item];
                next.rows *= self.estimates.fan_out(atom, &state.bound, self.keys);
                next.bound.extend(atom_variables(atom));
                next.joinable.extend(atom_variables(atom));
            }
        }
        close(&mut next.bound, &self.body.constraints);
        close(&mut next.joinable, &self.body.constraints);
        for constraint in &self.body.constraints {
            if is_tested(constraint, &next.bound) && !is_tested(constraint, &state.bound) {
                next.rows *= selectivity(constraint);
            }
        }
        next.order.push(item);
        if next.order.len() < self.count() {
            next.cost += next.rows;
        }
        if !state.order.is_empty() && !self.is_connected(state, item) {
            // Every pair is looked at, also those that a test then drops.
            next.cost += state.rows * self.estimates.rows(self.body.atoms[item].relation.0 as usize);
        }
        next
    }

    fn exhaustive(&self) -> State {
        let count = self.count();
        let mut best: Vec<Option<State>> = vec![None; 1 << count];
        best[0] = Some(self.start());
        for set in 0..(1usize << count) {
            let Some(state) = best[set].clone() else { continue };
            for atom in self.candidates(&state) {
                let next = self.extend(&state, atom);
                let known = &mut best[set | 1 << atom];
                let better =
                    known.as_ref().is_none_or(|k| next.cost < k.cost || (next.cost == k.cost && next.order < k.order));
                if better {
                    *known = Some(next);
                }
            }
        }
        best.pop().flatten().unwrap_or_else(|| self.start())
    }

    fn greedy(&self) -> State {
        let mut state = self.start();
        while state.order.len() < self.count() {
            let next = self.candidates(&state).into_iter().map(|atom| self.extend(&state, atom));
            match next.min_by(|a, b| a.rows.total_cmp(&b.rows)) {
                Some(next) => state = next,
                None => break,
            }
        }
        state
    }
}

/// How many values a range has, as far as can be seen.
fn range_rows(range: &Range) -> f64 {
    let bound = |e: &Expr| match e {
        Expr::Const(Const::Number(n)) => Some(*n as f64),
        Expr::Const(Const::Unsigned(n)) => Some(*n as f64),
        Expr::Const(Const::Float(x)) => Some(*x),
        _ => None,
    };
    let step = range.step.as_ref().map_or(Some(1.0), bound);
    match (bound(&range.from), bound(&range.to), step) {
        (Some(from), Some(to), Some(step)) if step != 0.0 => ((to - from) / step).abs().max(1.0),
        _ => RANGE_ROWS,
    }
}

/// Whether a constraint can be evaluated.
fn is_tested(constraint: &Constraint, bound: &BTreeSet<VariableId>) -> bool {
    is_bound(&constraint.left, bound) && is_bound(&constraint.right, bound)
}

fn selectivity(constraint: &Constraint) -> f64 {
    match constraint.comparison {
        // An equality that binds a variable of its own filters nothing; one that does not is rare among joins.
        Comparison::Equal if matches!(constraint.left, Expr::Variable(_)) => 1.0,
        Comparison::Equal if matches!(constraint.right, Expr::Variable(_)) => 1.0,
        Comparison::Equal => 0.1,
        Comparison::NotEqual | Comparison::NotMatch | Comparison::NotContains | Comparison::NotInPrefix => 0.9,
        Comparison::Match | Comparison::Contains | Comparison::InPrefix => 0.1,
        _ => 0.5,
    }
}

/// Orders the atoms of a body and places its negations where the fewest rows are expected, as early as that allows.
pub(super) fn steps(body: &Body, estimates: &Estimates, keys: Keys) -> Vec<Step> {
    let search = Search { body, estimates, keys };
    let order = if search.count() <= EXHAUSTIVE { search.exhaustive() } else { search.greedy() }.order;
    let mut states = vec![search.start()];
    for &atom in &order {
        states.push(search.extend(&states[states.len() - 1], atom));
    }
    // Nothing can be negated before the source: a row comes from there.
    let first = usize::from(!order.is_empty());
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); states.len()];
    for (n, negation) in body.negations.iter().enumerate() {
        let bound = |place: &usize| negation.args.iter().all(|e| is_bound(e, &states[*place].bound));
        let place = (first..states.len()).filter(bound).min_by(|a, b| states[*a].rows.total_cmp(&states[*b].rows));
        after[place.unwrap_or(states.len() - 1)].push(n);
    }
    let mut steps = Vec::new();
    for (place, negations) in after.into_iter().enumerate() {
        if place > 0 {
            let item = order[place - 1];
            steps.push(item.checked_sub(body.atoms.len()).map_or(Step::Join(item), Step::Range));
        }
        steps.extend(negations.into_iter().map(Step::Negation));
    }
    steps
}
