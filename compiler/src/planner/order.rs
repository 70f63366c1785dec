//! Join order: which atom comes when, and after which of them a negation is tried.
//!
//! The live evaluator keeps both sides of every binary join arranged, so an order costs what its intermediate results
//! weigh: the sum of their estimated sizes is minimised, over all left-deep orders for up to [`EXHAUSTIVE`] atoms
//! (dynamic programming over sets of atoms, Selinger et al. 1979), greedily beyond. Atoms that share no variable with
//! what is bound are taken only when nothing else is left. Ties go to the order of the source text.
//!
//! Sizes come from [`Statistics`] where they are known. Where they are not, a relation of `n` tuples and `m` columns of
//! which `k` are bound is taken to have `n^((m-k)/m)` matches: more bound columns are better, and small relations first. A
//! tuple whose key is bound has one match at most.

use super::Statistics;
use super::clause::{Body, atom_variables, close, is_bound};
use super::reduction::Keys;
use crate::functor::Comparison;
use crate::program::{Atom, Constraint, Expr, VariableId};
use std::collections::BTreeSet;

/// Up to how many atoms all orders are considered.
const EXHAUSTIVE: usize = 10;

/// One step of a clause: an atom or a negation, by its place in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Join(usize),
    Negation(usize),
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

    fn is_connected(&self, state: &State, atom: usize) -> bool {
        let mut variables = atom_variables(&self.body.atoms[atom]).peekable();
        variables.peek().is_none() || variables.any(|v| state.joinable.contains(&v))
    }

    /// The atoms that may come next.
    fn candidates(&self, state: &State) -> Vec<usize> {
        let rest: Vec<usize> = (0..self.body.atoms.len()).filter(|i| !state.order.contains(i)).collect();
        if state.order.is_empty() {
            return rest;
        }
        let connected: Vec<usize> = rest.iter().copied().filter(|i| self.is_connected(state, *i)).collect();
        if connected.is_empty() { rest } else { connected }
    }

    fn extend(&self, state: &State, atom: usize) -> State {
        let mut next = state.clone();
        next.rows *= self.estimates.fan_out(&self.body.atoms[atom], &state.bound, self.keys);
        next.bound.extend(atom_variables(&self.body.atoms[atom]));
        next.joinable.extend(atom_variables(&self.body.atoms[atom]));
        close(&mut next.bound, &self.body.constraints);
        close(&mut next.joinable, &self.body.constraints);
        for constraint in &self.body.constraints {
            if is_tested(constraint, &next.bound) && !is_tested(constraint, &state.bound) {
                next.rows *= selectivity(constraint);
            }
        }
        next.order.push(atom);
        if next.order.len() < self.body.atoms.len() {
            next.cost += next.rows;
        }
        if !state.order.is_empty() && !self.is_connected(state, atom) {
            // Every pair is looked at, also those that a test then drops.
            next.cost += state.rows * self.estimates.rows(self.body.atoms[atom].relation.0 as usize);
        }
        next
    }

    fn exhaustive(&self) -> State {
        let count = self.body.atoms.len();
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
        while state.order.len() < self.body.atoms.len() {
            let next = self.candidates(&state).into_iter().map(|atom| self.extend(&state, atom));
            match next.min_by(|a, b| a.rows.total_cmp(&b.rows)) {
                Some(next) => state = next,
                None => break,
            }
        }
        state
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
    let order = if body.atoms.len() <= EXHAUSTIVE { search.exhaustive() } else { search.greedy() }.order;
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
            steps.push(Step::Join(order[place - 1]));
        }
        steps.extend(negations.into_iter().map(Step::Negation));
    }
    steps
}
