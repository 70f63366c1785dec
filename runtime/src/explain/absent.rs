//! Why a tuple does not hold: the rules that could derive it, each with as few literals that fail as can be.
//!
//! A rule is tried without some of its literals: first without any one of them, then without any two, then three. The
//! bindings that satisfy the others show what the ones left out would need. The nearest attempt is the one with the
//! fewest literals that fail, and, of those, the most that hold. Cost: a search for each choice of literals, each bounded.

use super::rule::{Bindings, Literal, Term};
use super::search::{Search, Stop, Support, Trail};
use super::{Cone, Limits, Model, prepared};
use crate::error::Error;
use compiler::program::{Program, RelationId};
use compiler::suggest::nearest;
use compiler::value::Primitive;
use std::collections::BTreeSet;

/// Why no tuple agrees with a pattern.
#[derive(Clone, Debug, Default)]
pub struct WhyNot {
    /// How many rules derive the relation.
    pub rules: usize,
    /// How many of them have a head that can be no such tuple.
    pub other_heads: usize,
    /// The attempts, the nearest first, at most one a rule.
    pub attempts: Vec<Attempt>,
    /// Constants, of the pattern and of the literals that fail in the nearest attempt, that no tuple has in that place.
    pub unknown: Vec<Unknown>,
}

/// A rule that could derive the tuple, if some of its literals held.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The place of the rule in the program.
    pub rule: usize,
    /// The values of its variables, as far as they are known.
    pub bindings: Vec<Option<u64>>,
    /// Whether its head, computed from them, would be the tuple.
    pub is_head: bool,
    /// One for each literal of its body.
    pub verdicts: Vec<Verdict>,
}

/// What is to be said of a literal.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It holds, by this tuple.
    Tuple(Vec<u64>),
    /// It holds.
    Holds,
    /// No tuple agrees with the pattern.
    Missing(Vec<Option<u64>>),
    /// It is negated, and these tuples are in its way.
    InTheWay(Vec<Vec<u64>>),
    /// It does not hold for these values; of an aggregate, its own value, if it has one.
    Fails(Option<u64>),
    /// It cannot be told before others hold.
    Open,
}

/// A constant that no tuple has in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The relation.
    pub relation: RelationId,
    /// The column.
    pub column: usize,
    /// The constant's word.
    pub word: u64,
    /// A text in that column that is nearly the same.
    pub near: Option<String>,
}

/// How many literals may fail at once.
const MOST_FAILING: usize = 3;

/// How many steps one choice of literals may take.
const STEPS: usize = 100_000;

/// How many tuples in the way are kept.
const KEPT: usize = 16;

impl Attempt {
    /// How many literals fail, or are open; the head counts as one.
    pub fn failing(&self) -> usize {
        let fails = |v: &&Verdict| !matches!(v, Verdict::Tuple(_) | Verdict::Holds);
        self.verdicts.iter().filter(fails).count() + usize::from(!self.is_head)
    }

    /// What is preferred: few failures, none of them open, much that holds, much that is known.
    fn rank(&self) -> (usize, usize, usize, usize, usize) {
        let open = self.verdicts.iter().filter(|v| matches!(v, Verdict::Open)).count();
        let unknown = self.verdicts.iter().map(|v| match v {
            Verdict::Missing(pattern) => pattern.iter().filter(|word| word.is_none()).count(),
            _ => 0,
        });
        let holds = self.verdicts.len() - self.failing().min(self.verdicts.len());
        (self.failing(), open, usize::MAX - holds, unknown.sum(), self.rule)
    }
}

