//! The search through a rule's body: all bindings that satisfy it, each with what makes every literal hold.
//!
//! Literals are taken as soon as their variables are known: those that filter or compute first, then the atom with the
//! most known arguments. Cost: the bindings of the prefixes of that order, each some microseconds.

use super::reads::Reads;
use super::rule::{Atom, Bindings, Fold, Literal, Term};
use crate::error::Error;
use crate::fold::folded;
use crate::functor::Functors;
use crate::range;
use compiler::functor::{Comparison, Functor};
use compiler::program::{AggregateOp, RelationId};
use std::cell::RefCell;

/// Why a literal holds.
#[derive(Clone, Debug)]
pub(super) enum Support {
    /// A tuple.
    Row(RelationId, Vec<u64>),
    /// No tuple agrees with the pattern.
    Absent(RelationId, Vec<Option<u64>>),
    /// Its values are what they are.
    Holds,
    /// An aggregate of these bindings, which are enough for its value.
    Fold(Folded),
}

/// What makes an aggregate's value.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    pub(super) op: AggregateOp,
    pub(super) value: u64,
    /// How many bindings the group has.
    pub(super) size: usize,
    /// How many literals of the body are the program's.
    pub(super) stated: usize,
    pub(super) members: Vec<Member>,
}

/// One binding of an aggregate's body.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) bindings: Bindings,
    pub(super) supports: Trail,
}

/// Supports of literals, by their places in the body.
pub(super) type Trail = Vec<(usize, Support)>;

/// Why a search ends before its end.
pub(super) enum Stop {
    /// The model cannot be read.
    Error(Error),
    /// It took more steps than it may.
    Exhausted,
    /// Whoever asked has seen enough.
    Enough,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(error)
    }
}

/// What is told of each binding: the values, the supports, and the literals for which there was no telling.
pub(super) type Found<'f> = &'f mut dyn FnMut(&Bindings, &Trail, &[usize]) -> Result<(), Stop>;

/// How many steps are taken between two looks at whether the answer is still wanted.
const STRIDE: usize = 1 << 12;

/// Searches a model.
pub(super) struct Search<'m> {
    pub(super) reads: Reads<'m>,
    pub(super) functors: Functors,
    /// How many steps are left.
    pub(super) steps: usize,
}

