//! Meeting: a variable that several atoms bind takes what their lists have in common.
//!
//! ```text
//! triangle(x, y, z) :- link(x, y), link(y, z), link(x, z).
//! ```
//!
//! For one `link(x, y)`, going through all links of `y` and asking of each whether `x` has it, too, costs the links of `y`,
//! however few `x` has: on a graph with hubs that is the square of what is needed. Here the shortest list is gone through
//! and searched for in the others, a nanosecond or two for each, so a step costs what the shortest list has. Where each
//! variable is bound so, a rule costs no more than its largest possible result: that is a worst-case optimal join (Ngo, Ré
//! and Rudra 2013; "generic join"). Two sets of bits meet at 64 codes a step.
//!
//! If the rule is cyclic, atoms with other free columns meet, too, by an index of that one column; they are joined later
//! on the rest. In an acyclic rule that would be an index for nothing.

use super::code::Code;
use super::members::Members;
use super::order::{Lookup, Ordering, Step};
use super::relation::Sink;
use super::rule::{Atom, Rule, Term};
use super::run::{Run, with};

/// So many lists meet in one step; further atoms are asked one by one.
const MOST: usize = 4;

impl Ordering<'_> {
    /// Binds the variable of an atom that other atoms bind as well, if there is one; whether there was.
    pub(super) fn meet(&mut self, atom: usize) -> bool {
        let rule = self.rule;
        let free = self.free(&rule.atoms[atom]);
        let met_over = |v: usize| self.atoms.iter().copied().filter(|a| self.may_meet(*a, v)).take(MOST).collect();
        let all = free.into_iter().filter(|v| self.may_meet(atom, *v)).map(|v| (v, met_over(v)));
        let Some((variable, met)) = all.into_iter().find(|(_, met): &(usize, Vec<usize>)| met.len() > 1) else {
            return false;
        };
        let lists = met.iter().map(|atom| self.lookup(&rule.atoms[*atom], variable)).collect();
        self.steps.push(Step::Meet { variable, lists });
        let over: Vec<usize> = met.into_iter().filter(|atom| self.free(&rule.atoms[*atom]) == [variable]).collect();
        self.atoms.retain(|atom| !over.contains(atom));
        self.bound[variable] = true;
        self.settle();
        true
    }

    /// The variables of an atom that are not bound.
    fn free(&self, atom: &Atom) -> Vec<usize> {
        let mut free: Vec<usize> = atom.terms.iter().filter_map(variable).filter(|v| !self.bound[*v]).collect();
        free.sort_unstable();
        free.dedup();
        free
    }

    /// Whether an atom gives a list for a variable: it is joined on something, and the variable stands in it once, alone or
    /// with others that a cycle binds.
    fn may_meet(&self, atom: usize, wanted: usize) -> bool {
        let Atom { relation, terms } = &self.rule.atoms[atom];
        let stands = terms.iter().filter(|term| variable(term) == Some(wanted)).count();
        stands == 1
            && terms.iter().any(|term| self.operand(term).is_some())
            && !(self.known.stale)(*relation)
            && (self.free(&self.rule.atoms[atom]).len() == 1 || self.cyclic)
    }

    /// The list of an atom for a variable.
    fn lookup(&mut self, atom: &Atom, wanted: usize) -> Lookup {
        let (columns, key) =
            atom.terms.iter().enumerate().filter_map(|(c, term)| Some((c, self.operand(term)?))).unzip();
        let payload = atom.terms.iter().position(|term| variable(term) == Some(wanted)).into_iter().collect();
        let relation = &mut self.relations[atom.relation];
        let index = relation.index(columns, payload);
        relation.indexes[index].search();
        Lookup { relation: atom.relation, index, key }
    }
}

fn variable(term: &Term) -> Option<usize> {
    if let Term::Variable(v) = term { Some(*v) } else { None }
}

/// Whether the atoms of a rule join in a cycle: atoms are taken away that have their shared variables in another atom, and
/// some are left (Graham 1979; Yu and Özsoyoğlu 1979).
pub(super) fn is_cyclic(rule: &Rule) -> bool {
    let mut edges: Vec<Vec<usize>> =
        rule.atoms.iter().map(|atom| atom.terms.iter().filter_map(variable).collect()).collect();
    loop {
        let ear = (0..edges.len()).find(|at| {
            let others = || edges.iter().enumerate().filter(|(n, _)| n != at).map(|(_, edge)| edge);
            let shared: Vec<usize> =
                edges[*at].iter().copied().filter(|v| others().any(|edge| edge.contains(v))).collect();
            shared.is_empty() || others().any(|edge| shared.iter().all(|v| edge.contains(v)))
        });
        match ear {
            Some(ear) => drop(edges.swap_remove(ear)),
            None => return !edges.is_empty(),
        }
    }
}

impl<S: Sink> Run<'_, S> {
    /// Goes on with each code that all lists have.
    pub(super) fn meet(&mut self, variable: usize, lists: &[Lookup], next: usize) {
        let mut met = [None; MOST];
        for (place, Lookup { relation, index, key }) in met.iter_mut().zip(lists) {
            let index = self.index(*relation, *index);
            let Some(members) = with(key, &self.values, |key| index.members(key)) else { return };
            *place = Some(members);
        }
        met[..lists.len()].sort_unstable_by_key(|members| members.map_or(0, Members::len));
        let mut met = met.into_iter().flatten();
        let (Some(first), Some(second)) = (met.next(), met.next()) else { return };
        let rest: [Option<&Members>; MOST - 2] = [met.next(), met.next()];
        first.meet(second, |code: Code| {
            if rest.iter().flatten().all(|members| members.contains(code)) {
                self.values[variable] = code;
                self.step(next);
            }
        });
    }
}

impl Members {
    /// Every code that both have; it costs what the first has.
    #[inline]
    fn meet(&self, other: &Members, mut f: impl FnMut(Code)) {
        if let (Members::Bits { words: a, .. }, Members::Bits { words: b, .. }) = (self, other) {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                super::members::each_bit(a & b, at as Code * 64, &mut f);
            }
            return;
        }
        self.list().for_each(|code| {
            if other.contains(code) {
                f(code);
            }
        });
    }
}