/// Why no tuple of a relation agrees with a pattern, one entry a column.
pub fn why_not(
    program: &Program,
    model: &mut dyn Model,
    relation: RelationId,
    pattern: &[Option<u64>],
    limits: &Limits,
) -> Result<WhyNot, Error> {
    let mut cone = prepared(program, model, limits);
    let mut absent = WhyNot::default();
    for number in 0..cone.rules.len() {
        if cone.rules[number].head != relation {
            continue;
        }
        absent.rules += 1;
        match attempts(&mut cone, number, pattern)? {
            None => absent.other_heads += 1,
            Some(attempts) => absent.attempts.extend(attempts.into_iter().next()),
        }
    }
    absent.attempts.sort_by_key(Attempt::rank);
    note_unknown(&mut cone, relation, pattern, &mut absent.unknown)?;
    if let Some(nearest) = absent.attempts.first().cloned() {
        for (literal, verdict) in program.rules[nearest.rule].body.iter().zip(&nearest.verdicts) {
            if let (compiler::program::Literal::Positive(atom), Verdict::Missing(pattern)) = (literal, verdict) {
                note_unknown(&mut cone, atom.relation, pattern, &mut absent.unknown)?;
            }
        }
    }
    Ok(absent)
}

/// How near one rule comes, the nearest attempts first; none if its head can be no such tuple.
pub(super) fn attempts(
    cone: &mut Cone<'_>,
    number: usize,
    pattern: &[Option<u64>],
) -> Result<Option<Vec<Attempt>>, Error> {
    let (rule, search) = (&cone.rules[number], &mut cone.search);
    let Some(known) = rule.unify(pattern, search.reads.model.symbols()) else { return Ok(None) };
    let mut attempts: Vec<Attempt> = Vec::new();
    for failing in 0..=MOST_FAILING.min(rule.stated) {
        for left_out in choices(rule.stated, failing) {
            let left: Vec<usize> = (0..rule.body.len()).filter(|at| !left_out.contains(at)).collect();
            let mut found: Vec<(Bindings, Trail, Vec<usize>)> = Vec::new();
            search.steps = STEPS;
            let outcome =
                search.run(&rule.body, &left, &mut known.clone(), &mut Vec::new(), &mut |bindings, trail, open| {
                    found.push((bindings.clone(), trail.clone(), open.to_vec()));
                    if found.len() < KEPT { Ok(()) } else { Err(Stop::Enough) }
                });
            if let Err(Stop::Error(error)) = outcome {
                return Err(error);
            }
            for (bindings, trail, open) in found {
                let mut verdicts = vec![Verdict::Open; rule.stated];
                for (at, support) in trail.into_iter().filter(|(at, _)| *at < rule.stated) {
                    verdicts[at] = match support {
                        Support::Row(_, row) => Verdict::Tuple(row),
                        _ => Verdict::Holds,
                    };
                }
                for at in left_out.iter().filter(|at| !open.contains(at)) {
                    verdicts[*at] = verdict(search, &rule.body[*at], &bindings)?;
                }
                let args = rule.args.iter().zip(pattern);
                let is_head = args.into_iter().all(|(arg, word)| match (word, search.value(arg, &bindings)) {
                    (Some(word), Some(value)) => *word == value,
                    _ => true,
                });
                let bindings = bindings.into_iter().take(cone.program.rules[number].variables.len()).collect();
                attempts.push(Attempt { rule: number, bindings, is_head, verdicts });
            }
        }
        if attempts.iter().any(|attempt| attempt.failing() <= failing.max(1)) {
            break;
        }
    }
    attempts.sort_by_key(Attempt::rank);
    Ok(Some(attempts))
}