impl Search<'_> {
    /// All bindings that satisfy the literals that are left, as extensions of the present ones.
    pub(super) fn run(
        &mut self,
        body: &[Literal],
        left: &[usize],
        bindings: &mut Bindings,
        trail: &mut Trail,
        found: Found<'_>,
    ) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(1).ok_or(Stop::Exhausted)?;
        if self.steps.is_multiple_of(STRIDE) {
            self.reads.model.check()?;
        }
        let Some(next) = choose(body, left, bindings) else { return found(bindings, trail, left) };
        let rest: Vec<usize> = left.iter().copied().filter(|l| *l != next).collect();
        match &body[next] {
            Literal::Positive(atom) => self.join(next, atom, body, &rest, bindings, trail, found),
            Literal::Negative(atom) => {
                let Some(pattern) = self.pattern(atom, bindings) else { return Ok(()) };
                if !self.reads.rows(atom.relation, &pattern)?.is_empty() {
                    return Ok(());
                }
                let support = Support::Absent(atom.relation, pattern);
                self.go_on(next, support, body, &rest, bindings, trail, found)
            }
            Literal::Compare(comparison, left, right) => {
                self.compare(next, *comparison, left, right, body, &rest, bindings, trail, found)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one search")]
    fn go_on(
        &mut self,
        at: usize,
        support: Support,
        body: &[Literal],
        rest: &[usize],
        bindings: &mut Bindings,
        trail: &mut Trail,
        found: Found<'_>,
    ) -> Result<(), Stop> {
        trail.push((at, support));
        let outcome = self.run(body, rest, bindings, trail, found);
        trail.pop();
        outcome
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one search")]
    fn join(
        &mut self,
        at: usize,
        atom: &Atom,
        body: &[Literal],
        rest: &[usize],
        bindings: &mut Bindings,
        trail: &mut Trail,
        found: Found<'_>,
    ) -> Result<(), Stop> {
        let Some(pattern) = self.pattern(atom, bindings) else { return Ok(()) };
        let rows = self.reads.rows(atom.relation, &pattern)?;
        for row in rows.iter() {
            let mut fresh = Vec::new();
            let mut agrees = true;
            for (arg, word) in atom.args.iter().zip(row) {
                if let Term::Variable(v) = arg {
                    match bindings[*v] {
                        None => {
                            bindings[*v] = Some(*word);
                            fresh.push(*v);
                        }
                        Some(known) => agrees &= known == *word,
                    }
                }
            }
            let outcome = if agrees {
                self.go_on(at, Support::Row(atom.relation, row.to_vec()), body, rest, bindings, trail, found)
            } else {
                Ok(())
            };
            fresh.iter().for_each(|v| bindings[*v] = None);
            outcome?;
        }
        Ok(())
    }

    /// What each column must be, as far as that is known; none if a functor has no value.
    pub(super) fn pattern(&self, atom: &Atom, bindings: &Bindings) -> Option<Vec<Option<u64>>> {
        let known = |term: &Term| !matches!(term, Term::Any) && term.is_known(bindings);
        let column = |term: &Term| if known(term) { self.value(term, bindings).map(Some) } else { Some(None) };
        atom.args.iter().map(column).collect()
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one search")]
    fn compare(
        &mut self,
        at: usize,
        comparison: Comparison,
        left: &Term,
        right: &Term,
        body: &[Literal],
        rest: &[usize],
        bindings: &mut Bindings,
        trail: &mut Trail,
        found: Found<'_>,
    ) -> Result<(), Stop> {
        for (one, other) in [(left, right), (right, left)] {
            match (one, other) {
                (Term::Variable(v), Term::Range(primitive, args)) => {
                    let args: Option<Vec<u64>> = args.iter().map(|arg| self.value(arg, bindings)).collect();
                    let mut values = Vec::new();
                    args.iter().for_each(|args| range::each(*primitive, args, &mut |value| values.push(value)));
                    let values = values.into_iter().map(|value| (value, Support::Holds)).collect();
                    return self.bind(*v, values, at, body, rest, bindings, trail, found);
                }
                (Term::Variable(v), Term::Fold(fold)) => {
                    let values = self.folds(fold, bindings)?;
                    let values = values.into_iter().map(|folded| (folded.value, Support::Fold(folded))).collect();
                    return self.bind(*v, values, at, body, rest, bindings, trail, found);
                }
                (Term::Variable(v), Term::Call(Functor::Pack, fields))
                    if comparison == Comparison::Equal && bindings[*v].is_some() =>
                {
                    let Some(fresh) = self.take_apart(bindings[*v].unwrap_or_default(), fields, bindings) else {
                        return Ok(());
                    };
                    let outcome = self.go_on(at, Support::Holds, body, rest, bindings, trail, found);
                    fresh.iter().for_each(|v| bindings[*v] = None);
                    return outcome;
                }
                _ => {}
            }
        }
        match (left.unknown(bindings), right.unknown(bindings)) {
            (Some(v), _) => {
                let value = self.value(right, bindings).map(|value| (value, Support::Holds));
                self.bind(v, value.into_iter().collect(), at, body, rest, bindings, trail, found)
            }
            (None, Some(v)) => {
                let value = self.value(left, bindings).map(|value| (value, Support::Holds));
                self.bind(v, value.into_iter().collect(), at, body, rest, bindings, trail, found)
            }
            (None, None) => match (self.value(left, bindings), self.value(right, bindings)) {
                (Some(a), Some(b)) if self.functors.holds(comparison, a, b) => {
                    self.go_on(at, Support::Holds, body, rest, bindings, trail, found)
                }
                _ => Ok(()),
            },
        }
    }

    /// Goes on with each value of a variable in turn, or, if it has one, if that is among them.
    #[expect(clippy::too_many_arguments, reason = "the state of one search")]
    fn bind(
        &mut self,
        variable: usize,
        values: Vec<(u64, Support)>,
        at: usize,
        body: &[Literal],
        rest: &[usize],
        bindings: &mut Bindings,
        trail: &mut Trail,
        found: Found<'_>,
    ) -> Result<(), Stop> {
        let before = bindings[variable];
        for (value, support) in values {
            if before.is_none_or(|known| known == value) {
                bindings[variable] = Some(value);
                let outcome = self.go_on(at, support, body, rest, bindings, trail, found);
                bindings[variable] = before;
                outcome?;
            }
        }
        Ok(())
    }

    /// Binds the fields of a record; gives the variables that it has bound, or none if the record is another.
    fn take_apart(&self, tuple: u64, fields: &[Term], bindings: &mut Bindings) -> Option<Vec<usize>> {
        let words = self.reads.model.symbols().fields(tuple);
        let mut fresh = Vec::new();
        let mut agrees = tuple != 0 && words.len() == fields.len();
        for (field, word) in fields.iter().zip(words) {
            match field.unknown(bindings) {
                Some(v) => {
                    bindings[v] = Some(word);
                    fresh.push(v);
                }
                None => agrees &= matches!(field, Term::Any) || self.value(field, bindings) == Some(word),
            }
        }
        if !agrees {
            fresh.iter().for_each(|v| bindings[*v] = None);
        }
        agrees.then_some(fresh)
    }

    /// The value of an aggregate, once for each smallest set of bindings that is enough for it; none if it has no value.
    pub(super) fn folds(&mut self, fold: &Fold, bindings: &Bindings) -> Result<Vec<Folded>, Stop> {
        let mut inner: Bindings = vec![None; bindings.len()];
        fold.outer.iter().for_each(|v| inner[*v] = bindings[*v]);
        let left: Vec<usize> = (0..fold.body.len()).collect();
        let members = RefCell::new(Vec::new());
        self.run(&fold.body, &left, &mut inner, &mut Vec::new(), &mut |bindings, trail, _| {
            members.borrow_mut().push(Member { bindings: bindings.clone(), supports: trail.clone() });
            Ok(())
        })?;
        let members = members.into_inner();
        let size = members.len();
        let mut valued = Vec::new();
        for (at, member) in members.iter().enumerate() {
            match &fold.target {
                None => valued.push((0, at)),
                // It counts, whatever its target is.
                Some(_) if fold.op == AggregateOp::Count => valued.push((0, at)),
                Some(target) => valued.extend(self.value(target, &member.bindings).map(|value| (value, at))),
            }
        }
        let value = match fold.op {
            AggregateOp::Sum(_) if valued.is_empty() => Some(0),
            op => folded(op, valued.iter().map(|(value, _)| *value), &self.functors),
        };
        let Some(value) = value else { return Ok(Vec::new()) };
        let one = |members| Folded { op: fold.op, value, size, stated: fold.stated, members };
        Ok(match fold.op {
            AggregateOp::Min(_) | AggregateOp::Max(_) => {
                let best = valued.into_iter().filter(|(v, _)| *v == value);
                best.map(|(_, at)| one(vec![members[at].clone()])).collect()
            }
            _ => vec![one(members)],
        })
    }

    /// The value of a term without aggregates, if it has one.
    pub(super) fn value(&self, term: &Term, bindings: &Bindings) -> Option<u64> {
        value(&self.functors, term, bindings)
    }
}

/// The value of a term without aggregates, if it has one.
pub(super) fn value(functors: &Functors, term: &Term, bindings: &Bindings) -> Option<u64> {
    match term {
        Term::Variable(v) => bindings[*v],
        Term::Word(word) => Some(*word),
        Term::Call(functor, args) => {
            let args: Option<Vec<u64>> = args.iter().map(|arg| value(functors, arg, bindings)).collect();
            functors.apply(*functor, &args?)
        }
        Term::Any | Term::Fold(_) | Term::Range(..) => None,
    }
}

/// Which literal comes next; none if nothing can be said of those that are left.
fn choose(body: &[Literal], left: &[usize], bindings: &Bindings) -> Option<usize> {
    let filter = left.iter().copied().find(|l| is_ready(&body[*l], bindings));
    filter.or_else(|| {
        let known = |atom: &Atom| {
            let arg = |arg: &&Term| !matches!(arg, Term::Any) && arg.is_known(bindings);
            let constants = atom.args.iter().filter(|arg| matches!(arg, Term::Word(_))).count();
            let known = atom.args.iter().filter(arg).count();
            // A join is more selective than a constant.
            (known == atom.args.len(), known - constants, known)
        };
        let atoms = left.iter().copied().filter_map(|l| match &body[l] {
            Literal::Positive(atom) => Some((l, known(atom))),
            _ => None,
        });
        atoms.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(l, _)| l)
    })
}

/// Whether a literal only filters or computes now.
fn is_ready(literal: &Literal, bindings: &Bindings) -> bool {
    match literal {
        Literal::Positive(_) => false,
        Literal::Negative(atom) => atom.args.iter().all(|arg| arg.is_known(bindings)),
        Literal::Compare(comparison, left, right) => {
            let (l, r) = (left.is_known(bindings), right.is_known(bindings));
            let binds = *comparison == Comparison::Equal
                && ((r && left.unknown(bindings).is_some()) || (l && right.unknown(bindings).is_some()));
            let opens = |one: &Term, other: &Term| {
                let variable = matches!(one, Term::Variable(v) if bindings[*v].is_some());
                variable && matches!(other, Term::Call(Functor::Pack, _))
            };
            (l && r) || binds || (*comparison == Comparison::Equal && (opens(left, right) || opens(right, left)))
        }
    }
}