/// Why a literal that was left out fails.
fn verdict(search: &mut Search<'_>, literal: &Literal, bindings: &Bindings) -> Result<Verdict, Error> {
    Ok(match literal {
        Literal::Positive(atom) => match search.pattern(atom, bindings) {
            Some(pattern) => match search.reads.rows(atom.relation, &pattern)?.iter().next() {
                Some(row) if pattern.iter().all(Option::is_some) => Verdict::Tuple(row.to_vec()),
                _ => Verdict::Missing(pattern),
            },
            None => Verdict::Fails(None),
        },
        Literal::Negative(atom) if atom.args.iter().all(|arg| arg.is_known(bindings)) => {
            match search.pattern(atom, bindings) {
                Some(pattern) => {
                    let rows = search.reads.rows(atom.relation, &pattern)?;
                    let rows: Vec<Vec<u64>> = rows.iter().take(KEPT).map(<[u64]>::to_vec).collect();
                    if rows.is_empty() { Verdict::Holds } else { Verdict::InTheWay(rows) }
                }
                None => Verdict::Fails(None),
            }
        }
        Literal::Compare(comparison, left, right) if left.is_known(bindings) && right.is_known(bindings) => {
            let fold = [left, right].into_iter().find_map(|side| match side {
                Term::Fold(fold) => Some(fold),
                _ => None,
            });
            match fold {
                Some(fold) => {
                    search.steps = STEPS;
                    match search.folds(fold, bindings) {
                        Ok(folded) => Verdict::Fails(folded.first().map(|folded| folded.value)),
                        Err(Stop::Error(error)) => return Err(error),
                        Err(_) => Verdict::Fails(None),
                    }
                }
                None => match (search.value(left, bindings), search.value(right, bindings)) {
                    (Some(a), Some(b)) if search.functors.holds(*comparison, a, b) => Verdict::Holds,
                    _ => Verdict::Fails(None),
                },
            }
        }
        Literal::Negative(_) | Literal::Compare(..) => Verdict::Open,
    })
}

/// All choices of so many out of the first `count` numbers.
fn choices(count: usize, many: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..many {
        let longer = |choice: &Vec<usize>| {
            let from = choice.last().map_or(0, |last| last + 1);
            (from..count).map(|next| [&choice[..], &[next]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// Adds the symbols of a pattern that no tuple has in their column.
fn note_unknown(
    cone: &mut Cone<'_>,
    relation: RelationId,
    pattern: &[Option<u64>],
    unknown: &mut Vec<Unknown>,
) -> Result<(), Error> {
    let columns = &cone.program.relation(relation).columns;
    for (column, word) in pattern.iter().enumerate() {
        let Some(word) = word else { continue };
        let mut only = vec![None; pattern.len()];
        only[column] = Some(*word);
        if columns[column].ty.primitive != Primitive::Symbol || !cone.search.reads.rows(relation, &only)?.is_empty() {
            continue;
        }
        // A value that facts know is no slip, only because no rule derives anything of it.
        if cone.rules.iter().any(|rule| rule.head == relation) && is_known(cone, *word)? {
            continue;
        }
        let all = cone.search.reads.rows(relation, &vec![None; pattern.len()])?;
        let symbols = cone.search.reads.model.symbols();
        let there: BTreeSet<&str> = all.iter().map(|row| symbols.text(row[column])).collect();
        let near = nearest(symbols.text(*word), there).map(str::to_owned);
        let found = Unknown { relation, column, word: *word, near };
        if !unknown.contains(&found) {
            unknown.push(found);
        }
    }
    Ok(())
}

/// Whether a symbol occurs in a relation that no rule derives.
fn is_known(cone: &mut Cone<'_>, word: u64) -> Result<bool, Error> {
    let derived: BTreeSet<RelationId> = cone.rules.iter().map(|rule| rule.head).collect();
    let program = cone.program;
    for (at, relation) in program.relations.iter().enumerate() {
        let id = RelationId(at as u32);
        if derived.contains(&id) {
            continue;
        }
        for (column, _) in relation.columns.iter().enumerate().filter(|(_, c)| c.ty.primitive == Primitive::Symbol) {
            let mut only = vec![None; relation.columns.len()];
            only[column] = Some(word);
            if !cone.search.reads.rows(id, &only)?.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn choices_are_all_there_is_of_a_size() {
        assert_eq!(choices(3, 0), [vec![]]);
        assert_eq!(choices(3, 2), [[0, 1], [0, 2], [1, 2]]);
        assert_eq!(choices(2, 3), Vec::<Vec<usize>>::new());
    }
}
